"""A customer's link in a real browser, on a telephone: two visitors, two sessions, one address between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bayesdiag.store import Event, add_case, open_store
from bayesdiag.ui.customer_texts import CUSTOMER_TEXTS
from tests import test_browser as desk
from tests.test_browser import PATIENCE, expect_settled

store, address, browser, language = desk.store, desk.address, desk.browser, desk.language
lead = desk.context
FINGER = 44
"""Pixels that a finger needs."""
WIDTH = 390


@pytest.fixture
def phone(browser: Browser, language: str) -> Iterator[BrowserContext]:
    """A customer's telephone that speaks the language."""
    visitor = browser.new_context(
        locale={"zh": "zh-CN", "en": "en-GB"}[language],
        viewport={"width": WIDTH, "height": 844},
        has_touch=True,
        is_mobile=True,
        color_scheme="dark",
    )
    visitor.set_default_timeout(PATIENCE)
    yield visitor
    visitor.close()


def opened(context: BrowserContext, url: str, key: str = "customer") -> Page:
    page = context.new_page()
    page.goto(url)
    expect(page.locator(f".st-key-{key}")).to_be_visible(timeout=PATIENCE)
    expect_settled(page)
    return page


def expect_fit(page: Page) -> None:
    """Nothing is wider than the screen, and everything to be tapped is large enough."""
    buttons = page.get_by_test_id("stMain").locator("button:visible")
    expect(buttons.first).to_have_css("min-height", "48px")  # the page's style comes a moment after its text
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH
    for button in page.get_by_test_id("stMain").locator("button:visible, a:visible").all():
        box = button.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= FINGER, button.inner_text()


def said(page: Page, key: str) -> None:
    """Tap an answer and wait until another question, or the end, stands there."""
    before = page.locator(".st-key-question h3").inner_text()
    page.locator(f".st-key-{key} button").click()
    expect(page.locator(".st-key-question h3", has_text=re.compile(f"^{re.escape(before)}$"))).to_have_count(
        0, timeout=PATIENCE
    )
    expect_settled(page)


def answered_to_the_end(page: Page) -> int:
    """Tap the first answer of every question; return how many there were."""
    for number in range(60):
        if not page.locator(".st-key-question").count():
            return number
        expect_fit(page)
        first = page.locator("[class*='st-key-say_']").first
        said(page, re.findall(r"st-key-(say_\S+)", first.get_attribute("class") or "")[0])
    raise AssertionError("the dialogue does not end")


def link_for_customers(page: Page) -> str:
    """Return the link that Diagnose offers."""
    desk.unfold(page, "customer_link", "customer_address")
    return page.locator(".st-key-customer_address code").inner_text()


def test_a_customer_answers_on_a_telephone_and_the_lead_opens_what_comes_back(
    phone: BrowserContext, lead: BrowserContext, address: str, language: str
) -> None:
    words = {name: text[language] for name, text in CUSTOMER_TEXTS.items()}
    office = opened(lead, f"{address}/?display_text=read_error", "headline")
    link = link_for_customers(office)
    assert link.startswith(f"{address}/customer?display_text=read_error")

    page = opened(phone, link)
    expect(page.get_by_test_id("stMain").locator("h2")).to_have_text(words["customer_title"])
    expect(page.get_by_test_id("stSidebar")).to_have_count(0)
    expect(page.get_by_test_id("stTopNavLink")).to_have_count(0)
    n_given = answered_to_the_end(page)
    assert n_given
    expect_fit(page)
    expect(page.locator(".st-key-advice_steps li").first).to_be_visible()
    expect(page.locator(".st-key-advice_calls")).not_to_be_empty()
    expect(page.locator("body")).not_to_contain_text("%")
    sent = page.locator(".st-key-send_back code").inner_text()
    phone.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name=words["customer_copy"], exact=True).tap()
    expect(page.get_by_role("button", name=words["customer_copied"])).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == sent
    assert page.url.split("?")[0] in sent

    desk.unfold(office, "customer_link", "customer_reply").locator("textarea").fill(sent)
    office.locator(".st-key-customer_reply_take button").click()
    known = office.locator(".st-key-known [class*='st-key-remove_']")
    expect(known).to_have_count(1 + n_given, timeout=PATIENCE)

    again = opened(lead, page.url.replace("/customer?", "/?"), "headline")
    expect(again.locator(".st-key-known [class*='st-key-remove_']")).to_have_count(1 + n_given)


def test_two_visitors_do_not_see_each_other_nor_what_is_kept(
    phone: BrowserContext, lead: BrowserContext, address: str, language: str, store: Path
) -> None:
    with open_store(str(store)) as kept:
        events = [Event("opened"), Event("noted", {"text": "secret remark"}, by="Ann")]
        add_case(kept, events, case_id=f"T-kept-{language}")
    office = opened(
        lead, f"{address}/?display_text=timeout&case.id=T-kept-{language}&case.seen=1", "headline"
    )
    same = opened(lead, f"{address}/customer?case.id=T-kept-{language}&case.seen=1")
    other = opened(phone, f"{address}/customer?display_text=read_error")
    said(same, "pass_display_text")
    expect(other.locator(".st-key-send_back")).to_have_count(0)
    for page in (same, other):
        told = page.locator("body").inner_text()
        assert "T-kept" not in told
        assert "secret remark" not in told
    assert "display_text" not in same.url.replace("dont_know=display_text", "").replace(
        "asked=display_text", ""
    )
    other.reload()
    expect(other.locator(".st-key-question h3")).to_be_visible(timeout=PATIENCE)
    assert "dont_know" not in other.url
    assert "dont_know" not in office.url


def test_back_in_the_browser_and_the_switch_of_language(
    phone: BrowserContext, address: str, language: str
) -> None:
    page = opened(phone, f"{address}/customer")
    first = page.locator(".st-key-question h3").inner_text()
    said(page, "pass_display_text")
    page.go_back()
    expect(page.locator(".st-key-question h3")).to_have_text(first, timeout=PATIENCE)
    expect_settled(page)
    other = {"zh": "en", "en": "zh"}[language]
    page.locator(".st-key-language_switch button").click()
    title = page.get_by_test_id("stMain").locator("h2")
    expect(title).to_have_text(CUSTOMER_TEXTS["customer_title"][other], timeout=PATIENCE)
    page.wait_for_url(f"**lang={other}*")


def test_a_dialogue_is_led_by_the_keyboard_alone(lead: BrowserContext, address: str) -> None:
    page = opened(lead, f"{address}/customer")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("!!document.activeElement.closest(\"[class*='st-key-say_']\")"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**asked=display_text*")
