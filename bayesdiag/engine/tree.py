"""Junction tree from an elimination order, as flat arrays, children before parents.

What enters a cluster comes through *ports*: a message from a cluster below, or the likelihood of
a part.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bayesdiag.engine.collectors import add_collectors
from bayesdiag.engine.compiled import compiled, inner_loop
from bayesdiag.engine.layout import Bools, Floats, Ints
from bayesdiag.engine.order import Bits


class Tree(NamedTuple):
    """Clusters, those below first; what belongs to cluster k stands from first[k] to first[k + 1].

    Attributes:
        parent: Cluster nearer the root, -1 at a root, shape (K,).
        first_part: Where each cluster's parts start, shape (K + 1,).
        parts: Parts, those shared with the parent first.
        n_shared: Number of parts shared with the parent, shape (K,).
        first_child: Where each cluster's children start, shape (K + 1,).
        children: Clusters below.
        first_factor: Where each cluster's factors start, shape (K + 1,).
        factors: Factors multiplied there.
        first_own: Where each cluster's own parts start, shape (K + 1,).
        own: Parts whose likelihoods enter, and whose beliefs leave, there.
    """

    parent: Ints
    first_part: Ints
    parts: Ints
    n_shared: Ints
    first_child: Ints
    children: Ints
    first_factor: Ints
    factors: Ints
    first_own: Ints
    own: Ints


@compiled
def junction_tree(
    order: Ints, members: Bits, log_sizes: Floats, first_scope: Ints, scopes: Ints, ported: Bools
) -> Tree:
    """Return the tree of clusters.

    Args:
        order: Elimination order of the parts, shape (n,).
        members: The parts of the cluster each place leaves with, shape (n, words).
        log_sizes: Natural logarithm of the possible states of each part, shape (n,).
        first_scope: Where the parts of each factor start, shape (F + 1,); every factor has parts.
        scopes: Parts of the factors.
        ported: Whether a part's likelihood enters and its belief leaves, shape (n,).
    """
    n, n_words = members.shape
    n_factors = len(first_scope) - 1
    position = np.empty(n, dtype=np.int64)
    for place in range(n):
        position[order[place]] = place
    capacity = 3 * n + n_factors + 1
    bits = np.zeros((capacity, n_words), dtype=np.uint64)
    for place in range(n):
        for word in range(n_words):
            bits[place, word] = members[place, word]
    parent = np.full(capacity, -1, dtype=np.int64)
    home = _homes(order, position, bits, parent)
    cluster_of_part = np.full(n, -1, dtype=np.int64)
    for part in range(n):
        if ported[part]:
            cluster_of_part[part] = home[position[part]]
    cluster_of_factor = np.empty(n_factors, dtype=np.int64)
    for factor in range(n_factors):
        place = n
        for i in range(first_scope[factor], first_scope[factor + 1]):
            place = min(place, position[scopes[i]])
        cluster_of_factor[factor] = home[place]
    kept = np.zeros(capacity, dtype=np.bool_)
    for place in range(n):
        kept[place] = home[place] == place
    n_clusters = add_collectors(
        n, bits, parent, kept, log_sizes, first_scope, scopes, cluster_of_part, cluster_of_factor
    )
    return _written(n_clusters, bits, parent, kept, log_sizes, cluster_of_part, cluster_of_factor)


@inner_loop
def _homes(order: Ints, position: Ints, bits: Bits, parent: Ints) -> Ints:
    """Fold each cluster that one below it contains into that one; it would only repeat its entries."""
    n, n_words = len(order), bits.shape[1]
    for place in range(n):
        for word in range(n_words):
            if not bits[place, word]:
                continue
            for part in range(word * 64, min(word * 64 + 64, n)):
                is_other = part != order[place] and bits[place, word] >> np.uint64(part & 63) & np.uint64(1)
                if is_other and (parent[place] < 0 or position[part] < parent[place]):
                    parent[place] = position[part]
    home = np.arange(n)
    for place in range(n):
        if home[place] != place:
            continue
        above = parent[place]
        while above >= 0 and home[above] == above:
            inside = True
            for word in range(n_words):
                if bits[above, word] & ~bits[place, word]:
                    inside = False
            if not inside:
                break
            home[above] = place
            above = parent[above]
        parent[place] = above
    for place in range(n):
        while home[home[place]] != home[place]:
            home[place] = home[home[place]]
    for place in range(n):
        if parent[place] >= 0:
            parent[place] = home[parent[place]]
    return home


@inner_loop
def _written(
    n_clusters: int, bits: Bits, parent: Ints, kept: Bools, log_sizes: Floats, cluster_of_part: Ints,
    cluster_of_factor: Ints,
) -> Tree:  # fmt: skip
    """Number the clusters, children before parents, and list what belongs to each."""
    number, old_of = _postorder(n_clusters, parent, kept)
    n_kept = len(old_of)
    new_parent = np.full(n_kept, -1, dtype=np.int64)
    n_shared = np.zeros(n_kept, dtype=np.int64)
    first_part = np.zeros(n_kept + 1, dtype=np.int64)
    n_parts = len(log_sizes)
    parts = np.empty(n_kept * 4 + 16, dtype=np.int64)
    rest = np.empty(n_parts, dtype=np.int64)
    used = 0
    for k in range(n_kept):
        old = old_of[k]
        above = parent[old]
        if above >= 0:
            new_parent[k] = number[above]
        n_rest = 0
        for word in range(bits.shape[1]):
            if not bits[old, word]:
                continue
            for part in range(word * 64, min(word * 64 + 64, n_parts)):
                bit = np.uint64(1) << np.uint64(part & 63)
                if not bits[old, word] & bit:
                    continue
                if used + n_parts >= len(parts):
                    grown = np.empty(len(parts) * 2 + n_parts, dtype=np.int64)
                    for i in range(used):
                        grown[i] = parts[i]
                    parts = grown
                if above >= 0 and bits[above, word] & bit:
                    parts[used] = part
                    used += 1
                else:
                    rest[n_rest] = part
                    n_rest += 1
        n_shared[k] = used - first_part[k]
        # The largest last: the innermost loop over a cluster's entries runs over it.
        for i in range(n_rest):
            smallest = i
            for j in range(i + 1, n_rest):
                if log_sizes[rest[j]] < log_sizes[rest[smallest]]:
                    smallest = j
            rest[i], rest[smallest] = rest[smallest], rest[i]
            parts[used] = rest[i]
            used += 1
        first_part[k + 1] = used
    first_child, children = _by_cluster(new_parent, np.arange(n_kept), n_kept)
    first_factor, factors = _by_cluster(cluster_of_factor, number, n_kept)
    first_own, own = _by_cluster(cluster_of_part, number, n_kept)
    return Tree(
        new_parent, first_part, parts[:used].copy(), n_shared, first_child, children, first_factor, factors,
        first_own, own,
    )  # fmt: skip


@inner_loop
def _by_cluster(owners: Ints, number: Ints, n_kept: int) -> tuple[Ints, Ints]:
    """Return where each cluster's things start, and the things; an owner below 0 is none."""
    first = np.zeros(n_kept + 1, dtype=np.int64)
    for thing in range(len(owners)):
        if owners[thing] >= 0:
            first[number[owners[thing]] + 1] += 1
    first = np.cumsum(first)
    fill = first[:-1].copy()
    things = np.empty(first[-1], dtype=np.int64)
    for thing in range(len(owners)):
        if owners[thing] >= 0:
            k = number[owners[thing]]
            things[fill[k]] = thing
            fill[k] += 1
    return first, things


@inner_loop
def _postorder(n_clusters: int, parent: Ints, kept: Bools) -> tuple[Ints, Ints]:
    """Return the number of each kept cluster (-1 for others), and the cluster of each number."""
    first_below = np.full(n_clusters, -1, dtype=np.int64)
    next_beside = np.full(n_clusters, -1, dtype=np.int64)
    for cluster in range(n_clusters - 1, -1, -1):
        if kept[cluster] and parent[cluster] >= 0:
            next_beside[cluster] = first_below[parent[cluster]]
            first_below[parent[cluster]] = cluster
    number = np.full(n_clusters, -1, dtype=np.int64)
    old_of = np.empty(n_clusters, dtype=np.int64)
    trail = np.empty(n_clusters, dtype=np.int64)
    count = 0
    for root in range(n_clusters):
        if not kept[root] or parent[root] >= 0:
            continue
        depth = 0
        trail[0] = root
        while depth >= 0:
            at = trail[depth]
            below = first_below[at]
            if below >= 0:
                first_below[at] = next_beside[below]
                depth += 1
                trail[depth] = below
            else:
                number[at] = count
                old_of[count] = at
                count += 1
                depth -= 1
    return number, old_of[:count].copy()
