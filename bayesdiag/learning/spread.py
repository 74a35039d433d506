"""How sure learned numbers are: what the cases say about each, beside its own range.

To the information of the cases comes that of the stated ranges; the inverse of both is a covariance
of all numbers, confounded ones included.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayesdiag.engine.layout import Bools, Floats
from bayesdiag.learning.groups import NOTHING, Groups
from bayesdiag.learning.information import LEAST_BEND, MAX_SHARES, information_of
from bayesdiag.learning.newton import Summit, summit_of
from bayesdiag.learning.prior import pull_of, range_precision
from bayesdiag.learning.training import Training

MAX_STEPS = 500
"""Steps of the climb to where the ranges and the cases agree best."""
REACH = 8.0
"""Standard deviations on either side that an interval is sought in."""
TOLD = 0.2
"""Share of a number's variance that cases must take away to be said to tell anything about it."""
EMPTY = float(np.log(20))
"""Trials · p at which 95 % see it at least once: never seen in n trials, a share may be up to 3/n."""
WIDEST = 5.0
"""Standard deviation beyond which log-odds are not looked for."""
TINY = 1e-300
RIDGE = 1e-8
"""Least information about a shift: the shifts of a distribution count only relative to each other."""


@dataclass(frozen=True)
class Spread:
    """How sure each share is, all of shape (N + R,).

    Attributes:
        low: Lower end of the 90 % interval.
        high: Its upper end.
        effective: How many complete observations the cases are worth.
        is_known: Of which shares anything is claimed.
        is_told: Whether the cases say anything about it that was not stated before.
    """

    low: Floats
    high: Floats
    effective: Floats
    is_known: Bools
    is_told: Bools


def can_be_spread(groups: Groups) -> bool:
    """Return whether intervals can be reckoned: whether a square of all shares fits."""
    return len(groups.start) <= MAX_SHARES


def middle_of(
    training: Training, groups: Groups, shares: Floats, *, pseudo: Floats, counted: Bools
) -> Summit:
    """Return where the cases and the stated ranges together are most probable.

    Args:
        training: The cases.
        groups: The distributions.
        shares: Where to begin; a share that fell to nothing begins as it is stated, where its range
            does not let it be nothing.
        pseudo: Pseudo-counts of each share; they stand for a range where none is stated.
        counted: Of which shares they stand for themselves, whatever is stated, shape (N + R,).
    """
    stated = np.where(counted, 0.0, range_precision(groups, pseudo))
    kept = np.where(counted, pseudo, 0.0)

    def valued(at: Floats) -> tuple[float, Floats]:
        expected = training.expect(groups.cells_of(at))
        density, pull = pull_of(groups, at, stated)
        density += float(kept[counted] @ np.log(at[counted]))
        return expected.log_likelihood + density, groups.counts_of(expected.counts, at) + pull + kept

    fell = (shares <= NOTHING) & (groups.start > NOTHING) & (groups.in_group(stated) > 0)
    logs = np.log(np.maximum(np.where(fell, groups.start, shares), TINY))
    begin = groups.placed(logs, shares) if fell.any() else shares
    precision = None
    if can_be_spread(groups):
        known = _stated_information(groups, begin, stated) + _worth(groups, begin, kept)
        precision = information_of(training, groups, begin) + known + LEAST_BEND * np.eye(len(shares))
    return summit_of(groups, valued, begin, MAX_STEPS, precision=precision)


def spread_of(  # noqa: PLR0913 - what is known, and of what
    training: Training, groups: Groups, learned: Floats, middle: Floats, *, pseudo: Floats, counted: Bools
) -> Spread:
    """Return intervals of all shares, where there are not too many (`can_be_spread`).

    The interval takes a number's range for what was known before, while the learned number may take
    its ess; so the number need not stand in the middle.

    Args:
        training: The cases.
        groups: The distributions.
        learned: The learned shares.
        middle: Where the cases and the stated ranges together are most probable.
        pseudo: Pseudo-counts of each share; they stand for a range where none is stated.
        counted: Of which shares they stand for themselves; their intervals come from elsewhere.
    """
    stated = np.where(counted, 0.0, range_precision(groups, pseudo))
    known = _stated_information(groups, middle, stated)
    known += _worth(groups, middle, np.where(counted, pseudo, 0.0))
    covariance = np.linalg.inv(information_of(training, groups, middle) + known)
    contrast = _contrasts(groups, middle)
    after = ((contrast @ covariance) * contrast).sum(axis=1)
    before = _prior_variance(groups, middle, stated)
    told = np.maximum(1 / np.maximum(after, TINY) - 1 / np.maximum(before, TINY), 0.0)
    inside = (learned > NOTHING) & (learned < 1 - NOTHING)
    effective = told / np.maximum(middle * (1 - middle), TINY)
    # Where nothing is stated and less than one case speaks of a number, it may be anything.
    is_open = np.isinf(before) & ((effective < 1) | (middle <= NOTHING) | (middle >= 1 - NOTHING))
    anything = groups.may_shift & inside & is_open
    moves = groups.may_shift & inside & ~is_open & (after > 0)
    low, high = np.where(anything, 0.0, learned), np.where(anything, 1.0, learned)
    low[moves], high[moves] = _ends(middle[moves], groups.start[moves], before[moves], told[moves])
    gone = 1 - np.divide(after, before, out=np.zeros_like(after), where=before > 0)
    fell, rose, trials = _at_ends(training, groups, learned)
    reach = np.minimum(1.0, EMPTY / np.maximum(trials, TINY))
    return Spread(
        np.where(fell, 0.0, np.where(rose, 1 - reach, low)),
        np.where(fell, reach, np.where(rose, 1.0, high)),
        np.where(fell | rose, trials, np.where(moves, effective, 0.0)),
        moves | anything | fell | rose,
        np.where(fell | rose, trials >= EMPTY, ~anything & (gone >= TOLD)),
    )


def _at_ends(training: Training, groups: Groups, learned: Floats) -> tuple[Bools, Bools, Floats]:
    """Return which shares fell to 0 and which rose to 1, and in how many trials that was seen.

    There the likelihood falls like exp(-n · p), as it does when n trials all went the other way.
    """
    expected = training.expect(groups.cells_of(learned))
    slopes = groups.slopes(groups.counts_of(expected.counts, learned), learned)
    against = -np.divide(slopes, learned, out=np.zeros_like(slopes), where=learned > 0)
    fell = groups.may_shift & (learned <= NOTHING) & (groups.start > NOTHING) & (against > 0)
    least = np.full(groups.n_groups, np.inf)
    np.minimum.at(least, groups.of_share[fell], against[fell])
    trials = np.where(groups.of_share >= 0, least[np.maximum(groups.of_share, 0)], np.inf)
    rose = groups.may_shift & (learned >= 1 - NOTHING) & (groups.start < 1 - NOTHING) & np.isfinite(trials)
    return fell, rose, np.where(fell, against, np.where(rose, trials, 0.0))


def _worth(groups: Groups, shares: Floats, pseudo: Floats) -> Floats:
    """Return what pseudo-counts say about all shifts, shape (N + R, N + R)."""
    return np.diag(groups.in_group(pseudo) * shares * (1 - shares))


def _stated_information(groups: Groups, shares: Floats, stated: Floats) -> Floats:
    """Return what the stated ranges say about all shifts, shape (N + R, N + R), positive definite."""
    found = np.diag(np.where(groups.is_uneven, 0.0, stated) + RIDGE)
    if groups.is_uneven.any():
        of_uneven = _contrasts(groups, shares)[groups.is_uneven]
        found += (of_uneven * stated[groups.is_uneven, None]).T @ of_uneven
    return np.asarray(found)


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
    # Where nothing is stated all numbers are alike before the cases: one success and one failure.
    flat = known <= 0
    successes, trials = successes + flat, trials + 2 * flat
    spread = np.minimum(1 / np.sqrt(told + known + RIDGE), WIDEST)
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
    # d logit p_i / d shift_j = ([i = j] - gives_way_j · p_j) / (1 - p_i).
    found = np.zeros((len(shares), len(shares)))
    gone = groups.gives_way(shares) * shares
    order = np.flatnonzero(groups.may_shift & (shares > 0) & (shares < 1))
    order = order[np.argsort(groups.of_share[order], kind="stable")]
    starts = np.flatnonzero(np.diff(groups.of_share[order], prepend=-1))
    for members in np.split(order, starts[1:]):
        moved = np.eye(len(members)) - gone[members][None, :]
        found[np.ix_(members, members)] = moved / (1 - shares[members])[:, None]
    return found


def _prior_variance(groups: Groups, shares: Floats, stated: Floats) -> Floats:
    """Return the variance of each share's log-odds when shifts vary as stated, on their own."""
    alone = np.where(stated > 0, 1 / np.maximum(stated, RIDGE), np.inf)
    contrast = _contrasts(groups, shares)
    with np.errstate(invalid="ignore"):
        terms = np.where(contrast != 0, contrast**2 * alone[None, :], 0.0)
    return np.asarray(np.where(groups.is_uneven, alone, terms.sum(axis=1)))


def _logit(p: Floats) -> Floats:
    inside = np.clip(p, 1e-300, 1 - 1e-16)
    return np.log(inside) - np.log1p(-inside)


def _odds(logits: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -700, 700))))
