"""Numbers of tables, watched one by one: how often each was used, by all that is known of a case.

P(case) is a polynomial in the shares of a distribution of which every world uses one. So, moving a
share θ to θ + ε(1 - θ) and the others of its distribution in proportion,

    P(case | moved) / P(case | model) = 1 + ε (N_k/θ_k - N)

exactly, N_k being how often the share is expected to have been used by this case and N how often its
distribution. The same of what is given divides it: P(case | given, moved) / P(case | given, model).

References:
    Cowell, Dawid, Lauritzen and Spiegelhalter (1999), Probabilistic Networks and Expert Systems,
    chapter 11 (parent-child monitors). Darwiche (2003), A differential approach to inference in
    Bayesian networks, Journal of the ACM 50, 280-305.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayesdiag.engine.distinct import distinct
from bayesdiag.engine.layout import Bools, Floats, Ints
from bayesdiag.engine.network import CompiledNetwork
from bayesdiag.engine.sets import tally_of
from bayesdiag.learning.groups import Groups
from bayesdiag.watch.bets import FACTORS, Bets

LEAST = 1e-9
"""A share nearer to 0 or 1 than this is a 0 or a 1: such a number is not doubted."""
MAX_CELLS = 2e7
"""Expected counts of cells held at a time."""


@dataclass(frozen=True)
class Used:
    """How often distributions are expected to have been used by rows.

    Attributes:
        counts: Of each share, a line for each distinct row, shape (D, N + R).
        log_p: Natural logarithm of the probability of each distinct row, shape (D,).
        place: For each row which of the distinct ones it is, shape (n,).
    """

    counts: Floats
    log_p: Floats
    place: Ints


def used_by(network: CompiledNetwork, groups: Groups, rows: Floats, *, cores: int = 1) -> Used:
    """Return how often each share is expected to have been used by each row.

    Args:
        network: The model made ready.
        groups: Its distributions.
        rows: Likelihoods, shape (n, S).
        cores: Threads to use.

    Raises:
        TooLarge: Exact inference needs too much memory.
    """
    first, place = distinct(rows)
    kept, numbering = rows[first], groups.numbering
    counts, log_p = np.zeros((len(kept), len(groups.start))), np.zeros(len(kept))
    step = max(64, int(MAX_CELLS // len(numbering.own)))
    for start in range(0, len(kept), step):
        some = slice(start, start + step)
        tally = tally_of(network.ways, numbering, kept[some], cores=cores)
        if tally.too_large:
            raise tally.too_large[0][1]
        found, logs = tally.row_counts(numbering.own)
        log_p[some] = logs[tally.place]
        counts[some] = groups.counts_of(found, groups.start)[tally.place]
    return Used(counts, log_p, place)


@dataclass(frozen=True)
class Moves:
    """Ways to move the numbers of a model, a number at a time.

    Attributes:
        groups: The distributions.
        number: Number that each way moves, those of one column side by side, shape (K,).
        column: Which column of the model's tables each belongs to, from 0, shape (K,).
        factor: What its odds are multiplied by, shape (K,).
        step: What the slope is multiplied by, shape (K,).
        rests: Numbers whose distribution has several rests → the rests that give way.
    """

    groups: Groups
    number: Ints
    column: Ints
    factor: Floats
    step: Floats
    rests: dict[int, Ints]

    def slopes(self, counts: Floats) -> Floats:
        """Return the slopes of the log-probability, shape (n, numbers that move), from counts of shares."""
        own = self._own
        shares = self.groups.start
        of_share = self.groups.of_share
        sums = np.zeros((len(counts), self.groups.n_groups))
        inside = np.flatnonzero(of_share >= 0)
        np.add.at(sums.T, of_share[inside], counts[:, inside].T)
        found = counts[:, own] / shares[own] - sums[:, of_share[own]]
        for place, number in enumerate(own.tolist()):
            if number in self.rests:
                rests = self.rests[number]
                given = (counts[:, rests] / shares[rests]).sum(axis=1)
                found[:, place] = counts[:, number] / shares[number] - given
        return np.asarray(found)

    def gains(self, slopes: Floats, bets: slice = slice(None)) -> Floats:
        """Return log P(row | moved) / P(row | model), shape (n, bets), from slopes, shape (n, numbers)."""
        return np.log1p(np.maximum(self.step[bets] * slopes[:, self._at[bets]], -1 + 1e-12))

    def place(self, number: int) -> int:
        """Return where a number's slope stands."""
        return int(np.searchsorted(self._own, number))

    @cached_property
    def _own(self) -> Ints:
        return np.unique(self.number)

    @cached_property
    def _at(self) -> Ints:
        return np.searchsorted(self._own, self.number)


def moves_of(groups: Groups) -> Moves:
    """Return the ways to move each number up and down: its odds times each of `FACTORS`."""
    rests = _rests(groups)
    columns: dict[int, list[int]] = defaultdict(list)
    for number in range(len(groups.numbering.numbers)):
        moves = groups.of_share[number] >= 0 and LEAST < groups.start[number] < 1 - LEAST
        if moves and all(groups.start[rest] > LEAST for rest in rests.get(number, ())):
            columns[int(groups.of_share[number])].append(number)
    found: list[tuple[int, int, float, float]] = []
    for column, numbers in enumerate(columns.values()):
        for number in _telling(groups, numbers, uneven=numbers[0] in rests):
            room = min((float(groups.start[rest]) for rest in rests.get(number, ())), default=np.inf)
            found += [
                (number, column, factor, _step(float(groups.start[number]), factor, room, number in rests))
                for factor in FACTORS
            ]
    return Moves(
        groups,
        np.array([one[0] for one in found], dtype=np.int64),
        np.array([one[1] for one in found], dtype=np.int64),
        np.array([one[2] for one in found], dtype=np.float64),
        np.array([one[3] for one in found], dtype=np.float64),
        rests,
    )


def bets_of(moves: Moves, seen: Used, given: Used, weights: Floats) -> Bets:
    """Return bets on every number; every variable has the same capital, and so have its columns.

    Args:
        moves: The ways to move them.
        seen: What is known of each case.
        given: What of that is given.
        weights: How many cases each stands for, 0 where it is not to be counted, shape (n,).
    """
    over, below = moves.slopes(seen.counts), moves.slopes(given.counts)

    def some(cases: slice, bets: slice) -> Floats:
        gain = moves.gains(over[seen.place[cases]], bets) - moves.gains(below[given.place[cases]], bets)
        return np.asarray(np.where(weights[cases, None] > 0, weights[cases, None] * gain, 0.0))

    return Bets(
        moves.column,
        shares_of(moves),
        lambda start, end: some(slice(start, end), slice(None)),
        lambda bet: some(slice(None), slice(bet, bet + 1))[:, 0],
    )


def shares_of(moves: Moves) -> Floats:
    """Return the capital of each bet: the same for every variable, within it for every column."""
    numbers = moves.groups.numbering.numbers
    names = [numbers[number].variable for number in moves.number.tolist()]
    columns_of: dict[str, set[int]] = defaultdict(set)
    for name, column in zip(names, moves.column.tolist(), strict=True):
        columns_of[name].add(column)
    in_column = np.bincount(moves.column)
    return np.array(
        [
            1 / (len(columns_of) * len(columns_of[name]) * in_column[column])
            for name, column in zip(names, moves.column.tolist(), strict=True)
        ]
    )


def estimate(number: float, over: Floats, below: Floats, weights: Floats) -> float:
    """Return the number that makes cases likeliest when it alone moves, the others in proportion.

    Args:
        number: The number as stated.
        over: Slope of each case, shape (n,).
        below: Slope of what is given, shape (n,).
        weights: How many cases each stands for, shape (n,).
    """
    used = weights > 0
    if not used.any():
        return number
    over, below, weights = over[used], below[used], weights[used]
    odds = number / (1 - number) * np.exp(np.linspace(-8.0, 8.0, 321))
    moved = odds / (1 + odds)
    steps = ((moved - number) / (1 - number))[:, None]
    gain = np.log1p(np.maximum(steps * over, -1 + 1e-12)) - np.log1p(np.maximum(steps * below, -1 + 1e-12))
    return float(moved[int((gain @ weights).argmax())])


def _telling(groups: Groups, numbers: list[int], *, uneven: bool) -> list[int]:
    """Return the numbers whose moves are all there are: of two states the one that is not normal."""
    own = groups.of_share == groups.of_share[numbers[0]]
    is_pair: Bools = own & (groups.start > LEAST)
    return numbers[-1:] if not uneven and is_pair.sum() == 2 else numbers


def _step(share: float, factor: float, room: float, is_uneven: bool) -> float:  # noqa: FBT001
    moved = factor * share / (1 - share + factor * share)
    # Where rests give way the slope is that of the number itself, and no rest may fall below half.
    return min(moved - share, room / 2) if is_uneven else (moved - share) / (1 - share)


def _rests(groups: Groups) -> dict[int, Ints]:
    """Return, for each number of a distribution with several rests, the rests beside it."""
    found: dict[int, list[int]] = defaultdict(list)
    for group in groups.uneven:
        for rest, beside in zip(group.rests.tolist(), group.opens, strict=True):
            for number in group.numbers[beside].tolist():
                found[number].append(rest)
    return {number: np.array(rests) for number, rests in found.items()}
