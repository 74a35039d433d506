"""`bayesdiag cases` as a new user meets it, from the first case to the last backup."""

from __future__ import annotations

import io
import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import bayesdiag.store
from bayesdiag.cli import run
from bayesdiag.cli.cases import cases
from bayesdiag.modelfile import models_folder
from bayesdiag.store import CaseRecord, Event, Store, append_events, open_store
from bayesdiag.store.address import SWITCH
from tests.store.test_cases import CARD, assert_masked

Told = tuple[int, str, str]
Cases = Callable[..., Told]
LAMP = (
    re.findall(
        r"```yaml\n(format: 1\nname: lamp.*?)```",
        (models_folder() / "README.md").read_text(encoding="utf-8"),
        re.DOTALL,
    )[0]
    + """
symptoms:
  room:
    label: {zh: 房间, en: Room}
    states: {bright: {zh: 亮, en: bright}, dark: {zh: 暗, en: dark}}
    map: {parent: light, rows: {lit: {bright: 0.9, dark: 0.1}, dark: {bright: 0.2, dark: 0.8}}}
    source: guess
    ess: 10
    within: 3
    question: {text: {zh: 暗吗, en: Is it dark?}, minutes: 1, group: screen}
"""
)
FOUND = ["-f", "display_text=read_error", "-f", "other_card_here=works"]


@pytest.fixture
def kept(address: str, calls: Cases, monkeypatch: pytest.MonkeyPatch) -> Cases:
    monkeypatch.setenv(SWITCH, address)
    return calls


@pytest.fixture
def kept_in_file(file_address: str, calls: Cases, monkeypatch: pytest.MonkeyPatch) -> Cases:
    """For what no database has a part in."""
    monkeypatch.setenv(SWITCH, file_address)
    return calls


@pytest.fixture
def calls(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cases:
    monkeypatch.setenv("BAYESDIAG_USER", "Li")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Told:
        code = run(["cases", *arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


def document(kept: Cases, *arguments: str, code: int = 0) -> Any:
    left, out, err = kept(*arguments, "--json")
    assert (left, err) == (code, "")
    return json.loads(out)


def test_the_walk_of_a_new_user(kept: Cases, tmp_path: Path) -> None:  # noqa: PLR0915 - one walk
    code, out, err = kept("add", *FOUND, "--id", "T-1", "--who", "shop", "--note", f"card {CARD} 芯片")
    assert (code, err) == (0, "")
    assert out.startswith("case T-1: added; open, version 5.\n\nAnswer\n  Most likely: ")
    assert "Ask next" in out
    told = document(kept, "show", "T-1")
    assert_masked(json.dumps(told))
    assert told["diagnosis"]["causes"][0]["id"] == told["first_cause"]["id"] == "usage_error"
    assert told["model"]["name"] == "pos_card"
    assert told["model"]["digest"].startswith("sha256:")
    assert told["said"]["display_text"]["who"] == "shop"
    code, out, _ = kept(
        "append",
        "T-1",
        "--answer",
        "entry_method=chip",
        "--tried",
        "clean_card_or_reader=not_solved",
        "--minutes",
        "3",
    )
    assert code == 0
    assert out.startswith("Answer\n")
    assert out.endswith("case T-1: added to; open, version 8.\n")
    assert kept("hand-over", "T-1", "Bo")[1] == "case T-1: handed over to Bo; open, version 9.\n"
    assert kept("close", "T-1", "--cause", "card_chip_condition=damaged", "--minutes", "4", "--money", "2")[
        1
    ] == ("case T-1: closed, version 12.\n")
    assert kept("reopen", "T-1", "--note", "fails again")[1] == "case T-1: reopened; open, version 14.\n"
    assert (
        kept(
            "close",
            "T-1",
            "--cause",
            "card_chip_condition=dirty",
            "--excluded",
            "card_chip_condition=damaged",
        )[0]
        == 0
    )
    told = document(kept, "show", "T-1")
    assert (told["confirmed"], told["excluded"]) == (
        {"card_chip_condition": "dirty"},
        {"card_chip_condition": ["damaged"]},
    )
    assert (told["minutes"], told["money"], told["handler"], told["status"]) == (7, 2, "Bo", "closed")
    assert [record["id"] for record in document(kept, "search", "芯片", "FAILS")] == ["T-1"]
    assert document(kept, "list", "--status", "open") == []
    assert [
        r["id"] for r in document(kept, "list", "--cause", "card_chip_condition=dirty", "--person", "bo")
    ] == ["T-1"]
    assert kept("export", "out.jsonl")[1] == "1 case exported to out.jsonl.\n"
    assert kept("backup", "b.jsonl")[0] == 0
    code, out, _ = kept("delete", "T-1")
    assert (code, out) == (2, "")
    code, out, _ = kept("delete", "--for-good", "T-1")
    assert (code, out.splitlines()[0]) == (0, "case T-1: erased for good.")
    assert kept("show", "T-1")[0] == 2
    assert kept("import", "out.jsonl")[1].endswith("1 erased for good before, left out: T-1\n")
    code, out, _ = kept("restore", "b.jsonl")
    assert (code, "T-1" in out) == (0, True)
    assert document(kept, "list") == []
    other = ["--store", str(tmp_path / "other.db")]
    assert kept("restore", "b.jsonl", *other)[1].startswith("1 case restored from the backup of 20")
    assert document(kept, "list", *other)[0]["id"] == "T-1"


def test_a_page_of_a_case(kept: Cases) -> None:
    kept(
        "add",
        *FOUND[:2],
        "-f",
        "signal_indicator=good:0.7,weak:0.3",
        "--id",
        "T-1",
        "--who",
        "王小明",
        "--when",
        "2026-11-20T09:30",
    )
    kept(
        "append",
        "T-1",
        "--undo",
        "2",
        "--skipped",
        "card_age",
        "--dont-know",
        "terminal_age",
        "--asked",
        "tap_outcome",
    )
    out = kept("show", "T-1")[1]
    for part in (
        "T-1  open, version 9",
        "signal_indicator = good:0.7, weak:0.3  – 王小明, 2026-11-20 09:30",
        "Li: found display_text = read_error (王小明 2026-11-20T09:30)  (taken back)",
        "Li: undone number 2",
        "Li: skipped card_age",
        "Li: does not know terminal_age",
        "Li: asked tap_outcome",
    ):
        assert part in out, part
    assert "\n  display_text = " not in out
    lines = kept("list")[1].splitlines()
    assert lines[0].split() == ["id", "status", "changed", "handled", "by", "cause"]
    assert lines[1].endswith(" ?")


def test_a_list_of_findings_becomes_as_many_cases(kept: Cases, tmp_path: Path) -> None:
    (tmp_path / "f.json").write_text(
        '[{"findings": {"card_age": "gt3y"}}, {"findings": {}}]', encoding="utf-8"
    )
    told = document(kept, "add", "--findings", "f.json")
    assert len(told) == 2
    assert len({case["id"] for case in told}) == 2
    assert kept("add", "--findings", "f.json", "--id", "x")[0] == 2


def test_findings_that_cannot_be_are_kept_and_told(kept: Cases) -> None:
    impossible = ["-f", "raw_outcome=approved"]
    code, _, err = kept("add", *impossible)
    if code == 2:  # the model has no such question: then nothing is kept
        assert "raw_outcome" in err
        assert document(kept, "list") == []
    else:
        assert code == 1
        assert len(document(kept, "list")) == 1


@pytest.mark.parametrize(
    ("call", "found"),
    [
        (["add", "-f", "display_text=none_such"], '"none_such" is not one of its states'),
        (["add", "-f", f"{CARD}=x"], "no variable has this name"),
        (["add", *FOUND, "--id", CARD], "looks like somebody's number"),
        (["add", *FOUND, "--when", CARD], "this cannot stand here"),
        (["show", CARD], "no case has this id"),
        (["append", "T-1", "--cause", f"{CARD}={CARD}"], "no cause has this name"),
        (["append", "T-1", "--cause", "card_chip_condition=odd"], '"odd" is not one of its states'),
        (["append", "T-1", "--tried", "cleen_card=solved"], "no repair has this name"),
        (["append", "T-1", "--tried", "clean_card_or_reader=perhaps"], "One of solved, not_solved, unclear"),
        (["append", "T-1", "--skipped", "card_aje"], 'Did you mean "card_age"'),
        (["append", "T-1", "--undo", "99"], "number 99 cannot be taken back"),
        (["append", "T-1", "--cause", CARD], "this is not of the right form"),
        (["append", "T-1"], "nothing to add was given"),
        (["append", "T-1", "--note", "x", "--seen", "1"], "version 1 was seen"),
        (["append", "T-1", "--minutes", "-3"], "A number, 0 or more"),
        (["close", "T-1", "--cause", "display_text=read_error"], "no cause has this name"),
        (["reopen", "T-1"], "the case is open"),
        (["hand-over", "T-1", " "], "Who handles it from now on"),
        (["list", "--status", CARD], "Write open or closed"),
        (["list", "--since", CARD], "Write a day as"),
        (["expire", "--older-than", CARD], "as in 365d"),
        (["forget", "--person", "!"], "this is no name"),
        (["delete", "T-1"], "deleted for good or not at all"),
        (["delete", "T-9", "--for-good"], "no case has this id"),
        (["import", "none.jsonl"], "the file cannot be read"),
        (["restore", "none.jsonl"], "the file cannot be read"),
        (["backup", "none/b.jsonl"], "the file cannot be written"),
        (["export", "none/b.jsonl"], "the file cannot be written"),
        (["replay", "pos_card", "--renamed", "none.json"], "the file cannot be read"),
        (["list", "--store", "none.db"], "there is no store"),
        (["add", *FOUND, "--when", "soon"], "--when: this cannot stand here"),
        (["add", *FOUND, "--id", ""], "--id"),
        (["add", *FOUND, "--note", " "], "--note"),
        (["append", "T-1", "--note", ""], "--note"),
        (["append", "T-1", "-f", "card_age=gt3y", "--when", "soon"], "--when: this cannot stand here"),
        (["append", "T-1", "--minutes", "-3"], "--minutes: this cannot stand here"),
        (["append", "T-1", "--money", "nan"], "--money: this cannot stand here"),
        (["append", "T-1", "--undo", "99"], "--undo: number 99 cannot be taken back"),
        (["append", "T-1", "--tried", "clean_card_or_reader=perhaps"], "--tried: this cannot stand here"),
        (["close", "T-1", "--cause", "usage_error=removed_or_misinserted", "--excluded", "usage_error=removed_or_misinserted"], "both confirmed and excluded"),
        (["list", "--status", ""], "Write open or closed"),
        (["list", "--person", ""], "--person"),
        (["list", "--since", ""], "Write a day as"),
        (["list", "--since", "2026-W01-1"], "Write a day as"),
        (["export", "--until", "2026-01-01T09:30+02:00"], "Write a day as"),
        (["list", "--cause", "card_chip_conditoin"], 'Did you mean "card_chip_condition"'),
        (["export", "--cause", "nonsense"], "no cause has this name"),
        (["list", "--store", f"mysql://u:{CARD}@h/d"], "cases are not kept in such a database"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_and_nothing_is_done(kept_in_file: Cases, call: list[str], found: str) -> None:
    kept_in_file("add", *FOUND, "--id", "T-1")
    before = document(kept_in_file, "list")
    code, out, err = kept_in_file(*call)
    assert (code, out) == (2, "")
    assert found in err
    assert "Traceback" not in err
    assert_masked(err)
    assert document(kept_in_file, "list") == before


def test_forget_and_expire_say_what_they_would_do(kept: Cases) -> None:
    kept("add", "--id", "T-1", "--note", "Ada called", "--by", "Ada")
    code, out, _ = kept("forget", "--person", "Ada")
    assert (code, "named in 3 events of 1 case: T-1" in out) == (1, True)
    assert "Ada" in kept("show", "T-1")[1]
    assert kept("forget", "--person", "ada", "--yes")[0] == 0
    assert "Ada" not in kept("show", "T-1")[1]
    assert kept("expire", "--older-than", "365d")[1].startswith("0 cases last changed before")
    code, out, _ = kept("expire", "--older-than", "0d")
    assert (code, out.splitlines()[0]) == (1, "case T-1: would be erased.")
    assert document(kept, "expire", "--older-than", "0d", "--yes") == {"erased": ["T-1"]}


def test_a_confirmed_cause_that_the_model_no_longer_knows_fails_a_replay(kept: Cases, tmp_path: Path) -> None:
    kept("add", *FOUND, "--id", "T-1")
    kept("close", "T-1", "--cause", "card_chip_condition=damaged")
    text = (models_folder() / "pos_card.yaml").read_text(encoding="utf-8")
    other = re.sub(r"\bcard_chip_condition\b", "chip_condition", text)
    (tmp_path / "other.yaml").write_text(other, encoding="utf-8")
    code, out, _ = kept("replay", "other.yaml")
    assert code == 1
    assert "1 case with a confirmed cause that this model does not know" in out
    (tmp_path / "names.json").write_text('{"card_chip_condition": "chip_condition"}', encoding="utf-8")
    assert document(kept, "replay", "other.yaml", "--renamed", "names.json")["lost"] == 0


def test_a_note_keeps_who_said_it_and_when(kept: Cases) -> None:
    kept("add", *FOUND, "--id", "T-1")
    kept("append", "T-1", "--note", "it beeped", "--who", "corner shop", "--when", "2026-11-20")
    last = document(kept, "show", "T-1")["history"][-1]
    assert last["kind"] == "noted"
    assert (last["body"]["who"], last["body"]["when"][:10]) == ("corner shop", "2026-11-20")


def test_closed_cases_are_replayed_on_a_changed_model(kept: Cases, tmp_path: Path) -> None:
    for number, cause in enumerate(("usage_error=removed_or_misinserted", "card_chip_condition=damaged")):
        kept("add", *FOUND, "--id", f"T-{number}")
        kept("close", f"T-{number}", "--cause", cause)
    code, out, _ = kept("replay", "pos_card")
    assert code == 0
    assert out.splitlines() == [
        "2 closed cases replayed on pos_card 1.3.0; 0 changed.",
        "the confirmed cause comes first in 1 of 2 cases; as they were shown: 1.",
    ]
    from dataclasses import replace  # noqa: PLC0415

    import bayesdiag as bd  # noqa: PLC0415
    from bayesdiag.model import Prior  # noqa: PLC0415

    model = bd.load("pos_card")
    chip = model.variable_of["card_chip_condition"]
    likelier = replace(chip, cpt=Prior((0.05, 0.05, 0.9)))
    assert chip.state_ids[2] == "damaged"
    edited = replace(model, variables=tuple(likelier if v is chip else v for v in model.variables))
    bd.save(edited, tmp_path / "edited.yaml")
    told = document(kept, "replay", "edited.yaml")
    assert (told["n"], told["changed"], told["confirmed"], told["right_before"], told["right"]) == (
        2,
        2,
        2,
        1,
        1,
    )
    kept("delete", "--for-good", "T-1")
    code, out, _ = kept("replay", "edited.yaml")
    assert code == 1  # what was right no longer is
    assert "T-0: usage_error=removed_or_misinserted → card_chip_condition=damaged, not as confirmed" in out
    (tmp_path / "names.json").write_text('{"display_text=gone": "display_text=read_error"}', encoding="utf-8")
    assert kept("replay", "pos_card", "--renamed", "names.json")[0] == 0


@pytest.mark.parametrize("command", sorted(command.name or "" for command in cases.registered_commands))
def test_every_command_has_help(kept_in_file: Cases, command: str) -> None:
    code, out, _ = kept_in_file(command, "--help")
    assert code == 0
    assert out.startswith(f"Usage: bayesdiag cases {command}")
    assert "--store" in out


def test_cases_alone_tells_what_there_is(kept_in_file: Cases) -> None:
    assert kept_in_file() == kept_in_file("--help")
    code, out, err = kept_in_file()
    assert (code, err, "..." in out.partition("Commands:")[2]) == (0, "", False)
    for command in cases.registered_commands:
        assert f"  {command.name} " in out


def test_a_diagnosis_needs_no_database_library() -> None:
    code = (
        "import sys, bayesdiag; from bayesdiag.cli import run\n"
        "run(['diagnose', '-f', 'display_text=read_error']); run(['cases', '--help'])\n"
        "print([n for n in ('sqlalchemy', 'alembic', 'psycopg', 'sqlite3') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ}
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_case_of_a_model_of_ones_own_is_diagnosed_anew_with_it(kept_in_file: Cases, tmp_path: Path) -> None:
    (tmp_path / "lamp.yaml").write_text(LAMP, encoding="utf-8")
    assert kept_in_file("add", "lamp.yaml", "--id", "T-1")[::2] == (0, "")
    code, _, err = kept_in_file("append", "T-1", "-f", "room=dark")
    assert (code, err) == (0, "not diagnosed anew: give its model, --model FILE\n")
    code, out, err = kept_in_file("append", "T-1", "-f", "room=dark", "--model", "lamp.yaml")
    assert (code, err, out.startswith("Answer")) == (0, "", True)
    assert [e["kind"] for e in document(kept_in_file, "show", "T-1")["history"]].count("diagnosed") == 2
    told = document(kept_in_file, "show", "T-1", "--model", "pos_card")
    assert told["unknown"] == ["room=dark"]
    assert "room = dark  – Li" in kept_in_file("show", "T-1", "--model", "pos_card")[1]
    assert "(unknown to this model)" in kept_in_file("show", "T-1", "--model", "pos_card")[1]


@pytest.mark.parametrize("command", ["export", "backup"])
def test_nothing_is_written_over_a_store_or_what_is_no_file(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "cases.db"
    assert run(["cases", "add", "--store", str(store), "-f", "display_text=read_error"]) == 0
    other = tmp_path / "other.db"
    other.write_bytes(store.read_bytes())
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    before = other.read_bytes()
    for target in (store, other, pipe, tmp_path / "cases.db-erased", tmp_path / "cases.db-wal"):
        capsys.readouterr()
        assert run(["cases", command, str(target), "--store", str(store)]) == 2
        assert "nothing was written" in capsys.readouterr().err
    assert other.read_bytes() == before
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert run(["cases", "list", "--store", str(store), "--json"]) == 0
    assert "read_error" in store.read_bytes().decode("latin-1")


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://bo:p@ssw0rdX@nowhere.invalid/cases",
        "postgresql:bo:ssw0rdX@h",
        "bo:ssw0rdX@127.0.0.1/cases",
        "host=x password=ssw0rdX",
    ],
)
def test_a_password_in_a_mistyped_address_is_neither_shown_nor_made_a_file(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for command in (["list"], ["add", "-f", "display_text=read_error"]):
        assert run(["cases", *command, "--store", address]) == 2
        told = capsys.readouterr()
        assert "ssw0rdX" not in told.out + told.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("call", [["append", "T-1", "-f", "card_age=gt3y"], ["hand-over", "T-1", "Bo"]])
def test_a_change_without_a_version_is_added_to_what_another_wrote_meanwhile(
    kept: Cases, address: str, call: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept("add", *FOUND, "--id", "T-1")
    reading = bayesdiag.store.read_record
    left = [1, 2, 3]

    def overtaken(store: Store, case: str) -> CaseRecord:
        """Read, and be overtaken by another writer, three times."""
        record = reading(store, case)
        if left:
            with open_store(address) as other:
                append_events(other, case, [Event("noted", {"text": f"n{left.pop()}"})], seen=record.version)
        return record

    monkeypatch.setattr(bayesdiag.store, "read_record", overtaken)
    code, _, err = kept(*call)
    assert (code, err, left) == (0, "", [])
    told = document(kept, "show", "T-1")
    assert told["notes"] == ["n3", "n2", "n1"]
    last = told["history"][-1]
    if call[0] == "append":
        assert (last["kind"], last["body"]["diagnosis"]["findings"]["card_age"]) == ("diagnosed", "gt3y")
    else:
        assert (last["kind"], told["handler"]) == ("handed_over", "Bo")
    left.append(4)
    code, _, err = kept(*call, "--seen", str(told["version"]))
    assert (code, "version" in err) == (2, True)


READING = [
    ["list"], ["search", "x"], ["show", "T-1"], ["export"], ["backup", "b"], ["replay", "pos_card"], ["append", "T-1", "--note", "x"],
    ["close", "T-1"], ["delete", "T-1", "--for-good"], ["forget", "--person", "Bo", "--yes"], ["expire", "--older-than", "1d", "--yes"],
]  # fmt: skip


@pytest.mark.parametrize("call", READING, ids=" ".join)
@pytest.mark.parametrize("by_option", [True, False])
def test_only_what_adds_cases_makes_a_store(
    calls: Cases, call: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, by_option: bool
) -> None:
    monkeypatch.setenv(SWITCH, "folder/mistyped.db")
    told = ["--store", "folder/mistyped.db"] if by_option else []
    code, out, err = calls(*call, *told)
    assert (code, out) == (2, "")
    assert f"{tmp_path}/folder/mistyped.db: there is no store of cases" in err
    assert list(tmp_path.iterdir()) == []


def test_what_fails_leaves_no_store_behind(calls: Cases, tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text("{}\n", encoding="utf-8")
    before = {*tmp_path.iterdir()}
    for call in (["import", "bad.jsonl"], ["restore", "bad.jsonl"], ["restore", "none"], ["import", "none"]):
        assert calls(*call, "--store", "new.db")[0] == 2
    assert calls("add", *FOUND, "--when", "soon", "--store", "new.db")[0] == 2
    assert {*tmp_path.iterdir()} == before


def test_signs_that_would_steer_a_terminal_are_shown(kept: Cases) -> None:
    told = "red \x1b[31m\x9b2J back\rover \u202etxt.exe\x07\nHistory\n    1  Bo: closed"
    kept("add", *FOUND, "--id", "T-1", "--note", told)
    for call in (["show", "T-1"], ["show", "T-1", "--json"], ["list"], ["export"]):
        code, out, err = kept(*call)
        assert (code, err) == (0, "")
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", out), call
    assert json.loads(kept("export")[1])["events"][3]["body"]["text"] == told
    assert document(kept, "show", "T-1")["notes"] == [told]
    page = kept("show", "T-1")[1]
    assert (
        r"noted red \u001b[31m\u009b2J back\u000dover \u202etxt.exe\u0007\nHistory\n    1  Bo: closed" in page
    )
    assert page.splitlines().count("History") == 1
    assert "\x1b" not in kept("show", "T-\x1b[31m")[2]


def test_a_cause_confirmed_later_is_no_longer_excluded_unless_that_is_taken_back(kept: Cases) -> None:
    kept("add", "--id", "T-1")
    assert kept("append", "T-1", "--excluded", "card_chip_condition=dirty")[0] == 0
    code, _, err = kept("close", "T-1", "--cause", "card_chip_condition=dirty")
    assert (code, "--cause: card_chip_condition=dirty would be both" in err) == (2, True)
    number = document(kept, "show", "T-1")["version"]
    assert kept("append", "T-1", "--undo", str(number))[0] == 0
    assert kept("close", "T-1", "--cause", "card_chip_condition=dirty")[0] == 0


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_cases_are_imported_from_standard_input_with_any_line_end(
    kept: Cases, end: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("T-1", "T-2"):
        kept("add", "--id", name, "--note", "two\nlines")
    told = end.join(kept("export")[1].splitlines()) + end
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(told.encode())))
    other = ("--store", str(tmp_path / "other.db"))
    assert kept("import", "-", *other) == (0, "2 new, 0 with something new, 0 already there.\n", "")
    (tmp_path / "bad.jsonl").write_bytes(f"{told}x{end}".encode())
    code, _, err = kept("import", "bad.jsonl", *other)
    assert (code, "bad.jsonl:3: this is not JSON" in err) == (2, True)


def test_the_name_of_a_file_is_told_without_numbers(kept: Cases) -> None:
    kept("add", "--id", "T-1")
    for command in ("export", "backup"):
        assert_masked(kept(command, f"of {CARD}.jsonl")[1])
        assert_masked(kept(command, f"of {CARD}.jsonl", "--json")[1])


def test_what_did_not_help_is_diagnosed_anew_and_what_helped_is_not(kept: Cases) -> None:
    kept("add", "-f", "display_text=read_error", "--id", "T-1")
    for outcome, is_news in (("solved", False), ("unclear", False), ("not_solved", True)):
        code, out, _ = kept("append", "T-1", "--tried", f"restart={outcome}", "--lang", "en")
        assert (code, out.startswith("Answer\n")) == (0, is_news)
    assert "Tried, did not help" in out
    code, out, _ = kept("append", "T-1", "--tried", "clean_card_or_reader=not_solved", "--lang", "en")
    assert (code, out.count("clean the card and the slot")) == (0, 1)
