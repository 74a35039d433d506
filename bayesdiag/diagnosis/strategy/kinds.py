"""What may be left of a world after actions, and how each action changes it.

A kind is a set of faults still there (and of steps that would do harm). An action that did not
solve the case may have taken some of several faults away: it moves weight between kinds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from bayesdiag.diagnosis.strategy.limits import check_size
from bayesdiag.engine.distinct import distinct
from bayesdiag.engine.layout import Bools, Floats, Ints

MAX_KINDS = 4096
"""More kinds than this make every step slow; worlds with many faults at once are the reason."""


@dataclass(frozen=True, eq=False)
class Kinds:
    """Kinds and the moves between them; R is their number.

    Attributes:
        faults: Faults of each kind, shape (R, C).
        harmful: Steps that must not be suggested in it, shape (R, A + Q).
        start: Kind of each world before any action, shape (W,).
        order: Worlds sorted by kind, shape (W,).
        first: Where the worlds of each kind that has any begin in `order`, shape (G,).
        begun: Those kinds, shape (G,).
        solve: P(all its faults are gone after the action), shape (R, A).
        stay: P(none of its faults is gone), shape (A, R).
        moves: For each action: kinds that lose some of their faults, kinds they become, and the
            probabilities, shape (from, to).
    """

    faults: Bools
    harmful: Bools
    start: Ints
    order: Ints
    first: Ints
    begun: Ints
    solve: Floats
    stay: Floats
    moves: tuple[tuple[Ints, Ints, Floats], ...]

    def failed(self, rows: Floats, action: int) -> Floats:
        """Return weights of kinds after an action that did not solve the case, shape (B, R).

        Args:
            rows: Weights of kinds before, shape (B, R).
            action: Its number.
        """
        after = rows * self.stay[action]
        source, target, p = self.moves[action]
        if len(source):
            after[:, target] += rows[:, source] @ p
        return np.asarray(after)

    def each_failed(self, rows: Floats, actions: Ints) -> Floats:
        """Return the same where every row has an action of its own, shape (B, R)."""
        after = rows * self.stay[actions]
        if not len(actions):
            return np.asarray(after)
        order = np.argsort(actions, kind="stable")
        found, first = np.unique(actions[order], return_index=True)
        for action, chosen in zip(found, np.split(order, first[1:]), strict=True):
            source, target, p = self.moves[action]
            if len(source):
                after[chosen[:, None], target] += rows[chosen[:, None], source] @ p
        return np.asarray(after)

    def by_answer(self, told: Floats, sorted_likelihoods: Floats) -> Floats:
        """Return the weight of each kind together with each answer, before any action, shape (ΣK, R).

        Args:
            told: Weights of worlds, shape (W,).
            sorted_likelihoods: P(answer | world) in the order of `order`, shape (W, ΣK).
        """
        found = np.zeros((sorted_likelihoods.shape[1], len(self.faults)))
        if len(found):
            weighted = told[self.order][:, None] * sorted_likelihoods
            found[:, self.begun] = np.add.reduceat(weighted, self.first, axis=0).T
        return found


def kinds_of(present: Bools, harmful: Bools, fixes: Floats) -> Kinds:
    """Return the kinds that worlds have and may come to.

    Args:
        present: Faults of each world, shape (W, C).
        harmful: Steps that do harm in each world, shape (W, A + Q).
        fixes: P(gone | fault there, action), shape (A, C).

    Raises:
        TooLarge: There would be more than `MAX_KINDS`.
    """
    n_faults = present.shape[1]
    flags = np.concatenate([present, harmful], axis=1)
    first_world, start = distinct(flags.astype(np.float64))
    table, remainders = _closed(flags[first_world], n_faults)
    faults = table[:, :n_faults]
    order = np.argsort(start, kind="stable")
    begun, first = np.unique(start[order], return_index=True)
    size = (len(fixes), len(faults))
    return Kinds(
        faults=faults,
        harmful=table[:, n_faults:],
        start=start,
        order=order,
        first=first,
        begun=begun,
        solve=np.array([np.where(faults, fix, 1.0).prod(axis=1) for fix in fixes]).reshape(size).T,
        stay=np.array([np.where(faults, 1 - fix, 1.0).prod(axis=1) for fix in fixes]).reshape(size),
        moves=tuple(_moves(faults, remainders, fix) for fix in fixes),
    )


def _closed(rows: Bools, n_faults: int) -> tuple[Bools, Ints]:
    """Return kinds with all that may be left of them, and the pairs (kind, what may be left of it)."""
    every = list(rows)
    index_of = {row.tobytes(): number for number, row in enumerate(every)}
    pairs: list[tuple[int, int]] = []
    number = 0
    while number < len(every):
        row = every[number]
        for rest in _remainders(np.flatnonzero(row[:n_faults])):
            left = row.copy()
            left[:n_faults] = False
            left[rest] = True
            key = left.tobytes()
            if key not in index_of:
                index_of[key] = len(every)
                every.append(left)
                check_size("kinds of worlds", len(every), MAX_KINDS, "draw worlds with fewer faults at once")
            pairs.append((number, index_of[key]))
        number += 1
    return np.array(every, dtype=np.bool_), np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _remainders(faults: Ints) -> Iterator[list[int]]:
    """Return every set of faults that is smaller and not empty."""
    for size in range(1, len(faults)):
        yield from map(list, combinations(faults.tolist(), size))


def _moves(faults: Bools, remainders: Ints, fix: Floats) -> tuple[Ints, Ints, Floats]:
    """Return kinds that an action takes some faults of, what is left of them, and how probably."""
    source, target = remainders.T
    gone = np.where(faults[source] & ~faults[target], fix, 1.0).prod(axis=1)
    p = gone * np.where(faults[target], 1 - fix, 1.0).prod(axis=1)
    source, target, p = source[p > 0], target[p > 0], p[p > 0]
    sources, row = np.unique(source, return_inverse=True)
    targets, column = np.unique(target, return_inverse=True)
    dense = np.zeros((len(sources), len(targets)))
    dense[row, column] = p  # a pair stands once
    return sources, targets, dense
