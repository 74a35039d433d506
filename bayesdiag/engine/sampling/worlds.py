"""Worlds drawn from a network parents first, as they come or weighted by the evidence of a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bayesdiag.engine.layout import Floats, Layout
from bayesdiag.engine.relevance import graph_of, relevant
from bayesdiag.engine.tables import Contribution, DenseFamily, Family, LinkFamily

Worlds: TypeAlias = NDArray[np.int16]
"""State number of each variable, shape (n, variables)."""


def draw_worlds(families: Sequence[Family], layout: Layout, n: int, generator: np.random.Generator) -> Worlds:
    """Draw worlds from the network, nothing being known.

    Args:
        families: Numbers of every variable.
        layout: Where the slots are.
        n: How many.
        generator: Source of the random numbers; the same one in the same state draws the same worlds.

    Returns:
        State numbers, shape (n, variables), in the layout's order.
    """
    everything = relevant(graph_of(families), range(len(families)))
    worlds, _ = weighted_worlds(families, layout, np.ones(layout.n_slots), everything, (n, generator))
    return worlds


def weighted_worlds(
    families: Sequence[Family],
    layout: Layout,
    row: Floats,
    keep: Sequence[int],
    draws: tuple[int, np.random.Generator],
) -> tuple[Worlds, Floats]:
    """Draw worlds of the kept variables, each turned towards its own likelihoods.

    A variable is drawn from P(state | parents) · likelihood(state); what that sums to is what the
    world's weight is multiplied by, so that the weighted worlds stand for the posterior.

    Args:
        families: Numbers of every variable.
        layout: Where the slots are.
        row: Likelihood of each state, shape (S,); those of responsibilities are not looked at.
        keep: Variables to draw, parents before children; the others stay in state 0.
        draws: How many, and the generator.

    Returns:
        State numbers, shape (n, variables), and the natural logarithms of the weights, shape (n,);
        -inf where the world ran into something impossible.

    References:
        Fung and Chang (1990), Weighing and integrating evidence for stochastic simulation in
        Bayesian networks, UAI-89, 209-219.
    """
    n, generator = draws
    worlds = np.zeros((n, len(families)), dtype=np.int16)
    log_weights = np.zeros(n)
    for index in keep:
        p = conditional(families[index], worlds) * row[layout.span(index)]
        total = p.sum(axis=1)
        with np.errstate(divide="ignore"):
            log_weights += np.log(total)
        worlds[:, index] = _drawn(p, generator.random(n) * total)
    return worlds, log_weights


def _drawn(p: Floats, at: Floats) -> Worlds:
    """Return the state in which each row's running sum passes a number below the row's total."""
    passed = (np.cumsum(p, axis=1) <= at[:, None]).sum(axis=1)
    # Rounding of the sum must not lead into a state behind the last possible one.
    last = p.shape[1] - 1 - np.argmax(p[:, ::-1] > 0, axis=1)
    return np.asarray(np.minimum(passed, last), dtype=np.int16)


def conditional(family: Family, worlds: Worlds) -> Floats:
    """Return P(child state | parents) in each world, shape (n, states of the child).

    A family with links is never written out as a table: for "max" the contributions are taken in one
    by one, for "first" the parents are looked at in turn.
    """
    if isinstance(family, DenseFamily):
        return np.asarray(family.p[_columns(worlds, family.parents)] * np.ones((len(worlds), 1)))
    if family.rule == "max":
        return _highest(family, worlds)
    return _first(family, worlds)


def contributed(contribution: Contribution, worlds: Worlds) -> Floats:
    """Return the distribution of what one parent contributes in each world, shape (n, child states)."""
    return np.asarray(contribution.p[_columns(worlds, (*contribution.gates, contribution.parent))])


def _columns(worlds: Worlds, variables: Sequence[int]) -> tuple[Worlds, ...]:
    return tuple(worlds[:, variable] for variable in variables)


def _highest(family: LinkFamily, worlds: Worlds) -> Floats:
    p = np.tile(family.leak, (len(worlds), 1))
    # max(so far, next) is s where one of them is s and the other at most s; no difference is taken,
    # so that small probabilities keep their digits.
    for contribution in family.contributions:
        more = contributed(contribution, worlds)
        lower = np.pad(np.cumsum(p, axis=1)[:, :-1], ((0, 0), (1, 0)))
        p = p * np.cumsum(more, axis=1) + more * lower
    return np.asarray(p)


def _first(family: LinkFamily, worlds: Worlds) -> Floats:
    p = np.zeros((len(worlds), len(family.leak)))
    p[:, 0] = 1.0
    # From the last parent to the first: an earlier active one overrules the later ones.
    for contribution in reversed(family.contributions):
        active = worlds[:, contribution.parent] != 0
        p[active] = contributed(contribution, worlds[active])
    return p
