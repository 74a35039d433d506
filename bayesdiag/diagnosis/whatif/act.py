"""Acting beside seeing: what the next attempt comes to when something is changed.

For a model of causes it is a network of two attempts. Contexts and causes are the same in both,
so they have their posterior; what is changed is another variable in the second. Stages, symptoms
and tests stand there twice; a link marked persistent fires in both attempts or in neither. A plain
network is cut above what is changed, and findings below it are set aside.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from bayesdiag.case import Evidence
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.errors import EvidenceError, Fault
from bayesdiag.model import (
    Condition,
    Cpt,
    FullTable,
    Link,
    Model,
    NoisyMax,
    Prior,
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


@dataclass(frozen=True)
class Effect:
    """What acting, and seeing the same, come to.

    Attributes:
        set_aside: Findings below what is changed: they speak of how it was, not of how it is now.
        do: Variable → P(state) when it is made so.
        see: Variable → P(state) when it is found to be so.
        p_success: P(the next attempt succeeds) when it is made so, and when it is found so; None
            in a model without a premise.
        is_estimated: Whether some of this is estimated by sampling.
    """

    set_aside: tuple[str, ...]
    do: Mapping[str, Mapping[str, float]]
    see: Mapping[str, Mapping[str, float]]
    p_success: tuple[float, float] | None
    is_estimated: bool


def acted(
    network: CompiledNetwork, evidence: Evidence, changes: Mapping[str, str], targets: Collection[str] = ()
) -> Effect:
    """Return what follows when variables are made to be in some states, beside finding them so.

    Args:
        network: The network.
        evidence: The findings; possible under the model.
        changes: Variable → state. In a model of causes: contexts and causes.
        targets: Variables whose next beliefs are wanted beside success; in a plain network all by
            default.

    Raises:
        EvidenceError: An unknown name or state, or one that is drawn anew at every attempt.
        TooLarge: Exact inference needs too much memory, and no estimate is to be had.
    """
    model = network.model
    Evidence(model, changes)  # names and states are checked there
    if not model.is_diagnostic:
        return _in_plain(network, evidence, changes, targets)
    wrong = [name for name in changes if model.variable_of[name].kind in DRAWN_ANEW]
    if wrong:
        told = "Change a context or a cause; stages and symptoms follow from them."
        raise EvidenceError([Fault((name,), "this is drawn anew at every attempt", told) for name in wrong])
    premise = model.premise
    wanted = dict.fromkeys([*([premise.variable] if premise else []), *targets])
    needed = [*wanted, *evidence.findings, *changes]
    twin = compile_network(two_attempts(model, changes, needed))
    names = [_next(model, name, changes) for name in wanted]
    made = Evidence(
        twin.model, {**evidence.findings, **{name + NEXT: state for name, state in changes.items()}}
    )
    found_so = {**evidence.findings, **{name: {state: 1.0} for name, state in changes.items()}}
    same = compile_network(two_attempts(model, (), needed))
    answers = []
    for twin_network, case, asked in (
        (twin, made, names),
        (same, Evidence(same.model, found_so), [_next(model, name, ()) for name in wanted]),
    ):
        posterior = twin_network.posterior(case, premise=True, targets=asked)
        answers.append((posterior, dict(zip(wanted, asked, strict=True))))
    do, see = (
        {name: _by_state(model, name, posterior.of(place)[0]) for name, place in places.items()}
        for posterior, places in answers
    )
    success = None
    if premise:
        success = tuple(sum(side[premise.variable][s] for s in premise.exclude) for side in (do, see))
    return Effect(
        _below(model, evidence, changes),
        do,
        see,
        None if success is None else (success[0], success[1]),
        any(posterior.half_width is not None for posterior, _ in answers),
    )


def two_attempts(model: Model, changed: Collection[str], asked: Collection[str] = ()) -> Model:
    """Return the model of an attempt and the next, `changed` standing apart in the second.

    A changed variable of the next attempt has even odds: give its state as a finding. Links of one
    parent state whose gates can hold together without being the same are drawn anew.

    Args:
        model: A model of causes.
        changed: Contexts and causes.
        asked: Variables that must be there beside them, with all that they depend on; all when empty.
    """
    needed = _above(model, [*asked, *changed]) if asked else set(model.variable_of)
    first: list[Variable] = []
    second: list[Variable] = []
    hidden: list[Variable] = []
    for variable in (one for one in model.variables if one.id in needed):
        bare = Variable(variable.id, variable.kind, variable.states, variable.cpt)
        if variable.kind not in DRAWN_ANEW:
            first.append(bare)
            if variable.id in changed:
                even = Prior((1 / len(variable.states),) * len(variable.states))
                second.append(replace(bare, id=variable.id + NEXT, kind="plain", cpt=even))
            continue
        cpt, more = _with_memory(variable)
        hidden += more
        first.append(replace(bare, cpt=cpt))
        names = {name: _next(model, name, changed) for name in model.variable_of}
        second.append(replace(bare, id=variable.id + NEXT, kind="plain", cpt=_renamed(cpt, names)))
    premise = None if model.premise is None else replace(model.premise, source="")
    return Model(model.name, (*first, *hidden, *second), premise=premise)


def _above(model: Model, names: Collection[str]) -> set[str]:
    """Return some variables and all that they depend on."""
    kept, ahead = set(names), list(names)
    while ahead:
        more = set(model.variable_of[ahead.pop()].parents) - kept
        kept |= more
        ahead += more
    return kept


def _next(model: Model, name: str, changed: Collection[str]) -> str:
    is_own = name in changed or model.variable_of[name].kind in DRAWN_ANEW
    return name + NEXT if is_own else name


def _with_memory(variable: Variable) -> tuple[Cpt, list[Variable]]:
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
        apart = _are_apart([some[0].when for some in by_gate.values()])
        for some in by_gate.values():
            # A link that always fires needs no memory.
            if apart and any(link.persistent and link.p < 1 for link in some):
                draw = _draw(f"{variable.id}~{len(hidden)}", some)
                hidden.append(draw)
                links += _waiting(draw, some)
            else:
                links += some
    return _with_links(cpt, links), hidden


def _are_apart(gates: Sequence[Condition]) -> bool:
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
    left = 1 - sum(link.p for link in links if link.persistent)
    found = []
    for link in links:
        state = next(fires) if link.persistent else "none"
        p = 1.0 if link.persistent else min(1.0, link.p / left) if left > 0 else 0.0
        found.append(replace(link, p=p, when={**link.when, draw.id: (state,)}))
    return found


def _with_links(cpt: LinkForm, links: Sequence[Link]) -> LinkForm:
    if isinstance(cpt, NoisyMax):
        return NoisyMax(tuple(links), cpt.leak)
    return FirstActive(cpt.order, tuple(links))


def _renamed(cpt: Cpt, names: Mapping[str, str]) -> Cpt:
    """Return a table whose parents have other names; hidden draws keep theirs."""

    def gate(condition: Condition) -> Condition:
        return {names.get(name, name): states for name, states in condition.items()}

    if isinstance(cpt, NoisyMax | FirstActive):
        links = [replace(link, parent=names[link.parent], when=gate(link.when)) for link in cpt.links]
        if isinstance(cpt, NoisyMax):
            return NoisyMax(tuple(links), cpt.leak)
        return FirstActive(tuple(names[name] for name in cpt.order), tuple(links))
    if isinstance(cpt, Table):
        rows = tuple(replace(row, when=gate(row.when)) for row in cpt.rows)
        return Table(tuple(names[name] for name in cpt.parents), rows)
    if isinstance(cpt, FullTable):
        return FullTable(tuple(names[name] for name in cpt.parents), cpt.p)
    if isinstance(cpt, StateMap):
        return StateMap(names[cpt.parent], cpt.rows)
    return cpt


def _in_plain(
    network: CompiledNetwork, evidence: Evidence, changes: Mapping[str, str], targets: Collection[str]
) -> Effect:
    """Return do() by surgery: what points at a changed variable is cut."""
    model = network.model
    aside = _below(model, evidence, changes)
    wanted = list(targets) or [variable.id for variable in model.variables]
    cut = tuple(
        replace(variable, cpt=Prior((1 / len(variable.states),) * len(variable.states)))
        if variable.id in changes
        else variable
        for variable in model.variables
    )
    surgery = compile_network(Model(model.name, cut))
    kept = {name: seen for name, seen in evidence.findings.items() if name not in (*aside, *changes)}
    made = {name: {state: 1.0} for name, state in changes.items()}
    done = surgery.posterior(Evidence(surgery.model, {**kept, **made}), targets=wanted)
    seen_so = network.posterior(Evidence(model, {**evidence.findings, **made}), targets=wanted)
    do, see = (
        {name: _by_state(model, name, posterior.of(name)[0]) for name in wanted}
        for posterior in (done, seen_so)
    )
    is_estimated = done.half_width is not None or seen_so.half_width is not None
    return Effect(aside, do, see, None, is_estimated)


def _below(model: Model, evidence: Evidence, changes: Collection[str]) -> tuple[str, ...]:
    """Return the findings about anything below a changed variable."""
    reached = set(changes)
    grown = True
    while grown:
        more = {v.id for v in model.variables if v.id not in reached and reached & set(v.parents)}
        grown = bool(more)
        reached |= more
    return tuple(name for name in evidence.findings if name in reached and name not in changes)


def _by_state(model: Model, name: str, p: Sequence[float]) -> dict[str, float]:
    return {state: float(x) for state, x in zip(model.variable_of[name].state_ids, p, strict=True)}
