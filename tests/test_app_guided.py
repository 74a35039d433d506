"""Diagnose with one question at a time, why it is asked, how belief moved, and the way back."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from bayesdiag.diagnosis import diagnose
from bayesdiag.diagnosis.ask import worth_asking
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.modelfile import load
from bayesdiag.ui.dialogue import merged
from bayesdiag.ui.sheet import Sheet
from bayesdiag.ui.texts import Words
from tests.test_app import CASE, clicked, started

FULL = {**CASE, "card_visible_damage": "chip_marks"}


@pytest.fixture(scope="module")
def network() -> CompiledNetwork:
    return compile_network(load("pos_card"))


def opened_expander(app: AppTest, key: str) -> AppTest:
    """The page with an expander opened, as a click on its title does."""
    app.session_state[key] = True
    return app.run()


def markdown(app: AppTest) -> str:
    return "\n".join(element.value for element in app.markdown).replace("\\", "")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_one_question_at_a_time_is_the_best_one_with_the_way_back(
    network: CompiledNetwork, language: str
) -> None:
    words = Words(language)
    app = started({"lang": language, **CASE})
    assert "guided" not in app.query_params
    app.segmented_control(key="way").set_value("guided").run()
    assert app.query_params["guided"] == "1"
    best = worth_asking(diagnose(network, CASE).questions, diagnose(network, CASE).causes)
    assert best is not None
    buttons = [button.key for button in app.button if (button.key or "").startswith("answer_")]
    assert buttons
    assert all(key.startswith(f"answer_{best.id}_") for key in buttons)
    question = network.model.variable_of[best.id].question
    assert question is not None
    assert question.text[language] in markdown(app)
    assert not [box for box in app.selectbox if (box.key or "").startswith("finding_")]  # no long list
    clicked(app, buttons[0])
    assert best.id in app.query_params
    assert app.query_params["guided"] == "1"
    assert app.button(key="guided_back").label == words("guided_back")
    clicked(app, "guided_back")
    assert best.id not in app.query_params
    app.segmented_control(key="way").set_value("free").run()
    assert "guided" not in app.query_params
    assert app.selectbox(key="finding_display_text").value == "read_error"


def test_a_link_opens_one_question_at_a_time_and_what_is_known_stands_beside_it() -> None:
    app = started({"lang": "en", "guided": "1", **CASE})
    assert app.container(key="guide")
    assert app.button(key="remove_display_text")
    assert not [note for note in app.info if note.icon == ":material/info:"]  # nothing was left out


@pytest.mark.parametrize("language", ["zh", "en"])
def test_why_a_question_is_asked_is_what_each_answer_would_come_to(
    network: CompiledNetwork, language: str
) -> None:
    words = Words(language)
    app = started({"lang": language, "guided": "1", **CASE})
    best = worth_asking(diagnose(network, CASE).questions, diagnose(network, CASE).causes)
    assert best is not None
    assert words("why_value", bits=f"{best.value:.2f}") not in markdown(app)
    told = markdown(opened_expander(app, f"why_{best.id}"))
    assert words("why_value", bits=f"{best.value:.2f}") in told
    variable = network.model.variable_of[best.id]
    for state, p in zip(variable.state_ids, best.p_answers, strict=True):
        after = diagnose(network, {**CASE, best.id: state})
        if after.is_impossible:
            continue
        assert words.percent(p) in told
        assert f"{words.percent(after.causes[0].responsibility)}" in told


def test_what_is_done_when_no_question_is_worth_asking() -> None:
    app = started(
        {"lang": "en", "guided": "1", "response_code": "rc_funds", "available_credit": "too_little"}
    )
    assert Words("en")("guided_done") in markdown(app)
    assert not [button for button in app.button if (button.key or "").startswith("answer_")]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_belief_is_shown_finding_by_finding_and_any_of_them_is_gone_back_to(
    network: CompiledNetwork, language: str
) -> None:
    words = Words(language)
    app = started({"lang": language, **FULL})
    with pytest.raises(KeyError):
        app.container(key="timeline_rows")
    opened_expander(app, "timeline")
    table = app.container(key="timeline_rows").get("html")[0].value
    names = list(FULL)
    first = diagnose(network, FULL).causes[0]
    for length in range(len(names) + 1):
        causes = diagnose(network, {name: FULL[name] for name in names[:length]}, doubt="none").causes
        [now] = [one for one in causes if (one.id, one.state) == (first.id, first.state)]
        assert f">{words.percent(now.responsibility)}<" in table
    clicked(app, f"back_to_{names[0]}")
    assert {name: app.query_params.get(name) for name in names} == {
        **dict.fromkeys(names),
        names[0]: FULL[names[0]],
    }
    clicked(app, "undo")
    assert {name: app.query_params[name] for name in names} == FULL


@pytest.mark.parametrize("language", ["zh", "en"])
def test_how_sure_each_cause_is_stands_beside_it(network: CompiledNetwork, language: str) -> None:
    words = Words(language)
    app = started({"lang": language, **FULL})
    found = diagnose(network, FULL, doubt="quick")
    first = found.causes[0]
    interval = found.doubt.intervals[first.id, first.state]
    low, high = map(words.percent, interval.responsibility)
    assert words("range", low=low, high=high) in app.container(key="causes").get("html")[0].value
    stays = words("stays_first", percent=words.percent(interval.p_first))
    assert stays in "\n".join(one.value for one in app.container(key="headline").markdown).replace("\\", "")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_paused_finding_stays_but_does_not_count(network: CompiledNetwork, language: str) -> None:
    words = Words(language)
    app = started({"lang": language, **FULL})
    before = app.container(key="causes").get("html")[0].value
    app.toggle(key="pause_card_visible_damage").set_value(True).run()
    assert app.query_params["paused"] == "card_visible_damage"
    assert app.query_params["card_visible_damage"] == "chip_marks"
    rest = {name: state for name, state in FULL.items() if name != "card_visible_damage"}
    first = diagnose(network, rest).causes[0]
    assert words.percent(first.responsibility) in " ".join(
        one.value for one in app.container(key="headline").markdown
    )
    chip = app.button(key="remove_card_visible_damage").label.replace("\\", "")
    assert chip.startswith(words("paused", finding=""))
    again = started({"lang": language, **FULL, "paused": "card_visible_damage,warp"})
    shown = again.container(key="causes").get("html")[0].value
    assert shown == app.container(key="causes").get("html")[0].value != before
    assert "paused=warp" in " ".join(note.value for note in again.info).replace("\\", "")
    app.toggle(key="pause_card_visible_damage").set_value(False).run()
    assert "paused" not in app.query_params
    assert app.container(key="causes").get("html")[0].value == before


def test_a_pause_is_of_the_state_that_was_told() -> None:
    sheet = Sheet({"card_age": "gt3y", "tap_outcome": "works"}).with_paused("card_age", is_paused=True)
    assert list(sheet.counted()) == ["tap_outcome"]
    assert list(sheet.of_a()) == ["card_age", "tap_outcome"]
    assert sheet.asking["never"] == ("card_age",)  # its answer is there: it is not asked next
    assert sheet.with_findings({"tap_outcome": ""}).paused == ("card_age",)
    assert sheet.with_findings({"card_age": "lt1y"}).paused == ()
    assert sheet.with_paused("card_age", is_paused=False) == Sheet(sheet.findings)
    assert list(sheet.said_in("b")) == ["tap_outcome"]  # what-if begins with what counts
    theirs = Sheet({"card_age": "gt3y"})
    assert merged(theirs, sheet, theirs).paused == ("card_age",)
