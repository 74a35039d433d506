"""What every document is made of: plain dictionaries, and numbers that JSON has."""

from __future__ import annotations

from math import isfinite
from typing import Any

Document = dict[str, Any]


def number(value: float) -> float | None:
    """Return a number, or None where JSON has none for it."""
    return value if isfinite(value) else None
