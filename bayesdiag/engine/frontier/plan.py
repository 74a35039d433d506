"""What peeling leaves of a row: its structure, its numbers, and what it costs before anything is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from bayesdiag.engine.frontier.layer import TwoLayer
from bayesdiag.engine.frontier.local import Numbers
from bayesdiag.engine.frontier.order import Core, best_grouping
from bayesdiag.engine.frontier.peel import Peeled
from bayesdiag.engine.frontier.steps import Steps, written
from bayesdiag.engine.frontier.sweep import BACK, FORWARD, SCRATCH
from bayesdiag.engine.layout import Floats, Ints
from bayesdiag.errors import TooLarge

COMFORTABLE_BYTES = 64_000_000
"""More than this is only taken where it must be: to be given fresh memory costs more than to compute anew."""


@dataclass(frozen=True, slots=True)
class Members:
    """Which bits, causes and links of the peeled row and the network make the core.

    Attributes:
        core: The structure.
        bits: Open bit of each bit of the core, shape (core bits,).
        causes: Cause of each cause of the core.
        links: Network's link of each link of the core.
    """

    core: Core
    bits: Ints
    causes: Ints
    links: Ints

    def key(self) -> bytes:
        """Return what two rows with the same steps have in common."""
        return b"|".join(array.tobytes() for array in (self.core.first, self.core.bit, self.causes))


def members_of(peeled: Peeled, network: TwoLayer) -> Members:
    """Return what is left in the core, links sorted by cause."""
    owner = np.repeat(np.arange(len(peeled.bit_finding)), np.diff(peeled.first))[peeled.alive]
    links = peeled.link[peeled.alive]
    bits, bit = np.unique(owner, return_inverse=True)
    causes, cause = np.unique(network.link_cause[links], return_inverse=True)
    by_cause = np.lexsort((bit, cause))
    first = np.concatenate([[0], np.cumsum(np.bincount(cause, minlength=len(causes)))]).astype(np.int64)
    return Members(Core(len(bits), first, bit[by_cause].astype(np.int64)), bits, causes, links[by_cause])


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps and a schedule that stays within the memory allowed.

    Attributes:
        steps: The steps.
        forward: Lines that give the evidence only; see `sweep.sweep`.
        both: Lines that give the evidence and every derivative.
        n_forward: Numbers of the arena that `forward` needs, working space included.
        n_both: Numbers that `both` needs.
        width: Most dims of a table.
        cost: Multiplications of the way forward.
    """

    steps: Steps
    forward: Ints
    both: Ints
    n_forward: int
    n_both: int
    width: int
    cost: float


def plan_of(core: Core, max_bytes: int) -> Plan:
    """Return the best plan found for a core.

    Raises:
        TooLarge: With the width and the bytes that would be needed; nothing has been allocated.
    """
    grouping = best_grouping(core, (max_bytes // 8).bit_length() - 1)
    if not grouping.cost < np.inf or 8 * 2**grouping.width > max_bytes:
        raise _too_large(core, grouping.width, 8 * 3 * 2**grouping.width, max_bytes)
    steps = written(core, grouping)
    sizes = [2**width for width in steps.widths]
    forward, n_forward = _there(sizes)
    both, n_both = _there_and_back(sizes, min(max_bytes, COMFORTABLE_BYTES) // 8)
    if 8 * n_both > max_bytes:
        raise _too_large(core, grouping.width, 8 * n_both, max_bytes)
    return Plan(steps.steps, forward, both, n_forward, n_both, grouping.width, grouping.cost)


def _too_large(core: Core, width: int, n_bytes: int, max_bytes: int) -> TooLarge:
    return TooLarge(
        f"two-layer network: {core.n_bits:,} present findings share {core.n_causes:,} causes, and {width} of "
        f"them are open at once: tables of 2^{width} numbers (about {n_bytes / 1e6:,.0f} MB in all) would be "
        f"needed; {max_bytes / 1e6:,.0f} MB are allowed. Give fewer findings, or raise the limit."
    )


def _there(sizes: Sequence[int]) -> tuple[Ints, int]:
    """Return a schedule forward over two tables taken in turn."""
    place = (SCRATCH, SCRATCH + max(sizes))
    lines = [(FORWARD, g, place[g % 2], place[1 - g % 2], 0) for g in range(len(sizes) - 1)]
    return np.array(lines, dtype=np.int64).reshape(len(lines), 5), SCRATCH + 2 * max(sizes)


def _there_and_back(sizes: Sequence[int], limit: int) -> tuple[Ints, int]:
    """Return a schedule forward and back that keeps all tables, or fewer where they are too many.

    The steps are cut into runs. Of each run the first table is kept; on the way back its other
    tables are made once more from that one.
    """
    n_steps = len(sizes) - 1
    best: tuple[Ints, int] | None = None
    for n_runs in range(1, n_steps + 1):
        lines, needed = _in_runs(sizes, np.linspace(0, n_steps, n_runs + 1).astype(int).tolist())
        if best is None or needed < best[1]:
            best = lines, needed
        if needed <= limit:
            break
    if best is None:
        return np.zeros((0, 5), dtype=np.int64), SCRATCH
    return best


def _in_runs(sizes: Sequence[int], cuts: Sequence[int]) -> tuple[Ints, int]:
    largest = max(sizes)
    # Working space, two tables in turn for the way back, the kept ones, then those of one run.
    turn = (SCRATCH, SCRATCH + largest)
    kept = {}
    free = SCRATCH + 2 * largest
    for cut in cuts[:-1]:
        kept[cut] = free
        free += sizes[cut]
    lines: list[tuple[int, int, int, int, int]] = []
    needed = free
    runs = list(pairwise(cuts))
    for start, stop in runs[:-1]:
        lines += _forward_run(start, stop, kept, turn)
    for start, stop in reversed(runs):
        at = {start: kept[start]}
        place = free
        for g in range(start + 1, stop + 1):
            at[g] = place
            place += sizes[g]
        needed = max(needed, place)
        lines += [(FORWARD, g, at[g], at[g + 1], 0) for g in range(start, stop)]
        lines += [(BACK, g, at[g], turn[(g + 1) % 2], turn[g % 2]) for g in reversed(range(start, stop))]
    return np.array(lines, dtype=np.int64).reshape(len(lines), 5), needed


def _forward_run(
    start: int, stop: int, kept: dict[int, int], turn: tuple[int, int]
) -> list[tuple[int, int, int, int, int]]:
    """Return lines from one kept table to the next, over two tables taken in turn."""
    at = [kept[start], *(turn[g % 2] for g in range(start + 1, stop)), kept[stop]]
    return [(FORWARD, g, at[g - start], at[g - start + 1], 0) for g in range(start, stop)]


def log_numbers_of(peeled: Peeled, members: Members, network: TwoLayer) -> tuple[Numbers, float]:
    """Return the logarithms of a core's numbers, the larger of each pair 0, and what that took out."""
    weight, by_weight = _scaled(peeled.log_weight[members.causes])
    opened, by_opened = _scaled(peeled.log_open[members.bits])
    seen, by_seen = _scaled(peeled.log_seen[members.bits])
    quiet, raises = network.log_quiet[members.links], network.log_raises[members.links]
    opened_any, either = np.logaddexp(opened[:, 0], opened[:, 1]), np.logaddexp(quiet, raises)
    return Numbers(weight, opened, opened_any, seen, quiet, raises, either), by_weight + by_opened + by_seen


def _scaled(log_pairs: Floats) -> tuple[Floats, float]:
    top = log_pairs.max(axis=1, keepdims=True, initial=-np.inf)
    return log_pairs - top, float(top.sum())
