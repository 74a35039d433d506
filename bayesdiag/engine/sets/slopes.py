"""How fast the probability of a row rises with each number of the model, all of them at once.

A table that stands in the program as it is needs no more than its expected counts. Links are taken
apart, so each is moved a little further: its tables are straight lines in it, and two points tell
all. One number of every family is moved at a time, since families share no table.
"""

from __future__ import annotations

import numpy as np

from bayesdiag.engine import kernel_jit
from bayesdiag.engine.layout import Floats, Ints
from bayesdiag.engine.sets.copies import factor_counts
from bayesdiag.engine.sets.recipe import Recipe
from bayesdiag.engine.tables import DenseFamily

MAX_PROBES = 64
"""Sets of numbers made at a time."""
FAR = 0.3
"""How far a probability is moved."""


def slopes(recipe: Recipe, rows: Floats, weights: Floats) -> Floats:
    """Return Σ weight · d log P(row) / d log-odds of a number, for every number, shape (N,).

    The other states of a row give way in proportion. A number that nothing depends on has 0, and
    so has one that says never or always.

    Args:
        recipe: The row they vary.
        rows: Variations of `recipe.row`, shape (B, S).
        weights: How much each counts, of either sign, shape (B,).

    References:
        Darwiche (2003), A differential approach to inference in Bayesian networks, Journal of the
        ACM 50, 280-305.
    """
    program, numbering = recipe.program, recipe.numbering
    counts, log_p = kernel_jit.count(program, program.tables, rows, weights)
    found = np.zeros(numbering.n_shifts)
    plain = [index for index in recipe.keep if index in recipe.first_cell]
    for index in plain:
        found += numbering.shares[index][0].slopes(_own_counts(recipe, index, counts), numbering.n_shifts)
    if recipe.leaves.families:
        beliefs, _ = kernel_jit.run(program, program.tables, rows)
        total = float(weights[np.isfinite(log_p)].sum())
        found += recipe.leaves.slopes(weights @ beliefs, total, numbering)
    probed = [index for index in recipe.keep if index not in recipe.first_cell]
    if probed:
        rise = np.divide(counts, program.tables, out=np.zeros_like(counts), where=program.tables > 0)
        _add_probed(recipe, probed, rise, found)
    return found[: len(numbering.numbers)]


def _own_counts(recipe: Recipe, index: int, counts: Floats) -> Floats:
    """Return the expected counts of a table that stands in the program as it is."""
    family, first = recipe.families[index], recipe.first_cell[index]
    assert isinstance(family, DenseFamily)
    found = np.zeros(family.p.size)
    low, high = np.searchsorted(recipe.used, [first, first + family.p.size])
    found[recipe.used[low:high] - first] = counts[low:high]
    return found.reshape(family.p.shape)


def _add_probed(recipe: Recipe, probed: list[int], rise: Floats, found: Floats) -> None:
    """Add the slopes of the numbers of families that are taken apart, a number of each at a time."""
    numbering = recipe.numbering
    owner = _owners(recipe)
    most = max(len(numbering.own(index)) for index in probed)
    for start in range(0, most, MAX_PROBES):
        n_probes = min(MAX_PROBES, most - start)
        factors = np.ones((1 + n_probes, numbering.n_shifts))
        moved: dict[int, Ints] = {}
        for index in probed:
            own = np.array(numbering.own(index)[start : start + n_probes], dtype=np.int64)
            moved[index] = own
            factors[1 + np.arange(len(own)), own] = _moved_odds(numbering.p[own])
        arrays = {
            index: tuple(one.under(factors) for one in numbering.shares[index]) for index in recipe.keep
        }
        for factor, table in enumerate(recipe.factors(arrays)):
            index = owner[factor]
            if index in moved:
                low, high, cells = recipe.used_of[factor]
                change = (table[1:, cells] - table[0, cells]) @ rise[low:high]
                own = moved[index]
                p = numbering.p[own]
                step = np.where(p < 0.5, FAR, -FAR)
                found[own] += change[: len(own)] / step * p * (1 - p)


def _moved_odds(p: Floats) -> Floats:
    """Return by what the odds must be multiplied to move a probability by `FAR`; 1 where it never moves."""
    step = np.where(p < 0.5, FAR, -FAR)
    moves = (p > 0) & (p < 1)
    kept = np.where(moves, p, 0.5)
    return np.where(moves, (kept + step) / (1 - kept - step) * (1 - kept) / kept, 1.0)


def _owners(recipe: Recipe) -> list[int]:
    """Return the variable that each factor belongs to."""
    support, keep, _ = recipe.made
    blocks = factor_counts(recipe.families, recipe.layout, support, keep)
    return [index for index, (n_factors, _) in zip(keep, blocks, strict=True) for _ in range(n_factors)]
