"""Tickets with secrets planted in them, drawn from templates or read from the file of hand-made ones.

A ticket says which of its strings are secret and which must stay; all else in it is not judged. Both
directions leave out what a careful human could not tell either:

* expiry dates beside a card, names (but for the one inside track 1), e-mail addresses, one-time codes
  (验证码), passwords of operators, web sites and Wi-Fi, bank accounts that are no cards;
* bare groups of 3 to 6 digits that no word calls a CVV or PIN, or only the header of their column does;
  landlines that no word calls a telephone, local numbers without an area code, extensions, phones of other
  countries; old 15-digit identity numbers that no word calls so; merchant ids that could be one;
* bare numbers of 13, 14, 17 or 18 digits as cards (bar codes, order numbers), cards of 12 digits, with a
  wrong check digit, with letters for digits (O, l), in Chinese numerals or circled digits, with words or
  other numbers between their groups, glued to further digits, split by tabs, slashes or ASCII commas;
* harmless numbers that are Luhn valid, have 13 to 19 digits and begin as cards of any scheme might, also as
  groups put together over spaces and punctuation; 11 digits that might be a mobile number.

Judged, though it may surprise: any decimal digits of Unicode and mixtures of them (all but cards: half and
full width only), invisible characters, `&nbsp;`, `%20` and `+` between the groups of a card, Chinese
punctuation there, CVV and PIN spelt digit by digit, and words in traditional characters. A number of more
than 19 digits is no card, whatever it holds; nor are digits that continue an AID (`A000000333010101`).

What is left of a secret after masking may be its first six and last four digits (cards, identity numbers),
or any seven digits in a row at most (phones), nothing of a CVV, PIN or of track data behind the card but
expiry and service code. What must stay must stay letter by letter, in full width too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from tests.masking import numbers, spelling
from tests.masking.harmless import MAKERS
from tests.masking.judge import is_fair

HERE = Path(__file__).parent
NAMES = {
    "zh": ("张先生", "李女士", "王老板", "小陈", "测试员"),
    "en": ("John", "Ms Example", "Sam", "the guest", "Pat"),
}
EXPIRIES = ("12/27", "0928", "2027-05", "03/29")
HOLDERS = ("TEST/CARD", "DOE/JOHN", "CARDHOLDER/SAMPLE A", "ZHANG/SAN")
_SLOT = re.compile(r"\[\[(.+?)\]\]", re.DOTALL)


@dataclass(frozen=True)
class Secret:
    """One planted secret: as it stands in the text from `start`, its digits, and what else of it must go."""

    kind: str
    literal: str
    digits: str
    start: int
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ticket:
    """A text, the secrets in it, the strings that must stay verbatim, and its language."""

    text: str
    planted: tuple[Secret, ...]
    harmless: tuple[str, ...]
    lang: str


def _track(rng: Random, kind: str) -> tuple[str, str, tuple[str, ...]]:
    digits, rest = numbers.pan(rng, lone=True), numbers.some_digits(rng, rng.choice([10, 13]))
    head = f"{rng.randint(26, 31)}{rng.randint(1, 12):02}{rng.choice(['101', '201', '220', '120'])}"
    if kind == "track1":
        holder = rng.choice(HOLDERS)
        return f"%B{digits}^{holder}^{head}{rest}?", digits, (holder, rest)
    written = f"{digits}{rng.choice('===D') if kind == 'track2raw' else '='}{head}{rest}"
    return (written if kind == "track2raw" else f";{written}?"), digits, (rest,)


def _card(rng: Random, where: str, lang: str) -> tuple[str, str, tuple[str, ...]]:
    digits = numbers.pan(rng, lone="lone" in where)
    if "bare" in where:
        return digits, digits, ()
    return (spelling.card_in_line if "line" in where else spelling.card)(rng, digits, lang), digits, ()


def _person(rng: Random, kind: str, where: str) -> tuple[str, str, tuple[str, ...]]:
    if kind == "phone":
        digits = numbers.mobile(rng)
        return (digits if where == "bare" else spelling.phone(rng, digits)), digits, ()
    if kind == "tel":
        code, number = numbers.landline(rng)
        written = rng.choice(
            [
                f"{code}-{number}",
                f"{code}{number}",
                f"({code}){number}",
                f"{code} {number[:4]} {number[4:]}",
                f"（{code}）{number}",
            ]
        )
        return spelling.in_full_width(rng, written), code + number, ()
    digits = numbers.identity(rng, old=where == "old")
    written = digits.lower() if rng.random() < 0.4 else digits
    if where == "spaced":
        written = f"{written[:6]} {written[6:14]} {written[14:]}"
    return (written if where == "bare" else spelling.in_full_width(rng, written)), digits, ()


def _secret(rng: Random, kind: str, where: str, lang: str) -> tuple[str, str, tuple[str, ...]]:
    if kind == "pan":
        return _card(rng, where, lang)
    if kind.startswith("track"):
        return _track(rng, kind)
    if kind in {"phone", "tel", "id"}:
        return _person(rng, kind, where)
    size = int(where) if where.isdigit() else {"cvv": 3, "pin": rng.choice([4, 6, 6])}[kind]
    digits = numbers.some_digits(rng, size)
    return (digits if where == "bare" else spelling.in_full_width(rng, digits)), digits, ()


SECRETS = {
    "pan": "pan",
    "cvv": "cvv",
    "pin": "pin",
    "id": "id",
    "phone": "phone",
    "tel": "phone",
    "track1": "track",
    "track2": "track",
    "track2raw": "track",
}


def _fill(rng: Random, template: str, lang: str) -> Ticket:
    text = ""
    planted: list[Secret] = []
    harmless: list[str] = []
    kept: dict[str, tuple[str, str, tuple[str, ...]]] = {}
    for place, part in enumerate(_SLOT.split(template)):
        kind, _, where = part.partition(".")
        if place % 2 == 0:
            text += part
        elif part.startswith("="):
            harmless.append(part[1:])
            text += part[1:]
        elif part in {"name", "exp"}:
            text += rng.choice(NAMES[lang] if part == "name" else EXPIRIES)
        elif kind in MAKERS:
            written = MAKERS[kind](rng, lang)
            harmless.append(written)
            text += written
        else:
            drawn = _secret(rng, kind, where, lang)
            if where.endswith("again"):
                drawn = kept.setdefault(part, drawn)
            literal, digits, parts = drawn
            planted.append(Secret(SECRETS[kind], literal, digits, len(text), parts))
            text += literal
    return Ticket(text, tuple(planted), tuple(harmless), lang)


@cache
def templates(lang: str) -> tuple[str, ...]:
    """The templates of a language: one a line, `\\n` and `\\t` written so, `[[kind]]` a slot, `[[=…]]` what must stay."""
    lines = (HERE / f"templates_{lang}.txt").read_text(encoding="utf-8").splitlines()
    return tuple(
        line.replace("\\n", "\n").replace("\\t", "\t") for line in lines if line and not line.startswith("##")
    )


def texts(n: int, seed: int) -> Iterator[Ticket]:
    """`n` tickets, always the same for a seed: in turn Chinese and English, drawn anew where a careful human could err."""
    rng = Random(seed)  # noqa: S311 - these are no secrets
    for place in range(n):
        lang = ("zh", "en")[place % 2]
        template = rng.choice(templates(lang))
        for _ in range(200):
            ticket = _fill(rng, template, lang)
            if is_fair(ticket):
                break
        else:
            raise AssertionError(f"no fair ticket from {template!r}")
        yield ticket


@cache
def handmade() -> tuple[Ticket, ...]:
    """The hand-made tickets; the file gives the secrets of each in their order, as kind, literal, digits and parts."""
    rows = [json.loads(line) for line in (HERE / "handmade.jsonl").read_text(encoding="utf-8").splitlines()]
    return tuple(_read(row) for row in rows)


def _read(row: dict[str, Any]) -> Ticket:
    planted: list[Secret] = []
    for one in row["secrets"]:
        after = planted[-1].start + len(planted[-1].literal) if planted else 0
        start = row["text"].index(one["literal"], after)
        planted.append(Secret(one["kind"], one["literal"], one["digits"], start, tuple(one.get("parts", ()))))
    return Ticket(row["text"], tuple(planted), tuple(row["harmless"]), row["lang"])
