"""Which causes took part in a drawn world: whether a link of theirs into a stage fired."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from bayesdiag.engine.layout import Floats, Layout
from bayesdiag.engine.sampling.worlds import Worlds, conditional, contributed
from bayesdiag.engine.tables import Contribution, Family, LinkFamily


def responsibilities(
    families: Sequence[Family], layout: Layout, keep: Collection[int], worlds: Worlds
) -> Floats:
    """Return, for each world, P(the cause is in the state and a link of it fired | world).

    Given all states, the links of different stages are independent, so a cause's are all quiet with
    the product of P(quiet | child, parents) over the stages.

    Args:
        families: Numbers of every variable.
        layout: Where the slots are.
        keep: Variables of the worlds; links into others are not counted.
        worlds: State numbers, shape (n, variables).

    Returns:
        Probabilities, shape (n, events).
    """
    found = np.zeros((len(worlds), len(layout.events)))
    stages = [
        family
        for index in sorted(layout.stages & set(keep))
        if isinstance(family := families[index], LinkFamily)
    ]
    for number, (cause, state) in enumerate(layout.events):
        here = worlds[:, cause] == state
        if cause not in keep or not here.any():
            continue
        quiet = np.ones(int(here.sum()))
        for family in stages:
            for contribution in family.contributions:
                if contribution.parent == cause:
                    quiet *= _quiet(family, contribution, worlds[here])
        found[here, number] = np.clip(1 - quiet, 0.0, 1.0)
    return found


def _quiet(family: LinkFamily, contribution: Contribution, worlds: Worlds) -> Floats:
    """Return P(no link of this contribution fired | child, parents), shape (n,)."""
    at = np.arange(len(worlds)), worlds[:, family.child]
    if family.rule == "max":
        others = tuple(other for other in family.contributions if other is not contribution)
        rest = LinkFamily(family.child, family.parents, "max", others, family.leak)
        joint = contributed(contribution, worlds)[:, 0] * conditional(rest, worlds)[at]
        return np.asarray(joint / conditional(family, worlds)[at])
    decided = np.zeros(len(worlds), dtype=np.bool_)
    for other in family.contributions:
        active = worlds[:, other.parent] != 0
        if other is contribution:
            return np.asarray(1.0 - (active & ~decided & (worlds[:, family.child] != 0)))
        decided |= active
    return np.ones(len(worlds))
