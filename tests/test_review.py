"""The review: what it finds in a lamp with three things wrong, and that the payment model has none of them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.model import Finding, Model, Prior, Question, Text
from bayesdiag.modelfile import golden_beside, load
from benchmarks.page import DOCS
from benchmarks.review import Review, document, drawn, kept, named, reviewed
from benchmarks.review_numbers import is_backed, numbers_in, weighty
from benchmarks.review_pairs import Shown, cause_states, differ, distance, first_repair, pair, pairs
from benchmarks.review_questions import FIRST, Valued, valued, worths
from tests.networks import diagnostic
from tests.oracles_diagnosis import Cases, cases

LAMP = Path(__file__).with_name("review.yaml")
FUSE, PLUG, BULB = ("fuse", "blown"), ("plug", "loose"), ("bulb", "dead")


@pytest.fixture(scope="module")
def payment() -> CompiledNetwork:
    return compile_network(load("pos_card"))


@pytest.fixture(scope="module")
def lamp() -> Review:
    return reviewed(LAMP)


@pytest.fixture(scope="module")
def written() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DOCS / "review.json").read_text(encoding="utf-8"))
    return found


def mended(folder: Path, old: str, new: str) -> Review:
    """The review of the lamp with one thing about it changed."""
    text = LAMP.read_text(encoding="utf-8")
    assert text.count(old) == 1
    (folder / "lamp.yaml").write_text(text.replace(old, new), encoding="utf-8")
    beside = LAMP.with_name("review.cases.yaml").read_text(encoding="utf-8")
    (folder / "lamp.cases.yaml").write_text(beside, encoding="utf-8")
    return reviewed(folder / "lamp.yaml")


def shares(worlds: Cases, cause: Finding, question: str) -> Counter[str]:
    """P(answer | only this cause state took part), by adding up every world of a failed attempt."""
    counted: Counter[str] = Counter()
    for world, p, fired in worlds:
        if fired == {cause[0]} and world[cause[0]] == cause[1]:
            counted[world[question]] += p  # type: ignore[assignment]
    total = sum(counted.values())
    return Counter({answer: p / total for answer, p in counted.items()})


def asked_about(model: Model) -> Model:
    """The model with a question about every context, symptom and test."""
    question = Question(Text("问", "ask"), minutes=1.0, group="screen")
    seen = {"context", "symptom", "test"}
    return replace(
        model,
        variables=tuple(replace(v, question=question) if v.kind in seen else v for v in model.variables),
    )


@pytest.mark.parametrize("model", [load(LAMP), asked_about(diagnostic())], ids=lambda model: model.name)
def test_what_one_cause_shows_is_what_worlds_show_in_which_only_its_links_fired(model: Model) -> None:
    network = compile_network(model)
    shown, n = Shown(network), 0
    asked = [variable for variable in model.variables if variable.question is not None]
    for told in [{}, *({variable.id: variable.state_ids[-1]} for variable in asked)]:
        worlds = cases(model, {name: {state: 1.0} for name, state in told.items()})
        for cause in cause_states(network):
            for question, p in shown.answers(cause, told).items():
                expected = shares(worlds, cause, question)
                states = model.variable_of[question].state_ids
                np.testing.assert_allclose(p, [expected[state] for state in states], atol=1e-12)
                n += 1
    assert n >= 8


def test_a_pair_with_different_repairs_that_looks_the_same_is_found(lamp: Review) -> None:
    assert [(pair.one, pair.other) for pair in lamp.untold] == [(FUSE, PLUG)]
    assert lamp.untold[0].repairs == ("new_fuse", "push_plug")
    assert lamp.untold[0].question == ""
    assert lamp.untold[0].distance == pytest.approx(0, abs=1e-9)


def test_a_pair_is_told_by_the_distance_of_the_answers(lamp: Review) -> None:
    told = next(pair for pair in lamp.pairs if {pair.one, pair.other} == {FUSE, BULB})
    assert (told.question, told.is_told) == ("radio", True)
    assert told.distance == pytest.approx((0.9 - 0.05) * (1 - 0.001))  # silent; the leak does it too
    assert distance(np.array([0.5, 0.5, 0.0]), np.array([0.1, 0.5, 0.4])) == pytest.approx(0.4)


def test_a_pair_with_one_repair_needs_no_telling_apart(tmp_path: Path) -> None:
    review = mended(tmp_path, "fixes: {plug=loose: 0.95}", "fixes: {plug=loose: 0.95, fuse=blown: 0.6}")
    assert {(pair.one, pair.other) for pair in review.pairs} == {(FUSE, BULB), (PLUG, BULB)}


def test_a_pair_that_a_new_answer_tells_apart_is_found_no_more(tmp_path: Path) -> None:
    """Now the radio, too, hangs on the plug."""
    radio = (
        "map: {parent: power, rows: {there: {plays: 0.95, silent: 0.05}, gone: {plays: 0.1, silent: 0.9}}}"
    )
    links = "noisy_or: {leak: {silent: 0.05}, links: [{parent: plug, state: loose, to: silent, p: 0.9}]}"
    review = mended(tmp_path, radio, links)
    assert [(pair.one, pair.other) for pair in review.untold] == [(FUSE, BULB)]  # instead
    told = next(pair for pair in review.pairs if {pair.one, pair.other} == {FUSE, PLUG})
    assert told.question == "radio"


def test_what_is_done_first_is_the_cheapest_repair_that_is_useful() -> None:
    model = load(LAMP)
    first = first_repair(model, PLUG)
    assert first is not None
    assert first.id == "push_plug"  # the electrician helps more often, as the last resort
    for p, best in ((0.45, "push_plug"), (0.5, "new_fuse")):  # useful is what helps half of 0.95 or more
        fuse = replace(model.repair_of["new_fuse"], minutes=0.1, fixes={PLUG: p})
        others = [repair for repair in model.repairs if repair.id != "new_fuse"]
        again = first_repair(replace(model, repairs=(fuse, *others)), PLUG)
        assert again is not None
        assert again.id == best


def test_where_nothing_helps_one_of_two_they_differ() -> None:
    model = load(LAMP)
    first = {FUSE: first_repair(model, FUSE), PLUG: None, BULB: None}
    assert differ(FUSE, PLUG, first)
    assert differ(PLUG, FUSE, first)
    assert not differ(PLUG, BULB, first)


def test_a_question_that_tells_nothing_is_found(lamp: Review) -> None:
    assert [one.id for one in lamp.useless] == ["weather"]
    weather, radio = (next(one for one in lamp.questions if one.id == name) for name in ("weather", "radio"))
    assert weather.times == 0
    assert weather.value == pytest.approx(0, abs=1e-9)
    assert weather.gain == pytest.approx(-0.1)  # its price
    assert radio.times > 0
    assert radio.gain is not None
    assert radio.gain > 0


def test_a_question_is_not_worth_asking_behind_three_others_nor_once_the_cause_is_clear() -> None:
    lamp = valued(compile_network(load(LAMP)), {})
    radio, weather = lamp.questions
    assert [one.id for one in lamp.worthy] == ["radio"]
    behind = Valued({}, (*(replace(weather, id=f"w{i}") for i in range(FIRST)), radio), is_clear=False)
    assert behind.worthy == []
    assert replace(lamp, is_clear=True).worthy == []
    must = replace(weather, is_mandatory=True)
    assert replace(lamp, questions=(must, radio), is_clear=True).worthy == [must]


def test_a_number_that_matters_without_a_source_or_a_range_is_found(lamp: Review, tmp_path: Path) -> None:
    assert {(one.number.variable, one.number.state) for one in lamp.bare} == {("bulb", "dead")}
    assert lamp.bare[0].own == 0  # a range of 1 would have hidden it
    review = mended(tmp_path, "within: 1\n    source: guess", "within: 1\n    source: S1")
    assert review.bare == []


def test_how_far_a_number_moves_the_first_cause_is_what_other_numbers_come_to(lamp: Review) -> None:
    """Case L1: the radio plays; the first cause is the bulb."""
    network = compile_network(load(LAMP))
    golden = tuple(case for case in golden_beside(LAMP, network.model) if case.id == "L1")
    found = {(one.number.variable, one.number.state): one for one in weighty(network, golden)}
    ends = []
    for factor in (1 / 3, 3):
        p = 0.04 * factor / (0.96 + 0.04 * factor)
        variables = tuple(
            replace(v, cpt=Prior((1 - p, p))) if v.id == "bulb" else v for v in network.model.variables
        )
        moved = compile_network(replace(network.model, variables=variables))
        beliefs = moved.posterior(golden[0].findings, premise=True).beliefs[0]
        ends.append(beliefs[moved.layout.responsible(*BULB)])
    assert found["bulb", "dead"].most == pytest.approx(ends[1] - ends[0])


def test_what_is_found_without_a_reason_is_to_be_mended(lamp: Review) -> None:
    page = drawn(document(lamp), "<!-- numbers: python -m benchmarks.review -->\n<!-- end of numbers -->")
    assert page.count("**to be mended**") == 2
    assert "Without a source or a stated guess: `bulb=dead`." in page


def test_the_pairs_of_the_payment_model_told_apart_worst_are_told_or_explained(
    payment: CompiledNetwork, written: dict[str, Any]
) -> None:
    states = {named(cause): cause for cause in cause_states(payment)}
    first = {cause: first_repair(payment.model, cause) for cause in states.values()}
    shown, explained = Shown(payment), kept()[0]
    for row in written["pairs"]:
        one, other = states[row["one"]], states[row["other"]]
        found = pair(shown, one, other, first)
        assert found.is_told or frozenset([row["one"], row["other"]]) in explained, found


def test_every_number_of_the_payment_model_has_a_source_or_is_a_stated_guess(
    payment: CompiledNetwork,
) -> None:
    numbers = numbers_in(payment.model)
    assert len(numbers) > 2000
    assert [number for number in numbers if not is_backed(number)] == []


def test_the_page_shows_what_is_written_down(written: dict[str, Any], payment: CompiledNetwork) -> None:
    page = (DOCS / "review.md").read_text(encoding="utf-8")
    assert drawn(written, page) == page
    assert "to be mended" not in page
    assert written["model"] == f"{payment.model.name} {payment.model.version}"


def test_every_reason_is_about_something_the_payment_model_has(payment: CompiledNetwork) -> None:
    states = {named(cause) for cause in cause_states(payment)}
    about_pairs, about_questions = kept()
    assert {name for names in about_pairs for name in names} <= states
    assert all(len(names) == 2 for names in about_pairs)
    assert all(payment.model.variable_of[name].question for name in about_questions)


@pytest.mark.long
def test_no_pair_of_the_payment_model_stays_untold(payment: CompiledNetwork) -> None:
    untold = [one for one in pairs(payment) if not one.is_told]
    assert {frozenset([named(one.one), named(one.other)]) for one in untold} <= set(kept()[0])


@pytest.mark.long
def test_every_question_of_the_payment_model_is_worth_asking(payment: CompiledNetwork) -> None:
    found, situations = worths(payment, golden_beside("pos_card", payment.model))
    assert situations > 500
    assert {one.id for one in found if not one.is_worth_asking} <= set(kept()[1])


@pytest.mark.long
def test_every_number_of_the_payment_model_that_matters_is_backed(payment: CompiledNetwork) -> None:
    found = weighty(payment, golden_beside("pos_card", payment.model))
    assert sum(one.matters for one in found) > 100
    assert [one for one in found if one.matters and not one.is_backed] == []
