"""The tables of clusters, when a row is computed by whole tables: products of factors."""

from __future__ import annotations

import numpy as np

from bayesdiag.engine.compiled import compiled, inner_loop
from bayesdiag.engine.dense_plan import Plan, Scopes, axis_of, filled, ordered_parts, table_axes
from bayesdiag.engine.layout import Floats, Ints
from bayesdiag.engine.tree import Tree


@compiled
def fill_tables(
    tree: Tree, scopes: Scopes, plan: Plan, tables: Floats, values: Floats, low: Floats, high: Floats
) -> int:
    """Multiply each cluster's factors; return how many numbers of the tables are 0.

    Args:
        tree: Clusters.
        scopes: Factors.
        plan: Where everything stands.
        tables: Numbers of the factors, shape (T,).
        values: Written: the tables, with zeros where they are filled up, shape (plan.first_value[-1],).
        low: Written: a bound of what is above 0 of any product of some factors, at most 1, shape (K,).
        high: Written: an upper bound, at least 1, shape (K,).
    """
    values[: plan.first_value[0]] = 1.0
    n_zeros = 0
    for k in range(len(tree.parent)):
        parts, sizes = ordered_parts(tree, scopes, k)
        in_table = table_axes(tree, scopes, k, parts)
        parts, sizes = parts[in_table], sizes[in_table]
        table = values[plan.first_value[k] : plan.first_value[k + 1]]
        low[k], high[k] = 1.0, 1.0
        if len(parts) == 0:
            table[0], table[1:] = 1.0, 0.0
            continue
        n_states, length = sizes[-1], filled(sizes[-1])
        for begin in range(0, len(table), length):
            table[begin : begin + n_states] = 1.0
            table[begin + n_states : begin + length] = 0.0
        for f in range(tree.first_factor[k], tree.first_factor[k + 1]):
            factor = tree.factors[f]
            # How far each state of each axis moves in the factor's table.
            steps = np.zeros((len(parts), sizes.max()), dtype=np.int64)
            start = scopes.offsets[factor]
            end = start
            for j in range(scopes.first_scope[factor], scopes.first_scope[factor + 1]):
                axis = axis_of(parts, scopes.scopes[j])
                first = scopes.first_state[parts[axis]]
                for state in range(sizes[axis]):
                    steps[axis, state] += scopes.strides[j] * scopes.states[first + state]
                end += scopes.strides[j] * scopes.states[first + sizes[axis] - 1]
            least, most = _range(tables[start : end + 1])
            low[k], high[k] = low[k] * least, high[k] * most
            _multiply(table, tables, start, steps, sizes)
        for begin in range(0, len(table), length):
            for cell in range(begin, begin + n_states):
                n_zeros += table[cell] == 0.0
    return n_zeros


@inner_loop
def _range(numbers: Floats) -> tuple[float, float]:
    """Return the smallest number above 0, 1 at most, and the largest, 1 at least."""
    low, high = 1.0, 1.0
    for x in numbers:
        if 0.0 < x < low:
            low = x
        high = max(high, x)
    return low, high


@inner_loop
def _multiply(table: Floats, source: Floats, start: int, steps: Ints, sizes: Ints) -> None:
    """Multiply a table by a factor, given how far each state of each axis moves in it."""
    last = len(sizes) - 1
    n_states, length = sizes[last], filled(sizes[last])
    near = steps[last]
    is_wide = near[:n_states].any()
    state = np.zeros(last + 1, dtype=np.int64)
    base = start
    for axis in range(last):
        base += steps[axis, 0]
    for begin in range(0, len(table), length):
        if is_wide:
            for j in range(n_states):
                table[begin + j] *= source[base + near[j]]
        else:
            x = source[base + near[0]]
            for j in range(n_states):
                table[begin + j] *= x
        axis = last - 1
        while axis >= 0:
            base -= steps[axis, state[axis]]
            state[axis] = state[axis] + 1 if state[axis] + 1 < sizes[axis] else 0
            base += steps[axis, state[axis]]
            if state[axis] > 0:
                break
            axis -= 1
