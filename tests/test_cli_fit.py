"""`bayesdiag fit` as a person calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bayesdiag.cli import run
from bayesdiag.cli.improved import replayed_lines
from bayesdiag.model import Table
from bayesdiag.modelfile import load
from bayesdiag.score import Replay

MODEL = """# A lamp, and why it is dark.
format: 1
name: lamp
variables:
  bulb:
    states: [good, burnt]
    prior: [0.9, 0.1] # a guess
    source: guess
    ess: 10
    within: 3
  light:
    states: [lit, dark]
    full_table: {parents: [bulb], p: [0.95, 0.05, 0, 1]}
    source: guess
    fixed: true
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lamp.yaml").write_text(MODEL, encoding="utf-8")
    rows = [
        "bulb,light,when",
        "good,lit,2026-01-05",
        "burnt,dark,2026-03-01",
        *[",dark,"] * 28,
        *[",lit,"] * 70,
    ]
    (tmp_path / "cases.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return tmp_path


def test_a_new_model_is_written_into_the_text_of_the_old(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["fit", "lamp.yaml", "cases.csv", "-o", "new.yaml"]) == 0
    told = capsys.readouterr().out
    assert "100 cases; log-likelihood" in told
    assert "P(bulb=burnt): 0.1 -> 0.2" in told
    text = (folder / "new.yaml").read_text(encoding="utf-8")
    assert text.startswith("# A lamp, and why it is dark.\n")
    assert "# a guess" in text
    weight = load("new.yaml").variable_of["bulb"].weight
    assert "learned from 100 cases of 2026-01-05 to 2026-03-01 (was 0.9, 0.1; ess 10 before" in weight.source
    assert weight.ess > 10
    assert weight.within < 3
    assert load("new.yaml").variable_of["light"] == load("lamp.yaml").variable_of["light"]


def test_json_names_every_number(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fit", "lamp.yaml", "cases.csv", "-o", "new.yaml", "--ess", "0", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["settled"]
    assert document["cases"] == 100
    burnt = next(number for number in document["numbers"] if number["name"] == "P(bulb=burnt)")
    assert burnt["before"] == 0.1
    low, high = burnt["interval"]
    assert low < burnt["after"] < high
    assert len(document["numbers"]) == 6


def test_a_better_model_is_not_written_over(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fit", "lamp.yaml", "cases.csv", "-o", "new.yaml", "--ess", "0"]) == 0
    before = (folder / "new.yaml").read_bytes()
    assert run(["fit", "lamp.yaml", "cases.csv", "-o", "new.yaml", "--ess", "1000"]) == 1
    assert "what stands there may be better" in capsys.readouterr().err
    assert (folder / "new.yaml").read_bytes() == before
    assert run(["fit", "lamp.yaml", "cases.csv", "-o", "new.yaml", "--ess", "1000", "--force"]) == 0
    assert (folder / "new.yaml").read_bytes() != before
    (folder / "other.yaml").write_text(MODEL.replace("burnt", "gone"), encoding="utf-8")
    assert run(["fit", "lamp.yaml", "cases.csv", "-o", "other.yaml"]) == 1
    assert "other variables or states" in capsys.readouterr().err
    (folder / "notes.txt").write_text("buy milk", encoding="utf-8")
    assert run(["fit", "lamp.yaml", "cases.csv", "-o", "notes.txt"]) == 1
    assert (folder / "notes.txt").read_text(encoding="utf-8") == "buy milk"


def test_rows_that_are_no_cases_are_set_aside(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (folder / "cases.csv").open("a", encoding="utf-8") as file:
        file.write("good,purple,\n")
    assert run(["fit", "lamp.yaml", "cases.csv", "-o", "new.yaml"]) == 0
    assert "purple" in (folder / "cases.rejects.csv").read_text(encoding="utf-8")
    assert "1 of 101 rows" in capsys.readouterr().err


def test_cases_that_cannot_be_write_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "cases.csv").write_text("bulb,light\nburnt,lit\n", encoding="utf-8")
    assert run(["fit", "lamp.yaml", "cases.csv", "-o", "new.yaml"]) == 1
    assert "row 1: the model holds these findings together to be impossible" in capsys.readouterr().err
    assert not (folder / "new.yaml").exists()


def test_impossible_rows_keep_their_number_and_are_set_aside(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "cases.csv").write_text(
        "Lamp,light\npurple,lit\ngood,lit\nburnt,lit\ngood,dark\n", encoding="utf-8"
    )
    (folder / "names.json").write_text('{"columns": {"Lamp": "bulb"}}', encoding="utf-8")
    arguments = ["fit", "lamp.yaml", "cases.csv", "-o", "new.yaml", "--names", "names.json"]
    assert run([*arguments, "--json"]) == 0
    told = capsys.readouterr()
    assert [one["case"] for one in json.loads(told.out)["rejected"]] == ["row 3"]
    rows = (folder / "cases.rejects.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0].startswith("Lamp,light,")
    assert [row.split(",")[:2] for row in rows[1:]] == [["purple", "lit"], ["burnt", "lit"]]
    assert "impossible" in rows[2]


def test_a_model_that_allows_more_cases_is_not_written_over(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The one there has a lower likelihood on what both allow, yet holds nothing to be impossible."""
    (folder / "cases.csv").write_text("bulb,light\ngood,lit\nburnt,lit\n", encoding="utf-8")
    wide = MODEL.replace("[0.95, 0.05, 0, 1]", "[0.5, 0.5, 0.1, 0.9]")
    assert wide != MODEL
    (folder / "new.yaml").write_text(wide, encoding="utf-8")
    assert run(["fit", "lamp.yaml", "cases.csv", "-o", "new.yaml", "--ess", "0"]) == 1
    assert "holds 0 cases to be impossible, the new one 1" in capsys.readouterr().err
    assert (folder / "new.yaml").read_text(encoding="utf-8") == wide


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["lamp.yaml", "nowhere.csv", "-o", "new.yaml"], "nowhere.csv"),
        (["lamp.yaml", "-o", "new.yaml"], "no cases are given"),
        (["lamp.yaml", "cases.csv", "-o", "new.yaml", "--freeze", "bulp"], 'Did you mean "bulb"'),
        (["lamp.yaml", "cases.csv", "-o", "none/new.yaml"], "none/new.yaml"),
        (["lamp.yaml", "cases.csv", "-o", "new.yaml", "--ess", "-1"], "--ess"),
        (["lamp.yaml", "cases.csv", "-o", "new.yaml", "--ess", "inf"], "--ess"),
        (["lamp.yaml", "cases.csv", "-o", "new.yaml", "--ess", "1e308"], "--ess"),
        (["lamp.yaml", "cases.csv", "-o", "new.yaml", "--tolerance", "0"], "--tolerance"),
        (["lamp.yaml", "cases.csv", "-o", "new.yaml", "--seed", "-1"], "--seed"),
        (["lamp.yaml", "cases.csv"], "--output"),
    ],
)
def test_a_mistake_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert run(["fit", *arguments]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert "Traceback" not in error
    assert not (folder / "new.yaml").exists()


REGIONS = """format: 1
name: lamps
variables:
  region:
    states: [north, south, west]
    prior: [0.4, 0.3, 0.3]
    fixed: true
    source: a count
  bulb:
    states: [good, burnt]
    table:
    - {when: {region: north}, p: [0.9, 0.1]}
    - {when: {region: south}, p: [0.9, 0.1]}
    - {when: {region: west}, p: [0.9, 0.1]}
    source: guess
    ess: 4
"""


@pytest.fixture
def lamps(folder: Path) -> Path:
    (folder / "lamps.yaml").write_text(REGIONS, encoding="utf-8")
    rows = [
        "region,bulb",
        *["north,good"] * 60,
        *["north,burnt"] * 20,
        *["south,good"] * 2,
        *["south,burnt"] * 4,
    ]
    (folder / "lamps.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def test_contexts_are_pooled(lamps: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = ["fit", "lamps.yaml", "lamps.csv", "-o", "new.yaml", "--pool", "region"]
    assert run([*call, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    [pool] = document["pools"]
    kappa, m = pool["concentration"], pool["overall"]["burnt"]
    assert (pool["variable"], pool["contexts"], pool["rows"]) == ("bulb", ["region"], 3)
    assert pool["stated"] == pytest.approx({"good": 0.9, "burnt": 0.1})
    after = {one["when"]["region"][0]: one for one in document["numbers"] if one["state"] == "burnt"}
    assert after["west"]["after"] == pytest.approx(m)
    assert after["north"]["after"] == pytest.approx((20 + kappa * m) / (80 + kappa))
    assert after["south"]["after"] == pytest.approx((4 + kappa * m) / (6 + kappa))
    assert after["south"]["overall"] == m
    assert after["south"]["interval"][0] < after["south"]["after"] < after["south"]["interval"][1]
    assert run([*call, "--force"]) == 0
    told = capsys.readouterr().out
    assert "1 pool of rows; the overall row, and the cases it is worth to each row:" in told
    assert f"P(bulb): good {1 - m:.4g}, burnt {m:.4g}; worth {kappa:.4g}; 3 rows, 0 to 80 cases" in told
    cpt = load("new.yaml").variable_of["bulb"].cpt
    assert isinstance(cpt, Table)
    south = cpt.rows[1].weight
    assert south is not None
    assert south.source.startswith(
        f"learned from 86 cases, 6 of them a row's own; pooled over region: overall {1 - m:.4g}, {m:.4g}, "
    )


def test_a_context_that_cannot_be_pooled_is_told(lamps: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = ["fit", "lamps.yaml", "lamps.csv", "-o", "new.yaml", "--pool"]
    assert run([*call, "regoin"]) == 2
    told = capsys.readouterr().err
    assert 'Did you mean "region"' in told
    assert "added to its file first" in told
    assert run([*call, "bulb"]) == 2
    assert "pool.bulb: no rows that are learned differ in its state" in capsys.readouterr().err
    assert run([*call, "region", "--freeze", "bulb"]) == 2
    told = " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert 'nothing is left to pool over "region": what depends on it is frozen (bulb).' in told
    assert "Leave --freeze out" in told
    assert not (lamps / "new.yaml").exists()


def test_fewer_golden_cases_than_before_are_warned_of() -> None:
    worse = list(replayed_lines(Replay((66, 69), None), Replay((43, 69), None)))
    assert worse[0] == "golden cases as expected: 66 -> 43 of 69."
    assert worse[1].startswith("warning: ")
    assert "--prior within" in worse[1]
    assert len(list(replayed_lines(Replay((66, 69), (3, 9)), Replay((66, 69), (2, 9))))) == 2
