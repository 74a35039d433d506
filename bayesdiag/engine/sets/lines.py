"""How each table cell of a program depends on the cells of the families: straight lines and their products.

Every factor is a straight line in the numbers of one array, but for a chain's first link, into which
its start is folded: that one is a sum of products of two. The lines are not written down a second
time. The network is taken apart with one more gate, "which probe", whose probes are unit numbers;
what a form of table means is thus read off from the only place where it is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from bayesdiag.engine.layout import Floats, Ints
from bayesdiag.engine.sets.numbering import Numbering
from bayesdiag.engine.sets.probes import Made, Probing, factors_of, probed_tables, probing_of
from bayesdiag.engine.tables import FactorGraph, Family

MOST_PROBED = 20_000_000
"""Cells times probes up to which a network made ready for probing is kept: about 160 MB."""


@dataclass(frozen=True)
class Lines:
    """Sums of weighted cells, and which of them, or of their products, make up each cell of a program.

    Attributes:
        first: Where the terms of each sum start, shape (sums,).
        cells: Cells of the families, or the one behind them.
        weights: What each is multiplied by.
        plain: (cell of the program, sum) of those that are one sum, shape (any, 2).
        products: (cell of the program, sum, sum) of the rest, in the order of the cells, shape (any, 3).
    """

    first: Ints
    cells: Ints
    weights: Floats
    plain: Ints
    products: Ints

    def filled(self, cells: Floats, n_used: int) -> Floats:
        """Return the cells of the program, shape (T, K), from those of the families, shape (cells + 1, K)."""
        if not len(self.first):  # nothing is said of anything: the program is empty
            return np.empty((n_used, cells.shape[1]))
        sums = np.add.reduceat(cells[self.cells] * self.weights[:, None], self.first, axis=0)
        found = np.empty((n_used, cells.shape[1]))
        found[self.plain[:, 0]] = sums[self.plain[:, 1]]
        if len(self.products):
            starts = np.flatnonzero(np.diff(self.products[:, 0], prepend=-1))
            both = sums[self.products[:, 1]] * sums[self.products[:, 2]]
            found[self.products[starts, 0]] = np.add.reduceat(both, starts, axis=0)
        return found

    def rises(self, rise: Floats, cells: Floats) -> Floats:
        """Return d/d cells of the families, shape (cells + 1,), from d/d cells of the program, shape (T,).

        Args:
            rise: By how much something rises with each cell of the program.
            cells: The cells of the families, shape (cells + 1,).
        """
        if not len(self.first):
            return np.zeros(len(cells))
        sums = np.add.reduceat(cells[self.cells] * self.weights, self.first)
        of_sum = np.zeros(len(sums))
        of_sum[self.plain[:, 1]] = rise[self.plain[:, 0]]
        place, one, other = self.products.T
        of_sum += np.bincount(one, rise[place] * sums[other], minlength=len(sums))
        of_sum += np.bincount(other, rise[place] * sums[one], minlength=len(sums))
        sizes = np.diff(self.first, append=len(self.cells))
        return np.asarray(
            np.bincount(self.cells, np.repeat(of_sum, sizes) * self.weights, minlength=len(cells)),
            dtype=np.float64,
        )


def lines_of(
    families: Sequence[Family],
    numbering: Numbering,
    made: Made,
    graph: FactorGraph,
    used: Ints,
) -> Lines:
    """Return what makes up the cells in use of a graph.

    Args:
        families: The model's own numbers.
        numbering: Where the cells of the families are.
        made: What the graph was made of.
        graph: The factors.
        used: Cells of the graph in use, ascending.
    """
    drawing = _Drawing(len(numbering.own))
    probes = probed_tables(families, made, _probing(families, numbering, made))
    sizes = np.diff(graph.first_state)
    for factor, (place, probe) in enumerate(zip(factors_of(families, made), probes, strict=True)):
        scope = graph.scopes[graph.first_scope[factor] : graph.first_scope[factor + 1]]
        first = int(graph.first_cell[factor])
        low, high = np.searchsorted(used, [first, first + int(np.prod(sizes[scope]))])
        spots, cells = np.arange(low, high), used[low:high] - first
        starts = numbering.first_cell[place.family]
        n_states = made.layout.sizes[place.family]
        if place.family in made.plain:
            drawing.add_cells(spots, starts[0] + cells)
        elif probe.start is None:
            drawing.add_sums(spots, _read(probe.cells[:, cells], starts[place.array], n_states, drawing.one))
        else:
            begin = _read(probe.start, starts[-1], n_states, drawing.one)
            n_before, n_after = probe.start.shape[1], int(sizes[scope[-1]])
            rest, after = np.divmod(cells, n_after)
            wanted = ((rest * n_before)[:, None] + np.arange(n_before)) * n_after + after[:, None]
            link = _read(probe.cells[:, wanted.ravel()], starts[place.array], n_states, drawing.one)
            drawing.add_products(spots, begin, link)
    return drawing.lines()


def _probing(families: Sequence[Family], numbering: Numbering, made: Made) -> Probing:
    """Return the network made ready for probing: once for all findings where that is small enough to keep."""
    kept = numbering.made.get("probing")
    if isinstance(kept, Probing):
        return kept
    if len(numbering.own) * max(made.layout.sizes, default=0) > MOST_PROBED:
        return probing_of(families, made.layout, made.plain, made.keep)
    found = probing_of(families, made.layout, made.plain, range(len(families)))
    numbering.made["probing"] = found
    return found


Terms = tuple[Ints, Ints, Floats]
"""How many terms each of some sums has, and of all of them the cell of the families and its weight."""


def _read(table: Floats, start: int, n_states: int, one: int) -> Terms:
    """Return what a factor's cells are made of, each at least of nothing, from its probes."""
    constant, units = table[-1], np.zeros((table.shape[1], 0))
    row = np.zeros(0)
    if len(table) > 1:  # otherwise it holds whatever the numbers
        units = (table[:-2] - constant).T
        total = units.sum(axis=1)
        row = np.rint(np.divide(table[-2] - constant, total, out=np.ones_like(total), where=total > 0)) - 1
    cells, states = np.nonzero(units)
    flat = start + row[cells].astype(np.int64) * n_states + states
    alone = np.flatnonzero((constant > 0) | ~units.any(axis=1))
    cell = np.concatenate([cells, alone])
    order = np.argsort(cell, kind="stable")
    known = np.concatenate([flat, np.full(len(alone), one)])
    weights = np.concatenate([units[cells, states], constant[alone]])
    return np.bincount(cell, minlength=table.shape[1]), known[order], weights[order]


@dataclass
class _Drawing:
    """Lines while they are drawn.

    Attributes:
        one: The cell behind those of the families, which is 1.
    """

    one: int
    _n_sums: int = 0
    _first: list[Ints] = field(default_factory=list)
    _terms: list[tuple[Ints, Floats]] = field(default_factory=list)
    _n_terms: int = 0
    _plain: list[Ints] = field(default_factory=list)
    _products: list[Ints] = field(default_factory=list)

    def add_cells(self, spots: Ints, cells: Ints) -> None:
        """Add cells of the program that are cells of the families as they stand."""
        self.add_sums(spots, (np.ones(len(cells), dtype=np.int64), cells, np.ones(len(cells))))

    def add_sums(self, spots: Ints, terms: Terms) -> None:
        """Add cells of the program that are a sum each."""
        self._plain.append(np.stack([spots, self._summed(terms)], axis=1))

    def add_products(self, spots: Ints, begin: Terms, link: Terms) -> None:
        """Add cells of a chain's first link: sums over its start of what is before times what follows."""
        before, follows = self._summed(begin), self._summed(link)
        both = [np.repeat(spots, len(before)), np.tile(before, len(spots)), follows]
        self._products.append(np.stack(both, axis=1))

    def lines(self) -> Lines:
        """Return what was drawn."""
        none = np.zeros(0, dtype=np.int64)
        products = np.concatenate([np.zeros((0, 3), dtype=np.int64), *self._products])
        return Lines(
            np.concatenate([none, *self._first]),
            np.concatenate([none, *(cells for cells, _ in self._terms)]),
            np.concatenate([np.zeros(0), *(weights for _, weights in self._terms)]),
            np.concatenate([np.zeros((0, 2), dtype=np.int64), *self._plain]),
            products[np.argsort(products[:, 0], kind="stable")],
        )

    def _summed(self, terms: Terms) -> Ints:
        """Add sums and return their numbers."""
        sizes, cells, weights = terms
        self._first.append(self._n_terms + np.cumsum(sizes) - sizes)
        self._terms.append((cells, weights))
        self._n_terms += len(cells)
        self._n_sums += len(sizes)
        return np.arange(self._n_sums - len(sizes), self._n_sums)
