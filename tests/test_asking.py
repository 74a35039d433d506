"""Asking with an aim: about chosen causes, in pairs, and by what an answer saves; against all worlds."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from math import log2

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bayesdiag.case import Evidence
from bayesdiag.cli import run
from bayesdiag.diagnosis.about import target_states, valued_about, worth_asking_about
from bayesdiag.diagnosis.steps import open_questions
from bayesdiag.engine.network import compile_network
from bayesdiag.errors import EvidenceError
from bayesdiag.model import Finding
from bayesdiag.modelfile import load
from tests import oracles_diagnosis as oracle
from tests.strategies import diagnostic_models
from tests.test_properties import QUICK, close, drawn_possible

Bayesdiag = Callable[..., tuple[int, str, str]]

TILL = "docs/explanation/till.yaml"


def information(joint: Counter[tuple[object, object]]) -> float:
    """Mutual information in bits of the two sides of a joint distribution."""
    left: Counter[object] = Counter()
    right: Counter[object] = Counter()
    for (a, b), p in joint.items():
        left[a] += p  # type: ignore[assignment]
        right[b] += p  # type: ignore[assignment]
    return sum(p * log2(p / (left[a] * right[b])) for (a, b), p in joint.items() if p > 0)


# ── about chosen causes ───────────────────────────────────────────────────────────────────────────


def took_part(world: dict[str, str], fired: set[str], group: tuple[Finding, ...]) -> bool:
    return any(name in fired and world[name] == state for name, state in group)


@QUICK
@given(st.data())
def test_what_a_question_tells_about_a_group_equals_the_sum_over_all_worlds(data: st.DataObject) -> None:
    network, evidence = drawn_possible(data.draw, diagnostic_models(loose=True))
    layout = network.layout
    able = [(layout.names[cause], layout.states[cause][state]) for cause, state in layout.events]
    assume(able)
    targets = data.draw(
        st.lists(st.sampled_from([*able, *{name for name, _ in able}]), min_size=1, max_size=3)
    )
    about = valued_about(network, evidence, targets)
    cases = oracle.cases(network.model, evidence.findings)
    assert about.p == close(oracle.p_any(cases, about.causes))
    assert {value.id for value in about.questions} == {
        one.id for one in open_questions(network.model, evidence)
    }
    for value in about.questions:
        joint: Counter[tuple[object, object]] = Counter()
        for world, p, fired in cases:
            joint[world[value.id], took_part(world, fired, about.causes)] += p  # type: ignore[assignment]
        assert value.value == close(information(joint)), value.id
        for state, p, after in zip(
            network.model.variable_of[value.id].state_ids, value.p_answers, value.p_after, strict=True
        ):
            assert p == close(joint[state, True] + joint[state, False])
            # An answer as rare as 1e-9 has an `after` of rounding only.
            assert p * after == close(joint[state, True] if p > 0 else 0.0)
        assert value.p_after[value.rules_in] >= about.p - 1e-9 >= value.p_after[value.rules_out] - 2e-9


def test_all_states_of_a_cause_are_what_its_name_means() -> None:
    network = compile_network(load("pos_card"))
    every = target_states(network, ["chip_reader_condition"])
    assert every == (("chip_reader_condition", "dirty"), ("chip_reader_condition", "damaged"))
    assert target_states(network, [every[1], "chip_reader_condition"]) == (every[1], every[0])


def test_a_question_about_another_part_tells_nothing() -> None:
    """Another card tells of the cable alone; given the line is up, it tells of no card."""
    network = compile_network(load(TILL))
    cable, card = (valued_about(network, Evidence(network.model, {}), [name]) for name in ("cable", "card"))
    assert [value.id for value in cable.questions if value.value > 0.1] == ["text", "other_card"]
    by_id = {value.id: value for value in card.questions}
    assert by_id["other_card"].p_after[by_id["other_card"].rules_in] > card.p  # explaining away
    assert by_id["text"].rules_in == network.model.variable_of["text"].state_ids.index("refused")


def test_asking_about_a_group_stops_when_it_is_ruled_in_or_out() -> None:
    network = compile_network(load(TILL))
    evidence = Evidence(network.model, {"text": "failed"})
    open_group = valued_about(network, evidence, ["card"])
    asked = worth_asking_about(open_group)
    assert asked is not None
    assert asked.id == "other_card"
    for findings, sure in (({"text": "refused"}, True), ({"text": "offline"}, False)):
        about = valued_about(network, Evidence(network.model, findings), ["card" if sure else "cable"])
        assert about.p > 0.9
    assert (
        worth_asking_about(valued_about(network, Evidence(network.model, {"text": "offline"}), ["cable"]))
        is None
    )


def test_findings_that_cannot_be_have_nothing_asked_about() -> None:
    network = compile_network(load(TILL))
    nothing = valued_about(network, Evidence(network.model, {"text": "thanks"}), ["card"])
    assert (nothing.p, nothing.questions) == (0.0, ())


def test_what_is_no_cause_is_told_all_at_once() -> None:
    network = compile_network(load(TILL))
    targets = ["crad", "text", ("card", "gone"), ("card", "ok")]
    with pytest.raises(EvidenceError) as raised:
        valued_about(network, Evidence(network.model, {}), targets)
    told = str(raised.value)
    assert 'crad: no variable has this name.\n    Did you mean "card"?' in told
    assert "text: this is no cause" in told
    assert 'card: "gone" is not one of its states' in told
    assert "card.ok: no link of it leads into a stage" in told
    with pytest.raises(EvidenceError, match="no cause is named"):
        target_states(network, [])


# ── the doors ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def bayesdiag(capsys: pytest.CaptureFixture[str]) -> Bayesdiag:
    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(list(arguments))
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


CASE = ["-f", "display_text=read_error", "-f", "other_card_here=works"]


def test_diagnose_tells_what_would_rule_a_cause_in_or_out(bayesdiag: Bayesdiag) -> None:
    targets = ["--about", "card_chip_condition", "--about", "insufficient_funds=yes"]
    code, out, err = bayesdiag("diagnose", *CASE, *targets, "--lang", "zh")
    assert (code, err) == (0, "")
    assert "确认还是排除：卡片芯片、或可用额度（余额）不足：是\n  现在：" in out
    code, out, _ = bayesdiag("diagnose", *CASE, *targets, "--lang", "en", "--json")
    told = json.loads(out)["about"]
    assert [one["state"] for one in told["causes"]] == ["dirty", "damaged", "yes"]
    network = compile_network(load("pos_card"))
    about = valued_about(
        network,
        Evidence(network.model, {"display_text": "read_error", "other_card_here": "works"}),
        ["card_chip_condition", ("insufficient_funds", "yes")],
    )
    assert told["p"] == about.p
    assert [one["id"] for one in told["questions"]] == [one.id for one in about.questions]
    best = told["questions"][0]
    assert best["rules_out"]["p"] < told["p"] < best["rules_in"]["p"]


def test_a_wrong_cause_to_ask_about_is_told(bayesdiag: Bayesdiag) -> None:
    code, out, err = bayesdiag("diagnose", *CASE, "--about", "card_chip_conditon", "--lang", "en")
    assert (code, out) == (2, "")
    assert 'Did you mean "card_chip_condition"?' in err
