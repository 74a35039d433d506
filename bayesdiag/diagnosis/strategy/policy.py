"""Policies: what to do next given what is known; and what following one costs, exactly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bayesdiag.diagnosis.strategy.belief import ESCALATE, Belief, Step
from bayesdiag.diagnosis.strategy.limits import check_size
from bayesdiag.diagnosis.strategy.orders import NONE, batch_of, greedy

Policy = Callable[[Belief], Step]
"""What to do next.

Where there is nobody to hand over to, "escalate" gives up, and what is left costs nothing: compare
only policies that go on while `Belief.may_stop` forbids it.
"""

MAX_BELIEFS = 200_000
"""Beliefs that `policy_cost` goes through."""


def policy_cost(policy: Policy, belief: Belief, *, limit: int = MAX_BELIEFS) -> float:
    """Return the expected cost of following a policy from here on, exactly.

    Every belief that can be reached is valued once, bottom-up.

    Args:
        policy: It must always choose the same for the same belief.
        belief: Where it starts.
        limit: How many beliefs may be gone through.

    Raises:
        TooLarge: More beliefs than that can be reached.
    """
    known: dict[tuple[tuple[int, ...], tuple[int, ...]], float] = {}
    reached = 0

    def cost_from(belief: Belief) -> float:
        nonlocal reached
        if belief.key not in known:
            reached += 1
            check_size("beliefs can be reached", reached, limit, "simulate the policy instead")
            step = policy(belief)
            known[belief.key] = belief.cost(step) + sum(
                p * cost_from(after) for _, p, after in belief.after(step)
            )
        return known[belief.key]

    return cost_from(belief)


def greedy_step(belief: Belief) -> Step:
    """The policy by p/c, valued anew after each step; it asks nothing."""
    first = int(greedy(batch_of(belief)).first[0])
    return ESCALATE if first == NONE else Step("action", first)


@dataclass(frozen=True, slots=True)
class Fixed:
    """One step of a fixed order.

    Attributes:
        step: What to do.
        question: Only if this question was answered …
        answer: … with this answer; without a question: always.
    """

    step: Step
    question: int | None = None
    answer: int = 0

    def is_due(self, belief: Belief) -> bool:
        """Whether its condition holds."""
        return self.question is None or belief.answers[self.question] == self.answer


@dataclass(frozen=True, slots=True)
class FixedOrder:
    """The policy that goes through a list, passes over what may not be done, and then hands over.

    An action stands in the list as often as it is to be tried.

    Attributes:
        steps: The list.
    """

    steps: tuple[Fixed, ...]

    def __call__(self, belief: Belief) -> Step:
        """Return the first step of the list that is due and was not taken yet."""
        listed = [0] * belief.problem.n_actions
        for fixed in self.steps:
            step = fixed.step
            if step.kind == "action":
                listed[step.number] += 1
                is_taken = belief.counts[step.number] >= listed[step.number]
                is_open = bool(belief.is_open[step.number])
            else:
                is_taken = belief.answers[step.number] >= 0
                is_open = step.number in belief.open_questions
            if not is_taken and is_open and fixed.is_due(belief):
                return step
        return ESCALATE


def in_order(actions: Sequence[int]) -> FixedOrder:
    """Return the policy that takes actions in a fixed order."""
    return FixedOrder(tuple(Fixed(Step("action", action)) for action in actions))


@dataclass(frozen=True, slots=True)
class RandomSteps:
    """The policy that takes any useful action or open question, each as likely, and then hands over.

    Attributes:
        random: Source of the choices.
    """

    random: np.random.Generator

    def __call__(self, belief: Belief) -> Step:
        """Return a step taken at random."""
        actions = [Step("action", number) for number in belief.useful_actions]
        if not actions:
            return ESCALATE
        open_steps = [*actions, *(Step("question", number) for number in belief.open_questions)]
        return open_steps[int(self.random.integers(len(open_steps)))]
