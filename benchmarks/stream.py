"""Ten million rows of the payment model through the stream of batches: memory, and rows a second along the way."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator

import numpy as np

from bayesdiag.engine.distinct import Codes
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.engine.stream import rows_of_states
from bayesdiag.errors import BayesdiagError
from bayesdiag.modelfile import load
from benchmarks import ours
from benchmarks.lines import Line, refused
from benchmarks.measure import seconds
from benchmarks.payment import failed

N_ROWS = 10_000_000
N_PATTERNS = 60_000
"""Distinct rows: each is computed once, at a few milliseconds."""
FINDINGS = 6
"""On average: each row has a binomial number of them."""
CHUNK = 20_000
"""Rows of a chunk."""
N_TOLD = 10
"""How many times the rate is told along the way."""
PLAIN, FEW = 20_000, 500
"""Rows without de-duplication, and of each call."""

Progress = Iterator[Line | str]


def stream(budget: float) -> Progress:
    """Run until ten million rows are done or the time is over; what was done is told."""
    network = compile_network(load("pos_card"))
    causes = [variable.id for variable in network.model.of_kind("cause")]
    codes = patterns(network, N_PATTERNS)
    different = len(np.unique(codes, axis=0))
    per_row = float((codes >= 0).sum(axis=1).mean())
    yield (
        f"{different:,} distinct patterns, {per_row:.2f} findings on average; {CHUNK:,} rows a chunk through "
        f"engine.stream on {ours.CORES} cores, rows drawn uniformly from the patterns, beliefs of all causes."
    )
    random = np.random.default_rng(8)
    began, done, told, spent = time.perf_counter(), 0, 0, 0.0
    last_done, last_spent, first = 0, 0.0, peak_megabytes()
    chunks = (codes[random.integers(len(codes), size=CHUNK)] for _ in range(N_ROWS // CHUNK))
    answered = ours.streamed(network, chunks, causes)
    while done < N_ROWS and time.perf_counter() - began < budget:
        try:
            spent += seconds(lambda: next(answered))
        except BayesdiagError as error:
            yield Line("ten million rows", "rows/s", None, note=refused(error))
            return
        done += CHUNK
        if done * N_TOLD // N_ROWS > told:
            told = done * N_TOLD // N_ROWS
            rate = (done - last_done) / (spent - last_spent)
            yield f"up to {done:,} rows: {rate:,.0f} rows/s since the last line, peak {peak_megabytes():,.0f} MB"
            last_done, last_spent = done, spent
    whole = (
        "all rows done" if done == N_ROWS else f"stopped when the time was over: {done:,} of {N_ROWS:,} rows"
    )
    note = f"{whole}; peak memory {first:,.0f} MB before, {peak_megabytes():,.0f} MB at the end"
    yield Line("rows of the payment model", "rows/s", done / spent, note=note)
    yield _plain(network, codes, causes, budget / 4)


def patterns(network: CompiledNetwork, n_rows: int) -> Codes:
    """Return state numbers, shape (B, variables): some findings of failed attempts each."""
    random = np.random.default_rng(7)
    layout = network.layout
    askable = np.array([layout.index_of[v.id] for v in network.model.variables if v.question is not None])
    worlds = failed(network, n_rows, random)
    seen = random.random((n_rows, len(askable))) < FINDINGS / len(askable)
    codes = np.full((n_rows, len(layout.names)), -1, dtype=np.int16)
    codes[:, askable] = np.where(seen, worlds[:, askable], -1)
    return codes


def peak_megabytes() -> float:
    """Return the most memory this process has held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def _plain(network: CompiledNetwork, codes: Codes, causes: list[str], budget: float) -> Line:
    done, spent = 0, 0.0
    while done < PLAIN and spent < budget:
        rows = network.under_premise(rows_of_states(network.layout, codes[done : done + FEW]), premise=True)
        spent += seconds(lambda rows=rows: ours.batch(network, rows, causes, deduplicate=False))
        done += len(rows)
    return Line(
        "without de-duplication", "rows/s", done / spent, note=f"{done:,} of {PLAIN:,} rows, one core"
    )
