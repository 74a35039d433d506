"""Which questions and repairs are open now, and what each costs."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from bayesdiag.case import Evidence
from bayesdiag.engine.layout import Floats, Layout
from bayesdiag.model import Condition, Model, Repair, Variable

RISK = 0.2
"""A repair that must never be done in some cause state is not suggested from this probability on."""


def open_questions(model: Model, evidence: Evidence, skipped: Collection[str] = ()) -> list[Variable]:
    """Return what can still be asked, in the model's order.

    Args:
        model: The model.
        evidence: What is known already.
        skipped: What was asked and not answered.
    """
    known = evidence.hard()
    return [
        variable
        for variable in model.variables
        if variable.question is not None
        and variable.id not in evidence.findings
        and variable.id not in skipped
        and _is_met(variable.question.requires, known)
    ]


def open_repairs(model: Model, evidence: Evidence, beliefs: Floats, layout: Layout) -> list[Repair]:
    """Return the repairs that may be suggested: possible, and safe in every state that is likely.

    Args:
        model: The model.
        evidence: What is known.
        beliefs: Beliefs given it, shape (S,).
        layout: Where the beliefs stand.
    """
    known = evidence.hard()
    return [
        repair
        for repair in model.repairs
        if not repair.prevention
        and _is_met(repair.requires, known)
        and not any(_is_likely(model, finding, known, beliefs, layout) for finding in repair.never_when)
    ]


def is_shown_first(repair: Repair, evidence: Evidence) -> bool:
    """Whether a finding says that this comes before everything else."""
    return any(evidence.hard().get(name) == state for name, state in repair.show_first_when)


def question_price(model: Model, variable: Variable) -> float:
    """Return minutes that asking takes, money counted in minutes; half a minute is the least.

    Waiting is not counted: nobody is kept from asking something else meanwhile.

    The price of `score` in the documents: minutes + money/rate + 0.5.
    """
    question = variable.question
    if question is None:
        raise ValueError(f"{variable.id} cannot be asked about")
    money = question.money / model.money_per_minute if model.money_per_minute else 0.0
    return question.minutes + money + 0.5


def _is_met(condition: Condition, known: Mapping[str, str]) -> bool:
    """Whether nothing known speaks against the condition."""
    return all(name not in known or known[name] in states for name, states in condition.items())


def _is_likely(
    model: Model, finding: tuple[str, str], known: Mapping[str, str], beliefs: Floats, layout: Layout
) -> bool:
    name, state = finding
    if model.variable_of[name].kind == "cause":
        return bool(beliefs[layout.slot(name, state)] >= RISK)
    return known.get(name) == state
