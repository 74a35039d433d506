"""Two questions together: a two-step look-ahead for those that tell little alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from typing import Unpack

import numpy as np

from bayesdiag.case import Evidence
from bayesdiag.diagnosis.ask import LEAST_VALUE, QuestionValue, entropy_bits, valued_questions
from bayesdiag.diagnosis.steps import (
    LEAST_PRICE,
    Asking,
    check_asking,
    check_untried,
    open_questions,
    question_price,
    step_price,
    steps_done,
)
from bayesdiag.engine.network import CompiledNetwork, Inquiry
from bayesdiag.model import Model, Variable

WIDTH = 8
"""Questions whose every answer is looked behind for a second one."""
RARE = 1e-9
"""An answer less probable than this is not looked behind: it could add some bits times that."""


@dataclass(frozen=True, slots=True)
class PairValue:
    """What two questions tell together.

    Attributes:
        ids: The variables asked about, the one to ask first first.
        value: Bits, as `QuestionValue.value`, of both answers together; where the first answer
            rules the second question out, of the first alone.
        alone: What each tells by itself.
        minutes: Time both take.
        money: Money both take.
        score: value / (price of both).
        is_estimated: Whether these are estimated.
    """

    ids: tuple[str, str]
    value: float
    alone: tuple[float, float]
    minutes: float
    money: float
    score: float
    is_estimated: bool = False

    @property
    def extra(self) -> float:
        """Bits that both tell beyond the sum of what each tells: below 0 where they say the same."""
        return self.value - sum(self.alone)


def valued_pairs(
    network: CompiledNetwork,
    evidence: Evidence,
    *,
    width: int | None = WIDTH,
    **asking: Unpack[Asking],
) -> tuple[PairValue, ...]:
    """Return pairs of open questions, the most worth its price first.

    value(X, Y) = H − Σ P(x) Σ P(y | x) H(after x, y): what Y tells after each answer of X is all
    answers of one more inquiry. Either order gives the same unless an answer closes the other question.

    Args:
        network: A compiled model with causes and a premise.
        evidence: What was seen.
        width: How many first questions are looked behind, the cheapest and those most worth their
            price by turns; None: all.
        asking: See `steps.Asking`; pairs with a question put off come last.

    Returns:
        Every pair one of which was looked behind, once; none where the findings cannot occur together.

    Raises:
        TooLarge: Exact inference needs too much memory.
    """
    check_asking(network.model, **asking)
    check_untried("what two questions tell together", **asking)
    questions = open_questions(network.model, evidence, **asking)
    inquiry = _inquiry(network, evidence, questions)
    if inquiry.log_evidence(inquiry.row[None, :])[0] == -np.inf:
        return ()
    done = steps_done(network.model, evidence)
    valued = {value.id: value for value in valued_questions(inquiry, questions, done)}
    before = _before(inquiry)
    found: dict[frozenset[str], PairValue] = {}
    prices = {question.id: question_price(network.model, question, done) for question in questions}
    for first in _first(list(valued.values()), prices, width):
        left, is_estimated = _left_after(network, evidence, first, questions, inquiry)
        for second, bits in left.items():
            pair = _pair(network.model, (first, valued[second]), before - bits, done)
            pair = replace(pair, is_estimated=is_estimated)
            known = found.get(frozenset(pair.ids))
            if known is None or pair.value > known.value:
                found[frozenset(pair.ids)] = pair
    put_off = set(asking.get("skipped", ()))
    return tuple(sorted(found.values(), key=lambda pair: (bool(put_off & set(pair.ids)), -pair.score)))


def worth_asking_together(pairs: Sequence[PairValue], questions: Sequence[QuestionValue]) -> PairValue | None:
    """Return two questions that are better asked together than any one alone, or None.

    Together they must tell more than the sum of each, by what a question must be worth at least;
    and more for their price than the best single question. Mandatory questions come before any pair,
    and so do all questions worth asking before a pair that was put off.

    Args:
        pairs: Pairs, the most worth its price first.
        questions: Single questions.
    """
    if any(one.is_mandatory for one in questions):
        return None
    scores = [one.score for one in questions if one.value >= LEAST_VALUE and not one.is_skipped]
    least = max(scores, default=0.0)
    put_off = {one.id for one in questions if one.is_skipped} if scores else set()
    return next(
        (
            pair
            for pair in pairs
            if pair.extra >= LEAST_VALUE and pair.score > least and put_off.isdisjoint(pair.ids)
        ),
        None,
    )


def _inquiry(network: CompiledNetwork, evidence: Evidence, questions: Sequence[Variable]) -> Inquiry:
    row = network.rows([evidence], premise=True)[0]
    causes = [variable.id for variable in network.model.of_kind("cause")]
    return network.inquire(row, [question.id for question in questions], causes)


def _before(inquiry: Inquiry) -> float:
    return float(entropy_bits(inquiry.answers().before, inquiry.network.layout))


def _first(
    valued: Sequence[QuestionValue], prices: Mapping[str, float], width: int | None
) -> list[QuestionValue]:
    """Return the questions to look behind: a cheap one often makes another one tell something."""
    cheapest = sorted(valued, key=lambda value: prices[value.id])
    turns = chain.from_iterable(zip_longest(valued, cheapest))
    return list(dict.fromkeys(value for value in turns if value is not None))[:width]


def _left_after(
    network: CompiledNetwork,
    evidence: Evidence,
    first: QuestionValue,
    questions: Sequence[Variable],
    inquiry: Inquiry,
) -> tuple[dict[str, float], bool]:
    """Return the bits of doubt left after one question and each other one, and whether estimated."""
    layout, told = network.layout, inquiry.answers()
    others = [question for question in questions if question.id != first.id]
    left, is_estimated = dict.fromkeys((question.id for question in others), 0.0), told.is_estimated
    states = network.model.variable_of[first.id].state_ids
    for number, (state, p) in enumerate(zip(states, first.p_answers, strict=True)):
        doubt = float(entropy_bits(told.beliefs[first.id][number], layout))
        if p <= RARE:
            left = {name: bits + p * doubt for name, bits in left.items()}
            continue
        known = Evidence(network.model, {**evidence.findings, first.id: state})
        still = [question for question in open_questions(network.model, known) if question.id in left]
        answers = _inquiry(network, known, still).answers()
        is_estimated = is_estimated or answers.is_estimated
        after = {
            one.id: float(answers.p[one.id] @ entropy_bits(answers.beliefs[one.id], layout)) for one in still
        }
        left = {name: bits + p * after.get(name, doubt) for name, bits in left.items()}
    return left, is_estimated


def _pair(
    model: Model, both: tuple[QuestionValue, QuestionValue], value: float, done: Collection[str]
) -> PairValue:
    """Return a pair in the cheaper of its orders, with its price: what both need open is opened once.

    Where one answer may close the other question, only the order that was looked at has this value.
    """
    value = max(0.0, value)  # what rounding leaves below zero is nothing
    orders = [both] if _may_close(model, both) else [both, both[::-1]]
    priced = [
        (step_price(model, [model.variable_of[one.id] for one in order], done), order) for order in orders
    ]
    price, both = min(priced, key=lambda one: model.cost(one[0].minutes, one[0].money, one[0].wait_minutes))
    money = price.money / model.money_per_minute if model.money_per_minute else 0.0
    score = value / (price.minutes + money + 2 * LEAST_PRICE)
    first, second = both
    alone = (first.value, second.value)
    return PairValue((first.id, second.id), value, alone, price.minutes, price.money, score)


def _may_close(model: Model, both: tuple[QuestionValue, QuestionValue]) -> bool:
    """Whether an answer to one question may leave the other unasked."""
    first, second = (model.variable_of[one.id] for one in both)
    return any(
        one.question is not None and other.id in one.question.requires
        for one, other in ((first, second), (second, first))
    )
