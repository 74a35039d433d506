"""Rows measured by modules of their own: two-layer networks, start-up."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from bayesdiag.engine.frontier import frontier_beliefs
from bayesdiag.engine.layout import Floats
from benchmarks import startup
from benchmarks import two_layer as layers
from benchmarks.agree import check
from benchmarks.lines import Line
from benchmarks.measure import seconds

POSITIVES = ((20, 100.0, None), (24, None, 100.0))
"""How many positives, and the milliseconds that must and that should suffice."""
FEW = 4
DRAWS = 10
EXACT = 1e-9

Progress = Iterator[Line | str]


def two_layer(_budget: float) -> Progress:
    """`two_layer_arrays` and `positives` of benchmarks/two_layer.py on `bayesdiag.engine.frontier`."""
    network, causes = layers.two_layer_arrays(600, 4000, 150, seed=1), range(600)
    row = layers.positives(network, FEW, seed=99)
    found = frontier_beliefs(network, row[None], causes)[0][0]
    slots = network.cause_slots + 1
    far = check("the alternating sum", [alternating_sum(network, row)], [found[slots]], EXACT)
    yield f"all 600 causes, as many findings absent as present; {FEW} positives: {far:.1g} off the alternating sum."
    for n, must, aim in POSITIVES:
        rows = [layers.positives(network, n, seed) for seed in range(DRAWS)]
        times = [1000 * seconds(lambda row=row: frontier_beliefs(network, row[None], causes)) for row in rows]
        note = f"{DRAWS} draws, a plan each, worst {max(times):.0f} ms"
        yield Line(f"{n} positives, median", "ms", statistics.median(times), {}, must, aim, "ours", note)


def alternating_sum(network: Any, row: Floats) -> Floats:
    """Return P(cause | findings) by inclusion and exclusion over the positives; right for a few of them.

    Heckerman (1989), A tractable inference algorithm for diagnosing multiple diseases, UAI.
    """
    off = row[network.finding_slots], row[network.finding_slots + 1]
    present, absent = np.flatnonzero(off[0] == 0), np.flatnonzero(off[1] == 0)
    prior = np.exp(network.log_prior)
    total, joint = 0.0, np.zeros(len(prior))
    for chosen in product((False, True), repeat=len(present)):
        quiet = np.concatenate([absent, present[list(chosen)]]).astype(int)
        log_on = np.zeros(len(prior))
        for finding in quiet:
            links = slice(network.first_link[finding], network.first_link[finding + 1])
            np.add.at(log_on, network.link_cause[links], network.log_quiet[links, 1])
        on = prior[:, 1] * np.exp(log_on)
        term = (-1) ** sum(chosen) * np.exp(network.log_leak[quiet, 0].sum() + np.log(prior[:, 0] + on).sum())
        total += term
        joint += term * on / (prior[:, 0] + on)
    return joint / total


def diagnose_cold(_budget: float) -> Progress:
    """`bayesdiag diagnose` in a process of its own."""
    yield "`bayesdiag diagnose` in a process of its own, caches warm."
    note = f"median of {startup.ROUNDS}"
    yield Line("bayesdiag diagnose", "s", startup.cold_diagnose_seconds(), {}, 1.0, 0.5, "ours", note)


def importing(_budget: float) -> Progress:
    """What `import bayesdiag` adds to `import numpy`."""
    yield "import bayesdiag, less import numpy, each in a process of its own."
    package, numpy = startup.import_seconds()
    note = f"medians of {startup.ROUNDS}: {package:.3f} s less {numpy:.3f} s"
    yield Line("import bayesdiag", "s", package - numpy, {}, 0.1, None, "ours", note)
