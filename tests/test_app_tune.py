"""The page Tune, widget by widget: a foreign table in, a better model out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from bayesdiag.case import Case, Evidence
from bayesdiag.casefile import guessed, known_shares
from bayesdiag.engine.network import compile_network
from bayesdiag.learning import Settings, fit
from bayesdiag.model import Row, Table
from bayesdiag.modelfile import save
from bayesdiag.score import score_verdicts, verdicts
from bayesdiag.store import Event, add_case, open_store
from bayesdiag.ui.source import MODEL_SETTING
from bayesdiag.ui.texts import Words
from bayesdiag.watch import watch
from tests.test_app import lamp
from tests.test_app_cases import SCRIPT, ran

EN = Words("en")
ROWS = [("BURNT", "dark", "off")] * 12 + [("", "dark", "off")] * 5 + [("", "lit", "on")] * 3
TABLE = "bulbs,LAMP,Switch,Weather\n" + "".join(f"{','.join(row)},fine\n" for row in ROWS)


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(lamp(), tmp_path / "lamp.yaml")
    monkeypatch.setenv(MODEL_SETTING, str(tmp_path / "lamp.yaml"))
    monkeypatch.setenv("BAYESDIAG_STORE", str(tmp_path / "kept" / "cases.db"))


def started(language: str = "en") -> AppTest:
    app = AppTest.from_string(SCRIPT.format(page="tune"), default_timeout=200)
    app.query_params["lang"] = language
    return ran(app)


def uploaded(content: str, name: str = "tickets.csv", language: str = "en") -> AppTest:
    app = started(language)
    app.file_uploader(key="tune_file").set_value((name, content.encode(), "text/csv"))
    return ran(app)


def texts(app: AppTest) -> str:
    return "\n".join(str(one.value) for one in [*app.markdown, *app.caption, *app.error, *app.info])


def test_names_and_values_are_guessed_by_likeness() -> None:
    model = lamp()
    columns = {"The bulb": ["burned", "fine", ""], "LAMP": ["dark"], "weight": ["2"], "Weather": ["fine"]}
    found = guessed({**columns, "bulbs": ["Burnt"]}, model)
    assert found.columns == {
        "The bulb": "",
        "LAMP": "lamp",
        "weight": "weight",
        "Weather": "",
        "bulbs": "bulb",
    }
    assert found.values == {"bulb": {"Burnt": "burnt"}}


def test_what_is_known_is_counted_by_weight() -> None:
    model = lamp()
    cases = [
        Case(Evidence(model, {"lamp": "dark"}), weight=3),
        Case(Evidence(model, {}), confirmed={"bulb": "burnt"}),
    ]
    assert known_shares(model, cases) == {"switch": 0, "bulb": 0.25, "light": 0, "lamp": 0.75}


def test_a_foreign_table_becomes_a_better_model() -> None:
    app = uploaded(TABLE)
    assert r"Cases read: 20; with a confirmed cause: 12; rows that cannot be used: 0." in texts(app)
    app.button(key="tune_learn").click()
    ran(app)
    model = lamp()
    cases = [
        Case(Evidence(model, {"lamp": seen, "switch": switch}), confirmed={"bulb": "burnt"} if bulb else {})
        for bulb, seen, switch in ROWS
    ]
    twin = fit(model, cases, Settings())
    changed = [one for one in twin.numbers if one.is_changed]
    assert changed
    shown = "\n".join(str(one.value) for one in app.get("html"))
    for one in changed:
        assert one.name in shown
        assert f"{one.p:.4g}" in shown
    figures = {one.label: one.value for one in app.metric}
    assert figures[EN("tune_used")] == "20"
    assert figures[EN("tune_likelihood")] == f"{twin.log_likelihood[1]:.6g}"
    assert figures[EN("tune_closed")] == "12 of 12"
    assert [one.key for one in app.get("download_button")] == ["tune_download"]


def test_cases_that_the_model_holds_to_be_impossible_are_counted() -> None:
    app = uploaded(TABLE + "BURNT,dark,on,fine\n")
    app.button(key="tune_learn").click()
    assert {one.label: one.value for one in ran(app).metric}[EN("tune_used")] == "20"
    assert any("1" in one.value and "impossible" in one.value for one in app.warning)


def test_what_was_learned_from_other_cases_is_not_shown() -> None:
    app = uploaded(TABLE)
    app.button(key="tune_learn").click()
    ran(app)
    assert app.metric
    app.segmented_control(key="tune_pull").set_value("none")
    assert not ran(app).metric


@pytest.mark.parametrize(
    ("language", "told"), [("en", "Columns left out: Weather"), ("zh", "没有使用的列：Weather")]
)
def test_columns_that_mean_nothing_are_named(language: str, told: str) -> None:
    app = uploaded("LAMP,Switch,Weather\ndark,off,wet\nlit,on,dry\n", language=language)
    assert told in [note.value.replace("\\", "") for note in app.info]


def test_a_value_that_is_no_state_is_asked_about() -> None:
    app = uploaded(TABLE.replace("lit", "shining"))
    chosen = app.selectbox(key="tune_value_lamp_shining")
    assert chosen.value == ""
    chosen.set_value("lit")
    assert r"Cases read: 20; with a confirmed cause: 12; rows that cannot be used: 0." in texts(ran(app))


def test_rows_that_are_no_cases_are_offered_with_reasons() -> None:
    app = uploaded('{"findings": {"lamp": "dark"}}\n{"findings": {"lamp": "green"}}\n', "cases.jsonl")
    assert r"Cases read: 1; with a confirmed cause: 0; rows that cannot be used: 1." in texts(app)
    assert "green" in texts(app)
    assert [one.key for one in app.get("download_button")] == ["tune_rejects"]


@pytest.mark.parametrize(("content", "name"), [("", "a.csv"), ("\x00\x01", "a.parquet"), ("{", "a.jsonl")])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_file_that_holds_no_cases_is_told(content: str, name: str, language: str) -> None:
    app = uploaded(content, name, language)
    assert app.error or Words(language)("tune_none") in texts(app)


def test_no_card_number_is_shown() -> None:
    card = "4111 1111 1111 1111"
    rows = TABLE.replace("fine", card).replace("BURNT", card)
    app = uploaded(rows)
    shown = [texts(app), *(str(one.value) for one in app.get("html"))]
    shown += [one.label for one in app.selectbox] + [str(one.key) for one in app.selectbox]
    shown += [str(one.proto) for one in app.get("arrow_data_frame")]
    shown += [str(one.value) for one in app.get("data_editor")]
    assert app.selectbox
    assert not any("1111 1111" in one or "11111111" in one for one in shown)


def test_cases_of_another_model_are_no_cases() -> None:
    with open_store() as store:
        told = {"variable": "tap_outcome", "seen": "read_ok"}
        add_case(store, [Event("opened"), Event("found", told), Event("closed")], case_id="T-1")
    app = started()
    app.segmented_control(key="tune_from").set_value("store")
    ran(app)
    assert "tap_outcome" in app.warning[0].value.replace("\\", "")
    assert EN("tune_none") in texts(app)


def test_closed_cases_of_the_store_are_learned_from() -> None:
    with open_store() as store:
        for place in range(4):
            add_case(
                store,
                [
                    Event("opened", by="Ann"),
                    Event("found", {"variable": "lamp", "seen": "dark"}, by="Ann"),
                    Event("confirmed", {"cause": "bulb", "state": "burnt"}, by="Ann"),
                    Event("closed", by="Ann"),
                ],
                case_id=f"T-{place}",
            )
    app = started()
    app.segmented_control(key="tune_from").set_value("store")
    assert r"Cases read: 4; with a confirmed cause: 4" in texts(ran(app))


def test_no_store_is_told_and_no_failure() -> None:
    app = started()
    app.segmented_control(key="tune_from").set_value("store")
    assert EN("store_missing") in texts(ran(app)).replace("\\", "")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_present_model_is_scored(language: str) -> None:
    app = uploaded(TABLE, language=language)
    app.button(key="score_look").click()
    figures = {one.label: one.value for one in ran(app).metric}
    model, words = lamp(), Words(language)
    known = [
        Case(Evidence(model, {"lamp": seen, "switch": switch}), confirmed={"bulb": "burnt"})
        for bulb, seen, switch in ROWS
        if bulb
    ]
    twin = score_verdicts(verdicts(compile_network(model), known), (), np.random.default_rng(0))
    assert figures[words("score_n")] == "12"
    assert figures[words("score_log_loss")] == f"{twin.log_loss.value:.3f}"
    assert figures[words("score_top_1")] == words.percent(twin.top_1.value)


def test_without_a_confirmed_cause_nothing_is_scored() -> None:
    app = uploaded("LAMP,Switch\ndark,off\nlit,on\n")
    app.button(key="score_look").click()
    assert EN("score_none") in texts(ran(app))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_cases_are_watched(language: str) -> None:
    app = uploaded(TABLE, language=language)
    app.button(key="watch_look").click()
    ran(app)
    model = lamp()
    cases = [
        Case(Evidence(model, {"lamp": seen, "switch": switch}), confirmed={"bulb": "burnt"} if bulb else {})
        for bulb, seen, switch in ROWS
    ]
    twin = watch(compile_network(model), cases)
    told = [*app.success, *app.warning]
    assert len(told) == 1
    assert bool(app.warning) == twin.has_alarm
    assert f"{twin.surprise.mean:.3f}" in texts(app).replace("\\", "")


def test_where_no_rows_differ_in_a_context_none_is_offered() -> None:
    assert not uploaded(TABLE).multiselect


def test_contexts_can_borrow_from_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = lamp()
    rows = tuple(Row({"switch": (state,)}, (0.9, 0.1)) for state in ("on", "off"))
    bulb = replace(base.variable_of["bulb"], cpt=Table(("switch",), rows))
    model = replace(base, variables=tuple(bulb if one.id == "bulb" else one for one in base.variables))
    save(model, tmp_path / "shops.yaml")
    monkeypatch.setenv(MODEL_SETTING, str(tmp_path / "shops.yaml"))
    table = [("on", "burnt")] * 9 + [("on", "")] * 3 + [("off", "burnt")]
    app = uploaded("switch,bulb\n" + "".join(f"{where},{what}\n" for where, what in table))
    app.multiselect(key="tune_pool").set_value(["switch"])
    app.button(key="tune_learn").click()
    ran(app)
    cases = [
        Case(Evidence(model, {"switch": where}), confirmed={"bulb": what} if what else {})
        for where, what in table
    ]
    [pool] = fit(model, cases, Settings(pooled=("switch",))).pools
    shown = "\n".join(str(one.value) for one in app.get("html"))
    assert "P(bulb)" in shown
    assert f"burnt {pool.overall[1]:.4g}" in shown
    assert f"{pool.concentration:.3g}" in shown
