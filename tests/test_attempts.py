"""Several attempts in one case: against every context, cause and lasting draw, and each attempt under them."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from math import exp, log

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from bayesdiag.case import Evidence
from bayesdiag.diagnosis import diagnose
from bayesdiag.diagnosis.ask import worth_asking
from bayesdiag.diagnosis.doubt_words import doubt_section
from bayesdiag.diagnosis.whatif import (
    MOST_EARLIER,
    acted,
    by_attempt,
    n_earlier,
    next_success,
    several,
    several_attempts,
)
from bayesdiag.diagnosis.whatif.several import model_of_attempts
from bayesdiag.diagnosis.words import report
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.errors import EvidenceError
from bayesdiag.model import FirstActive, Link, Model, NoisyMax, Premise, Prior, Question, Repair, Text
from bayesdiag.modelfile import load
from bayesdiag.wire import diagnosis_document
from tests.networks import variable
from tests.oracles_attempts import lasting_draws, several_by_hand
from tests.strategies import diagnostic_models, findings

MOST_WORLDS = 24
"""Lasting draws of a model that are counted by hand."""


def soft(told: dict) -> dict:
    return {name: {seen: 1.0} if isinstance(seen, str) else seen for name, seen in told.items()}


@st.composite
def lasting_models(draw: DrawFn) -> Model:
    """A small model with roles, some of whose links are persistent."""
    model = draw(diagnostic_models())
    variables = []
    for one in model.variables:
        cpt = one.cpt
        if isinstance(cpt, NoisyMax | FirstActive):
            cpt = replace(
                cpt, links=tuple(replace(link, persistent=draw(st.booleans())) for link in cpt.links)
            )
        variables.append(replace(one, cpt=cpt))
    return replace(model, variables=tuple(variables))


@st.composite
def attempts(draw: DrawFn, n_earlier: int) -> tuple[Model, list[dict]]:
    """A model, what persists as it is told, and the findings of each attempt, the latest last."""
    model = draw(lasting_models())
    assume(lasting_draws(model) <= MOST_WORLDS)
    anew = [v.id for v in model.variables if v.kind in ("stage", "symptom", "test")]
    stays = [v.id for v in model.variables if v.kind in ("context", "cause")]
    told = []
    for _ in range(n_earlier + 1):
        names = draw(st.lists(st.sampled_from(anew), max_size=2, unique=True))
        told.append({name: draw(findings(model, name)) for name in names})
    for name in draw(st.lists(st.sampled_from(stays), max_size=1, unique=True)):
        told[draw(st.integers(0, n_earlier))][name] = draw(findings(model, name))
    return model, told


def check(model: Model, told: list[dict]) -> None:
    *earlier, latest = told
    stays = {
        n: seen
        for one in told
        for n, seen in one.items()
        if model.variable_of[n].kind in ("context", "cause")
    }
    anew = [{n: seen for n, seen in one.items() if n not in stays} for one in told]
    by_hand = several_by_hand(model, soft({**anew[-1], **stays}), [soft(one) for one in anew[:-1]])
    network, evidence = several_attempts(compile_network(model), Evidence(model, latest), earlier)
    premise = network.posterior({}, premise=True)
    posterior = network.posterior(evidence, premise=True)
    p = float(by_hand["p"])  # type: ignore[arg-type]
    assert float(premise.log_evidence[0]) == pytest.approx(
        float(compile_network(model).posterior({}, premise=True).log_evidence[0])
    )
    assume(p == 0 or p > 1e-9)  # what is less may be what rounding leaves by hand
    if p == 0:
        assert posterior.log_evidence[0] == -float("inf")
        return
    assert float(posterior.log_evidence[0]) == pytest.approx(log(p), abs=1e-9)
    for name, row in by_hand["beliefs"].items():  # type: ignore[attr-defined]
        assert posterior.of(name)[0] == pytest.approx(list(row.values()), abs=1e-9)
    result = diagnose(compile_network(model), latest, earlier=earlier, doubt="none")
    for cause in result.causes:
        expected = by_hand["responsible"].get((cause.id, cause.state), 0.0)  # type: ignore[attr-defined]
        assert cause.responsibility == pytest.approx(expected, abs=1e-9)
    assert result.none_of_these == pytest.approx(by_hand["none"], abs=1e-9)


@given(attempts(1))
@settings(max_examples=60, deadline=None)
def test_two_attempts_are_those_of_all_worlds(case: tuple[Model, list[dict]]) -> None:
    check(*case)


@given(attempts(2))
@settings(max_examples=30, deadline=None)
def test_three_attempts_are_those_of_all_worlds(case: tuple[Model, list[dict]]) -> None:
    check(*case)


def test_what_two_links_leave_nothing_of_stays_impossible() -> None:
    """One link lasts, with 0.99, the other is drawn anew, with 0.01: an attempt without either cannot be."""
    model = Model(
        "always",
        (
            variable("worn", "no yes", Prior((0.0, 1.0)), "cause"),
            variable(
                "outcome",
                "fine failed",
                NoisyMax(
                    (
                        Link("worn", "yes", "failed", 0.01),
                        Link("worn", "yes", "failed", 0.99, persistent=True),
                    ),
                    {},
                ),
                "stage",
            ),
        ),
        premise=Premise("outcome", ("fine",), 0.1),
    )
    network, evidence = several_attempts(compile_network(model), Evidence(model, {"outcome": "fine"}), [{}])
    assert network.posterior(evidence).log_evidence[0] == -float("inf")


# ── what follows ────────────────────────────────────────────────────────────────────────────────


def stubborn(*, leak: float = 0.1) -> Model:
    """A cause that stays once it acted, as likely as one that comes and goes, and a screen."""
    return Model(
        "stubborn",
        (
            variable("way", "chip tap", Prior((0.5, 0.5)), "context"),
            variable("worn", "no yes", Prior((0.7, 0.3)), "cause"),
            variable("busy", "no yes", Prior((0.7, 0.3)), "cause"),
            variable(
                "outcome",
                "fine failed",
                NoisyMax(
                    (
                        Link("worn", "yes", "failed", 0.5, persistent=True),
                        Link("busy", "yes", "failed", 0.5, persistent=False),
                    ),
                    {"failed": leak},
                ),
                "stage",
            ),
            replace(
                variable(
                    "light",
                    "off red green",
                    NoisyMax(
                        (Link("outcome", "failed", "red", 0.6), Link("busy", "yes", "green", 0.5)),
                        {"green": 0.2},
                    ),
                    "symptom",
                ),
                question=Question(Text("灯？", "the light?"), minutes=1.0),
            ),
        ),
        premise=Premise("outcome", ("fine",), 0.1),
        repairs=(
            Repair(
                "clean", Text("清洁", "clean"), fixes={("worn", "yes"): 0.9}, never_when=(("light", "green"),)
            ),
        ),
    )


def shares(network: CompiledNetwork, n: int) -> dict[str, float]:
    """Responsibility of each cause after n failures of which nothing else is known."""
    return {
        c.id: c.responsibility for c in diagnose(network, {}, earlier=[{}] * (n - 1), doubt="none").causes
    }


def test_failing_again_speaks_for_what_lasts() -> None:
    """By hand: the leak apart, a link that stays counts once, one that is drawn anew n times."""
    network = compile_network(stubborn(leak=0.0))
    assert shares(network, 1)["worn"] == pytest.approx(shares(network, 1)["busy"])
    for n in (2, 3):
        lasting, anew = 0.3 * 0.5, 0.3 * 0.5**n
        both = 0.3 * 0.5 * 0.3  # worn fires, and busy is there too
        every = lasting + anew - lasting * anew / 1.0
        assert every == pytest.approx(lasting + (1 - lasting) * anew)
        told = shares(network, n)
        assert told["worn"] == pytest.approx(lasting / every)
        fires_now = both * 0.5 + (1 - lasting) * anew
        assert told["busy"] == pytest.approx(fires_now / every)
    assert shares(network, 3)["worn"] > shares(network, 2)["worn"] > shares(network, 1)["worn"]
    assert shares(network, 3)["busy"] < shares(network, 2)["busy"] < shares(network, 1)["busy"]


@pytest.mark.parametrize("told", [{}, {"light": "red"}, {"way": "tap", "light": {"red": 1.0, "off": 0.5}}])
def test_failing_again_is_the_next_attempt(told: dict) -> None:
    """P(this attempt and the next fail) is what the next attempt, asked by itself, comes to."""
    network = compile_network(stubborn())
    for n in range(MOST_EARLIER):
        before, seen = several_attempts(network, Evidence(network.model, told), [{}] * n)
        p_again = 1 - next_success(before, seen)
        more, all_seen = several_attempts(network, Evidence(network.model, told), [{}] * (n + 1))
        logs = [
            float(one.posterior(evidence, premise=True).log_evidence[0])
            for one, evidence in ((before, seen), (more, all_seen))
        ]
        assert exp(logs[1] - logs[0]) == pytest.approx(p_again)


def test_the_order_of_attempts_does_not_matter() -> None:
    network = compile_network(stubborn())
    attempts = [{"light": "red"}, {"light": {"green": 1.0, "off": 0.2}}]
    found = [
        [
            (c.id, pytest.approx(c.responsibility))
            for c in diagnose(network, {}, earlier=order, doubt="none").causes
        ]
        for order in permutations(attempts)
    ]
    assert all(one == found[0] for one in found)


@pytest.mark.parametrize("light", ["off", "red", "green"])
def test_a_state_between_two_that_say_the_same_keeps_its_place(light: str) -> None:
    """The light shows the highest: what is above red and what is below it are not one state."""
    check(stubborn(), [{"light": light}, {"way": "tap"}])


def test_nothing_earlier_is_one_attempt() -> None:
    network = compile_network(stubborn())
    together, evidence = several_attempts(network, Evidence(network.model, {"light": "red"}), [])
    assert together is network
    assert n_earlier(network.model) == 0
    assert by_attempt(evidence) == ({"light": {"red": 1.0}},)


def test_everything_else_is_told_of_the_latest() -> None:
    network = compile_network(stubborn())
    result = diagnose(network, {}, earlier=[{"light": "red", "way": "tap"}], doubt="full")
    assert n_earlier(result.model) == 1
    assert by_attempt(result.evidence) == ({"light": {"red": 1.0}}, {"way": {"tap": 1.0}})
    assert [question.id for question in result.questions] == ["light"]
    assert worth_asking(result.questions, result.causes) is not None
    assert [step.id for step in result.plan.steps] == ["clean"]
    told = result.explanation
    assert told is not None
    assert [line.finding for line in told.ledger] == ["@1", "light@1", "way"]
    assert told.start + sum(line.bits for line in told.ledger) == pytest.approx(told.end)
    first = result.causes[0]
    assert told.end == pytest.approx(log(first.responsibility / (1 - first.responsibility)) / log(2))
    assert result.doubt.intervals == {}
    # An earlier attempt is as it was: what it showed may be taken back, not made another.
    steps = [step for change in result.doubt.change_my_mind for step in change.steps if "@" in step[0]]
    assert all(step == ("light@1", None) for step in steps)
    assert "not computed" in doubt_section(result, "en").lines[0]
    assert "没有算" in doubt_section(result, "zh").lines[0]
    assert "没有算" not in "".join(doubt_section(diagnose(network, {}, doubt="full"), "zh").lines)
    assert report(result, "en")[1].lines == (
        "attempt 1: failed; light: red",
        "what is told now is attempt 2; causes and circumstances are the same in all, "
        "what was seen came about anew in each",
    )
    assert report(result, "zh")[1].lines[0] == "第1次：失败；light：red"
    document = diagnosis_document(result, "en", "")
    assert document["findings"] == {"way": "tap"}
    assert document["attempts"] == [{"light": "red"}]
    assert "attempts" not in diagnosis_document(diagnose(network, {}), "en", "")


def test_what_an_earlier_attempt_showed_still_forbids_a_repair() -> None:
    network = compile_network(stubborn())
    assert diagnose(network, {}, earlier=[{"light": "off"}]).plan.steps
    assert not diagnose(network, {}, earlier=[{"light": "green"}]).plan.steps


def test_acting_after_several_attempts_is_the_attempt_after_them() -> None:
    network = compile_network(stubborn())
    together, evidence = several_attempts(network, Evidence(network.model, {}), [{}])
    effect = acted(together, evidence, {"worn": "no"})
    assert effect.p_success is not None
    # By hand: worn and busy given two failures, then worn made good.
    weights = {}
    for worn in (0, 1):
        for busy in (0, 1):
            for stays in (0, 1):
                p = (0.3 if worn else 0.7) * (0.3 if busy else 0.7) * 0.5
                fails = 1 - 0.9 * (0.5 if busy else 1.0) * (0.0 if worn and stays else 1.0)
                weights[worn, busy, stays] = p * fails**2
    good = sum(w * 0.9 * (0.5 if busy else 1.0) for (_, busy, _), w in weights.items())
    assert effect.p_success[0] == pytest.approx(good / sum(weights.values()))


def test_impossible_attempts_are_told() -> None:
    model = replace(stubborn(leak=0.0), premise=Premise("outcome", ("fine",), 0.1))
    network = compile_network(model)
    result = diagnose(network, {"worn": "no", "busy": "no"}, earlier=[{"light": "red"}])
    assert result.is_impossible


@pytest.mark.parametrize(
    ("earlier", "message"),
    [
        ([{"lihgt": "red"}], "earlier.1.lihgt: no variable has this name"),
        ([{}, {"light": "blue"}], 'earlier.2.light: "blue" is not one of its states'),
        ([{"way": "tap"}], "earlier.1.way: tap here and chip in another attempt"),
        ([{"worn": "yes"}, {"worn": "no"}], "earlier.2.worn: no here and yes in another attempt"),
        ([{}] * (MOST_EARLIER + 1), f"earlier: {MOST_EARLIER + 1} earlier attempts"),
        ([["light"]], "is no evidence"),
    ],
)
def test_bad_attempts_are_told(earlier: list, message: str) -> None:
    network = compile_network(stubborn())
    with pytest.raises(EvidenceError) as error:
        diagnose(network, {"way": "chip"}, earlier=earlier)
    assert message in str(error.value)


def test_all_faults_of_all_attempts_are_told_at_once() -> None:
    network = compile_network(stubborn())
    with pytest.raises(EvidenceError) as error:
        diagnose(network, {"way": "chip"}, earlier=[{"a": "b", "light": "blue"}, {"way": "tap"}])
    assert [fault.path for fault in error.value.faults] == [
        ("earlier", 1, "a"),
        ("earlier", 1, "light"),
        ("earlier", 2, "way"),
    ]


def test_attempts_of_attempts_are_refused() -> None:
    network = compile_network(stubborn())
    together, evidence = several_attempts(network, Evidence(network.model, {}), [{}])
    with pytest.raises(EvidenceError, match="several attempts already"):
        several_attempts(together, evidence, [{}])


def test_a_network_of_attempts_is_made_once() -> None:
    network = compile_network(stubborn())
    first, _ = several_attempts(network, Evidence(network.model, {"way": "tap"}), [{"light": "red"}])
    again, _ = several_attempts(network, Evidence(network.model, {}), [{"light": "red"}])
    other, _ = several_attempts(network, Evidence(network.model, {}), [{"light": "green"}])
    assert first is again
    assert other is not first


def test_states_that_make_no_difference_are_merged() -> None:
    """The payment model's outcome has 38 states; behind one text on the screen few of them differ."""
    model = load("pos_card")
    coarse = model_of_attempts(model, [{"display_text": {"read_error": 1.0}}])
    assert len(model.variable_of["raw_outcome"].states) == len(coarse.variable_of["raw_outcome"].states) > 30
    assert len(coarse.variable_of["raw_outcome@1"].states) < 10
    assert coarse.variable_of["issuer_decision@1"].state_ids[0] == "approve"
    assert "receipt_state@1" not in coarse.variable_of


def test_merging_changes_nothing_on_the_payment_model(monkeypatch: pytest.MonkeyPatch) -> None:
    network = compile_network(load("pos_card"))
    told = Evidence(network.model, {"display_text": "insufficient", "entry_method": "chip"})
    causes = [variable.id for variable in network.model.of_kind("cause")]
    earlier = [{"display_text": "generic_declined"}]
    found = []
    for merge in (True, False):
        if not merge:
            network.forget()
            monkeypatch.setattr(several, "coarse", lambda variables, _: list(variables))
        together, evidence = several_attempts(network, told, earlier)
        posterior = together.posterior(evidence, premise=True, targets=causes)
        slots = [together.layout.responsible(*name) for name in _responsible(together)]
        found.append((float(posterior.log_evidence[0]), posterior.beliefs[0, slots]))
    assert found[0][0] == pytest.approx(found[1][0])
    assert found[0][1] == pytest.approx(found[1][1], abs=1e-9)


def _responsible(network: CompiledNetwork) -> list[tuple[str, str]]:
    layout = network.layout
    return [(layout.names[cause], layout.states[cause][state]) for cause, state in layout.events]
