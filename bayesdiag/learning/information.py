"""What cases say about every number at once: the sum of squares of their scores.

A score is how fast the logarithm of a case's probability rises with the logarithm of each share.

References:
    Berndt, Hall, Hall and Hausman (1974), Estimation and inference in nonlinear structural models,
    Annals of Economic and Social Measurement 3, 653-665.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bayesdiag.engine.layout import Floats, Ints
from bayesdiag.learning.groups import Groups
from bayesdiag.learning.training import Training

LEAST_BEND = 1e-3
"""Bend that no direction goes without in a climb: a number that no case speaks of stays where it is."""
TINY = 1e-300
MAX_SHARES = 4000
"""Numbers and rests beyond which no information is reckoned: a square of them would not fit."""


def information_of(training: Training, groups: Groups, shares: Floats) -> Floats:
    """Return the information of the cases about the logarithms of all shares, shape (N + R, N + R)."""
    scores, weights = _scores(training, groups, shares)
    return np.asarray((scores * weights[:, None]).T @ scores)


def _scores(training: Training, groups: Groups, shares: Floats) -> tuple[Floats, Floats]:
    """Return d log P / d shift of every share for each distinct row, and what the rows weigh."""
    cells = groups.cells_of(shares)
    tally = training.tally
    weights = np.asarray(np.bincount(tally.place, training.weights, tally.n_distinct), dtype=np.float64)
    scores = _slopes(groups, shares, tally.row_counts(cells)[0])
    if training.outcomes is None:
        return scores, weights
    failed, passed = _slopes(groups, shares, training.outcomes.tally.row_counts(cells)[0])
    failing = np.bincount(tally.place, training.weights * training.has_failed, minlength=tally.n_distinct)
    # The same findings say another thing of a case that is there only because it failed.
    others = np.maximum(weights - failing, 0.0)
    scores = np.vstack([scores - failed, scores[others > 0]])
    weights = np.append(failing, others[others > 0])
    premise = training.outcomes.premise
    worth = premise.ess * np.array([premise.p, 1 - premise.p])
    return np.vstack([scores, failed, passed]), np.append(weights, worth)


def _slopes(groups: Groups, shares: Floats, counts: Floats) -> Floats:
    """Return how fast each row's log-probability rises with the shift of each share."""
    return np.array([groups.slopes(row, shares) for row in groups.counts_of(counts, shares)])


def trials_of(training: Training, groups: Groups, shares: Floats, rows: Sequence[Ints]) -> list[Floats]:
    """Return how many complete observations bend the log-probability of the cases as they do.

    What a case says of a row is what it would say if complete, less what its blanks leave open:
    the variance of the complete score (Louis). What has only been filled in counts nothing.

    Args:
        training: The cases.
        groups: The distributions.
        shares: Where the bend is asked for.
        rows: Rows of tables, as places among all shares, each of shape (J, K).

    Returns:
        For each, the observations of its rows, shape (J,), 0 where nothing is said.

    References:
        Louis (1982), Finding the observed information matrix when using the EM algorithm, Journal
        of the Royal Statistical Society B 44, 226-233.
    """
    cells, tally = groups.cells_of(shares), training.tally
    weights: Floats = np.bincount(tally.place, training.weights, tally.n_distinct).astype(np.float64)
    parts = [(weights, groups.counts_of(tally.row_counts(cells)[0], shares))]
    if training.outcomes is not None:
        premise = training.outcomes.premise
        worth = premise.ess * np.array([premise.p, 1 - premise.p]) - [training.n_failed, 0.0]
        parts.append((worth, groups.counts_of(training.outcomes.tally.row_counts(cells)[0], shares)))
    return [_trials(parts, shares[places], places) for places in rows]


def _trials(parts: Sequence[tuple[Floats, Floats]], p: Floats, places: Ints) -> Floats:
    bend = np.zeros(p.shape)
    for weights, counts in parts:
        found = counts[:, places]
        used = found.sum(axis=2, keepdims=True)
        open_ = found * (1 - 2 * p) + p**2 * used - (found - p * used) ** 2
        bend += np.einsum("d,djk->jk", weights, used * p * (1 - p) - open_)
    trials = bend.sum(axis=1) / np.maximum((p * (1 - p)).sum(axis=1), TINY)
    return np.asarray(np.maximum(trials, 0.0))
