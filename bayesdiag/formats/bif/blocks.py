"""BIF text → blocks: variables with their states, and probabilities as they stand in the file.

What the blocks mean together is not looked at here. A statement that is not BIF is left out and the
next one is tried, so that one pass finds every fault of syntax.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import nan

from bayesdiag.errors import Fault
from bayesdiag.formats.text import counted

# Commas only part words, as in the standard: numbers stand with or without them.
_TOKEN = re.compile(
    r"""//[^\n]* | /\*.*?(?:\*/|\Z)       # comments
    | "[^"\n]*"?                          # a quoted name
    | [{}()\[\]|;]
    | (?:[^\s,{}()\[\]|;"/]+|/(?![/*]))+  # a word may hold a slash, but no comment""",
    re.DOTALL | re.VERBOSE,
)
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_SIGNS = frozenset("{}()[]|;")
_END = ""  # behind the last token
_KINDS = ("network", "variable", "probability")


@dataclass(slots=True)
class Entry:
    """A `table`, a `default` or a row of a probability block.

    Attributes:
        line: Where it begins.
        label: What faults call it: "table", "default" or "(state, …)".
        chosen: States of the parents, for a row.
        numbers: Its numbers; nan where a fault was told.
    """

    line: int
    label: str
    chosen: tuple[str, ...]
    numbers: list[float]


@dataclass(slots=True)
class Block:
    """A probability block as it stands in the file.

    Attributes:
        line: Where it begins.
        child: The variable.
        parents: Its parents, in the file's order.
        tables: `table` entries.
        defaults: `default` entries.
        rows: Rows by states of the parents.
        whole: False when a part of it could not be read.
    """

    line: int
    child: str
    parents: tuple[str, ...]
    tables: list[Entry] = field(default_factory=list)
    defaults: list[Entry] = field(default_factory=list)
    rows: list[Entry] = field(default_factory=list)
    whole: bool = True


class _SyntaxFault(Exception):  # noqa: N818 - never leaves this module
    """The text is not BIF here; the statement is left."""


class Reader:
    """Takes a text apart: variables with their states, and probability blocks.

    Attributes:
        name: Name of the network.
        states: Variable → its states in the order declared; None where they could not be read.
        lines: Variable → where it is declared.
        blocks: Probability blocks, in the file's order.
        lost_blocks: Whether some probability block does not even tell its variable.
        faults: What kept parts of the text from being read.
    """

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.name = ""
        self.states: dict[str, tuple[str, ...] | None] = {}
        self.lines: dict[str, int] = {}
        self.blocks: list[Block] = []
        self.lost_blocks = False
        self.faults: list[Fault] = []
        self._newlines = [match.start() for match in re.finditer("\n", text)]
        self._tokens: list[str] = []
        self._starts: list[int] = []
        self._at = 0
        self._split(text)
        self._read()

    def fault(self, line: int, path: tuple[str, ...], found: str, allowed: str) -> None:
        """Note a fault."""
        self.faults.append(Fault(path, found, allowed, self.file, line))

    # ── tokens ────────────────────────────────────────────────────────────────────────────────

    def _split(self, text: str) -> None:
        for match in _TOKEN.finditer(text):
            token = match.group()
            if token[0] == '"' and (len(token) < 3 or token[-1] != '"') and token != '""':
                self.fault(
                    self._line_at(match.start()), (), "a quote is not closed", 'Write "…" on one line.'
                )
            elif token.startswith("/*") and (len(token) < 4 or not token.endswith("*/")):
                self.fault(self._line_at(match.start()), (), "a comment is not closed", "End it with `*/`.")
            if not token.startswith(("//", "/*")):
                self._tokens.append(token)
                self._starts.append(match.start())
        self._tokens.append(_END)
        self._starts.append(len(text.rstrip()))

    def _line_at(self, start: int) -> int:
        return bisect_right(self._newlines, start - 1) + 1

    def _line(self) -> int:
        """Return the line of the next token."""
        return self._line_at(self._starts[self._at])

    def _take(self, *wanted: str) -> str:
        """Return the next token, one of those wanted, or any name when none is said."""
        token = self._tokens[self._at]
        if token in wanted:
            self._at += 1
            return token
        name = token.strip('"')
        if not wanted and name and token not in _SIGNS:
            self._at += 1
            return name
        expected = ", ".join(f"`{one}`" for one in wanted[:-1])
        expected += (" or " if expected else "") + (f"`{wanted[-1]}`" if wanted else "a name")
        found = f"`{token}`" if token else "the end of the file"
        hint = "Look for a missing sign before it." if _SIGNS & {*wanted} else "Nothing else may stand here."
        if not wanted:
            hint = 'A name is one word, or "several in quotes".'
        self.fault(self._line(), (), f"{found} where {expected} belongs", hint)
        raise _SyntaxFault

    def _names(self, closing: str) -> tuple[str, ...]:
        """Return names up to the closing sign."""
        found = [self._take()]
        while self._tokens[self._at] not in _SIGNS and self._tokens[self._at] != _END:
            found.append(self._take())
        self._take(closing)
        return tuple(found)

    def _begins_block(self) -> bool:
        """Return whether a block begins here; a state may be called `variable`, too."""
        kind = self._tokens[self._at]
        after = self._tokens[self._at + 1 : self._at + 3]
        return kind in _KINDS and (after[:1] == ["("] if kind == "probability" else "{" in after)

    # ── blocks ────────────────────────────────────────────────────────────────────────────────

    def _read(self) -> None:
        read = {"network": self._network, "variable": self._variable, "probability": self._probability}
        while self._tokens[self._at] != _END:
            try:
                read[self._take(*_KINDS)]()
            except _SyntaxFault:
                while self._tokens[self._at] != _END and not self._begins_block():
                    self._at += 1
        if not self.name and not self.faults:
            self.fault(1, (), "there is no network", "Begin with `network NAME { }`.")

    def _statements(self, read: Mapping[str, Callable[[], None]]) -> bool:
        """Read `{ … }`, statement by statement; return whether all of them could be read."""
        self._take("{")
        whole = True
        while self._tokens[self._at] != "}":
            if self._tokens[self._at] == _END or self._begins_block():
                self.fault(self._line(), (), "the block before this is not closed", "End it with `}`.")
                return False
            try:
                read[self._take(*read)]()
            except _SyntaxFault:
                whole = False
                self._leave_statement()
        self._at += 1
        return whole

    def _leave_statement(self) -> None:
        """Go behind the next semicolon, or to the end of the block if that comes first."""
        while self._tokens[self._at] != _END and not self._begins_block():
            token, after = self._tokens[self._at], self._tokens[self._at + 1]
            if token == "}" and after != ";":
                return
            self._at += 1
            if token == ";":
                return

    def _property(self) -> None:
        """Pass over a property; one that runs on may have swallowed what comes after it."""
        line = self._line()
        while self._tokens[self._at] not in (";", "{", "}", _END) and self._line() == line:
            self._at += 1
        self._take(";")

    def _network(self) -> None:
        if self.name:
            self.fault(self._line(), (), "a second network begins", "One file holds one network: remove it.")
        self.name = (self._tokens[self._at] != "{" and self._take()) or "network"
        self._statements({"property": self._network_property})

    def _network_property(self) -> None:
        # Some programs leave the semicolon out here, where nothing but properties can be swallowed.
        while self._tokens[self._at] not in (";", "{", "}", _END):
            self._at += 1
        self._take(";")

    def _variable(self) -> None:
        line, name, before = self._line(), self._take(), len(self.faults)
        found: list[tuple[str, ...]] = []
        self._statements({"type": lambda: found.append(self._type(name)), "property": self._property})
        whole = len(self.faults) == before
        if name in self.lines:
            told = f"It is declared first in line {self.lines[name]}: remove or rename one."
            self.fault(line, (name,), "this variable is declared twice", told)
            return
        if len(found) != 1 and whole:
            told = "Write one `type discrete [ n ] { … };`."
            self.fault(line, (name,), f"{counted(len(found), 'type')}", told)
        self.lines[name] = line
        self.states[name] = found[0] if whole and len(found) == 1 else None

    def _type(self, name: str) -> tuple[str, ...]:
        line = self._line()
        self._take("discrete")
        self._take("[")
        count = self._take()
        self._take("]")
        self._take("{")
        states = self._names("}")
        self._take(";")
        if count != str(len(states)):
            told = f"They must agree; quote names with spaces. Read: {', '.join(states)}."
            self.fault(line, (name,), f"{counted(len(states), 'state')} under `[ {count} ]`", told)
        for state in (state for state, times in Counter(states).items() if times > 1):
            self.fault(line, (name,), f'the state "{state}" is named twice', "Give each state its own name.")
        return states

    def _probability(self) -> None:
        block = self._head()
        self.blocks.append(block)
        entry = {
            "table": lambda: block.tables.append(self._entry(block, "table", ())),
            "default": lambda: block.defaults.append(self._entry(block, "default", ())),
            "(": lambda: block.rows.append(self._row(block)),
            "property": lambda: self._table_property(block),
        }
        try:
            block.whole = self._statements(entry)
        except _SyntaxFault:
            block.whole = False
            raise

    def _table_property(self, block: Block) -> None:
        if self._tokens[self._at] == "function":
            found = f"`function {self._tokens[self._at + 1]}` is not understood"
            self.fault(self._line(), (block.child,), found, "Only tables are read: write every row out.")
            raise _SyntaxFault
        self._property()

    def _head(self) -> Block:
        line = self._line()
        try:
            self._take("(")
            child = self._take()
            has_parents = self._take("|", ")") == "|"
            return Block(line, child, self._names(")") if has_parents else ())
        except _SyntaxFault:
            self.lost_blocks = True
            raise

    def _row(self, block: Block) -> Entry:
        chosen = self._names(")")
        return self._entry(block, f"({', '.join(chosen)})", chosen)

    def _entry(self, block: Block, label: str, chosen: tuple[str, ...]) -> Entry:
        """Read numbers up to the semicolon; what is no probability is told and becomes nan."""
        line = self._line()
        numbers = []
        while (token := self._tokens[self._at]) not in _SIGNS and token != _END:
            number = float(token) if _NUMBER.fullmatch(token) else nan
            if not 0 <= number <= 1:
                told = f"`{token}` is not a probability"
                self.fault(self._line(), (block.child, label), told, "Write a number from 0 to 1.")
                number = nan
            numbers.append(number)
            self._at += 1
        self._take(";")
        return Entry(line, label, chosen, numbers)
