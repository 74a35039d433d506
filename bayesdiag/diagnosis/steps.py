"""Which questions and repairs are open now, and what each costs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal, TypedDict, Unpack

from bayesdiag.case import Evidence
from bayesdiag.engine.layout import Floats, Layout
from bayesdiag.errors import EvidenceError, Fault, known_names
from bayesdiag.model import Asked, Cluster, Condition, Finding, Model, Price, Question, Repair, Variable

RISK = 0.2
"""A repair that must never be done in some cause state is not suggested from this probability on."""

LEAST_PRICE = 0.5
"""Minutes that any question costs, so that a free one is not infinitely good."""

EARLIER = "@"
"""Stands between a variable's name and the number of the earlier attempt it belongs to."""

Turn = Literal["mandatory", "ranked", "skipped"]
"""Where in the line a question stands: before all others, by its worth, or behind all others."""


class Asking(TypedDict, total=False):
    """What one person can do about one case, beside what the model says.

    Attributes:
        skipped: Not now: behind all others, those skipped first before those skipped last.
        dont_know: The person cannot tell: not asked again. It is no evidence.
        mandatory: Asked before all others, as those that the model marks so.
        never: Not to be suggested, as those that the model marks so.
        tried: Repairs that were done, in order, and did not help: it failed again.
    """

    skipped: Sequence[str]
    dont_know: Collection[str]
    mandatory: Collection[str]
    never: Collection[str]
    tried: Sequence[str]


def steps_done(model: Model, evidence: Evidence) -> frozenset[str]:
    """Return which steps were done by now: the questions that were answered in any attempt."""
    names = {own_name(name) for name in evidence.findings}
    return frozenset(
        name for name in names if name in model.variable_of and model.variable_of[name].question is not None
    )


def attempt_of(name: str) -> int:
    """Return which earlier attempt a variable belongs to, counted from 1; 0 for the latest."""
    number = name.rpartition(EARLIER)[2] if EARLIER in name else ""
    return int(number) if number.isdecimal() else 0


def own_name(name: str) -> str:
    """Return what a variable of an earlier attempt is called in the latest; else its name."""
    return name.rpartition(EARLIER)[0] if attempt_of(name) else name


def step_price(model: Model, steps: Iterable[Variable | Repair], done: Collection[str] = ()) -> Price:
    """Return what steps cost together, one after the other, with what must be opened for any of them.

    A step that costs less once another was done costs that little; what is open stays open.

    Args:
        model: The model.
        steps: What is asked and done, in order.
        done: Names of the steps that were done before.
    """
    steps = tuple(steps)
    if len(steps) == 1 and not _told(steps[0]).clusters:  # nothing to open: most questions
        return _own_price(model, steps[0], done)
    gone, prices = set(done), []
    opened = {cluster for name in done for cluster in _clusters(model, name)}
    for step in steps:
        prices.append(_own_price(model, step, gone))
        needed = [name for name in _told(step).clusters if name not in opened]
        prices += [_price(model.cluster_of[name]) for name in needed]
        opened.update(needed)
        gone.add(step.id)
    return Price(
        sum(price.minutes for price in prices),
        sum(price.money for price in prices),
        sum(price.wait_minutes for price in prices),
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
    found = {}
    for place, variable in enumerate(questions):
        found[variable.id] = (0, place) if is_mandatory(variable, **asking) else (1, 0)
    for place, name in enumerate(asking.get("skipped", ())):
        if name in found:
            found[name] = (2, place)
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
    """Raise where something is named that is no question or no repair, or that must and must not be asked.

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
    faults += [
        Fault(("tried", name), "no repair has this name", known_names(name, model.repair_of, "repairs"))
        for name in dict.fromkeys(asking.get("tried", ()))
        if name not in model.repair_of
    ]
    if faults:
        raise EvidenceError(faults)


def check_untried(told: str, **asking: Unpack[Asking]) -> None:
    """Raise where repairs that did not help are named to something that does not reckon with them.

    Args:
        told: What does not.
        asking: See `Asking`.

    Raises:
        EvidenceError: There are some.
    """
    if asking.get("tried"):
        names = ", ".join(asking["tried"])
        raise EvidenceError(
            [Fault(("tried",), names, f"{told} can only be told of findings: leave out what was tried.")]
        )


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


def question_price(model: Model, variable: Variable, done: Collection[str] = ()) -> float:
    """Return the minutes that asking takes once the steps `done` were done; see `asking_minutes`."""
    if variable.question is None:
        raise ValueError(f"{variable.id} cannot be asked about")
    return asking_minutes(model, step_price(model, [variable], done))


def asking_minutes(model: Model, price: Price) -> float:
    """Return a question's price in minutes, money counted in minutes; half a minute is the least.

    Waiting is not counted: nobody is kept from asking something else meanwhile.

    The price of `score` in the documents: minutes + money/rate + 0.5.
    """
    money = price.money / model.money_per_minute if model.money_per_minute else 0.0
    return price.minutes + money + LEAST_PRICE


def _own_price(model: Model, step: Variable | Repair, done: Collection[str]) -> Price:
    """Return what a step costs itself: the least of what it costs in any case and after steps done."""
    told = _told(step)
    if not told.cost_after:
        return _price(told)
    prices = [_price(told), *(price for name, price in told.cost_after.items() if name in done)]
    return min(prices, key=lambda one: (model.cost(one.minutes, one.money, one.wait_minutes), one.minutes))


def _clusters(model: Model, name: str) -> tuple[str, ...]:
    """Return what must be open for the step of this name."""
    step = model.repair_of.get(name) or model.variable_of[name]
    return _told(step).clusters


def _told(step: Variable | Repair) -> Question | Repair:
    """Return where a step's price stands."""
    if isinstance(step, Repair):
        return step
    if step.question is None:
        raise ValueError(f"{step.id} cannot be asked about")
    return step.question


def _price(told: Question | Repair | Cluster) -> Price:
    return Price(told.minutes, told.money, told.wait_minutes)


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

    What speaks as much for every state speaks for none. What an earlier attempt showed was seen as well.
    """
    return frozenset(
        (own_name(name), state)
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
