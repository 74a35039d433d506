"""Contexts that borrow from each other: every row shrinks to the overall row by how little it has seen.

The rows of a pool are taken for draws of a Dirichlet distribution with mean m and concentration κ.
Given those, a row is learned as ever, m being worth κ cases to it; m and κ are what makes all cases
most probable when the rows are integrated out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bayesdiag.engine.layout import Bools, Floats
from bayesdiag.learning.dirichlet import LEAST, MOST, USUAL, best_weights, ends_of, height
from bayesdiag.learning.em import MAX_STEPS, TOLERANCE, Climb, Objective, Progress, climb
from bayesdiag.learning.information import trials_of
from bayesdiag.learning.pools import Pool
from bayesdiag.learning.renewed import Learned, Overall
from bayesdiag.learning.spread import TOLD

MAX_ROUNDS = 60
"""Rounds after which m and κ stay although they still move."""
RISE = 1e-3
"""What a round must add to the objective, a logarithm of probabilities, for another to follow."""
AT_REST = 1e-4
"""Part of itself by which κ · m may still move at the end."""
LOOSE = 1e-4
"""The tolerance of climbs between two rounds; the last one has its own."""
ROUNDING = 1e-12
"""Part of a row's weight below which a count is none."""
TRIES = 4
"""Steps tried in a round, each shorter than the last one, before κ · m stay."""
LONGEST = 32.0
"""How many steps a stride may stand for: where cases are mostly blank, single ones crawl."""


@dataclass(frozen=True)
class Pooled:
    """A pool and what it came to.

    Attributes:
        pool: The rows.
        weights: κ · m, shape (K,).
        counts: What the cases are worth to each row, in complete observations, shape (J, K).
    """

    pool: Pool
    weights: Floats
    counts: Floats

    @property
    def concentration(self) -> float:
        """κ: how many cases the overall row is worth to each row."""
        return float(self.weights.sum())

    @property
    def overall(self) -> Floats:
        """m: the overall row, shape (K,)."""
        return np.asarray(self.weights / self.weights.sum())

    @property
    def name(self) -> str:
        """The overall row as a person reads it: P(variable | condition)."""
        when = ", ".join(f"{name}={'|'.join(states)}" for name, states in self.pool.when.items())
        return f"P({self.pool.variable}{' | ' if when else ''}{when})"

    @property
    def trials(self) -> Floats:
        """How many complete observations the cases are worth to each row, shape (J,)."""
        return np.asarray(self.counts.sum(axis=1))

    @property
    def ends(self) -> tuple[Floats, Floats]:
        """The ends of 90 % intervals, each shape (J, K)."""
        return ends_of(self.counts, self.weights, self.pool.stated)


@dataclass(frozen=True)
class Shrunk:
    """Where a climb with pools led.

    Attributes:
        climb: The shares, and the objective after each round.
        pools: The pools.
        pseudo: Pseudo-counts of each share, those of pooled rows κ · m, shape (N + R,).
    """

    climb: Climb
    pools: tuple[Pooled, ...]
    pseudo: Floats

    @property
    def counted(self) -> Bools:
        """Which shares are of pooled rows, shape (N + R,)."""
        found = np.zeros(len(self.pseudo), dtype=np.bool_)
        for one in self.pools:
            found[one.pool.members] = True
        return found


def shrunk(  # noqa: PLR0913 - what is climbed, from where, and how far
    objective: Objective,
    shares: Floats,
    pools: Sequence[Pool],
    *,
    max_steps: int = MAX_STEPS,
    tolerance: float = TOLERANCE,
    progress: Progress | None = None,
) -> Shrunk:
    """Return where cases lead whose rows shrink to the overall row of their pool.

    What never falls is

        Σ log P(case | premise) + Σ ess · p · log θ                  (numbers in no pool)
          + Σ_rows [log P(k | κm) - Σ k · log θ] + Σ_pools [Σ ess · p · log m + log belief(κ)],

    θ being the best rows under κ · m. A row's k are the complete observations that bend the
    log-probability of the cases as they do and have their peak where they have it, so that what
    stands in brackets replaces the row by all rows that it may be: Laplace's method, in the shape
    of a Dirichlet distribution. With complete cases k are the counts, and nothing is approximate.
    Each round finds the best κ · m for the counts, then the best rows for these; strides grow while
    that works out, and one that does not rise is made shorter.

    Args:
        objective: The cases, and the pseudo-counts of numbers in no pool.
        shares: Where to start, shape (N + R,).
        pools: The pools; without one this is a plain climb.
        max_steps: Steps after which a climb between two rounds ends.
        tolerance: How far a number may still move in a step at the end, as a part of itself.
        progress: Told after each round; without pools after each step.

    References:
        MacKay and Peto (1995), A hierarchical Dirichlet language model, Natural Language
        Engineering 1, 289-308; MacKay (1998), Choice of basis for Laplace approximation, Machine
        Learning 33, 77-86; Minka (2000), Estimating a Dirichlet distribution.
    """
    if not pools:
        end = climb(objective, shares, max_steps=max_steps, tolerance=tolerance, progress=progress)
        return Shrunk(end, (), objective.pseudo)

    def reached(begin: Floats, weights: Sequence[Floats], limit: float) -> tuple[float, Shrunk]:
        told = replace(objective, pseudo=_pseudo(objective.pseudo, pools, weights))
        end = climb(told, begin, max_steps=max_steps, tolerance=limit)
        counts = _counts(told, pools, weights, end.shares)
        found = tuple(Pooled(*one) for one in zip(pools, weights, counts, strict=True))
        return _height(told, end, found), Shrunk(end, found, told.pseudo)

    loose = max(tolerance, LOOSE)
    value, at = reached(shares, [pool.overall * USUAL for pool in pools], loose)
    history, stride = [value], 1.0
    has_settled = False
    while not has_settled and len(history) <= MAX_ROUNDS:
        if progress is not None:
            progress(len(history), value)
        best = [best_weights(one.counts, one.weights, one.pool.stated) for one in at.pools]
        if all(np.allclose(one.weights, far, rtol=AT_REST) for one, far in zip(at.pools, best, strict=True)):
            has_settled = True
            break
        for _ in range(TRIES):
            step = [_towards(one.weights, far, stride) for one, far in zip(at.pools, best, strict=True)]
            higher, there = reached(at.climb.shares, step, loose)
            if higher > value + RISE:
                value, at = higher, there
                history.append(value)
                stride = min(2 * stride, LONGEST)
                break
            stride = max(1.0, stride / 4) if stride > 1 else stride / 2
        else:
            has_settled = True
    higher, at = reached(at.climb.shares, [one.weights for one in at.pools], tolerance)
    history += [higher] if higher > history[-1] else []
    return replace(at, climb=Climb(at.climb.shares, tuple(history), has_settled and at.climb.has_settled))


def with_overall(
    numbers: Sequence[Learned], pools: Sequence[Pooled], *, intervals: bool
) -> tuple[Learned, ...]:
    """Return learned numbers, those of pools with their overall number, and intervals that go by it."""
    found = list(numbers)
    for one in pools:
        low, high = one.ends
        for j, row in enumerate(one.pool.members.tolist()):
            for k, place in enumerate(row):
                overall = Overall(one.pool.contexts, float(one.overall[k]), one.concentration)
                told = replace(found[place], overall=overall, effective=float(one.trials[j]))
                if intervals:
                    is_told = bool(one.trials[j] >= TOLD * (one.trials[j] + one.concentration))
                    ends = float(low[j, k]), float(high[j, k])
                    told = replace(told, interval=ends, is_told=is_told)
                found[place] = told
    return tuple(found)


def _pseudo(pseudo: Floats, pools: Sequence[Pool], weights: Sequence[Floats]) -> Floats:
    """Return the pseudo-counts, those of pooled rows being κ · m."""
    found = pseudo.copy()
    for pool, worth in zip(pools, weights, strict=True):
        found[pool.members] = worth
    return found


def _counts(
    objective: Objective, pools: Sequence[Pool], weights: Sequence[Floats], shares: Floats
) -> list[Floats]:
    """Return what the cases are worth to each row of each pool, shape (J, K).

    With n observations of which k of a state the best share is (k + κm) / (n + κ).
    """
    trials = trials_of(objective.training, objective.groups, shares, [pool.members for pool in pools])
    found = []
    for pool, worth, n in zip(pools, weights, trials, strict=True):
        whole = n[:, None] + worth.sum()
        counts = whole * shares[pool.members] - worth
        found.append(np.where(counts > ROUNDING * whole, counts, 0.0))
    return found


def _height(objective: Objective, end: Climb, pools: Sequence[Pooled]) -> float:
    logs = np.log(np.where(end.shares > 0, end.shares, 1.0))
    value, _ = objective.valued(end.shares)
    for one in pools:
        rows = logs[one.pool.members]
        # The climb counted κm · log θ; what stands in its place says how probable all rows are.
        value -= float(((one.weights + one.counts) * rows).sum())
        value += height(one.counts, one.weights, one.pool.stated)
    return value


def _towards(before: Floats, after: Floats, stride: float) -> Floats:
    """Return the weights so many steps on, in logarithms."""
    logs = np.log(before) + stride * (np.log(after) - np.log(before))
    return np.asarray(np.exp(np.clip(logs, np.log(LEAST), np.log(MOST))))
