"""Leaves that were absorbed into a row, and what they say when numbers move.

A seen leaf is a likelihood on its parents (`bayesdiag.engine.absorb`), so its numbers stand in no
table of the program. Under another set of numbers that likelihood changes by a ratio, which goes
into a table that knows the parent's state.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bayesdiag.engine.layout import Floats, Ints, Layout
from bayesdiag.engine.sets.shares import Arrays, Numbering
from bayesdiag.engine.tables import NO_SLOT, DenseFamily, FactorGraph, Family


@dataclass(frozen=True)
class Leaves:
    """What was absorbed.

    Attributes:
        families: Those leaves.
        seen: The row before anything was absorbed, the largest likelihood of a variable 1, shape (S,).
        layout: Where the slots are.
    """

    families: tuple[Family, ...]
    seen: Floats
    layout: Layout

    @property
    def indices(self) -> tuple[int, ...]:
        """Numbers of the leaves."""
        return tuple(family.child for family in self.families)

    def ratios(self, arrays: Mapping[int, Arrays]) -> tuple[dict[int, Floats], Floats]:
        """Return what sets of numbers multiply onto likelihoods, beside the model's own.

        Args:
            arrays: What each leaf consists of under every set.

        Returns:
            For each parent a ratio for each set and state, shape (K, states); and the logarithm of
            what multiplies the whole, shape (K,).
        """
        found: dict[int, Floats] = {}
        log_whole = np.zeros(len(next(iter(arrays.values()))[0]))
        for family in self.families:
            for parent, before, after in self._likelihoods(family, arrays[family.child]):
                ratio = np.divide(after, before, out=np.ones_like(after), where=before > 0)
                found[parent] = found[parent] * ratio if parent in found else ratio
            if not isinstance(family, DenseFamily):
                log_whole += np.log(arrays[family.child][-1][:, 0] / family.leak[0])
        return found, log_whole

    def slopes(self, beliefs: Floats, total: float, numbering: Numbering) -> Floats:
        """Return Σ weight · d log P(row) / d shift as far as it goes through the leaves, shape (N + R,).

        Args:
            beliefs: Σ weight · beliefs of the rows, shape (S,).
            total: Σ weight.
            numbering: Which cells each number fills.
        """
        found = np.zeros(numbering.n_shifts)
        for family in self.families:
            shares = numbering.shares[family.child]
            if isinstance(family, DenseFamily):
                likelihood = family.p * self.seen[self.layout.span(family.child)]
                above = beliefs[self.layout.span(family.parents[0])]
                whole = likelihood.sum(axis=1)
                share = np.divide(above, whole, out=np.zeros_like(above), where=whole > 0)
                found += shares[0].slopes(share[:, None] * likelihood, numbering.n_shifts)
                continue
            for contribution, one in zip(family.contributions, shares, strict=False):
                counts = np.zeros_like(contribution.p)
                counts[:, 0] = beliefs[self.layout.span(contribution.parent)]
                found += one.slopes(counts, numbering.n_shifts)
            counts = np.zeros_like(family.leak)
            counts[0] = total
            found += shares[-1].slopes(counts, numbering.n_shifts)
        return found

    def _likelihoods(self, family: Family, own: Arrays) -> Iterator[tuple[int, Floats, Floats]]:
        """Yield each parent with the leaf's likelihood of its states: the model's own, and under every set."""
        if isinstance(family, DenseFamily):
            seen = self.seen[self.layout.span(family.child)]
            yield family.parents[0], family.p @ seen, own[0] @ seen
            return
        for contribution, p in zip(family.contributions, own, strict=False):
            yield contribution.parent, contribution.p[:, 0], p[:, :, 0]


@dataclass(frozen=True, slots=True)
class Fold:
    """Where a ratio on a variable's states enters a factor.

    Attributes:
        factor: The factor.
        shape: States of its parts.
        axis: The axis of the part.
        states: The variable's state that each part state stands for, -1 for none of its states.
    """

    factor: int
    shape: tuple[int, ...]
    axis: int
    states: Ints

    def onto(self, tables: list[Floats], ratio: Floats) -> None:
        """Multiply a ratio, shape (K, states), onto the factor's numbers, shape (K, cells)."""
        extended = np.hstack([ratio, np.ones((len(ratio), 1))])  # -1 is the last column
        along = np.ones((len(ratio), *(1 for _ in self.shape)))
        along = np.moveaxis(along, 1 + self.axis, -1) * extended[:, self.states].reshape(
            len(ratio), *(1 for _ in self.shape[1:]), -1
        )
        along = np.moveaxis(along, -1, 1 + self.axis)
        table = tables[self.factor]
        tables[self.factor] = (table.reshape(len(table), *self.shape) * along).reshape(len(table), -1)


def folds_of(graph: FactorGraph, layout: Layout, variable: int) -> Sequence[Fold]:
    """Return where a ratio on a variable's states enters: once for each part that stands for them."""
    span = layout.span(variable)
    slots = graph.slots[:, 0]
    inside = (slots >= span.start) & (slots < span.stop)
    parts = np.unique(np.searchsorted(graph.first_state, np.flatnonzero(inside), side="right") - 1)
    sizes = np.diff(graph.first_state)
    found = []
    for part in parts.tolist():
        place = int(np.flatnonzero(graph.scopes == part)[0])
        factor = int(np.searchsorted(graph.first_scope, place, side="right")) - 1
        scope = graph.scopes[graph.first_scope[factor] : graph.first_scope[factor + 1]]
        own = slots[graph.first_state[part] : graph.first_state[part + 1]]
        states = np.where((own == NO_SLOT) | (own < span.start) | (own >= span.stop), -1, own - span.start)
        axis = place - int(graph.first_scope[factor])
        found.append(Fold(factor, tuple(sizes[scope].tolist()), axis, states))
    return found
