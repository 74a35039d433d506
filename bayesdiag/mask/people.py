"""Numbers of people: Chinese identity numbers, Chinese telephone numbers, and numbers with a country code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bayesdiag.mask.runs import Run, is_hexadecimal, windows
from bayesdiag.mask.said import is_labelled, is_other_number
from bayesdiag.mask.secret import Secret

_PROVINCES = {
    *range(11, 16),
    *range(21, 24),
    *range(31, 38),
    *range(41, 47),
    *range(50, 55),
    *range(61, 66),
    71,
    *range(81, 84),
}
"""GB/T 2260: the first two digits of a place."""
_WEIGHTS = tuple(2 ** (17 - place) % 11 for place in range(17))
_CHECKS = "10X98765432"
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

_LAST = re.compile(r"[\s\-]?[Xx](?![A-Za-z])")
_SPLIT = re.compile(
    r"(?<![0-9])([1-8][0-9]{5})[\s\-.]{1,2}([12][0-9]{7})[\s\-.]{1,2}([0-9]{3}(?:[0-9](?![0-9])|[Xx]))(?![A-Za-z])"
)

_MOBILE = re.compile(r"(?:(?:00)?86)?1[3-9][0-9]{9}")
_MOBILE_GROUPS = {
    (11,),
    (3, 4, 4),
    (3, 8),
    (7, 4),
    (3, 3, 5),
    (13,),
    (15,),
    (5, 4, 4),
    (5, 8),
    (7, 4, 4),
    (7, 8),
}
_DASH = r"[\s\u00a0\-\u2010-\u2015\u2212.]"
_LANDLINE = re.compile(
    rf"(?<![0-9])(?<![0-9][\-./])(?P<country>(?:\+|00)?86{_DASH}{{0,2}})?(?P<open>[(（])?(?P<zero>0)?"
    rf"(?P<area>10|2[0-9]|[3-9][0-9]{{2}})(?P<gap>[)）]?{_DASH}{{0,3}}|[)）])"
    rf"(?P<local>[1-9][0-9]{{2,3}}{_DASH}?[0-9]{{4}}|[1-9][0-9]{{3}}{_DASH}?[0-9]{{3}})(?![0-9])"
)
_LOCAL = re.compile(
    r"(?:电话|座机|固话|传真|(?<![a-z])(?:tel|phone|telephone|landline|fax)(?![a-z]))(?:[\s:=号码是为.]|number|no|is){0,4}"
    r"([2-8][0-9]{2,3}[\s\-]?[0-9]{4})(?![0-9])",
    re.IGNORECASE,
)
_BRACKETED = re.compile(
    rf"(?<![0-9])(?:(?:\+|00)?86{_DASH}{{0,2}}(?:\(0\){_DASH}{{0,2}})?)?[(（]?1[3-9][0-9][)）]?{_DASH}{{0,2}}"
    rf"[0-9]{{4}}{_DASH}?[0-9]{{4}}(?![0-9])"
)
"""A mobile number with its first digits, or a zero in front of it, in brackets."""
_ABROAD = re.compile(r"\+(?!86)[1-9](?:[ \u00a0()\-.]{0,3}[0-9]){8,14}(?![0-9])")


def identity_numbers(text: str, run: Run) -> Iterator[Secret]:
    """Yield the identity numbers of a run: 18 signs with a check digit (GB 11643), or the old 15."""
    for window in windows(run, 15, 18, _is_place):
        digits, end = window.digits, window.end
        if len(digits) == 17:
            last = _LAST.match(text, end)
            digits, end = (f"{digits}X", last.end()) if last else (digits, end)
        if _is_identity(digits) and _checks(text, digits, window.start):
            yield Secret(window.start, end, "id")


def split_identity_numbers(text: str) -> Iterator[Secret]:
    """Yield identity numbers written as place, birthday and the rest: a date among other digits."""
    for found in _SPLIT.finditer(text):
        digits = "".join(found.groups()).upper()
        if _is_identity(digits) and _checks(text, digits, found.start()):
            yield Secret(*found.span(), "id")


def phone_numbers(text: str, run: Run) -> Iterator[Secret]:
    """Yield the mobile numbers of a run, with or without the country code."""
    for window in windows(run, 11, 15, _is_mobile_head):
        if not _MOBILE.fullmatch(window.digits):
            continue
        start, sizes = window.start, window.sizes
        if len(sizes) == 1 and (is_other_number(text, start) or is_hexadecimal(text, start, window.end)):
            continue
        if len(sizes) > 1 and window.digits[: sizes[0]] in {"86", "0086"}:
            sizes = sizes[1:]
        if sizes in _MOBILE_GROUPS or set(sizes) == {1} or is_labelled("phone", text, start):
            yield Secret(start - (text[start - 1 : start] == "+"), window.end, "phone")


def landlines(text: str) -> Iterator[Secret]:
    """Yield landline numbers with their area code, those called a telephone's, and those from abroad."""
    for found in _LANDLINE.finditer(text):
        if _is_landline(text, found):
            yield Secret(*found.span(), "phone")
    for found in _LOCAL.finditer(text):
        yield Secret(*found.span(1), "phone")
    for found in _BRACKETED.finditer(text):
        if ")" in found[0] or "）" in found[0]:
            yield Secret(*found.span(), "phone")
    for found in _ABROAD.finditer(text):
        yield Secret(*found.span(), "phone")


def _is_landline(text: str, found: re.Match[str]) -> bool:
    if not (found["zero"] or found["country"] or found["open"]):
        return False
    if is_labelled("phone", text, found.start()):
        return True
    if is_hexadecimal(text, *found.span()) or is_other_number(text, found.start()):
        return False
    if found["gap"] or found["open"] or (found["country"] and found["country"] != "86"):
        return True
    # Digits side by side: other numbers of twelve digits are many, of eleven few.
    digits = len(found[0]) - sum(not sign.isdigit() for sign in found[0])
    return bool(found["zero"]) and digits == 11 and len(found["area"]) == 2 and found["local"][0] in "2345678"


def is_identity_number(digits: str) -> bool:
    """Whether these are the 18 digits of an identity number: place, birthday and check digit are right."""
    return len(digits) == 18 and _is_identity(digits) and _has_check_digit(digits)


def _is_identity(digits: str) -> bool:
    """Whether place and birthday are possible."""
    if len(digits) not in {15, 18} or int(digits[:2]) not in _PROVINCES:
        return False
    birthday = digits[6:14] if len(digits) == 18 else f"19{digits[6:12]}"
    year, month, day = int(birthday[:4]), int(birthday[4:6]), int(birthday[6:])
    return 1800 <= year <= 2099 and 1 <= month <= 12 and 1 <= day <= _DAYS[month - 1]


def _checks(text: str, digits: str, start: int) -> bool:
    if len(digits) == 15:
        # Numbered so were people born before October 1999; few of them before 1920.
        return digits[6:8] >= "20" and not is_other_number(text, start)
    return _has_check_digit(digits) or is_labelled("id", text, start)


def _has_check_digit(digits: str) -> bool:
    return _CHECKS[sum(int(d) * w for d, w in zip(digits, _WEIGHTS, strict=False)) % 11] == digits[17]


def _is_place(head: str) -> bool:
    """Whether a place may stand here, and behind it a century (18 signs) or a year and month (15)."""
    is_dated = head[6:8] in {"18", "19", "20"} or "01" <= head[8:10] <= "12"
    return is_dated and int(head[:2]) in _PROVINCES


def _is_mobile_head(head: str) -> bool:
    return (head[0] == "1" and head[1:2] >= "3") or head[:3] == "861" or head[:5] == "00861"
