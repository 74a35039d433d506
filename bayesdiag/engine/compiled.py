"""Loops compiled by numba, kept on disk where there is a place for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

Loop = TypeVar("Loop", bound=Callable[..., object])


def compiled(loop: Loop) -> Loop:
    """Return a function compiled at its first call; the result is kept for the next process.

    Where neither the package nor the user's cache can be written, it is compiled in each process.
    """
    try:
        return cast(Loop, njit(cache=True, error_model="numpy")(loop))
    except RuntimeError:  # numba: "cannot cache function, no locator available"
        return cast(Loop, njit(error_model="numpy")(loop))
