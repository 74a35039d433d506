"""How people and machines write a number: groups, separators, digits of other scripts; and how such writing is read back."""

from __future__ import annotations

import re
import unicodedata
from random import Random

SCRIPTS = {
    "full": 0xFF10,
    "arabic": 0x0660,
    "persian": 0x06F0,
    "devanagari": 0x0966,
    "thai": 0x0E50,
    "bold": 0x1D7CE,
}
"""Where the ten digits of each begin."""

SPACES = (
    " ",
    " ",
    " ",
    "-",
    "-",
    ".",
    "\u00a0",
    "\u2009",
    "\u202f",
    "\u3000",
    "－",
    "–",
    "\u200b",
    " - ",
    "  ",
    "．",
)
PUNCTUATION = ("，", "、", "。", "；", "·", "—")
GROUPS: dict[int, tuple[tuple[int, ...], ...]] = {
    13: ((4, 4, 5), (6, 7)),
    14: ((4, 6, 4), (4, 4, 4, 2)),
    15: ((4, 6, 5), (4, 6, 5), (4, 4, 4, 3), (5, 5, 5)),
    16: ((4, 4, 4, 4), (4, 4, 4, 4), (4, 4, 4, 4), (6, 10), (8, 8), (6, 6, 4), (4, 12)),
    17: ((4, 4, 4, 5), (6, 11)),
    18: ((4, 4, 4, 6), (6, 12), (6, 6, 6)),
    19: ((4, 4, 4, 4, 3), (6, 13), (4, 4, 4, 7), (6, 6, 7), (5, 5, 5, 4), (8, 11)),
}

_BETWEEN = r"[\s\-‐-―−－.．,，、。;；:：·・/|+()（）]|&nbsp;|%20"
_SEPARATED = re.compile(rf"(?<=\d)(?:{_BETWEEN})+(?=\d)")


def folded(text: str) -> str:
    """The text with every decimal digit as an ASCII one, a full-width X as X, and without invisible characters."""
    return "".join(
        "X" if char in "Ｘｘ" else str(unicodedata.decimal(char, char))
        for char in text
        if unicodedata.category(char) != "Cf"
    )


def joined(text: str) -> str:
    """The folded text without what stands between digits; letters and masks (`*`, `•`, `#`, `_`) keep them apart."""
    return _SEPARATED.sub("", folded(text))


def digits_of(text: str) -> str:
    """Only the digits, as ASCII, and the X of an identity number."""
    return re.sub(r"[^0-9X]", "", folded(text).replace("&nbsp;", "").replace("%20", "").upper())


def in_full_width(rng: Random, text: str) -> str:
    """Now and then in full width, or in mixed widths."""
    return _in_script(rng, text, "full") if rng.random() < 0.1 else text


def in_some_script(rng: Random, text: str) -> str:
    """The same, or in another script's digits."""
    script = rng.choices(list(SCRIPTS), weights=[12, 2, 1, 2, 1, 1])[0]
    return _in_script(rng, text, script) if rng.random() < 0.2 else text


def _in_script(rng: Random, text: str, script: str) -> str:
    mixed = rng.random() < 0.3
    return "".join(
        chr(SCRIPTS[script] + int(char))
        if char in "0123456789" and not (mixed and rng.random() < 0.5)
        else char
        for char in text
    )


def _split(digits: str, sizes: tuple[int, ...] | list[int]) -> list[str]:
    ends = [sum(sizes[: place + 1]) for place in range(len(sizes))]
    return [digits[end - size : end] for size, end in zip(sizes, ends, strict=True)]


def _odd(rng: Random, digits: str) -> list[str]:
    sizes: list[int] = []
    while (left := len(digits) - sum(sizes)) > 0:
        sizes.append(min(left, rng.randint(2, 7)))
    return _split(digits, sizes)


def card_in_line(rng: Random, digits: str, lang: str) -> str:
    """A card number as it is written within a line."""
    shape = rng.choices(
        ["plain", "usual", "odd", "single", "punctuated"], weights=[30, 45, 10, 3, 6 if lang == "zh" else 0]
    )[0]
    if shape == "plain":
        written = digits
    elif shape == "odd":
        written = rng.choice(SPACES[:8]).join(_odd(rng, digits))
    elif shape == "single":
        written = rng.choice([" ", "-", "\u00a0"]).join(digits)
    else:
        separator = rng.choice(PUNCTUATION if shape == "punctuated" else SPACES)
        written = separator.join(_split(digits, rng.choice(GROUPS[len(digits)])))
    return in_some_script(rng, written)


def card(rng: Random, digits: str, lang: str) -> str:
    """The same, with a line break within now and then."""
    if rng.random() < 0.93:
        return card_in_line(rng, digits, lang)
    groups = _split(digits, rng.choice(GROUPS[len(digits)]))
    broken = rng.randint(1, len(groups) - 1)
    space = rng.choice(["", " ", "-"])
    return space.join(groups[:broken]) + rng.choice(["\n", "\n", "\r\n"]) + space.join(groups[broken:])


def phone(rng: Random, digits: str) -> str:
    """A mobile number as people write it."""
    parts = [digits[:3], digits[3:7], digits[7:]]
    number = rng.choice([digits, digits, digits, " ".join(parts), "-".join(parts)])
    code = rng.choice([""] * 6 + ["+86", "+86 ", "+86-", "0086", "0086 ", "0086-", "(+86)", "86-"])
    return in_full_width(rng, code + number).replace("+", rng.choice(["+", "+", "＋"]))
