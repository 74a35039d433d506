"""BIF text → blocks: variables with their states, and probabilities as they stand in the file."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite

from bayesdiag.errors import Fault

MAX_FAULTS = 200
"""After so many faults the rest of a file is not worth reading."""

_TOKEN = re.compile(r'"[^"]*"|[{}()\[\]|,;]|[^\s{}()\[\]|,;"]+')
_COMMENT = re.compile(r'"[^"\n]*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
_END = ""  # behind the last token


@dataclass(slots=True)
class Block:
    """A probability block as it stands in the file.

    Attributes:
        line: Where it begins.
        child: The variable.
        parents: Its parents, in the file's order.
        table: Numbers of a `table` entry; None without one.
        default: Numbers of a `default` entry; None without one.
        rows: (line, parent states, numbers) of each row.
    """

    line: int
    child: str
    parents: list[str]
    table: tuple[int, list[float]] | None = None
    default: tuple[int, list[float]] | None = None
    rows: list[tuple[int, list[str], list[float]]] = field(default_factory=list)


class _SyntaxFault(Exception):  # noqa: N818 - never leaves this module
    """The text is not BIF here; the block is left."""


class Reader:
    """Takes a text apart: variables with their states, and probability blocks.

    Attributes:
        name: Name of the network; empty without one.
        states: Variable → its states, in the order declared.
        lines: Variable → where it is declared.
        blocks: Probability blocks, in the file's order.
        faults: What kept parts of the text from being read.
    """

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        clean = _COMMENT.sub(_blank, text)
        found = list(_TOKEN.finditer(clean))
        self.tokens = [match.group() for match in found] + [_END]
        self.starts = [match.start() for match in found] + [len(clean)]
        self.newlines = [match.start() for match in re.finditer("\n", clean)]
        self.at = 0
        self.name = ""
        self.states: dict[str, list[str]] = {}
        self.lines: dict[str, int] = {}
        self.blocks: list[Block] = []
        self.faults: list[Fault] = []

    def line(self, at: int | None = None) -> int:
        """Return the line of a token, the next one by default."""
        return bisect_right(self.newlines, self.starts[self.at if at is None else at] - 1) + 1

    def fault(self, line: int, path: Sequence[str], found: str, allowed: str) -> None:
        """Note a fault."""
        self.faults.append(Fault(tuple(path), found, allowed, self.file, line))

    # ── words ─────────────────────────────────────────────────────────────────────────────────

    def take(self, *wanted: str) -> str:
        """Return the next token; it must be one of those wanted, or any word when none is named."""
        token = self.tokens[self.at]
        is_word = token not in "{}()[]|,;"
        if (token in wanted) if wanted else is_word:
            self.at += 1
            return token.strip('"') if is_word else token
        expected = " or ".join(f'"{one}"' for one in wanted) or "a name"
        told = f'"{token}"' if token else "the end of the file"
        self.fault(
            self.line(), (), f"{told} where {expected} belongs", "Check brackets, commas and semicolons."
        )
        raise _SyntaxFault

    def words(self, closing: str) -> list[str]:
        """Return words parted by commas, up to the closing sign."""
        found = [self.take()]
        while self.take(",", closing) == ",":
            found.append(self.take())
        return found

    def numbers(self, path: Sequence[str]) -> list[float]:
        """Return numbers parted by commas, up to the semicolon."""
        line = self.line()
        told = self.words(";")
        numbers = []
        for word in told:
            try:
                number = float(word)
            except ValueError:
                number = -1.0
            if not (isfinite(number) and 0 <= number <= 1):
                self.fault(
                    line, path, f'"{word}" is not a probability', "A probability is a number from 0 to 1."
                )
                number = 0.0
            numbers.append(number)
        return numbers

    def skip_statement(self) -> None:
        """Go behind the next semicolon: a property says nothing about probabilities."""
        while self.tokens[self.at] not in (";", _END):
            self.at += 1
        self.take(";")

    # ── blocks ────────────────────────────────────────────────────────────────────────────────

    def read(self) -> None:
        """Read all blocks; after a fault the next block is tried."""
        kinds = {"network": self._network, "variable": self._variable, "probability": self._probability}
        while self.tokens[self.at] != _END and len(self.faults) < MAX_FAULTS:
            began = self.at
            try:
                kinds[self.take(*kinds)]()
            except _SyntaxFault:
                self.at = max(self.at, began + 1)
                while self.tokens[self.at] not in (*kinds, _END):
                    self.at += 1

    def _network(self) -> None:
        self.name = self.take() if self.tokens[self.at] != "{" else ""
        self.take("{")
        while self.tokens[self.at] != "}":
            self.take("property")
            self.skip_statement()
        self.take("}")

    def _variable(self) -> None:
        line, name = self.line(), self.take()
        states: list[str] | None = None
        self.take("{")
        while self.tokens[self.at] != "}":
            if self.take("type", "property") == "property":
                self.skip_statement()
            else:
                states = self._type(name)
        self.take("}")
        if name in self.states:
            told = f"Its first declaration stands in line {self.lines[name]}."
            self.fault(line, (name,), "this variable is declared twice", told)
        elif states is None:
            self.fault(line, (name,), "this variable has no states", "Write `type discrete [ n ] { … };`.")
        else:
            self.states[name], self.lines[name] = states, line

    def _type(self, name: str) -> list[str]:
        self.take("discrete")
        line = self.line()
        self.take("[")
        told = self.take()
        self.take("]")
        self.take("{")
        states = self.words("}")
        self.take(";")
        if told != str(len(states)):
            self.fault(
                line, (name,), f"{len(states)} states where {told} are announced", "The two must agree."
            )
        for state in sorted({state for state in states if states.count(state) > 1}):
            self.fault(line, (name,), f'state "{state}" is named twice', "Name each state once.")
        return states

    def _probability(self) -> None:
        line = self.line()
        self.take("(")
        child = self.take()
        parents = self.words(")") if self.take("|", ")") == "|" else []
        block = Block(line, child, parents)
        self.take("{")
        while self.tokens[self.at] != "}":
            self._entry(block)
        self.take("}")
        self.blocks.append(block)

    def _entry(self, block: Block) -> None:
        line = self.line()
        kind = self.take("table", "default", "property", "(")
        if kind == "property":
            self.skip_statement()
        elif kind == "(":
            chosen = self.words(")")
            block.rows.append((line, chosen, self.numbers((block.child, ", ".join(chosen)))))
        else:
            numbers = (line, self.numbers((block.child, kind)))
            if (block.table if kind == "table" else block.default) is not None:
                self.fault(line, (block.child,), f"a second `{kind}`", "Give it once.")
            if kind == "table":
                block.table = numbers
            else:
                block.default = numbers


def _blank(match: re.Match[str]) -> str:
    """Return a comment as spaces, so that lines keep their numbers; quoted text stays."""
    found = match.group()
    return found if found.startswith('"') else re.sub(r"[^\n]", " ", found)
