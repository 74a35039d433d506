"""Looking one or two steps ahead, questions included; beyond that the greedy order by p/c goes on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayesdiag.diagnosis.strategy.belief import ESCALATE, Belief, Step
from bayesdiag.diagnosis.strategy.orders import Batch, batch_of, greedy
from bayesdiag.engine.layout import Floats, Ints

TRIED_FIRST = 4
"""Actions, the most promising, that are tried before a question."""


@dataclass(frozen=True, slots=True)
class Prospect:
    """What each next step would come to.

    Attributes:
        steps: What may be done now, "escalate" first where that is allowed.
        costs: Expected cost from now on if that is done next, shape (n,): ECO for a question.
        without: The same if nothing is asked any more: ECR of the greedy order.
    """

    steps: tuple[Step, ...]
    costs: Floats
    without: float

    @property
    def best(self) -> Step:
        """The step with the least cost; a tie goes to the one that stands first."""
        return self.steps[int(np.argmin(self.costs))]

    @property
    def least(self) -> float:
        """Its cost."""
        return float(self.costs.min())

    def cost_of(self, step: Step) -> float:
        """Return what one step would come to."""
        return float(self.costs[self.steps.index(step)])


def one_step(belief: Belief) -> Prospect:
    """Return what each next step costs if the greedy order follows it.

    A question is worth asking iff its cost plus Σ P(answer) · ECR(after it) is below the ECR
    without it (SACSO's rule); the same sum values an action taken against the greedy order.
    """
    mass = belief.mass
    actions, questions = belief.useful_actions, belief.open_questions
    batch, owner = _outcomes(belief, actions, questions)
    followed = np.bincount(owner, greedy(batch).costs, minlength=1 + len(actions) + len(questions)) / mass
    asked = belief.problem.n_actions + np.array(questions, dtype=np.int64)
    price = np.concatenate([belief.costs[list(actions)], belief.costs[asked]])
    steps = [
        *(Step("action", number) for number in actions),
        *(Step("question", number) for number in questions),
    ]
    costs = price + followed[1:]
    if belief.may_stop:
        steps, costs = [ESCALATE, *steps], np.concatenate([[belief.escalation], costs])
    return Prospect(tuple(steps), costs, float(followed[0]))


def two_steps(belief: Belief, *, width: int | None = None) -> Prospect:
    """Return what each next step costs if the best by one step follows it.

    Args:
        belief: What is known.
        width: Only so many steps, the best by one step, are looked at further; None: all.
    """
    near = one_step(belief)
    order = np.argsort(near.costs, kind="stable")
    costs = near.costs.copy()
    for number in order if width is None else order[:width]:
        step = near.steps[number]
        later = sum(p * one_step(after).least for _, p, after in belief.after(step))
        costs[number] = min(costs[number], belief.cost(step) + later)
    return Prospect(near.steps, costs, near.without)


def look_ahead_step(belief: Belief) -> Step:
    """The policy that looks one step ahead, and asks later where that is cheaper.

    A question that pays now may pay more after an action: when taking the action first, and
    asking only if it fails, is cheaper than asking first, the action is taken (SACSO's second check).
    """
    prospect = one_step(belief)
    best = prospect.best
    if best.kind != "question":
        return best
    later = _asked_later(belief, prospect, best)
    return best if later is None else later


def two_step_policy(belief: Belief) -> Step:
    """The policy that looks two steps ahead."""
    return two_steps(belief).best


def _asked_later(belief: Belief, prospect: Prospect, question: Step) -> Step | None:
    """Return the action that is better taken before a question, if there is one."""
    order = np.argsort(prospect.costs, kind="stable")
    first = [prospect.steps[n] for n in order if prospect.steps[n].kind == "action"][:TRIED_FIRST]
    least, found = prospect.cost_of(question), None
    for step in first:
        for _, p, after in belief.after(step):
            if question.number in after.open_questions:
                cost = belief.cost(step) + p * _asked_cost(after, question)
                if cost < least:
                    least, found = cost, step
    return found


def _asked_cost(belief: Belief, question: Step) -> float:
    """Return the expected cost of asking and then following the greedy order, ECO."""
    batch, owner = _outcomes(belief, (), (question.number,))
    return belief.cost(question) + float(greedy(batch.some(np.flatnonzero(owner))).costs.sum()) / belief.mass


def _outcomes(belief: Belief, actions: tuple[int, ...], questions: tuple[int, ...]) -> tuple[Batch, Ints]:
    """Return all beliefs one step away as one batch, and the step that each comes of.

    The first is the belief itself, of step 0; actions and then questions are numbered from 1.
    """
    problem, now = belief.problem, batch_of(belief)
    taken, asked = np.array(actions, dtype=np.int64), np.array(questions, dtype=np.int64)
    widths = np.diff(problem.first_answer)[asked]
    columns = [np.arange(problem.first_answer[q], problem.first_answer[q + 1]) for q in questions]
    answers = (
        problem.sorted_likelihoods[:, np.concatenate(columns)] if columns else np.zeros((len(belief.told), 0))
    )
    begun = problem.kinds.by_answer(belief.told, answers)
    alike = np.repeat(now.rows, len(taken), axis=0)
    rows = np.concatenate([now.rows, problem.kinds.each_failed(alike, taken), begun @ belief.left])
    owner = np.concatenate(
        [[0], 1 + np.arange(len(taken)), 1 + len(taken) + np.repeat(np.arange(len(asked)), widths)]
    )
    counts, done = np.repeat(now.counts, len(rows), axis=0), np.repeat(now.asked, len(rows), axis=0)
    counts[1 + np.arange(len(taken)), taken] += 1
    of_question = np.arange(1 + len(taken), len(rows))
    done[of_question, np.repeat(asked, widths)] = True
    return Batch(problem, rows, counts, done), owner.astype(np.int64)
