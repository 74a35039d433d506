"""Repairs that did not help: causes, questions, plan and contacts given that, against every world added up."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from math import prod

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bayesdiag.case import Evidence
from bayesdiag.diagnosis import Diagnosis, diagnose
from bayesdiag.diagnosis.about import valued_about
from bayesdiag.diagnosis.decide import decided
from bayesdiag.diagnosis.doubt import changes_of_mind
from bayesdiag.diagnosis.fit import fits, frequencies
from bayesdiag.diagnosis.pairs import valued_pairs
from bayesdiag.diagnosis.words import impossible
from bayesdiag.engine import inquiry as inquiry_room
from bayesdiag.engine.network import CompiledNetwork, Status, compile_network
from bayesdiag.errors import EvidenceError
from bayesdiag.model import Model, Repair
from bayesdiag.modelfile import load
from tests import oracles_diagnosis as oracle
from tests.strategies import diagnostic_models, evidences

CLOSE = 1e-7
QUICK = settings(
    max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


def close(value: object) -> object:
    return pytest.approx(value, abs=CLOSE)


def left(model: Model, cases: oracle.Cases, tried: list[Repair]) -> oracle.Cases:
    """The worlds in which none of these solved it, each with the causes that took part and are still there."""
    kept = []
    for world, p, fired in cases:
        fixed = {n: 1 - prod(1 - oracle.fix(model, one, (n, world[n])) for one in tried) for n in fired}
        for is_there in product((False, True), repeat=len(fixed)):
            still = {name for name, there in zip(fixed, is_there, strict=True) if there}
            share = prod(1 - f if name in still else f for name, f in fixed.items())
            if still or not fired:
                kept.append((world, p * share, still))
    total = sum(p for _, p, _ in kept)
    assume(total > 1e-4)
    return [(world, p / total, still) for world, p, still in kept]


@st.composite
def tried_cases(
    draw: st.DrawFn,
) -> tuple[CompiledNetwork, Evidence, list[Repair]]:
    """A network, findings that can be, and repairs that were tried."""
    model = draw(diagnostic_models(loose=True))
    network, evidence = compile_network(model), draw(evidences(model))
    assume(network.posterior(evidence, premise=True, targets=()).status[0] is Status.OK)
    assume(model.repairs)
    tried = draw(st.lists(st.sampled_from(model.repairs), min_size=1, max_size=3, unique_by=lambda r: r.id))
    return network, evidence, tried


def told(network: CompiledNetwork, evidence: Evidence, tried: list[Repair]) -> Diagnosis:
    names = [repair.id for repair in tried]
    return diagnose(network, evidence, doubt="none", explanation="none", tried=names)


@QUICK
@given(tried_cases())
def test_causes_and_contacts_are_those_of_the_worlds_it_did_not_help_in(
    case: tuple[CompiledNetwork, Evidence, list[Repair]],
) -> None:
    network, evidence, tried = case
    model = network.model
    cases = left(model, oracle.cases(model, evidence.findings), tried)
    found = told(network, evidence, tried)
    assert not found.is_impossible
    for cause in found.causes:
        mine = [(p, fired) for world, p, fired in cases if world[cause.id] == cause.state]
        assert cause.posterior == close(sum(p for p, _ in mine))
        assert cause.responsibility == close(sum(p for p, fired in mine if cause.id in fired))
    assert found.none_of_these == close(sum(p for _, p, fired in cases if not fired))
    for call in found.contact:
        theirs = [(c.id, c.state) for c in found.causes if c.contacts[:1] == (call.id,)]
        assert call.p == close(oracle.p_any(cases, theirs))


@QUICK
@given(tried_cases())
def test_questions_tell_what_they_tell_in_the_worlds_it_did_not_help_in(
    case: tuple[CompiledNetwork, Evidence, list[Repair]],
) -> None:
    network, evidence, tried = case
    model = network.model
    cases = left(model, oracle.cases(model, evidence.findings), tried)
    for question in told(network, evidence, tried).questions:
        states = model.variable_of[question.id].state_ids
        shares = [sum(p for world, p, _ in cases if world[question.id] == state) for state in states]
        assert question.p_answers == close(shares)
        assert question.value == pytest.approx(oracle.information(model, cases, question.id), abs=1e-5)


@QUICK
@given(tried_cases())
def test_the_plan_goes_on_after_what_did_not_help(
    case: tuple[CompiledNetwork, Evidence, list[Repair]],
) -> None:
    network, evidence, tried = case
    model = network.model
    cases = oracle.cases(model, evidence.findings)
    left(model, cases, tried)
    plan = told(network, evidence, tried).plan
    names = [repair.id for repair in tried]
    assert not {*names} & {*(step.id for step in plan.steps), *plan.workarounds}
    taken, solved = list(tried), oracle.p_solved(model, cases, tried)
    for step in plan.steps:
        taken.append(model.repair_of[step.id])
        now = oracle.p_solved(model, cases, taken)
        assert (1 - solved) * step.p_solves == close(now - solved)
        solved = now
    reach = 1 - oracle.p_solved(model, cases, tried)
    assert (1 - plan.p_solved) * reach == close(1 - solved)


def test_what_would_have_helped_for_sure_leaves_nothing() -> None:
    model, found = load("pos_card"), {"display_text": "read_error"}
    every = {(cause.id, state): 1.0 for cause in model.of_kind("cause") for state in cause.state_ids[1:]}
    repairs = [replace(one, fixes=every) if one.id == "restart" else one for one in model.repairs]
    network = compile_network(replace(model, repairs=tuple(repairs)))
    sure = diagnose(network, found, tried=["restart"])
    assert sure.is_impossible
    assert sure.asking["tried"] == ("restart",)
    assert model.repair_of["restart"].label["en"] in impossible(sure, "en")
    assert not diagnose(network, found, tried=["escalate"], explanation="none").is_impossible


def test_a_last_resort_that_did_not_help_is_not_suggested_again() -> None:
    network, found = compile_network(load("pos_card")), {"display_text": "read_error"}
    assert diagnose(network, found, explanation="none").plan.steps[-1].kind == "escalate"
    after = diagnose(network, found, tried=["escalate"], explanation="none")
    assert not [step for step in after.plan.steps if step.kind == "escalate"]


def test_a_repair_in_vain_moves_belief_away_from_what_it_repairs() -> None:
    network = compile_network(load("pos_card"))
    found = {"display_text": "read_error", "card_visible_damage": "chip_marks"}
    before = diagnose(network, found, explanation="none")
    after = diagnose(network, found, tried=["clean_card_or_reader"], explanation="none")
    share = {(one.id, one.state): one.responsibility for one in before.causes}
    now = {(one.id, one.state): one.responsibility for one in after.causes}
    assert now["card_chip_condition", "dirty"] < share["card_chip_condition", "dirty"]
    assert now["card_chip_condition", "damaged"] > share["card_chip_condition", "damaged"]
    assert after.doubt.intervals == {}


def test_the_order_in_which_things_were_tried_is_the_same_to_belief() -> None:
    network = compile_network(load("pos_card"))
    found = {"display_text": "read_error"}
    names = ["present_correctly", "clean_card_or_reader"]
    one, two = (diagnose(network, found, tried=order, explanation="none") for order in (names, names[::-1]))
    assert [cause.responsibility for cause in one.causes] == close(
        [cause.responsibility for cause in two.causes]
    )
    assert np.isclose(one.plan.p_solved, two.plan.p_solved)


def test_a_repair_named_twice_counts_once() -> None:
    network, found = compile_network(load("pos_card")), {"display_text": "read_error"}
    one, two = (diagnose(network, found, tried=["restart"] * n, explanation="none") for n in (1, 2))
    assert (two.causes, two.plan, two.asking) == (one.causes, one.plan, one.asking)


def test_the_explanation_is_that_of_the_findings_alone() -> None:
    network = compile_network(load("pos_card"))
    found = {"display_text": "read_error", "card_visible_damage": "chip_marks"}
    after = diagnose(network, found, tried=["clean_card_or_reader", "present_correctly"])
    before = diagnose(network, found, doubt="none", explanation="none")
    alone = {(one.id, one.state): one for one in before.causes}
    first, told = after.causes[0], after.explanation
    assert told is not None
    assert told.frequencies is not None
    p = alone[first.id, first.state].responsibility
    assert abs(p - first.responsibility) > 0.1
    assert told.frequencies == frequencies(alone[first.id, first.state], before.none_of_these)
    assert 2**told.end / (1 + 2**told.end) == close(p)
    shares = {(fit.id, fit.state): fit.share for fit in fits(before.causes)}
    assert {(fit.id, fit.state): fit.share for fit in told.fits} == close(shares)


def test_what_does_not_reckon_with_it_says_so() -> None:
    network = compile_network(load("pos_card"))
    evidence = Evidence(network.model, {"display_text": "read_error"})
    with pytest.raises(EvidenceError, match="leave out what was tried"):
        valued_about(network, evidence, [("insufficient_funds", "yes")], tried=["restart"])
    with pytest.raises(EvidenceError, match="leave out what was tried"):
        valued_pairs(network, evidence, tried=["restart"])
    with pytest.raises(EvidenceError, match="leave out what was tried"):
        decided(network, evidence, tried=["restart"])
    causes = diagnose(network, evidence, doubt="none", explanation="none").causes
    with pytest.raises(EvidenceError, match="leave out what was tried"):
        changes_of_mind(network, evidence, causes, tried=["restart"])


def test_an_unknown_repair_is_named() -> None:
    network = compile_network(load("pos_card"))
    with pytest.raises(EvidenceError, match=r"tried\.restrat: no repair has this name"):
        diagnose(network, {}, tried=["restrat"])


def test_where_questions_are_estimated_causes_stay_exact_and_little_left_is_no_noise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, found = load("pos_card"), {"display_text": "read_error"}
    tried: list[str] = []
    network = compile_network(model)
    while plan := diagnose(network, found, doubt="none", explanation="none", tried=tried).plan.steps:
        tried.append(plan[0].id)
        if len(tried) == 20:
            break
    exact = diagnose(network, found, doubt="none", explanation="none", tried=tried)
    monkeypatch.setattr(inquiry_room, "COSTLY", 0)
    near = diagnose(compile_network(model), found, doubt="none", explanation="none", tried=tried)
    assert [cause.responsibility for cause in near.causes] == close([c.responsibility for c in exact.causes])
    assert near.none_of_these == close(exact.none_of_these)
    value_of = {question.id: question for question in exact.questions}
    for question in near.questions:
        assert question.is_estimated
        assert question.p_answers == pytest.approx(value_of[question.id].p_answers, abs=0.05)
        assert question.value == pytest.approx(value_of[question.id].value, abs=0.2)
