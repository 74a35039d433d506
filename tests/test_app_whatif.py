"""The page What-if: scenarios, numbers that are moved, acting, and closer looks, in both languages."""

from __future__ import annotations

from html import escape

import pytest
from streamlit.testing.v1 import AppTest

from bayesdiag.case import Evidence
from bayesdiag.diagnosis import diagnose
from bayesdiag.diagnosis.doubt import changes_of_mind, sensitivity
from bayesdiag.diagnosis.doubt_words import bar_words, mind_words
from bayesdiag.diagnosis.whatif import acted, beside, next_success, sought
from bayesdiag.diagnosis.words import chance
from bayesdiag.engine.network import compile_network
from bayesdiag.model.renumbered import addresses_of, renumbered
from bayesdiag.modelfile import load
from bayesdiag.ui import source as source_room
from bayesdiag.ui.parts.causes import cause_label
from bayesdiag.ui.parts.moved import stops
from bayesdiag.ui.parts.plain import plain
from bayesdiag.ui.scenario import Change, Scenario, scenario_of, written
from bayesdiag.ui.texts import Words
from tests.test_app import CASE, clicked, what_if

NUMBER = "card_chip_condition.damaged|card_age=gt3y"
MODEL = load("pos_card")
NETWORK = compile_network(MODEL)


def shown(app: AppTest, key: str) -> str:
    """Return the HTML and the text of a container."""
    found = app.container(key=key)
    return " ".join(one.value for kind in ("html", "markdown", "caption") for one in found.get(kind))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_three_cases_stand_side_by_side_with_numbers_of_the_library(language: str) -> None:
    app = what_if({"lang": language, **CASE, "b.card_age": "gt3y", f"c.p.{NUMBER}": "0.2"})
    moved = compile_network(renumbered(MODEL, {NUMBER: 0.2}))
    cases = (
        diagnose(NETWORK, CASE, doubt="none"),
        diagnose(NETWORK, {**CASE, "card_age": "gt3y"}, doubt="none"),
        diagnose(moved, CASE, doubt="none"),
    )
    rows = beside(*(case.causes for case in cases))
    assert rows[0].most > 0.05
    bars = shown(app, "ghosts")
    for p in rows[0].p:
        assert f">{escape(chance(p))}</span>" in bars
    table = shown(app, "comparison")
    assert all(f">{escape(chance(p))}</td>" in table for row in rows[:10] for p in row.p)


def test_a_slider_moves_a_number_marks_the_models_own_and_goes_back() -> None:
    app = what_if({"lang": "en", **CASE})
    app.selectbox(key="b_number_variable").select("card_chip_condition").run()
    app.selectbox(key="b_number").select(NUMBER).run()
    own = addresses_of(MODEL)[NUMBER].p
    slider = app.select_slider(key=f"b_p_{NUMBER}")
    assert slider.value == own
    assert sum("▲" in option for option in slider.options) == 1
    slider.set_value(0.2).run()
    assert not app.exception
    assert app.query_params[f"b.p.{NUMBER}"] == "0.2"
    moved = diagnose(compile_network(renumbered(MODEL, {NUMBER: 0.2})), CASE, doubt="none")
    p = next(
        one.responsibility
        for one in moved.causes
        if (one.id, one.state) == ("card_chip_condition", "damaged")
    )
    assert f">{escape(chance(p))}</span>" in shown(app, "ghosts")
    clicked(app, f"b_back_{NUMBER}")
    assert f"b.p.{NUMBER}" not in app.query_params


def test_acting_is_told_beside_seeing_and_doing_nothing() -> None:
    app = what_if({"lang": "en", **CASE})
    app.selectbox(key="b_do_add").select("entry_method").run()
    app.selectbox(key="b_do_entry_method").select("tap").run()
    assert app.query_params["b.do.entry_method"] == "tap"
    evidence = Evidence(MODEL, CASE)
    found = acted(NETWORK, evidence, {"entry_method": "tap"})
    assert found.p_success is not None
    told = shown(app, "effect_b").replace("\\", "")
    for p in (*found.p_success, next_success(NETWORK, evidence)):
        assert chance(p) in told


def test_what_acting_comes_to_is_worked_out_once_and_not_at_every_click(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[object] = []

    def counted(*told: object) -> object:
        asked.append(told)
        return acted(*told)  # type: ignore[arg-type]

    monkeypatch.setattr(source_room, "acted", counted)
    query = {"display_text": "timeout", "other_card_here": "fails", "b.do.entry_method": "chip"}
    app = what_if({"lang": "en", **query})
    app.segmented_control(key="look").set_value("goal").run()
    assert len(asked) == 1
    app.selectbox(key="b_do_entry_method").select("tap").run()
    assert len(asked) == 2


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_would_change_my_mind_is_what_the_library_says(language: str) -> None:
    app = what_if({"lang": language, **CASE})
    diagnosis = diagnose(NETWORK, CASE, doubt="none")
    changes = changes_of_mind(NETWORK, diagnosis.evidence, diagnosis.causes)
    assert changes
    assert plain(mind_words(MODEL, changes[0], language)) in shown(app, "looked")


def test_a_goal_is_sought_at_the_threshold_chosen() -> None:
    app = what_if({"lang": "en", **CASE})
    app.segmented_control(key="look").set_value("goal").run()
    app.slider(key="goal_least").set_value(55).run()
    first = diagnose(NETWORK, CASE, doubt="none").causes[0]
    goals, _ = sought(NETWORK, Evidence(MODEL, CASE), (first.id, first.state), 0.55)
    assert goals
    assert all(f">{escape(chance(goal.p))}<" in shown(app, "goals") for goal in goals[:8])
    app.slider(key="goal_least").set_value(99).run()
    assert any("No single answer" in told.value for told in app.info)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_tornado_has_words_for_every_bar(language: str) -> None:
    app = what_if({"lang": language, **CASE})
    app.segmented_control(key="look").set_value("tornado").run()
    assert not app.exception
    first = diagnose(NETWORK, CASE, doubt="none").causes[0]
    row = NETWORK.rows([Evidence(MODEL, CASE)], premise=True)[0]
    bars = sensitivity(NETWORK, row, first.id, first.state, responsible=True).tornado(3)
    what = cause_label(MODEL, Words(language), first.id, first.state)
    lines = [bar_words(MODEL, bar, f"“{what}”", language) for bar in bars]
    assert len(set(lines)) == 3
    told = shown(app, "looked")
    assert all(plain(line) in told for line in lines)
    assert len(app.get("echarts_chart")) == 1


def is_shown(app: AppTest, key: str) -> bool:
    """Whether a select box or slider of this key is on the page."""
    return key in {one.key for kind in (app.selectbox, app.select_slider) for one in kind}


def test_c_is_opened_reset_and_closed() -> None:
    app = clicked(what_if({"lang": "en", **CASE}), "open_c")
    app.selectbox(key="c_other_card_here").select("fails").run()
    assert app.query_params["c.other_card_here"] == "fails"
    clicked(app, "c_reset")
    assert set(app.query_params) == {"lang", *CASE}
    assert not is_shown(app, "c_other_card_here")


@pytest.mark.parametrize("button", ["b_reset", "new_case"])
def test_what_was_opened_in_a_scenario_does_not_outlive_it(button: str) -> None:
    app = clicked(what_if({"lang": "en", **CASE}), "open_c")
    app.selectbox(key="b_add").select("card_age").run()
    app.selectbox(key="b_card_age").select("gt3y").run()
    app.selectbox(key="b_number_variable").select("card_chip_condition").run()
    app.selectbox(key="b_number").select(NUMBER).run()
    assert is_shown(app, "b_card_age")
    assert is_shown(app, f"b_p_{NUMBER}")
    clicked(app, button)
    assert not is_shown(app, "b_card_age")
    assert not is_shown(app, f"b_p_{NUMBER}")
    assert is_shown(app, "c_add") == (button == "b_reset")


def test_numbers_that_come_to_more_than_one_are_told() -> None:
    other = NUMBER.replace("damaged", "dirty")
    app = what_if({"lang": "en", **CASE, f"b.p.{NUMBER}": "0.6", f"b.p.{other}": "0.7"})
    assert "together they come to 1.3" in app.error[0].value.replace("\\", "")


def test_a_scenario_survives_its_address_and_drops_what_means_nothing() -> None:
    scenario = Scenario({"card_age": Change("gt3y", 0.7)}, {"entry_method": "tap"}, {NUMBER: 0.05})
    query = dict(written("b", scenario))
    assert scenario_of(MODEL, "b", query) == (scenario, set(query))
    wrong = {
        f"b.p.{NUMBER}": "2",
        "b.p.nobody": "0.1",
        f"b.p.{NUMBER}|x": "nan",
        "b.do.entry_method": "fly",
        "b.do.display_text": "read_error",
        "b.do.": "",
    }
    assert scenario_of(MODEL, "b", wrong) == (Scenario(), set())


def test_a_slider_stops_at_the_models_own_number() -> None:
    grid = stops(0.0123, 0.4)
    assert 0.0123 in grid
    assert grid == sorted(grid)
    assert 0 < grid[0] < grid[-1] < 1
