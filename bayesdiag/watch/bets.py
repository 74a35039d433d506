"""Bets against the model: what they gain is a test martingale, and an alarm is a gain too large for luck.

A bet is another model. Its gain of a case is P(case | bet) / P(case | model), whose mean is 1 if the
model is true, whatever was asked and whatever was left blank as long as that rests on what was known
then. So is the mean of products of gains. By Ville's inequality they ever reach 1/α with probability α
at most, however long the stream, and however often somebody looks.

Things drift later than the first case. So capital is laid aside for every later start: half bets from
the first case, the rest from block j with share ∝ 1/((j + 1) ln²(j + 1)). These sum to one, hence the
whole remains a test martingale, and does not depend on how many cases will come.

References:
    Ville (1939), Étude critique de la notion de collectif. Ramdas, Grünwald, Vovk and Shafer (2023),
    Game-theoretic statistics and safe anytime-valid inference, Statistical Science 38, 576-601.
    Shin, Ramdas and Rinaldo (2024), E-detectors, New England Journal of Statistics in Data Science 2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bayesdiag.engine.layout import Floats, Ints

FACTORS = (0.1, 1 / 3, 2 / 3, 1.5, 3.0, 10.0)
"""What bets on a single number or state multiply its odds by."""
BLOCK = 10
"""Cases after which capital is put on another start."""
LATER = 0.5 / 2.10974
"""Half the capital over Σ 1/(m ln² m), m = 2, 3, …"""
CHUNK = 256
"""Cases whose gains are held at a time."""


@dataclass(frozen=True)
class Bets:
    """Bets, sorted by the monitor they belong to; every monitor has one at least.

    Attributes:
        monitor: Which monitor each belongs to, from 0 without a gap, not falling, shape (K,).
        share: Capital of each, shape (K,), summing to one.
        gains: (first case, end) → logarithm of what each bet gains of each case, shape (n, K).
        history: Bet → the same of one bet and every case, shape (n,).
    """

    monitor: Ints
    share: Floats
    gains: Callable[[int, int], Floats]
    history: Callable[[int], Floats]

    @property
    def n_monitors(self) -> int:
        """How many monitors there are."""
        return int(self.monitor[-1]) + 1 if len(self.monitor) else 0

    @property
    def starts(self) -> Ints:
        """First bet of each monitor."""
        return np.asarray(np.searchsorted(self.monitor, np.arange(self.n_monitors)), dtype=np.int64)

    @property
    def of_monitor(self) -> Floats:
        """Capital of each monitor."""
        found = np.bincount(self.monitor, self.share, minlength=self.n_monitors)
        return np.asarray(found, dtype=np.float64)


def bets_on(monitor: Ints, share: Floats, gains: Floats) -> Bets:
    """Return bets whose gains of every case are at hand, shape (n, K)."""
    return Bets(monitor, share, lambda start, end: gains[start:end], lambda bet: gains[:, bet])


@dataclass(frozen=True)
class Course:
    """How bets went.

    Attributes:
        log_value: Logarithm of what all capital came to after each case, shape (n,).
        peak: Logarithm of the most that each monitor's capital ever came to per unit, shape (monitors,).
        peak_at: After which case that was; -1 where it never was more than at the start.
        best: Which of its bets had most then, -1 likewise.
        crossed_at: After which case a monitor first reached its bar; -1 where it never did.
    """

    log_value: Floats
    peak: Floats
    peak_at: Ints
    best: Ints
    crossed_at: Ints


def course_of(bets: Bets, n: int, log_bars: Floats) -> Course:
    """Return how bets go over n cases.

    Args:
        bets: The bets.
        n: How many cases there are.
        log_bars: Logarithm of what each monitor's capital must come to per unit for an alarm.
    """
    n_monitors = bets.n_monitors
    log_value, peak = np.zeros(n), np.zeros(n_monitors)
    peak_at, best, crossed_at = (np.full(n_monitors, -1, dtype=np.int64) for _ in range(3))
    if not n_monitors:
        return Course(log_value, peak, peak_at, best, crossed_at)
    starts = bets.starts
    log_share = np.log(bets.share)
    log_own = np.log(bets.of_monitor)
    running = np.full(len(bets.share), -np.inf)
    left = 1.0
    gains = np.zeros((0, len(bets.share)))
    for case in range(n):
        if case % CHUNK == 0:
            gains = bets.gains(case, min(n, case + CHUNK))
        if case % BLOCK == 0:
            opened = opening(case // BLOCK)
            left -= opened
            running = np.logaddexp(running, np.log(opened))
        running += gains[case % CHUNK]
        worth = np.logaddexp(running, np.log(left))
        values = _log_sums(log_share + worth, starts) - log_own
        log_value[case] = _log_sums(log_own + values, np.zeros(1, dtype=np.int64))[0]
        higher = values > peak
        if higher.any():
            tops = np.flatnonzero(worth == np.maximum.reduceat(worth, starts)[bets.monitor])[::-1]
            first = np.zeros(n_monitors, dtype=np.int64)
            first[bets.monitor[tops]] = tops
            peak[higher], peak_at[higher], best[higher] = values[higher], case, first[higher]
        crossed_at[(values >= log_bars) & (crossed_at < 0)] = case
    return Course(log_value, peak, peak_at, best, crossed_at)


def opening(block: int) -> float:
    """Return the share of the capital that begins to bet with a block, counted from 0."""
    return 0.5 if block == 0 else LATER / ((block + 1) * np.log(block + 1) ** 2)


def onset(history: Floats, end: int) -> int:
    """Return from which case on a bet gained most up to a case.

    Args:
        history: Logarithm of what it gained of each case.
        end: The last case looked at.
    """
    before = np.concatenate([[0.0], np.cumsum(history[:end])])
    return int(before.argmin())


def _log_sums(logs: Floats, starts: Ints) -> Floats:
    """Return the logarithm of the sum of exponentials of each part."""
    top = np.maximum.reduceat(logs, starts)
    sizes = np.diff(starts, append=len(logs))
    return np.asarray(top + np.log(np.add.reduceat(np.exp(logs - np.repeat(top, sizes)), starts)))
