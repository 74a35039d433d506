"""What a question tells about chosen causes: does one of them, or none, have a part in the failure?

The group is one hypothesis, to be ruled in or out; `ask` values questions about all causes at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Unpack

import numpy as np

from bayesdiag.case import Evidence
from bayesdiag.diagnosis.ask import CLEAR, LEAST_VALUE, plogp
from bayesdiag.diagnosis.steps import (
    Asking,
    asking_minutes,
    check_untried,
    is_mandatory,
    open_questions,
    step_price,
    steps_done,
    turns,
)
from bayesdiag.engine.layout import Floats
from bayesdiag.engine.network import CompiledNetwork, Inquiry
from bayesdiag.errors import EvidenceError, Fault, known_names
from bayesdiag.model import Finding

Target = str | Finding
"""A cause in any of its states, or a cause and one state."""


@dataclass(frozen=True, slots=True)
class AboutValue:
    """What asking one question tells about the chosen causes.

    Attributes:
        id: The variable asked about.
        value: Bits: the mutual information between the answer and "one of them took part".
        score: value / (minutes + money/rate + 0.5).
        minutes: Time it takes.
        money: Money it takes.
        p_answers: P(answer | findings, premise) of each state, in order.
        p_after: P(one of them took part | that answer too), in the same order; what it was before
            where an answer cannot come.
        is_estimated: Whether these are estimated, to about 0.02.
        is_mandatory: Whether it must be asked, whatever it tells.
        is_skipped: Whether it was put off.
    """

    id: str
    value: float
    score: float
    minutes: float
    money: float
    p_answers: tuple[float, ...]
    p_after: tuple[float, ...]
    is_estimated: bool = False
    is_mandatory: bool = False
    is_skipped: bool = False

    @property
    def rules_in(self) -> int:
        """Number of the answer that speaks most for them."""
        return int(np.argmax(self.p_after))

    @property
    def rules_out(self) -> int:
        """Number of the answer that speaks most against them."""
        return int(np.argmin(self.p_after))


@dataclass(frozen=True, slots=True)
class About:
    """Chosen causes, how likely it is that one of them took part, and what would tell.

    Attributes:
        causes: The cause states that make up the group.
        p: P(at least one of them took part | findings, premise).
        questions: The mandatory ones, then the most worth its price first, last those put off.
    """

    causes: tuple[Finding, ...]
    p: float
    questions: tuple[AboutValue, ...]


def valued_about(
    network: CompiledNetwork,
    evidence: Evidence,
    targets: Sequence[Target],
    **asking: Unpack[Asking],
) -> About:
    """Return what every open question tells about a cause, or about a group of causes.

    Args:
        network: A compiled model with causes and a premise.
        evidence: What was seen.
        targets: The causes; several are one group, "at least one of them took part".
        asking: See `steps.Asking`.

    Returns:
        The group and its questions; p 0 and no questions where the findings cannot occur together.

    Raises:
        EvidenceError: A target is no cause, or can never take part; or repairs were tried.
        TooLarge: Exact inference needs too much memory.
    """
    model = network.model
    check_untried("what tells about chosen causes", **asking)
    group = target_states(network, targets)
    questions = open_questions(model, evidence, **asking)
    row = network.rows([evidence], premise=True)[0]
    causes = [variable.id for variable in model.of_kind("cause")]
    inquiry = network.inquire(row, [question.id for question in questions], causes)
    nobody = _without(inquiry, group)
    log_all, log_nobody = (float(one.log_evidence(one.row[None, :])[0]) for one in (inquiry, nobody))
    if log_all == -np.inf:
        return About(group, 0.0, ())
    p_nobody = float(np.exp(min(log_nobody - log_all, 0.0)))
    told = inquiry.answers()
    told_nobody = nobody.answers() if p_nobody > 0 else None
    done = steps_done(model, evidence)
    values = []
    for question in questions:
        p = told.p[question.id]
        joint = np.zeros(len(p)) if told_nobody is None else told_nobody.p[question.id] * p_nobody
        found = _value(question.id, p, np.minimum(joint, p), is_estimated=told.is_estimated)
        price = step_price(model, [question], done)
        score = found.value / asking_minutes(model, price)
        found = replace(found, score=score, minutes=price.minutes, money=price.money)
        is_skipped = question.id in asking.get("skipped", ())
        values.append(replace(found, is_mandatory=is_mandatory(question, **asking), is_skipped=is_skipped))
    turn_of = turns(questions, **asking)
    return About(
        group, 1 - p_nobody, tuple(sorted(values, key=lambda value: (turn_of[value.id], -value.score)))
    )


def worth_asking_about(about: About) -> AboutValue | None:
    """Return the next question about the group, or None by the stop rule.

    It stops when the group is as good as ruled in or out, or when no question tells more than next to
    nothing; not before every mandatory question was asked.
    """
    is_open = 1 - CLEAR < about.p < CLEAR
    return next(
        (one for one in about.questions if one.is_mandatory or (one.value >= LEAST_VALUE and is_open)), None
    )


def target_states(network: CompiledNetwork, targets: Sequence[Target]) -> tuple[Finding, ...]:
    """Return the cause states that targets mean, each once, in the order named.

    Raises:
        EvidenceError: With every target that is no cause, or that can never take part.
    """
    found: dict[Finding, None] = {}
    faults: list[Fault] = []
    for target in targets:
        states = _states(network, target)
        if isinstance(states, Fault):
            faults.append(states)
        else:
            found.update(dict.fromkeys(states))
    if faults:
        raise EvidenceError(faults)
    if not found:
        raise EvidenceError([Fault((), "no cause is named", "Name at least one cause.")])
    return tuple(found)


def _states(network: CompiledNetwork, target: Target) -> Sequence[Finding] | Fault:
    """Return the states of one target that can take part, or what is wrong with it."""
    name, state = (target, None) if isinstance(target, str) else target
    model, layout = network.model, network.layout
    causes = [variable.id for variable in model.of_kind("cause")]
    if name not in causes:
        found = "this is no cause" if name in model.variable_of else "no variable has this name"
        return Fault((name,), found, known_names(name, causes, "causes"))
    states = model.variable_of[name].state_ids
    if state is not None and state not in states:
        told = known_names(state, states[1:], f"states of {name}")
        return Fault((name,), f'"{state}" is not one of its states', told)
    index = layout.index_of[name]
    able = [s for number, s in enumerate(states) if (index, number) in layout.event_slot_of]
    chosen = [(name, s) for s in able if state in (None, s)]
    if not chosen:
        found = "no link of it leads into a stage, so it can never take part in a failure"
        told = (
            known_names(state or "", able, f"states of {name} that can") if able else "Choose another cause."
        )
        return Fault((name,) if state is None else (name, state), found, told)
    return chosen


def _without(inquiry: Inquiry, group: Sequence[Finding]) -> Inquiry:
    """Return the inquiry with "none of them took part" added to what is known.

    That is zeros in their responsibility slots: one more row, and the questions' rows on it.
    """
    row = inquiry.row.copy()
    row[[inquiry.network.layout.responsible(*state) for state in group]] = 0.0
    return replace(inquiry, row=row)


def _value(name: str, p: Floats, p_nobody: Floats, *, is_estimated: bool) -> AboutValue:
    """Return what one question tells, its price left out.

    Args:
        name: The variable asked about.
        p: P(answer), shape (answers,).
        p_nobody: P(answer, none of them took part), shape (answers,).
        is_estimated: Whether both are estimated.
    """
    joint = np.stack([p - p_nobody, p_nobody])
    whole = joint.sum(axis=1)
    bits = plogp(joint).sum() - plogp(p).sum() - plogp(whole).sum()
    # Mutual information is never negative; what rounding leaves below zero is nothing.
    value = max(0.0, float(bits))
    after = np.divide(joint[0], p, out=np.full(len(p), whole[0]), where=p > 0)
    told = (tuple(map(float, p)), tuple(map(float, after)))
    return AboutValue(name, value, 0.0, 0.0, 0.0, *told, is_estimated)
