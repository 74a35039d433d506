"""Unasked questions as rows on the findings' own program.

For a noisy-OR or noisy-MAX leaf, "the answer is at most s" given its parents is a product of one
likelihood per parent, so it is one more row; the answer s is the difference of two rows. Where a
gate of one of its links is not known, there is a row per state of the gate. A leaf with one
parent is a mixture over that parent's states, and so is a variable that is itself in the
program over its own: one row per answer or per state, whichever are fewer, and what is likeliest
is what the others leave of the whole. No question enters the tree.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, product
from math import prod
from typing import Generic, TypeVar

import numpy as np

from bayesdiag.engine.asking import NONE, Bundle, Mixture, Thresholds, bundle_of
from bayesdiag.engine.compiled import compiled
from bayesdiag.engine.gathering import gathered
from bayesdiag.engine.layout import Floats, Layout
from bayesdiag.engine.recent import Recent
from bayesdiag.engine.tables import DenseFamily, Family, LinkFamily

MAX_KEPT = 1024
"""Questions whose rows are kept ready."""
MAX_BUNDLE_BYTES = 32_000_000
"""Sets of questions that are kept laid out take at most so much memory."""
MAX_ROWS = 512
"""A question that would take more rows is asked with a program per answer instead."""


Question = TypeVar("Question", int, str)
"""A question as a variable's number, or outside as its name."""


@dataclass
class Answers(Generic[Question]):
    """What every answer would do.

    Attributes:
        p: Question → P(answer | row), shape (answers,).
        beliefs: Question → beliefs given each answer, shape (answers, S); 0 for impossible ones.
        before: Beliefs without an answer, shape (S,): exact or estimated as the others are.
        is_estimated: Whether the answers are estimated from drawn worlds.
    """

    p: dict[Question, Floats] = field(default_factory=dict)
    beliefs: dict[Question, Floats] = field(default_factory=dict)
    before: Floats = field(default_factory=lambda: np.zeros(0))
    is_estimated: bool = False


@dataclass(frozen=True)
class Asked:
    """Rows, and how they add up to answers.

    Attributes:
        rows: Likelihoods, the row asked about itself first, shape (1 + R, S).
        mix: How much each row counts for each answer, shape (all answers, 1 + R).
        first_answer: Question → number of its first answer, and of the one behind its last.
    """

    rows: Floats
    mix: Floats
    first_answer: Mapping[int, tuple[int, int]]

    def combine(self, beliefs: Floats, log_evidence: Floats) -> Answers[int]:
        """Return the answers, given what the rows came to."""
        found: Answers[int] = Answers()
        if not self.first_answer:
            return found
        odds = np.zeros(len(log_evidence))
        if np.isfinite(log_evidence[0]):
            odds = np.exp(log_evidence - log_evidence[0])
        weighted = self.mix * odds
        p = weighted.sum(axis=1)
        # Differences of rows leave rounding of about 1e-16; what is below that is nothing.
        is_difference = (self.mix < 0).any(axis=1)
        p = np.where(is_difference & (p <= 1e-13), 0.0, p)
        share = np.where(p > 0, 1.0 / np.where(p > 0, p, 1.0), 0.0)
        joint = _mixed(weighted, np.ascontiguousarray(beliefs), share)
        first_answers = [first for first, _ in self.first_answer.values()]
        totals = np.repeat(np.add.reduceat(p, first_answers), np.diff([*first_answers, len(p)]))
        p = np.where(totals > 0, p / np.where(totals > 0, totals, 1.0), p)
        for question, (first, last) in self.first_answer.items():
            found.p[question] = p[first:last]
            found.beliefs[question] = joint[first:last]
        return found


@dataclass(frozen=True)
class Questions:
    """Makes the rows of questions; what depends on the network alone is made once.

    Attributes:
        families: Numbers of every variable.
        layout: Where the slots are.
    """

    families: Sequence[Family]
    layout: Layout
    _made: Recent[tuple[int, bool], Thresholds | Mixture] = field(
        default_factory=lambda: Recent(MAX_KEPT), repr=False
    )
    _bundles: Recent[tuple[tuple[int, bool], ...], Bundle] = field(
        default_factory=lambda: Recent(MAX_BUNDLE_BYTES, _weight), repr=False
    )

    def asked(self, row: Floats, questions: Sequence[int], kept: Collection[int], beliefs: Floats) -> Asked:
        """Return the rows that value the questions, given the row asked about.

        Args:
            row: Likelihoods, shape (S,).
            questions: Numbers of variables.
            kept: Variables that stand in the row's program.
            beliefs: Beliefs given the row, shape (S,); they say which answer or state is likeliest
                and which are impossible.
        """
        keys = tuple((index, index in kept) for index in dict.fromkeys(questions))
        bundle = self._bundles.recall(keys)
        if bundle is None:
            bundle = self._bundles.keep(
                keys, bundle_of([self._question(index, inside=inside) for index, inside in keys])
            )
        rows, mix = gathered(bundle, row, beliefs)
        ranges = pairwise(bundle.first_answer.tolist())
        return Asked(rows, mix, dict(zip((index for index, _ in keys), ranges, strict=True)))

    def clear(self) -> None:
        """Forget the sets of questions laid out; what each takes is kept."""
        self._bundles.clear()

    def _question(self, index: int, *, inside: bool) -> Thresholds | Mixture:
        known = self._made.recall((index, inside))
        return (
            known if known is not None else self._made.keep((index, inside), self._new(index, inside=inside))
        )

    def _new(self, index: int, *, inside: bool) -> Thresholds | Mixture:
        family, first = self.families[index], self.layout.offsets
        if inside:
            return Mixture(first[index], np.eye(self.layout.sizes[index]), NONE)
        if not isinstance(family, DenseFamily):
            return _thresholds(family, self.layout)
        if len(family.parents) != 1:
            raise ValueError(f"{self.layout.names[index]} is no question of rows")
        return Mixture(first[family.parents[0]], np.ascontiguousarray(family.p.T), first[index])


@compiled
def _mixed(weighted: Floats, beliefs: Floats, share: Floats) -> Floats:
    """Return the sum of weighted beliefs, never below 0, times each answer's share, shape (answers, S).

    Most weights are 0, and a library's product of matrices would start threads for them.
    """
    mixed = np.zeros((len(weighted), beliefs.shape[1]))
    for answer in range(len(weighted)):
        for row in range(len(beliefs)):
            weight = weighted[answer, row]
            if weight != 0.0:
                for slot in range(beliefs.shape[1]):
                    mixed[answer, slot] += weight * beliefs[row, slot]
        for slot in range(beliefs.shape[1]):
            mixed[answer, slot] = max(mixed[answer, slot], 0.0) * share[answer]
    return mixed


def _weight(bundle: Bundle) -> int:
    # Twenty arrays weigh something themselves, which counts where a set has few questions.
    return 4096 + sum(array.nbytes for part in bundle[:3] for array in part)


def is_askable_by_rows(family: Family) -> bool:
    """Whether an unobserved leaf with this table is rows: a noisy one, or one with a single parent.

    A noisy one with so many gates that their states combine to too many rows is not.
    """
    if isinstance(family, DenseFamily):
        return len(family.parents) == 1
    gates = {gate: n for c in family.contributions for gate, n in zip(c.gates, c.p.shape, strict=False)}
    return family.rule == "max" and prod(gates.values()) * len(family.leak) <= MAX_ROWS


def _at_most(p: Floats, state: int) -> Floats:
    """Return P(at most a state), shape (…), of distributions of shape (…, states).

    Exactly 1 where nothing is above it: what a sum is short of 1 by rounding would be an answer
    that cannot be.
    """
    return np.where(p[..., state + 1 :].any(axis=-1), p[..., : state + 1].sum(axis=-1), 1.0)


def _thresholds(family: LinkFamily, layout: Layout) -> Thresholds:
    """Return rows for "at most s", added to answer s and taken from s + 1, for each state of the gates."""
    gates = tuple(dict.fromkeys(gate for c in family.contributions for gate in c.gates))
    n_states = len(family.leak)
    combinations = list(product(*(range(layout.sizes[gate]) for gate in gates)))
    factors = np.ones((len(combinations) * n_states, layout.n_slots))
    slots = np.zeros((len(factors), len(gates)), dtype=np.int64)
    shares = np.zeros((n_states, len(factors)))
    for number, chosen in enumerate(combinations):
        state_of = dict(zip(gates, chosen, strict=True))
        for threshold in range(n_states):
            at = number * n_states + threshold
            scale = 1.0
            for place, (gate, state) in enumerate(state_of.items()):
                factors[at, layout.span(gate)] *= np.arange(layout.sizes[gate]) == state
                slots[at, place] = layout.offsets[gate] + state
            if threshold < n_states - 1:
                scale = float(_at_most(family.leak, threshold))
                for contribution in family.contributions:
                    p = contribution.p[tuple(state_of[gate] for gate in contribution.gates)]
                    factors[at, layout.span(contribution.parent)] *= _at_most(p, threshold)
                shares[threshold + 1, at] = -scale
            shares[threshold, at] = scale
    return Thresholds(factors, slots, shares)
