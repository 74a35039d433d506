"""The ledger, its weights of evidence, and what else is said about the first cause."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from bayesdiag.case import Evidence
from bayesdiag.diagnosis import diagnose, explain, subsets
from bayesdiag.diagnosis.explain import ledger_of
from bayesdiag.diagnosis.fit import HIGH, TELLING, fits, frequencies
from bayesdiag.diagnosis.rank import RankedCause
from bayesdiag.diagnosis.subsets import Subsets
from bayesdiag.diagnosis.why import expected_lines, why_lines
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.model import Link, Model, NoisyMax, Premise, Prior
from bayesdiag.modelfile import GoldenCase, load, load_cases, models_folder
from tests import networks
from tests.networks import variable
from tests.oracles import brute_force
from tests.oracles_explain import shapley, share
from tests.test_reference import asia


def case(
    network: CompiledNetwork, findings: dict, target: tuple[str, str], *, premise: bool = False
) -> Subsets:
    return Subsets(network, Evidence(network.model, findings), target, premise=premise)


def check_against_all_orders(told: Subsets) -> None:
    book = ledger_of(told)
    assert book is not None
    lines, start, end, unit = shapley(
        told.network.model, told.evidence.findings, told.target, premise=told.premise
    )
    assert (book.unit, book.basis, book.n_orders) == (unit, "exact", 0)
    assert (book.start, book.end) == (pytest.approx(start, abs=1e-9), pytest.approx(end, abs=1e-9))
    assert [line.bits for line in book.lines] == pytest.approx(lines, abs=1e-9)
    assert not any(line.error for line in book.lines)


DIAGNOSTIC = {
    "text": "error",
    "other_card": {"works": 0.2, "fails": 0.9},
    "method": "chip",
    "age": {"new": 0.3, "old": 0.6},
}


@pytest.mark.parametrize("target", [("slot", "dirty"), ("software", "bad"), ("funds", "none")])
@pytest.mark.parametrize("length", range(5))
def test_the_ledger_of_a_cause_is_the_mean_over_all_orders(target: tuple[str, str], length: int) -> None:
    findings = dict(list(DIAGNOSTIC.items())[:length])
    check_against_all_orders(case(compile_network(networks.diagnostic()), findings, target, premise=True))


def test_a_stage_inside_and_a_cause_that_is_confirmed_are_findings_too() -> None:
    network = compile_network(networks.first_active_inside())
    check_against_all_orders(
        case(network, {"read": "no", "retry": "fails", "said": "b"}, ("fault", "yes"), premise=True)
    )
    network = compile_network(networks.diagnostic())
    findings = {"software": "bad", "outcome": "read_error", "text": {"error": 0.5, "declined": 0.1}}
    check_against_all_orders(case(network, findings, ("slot", "dirty"), premise=True))


@pytest.mark.parametrize(
    ("build", "findings", "target"),
    [
        (networks.chain, {"d": "z", "b": {"y": 0.2, "n": 0.6}}, ("a", "y")),
        (networks.diamond, {"d": "y", "b": "n", "c": {"y": 0.4, "n": 1.0}}, ("a", "z")),
        (networks.noisy_max, {"m": "mid", "seen": "bright", "gate": "g"}, ("b", "much")),
        (networks.noisy_max, {"m": {"low": 0.5, "mid": 0.2, "high": 1.0}, "a": "no"}, ("b", "some")),
        (networks.deterministic, {"either": "y", "b": "n", "both": "n"}, ("a", "y")),
    ],
    ids=["chain", "diamond", "noisy_max", "soft", "deterministic"],
)
def test_the_ledger_of_any_network_is_the_mean_over_all_orders(build, findings: dict, target) -> None:
    check_against_all_orders(case(compile_network(build()), findings, target))


def test_where_a_subset_settles_it_the_ledger_is_of_the_probability() -> None:
    network = compile_network(networks.deterministic())
    book = ledger_of(case(network, {"either": "y", "b": "n"}, ("a", "y")))
    assert book is not None
    assert (book.unit, book.end) == ("log2_probability", 0.0)
    assert book.start == pytest.approx(np.log2(0.1))


def test_what_cannot_be_has_no_ledger() -> None:
    network = compile_network(networks.deterministic())
    assert ledger_of(case(network, {"either": "n", "a": "y"}, ("b", "y"))) is None
    assert ledger_of(case(network, {"either": "n"}, ("a", "y"))) is None
    told = diagnose(compile_network(networks.diagnostic()), {"text": "fine"})
    assert told.is_impossible
    assert told.explanation is None


def twins() -> Model:
    """Two symptoms with the same numbers, one that depends on nothing else, and a cause."""
    return Model(
        "twins",
        (
            variable("cause", "ok bad", Prior((0.9, 0.1)), "cause"),
            variable("outcome", "fine failed", NoisyMax((Link("cause", "bad", "failed", 0.7),), {"failed": 0.1}), "stage"),
            variable("left", "no yes", NoisyMax((Link("cause", "bad", "yes", 0.6),), {"yes": 0.2}), "symptom"),
            variable("right", "no yes", NoisyMax((Link("cause", "bad", "yes", 0.6),), {"yes": 0.2}), "symptom"),
            variable("weather", "wet dry", Prior((0.5, 0.5)), "symptom"),
        ),
        premise=Premise("outcome", ("fine",), 0.1),
    )  # fmt: skip


def test_twins_get_the_same_and_what_changes_nothing_gets_nothing() -> None:
    network = compile_network(twins())
    findings = {"left": "yes", "weather": "wet", "right": "yes"}
    book = ledger_of(case(network, findings, ("cause", "bad"), premise=True))
    assert book is not None
    left, weather, right = book.lines
    assert left.bits == pytest.approx(right.bits, abs=1e-12)
    assert left.bits > 0.3
    assert weather.bits == pytest.approx(0.0, abs=1e-12)
    assert weather.alone == pytest.approx(0.0, abs=1e-12)
    nothing = ledger_of(case(network, {"left": {"no": 0.3, "yes": 0.3}}, ("cause", "bad"), premise=True))
    assert nothing is not None
    assert nothing.lines[0].bits == pytest.approx(0.0, abs=1e-12)


# Lauritzen and Spiegelhalter's numbers; weights after Good, in nats.
WEIGHTS = [
    ("lung", "xray", 2.798690),
    ("tub", "xray", 2.270948),
    ("bronc", "dysp", 1.814680),
    ("bronc", "xray", 0.225977),
]


@pytest.mark.parametrize(("target", "finding", "nats"), WEIGHTS)
def test_weights_of_evidence_are_those_of_the_literature(target: str, finding: str, nats: float) -> None:
    network = compile_network(asia())
    book = ledger_of(case(network, {finding: "yes"}, (target, "yes")))
    assert book is not None
    assert book.lines[0].alone * np.log(2) == pytest.approx(nats, abs=1e-6)
    assert book.lines[0].bits == pytest.approx(book.lines[0].alone, abs=1e-12)


def test_good_counts_in_decibans() -> None:
    book = ledger_of(case(compile_network(asia()), {"xray": "yes"}, ("lung", "yes")))
    assert book is not None
    assert book.lines[0].decibans == pytest.approx(12.154555, abs=1e-6)


def test_programs_of_their_own_come_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    network = compile_network(networks.diagnostic())
    told = case(network, DIAGNOSTIC, ("software", "bad"), premise=True)
    every = told.every()
    numbers = list(range(16))
    assert told.some(numbers) == pytest.approx(every, abs=1e-12)
    monkeypatch.setattr(subsets, "MOST_ROWS", 0)
    assert told.some(numbers) == pytest.approx(every, abs=1e-12)
    monkeypatch.setattr(subsets, "LEAST_DIGITS", 0.0)
    assert told.every() == pytest.approx(every, abs=1e-12)


def test_drawn_orders_add_up_and_say_how_far_to_trust_them(monkeypatch: pytest.MonkeyPatch) -> None:
    network = compile_network(networks.diagnostic())
    told = case(network, DIAGNOSTIC, ("software", "bad"), premise=True)
    exact = ledger_of(told)
    monkeypatch.setattr(explain, "MOST_EXACT", 0)
    monkeypatch.setattr(explain, "MOST_PAIRS", 8)
    off = []
    for seed in range(40):
        drawn = ledger_of(told, np.random.default_rng(seed))
        assert exact is not None
        assert drawn is not None
        assert (drawn.basis, drawn.n_orders) == ("orders", 16)
        assert drawn.start + sum(line.bits for line in drawn.lines) == pytest.approx(drawn.end, abs=1e-9)
        assert [line.alone for line in drawn.lines] == pytest.approx([line.alone for line in exact.lines])
        off += [
            (one.bits - other.bits) / one.error
            for one, other in zip(drawn.lines, exact.lines, strict=True)
            if one.error > 1e-9
        ]
    assert len(off) > 100
    assert abs(float(np.mean(off))) < 0.5
    assert 0.5 < float(np.std(off)) < 2.0
    assert ledger_of(told) == ledger_of(told)


def many(n: int) -> Model:
    symptoms = tuple(
        variable(f"s{i}", "no some much",
                 NoisyMax((Link("cause", "bad", "some", 0.5), Link("cause", "bad", "much", 0.01 * (i + 1)),
                           Link("other", "bad", "much", 0.3)), {"some": 0.1, "much": 0.05}), "symptom")
        for i in range(n)
    )  # fmt: skip
    outcome = NoisyMax(
        (Link("cause", "bad", "failed", 0.7), Link("other", "bad", "failed", 0.5)), {"failed": 0.1}
    )
    causes = (
        variable("cause", "ok bad", Prior((0.9, 0.1)), "cause"),
        variable("other", "ok bad", Prior((0.8, 0.2)), "cause"),
    )
    stage = variable("outcome", "fine failed", outcome, "stage")
    return Model("many", (*causes, stage, *symptoms), premise=Premise("outcome", ("fine",), 0.1))


def test_twelve_findings_are_exact_and_thirteen_are_drawn() -> None:
    findings = {f"s{i}": "much" for i in range(13)}
    network = compile_network(many(13))
    twelve = ledger_of(case(network, dict(list(findings.items())[:12]), ("cause", "bad"), premise=True))
    drawn = ledger_of(case(network, findings, ("cause", "bad"), premise=True))
    assert twelve is not None
    assert drawn is not None
    assert (twelve.basis, drawn.basis) == ("exact", "orders")
    for book in (twelve, drawn):
        assert book.start + sum(line.bits for line in book.lines) == pytest.approx(book.end, abs=1e-9)
    # One world variable stands between cause and symptoms, so the order hardly matters.
    assert max(line.error for line in drawn.lines) < 0.3
    p = network.posterior(findings, premise=True).beliefs[0, network.layout.responsible("cause", "bad")]
    assert 1 / (1 + 2**-drawn.end) == pytest.approx(float(p), rel=1e-9)


def test_what_is_expected_is_what_the_worlds_say() -> None:
    model = networks.diagnostic()
    network = compile_network(model)
    told = diagnose(network, {"method": "chip", "text": "declined"})
    assert told.explanation is not None
    first = (told.explanation.id, told.explanation.state)
    open_ = [variable.id for variable in model.variables if variable.question is not None]
    expected = explain.expected_not_seen(
        Subsets(network, told.evidence, first, premise=True), [*open_, "other_card"]
    )
    context = {"method": {"chip": 1.0}}
    p_cause = share(model, context, first, premise=True)
    found = {}
    for name, states in (("text", "fine error declined"), ("other_card", "works fails")):
        for state in states.split():
            seen = context | {name: {state: 1.0}}
            p_state = (
                brute_force(model, seen, premise=True)["p"] / brute_force(model, context, premise=True)["p"]
            )  # type: ignore[operator]
            joint = p_state * share(model, seen, first, premise=True)
            found[name, state] = (joint / p_cause, (p_state - joint) / (1 - p_cause))
    wanted = {
        key: pair
        for key, pair in found.items()
        if pair[0] >= HIGH and pair[0] >= TELLING * pair[1] and key != ("text", "declined")
    }
    assert {(one.finding, one.state): (one.p, one.p_otherwise) for one in expected} == {
        key: pytest.approx(pair) for key, pair in wanted.items()
    }


def test_a_symptom_seen_otherwise_is_told_before_what_is_open() -> None:
    network = compile_network(twins())
    told = Subsets(network, Evidence(network.model, {"left": "no"}), ("cause", "bad"), premise=True)
    left, right = explain.expected_not_seen(told, ["right", "weather"])
    assert (left.finding, left.state, left.seen) == ("left", "yes", "no")
    assert (right.finding, right.seen) == ("right", None)
    assert left.p == pytest.approx(1 - 0.4 * 0.8)
    assert left.bits == pytest.approx(np.log2(left.p / left.p_otherwise))


def test_a_fit_is_the_probability_of_the_findings_given_that_it_took_part() -> None:
    model = networks.diagnostic()
    told = diagnose(compile_network(model), {"text": "error", "method": "chip"})
    findings = {"text": {"error": 1.0}, "method": {"chip": 1.0}}
    p_findings = brute_force(model, findings, premise=True)["p"]
    given = {
        (one.id, one.state): p_findings * share(model, findings, (one.id, one.state), premise=True)  # type: ignore[operator]
        / share(model, {}, (one.id, one.state), premise=True)
        for one in told.causes
    }  # fmt: skip
    best = max(given.values())
    assert {(one.id, one.state): one.share for one in fits(told.causes)} == pytest.approx(
        {key: p / best for key, p in given.items()}
    )


def ranked(p: float, before: float = 0.001) -> RankedCause:
    return RankedCause("a", "bad", before, before, p, p, ())


@pytest.mark.parametrize(
    ("p", "none"), list(product((0.0, 1e-6, 0.004, 0.333, 0.62, 0.995, 1.0), (0.0, 0.2, 0.333)))
)
def test_frequencies_add_up_and_are_rounded(p: float, none: float) -> None:
    told = frequencies(ranked(p), none)
    assert told.first + told.others + told.none == told.out_of
    assert abs(told.first - p * told.out_of) < 1
    assert min(told.first, told.others, told.none) >= 0
    assert told.out_of in (100, 1000, 10_000)


def test_rare_answers_are_counted_in_more_cases() -> None:
    assert frequencies(ranked(0.62), 0.03).out_of == 100
    assert frequencies(ranked(0.0034), 0.03).out_of == 1000
    assert (frequencies(ranked(0.0002), 0.03).out_of, frequencies(ranked(0.0002), 0.03).first) == (10_000, 2)


@pytest.fixture(scope="module")
def payment() -> CompiledNetwork:
    return compile_network(load("pos_card"))


def golden(model: Model) -> list[GoldenCase]:
    path = models_folder() / "pos_card.cases.yaml"
    return list(load_cases(path, path.read_text(encoding="utf-8"), model))


def test_every_golden_case_has_an_exact_ledger_that_adds_up(payment: CompiledNetwork) -> None:
    for one in golden(payment.model):
        told = diagnose(payment, one.findings)
        explanation = told.explanation
        assert explanation is not None
        assert explanation.book.basis == "exact"
        total = explanation.start + sum(line.bits for line in explanation.ledger)
        assert total == pytest.approx(explanation.end, abs=1e-9)
        odds = 2.0**explanation.end
        p = odds / (1 + odds) if explanation.book.unit == "bits" else odds
        assert p == pytest.approx(told.causes[0].responsibility, abs=1e-9)
        assert {line.finding for line in (*explanation.in_favour, *explanation.against)} <= set(one.findings)


def test_sums_of_rows_are_what_single_programs_say(payment: CompiledNetwork) -> None:
    one = next(one for one in golden(payment.model) if one.id == "D19")  # gates, middle states
    told = Subsets(
        payment, Evidence(payment.model, one.findings), ("usage_error", "tap_over_limit"), premise=True
    )
    every = told.every()
    names = list(one.findings)
    for subset in range(1 << len(names)):
        some = {name: one.findings[name] for i, name in enumerate(names) if subset >> i & 1}
        p = payment.posterior(some, premise=True, targets=["usage_error"]).beliefs[0, told.slot]
        assert every[subset, 0] == pytest.approx(float(p), rel=1e-7)
        assert every[subset].sum() == pytest.approx(1.0)


TOLD = ("D01", "D04", "D05", "D16", "D19", "D25", "D33")
"""A usual one, one that findings settle, ones with findings against, gates, several attempts, a better fit."""


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", TOLD)
def test_an_explanation_reads_as_written_down(payment: CompiledNetwork, name: str, language: str) -> None:
    """tests/text/explain.*.txt is what a person reads; change it on purpose only."""
    one = next(one for one in golden(payment.model) if one.id == name)
    told = diagnose(payment, one.findings)
    lines = [*why_lines(told, language), "", *expected_lines(told, language)]
    path = Path(__file__).parent / "text" / f"explain.{name}.{language}.txt"
    assert "\n".join(lines) + "\n" == path.read_text(encoding="utf-8")
    assert why_lines(diagnose(payment, one.findings), language) == why_lines(told, language)


def test_drawn_orders_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explain, "MOST_EXACT", 1)
    told = diagnose(
        compile_network(networks.diagnostic()), {"text": "error", "other_card": "fails", "method": "chip"}
    )
    assert any("±" in line for line in why_lines(told, "en"))
    assert any("128" in line and "standard error" in line for line in why_lines(told, "en"))
    assert any("标准误" in line for line in why_lines(told, "zh"))
