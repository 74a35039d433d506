"""UAI text → its parts: sizes of variables, scopes and numbers of tables, each with its line.

What the parts mean together is not looked at here. After a count that cannot be read nothing
that follows has a known place, so reading ends there; every other fault is told and passed over.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from dataclasses import dataclass, field
from math import inf, isfinite, nan, prod

from bayesdiag.errors import Fault
from bayesdiag.formats.text import counted
from bayesdiag.formats.uai.words import Words, whole

MAX_NUMBERS = 10_000_000
"""More in all tables together are not read."""
MAX_STATES = 1_000_000
"""More of all variables together are not read: a size is a few digits, its states are as many names."""
MAX_TABLES = 1_000_000
"""More are not read."""
MAX_FAULTS = 1000
"""After so many, reading ends: nobody reads more."""
SHOWN = 3
"""Faulty numbers of one table that are told each; of the others their count."""

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_FOREIGN = re.compile(r"[^0-9eE.+\- ]")
"""What is in no number; without it `float` takes no more than `_NUMBER` does, and is quicker."""
_KINDS = ("MARKOV", "BAYES")
_HARMLESS = 1.0
"""Stands for a number that could not be read and was told."""


@dataclass(slots=True)
class Part:
    """One table as it stands in the file.

    Attributes:
        line: Where its scope stands.
        scope: Numbers of its variables.
        whole: Whether all of it could be read and fits together.
        values_line: Where its numbers begin, with their count; 0 when they were not reached.
        values: Its numbers; 1 where a fault was told.
        firsts: Number of the first value in each line that holds some of them.
        lines: Those lines.
    """

    line: int
    scope: tuple[int, ...]
    whole: bool
    values_line: int = 0
    values: array[float] = field(default_factory=lambda: array("d"))
    firsts: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    def line_of(self, place: int) -> int:
        """Return the line in which a value stands."""
        return self.lines[bisect_right(self.firsts, place) - 1]


class _Lost(Exception):  # noqa: N818 - never leaves this module
    """From here on no word has a known meaning."""


class Reader:
    """Takes a text apart.

    Attributes:
        file: Name of the file, for faults.
        kind: "MARKOV" or "BAYES"; empty when it could not be read.
        sizes: Number of states of each variable; 0 where a fault was told.
        sizes_line: Where they begin.
        count_line: Where the number of tables stands.
        parts: The tables.
        is_whole: Whether the end was reached.
        faults: What kept parts of the text from being read.
    """

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.kind = ""
        self.sizes: list[int] = []
        self.sizes_line = self.count_line = 1
        self.parts: list[Part] = []
        self.is_whole = False
        self.faults: list[Fault] = []
        self._words = Words(text)
        try:
            self._read()
            self.is_whole = True
        except _Lost:
            pass

    def fault(self, line: int, path: tuple[str, ...], found: str, allowed: str) -> None:
        """Note a fault."""
        self.faults.append(Fault(path, found, allowed, self.file, line))

    # ── inside ────────────────────────────────────────────────────────────────────────────────

    def _read(self) -> None:
        self._read_kind()
        self._read_sizes()
        n_tables = self._count((), "the number of tables", MAX_TABLES)
        self.count_line = self._words.line
        for number in range(n_tables):
            self._stop_at_many()
            self._read_scope(f"table {number}")
        total = 0
        for number, part in enumerate(self.parts):
            self._stop_at_many()
            total += self._read_values(part, f"table {number}", MAX_NUMBERS - total)
        rest = self._words.next()
        if rest:
            told = "Remove what follows the last table, or correct the number of tables."
            self.fault(self._words.line, (), f"`{_shown(rest)}` after the last table", told)

    def _read_kind(self) -> None:
        word = self._words.next()
        if word not in _KINDS:
            found = f"`{_shown(word)}`" if word else "the end of the file"
            told = "A UAI file begins with one of these words, alone in its line."
            self.fault(self._words.line, (), f"{found} where `MARKOV` or `BAYES` belongs", told)
            raise _Lost
        self.kind = word

    def _count(self, path: tuple[str, ...], what: str, most: int) -> int:
        """Return a whole number on which the place of everything behind it depends."""
        word = self._words.next()
        number = whole(word)
        if number is not None and number <= most:
            return number
        found, told = f"`{_shown(word)}` where {what} belongs", "Write a whole number, 0 or more."
        if not word:
            found, told = (
                f"the file ends where {what} belongs",
                "It is not whole, or a number before is wrong.",
            )
        elif number is not None:
            found, told = f"{number:,} is too large for {what}", f"At most {most:,} can be read here."
        self.fault(self._words.line, path, found, told)
        raise _Lost

    def _read_sizes(self) -> None:
        n_variables = self._count((), "the number of variables", MAX_STATES)
        taken = self._words.take(n_variables)
        self.sizes_line = taken[0][0] if taken else self._words.line
        bad: list[Fault] = []
        for line, words in taken:
            for word in words:
                size = whole(word)
                if not size:
                    told = "Write how many states it has, 1 or more."
                    path = (f"variable {len(self.sizes)}",)
                    bad.append(Fault(path, f"`{_shown(word)}` is not a size", told, self.file, line))
                self.sizes.append(size or 0)
        self._note(bad, (), "sizes cannot be read")
        self._ends_before(n_variables - len(self.sizes), (), "size")
        n_states = sum(self.sizes)
        if n_states > MAX_STATES:
            self.sizes.clear()  # nobody shall name that many
            found = f"the variables have {n_states:,} states together"
            self.fault(self.sizes_line, (), found, f"At most {MAX_STATES:,} are read.")
            raise _Lost

    def _read_scope(self, name: str) -> None:
        length = self._count((name, "scope"), "the number of its variables", len(self.sizes))
        line = self._words.line
        words = [word for _, some in self._words.take(length) for word in some]
        scope, before = [], len(self.faults)
        for word in words:
            number = whole(word)
            if number is None or number >= len(self.sizes):
                told = f"Variables are counted from 0 to {len(self.sizes) - 1}."
                self.fault(self._words.line, (name, "scope"), f"`{_shown(word)}` is not a variable", told)
            elif number in scope:
                found = f"variable {number} is named twice"
                self.fault(self._words.line, (name, "scope"), found, "Name each variable once.")
            else:
                scope.append(number)
        self._ends_before(length - len(words), (name, "scope"), "variable")
        self.parts.append(Part(line, tuple(scope), len(self.faults) == before))

    def _read_values(self, part: Part, name: str, most: int) -> int:
        n_values = self._count((name,), "the number of its numbers", most)
        part.values_line = self._words.line
        size = prod(self.sizes[number] for number in part.scope)
        part.whole &= size > 0
        if part.whole and n_values != size:
            found = f"{counted(n_values, 'number')} announced where {size} belong"
            told = "There is one for each combination of the states of its variables."
            self.fault(part.values_line, (name,), found, told)
            part.whole = False
        bad: list[Fault] = []
        for line, words in self._words.take(n_values):
            first = len(part.values)
            part.firsts.append(first)
            part.lines.append(line)
            part.values.extend(_values(words))
            for place in _unfit(part.values[first:]):
                path = (name, f"number {first + place}")
                told = "Write a finite number, 0 or more."
                bad.append(Fault(path, f"`{_shown(words[place])}` may not stand here", told, self.file, line))
                part.values[first + place] = _HARMLESS
        part.whole &= not bad and len(part.values) == n_values
        self._note(bad, (name,), "numbers may not stand here")
        self._ends_before(n_values - len(part.values), (name,), "number")
        return n_values

    def _stop_at_many(self) -> None:
        if len(self.faults) > MAX_FAULTS:
            found = f"more than {MAX_FAULTS:,} faults"
            self.fault(self._words.line, (), found, "The rest of the file was not read.")
            raise _Lost

    def _note(self, bad: list[Fault], path: tuple[str, ...], what: str) -> None:
        """Note the first of many faults of one kind, and how many there are more."""
        self.faults += bad[:SHOWN]
        if len(bad) > SHOWN:
            self.fault(bad[SHOWN].line, path, f"{len(bad) - SHOWN} more {what}", bad[SHOWN].allowed)

    def _ends_before(self, missing: int, path: tuple[str, ...], noun: str) -> None:
        if missing > 0:
            told = "It is not whole, or a number before is wrong."
            found = f"the file ends, {counted(missing, noun)} too early"
            self.fault(self._words.line, path, found, told)
            raise _Lost


def _values(words: list[str]) -> list[float]:
    """Return the words as numbers; nan where one is none."""
    if not _FOREIGN.search(" ".join(words)):
        try:
            return list(map(float, words))
        except ValueError:
            pass  # such as "1.2.3": told word by word
    return [float(word) if _NUMBER.fullmatch(word) else nan for word in words]


def _unfit(values: array[float]) -> list[int]:
    """Return the places of what may not stand in a table."""
    if all(map(isfinite, values)) and min(values) >= 0:
        return []
    return [place for place, value in enumerate(values) if not 0 <= value < inf]


def _shown(word: str) -> str:
    return word if len(word) <= 40 else f"{word[:40]}…"
