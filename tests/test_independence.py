"""Claims of independence against enumeration and networkx; tests against scipy, their rates by simulation."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, combinations, product
from pathlib import Path

import hypothesis.strategies as st
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from scipy.stats import binom, chi2_contingency, false_discovery_control

from bayesdiag.case import Case, Evidence
from bayesdiag.engine.network import compile_network
from bayesdiag.engine.sampling import draw_worlds
from bayesdiag.errors import TooLarge
from bayesdiag.independence import Settings, claims_of, independences
from bayesdiag.independence.separation import is_separated, separators
from bayesdiag.independence.tables import codes_of, expected_counts, strata_of
from bayesdiag.independence.testing import adjusted, chi_square
from bayesdiag.model import FullTable, Model, Premise, Prior, State, Variable
from bayesdiag.modelfile import load
from tests.strategies import models

TILL = load(Path(__file__).resolve().parent.parent / "docs" / "explanation" / "till.yaml")
ALPHA = 0.05


def plain(name: str, *p: float, above: tuple[str, ...] = ()) -> Variable:
    """A variable of two states; p holds P(y) for each combination of the parents."""
    table = tuple(x for y in p for x in (1 - y, y))
    return Variable(
        name, "plain", (State("n"), State("y")), FullTable(above, table) if above else Prior(table)
    )  # type: ignore[arg-type]


CHAIN = (plain("a", 0.4), plain("b", 0.2, 0.7, above=("a",)), plain("c", 0.3, 0.8, above=("b",)))
FIVE = Model(
    "five",
    (*CHAIN, plain("d", 0.25, 0.6, above=("a",)), plain("e", 0.1, 0.5, 0.6, 0.9, above=("c", "d"))),
)


def cases_of(
    model: Model, n: int, random: np.random.Generator, *, blank: float = 0.2, told_in: Model | None = None
) -> list[Case]:
    network = compile_network(model)
    layout = network.layout
    worlds = draw_worlds(network.families, layout, n, random)
    found = []
    for world in worlds:
        told = {
            name: states[state]
            for name, states, state in zip(layout.names, layout.states, world, strict=True)
            if random.random() >= blank
        }
        found.append(Case(Evidence(told_in or model, told)))
    return found


# ── separation ────────────────────────────────────────────────────────────────────────────────


@st.composite
def arrows(draw: st.DrawFn) -> dict[str, tuple[str, ...]]:
    names = [f"v{i}" for i in range(draw(st.integers(2, 6)))]
    return {
        name: tuple(other for other in names[:place] if draw(st.booleans()))
        for place, name in enumerate(names)
    }


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_separators_are_those_that_networkx_confirms(data: st.DataObject) -> None:
    parents = data.draw(arrows())
    names = list(parents)
    graph = nx.DiGraph([(above, name) for name, own in parents.items() for above in own])
    graph.add_nodes_from(names)
    first, second = data.draw(st.permutations(names))[:2]
    others = [name for name in names if name not in (first, second)]
    always = {name for name in others if data.draw(st.booleans())} if data.draw(st.booleans()) else set()
    allowed = {name for name in others if data.draw(st.booleans())} - always
    found = separators(parents, first, second, allowed, always)
    subsets = chain.from_iterable(combinations(sorted(allowed), n) for n in range(len(allowed) + 1))
    separating = [
        set(one) for one in subsets if nx.is_d_separator(graph, {first}, {second}, set(one) | always)
    ]
    assert bool(found) == bool(separating)
    for one in found:
        assert set(one) in separating
        assert not any(other < set(one) for other in separating)
        assert is_separated(parents, first, second, one | always)


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_what_is_claimed_is_so_in_the_model(data: st.DataObject) -> None:
    """Of every claim: P(first, second | given, failed) is a product, by the engine."""
    model = data.draw(models())
    names = [variable.id for variable in model.variables]
    claims = claims_of(model, names)
    if not claims:
        return
    network = compile_network(model)
    claim = data.draw(st.sampled_from(claims))
    chosen = {name: data.draw(st.sampled_from(model.variable_of[name].state_ids)) for name in claim.given}
    row = network.rows([Evidence(model, chosen)], premise=True)[0]
    layout = network.layout
    p = np.zeros([len(model.variable_of[name].states) for name in (claim.first, claim.second)])
    for one, other in product(range(p.shape[0]), range(p.shape[1])):
        both = row.copy()
        for name, state in ((claim.first, one), (claim.second, other)):
            own = layout.slots(name)
            kept = both[own.start + state]
            both[own] = 0.0
            both[own.start + state] = kept
        p[one, other] = np.exp(network.posterior_of_rows(both[None, :], ()).log_evidence[0])
    assert p * p.sum() == pytest.approx(np.outer(p.sum(axis=1), p.sum(axis=0)), abs=1e-10)


def test_the_premise_is_among_what_is_given() -> None:
    """Two causes are independent, but not of failures alone; and a screen hides nothing of its stage."""
    seen = ("cable", "card", "text", "other_card")
    told = {frozenset((one.first, one.second)): one.given for one in claims_of(TILL, seen)}
    assert told == {
        frozenset(("card", "other_card")): ("cable",),
        frozenset(("text", "other_card")): ("cable",),
    }
    free = {frozenset((one.first, one.second)): one.given for one in claims_of(TILL, seen, premise=False)}
    assert free[frozenset(("cable", "card"))] == ()


def test_where_one_state_fails_the_variable_itself_is_known() -> None:
    """Below a premise of a single failing state nothing is told by what is above it."""
    model = Model("line", CHAIN, premise=Premise("b", ("n",), 0.4))
    assert [(c.first, c.second, c.given) for c in claims_of(model, ("a", "c"))] == [("a", "c", ())]


# ── tables and tests ────────────────────────────────────────────────────────────────────────────


def test_a_test_is_the_sum_over_tables() -> None:
    random = np.random.default_rng(1)
    columns = random.integers(0, (3, 2, 2), (600, 3))
    strata = strata_of(columns, 5.0)
    found = chi_square(strata)
    tables = []
    for known in (0, 1):
        some = columns[columns[:, 2] == known]
        table = np.zeros((3, 2))
        np.add.at(table, (some[:, 0], some[:, 1]), 1)
        tables.append(chi2_contingency(table))
    assert found.statistic == pytest.approx(sum(one.statistic for one in tables))
    assert found.freedom == sum(one.dof for one in tables) == 4
    seen, expected = expected_counts(columns, (3, 2))
    assert seen.sum() == expected.sum() == 600
    assert expected == pytest.approx(sum(one.expected_freq for one in tables))


def test_rare_states_are_put_together_and_small_tables_left_out() -> None:
    one = np.repeat([0, 1, 2, 3], [60, 40, 3, 2])
    other = np.tile([0, 1], 53)[:105]
    columns = np.stack([one, other, np.zeros(105, dtype=np.int64)], axis=1)
    small = np.array([[0, 0, 1], [1, 1, 1], [0, 1, 1]])
    strata = strata_of(np.vstack([columns, small]), 5.0)
    assert strata.kept.sum() == 105
    assert sorted(np.unique(strata.first, return_counts=True)[1].tolist()) == [45, 60]
    assert strata.least >= 5
    nothing = strata_of(small, 5.0)
    assert not nothing.kept.any()
    assert 0 < nothing.least < 5
    assert not strata_of(np.zeros((0, 3), dtype=np.int64), 5.0).kept.any()


def test_p_values_of_many_tests() -> None:
    p = [0.01, 0.04, 0.03, 0.005]
    assert adjusted(p, "holm") == pytest.approx([0.03, 0.06, 0.06, 0.02])
    random = np.random.default_rng(0).random(50) ** 3
    assert adjusted(random, "bh") == pytest.approx(false_discovery_control(random))
    assert adjusted([], "holm").shape == (0,)


def test_only_what_is_certain_is_looked_at() -> None:
    cases = [
        Case(Evidence(TILL, {"text": "failed", "other_card": {"works": 0.6, "fails": 0.4}}), {"card": "ok"}),
        Case(Evidence(TILL, {"text": "refused"}), weight=3),
        Case(Evidence(TILL, {"text": "refused"}), weight=0.5),
    ]
    codes = codes_of(TILL, cases, labels=False)
    assert (codes.seen, codes.uneven) == (["text"], 1)
    assert codes.of(["text"])[:, 0].tolist() == [3, 1, 1, 1, 1]
    assert codes_of(TILL, cases, labels=True).seen == ["card", "text"]


def test_weights_that_no_memory_holds_are_refused() -> None:
    with pytest.raises(TooLarge, match="divide all weights"):
        independences(TILL, [Case(Evidence(TILL, {"text": "refused"}), weight=1e12)])


# ── rates ───────────────────────────────────────────────────────────────────────────────────────


def test_a_true_structure_raises_false_alarms_as_rarely_as_stated() -> None:
    cases = cases_of(FIVE, 200 * 300, np.random.default_rng(0))
    broken = 0
    tested = []
    for start in range(0, len(cases), 300):
        found = independences(FIVE, cases[start : start + 300])
        broken += bool(found.broken)
        tested.append(len(found.tested))
    assert np.mean(tested) > 3
    assert broken <= binom.ppf(0.999, 200, ALPHA)


@pytest.mark.long
def test_failures_alone_raise_no_false_alarms() -> None:
    """Given a premise, what is tested holds given the failing, though failing ties all causes together."""
    broken = 0
    failing = replace(FIVE, premise=Premise("e", ("n",), 0.4))
    cases = cases_of(FIVE, 200 * 700, np.random.default_rng(2), blank=0.0, told_in=failing)
    failed = [case for case in cases if case.evidence.hard()["e"] == "y"]
    for start in range(0, len(failed) - 250, 250):
        broken += bool(independences(failing, failed[start : start + 250]).broken)
    n = len(range(0, len(failed) - 250, 250))
    assert n >= 150
    assert broken <= binom.ppf(0.999, n, ALPHA)


def test_a_missing_arrow_is_found() -> None:
    """In truth d acts on b, too: of all claims those about b and d fail first."""
    truth = Model(
        "truth",
        (
            CHAIN[0],
            FIVE.variables[3],
            plain("b", 0.2, 0.5, 0.5, 0.85, above=("a", "d")),
            CHAIN[2],
            FIVE.variables[4],
        ),
    )
    hits = 0
    for seed in range(10):
        found = independences(FIVE, cases_of(truth, 900, np.random.default_rng(seed), told_in=FIVE))
        first = found.broken[0] if found.broken else None
        hits += first is not None and {first.claim.first, first.claim.second} == {"b", "d"}
        if first is not None and {first.claim.first, first.claim.second} == {"b", "d"}:
            assert first.claim.given == ("a",)
            assert first.adjusted < ALPHA
            assert (first.seen > first.expected) == (first.states[0] == first.states[1])
    assert hits >= 9


def test_without_the_premise_the_failing_would_look_like_a_missing_arrow() -> None:
    pair = (plain("x", 0.2), plain("z", 0.2), plain("fails", 0.01, 0.9, 0.9, 0.98, above=("x", "z")))
    model = Model("two", pair, premise=Premise("fails", ("n",), 0.36))
    blind = replace(model, premise=None)
    every = cases_of(blind, 3000, np.random.default_rng(0), blank=0, told_in=model)
    failed = [
        Case(Evidence(model, {name: case.evidence.hard()[name] for name in ("x", "z")}))
        for case in every
        if case.evidence.hard()["fails"] == "y"
    ]
    assert independences(blind, failed).broken
    found = independences(model, failed)
    assert (found.tested, found.n_unclaimed, found.given_failed) == ((), 1, True)


def test_what_could_not_be_tested_is_told() -> None:
    cases = cases_of(FIVE, 12, np.random.default_rng(0), blank=0)
    found = independences(FIVE, cases)
    assert not found.tested
    assert len(found.too_few) == 5 - len(found.too_wide)
    assert all(one.holds is None and one.complete == 12 and one.expected < 5 for one in found.too_few)
    assert independences(FIVE, cases, Settings(most=0)).too_wide
    assert independences(FIVE, []).n_cases == 0
    with pytest.raises(ValueError, match="between 0 and 1"):
        Settings(alpha=0)


def test_attempts_that_did_not_fail_and_labels_are_left_out() -> None:
    cases = [
        Case(Evidence(TILL, {"text": "refused", "other_card": "works"}), {"card": "expired"}),
        Case(Evidence(TILL, {"text": "thanks"}), premise=False),
    ]
    found = independences(TILL, cases)
    assert (found.n_cases, found.left_out, found.labels) == (1, 1, 1)
    assert independences(TILL, cases, Settings(labels=True)).labels == 0
