"""What a factor or a message leaves possible, for every beginning of a cluster's states.

A beginning that no end makes possible is not followed: that is what keeps the listing of entries
short where tables are full of zeros.
"""

from __future__ import annotations

import numpy as np

from bayesdiag.engine.compiled import inner_loop
from bayesdiag.engine.layout import Bools, Floats, Ints, Ints32


@inner_loop
def room_for_hopes(moves: Ints, sizes: Ints, n_items: int) -> tuple[int, Ints]:
    """Return how many beginnings all items have together, and where those of each item and level start."""
    depth = len(sizes)
    first = np.full((n_items, depth + 1), -1, dtype=np.int64)
    total = 0
    for i in range(n_items):
        width = 1
        for level in range(depth):
            if moves[level, i] != 0:
                width *= sizes[level]
                first[i, level] = total
                total += width
    return total, first


@inner_loop
def fill_hopes(
    item: int,
    is_factor: bool,
    start: int,
    moves: Ints,
    sizes: Ints,
    parts: Ints,
    first_state: Ints,
    states: Ints,
    tables: Floats,
    lookup: Ints32,
    first: Ints,
    hopes: Bools,
) -> None:
    """Mark each beginning of an item's states that some end of them makes possible."""
    depth = len(sizes)
    levels = np.empty(depth, dtype=np.int64)
    n_levels = 0
    for level in range(depth):
        if moves[level, item] != 0:
            levels[n_levels] = level
            n_levels += 1
    if n_levels == 0:
        return
    at = np.zeros(n_levels, dtype=np.int64)
    index = start
    if is_factor:
        for j in range(n_levels):
            index += moves[levels[j], item] * states[first_state[parts[levels[j]]]]
    width = 1
    for j in range(n_levels):
        width *= sizes[levels[j]]
    last = first[item, levels[n_levels - 1]]
    for place in range(width):
        hopes[last + place] = tables[index] > 0.0 if is_factor else lookup[index] >= 0
        j = n_levels - 1
        while j >= 0:
            level = levels[j]
            low = first_state[parts[level]]
            if at[j] + 1 < sizes[level]:
                at[j] += 1
                if is_factor:
                    index += moves[level, item] * (states[low + at[j]] - states[low + at[j] - 1])
                else:
                    index += moves[level, item]
                break
            if is_factor:
                index -= moves[level, item] * (states[low + at[j]] - states[low])
            else:
                index -= moves[level, item] * at[j]
            at[j] = 0
            j -= 1
    for j in range(n_levels - 1, 0, -1):
        size = sizes[levels[j]]
        width //= size
        here, above = first[item, levels[j]], first[item, levels[j - 1]]
        for place in range(width):
            some = False
            for state in range(size):
                some = some or hopes[here + place * size + state]
            hopes[above + place] = some


@inner_loop
def is_hopeful(hopes: Bools, hope_at: Ints, checked: int, state: int) -> bool:
    """Whether no factor and no message from below forbids a state after those chosen so far."""
    for j in range(checked):  # noqa: SIM110 - a compiled loop
        if not hopes[hope_at[j] + state]:
            return False
    return True
