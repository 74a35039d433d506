"""The exact optimum, by dynamic programming over what was done and answered; small problems only.

The order of steps does not matter to a belief, so a state is how often each action was done and
each question's answer: all weights are one product of two matrices, all costs one sweep backwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bayesdiag.diagnosis.strategy.belief import ESCALATE, SURE, Belief, Step, first_belief
from bayesdiag.diagnosis.strategy.limits import check_size
from bayesdiag.diagnosis.strategy.problem import Problem, only
from bayesdiag.engine.layout import Bools, Floats, Ints

Integers = NDArray[np.int16]

MAX_STATES = 4_000_000
"""States valued; each takes about a hundred bytes."""
MAX_TOLD = 100_000_000
"""Worlds times combinations of answers."""
HAND_OVER = -1
"""The choice to hand over, or to give up."""
NEVER = -1e4
"""Stands for the logarithm of 0 in a sum: its exponential is 0."""
ADVICE = "leave out steps that are never worth their price, or look ahead instead"


@dataclass(frozen=True, eq=False)
class Optimum:
    """The cheapest way from every state.

    Attributes:
        problem: The problem.
        masses: Weight that is not solved in each state, shape (N,).
        costs: Expected cost from there, times that weight, shape (N,).
        choices: What is best there: a number of `problem.steps`, or -1 to hand over, shape (N,).
    """

    problem: Problem
    masses: Floats
    costs: Floats
    choices: Ints

    def cost(self, belief: Belief) -> float:
        """Return the least expected cost from a belief on."""
        state = self._state(belief)
        return float(self.costs[state] / self.masses[state])

    def __call__(self, belief: Belief) -> Step:
        """Return the best step: the optimum is a policy."""
        choice = int(self.choices[self._state(belief)])
        if choice == HAND_OVER:
            return ESCALATE
        n_actions = self.problem.n_actions
        return Step("action", choice) if choice < n_actions else Step("question", choice - n_actions)

    @cached_property
    def _strides(self) -> Ints:
        return _Grid(self.problem).strides

    def _state(self, belief: Belief) -> int:
        return int(
            np.array([*belief.counts, *(k + 1 for k in belief.answers)], dtype=np.int64) @ self._strides
        )


def optimum(problem: Problem, *, limit: int = MAX_STATES) -> Optimum:
    """Return the cheapest policy of all that act, ask and hand over.

    Args:
        problem: The problem.
        limit: How many states may be valued.

    Raises:
        TooLarge: There are more: the product of (tries + 1) over actions and (answers + 1) over questions.
    """
    grid = _Grid(problem)
    check_size("states of actions and answers", grid.n_states, limit, ADVICE)
    check_size("worlds times answers", grid.n_answered * len(problem.weights), MAX_TOLD, ADVICE)
    weights = grid.weights()
    masses = weights.masses
    sweep = _Sweep(grid, weights, np.zeros(len(masses)), np.full(len(masses), HAND_OVER))
    for states in grid.backwards():
        sweep.value(states)
    return Optimum(problem, masses, sweep.costs, sweep.choices)


def best_order(problem: Problem, *, limit: int = MAX_STATES) -> tuple[float, tuple[int, ...]]:
    """Return the least expected cost of a fixed order of actions, nothing asked, and that order.

    Args:
        problem: The problem; its questions are left out.
        limit: How many sets of actions may be valued.

    Raises:
        TooLarge: There are more.
    """
    silent = only(problem, [action.id for action in problem.actions])
    best, belief = optimum(silent, limit=limit), first_belief(silent)
    cost = best.cost(belief)
    actions: list[int] = []
    while (step := best(belief)) != ESCALATE:
        actions.append(step.number)
        if not belief.after(step):
            break
        belief = belief.failed(step.number)
    return cost, tuple(actions)


def clairvoyant_cost(problem: Problem) -> float:
    """Return a bound that no policy beats: the least expected cost if the faults were known from the start.

    Harm is left out of account, and every price is the least it may fall to: a bound, not a policy.
    Where there is nobody to hand over to, harm may end a policy for nothing; it is no bound for that.

    Raises:
        TooLarge: Too many actions may help against one world's faults.
    """
    kinds, total = problem.kinds, 0.0
    weights = np.bincount(kinds.start, problem.weights, minlength=len(kinds.faults))
    for faults in np.unique(kinds.faults[weights > 0], axis=0):
        weight = weights[(kinds.faults == faults).all(axis=1)].sum()
        helping = np.flatnonzero(problem.fixes[:, faults].any(axis=1)).tolist()
        actions = [
            replace(problem.actions[number], never_in=None, cost_after={}, cost=cost)
            for number, cost in zip(helping, problem.prices.least[helping].tolist(), strict=True)
        ]
        known = replace(
            problem, weights=np.ones(1), present=faults[None, :], actions=tuple(actions), questions=()
        )
        total += weight * optimum(known).cost(first_belief(known))
    return float(total / problem.weights.sum())


class _Grid:
    """All states, numbered: answers vary fastest, so that a state is an index into a matrix."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.n_actions = problem.n_actions
        answered = [len(question.answers) + 1 for question in problem.questions]
        self.sizes = [int(n) + 1 for n in problem.tries] + answered
        products = [1]
        for size in reversed(self.sizes[1:]):
            products.append(products[-1] * size)
        # Python's own integers: the product may be far beyond what an array's can hold.
        self._strides = products[::-1] if self.sizes else []
        self.n_states = self._strides[0] * self.sizes[0] if self.sizes else 1
        self.n_answered = int(np.prod(answered, dtype=object)) if answered else 1

    @property
    def strides(self) -> Ints:
        """How far apart two states are that differ by one try or one answer."""
        return np.array(self._strides, dtype=np.int64)

    @cached_property
    def digits(self) -> Integers:
        """How often each action was done, and each question's answer + 1, shape (steps, N)."""
        states = np.arange(self.n_states, dtype=np.int64)
        found = [states // stride % size for stride, size in zip(self._strides, self.sizes, strict=True)]
        return np.array(found, dtype=np.int16).reshape(len(self.sizes), self.n_states)

    def weights(self) -> _Weights:
        """Return what is left in each state, and what forbids or rules out a step there."""
        kinds, problem = self.problem.kinds, self.problem
        stays, told = self._stays(), self._told()
        left = 1 - _none_of(stays, kinds.faults)
        masses = (left @ told).ravel()
        unsafe, useful = {}, {}
        for step in np.flatnonzero(kinds.harmful.any(axis=0)).tolist():
            # Which steps harm does not change while faults go, so the start kind tells it.
            harm = (left @ (told * kinds.harmful[:, step][:, None])).ravel()
            unsafe[step] = harm > (problem.risk + SURE) * masses
        if problem.escalation is None:
            for action, fix in enumerate(problem.fixes):
                ends = 1 - _none_of(stays * fix, kinds.faults)
                useful[action] = (ends @ told).ravel() > SURE * masses
        return _Weights(masses, unsafe, useful)

    def backwards(self) -> Iterator[Ints]:
        """Return states by how many steps were taken, the most first."""
        actions = self.digits[: self.n_actions].sum(axis=0)
        taken = actions + (self.digits[self.n_actions :] > 0).sum(axis=0)
        order = np.argsort(taken, kind="stable")
        bounds = np.searchsorted(taken[order], np.arange(int(taken.max()) + 2))
        for n in range(len(bounds) - 2, -1, -1):
            yield order[bounds[n] : bounds[n + 1]]

    def _stays(self) -> Floats:
        """Return P(a fault is still there | it was) after each way of doing actions, shape (sets, C)."""
        counts = self.digits[: self.n_actions, :: self.n_answered].astype(np.float64)
        stays = np.ones((counts.shape[1], len(self.problem.faults)))
        for count, fix in zip(counts, self.problem.fixes, strict=True):
            stays *= (1 - fix) ** count[:, None]
        return stays

    def _told(self) -> Floats:
        """Return the weight of each start kind with each combination of answers, shape (R, answered)."""
        kinds, worlds = self.problem.kinds, self.problem.weights[:, None]
        for question in self.problem.questions:
            each = np.concatenate([np.ones((len(worlds), 1)), question.likelihoods], axis=1)
            worlds = (worlds[:, :, None] * each[:, None, :]).reshape(len(worlds), -1)
        told = np.zeros((len(kinds.faults), worlds.shape[1]))
        told[kinds.begun] = np.add.reduceat(worlds[kinds.order], kinds.first, axis=0)
        return told


def _none_of(p: Floats, faults: Bools) -> Floats:
    """Return Π (1 − p) over the faults of each kind, shape (sets, R)."""
    logs = np.full_like(p, NEVER)
    np.log1p(-p, out=logs, where=p < 1)
    return np.asarray(np.exp(logs @ faults.T))


@dataclass(frozen=True, eq=False)
class _Weights:
    """What is left in each state, shape (N,); by step, where harm forbids it; by action, where it may repair.

    The last is known only where there is nobody to hand over to: otherwise nobody pays for nothing.
    """

    masses: Floats
    unsafe: dict[int, Bools]
    useful: dict[int, Bools]


@dataclass(frozen=True, eq=False)
class _Sweep:
    """The costs and choices being filled in, from the states with most steps taken backwards."""

    grid: _Grid
    weights: _Weights
    costs: Floats
    choices: Ints

    def value(self, states: Ints) -> None:
        """Fill in states; all that can follow them must be filled in already."""
        problem, n_actions = self.grid.problem, self.grid.n_actions
        mass, digits = self.weights.masses[states], self.grid.digits[:, states]
        prices = problem.prices.costs((digits > 0).T).T * mass
        handed = problem.escalation
        least = np.full(len(states), np.inf) if handed is None else mass * handed
        choice = np.full(len(states), HAND_OVER)
        is_useless = np.ones(len(states), dtype=np.bool_)
        for step in range(len(digits)):
            if step < n_actions:
                may, cost = self._acted(step, states, digits[step])
                is_useless &= ~may
            else:
                may, cost = self._asked(step, states, digits[step])
            cost = np.where(may, cost + prices[step], np.inf)
            choice[cost < least] = step
            np.minimum(least, cost, out=least)
        if handed is None:
            least[is_useless], choice[is_useless] = 0.0, HAND_OVER
        self.costs[states], self.choices[states] = least, choice

    def _acted(self, action: int, states: Ints, tried: Integers) -> tuple[Bools, Floats]:
        """Return where an action may be taken and may repair something, and what follows its failure."""
        may = (tried < self.grid.problem.tries[action]) & self._is_safe(action, states)
        if action in self.weights.useful:
            may &= self.weights.useful[action][states]
        return may, self.costs[np.where(may, states + self.grid.strides[action], states)]

    def _asked(self, step: int, states: Ints, answer: Integers) -> tuple[Bools, Floats]:
        """Return where a question may be asked, and what follows its answers."""
        may = (answer == 0) & self._is_safe(step, states)
        cost = np.zeros(len(states))
        for k in range(1, self.grid.sizes[step]):
            cost += self.costs[np.where(may, states + k * self.grid.strides[step], states)]
        return may, cost

    def _is_safe(self, step: int, states: Ints) -> Bools:
        unsafe = self.weights.unsafe.get(step)
        return np.ones(len(states), dtype=np.bool_) if unsafe is None else ~unsafe[states]
