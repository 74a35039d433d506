"""The page Policies in a real browser: run, stopped, read by everybody, taken away as a file."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests import test_browser as desk
from tests.test_browser import PATIENCE, expect_settled

store, address, browser = desk.store, desk.address, desk.browser
language, context = desk.language, desk.context


def opened(context: BrowserContext, address: str, language: str, n: int) -> Page:
    page = desk.opened(context, f"{address}/policies?lang={language}")
    expect(page.locator(".st-key-policies_run")).to_be_visible(timeout=PATIENCE)
    expect_settled(page)
    box = page.locator(".st-key-policies_n input")
    box.fill(str(n))
    box.press("Enter")
    expect_settled(page)
    return page


def run(page: Page) -> None:
    page.locator(".st-key-policies_run button").click()
    expect(page.locator(".st-key-policy_table")).to_be_visible(timeout=2 * PATIENCE)
    expect_settled(page)


def test_policies_are_compared_and_taken_away(context: BrowserContext, address: str, language: str) -> None:
    page = opened(context, address, language, 20)
    run(page)
    expect(page.locator(".st-key-policy_headline")).to_contain_text("%")
    rows = page.locator(".st-key-policy_table tr")
    expect(rows).to_have_count(6)
    for chart in page.get_by_test_id("stEChartsChart").all():
        expect(chart).to_have_attribute("aria-label", re.compile(r"\d.*[.。]$"), timeout=PATIENCE)
    written = {}
    for kind in ("csv", "json"):
        with page.expect_download() as download:
            page.locator(f".st-key-policies_{kind} button").click()
        written[kind] = Path(download.value.path()).read_text(encoding="utf-8")
    told = json.loads(written["json"])
    assert (told["n"], told["seed"]) == (20, 1)
    assert [row["id"] for row in csv.DictReader(written["csv"].splitlines())] == [
        row["id"] for row in told["policies"]
    ]


def test_a_comparison_is_stopped(context: BrowserContext, address: str, language: str) -> None:
    page = opened(context, address, language, 3000)
    page.locator(".st-key-policies_run button").click()
    stop = page.locator(".st-key-policies_stop button")
    expect(stop).to_be_visible(timeout=PATIENCE)
    stop.click()
    expect(stop).to_have_count(0, timeout=PATIENCE)
    expect_settled(page)
    expect(page.locator(".st-key-policy_result")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_the_result(browser: Browser, address: str, scheme: str) -> None:
    visitor = browser.new_context(
        color_scheme="dark" if scheme == "dark" else "light", viewport={"width": 420, "height": 900}
    )
    page = opened(visitor, address, "en", 20)
    run(page)
    found = Axe().run(page).response["violations"]
    faults = [fault["id"] for fault in found if fault["impact"] in {"serious", "critical"}]
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    visitor.close()
    assert faults == []
