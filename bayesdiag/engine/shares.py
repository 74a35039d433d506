"""Rows shared out among threads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


def in_shares(part: Callable[[int, int], Result], n_rows: int, step: int, cores: int = 1) -> list[Result]:
    """Do all rows, `step` at a time, and return what each share came to, in their order.

    Shares are the same ones whatever the number of cores; each core takes the next one when it is
    done with its last. The caller's thread is one of those that work: it need not be woken.

    Args:
        part: Does the rows from its first number up to its second.
        n_rows: How many there are; without any there is one empty share.
        step: Rows of a share; the last may have fewer.
        cores: Threads to use.
    """
    shares = [(start, min(start + step, n_rows)) for start in range(0, max(n_rows, 1), step)]
    found: dict[int, Result] = {}
    waiting = iter(enumerate(shares))

    def work() -> None:
        try:
            for number, share in waiting:  # the interpreter's lock keeps two from taking the same one
                found[number] = part(*share)
        except BaseException:
            deque(waiting, maxlen=0)  # nobody needs the others any more
            raise

    n_helpers = min(cores, len(shares)) - 1
    if n_helpers < 1:
        work()
    else:
        with ThreadPoolExecutor(n_helpers) as pool:
            helpers = [pool.submit(work) for _ in range(n_helpers)]
            work()
        for helper in helpers:
            helper.result()
    return [found[number] for number in range(len(shares))]
