"""Leaves that were absorbed into a row, and what they say when numbers move.

A seen leaf is a likelihood on its parents (`bayesdiag.engine.absorb`), so its numbers stand in no
table of the program. Under another set of numbers that likelihood changes by a ratio, which goes
into a table that knows the parent's state.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bayesdiag.engine.layout import Floats, Ints, Layout
from bayesdiag.engine.sets.numbering import Numbering
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

    def ratios(self, numbering: Numbering, cells: Floats) -> tuple[dict[int, Floats], Floats]:
        """Return what sets of numbers multiply onto likelihoods, beside the model's own.

        Args:
            numbering: Where the cells are.
            cells: What the cells come to under each set, shape (cells + 1, K).

        Returns:
            For each parent a ratio for each state and set, shape (states, K); and the logarithm of
            what multiplies the whole, shape (K,).
        """
        found: dict[int, Floats] = {}
        log_whole = np.zeros(cells.shape[1])
        for family in self.families:
            starts = numbering.first_cell[family.child]
            for parent, before, after in self._likelihoods(family, starts, cells):
                ratio = np.divide(after, before, out=np.ones_like(after), where=before > 0)
                found[parent] = found[parent] * ratio if parent in found else ratio
            if not isinstance(family, DenseFamily):
                log_whole += np.log(cells[starts[-1]] / family.leak[0])
        return found, log_whole

    def add_counts(
        self, counts: Floats, numbering: Numbering, beliefs: Floats, total: float, cells: Floats
    ) -> None:
        """Add how often the leaves' cells are expected to have been used, Σ weight · count.

        Args:
            counts: Added to, shape (cells,).
            numbering: Where the cells are.
            beliefs: Σ weight · beliefs of the rows, shape (S,).
            total: Σ weight.
            cells: The numbers, shape (cells + 1,).
        """
        for family in self.families:
            starts = numbering.first_cell[family.child]
            if isinstance(family, DenseFamily):
                p = cells[starts[0] : starts[0] + family.p.size].reshape(family.p.shape)
                likelihood = p * self.seen[self.layout.span(family.child)]
                above = beliefs[self.layout.span(family.parents[0])]
                whole = likelihood.sum(axis=1)
                share = np.divide(above, whole, out=np.zeros_like(above), where=whole > 0)
                counts[starts[0] : starts[0] + family.p.size] += (share[:, None] * likelihood).ravel()
                continue
            for contribution, start in zip(family.contributions, starts, strict=False):
                n_states, n_parent = len(family.leak), contribution.p.shape[0]
                rests = start + n_states * np.arange(n_parent)
                counts[rests] += beliefs[self.layout.span(contribution.parent)]
            counts[starts[-1]] += total

    def _likelihoods(
        self, family: Family, starts: Sequence[int], cells: Floats
    ) -> Iterator[tuple[int, Floats, Floats]]:
        """Yield each parent with the leaf's likelihood of its states: the model's own, and under each set."""
        if isinstance(family, DenseFamily):
            seen = self.seen[self.layout.span(family.child)]
            table = cells[starts[0] : starts[0] + family.p.size].reshape(*family.p.shape, -1)
            yield family.parents[0], (family.p @ seen)[:, None], np.einsum("sxk,x->sk", table, seen)
            return
        for contribution, start in zip(family.contributions, starts, strict=False):
            rests = start + len(family.leak) * np.arange(contribution.p.shape[0])
            yield contribution.parent, contribution.p[:, 0][:, None], cells[rests]


@dataclass(frozen=True, slots=True)
class Fold:
    """Where a ratio on a variable's states enters the cells in use.

    Attributes:
        spots: Those cells; none where no factor knows the variable, since it has but one state left.
        states: The variable's state at each; without cells the one state, whose ratio is the whole's.
    """

    spots: Ints
    states: Ints


def fold_in(folds: Sequence[Fold], ratio: Floats, tables: Floats) -> Floats:
    """Multiply a ratio into tables, shape (T, K), and return the logarithm of what is left for the whole.

    Args:
        folds: Where the ratio enters.
        ratio: For each state and set, shape (states, K).
        tables: The cells in use, written to.
    """
    left = np.zeros(ratio.shape[1])
    for fold in folds:
        if len(fold.spots) == len(fold.states):
            tables[fold.spots] *= ratio[fold.states]
        else:
            with np.errstate(divide="ignore"):
                left += np.log(ratio[fold.states].sum(axis=0))
    return left


def folds_of(graph: FactorGraph, used: Ints, layout: Layout, variable: int) -> list[Fold]:
    """Return where a ratio on a variable's states enters: once for each part that stands for them.

    Args:
        graph: The factors.
        used: Their cells in use, ascending.
        layout: Where the slots are.
        variable: The variable.
    """
    span = layout.span(variable)
    slots, sizes = graph.slots[:, 0], np.diff(graph.first_state)
    inside = (slots >= span.start) & (slots < span.stop)
    parts = np.unique(np.searchsorted(graph.first_state, np.flatnonzero(inside), side="right") - 1)
    found = []
    for part in parts.tolist():
        places = np.flatnonzero(graph.scopes == part)
        if not len(places):
            own = slots[graph.first_state[part] : graph.first_state[part + 1]]
            stands = (own != NO_SLOT) & (own >= span.start) & (own < span.stop)
            found.append(Fold(np.zeros(0, dtype=np.int64), own[stands] - span.start))
            continue
        place = int(places[0])
        factor = int(np.searchsorted(graph.first_scope, place, side="right")) - 1
        first_scope, last_scope = graph.first_scope[factor : factor + 2]
        first = int(graph.first_cell[factor])
        shape = sizes[graph.scopes[first_scope:last_scope]]
        low, high = np.searchsorted(used, [first, first + int(np.prod(shape))])
        stride = int(np.prod(shape[place - first_scope + 1 :]))
        own = slots[graph.first_state[part] + (used[low:high] - first) // stride % shape[place - first_scope]]
        stands = (own != NO_SLOT) & (own >= span.start) & (own < span.stop)
        found.append(Fold(np.arange(low, high)[stands], own[stands] - span.start))
    return found
