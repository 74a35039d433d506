"""The numbers of each variable's table: what every form of `bayesdiag.model.cpt` means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from bayesdiag.engine.layout import Floats, Layout
from bayesdiag.model import (
    Condition,
    Factors,
    FirstActive,
    FullTable,
    Link,
    LinkForm,
    Model,
    NoisyMax,
    Prior,
    StateMap,
    Table,
    Variable,
)


@dataclass(frozen=True, slots=True)
class DenseFamily:
    """A variable given its parents as one array.

    Attributes:
        child: Number of the variable.
        parents: Numbers of its parents.
        p: Probabilities, shape (states of each parent …, states of the child).
    """

    child: int
    parents: tuple[int, ...]
    p: Floats


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one parent contributes to a noisy-MAX or first-active child.

    Attributes:
        parent: Number of the parent.
        gates: Numbers of the contexts that gate its links.
        p: Distribution of the contributed child state, shape (states of each gate …, states of
            the parent, states of the child). A parent state without links contributes state 0.
    """

    parent: int
    gates: tuple[int, ...]
    p: Floats


@dataclass(frozen=True, slots=True)
class LinkFamily:
    """A variable that takes the highest contribution, or that of the first active parent.

    Attributes:
        child: Number of the variable.
        parents: Numbers of all parents, gates included.
        rule: "max" or "first".
        contributions: One per parent with links, for "first" in the order they are looked at.
        leak: Distribution contributed without any parent, shape (states of the child,).
    """

    child: int
    parents: tuple[int, ...]
    rule: Literal["max", "first"]
    contributions: tuple[Contribution, ...]
    leak: Floats


Family = DenseFamily | LinkFamily


def families_of(model: Model | Factors, layout: Layout) -> tuple[Family, ...]:
    """Return the numbers of every variable, in the layout's order; without arrows, each stands for itself."""
    if isinstance(model, Factors):
        return tuple(DenseFamily(index, (), np.ones(size)) for index, size in enumerate(layout.sizes))
    return tuple(_family(variable, layout) for variable in model.variables)


def _family(variable: Variable, layout: Layout) -> Family:
    child = layout.index_of[variable.id]
    parents = tuple(layout.index_of[name] for name in variable.parents)
    cpt = variable.cpt
    if isinstance(cpt, NoisyMax | FirstActive):
        return _link_family(child, parents, cpt, layout)
    return DenseFamily(child, parents, _dense(cpt, child, parents, layout))


def _dense(
    cpt: Prior | Table | FullTable | StateMap, child: int, parents: tuple[int, ...], layout: Layout
) -> Floats:
    shape = (*(layout.sizes[parent] for parent in parents), layout.sizes[child])
    if isinstance(cpt, Prior | FullTable):
        return _normalised(np.array(cpt.p, dtype=np.float64).reshape(shape))
    p = np.zeros(shape)
    if isinstance(cpt, StateMap):
        for state, row in cpt.rows.items():
            for to, probability in row.items():
                p[layout.states[parents[0]].index(state), layout.states[child].index(to)] = probability
        return _normalised(p)
    # The first row that holds wins, so write from the last to the first.
    for line in reversed(cpt.rows):
        p[np.ix_(*_chosen(line.when, parents, layout))] = line.p
    return _normalised(p)


def _normalised(p: Floats) -> Floats:
    """Return rows that sum to one exactly; the model allows them to be off by rounding."""
    return np.asarray(p / p.sum(axis=-1, keepdims=True))


def _chosen(when: Condition, parents: tuple[int, ...], layout: Layout) -> list[list[int]]:
    """Return, for each parent, the states that satisfy the condition."""
    return [
        [
            layout.states[parent].index(state)
            for state in when.get(layout.names[parent], layout.states[parent])
        ]
        for parent in parents
    ]


def _link_family(child: int, parents: tuple[int, ...], cpt: LinkForm, layout: Layout) -> LinkFamily:
    leak = np.zeros(layout.sizes[child])
    if isinstance(cpt, NoisyMax):
        acting = list(dict.fromkeys(link.parent for link in cpt.links))
        for state, probability in cpt.leak.items():
            leak[layout.states[child].index(state)] = probability
    else:
        acting = list(cpt.order)
    leak[0] = max(0.0, 1 - leak.sum())
    contributions = tuple(
        _contribution(name, [link for link in cpt.links if link.parent == name], child, layout)
        for name in acting
    )
    return LinkFamily(child, parents, "max" if isinstance(cpt, NoisyMax) else "first", contributions, leak)


def _contribution(name: str, links: list[Link], child: int, layout: Layout) -> Contribution:
    parent = layout.index_of[name]
    gates = tuple(
        layout.index_of[gate] for gate in dict.fromkeys(gate for link in links for gate in link.when)
    )
    p = np.zeros((*(layout.sizes[gate] for gate in gates), layout.sizes[parent], layout.sizes[child]))
    for link in links:
        state = layout.states[parent].index(link.state)
        to = layout.states[child].index(link.to)
        p[np.ix_(*_chosen(link.when, gates, layout), [state], [to])] += link.p
    # Links of one state may sum to 1 with rounding; what they leave over must not be negative.
    p[..., 0] = np.maximum(0.0, 1 - p[..., 1:].sum(axis=-1))
    return Contribution(parent, gates, p)
