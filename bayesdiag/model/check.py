"""Whether variables and their tables fit together: every fault found, none raised."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from math import isfinite, prod

from bayesdiag.errors import Fault, known_names
from bayesdiag.model.cpt import (
    Condition,
    FirstActive,
    FullTable,
    Link,
    LinkForm,
    NoisyMax,
    Prior,
    StateMap,
    Table,
)
from bayesdiag.model.text import Weight
from bayesdiag.model.variable import Variable

SUM_TOLERANCE = 1e-6
"""How far from 1 a row of probabilities may be (files round to six or more digits)."""

Path = tuple[str | int, ...]
Known = Mapping[str, Variable]


def variable_faults(variables: Sequence[Variable]) -> list[Fault]:
    """Return the faults of all variables and tables, and of the graph they form."""
    known = {variable.id: variable for variable in variables}
    faults = list(repeated(("variables",), [variable.id for variable in variables]))
    if not variables:
        faults.append(Fault(("variables",), "there are none", "A model needs at least one variable."))
    for variable in variables:
        faults += _states_faults(variable)
        faults += weight_faults(("variables", variable.id), variable.weight)
        faults += _cpt_faults(variable, known)
        faults += _role_faults(variable, known)
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


def repeated(path: Path, names: Sequence[str]) -> Iterator[Fault]:
    """Yield a fault for each name that stands twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield Fault((*path, name), "this name is used twice", "Give each its own name.")
        seen.add(name)


def name_fault(path: Path, name: str, known: Iterable[str], noun: str) -> list[Fault]:
    """Return the fault of a name that is not among the known ones, or nothing."""
    names = list(known)
    if name in names:
        return []
    return [Fault(path, f'"{name}" is not one of the {noun}', known_names(name, names, noun))]


def finding_faults(path: Path, variable: str, states: Iterable[str], known: Known) -> list[Fault]:
    """Return the faults of a variable and some of its states, wherever they are named."""
    if variable not in known:
        return name_fault(path, variable, known, "variables")
    allowed = known[variable].state_ids
    noun = f"states of {variable}"
    return [fault for state in states for fault in name_fault(path, state, allowed, noun)]


def condition_faults(path: Path, condition: Condition, known: Known) -> list[Fault]:
    """Return the faults of a `when` or `requires`."""
    return [
        fault
        for variable, states in condition.items()
        for fault in finding_faults((*path, variable), variable, states, known)
    ]


def probability_faults(path: Path, p: float) -> list[Fault]:
    """Return the fault of a number that is no probability, or nothing."""
    if isfinite(p) and 0 <= p <= 1:
        return []
    return [Fault(path, f"{p:g} is not a probability", "A probability lies from 0 to 1.")]


def amount_faults(path: Path, amount: float, least: float = 0.0) -> list[Fault]:
    """Return the fault of a number below its least value or not finite, or nothing."""
    if isfinite(amount) and amount >= least:
        return []
    return [Fault(path, f"{amount:g} is out of range", f"It must be a finite number, {least:g} or more.")]


def weight_faults(path: Path, weight: Weight) -> list[Fault]:
    """Return the faults of what stands behind a group of numbers."""
    return amount_faults((*path, "ess"), weight.ess) + amount_faults((*path, "within"), weight.within, 1)


def _states_faults(variable: Variable) -> list[Fault]:
    path: Path = ("variables", variable.id, "states")
    faults = list(repeated(path, variable.state_ids))
    if not variable.states:
        faults.append(Fault(path, "there are none", "A variable needs at least one state."))
    for state in variable.contacts_of_state:
        faults += name_fault(
            ("variables", variable.id, "contacts_of_state", state), state, variable.state_ids, "states"
        )
    return faults


def _cpt_faults(variable: Variable, known: Known) -> list[Fault]:
    path: Path = ("variables", variable.id)
    cpt = variable.cpt
    unknown = [
        fault
        for name in variable.parents
        for fault in name_fault((*path, "parents"), name, known, "variables")
    ]
    if unknown:
        return unknown
    if isinstance(cpt, Prior):
        return _row_faults((*path, "p"), cpt.p, len(variable.states))
    if isinstance(cpt, Table):
        return _table_faults(path, variable, cpt, known)
    if isinstance(cpt, FullTable):
        return _full_table_faults(path, variable, cpt, known)
    if isinstance(cpt, StateMap):
        return _map_faults(path, variable, cpt, known)
    return _link_form_faults(path, variable, cpt, known)


def _row_faults(path: Path, row: Sequence[float], n_states: int) -> list[Fault]:
    if len(row) != n_states:
        return [Fault(path, f"{len(row)} numbers for {n_states} states", "Give one probability per state.")]
    faults = [fault for p in row for fault in probability_faults(path, p)]
    if not faults and abs(sum(row) - 1) > SUM_TOLERANCE:
        faults.append(
            Fault(path, f"the row sums to {sum(row):.9g}", "The probabilities of all states must sum to 1.")
        )
    return faults


def _table_faults(path: Path, variable: Variable, cpt: Table, known: Known) -> list[Fault]:
    faults = []
    for position, row in enumerate(cpt.rows):
        here = (*path, "table", position)
        faults += condition_faults((*here, "when"), row.when, known)
        for name in row.when:
            faults += name_fault((*here, "when"), name, cpt.parents, f"parents of {variable.id}")
        faults += _row_faults((*here, "p"), row.p, len(variable.states))
        if row.weight is not None:
            faults += weight_faults(here, row.weight)
    return faults or _coverage_faults(path, cpt, known)


def _coverage_faults(path: Path, cpt: Table, known: Known) -> list[Fault]:
    """Return a fault for the first parent states that no row is for, and for rows never reached."""
    reached = [False] * len(cpt.rows)
    for states in product(*(known[name].state_ids for name in cpt.parents)):
        chosen = dict(zip(cpt.parents, states, strict=True))
        hit = next((i for i, row in enumerate(cpt.rows) if _holds(row.when, chosen)), None)
        if hit is None:
            told = ", ".join(f"{name}={state}" for name, state in chosen.items())
            return [
                Fault((*path, "table"), f"no row for {told}", "Add a row, or one without `when` at the end.")
            ]
        reached[hit] = True
    return [
        Fault(
            (*path, "table", i), "this row is never reached", "An earlier row covers it: remove one of them."
        )
        for i, was in enumerate(reached)
        if not was
    ]


def _full_table_faults(path: Path, variable: Variable, cpt: FullTable, known: Known) -> list[Fault]:
    n_states = len(variable.states)
    size = n_states * prod(len(known[name].states) for name in cpt.parents)
    if len(cpt.p) != size:
        return [Fault((*path, "p"), f"{len(cpt.p)} numbers", f"The table needs {size}.")]
    return [
        fault
        for start in range(0, size, max(n_states, 1))
        for fault in _row_faults((*path, "p", start), cpt.p[start : start + n_states], n_states)
    ]


def _map_faults(path: Path, variable: Variable, cpt: StateMap, known: Known) -> list[Fault]:
    faults = []
    here = (*path, "rows")
    faults += [
        Fault(here, f"no row for {cpt.parent}={state}", "Every state of the parent needs a row.")
        for state in known[cpt.parent].state_ids
        if state not in cpt.rows
    ]
    for state, row in cpt.rows.items():
        faults += finding_faults((*here, state), cpt.parent, [state], known)
        unknown = finding_faults((*here, state), variable.id, row, known)
        faults += unknown
        if not unknown:
            faults += _row_faults(
                (*here, state), [row.get(s, 0.0) for s in variable.state_ids], len(variable.states)
            )
    return faults


def _link_form_faults(path: Path, variable: Variable, cpt: LinkForm, known: Known) -> list[Fault]:
    faults = []
    for position, link in enumerate(cpt.links):
        faults += _link_faults((*path, "links", position), variable, link, known)
    if isinstance(cpt, NoisyMax):
        faults += _leak_faults((*path, "leak"), variable, cpt)
    if isinstance(cpt, FirstActive):
        faults += repeated((*path, "order"), cpt.order)
        for position, link in enumerate(cpt.links):
            faults += name_fault(
                (*path, "links", position, "parent"), link.parent, cpt.order, "parents in `order`"
            )
    return faults or _contribution_faults(path, cpt, known)


def _link_faults(path: Path, variable: Variable, link: Link, known: Known) -> list[Fault]:
    faults = finding_faults((*path, "state"), link.parent, [link.state], known)
    faults += finding_faults((*path, "to"), variable.id, [link.to], known)
    faults += probability_faults((*path, "p"), link.p)
    faults += condition_faults((*path, "when"), link.when, known)
    if link.parent in link.when:
        faults.append(
            Fault((*path, "when"), "a link cannot be gated by its own parent", "Use `state` for that.")
        )
    if variable.states and link.to == variable.states[0].id:
        faults.append(
            Fault(
                (*path, "to"),
                f'"{link.to}" is the first state',
                "What links leave over goes there by itself.",
            )
        )
    if link.weight is not None:
        faults += weight_faults(path, link.weight)
    return faults


def _leak_faults(path: Path, variable: Variable, cpt: NoisyMax) -> list[Fault]:
    faults = finding_faults(path, variable.id, cpt.leak, {variable.id: variable})
    faults += [fault for state, p in cpt.leak.items() for fault in probability_faults((*path, state), p)]
    if variable.states and variable.states[0].id in cpt.leak:
        first = variable.states[0].id
        faults.append(
            Fault((*path, first), "this is the first state", "What the leak leaves over goes there.")
        )
    if sum(cpt.leak.values()) > 1 + SUM_TOLERANCE:
        total = sum(cpt.leak.values())
        faults.append(Fault(path, f"the leak sums to {total:g}", "Together they must not exceed 1."))
    return faults


def _contribution_faults(path: Path, cpt: LinkForm, known: Known) -> list[Fault]:
    """Return a fault where the links of one parent state may together exceed 1 under some gate."""
    faults = []
    for parent, state in dict.fromkeys((link.parent, link.state) for link in cpt.links):
        links = [link for link in cpt.links if (link.parent, link.state) == (parent, state)]
        gated_by = list(dict.fromkeys(name for link in links for name in link.when))
        for states in product(*(known[name].state_ids for name in gated_by)):
            chosen = dict(zip(gated_by, states, strict=True))
            total = sum(link.p for link in links if _holds(link.when, chosen))
            if total > 1 + SUM_TOLERANCE:
                told = "".join(f", {name}={value}" for name, value in chosen.items())
                found = f"the links of {parent}={state}{told} sum to {total:g}"
                faults.append(Fault((*path, "links"), found, "Together they must not exceed 1."))
                break
    return faults


def _role_faults(variable: Variable, known: Known) -> list[Fault]:
    """Return the faults of who may depend on whom; responsibility needs links between cause and stage."""
    path: Path = ("variables", variable.id)
    kinds = {known[name].kind for name in variable.parents if name in known}
    if variable.kind == "context" and kinds - {"context"}:
        return [
            Fault(path, "a context depends on something else", "A context may only have contexts as parents.")
        ]
    if variable.kind == "cause" and kinds - {"context"}:
        return [
            Fault(path, "a cause depends on something else", "A cause may only have contexts as parents.")
        ]
    if variable.kind == "stage" and not isinstance(variable.cpt, NoisyMax | FirstActive):
        return [
            Fault(
                path,
                "this stage has no links",
                "A stage must be noisy_or, noisy_max or first_active: a cause is responsible by its links.",
            )
        ]
    if variable.kind == "stage" and kinds & {"symptom", "test"}:
        return [Fault(path, "a stage depends on a symptom or test", "Turn the arrow around.")]
    return []


def _cycle_faults(known: Known) -> list[Fault]:
    ordered = set(topological_order(known.values()))
    if len(ordered) == len(known):
        return []
    loop = _one_cycle({name: known[name].parents for name in known if name not in ordered})
    return [
        Fault(
            ("variables", loop[0]), f"a cycle: {' → '.join([*loop, loop[0]])}", "Remove one of these arrows."
        )
    ]


def _one_cycle(parents_of: Mapping[str, Sequence[str]]) -> list[str]:
    """Return one cycle, each name a parent of the next."""
    name = next(iter(parents_of))
    seen: list[str] = []
    while name not in seen:
        seen.append(name)
        name = next(parent for parent in parents_of[name] if parent in parents_of)
    return seen[seen.index(name) :][::-1]


def _holds(condition: Condition, chosen: Mapping[str, str]) -> bool:
    return all(chosen[name] in states for name, states in condition.items())
