"""A grouping written out as flat arrays: where every state stands in the table before and behind a step.

A table holds one number per state of its open dims; a dim's *place* is the power of two its index
counts by. A step reads and writes 32 states of dims it does not touch at a time, so those that
stay untouched longest are put at the lowest places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from bayesdiag.engine.frontier.order import Core, Grouping, Items
from bayesdiag.engine.layout import Ints

LANE_DIMS = 5
"""Dims that are read and written together: 2 ** 5 lanes."""
OPEN_BIT = 0
OPEN_CAUSE = 1
ACT = 2
LINK = 3
"""What an act of a step is: a bit or a wide cause opens, a narrow cause acts, a link of a wide one acts."""


class Steps(NamedTuple):
    """Structure of all steps, as arrays for the compiled loops.

    Local dims of a step are numbered from 0; a *local state* has a bit for each of them.

    Attributes:
        sizes: Of each step: local dims, dims read, dims written, untouched dims, local dims that
            are causes and were open (as a mask), that are bits and were open (as a mask), whether
            the lanes stand at the lowest places of the table read; shape (G, 7).
        first_read: Where the next one begins for each step, shape (G + 1,); so for all `first_…`.
        read_local: Local state of each state read.
        read_at: Its index in the table before the step.
        first_written: …
        written_at: Index of each state written in the table behind the step.
        first_state: …
        written_of: State written that each local state adds to.
        lane_at: Index of each lane in the table before the step, shape (G, 32).
        first_high: …
        high_at: Index of each further untouched dim there; behind the step they stand in order.
        first_closed: …
        closed: (bit, local dim) of each bit that closes, shape (…, 2).
        first_act: …
        acts: (what, bit or cause, local dim or link, local dim of the cause), shape (…, 4).
        first_touch: For each act, its range among the touches.
        touches: (link, local dim) of each link of a narrow cause that acts, shape (…, 2).
    """

    sizes: Ints
    first_read: Ints
    read_local: Ints
    read_at: Ints
    first_written: Ints
    written_at: Ints
    first_state: Ints
    written_of: Ints
    lane_at: Ints
    first_high: Ints
    high_at: Ints
    first_closed: Ints
    closed: Ints
    first_act: Ints
    acts: Ints
    first_touch: Ints
    touches: Ints


@dataclass(frozen=True, slots=True)
class Written:
    """The steps, and the number of dims of the table before and behind each.

    Attributes:
        steps: The arrays.
        widths: Dims of table g, which stands before step g, shape (G + 1,).
    """

    steps: Steps
    widths: tuple[int, ...]


def written(core: Core, grouping: Grouping) -> Written:
    """Return a grouping as arrays."""
    local = [_dims(mask) for mask in grouping.masks]
    uses = _uses(local)
    rows = _Rows()
    before: list[int] = []
    widths = [0]
    members = np.split(
        np.argsort(grouping.group_of, kind="stable"),
        np.cumsum(np.bincount(grouping.group_of, minlength=len(local)))[:-1],
    )
    for number, dims in enumerate(local):
        following = local[number + 1] if number + 1 < len(local) else []
        rest = [dim for dim in before if dim not in dims]
        if set(rest[:LANE_DIMS]) & set(following):
            rest.sort(key=lambda dim: -_next(uses[dim], number))
        kept = [dim for dim in dims if uses[dim][-1] > number]
        kept.sort(key=lambda dim: -_next(uses[dim], number))
        is_cause = grouping.items.is_cause
        rows.add_step(dims, before, rest, kept, is_cause)
        opened = [dim for dim in dims if dim not in before]
        rows.add_acts(core, grouping.items, dims, opened, members[number])
        before = rest + kept
        widths.append(len(before))
    return Written(rows.steps(), tuple(widths))


def _dims(words: Sequence[np.uint64] | np.ndarray[tuple[int], np.dtype[np.uint64]]) -> list[int]:
    return [64 * w + bit for w, word in enumerate(words) for bit in range(64) if int(word) >> bit & 1]


def _uses(local: Sequence[Sequence[int]]) -> dict[int, list[int]]:
    """Return the steps that touch each dim, in order."""
    uses: dict[int, list[int]] = {}
    for number, dims in enumerate(local):
        for dim in dims:
            uses.setdefault(dim, []).append(number)
    return uses


def _next(uses: Sequence[int], number: int) -> int:
    return next(use for use in uses if use > number)


def _indices(places: Sequence[int]) -> Ints:
    """Return, for each state of some dims, its index in a table where they stand at these places."""
    at = np.zeros(1, dtype=np.int64)
    for place in places:
        at = np.concatenate([at, at + (1 << place)])
    return at


class _Rows:
    """Arrays of all steps while they are collected."""

    def __init__(self) -> None:
        self.sizes: list[tuple[int, ...]] = []
        self.lanes: list[Ints] = []
        self.parts: dict[str, list[Ints]] = {
            name: [] for name in ("read_local", "read_at", "written_at", "written_of", "high_at")
        }
        self.closed: list[list[tuple[int, int]]] = []
        self.acts: list[list[tuple[int, int, int, int]]] = []
        self.touches: list[list[tuple[int, int]]] = []

    def add_step(
        self, dims: list[int], before: list[int], rest: list[int], kept: list[int], is_cause: np.ndarray
    ) -> None:
        """Add where the states of one step stand."""
        place_before = {dim: place for place, dim in enumerate(before)}
        number_of = {dim: number for number, dim in enumerate(dims)}
        read = [dim for dim in dims if dim in place_before]
        lanes = _indices([place_before[dim] for dim in rest[:LANE_DIMS]])
        self.lanes.append(np.pad(lanes, (0, 32 - len(lanes))))
        causes = sum(1 << number_of[dim] for dim in read if is_cause[dim])
        bits = sum(1 << number_of[dim] for dim in read if not is_cause[dim])
        in_place = len(lanes) == 32 and bool((lanes == np.arange(32)).all())
        self.sizes.append((len(dims), len(read), len(kept), len(rest), causes, bits, int(in_place)))
        self.parts["read_local"].append(_indices([number_of[dim] for dim in read]))
        self.parts["read_at"].append(_indices([place_before[dim] for dim in read]))
        self.parts["written_at"].append(_indices([len(rest) + place for place in range(len(kept))]))
        states = np.arange(1 << len(dims))
        target = np.zeros(len(states), dtype=np.int64)
        for place, dim in enumerate(kept):
            target += (states >> number_of[dim] & 1) << place
        self.parts["written_of"].append(target)
        high = [1 << place_before[dim] for dim in rest[LANE_DIMS:]]
        self.parts["high_at"].append(np.array(high, dtype=np.int64))
        self.closed.append([(d, number_of[d]) for d in dims if d not in kept and not is_cause[d]])

    def add_acts(self, core: Core, items: Items, dims: list[int], opened: list[int], members: Ints) -> None:
        """Add what happens in one step."""
        number_of = {dim: number for number, dim in enumerate(dims)}
        acts: list[tuple[int, int, int, int]] = []
        for dim in opened:
            wide = items.is_cause[dim]
            who = int(items.wide[dim - core.n_bits]) if wide else dim
            acts.append((OPEN_CAUSE if wide else OPEN_BIT, who, number_of[dim], -1))
            self.touches.append([])
        dim_of_wide = {int(cause): core.n_bits + place for place, cause in enumerate(items.wide)}
        for item in members.tolist():
            cause, link = int(items.cause[item]), int(items.link[item])
            if link >= 0:
                bit = number_of[int(core.bit[link])]
                acts.append((LINK, link, bit, number_of[dim_of_wide[cause]]))
                self.touches.append([])
            else:
                acts.append((ACT, cause, -1, -1))
                own = range(int(core.first[cause]), int(core.first[cause + 1]))
                self.touches.append([(link, number_of[int(core.bit[link])]) for link in own])
        self.acts.append(acts)

    def steps(self) -> Steps:
        """Return everything laid end to end."""
        parts = {name: _joined(rows) for name, rows in self.parts.items()}
        closed, acts, touches = (
            _joined([np.array(own, dtype=np.int64).reshape(len(own), columns) for own in rows], columns)
            for rows, columns in ((self.closed, 2), (self.acts, 4), (self.touches, 2))
        )
        return Steps(
            sizes=np.array(self.sizes, dtype=np.int64).reshape(len(self.sizes), 7),
            first_read=parts["read_at"][0],
            read_local=parts["read_local"][1],
            read_at=parts["read_at"][1],
            first_written=parts["written_at"][0],
            written_at=parts["written_at"][1],
            first_state=parts["written_of"][0],
            written_of=parts["written_of"][1],
            lane_at=np.array(self.lanes, dtype=np.int64).reshape(len(self.lanes), 32),
            first_high=parts["high_at"][0],
            high_at=parts["high_at"][1],
            first_closed=closed[0],
            closed=closed[1],
            first_act=acts[0],
            acts=acts[1],
            first_touch=touches[0],
            touches=touches[1],
        )


def _joined(rows: Sequence[Ints], columns: int = 0) -> tuple[Ints, Ints]:
    """Return where each of some arrays begins when they are laid end to end, and the whole."""
    first = np.cumsum([0, *(len(row) for row in rows)], dtype=np.int64)
    shape = (0, columns) if columns else (0,)
    return first, np.concatenate([np.zeros(shape, dtype=np.int64), *rows])
