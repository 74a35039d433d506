"""Several attempts from the command line, in files of cases, and among golden cases."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bayesdiag.case import Case, Evidence
from bayesdiag.casefile import read_cases, write_cases
from bayesdiag.cli import run
from bayesdiag.diagnosis import diagnose
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.errors import CaseFileError, ModelFileError
from bayesdiag.modelfile import load
from bayesdiag.modelfile.cases import load_cases
from bayesdiag.score import replayed, replayed_case

TILL = "docs/explanation/till.yaml"
Told = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def till() -> CompiledNetwork:
    return compile_network(load(TILL))


@pytest.fixture
def bayesdiag(capsys: pytest.CaptureFixture[str]) -> Told:
    def called(*arguments: str) -> tuple[int, str, str]:
        code = run(list(arguments))
        out, err = capsys.readouterr()
        return code, out, err

    return called


@pytest.mark.parametrize("language", ["zh", "en"])
def test_several_attempts_read_as_written_down(language: str, bayesdiag: Told) -> None:
    """tests/text/attempts.*.txt is what a person reads; change it on purpose only."""
    told = ["-f", "text=failed", "--earlier", "text=failed", "--earlier", ""]
    code, out, err = bayesdiag("diagnose", TILL, *told, "--doubt", "--lang", language)
    assert (code, err) == (0, "")
    path = Path(__file__).parent / "text" / f"attempts.{language}.txt"
    assert out == path.read_text(encoding="utf-8")


def test_options_and_a_file_tell_the_same(bayesdiag: Told, tmp_path: Path, till: CompiledNetwork) -> None:
    file = tmp_path / "case.json"
    soft = {"failed": 0.7, "refused": 0.3}
    case = {"findings": {"text": "failed"}, "earlier": [{"text": soft, "other_card": "works"}, {}]}
    file.write_text(json.dumps([case, {"findings": {"text": "failed"}}]), encoding="utf-8")
    options = ["--earlier", "text=failed:0.7,refused:0.3, other_card=works", "--earlier", ""]
    by_options = json.loads(bayesdiag("diagnose", TILL, "-f", "text=failed", *options, "--json")[1])
    by_file, single = json.loads(bayesdiag("diagnose", TILL, "--findings", str(file), "--json")[1])
    assert by_options == by_file
    assert by_file["attempts"] == case["earlier"]
    assert by_file["findings"] == {"text": "failed"}
    assert "attempts" not in single
    expected = diagnose(till, {"text": "failed"}, earlier=case["earlier"])
    found = [(cause["id"], cause["responsibility"]) for cause in by_file["causes"]]
    assert found == [(cause.id, pytest.approx(cause.responsibility)) for cause in expected.causes]


def test_what_else_is_asked_is_asked_of_all_attempts(bayesdiag: Told) -> None:
    told = ["diagnose", TILL, "-f", "text=failed", "--earlier", ""]
    one = json.loads(bayesdiag(*told[:4], "--about", "card", "--json")[1])["about"]["p"]
    both = json.loads(bayesdiag(*told, "--about", "card", "--pairs", "--json")[1])
    # What the card did it does again, and so it gains.
    assert both["about"]["p"] > one
    assert both["pairs"]["best"] == []  # one question is left
    fixed = json.loads(bayesdiag(*told, "--fix", "other_card=fails:0.6", "--json")[1])
    assert fixed["fixed"]["other_card"] == {"fails": 0.6}


@pytest.mark.parametrize(
    ("told", "message"),
    [
        (["--earlier", "text"], "--earlier text: this is not a finding"),
        (["--earlier", "text=failed,text=refused"], '"text" is told twice'),
        (["--earlier", "text=blue"], 'earlier.1.text: "blue" is not one of its states'),
        (
            ["--earlier", "cable=loose", "-f", "cable=ok"],
            "earlier.1.cable: loose here and ok in another attempt",
        ),
        (["--earlier", ""] * 9, "9 earlier attempts"),
    ],
)
def test_bad_attempts_are_told(told: list[str], message: str, bayesdiag: Told) -> None:
    code, out, err = bayesdiag("diagnose", TILL, *told)
    assert (code, out) == (2, "")
    assert message in err


@pytest.mark.parametrize(
    ("earlier", "message"),
    [
        ([3], "0.earlier.0: this is no attempt"),
        ([{"text": 3}], "0.earlier.0.text: 3 is no finding"),
        ("text", "0: this is no case"),
        ([{"text": "blue"}], '0.earlier.1.text: "blue" is not one of its states'),
    ],
)
def test_bad_attempts_of_a_file_are_told(
    earlier: object, message: str, bayesdiag: Told, tmp_path: Path
) -> None:
    file = tmp_path / "case.json"
    file.write_text(json.dumps([{"findings": {}, "earlier": earlier}]), encoding="utf-8")
    code, _, err = bayesdiag("diagnose", TILL, "--findings", str(file))
    assert code == 2
    assert f"{file}: {message}" in err


def test_the_dialogue_goes_on_from_earlier_attempts(bayesdiag: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("q\n"))
    code, out, _ = bayesdiag("ask", TILL, "-f", "text=failed", "--earlier", "text=failed", "--lang", "en")
    assert code == 0
    assert "attempt 1: failed; Text on the screen: failed" in out


def test_a_line_of_a_case_file_holds_attempts(tmp_path: Path, till: CompiledNetwork) -> None:
    model = till.model
    case = Case(
        Evidence(model, {"text": "failed"}),
        {"card": "expired"},
        earlier=(Evidence(model, {"text": {"failed": 0.5, "refused": 1.0}}), Evidence(model, {})),
    )
    file = tmp_path / "cases.jsonl"
    write_cases(file, model, [case])
    assert json.loads(file.read_text(encoding="utf-8"))["earlier"] == [
        {"text": {"failed": 0.5, "refused": 1.0}},
        {},
    ]
    assert read_cases(file, model) == ([case], [])
    with pytest.raises(CaseFileError, match="a row holds one attempt"):
        write_cases(tmp_path / "cases.csv", model, [case])
    first = diagnose(till, case.evidence, earlier=case.earlier).causes[0]
    assert replayed_case(till, case, None).first == (first.id, first.state)


@pytest.mark.parametrize(
    ("earlier", "message"),
    [
        ([{"text": "blue"}], 'row 1.earlier.1.text: "blue" is not one of its states'),
        ([{}, {"txt": "failed"}], "row 1.earlier.2.txt: no variable has this name"),
        ({"text": "failed"}, "stands here"),
    ],
)
def test_a_bad_attempt_of_a_line_is_told(
    earlier: object, message: str, tmp_path: Path, till: CompiledNetwork
) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text(json.dumps({"findings": {}, "earlier": earlier}), encoding="utf-8")
    _, (reject,) = read_cases(file, till.model)
    assert message in str(reject.faults[0])


GOLDEN = """
cases:
  twice:
    kind: single
    text: {zh: 又试了一次, en: tried again}
    findings: {text: failed}
    earlier:
    - {text: refused}
    - {}
    expected_first: [card=expired]
    source: made up
"""


def test_a_golden_case_may_have_attempts(till: CompiledNetwork) -> None:
    (case,) = load_cases("till.cases.yaml", GOLDEN, till.model)
    assert case.earlier == ({"text": "refused"}, {})
    (result,) = replayed(till, [case])
    assert result.passed
    expected = diagnose(till, {"text": "failed"}, earlier=[{"text": "refused"}, {}]).causes[0]
    assert result.first is not None
    assert result.first.responsibility == pytest.approx(expected.responsibility)
    with pytest.raises(ModelFileError, match=r"till\.cases\.yaml:8: cases\.twice\.earlier\.0\.text"):
        load_cases("till.cases.yaml", GOLDEN.replace("refused", "blue"), till.model)


def test_learning_says_that_it_looks_at_the_latest_attempt_only(bayesdiag: Told, tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    lines = ['{"findings": {"text": "failed"}, "earlier": [{"text": "failed"}]}']
    lines += ['{"findings": {"text": "failed", "other_card": "fails"}}'] * 3
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    code, _, err = bayesdiag("fit", TILL, str(file), "-o", str(tmp_path / "new.yaml"))
    assert code == 0
    assert "1 case has several attempts; only its latest counts here." in err
