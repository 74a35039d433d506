"""The page What-if in a real browser: a number of the model moved by keyboard, and the link opened elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from bayesdiag.model.renumbered import addresses_of
from bayesdiag.modelfile import load
from bayesdiag.ui.parts.moved import stops
from tests.serving import serving
from tests.test_browser import PATIENCE, browser, context, expect_settled, language, opened

__all__ = ["browser", "context", "language"]

NUMBER = "pin_pad_fault.keys_bad"
QUERY = {"display_text": "pin_error", "b.other_card_here": "fails", f"b.p.{NUMBER}": "0.05"}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("whatif")
    with serving(folder / "cases.db") as found:
        yield found


def test_a_slider_is_moved_by_keyboard_and_the_link_opens_the_same_elsewhere(
    browser: Browser, context: BrowserContext, address: str, language: str
) -> None:
    page = opened(context, f"{address}/whatif?{urlencode({**QUERY, 'lang': language})}")
    ghosts = page.locator(".st-key-ghosts")
    expect(ghosts).to_be_visible(timeout=PATIENCE)
    expect_settled(page)
    before = ghosts.inner_text()
    knob = page.locator("[class*='st-key-b_p_pin_pad_fault'] input[type=range]")
    knob.focus()
    grid = stops(addresses_of(load("pos_card"))[NUMBER].p, 0.05)
    at = grid.index(0.05)
    for to in grid[at + 1 : at + 4]:
        # One after the other: a run that is still going on sets the slider to where it was.
        knob.press("ArrowRight")
        page.wait_for_function(
            "wanted => new URLSearchParams(location.search).get(wanted[0]) === wanted[1]",
            arg=[f"b.p.{NUMBER}", f"{to:.6g}"],
            timeout=PATIENCE,
        )
        expect_settled(page)
    expect(ghosts).not_to_have_text(before, timeout=PATIENCE, use_inner_text=True)
    expect_settled(page)

    other = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    same = opened(other, page.url)
    expect(same.locator(".st-key-ghosts")).to_have_text(
        ghosts.inner_text(), timeout=PATIENCE, use_inner_text=True
    )
    other.close()


def test_three_cases_fit_on_a_telephone(context: BrowserContext, address: str, language: str) -> None:
    query = {**QUERY, "c.do.entry_method": "tap", "lang": language}
    page = opened(context, f"{address}/whatif?{urlencode(query)}")
    page.set_viewport_size({"width": 390, "height": 900})
    expect(page.locator(".st-key-effect_c")).to_be_visible(timeout=PATIENCE)
    expect_settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
