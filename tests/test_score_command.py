"""`bayesdiag score` and `bayesdiag diff`, from files and from the store."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bayesdiag.casefile import read_cases
from bayesdiag.cli import run
from bayesdiag.engine.network import compile_network
from bayesdiag.modelfile import load, save
from bayesdiag.score import log_losses, target_forecast

TILL = "docs/explanation/till.yaml"
CASES = "docs/how-to/till.csv"


@pytest.fixture(autouse=True)
def _at_the_top(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).resolve().parent.parent)


def scored(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict[str, object]:
    assert run(["score", *words, "--json"]) == code, capsys.readouterr().err
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_the_score_of_a_variable_is_that_of_its_forecasts(capsys: pytest.CaptureFixture[str]) -> None:
    found = scored(capsys, TILL, CASES, "--target", "card")
    model = load(TILL)
    cases, _ = read_cases(CASES, model)
    told = target_forecast(compile_network(model), cases, "card")
    score = found["score"]
    assert score["log_loss"]["value"] == pytest.approx(log_losses(told).mean())  # type: ignore[index]
    assert score["n"] == len(told)  # type: ignore[index]
    assert found["cases"] == 150
    assert found["folds"] is None


def test_a_diagnosis_is_scored_on_cases_with_a_cause(capsys: pytest.CaptureFixture[str]) -> None:
    score = scored(capsys, TILL, CASES)["score"]
    cases, _ = read_cases(CASES, load(TILL))
    blamed = [case for case in cases if set(case.confirmed.values()) - {"ok"}]
    assert score["n"] == len(blamed)  # type: ignore[index]
    assert score["top_3"]["value"] == 1  # type: ignore[index]
    assert [one["target"] for one in score["causes"]] == ["cable", "card"]  # type: ignore[index]


def test_folds_are_refitted_and_two_models_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.yaml"
    text = Path(TILL).read_text(encoding="utf-8")
    other.write_text(text.replace("prior: [0.9, 0.1]", "prior: [0.5, 0.5]"), encoding="utf-8")
    words = [TILL, CASES, "--target", "cable", "--against", str(other)]
    plain = scored(capsys, *words)
    apart = plain["against"]["differences"]["log_loss"]  # type: ignore[index]
    one, two = plain["score"], plain["against"]["score"]  # type: ignore[index]
    assert apart["difference"] == pytest.approx(one["log_loss"]["value"] - two["log_loss"]["value"])  # type: ignore[index]
    assert apart["difference"] < 0
    assert apart["fold_interval"] is None
    folded = scored(capsys, *words, "--folds", "3", "--repeats", "2")
    assert folded["score"]["log_loss"]["value"] != one["log_loss"]["value"]  # type: ignore[index]
    assert folded["score"]["n"] == one["n"]  # type: ignore[index]
    assert folded["score"]["confidence"]["n"] == 2 * one["n"]  # type: ignore[index]
    apart = folded["against"]["differences"]["log_loss"]  # type: ignore[index]
    assert apart["fold_interval"][0] < apart["difference"] < apart["fold_interval"][1]
    causes = scored(capsys, TILL, CASES, "--against", str(other), "--folds", "3")
    assert causes["against"]["differences"]["log_loss"]["n"] == causes["score"]["n"]  # type: ignore[index]


def test_the_same_call_gives_the_same_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    words = (TILL, CASES, "--target", "card", "--folds", "3", "--recalibrate", "isotonic", "--seed", "5")
    assert scored(capsys, *words) == scored(capsys, *words)


def test_recalibration_stands_beside_the_model_s_own_score(capsys: pytest.CaptureFixture[str]) -> None:
    bare = scored(capsys, TILL, CASES, "--target", "card")
    both = scored(capsys, TILL, CASES, "--target", "card", "--recalibrate", "temperature")
    assert both["score"] == bare["score"]
    assert both["recalibrated"]["step"]["t"] == pytest.approx(1.168, abs=0.001)  # type: ignore[index]


def test_bad_rows_go_to_a_file_and_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "cases.csv"
    file.write_text("Bild,card\nrefused,expired\nrefsed,expired\noffline,ok\n", encoding="utf-8")
    names = tmp_path / "names.json"
    names.write_text('{"columns": {"Bild": "text"}}', encoding="utf-8")
    assert run(["score", TILL, str(file), "--target", "card", "--names", str(names), "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["rejected"] == 1
    assert 'row 2.Bild: "refsed" is not one of its states' in printed.err
    assert "1 of 3 rows are no cases" in printed.err
    assert (
        (tmp_path / "cases.rejects.csv").read_text(encoding="utf-8").startswith("Bild,card,reason\nrefsed,")
    )
    file.write_text("Bild,card\nrefsed,expired\n", encoding="utf-8")
    assert run(["score", TILL, str(file), "--target", "card", "--names", str(names)]) == 2
    assert "1 of 1 row is no case; it is in" in capsys.readouterr().err
    file.write_text("Bild,card\nrefused,expired\nrefsed,expired\noffline,ok\n", encoding="utf-8")
    elsewhere = tmp_path / "bad.csv"
    words = ["score", TILL, str(file), "--target", "card", "--names", str(names), "--rejects", str(elsewhere)]
    assert run(words) == 0
    assert elsewhere.exists()


def test_impossible_findings_leave_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "cases.csv"
    file.write_text("text,card\nthanks,expired\nrefused,expired\n", encoding="utf-8")
    found = scored(capsys, TILL, str(file), "--target", "card", code=1)
    assert found["score"]["impossible"] == 1  # type: ignore[index]
    assert run(["score", TILL, str(file), "--target", "card"]) == 1
    assert "impossible findings: 1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([TILL], "no cases are given"),
        ([TILL, CASES, "--store", "x.db"], "both a file and --store are given"),
        ([TILL, CASES, "--target", "crad"], 'Did you mean "card"?'),
        ([TILL, CASES, "--recalibrate", "isotonic"], "a diagnosis is no single distribution"),
        ([TILL, CASES, "--folds", "1"], "--folds 1: this is too few"),
        ([TILL, CASES, "--folds", "500"], "cannot be dealt into 500 folds"),
        ([TILL, CASES, "--target", "outcome"], "no case tells outcome"),
        ([TILL, "none.csv"], "the file cannot be read"),
        (["pos_card", CASES], "pos_card has no variable of this name"),
        ([TILL, CASES, "--target", "card", "--against", "pos_card"], "has no such variable"),
    ],
)
def test_what_cannot_be_scored_is_told(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["score", *words]) == 2
    printed = capsys.readouterr()
    assert told in printed.err
    assert printed.out == ""


def test_closed_cases_of_the_store_are_scored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = str(tmp_path / "cases.db")
    for name, state in (("A", "damaged"), ("B", "dirty")):
        assert run(["cases", "add", "-f", "display_text=read_error", "--id", name, "--store", store]) == 0
        assert run(["cases", "close", name, "--cause", f"card_chip_condition={state}", "--store", store]) == 0
    assert run(["cases", "add", "-f", "display_text=read_error", "--id", "C", "--store", store]) == 0
    capsys.readouterr()
    found = scored(capsys, "pos_card", "--store", store)
    assert found["cases"] == 2
    assert found["score"]["n"] == 2  # type: ignore[index]


def test_a_network_without_causes_needs_a_target(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from tests.networks import chain  # noqa: PLC0415

    save(chain(), tmp_path / "chain.yaml")
    file = tmp_path / "c.jsonl"
    file.write_text('{"findings": {"a": "y", "b": "n"}}\n', encoding="utf-8")
    assert run(["score", str(tmp_path / "chain.yaml"), str(file)]) == 2
    assert "this network has no causes" in capsys.readouterr().err
    found = scored(capsys, str(tmp_path / "chain.yaml"), str(file), "--target", "a")
    p = 0.1 * 0.2 / (0.1 * 0.2 + 0.9 * 0.95)
    assert found["score"]["log_loss"] == {"value": pytest.approx(-np.log(p)), "se": None}  # type: ignore[index]


def test_diff_tells_what_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.yaml"
    text = Path(TILL).read_text(encoding="utf-8")
    text = text.replace("prior: [0.9, 0.1]", "prior: [0.8, 0.2]").replace("en: Cable}", "en: Wire}")
    other.write_text(text, encoding="utf-8")
    assert run(["diff", TILL, str(other)]) == 0
    assert capsys.readouterr().out == (
        "numbers: 2 changed\n"
        "  cable.prior ok: 0.9 → 0.8  (log-odds -0.811; made up, ess 10)\n"
        "  cable.prior loose: 0.1 → 0.2  (log-odds +0.811; made up, ess 10)\n"
        "texts: 1 changed\n"
        '  cable.label.en: "Cable" → "Wire"\n'
    )
    assert run(["diff", TILL, str(other), "--json"]) == 0
    changes = json.loads(capsys.readouterr().out)["changes"]
    assert changes[0]["logits"] == pytest.approx(np.log(4 / 9))
    assert run(["diff", TILL, TILL]) == 0
    assert capsys.readouterr().out == "no difference.\n"


def test_diagnoses_are_compared_where_both_models_know_every_cause(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A model that does not know a confirmed state would be asked for less, and look better."""
    other = tmp_path / "other.yaml"
    other.write_text(Path(TILL).read_text(encoding="utf-8").replace("expired", "lapsed"), encoding="utf-8")
    cases, _ = read_cases(CASES, load(TILL))
    same = [case for case in cases if case.confirmed.get("card") != "expired"]
    n = sum(case.confirmed.get("cable") == "loose" for case in same)
    assert 0 < n < len(cases)
    apart = scored(capsys, TILL, CASES, "--against", str(other))["against"]["differences"]  # type: ignore[index]
    assert {name: one["n"] for name, one in apart.items()} == {"log_loss": n, "error": n}
    assert apart["log_loss"]["difference"] == pytest.approx(0, abs=1e-12)
    file = tmp_path / "cases.csv"
    file.write_text("cable,card,text\nloose,expired,offline\nok,expired,refused\n", encoding="utf-8")
    assert run(["score", TILL, str(file), "--against", str(other)]) == 2
    assert "till knows all confirmed and excluded causes of no case" in capsys.readouterr().err


def test_an_answer_given_probability_0_is_counted_and_not_capped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, file = tmp_path / "sure.yaml", tmp_path / "cases.csv"
    text = Path(TILL).read_text(encoding="utf-8").replace("leak: {declined: 0.01}", "leak: {}")
    model.write_text(text, encoding="utf-8")
    file.write_text("cable,card,text\nloose,ok,refused\nok,expired,refused\n", encoding="utf-8")
    for words in ([], ["--target", "card"]):
        score = scored(capsys, str(model), str(file), *words)["score"]
        assert score["ruled_out"] == 1  # type: ignore[index]
        assert score["log_loss"] == {"value": None, "se": None}  # type: ignore[index]
        assert run(["score", str(model), str(file), *words]) == 0
        assert "log loss infinite (answers given probability 0: 1)" in capsys.readouterr().out


def test_causes_are_scored_in_folds_too(capsys: pytest.CaptureFixture[str]) -> None:
    found = scored(capsys, TILL, CASES, "--folds", "3")
    plain = scored(capsys, TILL, CASES)
    assert [one["target"] for one in found["score"]["causes"]] == ["cable", "card"]  # type: ignore[index]
    for folded, whole in zip(found["score"]["causes"], plain["score"]["causes"], strict=True):  # type: ignore[index]
        assert 0 < folded["n"] <= whole["n"]
        assert folded["log_loss"]["value"] != whole["log_loss"]["value"]
