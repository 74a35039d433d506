"""Decision-theoretic troubleshooting on abstract problems: what to do next, and what that costs.

Worlds with weights, actions that may solve them, questions with answers, and somebody to hand the
case to. Nothing here knows of networks.
"""

from __future__ import annotations

from bayesdiag.diagnosis.strategy.belief import ESCALATE, Belief, Step, first_belief
from bayesdiag.diagnosis.strategy.look_ahead import (
    Prospect,
    look_ahead_step,
    one_step,
    two_step_policy,
    two_steps,
)
from bayesdiag.diagnosis.strategy.optimum import Optimum, best_order, clairvoyant_cost, optimum
from bayesdiag.diagnosis.strategy.orders import (
    best_stop,
    calls_now,
    order_cost,
    p_over_c,
    pair_cost,
)
from bayesdiag.diagnosis.strategy.policy import (
    Fixed,
    FixedOrder,
    Policy,
    RandomSteps,
    greedy_step,
    in_order,
    policy_cost,
)
from bayesdiag.diagnosis.strategy.problem import (
    Action,
    Cluster,
    Problem,
    Question,
    merged,
    only,
    single_fault,
)
from bayesdiag.diagnosis.strategy.simulation import Runs, simulate
from bayesdiag.diagnosis.strategy.stop import Stop, stop_now
from bayesdiag.diagnosis.strategy.tree import Node, strategy_tree

__all__ = [
    "ESCALATE",
    "Action",
    "Belief",
    "Cluster",
    "Fixed",
    "FixedOrder",
    "Node",
    "Optimum",
    "Policy",
    "Problem",
    "Prospect",
    "Question",
    "RandomSteps",
    "Runs",
    "Step",
    "Stop",
    "best_order",
    "best_stop",
    "calls_now",
    "clairvoyant_cost",
    "first_belief",
    "greedy_step",
    "in_order",
    "look_ahead_step",
    "merged",
    "one_step",
    "only",
    "optimum",
    "order_cost",
    "p_over_c",
    "pair_cost",
    "policy_cost",
    "simulate",
    "single_fault",
    "stop_now",
    "strategy_tree",
    "two_step_policy",
    "two_steps",
]
