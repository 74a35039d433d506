"""Rows that are alike, as draws of one Dirichlet distribution: its mean the overall row, its weight learned.

Counts k of a row have probability Γ(κ)/Γ(κ+n) · Π Γ(κm+k)/Γ(κm), n being their sum (Pólya).
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize
from scipy.special import betainc, digamma, expit, gammaln, polygamma

from bayesdiag.engine.layout import Floats

USUAL = 30.0
"""The middle of what is believed of a concentration before any case."""
SCALE = 2.0
"""The scale of that belief about its logarithm: 90 % of it lie between 0.08 and 11,000."""
CONCENTRATIONS = np.geomspace(1e-2, 1e6, 25)
"""Those that intervals are mixed over."""
NEGLIGIBLE = 1e-4
"""Of the most probable: what is less probable than this is left out."""
WIDEST = 35.0
"""Log-odds between whose negative and which the ends of an interval are looked for."""
BISECTIONS = 30
"""Halvings that find an end."""
LEAST, MOST = 1e-10, 1e8
"""Between these the weight of each state is looked for."""


def log_belief(concentration: float) -> float:
    """Return the log-density of log κ before any case: logistic around `USUAL`, weak and without ends.

    Rows that agree perfectly would have κ grow for ever, and rows that have nothing in common would
    have it vanish: the likelihood of counts levels off at both ends, and this does not.
    """
    z = (np.log(concentration) - np.log(USUAL)) / SCALE
    return float(-z - 2 * np.logaddexp(0.0, -z))


def log_evidence(counts: Floats, weights: Floats) -> Floats:
    """Return the logarithm of the probability of each row's counts in one order, shape (J,).

    Args:
        counts: Counts of each state in each row, 0 or more, shape (J, K).
        weights: κ · m, shape (K,).
    """
    whole, n = weights.sum(), counts.sum(axis=1)
    parts = gammaln(weights + counts) - gammaln(weights)
    return np.asarray(gammaln(whole) - gammaln(whole + n) + parts.sum(axis=1))


def height(counts: Floats, weights: Floats, stated: Floats) -> float:
    """Return log-evidence of all rows + Σ stated · log m + the belief about κ.

    Args:
        counts: See `log_evidence`.
        weights: κ · m, shape (K,).
        stated: What is stated of the overall row, as pseudo-counts, shape (K,).
    """
    whole = float(weights.sum())
    pull = float(stated @ np.log(weights / whole))
    return float(log_evidence(counts, weights).sum()) + pull + log_belief(whole)


def best_weights(counts: Floats, weights: Floats, stated: Floats) -> Floats:
    """Return the κ · m, shape (K,), at which `height` is largest, sought from `weights`.

    References:
        Minka (2000), Estimating a Dirichlet distribution, section 3 (the Pólya distribution).
    """

    def downhill(logs: Floats) -> tuple[float, Floats]:
        at = np.exp(logs)
        return -height(counts, at, stated), -at * _slope(counts, at, stated)

    ends = [(np.log(LEAST), np.log(MOST))] * len(weights)
    start = np.clip(np.log(weights), *ends[0])
    options = {"ftol": 1e-15, "gtol": 1e-8, "maxiter": 500}
    end = minimize(downhill, start, jac=True, method="L-BFGS-B", bounds=ends, options=options)
    return np.asarray(np.exp(end.x)) if -end.fun >= height(counts, weights, stated) else weights


def ends_of(counts: Floats, weights: Floats, stated: Floats) -> tuple[Floats, Floats]:
    """Return the ends of 90 % intervals of rows with these counts, each shape (J, K).

    They mind that neither the concentration nor the overall row is known: rows are mixed over all
    that the first may be, each as probable as the counts of all rows make it, and what the second may
    be off widens them.

    Args:
        counts: Counts of each state in each row, shape (J, K).
        weights: κ · m, shape (K,).
        stated: What is stated of the overall row, as pseudo-counts, shape (K,).
    """
    # An overall row that nobody stated may be any, each alike: a case of each state before the first. Without
    # it the most probable one may lie at an end, where nothing bends.
    stated = stated + 1
    weights = best_weights(counts, weights, stated)
    overall = weights / weights.sum()
    heights = np.array([height(counts, kappa * overall, stated) for kappa in CONCENTRATIONS])
    likely = np.exp(heights - heights.max())
    kept = likely > NEGLIGIBLE
    pairs = [_widened(counts, kappa, overall, stated) for kappa in CONCENTRATIONS[kept]]
    mine, others = (np.array(found) for found in zip(*pairs, strict=True))
    share = (likely[kept] / likely[kept].sum())[:, None, None]

    def end(wanted: float) -> Floats:
        low, high = np.full(counts.shape, -WIDEST), np.full(counts.shape, WIDEST)
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            is_below = (share * betainc(mine, others, expit(middle))).sum(axis=0) < wanted
            low, high = np.where(is_below, middle, low), np.where(is_below, high, middle)
        return np.asarray(expit((low + high) / 2))

    return end(0.05), end(0.95)


def _widened(counts: Floats, kappa: float, overall: Floats, stated: Floats) -> tuple[Floats, Floats]:
    """Return Beta weights of each number of each row, (J, K) for it and (J, K) against it.

    They have the mean that κ · m gives, and by the law of total variance the variance that is left
    when m is known, on average over m, together with that of the mean as m varies.
    """
    n = counts.sum(axis=1, keepdims=True)
    told = np.zeros(len(overall))
    for prior, seen in ((kappa * overall, counts), (kappa * (1 - overall), n - counts)):
        told += kappa**2 * (polygamma(1, prior) - polygamma(1, prior + seen)).sum(axis=0)
    told += stated.sum() / (overall * (1 - overall))
    mean = (counts + kappa * overall) / (n + kappa)
    # No less is known of m than if it were uniform, whose variance is a third of m(1 - m) at most.
    off = (kappa / (n + kappa)) ** 2 / np.maximum(told, 3 / (overall * (1 - overall)))
    alone = (mean * (1 - mean) - off) / (n + kappa + 1)
    worth = mean * (1 - mean) / (alone + off) - 1
    return mean * worth, (1 - mean) * worth


def _slope(counts: Floats, weights: Floats, stated: Floats) -> Floats:
    """Return how fast `height` rises with each weight, shape (K,)."""
    whole, n = weights.sum(), counts.sum(axis=1)
    of_rows = len(n) * digamma(whole) - digamma(whole + n).sum()
    of_states = digamma(weights + counts).sum(axis=0) - len(n) * digamma(weights)
    z = (np.log(whole) - np.log(USUAL)) / SCALE
    belief = -np.tanh(z / 2) / (SCALE * whole)
    return np.asarray(of_rows + of_states + stated / weights - stated.sum() / whole + belief)
