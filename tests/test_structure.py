"""Columns, strengths of arrows, connections and lines of numbers, by definition and by other programs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise, product
from math import isclose, prod

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from bayesdiag.case import Evidence
from bayesdiag.engine.network import compile_network
from bayesdiag.independence.separation import is_separated
from bayesdiag.model import FirstActive, Link, Model, NoisyMax, Prior, State, Variable, gates
from bayesdiag.model.numbers import numbers_of
from bayesdiag.modelfile import load
from bayesdiag.structure import (
    Known,
    arrows_of,
    columns_of,
    connections,
    crossings,
    known_of,
    lines_of,
    strengths,
    surroundings,
)
from bayesdiag.structure.columns import Place
from tests.oracles import brute_force, outcomes
from tests.strategies import diagnostic_models, evidences, models

MODELS = {name: load(name) for name in ("pos_card", "tests/small.yaml", "tests/exclusive_or.yaml")}
PATIENT = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))


def parents_of(model: Model) -> dict[str, tuple[str, ...]]:
    return {variable.id: variable.parents for variable in model.variables}


# ── strength ──────────────────────────────────────────────────────────────────────────────────────


def mean_row(
    model: Model, variable: Variable, fixed: dict[str, str], beliefs: dict[str, dict[str, float]]
) -> np.ndarray:
    """The child's distribution given some parents, averaged over the states of the others, one by one."""
    others = [name for name in variable.parents if name not in fixed]
    total = dict.fromkeys(variable.state_ids, 0.0)
    for chosen in product(*(model.variable_of[name].state_ids for name in others)):
        world = {**fixed, **dict(zip(others, chosen, strict=True))}
        weight = prod(beliefs[name][state] for name, state in zip(others, chosen, strict=True))
        if weight > 0:
            for state, p, _ in outcomes(variable, world, model):
                total[state] += weight * p
    return np.array(list(total.values()))


def distances(model: Model, parent: str, child: str, beside: list[str]) -> Iterator[tuple[str, str, float]]:
    """For two states of a parent each, the mean distance over the states of the parents beside it."""
    beliefs: dict[str, dict[str, float]] = brute_force(model, {})["beliefs"]  # type: ignore[assignment]
    variable = model.variable_of[child]
    for low, high in combinations(model.variable_of[parent].state_ids, 2):
        total = 0.0
        for chosen in product(*(model.variable_of[name].state_ids for name in beside)):
            way = dict(zip(beside, chosen, strict=True))
            rows = [mean_row(model, variable, {**way, parent: state}, beliefs) for state in (low, high)]
            weight = prod(beliefs[name][state] for name, state in way.items())
            total += weight * 0.5 * float(np.abs(rows[0] - rows[1]).sum())
        yield low, high, total


@PATIENT
@given(model=models() | diagnostic_models())
def test_a_strength_is_what_its_definition_says(model: Model) -> None:
    found = strengths(compile_network(model))
    assert list(found) == arrows_of(model)
    for (parent, child), strength in found.items():
        cpt = model.variable_of[child].cpt
        is_link = isinstance(cpt, NoisyMax | FirstActive)
        beside = [name for name in (gates(cpt) if is_link else cpt_parents(model, child)) if name != parent]
        told = {(low, high): p for low, high, p in distances(model, parent, child, beside)}
        most = max(told.values(), default=0.0)
        assert isclose(strength.p, most, abs_tol=1e-9)
        if most > 1e-6:
            assert isclose(told[strength.states], most, abs_tol=1e-9)


def cpt_parents(model: Model, child: str) -> tuple[str, ...]:
    return model.variable_of[child].parents


@PATIENT
@given(model=diagnostic_models())
def test_averaging_what_acts_by_itself_never_makes_an_arrow_stronger(model: Model) -> None:
    for (parent, child), strength in strengths(compile_network(model)).items():
        beside = [name for name in cpt_parents(model, child) if name != parent]
        assert strength.p <= max((p for *_, p in distances(model, parent, child, beside)), default=0) + 1e-9


def test_a_strength_can_be_worked_out_by_hand() -> None:
    """A link of 0.8 beside a leak of 0.1 and another cause that acts in 0.5 · 0.4 of cases."""
    yes_no = (State("no"), State("yes"))
    links = (Link("a", "yes", "yes", 0.8), Link("b", "yes", "yes", 0.4))
    model = Model(
        "hand",
        (
            Variable("a", "plain", yes_no, Prior((0.9, 0.1))),
            Variable("b", "plain", yes_no, Prior((0.5, 0.5))),
            Variable("c", "plain", yes_no, NoisyMax(links, {"yes": 0.1})),
        ),
    )
    found = strengths(compile_network(model))
    assert found["a", "c"].p == pytest.approx(0.8 * (1 - 0.1) * (1 - 0.5 * 0.4))
    assert found["b", "c"].p == pytest.approx(0.4 * (1 - 0.1) * (1 - 0.1 * 0.8))
    assert found["a", "c"].states == ("no", "yes")


def test_an_arrow_whose_parent_turns_the_others_round_is_not_weak() -> None:
    """Averaged over the other parent, an exclusive or would seem to have no strength at all."""
    model = MODELS["tests/exclusive_or.yaml"]
    found = strengths(compile_network(model))
    tables = {arrow: one for arrow, one in found.items() if len(cpt_parents(model, arrow[1])) == 2}
    assert tables
    assert max(one.p for one in tables.values()) > 0.5


def test_many_parents_do_not_explode() -> None:
    """Forty causes of one effect: a table of 2⁴⁰ rows."""
    yes_no = (State("no"), State("yes"))
    names = [f"c{number}" for number in range(40)]
    causes = [Variable(name, "plain", yes_no, Prior((0.99, 0.01))) for name in names]
    effect = NoisyMax(tuple(Link(name, "yes", "yes", 0.5) for name in names), {"yes": 0.001})
    model = Model("wide", (*causes, Variable("effect", "plain", yes_no, effect)))
    found = strengths(compile_network(model))
    assert found["c0", "effect"].p == pytest.approx(0.5 * 0.999 * (1 - 0.01 * 0.5) ** 39)


# ── connections ───────────────────────────────────────────────────────────────────────────────────


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, tuple[str, ...]]:
    n = draw(st.integers(2, 9))
    names = [f"v{number}" for number in range(n)]
    return {
        name: tuple(draw(st.lists(st.sampled_from(names[:number]), unique=True, max_size=4)))
        if number
        else ()
        for number, name in enumerate(names)
    }


@settings(deadline=None, max_examples=300)
@given(parents=graphs(), data=st.data())
def test_connections_are_those_that_networkx_does_not_separate(
    parents: dict[str, tuple[str, ...]], data: DataObject
) -> None:
    names = list(parents)
    start = data.draw(st.sampled_from(names))
    rest = st.lists(st.sampled_from(names), unique=True)
    states = frozenset(data.draw(rest)) - {start}
    hints = frozenset(data.draw(rest)) - states
    found = connections(parents, start, Known(states, hints))
    graph = nx.DiGraph([(parent, child) for child, above in parents.items() for parent in above])
    graph.add_nodes_from(names)
    graph.add_edges_from((name, f"{name}?") for name in hints)
    given_ = set(states) | {f"{name}?" for name in hints}
    more = {**parents, **{f"{name}?": (name,) for name in hints}}
    for other in set(names) - states - {start}:
        assert (other in found) == (not nx.is_d_separator(graph, {start}, {other}, given_))
        assert (other in found) == (not is_separated(more, start, other, given_))
    assert not found.keys() & (states | {start})
    for other, path in found.items():
        assert_open(parents, path, states, hints)
        assert (path[0], path[-1]) == (start, other)


def assert_open(
    parents: dict[str, tuple[str, ...]], path: tuple[str, ...], states: frozenset[str], hints: frozenset[str]
) -> None:
    """A path carries influence: its colliders are known of, nothing else on it is known."""
    assert len(set(path)) == len(path)
    assert all(a in parents[b] or b in parents[a] for a, b in pairwise(path))
    below = nx.DiGraph([(parent, child) for child, above in parents.items() for parent in above])
    for before, name, after in zip(path, path[1:], path[2:], strict=False):
        if before in parents[name] and after in parents[name]:
            assert ({name} | nx.descendants(below, name)) & (states | hints)
        else:
            assert name not in states


def test_where_the_state_of_the_start_is_known_nothing_depends_on_it() -> None:
    assert connections({"a": (), "b": ("a",)}, "a", Known(frozenset({"a"}))) == {}


@PATIENT
@given(data=st.data(), model=diagnostic_models())
def test_what_is_not_connected_does_not_move(data: DataObject, model: Model) -> None:
    """By adding up every world: no state of one variable changes what it is independent of."""
    evidence = data.draw(evidences(model))
    said = {name: dict(states) for name, states in evidence.findings.items()}
    before = brute_force(model, said, premise=True)
    assume(before["p"])
    start = data.draw(st.sampled_from([variable.id for variable in model.variables]))
    known = known_of(evidence, model)
    found = connections(parents_of(model), start, known)
    beliefs: dict[str, dict[str, float]] = before["beliefs"]  # type: ignore[assignment]
    for state, p in beliefs[start].items():
        if p < 1e-9:
            continue
        own = {one: said.get(start, {}).get(one, 1.0 if start not in said else 0.0) for one in beliefs[start]}
        after = brute_force(model, {**said, start: {state: own[state]}}, premise=True)["beliefs"]
        for other in set(beliefs) - set(found) - {start}:
            assert after[other] == pytest.approx(beliefs[other], abs=1e-9)  # type: ignore[index]


def test_a_likelihood_is_a_hint_and_so_is_that_the_attempt_failed() -> None:
    model = MODELS["pos_card"]
    said = {"display_text": "read_error", "card_age": {"gt3y": 1.0, "lt1y": 0.5}}
    known = known_of(Evidence(model, said), model)
    assert known == Known(frozenset({"display_text"}), frozenset({"card_age", "raw_outcome"}))
    assert known_of(Evidence(model, {}), model, premise=False) == Known()


# ── columns ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", MODELS)
def test_columns_go_from_contexts_to_tests_and_no_two_variables_share_a_place(name: str) -> None:
    model = MODELS[name]
    plan = columns_of(model)
    assert set(plan.places) == {variable.id for variable in model.variables}
    assert len(set(plan.places.values())) == len(plan.places)
    order = [kind for kind in ("context", "cause", "stage", "symptom", "test") if kind in plan.kinds]
    assert list(dict.fromkeys(plan.kinds)) == order
    for variable in model.variables:
        if variable.kind != "plain":
            assert plan.kinds[plan.places[variable.id].column] == variable.kind
    assert columns_of(model) == plan


@PATIENT
@given(model=models() | diagnostic_models())
def test_rows_of_a_column_stand_at_least_one_apart(model: Model) -> None:
    plan = columns_of(model)
    columns: dict[int, list[float]] = {}
    for place in plan.places.values():
        columns.setdefault(place.column, []).append(place.row)
    for rows in columns.values():
        assert sum(rows) == pytest.approx(0, abs=1e-9)
        assert all(b - a >= 1 - 1e-9 for a, b in pairwise(rows))
    assert sorted(columns) == list(range(len(plan.kinds)))
    if plan.kinds[0] == "plain":
        assert all(plan.places[a].column < plan.places[b].column for a, b in arrows_of(model))


@pytest.mark.parametrize("name", MODELS)
def test_the_order_has_fewer_crossings_than_that_of_the_file(name: str) -> None:
    model = MODELS[name]
    arrows = arrows_of(model)
    plan = columns_of(model)
    rows: dict[int, int] = {}
    as_written = {}
    for variable in model.variables:
        column = plan.places[variable.id].column
        rows[column] = rows.get(column, -1) + 1
        as_written[variable.id] = Place(column, rows[column])
    counts = {column: count + 1 for column, count in rows.items()}
    fullest = max(counts.values())
    spread = {
        one: Place(
            place.column, (place.row - (counts[place.column] - 1) / 2) * gap(counts[place.column], fullest)
        )
        for one, place in as_written.items()
    }
    fewer = crossings(plan.places, arrows)
    assert fewer <= crossings(spread, arrows)
    if name == "pos_card":
        assert fewer < 0.75 * crossings(spread, arrows)


def gap(n: int, fullest: int) -> float:
    return min(3.0, (fullest - 1) / (n - 1)) if n > 1 else 0.0


@settings(deadline=None, max_examples=200)
@given(data=st.data())
def test_crossings_are_counted_as_lines_cross(data: DataObject) -> None:
    """By solving for the point where each two lines meet, in fractions."""
    spots = st.tuples(st.integers(0, 3), st.integers(0, 5))
    ends = data.draw(st.lists(st.tuples(spots, spots), max_size=6))
    ends = [(a, b) for a, b in ends if a[0] != b[0]]
    places = {
        f"{i}{side}": Place(*spot)
        for i, pair in enumerate(ends)
        for side, spot in zip("ab", pair, strict=True)
    }
    arrows = [(f"{i}a", f"{i}b") for i in range(len(ends))]
    assert crossings(places, arrows) == sum(cross(one, two) for one, two in combinations(ends, 2))


def cross(one: tuple[tuple[int, int], ...], two: tuple[tuple[int, int], ...]) -> bool:
    (a, b), (c, d) = one, two
    ab, cd = (b[0] - a[0], b[1] - a[1]), (d[0] - c[0], d[1] - c[1])
    det = ab[0] * cd[1] - ab[1] * cd[0]
    if det == 0:
        return False
    ac = (c[0] - a[0], c[1] - a[1])
    s, t = ac[0] * cd[1] - ac[1] * cd[0], ac[0] * ab[1] - ac[1] * ab[0]
    s, t = (s, t) if det > 0 else (-s, -t)
    return 0 < s < abs(det) and 0 < t < abs(det)


# ── lines and surroundings ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", MODELS)
def test_lines_hold_every_number_once_with_its_own_source(name: str) -> None:
    model = MODELS[name]
    states_of = {variable.id: variable.state_ids for variable in model.variables}
    for variable in model.variables:
        lines, count = lines_of(model, variable.id)
        assert count == len(lines)
        told = [(dict(line.when), state, p, line.weight) for line in lines for state, p in line.p.items()]
        assert told == [
            (dict(one.when), one.state, one.p, one.weight) for one in numbers_of(variable, states_of)
        ]
        assert lines_of(model, variable.id, 1) == (lines[:1], count)


@PATIENT
@given(model=models())
def test_lines_of_a_table_are_its_rows(model: Model) -> None:
    for variable in model.variables:
        lines, count = lines_of(model, variable.id)
        assert count == len(lines)
        if not isinstance(variable.cpt, NoisyMax | FirstActive):
            assert all(sum(line.p.values()) == pytest.approx(1, abs=1e-6) for line in lines)


@pytest.mark.parametrize("name", MODELS)
def test_surroundings_are_both_ends_of_the_arrows(name: str) -> None:
    model = MODELS[name]
    arrows = arrows_of(model)
    for variable in model.variables:
        parents, children = surroundings(model, variable.id)
        assert set(parents) == {a for a, b in arrows if b == variable.id}
        assert set(children) == {b for a, b in arrows if a == variable.id}
    with pytest.raises(KeyError):
        surroundings(model, "nobody")
