"""One row made ready for many sets of numbers: its program, and how numbers become its tables."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from bayesdiag.engine import kernel_jit
from bayesdiag.engine.absorb import absorbed, scaled
from bayesdiag.engine.chains import Tries, better_orders
from bayesdiag.engine.layout import Bools, Floats, Layout
from bayesdiag.engine.program import Outline, Program, make_program, outline_of
from bayesdiag.engine.programs import CELLS_PER_MORE, CELLS_PER_TRY, FIRST_TRIES, MAX_TRIES, Programs
from bayesdiag.engine.sets.leaves import Fold, Leaves, fold_in, folds_of
from bayesdiag.engine.sets.lines import Lines, lines_of
from bayesdiag.engine.sets.numbering import Numbering, Sets
from bayesdiag.engine.sets.probes import Made
from bayesdiag.engine.tables import FactorGraph, Orders
from bayesdiag.engine.ways import Ways
from bayesdiag.errors import TooLarge

COSTLY = 1_000_000
"""Entries times sets from which several cores are worth starting: some milliseconds."""


@dataclass(frozen=True)
class Recipe:
    """One row, its program with only the cells it uses, and what fills them.

    Attributes:
        layout: Where the slots are.
        numbering: Every number, and which cells of the families it fills.
        row: Likelihoods, shape (S,), seen leaves absorbed.
        log_scale: What absorbing took out of the row, as a natural logarithm.
        leaves: What was absorbed, and how it depends on the numbers.
        folds: Parent of such a leaf → where what the leaf says enters the program's cells.
        lines: How the program's cells depend on those of the families.
        program: The program; its tables are the cells it uses, shape (T,).
    """

    layout: Layout
    numbering: Numbering
    row: Floats
    log_scale: float
    leaves: Leaves
    folds: Mapping[int, Sequence[Fold]]
    lines: Lines
    program: Program

    def run(self, sets: Sets) -> tuple[Floats, Floats]:
        """Return the row's beliefs, shape (K, S), and log-evidence, shape (K,), under sets of numbers.

        Where a person would wait, every core at hand takes its part; the numbers are the same.
        """
        tables = self.lines.filled(sets.cells, len(self.program.tables))
        ratios, log_whole = self.leaves.ratios(self.numbering, sets.cells)
        for variable, ratio in ratios.items():
            log_whole += fold_in(self.folds[variable], ratio, tables)
        cores = _cores() if self.program.n_entries * sets.cells.shape[1] > COSTLY else 1
        told = np.ascontiguousarray(tables.T)
        beliefs, log_evidence = kernel_jit.run_tables(self.program, told, self.row, cores=cores)
        return beliefs, log_evidence + self.log_scale + log_whole

    def log_evidence(self, rows: Floats) -> Floats:
        """Return how probable variations of `row`, shape (B, S), are as the model stands, shape (B,)."""
        return kernel_jit.log_evidence_of(self.program, rows) + self.log_scale

    def count(self, cells: Floats, rows: Floats, weights: Floats, *, cores: int = 1) -> tuple[Floats, Floats]:
        """Return how often the families' cells are expected to have been used under other numbers.

        P(row) is a polynomial in the cells without negative coefficients; a cell's count is
        cell · d log P / d cell, whatever the program made of the cells.

        Args:
            cells: The families' cells and the 1 behind them, shape (cells + 1,).
            rows: Variations of `row`, shape (B, S).
            weights: How much each counts, shape (B,).
            cores: Threads to use.

        Returns:
            Σ weight · count, shape (cells,), and the log-evidence of each row, shape (B,).

        References:
            Baum and Eagon (1967), An inequality with applications to statistical estimation for
            probabilistic functions of Markov processes, Bulletin of the AMS 73, 360-363.
        """
        program = self.program
        lines = self.lines.filled(cells[:, None], len(program.tables))[:, 0]
        tables = lines.copy()
        ratios, log_whole = self.leaves.ratios(self.numbering, cells[:, None])
        for variable, ratio in ratios.items():
            log_whole += fold_in(self.folds[variable], ratio, tables[:, None])
        counts, log_p = kernel_jit.count(program, tables, rows, weights, cores=cores)
        rise = np.divide(counts, lines, out=np.zeros_like(counts), where=lines > 0)
        found = self.lines.rises(rise, cells)[:-1] * cells[:-1]
        if self.leaves.families:
            beliefs, _ = kernel_jit.run(program, tables, rows)
            total = float(weights[np.isfinite(log_p)].sum())
            self.leaves.add_counts(found, self.numbering, weights @ beliefs, total, cells)
        return found, log_p + self.log_scale + log_whole[0]

    def slopes(self, rows: Floats, weights: Floats) -> Floats:
        """Return Σ weight · d log P(row) / d log-odds of a number, for every number, shape (N,).

        The other states of a row of a table give way in proportion. A number that nothing depends
        on has 0, and so has one that says never or always.

        Args:
            rows: Variations of `row`, shape (B, S).
            weights: How much each counts, of either sign, shape (B,).

        References:
            Darwiche (2003), A differential approach to inference in Bayesian networks, Journal of
            the ACM 50, 280-305.
        """
        found, _ = self.count(np.append(self.numbering.own, 1.0), rows, weights)
        return self.numbering.slopes(found)


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
    gone = [index for index in hidden if _is_absorbed(layout, row, inner[0], index)]
    leaves = Leaves(tuple(ways.families[index] for index in gone), scaled(row[None, :], layout)[0][0], layout)
    seen = np.flatnonzero(observed).tolist()
    # A leaf that says the same of all its parent's states marks no row, but may under other numbers.
    wanted = frozenset(targets).union(parent for leaf in leaves.families for parent in leaf.parents)
    outlined = _outlined(ways, support, programs.relevant(seen, wanted))
    program = make_program(outlined.outline, _told(programs, wanted.union(seen)), programs.limits)
    return _recipe(ways, numbering, outlined, program, (inner[0], float(log_scale[0]), leaves))


def recipe_of_any(ways: Ways, numbering: Numbering, max_cells: float) -> Recipe | None:
    """Return the whole network made ready for any rows; None where its clusters have more cells.

    Args:
        ways: The network.
        numbering: Its numbers.
        max_cells: How many cells its clusters may have.
    """
    programs, layout = ways.programs, ways.layout
    everything = frozenset(range(len(layout.names)))
    support: Bools = np.ones(layout.n_states, dtype=np.bool_)
    outlined = _outlined(ways, support, tuple(sorted(everything)))
    if outlined.outline.cells > max_cells:
        return None
    try:
        program = make_program(outlined.outline, _told(programs, everything), programs.limits)
    except TooLarge:
        return None
    row = np.ones(layout.n_slots)
    return _recipe(ways, numbering, outlined, program, (row, 0.0, Leaves((), row, layout)))


class _Outlined(NamedTuple):
    """A row's part of the network, taken apart and ordered.

    Attributes:
        support: Which state slots are possible.
        keep: The variables kept.
        orders: In which order the links of some families stand.
        graph: The factors.
        outline: The order in which they are put together.
    """

    support: Bools
    keep: tuple[int, ...]
    orders: Orders
    graph: FactorGraph
    outline: Outline


def _outlined(ways: Ways, support: Bools, keep: tuple[int, ...]) -> _Outlined:
    """Return the factors, and the orders of links that keep them small.

    The way of `Programs.for_row`, gone again since that one does not say what fills its cells.
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
    return _Outlined(support, keep, orders, graph, outline_of(graph, slots))


def _cores() -> int:
    """Return how many cores this process may use."""
    # Not every system tells which ones.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _told(programs: Programs, variables: frozenset[int]) -> Bools:
    """Return the slots that rows may fill or want."""
    return programs.slots_of(variables.union(programs.blamed(variables)))


def _recipe(
    ways: Ways, numbering: Numbering, outlined: _Outlined, program: Program, row: tuple[Floats, float, Leaves]
) -> Recipe:
    """Return a program with only the cells it uses, and what fills them; `row` is as `Recipe` has it."""
    programs, layout, graph = ways.programs, ways.layout, outlined.graph
    inner, log_scale, leaves = row
    used, at = np.unique(np.concatenate([program.cells, program.scalars]), return_inverse=True)
    n_cells = len(program.cells)
    compact = replace(
        program,
        cells=at[:n_cells].astype(program.cells.dtype),
        scalars=at[n_cells:].astype(program.scalars.dtype),
        tables=graph.tables[used],
        made={},
    )
    parents = {parent for leaf in leaves.families for parent in leaf.parents}
    made = Made(layout, outlined.support, outlined.keep, outlined.orders, programs.decomposition.first_cell)
    return Recipe(
        layout,
        numbering,
        inner,
        log_scale,
        leaves,
        {parent: folds_of(graph, used, layout, parent) for parent in parents},
        lines_of(ways.families, numbering, made, graph, used),
        compact,
    )


def _is_absorbed(layout: Layout, row: Floats, inner: Floats, index: int) -> bool:
    span = layout.span(index)
    return bool((row[span] != 1).any() and (inner[span] == 1).all())
