"""Text as it is compared: one width, one case, no spaces inside Chinese; and where each sign came from."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

MAX_CHARACTERS = 20_000
"""No person types more than this about one payment; what follows is not read."""

_MARKS = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", **dict.fromkeys("‐‑‒–—―−", "-")})
_LINE_ENDS = frozenset("\n\r\v\f\x85\u2028\u2029")
_BETWEEN = r"[\s,.;:!'\"/()\-]{0,3}"
_TOKEN = re.compile(r"[a-z0-9]+|\w|\W+")
_LATIN = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Folded:
    """A text made comparable.

    Attributes:
        text: The text to search.
        original: What the person wrote.
        places: For each sign of `text`, its place in `original`.
        is_cut: True when only the beginning of `original` was read.
    """

    text: str
    original: str
    places: tuple[int, ...]
    is_cut: bool = False

    def words(self, start: int, end: int) -> str:
        """Return what the person wrote between two places of `text`."""
        return self.original[self.places[start] : self.places[end - 1] + 1]


def fold(text: str) -> Folded:
    """Return a text in half width and lower case; runs of spaces are one, or none inside Chinese.

    A line break stays one, for no message runs across it. Beyond `MAX_CHARACTERS` nothing is read,
    and no half of a code or word is left at the cut.
    """
    is_cut = len(text) > MAX_CHARACTERS
    if is_cut:
        text = re.sub(r"[A-Za-z0-9]+\Z", "", text[:MAX_CHARACTERS])
    signs: list[str] = []
    places: list[int] = []
    gap = ""
    for place, character in enumerate(text):
        plain = _plain(character)
        if plain.isspace():
            gap = "\n" if "\n" in {gap, plain} else " "
        elif plain:
            if gap == "\n" or (gap and signs and not (_is_chinese(signs[-1]) and _is_chinese(plain[0]))):
                signs.append(gap)
                places.append(place - 1)
            gap = ""
            signs += plain
            places += [place] * len(plain)
    return Folded("".join(signs), text, tuple(places), is_cut)


def pattern(words: str) -> str:
    """Return the pattern that finds these words in a folded text, whatever stands between them.

    Punctuation of the words may be other punctuation, a space, or missing; none may be added.
    Latin words are found whole. The empty pattern stands for words without any letter.
    """
    tokens = _TOKEN.findall(fold(words).text.strip(" \n,.;:!?'\"/()-。"))
    parts: list[str] = []
    for before, token in zip(["", *tokens], tokens, strict=False):
        if not token[0].isalnum():
            parts.append(_BETWEEN)
            continue
        if before and _is_latin(before) != _is_latin(token) and before[-1].isalnum():
            parts.append(r"\s?")
        # The user's document writes 信用ka卡, as shops do where the plain word is filtered.
        parts.append("(?:ka)?卡" if token == "卡" and before else re.escape(token))
    if not any(token[0].isalnum() for token in tokens):
        return ""
    head = r"(?<![a-z0-9])" if _is_latin(tokens[0]) else ""
    tail = r"(?![a-z0-9])" if _is_latin(tokens[-1]) else ""
    return head + "".join(parts) + tail


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    if character in _LINE_ENDS:
        return "\n"
    plain = unicodedata.normalize("NFKC", character).casefold().translate(_MARKS)
    return "" if not plain.isspace() and unicodedata.category(character) in {"Cf", "Cc"} else plain


def _is_chinese(sign: str) -> bool:
    return "\u2e80" <= sign <= "\u9fff" or "\U00020000" <= sign <= "\U0003ffff"


def _is_latin(token: str) -> bool:
    return _LATIN.fullmatch(token) is not None
