"""Hypothesis strategies: any small valid Model, any Evidence for it; small enough for the sum over all worlds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from bayesdiag.case import Evidence
from bayesdiag.model import (
    Condition,
    Contact,
    Cpt,
    FirstActive,
    FullTable,
    Kind,
    Link,
    Model,
    NoisyMax,
    Premise,
    Prior,
    Question,
    Repair,
    Row,
    State,
    StateMap,
    Table,
    Text,
    Variable,
)

States = tuple[str, ...]
Known = Mapping[str, States]

# Zeros, ones and equal shares among common numbers; the first is what a failure shrinks to.
WEIGHTS = st.sampled_from((1.0, 2.0, 5.0, 7.0, 20.0, 3.0, 1e-3, 0.0))
SHARES = st.sampled_from((0.5, 0.9, 0.2, 0.7, 0.01, 1.0, 0.0))
LIKELIHOODS = st.sampled_from((1.0, 0.5, 0.1, 3.0, 1e-3, 0.0))
AMOUNTS = st.sampled_from((1.0, 0.0, 2.5, 30.0))
OUTCOME: States = ("s0", "s1", "s2")
FORMS = ("full", "max", "first", "table", "map", "prior")


@st.composite
def models(draw: DrawFn) -> Model:
    """Any small model of plain variables: every form of table, with gates, leaks and zeros."""
    known: dict[str, States] = {}
    variables = []
    for index in range(draw(st.integers(1, 7))):
        name = f"v{index}"
        sizes = (2, 3, 1) if index < 5 else (2,)
        states = draw(_states(sizes))
        variables.append(_variable(name, "plain", states, draw(_cpts(states, known, FORMS))))
        known[name] = states
    return Model("any", tuple(draw(st.permutations(variables))), premise=draw(_premises(known)))


@st.composite
def plain_models(draw: DrawFn) -> Model:
    """Any small model of tables alone, zeros among their numbers: findings change no structure of it."""
    known: dict[str, States] = {}
    variables = []
    for index in range(draw(st.integers(1, 6))):
        states = draw(_states((2, 3, 1) if index < 4 else (2,)))
        cpt = draw(_cpts(states, known, ("full",))) if known else Prior(draw(_rows(states)))
        if isinstance(cpt, FullTable) and not cpt.parents:
            cpt = Prior(cpt.p)
        variables.append(_variable(f"v{index}", "plain", states, cpt))
        known[f"v{index}"] = states
    return Model("plain", tuple(draw(st.permutations(variables))))


@st.composite
def diagnostic_models(draw: DrawFn, *, loose: bool = False) -> Model:
    """A small model with roles: contexts, causes, noisy-MAX stages, an outcome, symptoms, tests, repairs.

    Loose: the outcome need not follow from every stage, and a first-active stage may have links of
    a normal state.
    """
    kinds: dict[str, Kind] = {}
    known: dict[str, States] = {}
    variables: list[Variable] = []

    def add(name: str, kind: Kind, cpt: Cpt, states: States) -> None:
        contacts = draw(st.sampled_from(((), ("x",), ("y", "x")))) if kind == "cause" else ()
        asked = draw(_questions(known)) if kind in ("context", "symptom", "test") else None
        variables.append(_variable(name, kind, states, cpt, question=asked, contacts=contacts))
        known[name], kinds[name] = states, kind

    def of(*wanted: Kind) -> Known:
        return {name: known[name] for name, kind in kinds.items() if kind in wanted}

    for index in range(draw(st.integers(0, 2))):
        add(f"context{index}", "context", draw(_cpts(("s0", "s1"), of("context"), FORMS)), ("s0", "s1"))
    for index in range(draw(st.integers(1, 3))):
        states = draw(_states((2, 3))) if index < 2 else ("s0", "s1")
        add(
            f"cause{index}",
            "cause",
            draw(_cpts(states, of("context"), ("prior", "table", "prior", "max"))),
            states,
        )
    for index in range(draw(st.integers(1, 2))):
        states = draw(_states((2, 3)))
        add(f"stage{index}", "stage", draw(_noisy_max(states, of("cause", "stage"), of("context"))), states)
    add("outcome", "stage", draw(_outcomes(of("stage"), of("cause"), of("context"), loose)), OUTCOME)
    for index in range(draw(st.integers(0, 2))):
        cpt = draw(_cpts(("s0", "s1"), of("stage", "context"), ("map", "table", "max"), of("context")))
        add(f"symptom{index}", "symptom", cpt, ("s0", "s1"))
    for index in range(draw(st.integers(1, 2))):
        forms = ("max", "map", "table", "first")
        cpt = draw(_cpts(("s0", "s1"), of("cause", "stage", "context"), forms, of("context")))
        add(f"test{index}", "test", cpt, ("s0", "s1"))
    excluded = (("s0",), ("s0", "s1"))
    return Model(
        "any_diagnostic",
        tuple(draw(st.permutations(variables))),
        money_per_minute=draw(st.sampled_from((1.0, 0.0, 0.4))),
        wait_weight=draw(st.sampled_from((0.0, 0.2))),
        premise=Premise("outcome", draw(st.sampled_from(excluded)), 0.1),
        repairs=draw(_repairs(of("cause"), known)),
        unlisted_fix=draw(st.sampled_from((0.0, 0.05))),
        contacts=(Contact("x", Text(en="x")), Contact("y", Text(en="y"))),
        renamed=draw(st.sampled_from(({}, {"was": "outcome", "was=odd": "outcome=s0"}))),
    )


@st.composite
def evidences(draw: DrawFn, model: Model) -> Evidence:
    """No finding, or up to four, each a state, soft, or saying nothing at all."""
    names = [variable.id for variable in model.variables]
    seen = draw(st.lists(st.sampled_from(names), max_size=4, unique=True))
    return Evidence(model, {name: draw(findings(model, name)) for name in seen})


def findings(model: Model, name: str) -> SearchStrategy[str | dict[str, float]]:
    """A state of one variable, or likelihoods that are not all 0."""
    states = model.variable_of[name].state_ids
    numbers = st.lists(LIKELIHOODS, min_size=len(states), max_size=len(states)).filter(any)
    soft = numbers.map(lambda row: dict(zip(states, row, strict=True)))
    return st.one_of(st.sampled_from(states), soft)


# ── tables ────────────────────────────────────────────────────────────────────────────────────────


@st.composite
def _cpts(
    draw: DrawFn, states: States, known: Known, forms: Sequence[str], gates: Known | None = None
) -> Cpt:
    gates = known if gates is None else gates
    form = draw(st.sampled_from(forms))
    if form == "map" and known:
        parent = draw(st.sampled_from(sorted(known)))
        rows = {state: dict(zip(states, draw(_rows(states)), strict=True)) for state in known[parent]}
        return StateMap(parent, rows)
    if form == "full":
        parents = draw(_names(known, 2))
        size = len(list(product(*(known[name] for name in parents))))
        return FullTable(parents, tuple(p for _ in range(size) for p in draw(_rows(states))))
    if form == "table":
        return draw(_tables(states, known))
    if form == "max":
        return draw(_noisy_max(states, known, gates))
    if form == "first":
        return draw(_first_active(states, known, gates))
    return Prior(draw(_rows(states)))


@st.composite
def _tables(draw: DrawFn, states: States, known: Known) -> Table:
    """Rows from the top, those never reached left out, one without `when` at the end where it is needed."""
    parents = draw(_names(known, 3))
    waiting = list(product(*(known[name] for name in parents)))
    rows = []
    for when in [*draw(st.lists(_conditions(known, parents), max_size=2)), {}]:
        left = [chosen for chosen in waiting if not _holds(when, dict(zip(parents, chosen, strict=True)))]
        if len(left) < len(waiting):
            rows.append(Row(when, draw(_rows(states))))
        waiting = left
    return Table(parents, tuple(rows))


@st.composite
def _noisy_max(draw: DrawFn, states: States, known: Known, gates: Known) -> NoisyMax:
    links = draw(_links(states, draw(_names(known, 3)), known, gates))
    leak: dict[str, float] = {}
    for state in states[1:]:
        if draw(st.booleans()):
            leak[state] = draw(SHARES) * (1 - sum(leak.values()))
    return NoisyMax(links, leak)


@st.composite
def _first_active(draw: DrawFn, states: States, known: Known, gates: Known) -> FirstActive:
    order = draw(_names(known, 3))
    return FirstActive(order, draw(_links(states, order, known, gates)))


@st.composite
def _outcomes(draw: DrawFn, stages: Known, causes: Known, gates: Known, loose: bool) -> FirstActive:  # noqa: FBT001
    if loose:
        return draw(_first_active(OUTCOME, {**stages, **causes}, gates))
    below = draw(st.permutations([*stages, *draw(_names(causes, 1))]))
    return FirstActive(tuple(below), draw(_links(OUTCOME, below, {**stages, **causes}, gates, normal=False)))


@st.composite
def _links(
    draw: DrawFn, states: States, parents: Sequence[str], known: Known, gates: Known, *, normal: bool = True
) -> tuple[Link, ...]:
    """Up to two links for each state of each parent: sharing what there is, or gated against each other."""
    links: list[Link] = []
    for parent in parents if len(states) > 1 else ():
        others = {name: gates[name] for name in gates if name != parent}
        # Links of the first state are allowed; in a first-active table they never act.
        acting = known[parent] if normal and draw(st.integers(0, 4)) == 4 else known[parent][1:]
        for state in acting:
            p, when = draw(SHARES), draw(_conditions(others, sorted(others)))
            links.append(Link(parent, state, draw(st.sampled_from(states[1:])), p, when))
            if not draw(st.booleans()):
                continue
            otherwise = _opposite(when, others)
            rest = 1.0 if otherwise else 1 - p
            to = draw(st.sampled_from(states[1:]))
            links.append(Link(parent, state, to, rest * draw(SHARES), otherwise))
    return tuple(links)


def _opposite(when: Condition, known: Known) -> Condition:
    """The other states of a single gate; always, where there is no single gate."""
    if len(when) != 1:
        return {}
    ((name, states),) = when.items()
    others = tuple(state for state in known[name] if state not in states)
    return {name: others} if others else {}


@st.composite
def _conditions(draw: DrawFn, known: Known, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """No condition more often than not; one or two variables, each in some of its states."""
    when: dict[str, tuple[str, ...]] = {}
    for _ in range(draw(st.sampled_from((0, 0, 1, 1, 2))) if names else 0):
        name = draw(st.sampled_from(names))
        when[name] = tuple(state for state in known[name] if draw(st.booleans())) or known[name][:1]
    return when


@st.composite
def _rows(draw: DrawFn, states: States) -> tuple[float, ...]:
    weights = [draw(WEIGHTS) for _ in states]
    if not any(weights):
        weights[-1] = 1.0
    return tuple(weight / sum(weights) for weight in weights)


# ── the rest of a model ───────────────────────────────────────────────────────────────────────────


@st.composite
def _premises(draw: DrawFn, known: Known) -> Premise | None:
    name = draw(st.sampled_from((None, *known)))
    if name is None:
        return None
    return Premise(name, tuple(state for state in known[name][1:] if draw(st.booleans())), 0.1)


@st.composite
def _questions(draw: DrawFn, known: Known) -> Question | None:
    if draw(st.integers(0, 5)) == 5:
        return None
    requires = draw(_conditions(known, sorted(known))) if draw(st.integers(0, 3)) == 3 else {}
    return Question(
        Text(en="?"),
        minutes=draw(AMOUNTS),
        money=draw(AMOUNTS),
        wait_minutes=draw(AMOUNTS),
        requires=requires,
    )


@st.composite
def _repairs(draw: DrawFn, causes: Known, known: Known) -> tuple[Repair, ...]:
    fixable = [(name, state) for name, states in causes.items() for state in states[1:]]
    seen = [(name, state) for name, states in known.items() for state in states]
    rarely = st.sampled_from((False, False, False, True))
    some = st.one_of(st.just(()), st.just(()), st.sampled_from(seen).map(lambda finding: (finding,)))
    return tuple(
        Repair(
            f"repair{index}",
            Text(en="repair"),
            minutes=draw(AMOUNTS),
            money=draw(AMOUNTS),
            wait_minutes=draw(AMOUNTS),
            fixes={finding: draw(SHARES) for finding in fixable if draw(st.booleans())},
            never_when=draw(some),
            show_first_when=draw(some),
            workaround=draw(rarely),
            last_resort=draw(rarely),
            prevention=draw(rarely),
        )
        for index in range(draw(st.integers(1, 4)))
    )


def _variable(
    name: str,
    kind: Kind,
    states: States,
    cpt: Cpt,
    *,
    question: Question | None = None,
    contacts: tuple[str, ...] = (),
) -> Variable:
    return Variable(
        name, kind, tuple(State(state) for state in states), cpt, question=question, contacts=contacts
    )


def _states(sizes: Sequence[int]) -> SearchStrategy[States]:
    return st.sampled_from(sizes).map(lambda size: tuple(f"s{index}" for index in range(size)))


@st.composite
def _names(draw: DrawFn, known: Known, most: int) -> tuple[str, ...]:
    """Some of the variables, seldom none."""
    if not known or draw(st.integers(0, 9)) == 9:
        return ()
    return tuple(draw(st.lists(st.sampled_from(sorted(known)), min_size=1, max_size=most, unique=True)))


def _holds(when: Condition, chosen: Mapping[str, str]) -> bool:
    return all(chosen[name] in states for name, states in when.items())
