"""Rows by whole tables: every combination of states of a cluster, without a list of entries.

Where tables hold few zeros a list saves little: it takes more memory, and its passes look up each
entry's messages one by one where those over whole tables go along them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayesdiag.engine.dense_passes import whole_row
from bayesdiag.engine.dense_plan import Plan, Scopes, places_of, plan_of
from bayesdiag.engine.dense_tables import fill_tables
from bayesdiag.engine.layout import Bools, Floats, Ints
from bayesdiag.engine.program import BYTES_PER_CELL, STEPS_PER_SECOND, Limits, Outline, any_of
from bayesdiag.engine.quads import WIDTH
from bayesdiag.engine.tree import Tree, junction_tree

STEPS_PER_PRODUCT = 0.08
"""Such steps that a product or sum in a table takes at most; 0.3 to 2.5 ns measured, making included."""
ENTRIES_PER_RUN = 2.0
"""Entries of a program whose passes take as long as the start of one run: 12 ns against 5 to 6.5 measured."""
ENTRIES_PER_QUAD = 0.2
"""The same for four numbers of a run: 0.9 ns measured."""


_NOT_COUNTED = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class WholeTables:
    """Tables of all clusters for rows of one pattern of findings.

    Attributes:
        plan: Where everything stands.
        values: The tables.
        low: A bound of each cluster's products of factors that are above 0, shape (K,).
        high: An upper bound, shape (K,).
        n_zeros: How many numbers of the tables are 0.
        first_state: Where each part's states start, shape (n + 1,).
        part_slots: The slots of a row that each part state stands for, shape (P, 2), or `NO_SLOT`.
        single_slots: The same for states that are the only possible ones.
        log_constant: Logarithm of what multiplies every row.
        cells: States of all clusters together.
    """

    plan: Plan
    values: Floats
    low: Floats
    high: Floats
    n_zeros: int
    first_state: Ints
    part_slots: Ints
    single_slots: Ints
    log_constant: float
    cells: float

    def run(self, row: Floats) -> tuple[Floats, Floats] | None:
        """Return a row's beliefs, shape (1, S), and log-evidence, shape (1,); None where some may be lost.

        Args:
            row: Likelihoods, shape (1, S); its zeros must include those the tables were made for.
        """
        return self._run(row, _NOT_COUNTED)

    def first_run(self, row: Floats) -> tuple[tuple[Floats, Floats] | None, bool]:
        """Return what `run` does, and whether a program of the row's pattern would take longer than that."""
        is_counted = self.n_zeros > 0 and self.n_entries <= self.cells
        n_possible = np.zeros(1 if is_counted else 0, dtype=np.int64)
        found = self._run(row, n_possible)
        return found, found is not None and self.n_entries <= (n_possible[0] if is_counted else self.cells)

    @property
    def n_bytes(self) -> int:
        """Memory the tables and what goes with them hold."""
        held = (*self.plan, self.values, self.low, self.high, self.first_state, self.part_slots)
        return sum(array.nbytes for array in held) + self.single_slots.nbytes

    @cached_property
    def n_entries(self) -> float:
        """How many entries of a program take as long as the passes."""
        columns = np.diff(self.plan.first_source) + 2
        runs = (np.diff(self.plan.first_far) // columns) * (np.diff(self.plan.first_near) // columns)
        return float(runs @ (ENTRIES_PER_RUN + ENTRIES_PER_QUAD * self.plan.length / WIDTH))

    def _run(self, row: Floats, n_possible: Ints) -> tuple[Floats, Floats] | None:
        beliefs, log_evidence = np.zeros(row.shape), np.empty(1)
        is_doubtful = whole_row(
            *self.plan, self.values, self.low, self.high, self.first_state, self.part_slots,
            self.single_slots, self.log_constant, row, beliefs, log_evidence, n_possible,
        )  # fmt: skip
        return None if is_doubtful else (beliefs, log_evidence)


def whole_tables(outline: Outline, asked: Bools, limits: Limits) -> WholeTables | None:
    """Return the tables for rows of one pattern; None where they would cost more than they may.

    Args:
        outline: Parts, factors and the order of elimination; something is possible.
        asked: Which slots rows may hold a likelihood for, or want a belief of, shape (S,).
        limits: What they may cost.
    """
    graph, active = outline.graph, outline.active
    wanted: Bools = np.asarray(np.append(asked, np.False_)[graph.slots].any(axis=1))
    ported = any_of(wanted, graph.first_state)[active.parts]
    tree = junction_tree(
        outline.order, outline.members, outline.log_sizes, active.first_scope, active.scopes, ported
    )
    cells = _cells(tree, np.diff(active.first_state))
    if _steps(tree, cells) > limits.max_seconds * STEPS_PER_SECOND:
        return None
    scopes = Scopes(
        active.first_state, active.states, active.first_scope, active.scopes, active.strides, active.offsets
    )
    n_far, n_near = places_of(tree, scopes)
    if BYTES_PER_CELL * (n_far + n_near) > limits.max_bytes:
        return None
    plan = plan_of(tree, scopes, int(n_far), int(n_near))
    n_numbers = plan.first_value[-1] + 2 * plan.first_sent[-1]
    if BYTES_PER_CELL * n_numbers + sum(array.nbytes for array in plan) > limits.max_bytes:
        return None
    n_clusters = len(tree.parent)
    values, low, high = np.empty(plan.first_value[-1]), np.empty(n_clusters), np.empty(n_clusters)
    n_zeros = fill_tables(tree, scopes, plan, graph.tables, values, low, high)
    first = np.repeat(graph.first_state[active.parts], np.diff(active.first_state))
    with np.errstate(divide="ignore"):
        log_constant = float(np.log(graph.tables[active.scalars]).sum())
    return WholeTables(
        plan, values, low, high, n_zeros, active.first_state, graph.slots[first + active.states],
        graph.slots[active.singles], log_constant, float(cells.sum()),
    )  # fmt: skip


def _cells(tree: Tree, sizes: Ints) -> Floats:
    """Return how many combinations of states each cluster has, shape (K,)."""
    sums = np.append(0.0, np.cumsum(np.log(sizes)[tree.parts]))
    return np.asarray(np.exp(sums[tree.first_part[1:]] - sums[tree.first_part[:-1]]))


def _steps(tree: Tree, cells: Floats) -> float:
    """Return how long making the tables and the passes take, in steps."""
    # Factors are multiplied once; what enters from below, or as a likelihood, is multiplied twice and
    # added up on the way back; so is the message, but for the other way round.
    times = np.diff(tree.first_factor) + 2 * np.diff(tree.first_child) + 2 * np.diff(tree.first_own) + 3
    return STEPS_PER_PRODUCT * float(cells @ times)
