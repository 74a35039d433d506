"""The stories that were asked about: every answer is one the model knows, and what is written down is what a run says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.modelfile import load
from benchmarks.asked import (
    CHOSEN,
    DOCS,
    MOST,
    UNKNOWN,
    after,
    answered,
    asked_about,
    kept,
    settled_by,
    table,
)
from benchmarks.page import redrawn
from benchmarks.stories import figures, listed, stories, told


@pytest.fixture(scope="module")
def network() -> CompiledNetwork:
    return compile_network(load("pos_card"))


@pytest.fixture(scope="module")
def run() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DOCS / "stories-asked.json").read_text(encoding="utf-8"))
    return found


def test_every_answer_is_one_that_the_question_has(network: CompiledNetwork) -> None:
    told_of = {story["id"]: story for story in stories(CHOSEN)}
    answers = [(id_, name, listed(one)) for id_, given in kept().items() for name, one in given.items()]
    assert len(answers) > 200
    for id_, name, answer in answers:
        assert name not in told_of[id_]["findings"]
        assert network.model.variable_of[name].question is not None
        states = network.model.variable_of[name].state_ids
        assert answer == [UNKNOWN] or (answer[0] in states and answer[1:] in (["story"], ["cause"])), (
            id_,
            name,
        )


@pytest.mark.parametrize("place", [0, 17, 41])
def test_some_dialogues_go_as_written_down(network: CompiledNetwork, run: dict[str, Any], place: int) -> None:
    story = stories(CHOSEN)[place]
    found = answered(network, story, kept().get(story["id"], {}))
    assert found.steps[0] == told(network, story)
    assert [step.causes[0][0] for step in found.steps] == run["stories"][story["id"]]
    assert found.open is None
    assert len(found.answers) == len(found.steps) - 1 <= MOST


def test_without_answers_a_story_waits_for_the_first(network: CompiledNetwork) -> None:
    story = stories(CHOSEN)[0]
    found = answered(network, story, {})
    assert found.open is not None
    assert len(found.steps) == 1
    assert after([found], 3) == found.steps


@pytest.mark.long
def test_the_figures_are_those_written_down(network: CompiledNetwork, run: dict[str, Any]) -> None:
    found = asked_about(network)
    assert [id_ for id_, one in found.items() if one.open] == []
    assert run["stories"] == {id_: [step.causes[0][0] for step in one.steps] for id_, one in found.items()}
    assert run["after"] == [figures(after(list(found.values()), n_asked)) for n_asked in range(MOST + 1)]
    assert run["settled"] == settled_by(found, kept())
    assert run["model"] == f"{network.model.name} {network.model.version}"


def test_the_page_shows_what_is_written_down(run: dict[str, Any]) -> None:
    page = (DOCS / "stories.md").read_text(encoding="utf-8")
    assert redrawn(page, "benchmarks.asked", table(run)) == page
