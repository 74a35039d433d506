"""Unasked questions as rows on the findings' own program.

For a noisy-OR or noisy-MAX leaf, "the answer is at most s" given its parents is a product of one
likelihood per parent, so it is one more row; the answer s is the difference of two rows. Where a
gate of one of its links is not known, there is a row per state of the gate. A leaf with one
parent is a mixture over that parent's states, and so is a variable that is itself in the
program over its own: one row per answer or per state, whichever are fewer, and what is likeliest
is what the others leave of the whole. No question enters the tree.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import Generic, TypeVar

import numpy as np

from bayesdiag.engine.compiled import compiled
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
        rows: Likelihoods, shape (R, S).
        mix: How much each row counts for each answer, the row asked about itself first, shape
            (all answers, 1 + R).
        first_answer: Question → number of its first answer, and of the one behind its last.
    """

    rows: Floats
    mix: Floats
    first_answer: Mapping[int, tuple[int, int]]

    def combine(self, beliefs: Floats, log_evidence: Floats) -> Answers[int]:
        """Return the answers, given what the row itself and then the asked rows came to."""
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
        for question, (first, last) in self.first_answer.items():
            total = p[first:last].sum()
            found.p[question] = p[first:last] / total if total > 0 else p[first:last]
            found.beliefs[question] = joint[first:last]
        return found


@dataclass(frozen=True, slots=True)
class _Thresholds:
    """One noisy question's rows, as what the row asked about is multiplied by.

    Attributes:
        factors: Likelihoods, shape (R, S).
        gates: Slots that must be possible for a row to be asked, shape (R, gates).
        shares: How much each row counts for each answer, shape (answers, R).
    """

    factors: Floats
    gates: Ints
    shares: Floats


@dataclass(frozen=True, slots=True)
class _Mixture:
    """One question whose answers are mixtures over the states of one variable in the program.

    Attributes:
        over: That variable.
        mix: P(answer | state), shape (answers, states).
        own: First slot of the answers where what is known of the question counts as well, or none.
    """

    over: int
    mix: Floats
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
    _made: Recent[tuple[int, bool], _Thresholds | _Mixture] = field(
        default_factory=lambda: Recent(MAX_KEPT), repr=False
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
        found = _Terms(row, beliefs, self.layout)
        known = {index: self._question(index, inside=index in kept) for index in questions}
        by_state = _better_by_state(known.values(), beliefs, self.layout)
        for index, question in known.items():
            if isinstance(question, _Thresholds):
                found.add_thresholds(index, question)
            else:
                found.add_mixture(index, question, by_state=question.over in by_state)
        return found.asked()

    def _question(self, index: int, *, inside: bool) -> _Thresholds | _Mixture:
        known = self._made.recall((index, inside))
        return (
            known if known is not None else self._made.keep((index, inside), self._new(index, inside=inside))
        )

    def _new(self, index: int, *, inside: bool) -> _Thresholds | _Mixture:
        family = self.families[index]
        if inside:
            return _Mixture(index, np.eye(self.layout.sizes[index]), None)
        if not isinstance(family, DenseFamily):
            return _thresholds(family, self.layout)
        if len(family.parents) != 1:
            raise ValueError(f"{self.layout.names[index]} is no question of rows")
        return _Mixture(family.parents[0], family.p.T, self.layout.offsets[index])


class _Terms:
    """Rows gathered for many questions, and how much each counts for their answers."""

    def __init__(self, row: Floats, beliefs: Floats, layout: Layout) -> None:
        self.row, self.beliefs, self.layout = row, beliefs, layout
        # Many questions share rows, above all "any answer", which is the row itself: each is run once.
        self.place_of = {row.tobytes(): 0}
        # By variable put into its states: which of them is left out depends on the beliefs alone.
        self.places_of: dict[int, list[int]] = {}
        self.rows: list[Floats] = []
        self.blocks: list[tuple[int, list[int], Floats]] = []
        self.first_answer: dict[int, tuple[int, int]] = {}
        self.n_answers = 0

    def asked(self) -> Asked:
        """Return what was gathered."""
        mix = np.zeros((self.n_answers, 1 + len(self.rows)))
        for first, places, shares in self.blocks:
            block = mix[first : first + len(shares)]
            if len(set(places)) == len(places):
                block[:, places] += shares
            else:
                for place, column in zip(places, shares.T, strict=True):
                    block[:, place] += column
        rows = np.array(self.rows).reshape(len(self.rows), self.layout.n_slots)
        return Asked(rows, mix, self.first_answer)

    def add_thresholds(self, index: int, question: _Thresholds) -> None:
        """Add a noisy question."""
        factors, shares = question.factors, question.shares
        if question.gates.shape[1]:
            is_open = (self.row[question.gates] > 0).all(axis=1)
            factors, shares = factors[is_open], shares[:, is_open]
        first = self._start(index, len(shares))
        self.blocks.append((first, self._places(self.row * factors), shares))

    def add_mixture(self, index: int, question: _Mixture, *, by_state: bool) -> None:
        """Add a question whose answers are mixtures over a variable's states."""
        span = self.layout.span(question.over)
        n_answers = len(question.mix)
        # What a row is multiplied by: one state, or one answer's probability in each state.
        likely = self.beliefs[span].copy() if by_state else question.mix @ self.beliefs[span]
        rest = int(likely.argmax())
        shares = question.mix if by_state else np.eye(n_answers)
        if question.own is not None:
            shares = shares * self.row[question.own : question.own + n_answers, None]
        whole = shares[:, rest : rest + 1] if likely[rest] > 0 else np.zeros((n_answers, 1))
        likely[rest] = 0.0
        numbers = np.flatnonzero(likely > 0)
        # Questions over the states of one variable share their rows.
        places = self.places_of.get(question.over) if by_state else None
        if places is None:
            factors = np.eye(len(likely))[numbers] if by_state else question.mix[numbers]
            asked = np.repeat(self.row[None, :], len(numbers), axis=0)
            asked[:, span] *= factors
            places = self._places(asked)
            if by_state:
                self.places_of[question.over] = places
        first = self._start(index, n_answers)
        self.blocks.append((first, [0, *places], np.hstack([whole, shares[:, numbers] - whole])))

    def _places(self, asked: Floats) -> list[int]:
        """Return the place of each row, shape (any, S): behind all others if it is a new one."""
        places = []
        for row in asked:
            place = self.place_of.setdefault(row.tobytes(), 1 + len(self.rows))
            if place == 1 + len(self.rows):
                self.rows.append(row)
            places.append(place)
        return places

    def _start(self, index: int, n_answers: int) -> int:
        """Make room for a question's answers; return the number of the first."""
        first = self.n_answers
        self.n_answers += n_answers
        self.first_answer[index] = (first, self.n_answers)
        return first


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


def _better_by_state(
    questions: Iterable[_Thresholds | _Mixture], beliefs: Floats, layout: Layout
) -> set[int]:
    """Return the variables for which a row per state takes fewer rows than one per answer."""
    n_answers: dict[int, int] = {}
    for question in questions:
        if isinstance(question, _Mixture):
            n_answers[question.over] = n_answers.get(question.over, 0) + len(question.mix) - 1
    return {
        over for over, count in n_answers.items() if int((beliefs[layout.span(over)] > 0).sum()) - 1 < count
    }


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


def _thresholds(family: LinkFamily, layout: Layout) -> _Thresholds:
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
    return _Thresholds(factors, slots, shares)
