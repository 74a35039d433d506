"""The pages Tune and Overview in a real browser: a table is uploaded, learned from, and the model taken away."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from bayesdiag.difference import differences
from bayesdiag.modelfile import load
from bayesdiag.ui.texts import Words
from tests import test_browser as desk
from tests.serving import serving
from tests.test_browser import PATIENCE, expect_settled

store, address, browser = desk.store, desk.address, desk.browser
language, context = desk.language, desk.context

HEAD = "display_text,other_card_here,card_visible_damage,card_chip_condition,remark"
ROWS = ("read_error,works,chip_marks,dirty,a", "read_error,works,none,damaged,b", "read_error,fails,,,c")


def test_a_table_is_uploaded_learned_from_and_the_model_taken_away(
    context: BrowserContext, address: str, language: str, tmp_path: Path
) -> None:
    words = Words(language)
    page = desk.opened(context, f"{address}/tune?lang={language}")
    box = page.locator(".st-key-tune_file input[type=file]")
    expect(box).to_be_attached(timeout=PATIENCE)
    table = "\n".join((HEAD, *ROWS, "hammered,works,,,d", ""))
    box.set_input_files({"name": "cases.csv", "mimeType": "text/csv", "buffer": table.encode()})
    body = page.locator("[data-testid=stMain]")
    expect(body).to_contain_text(words("tune_column_out", names="remark"), timeout=PATIENCE)
    expect(page.locator(".st-key-tune")).to_contain_text("hammered", timeout=PATIENCE)  # asked what it means
    expect_settled(page)
    page.locator(".st-key-tune_learn button").click()
    expect(page.locator(".st-key-tune_figures")).to_contain_text(words("tune_used"), timeout=2 * PATIENCE)
    expect_settled(page)
    with page.expect_download() as download:
        page.get_by_test_id("stDownloadButton").get_by_role("button", name=words("tune_download")).click()
    path = tmp_path / "learned.yaml"
    path.write_bytes(Path(download.value.path()).read_bytes())
    learned, before = load(path), load("pos_card")
    assert learned.name == before.name
    assert any(change.kind == "number" for change in differences(before, learned))


def test_the_overview_counts_what_is_kept(context: BrowserContext, tmp_path: Path, language: str) -> None:
    with serving(tmp_path / "own.db") as place:
        page = desk.opened(context, f"{place}/?{desk.CASE}&card_visible_damage=chip_marks&lang={language}")
        desk.expect_headline(page, desk.AFTER_CHIP_MARKS[language])
        desk.keep(page, "T-1")
        page.goto(f"{place}/lead?lang={language}")
        numbers = page.locator(".st-key-lead_numbers")
        expect(numbers).to_be_visible(timeout=PATIENCE)
        metrics = numbers.get_by_test_id("stMetricValue")
        expect(metrics.nth(0)).to_have_text("1", timeout=PATIENCE)
        expect(metrics.nth(1)).to_have_text("1")
        expect(page.locator("[data-testid=stMain]")).to_contain_text(
            desk.AFTER_CHIP_MARKS[language].split("：")[0].split(": ")[0]
        )
