"""The same batches in plain C over our own program's arrays: how far the batch kernel is from the limit."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from bayesdiag.engine.layout import Floats, Ints
from bayesdiag.errors import BayesdiagError
from benchmarks import ours
from benchmarks.agree import check
from benchmarks.batch import COMPARED, LARGE, SAMPLED, SMALL, Fresh, Task, task
from benchmarks.lines import Line, refused
from benchmarks.measure import ROUND_SECONDS, interleaved, medians

SOURCE = Path(__file__).with_name("anchor.c")
FLAGS = ("-O3", "-march=native", "-shared", "-fPIC")

Progress = Iterator[Line | str]
Run = Callable[[Floats], Floats]
"""Rows → beliefs, both of shape (B, S)."""


def anchor(budget: float) -> Progress:
    """The batch rows, ours and plain C."""
    compiler = shutil.which("cc")
    if compiler is None:
        yield "plain C: absent, there is no compiler called cc"
        return
    yield (
        f"plain C: {SOURCE.name} compiled by cc {' '.join(FLAGS)}, 16 rows a block, run over the program of the "
        "whole network with nothing observed; all marginals. ours: roots as targets, no de-duplication."
    )
    with tempfile.TemporaryDirectory() as folder:
        library = compiled(compiler, Path(folder))
        for name in (*SMALL, *LARGE):
            yield _compared(task(name), library, budget / 8)


def compiled(compiler: str, folder: Path) -> ctypes.CDLL:
    """Return the anchor, compiled on the spot."""
    target = folder / "anchor.so"
    command = [compiler, *FLAGS, str(SOURCE), "-o", str(target), "-lm"]
    subprocess.run(command, check=True, timeout=60)  # noqa: S603 - our own file
    return ctypes.CDLL(str(target))


def in_c(library: ctypes.CDLL, flat: ours.Flat, n_slots: int) -> Run:
    """Return the anchor as a function of rows."""
    received = np.zeros(flat.n_messages, dtype=bool)
    received[flat.ports] = True
    roots = (~received[flat.sent[:, 0]]).astype(np.int64)
    words: list[Ints] = [
        np.ascontiguousarray(array, dtype=np.int64)
        for array in (
            flat.up,
            flat.ports,
            flat.first_entry,
            flat.first_port,
            flat.n_ports,
            flat.sent,
            flat.part_slots,
            roots,
        )
    ]
    values = np.ascontiguousarray(flat.values, dtype=np.float64)
    sizes = [
        ctypes.c_longlong(n) for n in (len(flat.n_ports), flat.n_messages, len(flat.part_slots), n_slots)
    ]

    def run(rows: Floats) -> Floats:
        rows = np.ascontiguousarray(rows)
        beliefs, logs = np.zeros_like(rows), np.zeros(len(rows))
        arrays = [values, *words]
        pointers = [array.ctypes.data_as(ctypes.c_void_p) for array in arrays]
        ends = [array.ctypes.data_as(ctypes.c_void_p) for array in (rows, beliefs, logs)]
        if library.run(*sizes, *pointers, ctypes.c_longlong(len(rows)), *ends):
            raise MemoryError("the anchor")
        return beliefs

    return run


def _compared(job: Task, library: ctypes.CDLL, budget: float) -> Line:
    try:
        run = in_c(library, ours.flat_program(job.network), job.network.layout.n_slots)
        mine = job.beliefs(job.rows[:COMPARED], deduplicate=False)
    except BayesdiagError as error:
        return Line(job.name, "rows/s", None, note=refused(error))
    found = run(job.rows[:COMPARED])
    check("plain C", [found[:, job.network.layout.span(index)] for index in job.roots], mine)
    sides = {
        "ours": Fresh(lambda part: job.beliefs(job.rows[part], deduplicate=False)),
        "plain C": Fresh(lambda part: run(job.rows[part])),
    }
    for side in sides.values():
        side.fit(ROUND_SECONDS)
    rates = medians(interleaved({n: side.rate for n, side in sides.items()}, rounds=7, budget=budget / 2))
    note = (
        ", ".join(f"{name} {side.n_rows:,}" for name, side in sides.items()) + f" rows a round of {SAMPLED:,}"
    )
    return Line(job.name, "rows/s", rates["ours"], {"plain C": rates["plain C"]}, note=note)
