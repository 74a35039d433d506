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

from bayesdiag.engine.frontier.greedy import MAX_LOCAL
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
    local = [_dims(mask) for mask in grouping.masks.tolist()]
    uses = _uses(local)
    rows = _Rows(core, grouping.items)
    members: list[list[int]] = [[] for _ in local]
    for item, number in enumerate(grouping.group_of.tolist()):
        members[number].append(item)
    before: list[int] = []
    widths = [0]
    for number, dims in enumerate(local):
        following = set(local[number + 1]) if number + 1 < len(local) else set()
        # When a dim is next touched after this step; none of those kept is past its last.
        later = {dim: next((use for use in uses[dim] if use > number), 0) for dim in {*before, *dims}}
        rest = [dim for dim in before if dim not in dims]
        if following.intersection(rest[:LANE_DIMS]):
            rest.sort(key=lambda dim: -later[dim])
        kept = sorted((dim for dim in dims if later[dim]), key=lambda dim: -later[dim])
        rows.add_places(dims, before, rest, kept)
        rows.add_acts(dims, before, members[number])
        before = rest + kept
        widths.append(len(before))
    return Written(rows.steps(), tuple(widths))


def _dims(words: Sequence[int]) -> list[int]:
    dims = []
    for place, word in enumerate(words):
        rest = word
        while rest:
            dims.append(64 * place + (rest & -rest).bit_length() - 1)
            rest &= rest - 1
    return dims


def _uses(local: Sequence[Sequence[int]]) -> dict[int, list[int]]:
    """Return the steps that touch each dim, in order."""
    uses: dict[int, list[int]] = {}
    for number, dims in enumerate(local):
        for dim in dims:
            uses.setdefault(dim, []).append(number)
    return uses


_STATES = [np.arange(1 << n)[:, None] >> np.arange(n) & 1 for n in range(MAX_LOCAL + 1)]
"""For n dims, which of them are 1 in each of their states."""


def _indices(places: Sequence[int]) -> Ints:
    """Return, for each state of some dims, its index in a table where they stand at these places."""
    return np.asarray(_STATES[len(places)] @ np.array([1 << place for place in places], dtype=np.int64))


class _Rows:
    """Arrays of all steps while they are collected."""

    def __init__(self, core: Core, items: Items) -> None:
        self.first, self.bit = core.first.tolist(), core.bit.tolist()
        self.cause, self.link = items.cause.tolist(), items.link.tolist()
        self.wide = [*[-1] * core.n_bits, *items.wide.tolist()]
        self.dim_of = {cause: dim for dim, cause in enumerate(self.wide) if cause >= 0}
        self.sizes: list[tuple[int, ...]] = []
        self.lanes: list[Ints] = []
        self.arrays: dict[str, list[Ints]] = {
            name: [] for name in ("read_local", "read_at", "written_at", "written_of", "high_at")
        }
        self.closed: list[tuple[int, int]] = []
        self.acts: list[tuple[int, int, int, int]] = []
        self.touches: list[tuple[int, int]] = []
        self.first_closed, self.first_act, self.first_touch = [0], [0], [0]

    def add_places(self, dims: list[int], before: list[int], rest: list[int], kept: list[int]) -> None:
        """Add where the states of one step stand."""
        place_before = {dim: place for place, dim in enumerate(before)}
        number_of = {dim: number for number, dim in enumerate(dims)}
        read = [dim for dim in dims if dim in place_before]
        lane_places = [place_before[dim] for dim in rest[:LANE_DIMS]]
        lanes = np.zeros(1 << LANE_DIMS, dtype=np.int64)
        lanes[: 1 << len(lane_places)] = _indices(lane_places)
        self.lanes.append(lanes)
        causes = sum(1 << number_of[dim] for dim in read if self.wide[dim] >= 0)
        bits = sum(1 << number_of[dim] for dim in read if self.wide[dim] < 0)
        in_place = lane_places == list(range(LANE_DIMS))
        self.sizes.append((len(dims), len(read), len(kept), len(rest), causes, bits, int(in_place)))
        kept_numbers = [number_of[dim] for dim in kept]
        high = [1 << place_before[dim] for dim in rest[LANE_DIMS:]]
        for name, array in (
            ("read_local", _indices([number_of[dim] for dim in read])),
            ("read_at", _indices([place_before[dim] for dim in read])),
            ("written_at", _indices(range(len(rest), len(rest) + len(kept)))),
            ("written_of", _STATES[len(dims)][:, kept_numbers] @ (1 << np.arange(len(kept)))),
            ("high_at", np.array(high, dtype=np.int64)),
        ):
            self.arrays[name].append(array)
        self.closed += [(d, number_of[d]) for d in dims if d not in kept and self.wide[d] < 0]
        self.first_closed.append(len(self.closed))

    def add_acts(self, dims: list[int], before: list[int], members: list[int]) -> None:
        """Add what happens in one step."""
        number_of = {dim: number for number, dim in enumerate(dims)}
        for dim in dims:
            if dim not in before:
                cause = self.wide[dim]
                what, who = (OPEN_BIT, dim) if cause < 0 else (OPEN_CAUSE, cause)
                self._add_act(what, who, number_of[dim], -1)
        for item in members:
            cause, link = self.cause[item], self.link[item]
            if link >= 0:
                self._add_act(LINK, link, number_of[self.bit[link]], number_of[self.dim_of[cause]])
            else:
                own = range(self.first[cause], self.first[cause + 1])
                self.touches += [(link, number_of[self.bit[link]]) for link in own]
                self._add_act(ACT, cause, -1, -1)
        self.first_act.append(len(self.acts))

    def _add_act(self, what: int, who: int, place: int, cause: int) -> None:
        self.acts.append((what, who, place, cause))
        self.first_touch.append(len(self.touches))

    def steps(self) -> Steps:
        """Return everything laid end to end."""
        first = {
            name: np.cumsum([0, *(len(row) for row in rows)], dtype=np.int64)
            for name, rows in self.arrays.items()
        }
        whole = {name: np.concatenate(rows) for name, rows in self.arrays.items()}
        return Steps(
            sizes=np.array(self.sizes, dtype=np.int64),
            first_read=first["read_at"],
            read_local=whole["read_local"],
            read_at=whole["read_at"],
            first_written=first["written_at"],
            written_at=whole["written_at"],
            first_state=first["written_of"],
            written_of=whole["written_of"],
            lane_at=np.array(self.lanes),
            first_high=first["high_at"],
            high_at=whole["high_at"],
            first_closed=np.array(self.first_closed, dtype=np.int64),
            closed=np.array(self.closed, dtype=np.int64).reshape(len(self.closed), 2),
            first_act=np.array(self.first_act, dtype=np.int64),
            acts=np.array(self.acts, dtype=np.int64),
            first_touch=np.array(self.first_touch, dtype=np.int64),
            touches=np.array(self.touches, dtype=np.int64).reshape(len(self.touches), 2),
        )
