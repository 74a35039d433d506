"""Rows measured by modules of their own: two-layer networks, start-up. An absent one is said to be absent."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from benchmarks.lines import Line

ROUNDS = 5

Progress = Iterator[Line | str]


def two_layer(budget: float) -> Progress:
    """`benchmarks.two_layer.lines(budget)`, which knows how its networks are made."""
    module = _module("two_layer")
    if module is None or not hasattr(module, "lines"):
        for told, must, aim in (("20 positives", 100.0, None), ("24 positives", None, 100.0)):
            note = "benchmarks/two_layer.py with lines(budget) is absent"
            yield Line(told, "ms", None, {}, must, aim, "ours", note)
        return
    yield from module.lines(budget)


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
