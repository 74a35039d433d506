"""Elimination order: in which order parts leave the graph so that clusters stay small.

The graph is a matrix of bits, a row of 64-bit words per part, so that a greedy order of a
thousand parts takes milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bayesdiag.engine.compiled import compiled, inner_loop
from bayesdiag.engine.layout import Bools, Floats, Ints

Bits = NDArray[np.uint64]

EASY = 20_000.0
"""Cells below which one greedy order of each kind is good enough."""
TRIES = 64
"""Orders tried beyond that, fewer in large graphs; each shakes the scores with a fixed random sequence."""
CROWD = 200
"""A part with more neighbours than this leaves late; counting its missing arrows would take too long."""
WEIGHT, FILL, WEIGHTED_FILL = 0, 1, 2
"""What a greedy order looks at: the cells of the cluster, the arrows that would be added, or their weight."""


def elimination_order(scopes: Sequence[Sequence[int]], sizes: Sequence[int]) -> tuple[list[int], float]:
    """Return the best of many greedy orders, and the cells of the clusters it makes.

    Args:
        scopes: Parts of each factor.
        sizes: Number of possible states of each part.
    """
    adjacent = np.zeros((len(sizes), (len(sizes) + 63) // 64), dtype=np.uint64)
    for scope in scopes:
        for one in scope:
            for other in scope:
                if one != other:
                    adjacent[one, other >> 6] |= np.uint64(1 << (other & 63))
    log_sizes = np.log(np.maximum(np.array(sizes, dtype=np.float64), 1.0))
    order, _, cells = best_order(adjacent, log_sizes, TRIES)
    return order.tolist(), float(cells)


@compiled
def best_order(adjacent: Bits, log_sizes: Floats, restarts: int) -> tuple[Ints, Bits, float]:
    """Return the best of many greedy orders, the cluster each part leaves with, and the cells.

    Minimum weight, fill and weighted fill, first as they are and then with shaken scores: each
    measure is far off on some network, so all are tried and the fewest cells win.

    Args:
        adjacent: Which parts stand in a factor together, a row of bits per part, shape (n, words).
        log_sizes: Natural logarithm of the number of possible states of each part.
        restarts: How many orders with shaken scores are tried at most.

    Returns:
        The order; for each place in it, the part and its neighbours at that time, shape
        (n, words); and the number of cells of these clusters together.

    References:
        Kjærulff (1990), Triangulation of graphs: algorithms giving small total state space.
        Fishelson and Geiger (2004), Optimizing exact genetic linkage computations.
    """
    n = len(log_sizes)
    still = np.ones(n)
    cells = np.inf
    order, members = np.zeros(n, dtype=np.int64), adjacent
    # A variable, not a constant: the compiler would make another greedy order for each constant.
    for measure in (WEIGHTED_FILL, FILL, WEIGHT):
        other, other_members, other_cells = greedy_order(adjacent, log_sizes, measure, still, cells)
        if other_cells < cells:
            order, members, cells = other, other_members, other_cells
    if cells > EASY:
        # A fixed sequence of random numbers: the same findings always get the same program.
        state = np.uint64(88172645463325252)
        for attempt in range(min(restarts, int(cells / EASY) + 2, 4_000_000 // (n * n))):
            shaken = np.empty(n)
            for part in range(n):
                state ^= state << np.uint64(13)
                state ^= state >> np.uint64(7)
                state ^= state << np.uint64(17)
                shaken[part] = 1.0 + 0.5 * float(state >> np.uint64(11)) / 9007199254740992.0
            measure = WEIGHTED_FILL if attempt % 2 == 0 else FILL
            other, other_members, other_cells = greedy_order(adjacent, log_sizes, measure, shaken, cells)
            if other_cells < cells:
                order, members, cells = other, other_members, other_cells
    return order, members, cells


@compiled
def greedy_order(
    adjacent: Bits, log_sizes: Floats, measure: int, shaken: Floats, enough: float
) -> tuple[Ints, Bits, float]:
    """Eliminate the best part until none is left; give up once there are more cells than `enough`."""
    n, n_words = adjacent.shape
    graph = adjacent.copy()
    members = np.zeros((n, n_words), dtype=np.uint64)
    left = np.ones(n, dtype=np.bool_)
    stale = np.ones(n, dtype=np.bool_)
    scores = np.full(n, np.inf)
    order = np.zeros(n, dtype=np.int64)
    around = np.empty(n, dtype=np.int64)
    cells = 0.0
    for place in range(n):
        best: int = n  # none as yet; a constant would make a second `_eliminate`
        lowest = np.inf
        for part in range(n):
            if not left[part]:
                continue
            if stale[part]:
                scores[part] = _score(graph, log_sizes, part, measure, around) * shaken[part]
                stale[part] = False
            if best == n or scores[part] < lowest:
                best, lowest = part, scores[part]
        order[place] = best
        left[best] = False
        log_cells = log_sizes[best]
        for i in range(_listed(graph, best, around)):
            log_cells += log_sizes[around[i]]
        cells += np.exp(min(log_cells, 700.0))
        if cells >= enough:
            break
        for word in range(n_words):  # in words: a slice costs a second to compile
            members[place, word] = graph[best, word]
        members[place, best >> 6] |= np.uint64(1) << np.uint64(best & 63)
        _eliminate(graph, stale, best, around)
    return order, members, cells


@inner_loop
def _listed(graph: Bits, part: int, around: Ints) -> int:
    """Write the neighbours of a part down and return their number."""
    count = 0
    for word in range(graph.shape[1]):
        bits = graph[part, word]
        while bits:
            low = bits & (~bits + np.uint64(1))
            around[count] = (word << 6) + _place(low)
            count += 1
            bits ^= low
    return count


@compiled  # with a way in from Python: the tests of what is kept on disk call it
def _place(low: np.uint64) -> int:
    """Return the position of the only bit that is set."""
    place = 0
    if low >> np.uint64(32):
        place += 32
        low >>= np.uint64(32)
    if low >> np.uint64(16):
        place += 16
        low >>= np.uint64(16)
    if low >> np.uint64(8):
        place += 8
        low >>= np.uint64(8)
    if low >> np.uint64(4):
        place += 4
        low >>= np.uint64(4)
    if low >> np.uint64(2):
        place += 2
        low >>= np.uint64(2)
    return place + int(low >> np.uint64(1))


@inner_loop
def _eliminate(graph: Bits, stale: Bools, part: int, around: Ints) -> None:
    """Join the neighbours of a part, take it out, and mark what must be scored anew."""
    n_words = graph.shape[1]
    count = _listed(graph, part, around)
    own_word, own_bit = part >> 6, np.uint64(1) << np.uint64(part & 63)
    for i in range(count):
        one = around[i]
        graph[one, own_word] &= ~own_bit
        stale[one] = True
        one_word, one_bit = one >> 6, np.uint64(1) << np.uint64(one & 63)
        for word in range(n_words):
            fresh = graph[part, word] & ~graph[one, word]
            if word == one_word:
                fresh &= ~one_bit
            while fresh:
                low = fresh & (~fresh + np.uint64(1))
                fresh ^= low
                other = (word << 6) + _place(low)
                graph[one, word] |= low
                graph[other, one_word] |= one_bit
                # Whoever knew both of them now misses one arrow less.
                for common in range(n_words):
                    bits = graph[one, common] & graph[other, common]
                    while bits:
                        bit = bits & (~bits + np.uint64(1))
                        bits ^= bit
                        stale[(common << 6) + _place(bit)] = True


@inner_loop
def _score(graph: Bits, log_sizes: Floats, part: int, measure: int, around: Ints) -> float:
    """Return how bad it is to eliminate a part next."""
    count = _listed(graph, part, around)
    log_cells = log_sizes[part]
    for i in range(count):
        log_cells += log_sizes[around[i]]
    if measure == 0:  # WEIGHT
        return float(log_cells)
    if count > CROWD:
        return 1e6 * float(count)
    total = 0.0
    for i in range(count):
        one = around[i]
        for word in range(graph.shape[1]):
            missing = graph[part, word] & ~graph[one, word]
            if word == one >> 6:
                missing &= ~(np.uint64(1) << np.uint64(one & 63))
            while missing:
                low = missing & (~missing + np.uint64(1))
                missing ^= low
                if measure == 1:  # FILL
                    total += 0.5
                else:
                    total += 0.5 * log_sizes[one] * log_sizes[(word << 6) + _place(low)]
    return float(total + 1e-6 * log_cells)
