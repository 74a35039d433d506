"""The command line as a person meets it: what it prints, where, and its exit codes."""

from __future__ import annotations

import io
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bayesdiag.cli import run
from bayesdiag.modelfile import models_folder

Told = tuple[int, str, str]
Bayesdiag = Callable[..., Told]

SECRET = "4111 1111 1111 1111"
CASE = ["-f", "display_text=read_error", "-f", "other_card_here=works"]


@pytest.fixture
def bayesdiag(capsys: pytest.CaptureFixture[str]) -> Bayesdiag:
    def call(*arguments: str) -> Told:
        code = run(list(arguments))
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


def test_no_argument_prints_help(bayesdiag: Bayesdiag) -> None:
    code, out, err = bayesdiag()
    assert code == 0
    assert not err
    for command in ("diagnose", "ask", "check", "posterior", "cases", "app"):
        assert f"  {command} " in out


@pytest.mark.parametrize("command", ["diagnose", "ask", "check", "posterior", "app"])
def test_every_command_has_help(command: str, bayesdiag: Bayesdiag) -> None:
    code, out, _ = bayesdiag(command, "--help")
    assert code == 0
    assert out.startswith(f"Usage: bayesdiag {command}")


def test_the_version_is_the_packages() -> None:
    from importlib.metadata import version  # noqa: PLC0415

    done = subprocess.run(
        [sys.executable, "-m", "bayesdiag", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"bayesdiag {version('bayesdiag')}\n"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_diagnosis_reads_as_written_down(language: str, bayesdiag: Bayesdiag) -> None:
    """tests/text/diagnose.*.txt is what a merchant reads; change it on purpose only."""
    code, out, err = bayesdiag("diagnose", *CASE, "--lang", language)
    assert (code, err) == (0, "")
    expected = (Path(__file__).parent / "text" / f"diagnose.{language}.txt").read_text(encoding="utf-8")
    assert out == expected


def test_the_locale_decides_the_language(bayesdiag: Bayesdiag, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert bayesdiag("diagnose", *CASE)[1].startswith("结论")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert bayesdiag("diagnose", *CASE)[1].startswith("Answer")


def test_verbose_tells_the_cost_on_standard_error(bayesdiag: Bayesdiag) -> None:
    code, out, err = bayesdiag("diagnose", *CASE, "--verbose", "--json")
    assert code == 0
    assert err.startswith("program: ")
    assert "entries in" in err
    json.loads(out)


def test_json_is_one_document_with_the_documented_fields(bayesdiag: Bayesdiag) -> None:
    code, out, err = bayesdiag("diagnose", *CASE, "--json", "--lang", "en")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert list(told) == [
        "model",
        "status",
        "log_evidence",
        "findings",
        "causes",
        "none_of_these",
        "questions",
        "asking",
        "plan",
        "contact",
        "explanation",
        "doubt",
    ]
    assert told["findings"] == {"display_text": "read_error", "other_card_here": "works"}
    assert told["model"]["name"] == "pos_card"
    assert told["model"]["digest"].startswith("sha256:")
    shares = [cause["responsibility"] for cause in told["causes"]]
    assert shares == sorted(shares, reverse=True)
    explanation = told["explanation"]
    total = explanation["start"] + sum(line["bits"] for line in explanation["ledger"])
    assert total == pytest.approx(explanation["end"], abs=1e-9)


def test_a_list_of_cases_gives_a_list(bayesdiag: Bayesdiag, tmp_path: Path) -> None:
    path = tmp_path / "cases.json"
    cases = [
        {"findings": {"display_text": "insufficient"}},
        {"findings": {"signal_indicator": {"good": 0.7, "weak": 0.3}}},
    ]
    path.write_text(json.dumps(cases), encoding="utf-8")
    code, out, _ = bayesdiag("diagnose", "--findings", str(path), "--json")
    told = json.loads(out)
    assert code == 0
    assert [case["findings"] for case in told] == [case["findings"] for case in cases]
    assert told[0]["causes"][0]["id"] == "insufficient_funds"


def test_a_soft_finding_on_the_command_line_is_the_one_in_a_file(
    bayesdiag: Bayesdiag, tmp_path: Path
) -> None:
    path = tmp_path / "case.json"
    path.write_text('{"findings": {"signal_indicator": {"good": 0.7, "weak": 0.3}}}', encoding="utf-8")
    from_file = bayesdiag("diagnose", "--findings", str(path), "--json")[1]
    told = bayesdiag("diagnose", "-f", "signal_indicator=good:0.7,weak:0.3", "--json")[1]
    assert json.loads(told) == json.loads(from_file)


def test_impossible_findings_are_said_and_exit_with_one(bayesdiag: Bayesdiag, tmp_path: Path) -> None:
    """No two answers exclude each other in the payment model, so one of its numbers is set to 0 here."""
    text = (models_folder() / "pos_card.yaml").read_text(encoding="utf-8")
    sure = "    prior: [1, 0, 0]\n"
    changed, count = re.subn(
        r"(?m)(^  pin_pad_fault:\n(?:    .*\n)*?)    prior: .*\n", rf"\g<1>{sure}", text, count=1
    )
    assert count == 1
    path = tmp_path / "sure.yaml"
    path.write_text(changed, encoding="utf-8")
    case = ["diagnose", str(path), "-f", "display_text=read_error", "-f", "pin_pad_fault=keys_bad"]
    code, out, err = bayesdiag(*case, "--lang", "en")
    assert (code, err) == (1, "")
    assert out == (
        "Answer\n  Under this model these findings cannot occur together: Text shown on screen or slip: "
        "card read error; PIN pad (keys and PIN key): keys dead, sticky or doubled. "
        "Check them again, and take back the one you are least sure of.\n"
    )
    code, out, _ = bayesdiag(*case, "--json")
    told = json.loads(out)
    assert code == 1
    assert (told["status"], told["log_evidence"], told["causes"]) == ("impossible", None, [])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["diagnose", "-f", "display_text"],
            "-f display_text: this is not a finding.\n    Write ID=STATE, or ID=STATE:0.7,STATE:0.3.\n"
            "1 fault; nothing was computed.\n",
        ),
        (
            ["diagnose", "-f", "other_card_here=works", "-f", "other_card_here=fails"],
            '-f other_card_here=fails: "other_card_here" is told twice.\n    Tell each finding once.\n'
            "1 fault; nothing was computed.\n",
        ),
        (
            ["diagnose", "-f", "other_card_her=works", "-f", "tap_outcome=red_ok"],
            'other_card_her: no variable has this name.\n    Did you mean "other_card_here"? Known variables: '
            "terminal_age, maintenance_regular, card_age, connection_type, time_window, amount_band, "
            "over_tap_limit, card_origin, card_interface, install_state, unusual_use, entry_method, … (108 in all).\n"
            'tap_outcome: "red_ok" is not one of its states.\n    Did you mean "read_ok"? '
            "Known states of tap_outcome: read_ok, asks_insert, read_fail.\n2 faults; nothing was computed.\n",
        ),
        (
            ["diagnose", "-f", "signal_indicator=good:-1,weak:nan"],
            "signal_indicator.good: -1.0 is not a likelihood.\n    A likelihood is a finite number, 0 or more.\n"
            "signal_indicator.weak: nan is not a likelihood.\n    A likelihood is a finite number, 0 or more.\n"
            "2 faults; nothing was computed.\n",
        ),
        (["nonsense"], "bayesdiag: No such command 'nonsense'. Try: bayesdiag --help\n"),
        (
            ["diagnose", "no_such_model"],
            "no_such_model: there is no such file.\n    Give a file. Known bundled models: pos_card.\n"
            "1 fault; the model was not loaded.\n",
        ),
        (
            ["posterior", "pos_card", "--target", "raw_outcom"],
            '--target raw_outcom: no variable has this name.\n    Did you mean "raw_outcome"? Known variables: '
            "terminal_age, maintenance_regular, card_age, connection_type, time_window, amount_band, "
            "over_tap_limit, card_origin, card_interface, install_state, unusual_use, entry_method, … (108 in all).\n"
            "1 fault; nothing was computed.\n",
        ),
    ],
)
def test_a_wrong_call_is_told_in_full_and_exits_with_two(
    arguments: list[str], message: str, bayesdiag: Bayesdiag
) -> None:
    code, out, err = bayesdiag(*arguments)
    assert (code, out) == (2, "")
    assert err == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", ":1: this is not JSON: Expecting property name enclosed in double quotes.\n"),
        ("[]\n\n{", ":3: this is not JSON: Extra data.\n"),
        (
            '{"findings": {"tap_outcome": {"fails": 1' + "0" * 5000 + "}}}",
            ": a number has thousands of digits.\n",
        ),
        ('{"findings": {"tap_outcome": {"read_fail": 1' + "0" * 400 + "}}}", ": tap_outcome.read_fail: 1"),
        ('{"finding": {}}', ': this is no case.\n    Write {"findings": {"ID": "STATE"}}.\n'),
        ('{"findings": {"a": 1}}', ": findings.a: 1 is no finding.\n    Write a state's name, or "),
        (
            '{"findings": {"tap_outcome": "fails", "tap_outcome": "read_ok"}}',
            ": tap_outcome: this name is given twice.\n    Give each once.\n",
        ),
        ('[{"findings": {"tap": "x"}}]', ": 0.tap: no variable has this name.\n"),
    ],
)
def test_a_wrong_findings_file_is_told_by_place(
    text: str, message: str, bayesdiag: Bayesdiag, tmp_path: Path
) -> None:
    path = tmp_path / "case.json"
    path.write_text(text, encoding="utf-8")
    code, out, err = bayesdiag("diagnose", "--findings", str(path))
    assert (code, out) == (2, "")
    assert err.startswith(f"{path}{message}")
    assert err.endswith("; nothing was computed.\n")


@pytest.mark.parametrize("command", [["check"], ["diagnose", "--findings"]])
def test_a_device_is_no_file(command: list[str], bayesdiag: Bayesdiag) -> None:
    code, out, err = bayesdiag(*command, "/dev/zero")
    assert (code, out) == (2, "")
    assert err.startswith("/dev/zero: this is no regular file.\n    Give a file.\n")


def test_a_terminal_without_chinese_gets_marks_not_a_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bayesdiag", "diagnose", "-f", "response_code=rc_funds", "--lang", "zh"],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        check=True,
    )
    assert b"51" in done.stdout
    assert done.stderr == b""


def test_a_port_in_use_is_told(bayesdiag: Bayesdiag) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        code, out, err = bayesdiag("app", "--port", str(port), "--no-browser")
    assert (code, out) == (2, "")
    assert f"cannot serve on 127.0.0.1:{port} (Address already in use)" in err


def test_an_absent_findings_file_is_told(bayesdiag: Bayesdiag, tmp_path: Path) -> None:
    code, _, err = bayesdiag("diagnose", "--findings", str(tmp_path / "no.json"))
    assert code == 2
    assert "no.json: the file cannot be read (No such file or directory)." in err


def test_check_replays_the_golden_cases(bayesdiag: Bayesdiag) -> None:
    code, out, err = bayesdiag("check", "pos_card")
    assert not err
    lines = out.splitlines()
    assert lines[0] == (
        "pos_card 1.3.0: no faults; variables: 15 context, 32 cause, 10 stage, 28 symptom, 23 test; 43 repairs."
    )
    passed, _, total = lines[1].removeprefix("golden cases: ").removesuffix(" as expected.").partition(" of ")
    assert int(passed) >= 81
    assert total == "84"
    assert code == (0 if passed == total else 1)


def test_check_tells_all_faults_of_a_file(bayesdiag: Bayesdiag, tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("format: 1\nname: broken\nnonsense: 3\nvariables: []\n", encoding="utf-8")
    code, out, err = bayesdiag("check", str(path))
    assert (code, out) == (2, "")
    assert err.startswith(f"{path}:")
    assert "nonsense" in err
    assert err.rstrip().endswith("the model was not loaded.")
    code, out, err = bayesdiag("check", str(path), "--json")
    told = json.loads(out)
    assert (code, err, told["model"]) == (2, "", None)
    assert all(fault["file"] == str(path) for fault in told["faults"])


def test_posterior_of_the_payment_model_with_and_without_its_premise(bayesdiag: Bayesdiag) -> None:
    code, out, _ = bayesdiag("posterior", "pos_card", "--target", "raw_outcome", "--json")
    without = json.loads(out)
    assert code == 0
    assert without["posterior"]["raw_outcome"]["approved"] > 0.9
    assert without["log_evidence"] == pytest.approx(0, abs=1e-12)
    given = json.loads(
        bayesdiag("posterior", "pos_card", "--target", "raw_outcome", "--premise", "--json")[1]
    )
    assert given["posterior"]["raw_outcome"]["approved"] == 0


def test_posterior_with_evidence_from_a_file(bayesdiag: Bayesdiag, tmp_path: Path) -> None:
    path = tmp_path / "evidence.json"
    path.write_text('{"card_age": "gt3y"}', encoding="utf-8")
    code, out, _ = bayesdiag(
        "posterior", "pos_card", "--evidence", str(path), "--target", "card_chip_condition"
    )
    assert code == 0
    # The model's own row for cards older than three years.
    assert "card_chip_condition: ok 0.9925, dirty 0.004, damaged 0.0035" in out


def test_the_dialogue_takes_answers_skips_and_undo(
    bayesdiag: Bayesdiag, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("u\n99\n?\nu\n1\nu\n2\nq\n"))
    code, out, err = bayesdiag("ask", *CASE, "--lang", "en")
    assert (code, err) == (0, "")
    assert "There is nothing to undo." in out
    assert "Please give 1 to 4, or one of ? s u q." in out
    asked = "On the failed attempt, was the card inserted, tapped or swiped, or was a phone or watch used?"
    # Asked at first, after the skip was undone, and after the answer was undone.
    assert out.count(asked) == 3
    assert "If it is this, you should also see" in out


def test_the_dialogue_begins_with_what_is_told(bayesdiag: Bayesdiag, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("机器显示 ５１ 余额不足\n\nu\nu\nq\n"))
    code, out, err = bayesdiag("ask", "--lang", "en")
    assert (code, err) == (0, "")
    assert "  1  Response code (field 39): 51 insufficient funds  ←  “５１”\n" in out
    assert "  2  Text shown on screen or slip: insufficient funds  ←  “余额不足”\n" in out
    monkeypatch.setattr("sys.stdin", io.StringIO("code 00 and code 88\n"))
    out = bayesdiag("ask", "--lang", "en")[1]
    assert "Careful: this says that an amount was approved. Look it up, do not charge again." in out
    assert "So far" not in out  # advice on a failure would invite a second charge
    assert "Unknown code (not used): 88\n" in out


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ("\n", ["response_code", "other_card_here"]),
        ("yes\n", ["response_code", "other_card_here"]),
        ("2\n", ["other_card_here"]),
        ("3\n1, 2\n", ["response_code", "other_card_here"]),
        ("maybe\nn\n", []),
    ],
)
def test_only_what_is_confirmed_is_entered(
    said: str, taken: list[str], bayesdiag: Bayesdiag, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"code 51, another card works\n{said}q\n"))
    code, out, _ = bayesdiag("ask", "--lang", "en")
    assert code == 0
    labels = {"response_code": "Response code", "other_card_here": "Another bank's credit card"}
    explained = out[out.index("\nWhy") :].partition("\n\n")[0]  # what to look at next stands below
    assert [name for name, label in labels.items() if label in explained] == taken
    assert ("Please give numbers from 1 to" in out) == (said[0] in "3m")


def test_the_dialogue_masks_what_is_told(bayesdiag: Bayesdiag, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{SECRET} declined, pin 1234\n\nq\n"))
    out = bayesdiag("ask", "--lang", "en")[1]
    assert "“declined”" in out
    assert SECRET not in out
    assert "1234" not in out


def test_a_text_is_read_into_suggestions(bayesdiag: Bayesdiag, monkeypatch: pytest.MonkeyPatch) -> None:
    story = "插卡报读卡错误，别人的卡能刷"
    code, out, err = bayesdiag("suggest", story, "--lang", "zh")
    assert (code, err) == (0, "")
    assert "本机刷别家银行的信用卡（同方式）：能用  ←  “别人的卡能刷”" in out
    command = next(line for line in out.splitlines() if "bayesdiag diagnose" in line).partition("bayesdiag ")[
        2
    ]
    assert bayesdiag(*command.split())[0] == 0
    monkeypatch.setattr("sys.stdin", io.StringIO(story))
    assert bayesdiag("suggest", "pos_card", "-", "--lang", "zh")[1] == out
    assert bayesdiag("suggest", "天气不错", "--lang", "zh")[1] == "没有认出可以作为依据的内容。\n"
    assert bayesdiag("suggest", "a", "b", "c")[0] == 2


def test_suggestions_as_json_say_where_the_words_stand(bayesdiag: Bayesdiag) -> None:
    out = bayesdiag(
        "suggest", "--json", "--lang", "en", f"card {SECRET}: code 51, code 88; another card works"
    )[1]
    found = json.loads(out)
    assert set(found) == {"text", "suggestions", "conflicts", "unknown_codes", "approved"}
    assert found["text"] == "card [411111******1111]: code 51, code 88; another card works"
    assert found["unknown_codes"] == ["88"]
    assert (found["approved"], found["conflicts"]) == (False, [])
    assert {one["id"]: one["code"] for one in found["suggestions"]} == {
        "response_code": "51",
        "other_card_here": None,
    }
    for one in found["suggestions"]:
        assert found["text"][one["start"] : one["end"]] == one["words"]


def test_the_dialogue_says_when_it_recognised_nothing(
    bayesdiag: Bayesdiag, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("abc\nskip\nq\n"))
    out = bayesdiag("ask", "--lang", "en")[1]
    assert "Nothing was recognised; please choose in the questions that follow.\n" in out
    assert out.count("So far: ") == 2
    monkeypatch.setattr("sys.stdin", io.StringIO("q\n"))
    code, out, _ = bayesdiag("ask", "--lang", "en")
    assert code == 0
    assert "So far" not in out


def test_the_dialogue_ends_with_its_input(bayesdiag: Bayesdiag, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    code, out, _ = bayesdiag("ask", "--lang", "zh")
    assert code == 0
    assert "到这里为止，结论如下。" in out


def test_the_dialogue_stops_by_itself_when_the_answer_is_clear(
    bayesdiag: Bayesdiag, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    code, out, _ = bayesdiag("ask", "-f", "response_code=rc_pin_exceeded", "--lang", "en")
    assert code == 0
    assert "Further questions would hardly change the answer." in out


def test_a_closed_pipe_is_no_traceback() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "bayesdiag", "diagnose", "-f", "display_text=read_error"],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["diagnose", "-f", SECRET],
        ["diagnose", "-f", f"display_text={SECRET}"],
        ["diagnose", "-f", f"{SECRET}=yes"],
        ["diagnose", SECRET],
        ["diagnose", "--findings", f"{SECRET}.json"],
        ["posterior", "pos_card", SECRET],
        ["ask", "--lang", SECRET],
        [SECRET],
    ],
    ids=lambda arguments: " ".join(arguments[:2]).replace(" ", "_"),
)
def test_a_card_number_typed_in_the_wrong_place_is_not_echoed(
    arguments: list[str], bayesdiag: Bayesdiag
) -> None:
    code, told, wrong = bayesdiag(*arguments)
    assert code == 2
    assert "411111******1111" in wrong
    assert SECRET not in told + wrong


def test_an_unexpected_error_is_reported_masked() -> None:
    code = (
        "import sys; from bayesdiag import cli\n"
        "cli.run = lambda arguments: int(arguments[0])\n"
        f"cli.main(['{SECRET}'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "ValueError" in done.stderr
    assert "411111******1111" in done.stderr
    assert SECRET not in done.stderr


def test_every_command_prints_through_the_place_where_control_signs_are_shown() -> None:
    folder = Path(__file__).resolve().parents[1] / "bayesdiag" / "cli"
    printing = [
        path.name for path in folder.rglob("*.py") if "typer.echo(" in path.read_text(encoding="utf-8")
    ]
    assert printing == ["printing.py"]
