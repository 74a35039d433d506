"""In which order the causes of the core are worked off, and which of them together.

A *dim* is one bit of the state: an open finding (explained yet or not), or a cause with too many
findings for one step, kept as a state until its last link has acted. An *item* is what has to be
done once: a cause with few open findings, or one link of a wide cause; it needs all of its dims to
be open. A *group* is a step: some dims, and all items that fit in them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayesdiag.engine.frontier.greedy import Words, greedy, parts
from bayesdiag.engine.layout import Bools, Ints

SHAPES = ((4, 5, 0.5), (5, 5, 1.0), (5, 6, 0.5), (6, 6, 1.0), (4, 6, 0.0), (6, 7, 0.5), (5, 7, 1.0))
"""(findings up to which a cause is one item, dims to which a group grows, how much a full dim is shunned)."""
MAX_TRIES = 300
LOOK = 25.0
"""Multiplications that take as long as a try takes for each item and group."""
SHARE = 0.2
"""Share of the time of the passes that is spent on looking for a better order."""
HOPELESS = 6
"""Dims by which the table may be too wide so that looking further might still help."""


@dataclass(frozen=True, slots=True)
class Core:
    """Which cause of the core has a link to which bit; links sorted by cause.

    Attributes:
        n_bits: Number of bits.
        first: Links of cause c are first[c] … first[c + 1] - 1, shape (causes + 1,).
        bit: Bit of each link.
    """

    n_bits: int
    first: Ints
    bit: Ints

    @property
    def n_causes(self) -> int:
        """Number of causes."""
        return len(self.first) - 1


@dataclass(frozen=True, slots=True)
class Items:
    """Everything that has to be done once.

    Attributes:
        wide: Causes that are dims, behind the bits, in this order.
        cause: Cause of each item, shape (N,).
        link: Its link for a wide cause, else -1, shape (N,).
        masks: Its dims as bits of words, shape (N, W).
        is_cause: Which dims are wide causes, shape (D,).
        part: Number of the part of the core each dim belongs to, shape (D,).
    """

    wide: Ints
    cause: Ints
    link: Ints
    masks: Words
    is_cause: Bools
    part: Ints


@dataclass(frozen=True, slots=True)
class Grouping:
    """Items put into groups, in order.

    Attributes:
        items: The items.
        group_of: Group of each item, shape (N,).
        masks: Dims of each group, shape (G, W).
        cost: Multiplications of the pass forward, and what comes with them.
        width: Most dims open at once between two groups.
    """

    items: Items
    group_of: Ints
    masks: Words
    cost: float
    width: int


def best_grouping(core: Core, max_width: int) -> Grouping:
    """Return the cheapest of several greedy orders, then of shaken ones while they seem worth it.

    Args:
        core: What is to be worked off.
        max_width: Widest table there is memory for; where none is found that is narrow enough, the
            cheapest is returned all the same.
    """
    random = np.random.default_rng(0)
    items_of = {narrow: _items(core, narrow) for narrow in {shape[0] for shape in SHAPES}}
    found = [_attempt(items_of[shape[0]], shape, None, np.inf) for shape in SHAPES]
    ranked = sorted(range(len(SHAPES)), key=lambda number: found[number].cost)
    best = found[ranked[0]]
    look = LOOK * len(best.items.cause) * len(best.masks)
    for tried in range(MAX_TRIES):
        if tried * look > SHARE * best.cost or best.width > max_width + HOPELESS:
            break
        shape = SHAPES[ranked[tried % 3]]
        again = _attempt(items_of[shape[0]], shape, random, best.cost)
        best = again if again.cost < best.cost else best
    return best


def _items(core: Core, narrow: int) -> Items:
    counts = np.diff(core.first)
    wide = np.flatnonzero(counts > narrow)
    n_dims = core.n_bits + len(wide)
    n_words = max(1, (n_dims + 63) // 64)
    owner = np.repeat(np.arange(core.n_causes), counts)
    narrow_causes = np.flatnonzero(counts <= narrow)
    is_wide_link = counts[owner] > narrow
    place = np.full(core.n_causes, -1)
    place[narrow_causes] = np.arange(len(narrow_causes))
    wide_links = np.flatnonzero(is_wide_link)
    rows = np.where(is_wide_link, 0, place[owner])
    rows[wide_links] = len(narrow_causes) + np.arange(len(wide_links))
    masks = np.zeros((len(narrow_causes) + len(wide_links), n_words), dtype=np.uint64)
    _mark(masks, rows, core.bit)
    dim_of = np.full(core.n_causes, -1)
    dim_of[wide] = core.n_bits + np.arange(len(wide))
    _mark(masks, rows[wide_links], dim_of[owner[wide_links]])
    cause = np.concatenate([narrow_causes, owner[wide_links]])
    link = np.concatenate([np.full(len(narrow_causes), -1), wide_links])
    return Items(wide, cause, link, masks, np.arange(n_dims) >= core.n_bits, parts(masks, n_dims))


def _mark(masks: Words, rows: Ints, dims: Ints) -> None:
    values = np.left_shift(np.uint64(1), (dims % 64).astype(np.uint64))
    np.bitwise_or.at(masks, (rows, dims // 64), values)


def _attempt(
    items: Items, shape: tuple[int, int, float], random: np.random.Generator | None, bound: float
) -> Grouping:
    n_dims = len(items.is_cause)
    shaken = np.ones(n_dims) if random is None else 1 + 0.4 * random.random(n_dims)
    size, shunned = shape[1], shape[2]
    group_of, masks, cost, width = greedy(
        items.masks, items.is_cause, items.part, size, shunned, shaken, bound
    )
    return Grouping(items, group_of, masks, cost, width)
