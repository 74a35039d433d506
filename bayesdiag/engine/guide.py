"""How the links of noisy-MAX chains may stand well, told by a graph that has no chains.

In that graph all links of a chain meet in one part, so nothing has an order yet, and a greedy order
of it is found at once. Its clusters form a tree. A chain that follows a walk through that tree, side
branches there and back and the heaviest branch last, runs through the heavy clusters once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bayesdiag.engine.compiled import inner_loop
from bayesdiag.engine.layout import Floats, Ints
from bayesdiag.engine.order import Bits, best_order

SHAKEN_ORDERS = 8
"""Orders with shaken scores tried for the graph without chains."""


class Chains(NamedTuple):
    """Chains whose links may be moved, as open parts.

    Attributes:
        first_link: Where each chain's links start, shape (C + 1,).
        first_scope: Where the parts of each link start, those of the chain itself left out, shape (L + 1,).
        scopes: Those parts.
        after: The chain's own part behind each place, -1 where only one state is possible, shape (L,).
    """

    first_link: Ints
    first_scope: Ints
    scopes: Ints
    after: Ints


class Guide(NamedTuple):
    """The tree of clusters of the graph without chains.

    Attributes:
        first_near: Where each cluster's neighbours start, shape (n + 1,).
        near: Those neighbours.
        weights: Natural logarithm of each cluster's cells, shape (n,).
        place_of: The cluster in which each link stands, shape (L,).
    """

    first_near: Ints
    near: Ints
    weights: Floats
    place_of: Ints


@inner_loop
def guide_of(fixed: Bits, log_sizes: Floats, chains: Chains) -> Guide:
    """Return the tree of clusters of the graph in which each chain is one part.

    Args:
        fixed: Which parts stand in a factor together, chains left out, shape (n, words).
        log_sizes: Natural logarithm of the number of possible states of each part, shape (n,).
        chains: The chains; each has some open part of its own.
    """
    n, n_links = len(log_sizes), len(chains.after)
    graph, sizes = fixed.copy(), log_sizes.copy()
    meets = np.empty(n_links, dtype=np.int64)
    for chain in range(len(chains.first_link) - 1):
        first, last = chains.first_link[chain], chains.first_link[chain + 1]
        hub = chains.after[last - 1]
        for link in range(first, last):
            if hub < 0:
                hub = chains.after[link]
        for link in range(first, last):
            meets[link] = hub
            if chains.after[link] >= 0 and chains.after[link] != hub:
                sizes[chains.after[link]] = 0.0  # the chain's other parts have no place here
            _join(graph, chains, link, hub)
    restarts = SHAKEN_ORDERS if n > 0 else 0  # a variable: for a constant all would be compiled once more
    order, members, _ = best_order(graph, sizes, restarts)
    position = np.empty(n, dtype=np.int64)
    for place in range(n):
        position[order[place]] = place
    weights = np.zeros(n)
    above = np.full(n, -1, dtype=np.int64)
    n_near = np.zeros(n + 1, dtype=np.int64)
    for place in range(n):
        for part in range(n):
            if members[place, part >> 6] >> np.uint64(part & 63) & np.uint64(1):
                weights[place] += sizes[part]
                if position[part] != place and (above[place] < 0 or position[part] < above[place]):
                    above[place] = position[part]
        if above[place] >= 0:
            n_near[place + 1] += 1
            n_near[above[place] + 1] += 1
    first_near = np.cumsum(n_near)
    near, filled = np.empty(first_near[-1], dtype=np.int64), first_near.copy()
    for place in range(n):
        if above[place] >= 0:
            near[filled[place]] = above[place]
            near[filled[above[place]]] = place
            filled[place] += 1
            filled[above[place]] += 1
    place_of = np.empty(n_links, dtype=np.int64)
    for link in range(n_links):
        place_of[link] = position[meets[link]]
        for i in range(chains.first_scope[link], chains.first_scope[link + 1]):
            place_of[link] = min(place_of[link], position[chains.scopes[i]])
    return Guide(first_near, near, weights, place_of)


@inner_loop
def walked(guide: Guide, start: int, shaken: Floats) -> Ints:
    """Return when each cluster is met on a walk through the tree, shape (n,); n where it is not.

    Args:
        guide: The tree.
        start: The cluster where the walk begins.
        shaken: What is added to each cluster's weight, shape (n,).
    """
    n = len(guide.weights)
    before = np.full(n, -1, dtype=np.int64)
    order = np.empty(n, dtype=np.int64)
    waiting = np.empty(n + 1, dtype=np.int64)
    heaviest = guide.weights + shaken
    count, n_waiting = 0, 1
    waiting[0] = start
    while n_waiting > 0:
        n_waiting -= 1
        here = waiting[n_waiting]
        order[count] = here
        count += 1
        for i in range(guide.first_near[here], guide.first_near[here + 1]):
            if guide.near[i] != before[here]:
                before[guide.near[i]] = here
                waiting[n_waiting] = guide.near[i]
                n_waiting += 1
    for place in range(count - 1, 0, -1):
        here = order[place]
        heaviest[before[here]] = max(heaviest[before[here]], heaviest[here])
    met = np.full(n, n, dtype=np.int64)
    count, n_waiting = 0, 1
    waiting[0] = start
    while n_waiting > 0:
        n_waiting -= 1
        here = waiting[n_waiting]
        met[here] = count
        count += 1
        bottom = n_waiting
        for i in range(guide.first_near[here], guide.first_near[here + 1]):
            other = guide.near[i]
            if other == before[here]:
                continue
            at = n_waiting  # sorted: the heaviest lies at the bottom and is gone into last
            while at > bottom and heaviest[waiting[at - 1]] < heaviest[other]:
                waiting[at] = waiting[at - 1]
                at -= 1
            waiting[at] = other
            n_waiting += 1
    return met


@inner_loop
def _join(graph: Bits, chains: Chains, link: int, hub: int) -> None:
    """Join the parts of a link and the part all links of its chain meet in."""
    first, last = chains.first_scope[link], chains.first_scope[link + 1]
    for i in range(first, last + 1):
        one = chains.scopes[i] if i < last else hub
        for j in range(first, last + 1):
            other = chains.scopes[j] if j < last else hub
            if one != other:
                graph[one, other >> 6] |= np.uint64(1) << np.uint64(other & 63)
