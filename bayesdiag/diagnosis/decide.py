"""Whether a question pays: what the plan is expected to cost now, and what it costs once the answer is known.

Cost is work, waiting at its weight, and money at its rate; what no repair solves is handed over at a price.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Unpack

import numpy as np

from bayesdiag.case import Evidence, Observed
from bayesdiag.diagnosis.plan import planned, solved_after
from bayesdiag.diagnosis.steps import (
    Asking,
    check_asking,
    check_untried,
    is_mandatory,
    is_shown_first,
    open_questions,
    open_repairs,
    step_price,
    steps_done,
    turns,
)
from bayesdiag.diagnosis.strategy import Action, Stop, single_fault
from bayesdiag.diagnosis.strategy.orders import Batch, greedy
from bayesdiag.engine.layout import Floats
from bayesdiag.engine.network import CompiledNetwork, Inquiry
from bayesdiag.errors import Fault, InvalidModel
from bayesdiag.model import Model, Repair, Variable

WIDTH = 8
"""Questions, the most promising, whose every answer is planned for."""
RARE = 1e-12
"""An answer less probable than this cannot come."""
NOBODY = "none of these"
LEAST_COST = 1e-3
"""Cost below which the quick look takes a step as not quite free."""


@dataclass(frozen=True, slots=True)
class AnswerPlan:
    """What one answer leads to.

    Attributes:
        state: The answer.
        p: P(answer | findings, premise).
        cost: Expected cost from there on.
        steps: Repairs in order, until the case is handed over.
    """

    state: str
    p: float
    cost: float
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuestionSaving:
    """What one question saves.

    Attributes:
        id: The variable asked about.
        price: What asking costs.
        saves: Expected cost without asking, less that with the answer known.
        answers: What each answer that can come leads to.
        is_mandatory: Whether it must be asked, whether it pays or not.
        is_skipped: Whether it was put off.
    """

    id: str
    price: float
    saves: float
    answers: tuple[AnswerPlan, ...]
    is_mandatory: bool = False
    is_skipped: bool = False

    @property
    def gain(self) -> float:
        """What is saved over the price: above 0 asking pays."""
        return self.saves - self.price


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether to ask, to act or to hand the case over, and what each comes to.

    Attributes:
        steps: Repairs in order, until the case is handed over, if nothing is asked.
        act_now: Expected cost of that, ECR.
        hand_over: Price of handing the case over.
        stop: Handing over at once against the best of everything else.
        questions: What was looked behind: the mandatory ones, those that gain most first, those put off.
        unit: "minutes"; the model's currency where a minute is worth nothing.
        n_open: Number of open questions; those not in `questions` looked less promising.
    """

    steps: tuple[str, ...]
    act_now: float
    hand_over: float
    stop: Stop
    questions: tuple[QuestionSaving, ...]
    unit: str
    n_open: int

    @property
    def ask(self) -> QuestionSaving | None:
        """The mandatory question to ask first, else the one that gains most; None where none pays."""
        return next((one for one in self.questions if one.is_mandatory or one.gain > 0), None)

    @property
    def next(self) -> Literal["ask", "act", "hand_over"]:
        """What to do now."""
        if self.ask is not None:
            return "ask"
        return "act" if self.steps else "hand_over"

    @property
    def regret(self) -> float:
        """What is lost by asking nothing more: ECR less the least ECO; 0 where no question pays."""
        return max((one.gain for one in self.questions if one.gain > 0), default=0.0)


@dataclass(frozen=True, slots=True)
class _Course:
    """Repairs until the case is handed over, what that costs, and what it costs to do at least one."""

    repairs: tuple[Repair, ...]
    cost: float
    acting: float


def decided(
    network: CompiledNetwork,
    evidence: Evidence,
    *,
    hand_over: float | None = None,
    width: int | None = WIDTH,
    **asking: Unpack[Asking],
) -> Decision:
    """Return whether asking pays, what it saves, and what stopping now would cost.

    ECR is the expected cost of the plan, cut where handing over is cheaper; ECO of a question is its price
    plus Σ P(answer) · ECR(after it), where the old plan may still be followed.

    Args:
        network: A compiled model with causes and a premise.
        evidence: What was seen; it must be possible.
        hand_over: Price of handing the case over to somebody who always solves it, in the unit of
            `Decision.unit`; that of the model's last resort when None.
        width: How many questions are looked behind, the mandatory ones among them; None: all.
        asking: See `steps.Asking`.

    Raises:
        EvidenceError: A question is named that there is not, or is to be asked first and never; or
            repairs were tried.
        InvalidModel: The model has no last resort, and no price is given; or what is given is no price.
        TooLarge: Exact inference needs too much memory.
    """
    check_asking(network.model, **asking)
    check_untried("whether asking pays", **asking)
    weigher = _Weigher(network, evidence, _hand_over(network.model, hand_over))
    questions = open_questions(network.model, evidence, **asking)
    inquiry = weigher.inquiry(evidence.findings, [question.id for question in questions])
    now = weigher.course(inquiry, evidence)
    turn_of = turns(questions, **asking)
    chosen = questions if width is None else weigher.promising(inquiry, questions, width)
    chosen = [*chosen, *(one for one in questions if turn_of[one.id][0] == 0 and one not in chosen)]
    p = inquiry.answers().p
    savings = [
        replace(
            weigher.saving(question, p[question.id], now),
            is_mandatory=is_mandatory(question, **asking),
            is_skipped=question.id in asking.get("skipped", ()),
        )
        for question in chosen
    ]
    savings.sort(key=lambda saving: (turn_of[saving.id], -saving.gain))
    best = now.cost - max((saving.gain for saving in savings), default=-np.inf)
    return Decision(
        steps=tuple(repair.id for repair in now.repairs),
        act_now=now.cost,
        hand_over=weigher.hand_over,
        stop=Stop(weigher.hand_over, float(min(now.acting, best))),
        questions=tuple(savings),
        unit="minutes" if network.model.money_per_minute else network.model.currency,
        n_open=len(questions),
    )


def step_cost(model: Model, step: Variable | Repair, done: Collection[str] = ()) -> float:
    """Return minutes + wait_weight · waiting + money / rate; money alone where a minute is worth nothing.

    What must be opened for the step, and steps in `done` did not need, is paid with it.
    """
    price = step_price(model, [step], done)
    cost = model.cost(price.minutes, price.money, price.wait_minutes)
    return cost / model.money_per_minute if model.money_per_minute else cost


def _hand_over(model: Model, given: float | None) -> float:
    if given is not None:
        if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given < np.inf:
            told = "Give a finite number, 0 or more."
            raise InvalidModel(
                [Fault(("hand_over",), f"{given!r} is no price", told)], "nothing was computed"
            )
        return float(given)
    last = [repair for repair in model.repairs if repair.last_resort]
    if not last:
        told = "Mark one repair with `last_resort: true`, or state what handing a case over costs."
        raise InvalidModel([Fault(("repairs",), "nobody is there to hand a case over to", told)])
    return step_cost(model, last[0])


class _Weigher:
    """What is known, and what a course of action costs under more of it."""

    def __init__(self, network: CompiledNetwork, evidence: Evidence, hand_over: float) -> None:
        self.network, self.evidence, self.hand_over = network, evidence, hand_over
        self.done = steps_done(network.model, evidence)
        self.causes = [variable.id for variable in network.model.of_kind("cause")]

    def inquiry(self, findings: Mapping[str, Observed], questions: Sequence[str] = ()) -> Inquiry:
        """Return findings as an inquiry."""
        row = self.network.rows([Evidence(self.network.model, findings)], premise=True)[0]
        return self.network.inquire(row, questions, self.causes)

    def course(self, inquiry: Inquiry, evidence: Evidence, other: Sequence[Repair] = ()) -> _Course:
        """Return the plan or, where it is cheaper, another order of repairs as far as it is allowed."""
        network = self.network
        beliefs = inquiry.posterior(inquiry.row[None, :]).beliefs[0]
        allowed = [
            repair
            for repair in open_repairs(network.model, evidence, beliefs, network.layout)
            if not repair.last_resort and not repair.workaround
        ]
        steps = planned(inquiry, evidence, allowed, beliefs).steps
        plan = [network.model.repair_of[step.id] for step in steps]
        forced = sum(is_shown_first(network.model, repair, evidence) for repair in plan)
        courses = [self._cut(inquiry, plan, evidence, forced)]
        still = [repair for repair in other if repair in allowed]
        if still and not any(is_shown_first(network.model, repair, evidence) for repair in allowed):
            courses.append(self._cut(inquiry, still, evidence, 0))
        return min(courses, key=lambda course: course.cost)

    def saving(self, question: Variable, p: Floats, now: _Course) -> QuestionSaving:
        """Return what a question saves over acting as is best now."""
        answers = []
        for state, p_answer in zip(question.state_ids, p.tolist(), strict=True):
            if p_answer > RARE:
                evidence = Evidence(self.network.model, {**self.evidence.findings, question.id: state})
                after = self.course(self.inquiry(evidence.findings), evidence, now.repairs)
                steps = tuple(repair.id for repair in after.repairs)
                answers.append(AnswerPlan(state, p_answer, after.cost, steps))
        price = self._price(question)
        later = sum(answer.p * answer.cost for answer in answers)
        return QuestionSaving(question.id, price, now.cost - later, tuple(answers))

    def promising(self, inquiry: Inquiry, questions: Sequence[Variable], width: int) -> list[Variable]:
        """Return the questions that save most over their price as if one cause state at a time took part."""
        if len(questions) <= width:
            return list(questions)
        found = inquiry.answers()
        blocks = [
            _shares(found.beliefs[one.id][:, self.network.layout.n_states :], found.p[one.id])
            for one in questions
        ]
        # A question is measured against the sum of its own answers: shares are not quite linear.
        rows = np.concatenate([row for block in blocks for row in (block.sum(axis=0)[None], block)])
        costs = self._quick_costs(inquiry, rows)
        gains, at = {}, 0
        for question, block in zip(questions, blocks, strict=True):
            saved = costs[at] - costs[at + 1 : at + 1 + len(block)].sum()
            gains[question.id] = saved - self._price(question)
            at += 1 + len(block)
        return sorted(questions, key=lambda question: -gains[question.id])[:width]

    def _price(self, question: Variable) -> float:
        return step_cost(self.network.model, question, self.done)

    def _cut(self, inquiry: Inquiry, repairs: Sequence[Repair], evidence: Evidence, forced: int) -> _Course:
        """Return an order of repairs cut where handing over is cheapest, its first `forced` steps kept."""
        reach = 1 - solved_after(inquiry, repairs)
        done = set(steps_done(self.network.model, evidence))
        prices = []
        for repair in repairs:
            prices.append(step_cost(self.network.model, repair, done))
            done.add(repair.id)
        paid = np.concatenate([[0.0], np.cumsum(reach[:-1] * np.array(prices))])
        costs = paid + reach * self.hand_over
        length = forced + int(np.argmin(costs[forced:]))
        acting = float(costs[max(1, forced) :].min(initial=np.inf))
        return _Course(tuple(repairs[:length]), float(costs[length]), acting)

    def _quick_costs(self, inquiry: Inquiry, rows: Floats) -> Floats:
        """Return the cost of the greedy order in each row of shares of faults, shape (B,), times weight."""
        model, layout = self.network.model, self.network.layout
        beliefs = inquiry.posterior(inquiry.row[None, :]).beliefs[0]
        names = [(layout.names[cause], layout.states[cause][state]) for cause, state in layout.events]
        actions = []
        for repair in open_repairs(model, self.evidence, beliefs, layout):
            if repair.fixes and not repair.last_resort and not repair.workaround:
                fixes = {"=".join(name): repair.fixes.get(name, model.unlisted_fix) for name in names}
                cost = max(step_cost(model, repair, self.done), LEAST_COST)
                actions.append(Action(id=repair.id, cost=cost, fixes=fixes))
        even = dict.fromkeys([*("=".join(name) for name in names), NOBODY], 1.0)
        problem = single_fault(even, actions, escalation=max(self.hand_over, LEAST_COST))
        by_kind = np.zeros((len(rows), len(problem.kinds.faults)))
        by_kind[:, problem.kinds.start] = rows
        counts = np.zeros((len(rows), len(actions)), dtype=np.int64)
        return greedy(Batch(problem, by_kind, counts, np.zeros((len(rows), 0), dtype=np.bool_))).costs


def _shares(events: Floats, p: Floats) -> Floats:
    """Return P(answer, fault took part) of each fault, what is left falling to nobody, shape (K, F)."""
    joint = np.clip(events, 0.0, None) * p[:, None]
    return np.column_stack([joint, np.maximum(p - joint.sum(axis=1), 0.0)])
