"""Junction tree from an elimination order, as flat arrays, children before parents.

What enters a cluster comes through *ports*: a message from a cluster below, or the likelihood of
a part. Where the ports of several items see only some of a cluster's parts, a small *collector*
cluster multiplies them first; no cluster has more than `MAX_PORTS` ports, so that a hub with
thousands of children is a tree of collectors, each of which rescales what it sends.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bayesdiag.engine.compiled import compiled
from bayesdiag.engine.layout import Bools, Floats, Ints
from bayesdiag.engine.order import Bits

MAX_PORTS = 8
"""More messages than this are not multiplied at once: each may reach down to 1e-30 and more."""


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
    n_clusters = _collectors(
        n, bits, parent, kept, log_sizes, first_scope, scopes, cluster_of_part, cluster_of_factor
    )
    return _written(n_clusters, bits, parent, kept, log_sizes, cluster_of_part, cluster_of_factor)


@compiled
def _homes(order: Ints, position: Ints, bits: Bits, parent: Ints) -> Ints:
    """Fold each cluster that one below it contains into that one; it would only repeat its entries."""
    n, n_words = len(order), bits.shape[1]
    for place in range(n):
        for word in range(n_words):
            if not bits[place, word]:
                continue
            for part in range(word * 64, min(word * 64 + 64, n)):
                if part != order[place] and bits[place, word] >> np.uint64(part & 63) & np.uint64(1):
                    if parent[place] < 0 or position[part] < parent[place]:
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


@compiled
def _collectors(
    n: int,
    bits: Bits,
    parent: Ints,
    kept: Bools,
    log_sizes: Floats,
    first_scope: Ints,
    scopes: Ints,
    cluster_of_part: Ints,
    cluster_of_factor: Ints,
) -> int:
    """Add collectors below each cluster where they save work or are needed; return how many clusters exist."""
    n_words = bits.shape[1]
    n_parts, n_factors = len(cluster_of_part), len(cluster_of_factor)
    n_clusters = n
    # Items of a cluster, as one number each: a cluster below, a part behind `n_all`, a factor behind both.
    n_all = len(parent)
    by_cluster_first = np.zeros(n + 1, dtype=np.int64)
    for place in range(n):
        if kept[place] and parent[place] >= 0:
            by_cluster_first[parent[place] + 1] += 1
    for part in range(n_parts):
        if cluster_of_part[part] >= 0:
            by_cluster_first[cluster_of_part[part] + 1] += 1
    for factor in range(n_factors):
        by_cluster_first[cluster_of_factor[factor] + 1] += 1
    by_cluster_first = np.cumsum(by_cluster_first)
    fill = by_cluster_first[:-1].copy()
    listed = np.empty(by_cluster_first[-1], dtype=np.int64)
    for place in range(n):
        if kept[place] and parent[place] >= 0:
            listed[fill[parent[place]]] = place
            fill[parent[place]] += 1
    for part in range(n_parts):
        if cluster_of_part[part] >= 0:
            listed[fill[cluster_of_part[part]]] = n_all + part
            fill[cluster_of_part[part]] += 1
    for factor in range(n_factors):
        listed[fill[cluster_of_factor[factor]]] = n_all + n_parts + factor
        fill[cluster_of_factor[factor]] += 1
    for cluster in range(n):
        if not kept[cluster]:
            continue
        items = listed[by_cluster_first[cluster] : by_cluster_first[cluster + 1]].copy()
        m = len(items)
        seen = np.zeros((m, n_words), dtype=np.uint64)
        log_cells = np.zeros(m)
        for i in range(m):
            _seen_by(items[i], n_all, n_parts, bits, cluster, first_scope, scopes, seen[i])
            log_cells[i] = _log_cells(seen[i], log_sizes)
        whole = np.exp(min(_log_cells(bits[cluster], log_sizes), 60.0))
        while True:
            n_ports, n_values = 0, 0
            for i in range(m):
                if items[i] < n_all + n_parts:
                    n_ports += 1
                else:
                    n_values += 1
            crowded = n_ports > MAX_PORTS or n_values > MAX_PORTS
            if n_ports < 2 and not crowded:
                break
            leader, best_gain = -1, 0.0
            if m <= 40:
                for i in range(m):
                    cells = np.exp(min(log_cells[i], 60.0))
                    if cells * 2 > whole:
                        continue
                    nested = 0
                    for j in range(m):
                        if items[j] < n_all + n_parts and _within(seen[j], seen[i]):
                            nested += 1
                    nested = min(nested, MAX_PORTS)
                    gain = whole * (nested - 1) - cells * (nested + 3)
                    if nested >= 2 and gain > best_gain:
                        leader, best_gain = i, gain
            if leader < 0 and not crowded:
                break
            if leader < 0:
                leader = 0
            m = _grouped(
                leader, crowded, m, items, seen, log_cells, bits, parent, kept, n_clusters, cluster,
                n_all, cluster_of_part, cluster_of_factor, log_sizes,
            )
            n_clusters += 1
    return n_clusters


@compiled
def _grouped(
    leader: int, crowded: bool, m: int, items: Ints, seen: Bits, log_cells: Floats, bits: Bits, parent: Ints,
    kept: Bools, fresh: int, cluster: int, n_all: int, cluster_of_part: Ints, cluster_of_factor: Ints,
    log_sizes: Floats,
) -> int:  # fmt: skip
    """Move what sees no more than the leader does below a new collector; return how many items stay."""
    n_parts = len(cluster_of_part)
    chosen = np.zeros(m, dtype=np.bool_)
    n_ports, n_values, total = 0, 0, 0
    for wide in range(2):
        # The second round, only where there are too many ports, takes whatever comes.
        if wide == 1 and (not crowded or total >= 2):
            break
        for i in range(m):
            is_port = items[i] < n_all + n_parts
            if chosen[i] or (n_ports if is_port else n_values) >= MAX_PORTS:
                continue
            if wide == 0 and not _within(seen[i], seen[leader]):
                continue
            chosen[i] = True
            total += 1
            if is_port:
                n_ports += 1
            else:
                n_values += 1
    kept[fresh] = True
    parent[fresh] = cluster
    n_words = bits.shape[1]
    for word in range(n_words):
        bits[fresh, word] = np.uint64(0)
    stay = 0
    for i in range(m):
        if chosen[i]:
            for word in range(n_words):
                bits[fresh, word] |= seen[i, word]
            if items[i] < n_all:
                parent[items[i]] = fresh
            elif items[i] < n_all + n_parts:
                cluster_of_part[items[i] - n_all] = fresh
            else:
                cluster_of_factor[items[i] - n_all - n_parts] = fresh
        else:
            items[stay] = items[i]
            for word in range(n_words):
                seen[stay, word] = seen[i, word]
            log_cells[stay] = log_cells[i]
            stay += 1
    # The collector goes last: where there are too many items, every one is grouped before it is.
    items[stay] = fresh
    for word in range(n_words):
        seen[stay, word] = bits[fresh, word]
    log_cells[stay] = _log_cells(bits[fresh], log_sizes)
    return stay + 1


@compiled
def _seen_by(
    item: int, n_all: int, n_parts: int, bits: Bits, cluster: int, first_scope: Ints, scopes: Ints, seen: Bits
) -> None:
    """Write down which parts of its cluster an item sees."""
    for word in range(len(seen)):
        seen[word] = bits[item, word] & bits[cluster, word] if item < n_all else np.uint64(0)
    if item < n_all:
        return
    if item < n_all + n_parts:
        part = item - n_all
        seen[part >> 6] = np.uint64(1) << np.uint64(part & 63)
    else:
        factor = item - n_all - n_parts
        for i in range(first_scope[factor], first_scope[factor + 1]):
            seen[scopes[i] >> 6] |= np.uint64(1) << np.uint64(scopes[i] & 63)


@compiled
def _within(inner: Bits, outer: Bits) -> bool:
    for word in range(len(inner)):
        if inner[word] & ~outer[word]:
            return False
    return True


@compiled
def _log_cells(seen: Bits, log_sizes: Floats) -> float:
    total = 0.0
    for word in range(len(seen)):
        if seen[word]:
            for part in range(word * 64, min(word * 64 + 64, len(log_sizes))):
                if seen[word] >> np.uint64(part & 63) & np.uint64(1):
                    total += log_sizes[part]
    return total


@compiled
def _written(
    n_clusters: int, bits: Bits, parent: Ints, kept: Bools, log_sizes: Floats, cluster_of_part: Ints,
    cluster_of_factor: Ints,
) -> Tree:  # fmt: skip
    """Number the clusters, children before parents and each family together, and list what belongs to them."""
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


@compiled
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


@compiled
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
