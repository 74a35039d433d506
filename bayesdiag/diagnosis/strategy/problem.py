"""What is to be decided: worlds with weights, what may be done and asked in them, and what each costs.

Arrays and numbers only; nothing here knows of networks or of models.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from bayesdiag.diagnosis.strategy.kinds import Kinds, kinds_of
from bayesdiag.diagnosis.strategy.price import Prices, prices_of
from bayesdiag.engine.distinct import distinct
from bayesdiag.engine.layout import Bools, Floats, Ints

LIKELIHOOD_TOLERANCE = 1e-6
"""How far a world's answers may be from summing to one."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Priced:
    """What actions and questions have in common.

    Attributes:
        id: Its name.
        cost: Price of doing it, in one currency for the whole problem; above 0 for an action.
        minutes: Time it takes, only reported.
        clusters: What must be open for it (the back of a machine); opening is paid once.
        cost_after: Step → the price once that step was done; the least of those that apply counts.
        never_in: Worlds in which it must not be suggested, shape (W,).
    """

    id: str
    cost: float
    minutes: float = 0.0
    clusters: tuple[str, ...] = ()
    cost_after: Mapping[str, float] = field(default_factory=dict)
    never_in: Bools | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Action(Priced):
    """Something that may solve the case; whether it did is seen at once.

    Attributes:
        fixes: Fault → P(it is gone afterwards | it was there), independently for each.
        tries: How many times it may be done; 1: it is not offered again after it failed.
    """

    fixes: Mapping[str, float]
    tries: int = 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Question(Priced):
    """Something that can be found out, once.

    Attributes:
        answers: What may come back.
        likelihoods: P(answer | world), shape (W, K).
    """

    answers: tuple[str, ...]
    likelihoods: Floats


@dataclass(frozen=True, slots=True)
class Cluster:
    """Something that must be opened first and then stays open.

    Attributes:
        id: Its name.
        cost: Price of opening it.
        minutes: Time it takes.
    """

    id: str
    cost: float
    minutes: float = 0.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Problem:
    """A troubleshooting problem.

    A world is solved when every fault in it is gone. Actions change faults, never anything else,
    so an answer means the same before and after an action.

    Attributes:
        faults: Names of the faults.
        weights: Weight of each world, shape (W,), not all zero; they need not sum to one.
        present: Which faults a world has, shape (W, C); at least one each.
        actions: What can be done, A of them.
        questions: What can be asked, Q of them.
        escalation: Price of handing the case to somebody who always solves it; None where there
            is nobody: then one goes on while an action may still repair something, and what is left
            in the end costs nothing.
        escalation_minutes: Time that takes, only reported.
        clusters: What steps may have to open.
        risk: A step is not suggested while P(a world of its `never_in`) is above this.
    """

    faults: tuple[str, ...]
    weights: Floats
    present: Bools
    actions: tuple[Action, ...]
    questions: tuple[Question, ...] = ()
    escalation: float | None = None
    escalation_minutes: float = 0.0
    clusters: tuple[Cluster, ...] = ()
    risk: float = 0.0

    def __post_init__(self) -> None:
        told = [*self._wrong_worlds(), *self._wrong_steps(), *self._wrong_questions()]
        if told:
            raise ValueError("; ".join(told))

    @property
    def steps(self) -> tuple[Priced, ...]:
        """Actions, then questions; `harmful` and prices stand in this order."""
        return (*self.actions, *self.questions)

    @property
    def n_actions(self) -> int:
        """A."""
        return len(self.actions)

    @cached_property
    def fixes(self) -> Floats:
        """P(gone | fault there, action), shape (A, C)."""
        found = [[action.fixes.get(fault, 0.0) for fault in self.faults] for action in self.actions]
        return np.array(found, dtype=np.float64).reshape(len(self.actions), len(self.faults))

    @cached_property
    def harmful(self) -> Bools:
        """In which world which step must not be suggested, shape (W, A + Q)."""
        none = np.zeros(len(self.weights), dtype=np.bool_)
        columns = [none if step.never_in is None else step.never_in for step in self.steps]
        return np.stack(columns, axis=1) if columns else np.zeros((len(none), 0), dtype=np.bool_)

    @cached_property
    def kinds(self) -> Kinds:
        """What may be left of the worlds, and how actions change it."""
        return kinds_of(self.present, self.harmful, self.fixes)

    @cached_property
    def prices(self) -> Prices:
        """What steps cost, given what was done before."""
        opening = {cluster.id: cluster.cost for cluster in self.clusters}
        alternatives = [step.cost_after for step in self.steps]
        return prices_of(self.steps, [step.cost for step in self.steps], opening, alternatives)

    @cached_property
    def times(self) -> Prices:
        """What steps take in minutes, given what was done before."""
        opening = {cluster.id: cluster.minutes for cluster in self.clusters}
        return prices_of(self.steps, [step.minutes for step in self.steps], opening, [])

    @cached_property
    def tries(self) -> Ints:
        """How many times each action may be done, shape (A,)."""
        return np.array([action.tries for action in self.actions], dtype=np.int64)

    @cached_property
    def first_answer(self) -> Ints:
        """Where each question's answers begin when all stand side by side, and how many there are."""
        widths = [len(question.answers) for question in self.questions]
        return np.concatenate([[0], np.cumsum(widths, dtype=np.int64)]).astype(np.int64)

    @cached_property
    def sorted_likelihoods(self) -> Floats:
        """P(answer | world), all answers side by side, worlds as in `kinds.order`, shape (W, ΣK)."""
        found = [question.likelihoods for question in self.questions]
        every = np.concatenate(found, axis=1) if found else np.zeros((len(self.weights), 0))
        return np.ascontiguousarray(every[self.kinds.order])

    def _wrong_worlds(self) -> list[str]:
        n_worlds, n_faults = self.present.shape
        told = []
        if self.weights.shape != (n_worlds,) or n_faults != len(self.faults):
            return [f"present is {self.present.shape}; it needs (worlds, faults)"]
        if not np.all(np.isfinite(self.weights)) or self.weights.min() < 0 or self.weights.sum() <= 0:
            told.append("weights must be finite, not negative, and not all zero")
        if not self.present.any(axis=1).all():
            told.append("a world without any fault cannot be solved; give it a fault that nothing fixes")
        if self.escalation is not None and not 0 < self.escalation < np.inf:
            told.append(f"escalation costs {self.escalation}; it must cost something")
        return told

    def _wrong_steps(self) -> list[str]:
        ids = [step.id for step in self.steps]
        told = [f"{name} stands twice" for name in sorted({name for name in ids if ids.count(name) > 1})]
        clusters = {cluster.id for cluster in self.clusters}
        for step in self.steps:
            told += [f"{step.id} needs {name}, which is no cluster" for name in set(step.clusters) - clusters]
            told += [
                f"{step.id} is cheaper after {name}, which is no step"
                for name in set(step.cost_after) - set(ids)
            ]
            if step.never_in is not None and step.never_in.shape != self.weights.shape:
                told.append(f"{step.id}: never_in needs one entry a world")
        for action in self.actions:
            told += [
                f"{action.id} fixes {name}, which is no fault"
                for name in set(action.fixes) - set(self.faults)
            ]
            least = min([action.cost, *action.cost_after.values()])
            if least <= 0 or action.tries < 1 or not all(0 <= p <= 1 for p in action.fixes.values()):
                told.append(f"{action.id} must cost something, have a try, and fix with probabilities")
        return told

    def _wrong_questions(self) -> list[str]:
        told = []
        for question in self.questions:
            likelihoods = question.likelihoods
            if likelihoods.shape != (len(self.weights), len(question.answers)):
                told.append(
                    f"{question.id}: likelihoods are {likelihoods.shape}; they need (worlds, answers)"
                )
            elif likelihoods.min() < 0 or np.any(np.abs(likelihoods.sum(axis=1) - 1) > LIKELIHOOD_TOLERANCE):
                told.append(f"{question.id}: the answers of each world must sum to one")
            if min([question.cost, *question.cost_after.values()]) < 0:
                told.append(f"{question.id} costs less than nothing")
        return told


def single_fault(
    p: Mapping[str, float],
    actions: Sequence[Action],
    questions: Sequence[Question] = (),
    *,
    escalation: float | None = None,
) -> Problem:
    """Return the classic problem: exactly one fault, one world for each.

    Args:
        p: Fault → its probability; likelihoods of questions stand in this order.
        actions: What can be done.
        questions: What can be asked.
        escalation: Price of handing the case over.
    """
    return Problem(
        faults=tuple(p),
        weights=np.array(list(p.values()), dtype=np.float64),
        present=np.eye(len(p), dtype=np.bool_),
        actions=tuple(actions),
        questions=tuple(questions),
        escalation=escalation,
    )


def only(problem: Problem, steps: Collection[str]) -> Problem:
    """Return the same problem with some of its steps.

    Args:
        problem: The problem.
        steps: Actions and questions to keep.
    """
    actions = [replace(a, cost_after=_among(a.cost_after, steps)) for a in problem.actions if a.id in steps]
    questions = [
        replace(q, cost_after=_among(q.cost_after, steps)) for q in problem.questions if q.id in steps
    ]
    return replace(problem, actions=tuple(actions), questions=tuple(questions))


def merged(problem: Problem) -> Problem:
    """Return the same problem with worlds that nothing tells apart made one, and impossible ones left out."""
    possible = problem.weights > 0
    likelihoods = [question.likelihoods for question in problem.questions]
    columns = np.concatenate([problem.present, problem.harmful, *likelihoods], axis=1)[possible]
    first, group = distinct(columns.astype(np.float64))
    keep = np.flatnonzero(possible)[first]
    actions = [replace(a, never_in=None if a.never_in is None else a.never_in[keep]) for a in problem.actions]
    questions = [
        replace(q, likelihoods=q.likelihoods[keep], never_in=None if q.never_in is None else q.never_in[keep])
        for q in problem.questions
    ]
    return replace(
        problem,
        weights=np.bincount(group, problem.weights[possible]).astype(np.float64),
        present=problem.present[keep],
        actions=tuple(actions),
        questions=tuple(questions),
    )


def _among(prices: Mapping[str, float], steps: Collection[str]) -> dict[str, float]:
    return {name: cost for name, cost in prices.items() if name in steps}
