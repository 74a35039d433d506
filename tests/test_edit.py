"""A model file with other numbers: what is changed reads back exactly, everything else stays as it stands."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayesdiag.errors import ModelFileError, NotEditable
from bayesdiag.model import (
    Contact,
    Cpt,
    FirstActive,
    FullTable,
    Model,
    NoisyMax,
    Prior,
    Question,
    Row,
    Source,
    State,
    StateMap,
    Table,
    Text,
    Variable,
    Weight,
)
from bayesdiag.modelfile import dumps, edited, loads, models_folder
from bayesdiag.modelfile.document import plain_value, read_document
from tests.strategies import diagnostic_models, models

HERE = Path(__file__).parent
SMALL = (HERE / "small.yaml").read_bytes().decode()
POS_CARD = (models_folder() / "pos_card.yaml").read_bytes().decode()
FILE = "ticket.yaml"

# ── any change that may be made ───────────────────────────────────────────────────────────────────

WORDS = (
    "S1", "40 cases of S1", "a, b: [c] #d", "'", '"', "yes", "1", " ", "x ", " x", "- a", "卡：坏了", "\u2028", "\\",
    "\t", "#", "a #b", "null", "x" * 300, "😀", "\x07", "a\nb", "\n", "key: value", "? a", "&a", "*a", "<<", "%a",
    "---", "...", "~", "|", ">", "!a", "[", "}", "\r", "\ufeff", "no: 1, yes: 2", "it's \"so\"", ":a", "a:", "@", "`",
)  # fmt: skip
NOTES = (
    *WORDS,
    "",
    "two\nlines",
    "two\nlines\n",
    "two\n\n  lines\n\n",
    " first\nsecond",
    "a\n \nb",
    "# a\n# b\n",
)
STATES = (0.0, 1.0, 1e-5, 1 / 3, 0.5, 0.25, 0.1 + 0.2)


class Hand:
    """Somebody who writes and changes models by the throw of dice."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)  # noqa: S311 - no secret hangs on it
        self.pick = self.dice.choice
        self.likely = self.dice.uniform(0, 0.8)

    def is_so(self) -> bool:
        return self.dice.random() < self.likely

    # ── a change ──

    def changed(self, model: Model) -> Model:
        """The model with other numbers and weights, each changed or left."""
        premise = model.premise
        if premise is not None and self.is_so():
            p, ess = self.pick((premise.p, 0.125, 1 / 3)), self.pick((premise.ess, 0.5, 1e22))
            premise = replace(premise, p=p, ess=ess, source=self.pick((premise.source, "guess", "a: b", "")))
        known = {source.id for source in model.sources}
        names = [name for name in ("S1", "yes", "1", "a: b", "note", "source") if name not in known]
        return replace(
            model,
            version=self.pick((model.version, "2", "1.10", "x: y", "")),
            note=self.pick(NOTES) if self.is_so() else model.note,
            premise=premise,
            variables=tuple(map(self.variable, model.variables)),
            repairs=tuple(replace(repair, weight=self.weight(repair.weight)) for repair in model.repairs),
            sources=(*model.sources, *(self.source(name) for name in names if name == "S1" or self.is_so())),
        )

    def source(self, name: str) -> Source:
        return Source(name, self.word(), self.pick(("", "x: y")), self.word())

    def word(self) -> str:
        return f"{self.pick(WORDS)}{self.pick(('.', ' .', 'x'))}"

    def variable(self, variable: Variable) -> Variable:
        cpt = self.cpt(variable.cpt, len(variable.states)) if self.is_so() else variable.cpt
        return replace(variable, cpt=cpt, weight=self.weight(variable.weight))

    def cpt(self, cpt: Cpt, n_states: int) -> Cpt:
        if isinstance(cpt, Prior):
            return Prior(self.row(n_states))
        if isinstance(cpt, FullTable):
            return FullTable(cpt.parents, tuple(p for _ in cpt.p[::n_states] for p in self.row(n_states)))
        if isinstance(cpt, Table):
            rows = [Row(row.when, self.row(n_states), self.own_weight(row.weight)) for row in cpt.rows]
            return Table(cpt.parents, tuple(rows))
        if isinstance(cpt, StateMap):
            rows_of = {state: zip(row, self.row(len(row)), strict=True) for state, row in cpt.rows.items()}
            return StateMap(cpt.parent, {state: dict(row) for state, row in rows_of.items()})
        links = tuple(
            replace(link, p=self.share(link.p), weight=self.own_weight(link.weight)) for link in cpt.links
        )
        if isinstance(cpt, FirstActive):
            return FirstActive(cpt.order, links)
        return NoisyMax(links, {state: self.share(p) for state, p in cpt.leak.items()})

    def share(self, p: float) -> float:
        return p * self.pick(STATES) if self.is_so() else p

    def row(self, length: int) -> tuple[float, ...]:
        weights = [self.dice.random() + 1e-6 for _ in range(length)]
        return tuple(weight / sum(weights) for weight in weights)

    def weight(self, weight: Weight) -> Weight:
        """Another weight; whether its numbers are learned stays."""
        if not self.is_so():
            return weight
        return Weight(
            self.word() if self.is_so() else weight.source,
            self.pick((weight.ess, 0.0, 12.0, 34.567, 1e-7)),
            self.pick((weight.within, 1.0, 2.5)),
            self.pick((weight.grade, "", "A", "guess")),
            weight.fixed,
        )

    def own_weight(self, weight: Weight | None) -> Weight | None:
        if weight is not None:
            return self.weight(weight)
        fresh = Weight(
            self.word(),
            self.pick((0.0, 7.5)),
            self.pick((1.0, 3.0)),
            self.pick(("", "B")),
            self.pick((True, False)),
        )
        return fresh if self.is_so() else None

    # ── a file ──

    def written(self, model: Model) -> str:
        """A file of the model: in brackets or on lines, with quotes, comments and line ends of any kind."""
        value = read_document(dumps(model), "").value
        lines = [self.inline(value)] if self.dice.random() < 0.1 else self.lines(value, 0)
        line_end = self.pick(("\n", "\r\n"))
        first = self.pick(([], ["# at the top", ""], ["---"], ["%YAML 1.2", "---"]))
        last = self.pick(([], [""], ["# at the end"], ["# at the end", ""], ["..."], ["", "", ""]))
        return self.pick(("", "\ufeff")) + line_end.join([*first, *lines, *last])

    def lines(self, value: dict[str, Any] | list[Any], depth: int) -> list[str]:
        """A mapping or list without brackets."""
        lines: list[str] = []
        pairs = value.items() if isinstance(value, dict) else ((None, part) for part in value)
        for name, part in pairs:
            if self.dice.random() < 0.2:
                lines += self.pick(
                    ([f"{' ' * depth}# above: x"], ["", "# at the margin"], ["", f"{' ' * depth}#", ""])
                )
            below = self.part(name, part, depth)
            lines += [f"{' ' * depth}{below[0]}", *below[1:]]
        return lines

    def part(self, name: str | None, part: Any, depth: int) -> list[str]:
        """One part of a mapping or list; its first line without what it is indented by."""
        sign = "-" if name is None else f"{self.scalar(name)}:"
        deeper = depth + self.pick((2, 4))
        if isinstance(part, dict | list) and part and self.is_so():
            below = self.lines(part, deeper)
            if (
                name is None
                and deeper == depth + 2
                and not below[0].lstrip().startswith("#")
                and below[0].strip()
            ):
                return [f"- {below[0].lstrip()}", *below[1:]]
            return [f"{sign}{self.comment()}", *below]
        if isinstance(part, str) and re.fullmatch(r"[\w.]([\w .:=-]*\w)?", part) and self.is_so():
            if self.is_so():
                return [
                    f"{sign} {self.pick(('|-', '>-', '|2-'))}{self.comment()}",
                    f"{' ' * (depth + 2)}{part}",
                    *self.gap(),
                ]
            return [sign, f"{' ' * deeper}{self.inline(part)}{self.comment()}"]
        return [f"{sign} {self.inline(part)}{self.comment()}"]

    def gap(self) -> list[str]:
        return self.pick(([], [""], ["# below a text"], ["", "# below", ""]))

    def comment(self) -> str:
        return self.pick(("", "", "", " # beside", "  "))

    def inline(self, value: Any) -> str:
        if isinstance(value, dict):
            parts = [f"{self.scalar(name)}: {self.inline(part)}" for name, part in value.items()]
        elif isinstance(value, list):
            parts = [self.inline(part) for part in value]
        else:
            return self.scalar(value)
        first, last = "{}" if isinstance(value, dict) else "[]"
        end = self.pick(("", " ", ", ")) if parts else ""
        return f"{first}{self.pick((', ', ',  ')).join(parts)}{end}{last}"

    def scalar(self, value: Any) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        if not isinstance(value, str):
            return self.pick((repr(value), f"{value:.17e}", f"+{value!r}"))
        plain = re.fullmatch(r"\w[\w ]*", value) and value == value.strip() and plain_value(value) == value
        double = '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
        single = "'" + value.replace("'", "''") + "'" if "\n" not in value else double
        return self.pick((value if plain else double, double, single))


def told(model: Model) -> Model:
    """A model of the strategies with the words that a file with roles must have."""
    text = Text("词", "word")

    def with_words(variable: Variable) -> Variable:
        if variable.kind == "plain":
            return variable
        states = tuple(State(state, text, text) for state in variable.state_ids)
        question = variable.question
        if variable.kind in {"context", "symptom", "test"}:
            question = replace(question or Question(text), text=text, group="screen")
        contacts = variable.contacts or (("x",) if variable.kind == "cause" else ())
        weight = Weight("guess", 5, 3)
        return replace(
            variable, label=text, states=states, question=question, contacts=contacts, weight=weight
        )

    return replace(
        model,
        variables=tuple(map(with_words, model.variables)),
        contacts=tuple(Contact(contact.id, text) for contact in model.contacts),
        repairs=tuple(
            replace(repair, label=text, text=text, weight=Weight("guess", 5, 3)) for repair in model.repairs
        ),
    )


def comments(text: str) -> list[str]:
    return [line for line in re.split("\r\n|\n", text) if line.lstrip().startswith("#")]


def is_kept(old: str, new: str) -> bool:
    """Whether every comment line of the old text stands in the new one, in order."""
    left = iter(comments(new))
    return all(line in left for line in comments(old))


def is_a_file(model: Model) -> bool:
    """Whether a file can hold it; tables without parents that only Python can build cannot."""
    try:
        return loads(dumps(model)) == model
    except ModelFileError:
        return False


ANY = st.one_of(models(), diagnostic_models().map(told)).filter(is_a_file)
SEEDS = st.integers(0, 2**32)


@settings(deadline=None, max_examples=60)
@given(ANY, SEEDS)
def test_any_change_of_any_file_reads_back_and_keeps_the_comments(model: Model, seed: int) -> None:
    hand = Hand(seed)
    text = hand.written(model)
    old = loads(text)
    assert old == model
    assert edited(text, FILE, old) == text
    changed = hand.changed(old)
    new = edited(text, FILE, changed)
    assert loads(new) == changed
    assert is_kept(text, new)
    assert edited(new, FILE, changed) == new
    assert "\r\n" not in text or not re.search(r"(?<!\r)\n", new)


@pytest.mark.parametrize("text", [POS_CARD, SMALL], ids=["pos_card", "small"])
@pytest.mark.parametrize("seed", range(3))
def test_any_change_of_a_bundled_model_reads_back(text: str, seed: int) -> None:
    old = loads(text)
    assert edited(text, FILE, old) == text
    changed = Hand(seed).changed(old)
    new = edited(text, FILE, changed)
    assert loads(new) == changed
    assert is_kept(text, new)


COIN = """\
# A coin, and who throws it.
format: 1
name: coin   # as in a purse
note: |  # for the reader
  One line,
    and another.

# Only two variables.
variables:
  who: {states: [me, you], prior: [0.5, 0.50]}
  coin:
    states: [head, tail]
    table:
    - when: {who: me}   # honest
      p:
      - 0.50   # head
      # and, for completeness,
      - 0.5
      # the end of this row
    - {p: [0.6, 0.4]}   # not so honest

# the end
"""


def coin(**changes: Any) -> Model:
    """The model of the coin with other rows, weights or fields of its own."""
    model = loads(COIN)
    who, thrown = model.variables
    table = thrown.cpt
    assert isinstance(table, Table)
    rows = [replace(row, **changes.pop(f"row{i}", {})) for i, row in enumerate(table.rows)]
    thrown = replace(thrown, cpt=Table(table.parents, tuple(rows)), **changes.pop("coin", {}))
    return replace(model, variables=(replace(who, **changes.pop("who", {})), thrown), **changes)


def put(*edits: tuple[str, str]) -> str:
    text = COIN
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


CASES = Weight("40 cases: 2025", 40, 1.5)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (coin(who={"cpt": Prior((0.5, 0.5))}), COIN),
        (coin(who={"cpt": Prior((0.25, 0.75))}), put(("[0.5, 0.50]", "[0.25, 0.75]"))),
        (coin(row0={"p": (1 / 3, 2 / 3)}), put(("- 0.50   # head", "- 0.3333333333333333   # head"), ("      - 0.5\n", "      - 0.6666666666666666\n"))),
        (coin(row0={"weight": CASES}), put(("      - 0.5\n", "      - 0.5\n      ess: 40\n      within: 1.5\n      source: '40 cases: 2025'\n"))),
        (coin(row1={"weight": CASES}), put(("0.4]}", "0.4], ess: 40, within: 1.5, source: '40 cases: 2025'}"))),
        (coin(row1={"weight": Weight("logic", fixed=True)}), put(("0.4]}", "0.4], source: logic, fixed: true}"))),
        (coin(coin={"weight": Weight("", 3, 1, "A")}), put(("not so honest\n", "not so honest\n    ess: 3\n    grade: A\n"))),
        (coin(version="2", sources=(Source("S1", "a, b", "", "A"),)), put(("purse\n", "purse\nversion: '2'\n"), ("another.\n\n", "another.\n\nsources:\n  S1:\n    what: a, b\n    trust: A\n"))),
        (coin(note="New: one.\n\n  Two.\n"), put(("  One line,\n    and another.\n", "  New: one.\n\n    Two.\n"))),
        (coin(note="short"), put(("|  # for the reader\n  One line,\n    and another.\n", "short  # for the reader\n"))),
    ],
    ids=["nothing", "prior", "lines", "own_lines", "own_brackets", "logic", "variable", "top", "note", "short_note"],
)  # fmt: skip
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["", "bom"])
def test_nothing_but_what_differs_is_written(changed: Model, expected: str, line_end: str, mark: str) -> None:
    text, wanted = (mark + one.replace("\n", line_end) for one in (COIN, expected))
    assert edited(text, FILE, changed) == wanted


def test_two_additions_at_one_place_stand_where_they_belong() -> None:
    text = "format: 1\nname: m\nvariables:\n  v:\n    states: [a]\n    table:\n    - p: [1]"
    (only,) = loads(text).variables
    table = Table((), (Row({}, (1.0,), Weight("x", 1, 2)),))
    changed = replace(loads(text), variables=(replace(only, cpt=table, weight=Weight("y")),))
    added = "\n      ess: 1\n      within: 2\n      source: x\n    source: y"
    assert edited(text, FILE, changed) == text + added


def test_a_file_of_json_stays_one() -> None:
    text = json.dumps(read_document(SMALL, "").value, ensure_ascii=False)
    old = loads(text)
    assert old == loads(SMALL)
    battery = old.variable_of["battery"]
    assert isinstance(battery.cpt, Table)
    first, second = battery.cpt.rows
    table = Table(
        battery.cpt.parents, (replace(first, p=(0.5, 0.25, 0.25), weight=Weight("yes", 2, 2)), second)
    )
    variables = tuple(replace(one, cpt=table) if one is battery else one for one in old.variables)
    changed = replace(
        old, variables=variables, sources=(*old.sources, Source("S9", "w", "", "t")), note="a\nb"
    )
    new = edited(text, FILE, changed)
    assert loads(new) == changed
    assert json.loads(new)["sources"]["S9"] == {"what": "w", "trust": "t"}


# ── what cannot be changed so ─────────────────────────────────────────────────────────────────────


def other(model: Model, name: str, **fields: Any) -> Model:
    return replace(
        model, variables=tuple(replace(one, **fields) if one.id == name else one for one in model.variables)
    )


OLD = loads(SMALL)
FEED = OLD.variable_of["feed"].cpt
ONLY = "Only numbers of tables, their source, ess, within and grade, the premise's p, ess and source, version, note and further sources may change in a file; write the model anew for more."


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (replace(OLD, name="other"), "3: name: 'ticket_machine' stands in the file, and 'other' in the changed model."),
        (replace(OLD, label=Text("词", OLD.label.en)), "5: label.zh: '售票机不出票' stands in the file, and '词' in the changed model."),
        (other(OLD, "battery", label=Text("电池", "Cell")), "46: causes.battery.label.en: 'Battery' stands in the file, and 'Cell' in the changed model."),
        (other(OLD, "outcome", weight=Weight("logic", 0, 1)), "111: stages.outcome.fixed: True stands in the file, and False in the changed model."),
        (other(OLD, "feed", cpt=replace(FEED, leak={"slow": 0.01})), "93: stages.feed.noisy_max.leak: {'slow': 0.01, 'stuck': 0.001} stands i"),
        (replace(OLD, sources=OLD.sources[::-1]), "18: sources.S1.id: 'S1' stands in the file, and 'S2' in the changed model."),
        (replace(OLD, repairs=OLD.repairs[:-1]), "repairs: (Repair("),
        (replace(OLD, money_per_minute=0.25), "8: money_per_minute: 0.5 stands in the file, and 0.25 in the changed model."),
    ],
)  # fmt: skip
def test_whatever_else_differs_is_told(changed: Model, expected: str) -> None:
    with pytest.raises(NotEditable) as caught:
        edited(SMALL, FILE, changed)
    assert expected in str(caught.value)
    assert ONLY in str(caught.value)
    assert str(caught.value).endswith("; the file was not changed.")


def test_a_row_cannot_lose_what_stands_behind_it() -> None:
    table = OLD.variable_of["battery"].cpt
    assert isinstance(table, Table)
    bare = Table(table.parents, (table.rows[0], replace(table.rows[1], weight=None)))
    with pytest.raises(
        NotEditable, match=r"causes\.battery\.table\.1: Weight\(.* and nothing in the changed"
    ):
        edited(SMALL, FILE, other(OLD, "battery", cpt=bare))


def test_what_no_file_can_say_is_told() -> None:
    weight = replace(OLD.variable_of["battery"].weight, source="")
    with pytest.raises(NotEditable) as caught:
        edited(SMALL, FILE, other(OLD, "battery", weight=weight))
    assert str(caught.value) == (
        f"{FILE}:56: causes.battery.source: the text is empty.\n    Write something.\n1 fault; the file was not changed."
    )


def test_a_text_that_is_no_model_is_no_file_to_change() -> None:
    with pytest.raises(ModelFileError, match="the file is empty"):
        edited("", FILE, OLD)
