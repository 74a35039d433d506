"""Naive Bayes tuned to forecast its cause: as near to the counted numbers as forecasts of the rows allow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize

from bayesdiag.draft.coding import Coded
from bayesdiag.engine.layout import Floats, Ints

STEPS = 200


def tuned(
    found: Coded, rows: Ints, y: Ints, counted: tuple[Floats, Sequence[Floats]], *, pull: float
) -> tuple[Floats, list[Floats]]:
    """Return P(cause) and P(finding | cause) under which the rows' causes are likeliest given their findings.

    Σ log P(cause | findings) + pull · Σ p log θ is made as large as possible, p being the counted
    numbers of each row of a table and θ what becomes of them; blanks are summed out. For complete
    rows such a network holds every forecast that a logistic regression on its states can make.

    Args:
        found: Findings as numbers.
        rows: Numbers of the rows that teach.
        y: State of the cause, shape (n,).
        counted: Shares of the cause, shape (states,), and P(finding | cause), each of shape (states,
            own states).
        pull: What the counted numbers are worth, in cases for each row of a table.

    References:
        Greiner, Su, Shen and Zhou (2005), Structural extension to logistic regression:
        discriminative parameter learning of belief net classifiers, Machine Learning 59, 297-322.
    """
    prior, tables = counted
    sizes = [len(prior), *(table.shape[1] for table in tables)]
    ends = np.cumsum([table.shape[1] for table in tables])[:-1]
    seen = _seen(found.codes[rows], sizes[1:])
    truth = np.eye(len(prior))[y[rows]]
    counts = [prior[None], *tables]
    target = np.concatenate([count.ravel() for count in counts])

    def loss(flat: Floats) -> tuple[float, Floats]:
        logs = [_log_softmax(one) for one in _parts(flat, len(prior), sizes)]
        scores = logs[0] + seen @ np.concatenate(logs[1:], axis=1).T
        log_p = _log_softmax(scores)
        left = truth - np.exp(log_p)
        gains = [left.sum(axis=0)[None], *np.split(left.T @ seen, ends, axis=1)]
        value = float((truth * log_p).sum())
        slopes = []
        for gain, count, log in zip(gains, counts, logs, strict=True):
            pulled = gain + pull * count
            slopes.append((pulled - np.exp(log) * pulled.sum(axis=1, keepdims=True)).ravel())
            value += pull * float((count * log).sum())
        return -value, -np.concatenate(slopes)

    best = minimize(loss, np.log(target), jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    after = [np.exp(_log_softmax(one)) for one in _parts(best.x, len(prior), sizes)]
    return after[0][0], after[1:]


def _seen(codes: Ints, sizes: Sequence[int]) -> Floats:
    """Return ones where a finding is in a state, all findings beside each other; blanks are zeros."""
    blocks = [
        np.eye(size)[np.maximum(codes[:, place], 0)] * (codes[:, place] >= 0)[:, None]
        for place, size in enumerate(sizes)
    ]
    return np.concatenate(blocks, axis=1)


def _parts(flat: Floats, n_states: int, sizes: Sequence[int]) -> list[Floats]:
    found, start = [flat[:n_states][None]], n_states
    for size in sizes[1:]:
        found.append(flat[start : start + n_states * size].reshape(n_states, size))
        start += n_states * size
    return found


def _log_softmax(scores: Floats) -> Floats:
    top = scores - scores.max(axis=1, keepdims=True)
    found: Floats = top - np.log(np.exp(top).sum(axis=1, keepdims=True))
    return found
