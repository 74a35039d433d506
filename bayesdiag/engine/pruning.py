"""The pass back from the roots: entries that the clusters above leave impossible are dropped."""

from __future__ import annotations

import numpy as np

from bayesdiag.engine.compiled import compiled, inner_loop
from bayesdiag.engine.entries import Listing
from bayesdiag.engine.layout import Bools
from bayesdiag.engine.tree import Tree


@compiled
def pruned(tree: Tree, listing: Listing, n_part_slots: int) -> Listing:
    """Drop, from the roots down, what the cluster above does not leave possible."""
    n_clusters = len(tree.parent)
    n_sent = len(listing.first_entry) - 1
    live = np.zeros(n_sent, dtype=np.bool_)
    n_live = 0
    for k in range(n_clusters - 1, -1, -1):
        n_ports = tree.first_child[k + 1] - tree.first_child[k] + tree.first_own[k + 1] - tree.first_own[k]
        for slot in range(listing.first_sent[k] - n_part_slots, listing.first_sent[k + 1] - n_part_slots):
            if tree.parent[k] < 0:
                live[slot] = True
            if not live[slot]:
                continue
            n_live += 1
            before = listing.first_entry[listing.first_sent[k] - n_part_slots]
            for entry in range(listing.first_entry[slot], listing.first_entry[slot + 1]):
                start = listing.first_port[k] + (entry - before) * n_ports
                for port in range(start, start + n_ports):
                    if listing.ports[port] >= n_part_slots:
                        live[listing.ports[port] - n_part_slots] = True
    if n_live == n_sent:
        return listing
    return _compacted(tree, listing, live, n_part_slots)


@inner_loop
def _compacted(tree: Tree, listing: Listing, live: Bools, n_part_slots: int) -> Listing:
    """Return the listing without its dead message slots and their entries."""
    n_clusters = len(tree.parent)
    slot_of = np.zeros(len(live), dtype=np.int64)
    first_sent = listing.first_sent.copy()
    first_entry = listing.first_entry.copy()
    first_port = listing.first_port.copy()
    first_cell = listing.first_cell.copy()
    values, ports, cells = listing.values, listing.ports, listing.cells
    n_sent, n_entries, n_ports_used, n_cells_used = 0, 0, 0, 0
    for k in range(n_clusters):
        n_children = tree.first_child[k + 1] - tree.first_child[k]
        n_ports = n_children + tree.first_own[k + 1] - tree.first_own[k]
        n_cells = tree.first_factor[k + 1] - tree.first_factor[k]
        low = listing.first_sent[k] - n_part_slots
        high = listing.first_sent[k + 1] - n_part_slots
        before = listing.first_entry[low]
        first_sent[k] = n_part_slots + n_sent
        first_port[k] = n_ports_used
        first_cell[k] = n_cells_used
        for slot in range(low, high):
            if not live[slot]:
                continue
            begin, end = listing.first_entry[slot], listing.first_entry[slot + 1]
            slot_of[slot] = n_part_slots + n_sent
            first_entry[n_sent] = n_entries
            n_sent += 1
            for entry in range(begin, end):
                values[n_entries] = values[entry]
                n_entries += 1
                port = listing.first_port[k] + (entry - before) * n_ports
                for i in range(n_ports):
                    target = ports[port + i]
                    if target >= n_part_slots:
                        target = slot_of[target - n_part_slots]
                    ports[n_ports_used + i] = target
                n_ports_used += n_ports
                cell = listing.first_cell[k] + (entry - before) * n_cells
                for i in range(n_cells):
                    cells[n_cells_used + i] = cells[cell + i]
                n_cells_used += n_cells
    first_sent[n_clusters] = n_part_slots + n_sent
    first_port[n_clusters] = n_ports_used
    first_cell[n_clusters] = n_cells_used
    first_entry[n_sent] = n_entries
    return Listing(
        listing.outcome, n_entries, first_sent, first_entry[: n_sent + 1].copy(), values[:n_entries].copy(),
        first_port, ports[:n_ports_used].copy(), first_cell, cells[:n_cells_used].copy(),
    )  # fmt: skip
