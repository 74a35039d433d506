"""Leaves that are likelihoods on their parents never enter a program.

A leaf that hangs on a single parent is one, whatever is seen of it; so is a noisy-MAX leaf seen in
its first state, where no link fired: a product of one likelihood per parent.

What is seen of a leaf multiplies onto its parent's row, and the leaf's own belief follows from its
parent's. A message that names the failing stage thereby shrinks the outcome before anything is
made.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bayesdiag.engine.layout import Bools, Floats, Layout
from bayesdiag.engine.tables import DenseFamily, Family, LinkFamily

LEAST = 1e-200
"""A leaf is left where it is when absorbing it would make a likelihood this small beside the largest."""


def single_leaves(families: Sequence[Family]) -> tuple[int, ...]:
    """Return the variables without children whose table has exactly one parent."""
    parents = {parent for family in families for parent in family.parents}
    return tuple(
        family.child
        for family in families
        if isinstance(family, DenseFamily) and len(family.parents) == 1 and family.child not in parents
    )


def noisy_leaves(families: Sequence[Family]) -> tuple[int, ...]:
    """Return the noisy-MAX variables without children none of whose links has a gate."""
    parents = {parent for family in families for parent in family.parents}
    return tuple(
        family.child
        for family in families
        if isinstance(family, LinkFamily)
        and family.rule == "max"
        and family.child not in parents
        and not any(contribution.gates for contribution in family.contributions)
    )


def absorbed(
    families: Sequence[Family], layout: Layout, rows: Floats, leaves: Sequence[int]
) -> tuple[Floats, Floats]:
    """Return rows in which what is seen of the leaves stands on their parents.

    Args:
        families: Numbers of every variable.
        layout: Where the slots are.
        rows: Likelihoods, shape (B, S).
        leaves: Some of `single_leaves` and `noisy_leaves`; of these, what is seen in the first
            state alone is absorbed, everything else stays.

    Returns:
        Rows of the same shape, and what was taken out of each to keep its largest likelihood at
        1, as natural logarithms, shape (B,).
    """
    moved, log_scale = scaled(rows, layout)
    said = (moved[:, : layout.n_states] != 1).any(axis=0)
    is_seen = np.logical_or.reduceat(said, layout.offsets[:-1])
    numbers = np.array(leaves, dtype=np.int64)
    for index in numbers[is_seen[numbers]].tolist():
        family = families[index]
        if isinstance(family, LinkFamily):
            _absorb_first_state(family, layout, moved, log_scale)
            continue
        own, parent = layout.span(index), layout.span(family.parents[0])
        seen = np.flatnonzero((moved[:, own] != 1).any(axis=1))
        if len(seen):
            factor = moved[seen, own] @ _table(family).T
            product = moved[seen, parent] * factor
            peak = product.max(axis=1)
            fits = _fits(product, peak, moved[seen, parent], factor)
            rows_in = seen[fits]
            moved[rows_in, parent] = product[fits] / peak[fits, None]
            moved[rows_in, own] = 1.0
            log_scale[rows_in] += np.log(peak[fits])
    return moved, log_scale


def _absorb_first_state(family: LinkFamily, layout: Layout, moved: Floats, log_scale: Floats) -> None:
    """Move "no link fired", where a row says so, onto the parents; `moved` and `log_scale` are changed."""
    own = layout.span(family.child)
    seen = np.flatnonzero((moved[:, own.start] > 0) & ~(moved[:, own.start + 1 : own.stop] > 0).any(axis=1))
    if not len(seen) or family.leak[0] <= 0:
        return
    rows = moved[seen]
    shift = np.log(np.full(len(seen), family.leak[0]))
    fits = np.ones(len(seen), dtype=np.bool_)
    for contribution in family.contributions:
        parent = layout.span(contribution.parent)
        factor = np.broadcast_to(contribution.p[:, 0], (len(seen), parent.stop - parent.start))
        product = rows[:, parent] * factor
        peak = product.max(axis=1)
        fits &= _fits(product, peak, rows[:, parent], factor)
        peak = np.where(peak > 0, peak, 1.0)
        rows[:, parent] = product / peak[:, None]
        shift += np.log(peak)
    rows[:, own] = 1.0
    moved[seen[fits]] = rows[fits]
    log_scale[seen[fits]] += shift[fits]


def scaled(rows: Floats, layout: Layout) -> tuple[Floats, Floats]:
    """Return rows in which every variable's largest likelihood is 1, and what that took out of each.

    Likelihoods count only relative to each other, and products of large ones would overflow.
    """
    starts = np.array(layout.offsets[:-1])
    peaks = np.maximum.reduceat(rows[:, : layout.n_states], starts, axis=1)
    peaks = np.where(peaks > 0, peaks, 1.0)
    moved = rows.copy()
    states = rows[:, : layout.n_states] / np.repeat(peaks, layout.sizes, axis=1)
    lost = (states == 0) & (rows[:, : layout.n_states] > 0)
    if lost.any():  # beside the largest they would vanish: such a variable stays as it is
        peaks = np.where(np.logical_or.reduceat(lost, starts, axis=1), 1.0, peaks)
        states = rows[:, : layout.n_states] / np.repeat(peaks, layout.sizes, axis=1)
    moved[:, : layout.n_states] = states
    return moved, np.log(peaks).sum(axis=1)


def leaf_beliefs(leaf: Family, layout: Layout, rows: Floats, beliefs: Floats) -> Floats:
    """Return the beliefs of a leaf, shape (B, states), from those of its parent.

    P(leaf | e) = Σ P(parent | e) · L(leaf) P(leaf | parent) / Σ_leaf L(leaf) P(leaf | parent).

    Args:
        leaf: The leaf's numbers.
        layout: Where the slots are.
        rows: Likelihoods before anything was absorbed, shape (B, S).
        beliefs: Beliefs that hold the parent's, shape (B, S).
    """
    table = _table(leaf)
    likelihood = scaled(rows, layout)[0][:, layout.span(leaf.child)]
    factor = likelihood @ table.T
    above = beliefs[:, layout.span(leaf.parents[0])]
    share = np.divide(above, factor, out=np.zeros_like(above), where=factor > 0)
    return np.asarray((share @ table) * likelihood)


def _table(family: Family) -> Floats:
    if not isinstance(family, DenseFamily):
        raise TypeError(f"variable {family.child} has no table of its own")
    return family.p


def _fits(product: Floats, peak: Floats, before: Floats, factor: Floats) -> Bools:
    """Whether every likelihood that should be above 0 still is, well above rounding to it."""
    should = (before > 0) & (factor > 0)
    return np.asarray((peak > 0) & (~should | (product > LEAST * peak[:, None])).all(axis=1))
