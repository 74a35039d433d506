"""One row by whole tables: every combination of states of a cluster, without a list of entries.

Where tables hold few zeros a list saves nothing, and takes ten times the memory and the time of
the two passes themselves. What is made here serves one row and is thrown away.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bayesdiag.engine.compiled import compiled
from bayesdiag.engine.layout import Bools, Floats, Ints
from bayesdiag.engine.passes import FLOOR, TINY
from bayesdiag.engine.program import BYTES_PER_CELL, STEPS_PER_SECOND, Limits, Outline, any_of
from bayesdiag.engine.tree import Tree, junction_tree

RUN = 4096
"""Cells of a table that are gone through with one list of offsets."""

STEPS_PER_PRODUCT = 0.08
"""Such steps that a product or sum in a table takes: 0.8 ns measured, up to 3.8 in the largest tables."""


class Scopes(NamedTuple):
    """The open factors: which parts they stand over, and where their cells are.

    Attributes:
        first_state: Where each part's possible states start, shape (n + 1,).
        states: Those states, as numbers of the factors' tables.
        first_scope: Where the parts of each factor start, shape (F + 1,).
        scopes: Parts of the factors.
        strides: How far a state of such a part moves in the factor's table.
        offsets: Cell of each factor where all its parts are in state 0, shape (F,).
    """

    first_state: Ints
    states: Ints
    first_scope: Ints
    scopes: Ints
    strides: Ints
    offsets: Ints


def dense_row(outline: Outline, asked: Bools, limits: Limits, row: Floats) -> tuple[Floats, float] | None:
    """Return one row's beliefs, shape (S,), and log-evidence, without making a program.

    Args:
        outline: Parts, factors and the order of elimination.
        asked: Which slots are wanted, shape (S,).
        limits: What it may cost.
        row: Likelihoods, shape (S,).

    Returns:
        None where it would cost more, or where a product may vanish.
    """
    graph, active = outline.graph, outline.active
    beliefs = np.zeros(len(row))
    if not active.is_possible:
        return beliefs, -np.inf
    wanted: Bools = np.asarray(np.append(asked, np.False_)[graph.slots].any(axis=1))
    ported = any_of(wanted, graph.first_state)[active.parts]
    tree = junction_tree(
        outline.order, outline.members, outline.log_sizes, active.first_scope, active.scopes, ported
    )
    n_bytes, n_steps = _cost(tree, np.diff(active.first_state))
    if n_bytes > limits.max_bytes or n_steps > limits.max_seconds * STEPS_PER_SECOND:
        return None
    first = np.repeat(graph.first_state[active.parts], np.diff(active.first_state))
    slots = graph.slots[first + active.states]
    singles = graph.slots[active.singles]
    padded = np.append(row, 1.0)  # where NO_SLOT points
    likelihoods, settled = padded[slots].prod(axis=1), padded[singles].prod(axis=1)
    found = np.zeros(len(slots))
    scopes = Scopes(
        active.first_state, active.states, active.first_scope, active.scopes, active.strides, active.offsets
    )
    log_evidence, is_doubtful = dense_passes(tree, scopes, graph.tables, likelihoods, found)
    with np.errstate(divide="ignore"):
        log_evidence += np.log(settled).sum() + np.log(graph.tables[active.scalars]).sum()
    if is_doubtful:
        return None
    if log_evidence == -np.inf:
        return beliefs, -np.inf
    for column in range(slots.shape[1]):
        np.add.at(beliefs, slots[slots[:, column] >= 0, column], found[slots[:, column] >= 0])
        beliefs[singles[singles[:, column] >= 0, column]] += 1.0
    return beliefs, float(log_evidence)


def _cost(tree: Tree, sizes: Ints) -> tuple[float, float]:
    """Return the bytes and steps of the passes: tables, and a message both ways for each cluster."""
    logs = np.log(sizes)[tree.parts]
    sums = np.append(0.0, np.cumsum(logs))
    cells = np.exp(sums[tree.first_part[1:]] - sums[tree.first_part[:-1]])
    sent = np.exp(sums[tree.first_part[:-1] + tree.n_shared] - sums[tree.first_part[:-1]])
    # Factors are multiplied once; what enters from below, or as a likelihood, is also added up on the
    # way back; each table is summed, scaled, and multiplied by what comes from above.
    times = np.diff(tree.first_factor) + 2 * np.diff(tree.first_child) + 2 * np.diff(tree.first_own) + 3
    n_bytes = BYTES_PER_CELL * (cells.sum() + 2 * sent.sum())
    return float(n_bytes), STEPS_PER_PRODUCT * float(cells @ times)


@compiled
def dense_passes(
    tree: Tree, scopes: Scopes, tables: Floats, likelihoods: Floats, beliefs: Floats
) -> tuple[float, bool]:
    """Compute one row; return its log-evidence but for settled factors, and whether it is doubtful.

    Args:
        tree: Clusters.
        scopes: Factors.
        tables: Numbers, shape (T,).
        likelihoods: Likelihood of each part state, shape (part states,).
        beliefs: Written: belief of each part state whose part is some cluster's own; zeros before.
    """
    n_clusters = len(tree.parent)
    first_cell = np.zeros(n_clusters + 1, dtype=np.int64)
    first_sent = np.zeros(n_clusters + 1, dtype=np.int64)
    for k in range(n_clusters):
        cells, sent = 1, 1
        for i in range(tree.first_part[k], tree.first_part[k + 1]):
            size = scopes.first_state[tree.parts[i] + 1] - scopes.first_state[tree.parts[i]]
            cells *= size
            if i - tree.first_part[k] < tree.n_shared[k]:
                sent *= size
        first_cell[k + 1] = first_cell[k] + cells
        first_sent[k + 1] = first_sent[k] + sent
    whole = np.ones(first_cell[n_clusters])
    inward = np.zeros(first_sent[n_clusters])
    least = np.ones(n_clusters)
    log_evidence, is_lossy = 0.0, False
    for k in range(n_clusters):
        table = whole[first_cell[k] : first_cell[k + 1]]
        bound, largest = _gathered(tree, scopes, tables, likelihoods, inward, first_sent, least, k, table)
        is_lossy = is_lossy or bound < TINY
        message = inward[first_sent[k] : first_sent[k + 1]]
        run = len(table) // len(message)
        top = 0.0
        for slot in range(len(message)):
            x = 0.0
            for cell in range(slot * run, (slot + 1) * run):
                x += table[cell]
            message[slot] = x
            top = max(top, x)
        # What vanished was less than 1e-307 of `largest`, and so is nothing beside a `top` like this.
        if is_lossy and top < 1e-200 * largest:
            return np.nan, True
        if top == 0.0:
            return -np.inf, False
        for slot in range(len(message)):
            message[slot] /= top
            if 0.0 < message[slot] < least[k]:
                least[k] = message[slot]
        log_evidence += np.log(top)
        for cell in range(len(table)):
            table[cell] /= top
    outward = np.zeros(first_sent[n_clusters])
    for k in range(n_clusters - 1, -1, -1):
        table = whole[first_cell[k] : first_cell[k + 1]]
        message = inward[first_sent[k] : first_sent[k + 1]]
        run = len(table) // len(message)
        for slot in range(len(message)):
            wanted = 1.0 if tree.parent[k] < 0 else outward[first_sent[k] + slot]
            share = wanted / max(message[slot], FLOOR)
            if is_lossy and share > 1e80:  # what vanished might matter after all
                return np.nan, True
            for cell in range(slot * run, (slot + 1) * run):
                table[cell] *= share
        _scattered(tree, scopes, k, table, outward, first_sent, beliefs)
    return log_evidence, False


@compiled
def _gathered(
    tree: Tree,
    scopes: Scopes,
    tables: Floats,
    likelihoods: Floats,
    inward: Floats,
    first_sent: Ints,
    least: Floats,
    k: int,
    table: Floats,
) -> tuple[float, float]:
    """Multiply a cluster's factors, messages and likelihoods; return bounds of the products at any time.

    The lower one is of what is above 0, the upper one at least 1.
    """
    parts, sizes, first_step = _axes(tree, scopes, k)
    steps = np.zeros(first_step[-1], dtype=np.int64)
    bound, largest = 1.0, 1.0
    for f in range(tree.first_factor[k], tree.first_factor[k + 1]):
        factor = tree.factors[f]
        steps[:] = 0
        start = scopes.offsets[factor]
        last = start
        for j in range(scopes.first_scope[factor], scopes.first_scope[factor + 1]):
            axis = _place(parts, scopes.scopes[j])
            begin = scopes.first_state[scopes.scopes[j]]
            for state in range(sizes[axis]):
                steps[first_step[axis] + state] += scopes.strides[j] * scopes.states[begin + state]
            last += steps[first_step[axis + 1] - 1]
        low, high = _range(tables[start : last + 1])
        bound, largest = bound * low, largest * high
        _multiply(table, tables, start, steps, first_step, sizes)
    for c in range(tree.first_child[k], tree.first_child[k + 1]):
        child = tree.children[c]
        _message_steps(tree, child, parts, sizes, first_step, steps)
        bound *= least[child]
        _multiply(table, inward, first_sent[child], steps, first_step, sizes)
    for o in range(tree.first_own[k], tree.first_own[k + 1]):
        _own_steps(parts, tree.own[o], sizes, first_step, steps)
        start = scopes.first_state[tree.own[o]]
        low, high = _range(likelihoods[start : scopes.first_state[tree.own[o] + 1]])
        bound, largest = bound * low, largest * high
        _multiply(table, likelihoods, start, steps, first_step, sizes)
    return bound, largest


@compiled
def _range(numbers: Floats) -> tuple[float, float]:
    """Return the smallest number above 0, 1 at most, and the largest, 1 at least."""
    low, high = 1.0, 1.0
    for x in numbers:
        if 0.0 < x < low:
            low = x
        high = max(high, x)
    return low, high


@compiled
def _scattered(
    tree: Tree,
    scopes: Scopes,
    k: int,
    table: Floats,
    outward: Floats,
    first_sent: Ints,
    beliefs: Floats,
) -> None:
    """Add a cluster's beliefs up for the clusters below and for its own parts."""
    parts, sizes, first_step = _axes(tree, scopes, k)
    steps = np.zeros(first_step[-1], dtype=np.int64)
    for c in range(tree.first_child[k], tree.first_child[k + 1]):
        child = tree.children[c]
        _message_steps(tree, child, parts, sizes, first_step, steps)
        _added(table, outward, first_sent[child], steps, first_step, sizes)
    for o in range(tree.first_own[k], tree.first_own[k + 1]):
        _own_steps(parts, tree.own[o], sizes, first_step, steps)
        _added(table, beliefs, scopes.first_state[tree.own[o]], steps, first_step, sizes)


@compiled
def _axes(tree: Tree, scopes: Scopes, k: int) -> tuple[Ints, Ints, Ints]:
    """Return a cluster's parts, their sizes, and where the steps of each start."""
    parts = tree.parts[tree.first_part[k] : tree.first_part[k + 1]]
    sizes = np.empty(len(parts), dtype=np.int64)
    first_step = np.zeros(len(parts) + 1, dtype=np.int64)
    for axis in range(len(parts)):
        sizes[axis] = scopes.first_state[parts[axis] + 1] - scopes.first_state[parts[axis]]
        first_step[axis + 1] = first_step[axis] + sizes[axis]
    return parts, sizes, first_step


@compiled
def _place(parts: Ints, part: int) -> int:
    """Return the axis of a part."""
    axis = 0
    while parts[axis] != part:
        axis += 1
    return axis


@compiled
def _own_steps(parts: Ints, part: int, sizes: Ints, first_step: Ints, steps: Ints) -> None:
    """Write how far each state moves in a list over one part."""
    steps[:] = 0
    axis = _place(parts, part)
    for state in range(sizes[axis]):
        steps[first_step[axis] + state] = state


@compiled
def _message_steps(tree: Tree, child: int, parts: Ints, sizes: Ints, first_step: Ints, steps: Ints) -> None:
    """Write how far each state moves in a child's message."""
    steps[:] = 0
    stride = 1
    first = tree.first_part[child]
    for i in range(first + tree.n_shared[child] - 1, first - 1, -1):
        axis = _place(parts, tree.parts[i])
        for state in range(sizes[axis]):
            steps[first_step[axis] + state] = stride * state
        stride *= sizes[axis]


@compiled
def _offsets(steps: Ints, first_step: Ints, sizes: Ints, begin: int, end: int) -> Ints:
    """Return the sum of steps for every combination of states of some axes, the last one fastest."""
    total = 1
    for axis in range(begin, end):
        total *= sizes[axis]
    found = np.zeros(total, dtype=np.int64)
    width = 1
    for axis in range(begin, end):
        # From the back, so that what is still to be read is not written over.
        for place in range(width - 1, -1, -1):
            base = found[place]
            for state in range(sizes[axis] - 1, -1, -1):
                found[place * sizes[axis] + state] = base + steps[first_step[axis] + state]
        width *= sizes[axis]
    return found


@compiled
def _places(steps: Ints, first_step: Ints, sizes: Ints) -> tuple[Ints, Ints]:
    """Return the sums of steps over the first axes, and over the last, at most `RUN` combinations."""
    axis, width = len(sizes), 1
    while axis > 0 and width * sizes[axis - 1] <= RUN:
        axis -= 1
        width *= sizes[axis]
    return _offsets(steps, first_step, sizes, 0, axis), _offsets(steps, first_step, sizes, axis, len(sizes))


@compiled
def _multiply(table: Floats, source: Floats, start: int, steps: Ints, first_step: Ints, sizes: Ints) -> None:
    """Multiply a table by what stands over some of its axes."""
    far, near = _places(steps, first_step, sizes)
    cell = 0
    for i in range(len(far)):
        base = start + far[i]
        for j in range(len(near)):
            table[cell + j] *= source[base + near[j]]
        cell += len(near)


@compiled
def _added(table: Floats, target: Floats, start: int, steps: Ints, first_step: Ints, sizes: Ints) -> None:
    """Add a table up over the other axes."""
    far, near = _places(steps, first_step, sizes)
    cell = 0
    for i in range(len(far)):
        base = start + far[i]
        for j in range(len(near)):
            target[base + near[j]] += table[cell + j]
        cell += len(near)
