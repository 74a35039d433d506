"""Keeping, finding, reopening, changing and closing cases in the app, widget by widget, without a browser."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from bayesdiag.cli import run
from bayesdiag.modelfile import digest, load, model_path
from bayesdiag.store import CaseRecord, Event, add_case, append_events, open_store, read_record
from bayesdiag.store.trouble import LOCKED
from bayesdiag.ui.parts import door
from bayesdiag.ui.parts.case_list import SHOWN
from bayesdiag.ui.parts.chart import chart  # noqa: F401 - its guests are loaded before times are taken

APP = str(Path(__file__).parent.parent / "app.py")
CASE = {"display_text": "read_error", "other_card_here": "works"}
CARD = "4111 1111 1111 1111"
SCRIPT = """
from bayesdiag.ui import session
from bayesdiag.ui.pages import run_page
from bayesdiag.ui.source import source
session.begin(source().model)
run_page("{page}")
"""
"""AppTest opens the default page of an app only, so the page wanted is made the default."""


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the app keeps cases; nothing is there at first."""
    path = tmp_path / "kept" / "cases.db"
    monkeypatch.setenv("BAYESDIAG_STORE", str(path))
    monkeypatch.setenv("BAYESDIAG_USER", "Ann")
    return path


def started(page: str = "diagnose", **query: str) -> AppTest:
    app = AppTest.from_string(SCRIPT.format(page=page), default_timeout=200)
    for name, value in {"lang": "en", **query}.items():
        app.query_params[name] = value
    return ran(app)


def ran(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception
    return app


def clicked(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click()
    return ran(app)


def kept(case_id: str = "T-1", **query: str) -> AppTest:
    """The Diagnose page with a case that was kept just now."""
    app = started(**(query or CASE))
    app.text_input(key="keep_id").set_value(case_id)
    return clicked(app, "keep_submit")


def stored(case_id: str = "T-1") -> CaseRecord:
    with open_store(create=False) as opened:
        return read_record(opened, case_id)


def seen_by_others(*events: Event, case_id: str = "T-1") -> None:
    """Somebody else adds to a case."""
    with open_store(create=False) as opened:
        append_events(opened, case_id, events, seen=read_record(opened, case_id).version)


def told(app: AppTest) -> str:
    elements = (*app.success, *app.error, *app.warning, *app.info, *app.markdown, *app.caption, *app.code)
    texts = [element.value for element in elements]
    return " ".join([*texts, *(element.value for element in app.get("html"))]).replace("\\", "")


def address(app: AppTest) -> dict[str, str]:
    return {name: value if isinstance(value, str) else value[0] for name, value in app.query_params.items()}


def test_nothing_to_keep_offers_nothing_and_touches_no_store(store: Path) -> None:
    app = started()
    assert not [button.key for button in app.button if button.key == "keep_submit"]
    assert not store.exists()


def test_a_case_is_kept_with_who_said_what_how_sure_and_the_diagnosis_as_shown() -> None:
    app = started(**CASE)
    app.slider(key="source_sure_display_text").set_value(80)
    app = ran(app)
    app.selectbox(key="source_who_display_text").select("the merchant")
    app = clicked(ran(app), "dont_know_entry_method")
    app = clicked(app, "answer_card_visible_damage_chip_marks")
    app = clicked(app, next(str(button.key) for button in app.button if str(button.key).startswith("skip_")))
    app.text_area(key="keep_note").set_value("calls back at four")
    app = clicked(app, "keep_submit")
    assert "Kept as" in told(app)
    case = stored(address(app)["case.id"])
    assert case.findings["display_text"].who == "merchant"
    assert case.findings["display_text"].seen["read_error"] == 0.8
    assert case.findings["other_card_here"].who == "Ann"
    assert [event.kind for event in case.events] == [
        "opened", "found", "found", "dont_know", "answered", "skipped", "noted", "diagnosed",
    ]  # fmt: skip
    assert {event.by for event in case.events} == {"Ann"}
    model = load("pos_card")
    assert case.model == {
        "name": "pos_card",
        "version": model.version,
        "digest": digest(model_path("pos_card")),
    }
    first = case.first_cause
    assert first is not None
    assert first[0] == "card_chip_condition"
    assert set(case.diagnosis["findings"]) == {*CASE, "card_visible_damage"}  # type: ignore[index]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_kept_case_is_found_and_opened_as_it_was(lang: str) -> None:
    before = kept(**CASE, signal_indicator="weak:0.7", later="card_age", dont_know="entry_method", lang=lang)
    app = started("cases", lang=lang)
    app = clicked(app, "show_T-1")
    assert "T-1" in told(app)
    app = clicked(app, "open_in_diagnose")
    after = address(app)
    assert {name: after[name] for name in address(before)} == address(before)
    assert app.session_state["sheet"] == before.session_state["sheet"]
    assert app.button(key="save").disabled


def test_changes_are_counted_saved_and_undone() -> None:
    app = kept()
    assert app.button(key="save").disabled
    app = clicked(app, "answer_card_visible_damage_chip_marks")
    assert "1 change not saved yet" in told(app)
    app = clicked(app, "save")
    assert stored().findings["card_visible_damage"].seen == "chip_marks"
    assert address(app)["case.seen"] == str(stored().version)
    app = clicked(app, "undo")
    app = clicked(app, "save")
    assert "card_visible_damage" not in stored().findings
    assert [event.kind for event in stored().events].count("undone") == 1


def test_a_link_to_a_kept_case_with_changes_opens_both() -> None:
    app = started(**CASE, card_age="gt3y", **{"case.id": address(kept())["case.id"], "case.seen": "4"})
    assert "1 change not saved yet" in told(app)
    clicked(app, "save")
    assert set(stored().findings) == {*CASE, "card_age"}


def test_a_link_to_a_case_that_is_not_there_keeps_the_findings() -> None:
    kept()
    app = started(**CASE, **{"case.id": "T-9", "case.seen": "4"})
    assert "No case has this id" in app.error[0].value
    assert "case.id" not in address(ran(app))
    assert app.button(key="keep_submit")


def test_going_back_to_before_a_case_was_saved_does_not_make_it_stale() -> None:
    app = kept()
    before = address(app)
    app = clicked(clicked(app, "answer_card_visible_damage_chip_marks"), "save")
    app.query_params.clear()
    for name, value in before.items():
        app.query_params[name] = value
    app = ran(app)
    assert address(app) == before  # no other address is put on top, or one could never go back further
    assert "1 change not saved yet" in told(app)
    app = clicked(app, "save")
    assert not app.warning
    assert set(stored().findings) == set(CASE)


def test_while_the_store_cannot_be_read_a_kept_case_is_not_kept_twice(store: Path) -> None:
    query = address(kept())
    content = store.read_bytes()
    for path in store.parent.iterdir():
        path.unlink()
    store.write_bytes(b"damaged" * 1000)
    app = started(**query)
    assert app.error
    assert "keep_submit" not in [button.key for button in app.button]
    store.write_bytes(content)
    assert app.session_state["binding"].case_id == "T-1"
    assert ran(app).button(key="save").disabled


@pytest.mark.parametrize(("lang", "words"), [("en", "with this number already"), ("zh", "已经有这个工单号")])
def test_a_ticket_number_is_given_once(lang: str, words: str) -> None:
    kept()
    assert words in kept(lang=lang, **CASE).error[0].value


def test_new_case_lets_the_kept_one_go_and_undo_brings_it_back() -> None:
    app = clicked(kept(), "new_case")
    assert "case.id" not in address(app)
    app = clicked(app, "undo")
    assert address(app)["case.id"] == "T-1"
    assert app.button(key="save").disabled


OTHER = Event("found", {"variable": "signal_indicator", "seen": "none"}, by="Cy")


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "Nothing of yours was stored"), ("zh", "您的改动没有保存")]
)
def test_somebody_elses_change_is_told_and_nothing_is_overwritten(lang: str, words: str) -> None:
    app = clicked(kept(**CASE, lang=lang), "answer_card_visible_damage_chip_marks")
    seen_by_others(OTHER)
    app = clicked(app, "save")
    assert words in told(app)
    assert "Cy" in app.warning[0].value
    assert "card_visible_damage" not in stored().findings

    app = clicked(app, "stale_mine")
    assert not app.warning
    assert set(app.session_state["sheet"].findings) == {*CASE, "card_visible_damage", "signal_indicator"}
    clicked(app, "save")
    assert set(stored().findings) == {*CASE, "card_visible_damage", "signal_indicator"}
    assert stored().findings["signal_indicator"].who == "Cy"


def test_mine_can_be_dropped_for_theirs() -> None:
    app = clicked(kept(), "answer_card_visible_damage_chip_marks")
    seen_by_others(OTHER)
    app = clicked(clicked(app, "save"), "stale_theirs")
    assert set(app.session_state["sheet"].findings) == {*CASE, "signal_indicator"}
    assert app.button(key="save").disabled


def opened(case_id: str = "T-1", **query: str) -> AppTest:
    return started("cases", **{"cases.show": case_id}, **query)


def test_a_case_is_noted_tried_handed_over_closed_and_opened_again() -> None:
    kept()
    app = opened()
    app.text_area(key="note_text").set_value("wet reader")
    app.text_input(key="note_by").set_value("Ann")
    app = clicked(app, "note_submit")
    assert [app.text_input(key=f"{form}_by").value for form in ("note", "tried", "over")] == ["Ann"] * 3
    app.selectbox(key="tried_what").set_value("clean_card_or_reader")
    app.radio(key="tried_outcome").set_value("not_solved")
    app.number_input(key="tried_minutes").set_value(3)
    app = clicked(app, "tried_submit")
    app.text_input(key="over_to").set_value("Bo")
    app = clicked(app, "over_submit")
    app.multiselect(key="close_causes").set_value(["card_chip_condition=damaged"])
    app.multiselect(key="close_excluded").set_value(["card_expired=yes"])
    app.number_input(key="close_minutes").set_value(12)
    app.number_input(key="close_money").set_value(2.5)
    app.text_input(key="close_by").set_value("Bo")
    app = clicked(app, "close_submit")
    case = stored()
    assert (case.status, case.handler, case.minutes, case.money) == ("closed", "Bo", 15, 2.5)
    assert case.confirmed == {"card_chip_condition": "damaged"}
    assert case.excluded == {"card_expired": ("yes",)}
    assert case.notes == ("wet reader",)
    assert case.events[-1].by == "Bo"
    assert "Confirmed: Card chip: damaged" in told(app)
    assert "handed over to Bo" in told(app)
    app = clicked(app, "reopen_submit")
    assert stored().status == "open"
    assert stored().confirmed == {}


def test_what_is_told_on_the_page_cases_stands_in_the_case_that_is_open() -> None:
    kept()
    case = {"case.id": "T-1", "case.seen": str(stored().version)}
    app = opened(**case, **CASE)
    assert app.session_state["binding"].case_id == "T-1"
    app.selectbox(key="tried_what").set_value("clean_card_or_reader")
    app.radio(key="tried_outcome").set_value("not_solved")
    app.number_input(key="tried_minutes").set_value(3)
    app = clicked(app, "tried_submit")
    assert app.session_state["sheet"].tried == ("clean_card_or_reader",)
    assert app.session_state["steps"] == []  # nothing is left to save that would take it back
    assert stored().minutes == 3


def test_what_is_empty_or_contradicts_itself_is_not_stored() -> None:
    kept()
    app = clicked(opened(), "note_submit")
    assert "fill it in" in app.error[0].value
    app.multiselect(key="close_causes").set_value(["card_expired=yes"])
    app.multiselect(key="close_excluded").set_value(["card_expired=yes"])
    app = clicked(app, "close_submit")
    assert "both confirmed and ruled out" in app.error[0].value
    assert stored().version == 4


def test_a_form_that_comes_too_late_says_so_and_keeps_what_was_written() -> None:
    kept()
    app = opened()
    seen_by_others(OTHER)
    app.text_area(key="note_text").set_value("wet reader")
    app = clicked(app, "note_submit")
    assert "Cy" in app.warning[0].value
    assert app.text_area(key="note_text").value == "wet reader"
    assert stored().notes == ()
    app = clicked(app, "note_submit")
    assert stored().notes == ("wet reader",)
    assert not app.warning


def test_closing_a_case_that_is_being_diagnosed_does_not_make_it_stale() -> None:
    app = clicked(kept(), "show_case")
    app = clicked(app, "close_submit")
    app = clicked(app, "open_in_diagnose")
    app = clicked(app, "answer_card_visible_damage_chip_marks")
    app = clicked(app, "save")
    assert not app.warning
    assert "card_visible_damage" in stored().findings


def everywhere(app: AppTest, store: Path) -> str:
    """All that is in the page, its state, its address, and every file of the store."""
    files = b"".join(path.read_bytes() for path in store.parent.iterdir())
    fields = [field.value for field in (*app.text_input, *app.text_area)]
    return f"{told(app)} {fields} {app.session_state!r} {address(app)} {files.decode('utf-8', 'replace')}"


def test_a_card_number_typed_anywhere_is_found_nowhere(store: Path) -> None:
    app = started(**CASE)
    app.text_input(key="keep_by").set_value(f"Ann {CARD}")
    app.text_area(key="keep_note").set_value(f"{CARD} pin 1234")
    app.text_input(key="keep_id").set_value(CARD)
    app = clicked(app, "keep_submit")
    assert "never kept" in app.error[0].value
    app.text_input(key="keep_id").set_value("T-1")
    app = clicked(app, "keep_submit")
    assert CARD not in everywhere(app, store)

    app = opened(**{"cases.find": CARD, "cases.beside": CARD})
    app.text_area(key="note_text").set_value(f"again {CARD}")
    app = clicked(app, "note_submit")
    app.text_input(key="over_to").set_value(f"Bo {CARD}")
    app = clicked(app, "over_submit")
    app.text_area(key="close_note").set_value(f"closed {CARD}")
    app = clicked(app, "close_submit")
    app = clicked(app, "back_to_list")
    app.text_input(key="find").set_value(f"x {CARD}")
    app = ran(app)
    found = everywhere(app, store)
    for number in (CARD, CARD.replace(" ", ""), "1234 "):
        assert number not in found
    assert "411111******1111" in found


def many(n: int) -> None:
    with open_store() as opened_store:
        for number in range(n):
            events = [Event("opened"), Event("noted", {"text": f"note {number}"})]
            if number % 2:
                events += [Event("confirmed", {"cause": "card_expired", "state": "yes"}), Event("closed")]
            add_case(opened_store, events, case_id=f"T-{number:02}")


def rows(app: AppTest) -> list[str]:
    return [button.key for button in app.button if str(button.key).startswith("show_T-")]


def test_the_list_is_searched_narrowed_and_lengthened() -> None:
    many(SHOWN + 5)
    app = started("cases")
    assert len(rows(app)) == SHOWN
    assert f"The {SHOWN} changed last, of {SHOWN + 5}" in told(app)
    app = clicked(app, "more_cases")
    assert len(rows(app)) == SHOWN + 5
    app.segmented_control(key="find_status").set_value("closed")
    app = ran(app)
    assert len(rows(app)) == 12
    assert address(app)["cases.status"] == "closed"
    app.text_input(key="find").set_value("NOTE t-07")
    app = ran(app)
    assert rows(app) == ["show_T-07"]
    assert "confirmed: Card expired" in told(app)
    again = started("cases", **{name: value for name, value in address(app).items() if name != "lang"})
    assert rows(again) == ["show_T-07"]
    other = started("cases", **{"cases.status": "no such status"})
    assert len(rows(other)) == SHOWN
    app.text_input(key="find").set_value("nowhere")
    assert "No case fits" in told(ran(app))


def test_two_cases_are_compared() -> None:
    kept("T-1")
    kept("T-2", display_text="read_error", signal_indicator="none")
    app = opened()
    app.selectbox(key="beside").select_index(0)
    app = ran(app)
    table = app.container(key="beside_findings").get("html")[0].value
    assert "differs" in table
    assert "same" in table
    assert address(app)["cases.beside"] == "T-2"


def test_what_is_taken_away_is_the_whole_case() -> None:
    kept()
    app = opened(lang="zh")
    assert "案例 T-1 – 未结" in app.code[-1].value
    assert {button.key for button in app.get("download_button")} == {
        "download_html",
        "download_pdf",
        "download_line",
    }


def test_the_export_is_read_back(store: Path) -> None:
    from bayesdiag.store import Query  # noqa: PLC0415
    from bayesdiag.ui.parts.case_list import exported  # noqa: PLC0415

    kept()
    lines = exported(Query()).decode().splitlines()
    assert [json.loads(line)["case"] for line in lines] == ["T-1"]
    assert json.loads(lines[0])["events"][-1]["body"]["diagnosis"]["model"]["digest"].startswith("sha256:")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_chart_of_the_lead_has_a_sentence_and_its_table(lang: str) -> None:
    many(6)
    kept("T-9")
    app = started("lead", lang=lang)
    charts = app.get("echarts_chart")
    assert len(charts) >= 4
    assert all(one.proto.alt for one in charts)
    assert len([e for e in app.expander if e.label in {"As a table", "看表格"}]) == len(charts)
    rows_of_causes = app.container(key="rows_by_cause").get("html")[0].value
    assert {"zh": "信用卡已过期", "en": "Card expired"}[lang] in rows_of_causes
    assert [metric.value for metric in app.metric][:3] == ["7", "4", "3"]


def test_the_lead_counts_anew_after_any_change() -> None:
    kept()
    app = started("lead")
    assert [metric.value for metric in app.metric][:2] == ["1", "1"]
    seen_by_others(Event("closed", by="Cy"))
    assert [metric.value for metric in ran(app).metric][:2] == ["1", "0"]


def test_the_lead_chooses_a_time() -> None:
    with open_store() as opened_store:
        add_case(opened_store, [Event("opened", at="2020-01-01T00:00:00.000000Z")], case_id="old")
    app = started("lead")
    assert app.metric[0].value == "1"
    other = started("lead", **{"cases.days": "no such time"})
    assert (other.segmented_control(key="lead_days").value, other.metric[0].value) == ("", "1")
    app.segmented_control(key="lead_days").set_value("30")
    app = ran(app)
    assert "There is no case" in app.info[0].value
    assert address(app)["cases.days"] == "30"


@pytest.mark.parametrize("page", ["cases", "lead"])
@pytest.mark.parametrize(("lang", "words"), [("en", "Nothing is kept yet"), ("zh", "还没有案例库")])
def test_a_store_that_is_not_there_is_no_error(page: str, lang: str, words: str, store: Path) -> None:
    app = started(page, lang=lang)
    assert words in app.info[0].value
    assert not app.error
    assert not store.exists()


@pytest.mark.parametrize(("lang", "words"), [("en", "Trouble with the case store"), ("zh", "案例库有问题")])
def test_a_file_that_is_no_store_is_told(store: Path, lang: str, words: str) -> None:
    store.parent.mkdir(parents=True)
    store.write_bytes(b"no database at all, but long enough to be taken for one" * 50)
    for page in ("cases", "lead"):
        app = started(page, lang=lang)
        assert app.error[0].proto.title == words
    app = kept(lang=lang, **CASE)
    assert app.error[0].proto.title == words
    assert app.session_state["sheet"].findings == CASE


@pytest.fixture
def busy(store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The store while another program is writing to it all the time."""
    kept()
    monkeypatch.setattr(door, "PATIENCE", 0.1)
    with closing(sqlite3.connect(store, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.mark.parametrize(("lang", "words"), [("en", LOCKED[0]), ("zh", "一直在写案例库")])
def test_a_locked_store_can_be_read_and_says_why_it_is_not_written(busy: None, lang: str, words: str) -> None:
    app = opened(lang=lang)
    app.text_area(key="note_text").set_value("x")
    app = clicked(app, "note_submit")
    assert words.lower() in app.error[0].value.lower()
    assert app.text_area(key="note_text").value == "x"


def test_a_store_that_may_only_be_read_says_so(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    kept()
    # Root may write everything, so the address asks for it.
    monkeypatch.setenv("BAYESDIAG_STORE", f"sqlite:///file:{store}?mode=ro&uri=true")
    app = opened()
    app.text_area(key="note_text").set_value("x")
    app = clicked(app, "note_submit")
    assert "can be read, not written" in app.error[0].value


def test_an_approved_payment_is_kept_and_warned_of_again() -> None:
    app = kept(approved="unionpay:00", **CASE)
    assert stored().approved == ("unionpay:00",)
    assert stored().diagnosis is None
    assert "00" in opened().error[0].value
    app = clicked(clicked(app, "approved_dismiss"), "save")
    assert stored().approved == ()


def test_what_the_model_does_not_know_is_told_and_left_alone() -> None:
    events: list[dict[str, Any]] = [
        {"variable": "flux", "seen": "high"},
        {"variable": "card_age", "seen": "gt3y"},
    ]
    with open_store() as opened_store:
        add_case(opened_store, [Event("opened"), *(Event("found", body) for body in events)], case_id="T-1")
    app = clicked(opened(), "open_in_diagnose")
    assert "flux=high" in told(app)
    # Whichever question is asked first, its first answer.
    answer = next(one.key for one in app.button if one.key and one.key.startswith("answer_"))
    [asked] = [name for name in load("pos_card").variable_of if answer.startswith(f"answer_{name}_")]
    app = clicked(app, answer)
    clicked(app, "save")
    assert set(stored().findings) == {"flux", "card_age", asked}


def test_the_command_serves_the_store_it_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    served: list[dict[str, str]] = []

    def serve(_: str, __: list[str], environment: dict[str, str]) -> None:
        served.append(environment)
        raise SystemExit(0)

    monkeypatch.setattr(os, "execve", serve)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with suppress(SystemExit):
        run(["app", "--port", str(port), "--no-browser", "--store", str(tmp_path / "team.db")])
    assert [environment["BAYESDIAG_STORE"] for environment in served] == [str(tmp_path / "team.db")]
