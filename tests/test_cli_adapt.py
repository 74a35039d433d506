"""`bayesdiag adapt` as a person calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bayesdiag.case import Case, Evidence
from bayesdiag.cli import run
from bayesdiag.learning import adapted
from bayesdiag.modelfile import load
from tests.test_cli_fit import MODEL

BURNT = [f"burnt,dark,2026-03-{day:02}" for day in range(1, 11)]
GOOD = [f"good,lit,2026-01-{day:02}" for day in range(1, 31)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lamp.yaml").write_text(MODEL, encoding="utf-8")
    write(tmp_path, [*BURNT, *GOOD])
    return tmp_path


def write(folder: Path, rows: list[str]) -> None:
    (folder / "cases.csv").write_text("\n".join(["bulb,light,when", *rows]) + "\n", encoding="utf-8")


def call(*more: str) -> int:
    return run(["adapt", "lamp.yaml", "cases.csv", "-o", "new.yaml", *more])


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, float]]:
    document = json.loads(capsys.readouterr().out)
    return {number["name"]: number for number in document["numbers"]}


def by_hand(fading: float) -> tuple[float, float]:
    """P(burnt) and its experience after 30 good bulbs and then 10 burnt ones."""
    p, experience = 0.1, 10.0
    for is_burnt in [0] * 30 + [1] * 10:
        kept = experience * fading
        p = (kept * p + is_burnt) / (kept + 1)
        experience = kept + 1
    return p, experience


@pytest.mark.parametrize("fading", [1.0, 0.9])
def test_cases_are_followed_in_the_order_of_their_times(
    folder: Path, capsys: pytest.CaptureFixture[str], fading: float
) -> None:
    assert call("--fading", str(fading), "--json") == 0
    burnt = told(capsys)["P(bulb=burnt)"]
    p, experience = by_hand(fading)
    assert burnt["before"] == 0.1
    assert burnt["after"] == pytest.approx(p, abs=1e-12)
    assert burnt["experience"] == pytest.approx(experience)
    model = load("new.yaml")
    assert model.variable_of["bulb"].weight.ess == pytest.approx(experience, rel=1e-3)
    assert model.variable_of["light"] == load("lamp.yaml").variable_of["light"]


def test_where_a_case_tells_no_time_they_are_followed_as_they_come(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder, [*BURNT, *GOOD, "good,lit,"])
    assert call("--fading", "0.9", "--json") == 0
    model = load("lamp.yaml")
    states = [row.split(",")[:2] for row in [*BURNT, *GOOD, "good,lit,"]]
    cases = [Case(Evidence(model, {"bulb": bulb, "light": light})) for bulb, light in states]
    twin = adapted(model, cases, fading=0.9)
    assert told(capsys)["P(bulb=burnt)"]["after"] == pytest.approx(twin.numbers[1].p)


def test_the_file_keeps_its_words_and_says_where_numbers_come_from(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("--fading", "0.9") == 0
    printed = capsys.readouterr().out
    p, experience = by_hand(0.9)
    assert "40 cases, fading 0.9; log-likelihood" in printed
    assert f"P(bulb=burnt): 0.1 -> {p:.4g}" in printed
    assert f"worth {experience:.4g} to {experience:.4g} cases" in printed
    text = (folder / "new.yaml").read_text(encoding="utf-8")
    assert text.startswith("# A lamp, and why it is dark.\n")
    source = load("new.yaml").variable_of["bulb"].weight.source
    assert source.startswith(
        "followed, fading 0.9, 40 cases of 2026-01-01 to 2026-03-10 (was 0.9, 0.1; ess 10 before, "
    )


def test_a_second_month_goes_on_where_the_first_ended(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("--fading", "0.9", "--json") == 0
    whole = told(capsys)["P(bulb=burnt)"]["after"]
    write(folder, GOOD)
    assert call("--fading", "0.9", "--force") == 0
    write(folder, BURNT)
    capsys.readouterr()
    assert run(["adapt", "new.yaml", "cases.csv", "-o", "next.yaml", "--fading", "0.9", "--json"]) == 0
    assert told(capsys)["P(bulb=burnt)"]["after"] == pytest.approx(whole, rel=1e-4)


def test_a_better_model_is_not_written_over(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fit", "lamp.yaml", "cases.csv", "-o", "new.yaml", "--ess", "0"]) == 0
    before = (folder / "new.yaml").read_bytes()
    assert call("--fading", "0.5") == 1
    assert "what stands there may be better" in capsys.readouterr().err
    assert (folder / "new.yaml").read_bytes() == before
    assert call("--fading", "0.5", "--force") == 0
    assert (folder / "new.yaml").read_bytes() != before


def test_impossible_rows_are_set_aside(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, ["good,lit,2026-05-02", "purple,lit,2026-05-01", "burnt,lit,2026-04-01"])
    assert call("--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["cases"] == 1
    assert [one["case"] for one in document["rejected"]] == ["row 3"]
    rows = (folder / "cases.rejects.csv").read_text(encoding="utf-8").splitlines()
    assert [row.split(",")[:2] for row in rows[1:]] == [["purple", "lit"], ["burnt", "lit"]]
    assert "impossible" in rows[2]
    write(folder, ["burnt,lit,2026-04-01"])
    (folder / "new.yaml").unlink()
    assert call() == 1
    assert "row 1: the model held these findings together to be impossible" in capsys.readouterr().err
    assert not (folder / "new.yaml").exists()


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["lamp.yaml", "nowhere.csv", "-o", "new.yaml"], "nowhere.csv"),
        (["lamp.yaml", "-o", "new.yaml"], "no cases are given"),
        (["lamp.yaml", "cases.csv", "-o", "none/new.yaml"], "none/new.yaml"),
        (["lamp.yaml", "cases.csv", "-o", "new.yaml", "--fading", "0"], "a fading is above 0, up to 1"),
        (["lamp.yaml", "cases.csv", "-o", "new.yaml", "--fading", "1.1"], "a fading is above 0, up to 1"),
        (["lamp.yaml", "cases.csv", "-o", "new.yaml", "--fading", "nan"], "a fading is above 0, up to 1"),
        (["lamp.yaml", "cases.csv", "-o", "new.yaml", "--fading", "much"], "--fading"),
        (["lamp.yaml", "cases.csv"], "--output"),
    ],
)
def test_a_mistake_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], what: str
) -> None:
    assert run(["adapt", *arguments]) == 2
    error = capsys.readouterr().err
    assert what in error
    assert "Traceback" not in error
    assert not (folder / "new.yaml").exists()
