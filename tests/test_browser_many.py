"""Many people, and many clicks: nobody sees another's case, and the server's memory stays flat."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.async_api import TimeoutError as TookTooLong

from bayesdiag.model import Model
from bayesdiag.modelfile import load, load_cases, models_folder
from tests.serving import served, serving
from tests.visiting import Findings, Visit, visited

VISITORS = 10
INTERACTIONS = 2000
AT_ONCE = 4


def golden(model: Model) -> list[Findings]:
    """What is certain in the golden cases, told apart by their findings."""
    path = models_folder() / "pos_card.cases.yaml"
    cases = load_cases(path, path.read_text(encoding="utf-8"), model)
    sure = [{name: seen for name, seen in case.findings.items() if isinstance(seen, str)} for case in cases]
    return [dict(told) for told in dict.fromkeys(tuple(case.items()) for case in sure)]


def strangers(visits: list[Visit]) -> list[str]:
    """Whatever stands in somebody's address, or is missing there, that she did not say herself."""
    own = [{**visit.start, **visit.answered, "lang": "en"} for visit in visits]
    told = [
        {name: state for name, state in visit.address.items() if not name.startswith("case.")}
        for visit in visits
    ]
    return [f"{mine} is not {theirs}" for mine, theirs in zip(own, told, strict=True) if mine != theirs]


def resident(process: int) -> float:
    """Megabytes of memory that a process holds."""
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


@pytest.mark.long
@pytest.mark.timeout(900)
def test_ten_people_at_once_do_not_see_each_other_s_cases(tmp_path: Path) -> None:
    cases = golden(load("pos_card"))[:VISITORS]
    with serving(tmp_path / "cases.db") as address:
        visits = visited(address, cases, clicks=6, pause=0.5)
    assert len(visits) == VISITORS
    assert all(visit.answered for visit in visits)  # some soon run out of questions worth asking
    assert strangers(visits) == []


@pytest.mark.long
@pytest.mark.timeout(2400)
def test_two_thousand_clicks_leave_the_server_s_memory_flat(tmp_path: Path) -> None:
    cases = golden(load("pos_card"))
    random, held, clicked = np.random.default_rng(3), [], 0
    with served(tmp_path / "cases.db") as (address, process):
        while clicked < INTERACTIONS:
            some = [cases[int(n)] for n in random.choice(len(cases), AT_ONCE, replace=False)]
            try:
                visits = visited(address, some, clicks=25, pause=0.0, seed=clicked)
            except TookTooLong as error:
                log = (tmp_path / "server.log").read_text(encoding="utf-8", errors="replace")
                error.add_note(f"after {clicked} clicks; the server's log ends: {log[-6000:]}")
                raise
            assert strangers(visits) == []
            clicked += sum(len(visit.seconds) for visit in visits)
            held.append((clicked, resident(process)))
    print(*(f"{n} clicks: {megabytes:.0f} MB" for n, megabytes in held), sep="\n")  # noqa: T201 - shown with -s
    half = next(megabytes for n, megabytes in held if n >= INTERACTIONS / 2)
    assert held[-1][1] <= 1.1 * half
