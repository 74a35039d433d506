"""The app: from a click to the new picture, the first page, and ten people at once, in the server's time."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from streamlit.testing.v1 import AppTest

from bayesdiag.modelfile import load, load_cases, models_folder
from benchmarks.lines import Line
from benchmarks.measure import quantile
from tests.serving import served
from tests.visiting import soaked, visited

APP = str(Path(__file__).parent.parent / "app.py")
PATIENCE = 120
"""Seconds that one run of a page may take before the measurement gives up."""
VISITORS = 10
PAUSE = 15.0
"""Seconds before the next click on average: a question is read out, somebody looks and answers."""
CLICKS = 8
"""Clicks of each visitor."""
SOAKED = 2000
"""Clicks of a day-long soak in miniature."""
ALONE = 3
"""People who come one after the other, to compare with."""

Progress = Iterator[Line | str]
Findings = Mapping[str, str]


def clicks(_budget: float) -> Progress:
    """Every golden case: all findings but one are there, and the last one is chosen from its list."""
    cases = _golden()
    yield (
        f"{len(cases)} golden cases on the page Diagnose, run by Streamlit without a browser: the run of the page "
        "after the last finding is chosen, with everything kept from other cases; then the same once more."
    )
    yield Line(
        "first page once the server is up",
        "s",
        _first_page(),
        {},
        3,
        None,
        "ours",
        "a new process; model and machine code kept",
    )
    _opened({})
    new, again = ([1000 * _click(case) for case in cases] for _ in range(2))
    note = f"{len(cases)} cases, a click each"
    yield Line("click to picture, median", "ms", statistics.median(new), {}, 200, None, "ours", note)
    yield Line("click to picture, worst", "ms", max(new), {}, 500, None, "ours", note)
    yield Line("click to picture, p90", "ms", quantile(new, 0.9), note=note)
    yield Line("the same case again, median", "ms", statistics.median(again), note=note)


def visitors(_budget: float) -> Progress:
    """Ten people at once in a browser, each with a case of her own, against one alone."""
    cases = _golden()
    yield (
        f"{CLICKS} clicks a visitor, {PAUSE:g} s between clicks on average, answers by chance; from the click to the "
        "page standing still, in Chromium on the server's own machine, which draws all pages too and takes most "
        "of its time; once all pages have been opened."
    )
    with TemporaryDirectory() as folder, served(Path(folder) / "cases.db") as (address, process):
        visited(address, cases[:1], clicks=3, pause=0.1)
        alone, several = ([], [])  # type: ignore[var-annotated]
        for case in cases[:ALONE]:
            alone += visited(address, [case], clicks=CLICKS, pause=PAUSE / 10)[0].seconds
        before = _processor_seconds(process)
        for visit in visited(address, cases[ALONE : ALONE + VISITORS], clicks=CLICKS, pause=PAUSE):
            several += visit.seconds
        taken = 1000 * (_processor_seconds(process) - before) / len(several)
    ratio = statistics.median(several) / statistics.median(alone)
    note = f"medians {1000 * statistics.median(several):.0f} ms of {len(several)} clicks, alone "
    note += f"{1000 * statistics.median(alone):.0f} ms of {len(alone)}; worst {1000 * max(several):.0f} ms"
    yield Line(f"{VISITORS} visitors at once against one", "× the time", ratio, {}, 2, None, "ours", note)
    yield Line("the server's processor time a click", "ms", taken, note="the ten pages opened included")


def soak(_budget: float) -> Progress:
    """Two thousand clicks of people who come, click and go: whether the server's memory stays flat."""
    yield f"{SOAKED} clicks, four people at once without a pause, answers by chance; the server's resident memory."
    with TemporaryDirectory() as folder:
        held = soaked(Path(folder) / "cases.db", interactions=SOAKED)
    for clicks_so_far, megabytes in held[:: max(1, len(held) // 8)]:
        yield f"{clicks_so_far} clicks: {megabytes:.0f} MB"
    # Kept programs come and go, by a tenth either way within a minute: quarters are compared, not moments.
    third, last = (
        statistics.median([megabytes for n, megabytes in held if low * SOAKED <= n <= (low + 0.25) * SOAKED])
        for low in (0.5, 0.75)
    )
    note = f"medians: {third:.0f} MB in the third quarter, {last:.0f} MB in the last"
    yield Line(
        "memory in the last quarter over the third", "× as much", last / third, {}, 1.1, None, "ours", note
    )


def _processor_seconds(process: int) -> float:
    """Return how long a process has computed."""
    told = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def _golden() -> list[Findings]:
    """Return what is certain in the golden cases."""
    model = load("pos_card")
    path = models_folder() / "pos_card.cases.yaml"
    found = load_cases(path, path.read_text(encoding="utf-8"), model)
    return [{name: seen for name, seen in one.findings.items() if isinstance(seen, str)} for one in found]


def _first_page() -> float:
    """Return the seconds until a process that has only begun to serve has shown the page Diagnose."""
    program = (
        "from streamlit.testing.v1 import AppTest\n"
        "import time; began = time.perf_counter()\n"
        f"shown = AppTest.from_file({APP!r}, default_timeout={PATIENCE}).run()\n"
        "assert not shown.exception\n"
        "print('took', time.perf_counter() - began)\n"
    )
    command = [sys.executable, "-c", program]
    told = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - ourselves
    return float(told.stdout.split("took")[1])


def _opened(findings: Findings) -> AppTest:
    """Return the page Diagnose with these findings."""
    page = AppTest.from_file(APP, default_timeout=PATIENCE)
    for name, state in findings.items():
        page.query_params[name] = state
    page.run()
    if page.exception:
        raise RuntimeError(page.exception[0].value)
    return page


def _click(case: Findings) -> float:
    """Return the seconds that the page takes once the last finding of a case is chosen."""
    *rest, last = case
    page = _opened({name: case[name] for name in rest})
    chosen = page.selectbox(key=f"finding_{last}").set_value(case[last])
    began = time.perf_counter()
    chosen.run()
    return time.perf_counter() - began
