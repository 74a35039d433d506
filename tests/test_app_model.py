"""The page Model, widget by widget, in both languages and on models of several kinds."""

from __future__ import annotations

import json
from base64 import b64decode
from html import escape
from itertools import pairwise
from pathlib import Path
from time import process_time
from typing import Any
from xml.etree import ElementTree

import pytest
import streamlit
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from bayesdiag.case import Evidence
from bayesdiag.diagnosis.words import chance
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.errors import TooLarge
from bayesdiag.model import Model, Variable
from bayesdiag.modelfile import load, save
from bayesdiag.structure import arrows_of, connections, known_of, lines_of, strengths, surroundings
from bayesdiag.ui.parts import model_choices
from bayesdiag.ui.parts.model_card import LATIN, LOOKS, WIDE, Card, drawn, wrapped
from bayesdiag.ui.parts.model_numbers import exact
from bayesdiag.ui.source import MODEL_SETTING
from bayesdiag.ui.texts import Words
from tests.test_app import lamp
from tests.test_app_cases import SCRIPT

ROOT = Path(__file__).parent.parent
BUNDLED = tuple(path.stem for path in sorted((ROOT / "models").glob("*.yaml")) if ".cases" not in path.name)
NAMES = (*BUNDLED, "tests/small.yaml", "tests/exclusive_or.yaml")
CASE = {"display_text": "read_error", "other_card_here": "works"}
_networks: dict[str, CompiledNetwork] = {}


def network_of(name: str) -> CompiledNetwork:
    if name not in _networks:
        _networks[name] = compile_network(load(name if name in BUNDLED else ROOT / name))
    return _networks[name]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Opens the page on a model."""

    def opened(name: str, query: dict[str, str]) -> AppTest:
        monkeypatch.setenv(MODEL_SETTING, name if name in BUNDLED else str(ROOT / name))
        return ran(query)

    return opened


def ran(query: dict[str, str]) -> AppTest:
    app = AppTest.from_string(SCRIPT.format(page="model"), default_timeout=200)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def html(app: AppTest, key: str) -> str:
    return " ".join(one.value for one in app.container(key=key).get("html"))


def series(app: AppTest) -> dict[str, Any]:
    (chart,) = app.get("echarts_chart")
    option = json.loads(chart.proto.spec)
    return option.get("baseOption", option)["series"][0]  # type: ignore[no-any-return]


def alt(app: AppTest) -> str:
    return str(app.get("echarts_chart")[0].proto.alt)


def cards(app: AppTest) -> dict[str, str]:
    """Variable → what stands on its card."""
    found = {}
    for node in series(app)["data"]:
        symbol = node.get("symbol", "")
        if symbol.startswith("image://data:image/svg+xml;base64,") and not node["id"].startswith("heading"):
            found[node["id"]] = b64decode(symbol.partition("base64,")[2]).decode()
    return found


def label(model: Model, variable: Variable, language: str) -> str:
    return Words(language).title(variable.label, variable.id)


# ── the whole ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_the_picture_and_its_table_hold_every_variable_with_the_engines_beliefs(
    shown: Any, name: str, language: str
) -> None:
    app = shown(name, {"lang": language})
    model = network_of(name).model
    assert set(cards(app)) == {variable.id for variable in model.variables}
    assert str(len(model.variables)) in alt(app)
    assert str(len(arrows_of(model))) in alt(app)
    told = html(app, "model_rows")
    posterior = network_of(name).posterior({}, premise=True)
    for variable in model.variables:
        beliefs = posterior.of(variable.id)[0]
        assert f">{escape(label(model, variable, language))}<" in told
        assert f"{escape(chance(float(beliefs.max())))}<" in told
    assert told.count("<tr>") == 1 + len(model.variables)


def test_arrows_are_as_wide_as_they_are_strong_and_run_between_the_sides_of_cards(shown: Any) -> None:
    app = shown("pos_card", {"lang": "en"})
    links = series(app)["links"]
    network = network_of("pos_card")
    found = strengths(network)
    width = {}
    for link in links:
        (parent, out), (child, into) = (link[end].rsplit(" ", 1) for end in ("source", "target"))
        width[parent, child] = link["lineStyle"]["width"]
        assert {out, into} <= {"left", "right"}
    assert set(width) == set(arrows_of(network.model))
    order = sorted(width, key=width.__getitem__)
    assert all(found[a].p <= found[b].p + 1e-9 for a, b in pairwise(order))
    ids = [node["id"] for node in series(app)["data"]]
    assert len(set(ids)) == len(ids)
    assert {link[end] for link in links for end in ("source", "target")} <= set(ids)


def test_no_two_cards_of_the_whole_picture_overlap(shown: Any) -> None:
    nodes = [node for node in series(shown("pos_card", {"lang": "en"}))["data"] if "symbol" in node]
    assert len(nodes) > 100
    for number, one in enumerate(nodes):
        for other in nodes[:number]:
            apart = [abs(one[axis] - other[axis]) for axis in "xy"]
            least = [(one["symbolSize"][axis] + other["symbolSize"][axis]) / 2 for axis in (0, 1)]
            assert apart[0] >= least[0] or apart[1] >= least[1]


def test_findings_move_the_beliefs_and_are_marked(shown: Any) -> None:
    app = shown("pos_card", {"lang": "en", **CASE, "signal_indicator": "weak:0.7"})
    look = LOOKS["light"]
    for name, svg in cards(app).items():
        assert (f'stroke="{look.seen}"' in svg) == (name in {*CASE, "signal_indicator"})
        # Only what is certain has a bar in the colour of what is known.
        assert (f'fill="{look.seen}"' in svg) == (name in CASE)
    evidence = {**CASE, "signal_indicator": {"none": 0.1, "weak": 0.7, "normal": 0.2}}
    states = network_of("pos_card").model.variable_of["signal_indicator"].state_ids
    rest = (1 - 0.7) / (len(states) - 1)
    evidence["signal_indicator"] = {state: 0.7 if state == "weak" else rest for state in states}
    p = network_of("pos_card").posterior(Evidence(network_of("pos_card").model, evidence), premise=True)
    told = html(app, "model_rows")
    for name in ("card_read", "usage_error", "carrier_service"):
        assert escape(chance(float(p.of(name)[0].max()))) in told


# ── one variable ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("show", ["whole", "around"])
def test_every_variable_of_a_model_can_be_read_with_all_its_numbers(
    shown: Any, language: str, show: str
) -> None:
    """Of each form of table: each number with its source, ess and within, and each state's belief."""
    network = network_of("tests/small.yaml")
    model = network.model
    posterior = network.posterior({}, premise=True)
    for variable in model.variables:
        query = {"lang": language, "model.at": variable.id, "model.show": show}
        app = shown("tests/small.yaml", query)
        told = html(app, "model_numbers")
        lines, _ = lines_of(model, variable.id)
        assert told.count("<tr>") == 1 + len(lines)
        for line in lines:
            assert all(f">{exact(p)}<" in told or not p for p in line.p.values())
            assert escape(line.weight.source) in told
            if not line.weight.fixed:
                assert f">{line.weight.ess:.6g}<" in told
                assert f">×{line.weight.within:.4g}<" in told
        states = html(app, "model_states")
        assert all(f">{escape(chance(float(p)))}<" in states for p in posterior.of(variable.id)[0])
        near = {one.key for one in app.button if (one.key or "").startswith("model_go_")}
        parents, children = surroundings(model, variable.id)
        assert near == {f"model_go_{name}" for name in (*parents, *children)}
        if show == "around":
            assert set(cards(app)) == {variable.id, *parents, *children}


def test_every_variable_of_the_payment_model_can_be_looked_at(shown: Any) -> None:
    app = shown("pos_card", {"lang": "zh", "model.show": "around"})
    for variable in network_of("pos_card").model.variables:
        app.selectbox(key="model_at").select(variable.id).run()
        assert not app.exception
        assert app.query_params["model.at"] == variable.id
        nodes = [node for node in series(app)["data"] if node["id"] in cards(app)]
        assert all(abs(node["x"]) + node["symbolSize"][0] / 2 <= 358 / 2 for node in nodes)


def test_a_table_of_many_states_tells_what_may_come_about_in_words(shown: Any) -> None:
    app = shown("pos_card", {"lang": "en", "model.at": "raw_outcome"})
    told = html(app, "model_numbers")
    lines, count = lines_of(network_of("pos_card").model, "raw_outcome")
    assert told.count("<tr>") == 1 + count
    assert told.split("</tr>")[0].count("<th ") == 5
    assert sum(p > 0 for line in lines for p in line.p.values()) == told.partition("<tr>")[2].count("%")


def test_a_finding_is_set_and_taken_back_here(shown: Any) -> None:
    app = shown("pos_card", {"lang": "en", "model.at": "display_text"})
    app.selectbox(key="model_finding").select("read_error").run()
    assert not app.exception
    assert app.query_params["display_text"] == "read_error"
    assert LOOKS["light"].seen in cards(app)["display_text"]
    app.button(key="model_clear").click().run()
    assert "display_text" not in app.query_params
    assert LOOKS["light"].seen not in cards(app)["display_text"]


def test_what_nobody_can_see_cannot_be_set(shown: Any) -> None:
    app = shown("pos_card", {"lang": "en", "model.at": "card_read"})
    assert "model_finding" not in {one.key for one in app.selectbox}
    assert any("cannot be set" in one.value.replace("\\", "") for one in app.caption)


def test_a_click_is_answered_at_once(shown: Any) -> None:
    """The time this process works on it, so that a busy machine does not count; the engine keeps beliefs."""
    app = shown("pos_card", {"lang": "zh", **CASE, "model.at": "raw_outcome", "model.reach": "1"})
    taken = []
    for name in ("card_read", "issuer_decision", "raw_outcome"):
        before = process_time()
        app.selectbox(key="model_at").select(name).run()
        taken.append(process_time() - before)
    assert min(taken) < 0.2


def test_a_neighbour_is_a_click_away(shown: Any) -> None:
    app = shown("pos_card", {"lang": "en", "model.at": "card_read"})
    app.button(key="model_go_usage_error").click().run()
    assert app.query_params["model.at"] == "usage_error"
    assert app.selectbox(key="model_at").value == "usage_error"


# ── what depends on it ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_separated_is_faint_and_told(shown: Any, language: str) -> None:
    model = network_of("tests/small.yaml").model
    said = {"lamp": model.variable_of["lamp"].state_ids[0]}
    parents = {one.id: one.parents for one in model.variables}
    words = Words(language)
    seen_both = set()
    for variable in model.variables:
        query = {"lang": language, **said, "model.at": variable.id, "model.reach": "1"}
        app = shown("tests/small.yaml", query)
        ways = connections(parents, variable.id, known_of(Evidence(model, said), model))
        for name, svg in cards(app).items():
            is_apart = name not in ways and name not in {variable.id, *said}
            assert ('opacity="0.3"' in svg) == is_apart
            seen_both.add(is_apart)
        told = html(app, "model_rows")
        separated = len(model.variables) - len(ways) - len({variable.id, *said})
        assert told.count(f">{words('model_separated')}<") == separated
    assert seen_both == {True, False}


def test_the_way_to_another_variable_is_marked_alone(shown: Any) -> None:
    query = {"lang": "en", "model.at": "card_age", "model.reach": "1", "model.to": "response_code"}
    app = shown("pos_card", query)
    marked = [link for link in series(app)["links"] if link["lineStyle"]["color"] == LOOKS["light"].way]
    names = {link[end].rsplit(" ", 1)[0] for link in marked for end in ("source", "target")}
    model = network_of("pos_card").model
    parents = {one.id: one.parents for one in model.variables}
    path = connections(parents, "card_age", known_of(Evidence(model, {}), model))["response_code"]
    assert names == set(path)
    assert len(marked) == len(path) - 1
    assert "Influence runs Card age – " in app.info[0].value.replace("\\", "")


def test_where_its_state_is_known_nothing_depends_on_it(shown: Any) -> None:
    query = {"lang": "en", **CASE, "model.at": "display_text", "model.reach": "1"}
    app = shown("pos_card", query)
    assert "nothing depends on it" in app.info[0].value
    assert sum('opacity="0.3"' in svg for svg in cards(app).values()) == 108 - len(CASE)


# ── addresses and states ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "query",
    [
        {"model.at": "card_read", "model.show": "around"},
        {"model.at": "card_age", "model.show": "whole", "model.zoom": "2", "model.reach": "1"},
        {"model.at": "card_age", "model.reach": "1", "model.to": "raw_outcome", **CASE},
    ],
)
def test_a_link_opens_the_same_again(shown: Any, query: dict[str, str]) -> None:
    app = shown("pos_card", {"lang": "zh", **query})
    assert dict(app.query_params) == {"lang": "zh", **query}
    assert app.selectbox(key="model_at").value == query["model.at"]
    again = ran({name: str(value) for name, value in app.query_params.items()})
    assert series(again) == series(app)
    assert alt(again) == alt(app)


def test_choices_go_into_the_address(shown: Any) -> None:
    app = shown("pos_card", {"lang": "en"})
    app.segmented_control(key="model_zoom").set_value("2").run()
    assert app.query_params["model.zoom"] == "2"
    assert series(app)["zoom"] > 1.9
    app.segmented_control(key="model_zoom").set_value("1").run()
    assert "model.zoom" not in app.query_params
    app.segmented_control(key="model_show").set_value("around").run()
    assert app.query_params["model.show"] == "around"
    app.toggle(key="model_reach").set_value(True).run()
    assert app.query_params["model.reach"] == "1"


def test_what_the_address_names_and_the_model_lacks_is_told(shown: Any) -> None:
    query = {"lang": "en", "model.at": "nobody", "model.show": "upside", "model.zoom": "9", "model.to": "x"}
    app = shown("pos_card", query)
    assert any("nobody" in one.value for one in app.info)
    assert len(cards(app)) == 108


def test_a_telephone_is_shown_the_neighbourhood_first(shown: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_choices, "TELEPHONE", "")
    app = shown("pos_card", {"lang": "en"})
    assert app.segmented_control(key="model_show").value == "around"
    assert app.selectbox(key="model_at").value == "raw_outcome"
    assert 1 < len(cards(app)) < 30


@pytest.mark.parametrize("language", ["zh", "en"])
def test_findings_that_cannot_all_be_true_are_told_and_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    save(lamp(), tmp_path / "lamp.yaml")
    monkeypatch.setenv(MODEL_SETTING, str(tmp_path / "lamp.yaml"))
    streamlit.cache_resource.clear()
    app = ran({"lang": language, "switch": "on", "lamp": "dark", "model.at": "bulb"})
    assert len(app.error) == 1
    assert "%" in html(app, "model_states")
    app.button(key="mend_lamp").click().run()
    assert not app.exception
    assert not app.error
    assert "lamp" not in app.query_params


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_network_too_large_for_beliefs_is_shown_without_them(
    shown: Any, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise TooLarge("it would take 9 GB; ask about fewer variables")

    streamlit.cache_resource.clear()
    monkeypatch.setattr(CompiledNetwork, "posterior", refused)
    app = shown("tests/small.yaml", {"lang": language, "model.at": "outcome"})
    assert "9 GB" in app.error[0].value
    assert len(cards(app)) == len(network_of("tests/small.yaml").model.variables)
    assert {link["lineStyle"]["type"] for link in series(app)["links"]} == {"dashed"}
    assert ">100%<" in html(app, "model_numbers")
    streamlit.cache_resource.clear()


# ── cards ─────────────────────────────────────────────────────────────────────────────────────────


@given(
    title=st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=80),
    shares=st.lists(st.integers(0, 100), min_size=1, max_size=12),
    size=st.sampled_from(["small", "middle", "large"]),
    is_apart=st.booleans(),
)
def test_a_card_is_a_drawing_that_fetches_nothing(
    title: str, shares: list[int], size: Any, *, is_apart: bool
) -> None:
    total = sum(shares) or 1
    beliefs = tuple(share / total for share in shares)
    states = tuple(f"<{title}&{number}" for number in range(len(shares)))
    card = Card(title, states, beliefs, beliefs, is_apart=is_apart)
    address = drawn(card, size, LOOKS["dark"], [chance(p) for p in beliefs])
    svg = b64decode(address.removeprefix("image://data:image/svg+xml;base64,")).decode()
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own drawing
    assert "href" not in svg
    assert "url(" not in svg
    assert root.get("width") == root.get("height")
    for rect in root.iter("{http://www.w3.org/2000/svg}rect"):
        assert float(rect.get("width", "0")) >= 0


LETTERS = "abcWXY019 -/（），。、读卡器故障影响"


@given(text=st.text(LETTERS, max_size=80), most=st.integers(1, 3))
def test_a_wrapped_text_fits_and_loses_nothing_unless_it_says_so(text: str, most: int) -> None:
    lines = wrapped(text, 120, 10, most)
    assert 1 <= len(lines) <= most
    for line in lines:
        assert sum(WIDE if ord(one) > 0x2E80 else LATIN for one in line) * 10 <= 120 + 1e-9
    kept = "".join(lines).replace(" ", "")
    whole = text.replace(" ", "")
    assert kept == whole or (lines[-1].endswith("…") and whole.startswith(kept[:-1].replace("…", "")))
