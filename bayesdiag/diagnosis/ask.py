"""Next-best question: what an answer would tell about who is responsible, against its price."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import prod
from typing import Unpack

import numpy as np

from bayesdiag.diagnosis.rank import RankedCause
from bayesdiag.diagnosis.steps import Asking, asking_minutes, is_mandatory, step_price, turns
from bayesdiag.diagnosis.unsolved import Unsolved
from bayesdiag.engine.information import cause_entropies
from bayesdiag.engine.layout import Floats, Layout
from bayesdiag.engine.network import Inquiry
from bayesdiag.model import Variable

CLEAR = 0.95
"""A first cause this likely needs no further question."""
LEAST_VALUE = 0.03
"""Bits below which a question is not worth a person's attention."""


@dataclass(frozen=True, slots=True)
class QuestionValue:
    """What asking one question is worth now.

    Attributes:
        id: The variable asked about.
        value: Bits: the sum over causes of the mutual information between the answer and "which
            state of this cause is responsible, or none".
        minutes: Time it takes, what must be opened for it included.
        money: Money it takes, the same.
        score: value / (minutes + money/rate + 0.5).
        p_answers: P(answer | findings, premise) of each state, in order.
        is_estimated: Whether value and probabilities are estimated, to about 0.02: exact ones would
            take too long after so many findings. After repairs that did not help it is to about 0.02
            over the square root of P(not solved by them).
        is_mandatory: Whether it must be asked, whatever it is worth.
        is_skipped: Whether it was put off; it then stands behind all that were not.
    """

    id: str
    value: float
    minutes: float
    money: float
    score: float
    p_answers: tuple[float, ...]
    is_estimated: bool = False
    is_mandatory: bool = False
    is_skipped: bool = False


def valued_questions(
    inquiry: Inquiry | Unsolved,
    questions: Sequence[Variable],
    done: Collection[str] = (),
    **asking: Unpack[Asking],
) -> tuple[QuestionValue, ...]:
    """Return all open questions: the mandatory ones, then the one most worth its price, last those put off.

    Args:
        inquiry: The findings' inquiry; it must have been made for these questions.
        questions: What can be asked.
        done: Steps that were done, see `steps.steps_done`.
        asking: See `steps.Asking`.
    """
    answers = inquiry.answers()
    layout = inquiry.network.layout
    first = layout.n_states
    told = (answers.before[None, first:], *(answers.beliefs[one.id][:, first:] for one in questions))
    left = cause_entropies(np.vstack(told), layout.first_events)
    ends = 1 + np.cumsum([len(answers.p[one.id]) for one in questions], dtype=np.int64)
    valued = []
    for variable, end in zip(questions, ends.tolist(), strict=True):
        p = answers.p[variable.id]
        after = float(p @ left[end - len(p) : end])
        # Mutual information is never negative; what rounding leaves below zero is nothing.
        value = max(0.0, float(left[0]) - after)
        model = inquiry.network.model
        price = step_price(model, [variable], done)
        score = value / asking_minutes(model, price)
        flags = (is_mandatory(variable, **asking), variable.id in asking.get("skipped", ()))
        how = (tuple(map(float, p)), answers.is_estimated, *flags)
        valued.append(QuestionValue(variable.id, value, price.minutes, price.money, score, *how))
    turn_of = turns(questions, **asking)
    return tuple(sorted(valued, key=lambda question: (turn_of[question.id], -question.score)))


def worth_asking(questions: Sequence[QuestionValue], causes: Sequence[RankedCause]) -> QuestionValue | None:
    """Return the next question, or None by the stop rule.

    It stops when the first cause is as good as certain, or when no question tells more than next to
    nothing; not before every mandatory question was asked.
    """
    if not causes:
        return None
    is_clear = causes[0].responsibility >= CLEAR
    return next(
        (one for one in questions if one.is_mandatory or (one.value >= LEAST_VALUE and not is_clear)), None
    )


def entropy_bits(beliefs: Floats, layout: Layout) -> Floats:
    """Return the sum over causes of the entropy of "which state of it is responsible, or none".

    Args:
        beliefs: Shape (…, S).
        layout: Where they stand.
    """
    events = beliefs[..., layout.n_states :]
    rows = np.ascontiguousarray(events).reshape(prod(events.shape[:-1]), events.shape[-1])
    return cause_entropies(rows, layout.first_events).reshape(events.shape[:-1])


def plogp(p: Floats) -> Floats:
    """Return p · log2 p of probabilities of any shape, 0 where p is 0."""
    bits = np.zeros_like(p)
    np.log2(p, out=bits, where=p > 0)
    return np.asarray(p * bits)
