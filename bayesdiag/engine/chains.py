"""In which order the links of noisy-MAX chains stand: a good order keeps clusters small.

The maximum of contributions does not depend on their order, but which parents meet in a cluster
does. A local search moves one link at a time, most often in a chain that takes part in the
heaviest cluster, and keeps what does not make things worse; where it is stuck, it shakes the best
order it knows and goes on from there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bayesdiag.engine.active import Active, adjacency
from bayesdiag.engine.compiled import compiled, inner_loop
from bayesdiag.engine.guide import Chains, Guide, guide_of, walked
from bayesdiag.engine.layout import Floats, Ints
from bayesdiag.engine.order import FILL, WEIGHTED_FILL, Bits, greedy_order
from bayesdiag.engine.tables import FactorGraph, Orders

BEGINNINGS = 12
"""Orders along walks that the search begins with; it goes on from the best of them."""
SHAKE = 1.0
"""Up to so much is added to the weight of a cluster, so that walks differ."""
STUCK = 100
"""Moves without gain after which the search goes back to the best order and shakes it."""
SHAKES = 6
"""Moves that are then made whatever they cost."""


class Tries(NamedTuple):
    """How many moves are tried: fewer the smaller the clusters already are.

    Attributes:
        first: Moves tried in any case.
        most: Moves tried at most.
        cells: A move beyond the first ones is worth its time for each so many cells.
    """

    first: int
    most: int
    cells: float


def better_orders(graph: FactorGraph, active: Active, tries: Tries) -> Orders:
    """Return the families whose links should stand in another order, and that order.

    Args:
        graph: Parts and factors, every chain's links in the model's order.
        active: What is open of it.
        tries: How many moves are tried.
    """
    number_of = np.full(len(graph.first_state) - 1, -1, dtype=np.int64)
    number_of[active.parts] = np.arange(len(active.parts))
    # Where a chain's first own part is settled, all are, and the order changes nothing.
    chains = [
        chain for chain in graph.chains if number_of[graph.scopes[graph.first_scope[chain[1] + 1] - 1]] >= 0
    ]
    if not chains:
        return {}
    in_chain = np.zeros(len(graph.first_scope) - 1, dtype=np.bool_)
    scopes: list[list[int]] = []
    after: list[int] = []
    for _, first, n_links in chains:
        in_chain[first : first + n_links] = True
        for place in range(n_links):
            low, high = graph.first_scope[first + place], graph.first_scope[first + place + 1]
            parts = [int(number_of[part]) for part in graph.scopes[low:high]]
            # The chain's own parts stand last: the one before, but at the first place, and the one after.
            after.append(parts[-1])
            scopes.append([part for part in parts[: -1 if place == 0 else -2] if part >= 0])
    first_link = np.concatenate([[0], np.cumsum([n_links for _, _, n_links in chains])])
    flat = Chains(
        first_link,
        np.concatenate([[0], np.cumsum([len(scope) for scope in scopes])]),
        np.array([part for scope in scopes for part in scope], dtype=np.int64),
        np.array(after, dtype=np.int64),
    )
    fixed, log_sizes = adjacency(active, in_chain[active.factors])
    links = moved_links(fixed, log_sizes, flat, tries)
    orders = {}
    for (family, _, n_links), at in zip(chains, first_link, strict=False):
        order = tuple((links[at : at + n_links] - at).tolist())
        if order != tuple(range(n_links)):
            orders[family] = order
    return orders


@compiled
def moved_links(fixed: Bits, log_sizes: Floats, chains: Chains, tries: Tries) -> Ints:
    """Return, for each place of each chain, the link that stands there.

    Args:
        fixed: Which parts stand in a factor together, chains left out, shape (n, words).
        log_sizes: Natural logarithm of the number of possible states of each part, shape (n,).
        chains: The chains.
        tries: How many moves are tried.
    """
    n_chains, n_links = len(chains.first_link) - 1, len(chains.after)
    n = len(log_sizes)
    links = np.arange(n_links)
    chain_of = np.full(n, -1, dtype=np.int64)
    for chain in range(n_chains):
        for place in range(chains.first_link[chain], chains.first_link[chain + 1]):
            if chains.after[place] >= 0:
                chain_of[chains.after[place]] = chain
    heavy = np.empty(n, dtype=np.int64)
    still, measure = np.ones(n), WEIGHTED_FILL if n > 0 else FILL  # a variable; see `best_order`
    graph = _with_chains(fixed, chains, links)
    _, members, best = greedy_order(graph, log_sizes, measure, still, np.inf)
    n_heavy = _heaviest(members, log_sizes, chain_of, heavy)
    guide = guide_of(fixed, log_sizes, chains)
    # A fixed sequence of random numbers: the same findings always get the same program.
    state = np.uint64(88172645463325252)
    kept, now, since = links.copy(), best, 0
    for attempt in range(tries.most):
        if attempt >= tries.first and attempt * tries.cells > best:
            break
        if attempt == BEGINNINGS:
            _take(links, kept)
            now = best
        # Stuck: back to the best order, shaken by a few moves whatever they cost.
        if since > STUCK:
            _take(links, kept)
            now, since = np.inf, -SHAKES
        before = links.copy()
        if attempt < BEGINNINGS:
            now = best
            for chain in range(n_chains):
                state = _walk(links, chains, chain, guide, attempt % 2 == 1, state)
        else:
            since += 1
            state = _next(state)
            chain = _below(state, n_chains)
            if n_heavy > 0 and attempt % 4 != 0:
                chain = int(heavy[_below(state >> np.uint64(8), n_heavy)])
            if attempt % 2 == 0:
                state = _walk(links, chains, chain, guide, attempt % 3 != 0, state)
            else:
                first, count = (
                    chains.first_link[chain],
                    chains.first_link[chain + 1] - chains.first_link[chain],
                )
                state = _next(state)
                source = _below(state, count)
                state = _next(state)
                _move(links, first, source, _below(state, count))
            if since < 0:
                continue
        if (links == before).all():
            continue
        graph = _with_chains(fixed, chains, links)
        _, members, cells = greedy_order(graph, log_sizes, measure, still, now * 1.0000001)
        if cells > now:
            _take(links, before)
            continue
        if cells < now:
            since = 0
        now = cells
        n_heavy = _heaviest(members, log_sizes, chain_of, heavy)
        if now <= best:
            best = now
            _take(kept, links)
    return kept


@inner_loop
def _take(links: Ints, order: Ints) -> None:
    """Put links in an order; one by one, as a slice takes a second to compile."""
    for place in range(len(links)):
        links[place] = order[place]


@inner_loop
def _walk(
    links: Ints, chains: Chains, chain: int, guide: Guide, is_shaken: bool, state: np.uint64
) -> np.uint64:
    """Put a chain's links in the order of a walk that begins at one of them; return the random state."""
    first, last = chains.first_link[chain], chains.first_link[chain + 1]
    state = _next(state)
    start = guide.place_of[first + _below(state, last - first)]
    shaken = np.zeros(len(guide.weights))
    for place in range(len(shaken) if is_shaken else 0):
        state = _next(state)
        shaken[place] = SHAKE * float(state >> np.uint64(11)) / 9007199254740992.0
    met = walked(guide, start, shaken)
    for place in range(first + 1, last):
        link, at = links[place], place
        while at > first and met[guide.place_of[links[at - 1]]] > met[guide.place_of[link]]:
            links[at] = links[at - 1]
            at -= 1
        links[at] = link
    return state


@inner_loop
def _next(state: np.uint64) -> np.uint64:
    """Return the next number of a xorshift generator (Marsaglia 2003)."""
    state ^= state << np.uint64(13)
    state ^= state >> np.uint64(7)
    state ^= state << np.uint64(17)
    return state


@inner_loop
def _below(state: np.uint64, count: int) -> int:
    """Return a number from 0 to below `count`."""
    return int(np.int64(state % np.uint64(count)))


@inner_loop
def _move(links: Ints, first: int, source: int, target: int) -> None:
    """Take one link out of its place and put it into another."""
    moved = links[first + source]
    step = 1 if target > source else -1
    place = source
    while place != target:
        links[first + place] = links[first + place + step]
        place += step
    links[first + target] = moved


@inner_loop
def _with_chains(fixed: Bits, chains: Chains, links: Ints) -> Bits:
    """Return the graph with the chains' links in the order given."""
    graph = fixed.copy()
    scope = np.empty(fixed.shape[0], dtype=np.int64)
    for chain in range(len(chains.first_link) - 1):
        before = -1
        for place in range(chains.first_link[chain], chains.first_link[chain + 1]):
            link = links[place]
            count = 0
            for i in range(chains.first_scope[link], chains.first_scope[link + 1]):
                scope[count] = chains.scopes[i]
                count += 1
            for part in (before, chains.after[place]):
                if part >= 0:
                    scope[count] = part
                    count += 1
            for i in range(count):
                for j in range(count):
                    if scope[i] != scope[j]:
                        graph[scope[i], scope[j] >> 6] |= np.uint64(1) << np.uint64(scope[j] & 63)
            before = chains.after[place]
    return graph


@inner_loop
def _heaviest(members: Bits, log_sizes: Floats, chain_of: Ints, heavy: Ints) -> int:
    """List the chains that take part in the cluster with the most cells; return how many."""
    n = len(log_sizes)
    worst, largest = 0, -1.0
    for place in range(n):
        log_cells = 0.0
        for part in range(n):
            if members[place, part >> 6] >> np.uint64(part & 63) & np.uint64(1):
                log_cells += log_sizes[part]
        if log_cells > largest:
            worst, largest = place, log_cells
    count = 0
    for part in range(n):
        if members[worst, part >> 6] >> np.uint64(part & 63) & np.uint64(1) and chain_of[part] >= 0:
            heavy[count] = chain_of[part]
            count += 1
    return count
