"""Clocks: one core, interleaved rounds, medians."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROUND_SECONDS = 0.2
"""What a side's part of one round should take at least."""
MEMORY_SHARE = 0.5
"""Share of the machine's memory that an action under limits may take."""
STOPPED = "stopped"
OUT_OF_MEMORY = "out of memory"


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


@dataclass(frozen=True)
class Tried:
    """What became of an action that ran under limits.

    Attributes:
        seconds: How long it took; infinite where it did not finish.
        result: What it returned.
        ended: Why it did not finish; empty where it did.
    """

    seconds: float
    result: Any = None
    ended: str = ""


def limited(action: Callable[[], Any], limit: float, memory: float = MEMORY_SHARE) -> Tried:
    """Run an action in a copy of this process, for what cannot be interrupted otherwise.

    Args:
        action: What is run; what it returns must survive pickling.
        limit: Seconds after which it is stopped.
        memory: Share of the machine's memory it may take beyond what is mapped already.

    Raises:
        RuntimeError: The action raised something else than that memory ran out.
    """
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)

    def run() -> None:
        found: list[Any] = []
        _allow(memory)
        try:
            took = seconds(lambda: found.append(action()))
        except Exception as error:
            # pyAgrum passes C++'s word for it on as a plain exception.
            if not isinstance(error, MemoryError) and "bad_alloc" not in str(error):
                raise
            sender.send(Tried(float("inf"), ended=OUT_OF_MEMORY))
        else:
            sender.send(Tried(took, found[0]))

    process = context.Process(target=run)
    process.start()
    sender.close()
    try:
        if not receiver.poll(limit):
            return Tried(float("inf"), ended=STOPPED)
        tried: Tried = receiver.recv()
        return tried
    except EOFError:
        process.join()
        return _died(process.exitcode or 0)
    finally:
        process.kill()
        process.join()
        receiver.close()


def unfinished(tries: Iterable[Tried]) -> str:
    """Return how many tries did not finish and why, as in "3 stopped, 1 out of memory"."""
    reasons = Counter(one.ended for one in tries if one.ended)
    return ", ".join(f"{times} {why}" for why, times in reasons.items()) or "none"


def _allow(memory: float) -> None:
    """Let this process take such a share of the machine's memory more than it has, where the system can."""
    mapped = Path("/proc/self/statm")
    if mapped.exists():
        import resource  # noqa: PLC0415 - not on every system

        pages = int(mapped.read_text(encoding="ascii").split()[0]) + memory * os.sysconf("SC_PHYS_PAGES")
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        wanted = int(pages) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (wanted if most < 0 else min(wanted, most), most))


def _died(code: int) -> Tried:
    """Return what the exit code of a process that told nothing means; see `limited`."""
    if code >= 0:
        raise RuntimeError(
            f"the copy of this process ended with code {code}; what it raised is printed above"
        )
    # C++ aborts where nobody catches that memory ran out; the system kills who takes too much of it.
    name = signal.Signals(-code).name
    return Tried(float("inf"), ended=OUT_OF_MEMORY if name in ("SIGABRT", "SIGKILL") else f"ended by {name}")
