"""Card numbers in a text, however they are grouped, and the data of a magnetic stripe."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bayesdiag.mask.people import is_identity_number
from bayesdiag.mask.runs import Run, Window, is_hexadecimal, windows
from bayesdiag.mask.said import is_labelled, is_other_number
from bayesdiag.mask.schemes import LENGTHS, luhn_sums, passes_luhn, scheme_of
from bayesdiag.mask.secret import Secret

_GROUPINGS = {
    (4, 4, 4, 4),
    (4, 4, 4, 1),
    (4, 6, 5),
    (4, 6, 4),
    (4, 5, 4),
    (4, 4, 5),
    (4, 4, 4, 3),
    (4, 4, 4, 2),
    (4, 4, 4, 4, 1),
    (4, 4, 4, 4, 2),
    (4, 4, 4, 4, 3),
    (4, 4, 4, 6),
    (4, 4, 4, 7),
    (4, 4, 4, 5),
    (6, 4, 4, 2),
    (6, 6, 4),
    (6, 6, 7),
    (6, 13),
    (6, 10),
    (6, 12),
    (6, 9),
    (6, 8),
    (8, 8),
    (8, 11),
    (8, 4, 4),
    (6, 5, 5),
    (5, 5, 5, 1),
    (5, 5, 6),
}
"""How card numbers are printed and typed; these count among other numbers too."""

_TRACK_2 = re.compile(r"(?<![0-9])[;:%]?([0-9]{12,24})[=Dd]([0-9]{4,40})[Ff?]?")
_TRACK_1 = re.compile(r"%?[Bb]([0-9][0-9 ]{11,22})\^[^\^\n]{2,40}\^[^?\n]{0,80}\??")
_AFTER = re.compile(
    r"[\s|/,;:\-]{0,4}+(?:exp(?:iry|ires|\.)?|有效期|到期|valid)?[\s:至到]{0,3}(?:0?[1-9]|1[0-2])[\s|/\-.]{0,3}"
    r"(?:20)?[0-9]{2}[\s|/,;:\-]{1,3}([0-9]{3,4})(?![0-9]|[.:/\-][0-9]|\s?[元块年%])",
    re.IGNORECASE,
)
"""Behind a card number: expiry date and security code, as stolen numbers and web forms have them."""


def card_numbers(text: str, run: Run) -> Iterator[Secret]:
    """Yield the card numbers of a run of groups; overlapping ones where it is not clear which it is."""
    if len(run.digits) < LENGTHS.start:
        return
    sums = luhn_sums(run.digits)
    for window in windows(run, LENGTHS.start, LENGTHS.stop - 1, _begins):
        start, end = run.places[window.first], run.places[window.last]
        if not passes_luhn(sums, start, end):
            continue
        scheme = scheme_of(run.digits[start : start + 6], end - start)
        digits = window.digits
        if scheme and _is_card(text, window) and not is_identity_number(digits):
            yield Secret(window.start, window.end, "card", scheme, digits[:6], digits[-4:])


def tracks(text: str) -> Iterator[Secret]:
    """Yield the data of magnetic stripes, as a whole."""
    for found in _TRACK_2.finditer(text):
        number, rest = found.groups()
        month = rest[2:4]
        marked = text[found.start()] in ";%" or is_labelled("track", text, found.start())
        sums, end = luhn_sums(number), len(number)
        numbers = any(passes_luhn(sums, end - size, end) for size in LENGTHS if size <= end)
        if marked or (len(rest) >= 7 and "01" <= month <= "12" and numbers):
            yield Secret(*found.span(), "track")
    for found in _TRACK_1.finditer(text):
        yield Secret(*found.span(), "track")


def code_behind(text: str, card: Secret) -> Secret | None:
    """Return the security code that stands behind a card number and its expiry date."""
    found = _AFTER.match(text, card.end)
    return Secret(*found.span(1), "cvv") if found else None


def _begins(head: str) -> bool:
    return head[:1] in "2345689" or head[:2] in {"18", "97", "98"}


def _is_card(text: str, window: Window) -> bool:
    if _is_decimal(text, window):
        return False
    if window.last - window.first == 1:
        is_hex = is_hexadecimal(text, window.start, window.end)
        return not is_hex and not is_other_number(text, window.start)
    if window.is_whole or window.sizes in _GROUPINGS:
        return not _is_amount(window)
    return _stands_out(window) or is_labelled("card", text, window.start)


def _stands_out(window: Window) -> bool:
    """Whether groups are parted in one way inside, and in another way from their neighbours."""
    groups = window.run.groups
    inside = {group.gap for group in window.groups[1:]}
    outside = {groups[window.first].gap} if window.first else set()
    outside |= {groups[window.last].gap} if window.last < len(groups) else set()
    return len(inside) == 1 and not inside & outside


def _is_amount(window: Window) -> bool:
    """Whether these are thousands, as in 4,111,111,111,111."""
    return all("," in group.gap for group in window.groups[1:]) and set(window.sizes[1:]) == {3}


def _is_decimal(text: str, window: Window) -> bool:
    """Whether these are the decimals of a number between 0 and 1, or a number with an exponent."""
    if (
        text[window.start - 2 : window.start] == "0."
        and not text[window.start - 3 : window.start - 2].isdigit()
    ):
        return True
    is_pointed = [group.gap for group in window.groups[1:]] == ["."]
    return is_pointed and re.match(r"[eE][-+]?[0-9]", text[window.end : window.end + 3]) is not None
