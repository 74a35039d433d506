"""Program: what to multiply and add, as parallel integer arrays, plus a printed cost report.

Each cluster is a list of *entries*: the states of its parts that can occur together under the
findings. Zeros are never stored. Memory is spent only up to the limit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import NamedTuple

import numpy as np

from bayesdiag.engine.entries import MADE, TOO_LONG, Ints32
from bayesdiag.engine.layout import Bools, Floats, Ints
from bayesdiag.engine.plan import Active, Plan, active_of, planned
from bayesdiag.engine.tables import FactorGraph
from bayesdiag.engine.tree import Tree
from bayesdiag.errors import TooLarge

BYTES_PER_ENTRY = 100
"""What an entry takes at most while a program is made: value, ports and cells, twice while arrays grow."""
BYTES_PER_CELL = 8
"""What a cell of a message takes while a program is made, twice while the array grows."""
STEPS_PER_ENTRY = 20
"""Steps a listing may take for every entry it may have; most of them end at a zero."""


class Arrays(NamedTuple):
    """A program as the kernels read it.

    Message slots 0 … P-1 hold the likelihoods of the part states, later ones the messages between
    clusters. A *port* is where a message comes in: from a cluster below, or a part's likelihood.

    Attributes:
        part_slots: For each part state, the slots of a row it stands for, shape (P, 2); S is a
            slot that is always 1.
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
        n_slots: Width S of a row.
        tables: The model's own numbers, shape (T,).
        is_impossible: True when no entry is left: the findings contradict the model.
        labels: Parts of each cluster, for reports.
        made: What a kernel derived from the program once and keeps with it.
    """

    arrays: Arrays
    first_cell: Ints
    cells: Ints32
    scalars: Ints
    n_slots: int
    tables: Floats
    is_impossible: bool
    labels: tuple[tuple[str, ...], ...]
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
        heaviest = sorted(zip(sizes.tolist(), self.labels, strict=True), key=lambda pair: -pair[0])[:3]
        lines = [
            f"program: {self.n_entries:,} entries in {len(sizes)} clusters, "
            f"{self.n_messages:,} message slots a row"
        ]
        lines += [f"  {size:,} entries: {', '.join(label)}" for size, label in heaviest]
        return "\n".join(lines)


def make_program(graph: FactorGraph, support: Bools, asked: Bools, max_bytes: int) -> Program:
    """Return the program for a factor graph.

    Args:
        graph: Parts and factors.
        support: Which slots of a row may be above 0, shape (S,).
        asked: Which slots rows may hold a likelihood for, or want a belief of, shape (S,).
        max_bytes: A program that would take more memory is refused.

    Raises:
        TooLarge: Naming the cluster, before its memory is spent.
    """
    active = open_parts(graph, support)
    if not active.is_possible:
        return _impossible(graph, len(support))
    wanted = np.append(asked, np.False_)[graph.slots].any(axis=1)
    ported = _any_of(wanted, graph.first_state)[active.parts]
    max_entries = max_bytes // BYTES_PER_ENTRY
    limits = (max_entries, max_bytes // BYTES_PER_CELL, max_entries * STEPS_PER_ENTRY)
    plan = planned(active, ported, graph.tables, limits)
    labels = _labels(plan, graph)
    if plan.listing.outcome != MADE:
        raise TooLarge(_refusal(plan, labels, max_bytes))
    return _program(plan, graph, ported, labels, len(support))


def open_parts(graph: FactorGraph, support: Bools) -> Active:
    """Return what is open once some slots are known to be impossible."""
    alive = np.append(support, np.True_)[graph.slots].all(axis=1)
    return active_of(
        graph.first_state, alive, graph.first_scope, graph.scopes, graph.first_cell, graph.tables
    )


def _any_of(flags: Bools, first: Ints) -> Bools:
    """Return, for each part, whether any of its states is flagged; a part always has some."""
    if len(first) == 1:
        return np.zeros(0, dtype=np.bool_)
    return np.logical_or.reduceat(flags, first[:-1])


def _program(
    plan: Plan, graph: FactorGraph, ported: Bools, labels: tuple[tuple[str, ...], ...], n_slots: int
) -> Program:
    active, tree, listing, _ = plan
    if (np.diff(listing.first_sent) == 0).any():
        return _impossible(graph, n_slots)
    slots = np.where(graph.slots < 0, n_slots, graph.slots)
    states = np.repeat(graph.first_state[active.parts], np.diff(active.first_state)) + active.states
    first_source, sources = _sources(tree, len(active.parts))
    arrays = Arrays(
        slots[states], active.first_state, ported, slots[active.singles], listing.first_sent,
        listing.first_entry, listing.first_port, listing.ports, first_source, sources, tree.parent < 0,
    )  # fmt: skip
    return Program(
        arrays, listing.first_cell, listing.cells, active.scalars, n_slots, graph.tables,
        is_impossible=False, labels=labels,
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


def _impossible(graph: FactorGraph, n_slots: int) -> Program:
    none = np.zeros(0, dtype=np.int64)
    first = np.zeros(1, dtype=np.int64)
    none32 = np.zeros(0, dtype=np.int32)
    pairs = np.zeros((0, 2), dtype=np.int64)
    flags = np.zeros(0, dtype=np.bool_)
    arrays = Arrays(pairs, first, flags, pairs, first, first, first, none32, first, none, flags)
    return Program(arrays, first, none32, none, n_slots, graph.tables, is_impossible=True, labels=())


def _labels(plan: Plan, graph: FactorGraph) -> tuple[tuple[str, ...], ...]:
    parts, tree = plan.active.parts, plan.tree
    names = [graph.label(int(parts[part])) for part in tree.parts]
    return tuple(
        tuple(names[low:high]) for low, high in zip(tree.first_part[:-1], tree.first_part[1:], strict=True)
    )


def _refusal(plan: Plan, labels: tuple[tuple[str, ...], ...], max_bytes: int) -> str:
    """Say which cluster is too much, how large it would be, and what helps."""
    at = plan.listing.at
    tree, first_state = plan.tree, plan.active.first_state
    parts = tree.parts[tree.first_part[at] : tree.first_part[at + 1]]
    cells = prod(int(first_state[part + 1] - first_state[part]) for part in parts)
    what = "takes too many steps to list" if plan.listing.outcome == TOO_LONG else "does not fit"
    return (
        f"cluster of {', '.join(labels[at])}: {_counted(cells)} combinations of states, all clusters together "
        f"{_counted(plan.cells)}; what is possible of them {what} into the {max_bytes / 1e6:,.6g} MB allowed. "
        "Give fewer findings, ask for fewer targets, or raise the limit."
    )


def _counted(cells: float) -> str:
    return f"{int(cells):,}" if cells < 1e9 else f"{float(cells):.1e}"
