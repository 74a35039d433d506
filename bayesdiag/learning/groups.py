"""Which numbers of a model share one distribution, and how counts become numbers again.

A *group* is a distribution that is learned as one: the states of a prior, one row of a table
wherever it holds, or the links of one parent state with the *rest* that they leave over. Where
links of one parent state are gated differently, a context that opens more of them leaves less
over: such a group has several rests.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayesdiag.engine.layout import Bools, Floats, Ints
from bayesdiag.engine.sets import Numbering
from bayesdiag.learning.uneven import Uneven
from bayesdiag.model.numbers import Number

NOTHING = 1e-11
"""A share stated above this and learned below it is 0: it fell as far as it was let."""
LEAST = 1e-12
"""A number stated above this never falls below it while it is learned, so that every count can be taken."""


@dataclass(frozen=True)
class Groups:
    """Numbers by distribution. *Shares* are the numbers, and behind them the rests.

    Attributes:
        numbering: Every number, and which cells it fills.
        cells: Cells that a share fills, each once a share.
        shares: The share at each of them.
        of_share: The group of each share, -1 where it fills no cell, shape (N + R,).
        start: The shares as the model states them, shape (N + R,).
        is_free: Which shares may change, shape (N + R,).
        kept: Cells that no share fills, with the model's own numbers, 0 elsewhere, shape (cells,).
        uneven: Groups with several rests.
    """

    numbering: Numbering
    cells: Ints
    shares: Ints
    of_share: Ints
    start: Floats
    is_free: Bools
    kept: Floats
    uneven: Sequence[Uneven]

    @property
    def n_groups(self) -> int:
        """How many distributions there are."""
        return int(self.of_share.max(initial=-1)) + 1

    @cached_property
    def may_shift(self) -> Bools:
        """Which shares a climb may move, shape (N + R,); where a group has several rests, those follow."""
        found = self.is_free & (self.of_share >= 0)
        for group in self.uneven:
            found[group.rests] = False
        return found

    @cached_property
    def _mass(self) -> Floats:
        """What the free shares of each share's group come to together, shape (N + R,)."""
        return self.in_group(np.where(self.is_free, self.start, 0.0))

    @cached_property
    def is_uneven(self) -> Bools:
        """Which shares are of groups with several rests, shape (N + R,)."""
        found = np.zeros(len(self.start), dtype=np.bool_)
        for group in self.uneven:
            found[group.numbers] = found[group.rests] = True
        return found

    def cells_of(self, shares: Floats) -> Floats:
        """Return the families' cells, shape (cells,), that shares fill."""
        filled = np.bincount(self.cells, shares[self.shares], minlength=len(self.kept))
        return np.asarray(self.kept + filled, dtype=np.float64)

    def counts_of(self, counts: Floats, shares: Floats) -> Floats:
        """Return how often each share is expected to have been drawn, shape (…, N + R).

        Args:
            counts: How often each cell was used, shape (…, cells).
            shares: The shares that filled them.
        """
        filled = self.cells_of(shares)
        part = shares[self.shares] / np.maximum(filled[self.cells], LEAST)
        flat = counts.reshape(-1, counts.shape[-1])
        found = [np.bincount(self.shares, row[self.cells] * part, minlength=len(shares)) for row in flat]
        return np.asarray(found, dtype=np.float64).reshape(*counts.shape[:-1], len(shares))

    def in_group(self, amounts: Floats) -> Floats:
        """Return the sum of amounts, shape (N + R,), over each share's group, shape (N + R,)."""
        at = np.maximum(self.of_share, 0)
        sums = np.bincount(at, np.where(self.of_share >= 0, amounts, 0.0), minlength=self.n_groups)
        return np.asarray(np.where(self.of_share >= 0, sums[at], 0.0))

    def shared_out(self, counts: Floats, before: Floats) -> Floats:
        """Return the shares that make counts likeliest, shape (N + R,); without counts they stay.

        What is not free stays as it is, and the others divide what it leaves.

        Args:
            counts: Counts and pseudo-counts of each share.
            before: The shares so far.
        """
        free = np.where(self.is_free, counts, 0.0)
        whole = self.in_group(free)
        found = np.divide(free * self._mass, whole, out=before.copy(), where=self.is_free & (whole > 0))
        for group in self.uneven:
            group.share_out(counts, before, found)
        return found

    def placed(self, logs: Floats, before: Floats) -> Floats:
        """Return the shares that logarithms, shape (N + R,), stand for, shape (N + R,).

        The logarithms of `before` stand for `before`. Where they differ from it, free shares divide
        in proportion what those that stay leave over.

        Args:
            logs: Logarithms, those of one group up to a term of their own; of a share of 0 nothing counts.
            before: Shares that hold what stays, and which are 0.
        """
        moves = self.is_free & (before > 0) & (self.of_share >= 0)
        top = np.full(self.n_groups, -np.inf)
        np.maximum.at(top, self.of_share[moves], logs[moves])
        grown = np.zeros_like(before)
        grown[moves] = np.exp(logs[moves] - top[self.of_share[moves]])
        whole = self.in_group(grown)
        found = np.divide(grown * self._mass, whole, out=before.copy(), where=moves)
        for group in self.uneven:
            group.place(logs, before, found)
        return found

    def gives_way(self, shares: Floats) -> Floats:
        """Return by what part of itself each share lowers all of its group when it shifts, shape (N + R,).

        d log share_i / d shift_j = [i = j] - gives_way_j · share_j.
        """
        mass = self.in_group(np.where(self.may_shift, shares, 0.0))
        found = np.divide(1.0, mass, out=np.zeros_like(mass), where=self.may_shift & (mass > 0))
        for group in self.uneven:
            found[group.numbers] = group.gives_way(shares)
        return found

    def slopes(self, counts: Floats, shares: Floats) -> Floats:
        """Return how fast a log-probability rises with the shift of each share, shape (N + R,).

        A *shift* is what is added to a share's logarithm before its group is made to hold again
        (`placed`); what does not shift has slope 0.

        Args:
            counts: How often each share is expected to have been drawn.
            shares: The shares.
        """
        rises = np.where(self.may_shift, counts, 0.0)
        for group in self.uneven:
            rises[group.numbers] = group.rises(counts, shares)
        gone = self.gives_way(shares) * shares * self.in_group(rises)
        return np.asarray(np.where(self.may_shift, rises - gone, 0.0))

    def kept_above(self, shares: Floats) -> Floats:
        """Return shares of which none that may be drawn is 0, so that all counts can be taken."""
        least = np.minimum(self.start, LEAST)
        return np.where(self.is_free & (self.start > 0), np.maximum(shares, least), shares)


def groups_of(numbering: Numbering, freeze: Collection[str] = ()) -> Groups:
    """Return the distributions of a model.

    Args:
        numbering: Every number, and which cells it fills.
        freeze: Variables whose numbers stay as they are.
    """
    numbers, n_cells = numbering.numbers, len(numbering.own)
    cells = np.concatenate([term.cells for term in numbering.terms])
    filling = np.concatenate([term.numbers for term in numbering.terms])
    row_of = np.searchsorted(numbering.first_in_row, np.arange(n_cells), side="right") - 1
    is_number = filling < len(numbers)
    members: dict[int, set[int]] = {}
    for row, number in zip(row_of[cells[is_number]].tolist(), filling[is_number].tolist(), strict=True):
        members.setdefault(row, set()).add(number)
    sets = list(dict.fromkeys(frozenset(found) for found in members.values()))
    rest_of = {numbers_in: len(numbers) + place for place, numbers_in in enumerate(sets)}
    group_of = _joined(sets)
    keep = np.array([int(row) in members for row in row_of[cells]], dtype=np.bool_)
    cells, filling = cells[keep], filling[keep]
    shares = np.array(
        [
            number if number < len(numbers) else rest_of[frozenset(members[int(row)])]
            for number, row in zip(filling.tolist(), row_of[cells], strict=True)
        ],
        dtype=np.int64,
    )
    of_share = np.full(len(numbers) + len(sets), -1, dtype=np.int64)
    for numbers_in, group in zip(sets, group_of, strict=True):
        of_share[[*numbers_in, rest_of[numbers_in]]] = group
    start = np.append(numbering.p, np.zeros(len(sets)))
    rest = shares >= len(numbers)
    start[shares[rest]] = numbering.own[cells[rest]]
    kept = numbering.own.copy()
    kept[cells] = 0.0
    may = [_may_change(number, freeze) for number in numbers]
    is_free: Bools = np.array(may + [True] * len(sets), dtype=np.bool_)
    rests: dict[int, list[tuple[int, frozenset[int]]]] = {}
    for numbers_in, group in zip(sets, group_of, strict=True):
        rests.setdefault(group, []).append((rest_of[numbers_in], numbers_in))
    uneven = [_uneven(found, is_free) for found in rests.values() if len(found) > 1]
    return Groups(numbering, cells, shares, of_share, start, is_free, kept, uneven)


def _uneven(rests: Sequence[tuple[int, frozenset[int]]], is_free: Bools) -> Uneven:
    """Return a group with several rests, each with the numbers beside it."""
    numbers = np.array(sorted(frozenset().union(*(members for _, members in rests))), dtype=np.int64)
    opens = np.array([[number in members for number in numbers.tolist()] for _, members in rests])
    return Uneven(numbers, np.array([rest for rest, _ in rests]), opens, is_free[numbers])


def _may_change(number: Number, freeze: Collection[str]) -> bool:
    return not (number.weight.fixed or number.is_structural or number.variable in freeze)


def _joined(sets: Sequence[frozenset[int]]) -> list[int]:
    """Return the group of each set of numbers: sets that share a number are of one group."""
    group_of_number: dict[int, int] = {}
    found: list[int] = []
    for place, numbers in enumerate(sets):
        known = {group_of_number[number] for number in numbers if number in group_of_number}
        group = min(known, default=place)
        if len(known) > 1:
            found = [group if own in known else own for own in found]
            group_of_number = {n: group if own in known else own for n, own in group_of_number.items()}
        found.append(group)
        group_of_number.update(dict.fromkeys(numbers, group))
    order = {group: number for number, group in enumerate(dict.fromkeys(found))}
    return [order[group] for group in found]
