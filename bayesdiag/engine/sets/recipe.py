"""One row made ready for many sets of numbers: its program, and how numbers become its tables."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bayesdiag.engine import kernel_jit
from bayesdiag.engine.absorb import absorbed, scaled
from bayesdiag.engine.chains import Tries, better_orders
from bayesdiag.engine.layout import Bools, Floats, Ints, Layout
from bayesdiag.engine.program import Program, make_program, outline_of
from bayesdiag.engine.programs import CELLS_PER_MORE, CELLS_PER_TRY, FIRST_TRIES, MAX_TRIES
from bayesdiag.engine.sets.copies import copied_tables
from bayesdiag.engine.sets.leaves import Fold, Leaves, folds_of
from bayesdiag.engine.sets.shares import Arrays, Numbering
from bayesdiag.engine.tables import FactorGraph, Family, Orders
from bayesdiag.engine.ways import Ways


@dataclass(frozen=True)
class Recipe:
    """One row, its program with only the cells it uses, and what fills them.

    Attributes:
        families: The model's own numbers.
        layout: Where the slots are.
        numbering: Every number, and which cells of the families it fills.
        row: Likelihoods, shape (S,), seen leaves absorbed.
        log_scale: What absorbing took out of the row, as a natural logarithm.
        leaves: What was absorbed, and how it depends on the numbers.
        graph: The factors.
        made: What the graph was made of: possible states, kept variables, orders of links.
        first_cell: Variable → first cell of its table, for tables that stand in the graph as they are.
        used: Cells of the graph that the program uses, ascending, shape (T,).
        program: The program; its tables are those cells.
    """

    families: tuple[Family, ...]
    layout: Layout
    numbering: Numbering
    row: Floats
    log_scale: float
    leaves: Leaves
    graph: FactorGraph
    made: tuple[Bools, tuple[int, ...], Orders]
    first_cell: Mapping[int, int]
    used: Ints
    program: Program

    @property
    def keep(self) -> tuple[int, ...]:
        """Variables that the program holds."""
        return self.made[1]

    def run(self, shifts: Floats) -> tuple[Floats, Floats]:
        """Return the row's beliefs, shape (K, S), and log-evidence, shape (K,), under sets of shifts.

        Args:
            shifts: What is added to the log-odds of every number and rest, shape (K, N + R).
        """
        factors, shares = np.exp(shifts), self.numbering.shares
        arrays = {
            index: tuple(one.under(factors) for one in shares[index])
            for index in (*self.keep, *self.leaves.indices)
        }
        tables = self.factors(arrays)
        log_whole = np.zeros(len(shifts))
        if self.leaves.families:
            ratios, log_whole = self.leaves.ratios(arrays)
            for variable, ratio in ratios.items():
                for fold in self._folds[variable]:
                    fold.onto(tables, ratio)
        beliefs, log_evidence = kernel_jit.run_tables(self.program, self._compact(tables), self.row)
        return beliefs, log_evidence + self.log_scale + log_whole

    def factors(self, arrays: Mapping[int, Arrays]) -> list[Floats]:
        """Return each factor's numbers under every set, shape (K, cells of the factor)."""
        keep = set(self.keep)
        kept = [arrays[index] if index in keep else None for index in range(len(self.families))]
        return copied_tables(self.families, kept, self.layout, self.graph, self.made)

    @cached_property
    def used_of(self) -> list[tuple[int, int, Ints]]:
        """For each factor, where its cells stand among those in use, and which of its cells they are."""
        sizes = np.diff(self.graph.first_state)[self.graph.scopes]
        n_cells = np.multiply.reduceat(sizes, self.graph.first_scope[:-1])
        found = []
        for first, size in zip(self.graph.first_cell.tolist(), n_cells.tolist(), strict=True):
            low, high = np.searchsorted(self.used, [first, first + size])
            found.append((int(low), int(high), self.used[low:high] - first))
        return found

    # ── inside ────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _folds(self) -> dict[int, Sequence[Fold]]:
        parents = {parent for family in self.leaves.families for parent in family.parents}
        return {parent: folds_of(self.graph, self.layout, parent) for parent in parents}

    def _compact(self, tables: Sequence[Floats]) -> Floats:
        """Return the cells in use of factors under many sets, shape (K, T)."""
        found = np.empty((len(tables[0]), len(self.used)))
        for table, (low, high, cells) in zip(tables, self.used_of, strict=True):
            found[:, low:high] = table[:, cells]
        return found


def recipe_of(ways: Ways, numbering: Numbering, row: Floats, targets: Collection[int]) -> Recipe:
    """Return a row made ready for many sets of numbers.

    Args:
        ways: The network.
        numbering: Its numbers.
        row: Likelihoods, shape (S,); possible under the model.
        targets: Variables whose beliefs are wanted, as numbers.

    Raises:
        TooLarge: Exact inference needs too much memory.
    """
    programs, layout = ways.programs, ways.layout
    hidden = ways.hidden(set(targets))
    inner, log_scale = absorbed(ways.families, layout, row[None, :], hidden)
    support, observed = programs.pattern(inner[0])
    seen = np.flatnonzero(observed).tolist()
    keep = programs.relevant(seen, frozenset(targets))
    graph, orders, program = _made(ways, support, keep, frozenset(targets).union(seen))
    used, at = np.unique(np.concatenate([program.cells, program.scalars]), return_inverse=True)
    n_cells = len(program.cells)
    compact = replace(
        program,
        cells=at[:n_cells].astype(program.cells.dtype),
        scalars=at[n_cells:].astype(program.scalars.dtype),
        tables=graph.tables[used],
        made={},
    )
    gone = [index for index in hidden if _is_absorbed(layout, row, inner[0], index)]
    leaves = Leaves(tuple(ways.families[index] for index in gone), scaled(row[None, :], layout)[0][0], layout)
    return Recipe(
        ways.families, layout, numbering, inner[0], float(log_scale[0]), leaves, graph,
        (support, keep, orders), programs.decomposition.first_cell, used, compact,
    )  # fmt: skip


def _made(
    ways: Ways, support: Bools, keep: tuple[int, ...], told: frozenset[int]
) -> tuple[FactorGraph, Orders, Program]:
    """Return the factors, the orders of links that keep them small, and the program for them.

    The program of `Programs.for_row`, made again since that one does not say what fills its cells.
    """
    programs, layout = ways.programs, ways.layout
    slots = np.append(support, np.ones(len(layout.events), dtype=np.bool_))
    graph = programs.decomposition.graph(support, keep)
    orders: Orders = {}
    outline = outline_of(graph, slots, restarts=0)
    first = int(min(outline.cells / CELLS_PER_TRY, FIRST_TRIES))
    if graph.chains and first:
        orders = better_orders(graph, outline.active, Tries(first, MAX_TRIES, CELLS_PER_MORE))
    graph = programs.decomposition.graph(support, keep, orders)
    wanted = programs.slots_of(told.union(programs.blamed(told)))
    return graph, orders, make_program(outline_of(graph, slots), wanted, programs.limits)


def _is_absorbed(layout: Layout, row: Floats, inner: Floats, index: int) -> bool:
    span = layout.span(index)
    return bool((row[span] != 1).any() and (inner[span] == 1).all())
