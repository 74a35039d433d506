"""Making probabilities truer: an explicit step, kept beside the model and never inside it.

A recalibration is fitted to forecasts of one set of cases and applied to forecasts of others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from bayesdiag.score.folds import folds
from bayesdiag.score.forecast import Floats, Forecast, Ints, joined

Way = Literal["temperature", "isotonic"]
_LOG_RANGE = 5.0
"""A temperature is looked for between exp(−5) and exp(5)."""


@dataclass(frozen=True, slots=True)
class Temperature:
    """Probabilities raised to 1/t and made to sum to one: above 1 they become less sure.

    References:
        Guo, Pleiss, Sun and Weinberger (2017), On calibration of modern neural networks, ICML.
    """

    t: float

    def apply(self, p: Floats) -> Floats:
        """Return recalibrated probabilities, shape (n, states)."""
        return _powered(p, 1 / self.t)


@dataclass(frozen=True, slots=True)
class Isotonic:
    """A rising function for each state, then made to sum to one.

    Attributes:
        x: For each state, probabilities as they were forecast, rising.
        y: For each state, what they became; straight lines between, level outside.

    References:
        Zadrozny and Elkan (2002), Transforming classifier scores into accurate multiclass
        probability estimates, KDD, 694-699.
    """

    x: tuple[tuple[float, ...], ...]
    y: tuple[tuple[float, ...], ...]

    def apply(self, p: Floats) -> Floats:
        """Return recalibrated probabilities, shape (n, states); a row that becomes 0 is left as it was."""
        found = np.column_stack(
            [np.interp(p[:, k], x, y) for k, (x, y) in enumerate(zip(self.x, self.y, strict=True))]
        )
        total = found.sum(axis=1, keepdims=True)
        return np.where(total > 0, found / np.where(total > 0, total, 1.0), p)


def fit_temperature(forecast: Forecast) -> Temperature:
    """Return the temperature under which the log loss of forecasts is least; 1 where there are none.

    A row whose true state has probability 0 has no temperature that helps it and is left out.
    """
    from scipy.optimize import minimize_scalar  # noqa: PLC0415 - only an explicit step needs it

    some = forecast.take(forecast.hit > 0)
    if not len(some):
        return Temperature(1.0)

    def loss(log_t: float) -> float:
        told = some.with_p(_powered(some.p, float(np.exp(-log_t))))
        return float(np.average(-np.log(np.maximum(told.hit, 1e-300)), weights=some.weights))

    found = minimize_scalar(loss, bounds=(-_LOG_RANGE, _LOG_RANGE), method="bounded", options={"xatol": 1e-9})
    best = float(found.x) if found.fun < loss(0.0) else 0.0
    return Temperature(float(np.exp(best)))


def fit_isotonic(forecast: Forecast) -> Isotonic:
    """Return the rising functions nearest to what came true, one for each state."""
    fitted = [
        _rising(forecast.p[:, k], (forecast.truth == k).astype(float), forecast.weights)
        for k in range(len(forecast.states))
    ]
    return Isotonic(tuple(x for x, _ in fitted), tuple(y for _, y in fitted))


def recalibrated(
    forecast: Forecast, way: Way, n_folds: int, generator: np.random.Generator
) -> tuple[Forecast, Temperature | Isotonic]:
    """Return forecasts each recalibrated by what the other folds taught, and the recalibration of all.

    The first says how good the second will be on new cases; scores of forecasts recalibrated by
    themselves would not. All rows of a case are in one fold.

    Args:
        forecast: What was forecast.
        way: How.
        n_folds: How many folds.
        generator: Where the shuffling comes from.

    Raises:
        ValueError: Fewer cases than folds.
    """
    fit = fit_temperature if way == "temperature" else fit_isotonic
    numbers, first = np.unique(forecast.cases, return_index=True)
    labels = [forecast.states[k] or " " for k in forecast.truth[first]]
    held_out: list[Ints] = [
        np.flatnonzero(np.isin(forecast.cases, numbers[part.test]))
        for part in folds(labels, n_folds, generator)
    ]
    parts = []
    for rows in held_out:
        others = np.setdiff1d(np.arange(len(forecast)), rows)
        test = forecast.take(rows)
        parts.append(test.with_p(fit(forecast.take(others)).apply(test.p)))
    back = np.argsort(np.concatenate(held_out), kind="stable")
    return joined(parts).take(back), fit(forecast)


def _powered(p: Floats, power: float) -> Floats:
    with np.errstate(divide="ignore"):
        logs = np.log(p) * power
    logs -= logs.max(axis=1, keepdims=True)
    raised = np.exp(logs)
    found: Floats = raised / raised.sum(axis=1, keepdims=True)
    return found


def _rising(x: Floats, y: Floats, weights: Floats) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the rising step function nearest to y in weighted squares, as corners."""
    from scipy.optimize import isotonic_regression  # noqa: PLC0415 - only an explicit step needs it

    if not len(x):
        return (0.0, 1.0), (0.0, 1.0)
    values, which = np.unique(x, return_inverse=True)
    mass = np.bincount(which, weights)
    mean = np.bincount(which, weights * y) / mass
    fitted = isotonic_regression(mean, weights=mass).x
    return tuple(values.tolist()), tuple(np.clip(fitted, 0.0, 1.0).tolist())
