"""What watching found: the whole first, then answers and numbers, those with the highest odds first."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

from bayesdiag.model.numbers import Number


@dataclass(frozen=True, slots=True)
class Verdict:
    """Odds against the model.

    Attributes:
        log_e: Natural logarithm of the most that the capital ever came to, from 1.
        log_bar: What that must reach for an alarm.
        alarm: Number of the case after which it did, counted from 0; None where it never did.
    """

    log_e: float
    log_bar: float
    alarm: int | None

    @property
    def p_value(self) -> float:
        """A p-value of this one alone that stays true however often somebody looks: 1/e, at most 1."""
        return min(1.0, exp(-self.log_e))


@dataclass(frozen=True, slots=True)
class SurpriseMonitor:
    """The global monitor: how surprising cases are, beside what the model expects.

    Attributes:
        verdict: The odds against the model.
        answers: Weight of the answers scored.
        mean: Mean -ln P(answer | what was known before it).
        expected: What it should be by the model.
        z: The sum less what it should be, in its standard deviations.
    """

    verdict: Verdict
    answers: float
    mean: float
    expected: float
    z: float


@dataclass(frozen=True, slots=True)
class AnswerMonitor:
    """A node monitor: how often a variable was seen in a state.

    Attributes:
        variable: The variable.
        state: The state with the highest odds.
        verdict: The odds against the model.
        answers: Weight of the cases in which the variable was seen.
        seen: Share of them in this state.
        expected: What that share should be, given what was known before each answer.
        z: Surprise of all its answers in standard deviations, given what was known before each.
        z_alone: The same by what is given alone; means nothing where it was asked because of other answers.
        since: From which case on it gained most, counted from 0; None where there is none.
    """

    variable: str
    state: str
    verdict: Verdict
    answers: float
    seen: float
    expected: float
    z: float
    z_alone: float
    since: int | None


@dataclass(frozen=True, slots=True)
class ColumnMonitor:
    """A parent-child monitor: one number of a table, beside what cases say of it.

    Attributes:
        number: The number of its column with the highest odds.
        verdict: The odds against the model.
        since: From which case on it gained most, counted from 0; None where there is none.
        cases: Weight of the cases from then on.
        uses: How often the column is expected to have been used by them.
        seen: Share of these uses that came to the state, by what is known of the cases.
        expected: What that share should be by the model for cases of which only what is given is known.
        now: The number that would make these cases likeliest, if it alone moved.
    """

    number: Number
    verdict: Verdict
    since: int | None
    cases: float
    uses: float
    seen: float
    expected: float
    now: float


@dataclass(frozen=True)
class Watch:
    """Are the cases still those the model expects?

    Attributes:
        alpha: P(any alarm at all | the model is true), at most, however long the stream.
        overall: Of everything together.
        surprise: The global monitor.
        answers: Node monitors, those with the highest odds first.
        columns: Parent-child monitors, likewise.
        n_cases: Weight of the cases looked at.
        order: Number of each of them among the cases given, in the order in which they were looked at.
        impossible: Places in that order of cases that the model says cannot be.
        unsure: How many unsure findings were taken as they are and not scored.
        labels: How many confirmed and excluded causes were not looked at.
        first: When the first was; empty where not told.
        last: When the last was.
    """

    alpha: float
    overall: Verdict
    surprise: SurpriseMonitor
    answers: tuple[AnswerMonitor, ...]
    columns: tuple[ColumnMonitor, ...]
    n_cases: float
    order: tuple[int, ...]
    impossible: tuple[int, ...]
    unsure: int
    labels: int
    first: str
    last: str

    @property
    def has_alarm(self) -> bool:
        """Whether the cases are not those that the model expects."""
        return self.overall.alarm is not None or bool(self.impossible)

    @property
    def drifting(self) -> tuple[ColumnMonitor, ...]:
        """The columns that raise an alarm by themselves."""
        return tuple(column for column in self.columns if column.verdict.alarm is not None)

    @property
    def odd_answers(self) -> tuple[AnswerMonitor, ...]:
        """The variables that raise an alarm by themselves."""
        return tuple(answer for answer in self.answers if answer.verdict.alarm is not None)
