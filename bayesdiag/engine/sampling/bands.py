"""From batches of several chains to an estimate and a 95 % band that owns up to what is not known."""

from __future__ import annotations

import numpy as np

from bayesdiag.engine.layout import Bools, Floats

N_CHAINS = 8
"""Chains, each begun elsewhere."""
N_BATCHES = 16
"""Batches a chain is cut into."""
N_BURNT = 4
"""Batches at the start of a chain that are left out: the chain may not have forgotten its start."""
N_LONG = 3
"""Long batches that the rest of a chain is cut into for the error."""
T_CHAINS = 2.3646
"""97.5 % point of Student's distribution with `N_CHAINS` - 1 degrees of freedom."""
T_LONG = 2.0687
"""The same with `N_CHAINS` · `N_LONG` - 1."""
UNSEEN = 3.0
"""What was not met in n independent looks has a probability below 3 / n, with 95 % confidence: the
rule of three. By so much may an average be off that varied too little to tell."""
ROUNDING = 1e-9
"""What sums and quotients of doubles may be off by."""
APART = 1.05
"""Split R-hat above which chains have not seen the same distribution (Vehtari et al. 2021 ask for less
than 1.01 of single draws; the band is wider than that where they differ at all)."""


def bands(batches: Floats, length: int) -> tuple[Floats, Floats, Bools]:
    """Return means, half-widths and whether the chains agree, for each column.

    The half-width is the larger of two: Student's band from the means of the chains, which is right
    however slowly a chain moves as long as all of them do; and that from long batches, which has
    more degrees of freedom. Where the chains disagree it reaches as far as the farthest of them.

    Args:
        batches: Means of batches, shape (`N_CHAINS`, `N_BATCHES`, K).
        length: Sweeps in a batch.

    Returns:
        Means (K,), half-widths (K,) of 95 % bands, agreement (K,).

    References:
        Geyer (1992), Practical Markov chain Monte Carlo, Statistical Science 7, 473-483.
        Gelman and Rubin (1992), Inference from iterative simulation, Statistical Science 7, 457-472.
    """
    used = batches[:, N_BURNT:]
    chains = used.mean(axis=1)
    means = chains.mean(axis=0)
    long = used.reshape(N_CHAINS * N_LONG, -1, used.shape[2]).mean(axis=1)
    between = T_CHAINS * chains.std(axis=0, ddof=1) / np.sqrt(N_CHAINS)
    within = T_LONG * long.std(axis=0, ddof=1) / np.sqrt(len(long))
    agree = _split_r_hat(used, chains) < APART
    farthest = np.abs(chains - means).max(axis=0)
    half = np.maximum(np.maximum(between, within), np.where(agree, 0.0, farthest))
    n_sweeps = N_CHAINS * (N_BATCHES - N_BURNT) * length
    moved = half > ROUNDING
    return means, np.where(moved, np.hypot(half, UNSEEN / n_sweeps), ROUNDING), agree


def _split_r_hat(used: Floats, chains: Floats) -> Floats:
    """Return how far half chains lie apart, measured by the spread of the event itself; 1 is none."""
    halves = used.reshape(2 * N_CHAINS, -1, used.shape[2]).mean(axis=1)
    spread = (chains * (1 - chains)).mean(axis=0)
    apart = halves.var(axis=0, ddof=1)
    return np.asarray(np.sqrt(1 + apart / np.maximum(spread, 1e-12)))


def halved(batches: Floats) -> Floats:
    """Return the batches joined two by two, in the first half of as many places; the rest is empty."""
    joined = np.zeros_like(batches)
    joined[:, : N_BATCHES // 2] = (batches[:, 0::2] + batches[:, 1::2]) / 2
    return joined
