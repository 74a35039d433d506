"""Small clusters that multiply first what sees only some of a larger cluster's parts.

No cluster has more than `MAX_PORTS` ports, so that a hub with thousands of children is a tree of
collectors, each of which rescales what it sends.
"""

from __future__ import annotations

import numpy as np

from bayesdiag.engine.compiled import inner_loop
from bayesdiag.engine.layout import Bools, Floats, Ints
from bayesdiag.engine.order import Bits

MAX_PORTS = 8
"""More messages than this are not multiplied at once: each may reach down to 1e-30 and more."""


@inner_loop
def add_collectors(
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
    """Add collectors below clusters where they save work or are needed; return how many clusters exist."""
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
            leader = max(leader, 0)
            m = _grouped(
                leader,
                crowded,
                m,
                items,
                seen,
                log_cells,
                bits,
                parent,
                kept,
                n_clusters,
                cluster,
                n_all,
                cluster_of_part,
                cluster_of_factor,
                log_sizes,
            )
            n_clusters += 1
    return n_clusters


@inner_loop
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


@inner_loop
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


@inner_loop
def _within(inner: Bits, outer: Bits) -> bool:
    inside = True
    for word in range(len(inner)):
        inside = inside and not inner[word] & ~outer[word]
    return inside


@inner_loop
def _log_cells(seen: Bits, log_sizes: Floats) -> float:
    total = 0.0
    for word in range(len(seen)):
        if seen[word]:
            for part in range(word * 64, min(word * 64 + 64, len(log_sizes))):
                if seen[word] >> np.uint64(part & 63) & np.uint64(1):
                    total += log_sizes[part]
    return total
