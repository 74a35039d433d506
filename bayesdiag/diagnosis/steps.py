"""Which questions and repairs are open now, and what each costs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from bayesdiag.case import Evidence
from bayesdiag.engine.layout import Floats, Layout
from bayesdiag.model import Condition, Finding, Model, Question, Repair, Variable

RISK = 0.2
"""A repair that must never be done in some cause state is not suggested from this probability on."""

LEAST_PRICE = 0.5
"""Minutes that any question costs, so that a free one is not infinitely good."""


@dataclass(frozen=True, slots=True)
class Price:
    """What steps cost, what must be opened for them included.

    Attributes:
        minutes: Working time.
        money: Money, in the model's currency.
        wait_minutes: Waiting.
    """

    minutes: float
    money: float
    wait_minutes: float


def open_clusters(model: Model, evidence: Evidence) -> frozenset[str]:
    """Return what is open by now: what the questions that were answered needed open."""
    if not model.clusters:
        return frozenset()
    asked = [model.variable_of[name].question for name in evidence.findings]
    return frozenset(name for question in asked if question is not None for name in question.clusters)


def step_price(model: Model, steps: Iterable[Question | Repair], opened: Collection[str] = ()) -> Price:
    """Return what steps cost together: each, and once what must be opened for any of them.

    Args:
        model: The model.
        steps: What is asked and done.
        opened: What is open already.
    """
    every = list(steps)
    needed = {name: model.cluster_of[name] for step in every for name in step.clusters if name not in opened}
    priced = [*every, *needed.values()]
    return Price(
        sum(one.minutes for one in priced),
        sum(one.money for one in priced),
        sum(one.wait_minutes for one in priced),
    )


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
    known, leading = evidence.hard(), _leading(model, evidence)
    return [
        repair
        for repair in model.repairs
        if not repair.prevention
        and _is_met(repair.requires, known)
        and not any(_is_likely(model, finding, leading, beliefs, layout) for finding in repair.never_when)
    ]


def is_shown_first(model: Model, repair: Repair, evidence: Evidence) -> bool:
    """Whether a finding says that this comes before everything else."""
    return not _leading(model, evidence).isdisjoint(repair.show_first_when)


def question_price(model: Model, variable: Variable, opened: Collection[str] = ()) -> float:
    """Return minutes that asking takes, money counted in minutes; half a minute is the least.

    Waiting is not counted: nobody is kept from asking something else meanwhile.

    The price of `score` in the documents: minutes + money/rate + 0.5. What must be opened for it
    and is not in `opened` is paid with it.
    """
    question = variable.question
    if question is None:
        raise ValueError(f"{variable.id} cannot be asked about")
    price = step_price(model, [question], opened)
    money = price.money / model.money_per_minute if model.money_per_minute else 0.0
    return price.minutes + money + LEAST_PRICE


def _is_met(condition: Condition, known: Mapping[str, str]) -> bool:
    """Whether nothing known speaks against the condition."""
    return all(name not in known or known[name] in states for name, states in condition.items())


def _leading(model: Model, evidence: Evidence) -> frozenset[Finding]:
    """Return what was seen, a state that is not certain too where no other of its variable is likelier.

    What speaks as much for every state speaks for none.
    """
    return frozenset(
        (name, state)
        for name, likelihoods in evidence.findings.items()
        for state, likelihood in likelihoods.items()
        if likelihood == max(likelihoods.values())
        and likelihood > min(likelihoods.get(s, 0.0) for s in model.variable_of[name].state_ids)
    )


def _is_likely(
    model: Model, finding: Finding, leading: Collection[Finding], beliefs: Floats, layout: Layout
) -> bool:
    if model.variable_of[finding[0]].kind == "cause":
        return bool(beliefs[layout.slot(*finding)] >= RISK)
    return finding in leading
