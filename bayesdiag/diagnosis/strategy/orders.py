"""Actions in order, without questions: what an order costs, the order by p/c, and the greedy one.

Batches of beliefs are rows of weights of kinds (`Belief.row`), not normalised: costs are then
weight times cost, and those of several outcomes add up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayesdiag.diagnosis.strategy.belief import SURE, Belief
from bayesdiag.diagnosis.strategy.problem import Problem
from bayesdiag.engine.layout import Bools, Floats, Ints

NONE = -1
"""Stands for no action: the case is handed over, or given up."""
NEGLIGIBLE = 1e-9
"""A row whose unsolved share times the price of handing over is below this share of its cost is done."""


@dataclass(frozen=True, slots=True)
class Orders:
    """An order of actions for each row of a batch.

    Attributes:
        costs: Expected cost times weight, shape (B,), the best place to hand over chosen.
        actions: The actions, shape (B, n); `NONE` from the place on where one hands over.
    """

    costs: Floats
    actions: Ints

    @property
    def first(self) -> Ints:
        """What each begins with, shape (B,)."""
        if not self.actions.shape[1]:
            return np.full(len(self.costs), NONE)
        return self.actions[:, 0]


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of weights and what was done in each.

    Attributes:
        problem: The problem.
        rows: Weights of kinds, shape (B, R).
        counts: How many times each action was done, shape (B, A).
        asked: Which questions were asked, shape (B, Q).
    """

    problem: Problem
    rows: Floats
    counts: Ints
    asked: Bools

    def scores(self) -> tuple[Floats, Floats]:
        """Return what an order goes by, 0 where an action may not be done, and prices; shape (B, A).

        That is the weight an action would solve; in rows where none solves anything at once, since
        several faults are there, it is the weight in which it takes one away.
        """
        problem, n_actions = self.problem, self.problem.n_actions
        mass = self.rows.sum(axis=1, keepdims=True)
        harmful = problem.kinds.harmful[:, :n_actions]
        allowed = self.counts < problem.tries
        if harmful.any():
            allowed &= self.rows @ harmful <= (problem.risk + SURE) * mass
        costs = problem.prices.costs(np.concatenate([self.counts > 0, self.asked], axis=1))[:, :n_actions]
        gains = self._worth(self.rows @ problem.kinds.solve, allowed, mass)
        at_once = gains.any(axis=1, keepdims=True)
        if at_once.all():
            return gains, costs
        return np.where(at_once, gains, self._worth(self._ends, allowed, mass)), costs

    def is_hopeless(self) -> Bools:
        """Return where handing over now is certainly no dearer than any order of actions, shape (B,).

        An action ends at most the weight in which it takes some fault away; that falls as others
        are done. Taken together they leave at least the rest, and each is paid for that rest. Where
        no action is worth that, no order is.
        """
        problem = self.problem
        tries = np.maximum(problem.tries - self.counts, 0)
        ends = self._ends * (tries > 0)
        rest = self.rows.sum(axis=1) - (ends * tries).sum(axis=1)
        price = problem.prices.least[: problem.n_actions]
        handed = problem.escalation or 0.0
        return np.asarray((rest[:, None] * price >= handed * ends).all(axis=1) & (rest > 0))

    @property
    def _ends(self) -> Floats:
        """Weight in which each action takes some fault away, shape (B, A)."""
        return np.asarray(self.rows @ (1 - self.problem.kinds.stay).T)

    def _worth(self, weights: Floats, allowed: Bools, mass: Floats) -> Floats:
        return np.where(allowed & (weights > SURE * mass), weights, 0.0)

    def failed(self, actions: Ints) -> Batch:
        """Return the batch after each row's own action failed."""
        counts = self.counts.copy()
        counts[np.arange(len(counts)), actions] += 1
        return Batch(self.problem, self.problem.kinds.each_failed(self.rows, actions), counts, self.asked)

    def some(self, chosen: Ints) -> Batch:
        """Return some of the rows."""
        return Batch(self.problem, self.rows[chosen], self.counts[chosen], self.asked[chosen])


def batch_of(belief: Belief) -> Batch:
    """Return a belief as a batch of one row."""
    counts = np.array([belief.counts], dtype=np.int64)
    asked = np.array([belief.answers], dtype=np.int64) >= 0
    return Batch(belief.problem, belief.row[None, :], counts, asked)


def greedy(batch: Batch) -> Orders:
    """Return for each row the order by p/c, valued anew after each step, and where best to hand over.

    p is what `Batch.scores` says; a tie goes to the action that stands first.
    """
    n_rows = len(batch.rows)
    paid: list[tuple[Ints, Floats, Floats, Ints]] = []  # rows, their weight, price, action
    active = np.flatnonzero(batch.rows.sum(axis=1) > 0)
    left = batch.some(active)
    mass = left.rows.sum(axis=1)
    so_far = np.zeros(len(active))
    handed = batch.problem.escalation or 0.0
    end = np.zeros(n_rows)
    while len(active):
        scores, costs = left.scores()
        chosen = np.argmax(scores / costs, axis=1)
        each = np.arange(len(active))
        price = costs[each, chosen]
        goes_on = scores[each, chosen] > 0
        if handed:
            goes_on &= (mass * handed > NEGLIGIBLE * so_far) & ~left.is_hopeless()
        end[active[~goes_on]] = mass[~goes_on] * handed
        active, chosen, price, mass, so_far = (x[goes_on] for x in (active, chosen, price, mass, so_far))
        if not len(active):
            break
        paid.append((active, mass, price, chosen))
        so_far = so_far + mass * price
        left = left.some(np.flatnonzero(goes_on)).failed(chosen)
        mass = left.rows.sum(axis=1)
    return _stopped(batch, paid, end)


def _stopped(batch: Batch, paid: Sequence[tuple[Ints, Floats, Floats, Ints]], end: Floats) -> Orders:
    """Return orders that hand over as soon as that is cheaper than what would follow."""
    costs = end
    actions = np.full((len(end), len(paid)), NONE, dtype=np.int64)
    for place in range(len(paid) - 1, -1, -1):
        active, mass, price, chosen = paid[place]
        going_on = mass * price + costs[active]
        actions[active, place] = chosen
        costs[active] = going_on
        if batch.problem.escalation is not None:
            stops = active[mass * batch.problem.escalation <= going_on]
            costs[active] = np.minimum(going_on, mass * batch.problem.escalation)
            actions[stops, place:] = NONE
    return Orders(costs, actions)


def p_over_c(belief: Belief) -> tuple[int, ...]:
    """Return the useful actions by P(solves) / cost as they stand now, not valued anew."""
    ratio = belief.p_solves / belief.costs[: belief.problem.n_actions]
    return tuple(sorted(belief.useful_actions, key=lambda action: (-ratio[action], action)))


def order_cost(belief: Belief, actions: Sequence[int]) -> float:
    """Return the expected cost of actions in a fixed order, ECR; then the case is handed over.

    Exact: Σ cost of each · P(it is reached), Heckerman, Breese and Rommelse's equation 4 with
    service at the end. An action that can solve nothing any more is paid all the same; one that may
    not be suggested when its turn comes is passed over. Where there is nobody to hand over to, what
    is left costs nothing.

    Args:
        belief: What is known.
        actions: Numbers of actions.
    """
    taken, end = _paid(belief, actions)
    return float((sum(mass * price for _, mass, price in taken) + end * belief.escalation) / belief.mass)


def best_stop(belief: Belief, actions: Sequence[int]) -> tuple[float, tuple[int, ...]]:
    """Return the least expected cost of an order that may be cut short by handing over, and that order.

    An order is never cut where there is nobody to hand over to.
    """
    taken, end = _paid(belief, actions)
    cost, order = end * belief.escalation, tuple(action for action, _, _ in taken)
    for place in range(len(taken) - 1, -1, -1):
        _, mass, price = taken[place]
        cost += mass * price
        if belief.problem.escalation is not None and mass * belief.escalation <= cost:
            cost, order = mass * belief.escalation, order[:place]
    return float(cost / belief.mass), order


def _paid(belief: Belief, actions: Sequence[int]) -> tuple[list[tuple[int, float, float]], float]:
    """Return each action that is taken with the weight that reaches it and its price; and what is left."""
    taken, mass = [], belief.mass
    for action in actions:
        if belief.mass <= SURE * mass:
            break  # all is solved: nothing more is reached
        if belief.is_open[action]:
            taken.append((action, belief.mass, float(belief.costs[action])))
            belief = belief.failed(action)
    return taken, belief.mass


def calls_now(belief: Belief) -> bool:
    """Whether handing over has the best ratio: 1 / its price exceeds every p/c (HB94, section 4).

    A rule of thumb that looks at single actions; `best_stop` looks at all that would follow.
    """
    if belief.problem.escalation is None:
        return False
    ratio = belief.p_solves / belief.costs[: belief.problem.n_actions]
    best = max((ratio[action] for action in belief.useful_actions), default=0.0)
    return bool(1 / belief.problem.escalation > best)


def pair_cost(cost_of_look: float, p_faulty: float, cost_of_repair: float) -> float:
    """Return the cost of an observation–repair pair: look, and repair what is faulty (HB94, equation 6)."""
    return cost_of_look + p_faulty * cost_of_repair
