"""What somebody without insight can be asked and told: what they can answer, what they can safely do."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bayesdiag.case import Evidence
from bayesdiag.diagnosis.ask import QuestionValue, worth_asking
from bayesdiag.diagnosis.plan import PlanStep
from bayesdiag.diagnosis.rank import Call
from bayesdiag.diagnosis.result import Diagnosis
from bayesdiag.diagnosis.steps import is_shown_first, open_repairs
from bayesdiag.diagnosis.unsolved import unsolved
from bayesdiag.engine.network import CompiledNetwork
from bayesdiag.model import Model, Question, Repair

ANSWERS = frozenset({"merchant", "anyone"})
"""Who answers at the terminal."""
ACTS = ANSWERS | {"cardholder"}
"""Who is there to do something."""
LEAST = 0.05
"""Whoever is less likely to be concerned is not named."""
CALLS = 2
"""So many are named to be called."""


@dataclass(frozen=True, slots=True)
class Counsel:
    """What to do and whom to call.

    Attributes:
        is_solved: Whether an answer says that it works now; then there is nothing to do.
        steps: Steps of the plan that can be taken on the spot, in its order.
        workarounds: Repairs that get the payment done without repairing anything; none while the plan
            has a step that a finding puts before everything else, whoever takes it.
        contacts: Whom to call, the likeliest side first.
    """

    is_solved: bool = False
    steps: tuple[PlanStep, ...] = ()
    workarounds: tuple[str, ...] = ()
    contacts: tuple[Call, ...] = ()


def beyond(model: Model) -> frozenset[str]:
    """Return what nobody at the terminal can answer; a question that names nobody may be put to anybody."""
    return frozenset(
        variable.id
        for variable in model.variables
        if variable.question is not None and not _concerns(variable.question, ANSWERS)
    )


def next_question(network: CompiledNetwork, diagnosis: Diagnosis) -> QuestionValue | None:
    """Return what to ask next at the terminal, or None by the stop rule of `worth_asking`.

    Beside what nobody there can answer, left out is every test that tries the payment again where
    that is not safe: the repair it does must not be suggested now, or something else comes first.

    Args:
        network: The network the diagnosis was made with.
        diagnosis: What is known, skipped questions already taken out.
    """
    model, evidence = network.model, diagnosis.evidence
    if diagnosis.is_impossible or is_solved(model, evidence):
        return None
    safe = _safe(network, diagnosis)
    names = {repair.id for repair in safe}
    is_urgent = any(is_shown_first(model, repair, evidence) for repair in safe)
    left_out = beyond(model) | {
        variable.id
        for variable in model.variables
        if variable.next_attempt is not None
        and (is_urgent or (variable.next_attempt.does or None) not in {None, *names})
    }
    return worth_asking([one for one in diagnosis.questions if one.id not in left_out], diagnosis.causes)


def counsel(diagnosis: Diagnosis) -> Counsel:
    """Return what to do and whom to call; nothing where the findings cannot occur together."""
    if diagnosis.is_impossible:
        return Counsel()
    if is_solved(diagnosis.model, diagnosis.evidence):
        return Counsel(is_solved=True)
    plan, repair_of = diagnosis.plan, diagnosis.model.repair_of
    # Whoever must first know whether the money went must not pay another way meanwhile.
    is_urgent = any(
        is_shown_first(diagnosis.model, repair_of[step.id], diagnosis.evidence) for step in plan.steps
    )
    others = () if is_urgent else plan.workarounds
    return Counsel(
        steps=tuple(step for step in plan.steps if _concerns(repair_of[step.id], ACTS)),
        workarounds=tuple(name for name in others if _concerns(repair_of[name], ACTS)),
        contacts=tuple(call for call in diagnosis.contact if call.p >= LEAST)[:CALLS],
    )


def is_solved(model: Model, evidence: Evidence) -> bool:
    """Whether a test that does a repair on the way was answered otherwise than by its first state.

    The first state of such a test is that it still fails.
    """
    for name, state in evidence.hard().items():
        variable = model.variable_of[name]
        again = variable.next_attempt
        if again is not None and again.does and state != variable.state_ids[0]:
            return True
    return False


def _safe(network: CompiledNetwork, diagnosis: Diagnosis) -> list[Repair]:
    model, evidence = network.model, diagnosis.evidence
    causes = [variable.id for variable in model.of_kind("cause")]
    inquiry = network.inquire(network.rows([evidence], premise=True)[0], [], causes)
    tried = [model.repair_of[name] for name in diagnosis.asking.get("tried", ())]
    beliefs = (
        unsolved(inquiry, tried).beliefs() if tried else inquiry.posterior(inquiry.row[None, :]).beliefs[0]
    )
    return open_repairs(model, evidence, beliefs, network.layout)


def _concerns(step: Question | Repair, people: Collection[str]) -> bool:
    return not step.who or not set(people).isdisjoint(step.who)
