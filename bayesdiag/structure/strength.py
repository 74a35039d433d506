"""How much a parent can move its child: the strength of an arrow.

For a child Y and a parent X, the strength is the greatest distance between what two states of X make
of Y, all else as the model has it before anything is known:

    strength = max over states x, x' of   Σ_z P(z) · ½ Σ_y |P(y | x, z) − P(y | x', z)|

The distance is that of total variation: the share of Y's probability that has to move. Here z are the
other parents that decide *how* X acts, taken as independent of one another: all others of a table, the
gates of links. Parents that act by themselves, beside X, are averaged within P(y | x, z) first, for they
neither turn X's action round nor hide it; that keeps a child of many links cheap, and exact.

References:
    Boerlage (1992), Link strength in Bayesian networks, University of British Columbia. Koiter (2006),
    Visualizing inference in Bayesian networks, Delft University of Technology. Leonelli, Smith and
    Wright (2024), The diameter of a stochastic matrix, arXiv:2407.04667: the greatest total variation
    between rows, there over all rows and here on average over the other parents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod

import numpy as np

from bayesdiag.engine.layout import Floats
from bayesdiag.engine.network import CompiledNetwork
from bayesdiag.engine.tables import Contribution, DenseFamily, Family, LinkFamily
from bayesdiag.structure.surroundings import Arrow

MOST_CELLS = 4_000_000
"""Numbers of a table that are looked at; a larger one has arrows of unknown strength."""


@dataclass(frozen=True, slots=True)
class Strength:
    """How much a parent can move its child.

    Attributes:
        p: The share of the child's probability that moves, from 0 to 1.
        states: The two states of the parent between which it moves most, in the parent's order.
    """

    p: float
    states: tuple[str, str]


def strengths(network: CompiledNetwork) -> Mapping[Arrow, Strength]:
    """Return the strength of every arrow, in the model's order.

    Arrows into a child whose table is too large are left out.

    Raises:
        InvalidModel: The network is undirected.
        TooLarge: Beliefs before anything is known are not to be had.
    """
    layout = network.layout
    posterior = network.posterior({}, premise=False) if network.model.variables else None
    beliefs = [posterior.of(name)[0] for name in layout.names] if posterior is not None else []
    found = {}
    for family in network.families:
        for parent in family.parents:
            rows = _rows(family, parent, layout.sizes, beliefs)
            if rows is None:
                continue
            distance, (low, high) = _widest(rows)
            states = layout.states[parent]
            arrow = (layout.names[parent], layout.names[family.child])
            found[arrow] = Strength(distance, (states[low], states[high]))
    return found


def _widest(rows: tuple[Floats, Floats]) -> tuple[float, tuple[int, int]]:
    """Return the greatest mean distance between two states, and these; the first where several are equal.

    Args:
        rows: What each state makes of the child, shape (states, ways of the others, states of the
            child); and the probability of each way.
    """
    p, weights = rows
    best, pair = 0.0, (0, min(1, len(p) - 1))
    for low, high in combinations(range(len(p)), 2):
        distance = float(0.5 * np.abs(p[low] - p[high]).sum(axis=-1) @ weights)
        if distance > best + 1e-12:
            best, pair = distance, (low, high)
    return min(1.0, best), pair


def _rows(
    family: Family, parent: int, sizes: Sequence[int], beliefs: Sequence[Floats]
) -> tuple[Floats, Floats] | None:
    """Return what each state of a parent makes of the child in each way the others decide; see `_widest`."""
    if isinstance(family, DenseFamily):
        fixed, p = family.parents, family.p
    else:
        gates = {gate for one in family.contributions for gate in one.gates}
        fixed = tuple(sorted(gates | {parent}))
        if prod(sizes[one] for one in fixed) * sizes[family.child] > MOST_CELLS:
            return None
        p = _averaged(family, fixed, sizes, beliefs)
    if p.size > MOST_CELLS:
        return None
    axis = fixed.index(parent)
    rows = np.moveaxis(p, axis, 0).reshape(sizes[parent], -1, sizes[family.child])
    weights = np.ones(1)
    for one in (*fixed[:axis], *fixed[axis + 1 :]):
        weights = np.outer(weights, beliefs[one]).ravel()
    return rows, weights


def _averaged(
    family: LinkFamily, fixed: Sequence[int], sizes: Sequence[int], beliefs: Sequence[Floats]
) -> Floats:
    """Return the child's distribution given some parents, the others averaged.

    Args:
        family: The child's links.
        fixed: Numbers of the parents given, every gate among them.
        sizes: States of each variable.
        beliefs: Of each variable.

    Returns:
        Probabilities, shape (states of each fixed parent …, states of the child).
    """
    shape = (*(sizes[one] for one in fixed), sizes[family.child])
    if family.rule == "max":
        below = np.broadcast_to(np.cumsum(family.leak), shape)
        for one in family.contributions:
            drawn, _ = _drawn(one, fixed, sizes, beliefs)
            below = below * np.cumsum(drawn, axis=-1)
        return np.diff(below, axis=-1, prepend=0.0)
    total, alive = np.zeros(shape), np.ones((*shape[:-1], 1))
    for one in family.contributions:
        drawn, passed = _drawn(one, fixed, sizes, beliefs, skips_first=True)
        total = total + alive * drawn
        alive = alive * passed
    total[..., 0] += alive[..., 0]
    return total


def _drawn(
    one: Contribution,
    fixed: Sequence[int],
    sizes: Sequence[int],
    beliefs: Sequence[Floats],
    *,
    skips_first: bool = False,
) -> tuple[Floats, Floats]:
    """Return what a parent contributes given the fixed ones, and how likely it is in its first state.

    Returns:
        Two arrays that broadcast to (states of each fixed parent …, states of the child); with
        `skips_first`, the first leaves out what its first state would contribute.
    """
    size = sizes[one.parent]
    acting = np.ones(size)
    first = np.zeros(size)
    first[0] = 1.0
    if skips_first:
        acting = acting - first
    p = one.p * acting[:, None]
    axes = list(one.gates)
    if one.parent in fixed:
        axes.append(one.parent)
    else:
        p = np.einsum("...sc,s->...c", p, beliefs[one.parent])
        first = np.array([beliefs[one.parent][0]])
    places = [fixed.index(axis) for axis in axes]
    order = sorted(range(len(axes)), key=places.__getitem__)
    p = p.transpose([*order, len(axes)])
    spread = [sizes[number] if number in axes else 1 for number in fixed]
    passed = [size if number == one.parent else 1 for number in fixed]
    return p.reshape([*spread, p.shape[-1]]), first.reshape([*passed, 1])
