"""The forms a conditional probability table can take, as a domain expert states them.

What each form means as numbers is written once, in `bayesdiag.engine.tables`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bayesdiag.model.text import Weight

Condition = Mapping[str, tuple[str, ...]]
"""Variable → the states that satisfy it; all of them must hold. Empty: always."""


@dataclass(frozen=True, slots=True)
class Prior:
    """Probability of each state, without parents."""

    p: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a `Table`: under `when`, the states have probabilities `p`."""

    when: Condition
    p: tuple[float, ...]
    weight: Weight | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows read from the top: the first whose `when` holds gives the probabilities.

    A parent that `when` does not name may be in any state.
    """

    parents: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class FullTable:
    """Every number of the table, as network formats store it.

    Attributes:
        parents: Parents, the first varying slowest.
        p: Probabilities, child states fastest; length = product of all state counts.
    """

    parents: tuple[str, ...]
    p: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class StateMap:
    """A row for each state of a single parent; child states not named have probability 0."""

    parent: str
    rows: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Link:
    """One parent state acting on the child.

    Attributes:
        parent: The parent.
        state: Its state that acts.
        to: The child state it may bring about.
        p: Probability that it does, given that state (and the gate).
        when: The gate: the link acts only in this context. Empty: always.
        persistent: Whether a link that fired fires again at the next attempt with the same
            parts; None where the child is not part of an attempt.
        weight: What stands behind `p`, where it differs from the variable's own.
    """

    parent: str
    state: str
    to: str
    p: float
    when: Condition = field(default_factory=dict)
    persistent: bool | None = None
    weight: Weight | None = None


@dataclass(frozen=True, slots=True)
class NoisyMax:
    """Independent causes; the highest contribution wins (noisy-OR when the child has two states).

    Child states are ordered, the first being "nothing happened". Each parent draws one
    contribution from its links (what they leave over stays on the first state), `leak` draws
    another, and the child takes the highest.

    Reference: Díez and Galán (2003), Efficient computation for the noisy MAX,
    International Journal of Intelligent Systems 18, 165-177.
    """

    links: tuple[Link, ...]
    leak: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FirstActive:
    """The first parent, in `order`, that is not in its own first state writes the outcome.

    Its links give the child's state (what they leave over goes to the child's first state);
    later parents are not looked at. With no parent active the child is in its first state.
    """

    order: tuple[str, ...]
    links: tuple[Link, ...]


Cpt = Prior | Table | FullTable | StateMap | NoisyMax | FirstActive
LinkForm = NoisyMax | FirstActive


def parents(cpt: Cpt) -> tuple[str, ...]:
    """Return the parents of a variable, gates included, each once, in the order they are named."""
    if isinstance(cpt, Prior):
        return ()
    if isinstance(cpt, FullTable) or isinstance(cpt, Table):  # noqa: SIM101 - a union is made anew each time
        return cpt.parents
    if isinstance(cpt, StateMap):
        return (cpt.parent,)
    ordered = dict.fromkeys(cpt.order) if isinstance(cpt, FirstActive) else {}
    for link in cpt.links:
        ordered[link.parent] = None
    for gate in gates(cpt):
        ordered[gate] = None
    return tuple(ordered)


def gates(cpt: Cpt) -> tuple[str, ...]:
    """Return the contexts that gate links, each once."""
    if not isinstance(cpt, NoisyMax | FirstActive):
        return ()
    return tuple(dict.fromkeys(name for link in cpt.links for name in link.when))
