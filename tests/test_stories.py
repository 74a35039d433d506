"""The stories in the model's names: every name is known, and what is written down is what a run says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.modelfile import load
from benchmarks.stories import DOCS, SETS, drawn, figures, second_coding, stories, told

# What no name stands for yet; each is told in docs/stories.md.
NO_WORDS = {"R045": ["radio_network=switched_off"], "R096": ["radio_network=switched_off"]}


@pytest.fixture(scope="module")
def network() -> CompiledNetwork:
    return compile_network(load("pos_card"))


@pytest.fixture(scope="module")
def kept(network: CompiledNetwork) -> dict[str, Any]:
    runs = json.loads((DOCS / "stories.json").read_text(encoding="utf-8"))
    version: dict[str, Any] = runs[network.model.version]
    return version


def test_every_story_is_put_into_names() -> None:
    text = (DOCS / "stories.yaml").read_text(encoding="utf-8")
    every = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - texts alone, safe
    assert [len(stories(chosen)) for chosen in SETS] == [66, 33, 88, 116, 48]
    assert {story["id"] for story in every} == {one["id"] for chosen in SETS for one in stories(chosen)}


def test_what_is_set_aside_is_every_third() -> None:
    assert {int(one["id"][1:]) % 3 for one in stories("aside")} == {0}
    assert {int(one["id"][1:]) % 3 for one in stories("dev")} == {1, 2}
    assert {one["id"][0] for one in stories("fresh")} == {"S", "T"}
    assert {one["id"][0] for one in stories("seen")} == set("CDEFG")
    assert {one["id"][0] for one in stories("last")} == {"H", "K"}


def test_the_last_are_put_into_names_twice_and_read() -> None:
    assert all("again" in story and len(story["reader"]) == 3 for story in stories("last"))
    assert len(second_coding("last")) == 48
    assert len({story["source"] for story in stories("last")}) >= 46


@pytest.mark.parametrize("chosen", SETS)
def test_some_stories_are_answered_as_written_down(
    chosen: str, network: CompiledNetwork, kept: dict[str, Any]
) -> None:
    for story, before in list(zip(stories(chosen), kept[chosen]["stories"], strict=True))[::6]:
        now = told(network, story)
        assert (now.id, now.passed, now.causes[0][0]) == (
            before["id"],
            before["passed"],
            before["causes"][0][0],
        )


@pytest.mark.long
@pytest.mark.parametrize("chosen", SETS)
def test_the_figures_are_those_written_down(
    chosen: str, network: CompiledNetwork, kept: dict[str, Any]
) -> None:
    found = [told(network, story) for story in stories(chosen)]
    assert figures(found) == kept[chosen]["figures"]


def test_every_name_of_a_story_is_known(kept: dict[str, Any]) -> None:
    every = [one for chosen in SETS for one in kept[chosen]["stories"]]
    assert {one["id"]: one["unsayable"] for one in every if one["unsayable"]} == NO_WORDS


def test_the_page_shows_what_is_written_down() -> None:
    page = Path(DOCS / "stories.md").read_text(encoding="utf-8")
    runs = json.loads((DOCS / "stories.json").read_text(encoding="utf-8"))
    assert drawn(runs, page) == page


def test_the_page_tells_why_each_story_is_missed_and_of_no_other() -> None:
    page = (DOCS / "stories.md").read_text(encoding="utf-8")
    runs = json.loads((DOCS / "stories.json").read_text(encoding="utf-8"))
    newest = list(runs.values())[-1]
    assert why(page) == sorted(
        one["id"] for run in newest.values() for one in run["stories"] if not one["passed"]
    )


def why(page: str) -> list[str]:
    """The stories named in the first column of the page's "Why" tables, one for each time it is named."""
    sections = re.split(r"^## ", page, flags=re.MULTILINE)
    rows = [line for text in sections if text.startswith("Why ") for line in text.splitlines()]
    first = [row.split("|")[1] for row in rows if row.startswith("|")]
    return sorted(name for cell in first for name in re.findall(r"\b[A-Z]\d{3}\b", cell))
