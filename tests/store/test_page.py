"""The commands of docs/how-to/cases.md run, in order, from an empty store."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from bayesdiag.cli import run
from bayesdiag.cli.cases import cases
from bayesdiag.store.address import SWITCH

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "cases.md").read_text(encoding="utf-8")
CALLS = re.findall(r"^\$ bayesdiag (.*)$", PAGE, re.MULTILINE)


def test_the_page_shows_every_command() -> None:
    assert {call.split()[1] for call in CALLS} == {command.name for command in cases.registered_commands}


def test_the_commands_of_the_page_run(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(SWITCH, address)
    monkeypatch.chdir(tmp_path)
    for call in CALLS:
        assert run(shlex.split(call)) == 0, (call, capsys.readouterr().err)
        printed = capsys.readouterr()
        assert printed.err == "", call
        if "search" in call or "--person" in call.split("forget")[0]:
            assert "T-1042" in printed.out
