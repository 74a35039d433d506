"""`bayesdiag watch` as a person calls it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from bayesdiag.casefile import write_cases
from bayesdiag.cli import run
from tests.test_watch import TILL, drawn, drift, prior

MODEL = str(Path(__file__).resolve().parent.parent / "docs" / "explanation" / "till.yaml")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("watch")
    looser = prior(TILL, "cable", 0.6, 0.4)
    for name, cases in (
        ("drift", drift(0, looser, 100, 200)),
        ("fine", drawn(TILL, 100, np.random.default_rng(4), labels="guilty")),
    ):
        dated = [
            replace(case, when=str(date(2026, 1, 1) + timedelta(days=place)))
            for place, case in enumerate(cases)
            if case.evidence.findings
        ]
        write_cases(folder / f"{name}.csv", TILL, dated)
        write_cases(folder / f"{name}.jsonl", TILL, dated)
    return folder


def test_cases_as_expected_raise_no_alarm(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["watch", MODEL, str(folder / "fine.csv"), "--lang", "en"]) == 0
    told = capsys.readouterr().out
    assert "Overall: no alarm." in told
    assert "with probability 0.05 at most" in told
    assert "No number raises an alarm by itself" in told
    assert "Confirmed or excluded causes not looked at" in told


def test_a_drift_is_told_in_words(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["watch", MODEL, str(folder / "drift.csv"), "--lang", "en"]) == 1
    told = capsys.readouterr().out
    assert "Overall: ALARM, raised by case " in told
    assert "Cable: loose: 0.1 in the model, now about 0.4" in told
    assert "Answers that come otherwise than expected:" in told
    assert "\n  Text on the screen: refused: " in told
    assert run(["watch", MODEL, str(folder / "drift.csv"), "--lang", "zh"]) == 1
    told = capsys.readouterr().out
    assert "总体：警报" in told
    assert "  网线：松动：模型 0.1，现约 0.4" in told


def test_json_tells_everything(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["watch", MODEL, str(folder / "drift.jsonl"), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["alarm"]
    assert told["overall"]["e_value"] > 20
    assert told["overall"]["p_value"] == pytest.approx(1 / told["overall"]["e_value"])
    first = told["columns"][0]
    assert (first["variable"], first["state"], first["role"]) == ("cable", "loose", "prior")
    assert first["alarm_at"]["when"] >= first["since"]["when"] > "2026-03-15"
    assert first["seen"] > first["expected"]
    assert {one["variable"] for one in told["answers"]} == {"text", "other_card"}
    assert len(told["columns"]) == 9
    assert told["rejected"] == 0


def test_only_cases_of_a_day_and_later(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(folder / "fine.csv")
    assert run(["watch", MODEL, path, "--since", "2026-02-01", "--json"]) == 0
    late = json.loads(capsys.readouterr().out)
    assert run(["watch", MODEL, path, "--json"]) == 0
    every = json.loads(capsys.readouterr().out)
    assert late["first"] >= "2026-02-01" > every["first"]
    assert 0 < late["cases"] < every["cases"]
    assert run(["watch", MODEL, path, "--since", "2027-01-01"]) == 2
    assert "not a single case" in capsys.readouterr().err


def test_cases_without_a_time_are_left_out_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = tmp_path / "cases.csv"
    cases.write_text("text,when\nrefused,2026-01-05\nrefused,\n", encoding="utf-8")
    assert run(["watch", MODEL, str(cases), "--since", "2026-01-01", "--json"]) == 0
    told = capsys.readouterr()
    assert "1 of 2 cases tell no time" in told.err
    assert json.loads(told.out)["cases"] == 1
    assert run(["watch", MODEL, str(cases), "--since", "2026-01-01", "--lang", "en"]) == 0
    assert capsys.readouterr().out.startswith("till 0: 1 case (2026-01-05")


def test_impossible_cases_are_an_alarm(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = tmp_path / "cases.csv"
    cases.write_text("text\nrefused\nthanks\n", encoding="utf-8")
    assert run(["watch", MODEL, str(cases), "--lang", "en"]) == 1
    told = capsys.readouterr().out
    assert "ALARM, for cases that the model says cannot be; the others raise none" in told
    assert "cannot be: 1, the first of them case 2." in told


def test_the_closed_cases_of_a_store_are_watched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = str(tmp_path / "cases.db")
    for text in ("refused", "offline"):
        assert run(["cases", "add", MODEL, "-f", f"text={text}", "--store", store]) == 0
    ids = [line.split()[0] for line in _listed(store, capsys)]
    assert run(["cases", "close", ids[0], "--cause", "card=expired", "--store", store]) == 0
    capsys.readouterr()
    assert run(["watch", MODEL, "--store", store, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["cases"], told["labels_not_used"]) == (1, 1)


def _listed(store: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    capsys.readouterr()
    assert run(["cases", "list", "--store", store]) == 0
    return [line for line in capsys.readouterr().out.splitlines() if "open" in line]


def test_contexts_can_be_given_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = tmp_path / "cases.csv"
    cases.write_text("card_age,display_text\ngt3y,\n", encoding="utf-8")
    assert run(["watch", "pos_card", str(cases), "--given", "contexts", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["surprise"]["answers"] == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([MODEL], "no cases are given"),
        ([MODEL, "nowhere.csv"], "nowhere.csv"),
        ([MODEL, "fine.csv", "--alpha", "0"], "between 0 and 1"),
        ([MODEL, "fine.csv", "--given", "cabel"], 'Did you mean "cable"'),
        ([MODEL, "fine.csv", "--since", "May"], "Write a day as 2026-11-25"),
    ],
)
def test_a_mistake_is_told(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    told: str,
) -> None:
    monkeypatch.chdir(folder)
    assert run(["watch", *arguments]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert "Traceback" not in error
