"""The page Model in a real browser: a click on a card, the wheel, a telephone, and the link opened elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.serving import serving
from tests.test_browser import CASE, PATIENCE, browser, context, expect_settled, language, opened

__all__ = ["browser", "context", "language"]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("model")
    with serving(folder / "cases.db") as found:
        yield found


def chart(page: Page) -> Locator:
    found = page.locator(".st-key-model_picture [data-testid=stEChartsChart]")
    expect(found).to_be_visible(timeout=PATIENCE)
    expect_settled(page)
    expect(found.locator("image").first).to_be_visible(timeout=PATIENCE)
    return found


def at(page: Page) -> str:
    return parse_qs(urlsplit(page.url).query).get("model.at", [""])[0]


def click_card(page: Page, number: int) -> None:
    """Click the middle of a card, as a person does: where it stands on the screen."""
    card = chart(page).locator("image").nth(number)
    card.scroll_into_view_if_needed()
    box = card.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def test_a_click_on_a_card_opens_its_variable_and_a_finding_set_there_goes_everywhere(
    context: BrowserContext, browser: Browser, address: str, language: str
) -> None:
    page = opened(context, f"{address}/model?{CASE}&lang={language}")
    expect(chart(page).locator("image")).to_have_count(108 + 5)  # and the names of five kinds
    click_card(page, 3)
    page.wait_for_function("new URLSearchParams(location.search).has('model.at')", timeout=PATIENCE)
    first = at(page)
    expect(page.locator(".st-key-model_states")).to_be_visible(timeout=PATIENCE)
    expect_settled(page)
    click_card(page, 4)
    page.wait_for_function(
        "first => new URLSearchParams(location.search).get('model.at') !== first", arg=first, timeout=PATIENCE
    )
    expect_settled(page)
    second = at(page)
    assert second not in {"", first}

    box = page.locator(".st-key-model_finding input")
    box.click()
    page.get_by_role("option").nth(1).click()
    clear = page.locator(".st-key-model_clear button")
    expect(clear).to_be_visible(timeout=PATIENCE)
    expect_settled(page)
    assert second in parse_qs(urlsplit(page.url).query)

    other = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    same = opened(other, page.url)
    chart(same)
    expect(same.locator(".st-key-model_states")).to_have_text(
        page.locator(".st-key-model_states").inner_text(), timeout=PATIENCE, use_inner_text=True
    )
    other.close()

    page.get_by_role("link", name={"zh": "诊断", "en": "Diagnose"}[language], exact=True).click()
    expect(page.locator(f".st-key-remove_{second}")).to_be_visible(timeout=PATIENCE)
    assert "model.at" not in page.url


def test_cards_stand_where_arrows_end(context: BrowserContext, address: str, language: str) -> None:
    """A chart scaled otherwise than its cards would draw arrows into the void."""
    page = opened(context, f"{address}/model?{CASE}&lang={language}")
    boxes = [one.bounding_box() for one in chart(page).locator("image").all()[:108]]
    sizes = {(round(box["width"]), round(box["height"])) for box in boxes if box}
    assert sizes == {(138, 33)}
    columns = sorted({round(box["x"]) for box in boxes if box})
    assert [b - a for a, b in pairwise(columns)] == pytest.approx([162] * 6, abs=1)


def test_the_keyboard_finds_a_variable(context: BrowserContext, address: str, language: str) -> None:
    page = opened(context, f"{address}/model?lang={language}")
    chart(page)
    box = page.locator(".st-key-model_at input")
    box.focus()
    box.press_sequentially("issuer_sys")
    page.wait_for_timeout(300)
    box.press("Enter")
    page.wait_for_function(
        "new URLSearchParams(location.search).get('model.at') === 'issuer_system'", timeout=PATIENCE
    )
    expect(page.locator(".st-key-model_numbers")).to_contain_text("S4", timeout=PATIENCE)


@pytest.mark.parametrize("show", ["around", "whole"])
def test_the_page_fits_on_a_telephone(
    context: BrowserContext, address: str, language: str, show: str
) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/model?{CASE}&model.at=card_read&model.show={show}&lang={language}")
    picture = chart(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    if show == "around":
        for box in [one.bounding_box() for one in picture.locator("image").all()]:
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 390
    page.locator(".st-key-model_table summary").click()
    expect(page.locator(".st-key-model_rows tr").first).to_be_visible(timeout=PATIENCE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_telephone_sees_the_neighbourhood_first(browser: Browser, address: str) -> None:
    agent = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"
    visitor = browser.new_context(
        user_agent=agent, viewport={"width": 390, "height": 844}, has_touch=True, locale="zh-CN"
    )
    page = opened(visitor, f"{address}/model")
    cards = chart(page).locator("image")
    assert 1 < cards.count() < 30
    box = cards.nth(1).bounding_box()
    assert box is not None
    cards.nth(1).scroll_into_view_if_needed()
    box = cards.nth(1).bounding_box()
    assert box is not None
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_function("new URLSearchParams(location.search).has('model.at')", timeout=PATIENCE)
    visitor.close()
