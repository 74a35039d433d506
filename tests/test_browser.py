"""The app in a real browser: what only the browser does, addresses, tabs and requests."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as TookTooLong

from bayesdiag.store import Event, Query, add_case, count_cases, open_store, read_record
from tests.serving import FLAGS, serving

CASE = "display_text=read_error&other_card_here=works"
CARD = "4111 1111 1111 1111"
PATIENCE = 120_000
"""Milliseconds: a test machine may be busy."""

FIRST_CAUSE = {"zh": "用卡方式不对：拔卡太早", "en": "Card presented the wrong way: removed early"}
AFTER_CHIP_MARKS = {"zh": "卡片芯片：脏污或氧化", "en": "Card chip: dirty or oxidised"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the app keeps cases."""
    return tmp_path_factory.mktemp("kept") / "cases.db"


@pytest.fixture(scope="module")
def address(store: Path) -> Iterator[str]:
    """The app, served on a free port."""
    with serving(store) as found:
        yield found


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


def test_the_first_page_is_found_under_its_own_name_too(
    context: BrowserContext, address: str, language: str
) -> None:
    page = opened(context, f"{address}/diagnose?{CASE}&lang={language}")
    expect_headline(page, FIRST_CAUSE[language])
    name = {"zh": "诊断", "en": "Diagnose"}[language]
    expect(page.get_by_role("link", name=name, exact=True)).to_have_count(1)
    expect(page.get_by_role("dialog")).to_have_count(0)
    answer(page, "answer_card_visible_damage_chip_marks")
    expect_headline(page, AFTER_CHIP_MARKS[language])


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


def unfold(page: Page, key: str, inside: str) -> Locator:
    """Open what stands behind a button; a page that is drawn anew may close it, so it is opened again."""
    found = page.locator(f".st-key-{inside}")
    for _ in range(5):
        expect_settled(page)
        page.locator(f".st-key-{key} button").first.click()
        with suppress(AssertionError):
            expect(found).to_be_visible(timeout=4000)
            break
    return found


def keep(page: Page, case_id: str) -> None:
    """Keep the case, with a card number wherever one can be typed."""
    page.locator(".st-key-sources summary").click()
    person = page.locator(".st-key-source_who_display_text input")
    person.fill(f"Li {CARD}")
    person.press("Enter")
    expect(person).to_have_value("Li [411111******1111]", timeout=PATIENCE)
    expect_settled(page)
    unfold(page, "keep", "keep_id").locator("input").fill(case_id)
    page.locator(".st-key-keep_by input").fill("Ann")
    page.locator(".st-key-keep_note textarea").fill(f"回电 {CARD}")
    answer(page, "keep_submit")
    expect(page.locator(".st-key-save button")).to_be_disabled(timeout=PATIENCE)
    page.wait_for_url(f"**case.id={case_id}*")


def close(page: Page, language: str) -> None:
    """Close the case that is shown, with a cause and what it took."""
    unfold(page, "close_open", "close_causes").locator("input").fill(
        {"zh": "脏污或氧化", "en": "dirty or oxidised"}[language]
    )
    page.get_by_role("option").first.click()
    page.locator(".st-key-close_minutes input").fill("12")
    answer(page, "close_submit")
    spent = {"zh": "12分钟", "en": "12 min"}[language]
    expect(page.locator(".st-key-case_facts")).to_contain_text(spent, timeout=PATIENCE)


def test_a_case_is_kept_closed_and_opened_in_another_browser_without_its_card_number(
    context: BrowserContext, browser: Browser, address: str, language: str, store: Path
) -> None:
    case_id = f"T-{language}"
    page = opened(context, f"{address}/?{CASE}&card_visible_damage=chip_marks&lang={language}")
    expect_headline(page, AFTER_CHIP_MARKS[language])
    keep(page, case_id)
    answer(page, "show_case")
    expect(page.locator(".st-key-case_head")).to_contain_text(case_id, timeout=PATIENCE)
    expect(page.locator(".st-key-case_history li")).to_have_count(6)
    close(page, language)
    button = unfold(page, "download", "download_pdf").locator("button")
    with page.expect_download() as download:
        button.click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")

    other = browser.new_context(locale="en-GB")
    again = opened(other, page.url)
    expect(again.locator(".st-key-case_head")).to_contain_text(case_id, timeout=PATIENCE)
    answer(again, "open_in_diagnose")
    expect_headline(again, AFTER_CHIP_MARKS[language])
    expect(again.locator(".st-key-known [class*='st-key-remove_']")).to_have_count(3)
    assert CARD not in again.content()
    other.close()

    with open_store(str(store)) as kept:
        case = read_record(kept, case_id)
    assert case.status == "closed"
    assert case.findings["display_text"].who == "Li [411111******1111]"
    assert not [path for path in store.parent.iterdir() if CARD.encode() in path.read_bytes()]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_every_page(browser: Browser, address: str, store: Path, scheme: str) -> None:
    """By axe-core: contrast, names and roles of everything, on light and on dark."""
    with open_store(str(store)) as kept:
        if not count_cases(kept, Query(text="T-axe")):
            events = [Event("opened"), Event("found", {"variable": "card_age", "seen": "gt3y"}, by="Ann")]
            add_case(kept, [*events, Event("dont_know", {"variable": "entry_method"})], case_id="T-axe")
    visitor = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    pages = (
        f"?{CASE}",
        f"?{CASE}&guided=1",
        f"whatif?{CASE}&b.card_age=gt3y&c.p.pin_pad_fault.keys_bad=0.05&c.do.entry_method=tap",
        "model?",
        f"model?{CASE}&model.at=card_read&model.reach=1&model.show=around",
        "cases?",
        "cases?cases.show=T-axe",
        "lead?",
        "tune?",
        "policies?",
        "customer?",
        f"customer?{CASE}&asked=display_text,other_card_here&enough=1",
    )
    faults = []
    for path in pages:
        page = opened(visitor, f"{address}/{path}&lang=zh")
        expect(page.get_by_test_id("stMain").locator("h2").first).to_be_visible(timeout=PATIENCE)
        expect_settled(page)
        expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=PATIENCE)
        found = Axe().run(page).response["violations"]
        faults += [(path, fault["id"]) for fault in found if fault["impact"] in {"serious", "critical"}]
    visitor.close()
    assert faults == []


PAGES_OF_A_TELEPHONE = {
    "": "headline",
    "model": "model_picture",
    "cases": "cases",
    "lead": "lead",
    "tune": "tune",
    "policies": "policies",
}


def test_a_telephone_needs_no_sideways_scrolling(
    context: BrowserContext, address: str, language: str, store: Path
) -> None:
    case_id = f"T-phone-{language}"
    with open_store(str(store)) as kept:
        add_case(kept, [Event("opened")], case_id=case_id)  # or there would be no chart to look at
    for path, key in PAGES_OF_A_TELEPHONE.items():
        page = opened(context, f"{address}/{path}?{CASE}&lang={language}")
        page.set_viewport_size({"width": 420, "height": 900})
        expect(page.locator(f".st-key-{key}")).to_be_visible(timeout=PATIENCE)
        expect_settled(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 420
        if path == "lead":
            expect(page.get_by_test_id("stEChartsChart").first).to_be_visible(timeout=PATIENCE)
        for chart in page.get_by_test_id("stEChartsChart").all():
            expect(chart).to_have_attribute("aria-label", re.compile(r"[^.。][.。]$"), timeout=PATIENCE)
