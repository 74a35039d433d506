"""Runs of a policy in worlds that are drawn: cost, minutes, questions and wrong repairs of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayesdiag.diagnosis.strategy.belief import Belief, Step, first_belief
from bayesdiag.diagnosis.strategy.policy import Policy
from bayesdiag.diagnosis.strategy.problem import Problem
from bayesdiag.engine.layout import Bools, Floats, Ints


@dataclass(frozen=True, eq=False)
class Runs:
    """What became of n runs.

    Attributes:
        costs: What each cost, shape (n,).
        minutes: What each took, shape (n,).
        questions: How many questions were asked in each, shape (n,).
        wrong_repairs: How many actions were taken in it that could do nothing about any fault
            still there, shape (n,).
        is_escalated: Whether it was handed over or given up, shape (n,).
    """

    costs: Floats
    minutes: Floats
    questions: Ints
    wrong_repairs: Ints
    is_escalated: Bools

    @property
    def mean_cost(self) -> float:
        """Mean of the costs."""
        return float(self.costs.mean())

    @property
    def standard_error(self) -> float:
        """Standard error of that mean."""
        return float(self.costs.std(ddof=1) / np.sqrt(len(self.costs)))

    @property
    def label(self) -> str:
        """The mean, how it was come by, and how far to trust it."""
        return f"{self.mean_cost:.4g} (simulated, n = {len(self.costs):,}, ± {self.standard_error:.2g})"


def simulate(
    problem: Problem, policy: Policy, n: int, random: np.random.Generator, *, one_by_one: bool = False
) -> Runs:
    """Return n runs of a policy, each in a world drawn by its weight.

    Runs that have seen the same are taken forward together, so the policy is asked once for all of
    them. Faults are followed one by one, not through beliefs: this is a check of the exact costs.

    Args:
        problem: The problem.
        policy: What to do next.
        n: How many runs.
        random: Source of worlds, answers and successes.
        one_by_one: Ask the policy in each run anew; for policies that choose at random.
    """
    worlds = random.choice(len(problem.weights), size=n, p=problem.weights / problem.weights.sum())
    state = _State(problem, worlds, random)
    groups = np.arange(n)[:, None] if one_by_one else np.arange(n)[None, :]
    for group in groups:
        waiting = [(first_belief(problem), group)]
        while waiting:
            belief, runs = waiting.pop()
            step = policy(belief)
            waiting += [(after, some) for after, some in state.take(belief, step, runs) if len(some)]
    return Runs(state.costs, state.minutes, state.questions, state.wrong, state.is_escalated)


class _State:
    """Faults that are still there in each run, and what it has cost so far."""

    def __init__(self, problem: Problem, worlds: Ints, random: np.random.Generator) -> None:
        n = len(worlds)
        self.problem, self.worlds, self.random = problem, worlds, random
        self.faults = problem.present[worlds].copy()
        self.costs, self.minutes = np.zeros(n), np.zeros(n)
        self.questions, self.wrong = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
        self.is_escalated = np.zeros(n, dtype=np.bool_)

    def take(self, belief: Belief, step: Step, runs: Ints) -> list[tuple[Belief, Ints]]:
        """Take one step in some runs; return those that go on, by what came of it."""
        self.costs[runs] += belief.cost(step)
        self.minutes[runs] += belief.time(step)
        if step.kind == "escalate":
            self.is_escalated[runs] = True
            return []
        return (
            self._act(belief, step.number, runs)
            if step.kind == "action"
            else self._ask(belief, step.number, runs)
        )

    def _act(self, belief: Belief, action: int, runs: Ints) -> list[tuple[Belief, Ints]]:
        fix, faults = self.problem.fixes[action], self.faults[runs]
        self.wrong[runs] += ~(faults & (fix > 0)).any(axis=1)
        faults &= self.random.random(faults.shape) >= fix
        self.faults[runs] = faults
        unsolved = runs[faults.any(axis=1)]
        return [(belief.failed(action), unsolved)] if len(unsolved) else []

    def _ask(self, belief: Belief, question: int, runs: Ints) -> list[tuple[Belief, Ints]]:
        self.questions[runs] += 1
        upto = np.cumsum(self.problem.questions[question].likelihoods[self.worlds[runs]], axis=1)
        drawn = self.random.random(len(runs)) * upto[:, -1]
        answer = (drawn[:, None] >= upto).sum(axis=1)
        return [(belief.answered(question, int(k)), runs[answer == k]) for k in np.unique(answer)]
