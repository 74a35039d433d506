"""Where everything stands when a row is computed by whole tables.

A cluster is gone through in *runs*: all states of its largest part, the others held. Tables and
messages have their parts in one and the same order, the largest last. So within a run whatever
enters a cluster is either one number or as many as the run has, one behind the other.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bayesdiag.engine.compiled import compiled, inner_loop
from bayesdiag.engine.layout import Bools, Ints
from bayesdiag.engine.quads import WIDTH
from bayesdiag.engine.tree import Tree

NEAR = 256
"""Runs that are gone through with one list of places."""


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


class Plan(NamedTuple):
    """What the passes over whole tables read, but for the tables.

    The last axis of each table and message is filled up to whole quads. Likelihoods stand first,
    messages behind them. A cluster has a *column* for each thing that is looked up in a run: its
    own table, what enters with one number a run, what enters with as many as the run has, and
    the message it sends. Where that is looked up is the sum of a *far* place, for the first
    parts, and a *near* one, for the parts before the last.

    Attributes:
        first_place: Where each part's likelihoods start, shape (n,).
        first_sent: Where each cluster's message starts, shape (K + 1,).
        first_value: Where each cluster's table starts, shape (K + 1,). Before the first, and before
            the first likelihood, there are ones: what is read where a cluster has no such table, or
            nothing enters it with as many numbers as a run.
        first_source: Where each cluster's sources start, shape (K + 1,).
        sources: What enters each cluster: part q, or n + the cluster below.
        n_narrow: How many of them enter with one number a run, shape (K,).
        is_wide_value: Whether the table has as many numbers as the run, shape (K,).
        is_wide_sent: Whether the message has, shape (K,).
        length: Numbers of a run, filled up, shape (K,).
        first_far: Where each cluster's far places start, shape (K + 1,).
        far: A number for each column, again and again.
        first_near: Where each cluster's near places start, shape (K + 1,).
        near: The same.
        is_root: Whether a cluster sends to none, shape (K,).
    """

    first_place: Ints
    first_sent: Ints
    first_value: Ints
    first_source: Ints
    sources: Ints
    n_narrow: Ints
    is_wide_value: Bools
    is_wide_sent: Bools
    length: Ints
    first_far: Ints
    far: Ints
    first_near: Ints
    near: Ints
    is_root: Bools


@compiled
def places_of(tree: Tree, scopes: Scopes) -> tuple[float, float]:
    """Return how many far and near places a plan has, before any is written down."""
    n_far, n_near = 0.0, 0.0
    for k in range(len(tree.parent)):
        sizes = ordered_parts(tree, scopes, k)[1]
        n_entering = tree.first_child[k + 1] - tree.first_child[k] + tree.first_own[k + 1] - tree.first_own[k]
        begin, near = _near_axes(sizes)
        far = 1.0
        for axis in range(begin):
            far *= sizes[axis]
        n_far += far * (n_entering + 2)
        n_near += near * (n_entering + 2)
    return n_far, n_near


@compiled
def plan_of(tree: Tree, scopes: Scopes, n_far_places: int, n_near_places: int) -> Plan:
    """Return where everything stands.

    Args:
        tree: Clusters.
        scopes: Factors.
        n_far_places: How many far places there are; see `places_of`.
        n_near_places: How many near places.
    """
    n_parts, n_clusters = len(scopes.first_state) - 1, len(tree.parent)
    n_sources = len(tree.children) + len(tree.own)
    first_place = np.zeros(n_parts, dtype=np.int64)
    widest = 0
    for part in range(n_parts):
        widest = max(widest, filled(scopes.first_state[part + 1] - scopes.first_state[part]))
    used = widest
    for part in range(n_parts):
        first_place[part] = used
        used += filled(scopes.first_state[part + 1] - scopes.first_state[part])
    first_sent = np.zeros(n_clusters + 1, dtype=np.int64)
    first_value = np.zeros(n_clusters + 1, dtype=np.int64)
    first_source = np.zeros(n_clusters + 1, dtype=np.int64)
    sources = np.zeros(n_sources, dtype=np.int64)
    n_narrow = np.zeros(n_clusters, dtype=np.int64)
    is_wide_value = np.zeros(n_clusters, dtype=np.bool_)
    is_wide_sent = np.zeros(n_clusters, dtype=np.bool_)
    length = np.zeros(n_clusters, dtype=np.int64)
    first_far = np.zeros(n_clusters + 1, dtype=np.int64)
    first_near = np.zeros(n_clusters + 1, dtype=np.int64)
    far, near = np.empty(n_far_places, dtype=np.int64), np.empty(n_near_places, dtype=np.int64)
    first_sent[0] = used
    first_value[0] = widest
    for k in range(n_clusters):
        parts, sizes = ordered_parts(tree, scopes, k)
        last = len(parts) - 1
        children = tree.children[tree.first_child[k] : tree.first_child[k + 1]]
        own = tree.own[tree.first_own[k] : tree.first_own[k + 1]]
        n_columns = len(children) + len(own) + 2
        moves = np.zeros((last + 1, n_columns), dtype=np.int64)
        base = np.zeros(n_columns, dtype=np.int64)
        column = 1
        source, flags = first_source[k], np.zeros(last + 1, dtype=np.bool_)
        # What enters with one number a run first.
        for wide in range(2):
            for child in children:
                if _is_shared(tree, child, parts[last]) == (wide == 1):
                    _flag_shared(tree, child, parts, flags)
                    _fill_moves(flags, sizes, moves, column)
                    base[column], sources[source] = first_sent[child], n_parts + child
                    column, source = column + 1, source + 1
            for part in own:
                if (part == parts[last]) == (wide == 1):
                    moves[axis_of(parts, part), column] = 1
                    base[column], sources[source] = first_place[part], part
                    column, source = column + 1, source + 1
            if wide == 0:
                n_narrow[k] = column - 1
        first_source[k + 1] = source
        in_table = table_axes(tree, scopes, k, parts)
        is_wide_value[k] = in_table[last]
        base[0] = first_value[k]
        first_value[k + 1] = first_value[k] + _fill_moves(in_table, sizes, moves, 0)
        _flag_shared(tree, k, parts, flags)
        is_wide_sent[k] = flags[last]
        base[column] = first_sent[k]
        first_sent[k + 1] = first_sent[k] + _fill_moves(flags, sizes, moves, column)
        length[k] = filled(sizes[last])
        begin, n_near = _near_axes(sizes)
        n_far = 1
        for axis in range(begin):
            n_far *= sizes[axis]
        first_far[k + 1] = first_far[k] + n_far * n_columns
        first_near[k + 1] = first_near[k] + n_near * n_columns
        _fill_places(far[first_far[k] : first_far[k + 1]], base, moves[:begin], sizes[:begin])
        base[:] = 0
        _fill_places(near[first_near[k] : first_near[k + 1]], base, moves[begin:last], sizes[begin:last])
    return Plan(
        first_place, first_sent, first_value, first_source, sources, n_narrow, is_wide_value, is_wide_sent,
        length, first_far, far, first_near, near, tree.parent < 0,
    )  # fmt: skip


@inner_loop
def ordered_parts(tree: Tree, scopes: Scopes, k: int) -> tuple[Ints, Ints]:
    """Return a cluster's parts, those with most states last, and their sizes."""
    parts = tree.parts[tree.first_part[k] : tree.first_part[k + 1]].copy()
    sizes = np.empty(len(parts), dtype=np.int64)
    for i in range(len(parts)):
        part = parts[i]
        size = scopes.first_state[part + 1] - scopes.first_state[part]
        place = i
        while place > 0 and (
            sizes[place - 1] > size or (sizes[place - 1] == size and parts[place - 1] > part)
        ):
            sizes[place], parts[place] = sizes[place - 1], parts[place - 1]
            place -= 1
        sizes[place], parts[place] = size, part
    return parts, sizes


@inner_loop
def table_axes(tree: Tree, scopes: Scopes, k: int, parts: Ints) -> Bools:
    """Return which of a cluster's parts its table stands over: those of its factors.

    And the last one where nothing else has a number for each of its states: something must be 0
    where runs are filled up.
    """
    found = np.zeros(len(parts), dtype=np.bool_)
    for f in range(tree.first_factor[k], tree.first_factor[k + 1]):
        factor = tree.factors[f]
        for j in range(scopes.first_scope[factor], scopes.first_scope[factor + 1]):
            found[axis_of(parts, scopes.scopes[j])] = True
    last = len(parts) - 1
    is_covered = found[last]
    for child in tree.children[tree.first_child[k] : tree.first_child[k + 1]]:
        is_covered = is_covered or _is_shared(tree, child, parts[last])
    for part in tree.own[tree.first_own[k] : tree.first_own[k + 1]]:
        is_covered = is_covered or part == parts[last]
    found[last] = found[last] or not is_covered
    return found


@inner_loop
def axis_of(parts: Ints, part: int) -> int:
    """Return the axis of a part."""
    axis = 0
    while parts[axis] != part:
        axis += 1
    return axis


@inner_loop
def filled(size: int) -> int:
    """Return a size filled up to whole quads."""
    return -(-size // WIDTH) * WIDTH


# ── inside ────────────────────────────────────────────────────────────────────────────────────


@inner_loop
def _is_shared(tree: Tree, cluster: int, part: int) -> bool:
    """Return whether a cluster shares a part with its parent."""
    first, is_shared = tree.first_part[cluster], False
    for i in range(first, first + tree.n_shared[cluster]):
        is_shared = is_shared or tree.parts[i] == part
    return is_shared


@inner_loop
def _flag_shared(tree: Tree, cluster: int, parts: Ints, flags: Bools) -> None:
    """Write which parts are among those a cluster shares with its parent."""
    flags[:] = False
    first = tree.first_part[cluster]
    for i in range(first, first + tree.n_shared[cluster]):
        flags[axis_of(parts, tree.parts[i])] = True


@inner_loop
def _fill_moves(flags: Bools, sizes: Ints, moves: Ints, column: int) -> int:
    """Write how far a state of each axis moves in what stands over the flagged ones; return its room."""
    stride = 1
    for axis in range(len(sizes) - 1, -1, -1):
        if flags[axis]:
            moves[axis, column] = stride
            stride = filled(sizes[axis]) if stride == 1 else stride * sizes[axis]
    return max(stride, WIDTH)


@inner_loop
def _fill_places(places: Ints, base: Ints, moves: Ints, sizes: Ints) -> None:
    """Write the place of every column for every combination of states, the last axis fastest."""
    n_columns = len(base)
    places[:n_columns] = base
    width = 1
    for axis in range(len(sizes) - 1, -1, -1):
        for state in range(1, sizes[axis]):
            for i in range(width):
                for column in range(n_columns):
                    places[(state * width + i) * n_columns + column] = (
                        places[i * n_columns + column] + state * moves[axis, column]
                    )
        width *= sizes[axis]


@inner_loop
def _near_axes(sizes: Ints) -> tuple[int, int]:
    """Return the first axis whose moves are near ones, and how many near places there are for each column."""
    begin, n_near = len(sizes) - 1, 1
    while begin > 0 and n_near * sizes[begin - 1] <= NEAR:
        begin -= 1
        n_near *= sizes[begin]
    return begin, n_near
