"""Whether variables and the graph they form mean something: every fault found, none raised."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from bayesdiag.errors import Fault
from bayesdiag.model.check import Known, Path, name_fault, repeated, weight_faults
from bayesdiag.model.check_tables import cpt_faults
from bayesdiag.model.cpt import FirstActive, NoisyMax
from bayesdiag.model.text import NO_WEIGHT
from bayesdiag.model.variable import Kind, Variable


def variable_faults(variables: Sequence[Variable], known: Known, sources: Sequence[str]) -> list[Fault]:
    """Return the faults of all variables and tables, and of the graph they form."""
    if len(known) < len(variables):  # whatever names one of the two could mean either
        return list(repeated(("variables",), [variable.id for variable in variables]))
    if not variables:
        return [Fault(("variables",), "there are none", "A model needs at least one variable.")]
    faults: list[Fault] = []
    for variable in variables:
        path: Path = ("variables", variable.id)
        faults += _states_faults(path, variable)
        if variable.weight is not NO_WEIGHT:
            faults += weight_faults(path, variable.weight, sources)
        faults += cpt_faults(path, variable, known, sources)
        if variable.kind in _MAY_DEPEND_ON:
            faults += _role_faults(path, variable, known)
    return faults or _cycle_faults(known)


def topological_order(variables: Iterable[Variable]) -> list[str]:
    """Return the names, parents before children; names on a cycle are left out."""
    waiting = {variable.id: set(variable.parents) for variable in variables}
    children: dict[str, list[str]] = {name: [] for name in waiting}
    for name, above in waiting.items():
        for parent in above:
            children[parent].append(name)
    ready = [name for name, above in waiting.items() if not above]
    ordered = []
    while ready:
        name = ready.pop()
        ordered.append(name)
        for child in children[name]:
            waiting[child].discard(name)
            if not waiting[child]:
                ready.append(child)
    return ordered


def _states_faults(path: Path, variable: Variable) -> list[Fault]:
    names = variable.state_ids
    faults = list(repeated((*path, "states"), names)) if len(set(names)) != len(names) else []
    if not names:
        faults.append(Fault((*path, "states"), "there are none", "A variable needs at least one state."))
    for state in variable.contacts_of_state:
        here = (*path, "contacts_of_state", state)
        faults += name_fault(here, state, names, f"states of {variable.id}")
    return faults


_MAY_DEPEND_ON: Mapping[Kind, tuple[Kind, ...]] = {
    "context": ("context",),
    "cause": ("context",),
    "stage": ("plain", "context", "cause", "stage"),
}
"""Responsibility needs links from causes through stages; the other kinds may depend on any."""


def _role_faults(path: Path, variable: Variable, known: Known) -> list[Fault]:
    """Return the faults of who may depend on whom."""
    kind, cpt = variable.kind, variable.cpt
    allowed = _MAY_DEPEND_ON[kind]
    told = f"A {kind} may only depend on these kinds: {', '.join(k for k in allowed if k != 'plain')}."
    faults = [
        Fault(path, f"a {kind} depends on {name}, a {known[name].kind}", told)
        for name in variable.parents
        if name in known and known[name].kind not in allowed
    ]
    if kind == "stage" and not isinstance(cpt, NoisyMax | FirstActive):
        found = "this stage has no links"
        told = "A stage must be noisy_or, noisy_max or first_active: a cause is responsible by its links."
        faults.append(Fault(path, found, told))
    return faults


def _cycle_faults(known: Known) -> list[Fault]:
    above: set[str] = set()
    for name, variable in known.items():
        if not above.issuperset(variable.parents):
            break
        above.add(name)
    else:
        return []  # each stands behind its parents, as in most files
    ordered = set(topological_order(known.values()))
    if len(ordered) == len(known):
        return []
    loops = _cycles({name: known[name].parents for name in known if name not in ordered})
    return [
        Fault(
            ("variables", loop[0]), f"a cycle: {' → '.join([*loop, loop[0]])}", "Remove one of these arrows."
        )
        for loop in loops
    ]


def _cycles(parents_of: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Return a cycle of each group that depends on itself, every name a parent of the next."""
    import networkx as nx  # noqa: PLC0415 - takes a while, and few models have a cycle

    arrows = [
        (parent, name) for name, parents in parents_of.items() for parent in parents if parent in parents_of
    ]
    graph = nx.DiGraph(arrows)
    groups = [group for group in nx.strongly_connected_components(graph) if _is_circle(group, arrows)]
    place = {name: number for number, name in enumerate(parents_of)}
    firsts = sorted((min(group, key=place.__getitem__) for group in groups), key=place.__getitem__)
    loops = [[name for name, _ in nx.find_cycle(graph, first)] for first in firsts]
    return [[*loop[1:], loop[0]] for loop in loops]


def _is_circle(group: Collection[str], arrows: Collection[tuple[str, str]]) -> bool:
    return len(group) > 1 or all((name, name) in arrows for name in group)
