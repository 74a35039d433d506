"""Which cells of a family its numbers fill, form by form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from bayesdiag.engine.layout import Floats, Ints, Layout
from bayesdiag.engine.tables import Contribution, DenseFamily, Family, LinkFamily
from bayesdiag.model import FirstActive, NoisyMax, StateMap, Table, Variable
from bayesdiag.model.numbers import Number

Group = tuple[Ints, Ints, Floats]
"""Cells, the number that fills each, and what it puts there."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Numbers that fill different cells.

    Attributes:
        cells: The cells.
        numbers: The number, or the rest, that fills each.
        amounts: What it puts there when nothing is shifted.
    """

    cells: Ints
    numbers: Ints
    amounts: Floats


def arrays_of(family: Family) -> tuple[Floats, ...]:
    """Return what a family consists of: its table; or a contribution each, then the leak."""
    if isinstance(family, DenseFamily):
        return (family.p,)
    return (*(contribution.p for contribution in family.contributions), family.leak)


def layers_of(groups: Sequence[Group]) -> tuple[Terms, ...]:
    """Return groups put together, as few as leave each cell at most once in each."""
    layers: list[list[Group]] = []
    filled: list[set[int]] = []
    for cells, numbers, amounts in groups:
        kept = amounts > 0
        taken = set(cells[kept].tolist())
        at = next((i for i, held in enumerate(filled) if not held & taken), len(filled))
        if at == len(filled):
            layers.append([])
            filled.append(set())
        filled[at] |= taken
        layers[at].append((cells[kept], numbers[kept], amounts[kept]))
    return tuple(Terms(*map(np.concatenate, zip(*layer, strict=True))) for layer in layers)


@dataclass(frozen=True)
class Filler:
    """Says which cells the numbers of one variable after another fill.

    Attributes:
        layout: Where names stand.
        n_numbers: Numbers of the model; rests are numbered behind them.
        rests: The `within` of each rest so far.
        groups: What fills which cells so far.
    """

    layout: Layout
    n_numbers: int
    rests: list[float] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)

    def fill(
        self, variable: Variable, family: Family, own: Sequence[Number], first: int, starts: Sequence[int]
    ) -> None:
        """Add what fills the cells of a variable.

        Args:
            variable: The variable.
            family: Its arrays.
            own: Its numbers.
            first: The first of them.
            starts: First cell of each array.
        """
        if isinstance(family, DenseFamily):
            place = self._place_at(variable, family, own).ravel()
            known = place >= 0
            cells = starts[0] + np.arange(family.p.size)
            self.groups.append((cells[known], first + place[known], family.p.ravel()[known]))
            return
        for contribution, start in zip(family.contributions, starts, strict=False):
            self._fill_links(variable, family, contribution, first, start)
            self._fill_rests(contribution, own, start)
        states = self.layout.states[family.child]
        for at, number in enumerate(own):
            if number.role == "leak" and number.state != states[0]:
                cell = starts[-1] + states.index(number.state)
                self.groups.append((np.array([cell]), np.array([first + at]), np.array([number.p])))
        rest = np.array([self._rest(variable.weight.within)])
        self.groups.append((np.array(starts[-1:]), rest, family.leak[:1]))

    def _place_at(self, variable: Variable, family: DenseFamily, own: Sequence[Number]) -> Ints:
        """Return which of the variable's numbers fills each cell of its table, -1 where none does."""
        cpt = variable.cpt
        if not isinstance(cpt, Table | StateMap):
            return np.arange(family.p.size).reshape(family.p.shape)
        found = np.full(family.p.shape, -1, dtype=np.int64)
        n_states = family.p.shape[-1]
        if isinstance(cpt, Table):  # the first row that holds wins
            for place in reversed(range(len(cpt.rows))):
                chosen = [self._positions(name, cpt.rows[place].when) for name in cpt.parents]
                found[np.ix_(*chosen)] = place * n_states + np.arange(n_states)
            return found
        for place, number in enumerate(own):
            [line] = self._positions(cpt.parent, number.when)
            found[line, variable.state_ids.index(number.state)] = place
        return found

    def _fill_links(
        self, variable: Variable, family: LinkFamily, contribution: Contribution, first: int, start: int
    ) -> None:
        states, cpt = self.layout.states[family.child], variable.cpt
        assert isinstance(cpt, NoisyMax | FirstActive)
        parent = self.layout.names[contribution.parent]
        gates = [self.layout.names[gate] for gate in contribution.gates]
        for place, link in enumerate(cpt.links):
            to = states.index(link.to)
            if link.parent != parent or to == 0:  # what goes to the first state is the rest's
                continue
            chosen = [self._positions(gate, link.when) for gate in gates]
            lines = product(*chosen, self._positions(parent, {parent: (link.state,)}))
            cells = [int(np.ravel_multi_index((*line, to), contribution.p.shape)) for line in lines]
            n = len(cells)
            self.groups.append((start + np.array(cells), np.full(n, first + place), np.full(n, link.p)))

    def _fill_rests(self, contribution: Contribution, own: Sequence[Number], start: int) -> None:
        """Add what the links of each parent state leave over: one rest, whatever the gates."""
        parent, p = self.layout.names[contribution.parent], contribution.p
        for state, name in enumerate(self.layout.states[contribution.parent]):
            ranges = [number.weight.within for number in own if number.when.get(parent) == (name,)]
            cells = np.arange(p.size).reshape(p.shape)[..., state, 0].ravel()
            rest = np.full(len(cells), self._rest(max(ranges, default=1.0)))
            self.groups.append((start + cells, rest, p.ravel()[cells]))

    def _positions(self, name: str, when: Mapping[str, tuple[str, ...]]) -> list[int]:
        states = self.layout.states[self.layout.index_of[name]]
        return [states.index(state) for state in when.get(name, states)]

    def _rest(self, within: float) -> int:
        self.rests.append(within)
        return self.n_numbers + len(self.rests) - 1
