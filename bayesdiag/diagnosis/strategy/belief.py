"""What is known on the way: what was done and answered, and the weight that leaves with every world.

All planners, the tree and the optimum use this one update.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from bayesdiag.diagnosis.strategy.problem import Problem
from bayesdiag.engine.layout import Bools, Floats

SURE = 1e-12
"""Probabilities below this are rounding."""


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next.

    Attributes:
        kind: "escalate" also stands for giving up where there is nobody to escalate to.
        number: Which action or question.
    """

    kind: Literal["action", "question", "escalate"]
    number: int = 0


ESCALATE = Step("escalate")


@dataclass(frozen=True, eq=False)
class Belief:
    """What is known now, the case not being solved.

    Attributes:
        problem: The problem.
        counts: How many times each action was done, in vain.
        answers: Each question's answer, -1 where it was not asked.
        told: Weight of each world times the likelihoods of the answers, shape (W,).
        left: P(kind now | kind at the start, not solved) times P(not solved | it), shape (R, R).
    """

    problem: Problem
    counts: tuple[int, ...]
    answers: tuple[int, ...]
    told: Floats
    left: Floats

    @property
    def key(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """What the belief depends on: the order of steps does not matter."""
        return self.counts, self.answers

    @cached_property
    def row(self) -> Floats:
        """Weight of each kind now, shape (R,); it sums to `mass`."""
        start = np.bincount(self.problem.kinds.start, self.told, minlength=len(self.left))
        return np.asarray(start @ self.left)

    @property
    def mass(self) -> float:
        """Weight of all that is not solved."""
        return float(self.row.sum())

    @cached_property
    def done(self) -> Bools:
        """Which steps were done, actions before questions, shape (A + Q,)."""
        return np.array([*(n > 0 for n in self.counts), *(k >= 0 for k in self.answers)], dtype=np.bool_)

    @cached_property
    def costs(self) -> Floats:
        """What each step would cost now, shape (A + Q,)."""
        return np.asarray(self.problem.prices.costs(self.done[None, :])[0])

    @cached_property
    def minutes(self) -> Floats:
        """What each step would take now, shape (A + Q,)."""
        return np.asarray(self.problem.times.costs(self.done[None, :])[0])

    @cached_property
    def p_solves(self) -> Floats:
        """P(each action solves the case), shape (A,)."""
        return np.asarray(self.row @ self.problem.kinds.solve / self.mass)

    @cached_property
    def is_open(self) -> Bools:
        """Which steps may be suggested, shape (A + Q,).

        Not what was tried as often as it may be, nor what was asked, nor what does harm in worlds
        more probable than the problem's risk.
        """
        tried = np.array(self.counts, dtype=np.int64) >= self.problem.tries
        asked = np.array(self.answers, dtype=np.int64) >= 0
        safe = self.row @ self.problem.kinds.harmful <= (self.problem.risk + SURE) * self.mass
        return ~np.concatenate([tried, asked]).astype(np.bool_) & safe

    @cached_property
    def useful_actions(self) -> tuple[int, ...]:
        """Actions that may be suggested and may repair something that is still there."""
        kinds, n_actions = self.problem.kinds, self.problem.n_actions
        ends = (1 - kinds.stay) @ self.row
        return tuple(np.flatnonzero(self.is_open[:n_actions] & (ends > SURE * self.mass)).tolist())

    @cached_property
    def open_questions(self) -> tuple[int, ...]:
        """Questions that may be asked."""
        return tuple(np.flatnonzero(self.is_open[self.problem.n_actions :]).tolist())

    @property
    def may_stop(self) -> bool:
        """Whether the case may be handed over, or given up since nothing can be repaired any more."""
        return self.problem.escalation is not None or not self.useful_actions

    @property
    def escalation(self) -> float:
        """Price of stopping here, where that is allowed."""
        return self.problem.escalation or 0.0

    def cost(self, step: Step) -> float:
        """Return what a step costs now."""
        return self.escalation if step.kind == "escalate" else float(self.costs[self._place(step)])

    def time(self, step: Step) -> float:
        """Return what a step takes now, in minutes."""
        if step.kind == "escalate":
            return self.problem.escalation_minutes
        return float(self.minutes[self._place(step)])

    def failed(self, action: int) -> Belief:
        """Return the belief after an action that did not solve the case."""
        counts = tuple(n + (number == action) for number, n in enumerate(self.counts))
        left = self.problem.kinds.failed(self.left, action)
        return Belief(self.problem, counts, self.answers, self.told, left)

    def answered(self, question: int, answer: int) -> Belief:
        """Return the belief after an answer."""
        told = self.told * self.problem.questions[question].likelihoods[:, answer]
        answers = tuple(answer if number == question else k for number, k in enumerate(self.answers))
        return Belief(self.problem, self.counts, answers, told, self.left)

    def after(self, step: Step) -> tuple[tuple[str, float, Belief], ...]:
        """Return what may come of a step that leaves the case unsolved: name, probability, belief.

        What cannot happen is left out; after "escalate" nothing is left.
        """
        if step.kind == "escalate":
            return ()
        if step.kind == "action":
            found = [("not solved", self.failed(step.number))]
        else:
            names = self.problem.questions[step.number].answers
            found = [(name, self.answered(step.number, k)) for k, name in enumerate(names)]
        shares = [(name, belief.mass / self.mass, belief) for name, belief in found]
        return tuple(outcome for outcome in shares if outcome[1] > SURE)

    def name(self, step: Step) -> str:
        """Return a step's name."""
        if step.kind == "escalate":
            return "escalate" if self.problem.escalation is not None else "give up"
        return self.problem.steps[self._place(step)].id

    def _place(self, step: Step) -> int:
        return step.number + (self.problem.n_actions if step.kind == "question" else 0)


def first_belief(problem: Problem) -> Belief:
    """Return the belief before anything was done or asked."""
    none_done, none_asked = (0,) * problem.n_actions, (-1,) * len(problem.questions)
    return Belief(problem, none_done, none_asked, problem.weights, np.eye(len(problem.kinds.faults)))
