"""Asking with an aim: about chosen causes, in pairs, and by what an answer saves; against all worlds."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import log2
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bayesdiag.case import Evidence
from bayesdiag.cli import run
from bayesdiag.diagnosis import diagnose
from bayesdiag.diagnosis.about import target_states, valued_about, worth_asking_about
from bayesdiag.diagnosis.decide import decided, step_cost
from bayesdiag.diagnosis.pairs import valued_pairs, worth_asking_together
from bayesdiag.diagnosis.steps import Asking, is_shown_first, open_questions, open_repairs
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.errors import EvidenceError, InvalidModel
from bayesdiag.model import (
    Finding,
    FullTable,
    Link,
    Model,
    NoisyMax,
    Premise,
    Prior,
    Question,
    Repair,
    Text,
    Variable,
)
from bayesdiag.modelfile import load
from tests import oracles_diagnosis as oracle
from tests.networks import variable
from tests.strategies import diagnostic_models
from tests.test_properties import QUICK, close, drawn_possible

Bayesdiag = Callable[..., tuple[int, str, str]]

ROOT = Path(__file__).resolve().parent.parent
XOR = str(ROOT / "tests" / "exclusive_or.yaml")
TILL = str(ROOT / "docs" / "explanation" / "till.yaml")


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


# ── two questions together ────────────────────────────────────────────────────────────────────────


def answers_of(
    model: Model, findings: Mapping[str, object], ids: tuple[str, str], world: dict[str, str]
) -> object:
    """What is told in a world when the first is asked and then the second, unless the answer rules it out."""
    first, second = ids
    told = Evidence(model, {**findings, first: world[first]})  # type: ignore[dict-item]
    is_open = second in {one.id for one in open_questions(model, told)}
    return (world[first], world[second]) if is_open else (world[first],)


@QUICK
@given(st.data())
def test_what_two_questions_tell_equals_the_sum_over_all_worlds(data: st.DataObject) -> None:
    network, evidence = drawn_possible(data.draw, diagnostic_models(loose=True))
    model = network.model
    cases = oracle.cases(model, evidence.findings)
    pairs = valued_pairs(network, evidence, width=None)
    n_open = len(open_questions(model, evidence))
    assert len(pairs) == n_open * (n_open - 1) // 2
    for pair in pairs:
        orders = []
        for ids in (pair.ids, pair.ids[::-1]):
            bits = 0.0
            for cause in model.of_kind("cause"):
                joint: Counter[tuple[object, object]] = Counter()
                for world, p, fired in cases:
                    blamed = world[cause.id] if cause.id in fired else None
                    joint[answers_of(model, evidence.findings, ids, world), blamed] += p  # type: ignore[assignment]
                bits += information(joint)
            orders.append(bits)
        assert pair.value == pytest.approx(orders[0], abs=1e-7)
        assert pair.value >= orders[1] - 1e-7  # the better order of the two
        for name, alone in zip(pair.ids, pair.alone, strict=True):
            assert alone == close(oracle.information(model, cases, name))
        assert pair.value >= pair.alone[0] - 1e-7


@pytest.mark.parametrize("width", [None, 1])
def test_two_questions_that_tell_nothing_alone_are_offered_together(width: int | None) -> None:
    """By hand: of four worlds three fail; x = y leaves the other part alone, x ≠ y leaves it even."""
    network = compile_network(load(XOR))
    evidence = Evidence(network.model, {})
    singles = diagnose(network, evidence).questions
    assert [one.value for one in singles] == close([0, 0, 0])
    pairs = valued_pairs(network, evidence, width=width)
    both = worth_asking_together(pairs, singles)
    assert both is not None
    assert set(both.ids) == {"x", "y"}
    entropy = -(1 / 3) * log2(1 / 3) - (2 / 3) * log2(2 / 3)
    assert both.value == close(entropy + entropy - (2 / 3) * 1)
    assert both.score == close(both.value / 3)
    assert {pair.ids for pair in pairs if pair.extra > 1e-9} == {both.ids}


def test_two_questions_that_tell_the_same_are_not_offered_together() -> None:
    network = compile_network(load(TILL))
    evidence = Evidence(network.model, {})
    [pair] = valued_pairs(network, evidence)
    assert pair.extra < 0
    assert worth_asking_together([pair], diagnose(network, evidence).questions) is None
    assert valued_pairs(network, Evidence(network.model, {"text": "thanks"})) == ()


# ── whether asking pays ───────────────────────────────────────────────────────────────────────────


def cost_of(model: Model, cases: oracle.Cases, order: Sequence[Repair], hand_over: float) -> float:
    """Steps one after the other until solved, then handing over: the sum over all worlds."""
    cost, reach = 0.0, 1.0
    for length, repair in enumerate(order, start=1):
        cost += reach * step_cost(model, repair)
        reach = 1 - oracle.p_solved(model, cases, order[:length])
    return cost + reach * hand_over


def given_answer(cases: oracle.Cases, name: str, state: str) -> oracle.Cases:
    kept = [(world, p, fired) for world, p, fired in cases if world[name] == state]
    total = sum(p for _, p, _ in kept)
    return [(world, p / total, fired) for world, p, fired in kept]


@QUICK
@given(st.data())
def test_what_asking_saves_equals_the_sum_over_all_worlds(data: st.DataObject) -> None:
    network, evidence = drawn_possible(data.draw, diagnostic_models(loose=True))
    model = network.model
    hand_over = data.draw(st.sampled_from((1.0, 10.0, 100.0)))
    decision = decided(network, evidence, hand_over=hand_over, width=None)
    cases = oracle.cases(model, evidence.findings)
    order = [model.repair_of[name] for name in decision.steps]
    assert decision.act_now == close(cost_of(model, cases, order, hand_over))
    forced = any(is_shown_first(model, repair, evidence) for repair in model.repairs)
    assert forced or decision.act_now <= hand_over + 1e-9
    assert decision.n_open == len(decision.questions) == len(open_questions(model, evidence))
    for saving in decision.questions:
        later, is_free = 0.0, not forced
        for answer in saving.answers:
            after = given_answer(cases, saving.id, answer.state)
            steps = [model.repair_of[name] for name in answer.steps]
            p = sum(p for world, p, _ in cases if world[saving.id] == answer.state)
            assert answer.p == close(p)
            assert answer.p * answer.cost == close(p * cost_of(model, after, steps, hand_over))
            later += p * answer.cost
            told = Evidence(model, {**evidence.findings, saving.id: answer.state})
            beliefs = network.posterior(told, premise=True).beliefs[0]
            allowed = {repair.id for repair in open_repairs(model, told, beliefs, network.layout)}
            is_free &= allowed >= set(decision.steps)
            is_free &= not any(is_shown_first(model, repair, told) for repair in model.repairs)
        assert saving.saves == close(decision.act_now - later)
        # Whoever may still follow the old plan after every answer loses nothing by knowing it.
        assert not is_free or saving.saves >= -1e-9
    assert decision.regret == max([0.0, *(saving.gain for saving in decision.questions)])


def single(
    p: Mapping[str, float], costs: Mapping[str, float], asked: Variable | None = None
) -> CompiledNetwork:
    """One cause with a state for each fault, whose link always fires, and a perfect repair for each."""
    states = " ".join(["ok", *p])
    links = tuple(Link("part", fault, "broken", 1.0) for fault in p)
    model = Model(
        "single",
        (
            variable("part", states, Prior((0.0, *p.values())), "cause"),
            variable("outcome", "works broken", NoisyMax(links, {}), "stage"),
            *(() if asked is None else (asked,)),
        ),
        premise=Premise("outcome", ("works",), 1.0),
        repairs=tuple(
            Repair(f"fix_{fault}", Text(), minutes=costs[fault], fixes={("part", fault): 1.0}) for fault in p
        ),
    )
    return compile_network(model)


@pytest.mark.parametrize(
    ("service", "cost", "steps"),
    [(3, 3, ""), (8, 7.6, "B"), (20, 9.95, "ABCD"), (100, 9.95, "ABCD")],
)
def test_when_to_call_service_is_what_the_literature_says(service: float, cost: float, steps: str) -> None:
    """The basic example of decision-theoretic troubleshooting: p/c, and service at the end."""
    network = single({"A": 0.5, "B": 0.3, "C": 0.15, "D": 0.05}, {"A": 10, "B": 2, "C": 5, "D": 1})
    decision = decided(network, Evidence(network.model, {}), hand_over=service)
    assert decision.act_now == pytest.approx(cost)
    assert "".join(sorted(step.removeprefix("fix_") for step in decision.steps)) == steps
    assert decision.next == ("hand_over" if service == 3 else "act")
    assert decision.stop.is_right == (service == 3)
    go_on = cost if service > 3 else 2 + 0.7 * 3
    assert decision.stop.regret == pytest.approx(service - go_on)


@pytest.mark.parametrize(("minutes", "pays"), [(0.4, True), (0.6, False)])
def test_a_question_is_asked_up_to_its_break_even(minutes: float, pays: bool) -> None:  # noqa: FBT001
    """Lín (2014), figure 2, after the first action failed: two faults alike, a perfect question; 0.5."""
    asked = replace(
        variable("look", "second third", FullTable(("part",), (0.5, 0.5, 1, 0, 0, 1)), "test"),
        question=Question(Text(), minutes=minutes),
    )
    network = single({"second": 0.5, "third": 0.5}, {"second": 1, "third": 1}, asked)
    decision = decided(network, Evidence(network.model, {}), hand_over=50)
    assert decision.act_now == pytest.approx(1.5)
    assert decision.questions[0].saves == pytest.approx(0.5)
    assert (decision.next == "ask") is pays
    assert decision.regret == pytest.approx(0.1 if pays else 0.0)


def test_money_and_waiting_count_in_minutes() -> None:
    model = load(TILL)
    assert step_cost(model, model.repair_of["renew"]) == 11
    dear = replace(model, money_per_minute=0.0)
    assert step_cost(dear, replace(model.repair_of["renew"], money=3)) == 3
    assert step_cost(replace(model, money_per_minute=2.0), replace(model.repair_of["renew"], money=3)) == 12.5


def test_the_most_promising_questions_hold_the_best_one() -> None:
    network = compile_network(load("pos_card"))
    for findings in ({"display_text": "contact_issuer"}, {"display_text": "read_error"}):
        evidence = Evidence(network.model, findings)
        few = decided(network, evidence, width=4)
        assert len(few.questions) == 4 < few.n_open
        best = decided(network, evidence, width=12).questions[0]
        assert few.questions[0] == best
        assert few.next == "ask"


def test_a_model_without_a_last_resort_needs_a_price() -> None:
    network = compile_network(load(TILL))
    with pytest.raises(InvalidModel, match="nobody is there to hand a case over to"):
        decided(network, Evidence(network.model, {}))


@pytest.mark.parametrize("price", [float("nan"), float("inf"), -5, "3", True])
def test_what_is_no_price_of_handing_over_is_told(price: float) -> None:
    network = compile_network(load(TILL))
    with pytest.raises(InvalidModel, match="is no price"):
        decided(network, Evidence(network.model, {}), hand_over=price)
    assert decided(network, Evidence(network.model, {}), hand_over=0).next == "hand_over"


@pytest.mark.parametrize(
    ("asking", "told"),
    [
        ({"skipped": ["nobody"]}, "no question has this name"),
        ({"mandatory": ["other_card"], "never": ["other_card"]}, "to be asked first, and never"),
    ],
)
def test_wishes_that_cannot_be_are_told_by_decisions_and_pairs(asking: Asking, told: str) -> None:
    network = compile_network(load(TILL))
    evidence = Evidence(network.model, {"text": "failed"})
    with pytest.raises(EvidenceError, match=told):
        decided(network, evidence, hand_over=50, **asking)
    with pytest.raises(EvidenceError, match=told):
        valued_pairs(network, evidence, **asking)


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


def test_diagnose_tells_whether_asking_pays(bayesdiag: Bayesdiag) -> None:
    code, out, err = bayesdiag(
        "diagnose", "-f", "display_text=contact_issuer", "--decide", "--json", "--lang", "en"
    )
    assert (code, err) == (0, "")
    told = json.loads(out)["decision"]
    network = compile_network(load("pos_card"))
    decision = decided(network, Evidence(network.model, {"display_text": "contact_issuer"}))
    assert (told["next"], told["unit"]) == ("ask", "minutes")
    assert told["act_now"]["cost"] == pytest.approx(decision.act_now)
    assert told["hand_over"] == pytest.approx(decision.hand_over)
    assert told["regret"]["asking_no_more"] == pytest.approx(decision.regret)
    assert told["regret"]["handing_over_now"] == pytest.approx(decision.stop.regret)
    assert [one["id"] for one in told["questions"]] == [one.id for one in decision.questions]
    assert sum(one["p"] for one in told["questions"][0]["answers"]) == pytest.approx(1)


@pytest.mark.parametrize(
    ("hand_over", "zh", "en"),
    [
        ("200", "先问再动手更省", "Asking first is cheaper"),
        ("0.5", "现在就转交最省", "Handing the case over now is cheapest"),
    ],
)
def test_whether_asking_pays_is_told_in_words(hand_over: str, zh: str, en: str, bayesdiag: Bayesdiag) -> None:
    call = ["diagnose", "-f", "display_text=contact_issuer", "--decide", "--hand-over", hand_over, "--lang"]
    assert zh in bayesdiag(*call, "zh")[1]
    assert en in bayesdiag(*call, "en")[1]


@pytest.mark.parametrize("price", ["inf", "nan", "-1"])
@pytest.mark.parametrize("command", ["diagnose", "ask"])
def test_no_price_of_handing_over_ends_in_words(command: str, price: str, bayesdiag: Bayesdiag) -> None:
    code, out, err = bayesdiag(command, TILL, "-f", "text=failed", "--decide", f"--hand-over={price}")
    assert (code, out) == (2, "")
    assert "Give a finite number, 0 or more" in " ".join(err.replace("│", " ").split())


def test_diagnose_looks_for_two_questions_together(bayesdiag: Bayesdiag) -> None:
    code, out, err = bayesdiag("diagnose", XOR, "--pairs", "--json", "--lang", "en")
    assert (code, err) == (0, "")
    told = json.loads(out)["pairs"]
    assert told["together"] == told["best"][0]
    assert set(told["together"]["ids"]) == {"x", "y"}
    assert told["together"]["alone"] == close([0, 0])
    assert "一起问才" not in bayesdiag("diagnose", XOR, "--lang", "zh")[1]
    out = bayesdiag("diagnose", XOR, "--pairs", "--lang", "zh")[1]
    assert "这两个一起问" in out
    assert "单独问只有 0.00 和 0.00" in out
    code, out, _ = bayesdiag("diagnose", XOR, "-f", "x=on", "--pairs", "--lang", "en")
    assert "no two questions tell much more together than each alone" in out


def say(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join([*lines, ""])))


def test_the_dialogue_asks_two_questions_that_tell_only_together(
    bayesdiag: Bayesdiag, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(monkeypatch, "1", "1", "q")
    code, out, _ = bayesdiag("ask", XOR, "--lang", "en")
    assert code == 0
    assert "“Switch x” and “Switch y” tell something only together:" in out
    assert out.index("only together") < out.index("\nSo far") + 400
    assert (
        "Almost certainly: The other part is bad" in out
    )  # both answers the same leave the other part alone
    say(monkeypatch, "s", "s", "s")  # of two, one cannot be answered
    assert "only together" in bayesdiag("ask", XOR, "--lang", "en")[1]


def test_the_dialogue_asks_about_a_cause(bayesdiag: Bayesdiag, monkeypatch: pytest.MonkeyPatch) -> None:
    say(monkeypatch, "q")
    code, out, _ = bayesdiag("ask", TILL, "-f", "text=failed", "--about", "card", "--lang", "en")
    assert code == 0
    assert "Card: expired: 58%" in out
    assert "Does another card work?" in out
    assert "To rule in or out: Card: expired" in out
    say(monkeypatch, "q")
    assert bayesdiag("ask", TILL, "--about", "crad", "--lang", "en")[0] == 2


def test_the_dialogue_asks_only_while_it_pays(bayesdiag: Bayesdiag, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another card tells most bits, and whatever it shows the same is done first."""
    case = ["ask", TILL, "-f", "text=failed", "--lang", "en"]
    say(monkeypatch, "q")
    assert "Does another card work?" in bayesdiag(*case)[1]
    code, out, _ = bayesdiag(*case, "--decide", "--hand-over", "40")
    assert code == 0
    assert "Does another card work?" not in out
    say(monkeypatch, "q")
    code, out, _ = bayesdiag("ask", "-f", "display_text=contact_issuer", "--decide", "--lang", "zh")
    assert "问这个平均净省 5分钟" in out


def test_a_price_must_be_one(bayesdiag: Bayesdiag) -> None:
    code, _, err = bayesdiag("diagnose", *CASE, "--decide", "--hand-over", "-1", "--lang", "en")
    assert code == 2
    assert "--hand-over" in err


def test_a_wrong_cause_to_ask_about_is_told(bayesdiag: Bayesdiag) -> None:
    code, out, err = bayesdiag("diagnose", *CASE, "--about", "card_chip_conditon", "--lang", "en")
    assert (code, out) == (2, "")
    assert 'Did you mean "card_chip_condition"?' in err
