"""Is one model better than another? Differences on the same cases, and on the same folds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayesdiag.score.forecast import Floats, Ints
from bayesdiag.score.losses import mean_of

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Difference:
    """What one model's mean loss is less another's: below 0 the first is better.

    Attributes:
        value: The difference of the means.
        se: Its standard error, over cases.
        interval: 95 % interval over cases, by Student's t.
        n: How many cases.
        fold_se: Standard error of the mean of the folds' differences as if folds were
            independent; not a number with fewer than two folds.
        fold_interval: 95 % interval over folds, widened because training cases are shared; None with
            fewer than two folds.

    References:
        Nadeau and Bengio (2003), Inference for the generalization error, Machine Learning 52,
        239-281: the variance of the folds' mean is (1/J + n_test/n_train) s².
    """

    value: float
    se: float
    interval: tuple[float, float]
    n: int
    fold_se: float
    fold_interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Rows:
    """What losses are about.

    Attributes:
        weights: How many cases each row stands for, shape (n,).
        cases: Which case each row is about, shape (n,).
        folds: In which fold each row was forecast, shape (n,).
    """

    weights: Floats
    cases: Ints
    folds: Ints


def difference(losses: Floats, others: Floats, rows: Rows) -> Difference:
    """Return how the losses of one model differ from those of another on the same rows.

    Where both are infinite in a row they do not differ there; where one is, so is the difference.

    Args:
        losses: Of the first model, shape (n,).
        others: Of the second, shape (n,).
        rows: What both are about.
    """
    apart = np.zeros(len(losses))
    differs = losses != others  # ∞ − ∞ is no number
    apart[differs] = losses[differs] - others[differs]
    mean = mean_of(apart, rows.weights, rows.cases)
    n = len(np.unique(rows.cases))
    fold_se, fold_interval = _over_folds(apart, rows)
    return Difference(
        value=mean.value,
        se=mean.se,
        interval=_interval(mean.value, mean.se, n - 1),
        n=n,
        fold_se=fold_se,
        fold_interval=fold_interval,
    )


def fold_means(values: Floats, rows: Rows) -> Floats:
    """Return the mean of each fold, in the order of their numbers."""
    _, which = np.unique(rows.folds, return_inverse=True)
    means: Floats = np.bincount(which, rows.weights * values) / np.bincount(which, rows.weights)
    return means


def _over_folds(apart: Floats, rows: Rows) -> tuple[float, tuple[float, float] | None]:
    means = fold_means(apart, rows)
    n_folds = len(means)
    if n_folds < 2 or not np.isfinite(means).all():
        return float("nan"), None
    spread = float(means.std(ddof=1))
    # Each repetition forecasts every case once: J/k repetitions of k folds, so n_test/n_train = 1/(k − 1).
    _, times = np.unique(rows.cases, return_counts=True)
    k = n_folds / times.max()
    widened = spread * np.sqrt(1 / n_folds + 1 / (k - 1))
    return spread / np.sqrt(n_folds), _interval(float(means.mean()), float(widened), n_folds - 1)


def _interval(value: float, se: float, freedom: int) -> tuple[float, float]:
    from scipy.special import stdtrit  # noqa: PLC0415 - most scores need no interval

    half = float(stdtrit(max(freedom, 1), (1 + LEVEL) / 2)) * se
    return value - half, value + half
