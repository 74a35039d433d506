"""Exact beliefs about who is responsible, for every set of answers that a policy meets.

One inquiry of the network for each new set of answers. What failed tries tell is added under the
usual assumption of troubleshooting that one cause state took part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from bayesdiag.case import Evidence
from bayesdiag.diagnosis.steps import RISK
from bayesdiag.diagnosis.strategy import Action, Problem, single_fault
from bayesdiag.diagnosis.whatif import two_attempts
from bayesdiag.diagnosis.whatif.attempts import NEXT
from bayesdiag.engine.layout import Bools, Floats, Ints
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.model import Finding
from bayesdiag.simulate.menu import Menu

NOBODY = "none of these"
"""The fault that stands for leaks: no cause's link fired."""


@dataclass(frozen=True, eq=False)
class Judged:
    """Beliefs given one set of answers.

    Attributes:
        now: P(each fault is responsible), shape (F,).
        answers: Question → the same together with each of its answers, shape (K, F).
        is_harmful: Which actions must not be suggested, since a state in which they never may be
            taken is too probable, shape (A,).
    """

    now: Floats
    answers: Mapping[int, Floats]
    is_harmful: Bools


@dataclass(frozen=True, eq=False)
class Judge:
    """What answers mean, kept for the next time.

    Attributes:
        network: The model that policies believe in.
        menu: What may be done.
        known: What was judged already.
    """

    network: CompiledNetwork
    menu: Menu
    known: dict[tuple[int, ...], Judged] = field(default_factory=dict, repr=False)

    @cached_property
    def faults(self) -> tuple[str, ...]:
        """Cause states that can be responsible, and `NOBODY`; F of them."""
        return (*(f"{cause}={state}" for cause, state in self.events), NOBODY)

    @cached_property
    def events(self) -> tuple[Finding, ...]:
        """Cause states that can be responsible."""
        layout = self.network.layout
        return tuple((layout.names[cause], layout.states[cause][state]) for cause, state in layout.events)

    @cached_property
    def problem(self) -> Problem:
        """The problem with one of these faults in a case; its questions are put here instead.

        A try sets a fault right with P(repaired), and else succeeds where its links do not fire again.
        """
        lasting = 1 - self.retry
        prices, tries = self.menu.prices, self.menu.tries
        actions = []
        for a, action in enumerate(self.menu.actions):
            fixed = np.array([*(self._fixed(a, *event) for event in self.events), 0.0])
            solved = 1 - (1 - fixed) * lasting
            fixes = {fault: float(p) for fault, p in zip(self.faults, solved, strict=True) if p > 0}
            actions.append(Action(id=action.id, cost=float(prices[a]), fixes=fixes, tries=int(tries[a])))
        even = dict.fromkeys(self.faults, 1.0)
        return single_fault(even, actions, escalation=self.menu.escalation)

    @cached_property
    def retry(self) -> Floats:
        """P(the next attempt succeeds though nothing was done | fault responsible), shape (F,).

        Exact, before any finding: one row for each fault on the network of two attempts.
        """
        model, premise = self.network.model, self.network.model.premise
        assert premise is not None  # menus are of models with causes, and these have one
        twin = compile_network(two_attempts(model, (), [premise.variable, *self.menu.causes]))
        layout, outcome = twin.layout, premise.variable + NEXT
        row = twin.rows([Evidence(twin.model, {})], premise=True)[0]
        inquiry = twin.inquire(row, (), [*self.menu.causes, outcome])
        better = row.copy()
        better[layout.slots(outcome)] = [
            state in premise.exclude for state in layout.states[layout.index_of[outcome]]
        ]
        rows = []
        for base in (row, better):
            for cause, state in self.network.layout.events:
                index = layout.index_of[self.network.layout.names[cause]]
                there = base.copy()
                there[layout.span(index)] = 0.0
                there[layout.offsets[index] + state] = base[layout.offsets[index] + state]
                quiet = there.copy()
                quiet[layout.event_slot_of[index, state]] = 0.0
                rows += [there, quiet]
            nobody = base.copy()
            nobody[layout.n_states :] = 0.0
            rows += [nobody, np.zeros_like(nobody)]
        p = np.exp(inquiry.log_evidence(np.array(rows)) - inquiry.log_evidence(row[None, :])[0])
        fired, succeeded = np.maximum(p.reshape(2, -1, 2) @ [1.0, -1.0], 0.0)
        return np.asarray(
            np.clip(np.divide(succeeded, fired, out=np.zeros_like(fired), where=fired > 0), 0.0, 1.0)
        )

    @cached_property
    def kind_of(self) -> Ints:
        """Where each fault stands among the problem's kinds, shape (F,)."""
        return self.problem.kinds.start

    def judged(self, answers: tuple[int, ...]) -> Judged:
        """Return beliefs given answers, -1 where nothing was asked."""
        if answers not in self.known:
            self.known[answers] = self._judge(answers)
        return self.known[answers]

    def _judge(self, answers: tuple[int, ...]) -> Judged:
        network, menu = self.network, self.menu
        told = np.array([answers], dtype=np.int64)
        asked = [
            number
            for number, answer in enumerate(answers)
            if answer < 0 and menu.is_open(len(menu.actions) + number, told)[0]
        ]
        row = network.rows([Evidence(network.model, menu.findings(answers))], premise=True)[0]
        names = [menu.questions[number].id for number in asked]
        found = network.inquire(row, names, menu.causes).answers()
        joint = {
            number: _shares(found.beliefs[name][:, network.layout.n_states :], found.p[name])
            for number, name in zip(asked, names, strict=True)
        }
        now = _shares(found.before[None, network.layout.n_states :], np.ones(1))[0]
        return Judged(now / now.sum(), joint, self._harmful(found.before))

    def _harmful(self, beliefs: Floats) -> Bools:
        """Return which actions a cause state forbids that is as probable as `RISK`."""
        layout, causes = self.network.layout, set(self.menu.causes)
        return np.array(
            [
                any(beliefs[layout.slot(*state)] >= RISK for state in action.never_when if state[0] in causes)
                for action in self.menu.actions
            ]
        )

    def _fixed(self, action: int, cause: str, state: str) -> float:
        number = self.network.model.variable_of[cause].state_ids.index(state)
        return float(self.menu.fixes[action, self.menu.causes.index(cause), number])


def _shares(events: Floats, p: Floats) -> Floats:
    """Return P(answer, fault responsible) of each, what is left falling to `NOBODY`, shape (K, F).

    Where several took part these sum to more than P(answer).
    """
    joint = np.clip(events, 0.0, None) * p[:, None]
    nobody = np.maximum(p - joint.sum(axis=1), 0.0)
    return np.column_stack([joint, nobody])
