"""Which draft forecasts the cause best, by cross-validation inside the table it is drafted from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayesdiag.draft.columns import Column
from bayesdiag.draft.forecast import forecast
from bayesdiag.draft.settings import Settings
from bayesdiag.draft.ways import Drawer, Way, shape_of
from bayesdiag.engine.layout import Floats, Ints
from bayesdiag.score import Fold, Forecast, Temperature, fit_temperature, folds, log_losses, mean_of

MOST_ROWS = 4000
"""Of a longer table so many rows, drawn, choose; all of them teach the numbers."""
FINAL = 3
"""So many shapes are tried with every strength; the others with a middling one."""
NO_CHANGE = Temperature(1.0)


@dataclass(frozen=True, slots=True)
class Tried:
    """One way, and how it forecast rows that it was not drawn from.

    Attributes:
        way: The way.
        loss: Mean log loss.
        recalibrated: The same with the temperature.
        temperature: What makes its forecasts truer, 1 where that is not sure.
    """

    way: Way
    loss: float
    recalibrated: float
    temperature: Temperature


@dataclass(frozen=True)
class Chosen:
    """What cross-validation says.

    Attributes:
        tried: Every way that was tried, the best first: by log loss once recalibrated.
        n: How many rows were forecast.
    """

    tried: tuple[Tried, ...]
    n: int

    @property
    def best(self) -> Tried:
        """The way that forecast best; its temperature is kept beside a model, never in it."""
        return self.tried[0]


def chosen(columns: Sequence[Column], y: Ints, ways: Sequence[Way], settings: Settings) -> Chosen:
    """Return how well ways forecast rows they did not see; cuts, arrows and numbers are made without these.

    Each shape (arrows, cuts, what blanks are, counted or tuned) is tried with a middling strength;
    the best few with every strength.

    Args:
        columns: Findings.
        y: State of the cause, shape (n,).
        ways: What to choose among.
        settings: Number of folds and repeats, and the seed.

    Raises:
        ValueError: Fewer rows than folds.
    """
    generator = np.random.default_rng(settings.seed)
    rows = np.arange(len(y))
    if len(rows) > MOST_ROWS:
        rows = np.sort(generator.choice(rows, MOST_ROWS, replace=False))
    labels = [str(state) for state in y[rows]]
    parts = folds(labels, settings.folds, generator, repeats=settings.repeats)
    trial = _Trial(columns, y, rows, parts, settings.n_bins)
    middling = {shape_of(way): way for way in ways if way.is_middling}
    first = sorted((trial.tried(way) for way in middling.values()), key=_merit)
    final = {shape_of(one.way) for one in first[:FINAL]} | {shape_of(way) for way in ways} - set(middling)
    rest = [way for way in ways if shape_of(way) in final and way not in middling.values()]
    return Chosen(tuple(sorted([*first, *(trial.tried(way) for way in rest)], key=_merit)), len(rows))


def _merit(one: Tried) -> float:
    return one.recalibrated


class _Trial:
    """The folds of a table, in which one way after the other is tried."""

    def __init__(
        self, columns: Sequence[Column], y: Ints, rows: Ints, parts: Sequence[Fold], n_bins: int
    ) -> None:
        self.tests = [rows[part.test] for part in parts]
        self.drawers = [Drawer(columns, y, rows[part.train], n_bins) for part in parts]
        self.cases = np.concatenate(self.tests)
        self.truth = y[self.cases]

    def tried(self, way: Way) -> Tried:
        """Return how one way forecasts."""
        told = []
        for drawer, test in zip(self.drawers, self.tests, strict=True):
            one = drawer.drawn(way)
            told.append(forecast(one.found.codes[test], one.prior, one.tables, one.parents))
        return _scored(way, _forecast(np.concatenate(told), self.truth, self.cases))


def _forecast(p: Floats, y: Ints, cases: Ints) -> Forecast:
    zeros = np.zeros(len(y), dtype=np.int64)
    states = tuple(str(k) for k in range(p.shape[1]))
    return Forecast("", states, p, y, np.ones(len(y)), cases, zeros, zeros.astype(bool))


def _scored(way: Way, told: Forecast) -> Tried:
    """Return how good forecasts are, and which temperature makes them truer.

    Forecasts are made less sure where that gains more than its standard error, and never surer:
    a model that hardly ever failed on a few hundred rows is not known to fail less often than it says.
    """
    found = fit_temperature(told)
    before, after = log_losses(told), log_losses(told.with_p(found.apply(told.p)))
    gain = mean_of(before - after, told.weights, told.cases)
    loss = float(before.mean())
    if found.t > 1 and gain.value > gain.se:
        return Tried(way, loss, float(after.mean()), found)
    return Tried(way, loss, loss, NO_CHANGE)
