"""The page on drafts: what it shows is what its commands print, on the log that it names."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from bayesdiag.cli import run
from bayesdiag.modelfile import load

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "how-to" / "draft.md").read_text(encoding="utf-8")
LOG = "incident_event_log_part.csv.gz"


def _plain(line: str) -> str:
    """Return a line without what says how long the way was."""
    return re.sub(r" in \d+ steps.*", "", line)


def test_the_commands_of_the_page_print_what_it_shows(
    data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(data_folder / "datasets" / LOG, tmp_path / LOG)
    monkeypatch.chdir(tmp_path)
    script = re.search(r"```python\n(import csv.*?)```", PAGE, re.DOTALL)
    assert script
    exec(compile(script[1], "draft.md", "exec"), {})  # noqa: S102 - our own document
    Path("new.json").write_text(
        '{"category": "Category_45", "assignment_group": "Group_70"}', encoding="utf-8"
    )
    blocks = re.findall(r"```sh\n\$ bayesdiag (.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 4
    for block in blocks:
        command, *shown = block.rstrip().split("\n")
        assert run(shlex.split(command)) == 0
        printed = iter([_plain(line) for line in capsys.readouterr().out.split("\n")])
        for line in shown:  # each is there, in this order; the page may leave lines out between
            assert _plain(line) in printed, line
    row = re.search(r"- \{when: \{closed_code: code_1\}, p: \[.*source: 22 cases\}", PAGE)
    assert row
    weight = load("incidents.yaml").variable_of["category"].cpt.rows[0].weight  # type: ignore[union-attr]
    assert weight is not None
    assert f"ess: {weight.ess:g}, within: {weight.within:g}, source: {weight.source}" in row[0]
