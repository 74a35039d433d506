"""Whose card a number may be: the ranges of the card schemes, the lengths they use, and the check digit."""

from __future__ import annotations

from functools import lru_cache
from itertools import accumulate

_SHORT = range(13, 16)
_LONG = range(16, 20)
_RANGES: tuple[tuple[str, int, int, tuple[int, ...]], ...] = (
    ("Amex", 34, 34, (15,)),
    ("Amex", 37, 37, (15,)),
    ("Diners", 300, 305, (14, 16, 19)),
    ("Diners", 3095, 3095, (14, 16, 19)),
    ("Diners", 36, 36, (14, 15, 16, 17, 18, 19)),
    ("Diners", 38, 39, (14, 16, 19)),
    ("JCB", 3528, 3589, (*_LONG,)),
    ("JCB", 1800, 1800, (15,)),
    ("JCB", 2131, 2131, (15,)),
    ("Mir", 2200, 2204, (*_LONG,)),
    ("Mastercard", 2221, 2720, (16,)),
    ("Mastercard", 51, 55, (16,)),
    ("Visa", 4, 4, (13, 16, 18, 19)),
    ("Discover", 6011, 6011, (*_LONG,)),
    ("Discover", 644, 649, (*_LONG,)),
    ("Discover", 65, 65, (*_LONG,)),
    ("UnionPay", 62, 62, (*_LONG,)),
    ("UnionPay", 81, 81, (*_LONG,)),
    # Cards of Chinese banks older than the range 62, some still in use.
    ("UnionPay", 601382, 601382, (19,)),
    ("UnionPay", 60, 60, (*_LONG,)),
    ("UnionPay", 9400, 9400, (*_LONG,)),
    ("UnionPay", 9550, 9559, (*_LONG,)),
    ("UnionPay", 68, 69, (*_LONG,)),
    ("Maestro", 50, 50, (*_SHORT, *_LONG)),
    ("Maestro", 56, 58, (*_SHORT, *_LONG)),
    ("Maestro", 6, 6, (*_SHORT,)),
    ("Maestro", 61, 61, (*_LONG,)),
    ("Maestro", 63, 64, (*_LONG,)),
    ("Maestro", 66, 67, (*_LONG,)),
    ("RuPay", 82, 82, (16,)),
    ("Troy", 9792, 9792, (16,)),
    ("Uzcard", 8600, 8600, (16,)),
    ("Humo", 9860, 9860, (16,)),
)
"""Scheme, first and last of its leading digits, and lengths. ISO/IEC 7812-1 and what the schemes publish."""

LENGTHS = range(13, 20)
"""Digits of a card number."""

_DOUBLED = [sum(divmod(2 * digit, 10)) for digit in range(10)]


@lru_cache(maxsize=65536)
def scheme_of(head: str, size: int) -> str:
    """Return whose a number of `size` digits may be by its first six; empty: nobody's."""
    found = [
        (len(str(first)), name)
        for name, first, last, lengths in _RANGES
        if size in lengths and first <= int(head[: len(str(first))]) <= last
    ]
    return max(found, default=(0, ""))[1]


def is_doubtful(head: str, size: int) -> bool:
    """Whether a number is rather a bar code or an order's than a card's where no word calls it a card."""
    return size in _SHORT and head[0] in "56"


def is_card_number(digits: str) -> bool:
    """Whether range, length and check digit are those of a card number."""
    return bool(scheme_of(digits[:6], len(digits))) and passes_luhn(luhn_sums(digits), 0, len(digits))


def luhn_sums(digits: str) -> tuple[list[int], list[int]]:
    """Return running sums of digits, every other one doubled: those at odd places, and those at even places.

    With them every part of a long run of digits is checked in one step, see `passes_luhn`.
    """
    numbers = [int(digit) for digit in digits]
    sides = [
        [_DOUBLED[number] if place % 2 != kept else number for place, number in enumerate(numbers)]
        for kept in (0, 1)
    ]
    return list(accumulate(sides[0], initial=0)), list(accumulate(sides[1], initial=0))


def passes_luhn(sums: tuple[list[int], list[int]], start: int, end: int) -> bool:
    """Whether the last digit of a part is the check digit of the others (ISO/IEC 7812-1, annex B)."""
    side = sums[(end - 1) % 2]  # the check digit itself is not doubled
    return (side[end] - side[start]) % 10 == 0
