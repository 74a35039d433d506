"""Pictures of every page, in both languages, light and dark, on a desk and on a telephone: `make screenshots`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from bayesdiag.engine.network import compile_network
from bayesdiag.model import LANGUAGES
from bayesdiag.modelfile import load
from tests.serving import FLAGS, fill_store, serving

CASE = "display_text=read_error&other_card_here=works"
PAGES = {
    "diagnose": f"?{CASE}",
    "guided": f"?{CASE}&guided=1",
    "whatif": f"whatif?{CASE}&b.card_visible_damage=chip_marks&c.p.card_chip_condition.damaged%7Ccard_age%3Dgt3y=0.3"
    "&c.do.entry_method=tap",
    "model": f"model?{CASE}",
    "model_way": f"model?{CASE}&model.at=card_age&model.reach=1&model.to=raw_outcome",
    "model_around": f"model?{CASE}&model.at=card_read&model.show=around",
    "cases": "cases?",
    "case": "cases?cases.show=T-1020&cases.beside=T-1005",
    "lead": "lead?",
    "tune": "tune?",
    "policies": "policies?",
    "customer": "customer?",
    "customer_end": f"customer?{CASE}&asked=display_text,other_card_here&enough=1",
}
PRESSED = {"policies": ("policies_run", "policy_table")}
"""Page → the button that is pressed first, and what then appears."""
SIZES = {"desk": 1280, "phone": 420, "small": 390}
FOR_PHONES = ("customer", "customer_end")
"""Pages that are opened on a telephone; no other is looked at on so small a screen."""


def main(folder: Path, *wanted: str) -> None:
    """Take the pictures of these pages, or of all, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        store = Path(place) / "cases.db"
        fill_store(store, compile_network(load("pos_card")))
        with serving(store) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            for page, language, scheme, size in product(wanted or PAGES, LANGUAGES, ("light", "dark"), SIZES):
                if (page in FOR_PHONES) != (size == "small"):
                    continue
                name = folder / f"{page}-{language}-{scheme}-{size}.png"
                _take(browser, f"{address}/{PAGES[page]}&lang={language}", name, scheme, SIZES[size])
                sys.stdout.write(f"{name}\n")
            browser.close()


def _take(browser: Browser, url: str, name: Path, scheme: str, width: int) -> None:
    visitor = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        timezone_id="Asia/Shanghai",
    )
    page = visitor.new_page()
    page.goto(url)
    settled = page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
    expect(settled).to_be_visible(timeout=120_000)
    pressed, awaited = PRESSED.get(name.stem.split("-")[0], ("", ""))
    if pressed:
        page.locator(f".st-key-{pressed} button").click()
        expect(page.locator(f".st-key-{awaited}")).to_be_visible(timeout=240_000)
        expect(settled).to_be_visible(timeout=120_000)
    _wait_until_drawn(page)
    # The page scrolls inside its frame, so the window is made as high as what it holds.
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight") + 60
    page.set_viewport_size({"width": width, "height": min(6000, max(900, height))})
    _wait_until_drawn(page)
    page.screenshot(path=str(name))
    visitor.close()


def _wait_until_drawn(page: Page) -> None:
    """What is loaded when it is first needed, such as charts, comes after the script has ended."""
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=60_000)
    page.wait_for_timeout(500)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/screenshots"), *sys.argv[2:])
