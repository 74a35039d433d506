"""The app in a real browser: what only the browser does, addresses, tabs and requests."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as TookTooLong

ROOT = Path(__file__).parent.parent
CASE = "display_text=read_error&other_card_here=works"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PATIENCE = 120_000
"""Milliseconds: a test machine may be busy."""

FIRST_CAUSE = {"zh": "用卡方式不对：拔卡太早", "en": "Card presented the wrong way: removed early"}
AFTER_CHIP_MARKS = {"zh": "卡片芯片：脏污或氧化", "en": "Card chip condition: dirty or oxidised"}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The app, served on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    server = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_until_healthy(server, f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=10)


def _wait_until_healthy(server: subprocess.Popen[bytes], url: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert server.poll() is None, "the server ended by itself"
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own server
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    pytest.fail("the server did not become healthy within a minute")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        reason = "Chromium is missing: install the package chromium"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield found
        found.close()


@pytest.fixture(params=["zh", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def context(browser: Browser, language: str) -> Iterator[BrowserContext]:
    """A visitor whose browser speaks the language; nothing may be asked of another machine."""
    visitor = browser.new_context(
        locale={"zh": "zh-CN", "en": "en-GB"}[language], viewport={"width": 1280, "height": 900}
    )
    visitor.set_default_timeout(PATIENCE)
    asked: list[str] = []
    visitor.on("request", lambda request: asked.append(request.url))
    yield visitor
    visitor.close()
    elsewhere = [url for url in asked if urlsplit(url).hostname not in {"127.0.0.1", None}]
    assert asked
    assert elsewhere == []


def opened(context: BrowserContext, url: str) -> Page:
    page = context.new_page()
    page.goto(url)
    return page


def expect_settled(page: Page) -> None:
    """A run still going may draw a thing anew, or twice, while somebody points at it."""
    settled = page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
    expect(settled).to_be_visible(timeout=PATIENCE)


def expect_headline(page: Page, words: str) -> None:
    expect(page.locator(".st-key-headline")).to_contain_text(words, timeout=PATIENCE)
    expect_settled(page)


def answer(page: Page, key: str) -> None:
    button = page.locator(f".st-key-{key} button")
    expect(button).to_have_count(1, timeout=PATIENCE)
    button.click()


def choose(page: Page, group: str, key: str, label: str) -> None:
    expect_settled(page)
    page.locator(f".st-key-{group} summary").click()
    option = page.get_by_role("option", name=label, exact=True)
    box = page.locator(f".st-key-{key} input")
    for _ in range(5):
        # A long list draws only what is in sight, so type the label as a person would; and a list
        # that closes because the page is drawn anew is opened again, as a person would too.
        box.fill("")
        box.press_sequentially(label)
        with suppress(TookTooLong):
            option.click(timeout=4000)
            break
        box.press("Escape")
    # The headline may be the same as before; what is known is not.
    expect(page.locator(f".st-key-{key.replace('finding', 'remove')}")).to_be_visible(timeout=PATIENCE)
    expect_settled(page)


def test_a_case_is_entered_answered_and_opened_in_a_new_tab(
    context: BrowserContext, address: str, language: str
) -> None:
    labels = {"zh": ("读卡错误，请重试", "能用"), "en": ("card read error", "works")}[language]
    page = opened(context, address)
    choose(page, "group_screen", "finding_display_text", labels[0])
    choose(page, "group_cards", "finding_other_card_here", labels[1])
    expect_headline(page, FIRST_CAUSE[language])
    answer(page, "answer_card_visible_damage_chip_marks")
    expect_headline(page, AFTER_CHIP_MARKS[language])
    expect(page.locator(".st-key-remove_card_visible_damage")).to_be_visible(timeout=PATIENCE)
    assert CASE in page.url

    other = opened(context, page.url)
    expect_headline(other, AFTER_CHIP_MARKS[language])
    expect(other.locator(".st-key-known [class*='st-key-remove_']")).to_have_count(3, timeout=PATIENCE)


def test_back_takes_the_last_answer_back(context: BrowserContext, address: str, language: str) -> None:
    page = opened(context, f"{address}/?{CASE}&lang={language}")
    expect_headline(page, FIRST_CAUSE[language])
    answer(page, "answer_card_visible_damage_chip_marks")
    expect_headline(page, AFTER_CHIP_MARKS[language])
    page.go_back()
    expect_headline(page, FIRST_CAUSE[language])


def test_the_case_goes_along_to_the_other_page_and_back(
    context: BrowserContext, address: str, language: str
) -> None:
    page = opened(context, f"{address}/?{CASE}&lang={language}")
    expect_headline(page, FIRST_CAUSE[language])
    page.get_by_role("link", name={"zh": "假设", "en": "What-if"}[language]).click()
    expect(page.locator(".st-key-case_a li")).to_have_count(2, timeout=PATIENCE)
    assert CASE in page.url
    page.get_by_role("link", name={"zh": "诊断", "en": "Diagnose"}[language]).click()
    expect_headline(page, FIRST_CAUSE[language])


def test_the_language_is_switched_and_kept(context: BrowserContext, address: str, language: str) -> None:
    other, name = {"zh": ("en", "English"), "en": ("zh", "中文")}[language]
    page = opened(context, f"{address}/?{CASE}")
    expect_headline(page, FIRST_CAUSE[language])
    page.get_by_role("radio", name=name).click()
    expect_headline(page, FIRST_CAUSE[other])
    page.wait_for_url(f"**lang={other}*")
    page.reload()
    expect_headline(page, FIRST_CAUSE[other])


def test_a_story_is_told_ticked_and_entered_without_its_card_number(
    context: BrowserContext, address: str, language: str
) -> None:
    story = {
        "zh": "插卡报读卡错误，别人的卡能刷，卡号 ",
        "en": "bad swipe, other customers' cards work, card ",
    }
    page = opened(context, f"{address}/?lang={language}")
    expect_settled(page)
    box = page.locator(".st-key-reading_text input")
    box.fill(f"{story[language]}4111 1111 1111 1111")
    box.press("Enter")
    ticked = page.locator("[class*='st-key-suggested_other_card_here']")
    expect(ticked).to_be_visible(timeout=PATIENCE)
    expect_settled(page)
    assert "other_card_here" not in page.url
    expect(box).to_have_value(f"{story[language]}[411111******1111]")
    page.locator(".st-key-suggested_take button").click()
    expect(page.locator(".st-key-remove_other_card_here")).to_be_visible(timeout=PATIENCE)
    expect_settled(page)
    assert "other_card_here=works" in page.url
    assert "4111 1111" not in page.content()


def test_a_telephone_needs_no_sideways_scrolling(
    context: BrowserContext, address: str, language: str
) -> None:
    page = opened(context, f"{address}/?{CASE}&lang={language}")
    page.set_viewport_size({"width": 420, "height": 900})
    expect_headline(page, FIRST_CAUSE[language])
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
