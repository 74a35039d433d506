"""Next-best question: what an answer would tell about who is responsible, against its price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayesdiag.diagnosis.steps import question_price
from bayesdiag.engine.layout import Floats, Layout
from bayesdiag.engine.network import Inquiry
from bayesdiag.model import Variable


@dataclass(frozen=True, slots=True)
class QuestionValue:
    """What asking one question is worth now.

    Attributes:
        id: The variable asked about.
        value: Bits: the sum over causes of the mutual information between the answer and "which
            state of this cause is responsible, or none".
        minutes: Time it takes.
        money: Money it takes.
        score: value / (minutes + money/rate + 0.5).
        p_answers: P(answer | findings, premise) of each state, in order.
    """

    id: str
    value: float
    minutes: float
    money: float
    score: float
    p_answers: tuple[float, ...]


def valued_questions(
    inquiry: Inquiry, questions: Sequence[Variable], beliefs: Floats
) -> tuple[QuestionValue, ...]:
    """Return all open questions, the one most worth its price first.

    Args:
        inquiry: The findings' inquiry; it must have been made for these questions.
        questions: What can be asked.
        beliefs: Beliefs given the findings, shape (S,).
    """
    answers = inquiry.answers()
    layout = inquiry.network.layout
    before = entropy_bits(beliefs, layout)
    valued = []
    for variable in questions:
        p = answers.p[variable.id]
        after = sum(
            float(share) * entropy_bits(given, layout)
            for share, given in zip(p, answers.beliefs[variable.id], strict=True)
            if share > 0
        )
        # Mutual information is never negative; what rounding leaves below zero is nothing.
        value = max(0.0, before - after)
        question = variable.question
        minutes, money = (question.minutes, question.money) if question else (0.0, 0.0)
        score = value / question_price(inquiry.network.model, variable)
        valued.append(QuestionValue(variable.id, value, minutes, money, score, tuple(map(float, p))))
    return tuple(sorted(valued, key=lambda question: -question.score))


def entropy_bits(beliefs: Floats, layout: Layout) -> float:
    """Return the sum over causes of the entropy of "which state of it is responsible, or none"."""
    total = 0.0
    events_of: dict[int, list[int]] = {}
    for (cause, _), event in layout.event_slot_of.items():
        events_of.setdefault(cause, []).append(event)
    for events in events_of.values():
        p = np.clip(beliefs[events], 0.0, 1.0)
        p = np.append(p, max(0.0, 1 - p.sum()))
        p = p[p > 0]
        total -= float((p * np.log2(p)).sum())
    return total
