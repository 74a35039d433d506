"""Text as words: Latin words without their endings, single Chinese signs, numbers in digits or words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(
    r"[ap]\.m(?:\.(?=\s?[a-z]))?|[a-z]+(?:'[a-z]+)?|[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?|\w|[^\w\s]|\n"
)
_ENDS = frozenset("。!?;\n.！？；")
_PAUSES = frozenset(",:、—()（），：")
_QUIET = frozenset(
    re.findall(
        r"[a-z]+|[^a-z\s]",
        """
        a an the is are was were be been has have had will would can could shall also again still very really
        so then it its he she they we i that there even already both either too of to at
        也都就还又了却吧呢啊着很挺太是的那再先均并便才
        """,
    )
)
"""Words that may stand anywhere and change nothing here."""
_SPLIT = {"cannot": ("can", "not"), "nothing": ("nothing",)}
_ONE_TO_TWENTY = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty
    """
_NUMBER_WORDS = {word: value for value, word in enumerate(re.findall(r"[a-z]+", _ONE_TO_TWENTY))} | {
    "half": 0.5,
    "半": 0.5,
    "两": 2,
    "几": 3,
    "several": 3,
    "dozen": 12,
}
_SIGNS = {sign: value for value, sign in enumerate("零一二三四五六七八九十")} | {"两": 2, "〇": 0}
_LONGEST_NUMBER = 12
"""Numerals of one number that are read."""
_TIMES = {"十": 10, "百": 100, "千": 1000, "万": 10000, "k": 1000}


@dataclass(frozen=True, slots=True)
class Token:
    """One word or sign: what is compared, where it stands in the folded text, and what it parts.

    Attributes:
        word: A Latin word without its ending, a sign, or digits.
        start: Where it begins.
        end: Where it has ended.
        pause: 0 inside a clause, 1 where a comma or the like stands before it, 2 where a sentence ended.
    """

    word: str
    start: int
    end: int
    pause: int = 0


def tokens(text: str) -> list[Token]:
    """Return the words of a folded text without those that change nothing; marks become pauses."""
    found: list[Token] = []
    pause = 0
    for match in _TOKEN.finditer(text):
        said = match[0]
        if said[1:] in {".m", ".m."}:
            found.append(Token(f"{said[0]}m", *match.span(), pause))
            pause = 0
        elif said in _ENDS:
            pause = 2
        elif said in _PAUSES:
            pause = max(pause, 1)
        elif said[0].isalnum():
            for word in _words(said):
                if word not in _QUIET:
                    found.append(Token(stem(word), *match.span(), pause))
                    pause = 0
    return found


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """Return a Latin word without the endings of number, tense and person; others as they are."""
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    for ending in ("ing", "ied", "ies", "ed", "es", "s", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word.removesuffix(ending)
            word += "y" if ending in {"ied", "ies"} else ""
            if word[-1] == word[-2] and word[-1] not in "aeiouls":
                word = word[:-1]
            break
    return word.removesuffix("e") if len(word) > 3 else word


def number_at(words: Sequence[Token], place: int) -> tuple[float, int] | None:
    """Return the number that stands at a place, and the place behind it; None where there is none."""
    if place >= len(words):
        return None
    word = words[place].word
    if word[0].isdigit():
        value = float(word.replace(",", ""))
        if place + 1 < len(words) and words[place + 1].word in {"万", "千", "k"}:
            return value * _TIMES[words[place + 1].word], place + 2
        return value, place + 1
    if word in _SIGNS:
        return _chinese_number(words, place)
    return (_NUMBER_WORDS[word], place + 1) if word in _NUMBER_WORDS else None


def _chinese_number(words: Sequence[Token], place: int) -> tuple[float, int]:
    """Return a number in Chinese numerals, such as 三, 十二, 两千 or 一万五."""
    total, section, digit = 0.0, 0.0, 0.0
    start = place
    while place < min(len(words), start + _LONGEST_NUMBER) and (
        words[place].word in _SIGNS or words[place].word in _TIMES
    ):
        if place > start and words[place].pause:
            break
        sign = words[place].word
        if sign == "万":
            total, section, digit = (total + section + digit) * 10000, 0.0, 0.0
        elif sign in _TIMES:
            section, digit = section + (digit or 1) * _TIMES[sign], 0.0
        else:
            digit = _SIGNS[sign]
        place += 1
    return total + section + digit, place


def _words(said: str) -> tuple[str, ...]:
    """Return the words of one: don't is do and not, customer's is customer."""
    if said in _SPLIT:
        return _SPLIT[said]
    if said.endswith("n't"):
        return (said[:-3], "not")
    return (said.partition("'")[0],) if "'" in said else (said,)
