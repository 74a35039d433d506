"""Which cells each number of the model fills, and what the cells come to when numbers move.

The *cells* are those of every family, end to end: of each variable its table, or a contribution for
each parent, then the leak. Every row of them is p_i ∝ a_i · exp(z_i), a_i being the model's own
number and z_i its *shift* in log-odds. All shifts 0 give the model. A single one gives
logit(p_i) + z_i and scales the others of the row in proportion: the usual co-variation. A zero
stays zero, and a one stays one. What links leave over has a shift of its own: it is the *rest* of
the links of one parent state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from bayesdiag.engine.layout import Floats, Ints, Layout
from bayesdiag.engine.sets.filling import Filler, Terms, arrays_of, layers_of
from bayesdiag.engine.tables import Family
from bayesdiag.model import Model
from bayesdiag.model.numbers import Number, numbers_of

SIGMAS = 1.6448536269514722
"""A normal number lies within so many standard deviations of its mean with probability 0.9."""


@dataclass(frozen=True, slots=True)
class Sets:
    """Sets of numbers.

    Attributes:
        shifts: What is added to the log-odds of every number and rest, shape (K, N + R).
        cells: What that makes of the cells, and behind them a 1, shape (cells + 1, K).
    """

    shifts: Floats
    cells: Floats


@dataclass(frozen=True)
class Numbering:
    """Every number of a model, and where it goes.

    Attributes:
        numbers: What somebody stated, in the model's order.
        p: Those probabilities, shape (N,).
        spread: Standard deviation of each shift by the number's own `within`, rests behind the
            numbers, shape (N + R,). Two states of a row against each other then have odds within
            the stated factor with probability 0.9.
        first_cell: For each variable the first cell of each of its arrays.
        first_in_row: The first cell of each row.
        own: The model's own cells, shape (cells,).
        terms: What fills them; nearly always a single group, since a cell has one number.
        made: What was derived from the numbering once and is kept with it.
    """

    numbers: tuple[Number, ...]
    p: Floats
    spread: Floats
    first_cell: tuple[tuple[int, ...], ...]
    first_in_row: Ints
    own: Floats
    terms: tuple[Terms, ...]
    made: dict[str, object] = field(default_factory=dict, repr=False, compare=False)

    def under(self, shifts: Floats) -> Sets:
        """Return what the cells come to under sets of shifts, shape (K, N + R)."""
        factors = np.exp(shifts).T
        cells = np.zeros((len(self.own) + 1, len(shifts)))
        for term in self.terms:
            cells[term.cells] += term.amounts[:, None] * factors[term.numbers]
        cells[-1] = 1.0
        cells[:-1] /= np.repeat(np.add.reduceat(cells[:-1], self.first_in_row, axis=0), self._sizes, axis=0)
        return Sets(shifts, cells)

    def slopes(self, counts: Floats) -> Floats:
        """Return how fast a log-probability rises with each number's shift, shape (N,).

        d log P / dz_n = Σ over its cells of (count · its share of the cell − its amount · count of
        the row): the others of the row give way in proportion.

        Args:
            counts: How often each cell is expected to have been used, shape (cells,).
        """
        in_row = np.repeat(np.add.reduceat(counts, self.first_in_row), self._sizes)
        found = np.zeros(len(self.spread))
        for term in self.terms:
            share = term.amounts / self.own[term.cells]
            rise = share * counts[term.cells] - term.amounts * in_row[term.cells]
            found += np.bincount(term.numbers, rise, minlength=len(self.spread))
        return found[: len(self.numbers)]

    @property
    def _sizes(self) -> Ints:
        """Cells of each row."""
        return np.diff(self.first_in_row, append=len(self.own))


def numbering_of(model: Model, layout: Layout, families: Sequence[Family]) -> Numbering:
    """Return every number of a model, and which cells it fills."""
    states_of = {variable.id: variable.state_ids for variable in model.variables}
    numbers = [tuple(numbers_of(variable, states_of)) for variable in model.variables]
    filler = Filler(layout, sum(map(len, numbers)))
    first_cells: list[tuple[int, ...]] = []
    first_rows = [np.zeros(0, dtype=np.int64)]
    n_cells, before = 0, 0
    for variable, family, own in zip(model.variables, families, numbers, strict=True):
        starts = []
        for array in arrays_of(family):
            starts.append(n_cells)
            first_rows.append(n_cells + np.arange(0, array.size, array.shape[-1]))
            n_cells += array.size
        first_cells.append(tuple(starts))
        filler.fill(variable, family, own, before, starts)
        before += len(own)
    flat = tuple(number for own in numbers for number in own)
    within = np.array([*(number.weight.within for number in flat), *filler.rests], dtype=np.float64)
    return Numbering(
        flat,
        np.array([number.p for number in flat], dtype=np.float64),
        # Two states of a row differ by √2 times what each of them moves.
        np.log(within) / SIGMAS / np.sqrt(2),
        tuple(first_cells),
        np.concatenate(first_rows),
        np.concatenate([np.zeros(0), *(array.ravel() for family in families for array in arrays_of(family))]),
        layers_of(filler.groups),
    )
