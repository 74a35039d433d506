"""The pages of the app, widget by widget, without a browser."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from bayesdiag.case import Evidence
from bayesdiag.model import (
    LANGUAGES,
    Contact,
    Cpt,
    Kind,
    Link,
    Model,
    NoisyMax,
    Premise,
    Prior,
    Question,
    State,
    StateMap,
    Text,
    Variable,
    Weight,
)
from bayesdiag.modelfile import load, save
from bayesdiag.ui import source as model_room
from bayesdiag.ui.parts.plain import plain
from bayesdiag.ui.scenario import Change, Scenario
from bayesdiag.ui.sheet import Sheet, query_of, sheet_of, softened
from bayesdiag.ui.source import MODEL_SETTING
from bayesdiag.ui.texts import TEXTS, Words

APP = str(Path(__file__).parent.parent / "app.py")
CASE = {"display_text": "read_error", "other_card_here": "works"}


def lamp() -> Model:
    """Another model, the smallest the app can show: two findings of it exclude each other."""
    words = {name: Text(name.capitalize(), name.capitalize()) for name in ("switch", "lamp", "bulb", "light")}
    weight = Weight("made up")

    def variable(name: str, kind: Kind, states: tuple[str, str], cpt: Cpt) -> Variable:
        question = None if kind in {"cause", "stage"} else Question(words[name], group="screen")
        shown = tuple(State(state, Text(state, state), Text(state, state)) for state in states)
        contacts = ("janitor",) if kind == "cause" else ()
        return Variable(name, kind, shown, cpt, words[name], weight, question, contacts)

    surely = {"on": {"lit": 1.0}, "off": {"dark": 1.0}}
    return Model(
        "lamp",
        (
            variable("switch", "context", ("on", "off"), Prior((0.5, 0.5))),
            variable("bulb", "cause", ("fine", "burnt"), Prior((0.9, 0.1))),
            variable(
                "light", "stage", ("ok", "no"), NoisyMax((Link("bulb", "burnt", "no", 0.9),), {"no": 0.01})
            ),
            variable("lamp", "symptom", ("dark", "lit"), StateMap("switch", surely)),
        ),
        premise=Premise("light", ("ok",), 0.1),
        contacts=(Contact("janitor", Text("Janitor", "Janitor")),),
    )


def started(query: dict[str, str] | None = None) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=200)
    for name, value in (query or {}).items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def clicked(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


def read(app: AppTest, text: str) -> AppTest:
    app.text_input(key="reading_text").set_value(text)
    return clicked(app, "reading_read")


def headline(app: AppTest) -> str:
    return " ".join(element.value for element in app.container(key="headline").markdown)


WHAT_IF = """
from bayesdiag.ui import session, whatif
from bayesdiag.ui.source import source
session.begin(source().model)
whatif.page()
"""
"""AppTest opens the default page of an app only, so the other one is a script by itself."""


def what_if(query: dict[str, str]) -> AppTest:
    app = AppTest.from_string(WHAT_IF, default_timeout=200)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


@pytest.mark.parametrize(
    ("lang", "title"),
    [("zh", "POS机刷不了信用卡"), ("en", "A card will not go through at a payment terminal")],
)
def test_the_app_starts_in_both_languages(lang: str, title: str) -> None:
    app = started({"lang": lang})
    assert app.header[0].value == title
    assert not app.error


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", ["small.yaml", "exclusive_or.yaml"])
def test_the_title_is_that_of_the_model(lang: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path(__file__).parent / name
    monkeypatch.setenv(MODEL_SETTING, str(path))
    model = load(path)
    told = model.label[lang] or model.name
    assert started({"lang": lang}).header[0].value == plain(told[:1].upper() + told[1:])


def test_the_language_switch_changes_words_and_address() -> None:
    app = started({"lang": "en", **CASE})
    app.segmented_control(key="language_switch").set_value("zh").run()
    assert app.header[0].value == "POS机刷不了信用卡"
    assert app.query_params["lang"] == "zh"
    assert "用卡方式不对" in headline(app)


@pytest.mark.parametrize("text", ["54", "５４", "应答码：54，过期卡"])
def test_a_code_becomes_a_finding(text: str) -> None:
    app = read(started({"lang": "zh"}), text)
    assert app.success
    assert app.selectbox(key="finding_response_code").value == ""
    clicked(app, "suggested_take")
    assert app.selectbox(key="finding_response_code").value == "rc_expired"
    assert app.query_params["response_code"] == "rc_expired"


def test_a_message_becomes_a_finding() -> None:
    app = clicked(read(started({"lang": "zh"}), "机器显示请插卡"), "suggested_take")
    assert app.selectbox(key="finding_display_text").value == "use_chip_or_other"


def test_a_story_suggests_findings_and_only_ticked_ones_are_entered() -> None:
    app = read(
        started({"lang": "en"}), "Swiping gives a bad read, other customers' cards work, the wifi is slow."
    )
    assert set(app.query_params) == {"lang"}
    boxes = {box.key: box.label.replace("\\", "") for box in app.checkbox}
    assert "“other customers' cards work”" in boxes["suggested_other_card_here=works"]
    app.checkbox(key="suggested_other_online_devices=slow").uncheck()
    clicked(app, "suggested_take")
    assert app.query_params["other_card_here"] == "works"
    assert app.query_params["display_text"] == "read_error"
    assert "other_online_devices" not in app.query_params
    assert not app.checkbox


def test_what_is_suggested_can_be_refused() -> None:
    app = clicked(read(started({"lang": "en"}), "code 51, another card works"), "suggested_drop")
    assert set(app.query_params) == {"lang"}
    assert not app.checkbox


def test_a_card_number_typed_or_linked_is_kept_nowhere() -> None:
    secret = "4111 1111 1111 1111"
    app = read(started({"lang": "en", "card": secret}), f"{secret} declined, code 51, pin 1234")
    assert app.text_input(key="reading_text").value == "[411111******1111] declined, code 51, pin [pin ***]"
    clicked(app, "suggested_take")
    assert app.query_params["response_code"] == "rc_funds"
    shown = repr([element.value for element in (*app.info, *app.success, *app.markdown, *app.text_input)])
    assert "rc_funds" in repr(app.session_state)
    assert secret not in f"{shown} {app.session_state!r} {app.query_params}"
    assert "411111" in f"{shown}"


def test_a_new_case_empties_the_box() -> None:
    app = clicked(read(started({"lang": "en"}), "another card works"), "new_case")
    assert app.text_input(key="reading_text").value == ""
    assert not app.checkbox


def test_an_approved_code_warns_and_stays_in_the_link() -> None:
    app = read(started({"lang": "en"}), "00")
    assert "do not charge again" in app.error[0].value
    assert app.query_params["approved"] == "unionpay:00"
    reopened = started({"approved": "unionpay:00", "lang": "en"})
    assert reopened.error
    assert not clicked(reopened, "approved_dismiss").error


@pytest.mark.parametrize("said", ["交易成功", "显示00 交易成功", "APPROVED"])
def test_words_of_approval_warn_and_stay_in_the_link(said: str) -> None:
    app = read(started({"lang": "zh"}), said)
    assert "先在POS机上查" in app.error[0].value or "先在终端上查询" in app.error[0].value
    reopened = started({"approved": app.query_params["approved"], "lang": "zh"})
    assert reopened.error
    with pytest.raises(KeyError):
        reopened.container(key="headline")  # no advice while a payment may have gone through
    assert not clicked(reopened, "approved_dismiss").error


def test_an_unknown_code_is_no_finding() -> None:
    app = read(started({"lang": "en"}), "code 87")
    assert app.warning
    assert set(app.query_params) == {"lang"}


def test_a_question_is_answered_not_known_put_off_and_undone() -> None:
    app = started({"lang": "en", **CASE})
    clicked(app, "answer_card_visible_damage_chip_marks")
    assert "chip" in headline(app)
    assert app.query_params["card_visible_damage"] == "chip_marks"
    clicked(app, "undo")
    assert "card_visible_damage" not in app.query_params
    for button, parameter in (("skip", "later"), ("dont_know", "dont_know")):
        clicked(app, f"{button}_entry_method")
        assert app.query_params[parameter] == "entry_method"
        with pytest.raises(KeyError):
            app.container(key="question_entry_method")
        clicked(app, "ask_again_entry_method")
        assert app.container(key="question_entry_method")
        assert parameter not in app.query_params


def test_a_question_with_many_answers_offers_the_others_in_a_list() -> None:
    app = started({"lang": "en"})
    others = app.selectbox(key="other_display_text")
    others.select("locked_or_tamper").run()
    assert app.selectbox(key="finding_display_text").value == "locked_or_tamper"


def test_a_finding_is_chosen_and_removed() -> None:
    app = started({"lang": "en"})
    app.selectbox(key="finding_signal_indicator").select("none").run()
    assert app.query_params["signal_indicator"] == "none"
    clicked(app, "remove_signal_indicator")
    assert app.selectbox(key="finding_signal_indicator").value == ""


def test_a_new_case_is_empty() -> None:
    app = clicked(started({"lang": "en", **CASE}), "new_case")
    assert set(app.query_params) == {"lang"}


def test_an_address_restores_the_case_and_says_what_it_left_out() -> None:
    app = started({"lang": "en", **CASE, "skipped": "tap_outcome,flux", "warp": "9", "card_age": "old"})
    # What a link of before calls skipped was not to be asked again.
    assert app.session_state["sheet"].dont_know == ("tap_outcome",)
    assert app.selectbox(key="finding_display_text").value == "read_error"
    assert app.selectbox(key="finding_card_age").value == ""
    note = app.info[0].value.replace("\\", "")
    assert "warp=9" in note
    assert "card_age=old" in note
    assert "dont_know=flux" in note
    assert "wrong way" in headline(app)


def test_the_shares_and_the_ledger_are_shown() -> None:
    app = started({"lang": "en", **CASE})
    causes = app.container(key="causes").get("html")[0].value
    assert "before" in causes
    assert "None of these" in causes
    app.session_state["explanation"] = True  # as a click on its title does
    app.run()
    ledger = app.container(key="ledger").get("html")[0].value
    assert "knowing only that it failed" in ledger
    assert "speaks strongly for it" in ledger
    assert "in all: " in ledger
    told = " ".join(element.value for element in app.markdown)
    assert "Of 100 failures that look like this" in told
    assert "If it is this, you should also see" in told


@pytest.fixture
def lamp_for_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The app with the lamp for its model."""
    path = tmp_path / "lamp.yaml"
    save(lamp(), path)
    monkeypatch.setenv(MODEL_SETTING, str(path))
    yield
    st.cache_resource.clear()


def test_impossible_findings_are_named_and_can_be_mended() -> None:
    app = started({"lang": "en", "card_interface": "mag_only", "entry_method": "chip", "card_age": "gt3y"})
    assert "Entry method" in app.error[0].value
    with pytest.raises(KeyError):
        app.button(key="mend_card_age")
    clicked(app, "mend_entry_method")
    assert not app.error
    assert "entry_method" not in app.query_params


def test_the_app_shows_another_model(lamp_for_model: None) -> None:
    app = started({"lang": "en", "lamp": "lit"})
    assert "Bulb" in headline(app)
    app.selectbox(key="finding_switch").select("off").run()
    assert "Lamp" in app.error[0].value


def test_what_if_starts_as_a_copy() -> None:
    app = what_if({"lang": "en", **CASE})
    assert app.selectbox(key="b_display_text").value == "read_error"
    assert "are the same in B as in A" in app.info[0].value


def test_what_if_shows_what_moves_most_first() -> None:
    app = what_if({"lang": "zh", **CASE})
    app.selectbox(key="b_add").select("card_visible_damage").run()
    app.selectbox(key="b_card_visible_damage").select("chip_marks").run()
    assert not app.exception
    assert not app.info
    table = app.container(key="comparison").get("html")[0].value
    moved = [abs(float(number)) for number in re.findall(r">([+-][0-9.]+)</td>", table)[:-1]]
    assert moved[0] > 10
    assert moved == sorted(moved, reverse=True)
    assert table.index("脏污或氧化") < table.index("磨损、消磁")
    assert app.query_params["b.card_visible_damage"] == "chip_marks"


def test_what_if_softens_forgets_and_resets() -> None:
    app = what_if({"lang": "en", **CASE})
    app.slider(key="b_sure_display_text").set_value(70).run()
    assert app.query_params["b.display_text"] == "read_error:0.7"
    app.selectbox(key="b_other_card_here").select("").run()
    assert app.query_params["b.other_card_here"] == "-"
    clicked(app, "b_reset")
    assert set(app.query_params) == {"lang", *CASE}


def test_a_sheet_survives_its_address() -> None:
    model = load("pos_card")
    sheet = Sheet(
        CASE,
        ("tap_outcome",),
        ("unionpay:00",),
        {
            "b": Scenario(
                {
                    "display_text": Change("read_error", 0.7),
                    "other_card_here": Change(""),
                    "card_age": Change("gt3y"),
                },
                {"entry_method": "tap"},
            ),
            "c": Scenario(numbers={"pin_pad_fault.keys_bad": 0.05}),
        },
    )
    assert sheet_of(model, query_of(sheet)) == (sheet, ())


@pytest.mark.parametrize("value", ["x", "read_error:2", "read_error:nan", "read_error:many", ""])
def test_a_change_that_means_nothing_is_left_out(value: str) -> None:
    sheet, dropped = sheet_of(load("pos_card"), {"b.display_text": value})
    assert not sheet.scenarios
    assert dropped == (f"b.display_text={value}",)


def test_to_be_unsure_between_all_states_says_nothing() -> None:
    model = load("pos_card")
    said = softened(model, {"other_card_here": Change("works", 0.5)})
    assert Evidence(model, said).findings["other_card_here"] == {"works": 0.5, "fails": 0.5}


@pytest.mark.parametrize("key", TEXTS)
def test_every_text_has_both_languages_and_the_same_blanks(key: str) -> None:
    blanks = [{part[1] for part in string.Formatter().parse(TEXTS[key][lang])} for lang in LANGUAGES]
    assert all(TEXTS[key][lang] for lang in LANGUAGES)
    assert blanks[0] - {None} == blanks[1] - {None}


@pytest.mark.parametrize(
    ("p", "said"),
    [(0, "0%"), (1e-9, "<0.1%"), (0.043, "4.3%"), (0.43, "43%"), (0.9999, ">99.9%"), (1, "100%")],
)
def test_percentages_never_claim_more_than_they_know(p: float, said: str) -> None:
    assert Words("en").percent(p) == said


def test_durations_come_in_the_unit_that_suits() -> None:
    assert [Words("en").duration(minutes) for minutes in (0, 0.1, 3, 240, 10080)] == [
        "no time", "6 s", "3 min", "4 h", "7 days",
    ]  # fmt: skip


def test_a_text_cannot_become_markup() -> None:
    assert plain("**x** [a](b) :red[c] $1$") == r"\*\*x\*\* \[a\](b) \:red\[c\] \$1\$"


def test_whoever_waits_for_the_compiler_is_told_so_once(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def spinning(text: str) -> AbstractContextManager[None]:
        told.append(text)
        return nullcontext()

    monkeypatch.setattr(model_room.st, "spinner", spinning)
    monkeypatch.setattr(model_room, "source", lambda: SimpleNamespace(is_cold=True))
    monkeypatch.setattr(model_room, "_WARM", Event())
    for _ in range(2):
        with model_room.compiling(Words("en")):
            pass
    assert told == [Words("en")("compiling")]
