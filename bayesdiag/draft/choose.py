"""Which draft forecasts the cause best, by cross-validation inside the table it is drafted from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from bayesdiag.draft.columns import Column
from bayesdiag.draft.forecast import forecast
from bayesdiag.draft.settings import Settings
from bayesdiag.draft.ways import STRUCTURES, Drawer, Way, shape_of
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
        merits: Log loss of each row as it will be used, recalibrated or not, shape (n,).
    """

    way: Way
    loss: float
    recalibrated: float
    temperature: Temperature
    merits: Floats = field(repr=False, compare=False)

    @property
    def merit(self) -> float:
        """Mean log loss as it will be used."""
        return float(self.merits.mean())


@dataclass(frozen=True)
class Chosen:
    """What cross-validation says.

    Attributes:
        best: The best way of the simplest structure that is within one standard error of the best of
            all; its temperature is kept beside a model, never in it.
        tried: Every way that was tried, the one that forecast best first.
        n: How many rows were forecast.
    """

    best: Tried
    tried: tuple[Tried, ...]
    n: int


def chosen(columns: Sequence[Column], y: Ints, ways: Sequence[Way], settings: Settings) -> Chosen:
    """Return how well ways forecast rows they did not see; cuts, arrows and numbers are made without these.

    Each shape (arrows, cuts, what blanks are, counted or tuned) is tried with a middling strength;
    the best few with every strength. The structure with the fewest arrows wins whose best way is
    within one standard error of the best of all, row by row: the best of many ways is partly luck.

    Args:
        columns: Findings.
        y: State of the cause, shape (n,).
        ways: What to choose among.
        settings: Number of folds and repeats, and the seed.

    Raises:
        ValueError: Fewer rows than folds.

    References:
        Breiman, Friedman, Olshen and Stone (1984), Classification and regression trees, section 3.4.3.
    """
    generator = np.random.default_rng(settings.seed)
    rows = np.arange(len(y))
    if len(rows) > MOST_ROWS:
        rows = np.sort(generator.choice(rows, MOST_ROWS, replace=False))
    labels = [str(state) for state in y[rows]]
    parts = folds(labels, settings.folds, generator, repeats=settings.repeats)
    trial = _Trial(columns, y, rows, parts, settings)
    middling = {shape_of(way): way for way in ways if way.is_middling}
    first = sorted((trial.tried(way) for way in middling.values()), key=_merit)
    final = {shape_of(one.way) for one in first[:FINAL]} | {shape_of(way) for way in ways} - set(middling)
    rest = [way for way in ways if shape_of(way) in final and way not in middling.values()]
    tried = sorted([*first, *(trial.tried(way) for way in rest)], key=_merit)
    return Chosen(_simplest(tried), tuple(tried), len(rows))


def _merit(one: Tried) -> float:
    return one.merit


def _simplest(tried: Sequence[Tried]) -> Tried:
    """Return the best way of the first structure that is not clearly worse than the best of all."""
    for structure in STRUCTURES:
        own = next((one for one in tried if one.way.structure == structure), None)
        if own is not None:
            worse = own.merits - tried[0].merits
            if worse.mean() <= worse.std(ddof=1) / np.sqrt(len(worse)):
                return own
    return tried[0]


class _Trial:
    """The folds of a table, in which one way after the other is tried."""

    def __init__(
        self, columns: Sequence[Column], y: Ints, rows: Ints, parts: Sequence[Fold], settings: Settings
    ) -> None:
        self.tests = [rows[part.test] for part in parts]
        self.drawers = [Drawer(columns, y, rows[part.train], settings.n_bins) for part in parts]
        self.cases = np.concatenate(self.tests)
        self.truth = y[self.cases]
        self.recalibrated = settings.recalibrated

    def tried(self, way: Way) -> Tried:
        """Return how one way forecasts."""
        told = []
        for drawer, test in zip(self.drawers, self.tests, strict=True):
            one = drawer.drawn(way)
            told.append(forecast(one.found.codes[test], one.prior, one.tables, one.parents))
        return _scored(
            way, _forecast(np.concatenate(told), self.truth, self.cases), recalibrated=self.recalibrated
        )


def _forecast(p: Floats, y: Ints, cases: Ints) -> Forecast:
    zeros = np.zeros(len(y), dtype=np.int64)
    states = tuple(str(k) for k in range(p.shape[1]))
    return Forecast("", states, p, y, np.ones(len(y)), cases, zeros, zeros.astype(bool))


def _scored(way: Way, told: Forecast, *, recalibrated: bool) -> Tried:
    """Return how good forecasts are, and which temperature makes them truer.

    Forecasts are made less sure where that gains more than its standard error, and never surer:
    a model that hardly ever failed on a few hundred rows is not known to fail less often than it says.
    """
    found = fit_temperature(told)
    before, after = log_losses(told), log_losses(told.with_p(found.apply(told.p)))
    gain = mean_of(before - after, told.weights, told.cases)
    if not (found.t > 1 and gain.value > gain.se):
        found, after = NO_CHANGE, before
    _, which = np.unique(told.cases, return_inverse=True)
    merits = np.bincount(which, after if recalibrated else before) / np.bincount(which)
    return Tried(way, float(before.mean()), float(after.mean()), found, merits)
