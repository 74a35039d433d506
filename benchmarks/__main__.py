"""`python -m benchmarks [ROW …] [--json FILE]`: every row in a process of its own, printed as it comes."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, TextIO

from benchmarks import page
from benchmarks.lines import Line, figure
from benchmarks.machine import machine, versions
from benchmarks.measure import pin
from benchmarks.rows import ROWS

MARK = "\x1e"
"""Begins the lines of a row's process that are meant for us; peers may print whatever they like."""
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def main(arguments: list[str] | None = None) -> int:
    """Run the rows asked for, store them and write the page; 1 if a must was missed or a row broke."""
    asked = _parser().parse_args(arguments)
    if asked.child:
        return child(asked.rows[0], asked.seconds)
    names = asked.rows or [name for name, row in ROWS.items() if not row.by_name_only]
    where = machine()
    facts = [f"{name} {value}" for name, value in (where | versions()).items()]
    print(", ".join(facts), flush=True)
    rows = [measured(name, asked.seconds) for name in names]
    store: Path = asked.json
    document = page.merged(page.load(store), page.run_of(rows, where))
    page.save(store, document)
    store.with_suffix(".md").write_text(page.page(document), encoding="utf-8")
    print(f"\nstored in {store} and {store.with_suffix('.md')}")
    verdicts = [line["verdict"] for row in rows for line in row["lines"]]
    print(", ".join(f"{verdicts.count(verdict)} {verdict}" for verdict in sorted(set(verdicts))))
    return int("missed" in verdicts or any(row["ended"] for row in rows))


def measured(name: str, budget: float | None = None) -> dict[str, Any]:
    """Return what a row's process told before it ended or was stopped."""
    row = ROWS[name]
    print(f"\n{name}: {row.title}", flush=True)
    command = [sys.executable, "-m", "benchmarks", name, "--child"]
    command += [] if budget is None else ["--seconds", str(budget)]
    began = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - ourselves
        command, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=os.environ | THREADS
    )
    watch = threading.Timer(row.limit, process.kill)
    watch.start()
    notes: list[str] = []
    lines: list[dict[str, Any]] = []
    assert process.stdout is not None
    _listen(process.stdout, notes, lines)
    code = process.wait()
    stopped = not watch.is_alive()
    watch.cancel()
    ended = f"stopped after {row.limit:.0f} s; what is missing was not measured" if stopped else ""
    ended = ended or (f"broke off with code {code}; what is missing was not measured" if code else "")
    if ended:
        print(f"  {ended}", flush=True)
    seconds = round(time.perf_counter() - began, 1)
    return {
        "row": name,
        "title": row.title,
        "seconds": seconds,
        "notes": notes,
        "lines": lines,
        "ended": ended,
    }


def child(name: str, budget: float | None) -> int:
    """Run one row here and tell every line as it comes."""
    row = ROWS[name]
    pin(row.cores)
    for found in row.run(row.budget if budget is None else budget):
        told = {"note": found} if isinstance(found, str) else {"line": found.as_json()}
        print(f"{MARK}{json.dumps(told)}", flush=True)
    return 0


def printed(line: Line) -> str:
    """Return a line as it is printed."""
    parts = [f"  {line.name}: ours {figure(line.ours)} {line.unit}"]
    parts += [f"{name} {figure(value)}" for name, value in line.peers.items()]
    if line.ratio:
        parts.append(f"ratio {figure(line.ratio)}× against {line.best_peer}")
    parts.append(f"must {line.goal('must')}, aim {line.goal('aim')}: {line.verdict}")
    return " | ".join(parts) + (f" | {line.note}" if line.note else "")


def _listen(stream: TextIO, notes: list[str], lines: list[dict[str, Any]]) -> None:
    for text in stream:
        if not text.startswith(MARK):
            print(text, end="", flush=True)
            continue
        told = json.loads(text[len(MARK) :])
        if "note" in told:
            notes.append(told["note"])
            print(f"  ({told['note']})", flush=True)
        else:
            lines.append(told["line"])
            print(printed(Line.from_json(told["line"])), flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", type=_row, help=f"of {', '.join(ROWS)}")
    parser.add_argument("--json", type=Path, default=page.STORE, help="where results are kept")
    parser.add_argument("--seconds", type=float, help="seconds for the rounds of a row, instead of its own")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    return parser


def _row(name: str) -> str:
    if name not in ROWS:
        raise argparse.ArgumentTypeError(f"no row is called {name}; there are {', '.join(ROWS)}")
    return name


if __name__ == "__main__":
    sys.exit(main())
