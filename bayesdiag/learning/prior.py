"""What numbers are worth before any case: their ess as pseudo-cases, their `within` as a range."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bayesdiag.engine.layout import Floats
from bayesdiag.engine.sets import SIGMAS
from bayesdiag.learning.groups import Groups
from bayesdiag.model.numbers import Number

ROUNDING = 1e-16


def pseudo_counts(groups: Groups, numbers: Sequence[Number], ess: float | None) -> Floats:
    """Return what the model's own numbers are worth as counts of each share, shape (N + R,).

    What is stated must be the most probable as long as no case speaks: so all shares of a group count
    alike, each what it is times the mean ess of the group's numbers. Where a group has several rests,
    that is in every context, and a number counts in each that opens it.

    Args:
        groups: The distributions.
        numbers: The numbers.
        ess: What every number is worth; None for what each says itself.
    """
    own = np.array([number.weight.ess if ess is None else ess for number in numbers], dtype=np.float64)
    worth = np.append(own, np.zeros(len(groups.start) - len(numbers)))
    is_number = np.append(np.ones(len(numbers)), np.zeros(len(groups.start) - len(numbers)))
    stated = groups.start * is_number
    total, weighed = groups.in_group(stated), groups.in_group(stated * worth)
    mean = np.divide(weighed, total, out=np.zeros_like(total), where=total > 0)
    return np.asarray(mean * groups.start * contexts_of(groups))


def contexts_of(groups: Groups) -> Floats:
    """Return in how many contexts each share counts, shape (N + R,); 1 where a group has one rest."""
    found = np.ones(len(groups.start))
    for group in groups.uneven:
        found[group.numbers] = group.opens.sum(axis=0)
    return found


def range_precision(groups: Groups, pseudo: Floats) -> Floats:
    """Return the precision of each shift by the stated range; by the ess where no range is stated.

    In a group with several rests it is that of each number's own log-odds. What cannot shift has
    none: it must not weigh in its group's mean.
    """
    numbers = groups.numbering.numbers
    within = np.array([number.weight.within for number in numbers])
    spread = np.log(np.maximum(within, 1.0)) / SIGMAS / np.sqrt(2)
    by_range = np.append(spread, np.zeros(len(groups.start) - len(numbers)))
    widest = _widest(groups, by_range)
    by_range[len(numbers) :] = widest[len(numbers) :]
    found = np.divide(1.0, by_range**2, out=np.zeros_like(by_range), where=by_range > 0)
    # Two shifts of a binary share have twice the variance of one: ess · p · (1 - p) of the log-odds.
    by_ess = 2 * groups.in_group(pseudo) * groups.start * (1 - groups.start)
    known = np.where(by_range > 0, found, by_ess) / np.where(groups.is_uneven, 2, 1)
    return np.asarray(np.where(groups.may_shift & (groups.start > 0), known, 0.0))


def _widest(groups: Groups, spread: Floats) -> Floats:
    """Return the widest range in each share's group."""
    found = np.zeros(groups.n_groups)
    used = groups.of_share >= 0
    np.maximum.at(found, groups.of_share[used], spread[used])
    return np.where(used, found[np.maximum(groups.of_share, 0)], 0.0)


def pull_of(groups: Groups, shares: Floats, precision: Floats) -> tuple[float, Floats]:
    """Return the logarithm of the density that the stated ranges give shares, and its slope as counts.

    Args:
        groups: The distributions.
        shares: The shares.
        precision: See `range_precision`.
    """
    known = (shares > 0) & (groups.start > 0)
    before, after = np.where(known, groups.start, 1.0), np.where(known, shares, 1.0)
    moved = np.log(after) - np.log(before)
    total = groups.in_group(precision)
    mean = np.divide(groups.in_group(precision * moved), total, out=np.zeros_like(total), where=total > 0)
    left = np.maximum(1 - after, ROUNDING)
    odds = moved - np.log(left) + np.log(np.maximum(1 - before, ROUNDING))
    # In an even group the slopes sum to 0, so that they are counts of shares whose sum is held.
    moved = np.where(groups.is_uneven, odds, moved - mean)
    slope = -precision * moved / np.where(groups.is_uneven, left, 1.0)
    return -0.5 * float(precision @ moved**2), np.asarray(slope)
