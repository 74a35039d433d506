"""An attempt and the next: what stays, what is drawn anew, and what a repair makes of it.

Contexts and causes are the same in both attempts, so they have their posterior; what is changed is
another variable in the second. Stages, symptoms and tests stand there twice; a link marked
persistent fires in both attempts or in neither.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from bayesdiag.case import Evidence
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.model import (
    Condition,
    Cpt,
    FullTable,
    Link,
    Model,
    NoisyMax,
    Prior,
    Repair,
    State,
    StateMap,
    Table,
    Variable,
)
from bayesdiag.model.cpt import FirstActive, LinkForm

NEXT = "′"
"""Marks a variable of the next attempt."""
DRAWN_ANEW = frozenset({"stage", "symptom", "test"})
"""Kinds that every attempt has its own of."""


def next_success(
    network: CompiledNetwork,
    evidence: Evidence,
    *,
    repair: Repair | None = None,
    renewed: Collection[str] = (),
) -> float:
    """Return P(the next attempt succeeds | findings, premise) after a repair or a swap, or as it is.

    Args:
        network: A model with a premise.
        evidence: The findings; possible under the model.
        repair: Done in between: every cause state that it fixes is made normal with its P(repaired).
        renewed: Contexts and causes that another card, terminal or place brings along: drawn anew by
            their own tables, their links without any memory.

    Raises:
        TooLarge: Exact inference needs too much memory, and no estimate is to be had.
    """
    model, premise = network.model, network.model.premise
    if premise is None:
        raise ValueError(f"{model.name} has no premise: nothing says what success is")
    tables: dict[str, Cpt] = {}
    for cause in model.of_kind("cause") if repair else ():
        table = mended(model, repair, cause) if repair else None
        if table is not None:
            tables[cause.id] = table
    tables |= {name: model.variable_of[name].cpt for name in renewed}
    asked = [premise.variable, *evidence.findings]
    twin = compile_network(two_attempts(model, tables, asked, forgotten=renewed))
    found = twin.posterior(
        Evidence(twin.model, evidence.findings), premise=True, targets=[premise.variable + NEXT]
    )
    p = dict(
        zip(model.variable_of[premise.variable].state_ids, found.of(premise.variable + NEXT)[0], strict=True)
    )
    return float(sum(p[state] for state in premise.exclude))


def mended(model: Model, repair: Repair, cause: Variable) -> Cpt | None:
    """Return what a cause is after a repair, given what it was; None where the repair leaves it alone."""
    normal, *wrong = cause.state_ids
    fixes = {state: p_fixed(model, repair, cause.id, state) for state in wrong}
    if not any(fixes.values()):
        return None
    rows = {state: {normal: p, state: 1 - p} for state, p in fixes.items()}
    return StateMap(cause.id, {normal: {normal: 1.0}, **rows})


def p_fixed(model: Model, repair: Repair, cause: str, state: str) -> float:
    """Return P(a repair makes this cause state normal): what it lists, or the model's share for the rest."""
    return repair.fixes.get((cause, state), model.unlisted_fix if repair.fixes else 0.0)


def remembering(model: Model) -> Model:
    """Return a model of one attempt that can be made again: its persistent links wait for hidden draws.

    Drawing the stages above the premise anew while all else stays is the next attempt. What does
    not bear on whether an attempt succeeds remembers nothing.
    """
    premise = model.premise
    needed = above(model, [premise.variable]) if premise else set()
    variables: list[Variable] = []
    hidden: list[Variable] = []
    for variable in model.variables:
        bare = Variable(variable.id, variable.kind, variable.states, variable.cpt)
        kept, more = _remembered(variable) if variable.id in needed else (bare, [])
        variables.append(kept)
        hidden += more
    return Model(model.name, (*variables, *hidden), premise=replace(premise, source="") if premise else None)


def two_attempts(
    model: Model,
    changed: Collection[str] | Mapping[str, Cpt],
    asked: Collection[str] = (),
    *,
    forgotten: Collection[str] = (),
) -> Model:
    """Return the model of an attempt and the next, `changed` standing apart in the second.

    A changed variable of the next attempt has the table given for it, or else even odds: give its
    state as a finding then. Links of one parent state whose gates can hold together without being
    the same are drawn anew.

    Args:
        model: A model of causes.
        changed: Contexts and causes, with their tables or without.
        asked: Variables that must be there beside them, with all that they depend on; all when empty.
        forgotten: Those among the changed that are other things than before: their links keep nothing.
    """
    needed = above(model, [*asked, *changed]) if asked else set(model.variable_of)
    tables = changed if isinstance(changed, Mapping) else {}
    first: list[Variable] = []
    second: list[Variable] = []
    hidden: list[Variable] = []
    names = {name: next_name(model, name, changed) for name in model.variable_of}
    for variable in (one for one in model.variables if one.id in needed):
        kept, more = _remembered(variable)
        hidden += more
        first.append(kept)
        if variable.kind in DRAWN_ANEW:
            again = renamed(_forgetting(kept.cpt, variable.cpt, forgotten), names)
        elif variable.id in changed:
            even = Prior((1 / len(variable.states),) * len(variable.states))
            again = tables.get(variable.id, even)
            if variable.id in forgotten:
                again = renamed(again, names)
        else:
            continue
        second.append(replace(kept, id=variable.id + NEXT, kind="plain", cpt=again))
    premise = None if model.premise is None else replace(model.premise, source="")
    return Model(model.name, (*first, *hidden, *second), premise=premise)


def _remembered(variable: Variable) -> tuple[Variable, list[Variable]]:
    """Return a bare variable whose persistent links wait for hidden draws, and the draws."""
    cpt, hidden = with_memory(variable) if variable.kind in DRAWN_ANEW else (variable.cpt, [])
    return Variable(variable.id, variable.kind, variable.states, cpt), hidden


def _forgetting(kept: Cpt, own: Cpt, forgotten: Collection[str]) -> Cpt:
    """Return a table with memory, but for the links of what is forgotten."""
    if not isinstance(kept, NoisyMax | FirstActive) or not isinstance(own, NoisyMax | FirstActive):
        return kept
    links = [link for link in kept.links if link.parent not in forgotten]
    return with_links(kept, [*links, *(link for link in own.links if link.parent in forgotten)])


def above(model: Model, names: Collection[str]) -> set[str]:
    """Return some variables and all that they depend on."""
    kept, ahead = set(names), list(names)
    while ahead:
        more = set(model.variable_of[ahead.pop()].parents) - kept
        kept |= more
        ahead += more
    return kept


def next_name(model: Model, name: str, changed: Collection[str]) -> str:
    """Return what a variable is called in the next attempt: its own name where it is the same one."""
    is_own = name in changed or model.variable_of[name].kind in DRAWN_ANEW
    return name + NEXT if is_own else name


def with_memory(variable: Variable) -> tuple[Cpt, list[Variable]]:
    """Return a table whose persistent links wait for a hidden draw, and the draws."""
    cpt = variable.cpt
    if not isinstance(cpt, NoisyMax | FirstActive):
        return cpt, []
    groups: dict[tuple[str, str], dict[str, list[Link]]] = {}
    for link in cpt.links:
        gate = repr(sorted((name, sorted(states)) for name, states in link.when.items()))
        groups.setdefault((link.parent, link.state), {}).setdefault(gate, []).append(link)
    links: list[Link] = []
    hidden: list[Variable] = []
    for by_gate in groups.values():
        apart = are_apart([some[0].when for some in by_gate.values()])
        for some in by_gate.values():
            # A link that always fires needs no memory.
            if apart and any(link.persistent and link.p < 1 for link in some):
                draw = _draw(f"{variable.id}~{len(hidden)}", some)
                hidden.append(draw)
                links += _waiting(draw, some)
            else:
                links += some
    return with_links(cpt, links), hidden


def are_apart(gates: Sequence[Condition]) -> bool:
    """Whether no two gates can hold at once."""
    return all(
        any(name in other and not set(states) & set(other[name]) for name, states in gate.items())
        for place, gate in enumerate(gates)
        for other in gates[place + 1 :]
    )


def _draw(name: str, links: Sequence[Link]) -> Variable:
    """Return the hidden draw of links that exclude each other: which persistent one fires, or none."""
    p = [link.p for link in links if link.persistent]
    states = ("none", *(f"fires{place}" for place in range(len(p))))
    return Variable(name, "context", tuple(State(s) for s in states), Prior((max(0.0, 1 - sum(p)), *p)))


def _waiting(draw: Variable, links: Sequence[Link]) -> list[Link]:
    """Return the links gated by the draw; those not persistent share out what it leaves."""
    fires = iter(draw.state_ids[1:])
    left = left_by_persistent(links)
    found = []
    for link in links:
        state = next(fires) if link.persistent else "none"
        p = 1.0 if link.persistent else min(1.0, link.p / left) if left > 0 else 0.0
        found.append(replace(link, p=p, when={**link.when, draw.id: (state,)}))
    return found


def left_by_persistent(links: Sequence[Link]) -> float:
    """Return P(no persistent one fires) of links that exclude each other.

    Added up from below: 1 less what is persistent would leave rounding where the others take all of it.
    """
    nothing = max(0.0, 1 - sum(link.p for link in links))
    return nothing + sum(link.p for link in links if not link.persistent)


def with_links(cpt: LinkForm, links: Sequence[Link]) -> LinkForm:
    """Return a table with other links."""
    if isinstance(cpt, NoisyMax):
        return NoisyMax(tuple(links), cpt.leak)
    return FirstActive(cpt.order, tuple(links))


def renamed(cpt: Cpt, names: Mapping[str, str]) -> Cpt:
    """Return a table whose parents have other names; hidden draws keep theirs."""

    def gate(condition: Condition) -> Condition:
        return {names.get(name, name): states for name, states in condition.items()}

    if isinstance(cpt, NoisyMax | FirstActive):
        links = [
            replace(link, parent=names.get(link.parent, link.parent), when=gate(link.when))
            for link in cpt.links
        ]
        if isinstance(cpt, NoisyMax):
            return NoisyMax(tuple(links), cpt.leak)
        return FirstActive(tuple(names.get(name, name) for name in cpt.order), tuple(links))
    if isinstance(cpt, Table):
        rows = tuple(replace(row, when=gate(row.when)) for row in cpt.rows)
        return Table(tuple(names.get(name, name) for name in cpt.parents), rows)
    if isinstance(cpt, FullTable):
        return FullTable(tuple(names.get(name, name) for name in cpt.parents), cpt.p)
    if isinstance(cpt, StateMap):
        return StateMap(names.get(cpt.parent, cpt.parent), cpt.rows)
    return cpt
