"""`bayesdiag independence` as a person calls it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bayesdiag.casefile import write_cases
from bayesdiag.cli import run
from bayesdiag.formats.bif import load_bif
from bayesdiag.modelfile import load
from tests.test_independence import CHAIN, FIVE, cases_of, plain

NETWORK = """network chain {{}}
{variables}
probability (a) {{ table 0.6, 0.4; }}
probability (b | a) {{ (n) 0.8, 0.2; (y) 0.3, 0.7; }}
probability (c | b) {{ (n) 0.7, 0.3; (y) 0.2, 0.8; }}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    variables = "\n".join(f"variable {name} {{ type discrete [2] {{ n, y }}; }}" for name in "abc")
    (tmp_path / "chain.bif").write_text(NETWORK.format(variables=variables), encoding="utf-8")
    model = load_bif("chain.bif")
    truth = replace(model, variables=(*CHAIN[:2], plain("c", 0.3, 0.6, 0.5, 0.9, above=("a", "b"))))
    for name, source in (("fine", model), ("broken", truth)):
        write_cases(
            tmp_path / f"{name}.csv",
            model,
            cases_of(source, 800, np.random.default_rng(0), blank=0, told_in=model),
        )
    return tmp_path


def test_what_holds_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["independence", "chain.bif", "fine.csv", "--lang", "en"]) == 0
    told = capsys.readouterr().out
    assert told.startswith(
        "chain 0: 800 cases.\n1 independence tested; 0 do not hold (Holm: any false alarm "
    )


def test_what_does_not_hold_is_told_and_is_the_answer_no(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["independence", "chain.bif", "broken.csv", "--lang", "en"]) == 1
    told = capsys.readouterr().out
    assert "1 independence tested; 1 does not hold" in told
    assert "  a ⊥ c, given b: p " in told
    assert "times, " in told
    assert run(["independence", "chain.bif", "broken.csv", "--lang", "zh", "--correct", "bh"]) == 1
    told = capsys.readouterr().out
    assert "检验了 1 条独立性，1 条不成立（Benjamini–Hochberg：所报之中误报平均占 0.05 以下）" in told
    assert "a ⊥ c，已知b：校正后 p " in told


def test_json_tells_everything(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["independence", "chain.bif", "broken.csv", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    [one] = told["tested"]
    assert (one["first"], one["second"], one["given"], one["local_markov"]) == ("a", "c", ["b"], True)
    assert one["holds"] is False
    assert one["p_value"] == one["adjusted"] < 1e-3
    assert one["cases"] == one["complete"] == 800
    assert one["freedom"] == 2
    assert (told["broken"], told["unclaimed"], told["given_failed"]) == (1, 2, False)


def test_what_could_not_be_tested_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "few.csv").write_text("a,b,c\nn,n,n\ny,y,y\n", encoding="utf-8")
    assert run(["independence", "chain.bif", "few.csv", "--lang", "en"]) == 0
    told = capsys.readouterr().out
    assert "Not a single independence could be tested." in told
    assert "  a ⊥ c, given b: 2 complete cases." in told
    assert run(["independence", "chain.bif", "fine.csv", "--most", "0", "--lang", "en"]) == 0
    assert "1 not tested: more than 0 variables would have to be known" in capsys.readouterr().out


def test_attempts_and_labels_left_out_are_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = str(Path(__file__).resolve().parent.parent / "docs" / "explanation" / "till.yaml")
    assert load(model).premise is not None
    (folder / "till.csv").write_text(
        "card,text,premise,weight\nexpired,refused,true,2.5\n,thanks,false,1\n", encoding="utf-8"
    )
    assert run(["independence", model, "till.csv", "--lang", "en"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("till 0: 1 case, all given that they failed.")
    assert "Left out, as they did not fail: 1." in told
    assert "Confirmed causes not looked at: 1." in told
    assert "Cases of uneven weight, each counted once: 1." in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["chain.bif"], "no cases are given"),
        (["chain.bif", "nowhere.csv"], "nowhere.csv"),
        (["chain.bif", "fine.csv", "--alpha", "1"], "between 0 and 1"),
        (["chain.bif", "fine.csv", "--correct", "none"], "--correct"),
        (["chain.bif", "fine.csv", "--least", "0"], "--least"),
    ],
)
def test_a_mistake_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert run(["independence", *arguments]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert "Traceback" not in error


def test_the_model_of_the_rates_claims_five_independences() -> None:
    from bayesdiag.independence import claims_of  # noqa: PLC0415

    assert len(claims_of(FIVE, "abcde")) == 5
