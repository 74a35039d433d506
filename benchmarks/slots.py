"""Rows measured by modules of their own: two-layer networks, start-up. An absent one is said to be absent."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from itertools import product
from types import ModuleType
from typing import Any

import numpy as np

from bayesdiag.engine.layout import Floats
from benchmarks.agree import check
from benchmarks.lines import Line
from benchmarks.measure import seconds

ROUNDS = 5
POSITIVES = ((20, 100.0, None), (24, None, 100.0))
"""How many positives, and the milliseconds that must and that should suffice."""
FEW = 4
DRAWS = 10
EXACT = 1e-9

Progress = Iterator[Line | str]


def two_layer(_budget: float) -> Progress:
    """`two_layer_arrays` and `positives` of benchmarks/two_layer.py on `bayesdiag.engine.frontier`."""
    module = _module("two_layer")
    if module is None or not hasattr(module, "positives"):
        for n, must, aim in POSITIVES:
            note = "benchmarks/two_layer.py with two_layer_arrays and positives is absent"
            yield Line(f"{n} positives, median", "ms", None, {}, must, aim, "ours", note)
        return
    beliefs = import_module("bayesdiag.engine.frontier").frontier_beliefs
    network, causes = module.two_layer_arrays(600, 4000, 150, seed=1), range(600)
    row = module.positives(network, FEW, seed=99)
    found = beliefs(network, row[None], causes)[0][0]
    slots = network.cause_slots + 1
    far = check("the alternating sum", [alternating_sum(network, row)], [found[slots]], EXACT)
    yield f"all 600 causes, as many findings absent as present; {FEW} positives: {far:.1g} off the alternating sum."
    for n, must, aim in POSITIVES:
        rows = [module.positives(network, n, seed) for seed in range(DRAWS)]
        times = [1000 * seconds(lambda row=row: beliefs(network, row[None], causes)) for row in rows]
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
    """`benchmarks.startup.cold_diagnose_seconds()`, a process each."""
    yield "`bayesdiag diagnose` in a process of its own, caches warm."
    yield _startup("bayesdiag diagnose", "cold_diagnose_seconds", 1.0, 0.5)


def importing(_budget: float) -> Progress:
    """`benchmarks.startup.import_seconds()`: what `import bayesdiag` adds to `import numpy`."""
    yield "import bayesdiag, less import numpy, each in a process of its own."
    yield _startup("import bayesdiag", "import_seconds", 0.1, None)


def _startup(told: str, name: str, must: float, aim: float | None) -> Line:
    module = _module("startup")
    if module is None or not hasattr(module, name):
        return Line(told, "s", None, {}, must, aim, "ours", f"benchmarks/startup.py with {name}() is absent")
    measure = getattr(module, name)
    measure()  # the caches are warm from here on
    figures = [float(measure()) for _ in range(ROUNDS)]
    return Line(told, "s", statistics.median(figures), {}, must, aim, "ours", f"median of {ROUNDS}")


def _module(name: str) -> ModuleType | None:
    return import_module(f"benchmarks.{name}") if find_spec(f"benchmarks.{name}") else None
