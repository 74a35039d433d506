"""Where numbers are cut: where a cause changes (Fayyad and Irani), or into equal shares."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from bayesdiag.engine.layout import Floats, Ints

Cuts = tuple[float, ...]
"""Rising; a number belongs to the bin above a cut that it equals."""
_FEWEST = 4
"""Fewer numbers are not cut."""


def supervised(x: Floats, y: Ints, n_states: int) -> Cuts:
    """Return cuts where the distribution of a cause changes by more than telling of it costs.

    The best cut is the one with the least entropy of the cause on both sides; it is kept where it
    saves more than it takes to describe (minimum description length), and each side is cut on.

    Args:
        x: Numbers, shape (n,), none missing.
        y: State of the cause, shape (n,).
        n_states: How many states it has.

    References:
        Fayyad and Irani (1993), Multi-interval discretization of continuous-valued attributes for
        classification learning, IJCAI, 1022-1027.
    """
    order = np.argsort(x, kind="stable")
    numbers, states = x[order], np.eye(n_states)[y[order]]
    found: list[float] = []
    waiting = [(0, len(numbers))]
    while waiting:
        first, last = waiting.pop()
        place = _best(numbers[first:last], states[first:last])
        if place:
            found.append(between(numbers[first + place - 1], numbers[first + place]))
            waiting += [(first, first + place), (first + place, last)]
    return tuple(sorted(found))


def quantiles(x: Floats, n_bins: int) -> Cuts:
    """Return cuts that make bins of about equal shares; equal numbers are never parted.

    Args:
        x: Numbers, shape (n,), none missing.
        n_bins: How many bins; fewer come out where many numbers are equal.
    """
    values, times = np.unique(x, return_counts=True)
    if len(values) < 2:
        return ()
    below = np.cumsum(times)[:-1] / len(x)
    places = sorted({int(np.abs(below - part / n_bins).argmin()) for part in range(1, n_bins)})
    return tuple(between(values[place], values[place + 1]) for place in places)


def between(low: float, high: float) -> float:
    """Return the shortest number that parts two: above the one, not above the other."""
    middle = (low + high) / 2
    for digits in range(1, 17):
        short = float(f"{middle:.{digits}g}")
        if low < short <= high:
            return short
    return float(high)


def bin_names(cuts: Cuts) -> tuple[str, ...]:
    """Return what the bins between cuts are called, from the lowest."""
    if not cuts:
        return ("any",)
    told = [f"{cut:.16g}" for cut in cuts]
    middle = [f"{low}_to_{high}" for low, high in pairwise(told)]
    return (f"below_{told[0]}", *middle, f"from_{told[-1]}")


def _best(x: Floats, states: Floats) -> int:
    """Return how many numbers are below the best cut of sorted ones; 0 where none is worth it."""
    n = len(x)
    places = np.flatnonzero(x[1:] > x[:-1]) + 1
    if n < _FEWEST or not len(places):
        return 0
    below = np.cumsum(states, axis=0)[places - 1]
    total = states.sum(axis=0)
    above = total - below
    # n · entropy of each side: both in bits.
    bits = _bits(below) + _bits(above)
    best = int(bits.argmin())
    gain = float(_bits(total[None])[0] - bits[best]) / n
    k, k_below, k_above = (int((counts > 0).sum()) for counts in (total, below[best], above[best]))
    entropies = [float(_bits(counts[None])[0] / counts.sum()) for counts in (total, below[best], above[best])]
    spent = k * entropies[0] - k_below * entropies[1] - k_above * entropies[2]
    delta = np.log2(3.0**k - 2) - spent
    return int(places[best]) if gain > (np.log2(n - 1) + delta) / n else 0


def _bits(counts: Floats) -> Floats:
    """Return n · entropy of each row of counts."""
    totals = counts.sum(axis=1)
    logs = np.log2(np.where(counts > 0, counts, 1.0))
    found: Floats = totals * np.log2(np.maximum(totals, 1.0)) - (counts * logs).sum(axis=1)
    return found
