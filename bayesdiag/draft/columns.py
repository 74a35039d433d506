"""What each column of a table is: words, numbers, or nothing a finding can be made of, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayesdiag.casefile.cell import number_of
from bayesdiag.draft.settings import Settings
from bayesdiag.engine.layout import Floats, Ints
from bayesdiag.mask import mask_text

FEW = 8
"""Up to so many different numbers are states by themselves."""
ELSE = ""
"""Stands for the words that were put together; no word is empty."""


@dataclass(frozen=True)
class Words:
    """A column of words, or of few different numbers.

    Attributes:
        name: The column.
        values: Its words in order; the last one is `ELSE` where rare ones were put together.
        codes: Number of each row's word, −1 where it is blank, shape (n,).
    """

    name: str
    values: tuple[str, ...]
    codes: Ints


@dataclass(frozen=True)
class Numbers:
    """A column of numbers, to be cut.

    Attributes:
        name: The column.
        x: The numbers, not a number where blank, shape (n,).
    """

    name: str
    x: Floats


@dataclass(frozen=True, slots=True)
class Dropped:
    """A column that was left out, and why."""

    name: str
    reason: str


Column = Words | Numbers


def column_of(name: str, cells: Sequence[str], settings: Settings) -> Column | Dropped:
    """Return what a column is; cells are texts, empty where blank."""
    times = Counter(cell for cell in cells if cell)
    reason = _useless(name, times, len(cells), settings)
    if reason:
        return Dropped(name, reason)
    if is_numbers(times, name, settings):
        return Numbers(name, np.array([float(cell) if cell else np.nan for cell in cells]))
    if len(times) > settings.max_values and 2 * len(times) > times.total():
        return Dropped(name, f"{len(times)} different values in {times.total()} cells: they tell rows apart")
    most = settings.lump or settings.max_values
    if len(times) > most and not settings.lump:
        told = f"{len(times)} different values are more than {settings.max_values} (--max-values)"
        return Dropped(name, f"{told}; --lump 20 keeps the commonest and puts the others together")
    if any(mask_text(word) != word for word in times):
        return Dropped(name, "its cells hold what looks like card numbers or other secrets")
    return words_of(name, cells, most)


def words_of(name: str, cells: Sequence[str], most: int) -> Words:
    """Return a column as words; of more than `most` different ones the rarest are put together."""
    times = Counter(cell for cell in cells if cell)
    kept = [word for word, _ in sorted(times.items(), key=lambda item: (-item[1], item[0]))[:most]]
    values = (*sorted(kept, key=order_of), *([ELSE] if len(times) > len(kept) else []))
    number_of = {value: number for number, value in enumerate(values)}
    rest = number_of.get(ELSE, -1)
    codes = [number_of.get(cell, rest) if cell else -1 for cell in cells]
    return Words(name, values, np.array(codes, dtype=np.int64))


def is_numbers(times: Counter[str], name: str, settings: Settings) -> bool:
    """Whether a column holds numbers to be cut."""
    if name in settings.as_words or not all(number_of(word) is not None for word in times):
        return False
    if name in settings.as_numbers:
        return True
    # 05 is a code and no number.
    is_coded = any(word[:1] == "0" and word[1:2].isdigit() for word in times)
    return len(times) > FEW and not is_coded


def order_of(word: str) -> tuple[float, str]:
    """Return where a word stands among others: numbers by size, then words by letters."""
    found = number_of(word)
    return (float("inf") if found is None else found, word)


def _useless(name: str, times: Counter[str], n: int, settings: Settings) -> str:
    if not name:
        return "the column has no name"
    if name in settings.drop:
        return "asked for (--drop)"
    if not times:
        return "every cell is blank"
    if len(times) == 1 and (times.total() == n or settings.blanks == "missing"):
        return f'every known cell says "{mask_text(next(iter(times)))}"'
    return ""
