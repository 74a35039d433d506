"""UAI text → words with their lines, drawn one line at a time.

What the words mean is not looked at here. Lines that begin with `#` are left out: the format knows
no comments, but programs write them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_LINE = re.compile(r"\S[^\n]*")
_WHOLE = re.compile(r"[0-9]{1,18}", re.ASCII)

Run = tuple[int, list[str]]
"""A line, and words that stand in it."""


class Words:
    """Words of a text, in order.

    Attributes:
        line: Line of the word taken last; before the first and after the last word, the line reached.
    """

    def __init__(self, text: str) -> None:
        self.line = 1
        self._runs = runs(text)
        self._here: list[str] = []
        self._at = 0

    def next(self) -> str:
        """Return the next word; "" at the end."""
        taken = self.take(1)
        return taken[0][1][0] if taken else ""

    def take(self, count: int) -> list[Run]:
        """Return the next words, by line; fewer than `count` only at the end."""
        taken: list[Run] = []
        while count > 0:
            if self._at == len(self._here):
                self.line, self._here = next(self._runs, (self.line, []))
                self._at = 0
                if not self._here:
                    break
            words = self._here[self._at : self._at + count]
            self._at += len(words)
            count -= len(words)
            taken.append((self.line, words))
        return taken


def runs(text: str) -> Iterator[Run]:
    """Yield the lines that hold words, with their numbers."""
    line, before = 1, 0
    for match in _LINE.finditer(text):
        line += text.count("\n", before, match.start())
        before = match.start()
        if text[before] != "#":
            yield line, match.group().split()


def whole(word: str) -> int | None:
    """Return a whole number, 0 or more; None where the word is none."""
    return int(word) if _WHOLE.fullmatch(word) else None
