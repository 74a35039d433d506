"""Whatever a person may get wrong in a model file: the whole report is read, and what is right comes back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bayesdiag.errors import InvalidModel, ModelFileError
from bayesdiag.model import FullTable, Model, NoisyMax, Prior, State, Table, Variable
from bayesdiag.modelfile import digest, dumps, load, load_cases, loads, model_path, models_folder, save
from tests import networks

HERE = Path(__file__).parent
SMALL = (HERE / "small.yaml").read_text(encoding="utf-8")
FILE = "ticket.yaml"


def broken(*edits: tuple[str, str]) -> str:
    """The small model with some of its text replaced; each old text stands there once."""
    text = SMALL
    for old, new in edits:
        assert text.count(old) == 1, f"{text.count(old)} times: {old}"
        text = text.replace(old, new)
    return text


def report(text: str) -> str:
    with pytest.raises(ModelFileError) as caught:
        loads(text, FILE)
    return str(caught.value)


def told_faults() -> list[tuple[str, list[tuple[str, str]], str]]:
    """What `text/model_faults.txt` tells: name, edits of the small model, report."""
    found = []
    for part in (HERE / "text" / "model_faults.txt").read_text(encoding="utf-8").split("\n## ")[1:]:
        name, *lines = re.sub(r"\n+(# .*\n*)?\Z", "", part).split("\n")
        groups: list[tuple[str, list[str]]] = []
        for line in lines:
            sign = line[:1] if line[:2] in {"- ", "+ "} else ""
            if not groups or groups[-1][0] != sign:
                groups.append((sign, []))
            groups[-1][1].append(line[2:] if sign else line)
        blocks = ["\n".join(block) for _, block in groups]
        edits = list(zip(blocks[:-1:2], blocks[1:-1:2], strict=True))
        found.append((name, edits, blocks[-1]))
    return found


TOLD = told_faults()


@pytest.mark.parametrize(("edits", "expected"), [told[1:] for told in TOLD], ids=[told[0] for told in TOLD])
def test_every_fault_is_told_with_its_place_and_what_is_allowed(
    edits: list[tuple[str, str]], expected: str
) -> None:
    assert report(broken(*edits)) == expected
