"""How much of a complaint in plain words is understood: precision and recall, printed, by language.

Golden cases are what the wordings were made for. The fresh stories were written before any wording, and
are not read when wordings are changed; still, one hand wrote both. Their floors are lower, and allow for
about one finding in ten more to go wrong than at the time of writing.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from time import process_time
from typing import Any

import pytest
import yaml

from bayesdiag.case import Evidence
from bayesdiag.intake import Intake
from bayesdiag.intake.fold import fold
from bayesdiag.modelfile import load, load_cases, models_folder

MODEL = load("pos_card")
INTAKE = Intake(MODEL)

Story = tuple[str, Mapping[str, str]]


def golden(language: str) -> list[Story]:
    path = models_folder() / "pos_card.cases.yaml"
    cases = load_cases(path, path.read_text(encoding="utf-8"), MODEL)
    return [(case.text[language], dict(case.findings)) for case in cases]


def fresh(language: str) -> list[Story]:
    text = (Path(__file__).parent / "stories.yaml").read_text(encoding="utf-8")
    told: Any = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - texts alone, safe
    return [(story["text"], story["findings"]) for story in told[language]]


def measured(stories: list[Story]) -> tuple[float, float]:
    """Precision and recall over all findings of all stories."""
    right = suggested = stated = 0
    for text, findings in stories:
        found = set(INTAKE.suggest(text).findings.items())
        right += len(found & set(findings.items()))
        suggested += len(found)
        stated += len(findings)
    return right / suggested, right / stated


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("stories", "precision", "recall"), [(golden, 0.8, 0.5), (fresh, 0.8, 0.7)], ids=["golden", "fresh"]
)
def test_stories_are_understood(
    stories: Any, precision: float, recall: float, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = measured(stories(language))
    with capsys.disabled():
        figures = f"precision {found[0]:.3f}, recall {found[1]:.3f}"
        sys.stdout.write(f"\n{stories.__name__} stories, {language}: {figures}\n")
    assert found[0] >= precision
    assert found[1] >= recall


@pytest.mark.parametrize("language", ["zh", "en"])
def test_fresh_stories_are_of_this_model(language: str) -> None:
    stories = fresh(language)
    assert len(stories) == 20
    for _, findings in stories:
        assert Evidence(MODEL, findings).findings


def suggested(text: str) -> dict[str, str]:
    return INTAKE.suggest(text).findings


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        ("别人的卡在这台机器上能刷", {"other_card_here": "works"}),
        ("other people's cards work on this terminal", {"other_card_here": "works"}),
        ("别的卡正常，这张卡刷不了", {"other_card_here": "works"}),
        ("another card works, this card fails", {"other_card_here": "works"}),
        ("It works next door", {"this_card_elsewhere": "works"}),
        ("这张卡在隔壁店能刷", {"this_card_elsewhere": "works"}),
        ("no card works", {"other_card_here": "fails"}),
        ("别的卡不能刷", {"other_card_here": "fails"}),
        ("机器用了六年", {"terminal_age": "gt5y"}),
        ("the terminal is 12 years old", {"terminal_age": "gt5y"}),
        ("the terminal is three years old", {}),
        ("挥卡付1500元", {"entry_method": "tap", "over_tap_limit": "yes"}),
        ("挥卡付五百元", {"entry_method": "tap"}),
        ("at 2 a.m.", {"time_window": "night_maintenance"}),
        ("晚上八点", {"time_window": "normal"}),
        ("The insuficient funds mesage", {"display_text": "insufficient"}),
        ("restart does not help", {"restart_test": "still_fails"}),
    ],
)
def test_a_sentence_is_understood(text: str, findings: dict[str, str]) -> None:
    assert suggested(text) == findings


@pytest.mark.parametrize(
    "text",
    [
        "如果别的卡能刷",
        "别的卡能刷吗？",
        "是不是别的卡能刷",
        "if another card works",
        "does another card work?",
        "maybe the slot is dirty",
        "请试试别的卡能不能刷",
        "没有说别的卡能刷",
        "今天天气不错，客人很多",
        "Please help me with my order",
        "",
    ],
)
def test_what_is_asked_supposed_or_denied_is_no_finding(text: str) -> None:
    assert suggested(text) == {}


def test_what_contradicts_itself_is_not_suggested() -> None:
    found = INTAKE.suggest("信号满格。后来又没信号了")
    assert found.conflicts == ("signal_indicator",)
    assert found.findings == {}


@pytest.mark.parametrize("text", [text for language in ("zh", "en") for text, _ in fresh(language)])
def test_words_stand_where_they_are_said_to_stand(text: str) -> None:
    found = INTAKE.suggest(f"卡号 4111 1111 1111 1111。{text}")
    assert "4111 1111 1111 1111" not in found.text
    for one in found.suggestions:
        assert found.text[one.start : one.end] == one.words


def test_every_wording_of_the_model_is_known_to_somebody() -> None:
    """A wording that tells nothing by itself would be dead weight."""
    dead = [
        (finding, wording)
        for finding, wordings in MODEL.wordings.findings.items()
        for wording in wordings
        if not set("~…$<") & set(wording)
        and finding not in {said.finding for said in INTAKE._told.find(fold(wording).text)}
    ]
    assert dead == []


@pytest.mark.parametrize("unit", ["别的卡能刷", "works with another card ", "插卡", "1 ", "五", "如果", "…"])
def test_long_texts_take_seconds(unit: str) -> None:
    begun = process_time()
    INTAKE.suggest(unit * (1_000_000 // len(unit)))
    assert process_time() - begun < 20
