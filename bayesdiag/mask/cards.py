"""Card numbers in a text, however they are grouped, and the data of a magnetic stripe."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bayesdiag.mask.people import is_identity_number
from bayesdiag.mask.runs import Run, Window, is_hexadecimal
from bayesdiag.mask.said import is_called, is_labelled, is_other_number
from bayesdiag.mask.schemes import LENGTHS, is_doubtful, luhn_sums, passes_luhn, scheme_of
from bayesdiag.mask.secret import Secret

_GROUPINGS = {
    (4, 4, 4, 4),
    (4, 4, 4, 1),
    (4, 6, 5),
    (4, 6, 4),
    (4, 5, 4),
    (5, 5, 5),
    (5, 5, 5, 4),
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

_USUAL = {15, 16, 19}
_FAR = 56
"""How far before a doubtful number the word for a card may stand."""
_ALONE = 12
"""Digits side by side that are a number of their own, and no group of one, beside smaller groups."""

_TRACK_2 = re.compile(r"(?<![0-9])[;:%]?([0-9]{12,24})[=Dd]([0-9]{4,40})[Ff?]?")
_TRACK_1 = re.compile(r"%?[Bb]([0-9][0-9 ]{11,22})\^[^\^\n]{2,40}\^[^?\n]{0,80}\??")
_AFTER = re.compile(
    r"[\s|/,;:\-]{0,4}+(?:exp(?:iry|ires|\.)?|有效期|到期|valid)?[\s:至到]{0,3}"
    r"(?:(?:0[1-9]|1[0-2])[\s|/\-.]{0,3}|[1-9][\s|/\-.]{1,3})(?:20)?[0-9]{2}[\s|/,;:\-]{1,3}([0-9]{3,4})(?![0-9]|[,.:/\-][0-9]|\s?[元块年%])",
    re.IGNORECASE,
)
"""Behind a card number: expiry date and security code, as stolen numbers and web forms have them."""


def card_numbers(text: str, run: Run) -> Iterator[Secret]:
    """Yield the card numbers of a run of groups; overlapping ones where it is not clear which it is."""
    if len(run.digits) < LENGTHS.start:
        return
    found = list(_possible(run))
    starts, ends = _bounds(run, found)
    cards = [
        window
        for window in found
        if _is_card(text, window, is_apart=window.first in starts and window.last in ends)
    ]
    # Where no grouping tells, whatever has the check digit is taken for a card.
    cards = cards or [window for window in found if _is_alone(text, window)]
    for window in cards:
        digits = window.digits
        if not is_identity_number(digits):
            yield Secret(
                window.start, window.end, "card", scheme_of(digits[:6], len(digits)), digits[:6], digits[-4:]
            )


def _possible(run: Run) -> Iterator[Window]:
    """Yield groups with the range, length and check digit of a card number."""
    sums, places, digits = luhn_sums(run.digits), run.places, run.digits
    for first, start in enumerate(places[:-1]):
        head = digits[start : start + 6]
        if not _begins(head):
            continue
        for last in range(first + 1, len(places)):
            size = places[last] - start
            if size >= LENGTHS.stop:
                break
            is_long = size >= LENGTHS.start
            if is_long and passes_luhn(sums, start, start + size) and scheme_of(head, size):
                yield Window(run, first, last)


def _bounds(run: Run, found: list[Window]) -> tuple[set[int], set[int]]:
    """Return where in a run a number may begin and end: at its ends, and beside numbers that fill it."""
    starts, ends = {0}, {len(run.groups)}
    for place, group in enumerate(run.groups):
        if group.end - group.start >= _ALONE:
            starts.add(place + 1)
            ends.add(place)
    for window in found:
        if window.first in starts:
            starts.add(window.last)
    for window in reversed(found):
        if window.last in ends:
            ends.add(window.first)
    return starts, ends


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


def _is_card(text: str, window: Window, *, is_apart: bool) -> bool:
    start, end = window.start, window.end
    if _is_decimal(text, window):
        return False
    if is_doubtful(window.digits, len(window.digits)) and not _is_called_card(text, window):
        return False
    if window.last - window.first == 1:
        return not is_hexadecimal(text, start, end) and not is_other_number(text, start)
    if window.is_listed:
        return _is_listed_card(text, window, is_apart=is_apart)
    if is_apart or window.sizes in _GROUPINGS:
        return not _is_amount(window)
    return _stands_out(window) or is_labelled("card", text, start)


def _is_called_card(text: str, window: Window) -> bool:
    return is_labelled("card", text, window.start, _FAR) or is_called("card", text, window.end)


def _is_listed_card(text: str, window: Window, *, is_apart: bool) -> bool:
    """Whether groups over commas and the like are one number, and no list of numbers."""
    if _is_amount(window) or is_other_number(text, window.start):
        return False
    if window.sizes in _GROUPINGS or _is_called_card(text, window):
        return True
    # Full stop and semicolon without a blank behind them seldom part the items of a list.
    is_one = all(group.gap in {"。", ";"} for group in window.groups[1:])
    return (is_apart and (is_one or not window.is_whole)) or (not window.is_whole and _stands_out(window))


def _stands_out(window: Window) -> bool:
    """Whether groups are parted in one way inside, in another from their neighbours; or are single digits."""
    groups = window.run.groups
    around = groups[max(0, window.first - 1) : window.first] + groups[window.last : window.last + 1]
    if set(window.sizes) == {1} and all(group.end - group.start > 1 for group in around):
        return True
    borders = [groups[place] for place in (window.first, window.last) if 0 < place < len(groups)]
    if all(group.is_listed for group in borders):
        return True
    inside = {group.gap for group in window.groups[1:]}
    return len(inside) == 1 and not inside & {group.gap for group in borders}


def _is_alone(text: str, window: Window) -> bool:
    """Whether there is no more than one other group on either side of a number of a usual length."""
    if window.first > 1 or window.last < len(window.run.groups) - 1 or window.is_listed:
        return False
    if _is_decimal(text, window) or _is_amount(window):
        return False
    return (
        len(window.groups) > 1
        and len(window.digits) in _USUAL
        and not is_doubtful(window.digits, len(window.digits))
    )


def _is_amount(window: Window) -> bool:
    """Whether these are thousands, as in 4,111,111,111,111."""
    return all("," in group.gap for group in window.groups[1:]) and {*window.sizes[1:]} == {3}


def _is_decimal(text: str, window: Window) -> bool:
    """Whether these are the decimals of a number between 0 and 1, or a number with an exponent."""
    if (
        text[window.start - 2 : window.start] == "0."
        and not text[window.start - 3 : window.start - 2].isdigit()
    ):
        return True
    is_pointed = window.last - window.first == 2 and window.groups[1].gap == "."
    return is_pointed and re.match(r"[eE][-+]?[0-9]", text[window.end : window.end + 3]) is not None
