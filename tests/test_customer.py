"""What a customer is asked and told: only what they can answer, only what is safe to do."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from bayesdiag.case import Evidence
from bayesdiag.diagnosis import Diagnosis, diagnose
from bayesdiag.diagnosis.ask import CLEAR, LEAST_VALUE, QuestionValue
from bayesdiag.diagnosis.customer import beyond, counsel, is_solved, next_question
from bayesdiag.diagnosis.steps import RISK
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.model import Model
from bayesdiag.modelfile import load
from bayesdiag.ui.customer_sheet import Reply, query_in, query_of_reply, reply_of, with_reply
from bayesdiag.ui.sheet import SAID_SO, Sheet

CARD = "4111 1111 1111 1111"


@pytest.fixture(scope="module")
def network() -> CompiledNetwork:
    return compile_network(load("pos_card"))


def told(network: CompiledNetwork, findings: dict[str, Any], skipped: set[str] | None = None) -> Diagnosis:
    return diagnose(network, findings, dont_know=skipped or (), never=beyond(network.model), doubt="none")


def forbidden(network: CompiledNetwork, findings: dict[str, str]) -> set[str]:
    """Repairs that a finding, or a likely state of a cause, forbids: told from the model file's own lists."""
    beliefs = network.posterior(findings, premise=True)
    causes = {variable.id for variable in network.model.of_kind("cause")}
    return {
        repair.id
        for repair in network.model.repairs
        for name, state in repair.never_when
        if findings.get(name) == state or (name in causes and beliefs.probability(name, state)[0] >= RISK)
    }


def test_nobody_at_the_terminal_is_asked_what_only_others_know(network: CompiledNetwork) -> None:
    who = {v.id: set(v.question.who) for v in network.model.variables if v.question is not None}
    left_out = beyond(network.model)
    assert {"issuer_hotline", "available_credit"} <= left_out
    assert all((name in left_out) == (not people & {"merchant", "anyone"}) for name, people in who.items())


def test_a_question_that_names_nobody_may_be_put_to_anybody(network: CompiledNetwork) -> None:
    variable = network.model.variable_of["card_age"]
    assert variable.question is not None
    free = replace(variable, question=replace(variable.question, who=()))
    assert "card_age" in beyond(network.model)
    assert "card_age" not in beyond(Model("m", (free,)))


@pytest.mark.parametrize("seed", range(6))
def test_whole_dialogues_stay_safe_and_end_by_the_stop_rule(network: CompiledNetwork, seed: int) -> None:
    chance, model = random.Random(seed), network.model  # noqa: S311 - no secret
    findings: dict[str, str] = {}
    skipped: set[str] = set()
    while True:
        diagnosis = told(network, findings, skipped)
        if diagnosis.is_impossible:
            assert counsel(diagnosis).steps == ()
            return
        never = forbidden(network, findings)
        advice = counsel(diagnosis)
        assert not never & {step.id for step in advice.steps}
        assert not never & set(advice.workarounds)
        asked = next_question(network, diagnosis)
        if asked is None:
            break
        variable = model.variable_of[asked.id]
        assert variable.id not in {*findings, *skipped, *beyond(model)}
        if variable.next_attempt is not None:
            assert variable.next_attempt.does not in never
        if chance.random() < 0.2:
            skipped.add(asked.id)
        else:
            findings[asked.id] = chance.choices(variable.state_ids, asked.p_answers)[0]
    if is_solved(model, Evidence(model, findings)):
        assert advice.is_solved
        return
    assert advice.contacts
    tests = {v.id for v in model.variables if v.next_attempt is not None}
    left = [one for one in diagnosis.questions if one.id not in tests]
    assert (
        diagnosis.causes[0].responsibility >= CLEAR
        or not left
        or left[0].value < LEAST_VALUE
        or (diagnosis.questions[0].id in tests)
    )


def test_only_who_is_there_is_told_to_do_something(network: CompiledNetwork) -> None:
    repair_of = network.model.repair_of
    diagnosis = told(network, {"display_text": "permission_closed", "response_code": "rc_unregistered"})
    everything = [step.id for step in diagnosis.plan.steps]
    shown = [step.id for step in counsel(diagnosis).steps]
    there = {"merchant", "anyone", "cardholder"}
    assert shown == [name for name in everything if there & set(repair_of[name].who)]
    assert shown != everything  # or this case would show nothing


@pytest.mark.parametrize("findings", [{"display_text": "timeout"}, {"response_code": "rc_timeout"}])
def test_no_other_way_to_pay_while_something_comes_first(
    network: CompiledNetwork, findings: dict[str, str]
) -> None:
    """Whether the first payment went is looked up before another one: paid twice otherwise."""
    diagnosis = told(network, findings)
    assert diagnosis.plan.workarounds
    advice = counsel(diagnosis)
    assert advice.steps[0].id == "check_reversal"
    assert advice.workarounds == ()
    assert counsel(told(network, {"display_text": "read_error"})).workarounds == ("other_payment",)


@pytest.mark.parametrize("seen", ["success_slip", {"success_slip": 0.7, "no_slip": 0.15, "fail_slip": 0.15}])
def test_a_payment_that_may_have_gone_through_is_not_tried_again(
    network: CompiledNetwork, seen: str | dict[str, float]
) -> None:
    states = network.model.variable_of["receipt_state"].state_ids
    if isinstance(seen, dict):
        seen = {state: 0.7 if state == "success_slip" else 0.15 for state in states}
    diagnosis = told(network, {"display_text": "read_error", "receipt_state": seen})
    advice = counsel(diagnosis)
    retries = {
        repair.id
        for repair in network.model.repairs
        if ("receipt_state", "success_slip") in repair.never_when
    }
    assert "present_correctly" in retries
    assert not retries & {*advice.workarounds, *(step.id for step in advice.steps)}
    assert advice.steps[0].id == "check_reversal"
    skipped: set[str] = set()
    while (
        asked := next_question(network, told(network, dict(diagnosis.evidence.findings), skipped))
    ) is not None:
        assert network.model.variable_of[asked.id].next_attempt is None
        skipped.add(asked.id)


def test_what_speaks_for_every_state_forbids_nothing(network: CompiledNetwork) -> None:
    states = network.model.variable_of["receipt_state"].state_ids
    even = told(network, {"display_text": "read_error", "receipt_state": dict.fromkeys(states, 0.5)})
    without = told(network, {"display_text": "read_error"})
    assert [step.id for step in even.plan.steps] == [step.id for step in without.plan.steps]


def test_a_repair_that_worked_ends_it(network: CompiledNetwork) -> None:
    diagnosis = told(network, {"display_text": "dead_or_frozen", "restart_test": "works"})
    assert next_question(network, diagnosis) is None
    assert counsel(diagnosis).is_solved
    assert not counsel(diagnosis).steps
    failed = told(network, {"display_text": "dead_or_frozen", "restart_test": "still_fails"})
    assert not counsel(failed).is_solved


# ── what the link carries ─────────────────────────────────────────────────────────────────────────


def test_a_reply_survives_its_address() -> None:
    model = load("pos_card")
    reply = Reply(Sheet({"card_age": "gt3y"}, approved=(SAID_SO,), sure={"card_age": 0.7}))
    reply = replace(reply.answered("display_text", "read_error"), is_enough=False)
    reply = Reply(replace(reply.sheet, sure={"card_age": 0.7}), reply.asked).passed("entry_method").ended()
    assert reply_of(model, query_of_reply(reply)) == (reply, ())


def test_back_takes_one_thing_back_at_a_time_and_nothing_of_the_lead() -> None:
    start = Reply(Sheet({"card_age": "gt3y"}))
    one = start.answered("display_text", "read_error")
    two = one.passed("entry_method")
    assert two.ended().back() == two
    assert two.back() == one
    assert one.back() == start
    assert start.back() == start


def test_what_a_link_names_and_the_model_lacks_is_told_and_left_out() -> None:
    query = {
        "warp": CARD,
        "display_text": "<b>x</b>",
        "asked": "flux,card_age",
        "card_age": "gt3y",
        "dont_know": "??",
    }
    reply, lost = reply_of(load("pos_card"), {**query, "b.entry_method": "tap", "enough": "yes"})
    assert reply == Reply(Sheet({"card_age": "gt3y"}), ("card_age",))
    assert len(lost) == 4
    assert CARD not in " ".join(lost)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hi!\ndisplay: x\nhttps://a.example/customer?display_text=read_error&lang=zh\nthanks", {"display_text": "read_error", "lang": "zh"}),
        ("?a=1 and ?b=2", {"b": "2"}),
        ("what is this?", {}),
        ("", {}),
        ("http://[broken?x=1", {}),
        ("x?" + "a=1&" * 1000, {}),
    ],
)  # fmt: skip
def test_the_last_address_of_a_text_is_read(text: str, found: dict[str, str]) -> None:
    assert query_in(text) == found


@pytest.mark.parametrize(
    "end", [".", "。", "!", "！", ")", "）", "”。", '".', "…", ">", "。谢谢", "，请看", ", please", ""]
)
def test_what_ends_a_sentence_ends_the_address(end: str) -> None:
    text = f"（我的回答：https://x.example/customer?card_age=gt3y&display_text=timeout{end}"
    assert query_in(text) == {"card_age": "gt3y", "display_text": "timeout"}


def test_what_the_link_carried_as_done_in_vain_comes_back_once() -> None:
    mine = Sheet(tried=("restart",))
    theirs = Reply(Sheet(tried=("restart", "sign_on")))
    assert with_reply(mine, theirs, "merchant").tried == ("restart", "sign_on")


def test_what_did_not_help_may_make_a_test_that_tries_again_unsafe(network: CompiledNetwork) -> None:
    model, found = network.model, {"display_text": "position_abnormal"}
    tests = {v.id for v in model.variables if v.next_attempt and v.next_attempt.does}
    tests = {
        name
        for name in tests
        if ("terminal_hold", "locked") in model.repair_of[_does(model, name)].never_when
    }
    assert tests
    before = told(network, found)
    after = diagnose(
        network, found, never=beyond(model), mandatory=tests, doubt="none", tried=["use_compatible_terminal"]
    )
    locked = [
        next(one.posterior for one in d.causes if (one.id, one.state) == ("terminal_hold", "locked"))
        for d in (before, after)
    ]
    assert locked[0] < RISK <= locked[1]
    skipped: set[str] = set()
    while asked := next_question(network, replace(after, questions=_left(after, skipped))):
        assert asked.id not in tests
        skipped.add(asked.id)


def _does(model: Model, name: str) -> str:
    again = model.variable_of[name].next_attempt
    return again.does if again is not None else ""


def _left(diagnosis: Diagnosis, skipped: set[str]) -> tuple[QuestionValue, ...]:
    return tuple(one for one in diagnosis.questions if one.id not in skipped)


def test_what_came_back_counts_where_the_customer_said_it_and_else_only_fills_gaps() -> None:
    mine = Sheet({"display_text": "read_error", "card_age": "gt3y"}, ("tap_outcome",))
    theirs = Reply(
        Sheet(
            {"display_text": "timeout", "card_age": "lt1y", "entry_method": "chip", "tap_outcome": "read_ok"}
        ),
        ("display_text", "tap_outcome"),
    )
    found = with_reply(mine, theirs, "merchant")
    assert found.findings == {
        "display_text": "timeout", "card_age": "gt3y", "entry_method": "chip", "tap_outcome": "read_ok",
    }  # fmt: skip
    assert found.who == {"display_text": "merchant", "tap_outcome": "merchant"}
    assert found.dont_know == ()
