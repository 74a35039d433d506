"""Variables told apart only as far as what was seen depends on them.

States of a variable that no finding and no child tells apart are one state: a function of a variable is
all that matters of it. So a screen that showed one text leaves the outcome behind it a few states, and
each stage before that as few.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace

from bayesdiag.diagnosis.whatif.attempts import with_links
from bayesdiag.model import Cpt, FullTable, Link, NoisyMax, Prior, StateMap, Table, Variable, gates
from bayesdiag.model.cpt import FirstActive, LinkForm

DIGITS = 12
"""Numbers that agree to so many differ by rounding alone: sums of what was merged."""

Classes = Mapping[str, str]
"""State → the state that stands for it."""


def coarse(variables: Sequence[Variable], seen: Mapping[str, Mapping[str, float]]) -> list[Variable]:
    """Return variables with the states merged that make no difference to what was seen.

    Args:
        variables: Parents before children; nothing else depends on them.
        seen: Variable → state → likelihood, of some of them; every other state has 0.

    Returns:
        The variables in the same order, their states some of their own: each stands for those merged.
        Any belief about anything else is what it was, whichever of these findings are given.
    """
    found = {variable.id: variable for variable in variables}
    for variable in reversed(variables):
        children = [one for one in found.values() if variable.id in one.parents]
        classes = _classes(found[variable.id], children, seen.get(variable.id))
        found |= {
            child.id: replace(child, cpt=_of_fewer(child.cpt, variable.id, classes)) for child in children
        }
        states = tuple(state for state in variable.states if classes[state.id] == state.id)
        cpt = _to_fewer(found[variable.id], classes)
        found[variable.id] = replace(variable, states=states, cpt=cpt)
    return list(found.values())


def _classes(
    variable: Variable, children: Sequence[Variable], seen: Mapping[str, float] | None
) -> dict[str, str]:
    """Return the first state of each class; a noisy-MAX keeps its order, so neighbours alone are merged.

    Where the first parent that is not in its first state decides, that state is like no other.
    """
    first = variable.state_ids[0]
    is_first_special = any(
        isinstance(one.cpt, FirstActive) and variable.id in one.cpt.order for one in children
    )
    classes: dict[str, str] = {}
    known: dict[Hashable, str] = {}
    for state in variable.state_ids:
        sign = (
            is_first_special and state == first,
            None if seen is None else seen.get(state, 0.0),
            *(_sign(child.cpt, variable.id, state) for child in children),
        )
        if isinstance(variable.cpt, NoisyMax) and sign not in known:
            known.clear()
        classes[state] = known.setdefault(sign, state)
    return classes


def _sign(cpt: Cpt, name: str, state: str) -> Hashable:
    """Return all that a table makes of a parent's state: equal for states that it does not tell apart."""
    if isinstance(cpt, StateMap):
        return frozenset((to, round(p, DIGITS)) for to, p in cpt.rows[state].items() if p)
    if isinstance(cpt, Table):
        return tuple(name not in row.when or state in row.when[name] for row in cpt.rows)
    if isinstance(cpt, NoisyMax | FirstActive) and name not in gates(cpt):
        own = (link for link in cpt.links if (link.parent, link.state) == (name, state))
        return tuple(sorted((link.to, _gate(link), round(link.p, DIGITS)) for link in own))
    return state


def _of_fewer(cpt: Cpt, name: str, classes: Classes) -> Cpt:
    """Return a table whose parent has fewer states."""
    if isinstance(cpt, StateMap):
        return StateMap(name, {state: row for state, row in cpt.rows.items() if classes[state] == state})
    if isinstance(cpt, Table):
        rows = tuple(
            replace(row, when={**row.when, name: tuple(dict.fromkeys(classes[s] for s in row.when[name]))})
            if name in row.when
            else row
            for row in cpt.rows
        )
        return replace(cpt, rows=rows)
    if isinstance(cpt, NoisyMax | FirstActive):
        links = [link for link in cpt.links if link.parent != name or classes[link.state] == link.state]
        return with_links(cpt, links)
    return cpt


def _to_fewer(variable: Variable, classes: Classes) -> Cpt:
    """Return the table of a variable that has fewer states itself."""
    cpt, states = variable.cpt, variable.state_ids
    if isinstance(cpt, NoisyMax | FirstActive):
        return _links_to_fewer(cpt, classes, states[0])
    if isinstance(cpt, StateMap):
        return StateMap(cpt.parent, {state: _summed(row, classes) for state, row in cpt.rows.items()})
    if isinstance(cpt, Table):
        return replace(cpt, rows=tuple(replace(row, p=_shares(row.p, states, classes)) for row in cpt.rows))
    if isinstance(cpt, FullTable):
        n = len(states)
        rows = [cpt.p[start : start + n] for start in range(0, len(cpt.p), n)]
        return replace(cpt, p=tuple(p for row in rows for p in _shares(row, states, classes)))
    return Prior(_shares(cpt.p, states, classes))


def _links_to_fewer(cpt: LinkForm, classes: Classes, first: str) -> LinkForm:
    """Return links that lead to the classes; what leads to the first one does nothing."""
    links: dict[Hashable, Link] = {}
    for link in cpt.links:
        to = classes[link.to]
        if to == first:
            continue
        key = (link.parent, link.state, to, _gate(link))
        p = links[key].p + link.p if key in links else link.p
        links[key] = replace(link, to=to, p=min(1.0, p))
    if isinstance(cpt, FirstActive):
        return FirstActive(cpt.order, tuple(links.values()))
    leak = {state: p for state, p in _summed(cpt.leak, classes).items() if state != first}
    return NoisyMax(tuple(links.values()), leak)


def _gate(link: Link) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(sorted((name, tuple(sorted(states))) for name, states in link.when.items()))


def _summed(p_of: Mapping[str, float], classes: Classes) -> dict[str, float]:
    found: dict[str, float] = {}
    for state, p in p_of.items():
        found[classes[state]] = min(1.0, found.get(classes[state], 0.0) + p)
    return found


def _shares(p: Sequence[float], states: Sequence[str], classes: Classes) -> tuple[float, ...]:
    found = _summed(dict(zip(states, p, strict=True)), classes)
    return tuple(found[state] for state in states if classes[state] == state)
