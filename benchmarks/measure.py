"""Clocks: one core, interleaved rounds, medians."""

from __future__ import annotations

import gc
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

ROUND_SECONDS = 0.2
"""What a side's part of one round should take at least."""


def pin(cores: int) -> None:
    """Keep this process on so many cores, where the system can do that."""
    if hasattr(os, "sched_setaffinity"):
        with suppress(OSError):
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])


def seconds(action: Callable[[], object]) -> float:
    """Return how long an action takes, without the garbage collector."""
    was_on = gc.isenabled()
    gc.disable()
    began = time.perf_counter()
    try:
        action()
        return time.perf_counter() - began
    finally:
        if was_on:
            gc.enable()


def interleaved(
    sides: Mapping[str, Callable[[int], float]], *, rounds: int, budget: float, at_least: int = 3
) -> dict[str, list[float]]:
    """Return each side's figure of each round; the sides take turns within a round.

    Args:
        sides: Name → what returns its figure, given the number of the round.
        rounds: How many rounds.
        budget: No further round begins after so many seconds, once `at_least` are done.
        at_least: Rounds in any case.
    """
    figures: dict[str, list[float]] = {name: [] for name in sides}
    began = time.perf_counter()
    for number in range(rounds):
        if number >= at_least and time.perf_counter() - began > budget:
            break
        for name, side in sides.items():
            figures[name].append(side(number))
    return figures


def medians(figures: Mapping[str, list[float]]) -> dict[str, float]:
    """Return the median of each side."""
    return {name: statistics.median(found) for name, found in figures.items()}


def fitting(action: Callable[[int], object], most: int, wanted: float = ROUND_SECONDS) -> int:
    """Return how many items an action can take in about `wanted` seconds, found by trying."""
    tried = min(4, most)
    action(tried)  # what is made once is made here
    while True:
        took = seconds(lambda tried=tried: action(tried))
        if took >= wanted / 4 or tried == most:
            return max(1, min(most, int(tried * wanted / max(took, 1e-9))))
        tried = min(most, tried * 4)


def quantile(values: list[float], share: float) -> float:
    """Return the value that a share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def limited(action: Callable[[], Any], limit: float) -> tuple[float, Any] | None:
    """Return how long an action took and what it returned; None where it was stopped at the limit.

    It runs in a copy of this process, for what cannot be interrupted otherwise.
    """
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)

    def run() -> None:
        found: list[Any] = []
        took = seconds(lambda: found.append(action()))
        sender.send((took, found[0]))

    process = context.Process(target=run)
    process.start()
    sender.close()
    try:
        result: tuple[float, Any] | None = receiver.recv() if receiver.poll(limit) else None
    finally:
        process.kill()
        process.join()
        receiver.close()
    return result
