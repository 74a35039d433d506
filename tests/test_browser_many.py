"""Many people, and many clicks: nobody sees another's case, and nothing breaks."""

from __future__ import annotations

from pathlib import Path

import pytest

from bayesdiag.modelfile import load
from tests.serving import serving
from tests.visiting import golden, soaked, strangers, visited

VISITORS = 10
INTERACTIONS = 60


@pytest.mark.long
@pytest.mark.timeout(900)
def test_ten_people_at_once_do_not_see_each_other_s_cases(tmp_path: Path) -> None:
    cases = golden(load("pos_card"))[:VISITORS]
    with serving(tmp_path / "cases.db") as address:
        visits = visited(address, cases, clicks=6, pause=0.5)
    assert len(visits) == VISITORS
    # Some soon run out of questions worth asking.
    assert [visit.shown for visit in visits if not visit.answered] == []
    assert strangers(visits) == []


@pytest.mark.long
@pytest.mark.timeout(900)
def test_several_people_click_on_and_on_and_nothing_breaks(tmp_path: Path) -> None:
    """A part of what `make bench ROW=soak` does, which also looks at the server's memory."""
    found = soaked(tmp_path / "cases.db", interactions=INTERACTIONS)
    assert found[-1][0] >= INTERACTIONS
    assert "Traceback" not in (tmp_path / "server.log").read_text(encoding="utf-8", errors="replace")
