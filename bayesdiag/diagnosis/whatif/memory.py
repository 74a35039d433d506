"""What links keep from one attempt to the next, where their parents are the same in all of them.

A context or cause is in one state throughout, so whichever of its persistent links fire, they fire in
every attempt: one variable below it says to which state, or that none did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import NamedTuple

from bayesdiag.diagnosis.whatif.attempts import are_apart, left_by_persistent, with_links, with_memory
from bayesdiag.model import Condition, Cpt, FullTable, Link, NoisyMax, State, Variable
from bayesdiag.model.cpt import FirstActive

Kept = tuple[Condition, list[Link]]
"""A gate, and the links of one parent state that act under it."""
NONE = "none"
"""No persistent link fired."""


class Remembered(NamedTuple):
    """A table whose persistent links fire in every attempt or in none.

    Attributes:
        latest: It in the latest attempt: links stay where they were, so that causes stay responsible.
        again: It in another attempt.
        memories: What both depend on.
    """

    latest: Cpt
    again: Cpt
    memories: tuple[Variable, ...]


def remembered(variable: Variable, lasting: Mapping[str, Variable]) -> Remembered:
    """Return a variable's table with what it keeps between attempts.

    Args:
        variable: One that is drawn anew.
        lasting: The variables that are in one state throughout, by name.
    """
    cpt = variable.cpt
    if not isinstance(cpt, NoisyMax | FirstActive):
        return Remembered(cpt, cpt, ())
    latest: list[Link] = []
    again: list[Link] = []
    memories: list[Variable] = []
    for parent in dict.fromkeys(link.parent for link in cpt.links if link.parent in lasting):
        links = [link for link in cpt.links if link.parent == parent]
        memory, waiting, following = _of_parent(f"{variable.id}~{parent}", links, lasting)
        memories += memory
        latest += waiting
        again += waiting if isinstance(cpt, FirstActive) else following
    rest = [link for link in cpt.links if link.parent not in lasting]
    others, draws = with_memory(replace(variable, cpt=with_links(cpt, rest)))
    assert isinstance(others, NoisyMax | FirstActive)
    first, second = (with_links(cpt, [*links, *others.links]) for links in (latest, again))
    return Remembered(first, second, (*memories, *(replace(draw, kind="plain") for draw in draws)))


def _of_parent(
    name: str, links: Sequence[Link], lasting: Mapping[str, Variable]
) -> tuple[list[Variable], list[Link], list[Link]]:
    """Return the memory of one parent's links, them waiting for it, and what follows from it alone."""
    kept: list[Kept] = []
    plain: list[Link] = []
    for some in _by_state(links):
        groups = _by_gate(some)
        # A link that always fires needs no memory.
        if are_apart([group[0].when for group in groups]) and any(
            one.persistent and one.p < 1 for one in some
        ):
            kept += [(group[0].when, group) for group in groups]
        else:
            plain += some
    if not kept:
        return [], plain, plain
    states = (NONE, *dict.fromkeys(link.to for _, group in kept for link in group if link.persistent))
    gates = dict.fromkeys(context for gate, _ in kept for context in gate)
    parents = (links[0].parent, *gates)
    every = product(*(lasting[parent].state_ids for parent in parents))
    p = [x for chosen in every for x in _row(dict(zip(parents, chosen, strict=True)), kept, states)]
    memory = Variable(name, "plain", tuple(State(state) for state in states), FullTable(parents, tuple(p)))
    # The memory knows the gates: under each of several, a link is the same one.
    firing = {(link.state, link.to): link for _, group in kept for link in group if link.persistent}
    left = [_left(link, group, name) for _, group in kept for link in group if not link.persistent]
    waiting = [replace(link, p=1.0, when={name: (link.to,)}) for link in firing.values()]
    following = [Link(name, state, state, 1.0) for state in states[1:]]
    return [memory], [*plain, *waiting, *left], [*plain, *following, *left]


def _by_state(links: Sequence[Link]) -> list[list[Link]]:
    found: dict[str, list[Link]] = {}
    for link in links:
        found.setdefault(link.state, []).append(link)
    return list(found.values())


def _by_gate(links: Sequence[Link]) -> list[list[Link]]:
    found: dict[str, list[Link]] = {}
    for link in links:
        gate = repr(sorted((name, sorted(states)) for name, states in link.when.items()))
        found.setdefault(gate, []).append(link)
    return list(found.values())


def _row(chosen: Mapping[str, str], kept: Sequence[Kept], states: Sequence[str]) -> list[float]:
    """Return P(which persistent link fires) where the parent and the gates are in these states."""
    acting = [
        link
        for gate, group in kept
        if all(chosen[name] in allowed for name, allowed in gate.items())
        for link in group
        if link.persistent and link.state == chosen[link.parent]
    ]
    p = {state: sum(link.p for link in acting if link.to == state) for state in states}
    p[NONE] = max(0.0, 1 - sum(p.values()))
    return [p[state] for state in states]


def _left(link: Link, links: Sequence[Link], memory: str) -> Link:
    """Return a link that is drawn anew; it shares out what the persistent ones leave."""
    left = left_by_persistent(links)
    return replace(link, p=min(1.0, link.p / left) if left > 0 else 0.0, when={**link.when, memory: (NONE,)})
