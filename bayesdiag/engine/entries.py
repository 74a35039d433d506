"""Which combinations of states can occur together in each cluster: the entries of a program.

A cluster's parts are given their states one after the other, those shared with the parent first.
As soon as all parts of a factor, or of a message from below, have one, it is looked up; a zero
ends the branch. So what is impossible costs nothing, and the entries of one message slot stand
together. A pass back from the roots drops what the clusters above leave impossible.
"""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import numpy as np

from bayesdiag.engine.compiled import compiled, inner_loop
from bayesdiag.engine.endings import Levels, Written, add_endings, first_at_once
from bayesdiag.engine.hopes import fill_hopes, is_hopeful, room_for_hopes
from bayesdiag.engine.layout import Floats, Ints, Ints32
from bayesdiag.engine.tree import Tree

Numbers = TypeVar("Numbers", Floats, Ints, Ints32)

LARGE = 1_000_000
"""Entries from which arrays are not copied to their exact length."""
MADE, TOO_MANY, TOO_WIDE, TOO_LONG = 0, 1, 2, 3
"""What became of a listing: done; too many entries; too large a message; too many steps."""


class Listing(NamedTuple):
    """The entries of all clusters, those of one message slot together.

    Attributes:
        outcome: `MADE`, or why it was given up.
        at: Number of entries, or the cluster where it was given up.
        first_sent: First message slot of each cluster, shape (K + 1,).
        first_entry: First entry of each message slot but those of parts, shape (M + 1,).
        values: Product of the table cells, shape (E,).
        first_port: Where each cluster's ports start, shape (K + 1,).
        ports: Message slots each entry is multiplied by, entry by entry.
        first_cell: Where each cluster's cells start, shape (K + 1,).
        cells: Table cells each entry is the product of, entry by entry.
    """

    outcome: int
    at: int
    first_sent: Ints
    first_entry: Ints
    values: Floats
    first_port: Ints
    ports: Ints32
    first_cell: Ints
    cells: Ints32


@compiled
def list_entries(
    tree: Tree,
    first_state: Ints,
    states: Ints,
    first_scope: Ints,
    scopes: Ints,
    strides: Ints,
    offsets: Ints,
    tables: Floats,
    limits: tuple[int, int, int],
) -> Listing:
    """Return the entries of every cluster, before the pass back from the roots.

    Args:
        tree: Clusters.
        first_state: Where each part's possible states start, shape (n + 1,); also its first message slot.
        states: The possible states of each part, as numbers of its tables.
        first_scope: Where each factor's parts start, shape (F + 1,).
        scopes: Parts of the factors.
        strides: How far a state of such a part moves in the factor's table.
        offsets: Cell of each factor's table where all its parts are in state 0, shape (F,).
        tables: Numbers, shape (T,).
        limits: The most bytes of entries, the most cells of a message, the most steps.
    """
    max_bytes, max_message, max_steps = limits
    n_clusters = len(tree.parent)
    n_messages = first_state[-1]
    first_sent = np.zeros(n_clusters + 1, dtype=np.int64)
    first_sent[0] = n_messages
    first_entry = np.zeros(1024, dtype=np.int64)
    values = np.empty(4096)
    ports = np.empty(8192, dtype=np.int32)
    cells = np.empty(8192, dtype=np.int32)
    first_port = np.zeros(n_clusters + 1, dtype=np.int64)
    first_cell = np.zeros(n_clusters + 1, dtype=np.int64)
    # Entries, message slots, the message written last, the first slot, ports and cells: see `add_endings`.
    counts = np.array([0, 0, -1, n_messages, 0, 0])
    steps = 0
    # Messages wait here until the parent, which comes right after its last child, has read them.
    lookup = np.empty(4096, dtype=np.int32)
    lookup_used = 0
    lookup_at = np.zeros(n_clusters, dtype=np.int64)
    outcome, at = 0, 0
    # A message that is too wide is known before anything is listed.
    for k in range(n_clusters):
        message = 1.0
        for i in range(tree.first_part[k], tree.first_part[k] + tree.n_shared[k]):
            message *= first_state[tree.parts[i] + 1] - first_state[tree.parts[i]]
        if message > max_message and outcome == 0:
            outcome, at = 2, k
    for k in range(n_clusters if outcome == 0 else 0):
        parts = tree.parts[tree.first_part[k] : tree.first_part[k + 1]]
        depth, n_shared = len(parts), tree.n_shared[k]
        factors = tree.factors[tree.first_factor[k] : tree.first_factor[k + 1]]
        children = tree.children[tree.first_child[k] : tree.first_child[k + 1]]
        own = tree.own[tree.first_own[k] : tree.first_own[k + 1]]
        n_factors, n_children, n_own = len(factors), len(children), len(own)
        n_items = n_factors + n_children + n_own + 1
        n_ports = n_children + n_own
        # Room for the message this cluster sends, above those it reads.
        message = 1.0
        for i in range(n_shared):
            message *= first_state[parts[i] + 1] - first_state[parts[i]]
        n_message = int(message)
        if lookup_used + n_message > len(lookup):
            grown = np.empty(2 * (lookup_used + n_message), dtype=np.int32)
            for i in range(lookup_used):
                grown[i] = lookup[i]
            lookup = grown
        for i in range(lookup_used, lookup_used + n_message):
            lookup[i] = -1
        # How far each item moves with each level; messages count possible states only.
        moves = np.zeros((depth, n_items), dtype=np.int64)
        current = np.zeros(n_items, dtype=np.int64)
        ends = np.full(n_items, -1, dtype=np.int64)
        level_of = np.full(len(first_state), -1, dtype=np.int64)
        for level in range(depth):
            level_of[parts[level]] = level
        for i in range(n_factors):
            current[i] = offsets[factors[i]]
            for j in range(first_scope[factors[i]], first_scope[factors[i] + 1]):
                moves[level_of[scopes[j]], i] += strides[j]
        for i in range(n_children):
            child = children[i]
            current[n_factors + i] = lookup_at[child]
            _message_moves(tree, child, first_state, level_of, moves, n_factors + i)
        for i in range(n_own):
            current[n_factors + n_children + i] = first_state[own[i]]
            moves[level_of[own[i]], n_factors + n_children + i] = 1
        current[n_items - 1] = lookup_used
        stride = 1
        for level in range(n_shared - 1, -1, -1):
            moves[level, n_items - 1] = stride
            stride *= first_state[parts[level] + 1] - first_state[parts[level]]
        sizes = np.empty(depth, dtype=np.int64)
        for level in range(depth):
            sizes[level] = first_state[parts[level] + 1] - first_state[parts[level]]
        # What each factor and message leaves possible, for every beginning of a cluster's states.
        n_hopes, hope_first = room_for_hopes(moves, sizes, n_factors + n_children)
        if n_hopes > 4 * max_message:
            outcome, at = 2, k
            break
        hopes = np.zeros(n_hopes, dtype=np.bool_)
        for i in range(n_factors + n_children):
            fill_hopes(
                i,
                i < n_factors,
                current[i],
                moves,
                sizes,
                parts,
                first_state,
                states,
                tables,
                lookup,
                hope_first,
                hopes,
            )
        # Which items move at each level, and how far; those that may forbid a state stand first.
        touched = np.empty((depth + 1, n_items), dtype=np.int64)
        far = np.empty((depth + 1, n_items), dtype=np.int64)
        n_touched = np.zeros(depth + 1, dtype=np.int64)
        n_checked = np.zeros(depth + 1, dtype=np.int64)
        for level in range(depth):
            for i in range(n_items):
                if moves[level, i] != 0:
                    touched[level, n_touched[level]] = i
                    far[level, n_touched[level]] = moves[level, i]
                    n_touched[level] += 1
                    ends[i] = level
                    if i < n_factors + n_children:
                        n_checked[level] += 1
        saved = np.empty((depth + 1, n_items), dtype=np.int64)
        hope_now = np.zeros(n_items, dtype=np.int64)
        hope_saved = np.empty((depth + 1, n_items), dtype=np.int64)
        hope_at = np.empty((depth + 1, n_items), dtype=np.int64)
        tried = np.zeros(depth + 1, dtype=np.int64)
        value = np.ones(depth + 2)
        # Items without parts are settled at once.
        possible = True
        for i in range(n_items):
            if ends[i] < 0:
                if i < n_factors:
                    value[0] *= tables[current[i]]
                    possible = possible and tables[current[i]] > 0.0
                elif i < n_factors + n_children:
                    possible = possible and lookup[current[i]] >= 0
        at_once, most = first_at_once(sizes)
        starts = first_state[parts]
        n_forbidding = n_factors + n_children
        levels = Levels(
            n_factors, n_forbidding, sizes, starts, touched, far, n_touched, n_checked, ends, hope_first
        )
        counts[2] = -1
        level = 0 if possible else -1
        while level >= 0:
            if level == at_once:
                # All endings of what was chosen so far.
                values = _longer(values, counts[0] + most)
                ports = _longer(ports, counts[4] + most * n_ports)
                cells = _longer(cells, counts[5] + most * n_factors)
                first_entry = _longer(first_entry, counts[1] + most + 1)
                written = Written(values, ports, cells, first_entry, lookup)
                steps += add_endings(
                    levels, level, current, hope_now, value[level], states, tables, hopes, written, counts
                )
                if 8 * counts[0] + 4 * (counts[4] + counts[5]) > max_bytes:
                    outcome, at = 1, k
                    break
                if steps > max_steps:
                    outcome, at = 3, k
                    break
                level -= 1
                continue
            n_states, count, checked = sizes[level], n_touched[level], n_checked[level]
            state = tried[level]
            if state == 0:
                for j in range(count):
                    i = touched[level, j]
                    saved[level, j] = current[i]
                    hope_saved[level, j] = hope_now[i]
                    if j < checked:
                        hope_at[level, j] = hope_first[i, level] + hope_now[i] * n_states
                if steps > max_steps:
                    outcome, at = 3, k
                    break
            while state < n_states:
                steps += 1
                if is_hopeful(hopes, hope_at[level], checked, state):
                    break
                state += 1
            if state == n_states:
                for j in range(count):
                    i = touched[level, j]
                    current[i] = saved[level, j]
                    hope_now[i] = hope_saved[level, j]
                tried[level] = 0
                level -= 1
                continue
            product = value[level]
            number = states[starts[level] + state]
            for j in range(count):
                i = touched[level, j]
                now = saved[level, j] + far[level, j] * (number if i < n_factors else state)
                current[i] = now
                if j < checked:
                    hope_now[i] = hope_saved[level, j] * n_states + state
                if i < n_factors and ends[i] == level:
                    product *= tables[now]
            value[level + 1] = product
            tried[level] = state + 1
            level += 1
            tried[level] = 0
        if outcome != 0:
            break
        first_sent[k + 1] = n_messages + counts[1]
        first_port[k + 1] = counts[4]
        first_cell[k + 1] = counts[5]
        # The messages read are done with; the new one moves to where they stood.
        bottom = lookup_used
        for i in range(n_children):
            bottom = min(bottom, lookup_at[children[i]])
        for i in range(n_message):
            lookup[bottom + i] = lookup[lookup_used + i]
        lookup_at[k] = bottom
        lookup_used = bottom + n_message
    n_entries, n_sent = counts[0], counts[1]
    if outcome == 0:
        at = n_entries
    first_entry = first_entry[: n_sent + 1].copy()
    first_entry[n_sent] = n_entries
    values, ports, cells = values[:n_entries], ports[: counts[4]], cells[: counts[5]]
    if n_entries <= LARGE:
        values, ports, cells = values.copy(), ports.copy(), cells.copy()
    # Copying more would take as much memory again; what is left over at the ends was never touched.
    return Listing(outcome, at, first_sent, first_entry, values, first_port, ports, first_cell, cells)


@inner_loop
def _message_moves(tree: Tree, child: int, first_state: Ints, level_of: Ints, moves: Ints, item: int) -> None:
    """Write down how far the index of a child's message moves with each level of its parent."""
    first = tree.first_part[child]
    stride = 1
    for i in range(tree.n_shared[child] - 1, -1, -1):
        part = tree.parts[first + i]
        moves[level_of[part], item] = stride
        stride *= first_state[part + 1] - first_state[part]


@inner_loop
def _longer(array: Numbers, room: int) -> Numbers:
    """Return an array that has room for so much: itself, or one of at least twice its length."""
    if room <= len(array):
        return array
    grown = np.empty(max(2 * len(array), room) + 64, dtype=array.dtype)
    for i in range(len(array)):  # one by one: a slice takes a second to compile
        grown[i] = array[i]
    return grown
