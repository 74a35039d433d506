"""Whether tables fit their variable and its parents: every fault found, none raised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from math import isfinite, prod

from bayesdiag.errors import Fault
from bayesdiag.model.check import (
    Known,
    Path,
    condition_faults,
    finding_faults,
    name_fault,
    names_faults,
    probability_faults,
    weight_faults,
)
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
MAX_COMBINATIONS = 100_000
"""Rows and gates are tried against every combination of the states they name, up to this many."""


def cpt_faults(path: Path, variable: Variable, known: Known, sources: Iterable[str]) -> list[Fault]:
    """Return the faults of a variable's table and of what stands behind it, paths as in a model file."""
    cpt = variable.cpt
    if isinstance(cpt, Prior):
        return _row_faults((*path, "prior"), cpt.p, len(variable.states))
    if isinstance(cpt, FullTable):
        return _full_table_faults((*path, "full_table"), variable, cpt, known)
    if isinstance(cpt, StateMap):
        return _map_faults((*path, "map"), variable, cpt, known)
    if isinstance(cpt, Table):
        weights = _weights_faults((*path, "table"), [row.weight for row in cpt.rows], sources)
        return weights + _table_faults(path, variable, cpt, known)
    here = (*path, _link_form(variable))
    weights = _weights_faults((*here, "links"), [link.weight for link in cpt.links], sources)
    return weights + _link_form_faults(here, variable, cpt, known)


def _weights_faults(path: Path, weights: Iterable[Weight | None], sources: Iterable[str]) -> list[Fault]:
    return [
        fault
        for position, weight in enumerate(weights)
        if weight is not None
        for fault in weight_faults((*path, position), weight, sources)
    ]


def _link_form(variable: Variable) -> str:
    if isinstance(variable.cpt, FirstActive):
        return "first_active"
    return "noisy_or" if len(variable.states) <= 2 else "noisy_max"


def _row_faults(path: Path, row: Sequence[float], n_states: int) -> list[Fault]:
    if len(row) != n_states:
        return [Fault(path, f"{len(row)} numbers for {n_states} states", "Give one probability per state.")]
    if row and abs(sum(row) - 1) <= SUM_TOLERANCE and min(row) >= 0 and max(row) <= 1:
        return []
    faults = [fault for p in row for fault in probability_faults(path, p)]
    if not faults and abs(sum(row) - 1) > SUM_TOLERANCE:
        faults.append(
            Fault(path, f"the row sums to {sum(row):.9g}", "The probabilities of all states must sum to 1.")
        )
    return faults


def _table_faults(path: Path, variable: Variable, cpt: Table, known: Known) -> list[Fault]:
    by_rows = {name for row in cpt.rows for name in row.when}
    named = [name if name not in by_rows else "" for name in cpt.parents]  # a row tells the others
    faults = [
        fault
        for position, name in enumerate(named)
        if name
        for fault in name_fault((*path, "parents", position), name, known, "variables")
    ]
    for position, row in enumerate(cpt.rows):
        here = (*path, "table", position)
        faults += condition_faults((*here, "when"), row.when, known)
        for name in known.keys() & row.when.keys():
            faults += name_fault((*here, "when", name), name, cpt.parents, f"parents of {variable.id}")
        faults += _row_faults((*here, "p"), row.p, len(variable.states))
    return faults or _coverage_faults((*path, "table"), cpt, known)


def _coverage_faults(path: Path, cpt: Table, known: Known) -> list[Fault]:
    """Return a fault for the first parent states that no row is for, and for rows never reached."""
    asked = list(dict.fromkeys(name for row in cpt.rows for name in row.when))
    too_many = _combination_faults(path, cpt.parents, known)
    if too_many:
        return too_many
    reached = [False] * len(cpt.rows)
    for states in product(*(known[name].state_ids for name in asked)):
        chosen = dict(zip(asked, states, strict=True))
        hit = next((i for i, row in enumerate(cpt.rows) if _holds(row.when, chosen)), None)
        if hit is None:
            told = ", ".join(f"{name}={state}" for name, state in chosen.items())
            found = f"no row for {told}" if told else "there are no rows"
            return [Fault(path, found, "Add a row, or one without `when` at the end.")]
        reached[hit] = True
    allowed = "Earlier rows cover it: remove it, or move it up."
    return [
        Fault((*path, i), "this row is never reached", allowed) for i, was in enumerate(reached) if not was
    ]


def _combination_faults(path: Path, names: Sequence[str], known: Known) -> list[Fault]:
    size = prod(len(known[name].states) for name in names)
    if size <= MAX_COMBINATIONS:
        return []
    found = f"{len(names)} variables with {size:,} combinations of states are asked about"
    return [Fault(path, found, f"At most {MAX_COMBINATIONS:,} are allowed; links need no combinations.")]


def _full_table_faults(path: Path, variable: Variable, cpt: FullTable, known: Known) -> list[Fault]:
    n_states = size = len(variable.states)
    for name in cpt.parents:
        if name not in known:
            return names_faults((*path, "parents"), cpt.parents, known, "variables")
        size *= len(known[name].states)
    if len(cpt.p) != size:
        allowed = f"The table needs {size}: a row of {n_states} for each combination of parent states."
        return [Fault((*path, "p"), f"{len(cpt.p)} numbers", allowed)]
    if are_surely_rows(cpt.p, n_states):
        return []
    return [
        fault
        for start in range(0, size, max(n_states, 1))
        for fault in _row_faults((*path, "p", start), cpt.p[start : start + n_states], n_states)
    ]


def are_surely_rows(p: Sequence[float], n_states: int) -> bool:
    """Return whether numbers are rows without faults; False on the border, and for what is no number.

    Most tables are right, and looking at whole ones is many times faster than at each number.
    """
    if not p:
        return False
    totals = list(map(sum, zip(*[iter(p)] * n_states)))  # noqa: B905 - saying `strict` takes as long
    close = SUM_TOLERANCE / 2
    most = max(totals)
    near = isfinite(sum(totals)) and 1 - close <= min(totals) and most <= 1 + close
    return near and min(p) >= 0 and (most <= 1 or max(p) <= 1)


def _map_faults(path: Path, variable: Variable, cpt: StateMap, known: Known) -> list[Fault]:
    here = (*path, "rows")
    faults = name_fault((*path, "parent"), cpt.parent, known, "variables")
    if not faults:
        faults += [
            Fault(here, f"no row for {cpt.parent}={state}", "Every state of the parent needs a row.")
            for state in known[cpt.parent].state_ids
            if state not in cpt.rows
        ]
        for state in cpt.rows:
            faults += finding_faults((*here, state), cpt.parent, [state], known)
    for state, row in cpt.rows.items():
        unknown = [
            fault
            for to in row
            for fault in name_fault((*here, state, to), to, variable.state_ids, f"states of {variable.id}")
        ]
        told = [row.get(to, 0.0) for to in variable.state_ids]
        faults += unknown or _row_faults((*here, state), told, len(variable.states))
    return faults


def _link_form_faults(path: Path, variable: Variable, cpt: LinkForm, known: Known) -> list[Fault]:
    faults = []
    for position, link in enumerate(cpt.links):
        faults += _link_faults((*path, "links", position), variable, link, known)
    if isinstance(cpt, NoisyMax):
        faults += _leak_faults((*path, "leak"), variable, cpt)
    if isinstance(cpt, FirstActive):
        faults += _order_faults(path, cpt, known)
    return faults or _contribution_faults((*path, "links"), cpt, known)


def _order_faults(path: Path, cpt: FirstActive, known: Known) -> list[Fault]:
    unknown = names_faults((*path, "order"), cpt.order, known, "variables")
    if unknown:
        return unknown
    faults = [
        Fault((*path, "order", position), f'"{name}" stands here twice', "Name each parent once.")
        for position, name in enumerate(cpt.order)
        if name in cpt.order[:position]
    ]
    for position, link in enumerate(cpt.links):
        if link.parent in known:
            here = (*path, "links", position, "parent")
            faults += name_fault(here, link.parent, cpt.order, "parents in `order`")
    return faults


def _link_faults(path: Path, variable: Variable, link: Link, known: Known) -> list[Fault]:
    faults = name_fault((*path, "parent"), link.parent, known, "variables")
    if not faults:
        faults += finding_faults((*path, "state"), link.parent, [link.state], known)
    faults += finding_faults((*path, "to"), variable.id, [link.to], known)
    faults += probability_faults((*path, "p"), link.p)
    faults += _gate_faults((*path, "when"), variable, link, known)
    if variable.states and link.to == variable.states[0].id:
        found = f'"{link.to}" is the first state of {variable.id}'
        faults.append(Fault((*path, "to"), found, "What links leave over goes there by itself."))
    return faults


def _gate_faults(path: Path, variable: Variable, link: Link, known: Known) -> list[Fault]:
    """Return the faults of a gate; in a model with roles only contexts are gates."""
    faults = condition_faults(path, link.when, known)
    for name in link.when:
        if name == link.parent:
            found = "a link cannot be gated by its own parent"
            faults.append(Fault((*path, name), found, "Use `state` for that."))
        elif name in known and variable.kind != "plain" and known[name].kind not in ("context", "plain"):
            found = f"{name} is a {known[name].kind}, not a context"
            faults.append(Fault((*path, name), found, "Only a context can be a gate."))
    return faults


def _leak_faults(path: Path, variable: Variable, cpt: NoisyMax) -> list[Fault]:
    noun = f"states of {variable.id}"
    faults = []
    for state, p in cpt.leak.items():
        faults += name_fault((*path, state), state, variable.state_ids, noun)
        faults += probability_faults((*path, state), p)
    if variable.states and variable.states[0].id in cpt.leak:
        first = variable.states[0].id
        found = f'"{first}" is the first state of {variable.id}'
        faults.append(Fault((*path, first), found, "What the leak leaves over goes there by itself."))
    if sum(cpt.leak.values()) > 1 + SUM_TOLERANCE:
        found = f"the leak sums to {sum(cpt.leak.values()):g}"
        faults.append(Fault(path, found, "Together its numbers must not exceed 1."))
    return faults


def _contribution_faults(path: Path, cpt: LinkForm, known: Known) -> list[Fault]:
    """Return a fault where the links of one parent state may together exceed 1 under some gate."""
    faults = []
    for parent, state in dict.fromkeys((link.parent, link.state) for link in cpt.links):
        links = [link for link in cpt.links if (link.parent, link.state) == (parent, state)]
        last = max(i for i, link in enumerate(cpt.links) if link in links)
        gated_by = list(dict.fromkeys(name for link in links for name in link.when))
        # The engine keeps one table for a parent and all gates of its links.
        every = dict.fromkeys(name for link in cpt.links if link.parent == parent for name in link.when)
        too_many = _combination_faults((*path, last, "when"), [parent, *every], known)
        faults += too_many
        for states in product(*(known[name].state_ids for name in gated_by)) if not too_many else ():
            chosen = dict(zip(gated_by, states, strict=True))
            total = sum(link.p for link in links if _holds(link.when, chosen))
            if total > 1 + SUM_TOLERANCE:
                told = "".join(f", {name}={value}" for name, value in chosen.items())
                found = f"the links of {parent}={state}{told} sum to {total:g}"
                faults.append(Fault((*path, last), found, "Together they must not exceed 1."))
                break
    return faults


def _holds(condition: Condition, chosen: Mapping[str, str]) -> bool:
    return all(chosen[name] in states for name, states in condition.items())
