"""Elimination order on bit sets: in which order parts leave the graph so that clusters stay small.

Python's whole numbers serve as bit sets; one operation handles all neighbours at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import log

Score = Callable[[int, list[int], Sequence[float]], float]
"""(part, neighbours of each part as bits, log sizes) → how bad it is to eliminate the part next."""


def elimination_order(n_parts: int, scopes: Sequence[Sequence[int]], sizes: Sequence[int]) -> list[int]:
    """Return the better of two greedy orders, by the cells of the clusters they make.

    Args:
        n_parts: Number of parts.
        scopes: Parts of each factor.
        sizes: Number of states of each part.

    References:
        Kjærulff (1990), Triangulation of graphs: algorithms giving small total state space.
    """
    log_sizes = [log(max(size, 1)) for size in sizes]
    neighbours = _neighbours(n_parts, scopes)
    tries = [_greedy(list(neighbours), log_sizes, score) for score in (_weight, _fill)]
    return min(tries, key=lambda found: found[1])[0]


def bits(number: int) -> Iterator[int]:
    """Yield the positions of the ones of a bit set, lowest first."""
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest


def _neighbours(n_parts: int, scopes: Sequence[Sequence[int]]) -> list[int]:
    neighbours = [0] * n_parts
    for scope in scopes:
        together = 0
        for part in scope:
            together |= 1 << part
        for part in scope:
            neighbours[part] |= together & ~(1 << part)
    return neighbours


def _greedy(neighbours: list[int], log_sizes: Sequence[float], score: Score) -> tuple[list[int], float]:
    """Eliminate the best part until none is left; return the order and the number of cells."""
    scores = {part: score(part, neighbours, log_sizes) for part in range(len(neighbours))}
    order: list[int] = []
    cells = 0.0
    while scores:
        part = min(scores, key=scores.__getitem__)
        del scores[part]
        order.append(part)
        around = neighbours[part]
        cells += 2.0 ** min(1000.0, _log_cells(part, around, log_sizes) / log(2))
        touched = around
        for other in bits(around):
            neighbours[other] = (neighbours[other] | around) & ~(1 << other) & ~(1 << part)
            touched |= neighbours[other]
        for other in bits(touched if score is _fill else around):
            if other in scores:
                scores[other] = score(other, neighbours, log_sizes)
    return order, cells


def _log_cells(part: int, around: int, log_sizes: Sequence[float]) -> float:
    return log_sizes[part] + sum(log_sizes[other] for other in bits(around))


def _weight(part: int, neighbours: list[int], log_sizes: Sequence[float]) -> float:
    return _log_cells(part, neighbours[part], log_sizes)


def _fill(part: int, neighbours: list[int], log_sizes: Sequence[float]) -> float:
    """Return the weighted number of arrows that eliminating the part would add."""
    around = neighbours[part]
    total = 0.0
    for other in bits(around):
        for missing in bits(around & ~neighbours[other] & ~(1 << other)):
            total += log_sizes[other] * log_sizes[missing] + 1e-3
    return total + 1e-6 * _log_cells(part, around, log_sizes)
