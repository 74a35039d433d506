"""The payment model as a pyAgrum network: the same joint, taken apart as well as pyAgrum allows.

A noisy-MAX child becomes a chain of running maxima, a first-active child a chain of "undecided, or
decided as this state". A link of a chain has only the states that can be reached by then, folds
its parent's contribution in (no node of its own for it), and has the gates of that parent as
parents. Symptoms nobody asks about are barren, and pyAgrum leaves them out by itself.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from bayesdiag.engine.layout import Floats
from bayesdiag.engine.network import CompiledNetwork
from bayesdiag.engine.tables import Contribution, DenseFamily, LinkFamily

UNDECIDED = -1
"""The state of a first-active chain in which no parent was active so far."""


def fair_chain(network: CompiledNetwork) -> Any:
    """Return the network as pyAgrum's; variable i is called `v<i>`, its chain `v<i>_<k>`."""
    import pyagrum  # noqa: PLC0415 - an optional peer

    pyagrum.setNumberOfThreads(1)
    net = pyagrum.BayesNet()
    for index, size in enumerate(network.layout.sizes):
        net.add(pyagrum.RangeVariable(f"v{index}", "", 0, size - 1))
    for family in network.families:
        if isinstance(family, DenseFamily):
            fill(net, f"v{family.child}", [f"v{parent}" for parent in family.parents], family.p)
        else:
            _add_chain(pyagrum, net, family)
    return net


def fill(net: Any, child: str, parents: list[str], p: Floats) -> None:
    """Add the arcs and the table of a variable; `p` has the parents' axes first, in order."""
    for parent in parents:
        net.addArc(parent, child)
    cpt = net.cpt(child)
    axes = [[*parents, child].index(name) for name in reversed(cpt.names)]
    cpt[:] = np.ascontiguousarray(np.transpose(p, axes))


def _add_chain(gum: Any, net: Any, family: LinkFamily) -> None:
    name = f"v{family.child}"
    is_max = family.rule == "max"
    # What the chain may be before its first link, and how likely.
    before = [int(state) for state in np.flatnonzero(family.leak)] if is_max else [UNDECIDED]
    start = family.leak[before] if is_max else np.ones(1)
    above: str | None = None
    if not family.contributions:
        fill(net, name, [], family.leak)
        return
    for number, one in enumerate(family.contributions):
        last = number == len(family.contributions) - 1
        table, after = _link(family, one, before, last=last)
        label = name if last else f"{name}_{number}"
        if not last:
            net.add(gum.RangeVariable(label, "", 0, len(after) - 1))
        parents = [*(f"v{gate}" for gate in one.gates), f"v{one.parent}"]
        if above is None:
            fill(net, label, parents, np.asarray(np.einsum("i,i...->...", start, np.moveaxis(table, -2, 0))))
        else:
            fill(net, label, [*parents, above], table)
        above, before = label, after


def _link(
    family: LinkFamily, one: Contribution, before: list[int], *, last: bool
) -> tuple[Floats, list[int]]:
    """Return P(after | gates …, parent, before) and what `after` can be.

    The last link is the variable itself: all of its states, and undecided is its first.
    """
    *conditions, n_states = one.p.shape
    whole = np.zeros((*conditions, len(before), n_states + 1))
    for position, state in enumerate(before):
        for place in product(*map(range, conditions)):
            for to, p in enumerate(one.p[place]):
                whole[(*place, position, _next(family, state, place[-1], to))] += p
    if last:
        whole[..., 0] += whole[..., UNDECIDED]
        return whole[..., :-1], list(range(n_states))
    reached = whole.reshape(-1, n_states + 1).any(axis=0)
    after = [state for state in (*range(n_states), UNDECIDED) if reached[state]]
    return whole[..., after], after


def _next(family: LinkFamily, state: int, parent_state: int, drawn: int) -> int:
    """Return what the chain is after a parent in `parent_state` drew the child state `drawn`."""
    if family.rule == "max":
        return max(state, drawn)
    if state != UNDECIDED or parent_state == 0:
        return state
    return drawn
