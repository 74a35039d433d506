"""Unasked questions as rows on the findings' own program.

For a noisy-OR or noisy-MAX leaf, "the answer is at most s" given its parents is a product of one
likelihood per parent, so it is one more row; the answer s is the difference of two rows. Where a
gate of one of its links is not known, there is a row per state of the gate. A leaf with one
parent is a likelihood on that parent, one row per answer; a variable that is itself in the
program is put into each of its states. No question enters the tree.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import Generic, TypeVar

import numpy as np

from bayesdiag.engine.layout import Floats, Ints, Layout
from bayesdiag.engine.recent import Recent
from bayesdiag.engine.tables import DenseFamily, Family, LinkFamily

MAX_KEPT = 1024
"""Questions whose rows are kept ready."""
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
    """

    p: dict[Question, Floats] = field(default_factory=dict)
    beliefs: dict[Question, Floats] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """Rows, and how they add up to answers.

    Attributes:
        rows: Likelihoods, shape (R, S).
        terms: Row of each term, 0 for the row asked about itself and 1 + r for the others; the
            terms of one answer stand together, and every answer has some.
        shares: How much each term counts for its answer.
        first_term: Where each answer's terms start, shape (all answers,).
        first_answer: Question → number of its first answer, and of the one behind its last.
    """

    rows: Floats
    terms: Ints
    shares: Floats
    first_term: Ints
    first_answer: Mapping[int, tuple[int, int]]

    def combine(self, beliefs: Floats, log_evidence: Floats) -> Answers[int]:
        """Return the answers, given what the row itself and then the asked rows came to."""
        found: Answers[int] = Answers()
        if not self.first_answer:
            return found
        with np.errstate(invalid="ignore"):
            odds = np.where(np.isfinite(log_evidence), np.exp(log_evidence - log_evidence[0]), 0.0)
        weighted = self.shares * odds[self.terms]
        # Differences of rows leave rounding of about 1e-16; what is below that is nothing.
        p = np.add.reduceat(weighted, self.first_term)
        p = np.where(p > 1e-13, p, 0.0)
        joint = np.add.reduceat(weighted[:, None] * beliefs[self.terms], self.first_term, axis=0)
        joint = np.clip(joint, 0.0, None) * np.where(p > 0, 1.0 / np.where(p > 0, p, 1.0), 0.0)[:, None]
        for question, (first, last) in self.first_answer.items():
            total = p[first:last].sum()
            found.p[question] = p[first:last] / total if total > 0 else p[first:last]
            found.beliefs[question] = joint[first:last]
        return found


@dataclass(frozen=True, slots=True)
class _Question:
    """One question's rows, as what the row asked about is multiplied by.

    Attributes:
        factors: Likelihoods, shape (R, S).
        gates: Slots that must be possible for a row to be asked, shape (R, gates).
        answers: For each answer, its rows and how much each counts.
        own: First slot of the answers where what is known of the question counts as well, or none.
    """

    factors: Floats
    gates: Ints
    answers: tuple[tuple[tuple[int, float], ...], ...]
    own: int | None


@dataclass(frozen=True)
class Questions:
    """Makes the rows of questions; what depends on the network alone is made once.

    Attributes:
        families: Numbers of every variable.
        layout: Where the slots are.
    """

    families: Sequence[Family]
    layout: Layout
    _made: Recent[tuple[int, bool], _Question] = field(default_factory=lambda: Recent(MAX_KEPT), repr=False)

    def asked(self, row: Floats, questions: Sequence[int], kept: Collection[int]) -> Asked:
        """Return the rows that value the questions, given the row asked about.

        Args:
            row: Likelihoods, shape (S,).
            questions: Numbers of variables.
            kept: Variables that stand in the row's program.
        """
        # Many questions share rows, above all "any answer", which is the row itself: each is run once.
        place_of = {row.tobytes(): 0}
        rows: list[Floats] = []
        terms: list[int] = []
        shares: list[float] = []
        first_term: list[int] = []
        first_answer = {}
        for index in questions:
            question = self._question(index, inside=index in kept)
            is_open = (row[question.gates] > 0).all(axis=1)
            places: dict[int, int] = {}
            for number in np.flatnonzero(is_open).tolist():
                asked = row * question.factors[number]
                places[number] = place_of.setdefault(asked.tobytes(), 1 + len(rows))
                if places[number] == 1 + len(rows):
                    rows.append(asked)
            first_answer[index] = (len(first_term), len(first_term) + len(question.answers))
            for answer, parts in enumerate(question.answers):
                first_term.append(len(terms))
                known = 1.0 if question.own is None else float(row[question.own + answer])
                for number, share in parts:
                    if number in places:
                        terms.append(places[number])
                        shares.append(share * known)
                if len(terms) == first_term[-1]:  # no state of its gates is possible
                    terms.append(0)
                    shares.append(0.0)
        return Asked(
            np.array(rows).reshape(len(rows), self.layout.n_slots),
            np.array(terms, dtype=np.int64),
            np.array(shares),
            np.array(first_term, dtype=np.int64),
            first_answer,
        )

    def _question(self, index: int, *, inside: bool) -> _Question:
        known = self._made.recall((index, inside))
        return (
            known if known is not None else self._made.keep((index, inside), self._new(index, inside=inside))
        )

    def _new(self, index: int, *, inside: bool) -> _Question:
        family, own = self.families[index], self.layout.span(index)
        n_answers = self.layout.sizes[index]
        if not inside and not isinstance(family, DenseFamily):
            return _thresholds(family, self.layout)
        factors = np.ones((n_answers, self.layout.n_slots))
        none = np.zeros((n_answers, 0), dtype=np.int64)
        one_each = tuple(((answer, 1.0),) for answer in range(n_answers))
        if inside:
            factors[:, own] = np.eye(n_answers)
            return _Question(factors, none, one_each, None)
        if not isinstance(family, DenseFamily) or len(family.parents) != 1:
            raise ValueError(f"{self.layout.names[index]} is no question of rows")
        factors[:, self.layout.span(family.parents[0])] = family.p.T
        return _Question(factors, none, one_each, own.start)


def is_askable_by_rows(family: Family) -> bool:
    """Whether an unobserved leaf with this table is rows: a noisy one, or one with a single parent.

    A noisy one with so many gates that their states combine to too many rows is not.
    """
    if isinstance(family, DenseFamily):
        return len(family.parents) == 1
    gates = {gate: n for c in family.contributions for gate, n in zip(c.gates, c.p.shape, strict=False)}
    return family.rule == "max" and prod(gates.values()) * len(family.leak) <= MAX_ROWS


def _thresholds(family: LinkFamily, layout: Layout) -> _Question:
    """Return rows for "at most s", added to answer s and taken from s + 1, for each state of the gates."""
    gates = tuple(dict.fromkeys(gate for c in family.contributions for gate in c.gates))
    n_states = len(family.leak)
    combinations = list(product(*(range(layout.sizes[gate]) for gate in gates)))
    factors = np.ones((len(combinations) * n_states, layout.n_slots))
    slots = np.zeros((len(factors), len(gates)), dtype=np.int64)
    answers: list[list[tuple[int, float]]] = [[] for _ in range(n_states)]
    for number, chosen in enumerate(combinations):
        state_of = dict(zip(gates, chosen, strict=True))
        for threshold in range(n_states):
            at = number * n_states + threshold
            scale = 1.0
            for place, (gate, state) in enumerate(state_of.items()):
                factors[at, layout.span(gate)] *= np.arange(layout.sizes[gate]) == state
                slots[at, place] = layout.offsets[gate] + state
            if threshold < n_states - 1:
                scale = float(family.leak[: threshold + 1].sum())
                for contribution in family.contributions:
                    p = contribution.p[tuple(state_of[gate] for gate in contribution.gates)]
                    factors[at, layout.span(contribution.parent)] *= p[:, : threshold + 1].sum(axis=1)
                answers[threshold + 1].append((at, -scale))
            answers[threshold].append((at, scale))
    return _Question(factors, slots, tuple(tuple(parts) for parts in answers), None)
