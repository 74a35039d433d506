"""The schema for editors, the page for people and the reader know the same fields and refuse the same files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bayesdiag.errors import ModelFileError
from bayesdiag.modelfile import FORMAT, load_cases, loads, models_folder
from bayesdiag.modelfile.cases import CASE_KINDS
from bayesdiag.modelfile.fields import Fields
from bayesdiag.modelfile.read import COVERAGE_KINDS
from bayesdiag.modelfile.variables import FORMS, GRADES, GROUPS

SMALL = (Path(__file__).parent / "small.yaml").read_text(encoding="utf-8")
CARD = (models_folder() / "pos_card.yaml").read_text(encoding="utf-8")
CARD_CASES = (models_folder() / "pos_card.cases.yaml").read_text(encoding="utf-8")
PAGE = (models_folder() / "README.md").read_text(encoding="utf-8")
SCHEMA = json.loads((models_folder() / "model.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

Place = tuple[str, ...]


class Yaml12(yaml.SafeLoader):
    """PyYAML with the words of YAML 1.2: yes, no, on and off are texts, and so are dates."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own way


for tag, words, first in [
    ("bool", r"true|false", "tf"),
    ("null", r"~|null|", ["~", "n", ""]),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?", "-+.0123456789"),
]:
    Yaml12.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(rf"(?:{words})\Z"), list(first))


def parsed(text: str) -> Any:
    return yaml.load(text, Loader=Yaml12)  # noqa: S506 - a safe loader


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("text", [CARD, SMALL], ids=["pos_card", "small"])
def test_models_fit_the_schema(text: str) -> None:
    assert [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(parsed(text))] == []


def fields_asked(monkeypatch: pytest.MonkeyPatch, read: Callable[[], object]) -> dict[Place, set[str]]:
    """Every mapping of a file, with the fields the reader asks it for."""
    asked: dict[Place, set[str]] = {}
    done = Fields.done

    def noted(self: Fields) -> None:
        known = (
            {*self.known, "parents"} if "table" in self.known else set(self.known)
        )  # it belongs to `table`
        asked[tuple(map(str, self.path))] = known
        done(self)

    with monkeypatch.context() as patch:
        patch.setattr(Fields, "done", noted)
        read()
    return asked


def known_to_schema(place: Place) -> set[str]:
    """The fields that the schema knows at a place of a model."""
    parts = [SCHEMA]
    for step in place:
        parts = [below for part in parts for below in _below(part, step)]
    return {name for part in parts for name in part.get("properties", {}) if "properties" in part}


def _below(part: dict[str, Any], step: str) -> Iterator[dict[str, Any]]:
    named = part.get("properties", {})
    nexts = [named[step]] if step in named else [part.get("additionalProperties")]
    nexts = [part["items"]] if "items" in part else nexts
    for below in nexts:
        if isinstance(below, dict):
            yield from _whole(below)


def _whole(part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The parts that a schema is put together from, references followed."""
    yield part
    if "$ref" in part:
        yield from _whole(SCHEMA["$defs"][part["$ref"].removeprefix("#/$defs/")])
    for other in (*part.get("allOf", ()), *part.get("anyOf", ())):
        yield from _whole(other)


def test_the_schema_knows_the_fields_of_the_reader_at_every_place(monkeypatch: pytest.MonkeyPatch) -> None:
    places = fields_asked(monkeypatch, lambda: loads(SMALL))
    assert len(places) > 60
    assert {p: known_to_schema(p) ^ names for p, names in places.items() if known_to_schema(p) != names} == {}


def test_the_page_explains_every_field_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    model = loads(CARD)
    cases = fields_asked(monkeypatch, lambda: load_cases("cases", CARD_CASES, model))
    read = set().union(*fields_asked(monkeypatch, lambda: loads(SMALL)).values(), *cases.values())
    told = set(re.findall(r"^\| `([a-z_]+)` \|", PAGE, re.MULTILINE))
    assert told == read


def test_the_example_on_the_page_is_a_model() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert loads(example).is_diagnostic
    assert VALIDATOR.is_valid(parsed(example))


def test_the_page_names_every_choice() -> None:
    kinds = re.search(r"\| Kind \| Passes when \|\n(.*?)\n\n", PAGE, re.DOTALL)
    assert kinds is not None
    assert {
        word for row in re.findall(r"^\| ([a-z, ]+) \|", kinds[1], re.MULTILINE) for word in row.split(", ")
    } == {*CASE_KINDS}
    for word in (*COVERAGE_KINDS, *FORMS, *GRADES, *GROUPS):
        assert f"`{word}`" in PAGE
    assert f"format {FORMAT}" in PAGE
    assert SCHEMA["properties"]["format"]["const"] == FORMAT


def test_every_field_of_the_schema_says_what_it_means() -> None:
    silent = []
    for name, part in [("", SCHEMA), *SCHEMA["$defs"].items()]:
        for piece in _pieces(part):
            if piece.get("additionalProperties") is False:
                silent += [
                    f"{name}.{field}"
                    for field, told in piece["properties"].items()
                    if "description" not in told
                ]
    assert silent == []


def _pieces(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
        for below in part.values():
            yield from _pieces(below)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("format: 1", "format: 2"),
        ("name: ticket_machine\n", ""),
        ("currency: EUR", "curency: EUR"),
        ("money_per_minute: 0.5", "money_per_minute: -1"),
        ("unlisted_fix: 0.02", "unlisted_fix: 2"),
        ("  exclude: [printed]\n", ""),
        ("  p: 0.04", "  p: 0"),
        ("{zh: 滚轮, en: Roller}", "{zh: 滚轮}"),
        ("on: {zh: 有电, en: on}", 'on: {zh: "", en: on}'),
        ("low: {zh: 电量低, en: low, explain: {zh: 电池电量低。, en: The battery is low.}}", "low: {zh: 低, en: low}"),
        ("    contacts: maker\n", ""),
        ("    contacts: maker\n", "    contacts: []\n"),
        ("    prior: [0.95, 0.05]\n", ""),
        ("    prior: [0.95, 0.05]\n", "    prior: [0.95, 0.05]\n    map: {parent: site, rows: {}}\n"),
        ("prior: [0.95, 0.05]", "prior: [1.95, -0.95]"),
        ("prior: [0.95, 0.05]", "prior: 0.95"),
        ("p: 0.95, persistent: true", "p: 0.95, persistent: 1"),
        ("p: 0.95, persistent: true", "p: 0.95, persistant: true"),
        ("source: S1, ess: 8, within: 2", "source: S1, ess: 8"),
        ("source: S1, ess: 8, within: 2", "grade: A"),
        ("    ess: 20\n", ""),
        ("    ess: 20", "    ess: -20"),
        ("    within: 2\n    source: S1 S2", "    within: 0.5\n    source: S1 S2"),
        ("    grade: B", "    grade: D"),
        ("      order: [power, feed]\n", ""),
        ("group: screen", "group: scren"),
        ("      minutes: 0.2\n", ""),
        ("money: 80", "money: 80 EUR"),
        ("battery=low: 0.99", "battery: 0.99"),
        ("never_when: [screen=ready]", "never_when: [screen]"),
        ("    variable: screen\n    codes:", "    codes:"),
        ("texts: [卡纸, PAPER JAM]", "texts: []"),
        ("kind: cause", "kind: case"),
        ("version: 1.2.0", "version: 1.2"),
        ("premise:\n  variable: outcome\n  exclude: [printed]\n  p: 0.04\n  ess: 50\n  source: S1\n", ""),
        ("- zh: 先看屏幕\n  en", "- en"),
    ],
)  # fmt: skip
def test_what_the_schema_refuses_the_reader_refuses_too(old: str, new: str) -> None:
    assert SMALL.count(old) == 1
    text = SMALL.replace(old, new)
    assert not VALIDATOR.is_valid(parsed(text))
    with pytest.raises(ModelFileError):
        loads(text)
