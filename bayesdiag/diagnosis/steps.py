"""Which questions and repairs are open now, and what each costs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict, Unpack

from bayesdiag.case import Evidence
from bayesdiag.engine.layout import Floats, Layout
from bayesdiag.errors import EvidenceError, Fault, known_names
from bayesdiag.model import Asked, Condition, Finding, Model, Question, Repair, Variable

RISK = 0.2
"""A repair that must never be done in some cause state is not suggested from this probability on."""

LEAST_PRICE = 0.5
"""Minutes that any question costs, so that a free one is not infinitely good."""


Turn = Literal["mandatory", "ranked", "skipped"]
"""Where in the line a question stands: before all others, by its worth, or behind all others."""


class Asking(TypedDict, total=False):
    """How the questions of one case are asked, beside what the model says.

    Attributes:
        skipped: Not now: behind all others, those skipped first before those skipped last.
        dont_know: The person cannot tell: not asked again. It is no evidence.
        mandatory: Asked before all others, as those that the model marks so.
        never: Not to be suggested, as those that the model marks so.
    """

    skipped: Sequence[str]
    dont_know: Collection[str]
    mandatory: Collection[str]
    never: Collection[str]


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


def open_questions(model: Model, evidence: Evidence, **asking: Unpack[Asking]) -> list[Variable]:
    """Return what can still be asked, in the model's order; what is put off is among it.

    Args:
        model: The model.
        evidence: What is known already.
        asking: See `Asking`.
    """
    known, unknowing = evidence.hard(), asking.get("dont_know", ())
    return [
        variable
        for variable in model.variables
        if variable.question is not None
        and variable.id not in evidence.findings
        and variable.id not in unknowing
        and _asked(variable.id, variable.question, asking) != "never"
        and _is_met(variable.question.requires, known)
    ]


def turns(questions: Iterable[Variable], **asking: Unpack[Asking]) -> dict[str, tuple[int, int]]:
    """Return what to sort questions by before their worth: the mandatory ones, the ranked, those put off.

    Args:
        questions: Open questions, in the model's order.
        asking: See `Asking`.
    """
    places = {name: place for place, name in enumerate(asking.get("skipped", ()))}
    found = {}
    for place, variable in enumerate(questions):
        turn = turn_of(variable, **asking)
        found[variable.id] = {
            "mandatory": (0, place),
            "ranked": (1, 0),
            "skipped": (2, places.get(variable.id, 0)),
        }[turn]
    return found


def turn_of(variable: Variable, **asking: Unpack[Asking]) -> Turn:
    """Return where in the line an open question stands."""
    if variable.id in asking.get("skipped", ()):
        return "skipped"
    return "mandatory" if is_mandatory(variable, **asking) else "ranked"


def is_mandatory(variable: Variable, **asking: Unpack[Asking]) -> bool:
    """Whether a question must be asked, put off or not."""
    question = variable.question
    return question is not None and _asked(variable.id, question, asking) == "mandatory"


def check_asking(model: Model, **asking: Unpack[Asking]) -> None:
    """Raise where something is named that is no question, or that must and must not be asked.

    Raises:
        EvidenceError: With every fault.
    """
    questions = [variable.id for variable in model.variables if variable.question is not None]
    told = {
        "skipped": asking.get("skipped", ()),
        "dont_know": asking.get("dont_know", ()),
        "mandatory": asking.get("mandatory", ()),
        "never": asking.get("never", ()),
    }
    faults = [
        Fault((part, name), "no question has this name", known_names(name, questions, "questions"))
        for part, names in told.items()
        for name in dict.fromkeys(names)
        if name not in questions
    ]
    faults += [
        Fault((name,), "this is to be asked first, and never", "Say one of the two.")
        for name in dict.fromkeys(told["mandatory"])
        if name in told["never"]
    ]
    if faults:
        raise EvidenceError(faults)


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


def _asked(name: str, question: Question, asking: Asking) -> Asked:
    """Return when a question is asked: as wished for this case, else as the model says."""
    if name in asking.get("never", ()):
        return "never"
    return "mandatory" if name in asking.get("mandatory", ()) else question.asked


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
