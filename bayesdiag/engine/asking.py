"""Many questions laid out flat, so that their rows are gathered in one compiled pass.

A *choice* is what a row may be multiplied by: one state of a variable, the probability of one
answer in each state, or a threshold of a noisy question. Which of them are run depends on the row
and its beliefs: what changes nothing is the row itself, and what several questions need is run once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from bayesdiag.engine.layout import Floats, Ints

NONE = -1


@dataclass(frozen=True, slots=True)
class Thresholds:
    """One noisy question's rows.

    Attributes:
        factors: What the row asked about is multiplied by, shape (R, S).
        gates: Slots that must be possible for a row to be asked, shape (R, gates).
        shares: How much each row counts for each answer, shape (answers, R).
    """

    factors: Floats
    gates: Ints
    shares: Floats


@dataclass(frozen=True, slots=True)
class Mixture:
    """One question whose answers are mixtures over the states of one variable in the program.

    Attributes:
        over: First slot of that variable.
        mix: P(answer | state), shape (answers, states).
        own: First slot of the answers where what is known of the question counts as well, or `NONE`.
    """

    over: int
    mix: Floats
    own: int


class Choices(NamedTuple):
    """What rows may be multiplied by.

    Attributes:
        first: Where each choice's slots start, shape (choices + 1,).
        slots: Slots that it changes.
        factors: What it multiplies them by.
    """

    first: Ints
    slots: Ints
    factors: Floats


class Rows(NamedTuple):
    """The rows of all noisy questions.

    Attributes:
        choice: What each row is multiplied by, shape (R,).
        first_gate: Where each row's gates start, shape (R + 1,).
        gates: Slots that must be possible for it to be asked.
        first_share: Where each row's shares start, shape (R + 1,).
        answers: The answer that a share belongs to.
        shares: How much the row counts for that answer.
    """

    choice: Ints
    first_gate: Ints
    gates: Ints
    first_share: Ints
    answers: Ints
    shares: Floats


class Mixtures(NamedTuple):
    """All questions that are mixtures, Q of them.

    Attributes:
        over: First slot of the variable each is over, shape (Q,).
        n_states: Number of its states, shape (Q,).
        own: As in `Mixture`, shape (Q,).
        first_answer: Each one's first answer, shape (Q,).
        n_answers: Number of its answers, shape (Q,).
        first_mix: Where its numbers start, shape (Q + 1,).
        mix: P(answer | state), the states of an answer together.
        state_choice: The choice "its first state", followed by the others, shape (Q,).
        answer_choice: The choice "its first answer", followed by the others, shape (Q,).
    """

    over: Ints
    n_states: Ints
    own: Ints
    first_answer: Ints
    n_answers: Ints
    first_mix: Ints
    mix: Floats
    state_choice: Ints
    answer_choice: Ints


class Bundle(NamedTuple):
    """Many questions laid out flat.

    Attributes:
        choices: What rows may be multiplied by.
        rows: The noisy questions' rows.
        mixtures: The other questions.
        first_answer: Each question's first answer, shape (questions + 1,); their order is that of
            the questions.
    """

    choices: Choices
    rows: Rows
    mixtures: Mixtures
    first_answer: Ints


def bundle_of(questions: Sequence[Thresholds | Mixture]) -> Bundle:
    """Return questions laid out flat."""
    n_answers = [len(one.mix if isinstance(one, Mixture) else one.shares) for one in questions]
    first_answer = _starts(n_answers)
    choices = _Choices()
    # Mixtures come first, so that a gate's state is found among their choices.
    mixtures = _mixtures(questions, first_answer, choices)
    rows = _rows(questions, first_answer, choices)
    return Bundle(choices.flat(), rows, mixtures, first_answer)


# ── inside ────────────────────────────────────────────────────────────────────────────────────


@dataclass
class _Choices:
    """Choices as they are laid out; thresholds and states that are alike are one."""

    slots: list[Ints] = field(default_factory=list)
    factors: list[Floats] = field(default_factory=list)
    known: dict[tuple[bytes, bytes], int] = field(default_factory=dict)
    first_state: dict[int, int] = field(default_factory=dict)

    def states(self, over: int, n_states: int) -> int:
        """Return the choice "the variable with this first slot is in its first state", others behind it."""
        known = self.first_state.get(over)
        if known is not None:
            return known
        nothing, span = np.zeros(n_states - 1), np.arange(over, over + n_states)
        # They stand one behind the other, as nothing before them speaks of this variable's slots.
        choices = [self.choice(np.delete(span, state), nothing) for state in range(n_states)]
        self.first_state[over] = choices[0]
        return choices[0]

    def answers(self, question: Mixture) -> int:
        """Return the choice "the first answer", others behind it."""
        first, n_states = len(self.slots), question.mix.shape[1]
        if np.array_equal(question.mix, np.eye(n_states)):
            return self.states(question.over, n_states)
        self.slots += [np.arange(question.over, question.over + n_states)] * len(question.mix)
        self.factors += list(question.mix)
        return first

    def choice(self, slots: Ints, factors: Floats) -> int:
        """Return the choice that changes these slots so."""
        choice = self.known.setdefault((slots.tobytes(), factors.tobytes()), len(self.slots))
        if choice == len(self.slots):
            self.slots.append(slots)
            self.factors.append(factors)
        return choice

    def flat(self) -> Choices:
        """Return them laid out flat."""
        first = _starts([len(slots) for slots in self.slots])
        return Choices(first, _joined(self.slots, np.int64), _joined(self.factors))


def _mixtures(questions: Sequence[Thresholds | Mixture], first_answer: Ints, choices: _Choices) -> Mixtures:
    numbers = [number for number, one in enumerate(questions) if isinstance(one, Mixture)]
    told = [one for one in questions if isinstance(one, Mixture)]
    sizes = np.array([one.mix.shape for one in told], dtype=np.int64).reshape(-1, 2)
    return Mixtures(
        np.array([one.over for one in told], dtype=np.int64),
        np.ascontiguousarray(sizes[:, 1]),
        np.array([one.own for one in told], dtype=np.int64),
        first_answer[numbers],
        np.ascontiguousarray(sizes[:, 0]),
        _starts([one.mix.size for one in told]),
        _joined([one.mix.ravel() for one in told]),
        np.array([choices.states(one.over, one.mix.shape[1]) for one in told], dtype=np.int64),
        np.array([choices.answers(one) for one in told], dtype=np.int64),
    )


def _rows(questions: Sequence[Thresholds | Mixture], first_answer: Ints, choices: _Choices) -> Rows:
    choice: list[int] = []
    gates: list[Ints] = []
    answers: list[Ints] = []
    shares: list[Floats] = []
    for question, first in zip(questions, first_answer, strict=False):
        if isinstance(question, Mixture):
            continue
        gates += list(question.gates)
        for factors, counts in zip(question.factors, question.shares.T, strict=True):
            changed, counted = np.flatnonzero(factors != 1.0), np.flatnonzero(counts)
            choice.append(choices.choice(changed, factors[changed]))
            answers.append(first + counted)
            shares.append(counts[counted])
    return Rows(
        np.array(choice, dtype=np.int64),
        _starts([len(one) for one in gates]),
        _joined(gates, np.int64),
        _starts([len(one) for one in shares]),
        _joined(answers, np.int64),
        _joined(shares),
    )


def _starts(counts: Sequence[int]) -> Ints:
    """Return where each of some things starts that stand behind each other, and where the last ends."""
    return np.concatenate([[0], np.cumsum(np.array(counts, dtype=np.int64))]).astype(np.int64)


def _joined(arrays: Sequence[Any], dtype: type = np.float64) -> Any:
    """Return arrays behind each other, also where there are none."""
    return np.concatenate([np.zeros(0, dtype), *arrays])
