"""What the documents say is so: examples run, commands and links exist."""

from __future__ import annotations

import doctest
import io
import json
import re
import shlex
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from bayesdiag.cli import commands, run

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "models").glob("*.md")])

EXAMPLES = re.findall(r"```python\n(.*?)```\n\n```\n(.*?)```", README, re.DOTALL)


def test_the_readme_has_its_examples() -> None:
    assert len(EXAMPLES) == 2
    assert all(len(code.strip().splitlines()) <= 10 for code, _ in EXAMPLES)


@pytest.mark.parametrize(("code", "printed"), EXAMPLES, ids=["diagnose", "any_network"])
def test_an_example_of_the_readme_prints_what_stands_below_it(code: str, printed: str) -> None:
    told = io.StringIO()
    with redirect_stdout(told):
        exec(compile(code, "README.md", "exec"), {})  # noqa: S102 - our own document
    assert told.getvalue() == printed


def test_the_readme_names_every_command() -> None:
    named = set(re.findall(r"^bayesdiag (\w+)", README, re.MULTILINE))
    known = {command.name for command in (*commands.registered_commands, *commands.registered_groups)}
    assert known - named == {"app"}  # `make run` stands for it
    assert named <= known


def test_the_commands_of_the_readme_run(capsys: pytest.CaptureFixture[str]) -> None:
    line = next(line for line in README.splitlines() if line.startswith("bayesdiag diagnose"))
    assert run(line.split()[1:]) == 0
    assert capsys.readouterr().out.startswith("结论")


def test_the_targets_of_the_makefile_are_those_that_are_documented() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*##", makefile, re.MULTILINE)) - {"help"}
    told = README + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert {target for target in targets if target not in re.findall(r"[a-z-]+", told)} == set()
    assert set(re.findall(r"make ([a-z-]+)", told)) - {"alone"} <= targets


def test_a_data_folder_reaches_the_tests(tmp_path: Path) -> None:
    """As its own word, the folder would be taken for the tests to run, and no option would be known."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "--data=$(DATA)" in makefile
    command = [
        sys.executable,
        "-m",
        "pytest",
        f"--data={tmp_path}",
        "--collect-only",
        "-q",
        "-k",
        "bundled_model",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_of_documents_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in link:
            assert (page.parent / link).exists(), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_document_names_a_machine(page: Path) -> None:
    assert not re.search(r"(?<![\w./])/(home|root|tmp|work)/", page.read_text(encoding="utf-8"))


HOW_TO = ROOT / "docs" / "how-to"


PYTHON = [page for page in sorted(HOW_TO.glob("*.md")) if ">>> " in page.read_text(encoding="utf-8")]


@pytest.mark.parametrize("page", PYTHON, ids=lambda page: page.stem)
def test_the_examples_of_a_how_to_run(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    example = doctest.DocTestParser().get_doctest(text.replace("```", "\n"), {}, page.name, str(page), 0)
    report: list[str] = []
    failed, tried = doctest.DocTestRunner().run(example, out=report.append)
    assert tried
    assert not failed, "".join(report)


ELSEWHERE = {"cases"}
"""Pages whose commands need more than a line each: tests/store/test_page.py runs these, from an empty store."""
CONSOLE = [
    (page.stem, block)
    for page in sorted(HOW_TO.glob("*.md"))
    if page.stem not in ELSEWHERE
    for block in re.findall(r"```console\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
]


@pytest.mark.parametrize("block", [block for _, block in CONSOLE], ids=[name for name, _ in CONSOLE])
def test_a_command_of_a_how_to_prints_what_stands_below_it(
    block: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command, _, printed = block.removeprefix("$ bayesdiag ").partition("\n")
    assert run(shlex.split(command)) == 0
    assert capsys.readouterr().out == printed


TYPED = re.compile(r"» (.*)\n")
"""What a person typed in a dialogue of a how-to."""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_dialogue_of_a_how_to_goes_as_it_stands_there(
    language: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (HOW_TO / "ask.md").read_text(encoding="utf-8")
    [block] = re.findall(rf"```ask {language}\n(.*?)```", text, re.DOTALL)
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(TYPED.findall(block)) + "\n"))
    assert run(["ask", "--lang", language]) == 0
    assert capsys.readouterr().out == TYPED.sub("", block)


def test_every_how_to_is_listed() -> None:
    listed = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    assert all(f"(how-to/{page.name})" in listed for page in HOW_TO.glob("*.md"))


def test_the_page_on_policies_shows_the_stored_numbers() -> None:
    from benchmarks.policies import chart, page  # noqa: PLC0415 - a script of the repository

    docs = ROOT / "docs"
    found = json.loads((docs / "policies.json").read_text(encoding="utf-8"))
    text = (docs / "policies.md").read_text(encoding="utf-8")
    assert page(found, text) == text
    assert chart(found["model"]) == (docs / "policies.svg").read_text(encoding="utf-8")
