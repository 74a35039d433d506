"""A text as it is searched: every decimal digit and full-width sign as ASCII, each at its old place."""

from __future__ import annotations

import re
import unicodedata

_WIDE = {0xFF01 + place: 0x21 + place for place in range(94) if place != ord(",") - 0x21}
"""All but the comma: in full width it may part the groups of one number, in ASCII it parts numbers."""
_OTHER_DIGIT = re.compile(r"(?![0-9])\d")
_NUMERALS = "零一二三四五六七八九"
_NUMERAL = {"〇": "0", "幺": "1", **{sign: str(value) for value, sign in enumerate(_NUMERALS)}}
_SPOKEN = re.compile(f"[{''.join(_NUMERAL)}]{{3,}}+")
UNSEEN = (
    "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff\u20e3"
)
"""Signs that take no room: they part nothing. To stand inside a character class."""


_ENCODED_BLANK = re.compile(
    r"(?<=[0-9])(?:&(?:nbsp|ensp|emsp|thinsp|shy|zwnj|zwj|#160|#xa0|#173|#8201|#8203|#8239|#32|#x20);"
    r"|%(?:20|09|0[ad]|c2%a[0d]|e2%80%[89a][0-9a-f]|e3%80%80)|\\(?:u(?:00a0|00ad|20[0-6][0-9a-f]|3000)|[nrt]))+"
    r"(?=[^0-9A-Za-z%&]{0,3}[0-9])",
    re.IGNORECASE,
)
"""A blank between digits, as web pages, addresses and JSON write it."""


def plain(text: str) -> str:
    """Return a text of the same length with every digit as ASCII, whatever script it is written in.

    Chinese numerals count as digits where three or more stand side by side, as a number is read out.
    Blanks written in code between digits are blanks. Any str is accepted, halves of surrogate pairs too.
    """
    if not text.isascii():
        text = _with_digits(text)
    if "&" in text or "%" in text or "\\" in text:
        text = _ENCODED_BLANK.sub(lambda found: " " * len(found[0]), text)
    return text


def _with_digits(text: str) -> str:
    text = _OTHER_DIGIT.sub(lambda found: str(unicodedata.decimal(found[0])), text.translate(_WIDE))
    return _SPOKEN.sub(lambda found: "".join(map(_NUMERAL.__getitem__, found[0])), text)
