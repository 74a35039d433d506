"""Order of repairs by expected cost, and when to escalate.

A row with the responsibility slots set to P(repaired | cause state) has, relative to the row of
the findings, the probability that every cause that took part is repaired. So P(solved) after any
sequence of repairs is one more row: a cause left by all of them with Π (1 − fix) is repaired with
the rest. The sequence is built greedily by gain per cost, valued anew after each step, and its
expected cost is exact under these assumptions: repairs succeed independently, and an attempt
fails again exactly if a cause that took part is still there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bayesdiag.case import Evidence
from bayesdiag.diagnosis.steps import is_shown_first
from bayesdiag.engine.layout import Floats
from bayesdiag.engine.network import Inquiry
from bayesdiag.model import Model, Repair

MAX_STEPS = 8
"""A longer plan is nothing a person keeps in mind; the rest is escalated."""


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One step of a plan.

    Attributes:
        kind: "repair", or "escalate" for the last resort.
        id: The repair.
        p_solves: P(it solves the case | it is reached).
        minutes: Time it takes.
        money: Money it takes.
        who: Who does it.
    """

    kind: Literal["repair", "escalate"]
    id: str
    p_solves: float
    minutes: float
    money: float
    who: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in order, each taken if those before it did not help.

    Attributes:
        steps: The steps.
        expected_minutes: Expected working time of the whole.
        expected_money: Expected money.
        p_solved: P(solved by the end of it).
        workarounds: Repairs that get the payment done without repairing anything.
    """

    steps: tuple[PlanStep, ...]
    expected_minutes: float
    expected_money: float
    p_solved: float
    workarounds: tuple[str, ...]


def planned(inquiry: Inquiry, evidence: Evidence, repairs: Sequence[Repair], log_evidence: float) -> Plan:
    """Return the plan by gain per cost, valued anew after each step.

    Args:
        inquiry: The findings' inquiry.
        evidence: What is known.
        repairs: What may be suggested.
        log_evidence: Of the row inquired about.
    """
    model = inquiry.network.model
    candidates = [repair for repair in repairs if not repair.workaround]
    first = [repair for repair in candidates if is_shown_first(repair, evidence)]
    chosen: list[tuple[Repair, float]] = []
    left = _unfixed(inquiry, None)
    solved = 0.0
    none = 1 - _p_solved(inquiry, [left * 0], log_evidence, 0.0)[0]
    while candidates and len(chosen) < MAX_STEPS:
        pool = first or candidates
        lefts = [left * _unfixed(inquiry, repair) for repair in pool]
        gains = [p - solved for p in _p_solved(inquiry, lefts, log_evidence, none)]
        costs = [_cost(model, repair) for repair in pool]
        best = max(range(len(pool)), key=lambda i: (gains[i] / costs[i], -costs[i]))
        repair = pool[best]
        if not first and gains[best] <= 1e-6 and not repair.last_resort:
            break
        reached = 1 - solved
        chosen.append((repair, max(0.0, gains[best]) / reached if reached > 0 else 0.0))
        left, solved = lefts[best], solved + max(0.0, gains[best])
        candidates.remove(repair)
        first = [other for other in first if other is not repair]
        if repair.last_resort:
            break
    return _plan(chosen, [repair.id for repair in repairs if repair.workaround])


def _plan(chosen: Sequence[tuple[Repair, float]], workarounds: Sequence[str]) -> Plan:
    """Return the steps with what they cost on average: each is paid only when it is reached."""
    reach, minutes, money = 1.0, 0.0, 0.0
    steps = []
    for repair, p in chosen:
        kind: Literal["repair", "escalate"] = "escalate" if repair.last_resort else "repair"
        steps.append(PlanStep(kind, repair.id, p, repair.minutes, repair.money, repair.who))
        minutes += reach * repair.minutes
        money += reach * repair.money
        reach *= 1 - p
    return Plan(tuple(steps), minutes, money, 1 - reach, tuple(workarounds))


def _cost(model: Model, repair: Repair) -> float:
    return max(0.1, model.cost(repair.minutes, repair.money, repair.wait_minutes))


def _unfixed(inquiry: Inquiry, repair: Repair | None) -> Floats:
    """Return P(not repaired) at each responsibility slot; all ones without a repair."""
    layout = inquiry.network.layout
    model = inquiry.network.model
    unfixed = np.ones(len(layout.events))
    for place, (cause, state) in enumerate(layout.events):
        if repair is not None:
            finding = (layout.names[cause], layout.states[cause][state])
            unfixed[place] -= repair.fixes.get(finding, model.unlisted_fix if repair.fixes else 0.0)
    return unfixed


def _p_solved(inquiry: Inquiry, unfixed: Sequence[Floats], log_evidence: float, none: float) -> list[float]:
    """Return P(every cause that took part is repaired, and there was one), for each sequence."""
    n_states = inquiry.network.layout.n_states
    rows = np.repeat(inquiry.row[None, :], len(unfixed), axis=0)
    rows[:, n_states:] = 1 - np.array(unfixed)
    relative = np.exp(np.minimum(inquiry.posterior(rows).log_evidence - log_evidence, 0.0))
    return [max(0.0, float(p) - none) for p in relative]
