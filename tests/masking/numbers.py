"""The secrets themselves: card numbers of published test ranges, made-up identity and phone numbers, and their check digits."""

from __future__ import annotations

import calendar
from random import Random


def words(text: str) -> tuple[str, ...]:
    """What stands between spaces."""
    return tuple(text.split())


PUBLISHED = words(
    "4111111111111111 4242424242424242 4012888888881881 4000056655665556 4222222222222 5555555555554444 "
    "5105105105105100 5200828282828210 2223003122003222 378282246310005 371449635398431 378734493671000 "
    "6011111111111117 6011000990139424 30569309025904 38520000023237 36227206271667 3530111333300000 "
    "3566002020360505 6200000000000005 6205500000000000004 6250941006528599 "
    "6243030000000001 6759649826438453"
)
"""Test card numbers that the schemes and payment providers publish."""

BARE_LENGTHS = {15, 16, 19}
"""Where no word says that it is a card, shorter and unusual lengths could be bar codes or order numbers."""

SCHEMES: tuple[tuple[int, str, str], ...] = (
    (8, "411111 424242 401288 400005 444433 455673", "16"),
    (1, "422222", "13"),
    (1, "411111", "19"),
    (6, "510510 555555 520082 545454 222100 222300 272099", "16"),
    (3, "378282 371449 341111", "15"),
    (12, "620000 621234 622126 622155 624303 625094 622202 622848", "16 16 19 19 19 17 18"),
    (2, "353011 356600 352800 358999", "16"),
    (2, "601100 601111 644000 650000", "16"),
    (1, "300000 305693 385200 362272", "14"),
    (2, "675964 676770 501800 677179 561000", "16 18 19 13"),
    (2, "220000 220138 220070 220499", "16"),
)
"""Weight, first six digits, lengths."""

REGIONS = words(
    "110101 310104 440305 510104 330106 620102 320102 420106 370102 610113 500103 120101 350203 220102"
)
PROVINCES = set(
    words(
        "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82"
    )
)
AREA_CODES = words("010 021 022 023 025 028 0755 0571 0512 0592 0531 029")


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of ISO/IEC 7812-1."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(number // 10 + number % 10 for number in doubled) % 10 == 0


def with_luhn(digits: str) -> str:
    """The digits and their check digit."""
    return next(digits + last for last in "0123456789" if luhn(digits + last))


def in_card_range(digits: str) -> bool:
    """Whether length and first digits are those of a scheme that is judged."""
    four, length = int(digits[:4]), len(digits)
    return any(
        (
            digits[0] == "4" and length in {13, 16, 19},
            (5100 <= four <= 5599 or 2221 <= four <= 2720) and length == 16,
            digits[:2] in {"34", "37"} and length == 15,
            digits[:2] == "62" and 16 <= length <= 19,
            3528 <= four <= 3589 and 16 <= length <= 19,
            (four == 6011 or 6440 <= four <= 6599) and 16 <= length <= 19,
            (3000 <= four <= 3059 or digits[:2] in {"36", "38", "39"}) and 14 <= length <= 19,
            (digits[:2] in {"50", "56", "57", "58"} or digits[0] == "6") and 13 <= length <= 19,
            2200 <= four <= 2204 and 16 <= length <= 19,
        )
    )


def may_be_card(digits: str) -> bool:
    """Whether anybody could take it for a card: wider than what is judged (national schemes, old ranges)."""
    starts = digits[0] in "34569" or digits[:2] in {"22", "23", "24", "25", "26", "27", "81"}
    old = digits[:4] in {"1800", "2131", "2014", "2149"}
    return 13 <= len(digits) <= 19 and (starts or old) and luhn(digits)


def identity_check(digits: str) -> str:
    """The last character of an identity number of 18 (GB 11643)."""
    return "10X98765432"[sum(int(digit) << (17 - place) for place, digit in enumerate(digits[:17])) % 11]


def is_identity(text: str) -> bool:
    """Whether it is an identity number of 18 with a right check digit, or could be one of the old ones of 15."""
    if text[:2] not in PROVINCES or not text[:-1].isdigit():
        return False
    if len(text) == 18:
        return _is_day(text[6:14]) and text[17].upper() == identity_check(text)
    return len(text) == 15 and text.isdigit() and _is_day("19" + text[6:12])


def _is_day(digits: str) -> bool:
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:])
    return 1900 <= year <= 2030 and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]


def is_mobile(digits: str) -> bool:
    """Whether it is a Chinese mobile number without its country code."""
    return len(digits) == 11 and digits[0] == "1" and digits[1] in "3456789"


def some_digits(rng: Random, count: int) -> str:
    """Any digits."""
    return "".join(rng.choices("0123456789", k=count))


def pan(rng: Random, *, lone: bool = False) -> str:
    """A card number; `lone`: one that is known for a card without a word that says so."""
    while True:
        if rng.random() < 0.25:
            found = rng.choice(PUBLISHED)
        else:
            _, starts, lengths = rng.choices(SCHEMES, weights=[weight for weight, _, _ in SCHEMES])[0]
            start, length = rng.choice(starts.split()), int(rng.choice(lengths.split()))
            found = with_luhn(start + some_digits(rng, length - 7))
        if not lone or (len(found) in BARE_LENGTHS and found[:2] not in {"50", "56", "67"}):
            return found


def identity(rng: Random, *, old: bool = False) -> str:
    """An identity number of 18 characters, or an old one of 15."""
    year, month, day = rng.randint(1950, 1999), rng.randint(1, 12), rng.randint(1, 28)
    if old:
        return f"{rng.choice(REGIONS)}{year % 100:02}{month:02}{day:02}{some_digits(rng, 3)}"
    digits = f"{rng.choice(REGIONS)}{year}{month:02}{day:02}{some_digits(rng, 3)}"
    return digits + identity_check(digits)


def mobile(rng: Random) -> str:
    """A Chinese mobile number."""
    return "1" + rng.choice("3456789") + some_digits(rng, 9)


def landline(rng: Random) -> tuple[str, str]:
    """Area code and number."""
    code = rng.choice(AREA_CODES)
    return code, rng.choice("2568") + some_digits(rng, 7)
