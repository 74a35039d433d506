"""Diagnose after repairs that did not help: said with a click, kept, taken back, carried by the address."""

from __future__ import annotations

import pytest

from bayesdiag.diagnosis import diagnose
from bayesdiag.diagnosis.doubt import changes_of_mind
from bayesdiag.diagnosis.doubt_words import mind_words
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.modelfile import load
from bayesdiag.ui.parts.looks import SHOWN
from bayesdiag.ui.parts.plain import plain
from bayesdiag.ui.sheet import Sheet, query_of, sheet_of
from bayesdiag.ui.texts import TEXTS, Words
from tests.test_app import CASE, clicked, started, what_if
from tests.test_app_guided import markdown


@pytest.fixture(scope="module")
def network() -> CompiledNetwork:
    return compile_network(load("pos_card"))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_step_that_did_not_help_leaves_the_plan_and_moves_the_causes(
    network: CompiledNetwork, language: str
) -> None:
    words = Words(language)
    app = started({"lang": language, **CASE})
    first = diagnose(network, CASE).plan.steps[0].id
    assert app.button(key=f"did_not_help_{first}").label == words("did_not_help")
    app = clicked(app, f"did_not_help_{first}")
    assert app.query_params["tried"] == first
    assert not [one for one in app.button if one.key == f"did_not_help_{first}"]
    after = diagnose(network, CASE, tried=[first])
    repair = network.model.repair_of[after.plan.steps[0].id]
    cause = after.causes[0]
    assert words("first", repair=words.of(repair.label)) in markdown(app)
    assert words.percent(cause.responsibility) in markdown(app)
    app = clicked(app, f"not_tried_{first}")
    assert "tried" not in app.query_params
    assert app.button(key=f"did_not_help_{first}")


def test_an_address_carries_what_did_not_help_and_drops_what_is_no_repair() -> None:
    model = load("pos_card")
    sheet = Sheet().with_tried("restart", is_tried=True).with_tried("clean_card_or_reader", is_tried=True)
    assert sheet_of(model, query_of(sheet)) == (sheet, ())
    assert sheet_of(model, {"tried": "restart,hammer"})[1] == ("tried=hammer",)


def test_what_cannot_be_after_all_that_was_tried_is_told_with_the_way_back() -> None:
    model = load("pos_card")
    names = [repair.id for repair in model.repairs if repair.fixes]
    app = started({"lang": "en", **CASE, "tried": ",".join(names)})
    assert not app.exception
    assert TEXTS["tried_help"].en in "\n".join(one.value for one in app.caption).replace("\\", "")
    assert app.button(key=f"not_tried_{names[0]}")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_what_if_page_says_what_was_tried_and_looks_closer_at_the_findings_alone(
    network: CompiledNetwork, language: str
) -> None:
    words, tried = Words(language), ["use_other_entry", "present_correctly", "clean_card_or_reader"]
    app = what_if({"lang": language, **CASE, "tried": ",".join(tried)})
    repairs = words.join([words.of(network.model.repair_of[name].label) for name in tried])
    assert plain(words("whatif_tried", repairs=repairs)) in [one.value for one in app.caption]
    alone, after = (
        diagnose(network, CASE, doubt="none", explanation="none", tried=names) for names in ((), tried)
    )
    assert (alone.causes[0].id, alone.causes[0].state) != (after.causes[0].id, after.causes[0].state)
    changes = changes_of_mind(network, alone.evidence, alone.causes)[:SHOWN]
    lines = [plain(mind_words(network.model, change, language)) for change in changes]
    assert lines
    looked = app.container(key="looked").get("markdown")
    assert [one.value for one in looked] == ["\n".join(f"- {line}" for line in lines)]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_where_all_was_tried_no_empty_plan_is_shown(network: CompiledNetwork, language: str) -> None:
    names = [repair.id for repair in network.model.repairs]
    app = started({"lang": language, **CASE, "tried": ",".join(names)})
    assert Words(language)("no_step_left") in [one.value for one in app.caption]
