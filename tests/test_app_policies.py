"""The page Policies, widget by widget: what better questions save on the model that is shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from bayesdiag.engine.network import compile_network
from bayesdiag.model import FaqStep, Model, Repair, Text, Weight
from bayesdiag.modelfile import load, save
from bayesdiag.simulate import SLOW, compared
from bayesdiag.ui import policies
from bayesdiag.ui.source import MODEL_SETTING
from bayesdiag.ui.texts import Words
from tests.test_app import lamp
from tests.test_app_cases import SCRIPT, clicked, ran


def repaired(name: str, minutes: float, p: float = 0.0) -> Repair:
    told = {("bulb", "burnt"): p} if p else {}
    return Repair(
        name, Text(name, name), Text(name, name), minutes=minutes, fixes=told, weight=Weight("made up")
    )


def shop() -> Model:
    """The lamp with something to do about it, and a fixed order in which to look."""
    return replace(
        lamp(),
        currency="CNY",
        money_per_minute=1.0,
        repairs=(
            repaired("screw", 2.0, 0.6),
            repaired("renew", 9.0, 0.95),
            replace(repaired("candle", 1.0, 0.1), workaround=True),
            replace(repaired("janitor", 60.0), last_resort=True),
        ),
        faq_order=(FaqStep(Text("看", "look"), ("lamp",)),),
    )


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "shop.yaml"
    monkeypatch.setenv(MODEL_SETTING, str(path))
    save(shop(), path)
    streamlit.cache_resource.clear()
    return path


def started(language: str = "en") -> AppTest:
    app = AppTest.from_string(SCRIPT.format(page="policies"), default_timeout=200)
    app.query_params["lang"] = language
    return ran(app)


def compared_with(app: AppTest, *, n: int = 40, seed: int = 3) -> AppTest:
    app.number_input(key="policies_n").set_value(n)
    app.number_input(key="policies_seed").set_value(seed)
    return clicked(app, "policies_run")


def table(app: AppTest) -> str:
    return str(app.container(key="policy_table").get("html")[0].value)


def headline(app: AppTest) -> str:
    every = app.container(key="policy_headline")
    return "\n".join(element.value for element in (*every.markdown, *every.caption)).replace("\\", "")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_tells_what_the_library_found(language: str, place: Path) -> None:
    app = compared_with(started(language))
    found = compared(compile_network(load(str(place))), 40, 3, without=SLOW)
    ratio = found.ratio("decision_theoretic", "static_faq")
    assert f"{ratio.share:.0%}" in headline(app)
    assert f"{ratio.share + ratio.margin:.0%}" in headline(app)
    for name in found.runs:
        assert f">{found.runs[name].mean_cost:.1f} ± {1.96 * found.runs[name].standard_error:.1f}<" in table(
            app
        )
    extra = found.difference("decision_theoretic", "random")
    assert f">{extra.mean:+.1f} ± {extra.margin:.1f}<" in table(app)
    assert len(app.get("echarts_chart")) == 2


def test_numbers_that_are_off_are_another_result() -> None:
    app = compared_with(started())
    own = table(app)
    app.checkbox(key="policies_perturb").check()
    clicked(app, "policies_run")
    assert table(app) != own
    assert Words("en")("policies_off") in headline(app)


def test_the_slow_ones_are_named_until_they_are_compared() -> None:
    app = compared_with(started())
    names = ("best fixed order", "looking one step further")
    assert not any(name in table(app) for name in names)
    told = "\n".join(element.value for element in app.markdown).replace("\\", "")
    assert all(name in told for name in names)
    assert "Workarounds: candle" in told
    app.checkbox(key="policies_slow").check()
    clicked(app, "policies_run")
    assert all(name in table(app) for name in names)


def test_a_result_is_kept_for_the_same_model_number_and_seed(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[int, int]] = []

    def counted(network: object, n: int, seed: int, **rest: object) -> object:
        calls.append((n, seed))
        return compared(network, n, seed, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(policies, "compared", counted)
    first = table(compared_with(started()))
    assert table(compared_with(started("zh"))) != first  # the words differ
    assert table(compared_with(started())) == first
    assert calls == [(40, 3)]
    compared_with(started(), seed=4)
    assert calls == [(40, 3), (40, 4)]
    save(replace(shop(), version="2"), place)
    app = started()
    compared_with(app)
    assert calls[2:] == [(40, 3)]


def test_a_model_that_has_changed_shows_no_old_result(place: Path) -> None:
    app = compared_with(started())
    save(replace(shop(), version="2"), place)
    ran(app)
    with pytest.raises(KeyError):
        app.container(key="policy_table")


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (replace(shop(), repairs=shop().repairs[:-1]), "policies_lacking_last_resort"),
        (replace(shop(), repairs=shop().repairs[-2:]), "policies_lacking_actions"),
        (replace(shop(), repairs=()), "policies_lacking_last_resort"),
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_missing_is_said(model: Model, told: str, language: str, place: Path) -> None:
    save(model, place)
    app = started(language)
    assert app.info[0].value == Words(language)(told)
    assert not [button for button in app.button if button.key == "policies_run"]


def test_without_an_order_of_a_document_another_rival_is_taken(place: Path) -> None:
    save(replace(shop(), faq_order=()), place)
    app = compared_with(started())
    assert "without asking" in headline(app)
    assert Words("en")("policies_no_faq") in headline(app)


def test_a_single_case_has_no_interval() -> None:
    app = compared_with(started(), n=1)
    assert "±" not in table(app)
    assert "nan" not in table(app).lower()
    assert Words("en")("policies_one") in headline(app)


def test_both_files_are_offered() -> None:
    app = compared_with(started())
    labels = [element.proto.label for element in app.get("download_button")]
    assert labels == [Words("en")("policies_json"), Words("en")("policies_csv")]
