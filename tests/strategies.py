"""hypothesis: any small valid model, and any evidence for it."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from bayesdiag.model import (
    Contact,
    FirstActive,
    FullTable,
    Link,
    Model,
    NoisyMax,
    Premise,
    Prior,
    Question,
    Repair,
    Row,
    StateMap,
    Table,
    Text,
    Variable,
)
from tests.networks import variable

Draw = Any

WEIGHTS = st.sampled_from([0.0, 0.01, 0.2, 0.5, 1.0, 3.0])
CHANCES = st.sampled_from([0.0, 0.05, 0.3, 0.7, 0.95, 1.0])


@st.composite
def rows(draw: Draw, n: int) -> tuple[float, ...]:
    """A distribution over n states, zeros allowed."""
    weights = draw(st.lists(WEIGHTS, min_size=n, max_size=n).filter(lambda found: sum(found) > 0))
    return tuple(weight / sum(weights) for weight in weights)


@st.composite
def models(draw: Draw, max_variables: int = 5) -> Model:
    """A model of plain variables: every form of table, up to two parents each."""
    made: list[Variable] = []
    for number in range(draw(st.integers(1, max_variables))):
        states = [f"s{i}" for i in range(draw(st.integers(1 if number else 2, 3)))]
        chosen = draw(st.lists(st.sampled_from(made), max_size=2, unique_by=lambda v: v.id)) if made else []
        made.append(variable(f"v{number}", " ".join(states), draw(_cpts(chosen, states))))
    return Model("drawn", tuple(made))


@st.composite
def _cpts(draw: Draw, parents: list[Variable], states: list[str]) -> Any:
    n = len(states)
    if not parents:
        return Prior(draw(rows(n)))
    forms = ["full", "table"] + (["map"] if len(parents) == 1 else []) + (["max", "first"] if n > 1 else [])
    form = draw(st.sampled_from(forms))
    names = tuple(parent.id for parent in parents)
    if form == "full":
        size = 1
        for parent in parents:
            size *= len(parent.states)
        return FullTable(names, tuple(p for _ in range(size) for p in draw(rows(n))))
    if form == "table":
        first = parents[0]
        special = Row({first.id: (first.state_ids[-1],)}, draw(rows(n)))
        other = (Row({}, draw(rows(n))),) if len(first.states) > 1 else ()
        return Table(names, (special, *other))
    if form == "map":
        return StateMap(
            names[0],
            {state: dict(zip(states, draw(rows(n)), strict=True)) for state in parents[0].state_ids},
        )
    links = draw(_links(parents, states))
    if form == "max":
        return NoisyMax(links, draw(_leaks(states)))
    return FirstActive(tuple(dict.fromkeys(names)), links)


@st.composite
def _links(draw: Draw, parents: list[Variable], states: list[str], gate: Variable | None = None) -> Any:
    links = []
    for parent in parents:
        for state in parent.state_ids[1:] or parent.state_ids:
            p = draw(CHANCES)
            when = {gate.id: (gate.state_ids[0],)} if gate and draw(st.booleans()) else {}
            to = draw(st.sampled_from(states[1:]))
            links.append(Link(parent.id, state, to, p, when))
            if p < 0.5 and len(states) > 2:
                other = states[1] if to != states[1] else states[2]
                links.append(Link(parent.id, state, other, 0.4, when))
    return tuple(links)


@st.composite
def _leaks(draw: Draw, states: list[str]) -> dict[str, float]:
    return {state: draw(st.sampled_from([0.01, 0.1, 0.2])) for state in states[1:] if draw(st.booleans())}


@st.composite
def diagnostic_models(draw: Draw) -> Model:
    """Contexts, causes, two stages, an outcome that says which failed first, what is seen, and repairs."""
    context = variable("context", "day night", Prior((0.6, 0.4)), "context")
    causes = [
        variable(
            f"cause{i}",
            " ".join(["ok", "bad", "worse"][: draw(st.integers(2, 3))]),
            None,
            "cause",
        )
        for i in range(draw(st.integers(1, 3)))
    ]
    causes = [_with_cpt(cause, _prior(draw, cause, context)) for cause in causes]
    stages = []
    for name in ("first", "second"):
        states = ["ok", "slow", "fails"][: draw(st.integers(2, 3))]
        acting = draw(st.lists(st.sampled_from(causes), min_size=1, max_size=3, unique_by=lambda v: v.id))
        links = draw(_links(acting, states, context))
        leak = {states[-1]: 0.05, **draw(_leaks(states))}
        stages.append(variable(name, " ".join(states), NoisyMax(links, leak), "stage"))
    shown = ["approved", "error", "refused"]
    outcome = variable(
        "outcome", " ".join(shown), FirstActive(("first", "second"), draw(_links(stages, shown))), "stage"
    )
    text = variable(
        "text",
        "fine strange",
        StateMap("outcome", {s: dict(zip(("fine", "strange"), draw(rows(2)), strict=True)) for s in shown}),
        "symptom",
    )
    test = variable(
        "test",
        "works fails",
        NoisyMax(draw(_links([stages[0], causes[0]], ["works", "fails"], context)), {"fails": 0.1}),
        "test",
    )
    asked = [_with_question(one) for one in (context, text, test)]
    repairs = tuple(
        Repair(
            f"repair{i}",
            Text("修", "repair"),
            minutes=draw(st.sampled_from([1.0, 10.0])),
            fixes={(cause.id, cause.state_ids[1]): draw(CHANCES)},
        )
        for i, cause in enumerate(causes)
    )
    return Model(
        "drawn",
        (asked[0], *causes, *stages, outcome, *asked[1:]),
        contacts=(Contact("us", Text("我们", "us")),),
        repairs=repairs,
        premise=Premise("outcome", ("approved",), 0.1),
        money_per_minute=1.0,
    )


def _prior(draw: Draw, cause: Variable, context: Variable) -> Any:
    n = len(cause.states)
    first = (0.9, *((0.1 / (n - 1),) * (n - 1)))
    if draw(st.booleans()):
        return Prior(first)
    return Table(
        (context.id,), (Row({context.id: ("night",)}, (0.5, *((0.5 / (n - 1),) * (n - 1)))), Row({}, first))
    )


def _with_cpt(one: Variable, cpt: Any) -> Variable:
    return Variable(one.id, one.kind, one.states, cpt, contacts=("us",))


def _with_question(one: Variable) -> Variable:
    return Variable(one.id, one.kind, one.states, one.cpt, question=Question(Text("？", "?"), minutes=1.0))


@st.composite
def evidences(draw: Draw, model: Model, max_findings: int = 3) -> dict[str, dict[str, float]]:
    """Nothing, or up to three findings, some of them soft."""
    chosen = draw(st.lists(st.sampled_from(model.variables), max_size=max_findings, unique_by=lambda v: v.id))
    findings = {}
    for one in chosen:
        if draw(st.booleans()):
            findings[one.id] = {draw(st.sampled_from(one.state_ids)): 1.0}
        else:
            seen = {state: draw(st.sampled_from([0.0, 0.2, 0.7, 1.0])) for state in one.state_ids}
            findings[one.id] = seen if any(seen.values()) else {one.state_ids[0]: 1.0}
    return findings
