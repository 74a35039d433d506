"""Order of repairs by expected cost, and when to escalate.

A row with the responsibility slots set to P(repaired | cause state) has, relative to the row of
the findings, the probability that every cause that took part is repaired. So P(solved) after any
sequence of repairs is one more row: a cause left by all of them with Π (1 − fix) is repaired with
the rest. The sequence is built greedily by gain per cost, valued anew after each step, and its
expected cost is exact under these assumptions: repairs succeed independently, and an attempt
fails again exactly if a cause that took part is still there.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from bayesdiag.case import Evidence
from bayesdiag.diagnosis.steps import is_shown_first, step_price, steps_done
from bayesdiag.diagnosis.unsolved import LEAST_LEFT, fixed_by
from bayesdiag.engine.layout import Floats, Layout
from bayesdiag.engine.network import Inquiry
from bayesdiag.model import Model, Price, Repair

MAX_STEPS = 6
"""A longer plan is nothing a person keeps in mind; the rest is escalated."""
LEAST_SHARE = 0.05
"""A repair that solves fewer of the cases that reach it is not worth a person's patience."""
LEAST_COST = 0.1
"""No step is taken as cheaper than this, so that a free one is not infinitely good."""
VALUED_TOGETHER = 6
"""Options valued in one call."""


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One step of a plan.

    Attributes:
        kind: "repair", or "escalate" for the last resort.
        id: The repair.
        p_solves: P(it solves the case | it is reached).
        minutes: Time it takes, what must be opened for it included.
        money: Money it takes, the same.
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


@dataclass(frozen=True, slots=True)
class _Option:
    """A repair: P(repaired) at each responsibility slot, and its price in the model's currency."""

    repair: Repair
    fix: Floats
    cost: float


def planned(
    inquiry: Inquiry,
    evidence: Evidence,
    repairs: Sequence[Repair],
    beliefs: Floats,
    tried: Sequence[Repair] = (),
) -> Plan:
    """Return the plan by gain per cost, valued anew after each step.

    Args:
        inquiry: The findings' inquiry.
        evidence: What is known.
        repairs: What may be suggested.
        beliefs: Beliefs given the findings, shape (S,).
        tried: What was done already and did not help: not suggested again, and what it would have
            solved is solved no more.
    """
    model, layout = inquiry.network.model, inquiry.network.layout
    repairs = [repair for repair in repairs if repair not in tried]
    every = [_option(model, layout, repair) for repair in repairs if not repair.workaround]
    options = [option for option in every if not option.repair.last_resort]
    last = [option for option in every if option.repair.last_resort]
    first = [option for option in options if is_shown_first(model, option.repair, evidence)]
    chosen: list[tuple[Repair, float, Price]] = []
    state = _Solved(inquiry, beliefs[layout.n_states :])
    state.begin(fixed_by(model, layout, tried) if tried else None)
    done = {*steps_done(model, evidence), *(repair.id for repair in tried)}
    is_fixed = _has_fixed_prices(model)
    while (options or last) and len(chosen) < MAX_STEPS:
        reached = 1 - state.solved
        if not is_fixed:
            options, last, first = (_priced(model, some, done) for some in (options, last, first))
        pool = (first or options) if len(chosen) + 1 < MAX_STEPS else []
        best, gain = state.best(pool, 0.0 if first else LEAST_SHARE * reached)
        if best is None:
            best, gain = state.best(last, 0.0)
        if best is None:
            break
        price = step_price(model, [best.repair], done)
        chosen.append((best.repair, gain / reached if reached > LEAST_LEFT else 0.0, price))
        state.take(best, gain)
        done.add(best.repair.id)
        options = [option for option in options if option.repair is not best.repair]
        first = [option for option in first if option.repair is not best.repair]
        if best.repair.last_resort:
            break
    return _plan(chosen, [repair.id for repair in repairs if repair.workaround])


def solved_after(inquiry: Inquiry, repairs: Sequence[Repair]) -> Floats:
    """Return P(solved) after each beginning of an order of repairs, shape (n + 1,); the first is 0.

    Args:
        inquiry: The findings' inquiry.
        repairs: What is done, in order.
    """
    model, layout = inquiry.network.model, inquiry.network.layout
    left = [np.ones(len(layout.events))]
    for repair in repairs:
        left.append(left[-1] * (1 - _option(model, layout, repair).fix))
    rows = np.repeat(inquiry.row[None, :], len(left) + 1, axis=0)
    rows[:-1, layout.n_states :] = 1 - np.array(left)
    found = inquiry.log_evidence(rows)
    p = np.exp(np.minimum(found - found[-1], 0.0))  # the last row is the findings' own
    return np.maximum.accumulate(p[:-1] - p[0])  # none of these is never repaired


class _Solved:
    """How much is solved by what was chosen so far, and what one more repair would add."""

    def __init__(self, inquiry: Inquiry, responsible: Floats) -> None:
        self.inquiry = inquiry
        self.responsible = responsible
        self.left = np.ones(len(responsible))
        self.solved = 0.0
        untouched = self._log_evidence([np.ones(len(responsible)), np.zeros(len(responsible))])
        self.log_evidence = untouched[0]
        self.none = float(np.exp(min(untouched[1] - untouched[0], 0.0)))

    def begin(self, fixed: Floats | None) -> None:
        """Count as done what was tried: P(repaired by it) at each responsibility slot."""
        if fixed is not None:
            self.solved = self._gains([fixed])[0]
            self.left = 1 - fixed

    def best(self, options: Sequence[_Option], least: float) -> tuple[_Option | None, float]:
        """Return the option with the most gain per cost among those that gain at least so much.

        A repair gains at most Σ P(took part) · left · P(repaired) over what it repairs, so options
        are valued in the order of that bound until none left can win.
        """
        bounds = np.array([float(self.responsible @ (self.left * option.fix)) for option in options])
        costs = np.array([option.cost for option in options])
        order = [int(i) for i in np.argsort(-bounds / costs, kind="stable") if bounds[i] >= least]
        best: _Option | None = None
        gain, ratio = 0.0, -1.0
        for start in range(0, len(order), VALUED_TOGETHER):
            if bounds[order[start]] / costs[order[start]] < ratio:
                break
            group = [options[i] for i in order[start : start + VALUED_TOGETHER]]
            fixed = [1 - self.left * (1 - option.fix) for option in group]
            for option, found in zip(group, self._gains(fixed), strict=True):
                if found >= least and found / option.cost > ratio:
                    best, gain, ratio = option, found, found / option.cost
        return best, gain

    def take(self, option: _Option, gain: float) -> None:
        """Count an option as done."""
        self.left = self.left * (1 - option.fix)
        self.solved += gain

    def _gains(self, fixed: Sequence[Floats]) -> list[float]:
        """Return what each would add to P(every cause that took part is repaired, and there was one).

        Args:
            fixed: P(repaired) at each responsibility slot, by what was done and what is thought of.
        """
        relative = np.exp(np.minimum(self._log_evidence(fixed) - self.log_evidence, 0.0))
        return [max(0.0, float(p) - self.none - self.solved) for p in relative]

    def _log_evidence(self, fixed: Sequence[Floats]) -> Floats:
        rows = np.repeat(self.inquiry.row[None, :], len(fixed), axis=0)
        rows[:, self.inquiry.network.layout.n_states :] = fixed
        return self.inquiry.log_evidence(rows)


def _option(model: Model, layout: Layout, repair: Repair) -> _Option:
    fix = fixed_by(model, layout, [repair])
    cost = max(LEAST_COST, model.cost(repair.minutes, repair.money, repair.wait_minutes))
    return _Option(repair, fix, cost)


def _has_fixed_prices(model: Model) -> bool:
    """Whether repairs cost the same whatever was done before."""
    return not model.clusters and not any(repair.cost_after for repair in model.repairs)


def _priced(model: Model, options: Sequence[_Option], done: Collection[str]) -> list[_Option]:
    """Return options with what they would cost now."""
    prices = [step_price(model, [option.repair], done) for option in options]
    costs = [max(LEAST_COST, model.cost(p.minutes, p.money, p.wait_minutes)) for p in prices]
    return [replace(option, cost=cost) for option, cost in zip(options, costs, strict=True)]


def _plan(chosen: Sequence[tuple[Repair, float, Price]], workarounds: Sequence[str]) -> Plan:
    """Return the steps with what they cost on average: each is paid only when it is reached."""
    reach, minutes, money = 1.0, 0.0, 0.0
    steps = []
    for repair, p, price in chosen:
        kind: Literal["repair", "escalate"] = "escalate" if repair.last_resort else "repair"
        steps.append(PlanStep(kind, repair.id, p, price.minutes, price.money, repair.who))
        minutes += reach * price.minutes
        money += reach * price.money
        reach *= 1 - p
    return Plan(tuple(steps), minutes, money, 1 - reach, tuple(workarounds))
