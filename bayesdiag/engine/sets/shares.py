"""Which cells of a family each number of the model fills, and what they come to when numbers move.

Every row of a table is p_i ∝ a_i · exp(z_i), a_i being the model's own number and z_i its *shift* in
log-odds. All shifts 0 give the model. A single one gives logit(p_i) + z_i and scales the others of
the row in proportion: the usual co-variation. A zero stays zero, and a one stays one. What links
leave over has a shift of its own: it is the *rest* of the links of one parent state.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from bayesdiag.engine.layout import Floats, Ints, Layout
from bayesdiag.engine.tables import DenseFamily, Family, LinkFamily
from bayesdiag.model import Model, NoisyMax, Table, Variable
from bayesdiag.model.cpt import FirstActive, LinkForm, StateMap
from bayesdiag.model.numbers import Number, numbers_of


Arrays = tuple[Floats, ...]
"""What a family consists of under K sets of numbers: its table; or a contribution each, then the leak."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Numbers that fill different cells of one array.

    Attributes:
        cells: Cells of the array, raveled.
        numbers: The number that fills each.
        amounts: What it puts there when nothing is shifted.
    """

    cells: Ints
    numbers: Ints
    amounts: Floats


@dataclass(frozen=True, slots=True)
class Shares:
    """How numbers make up one array whose last axis sums to one.

    Attributes:
        shape: Of the array.
        terms: What is added up; nearly always a single group, since a cell has one number.
    """

    shape: tuple[int, ...]
    terms: tuple[Terms, ...]

    def under(self, factors: Floats) -> Floats:
        """Return the array under sets of shifts, shape (K, *shape).

        Args:
            factors: exp(shift) of every number, shape (K, numbers and rests).
        """
        odds = np.zeros((len(factors), int(np.prod(self.shape))))
        for term in self.terms:
            odds[:, term.cells] += term.amounts * factors[:, term.numbers]
        odds = odds.reshape(len(factors), *self.shape)
        return np.asarray(odds / odds.sum(axis=-1, keepdims=True))

    def slopes(self, counts: Floats, n_numbers: int) -> Floats:
        """Return how fast a log-probability rises with each number's shift, shape (n_numbers,).

        d log P / dz_n = Σ over its cells of (count · share of the cell − amount · count of the row).

        Args:
            counts: How often each cell is expected to have been used, shape of the array.
            n_numbers: Numbers and rests together.
        """
        p = self.under(np.ones((1, n_numbers)))[0].ravel()
        flat = counts.ravel()
        in_row = np.repeat(counts.sum(axis=-1).ravel(), self.shape[-1])
        found = np.zeros(n_numbers)
        for term in self.terms:
            share = term.amounts / p[term.cells]
            rise = share * flat[term.cells] - term.amounts * in_row[term.cells]
            found += np.bincount(term.numbers, rise, minlength=n_numbers)
        return found


@dataclass(frozen=True)
class Numbering:
    """Every number of a model, and where it goes.

    Attributes:
        numbers: What somebody stated, in the model's order.
        p: Those probabilities, shape (N,).
        spread: Standard deviation of each shift by the number's own `within`, rests behind the
            numbers, shape (N + R,). Two states of a row against each other then have odds within
            the stated factor with probability 0.9.
        first_number: First number of each variable, shape (variables + 1,).
        shares: For each variable its arrays: the table; or a contribution each, then the leak.
    """

    numbers: tuple[Number, ...]
    p: Floats
    spread: Floats
    first_number: Ints
    shares: tuple[tuple[Shares, ...], ...]

    @property
    def n_shifts(self) -> int:
        """Numbers and rests together: the width of a set of shifts."""
        return len(self.spread)

    def own(self, index: int) -> range:
        """Return the numbers of a variable."""
        return range(int(self.first_number[index]), int(self.first_number[index + 1]))


SIGMAS = 1.6448536269514722
"""A normal number lies within so many standard deviations of its mean with probability 0.9."""


def numbering_of(model: Model, layout: Layout, families: Sequence[Family]) -> Numbering:
    """Return every number of a model, and which cells of the families it fills."""
    states_of = {variable.id: variable.state_ids for variable in model.variables}
    numbers: list[Number] = []
    first = [0]
    for variable in model.variables:
        numbers.extend(numbers_of(variable, states_of))
        first.append(len(numbers))
    within = [number.weight.within for number in numbers]
    shares = []
    for index, variable in enumerate(model.variables):
        own = numbers[first[index] : first[index + 1]]
        made = _Maker(layout, variable, families[index], first[index], own, within)
        shares.append(tuple(made.arrays()))
    # Two states of a row differ by √2 times what each of them moves.
    spread = np.log(np.array(within, dtype=np.float64)) / SIGMAS / np.sqrt(2)
    p = np.array([number.p for number in numbers], dtype=np.float64)
    return Numbering(tuple(numbers), p, spread, np.array(first, dtype=np.int64), tuple(shares))


@dataclass(frozen=True)
class _Maker:
    """Makes the shares of one variable; `within` grows by one for each rest.

    Attributes:
        layout: Where names stand.
        variable: The variable.
        family: Its arrays.
        first: Its first number.
        own: Its numbers.
        within: The range of every number and rest of the model so far.
    """

    layout: Layout
    variable: Variable
    family: Family
    first: int
    own: Sequence[Number]
    within: list[float]

    def arrays(self) -> Iterator[Shares]:
        """Yield the shares of each array of the family."""
        cpt = self.variable.cpt
        if isinstance(self.family, DenseFamily):
            cells = np.arange(self.family.p.size)
            number = self._number_at().ravel()
            kept = (number >= 0) & (self.family.p.ravel() > 0)
            yield _shares(self.family.p.shape, [(cells[kept], number[kept], self.family.p.ravel()[kept])])
        elif isinstance(cpt, NoisyMax | FirstActive):
            yield from self._links(self.family, cpt)

    def _number_at(self) -> Ints:
        """Return the number that fills each cell of a table, -1 where none does."""
        family, cpt = self.family, self.variable.cpt
        assert isinstance(family, DenseFamily)
        found = np.full(family.p.shape, -1, dtype=np.int64)
        if isinstance(cpt, Table):
            n = family.p.shape[-1]
            for place in reversed(range(len(cpt.rows))):
                chosen = [self._positions(name, cpt.rows[place].when) for name in cpt.parents]
                found[np.ix_(*chosen)] = self.first + place * n + np.arange(n)
        elif isinstance(cpt, StateMap):
            states = self.layout.states[family.child]
            for place, number in enumerate(self.own):
                line = self._positions(cpt.parent, number.when)[0]
                found[line, states.index(number.state)] = self.first + place
        else:
            found = self.first + np.arange(family.p.size).reshape(family.p.shape)
        return found

    def _positions(self, name: str, when: Mapping[str, tuple[str, ...]]) -> list[int]:
        states = self.layout.states[self.layout.index_of[name]]
        return [states.index(state) for state in when.get(name, states)]

    def _links(self, family: LinkFamily, cpt: LinkForm) -> Iterator[Shares]:
        states = self.layout.states[family.child]
        for contribution in family.contributions:
            parent = self.layout.names[contribution.parent]
            gates = [self.layout.names[gate] for gate in contribution.gates]
            p = contribution.p
            terms = []
            for place, link in enumerate(cpt.links):
                to = states.index(link.to)
                if link.parent == parent and to > 0:
                    chosen = [self._positions(gate, link.when) for gate in gates]
                    lines = product(*chosen, self._positions(parent, {parent: (link.state,)}))
                    cells = np.array([np.ravel_multi_index((*line, to), p.shape) for line in lines])
                    terms.append(
                        (cells, np.full(len(cells), self.first + place), np.full(len(cells), link.p))
                    )
            terms += self._rests(p, parent)
            yield _shares(p.shape, terms)
        leaked = [
            (np.array([states.index(number.state)]), np.array([self.first + place]), np.array([number.p]))
            for place, number in enumerate(self.own)
            if number.role == "leak" and states.index(number.state) > 0
        ]
        leaked.append((np.zeros(1, dtype=np.int64), self._rest(self.variable.weight.within), family.leak[:1]))
        yield _shares(family.leak.shape, leaked)

    def _rests(self, p: Floats, parent: str) -> Iterator[tuple[Ints, Ints, Floats]]:
        """Yield what the links of each parent state leave over: one rest, whatever the gates."""
        for state, name in enumerate(self.layout.states[self.layout.index_of[parent]]):
            ranges = [number.weight.within for number in self.own if number.when.get(parent) == (name,)]
            cells = np.arange(p.size).reshape(p.shape)[..., state, 0].ravel()
            yield cells, np.repeat(self._rest(max(ranges, default=1.0)), len(cells)), p.ravel()[cells]

    def _rest(self, within: float) -> Ints:
        self.within.append(within)
        return np.array([len(self.within) - 1])


def _shares(shape: tuple[int, ...], groups: Sequence[tuple[Ints, Ints, Floats]]) -> Shares:
    """Return groups of terms put together, as few as leave each cell at most once in a group."""
    layers: list[list[tuple[Ints, Ints, Floats]]] = []
    filled: list[set[int]] = []
    for cells, numbers, amounts in groups:
        kept = amounts > 0
        taken = set(cells[kept].tolist())
        layer = next((i for i, held in enumerate(filled) if not held & taken), len(filled))
        if layer == len(filled):
            layers.append([])
            filled.append(set())
        filled[layer] |= taken
        layers[layer].append((cells[kept], numbers[kept], amounts[kept]))
    joined = [[np.concatenate(part) for part in zip(*layer, strict=True)] for layer in layers]
    return Shares(shape, tuple(Terms(*parts) for parts in joined))
