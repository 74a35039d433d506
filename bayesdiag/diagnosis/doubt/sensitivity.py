"""How a posterior depends on every number of the model, exactly.

Each number enters P(findings) and P(target, findings) as a straight line, the other states of its
row giving way in proportion. So the posterior is a quotient of two straight lines, and what two
expected counts tell about their slopes is enough for any size of change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from bayesdiag.diagnosis.doubt.numbers import numbering_kept
from bayesdiag.engine.layout import Bools, Floats
from bayesdiag.engine.network import CompiledNetwork
from bayesdiag.engine.sets import SIGMAS, Numbering, Recipe, recipe_of
from bayesdiag.model.numbers import Number


@dataclass(frozen=True, slots=True)
class Bar:
    """What one number's range makes of the posterior.

    Attributes:
        number: The number.
        lower: The posterior if its odds were smaller by its `within`.
        upper: The posterior if they were larger by it.
    """

    number: Number
    lower: float
    upper: float

    @property
    def width(self) -> float:
        """How much of the posterior hangs on the number."""
        return abs(self.upper - self.lower)


@dataclass(frozen=True, slots=True)
class Change:
    """What one number would have to be.

    Attributes:
        number: The number.
        to: Its other value.
        logits: How far that is, in log-odds.
    """

    number: Number
    to: float
    logits: float


@dataclass(frozen=True, slots=True)
class Weak:
    """A number that matters and is not well known.

    Attributes:
        number: The number.
        logits: By how much the log-odds of the posterior move when it is off by one standard
            deviation of its range: |d logit P / d logit number| · ln(within) / 1.645.
    """

    number: Number
    logits: float


@dataclass(frozen=True)
class Sensitivity:
    """One posterior as a function of every number.

    Attributes:
        numbering: The numbers.
        p: The posterior.
        joint: d P(target, findings) / d log-odds of each number, over P(findings), shape (N,).
        evidence: d log P(findings) / d log-odds of each number, shape (N,).
    """

    numbering: Numbering
    p: float
    joint: Floats
    evidence: Floats

    @property
    def numbers(self) -> tuple[Number, ...]:
        """The numbers, in the model's order."""
        return self.numbering.numbers

    @property
    def per_logit(self) -> Floats:
        """D P / d log-odds of each number, shape (N,)."""
        return np.asarray(self.joint - self.p * self.evidence)

    @property
    def derivatives(self) -> Floats:
        """D P / d number, shape (N,); 0 for those that say never or always."""
        return self.per_logit / self._variances

    @property
    def bounds(self) -> Floats:
        """What no derivative's size exceeds: P(1 − P) / (p(1 − p)), shape (N,).

        Reference: Chan and Darwiche (2002), When do numbers really matter?, Journal of Artificial
        Intelligence Research 17, 265-287.
        """
        return self.p * (1 - self.p) / self._variances

    def at(self, index: int, value: float) -> float:
        """Return the posterior if a number were another one.

        Args:
            index: Which number.
            value: What it would be, above 0 and below 1.
        """
        step = (value - self.numbering.p[index]) / self._variances[index]
        whole = 1 + self.evidence[index] * step
        part = self.p + self.joint[index] * step
        return float(np.clip(part / whole, 0.0, 1.0)) if whole > 0 else float("nan")

    def tornado(self, n: int = 10, *, within: float | None = None) -> tuple[Bar, ...]:
        """Return what the ranges of numbers make of the posterior, the widest first.

        Args:
            n: How many.
            within: A factor of the odds for all numbers, instead of each one's own.
        """
        bars = []
        for index in np.flatnonzero(self._moves):
            number = self.numbers[index]
            factor = number.weight.within if within is None else within
            low, high = (self.at(int(index), _moved(number.p, odds)) for odds in (1 / factor, factor))
            bars.append(Bar(number, low, high))
        return tuple(sorted(bars, key=lambda bar: -bar.width)[:n])

    def changes_for(self, p: float) -> tuple[Change, ...]:
        """Return every number that alone could make the posterior so probable, the smallest change first.

        Args:
            p: The probability wanted, above 0 and below 1.
        """
        found = []
        for index in np.flatnonzero(self._moves):
            # (P + joint · step) / (1 + evidence · step) = p
            slope = self.joint[index] - p * self.evidence[index]
            if slope == 0:
                continue
            own = float(self.numbering.p[index])
            to = own + float((p - self.p) / slope * self._variances[index])
            if 0 < to < 1:
                found.append(Change(self.numbers[index], to, _logit(to) - _logit(own)))
        return tuple(sorted(found, key=lambda change: abs(change.logits)))

    def weakest(self, n: int = 5) -> tuple[Weak, ...]:
        """Return the numbers on which the posterior hangs most while they are known least."""
        if not 0 < self.p < 1:
            return ()
        within = np.array([number.weight.within for number in self.numbers])
        logits = np.abs(self.per_logit) / (self.p * (1 - self.p)) * np.log(within) / SIGMAS
        logits *= self._moves
        order = np.argsort(-logits, kind="stable")[:n]
        return tuple(Weak(self.numbers[i], float(logits[i])) for i in order if logits[i] > 0)

    @property
    def _variances(self) -> Floats:
        p = self.numbering.p
        return np.where((p > 0) & (p < 1), p * (1 - p), 1.0)

    @property
    def _moves(self) -> Bools:
        """Whether a number is doubted at all and the posterior hangs on it, shape (N,)."""
        p = self.numbering.p
        matters = np.maximum(np.abs(self.joint), np.abs(self.evidence)) > 1e-15
        return np.asarray((p > 0) & (p < 1) & matters & ~self._is_twin)

    @property
    def _is_twin(self) -> Bools:
        """Whether the other number of a row of two says the same: the rarer state stands for both."""
        rows: dict[tuple[object, ...], list[int]] = {}
        for index, number in enumerate(self.numbers):
            if number.role in {"prior", "row"} and not number.is_structural:
                rows.setdefault((number.variable, *number.when.items()), []).append(index)
        found = np.zeros(len(self.numbers), dtype=np.bool_)
        for row in rows.values():
            if len(row) == 2:
                found[max(row, key=lambda index: (self.numbers[index].p, -index))] = True
        return found


def sensitivity(
    network: CompiledNetwork, row: Floats, variable: str, state: str, *, responsible: bool = False
) -> Sensitivity:
    """Return how a posterior depends on every number of the model.

    Args:
        network: The network.
        row: The findings as likelihoods, the premise in it or not, shape (S,); see `network.rows`.
        variable: The variable.
        state: Its state.
        responsible: Whether to look at "in this state, and a link of it fired" instead.

    Raises:
        TooLarge: Exact inference needs too much memory.
    """
    numbering = numbering_kept(network)
    recipe = recipe_of(network.ways, numbering, row, [network.layout.index_of[variable]])
    return sensitivity_of(recipe, variable, state, responsible=responsible)


def sensitivity_of(recipe: Recipe, variable: str, state: str, *, responsible: bool = False) -> Sensitivity:
    """Return the same from a row made ready for this variable; see `sensitivity`."""
    layout, row = recipe.layout, recipe.row
    inside = row.copy()
    inside[layout.slots(variable)] = 0.0
    slot = layout.slot(variable, state)
    inside[slot] = row[slot]
    rows: Sequence[Floats] = [inside]
    if responsible:  # in the state, less in the state while all its links rest
        resting = inside.copy()
        resting[layout.responsible(variable, state)] = 0.0
        rows = [inside, resting]
    log_p = recipe.log_evidence(np.array([row, *rows]))
    shares = np.exp(log_p[1:] - log_p[0]) * [1.0, -1.0][: len(rows)]
    joint = recipe.slopes(np.array(rows), shares)
    evidence = recipe.slopes(row[None, :], np.ones(1))
    return Sensitivity(recipe.numbering, float(np.clip(shares.sum(), 0.0, 1.0)), joint, evidence)


def _moved(p: float, odds: float) -> float:
    """Return a probability whose odds are multiplied."""
    return p * odds / (1 - p + p * odds)


def _logit(p: float) -> float:
    return log(p / (1 - p))
