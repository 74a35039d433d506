"""Card numbers out of any text, before it is stored, logged or shown."""

from __future__ import annotations

import re

_RUN = re.compile(r"(?<![0-9])[0-9](?:[ -]?[0-9]){12,18}(?![0-9])")


def mask_text(text: str) -> str:
    """Return the text with every card number (13 to 19 digits whose check digit is right) as stars."""
    return _RUN.sub(_masked, text)


def _masked(run: re.Match[str]) -> str:
    digits = [int(digit) for digit in run[0] if digit.isdigit()]
    doubled = [
        digit if place % 2 == 0 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(digits[::-1])
    ]
    return "*" * len(digits) if sum(doubled) % 10 == 0 else run[0]
