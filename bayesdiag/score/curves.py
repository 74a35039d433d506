"""How well states are told apart, whatever their probabilities: confusion, ROC and the area under it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayesdiag.score.forecast import Events, Floats, Forecast


@dataclass(frozen=True, slots=True)
class Roc:
    """What every threshold on a probability lets through.

    Attributes:
        thresholds: Falling, beginning at infinity (nothing is let through).
        false_positive: Share of what was not so that is let through at each.
        true_positive: Share of what was so.
        auc: Area: P(a case that was so has the higher probability), ties counting half; not a
            number where all were so, or none.
    """

    thresholds: tuple[float, ...]
    false_positive: tuple[float, ...]
    true_positive: tuple[float, ...]
    auc: float


def confusion(forecast: Forecast) -> Floats:
    """Return the weight of cases by true state (row) and likeliest state (column), shape (states, states)."""
    n = len(forecast.states)
    table: Floats = np.zeros((n, n))
    np.add.at(table, (forecast.truth, forecast.first), forecast.weights)
    return table


def error_rate(table: Floats) -> float:
    """Return the share of cases beside the diagonal."""
    return float(1 - np.trace(table) / table.sum())


def roc(events: Events) -> Roc:
    """Return the curve, a point for each different probability."""
    values, which = np.unique(-events.p, return_inverse=True)
    so = np.bincount(which, events.weights * events.y, len(values))
    not_so = np.bincount(which, events.weights * (1 - events.y), len(values))
    if not so.sum() or not not_so.sum():
        return Roc((), (), (), float("nan"))
    true_positive = np.concatenate([[0.0], np.cumsum(so) / so.sum()])
    false_positive = np.concatenate([[0.0], np.cumsum(not_so) / not_so.sum()])
    area = np.diff(false_positive) @ (true_positive[1:] + true_positive[:-1]) / 2
    thresholds = (float("inf"), *(-values).tolist())
    return Roc(thresholds, tuple(false_positive.tolist()), tuple(true_positive.tolist()), float(area))
