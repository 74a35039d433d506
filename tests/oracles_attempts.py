"""Several attempts by definition: every context, cause and lasting draw, and under them each attempt by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from bayesdiag.model import FirstActive, Link, Model, NoisyMax, Variable, topological_order
from tests.oracles import World, outcomes

Findings = Mapping[str, Mapping[str, float]]
Key = tuple[str, str, str, str]
"""A variable, a parent, its state and a gate: links that exclude each other."""
ROUNDING = 1e-13
"""No draw of these models is rarer but by rounding."""
Memory = Mapping[Key, Link | None]
"""Which persistent link of each fires whenever it can."""


def _groups(model: Model) -> dict[Key, list[Link]]:
    """Links that exclude each other and have something that lasts."""
    found: dict[Key, list[Link]] = {}
    for variable in model.variables:
        if variable.kind not in ("stage", "symptom", "test") or not isinstance(
            variable.cpt, NoisyMax | FirstActive
        ):
            continue
        for link in variable.cpt.links:
            gate = str(sorted((n, tuple(sorted(s))) for n, s in link.when.items()))
            found.setdefault((variable.id, link.parent, link.state, gate), []).append(link)
    lasting = {}
    for key, links in found.items():
        others = [other for k, other in found.items() if k[:3] == key[:3] and k != key]
        may_meet = any(_can_both_hold(links[0], other[0]) for other in others) or any(
            _can_both_hold(a[0], b[0]) for a in others for b in others if a is not b
        )
        if not may_meet and any(link.persistent for link in links):
            lasting[key] = links
    return lasting


def lasting_draws(model: Model) -> int:
    """How many ways there are for what lasts between attempts to come out."""
    n = 1
    for links in _groups(model).values():
        n *= 1 + sum(bool(link.persistent) for link in links)
    return n


def _can_both_hold(one: Link, other: Link) -> bool:
    return all(set(states) & set(other.when.get(name, states)) for name, states in one.when.items())


def _memories(groups: Mapping[Key, Sequence[Link]]) -> Iterator[tuple[dict[Key, Link | None], float]]:
    choices = []
    for links in groups.values():
        stay = [link for link in links if link.persistent]
        options: list[tuple[Link | None, float]] = [(link, link.p) for link in stay if link.p > 0]
        rest = 1 - sum(link.p for link in stay)
        choices.append([*options, (None, rest)] if rest > 1e-12 else options)
    for chosen in product(*choices):
        p = 1.0
        for _, q in chosen:
            p *= q
        yield dict(zip(groups, (link for link, _ in chosen), strict=True)), p


def _remembering(
    variable: Variable, world: World, groups: Mapping[Key, Sequence[Link]], memory: Memory
) -> Variable:
    """The variable in this world with the draws made: what lasts is certain, the rest shares what is left."""
    cpt = variable.cpt
    if not isinstance(cpt, NoisyMax | FirstActive):
        return variable
    links = []
    for link in cpt.links:
        gate = str(sorted((n, tuple(sorted(s))) for n, s in link.when.items()))
        key = (variable.id, link.parent, link.state, gate)
        p = link.p
        if key in groups:
            left = 1 - sum(other.p for other in groups[key] if other.persistent)
            if link.persistent:
                p = float(memory[key] is link)
            else:
                p = min(1.0, p / left) if memory[key] is None and left > 0 else 0.0
        links.append(Link(link.parent, link.state, link.to, p, link.when))
    made = (
        NoisyMax(tuple(links), cpt.leak)
        if isinstance(cpt, NoisyMax)
        else FirstActive(cpt.order, tuple(links))
    )
    return Variable(variable.id, variable.kind, variable.states, made)


def several_by_hand(model: Model, latest: Findings, earlier: Sequence[Findings]) -> dict[str, object]:
    """P(everything), beliefs of contexts and causes and of the latest attempt, responsibilities in it."""
    beliefs = {v.id: dict.fromkeys(v.state_ids, 0.0) for v in model.variables}
    responsible: dict[tuple[str, str], float] = {}
    total = none = 0.0
    for before, tries in _cases(model, earlier):
        for world, p, fired in tries:
            weight = before * p * _shown(model, world, latest)
            total += weight
            none += weight * (not fired)
            for name, state in world.items():
                beliefs[name][state] += weight
            for name in fired:
                responsible[name, world[name]] = responsible.get((name, world[name]), 0.0) + weight
    if total > 0:
        beliefs = {name: {s: p / total for s, p in row.items()} for name, row in beliefs.items()}
        responsible = {key: p / total for key, p in responsible.items()}
    return {
        "p": total,
        "beliefs": beliefs,
        "responsible": responsible,
        "none": none / total if total else 0.0,
    }


Try = tuple[World, float, frozenset[str]]
"""One way an attempt comes out: its world, the probability, the causes of which a link into a stage fired."""


def _cases(model: Model, earlier: Sequence[Findings]) -> Iterator[tuple[float, list[Try]]]:
    """Everything that lasts, with the probability of it and of the earlier attempts, and one more attempt."""
    order = [model.variable_of[name] for name in topological_order(model.variables)]
    lasting = [v for v in order if v.kind in ("context", "cause")]
    anew = [v for v in order if v.kind not in ("context", "cause")]
    groups = _groups(model)
    for base, p_base, _ in _tries(model, lasting, {}, {}, {}):
        for memory, p_memory in _memories(groups):
            tries = list(_tries(model, anew, base, groups, memory))
            before = p_base * p_memory
            for findings in earlier:
                before *= sum(p * _shown(model, world, findings) for world, p, _ in tries)
            if before > 0:
                yield before, tries


def _shown(model: Model, world: World, findings: Findings) -> float:
    """How well an attempt shows what was seen of it; it failed."""
    p = float(model.premise is None or world[model.premise.variable] not in model.premise.exclude)
    for name, seen in findings.items():
        p *= seen.get(world[name], 0.0)
    return p


def _tries(
    model: Model, order: Sequence[Variable], base: World, groups: Mapping[Key, Sequence[Link]], memory: Memory
) -> Iterator[Try]:
    def grow(left: Sequence[Variable], world: World, p: float, fired: frozenset[str]) -> Iterator[Try]:
        if not left:
            yield world, p, fired
            return
        first, *rest = left
        for state, q, by in outcomes(_remembering(first, world, groups, memory), world, model):
            if q > ROUNDING:
                more = {n for n in by if first.kind == "stage" and model.variable_of[n].kind == "cause"}
                yield from grow(rest, {**world, first.id: state}, p * q, fired | more)

    yield from grow(order, base, 1.0, frozenset())
