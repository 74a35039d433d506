"""Elimination order: in which order parts leave the graph so that clusters stay small."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

import numpy as np

from bayesdiag.engine.compiled import compiled
from bayesdiag.engine.layout import Bools, Floats, Ints

EASY = 20_000.0
"""Cells below which one greedy order of each kind is good enough."""
TRIES = 64
"""Orders tried beyond that, fewer in large graphs; each shakes the scores with a fixed random sequence."""
CROWD = 48
"""A part with more neighbours than this leaves late; counting its missing arrows would take too long."""
WEIGHT = 0
FILL = 1
"""What a greedy order looks at: the cells of the cluster, or the arrows that would be added."""


def elimination_order(scopes: Sequence[Sequence[int]], sizes: Sequence[int]) -> tuple[list[int], float]:
    """Return the best of many greedy orders, and the cells of the clusters it makes.

    Minimum weight, and minimum weighted fill, first as they are and then with shaken scores.

    Args:
        scopes: Parts of each factor.
        sizes: Number of possible states of each part.

    References:
        Kjærulff (1990), Triangulation of graphs: algorithms giving small total state space.
        Fishelson and Geiger (2004), Optimizing exact genetic linkage computations.
    """
    n_parts = len(sizes)
    log_sizes = np.array([log(max(size, 1)) for size in sizes])
    joined = _joined(n_parts, scopes)
    still = np.ones(n_parts)
    tries = [_greedy(joined, log_sizes, measure, still) for measure in (WEIGHT, FILL)]
    if min(cells for _, cells in tries) > EASY:
        random = np.random.default_rng(0)
        for _ in range(min(TRIES, 20_000 // n_parts)):
            shaken = 1 + 0.5 * random.random(n_parts)
            tries.append(_greedy(joined, log_sizes, FILL, shaken))
    order, cells = min(tries, key=lambda found: found[1])
    return order.tolist(), float(cells)


def _joined(n_parts: int, scopes: Sequence[Sequence[int]]) -> Bools:
    """Return which parts stand in a factor together, shape (n, n)."""
    joined = np.zeros((n_parts, n_parts), dtype=np.bool_)
    for scope in scopes:
        joined[np.ix_(scope, scope)] = True
    np.fill_diagonal(joined, val=False)
    return joined


@compiled
def _greedy(joined: Bools, log_sizes: Floats, measure: int, shaken: Floats) -> tuple[Ints, float]:
    """Eliminate the best part until none is left; return the order and the number of cells."""
    n = len(joined)
    graph = joined.copy()
    left = np.ones(n, dtype=np.bool_)
    stale = np.ones(n, dtype=np.bool_)
    scores = np.zeros(n)
    order = np.zeros(n, dtype=np.int64)
    cells = 0.0
    for place in range(n):
        for part in range(n):
            if not (stale[part] and left[part]):
                continue
            scores[part] = _score(graph, log_sizes, part, measure) * shaken[part]
        stale[:] = False
        best = int(np.argmin(np.where(left, scores, np.inf)))
        order[place] = best
        left[best] = False
        cells += np.exp(min(_log_cells(graph, log_sizes, best), 700.0))
        _eliminate(graph, stale, best)
    return order, cells


@compiled
def _eliminate(graph: Bools, stale: Bools, part: int) -> None:
    """Join the neighbours of a part, take it out, and mark what must be scored anew."""
    around = np.flatnonzero(graph[part])
    for one in around:
        graph[one, part] = False
        stale[one] = True
        for other in around:
            if one != other and not graph[one, other]:
                graph[one, other] = True
                stale |= graph[one] & graph[other]


@compiled
def _log_cells(graph: Bools, log_sizes: Floats, part: int) -> float:
    return float(log_sizes[part] + log_sizes[np.flatnonzero(graph[part])].sum())


@compiled
def _score(graph: Bools, log_sizes: Floats, part: int, measure: int) -> float:
    """Return how bad it is to eliminate a part next."""
    log_cells = _log_cells(graph, log_sizes, part)
    if measure == WEIGHT:
        return log_cells
    around = np.flatnonzero(graph[part])
    if len(around) > CROWD:
        return 1e6 * len(around)
    total = 1e-6 * log_cells
    for i in range(len(around)):
        for j in range(i):
            if not graph[around[i], around[j]]:
                total += log_sizes[around[i]] * log_sizes[around[j]] + 1e-3
    return float(total)
