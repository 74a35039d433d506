"""A policy as a tree: what to do, what may come of it, how probable each place is and what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bayesdiag.diagnosis.strategy.belief import SURE, Belief
from bayesdiag.diagnosis.strategy.limits import check_size
from bayesdiag.diagnosis.strategy.policy import Policy, greedy_step

MAX_NODES = 20_000
"""Nodes of a tree; more are nothing to look at."""


@dataclass(frozen=True, slots=True)
class Node:
    """One place in a strategy.

    Attributes:
        kind: "solved" for the end where the action before has solved the case.
        id: The action or question; "escalate" or "give up"; "solved".
        p_reached: P(one comes here).
        cost_so_far: What was paid on the way here.
        step_cost: What this step costs.
        cost: Expected cost from here on, this step included.
        p_solves: P(this step solves the case).
        children: What may come of it, and where that leads.
    """

    kind: Literal["action", "question", "escalate", "solved"]
    id: str
    p_reached: float
    cost_so_far: float
    step_cost: float
    cost: float
    p_solves: float
    children: tuple[tuple[str, Node], ...]

    def walk(self) -> Iterator[Node]:
        """Return this node and all below it, from the top."""
        yield self
        for _, child in self.children:
            yield from child.walk()

    def lines(self, outcome: str = "", depth: int = 0) -> Iterator[str]:
        """Return the tree as lines of text, two blanks a level."""
        told = f"{outcome} → " if outcome else ""
        yield f"{'  ' * depth}{told}{self.id}  {self.p_reached:.1%}, {self.cost_so_far:.4g} so far"
        for name, child in self.children:
            yield from child.lines(name, depth + 1)


def strategy_tree(policy: Policy, belief: Belief, *, floor: float = 0.0, limit: int = MAX_NODES) -> Node:
    """Return a policy as a tree; the cost of its top is the exact expected cost of what the tree says.

    Args:
        policy: What to do next.
        belief: What is known at the top.
        floor: Places less probable than this ask nothing more and follow the greedy order, so that
            the tree stays small; the cost is that of doing so.
        limit: How many nodes it may have.

    Raises:
        TooLarge: It has more.
    """
    made = 0

    def node(belief: Belief, p_reached: float, so_far: float) -> Node:
        nonlocal made
        made += 2  # with the end "solved"
        check_size("nodes", made, limit, "raise the floor below which nothing is asked")
        step = (policy if p_reached >= floor else greedy_step)(belief)
        price = belief.cost(step)
        after = so_far + price
        children: list[tuple[str, Node]] = []
        p_solves = 1.0 if step.kind == "escalate" and belief.problem.escalation is not None else 0.0
        if step.kind == "action":
            p_solves = float(belief.p_solves[step.number])
            if p_solves > SURE:
                children.append(("solved", _solved(p_reached * p_solves, after)))
        children += [(name, node(then, p_reached * p, after)) for name, p, then in belief.after(step)]
        cost = price + sum(child.p_reached * child.cost for _, child in children) / p_reached
        return Node(step.kind, belief.name(step), p_reached, so_far, price, cost, p_solves, tuple(children))

    return node(belief, 1.0, 0.0)


def _solved(p_reached: float, so_far: float) -> Node:
    return Node("solved", "solved", p_reached, so_far, 0.0, 0.0, 0.0, ())
