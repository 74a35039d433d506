"""Junction tree → Program: parallel integer arrays, plus a printed cost report.

Each cluster becomes a list of *entries*: the states of its parts that can occur together under
the findings. Zeros are never stored. How many entries a step would make is counted before any
memory is spent on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from bayesdiag.engine.layout import Bools, Floats, Ints
from bayesdiag.engine.tables import NO_SLOT, Factor, FactorGraph
from bayesdiag.engine.tree import Cluster, junction_tree
from bayesdiag.errors import TooLarge

BYTES_PER_ENTRY = 430
"""What an entry takes at most while a program is made, joins included; measured on a grid of 168 parts."""


@dataclass(frozen=True)
class Step:
    """One cluster of a program.

    Message slots 0 … P-1 hold the likelihoods of the parts, later ones the messages between
    clusters. A *port* is where messages come in: from clusters below, or a part's likelihood.

    Attributes:
        cells: Table cells whose product is an entry's value, shape (entries, factors).
        up: Message slot the entry adds to, shape (entries,), ascending.
        ports: Message slots it is multiplied by, shape (ports, entries).
        sent: First and last+1 message slot this cluster sends.
    """

    cells: Ints
    up: Ints
    ports: Ints
    sent: tuple[int, int]


@dataclass(frozen=True)
class Program:
    """Structure only: what to multiply and add, for any numbers and any row within its support.

    Attributes:
        steps: Clusters, those below first.
        part_slots: For each part state, the slots of a row it stands for, shape (P, 2);
            `NO_SLOT` is turned into S, a slot that is always 1.
        n_messages: Number of message slots.
        n_slots: Width S of a row.
        tables: The model's own numbers, shape (T,).
        is_impossible: True when no entry is left: the findings contradict the model.
        labels: Parts of each cluster, for reports.
        made: What a kernel derived from the program once and keeps with it.
    """

    steps: tuple[Step, ...]
    part_slots: Ints
    n_messages: int
    n_slots: int
    tables: Floats
    is_impossible: bool
    labels: tuple[tuple[str, ...], ...]
    made: dict[str, object] = field(default_factory=dict, repr=False, compare=False)

    @property
    def n_entries(self) -> int:
        """Number of entries: what one pass multiplies."""
        return sum(len(step.up) for step in self.steps)

    def report(self) -> str:
        """Return what running the program costs, the heaviest clusters first."""
        heaviest = sorted(zip(self.steps, self.labels, strict=True), key=lambda pair: -len(pair[0].up))[:3]
        lines = [
            f"program: {self.n_entries:,} entries in {len(self.steps)} clusters, "
            f"{self.n_messages:,} message slots a row"
        ]
        lines += [f"  {len(step.up):,} entries: {', '.join(label)}" for step, label in heaviest]
        return "\n".join(lines)


@dataclass(slots=True)
class _Entries:
    """A cluster's entries while the program is made."""

    parts: tuple[int, ...]
    states: Ints
    cells: Ints


def make_program(graph: FactorGraph, support: Bools, n_slots: int, max_entries: int) -> Program:
    """Return the program for a factor graph.

    Args:
        graph: Parts and factors.
        support: Which slots of a row may be above 0, shape (S,).
        n_slots: Width S of a row.
        max_entries: More entries than this are refused.

    Raises:
        TooLarge: Naming the cluster, before its memory is spent.
    """
    sizes = [part.size for part in graph.parts]
    first_cell = np.concatenate([[0], np.cumsum([len(f.values) for f in graph.factors])]).astype(np.int64)
    tables = np.concatenate([f.values for f in graph.factors]) if graph.factors else np.zeros(0)
    slots = (
        np.concatenate([part.slots for part in graph.parts]) if graph.parts else np.zeros((0, 2), np.int64)
    )
    slots = np.where(slots == NO_SLOT, n_slots, slots)
    alive = _alive(graph, support)
    if any(not states.any() for states in alive):
        return Program((), slots, len(slots), n_slots, tables, is_impossible=True, labels=())
    relations = [_relation(f, int(start), alive) for f, start in zip(graph.factors, first_cell, strict=False)]
    tree = junction_tree([r.parts for r in relations], [int(states.sum()) for states in alive])
    labels = [tuple(graph.parts[part].label for part in cluster.parts) for cluster in tree]
    entries = _collected(tree, relations, alive, _Guard(max_entries, labels))
    if any(len(e.states) == 0 for e in entries):
        return Program((), slots, len(slots), n_slots, tables, is_impossible=True, labels=())
    _distribute(tree, entries, sizes)
    part_start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    steps, n_messages = _steps(tree, entries, sizes, part_start)
    return Program(
        tuple(steps), slots, n_messages, n_slots, tables, is_impossible=False, labels=tuple(labels)
    )


def _alive(graph: FactorGraph, support: Bools) -> list[Bools]:
    """Return which states of each part can occur at all: allowed by the row, and by every factor."""
    padded = np.concatenate([support, [np.True_]])
    alive: list[Bools] = [np.asarray(padded[part.slots].all(axis=1), dtype=np.bool_) for part in graph.parts]
    waiting = set(range(len(graph.factors)))
    users: list[list[int]] = [[] for _ in graph.parts]
    for number, factor in enumerate(graph.factors):
        for part in factor.parts:
            users[part].append(number)
    while waiting:
        number = waiting.pop()
        factor = graph.factors[number]
        live = np.ones(len(factor.states), dtype=bool)
        for column, part in enumerate(factor.parts):
            live &= alive[part][factor.states[:, column]]
        for column, part in enumerate(factor.parts):
            seen = np.zeros(len(alive[part]), dtype=bool)
            seen[factor.states[live, column]] = True
            if (alive[part] & ~seen).any():
                alive[part] &= seen
                waiting.update(other for other in users[part] if other != number)
    return alive


def _relation(factor: Factor, first_cell: int, alive: Sequence[Bools]) -> _Entries:
    """Return a factor's live entries, without the parts that have a single state left."""
    live = np.ones(len(factor.states), dtype=bool)
    for column, part in enumerate(factor.parts):
        live &= alive[part][factor.states[:, column]]
    columns = [c for c, part in enumerate(factor.parts) if alive[part].sum() > 1]
    rows = np.flatnonzero(live)
    return _Entries(
        tuple(factor.parts[c] for c in columns), factor.states[rows][:, columns], (first_cell + rows)[:, None]
    )


@dataclass(slots=True)
class _Guard:
    """Counts entries before they are made."""

    max_entries: int
    labels: Sequence[Sequence[str]]
    used: int = 0

    def check(self, n_entries: int, cluster: int) -> None:
        if self.used + n_entries > self.max_entries:
            names = ", ".join(self.labels[cluster])
            megabytes = (self.used + n_entries) * BYTES_PER_ENTRY / 1e6
            needed = self.used + n_entries
            raise TooLarge(
                f"cluster of {names}: {needed:,} entries (about {megabytes:,.0f} MB) would be needed; "
                f"{self.max_entries:,} are allowed. "
                "Give fewer findings, ask for fewer targets, or raise the limit."
            )


def _collected(
    tree: Sequence[Cluster], relations: Sequence[_Entries], alive: Sequence[Bools], guard: _Guard
) -> list[_Entries]:
    """Join the factors of each cluster with what the clusters below leave possible."""
    inbox: list[list[_Entries]] = [[] for _ in tree]
    collected = []
    for number, cluster in enumerate(tree):
        pieces = [relations[f] for f in cluster.factors] + inbox[number]
        pieces.sort(key=lambda piece: len(piece.states))
        joined = _Entries((), np.zeros((1, 0), np.int64), np.zeros((1, 0), np.int64))
        while pieces:
            # Take a piece that shares a part where there is one: a join grows less than a product.
            shares = next((i for i, p in enumerate(pieces) if set(p.parts) & set(joined.parts)), 0)
            joined = _join(joined, pieces.pop(shares), alive, guard, number)
        for part in cluster.parts:
            if part not in joined.parts:
                states = np.flatnonzero(alive[part])[:, None]
                unary = _Entries((part,), states, np.zeros((len(states), 0), np.int64))
                joined = _join(joined, unary, alive, guard, number)
        guard.check(len(joined.states), number)
        guard.used += len(joined.states)
        collected.append(joined)
        if cluster.parent >= 0:
            shared = cluster.separator(tree[cluster.parent])
            inbox[cluster.parent].append(_projection(joined, shared, alive))
    return collected


def _projection(entries: _Entries, parts: tuple[int, ...], alive: Sequence[Bools]) -> _Entries:
    """Return the states of some parts that occur among the entries, each once."""
    states = entries.states[:, [entries.parts.index(part) for part in parts]]
    _, first = np.unique(_keys(states, [len(alive[part]) for part in parts]), return_index=True)
    return _Entries(parts, states[first], np.zeros((len(first), 0), np.int64))


def _join(left: _Entries, right: _Entries, alive: Sequence[Bools], guard: _Guard, cluster: int) -> _Entries:
    """Return all pairs of entries that agree on the parts they share."""
    common = [part for part in left.parts if part in right.parts]
    left_keys, right_keys = _keys_of_both(left, right, common, [len(alive[part]) for part in common])
    by_key = np.argsort(right_keys, kind="stable")
    ordered = right_keys[by_key]
    low = np.searchsorted(ordered, left_keys, side="left")
    high = np.searchsorted(ordered, left_keys, side="right")
    matches = high - low
    guard.check(int(matches.sum()), cluster)
    from_left = np.repeat(np.arange(len(left_keys)), matches)
    first = np.repeat(low - np.concatenate([[0], np.cumsum(matches)[:-1]]), matches)
    from_right = by_key[first + np.arange(len(from_left))]
    fresh = [column for column, part in enumerate(right.parts) if part not in common]
    return _Entries(
        left.parts + tuple(right.parts[column] for column in fresh),
        np.hstack([left.states[from_left], right.states[from_right][:, fresh]]),
        np.hstack([left.cells[from_left], right.cells[from_right]]),
    )


def _keys_of_both(
    left: _Entries, right: _Entries, common: Sequence[int], sizes: Sequence[int]
) -> tuple[Ints, Ints]:
    """Return one number per entry that is equal exactly where the common parts agree."""
    both = np.vstack(
        [
            left.states[:, [left.parts.index(part) for part in common]],
            right.states[:, [right.parts.index(part) for part in common]],
        ]
    )
    keys = _keys(both, sizes)
    return keys[: len(left.states)], keys[len(left.states) :]


def _keys(states: Ints, sizes: Sequence[int]) -> Ints:
    """Return mixed-radix numbers; they are re-numbered before they could overflow."""
    keys = np.zeros(len(states), dtype=np.int64)
    reach = 1
    for column, size in enumerate(sizes):
        if reach * size >= 2**62:
            unique, keys = np.unique(keys, return_inverse=True)
            reach = len(unique)
        keys = keys * size + states[:, column]
        reach *= size
    return keys


def _distribute(tree: Sequence[Cluster], entries: list[_Entries], sizes: Sequence[int]) -> None:
    """Drop, from the roots down, what the cluster above does not leave possible."""
    for number in reversed(range(len(tree))):
        above = tree[number].parent
        if above < 0:
            continue
        shared = tree[number].separator(tree[above])
        mine, theirs = _keys_of_both(
            entries[number], entries[above], shared, [sizes[part] for part in shared]
        )
        live = np.isin(mine, theirs)
        if not live.all():
            old = entries[number]
            entries[number] = _Entries(old.parts, old.states[live], old.cells[live])


def _steps(
    tree: Sequence[Cluster], entries: Sequence[_Entries], sizes: Sequence[int], part_start: Ints
) -> tuple[list[Step], int]:
    """Number the messages and write every cluster's arrays."""
    n_messages = int(part_start[-1])
    ports: list[list[Ints]] = [[] for _ in tree]
    steps = []
    for number, (cluster, mine) in enumerate(zip(tree, entries, strict=True)):
        up, n_sent = np.zeros(len(mine.states), dtype=np.int64), 1
        if cluster.parent >= 0:
            above = entries[cluster.parent]
            shared = cluster.separator(tree[cluster.parent])
            below_keys, above_keys = _keys_of_both(mine, above, shared, [sizes[part] for part in shared])
            unique, up = np.unique(below_keys, return_inverse=True)
            n_sent = len(unique)
            ports[cluster.parent].append(n_messages + np.searchsorted(unique, above_keys))
        for part in cluster.own:
            if part in mine.parts:
                ports[number].append(part_start[part] + mine.states[:, mine.parts.index(part)])
        by_up = np.argsort(up, kind="stable")
        incoming = np.array([port[by_up] for port in ports[number]], dtype=np.int64).reshape(-1, len(up))
        steps.append(
            Step(mine.cells[by_up], n_messages + up[by_up], incoming, (n_messages, n_messages + n_sent))
        )
        n_messages += n_sent
    return steps, n_messages
