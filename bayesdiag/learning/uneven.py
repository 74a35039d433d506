"""Distributions with several rests: links of one parent state that are gated differently.

Every context opens some of the links, and its *rest* is what they leave over there. A rest may not
fall below 0, and the context that is nearest to that, the *fullest*, bounds how far the links can grow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayesdiag.engine.layout import Bools, Floats, Ints

SWEEPS = 5
"""Times that the numbers are gone through in one step; each raises the likelihood."""
BISECTIONS = 60
"""Halvings that find such a number to the last bit."""
LEAST_ROOM = 1e-300


@dataclass(frozen=True)
class Uneven:
    """A group with several rests.

    Attributes:
        numbers: Its numbers, as places among all shares, shape (m,).
        rests: Its rests, likewise, shape (c,).
        opens: Which numbers each rest stands beside, shape (c, m).
        is_free: Which numbers may change, shape (m,).
    """

    numbers: Ints
    rests: Ints
    opens: Bools
    is_free: Bools

    def share_out(self, counts: Floats, before: Floats, found: Floats) -> None:
        """Write the shares that make counts likelier into `found`: number after number, each at its best."""
        p = before[self.numbers]
        left = counts[self.rests]
        for _ in range(SWEEPS):
            for place in np.flatnonzero(self.is_free):
                beside = self.opens[:, place]
                free = 1.0 - self.opens[beside] @ p + p[place]
                p[place] = _best(float(counts[self.numbers[place]]), left[beside], free, float(p[place]))
        self._write(p, found)

    def place(self, logs: Floats, before: Floats, found: Floats) -> None:
        """Write the shares that logarithms, shape (N + R,), stand for into `found`.

        Equal to the logarithms of `before` they stand for `before`; whatever they are, every rest
        is 0 or more: shares grow against what was left over in the fullest context.
        """
        p, free = before[self.numbers].copy(), self.is_free & (before[self.numbers] > 0)
        if free.any():
            over = 1.0 - self._fullness(p, free).max()
            shift = logs[self.numbers[free]].max()
            grown = np.zeros(len(p))
            grown[free] = np.exp(logs[self.numbers[free]] - shift)
            full = self._fullness(grown, free, p).max()
            if over > 0:
                full += over * np.exp(min(-shift, 700.0))
            p[free] = grown[free] / full
        self._write(p, found)

    def gives_way(self, shares: Floats) -> Floats:
        """Return by what part of itself each number lowers all when it grows, shape (m,).

        A number that the fullest context does not open lowers none.
        """
        p = shares[self.numbers]
        room = self._room(p, self.is_free)
        fullest = int(self._fullness(p, self.is_free).argmax())
        return np.where(self.opens[fullest] & self.is_free, 1.0 / max(float(room[fullest]), LEAST_ROOM), 0.0)

    def rises(self, counts: Floats, shares: Floats) -> Floats:
        """Return how fast Σ count · log share rises with the logarithm of each number alone, shape (m,)."""
        p, rest = shares[self.numbers], shares[self.rests]
        pressure = np.divide(counts[self.rests], rest, out=np.zeros_like(rest), where=rest > 0)
        return np.where(self.is_free, counts[self.numbers] - p * (pressure @ self.opens), 0.0)

    def _write(self, p: Floats, found: Floats) -> None:
        found[self.numbers] = p
        found[self.rests] = np.maximum(0.0, 1.0 - self.opens @ p)

    def _room(self, p: Floats, free: Bools) -> Floats:
        """Return what the numbers that stay leave over in each context, shape (c,)."""
        return np.asarray(1.0 - self.opens @ np.where(free, 0.0, p))

    def _fullness(self, p: Floats, free: Bools, before: Floats | None = None) -> Floats:
        """Return how much of that the others take, shape (c,)."""
        taken = self.opens @ np.where(free, p, 0.0)
        return np.asarray(taken / np.maximum(self._room(p if before is None else before, free), LEAST_ROOM))


def _best(count: float, left: Floats, free: Floats, before: float) -> float:
    """Return the p that makes count · log p + Σ left · log(free - p) largest, in (0, min free)."""
    if count + left.sum() <= 0:
        return before
    low, high = 0.0, float(free.min())
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        rises = count > middle * float((left / np.maximum(free - middle, LEAST_ROOM)).sum())
        low, high = (middle, high) if rises else (low, middle)
    return (low + high) / 2
