"""Which numbers of a model share one distribution, and how counts become numbers again.

A *group* is a distribution that is learned as one: the states of a prior, one row of a table
wherever it holds, or the links of one parent state with the *rest* that they leave over. Where
links of one parent state are gated differently, a context that opens more of them leaves less
over: such a group has several rests.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from bayesdiag.engine.layout import Bools, Floats, Ints
from bayesdiag.engine.sets import Numbering
from bayesdiag.model.numbers import Number

LEAST = 1e-12
"""A number above 0 never falls below this while it is learned, so that every count can be taken."""
SWEEPS = 5
"""Times that a group with several rests is gone through in one step; each raises the likelihood."""
BISECTIONS = 60
"""Halvings that find such a number to the last bit."""


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
        uneven: Groups with several rests, as (rest, numbers beside it) for each of those.
    """

    numbering: Numbering
    cells: Ints
    shares: Ints
    of_share: Ints
    start: Floats
    is_free: Bools
    kept: Floats
    uneven: Sequence[Sequence[tuple[int, Ints]]]

    @property
    def n_groups(self) -> int:
        """How many distributions there are."""
        return int(self.of_share.max(initial=-1)) + 1

    @property
    def uneven_shares(self) -> Ints:
        """The shares of groups with several rests."""
        found = [part for rests in self.uneven for rest, members in rests for part in ([rest], members)]
        return np.unique(np.concatenate(found)) if found else np.zeros(0, dtype=np.int64)

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
        mass = self.in_group(np.where(self.is_free, before, 0.0))
        found = np.divide(free * mass, whole, out=before.copy(), where=self.is_free & (whole > 0))
        for rests in self.uneven:
            self._share_unevenly(rests, counts, before, found)
        return found

    def _share_unevenly(
        self, rests: Sequence[tuple[int, Ints]], counts: Floats, before: Floats, found: Floats
    ) -> None:
        """Write the shares of a group with several rests: number after number, each at its best."""
        numbers = np.unique(np.concatenate([members for _, members in rests]))
        found[numbers] = before[numbers]
        for _ in range(SWEEPS):
            for number in numbers[self.is_free[numbers]]:
                beside = [(rest, members[members != number]) for rest, members in rests if number in members]
                free = np.array([1.0 - found[members].sum() for _, members in beside])
                left = np.array([counts[rest] for rest, _ in beside])
                found[number] = _best(float(counts[number]), left, free, float(found[number]))
        for rest, members in rests:
            found[rest] = max(0.0, 1.0 - found[members].sum())

    def slopes(self, counts: Floats, shares: Floats) -> Floats:
        """Return how fast a log-probability rises with the logarithm of each share, shape (N + R,).

        The other free shares of the group give way in proportion; what is not free has slope 0.

        Args:
            counts: How often each share is expected to have been drawn.
            shares: The shares.
        """
        free = np.where(self.is_free, counts, 0.0)
        mass = self.in_group(np.where(self.is_free, shares, 0.0))
        own = np.divide(shares, mass, out=np.zeros_like(shares), where=mass > 0)
        return np.asarray(np.where(self.is_free, free - own * self.in_group(free), 0.0))

    def kept_above(self, shares: Floats) -> Floats:
        """Return shares of which none that may be drawn is 0, so that all counts can be taken."""
        return np.where(self.is_free & (self.start > 0), np.maximum(shares, LEAST), shares)


def groups_of(numbering: Numbering, freeze: Collection[str] = ()) -> Groups:
    """Return the distributions of a model.

    Args:
        numbering: Every number, and which cells it fills.
        freeze: Variables whose numbers stay as they are.
    """
    numbers, n_cells = numbering.numbers, len(numbering.own)
    cells = np.concatenate([term.cells for term in numbering.terms])
    filling = np.concatenate([term.numbers for term in numbering.terms])
    is_number = filling < len(numbers)
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
    uneven = [
        [
            (rest_of[one], np.array(sorted(one)))
            for one, own in zip(sets, group_of, strict=True)
            if own == group
        ]
        for group in sorted({group for group in group_of if group_of.count(group) > 1})
    ]
    may = [_may_change(number, freeze) for number in numbers]
    is_free: Bools = np.array(may + [True] * len(sets), dtype=np.bool_)
    return Groups(numbering, cells, shares, of_share, start, is_free, kept, uneven)


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


def _best(count: float, left: Floats, free: Floats, before: float) -> float:
    """Return the p that makes count · log p + Σ left · log(free - p) largest, in (0, min free)."""
    if count + left.sum() <= 0:
        return before
    low, high = 0.0, float(free.min())
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        rises = count > middle * float((left / np.maximum(free - middle, LEAST)).sum())
        low, high = (middle, high) if rises else (low, middle)
    return (low + high) / 2
