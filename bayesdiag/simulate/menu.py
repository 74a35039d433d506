"""What may be done in a model's cases and what it costs: the same for every policy.

Workarounds and advice against the next failure are no steps; a test that does a repair on the way
is that repair. Nothing dearer than handing the case over is done.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayesdiag.diagnosis.strategy import Step
from bayesdiag.diagnosis.whatif import p_fixed
from bayesdiag.engine.layout import Bools, Floats, Ints
from bayesdiag.errors import Fault, InvalidModel
from bayesdiag.model import Model, Question, Repair, Variable

TRIES = 3
"""How many times a repair that may be repeated is tried."""

Answered = tuple[int, int]
"""Number of a question, and of its answer."""


@dataclass(frozen=True)
class Menu:
    """Steps and prices.

    Attributes:
        model: The model.
        actions: Repairs that can be tried, A of them.
        questions: Variables that can be asked about, Q of them.
        last: What hands the case over.
    """

    model: Model
    actions: tuple[Repair, ...]
    questions: tuple[Variable, ...]
    last: Repair

    @cached_property
    def prices(self) -> Floats:
        """Price of each action, then of each question, in the model's currency, shape (A + Q,)."""
        return np.array([price(self.model, step) for step in self._steps])

    @cached_property
    def minutes(self) -> Floats:
        """Working minutes of the same, waiting not counted, shape (A + Q,)."""
        return np.array([step.minutes for step in self._steps])

    @cached_property
    def money(self) -> Floats:
        """Money that the same take, time not counted, shape (A + Q,)."""
        return np.array([step.money for step in self._steps])

    @property
    def escalation(self) -> float:
        """Price of handing over, in the model's currency."""
        return price(self.model, self.last)

    @cached_property
    def tries(self) -> Ints:
        """How many times each action may be tried, shape (A,)."""
        return np.array([TRIES if action.repeatable else 1 for action in self.actions], dtype=np.int64)

    @cached_property
    def causes(self) -> tuple[str, ...]:
        """Names of the causes, C of them."""
        return tuple(variable.id for variable in self.model.of_kind("cause"))

    @cached_property
    def fixes(self) -> Floats:
        """P(made normal | action, cause, state), shape (A, C, most states); 0 for normal ones."""
        return self.fixes_in(self.model)

    def fixes_in(self, model: Model) -> Floats:
        """Return the same by the numbers of another model with the same names."""
        variables = [model.variable_of[name] for name in self.causes]
        found = np.zeros((len(self.actions), len(variables), max(len(v.states) for v in variables)))
        for a, action in enumerate(self.actions):
            for c, variable in enumerate(variables):
                for s, state in enumerate(variable.state_ids[1:], start=1):
                    found[a, c, s] = p_fixed(model, model.repair_of[action.id], variable.id, state)
        return found

    @cached_property
    def aims_at(self) -> Bools:
        """Whether an action is listed for a cause state, shape (A, C, most states)."""
        found = np.zeros(self.fixes.shape, dtype=np.bool_)
        for a, action in enumerate(self.actions):
            for name, state in action.fixes:
                c = self.causes.index(name)
                found[a, c, self.model.variable_of[name].state_ids.index(state)] = True
        return found

    @cached_property
    def blocks(self) -> tuple[tuple[Answered, ...], ...]:
        """For each action and then each question: the answers after which it must not be suggested.

        What must never be done while a cause is in some state is left to policies that know how
        probable that is.
        """
        found = []
        for step in self._steps:
            never = step.never_when if isinstance(step, Repair) else ()
            told = [(name, state) for name, state in never if name in self._number_of]
            told += [
                (name, state)
                for name, states in step.requires.items()
                if name in self._number_of
                for state in self.model.variable_of[name].state_ids
                if state not in states
            ]
            found.append(tuple(self.answered(name, state) for name, state in told))
        return tuple(found)

    @cached_property
    def forbidden_by(self) -> Mapping[Answered, tuple[int, ...]]:
        """Answer → actions that must not be suggested after it."""
        found: dict[Answered, tuple[int, ...]] = {}
        for action, answers in enumerate(self.blocks[: len(self.actions)]):
            for answer in answers:
                found[answer] = (*found.get(answer, ()), action)
        return found

    def place(self, step: Step) -> int:
        """Return where a step's price stands."""
        return step.number + (len(self.actions) if step.kind == "question" else 0)

    def answered(self, name: str, state: str) -> Answered:
        """Return the numbers of a question and an answer."""
        return self._number_of[name], self.model.variable_of[name].state_ids.index(state)

    def is_open(self, place: int, answers: Ints) -> Bools:
        """Return in which cases no answer speaks against a step.

        Args:
            place: Where its price stands.
            answers: Answers known, -1 where there is none, shape (n, Q).
        """
        found = np.ones(len(answers), dtype=np.bool_)
        for question, answer in self.blocks[place]:
            found &= answers[:, question] != answer
        return found

    def findings(self, answers: tuple[int, ...]) -> dict[str, str]:
        """Return answers known, -1 where there is none, as findings."""
        return {
            variable.id: variable.state_ids[answer]
            for variable, answer in zip(self.questions, answers, strict=True)
            if answer >= 0
        }

    @cached_property
    def _steps(self) -> tuple[Repair | Question, ...]:
        asked = [variable.question for variable in self.questions if variable.question is not None]
        return (*self.actions, *asked)

    @cached_property
    def _number_of(self) -> Mapping[str, int]:
        return {variable.id: number for number, variable in enumerate(self.questions)}


def menu_of(model: Model) -> Menu:
    """Return what may be done in a model's cases.

    Raises:
        InvalidModel: Nothing can be repaired, or nobody is there to hand a case over to.
    """
    lack = lacking(model)
    if lack in {"causes", "last_resort"}:
        told = "Policies need causes, repairs, and one repair with `last_resort: true` to hand a case over."
        raise InvalidModel([Fault(("repairs",), "nobody is there to hand a case over to", told)])
    if lack:
        told = "Give repairs what they fix and what they cost, less than handing over does."
        raise InvalidModel([Fault(("repairs",), "nothing can be tried", told)])
    actions = tuple(repair for repair in model.repairs if not _reason(model, repair))
    names = {repair.id for repair in actions}
    questions = tuple(
        variable
        for variable in model.variables
        if variable.question is not None
        and variable.question.asked != "never"
        and not _is_repair(variable, names)
    )
    return Menu(model, actions, questions, _last(model)[0])


def lacking(model: Model) -> str:
    """Return what comparing policies lacks: "causes", "last_resort" or "actions"; "" where nothing."""
    if not model.is_diagnostic:
        return "causes"
    if not _last(model):
        return "last_resort"
    return "" if any(not _reason(model, repair) for repair in model.repairs) else "actions"


def left_out(menu: Menu) -> dict[str, tuple[str, ...]]:
    """Return what is no step of any policy: why → names, where there are any.

    Reasons: "prevention" (advice against the next failure), "workaround", "no_effect" (it fixes
    nothing), "no_price", "dear" (as dear as handing over, or dearer), "is_repair" (a test that does
    a repair on the way, and is that repair).
    """
    found: dict[str, list[str]] = {}
    for repair in menu.model.repairs:
        reason = _reason(menu.model, repair)
        if reason and not repair.last_resort:
            found.setdefault(reason, []).append(repair.id)
    names = {repair.id for repair in menu.actions}
    tests = [variable.id for variable in menu.model.variables if _is_repair(variable, names)]
    return {reason: tuple(ids) for reason, ids in {**found, "is_repair": tests}.items() if ids}


def _reason(model: Model, repair: Repair) -> str:
    """Return why a repair is no step; empty where it is one."""
    if repair.last_resort:
        return "last_resort"
    if repair.prevention or repair.workaround:
        return "prevention" if repair.prevention else "workaround"
    if not repair.fixes:
        return "no_effect"
    if price(model, repair) <= 0:
        return "no_price"
    return "" if price(model, repair) < price(model, _last(model)[0]) else "dear"


def _last(model: Model) -> list[Repair]:
    return [repair for repair in model.repairs if repair.last_resort]


def _is_repair(variable: Variable, actions: Collection[str]) -> bool:
    return variable.next_attempt is not None and variable.next_attempt.does in actions


def price(model: Model, step: Repair | Question) -> float:
    """Return what a step costs in the model's currency: work, waiting by its weight, and money."""
    return model.cost(step.minutes, step.money, step.wait_minutes)
