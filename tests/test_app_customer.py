"""The page of a customer's link, and the making and reading of such links, without a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from bayesdiag.modelfile import load, save
from bayesdiag.store import opening
from bayesdiag.ui import customer
from bayesdiag.ui.customer_texts import CUSTOMER_TEXTS
from bayesdiag.ui.parts import door
from bayesdiag.ui.source import MODEL_SETTING
from bayesdiag.ui.texts import Words
from tests.test_app import CASE, clicked, lamp, started

PAGE = """
from bayesdiag.ui.pages import run_customer_page
run_customer_page()
"""


def opened(**query: str) -> AppTest:
    app = AppTest.from_string(PAGE, default_timeout=200)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def shown(app: AppTest) -> str:
    every = (
        *app.header,
        *app.subheader,
        *app.markdown,
        *app.caption,
        *app.info,
        *app.error,
        *app.warning,
        *app.success,
    )
    told = [str(element.value) for element in every]
    return "\n".join(
        [*told, *(str(button.label) for button in app.button), *(str(code.value) for code in app.code)]
    )


def params(app: AppTest) -> dict[str, str]:
    return {
        name: values[0] if isinstance(values, list) else values for name, values in app.query_params.items()
    }


@pytest.fixture
def no_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens the store now fails."""

    def refused(*args: object, **kwargs: object) -> None:
        raise AssertionError("the store was opened")

    monkeypatch.setattr(door, "open_store", refused)
    monkeypatch.setattr(door, "open_or_make", refused)
    monkeypatch.setattr(opening, "open_store", refused)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_dialogue_goes_to_its_end_and_shows_nothing_internal(lang: str, no_store: None) -> None:
    words = Words(lang)
    app = opened(lang=lang)
    assert app.header[0].value == CUSTOMER_TEXTS["customer_title"][lang]
    clicked(app, "say_display_text_read_error")
    asked = 1
    while any(button.key == "enough" for button in app.button):
        said = [button.key for button in app.button if button.key.startswith("say_")]
        clicked(app, said[-1] if asked < 4 else "enough")
        asked += 1
    told = shown(app)
    assert words("customer_do") in told
    assert words("customer_call") in told
    assert "%" not in told
    assert not any(word in told for word in ("¥", "分钟", " min", "bits", "比特"))
    assert "display_text=read_error" in app.code[0].value


def test_every_answer_stands_in_the_address_and_can_be_taken_back() -> None:
    app = clicked(opened(lang="en"), "say_display_text_read_error")
    assert params(app) == {"display_text": "read_error", "asked": "display_text", "lang": "en"}
    name = next(button.key for button in app.button if button.key.startswith("pass_")).removeprefix("pass_")
    clicked(app, f"pass_{name}")
    assert params(app)["dont_know"] == name
    assert params(app)["asked"] == f"display_text,{name}"
    clicked(app, "back")
    assert "dont_know" not in params(app)
    clicked(app, "back")
    assert params(app) == {"lang": "en"}
    assert not any(button.key == "back" for button in app.button)


def test_whoever_has_enough_sees_advice_and_may_go_on() -> None:
    app = clicked(opened(lang="en", **CASE, asked="other_card_here"), "enough")
    assert params(app)["enough"] == "1"
    assert app.container(key="outcome")
    clicked(app, "back")
    assert "enough" not in params(app)
    assert app.container(key="question")


def test_all_answers_are_a_click_away() -> None:
    app = opened(lang="en")
    few = [button for button in app.button if button.key.startswith("say_")]
    clicked(app, "others")
    every = [button for button in app.button if button.key.startswith("say_")]
    assert len(few) == customer.MOST_BUTTONS - 1
    assert len(every) == len(load("pos_card").variable_of["display_text"].states)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_says_that_its_link_holds_more_than_the_answers(lang: str) -> None:
    said = CUSTOMER_TEXTS["customer_send_known"][lang]
    assert said in shown(opened(lang=lang, **CASE, asked="other_card_here", enough="1"))
    assert said not in shown(opened(lang=lang, **CASE, asked=",".join(CASE), enough="1"))


def test_the_language_comes_from_the_link_and_is_switched() -> None:
    app = opened(lang="zh", **CASE)
    assert app.header[0].value == CUSTOMER_TEXTS["customer_title"]["zh"]
    clicked(app, "language_switch")
    assert app.header[0].value == CUSTOMER_TEXTS["customer_title"]["en"]
    assert params(app) == {**CASE, "lang": "en"}


@pytest.mark.parametrize(
    "query",
    [
        {"warp": "9"},
        {"display_text": "<script>alert(1)</script>"},
        {"display_text": "read_error:nan", "dont_know": ",,flux"},
        {"asked": "flux", "enough": "maybe", "lang": "xx"},
        {"case.id": "T-1", "case.seen": "1", "cases.show": "T-1", "%00": "x"},
        {"b.display_text": "read_error:0.5"},
    ],
)
def test_a_link_with_odd_names_opens_all_the_same(query: dict[str, str], no_store: None) -> None:
    app = opened(**query)
    told = shown(app)
    assert app.container(key="question")
    assert "script" not in told
    assert "T-1" not in told
    assert "warp" not in told


def test_answers_that_cannot_all_be_true_are_told_kindly() -> None:
    app = opened(
        lang="en", card_interface="mag_only", entry_method="chip", asked="card_interface,entry_method"
    )
    assert "go back" in app.warning[0].value
    clicked(app, "back")
    assert app.container(key="question")


def test_an_approved_payment_gets_no_advice() -> None:
    app = opened(lang="en", approved="unionpay:00")
    assert "do not charge again" in app.error[0].value
    assert not [button for button in app.button if button.key != "language_switch"]


def test_another_model_is_asked_about_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(lamp(), tmp_path / "lamp.yaml")
    monkeypatch.setenv(MODEL_SETTING, str(tmp_path / "lamp.yaml"))
    app = opened(lang="en", lamp="lit", switch="off")  # exclude each other
    assert app.warning


def test_a_server_for_customers_alone_shows_nothing_else(
    monkeypatch: pytest.MonkeyPatch, no_store: None
) -> None:
    monkeypatch.setenv(customer.ALONE, "1")
    app = started({"lang": "en", **CASE})
    assert app.header[0].value == CUSTOMER_TEXTS["customer_title"]["en"]
    assert app.container(key="question")
    assert "sheet" not in app.session_state


# ── on the page Diagnose ──────────────────────────────────────────────────────────────────────────


def test_the_link_carries_the_case_or_nothing() -> None:
    app = started({"lang": "en", **CASE, "b.card_age": "gt3y", "dont_know": "tap_outcome"})
    links = [code.value for code in app.code if "customer?" in code.value]
    assert links == ["/customer?display_text=read_error&other_card_here=works&dont_know=tap_outcome&lang=en"]
    app.segmented_control(key="customer_with").set_value("none").run()
    assert [code.value for code in app.code if "customer?" in code.value] == ["/customer?lang=en"]


def test_customers_may_be_sent_to_another_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAYESDIAG_CUSTOMER_URL", "https://help.example/")
    app = started({"lang": "zh"})
    assert "https://help.example/?lang=zh" in [code.value for code in app.code]


def test_what_was_sent_back_is_taken_into_the_case() -> None:
    app = started({"lang": "en", "card_age": "gt3y"})
    text = "my answers\nhttps://x.example/customer?display_text=read_error&dont_know=tap_outcome&warp=9&asked=display_text,tap_outcome"
    app.text_area(key="customer_reply").set_value(text)
    clicked(app, "customer_reply_take")
    assert params(app)["display_text"] == "read_error"
    assert params(app)["card_age"] == "gt3y"
    assert params(app)["dont_know"] == "tap_outcome"
    assert app.session_state["sheet"].who == {"display_text": "merchant"}
    assert app.success[0].value == Words("en")("customer_reply_done", count=1)
    assert any("warp=9" in element.value.replace("\\", "") for element in app.info)
    clicked(app, "undo")
    assert "display_text" not in params(app)


def test_a_text_without_a_link_changes_nothing() -> None:
    app = started({"lang": "en", **CASE})
    app.text_area(key="customer_reply").set_value("it still does not work!")
    clicked(app, "customer_reply_take")
    assert params(app) == {**CASE, "lang": "en"}
    assert app.warning[0].value == Words("en")("customer_reply_none")


def test_the_address_of_a_customer_opens_in_diagnose() -> None:
    app = started({"lang": "en", **CASE, "asked": "other_card_here", "enough": "1"})
    assert not any("left out" in element.value for element in app.info)
    assert app.selectbox(key="finding_other_card_here").value == "works"
