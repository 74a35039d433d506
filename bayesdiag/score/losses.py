"""How good a forecast was, row by row, and its mean with the standard error over cases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayesdiag.score.forecast import Events, Floats, Forecast, Ints


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over cases.

    Attributes:
        value: The mean; not a number where there are no cases.
        se: Its standard error; not a number where there are fewer than two cases.
    """

    value: float
    se: float


def log_losses(forecast: Forecast) -> Floats:
    """Return −ln P(true state), shape (n,), from 0 (best) to infinity."""
    with np.errstate(divide="ignore"):
        found: Floats = -np.log(forecast.hit)
    return np.maximum(found, 0.0)


def brier_scores(forecast: Forecast) -> Floats:
    """Return Σ (p − y)² over all states, shape (n,), from 0 (best) to 2.

    Of two states this is twice the score of one of them.

    References:
        Brier (1950), Verification of forecasts expressed in terms of probability, Monthly Weather
        Review 78, 1-3.
    """
    # Σ_k (p_k − y_k)² = Σ_k p_k² − 2 p_true + 1
    found: Floats = (forecast.p**2).sum(axis=1) - 2 * forecast.hit + 1
    return np.maximum(found, 0.0)


def spherical_scores(forecast: Forecast) -> Floats:
    """Return P(true state) / √Σp², shape (n,), from 0 to 1 (best)."""
    found: Floats = forecast.hit / np.sqrt((forecast.p**2).sum(axis=1))
    return found


def hits(forecast: Forecast, k: int) -> Floats:
    """Return whether the true state is among the `k` likeliest, shape (n,).

    States of equal probability share the places they stand on: of two that are equally the
    likeliest, each is half the first.
    """
    own = forecast.hit[:, None]
    before = (forecast.p > own).sum(axis=1)
    equal = (forecast.p == own).sum(axis=1)
    found: Floats = np.clip((k - before) / equal, 0.0, 1.0)
    return found


def event_scores(events: Events) -> Floats:
    """Return (p − y)², shape (n,), from 0 (best) to 1."""
    found: Floats = (events.p - events.y) ** 2
    return found


def mean_of(values: Floats, weights: Floats, cases: Ints) -> Mean:
    """Return the weighted mean of what rows came to.

    Args:
        values: One for each row, shape (n,).
        weights: Of each row, shape (n,).
        cases: The case each row is about, shape (n,): rows of one case are no independent news.
    """
    if not len(values):
        return Mean(float("nan"), float("nan"))
    if not np.isfinite(values).all():
        return Mean(float(np.average(values, weights=weights)), float("nan"))
    value = float(np.average(values, weights=weights))
    _, which = np.unique(cases, return_inverse=True)
    # The mean is a ratio of sums over cases; its linearised residuals give the variance.
    residuals = np.bincount(which, weights * (values - value))
    n = len(residuals)
    if n < 2:
        return Mean(value, float("nan"))
    se = np.sqrt(n / (n - 1) * (residuals**2).sum()) / weights.sum()
    return Mean(value, float(se))
