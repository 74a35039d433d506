"""All endings of one beginning of a cluster's states, level by level, and the entries they are.

One beginning at a time, most of the work would be to go up and down between levels. A few thousand
at once are read and written one behind the other.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bayesdiag.engine.compiled import inner_loop
from bayesdiag.engine.hopes import is_hopeful
from bayesdiag.engine.layout import Bools, Floats, Ints, Ints32

MOST = 4096
"""Endings that are listed at once."""


class Levels(NamedTuple):
    """How the items of a cluster move: factors, messages from below, likelihoods, and what is sent.

    Attributes:
        n_factors: Number of factors; they stand first.
        n_checked: Number of factors and messages: what may forbid a state.
        sizes: How many states each level has, shape (D,).
        first: Where each level's part states start, shape (D,).
        touched: Items that move at each level, those that may forbid first, shape (D + 1, items).
        far: How far, shape (D + 1, items).
        n_touched: How many do, shape (D + 1,).
        n_forbid: How many of them may forbid a state, shape (D + 1,).
        ends: The last level that moves an item, -1 for none, shape (items,).
        hope_first: Where each item's beginnings start at each level, shape (items that may forbid, D + 1).
    """

    n_factors: int
    n_checked: int
    sizes: Ints
    first: Ints
    touched: Ints
    far: Ints
    n_touched: Ints
    n_forbid: Ints
    ends: Ints
    hope_first: Ints


class Written(NamedTuple):
    """Where entries are written; there is room.

    Attributes:
        values: Product of the cells, by entry.
        ports: Message slots, entry by entry.
        cells: Table cells, entry by entry.
        first_entry: First entry of each message slot.
        lookup: Message slot by index of the message.
    """

    values: Floats
    ports: Ints32
    cells: Ints32
    first_entry: Ints
    lookup: Ints32


@inner_loop
def first_at_once(sizes: Ints) -> tuple[int, int]:
    """Return the level from which all endings of a beginning are listed at once, and how many they may be."""
    level, count = len(sizes) - 1, sizes[-1]
    while level > 0 and count * sizes[level - 1] <= MOST:
        level -= 1
        count *= sizes[level]
    return level, count


@inner_loop
def add_endings(
    levels: Levels,
    begin: int,
    current: Ints,
    hope_now: Ints,
    value: float,
    states: Ints,
    tables: Floats,
    hopes: Bools,
    written: Written,
    counts: Ints,
) -> int:
    """Write an entry for each possible ending of one beginning; return how many states were looked at.

    Args:
        levels: How the items move.
        begin: The first level that is open.
        current: Where each item stands after the levels before, shape (items,).
        hope_now: Number of the beginning of each item that may forbid, shape (items,).
        value: Product of the factors that are settled.
        states: The possible states of each part, as numbers of its tables.
        tables: Numbers.
        hopes: What each beginning leaves possible.
        written: Where the entries go.
        counts: Entries so far, message slots so far, the message written last (-1 for none), the first
            message slot, and how many cells and ports were written; all are brought up to date.
    """
    depth, n_items = len(levels.sizes), len(current)
    now, hope = current.reshape(1, -1), hope_now.reshape(1, -1)
    product = np.full(1, value)
    count, looked = 1, 0
    hope_at = np.empty(n_items, dtype=np.int64)
    for level in range(begin, depth - 1):
        size, first = levels.sizes[level], levels.first[level]
        new_now = np.empty((count * size, n_items), dtype=np.int64)
        new_hope = np.empty((count * size, levels.n_checked), dtype=np.int64)
        new_product = np.empty(count * size)
        n_new = 0
        looked += count * size
        for one in range(count):
            for j in range(levels.n_forbid[level]):
                i = levels.touched[level, j]
                hope_at[j] = levels.hope_first[i, level] + hope[one, i] * size
            for state in range(size):
                if not is_hopeful(hopes, hope_at, levels.n_forbid[level], state):
                    continue
                for i in range(n_items):
                    new_now[n_new, i] = now[one, i]
                for i in range(levels.n_checked):
                    new_hope[n_new, i] = hope[one, i]
                x = product[one]
                number = states[first + state]
                for j in range(levels.n_touched[level]):
                    i = levels.touched[level, j]
                    new_now[n_new, i] += levels.far[level, j] * (number if i < levels.n_factors else state)
                    if j < levels.n_forbid[level]:
                        new_hope[n_new, i] = hope[one, i] * size + state
                    if i < levels.n_factors and levels.ends[i] == level:
                        x *= tables[new_now[n_new, i]]
                new_product[n_new] = x
                n_new += 1
        now, hope, product, count = new_now, new_hope, new_product, n_new
    level = depth - 1
    size, first = levels.sizes[level], levels.first[level]
    n_touched, n_forbid = levels.n_touched[level], levels.n_forbid[level]
    looked += count * size
    n_entries, n_sent, last_up = counts[0], counts[1], counts[2]
    n_ports, n_cells = counts[4], counts[5]
    place = np.empty(n_items, dtype=np.int64)
    for one in range(count):
        for j in range(n_forbid):
            i = levels.touched[level, j]
            hope_at[j] = levels.hope_first[i, level] + hope[one, i] * size
        for i in range(n_items):
            place[i] = now[one, i]
        for state in range(size):
            if not is_hopeful(hopes, hope_at, n_forbid, state):
                continue
            x = product[one]
            number = states[first + state]
            for j in range(n_touched):
                i = levels.touched[level, j]
                place[i] = now[one, i] + levels.far[level, j] * (number if i < levels.n_factors else state)
                if i < levels.n_factors:
                    x *= tables[place[i]]
            up = place[n_items - 1]
            if up != last_up:
                written.first_entry[n_sent] = n_entries
                written.lookup[up] = counts[3] + n_sent
                n_sent += 1
                last_up = up
            written.values[n_entries] = x
            n_entries += 1
            for i in range(levels.n_checked, n_items - 1):
                written.ports[n_ports + i - levels.n_factors] = place[i]
            for i in range(levels.n_factors, levels.n_checked):
                written.ports[n_ports + i - levels.n_factors] = written.lookup[place[i]]
            n_ports += n_items - 1 - levels.n_factors
            for i in range(levels.n_factors):
                written.cells[n_cells + i] = place[i]
            n_cells += levels.n_factors
    counts[0], counts[1], counts[2], counts[4], counts[5] = n_entries, n_sent, last_up, n_ports, n_cells
    return int(looked)
