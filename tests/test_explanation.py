"""The numbers of the explanation are those the code computes."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "explanation"
PAGES = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_examples_run(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    text = page.read_text(encoding="utf-8")
    example = doctest.DocTestParser().get_doctest(text.replace("```", "\n"), {}, page.name, str(page), 0)
    report: list[str] = []
    failed, tried = doctest.DocTestRunner().run(example, out=report.append)
    assert tried
    assert not failed, "".join(report)


def test_every_page_is_listed() -> None:
    listed = set(re.findall(r"\(([a-z-]+\.md)\)", (FOLDER / "README.md").read_text(encoding="utf-8")))
    assert listed == {path.name for path in FOLDER.glob("*.md")} - {"README.md"}


TOLD_ELSEWHERE = {
    "active": "engine-program.md",
    "entries": "engine-program.md",
    "hopes": "engine-program.md",
    "pruning": "engine-program.md",
    "collectors": "engine-tree.md",
    "kernel_jit": "engine-kernel.md",
    "compiled": "engine-kernel.md",
    "endings": "engine-program.md",
    "guide": "engine-chains.md",
    "lanes": "engine-kernel.md",
    "shares": "engine-kernel.md",
    "vectors": "engine-kernel.md",
    "dense_passes": "engine-dense.md",
    "dense_plan": "engine-dense.md",
    "dense_tables": "engine-dense.md",
    "quads": "engine-dense.md",
    "passes": "engine-kernel.md",
    "block_passes": "engine-kernel.md",
    "blocks": "engine-kernel.md",
    "values": "engine-kernel.md",
    "inquiry": "engine-answers.md",
    "asking": "engine-answers.md",
    "gathering": "engine-answers.md",
    "distinct": "engine-network.md",
    "posterior": "engine-network.md",
    "programs": "engine-network.md",
    "recent": "engine-network.md",
    "stream": "engine-network.md",
    "ways": "engine-network.md",
    "about": "diagnosis-ask.md",
    "ask_words": "diagnosis-ask.md",
    "pairs": "diagnosis-ask.md",
    "result": "diagnosis-words.md",
    "fit": "diagnosis-explain.md",
    "subsets": "diagnosis-explain.md",
    "phrases": "diagnosis-words.md",
    "why": "diagnosis-words.md",
    "doubt_words": "diagnosis-doubt.md",
}
"""Small modules without a page of their own, and the page that names them."""


@pytest.mark.parametrize("room", ["engine", "diagnosis"])
def test_every_module_of_a_room_has_its_page(room: str) -> None:
    folder = ROOT / "bayesdiag" / room
    modules = {path.stem for path in folder.iterdir() if path.suffix == ".py" or path.is_dir()}
    for module in modules - {"__init__", "__pycache__"}:
        page = FOLDER / TOLD_ELSEWHERE.get(module, f"{room}-{module}.md")
        assert page.exists(), module
        assert module in page.read_text(encoding="utf-8"), module
