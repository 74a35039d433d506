"""Sizes that are refused before time or memory is spent on them."""

from __future__ import annotations

from bayesdiag.errors import TooLarge


def check_size(what: str, size: int, limit: int, advice: str) -> None:
    """Raise TooLarge where a size is over its limit.

    Args:
        what: What is counted, plural.
        size: How many there would be.
        limit: How many are allowed.
        advice: What to do instead.
    """
    if size > limit:
        raise TooLarge(f"{size:,} {what}, and {limit:,} are allowed; {advice}")
