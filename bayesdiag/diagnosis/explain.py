"""The ledger: where belief in a cause stood, what each finding added, and where it stands.

A finding's line is its Shapley value: what it adds to the log2 odds of the cause's responsibility,
averaged over all orders in which the findings could have come. Start and lines add up to the end.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import factorial
from typing import Literal

import numpy as np

from bayesdiag.case import Evidence
from bayesdiag.diagnosis.fit import (
    Expected,
    Fit,
    Frequencies,
    expected_not_seen,
    fits,
    frequencies,
)
from bayesdiag.diagnosis.rank import RankedCause
from bayesdiag.diagnosis.subsets import Subsets
from bayesdiag.engine.layout import Floats, Ints
from bayesdiag.engine.network import CompiledNetwork

MOST_EXACT = 12
"""Findings up to which all subsets are valued."""
MOST_COST = 400_000_000
"""Entries times rows up to which they are: about half a second of a core."""
LEAST_PAIRS, MOST_PAIRS = 6, 64
"""Pairs of orders drawn beyond that: as many as cost no more, within these."""
FEW_PAIRS = 2
"""Pairs valued together."""
LEAST = 1e-300
"""Keeps logarithms finite where a probability is too small for a number."""
DECIBANS_A_BIT = 10 * np.log10(2.0)
"""A deciban is a tenth of a power of ten of the odds (Good)."""

Unit = Literal["bits", "log2_probability"]


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """What one finding added.

    Attributes:
        finding: The variable.
        state: Its state, or its likeliest one where the finding is soft.
        bits: What it added, averaged over the orders.
        alone: What it adds when it comes first: its weight of evidence, in the same unit.
        error: Standard error of `bits`; 0 where all orders are counted.
    """

    finding: str
    state: str
    bits: float
    alone: float
    error: float = 0.0

    @property
    def decibans(self) -> float:
        """`alone` in decibans."""
        return float(self.alone * DECIBANS_A_BIT)


@dataclass(frozen=True, slots=True)
class Ledger:
    """How belief in one state came about.

    Attributes:
        start: Log-odds given the premise alone, in bits.
        end: The same given all findings.
        lines: What lies between, findings in the order entered.
        unit: "bits" of odds; "log2_probability" where some findings make it certain, so that odds
            have no end.
        basis: "exact": all orders; "orders": some were drawn, in pairs of opposite ones.
        n_orders: How many were drawn; 0 where all are counted.
    """

    start: float
    end: float
    lines: tuple[LedgerLine, ...]
    unit: Unit = "bits"
    basis: Literal["exact", "orders"] = "exact"
    n_orders: int = 0


@dataclass(frozen=True, slots=True)
class Explanation:
    """How belief in one cause came about, and what else there is to say about it.

    Attributes:
        id: The cause.
        state: Its state.
        book: The ledger of its responsibility.
        expected: What it would most likely show, and was not seen.
        fits: How well each cause state explains the findings, beside the best.
        frequencies: The answer as cases out of a hundred or more.
    """

    id: str
    state: str
    book: Ledger
    expected: tuple[Expected, ...] = ()
    fits: tuple[Fit, ...] = ()
    frequencies: Frequencies | None = None

    @property
    def start(self) -> float:
        """Where the ledger starts."""
        return self.book.start

    @property
    def end(self) -> float:
        """Where it ends."""
        return self.book.end

    @property
    def ledger(self) -> tuple[LedgerLine, ...]:
        """Its lines, in the order entered."""
        return self.book.lines

    @property
    def against(self) -> tuple[LedgerLine, ...]:
        """The lines that speak against the cause, the weightiest first."""
        return tuple(sorted((line for line in self.ledger if line.bits < 0), key=lambda line: line.bits))

    @property
    def in_favour(self) -> tuple[LedgerLine, ...]:
        """The lines that speak for the cause, the weightiest first."""
        return tuple(sorted((line for line in self.ledger if line.bits > 0), key=lambda line: -line.bits))


def explained(
    network: CompiledNetwork,
    evidence: Evidence,
    ranked: Sequence[RankedCause],
    none_of_these: float,
    questions: Collection[str] = (),
) -> Explanation | None:
    """Return the explanation of the first cause; None where nothing speaks of it at all.

    Args:
        network: The network.
        evidence: The findings; possible under the model.
        ranked: The causes, the most responsible first.
        none_of_these: P(no cause's link fired).
        questions: What could be asked now.
    """
    if not ranked or ranked[0].responsibility <= 0:
        return None
    first = ranked[0]
    case = Subsets(network, evidence, (first.id, first.state), premise=True)
    book = ledger_of(case)
    if book is None:
        return None
    return Explanation(
        first.id,
        first.state,
        book,
        expected_not_seen(case, questions),
        fits(ranked),
        frequencies(first, none_of_these),
    )


def ledger_of(case: Subsets, random: np.random.Generator | None = None) -> Ledger | None:
    """Return the Shapley ledger of a state; None where it, or all the findings together, are impossible.

    Args:
        case: The findings, and the state asked about.
        random: Source of orders where there are too many; by default always the same ones, so
            that the same findings always get the same ledger.

    References:
        Shapley (1953), A value for n-person games. Castro, Gómez and Tejada (2009), Polynomial
        calculation of the Shapley value based on sampling, Computers & Operations Research 36,
        1726-1730. Mitchell, Cooper, Frank and Holmes (2022), Sampling permutations for Shapley
        value estimation, JMLR 23 (paired orders).
    """
    names = case.names
    full = (1 << len(names)) - 1
    ends = case.some([0, full])
    if ends[1, 0] <= 0:
        return None
    if len(names) <= MOST_EXACT and case.cost() <= MOST_COST:
        values, unit = _values(case.every())
        return _book(case, values[[0, full]], (_exact(values), _alone(values, len(names))), unit)
    return _by_orders(case, np.random.default_rng(0) if random is None else random)


def _values(shares: Floats) -> tuple[Floats, Unit]:
    """Return the value of each subset: log2 of the odds, or of the probability where one is certain."""
    log_p = np.log2(np.maximum(shares[:, 0], LEAST))
    if (shares[:, 1] <= 0).any():
        return log_p, "log2_probability"
    return log_p - np.log2(shares[:, 1]), "bits"


def _exact(values: Floats) -> Floats:
    """Return the Shapley values of a game, shape (n,), from the value of each of its 2^n subsets.

    φ_i = Σ over subsets S without i of |S|! (n − |S| − 1)! / n! · (v(S + i) − v(S)).
    """
    n = len(values).bit_length() - 1
    subsets = np.arange(len(values))
    sizes = np.array([int(subset).bit_count() for subset in subsets])
    shares = np.array([factorial(k) * factorial(n - k - 1) / factorial(n) for k in range(n)] + [0.0])
    lines = np.zeros(n)
    for i in range(n):
        without = subsets[(subsets >> i) & 1 == 0]
        lines[i] = shares[sizes[without]] @ (values[without | 1 << i] - values[without])
    return lines


def _by_orders(case: Subsets, random: np.random.Generator) -> Ledger:
    """Return the ledger from pairs of orders, each the other's reverse.

    Each order adds up to the whole, and so does their mean; the standard error of a line is
    that of the means of pairs.
    """
    n = len(case.names)
    value_of: dict[int, Floats] = {0: case.some([0])[0]}
    pairs: list[list[list[int]]] = []
    budget = float(MOST_COST)
    while len(pairs) < MOST_PAIRS and (len(pairs) < LEAST_PAIRS or budget > 0):
        some = [random.permutation(n) for _ in range(FEW_PAIRS)]
        pairs += [[_prefixes(order), _prefixes(order[::-1])] for order in some]
        wanted = {subset for pair in pairs[-FEW_PAIRS:] for prefixes in pair for subset in prefixes}
        new = sorted(wanted - set(value_of))
        value_of.update(zip(new, case.some(new), strict=True))
        budget -= case.cost_of(new)
    known = list(value_of)
    values, unit = _values(np.array([value_of[subset] for subset in known]))
    of = dict(zip(known, values.tolist(), strict=True))
    means = np.array([np.mean([_steps(prefixes, of) for prefixes in pair], axis=0) for pair in pairs])
    error = means.std(axis=0, ddof=1) / np.sqrt(len(means))
    singles = case.some([1 << i for i in range(n)])
    alone_values = _in_unit(singles, unit) - of[0]
    ends = np.array([of[0], of[(1 << n) - 1]])
    return _book(case, ends, (means.mean(axis=0), alone_values), unit, (error, 2 * len(pairs)))


def _in_unit(shares: Floats, unit: Unit) -> Floats:
    """Return the logarithms of shares in a unit that is settled."""
    log_p = np.log2(np.maximum(shares[:, 0], LEAST))
    return np.asarray(
        log_p if unit == "log2_probability" else log_p - np.log2(np.maximum(shares[:, 1], LEAST))
    )


def _prefixes(order: Ints) -> list[int]:
    """Return the subsets that an order passes through, the empty one first."""
    subsets = [0]
    for i in order.tolist():
        subsets.append(subsets[-1] | 1 << i)
    return subsets


def _steps(prefixes: Sequence[int], value_of: dict[int, float]) -> Floats:
    """Return what each finding adds in one order, shape (n,)."""
    added = np.zeros(len(prefixes) - 1)
    for before, after in pairwise(prefixes):
        added[(before ^ after).bit_length() - 1] = value_of[after] - value_of[before]
    return added


def _alone(values: Floats, n: int) -> Floats:
    return values[[1 << i for i in range(n)]] - values[0] if n else np.zeros(0)


def _book(
    case: Subsets,
    ends: Floats,
    lines: tuple[Floats, Floats],
    unit: Unit,
    drawn: tuple[Floats, int] | None = None,
) -> Ledger:
    """Return the ledger: where it starts and ends, what each finding adds on average and alone."""
    bits, alone = lines
    errors, n_orders = drawn or (np.zeros(len(bits)), 0)
    shown = (_shown(case.evidence, name) for name in case.names)
    told = tuple(
        LedgerLine(name, state, float(added), float(first), float(error))
        for name, state, added, first, error in zip(case.names, shown, bits, alone, errors, strict=True)
    )
    basis: Literal["exact", "orders"] = "orders" if drawn else "exact"
    return Ledger(float(ends[0]), float(ends[1]), told, unit, basis, n_orders)


def _shown(evidence: Evidence, name: str) -> str:
    likelihoods = evidence.findings[name]
    return max(likelihoods, key=lambda state: likelihoods[state])
