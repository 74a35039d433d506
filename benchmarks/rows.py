"""The rows by name: what runs them, on how many cores, and for how long at most."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module

from benchmarks.lines import Line


@dataclass(frozen=True)
class Row:
    """A row of the goals table, or something beside it.

    Attributes:
        title: What is measured.
        place: module:function that yields lines and notes, given seconds to spend on rounds.
        budget: Those seconds.
        limit: Seconds after which the row is stopped.
        cores: Cores it may use.
        by_name_only: Whether it runs only when it is named.
    """

    title: str
    place: str
    budget: float
    limit: float
    cores: int = 1
    by_name_only: bool = False

    @property
    def run(self) -> Callable[[float], Iterator[Line | str]]:
        """The function."""
        module, name = self.place.split(":")
        found: Callable[[float], Iterator[Line | str]] = getattr(import_module(module), name)
        return found


ROWS = {
    "batch": Row("many rows, small networks", "benchmarks.batch:small", 60, 180),
    "batch-large": Row("many rows, larger networks", "benchmarks.batch:large", 40, 180),
    "cores": Row("two cores against one, many rows", "benchmarks.batch:cores", 15, 60, cores=2),
    "one": Row("one case, small networks", "benchmarks.single:one", 40, 90),
    "large-new": Row(
        "one case, large networks, a new pattern each time", "benchmarks.single:large_new", 70, 180
    ),
    "large-seen": Row(
        "one case, large networks, patterns seen before", "benchmarks.single:large_seen", 40, 150
    ),
    "questions": Row("the value of every open question", "benchmarks.questions:questions", 30, 90),
    "em": Row("one iteration of EM with blanks and pseudo-counts", "benchmarks.em:em", 30, 120),
    "two-layer": Row("600 causes x 4000 findings, noisy-OR", "benchmarks.slots:two_layer", 20, 60),
    "pos-card": Row("the payment model, every golden case", "benchmarks.payment:golden", 40, 240),
    "interviews": Row("the payment model, 13 tests answered", "benchmarks.payment:interviews", 30, 240),
    "diagnose-cold": Row("bayesdiag diagnose from the shell", "benchmarks.slots:diagnose_cold", 20, 60),
    "import": Row("import bayesdiag over import numpy", "benchmarks.slots:importing", 10, 60),
    "bif": Row("reading BIF files", "benchmarks.bif:reading", 15, 60),
    "c-anchor": Row("the same batches in plain C over our program", "benchmarks.anchor:anchor", 30, 120),
    "app": Row("the app, from a click to the picture", "benchmarks.app:clicks", 60, 240),
    "visitors": Row("the app, ten people at once", "benchmarks.app:visitors", 240, 420, cores=2),
    "soak": Row("the app, two thousand clicks", "benchmarks.app:soak", 900, 3600, cores=2, by_name_only=True),
    "rows": Row(
        "ten million rows of the payment model",
        "benchmarks.stream:stream",
        600,
        1200,
        cores=2,
        by_name_only=True,
    ),
}
