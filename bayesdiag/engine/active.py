"""What of a factor graph is still open once the findings are known."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bayesdiag.engine.compiled import compiled, inner_loop
from bayesdiag.engine.layout import Bools, Floats, Ints
from bayesdiag.engine.order import Bits


class Active(NamedTuple):
    """The parts and factors that are still open once the findings are known.

    Attributes:
        is_possible: Whether every part has a possible state.
        parts: Parts with at least two possible states, as numbers of the factor graph.
        first_state: Where their possible states start, shape (n + 1,).
        states: Those states.
        singles: Part states that are the only possible ones of their parts.
        first_scope: Where the open parts of each factor start, shape (F + 1,).
        scopes: Open parts of the factors that have some.
        strides: How far a state of such a part moves in the factor's table.
        offsets: The cell where all open parts are in state 0, shape (F,).
        factors: Those factors, as numbers of the factor graph, shape (F,).
        scalars: Cells of the factors without open parts.
    """

    is_possible: bool
    parts: Ints
    first_state: Ints
    states: Ints
    singles: Ints
    first_scope: Ints
    scopes: Ints
    strides: Ints
    offsets: Ints
    factors: Ints
    scalars: Ints


@compiled
def active_of(
    first_state: Ints, alive: Bools, first_scope: Ints, scopes: Ints, first_cell: Ints, tables: Floats
) -> Active:
    """Return what is open; `alive` is narrowed to the part states that every factor leaves possible.

    Args:
        first_state: Where the states of each part start, shape (n + 1,).
        alive: Whether each part state is possible, shape (part states,); changed.
        first_scope: Where the parts of each factor start, shape (F + 1,).
        scopes: Parts of the factors.
        first_cell: First cell of each factor, shape (F,).
        tables: Numbers, shape (T,).
    """
    n, n_factors = len(first_state) - 1, len(first_scope) - 1
    is_possible = _narrowed(first_state, alive, first_scope, scopes, first_cell, tables)
    number = np.full(n, -1, dtype=np.int64)
    only = np.zeros(n, dtype=np.int64)
    parts = np.empty(n, dtype=np.int64)
    new_first = np.zeros(n + 1, dtype=np.int64)
    states = np.empty(len(alive), dtype=np.int64)
    singles = np.empty(n, dtype=np.int64)
    n_open, n_states, n_singles = 0, 0, 0
    for part in range(n):
        count = 0
        for i in range(first_state[part], first_state[part + 1]):
            if alive[i]:
                states[n_states + count] = i - first_state[part]
                count += 1
        if count >= 2:
            number[part] = n_open
            parts[n_open] = part
            n_open += 1
            n_states += count
            new_first[n_open] = n_states
        elif count == 1:
            only[part] = states[n_states]
            singles[n_singles] = first_state[part] + states[n_states]
            n_singles += 1
    new_scope = np.zeros(n_factors + 1, dtype=np.int64)
    new_scopes = np.empty(len(scopes), dtype=np.int64)
    strides = np.empty(len(scopes), dtype=np.int64)
    offsets = np.empty(n_factors, dtype=np.int64)
    factors = np.empty(n_factors, dtype=np.int64)
    scalars = np.empty(n_factors, dtype=np.int64)
    n_new, n_used, n_scalars = 0, 0, 0
    for factor in range(n_factors):
        offset, stride = first_cell[factor], 1
        begin = n_used
        for i in range(first_scope[factor + 1] - 1, first_scope[factor] - 1, -1):
            part = scopes[i]
            if number[part] >= 0:
                new_scopes[n_used] = number[part]
                strides[n_used] = stride
                n_used += 1
            else:
                offset += only[part] * stride
            stride *= first_state[part + 1] - first_state[part]
        if n_used > begin:
            offsets[n_new] = offset
            factors[n_new] = factor
            n_new += 1
            new_scope[n_new] = n_used
        else:
            scalars[n_scalars] = offset
            n_scalars += 1
    return Active(
        is_possible, parts[:n_open].copy(), new_first[: n_open + 1].copy(), states[:n_states].copy(),
        singles[:n_singles].copy(), new_scope[: n_new + 1].copy(), new_scopes[:n_used].copy(),
        strides[:n_used].copy(), offsets[:n_new].copy(), factors[:n_new].copy(), scalars[:n_scalars].copy(),
    )  # fmt: skip


@inner_loop
def _narrowed(
    first_state: Ints, alive: Bools, first_scope: Ints, scopes: Ints, first_cell: Ints, tables: Floats
) -> bool:
    """Drop part states that some factor makes impossible, until nothing changes; False when none is left."""
    n, n_factors = len(first_state) - 1, len(first_scope) - 1
    first_factor = np.zeros(n + 1, dtype=np.int64)
    for i in range(len(scopes)):
        first_factor[scopes[i] + 1] += 1
    first_factor = np.cumsum(first_factor)
    fill = first_factor[:-1].copy()
    factors = np.empty(len(scopes), dtype=np.int64)
    widest = 1
    for factor in range(n_factors):
        widest = max(widest, first_scope[factor + 1] - first_scope[factor])
        for i in range(first_scope[factor], first_scope[factor + 1]):
            factors[fill[scopes[i]]] = factor
            fill[scopes[i]] += 1
    waiting = np.arange(n_factors)
    is_waiting = np.ones(n_factors, dtype=np.bool_)
    head, count = 0, n_factors
    seen = np.zeros(len(alive), dtype=np.bool_)
    at = np.empty(widest, dtype=np.int64)
    strides = np.empty(widest, dtype=np.int64)
    while count > 0:
        factor = waiting[head]
        head = (head + 1) % n_factors
        count -= 1
        is_waiting[factor] = False
        scope = scopes[first_scope[factor] : first_scope[factor + 1]]
        depth = len(scope)
        unseen, stride, cell = 0, 1, first_cell[factor]
        for i in range(depth - 1, -1, -1):
            strides[i] = stride
            stride *= first_state[scope[i] + 1] - first_state[scope[i]]
        empty = False
        for i in range(depth):
            part = scope[i]
            at[i] = -1
            for state in range(first_state[part], first_state[part + 1]):
                seen[state] = False
                if alive[state]:
                    unseen += 1
                    if at[i] < 0:
                        at[i] = state - first_state[part]
            if at[i] < 0:
                empty = True
            else:
                cell += at[i] * strides[i]
        if empty:
            return False
        # Every cell whose states are all alive, the last part's states first, until all were seen.
        while unseen > 0:
            if tables[cell] > 0.0:
                for i in range(depth):
                    state = first_state[scope[i]] + at[i]
                    if not seen[state]:
                        seen[state] = True
                        unseen -= 1
            level = depth - 1
            while level >= 0:
                part = scope[level]
                n_states = first_state[part + 1] - first_state[part]
                moved = at[level] + 1
                while moved < n_states and not alive[first_state[part] + moved]:
                    moved += 1
                if moved < n_states:
                    cell += (moved - at[level]) * strides[level]
                    at[level] = moved
                    break
                moved = 0
                while not alive[first_state[part] + moved]:
                    moved += 1
                cell += (moved - at[level]) * strides[level]
                at[level] = moved
                level -= 1
            if level < 0:
                break
        if unseen > 0:
            for i in range(depth):
                part = scope[i]
                changed, some = False, False
                for state in range(first_state[part], first_state[part + 1]):
                    if alive[state] and not seen[state]:
                        alive[state] = False
                        changed = True
                    some = some or alive[state]
                if not some:
                    return False
                if changed:
                    for j in range(first_factor[part], first_factor[part + 1]):
                        other = factors[j]
                        if other != factor and not is_waiting[other]:
                            waiting[(head + count) % n_factors] = other
                            count += 1
                            is_waiting[other] = True
    return True


@compiled
def adjacency(active: Active, is_left_out: Bools) -> tuple[Bits, Floats]:
    """Return which parts stand in a factor together, a row of bits each, and the logarithms of their sizes.

    Args:
        active: What is open.
        is_left_out: Factors that are not looked at, shape (F,).
    """
    n = len(active.parts)
    log_sizes = np.empty(n)
    for part in range(n):
        log_sizes[part] = np.log(float(active.first_state[part + 1] - active.first_state[part]))
    adjacent = np.zeros((n, (n + 63) // 64), dtype=np.uint64)
    for factor in range(len(active.offsets)):
        if not is_left_out[factor]:
            for i in range(active.first_scope[factor], active.first_scope[factor + 1]):
                one = active.scopes[i]
                for j in range(active.first_scope[factor], active.first_scope[factor + 1]):
                    other = active.scopes[j]
                    if one != other:
                        adjacent[one, other >> 6] |= np.uint64(1) << np.uint64(other & 63)
    return adjacent, log_sizes
