"""Program: what to multiply and add, as parallel integer arrays, plus a printed cost report.

Each cluster is a list of *entries*: the states of its parts that can occur together under the
findings. Zeros are never stored. Memory is spent only up to the limit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import NamedTuple

import numpy as np

from bayesdiag.engine.active import Active, active_of, adjacency
from bayesdiag.engine.entries import MADE, TOO_LONG, Listing, list_entries
from bayesdiag.engine.layout import Bools, Floats, Ints, Ints32
from bayesdiag.engine.order import TRIES, Bits, best_order
from bayesdiag.engine.pruning import pruned
from bayesdiag.engine.tables import FactorGraph
from bayesdiag.engine.tree import Tree, junction_tree
from bayesdiag.errors import TooLarge

GROWTH = 2.5
"""How much more memory making a program takes than its entries: arrays double, and are copied then."""
BYTES_PER_CELL = 8
"""What a cell of a message takes while a program is made, twice while the array grows."""
STEPS_PER_SECOND = 2e7
"""Steps of a listing that a slow core takes in a second; counted, since the engine reads no clock."""


class Limits(NamedTuple):
    """What making a program may cost.

    Attributes:
        max_bytes: Memory.
        max_seconds: Time, counted in steps.
    """

    max_bytes: int
    max_seconds: float


class Arrays(NamedTuple):
    """A program as the kernels read it.

    Message slots 0 … P-1 hold the likelihoods of the part states, later ones the messages between
    clusters. A *port* is where a message comes in: from a cluster below, or a part's likelihood.

    Attributes:
        part_slots: For each part state, the slots of a row it stands for, shape (P, 2), or `NO_SLOT`.
        first_state: Where each part's states start, shape (n + 1,).
        ported: Whether the part's likelihood enters, shape (n,).
        single_slots: The same as `part_slots` for states that are the only possible ones.
        first_sent: First message slot of each cluster, shape (K + 1,).
        first_entry: First entry of each message slot from P on, shape (M - P + 1,).
        first_port: Where each cluster's ports start, shape (K + 1,).
        ports: Message slots that entries are multiplied by, entry by entry.
        first_source: Where each cluster's sources start, shape (K + 1,).
        sources: What stands behind each port of a cluster: part q, or n + the cluster below.
        is_root: Whether a cluster sends to none, shape (K,).
    """

    part_slots: Ints
    first_state: Ints
    ported: Bools
    single_slots: Ints
    first_sent: Ints
    first_entry: Ints
    first_port: Ints
    ports: Ints32
    first_source: Ints
    sources: Ints
    is_root: Bools


@dataclass(frozen=True)
class Program:
    """Structure only: what to multiply and add, for any numbers and any row within its support.

    Attributes:
        arrays: What the kernels read.
        first_cell: Where each cluster's table cells start, shape (K + 1,).
        cells: Table cells that entries are the product of, entry by entry.
        scalars: Table cells that multiply the whole, shape (any,).
        tables: The model's own numbers, shape (T,).
        is_impossible: True when no entry is left: the findings contradict the model.
        label: The parts of a cluster, for reports.
        made: What a kernel derived from the program once and keeps with it.
    """

    arrays: Arrays
    first_cell: Ints
    cells: Ints32
    scalars: Ints
    tables: Floats
    is_impossible: bool
    label: Callable[[int], str]
    made: dict[str, object] = field(default_factory=dict, repr=False, compare=False)

    @property
    def n_entries(self) -> int:
        """Number of entries: what one pass multiplies."""
        return int(self.arrays.first_entry[-1])

    @property
    def n_messages(self) -> int:
        """Number of message slots."""
        return int(self.arrays.first_sent[-1])

    @property
    def n_bytes(self) -> int:
        """Memory the program holds."""
        held = (*self.arrays, self.first_cell, self.cells)
        return sum(array.nbytes for array in held) + 8 * self.n_entries

    @cached_property
    def cluster_entries(self) -> Ints:
        """First entry of each cluster, shape (K + 1,)."""
        return self.arrays.first_entry[self.arrays.first_sent - len(self.arrays.part_slots)]

    def report(self) -> str:
        """Return what running the program costs, the heaviest clusters first."""
        sizes = np.diff(self.cluster_entries)
        heaviest = np.argsort(-sizes, kind="stable")[:3]
        lines = [
            f"program: {self.n_entries:,} entries in {len(sizes)} clusters, "
            f"{self.n_messages:,} message slots a row"
        ]
        lines += [f"  {sizes[k]:,} entries: {self.label(int(k))}" for k in heaviest]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Outline:
    """What is known of a program before its entries are listed.

    Attributes:
        graph: Parts and factors.
        active: What is open of them.
        order: Elimination order of the open parts.
        members: The parts of the cluster each place leaves with, as rows of bits.
        log_sizes: Natural logarithm of each open part's possible states.
        cells: States of all clusters together, what is impossible among them included.
    """

    graph: FactorGraph
    active: Active
    order: Ints
    members: Bits
    log_sizes: Floats
    cells: float


def outline_of(graph: FactorGraph, support: Bools, *, restarts: int = TRIES) -> Outline:
    """Return the order of elimination and what it would cost.

    Args:
        graph: Parts and factors.
        support: Which slots of a row may be above 0, shape (S,).
        restarts: How many orders are tried beyond the first ones where those are large.
    """
    alive: Bools = np.asarray(np.append(support, np.True_)[graph.slots].all(axis=1))
    active = active_of(
        graph.first_state, alive, graph.first_scope, graph.scopes, graph.first_cell, graph.tables
    )
    if not active.is_possible:
        nothing = np.zeros(0, dtype=np.int64)
        return Outline(graph, active, nothing, np.zeros((0, 0), dtype=np.uint64), np.zeros(0), 0.0)
    adjacent, log_sizes = adjacency(active, np.zeros(len(active.offsets), dtype=np.bool_))
    order, members, cells = best_order(adjacent, log_sizes, restarts)
    return Outline(graph, active, order, members, log_sizes, float(cells))


def make_program(outline: Outline, asked: Bools, limits: Limits) -> Program:
    """Return the program for a factor graph.

    Args:
        outline: Parts, factors and the order of elimination.
        asked: Which slots rows may hold a likelihood for, or want a belief of, shape (S,).
        limits: A program that would cost more is refused.

    Raises:
        TooLarge: Naming the cluster, before its memory is spent.
    """
    graph, active = outline.graph, outline.active
    if not active.is_possible:
        return _impossible(graph)
    wanted: Bools = np.asarray(np.append(asked, np.False_)[graph.slots].any(axis=1))
    ported = any_of(wanted, graph.first_state)[active.parts]
    tree = junction_tree(
        outline.order, outline.members, outline.log_sizes, active.first_scope, active.scopes, ported
    )
    counted = (
        int(limits.max_bytes / GROWTH),
        limits.max_bytes // BYTES_PER_CELL,
        int(limits.max_seconds * STEPS_PER_SECOND),
    )
    listing = list_entries(
        tree, active.first_state, active.states, active.first_scope, active.scopes, active.strides,
        active.offsets, graph.tables, counted,
    )  # fmt: skip
    label = _labels(active, tree, graph)
    if listing.outcome != MADE:
        raise TooLarge(_refusal(outline, tree, listing, label, limits))
    if (np.diff(listing.first_sent) == 0).any():
        return _impossible(graph)
    listing = pruned(tree, listing, active.first_state[-1])
    return _program(outline, tree, listing, ported, label)


def any_of(flags: Bools, first: Ints) -> Bools:
    """Return, for each part, whether any of its states is flagged; a part always has some."""
    if len(first) == 1:
        return np.zeros(0, dtype=np.bool_)
    return np.logical_or.reduceat(flags, first[:-1])


def _program(
    outline: Outline, tree: Tree, listing: Listing, ported: Bools, label: Callable[[int], str]
) -> Program:
    graph, active = outline.graph, outline.active
    states = np.repeat(graph.first_state[active.parts], np.diff(active.first_state)) + active.states
    first_source, sources = _sources(tree, len(active.parts))
    arrays = Arrays(
        graph.slots[states], active.first_state, ported, graph.slots[active.singles], listing.first_sent,
        listing.first_entry, listing.first_port, listing.ports, first_source, sources, tree.parent < 0,
    )  # fmt: skip
    return Program(
        arrays, listing.first_cell, listing.cells, active.scalars, graph.tables, is_impossible=False,
        label=label,
    )  # fmt: skip


def _sources(tree: Tree, n_parts: int) -> tuple[Ints, Ints]:
    """Return what stands behind each port of each cluster: first the clusters below, then its own parts."""
    n_children, n_own = np.diff(tree.first_child), np.diff(tree.first_own)
    first = np.concatenate([[0], np.cumsum(n_children + n_own)])
    sources = np.empty(first[-1], dtype=np.int64)
    children = np.arange(len(tree.children)) + np.repeat(first[:-1] - tree.first_child[:-1], n_children)
    sources[children] = n_parts + tree.children
    own = np.arange(len(tree.own)) + np.repeat(first[:-1] + n_children - tree.first_own[:-1], n_own)
    sources[own] = tree.own
    return first, sources


def _impossible(graph: FactorGraph) -> Program:
    none = np.zeros(0, dtype=np.int64)
    first = np.zeros(1, dtype=np.int64)
    none32 = np.zeros(0, dtype=np.int32)
    pairs = np.zeros((0, 2), dtype=np.int64)
    flags = np.zeros(0, dtype=np.bool_)
    arrays = Arrays(pairs, first, flags, pairs, first, first, first, none32, first, none, flags)
    return Program(arrays, first, none32, none, graph.tables, is_impossible=True, label=str)


def _labels(active: Active, tree: Tree, graph: FactorGraph) -> Callable[[int], str]:
    """Return what says which parts a cluster has: wanted only in reports."""

    def label(cluster: int) -> str:
        parts = tree.parts[tree.first_part[cluster] : tree.first_part[cluster + 1]]
        return ", ".join(graph.label(int(active.parts[part])) for part in parts)

    return label


def _refusal(
    outline: Outline, tree: Tree, listing: Listing, label: Callable[[int], str], limits: Limits
) -> str:
    """Say which cluster is too much, how large it would be, and what helps."""
    at, first_state = listing.at, outline.active.first_state
    parts = tree.parts[tree.first_part[at] : tree.first_part[at + 1]]
    cells = prod(int(first_state[part + 1] - first_state[part]) for part in parts)
    fit = f"does not fit into the {limits.max_bytes / 1e6:,.6g} MB allowed"
    if listing.outcome == TOO_LONG:
        fit = f"takes longer to list than the {limits.max_seconds:g} seconds allowed"
    return (
        f"cluster of {label(at)}: {_counted(cells)} combinations of states, all clusters together "
        f"{_counted(outline.cells)}; what is possible of them {fit}. "
        "Give fewer findings, ask for fewer targets, or raise the limit."
    )


def _counted(cells: float) -> str:
    return f"{int(cells):,}" if cells < 1e9 else f"{float(cells):.1e}"
