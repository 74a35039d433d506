"""A text as it is searched: every decimal digit and full-width sign as ASCII, each at its old place."""

from __future__ import annotations

import re
import unicodedata

_WIDE = {0xFF01 + place: 0x21 + place for place in range(94)}
_OTHER_DIGIT = re.compile(r"(?![0-9])\d")
_NUMERALS = "零一二三四五六七八九"
_NUMERAL = {"〇": "0", "幺": "1", **{sign: str(value) for value, sign in enumerate(_NUMERALS)}}
_SPOKEN = re.compile(f"[{''.join(_NUMERAL)}]{{3,}}+")
UNSEEN = (
    "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff\u20e3"
)
"""Signs that take no room: they part nothing. To stand inside a character class."""


def plain(text: str) -> str:
    """Return a text of the same length with every digit as ASCII, whatever script it is written in.

    Chinese numerals count as digits where three or more stand side by side, as a number is read out.
    Any str is accepted, halves of surrogate pairs too.
    """
    if text.isascii():
        return text
    text = _OTHER_DIGIT.sub(lambda found: str(unicodedata.decimal(found[0])), text.translate(_WIDE))
    return _SPOKEN.sub(lambda found: "".join(map(_NUMERAL.__getitem__, found[0])), text)
