"""Ten million rows of the payment model through the batch call: memory, and rows a second along the way."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator

import numpy as np

from bayesdiag.engine.layout import Floats
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.errors import BayesdiagError
from bayesdiag.modelfile import load
from benchmarks import ours
from benchmarks.lines import Line, refused
from benchmarks.measure import seconds
from benchmarks.payment import failed

N_ROWS = 10_000_000
N_PATTERNS = 200_000
FINDINGS = 6
"""On average: each row has a binomial number of them."""
FIRST, CHUNK = 500, 20_000
"""Rows of the first call and of every call once calls take less than a second."""
N_TOLD = 10
"""How many times the rate is told along the way."""
PLAIN = 20_000
"""Rows without de-duplication."""

Progress = Iterator[Line | str]


def stream(budget: float) -> Progress:
    """Run until ten million rows are done or the time is over; what was done is told."""
    network = compile_network(load("pos_card"))
    causes = [variable.id for variable in network.model.of_kind("cause")]
    packed = patterns(network, N_PATTERNS)
    different = len(np.unique(packed, axis=0))
    per_row = float(observed_in(network, packed).mean())
    yield (
        f"{different:,} distinct patterns, {per_row:.2f} findings on average; {CHUNK:,} rows a call at most of "
        f"posterior_of_rows, rows drawn uniformly from the patterns, beliefs of all causes."
    )
    random = np.random.default_rng(8)
    began, done, told, first = time.perf_counter(), 0, 0, peak_megabytes()
    spent, size = 0.0, FIRST
    while done < N_ROWS and time.perf_counter() - began < budget:
        rows = packed[random.integers(len(packed), size=min(size, N_ROWS - done))].astype(np.float64)
        try:
            took = seconds(lambda rows=rows: ours.batch(network, rows, causes))
        except BayesdiagError as error:
            yield Line("ten million rows", "rows/s", None, note=refused(error))
            return
        spent += took
        done += len(rows)
        size = min(CHUNK, 2 * size) if took < 1 else size
        if done * N_TOLD // N_ROWS > told:
            told = done * N_TOLD // N_ROWS
            yield f"{done:,} rows: {done / spent:,.0f} rows/s since the start, peak {peak_megabytes():,.0f} MB"
    whole = (
        "all rows done" if done == N_ROWS else f"stopped when the time was over: {done:,} of {N_ROWS:,} rows"
    )
    note = f"{whole}; peak memory {first:,.0f} MB before, {peak_megabytes():,.0f} MB at the end"
    yield Line("rows of the payment model", "rows/s", done / spent, note=note)
    yield _plain(network, packed, causes, budget / 4)


def patterns(network: CompiledNetwork, n_rows: int) -> np.ndarray:
    """Return rows of likelihoods as bytes, shape (B, S): some findings of failed attempts each."""
    random = np.random.default_rng(7)
    layout = network.layout
    askable = np.array([layout.index_of[v.id] for v in network.model.variables if v.question is not None])
    worlds = failed(network, n_rows, random)
    seen = random.random((n_rows, len(askable))) < FINDINGS / len(askable)
    packed = np.ones((n_rows, layout.n_slots), dtype=np.uint8)
    for column, index in enumerate(askable):
        rows = np.flatnonzero(seen[:, column])
        packed[rows, layout.span(int(index))] = 0
        packed[rows, layout.offsets[index] + worlds[rows, index]] = 1
    if (premise := network.model.premise) is not None:
        for state in premise.exclude:
            packed[:, layout.slot(premise.variable, state)] = 0
    return packed


def observed_in(network: CompiledNetwork, packed: np.ndarray) -> Floats:
    """Return the number of findings of each row."""
    askable = [v.id for v in network.model.variables if v.question is not None]
    return np.sum([packed[:, network.layout.slots(name)].min(axis=1) == 0 for name in askable], axis=0)


def peak_megabytes() -> float:
    """Return the most memory this process has held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def _plain(network: CompiledNetwork, packed: np.ndarray, causes: list[str], budget: float) -> Line:
    done, spent = 0, 0.0
    while done < PLAIN and spent < budget:
        rows = packed[done : done + FIRST].astype(np.float64)
        spent += seconds(lambda rows=rows: ours.batch(network, rows, causes, deduplicate=False))
        done += len(rows)
    return Line("without de-duplication", "rows/s", done / spent, note=f"{done:,} of {PLAIN:,} rows")
