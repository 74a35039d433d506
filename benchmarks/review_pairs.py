"""Pairs of cause states that want different repairs, and the question that tells each pair apart best.

What a question answers given one cause state is read off a row in which no link of any other cause
has fired: the other responsibility slots are 0, and so are the other states of this cause. What is
left are worlds in which this state's links fired and worlds in which only leaks did it; the belief
in the responsibility slot under each answer takes the second kind away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from bayesdiag.case import Evidence
from bayesdiag.diagnosis.decide import step_cost
from bayesdiag.diagnosis.steps import open_questions
from bayesdiag.engine.layout import Floats
from bayesdiag.engine.network import CompiledNetwork
from bayesdiag.model import Finding, Model, Repair

USEFUL = 0.5
"""A repair is useful where it helps at least this share as often as the best one; less is "much less"."""
TOLD = 0.2
"""Total variation distance that tells two causes apart: a guess by the answer is right in 60 of 100."""
SHARED = 0.02
"""A message is shared by two causes where either shows it at least this often."""
ROUNDING = 1e-9
"""A distance below this is none."""

NOTHING: Mapping[str, str] = {}

Shares = Mapping[str, Floats]
"""Variable → P(state) of each of its states."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two cause states that want different repairs.

    Attributes:
        one: A cause state.
        other: The other one.
        repairs: What would be done first about each, if it were known; empty where nothing helps.
        message: The state of the message variable that both may show; empty where they share none.
        question: The question whose answers differ most then; empty where none tells anything.
        distance: Total variation distance of its answers, 0 to 1.
    """

    one: Finding
    other: Finding
    repairs: tuple[str, str]
    message: str
    question: str
    distance: float

    @property
    def is_told(self) -> bool:
        """Whether a question tells them apart."""
        return self.distance >= TOLD


@dataclass
class Shown:
    """What each cause state shows where it alone took part in a failed attempt.

    Attributes:
        network: The network.
        given: (cause state, findings) → P(answers) of all questions open then; kept once worked out.
    """

    network: CompiledNetwork
    given: dict[tuple[Finding, tuple[Finding, ...]], Shares] = field(default_factory=dict)

    def answers(self, cause: Finding, findings: Mapping[str, str] = NOTHING) -> Shares:
        """Return P(answer | only this cause state took part, findings) of every open question.

        Args:
            cause: A cause state with a link into a stage.
            findings: What else is known.

        Returns:
            Question → shape (answers,); nothing where that cannot be.
        """
        key = (cause, tuple(sorted(findings.items())))
        if key not in self.given:
            self.given[key] = self._answers(cause, findings)
        return self.given[key]

    def _answers(self, cause: Finding, findings: Mapping[str, str]) -> Shares:
        model, layout = self.network.model, self.network.layout
        evidence = Evidence(model, findings)
        questions = [question.id for question in open_questions(model, evidence)]
        row = only(self.network, cause, evidence)
        found = self.network.inquire(row, questions, [cause[0]]).answers()
        event = layout.responsible(*cause)
        joint = {name: found.p[name] * np.clip(found.beliefs[name][:, event], 0, 1) for name in questions}
        return {name: p / p.sum() for name, p in joint.items() if p.sum() > 0}


def only(network: CompiledNetwork, cause: Finding, evidence: Evidence) -> Floats:
    """Return the row of a failed attempt in which no link but those of one cause state fired, shape (S,)."""
    layout = network.layout
    row = network.rows([evidence], premise=True)[0]
    event = layout.responsible(*cause)
    row[layout.n_states :] = 0.0
    row[event] = 1.0
    own = layout.slot(*cause)
    kept = row[own]
    row[layout.slots(cause[0])] = 0.0
    row[own] = kept
    return row


def cause_states(network: CompiledNetwork) -> list[Finding]:
    """Return every cause state that can be responsible, in the model's order."""
    layout = network.layout
    return [(layout.names[cause], layout.states[cause][state]) for cause, state in layout.events]


def message_variable(model: Model) -> str:
    """Return the variable that most messages of machines report; empty where there are none."""
    counted = Counter(message.variable for message in model.messages)
    return counted.most_common(1)[0][0] if counted else ""


def first_repair(model: Model, cause: Finding) -> Repair | None:
    """Return what a person would do first who knew the cause: the cheapest of the useful repairs.

    Advice against the next failure, ways round it and handing the case over repair nothing, and do not count.
    """
    repairs = [
        repair
        for repair in model.repairs
        if repair.fixes.get(cause, 0.0) > 0
        and not (repair.prevention or repair.workaround or repair.last_resort)
    ]
    best = max((repair.fixes[cause] for repair in repairs), default=0.0)
    useful = [repair for repair in repairs if repair.fixes[cause] >= USEFUL * best]
    return min(useful, key=lambda repair: (step_cost(model, repair), -repair.fixes[cause]), default=None)


def differ(one: Finding, other: Finding, first: Mapping[Finding, Repair | None]) -> bool:
    """Whether what is done first about one cause state helps the other much less than what is done there."""
    return _is_vain(one, other, first) or _is_vain(other, one, first)


def pairs(network: CompiledNetwork) -> list[Pair]:
    """Return all pairs of cause states with different repairs, those told apart worst first."""
    shown, states = Shown(network), cause_states(network)
    first = {state: first_repair(network.model, state) for state in states}
    found = [
        pair(shown, one, other, first)
        for one, other in combinations(states, 2)
        if differ(one, other, first) and shown.answers(one) and shown.answers(other)
    ]
    return sorted(found, key=lambda pair: pair.distance)


def pair(shown: Shown, one: Finding, other: Finding, first: Mapping[Finding, Repair | None]) -> Pair:
    """Return one pair with the question that tells it apart best once the message is told."""
    model = shown.network.model
    named = [repair.id if repair else "" for repair in (first[one], first[other])]
    screen, message = message_variable(model), ""
    if screen and screen in shown.answers(one):
        shared = np.minimum(shown.answers(one)[screen], shown.answers(other)[screen])
        if shared.max() >= SHARED:
            message = model.variable_of[screen].state_ids[int(shared.argmax())]
    findings = {screen: message} if message else NOTHING
    told, others = shown.answers(one, findings), shown.answers(other, findings)
    distances = {name: distance(p, others[name]) for name, p in told.items() if name in others}
    question, best = max(distances.items(), key=lambda one: one[1], default=("", 0.0))
    return Pair(one, other, (named[0], named[1]), message, question if best > ROUNDING else "", best)


def distance(p: Floats, q: Floats) -> float:
    """Return the total variation distance of two distributions, ½ Σ |p − q|."""
    return float(np.abs(p - q).sum() / 2)


def _is_vain(one: Finding, other: Finding, first: Mapping[Finding, Repair | None]) -> bool:
    """Whether the first repair of one state helps the other less than `USEFUL` times what its own does."""
    mine, theirs = first[one], first[other]
    if theirs is None:  # nothing is missed; that the other way round something is, is found there
        return False
    helped = mine.fixes.get(other, 0.0) if mine else 0.0
    return helped < USEFUL * theirs.fixes[other]
