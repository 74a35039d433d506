"""Cases as tables of counts: one for each way the known variables can be, rare states put together.

The chi-square distribution is only near the truth where no expected count is small. Which states are put
together, and which tables are left out, is told by the margins alone, which say nothing about dependence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayesdiag.case import Case
from bayesdiag.engine.layout import Bools, Floats, Ints
from bayesdiag.errors import TooLarge
from bayesdiag.model import Model

MOST_CELLS = 2e8
"""Cases times variables that are laid out at most; more would take gigabytes."""


@dataclass(frozen=True)
class Codes:
    """What is known for certain in cases, as numbers of states.

    Attributes:
        names: Variables, a column each.
        states: State of each variable in each case, -1 where it is not known, shape (n, variables).
        uneven: How many cases have a weight that is no whole number; they count once.
    """

    names: tuple[str, ...]
    states: Ints
    uneven: int

    @property
    def seen(self) -> list[str]:
        """Variables known in any case."""
        known = np.asarray((self.states >= 0).any(axis=0))
        return [name for name, is_known in zip(self.names, known, strict=True) if is_known]

    def of(self, names: Sequence[str]) -> Ints:
        """Return the columns of variables, in the cases that tell all of them, shape (m, names)."""
        some = self.states[:, [self.names.index(name) for name in names]]
        return some[(some >= 0).all(axis=1)]


def codes_of(model: Model, cases: Sequence[Case], *, labels: bool) -> Codes:
    """Return what cases tell for certain; a case of weight 3 stands there three times.

    Args:
        model: The model.
        cases: The cases.
        labels: Whether confirmed causes are among it.

    Raises:
        TooLarge: Weights stand for more cases than can be laid out.
    """
    names = tuple(variable.id for variable in model.variables)
    column = {name: place for place, name in enumerate(names)}
    lines = np.full((len(cases), len(names)), -1, dtype=np.int64)
    times = np.ones(len(cases), dtype=np.int64)
    uneven = 0
    for place, case in enumerate(cases):
        known = {**case.evidence.hard(), **(case.confirmed if labels else {})}
        for name, state in known.items():
            lines[place, column[name]] = model.variable_of[name].state_ids.index(state)
        is_whole = case.weight == int(case.weight)
        uneven += not is_whole
        times[place] = int(case.weight) if is_whole else 1
    if float(times.astype(np.float64).sum()) * len(names) > MOST_CELLS:
        raise TooLarge(
            "the cases with their weights are too many to lay out one by one; divide all weights by a factor"
        )
    return Codes(names, np.repeat(lines, times, axis=0), uneven)


@dataclass(frozen=True)
class Strata:
    """Cases made ready for a test.

    Attributes:
        first: State of one variable, rare ones put together in their stratum, shape (m,).
        second: Of the other, shape (m,).
        stratum: Which way the known variables are, shape (m,).
        kept: Which of the cases given these are, shape (n,).
        least: The smallest expected count of all tables kept; of the best table where none is.
    """

    first: Ints
    second: Ints
    stratum: Ints
    kept: Bools
    least: float


def strata_of(columns: Ints, least: float) -> Strata:
    """Return cases in tables none of whose expected counts is small.

    Args:
        columns: States of the two variables, then of the known ones, shape (n, 2 + known).
        least: The smallest count that may be expected in any cell.
    """
    n = len(columns)
    _, stratum = np.unique(columns[:, 2:], axis=0, return_inverse=True)
    stratum = np.asarray(stratum).reshape(n)
    merged = columns[:, :2].copy()
    kept = np.zeros(n, dtype=np.bool_)
    smallest, best = np.inf, 0.0
    for place in range(int(stratum.max(initial=-1)) + 1):
        inside = stratum == place
        first, second = _merged(merged[inside, 0], merged[inside, 1], least)
        expected = _least_expected(first, second)
        best = max(best, expected)
        if expected >= least:
            merged[inside, 0], merged[inside, 1] = first, second
            kept |= inside
            smallest = min(smallest, expected)
    return Strata(merged[kept, 0], merged[kept, 1], stratum[kept], kept, smallest if kept.any() else best)


def expected_counts(columns: Ints, sizes: tuple[int, int]) -> tuple[Floats, Floats]:
    """Return how often states are seen together, and would be if independent within each stratum.

    Args:
        columns: States of the two variables, then of the known ones, shape (n, 2 + known).
        sizes: How many states the two have.
    """
    seen, expected = np.zeros(sizes), np.zeros(sizes)
    _, stratum = np.unique(columns[:, 2:], axis=0, return_inverse=True)
    stratum = np.asarray(stratum).reshape(len(columns))
    for place in range(int(stratum.max(initial=-1)) + 1):
        some = columns[stratum == place]
        table = np.zeros(sizes)
        np.add.at(table, (some[:, 0], some[:, 1]), 1.0)
        seen += table
        expected += np.outer(table.sum(axis=1), table.sum(axis=0)) / len(some)
    return seen, expected


def _merged(first: Ints, second: Ints, least: float) -> tuple[Ints, Ints]:
    """Return two columns with rare states put together until no expected count is small, if that can be."""
    pair = [first.copy(), second.copy()]
    while _least_expected(*pair) < least:
        counts = [np.unique(one, return_counts=True) for one in pair]
        open_ = [axis for axis in (0, 1) if len(counts[axis][0]) > 2]
        if not open_:
            break
        # The axis with the rarest state gives way: its two rarest become one.
        axis = min(open_, key=lambda axis: int(counts[axis][1].min()))
        states = counts[axis][0][np.argsort(counts[axis][1], kind="stable")]
        pair[axis][pair[axis] == states[0]] = states[1]
    return pair[0], pair[1]


def _least_expected(first: Ints, second: Ints) -> float:
    """Return the smallest expected count; 0 where a variable does not vary."""
    one, other = (np.unique(part, return_counts=True)[1] for part in (first, second))
    if len(one) < 2 or len(other) < 2:
        return 0.0
    return float(one.min()) * float(other.min()) / len(first)
