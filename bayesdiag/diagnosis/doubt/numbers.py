"""What doubt needs of a network, made once: its numbers, and sets of them drawn by their ranges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np

from bayesdiag.engine.layout import Floats
from bayesdiag.engine.network import CompiledNetwork
from bayesdiag.engine.sets import Numbering, Sets, numbering_of, recipe_of

N_DRAWS = 200
"""Sets of numbers drawn for intervals."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Sets of numbers drawn by their ranges.

    Attributes:
        numbering: The numbers of the model.
        sets: The sets.
        log_premise: Natural logarithm of P(premise) under each, shape (K,).
    """

    numbering: Numbering
    sets: Sets
    log_premise: Floats


def premise_row(network: CompiledNetwork) -> Floats:
    """Return the row of the premise alone, shape (S,); of nothing at all where a model has none."""
    rows: Floats = network.under_premise(np.ones((1, network.layout.n_slots)), premise=True)
    return np.asarray(rows[0])


def causes_of(network: CompiledNetwork) -> list[str]:
    """Return the names of the causes."""
    return [variable.id for variable in network.model.of_kind("cause")]


def drawn_numbers(network: CompiledNetwork, random: np.random.Generator, n_draws: int = N_DRAWS) -> Drawn:
    """Return sets of numbers: every one normal in log-odds, its 90 % range being what its `within` says.

    Args:
        network: The network.
        random: Source of the draws.
        n_draws: How many sets.
    """
    numbering = numbering_of(network.model, network.layout, network.families)
    shifts = random.normal(size=(n_draws, len(numbering.spread))) * numbering.spread
    sets = numbering.under(shifts)
    recipe = recipe_of(network.ways, numbering, premise_row(network), ())
    return Drawn(numbering, sets, recipe.run(sets)[1])


def kept_numbers(network: CompiledNetwork) -> Drawn:
    """Return the sets of numbers drawn once for a network, and kept with the program of its premise.

    Always the same random numbers: the same findings always get the same intervals.
    """
    made = network.program(premise_row(network), causes_of(network)).made
    if "drawn numbers" not in made:
        made["drawn numbers"] = drawn_numbers(network, np.random.default_rng(0))
    return cast(Drawn, made["drawn numbers"])


def numbering_kept(network: CompiledNetwork) -> Numbering:
    """Return the numbers of a network's model, kept where it has causes."""
    if network.model.is_diagnostic:
        return kept_numbers(network).numbering
    return numbering_of(network.model, network.layout, network.families)
