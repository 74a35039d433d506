"""How sure learned numbers are: what the cases say about each, beside its own range.

To the information of the cases comes that of the stated ranges; the inverse of both is a covariance
of all numbers, confounded ones included.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayesdiag.engine.layout import Floats
from bayesdiag.learning.groups import Groups
from bayesdiag.learning.information import MAX_SHARES, information_of
from bayesdiag.learning.newton import summit_of
from bayesdiag.learning.prior import range_precision, shifts
from bayesdiag.learning.training import Training

MAX_STEPS = 500
"""Steps of the climb to where the ranges and the cases agree best."""
REACH = 8.0
"""Standard deviations on either side that an interval is sought in."""
TINY = 1e-300
AT_FLOOR = 1e-11
"""A share below this fell as far as it was let."""
RIDGE = 1e-8
"""Least information about a shift: the shifts of a distribution count only relative to each other."""


@dataclass(frozen=True)
class Spread:
    """How sure each share is, all of shape (N + R,).

    Attributes:
        middle: Where the cases and the stated ranges together are most probable.
        low: Lower end of the 90 % interval.
        high: Its upper end.
        before: Variance of the log-odds by the stated range or ess, infinite where neither says anything.
        after: Variance of the log-odds with the cases.
        effective: How many complete observations the cases are worth.
    """

    middle: Floats
    low: Floats
    high: Floats
    before: Floats
    after: Floats
    effective: Floats


def spread_of(training: Training, groups: Groups, shares: Floats, pseudo: Floats) -> Spread | None:
    """Return intervals of all shares; None where there are too many.

    The interval takes a number's range for what was known before, while the learned number takes
    its ess; so the number need not stand in the middle.

    Args:
        training: The cases.
        groups: The distributions.
        shares: The learned shares.
        pseudo: Pseudo-counts of each share; they stand for a range where none is stated.
    """
    if len(shares) > MAX_SHARES:
        return None
    stated = range_precision(groups, pseudo)

    def valued(at: Floats) -> tuple[float, Floats]:
        expected = training.expect(groups.cells_of(at))
        moved = shifts(groups, at, stated)
        value = expected.log_likelihood - 0.5 * float(stated @ moved**2)
        # In each group these sum to 0, and so they are the slope of the range.
        return value, groups.counts_of(expected.counts, at) - stated * moved

    known = np.diag(stated + RIDGE)
    begun = information_of(training, groups, shares) + known
    middle = summit_of(groups, valued, shares, MAX_STEPS, precision=begun).shares
    covariance = np.linalg.inv(information_of(training, groups, middle) + known)
    contrast = _contrasts(groups, middle)
    after = np.einsum("ij,jk,ik->i", contrast, covariance, contrast)
    before = _prior_variance(groups, middle, stated)
    told = np.maximum(1 / np.maximum(after, TINY) - 1 / np.maximum(before, TINY), 0.0)
    # A share at its floor has no shape to go by: nothing is claimed of it, nor of one that is left alone.
    inside = (shares > AT_FLOOR) & (shares < 1 - AT_FLOOR)
    moves = groups.is_free & inside & (groups.of_share >= 0) & (after > 0)
    low, high = shares.copy(), shares.copy()
    low[moves], high[moves] = _ends(middle[moves], groups.start[moves], before[moves], told[moves])
    return Spread(
        middle,
        low,
        high,
        before,
        np.where(moves, after, 0.0),
        np.where(moves, told / np.maximum(middle * (1 - middle), TINY), 0.0),
    )


def _ends(middle: Floats, stated: Floats, before: Floats, told: Floats) -> tuple[Floats, Floats]:
    """Return the ends of 90 % intervals.

    What the cases say of log-odds x is taken to have the shape of k successes in n trials, which
    for rare events is far from a bell: n from its curvature there, k such that the middle is the
    most probable together with a normal range around the stated number.

    Args:
        middle: The most probable number.
        stated: What the model states.
        before: Variance of its log-odds by the stated range, infinite without one.
        told: What the cases add to the precision.
    """
    at, center, known = _logit(middle), _logit(stated), 1 / before
    trials = told / np.maximum(middle * (1 - middle), TINY)
    successes = trials * middle + known * (at - center)
    spread = 1 / np.sqrt(told + known + RIDGE)
    x = at[:, None] + np.linspace(-REACH, REACH, 801) * spread[:, None]
    logs = (
        successes[:, None] * x
        - trials[:, None] * np.logaddexp(0.0, x)
        - 0.5 * known[:, None] * (x - center[:, None]) ** 2
    )
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    cumulative = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
    ends = [
        _odds(np.take_along_axis(x, (cumulative >= share).argmax(axis=1)[:, None], axis=1)[:, 0])
        for share in (0.05, 0.95)
    ]
    return ends[0], ends[1]


def _contrasts(groups: Groups, shares: Floats) -> Floats:
    """Return how the log-odds of each share follow from all shifts, shape (N + R, N + R)."""
    # p_i = mass · exp z_i / Σ exp z_j over the free of its group:
    # d logit p_i / d z_j = ([i = j] - p_j / mass) / (1 - p_i).
    found = np.zeros((len(shares), len(shares)))
    mass = groups.in_group(np.where(groups.is_free, shares, 0.0))
    free = groups.is_free & (groups.of_share >= 0) & (shares > 0) & (shares < 1)
    order = np.flatnonzero(free)
    order = order[np.argsort(groups.of_share[order], kind="stable")]
    starts = np.flatnonzero(np.diff(groups.of_share[order], prepend=-1))
    for members in np.split(order, starts[1:]):
        p = shares[members]
        moved = np.eye(len(p)) - p[None, :] / mass[members][:, None]
        found[np.ix_(members, members)] = moved / (1 - p)[:, None]
    return found


def _prior_variance(groups: Groups, shares: Floats, stated: Floats) -> Floats:
    """Return the variance of each share's log-odds when shifts vary as stated, on their own."""
    alone = np.where(stated > 0, 1 / np.maximum(stated, RIDGE), np.inf)
    contrast = _contrasts(groups, shares)
    with np.errstate(invalid="ignore"):
        terms = np.where(contrast != 0, contrast**2 * alone[None, :], 0.0)
    return np.asarray(terms.sum(axis=1))


def _logit(p: Floats) -> Floats:
    inside = np.clip(p, 1e-300, 1 - 1e-16)
    return np.log(inside) - np.log1p(-inside)


def _odds(logits: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -700, 700))))
