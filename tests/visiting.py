"""Several people at once in one browser: each with a case of her own, clicking answers after a pause."""

from __future__ import annotations

import asyncio
import re
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np
from playwright.async_api import Browser, Page, async_playwright
from playwright.async_api import TimeoutError as TookTooLong

from bayesdiag.model import Model
from bayesdiag.modelfile import load, load_cases, models_folder
from bayesdiag.ui.texts import TEXTS
from tests.serving import FLAGS, served

PATIENCE = 120_000
"""Milliseconds: a machine may be busy."""
SETTLED = "[data-testid=stApp][data-test-script-state=notRunning]"
ANSWERS = "[class*=st-key-answer_] button:enabled"
SAID_INSTEAD = "[data-testid=stAlertContentError]"
"""What stands there in place of questions: findings that contradict each other.

Other notes do not say that it is over: a way to get paid now is one, and stands beside the questions.
"""
NO_QUESTIONS = TEXTS["no_questions"].en

AT_ONCE = 4
"""People who click at the same time in a soak."""

Findings = Mapping[str, str]


@dataclass
class Visit:
    """What one person did.

    Attributes:
        start: What was known when she came.
        answered: Question → the state clicked.
        seconds: How long each click took, until the page stood still.
        address: What her address carried at the end.
        shown: What the page said where it had no question for her.
    """

    start: Findings
    answered: dict[str, str] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    address: dict[str, str] = field(default_factory=dict)
    shown: str = ""


def visited(
    address: str, cases: Sequence[Findings], *, clicks: int, pause: float, seed: int = 1
) -> list[Visit]:
    """Return what people did who came at once, one for each case.

    Args:
        address: Where the app is served.
        cases: What is known of each one's case when she comes.
        clicks: How many answers each of them clicks, as far as there are questions.
        pause: Seconds between her clicks on average.
        seed: Of what they click, and of their pauses.
    """
    return asyncio.run(_visited(address, cases, (clicks, pause, seed)))


async def _visited(address: str, cases: Sequence[Findings], how: tuple[int, float, int]) -> list[Visit]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        present = asyncio.Barrier(len(cases))
        coming = [_visit(browser, address, case, present, (*how, n)) for n, case in enumerate(cases)]
        found = await asyncio.gather(*coming)
        await browser.close()
    return found


async def _visit(
    browser: Browser,
    address: str,
    start: Findings,
    present: asyncio.Barrier,
    how: tuple[int, float, int, int],
) -> Visit:
    clicks, pause, *seed = how
    random, visit = np.random.default_rng(seed), Visit(start)
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    await page.goto(f"{address}/?{urlencode({**start, 'lang': 'en'})}")
    await page.locator(".st-key-headline").wait_for()
    await page.locator(SETTLED).wait_for()
    await present.wait()  # so that nobody's clicks wait for others to load what a browser keeps
    for _ in range(clicks):
        await asyncio.sleep(float(random.exponential(pause)))
        if not await _clicked(page, visit, random):
            break
    visit.address = dict(parse_qsl(urlsplit(page.url).query))
    await context.close()
    return visit


async def _clicked(page: Page, visit: Visit, random: np.random.Generator) -> bool:
    """Click an answer by chance and wait until it stands in the address and the page stands still."""
    answers = page.locator(ANSWERS)
    ended = page.get_by_text(NO_QUESTIONS).or_(page.locator(SAID_INSTEAD))
    # A page may stand still for a moment before its questions come, or while they are drawn anew;
    # its buttons are locked while a busy server is late to say that it is there.
    while not (count := await answers.count()):
        await answers.or_(ended).first.wait_for()
        if await ended.count() and not await answers.count():
            visit.shown = await page.locator("[data-testid=stMain]").inner_text()
            return False
    chosen = answers.nth(int(random.integers(count)))
    key = await chosen.evaluate("button => button.closest('[class*=st-key-answer_]').className")
    named = re.search(r"st-key-answer_(\S+)", key)
    assert named is not None
    began = time.perf_counter()
    before = page.url
    await chosen.click()
    # Names of variables and states both have underscores: the address says where one ends.
    try:
        await page.wait_for_function(
            "told => [...new URLSearchParams(location.search)]"
            ".some(([name, state]) => `${name}_${state}`.replace(/[^a-zA-Z0-9_-]/g, '-') === told)",
            arg=named[1],
        )
    except TookTooLong as error:
        seen = await page.locator("[data-testid=stMain]").inner_text()
        error.add_note(f"clicked {named[1]} at {before}; now {page.url}; the page shows: {seen[:2000]}")
        raise
    await page.locator(SETTLED).wait_for()
    visit.seconds.append(time.perf_counter() - began)
    for name, state in parse_qsl(urlsplit(page.url).query):
        if re.sub("[^a-zA-Z0-9_-]", "-", f"{name}_{state}") == named[1]:
            visit.answered[name] = state
    return True


def golden(model: Model) -> list[Findings]:
    """Return what is certain in the golden cases, told apart by their findings."""
    path = models_folder() / "pos_card.cases.yaml"
    cases = load_cases(path, path.read_text(encoding="utf-8"), model)
    sure = [{name: seen for name, seen in case.findings.items() if isinstance(seen, str)} for case in cases]
    return [dict(told) for told in dict.fromkeys(tuple(case.items()) for case in sure)]


def strangers(visits: list[Visit]) -> list[str]:
    """Return whatever stands in somebody's address, or is missing there, that she did not say herself."""
    own = [{**visit.start, **visit.answered, "lang": "en"} for visit in visits]
    told = [
        {name: state for name, state in visit.address.items() if not name.startswith("case.")}
        for visit in visits
    ]
    return [f"{mine} is not {theirs}" for mine, theirs in zip(own, told, strict=True) if mine != theirs]


def soaked(store: Path, *, interactions: int) -> list[tuple[int, float]]:
    """Return clicks so far and the server's memory in megabytes, while people come, click and go.

    Args:
        store: Where the app keeps cases.
        interactions: Clicks at least.
    """
    cases = golden(load("pos_card"))
    random, clicked = np.random.default_rng(3), 0
    held: list[tuple[int, float]] = []
    with served(store) as (address, process):
        while clicked < interactions:
            some = [cases[int(n)] for n in random.choice(len(cases), AT_ONCE, replace=False)]
            try:
                visits = visited(address, some, clicks=25, pause=0.0, seed=clicked)
            except TookTooLong as error:
                log = store.with_name("server.log").read_text(encoding="utf-8", errors="replace")
                error.add_note(f"after {clicked} clicks; the server's log ends: {log[-6000:]}")
                raise
            assert strangers(visits) == []
            clicked += sum(len(visit.seconds) for visit in visits)
            pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
            held.append((clicked, pages * 4096 / 1e6))
    return held
