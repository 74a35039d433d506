"""Whether repairs, contacts, codes and the premise fit the variables: every fault found, none raised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bayesdiag.errors import Fault, known_names
from bayesdiag.model.action import Cluster, Code, Coverage, FaqStep, Message, Premise, Repair
from bayesdiag.model.check import (
    Known,
    Path,
    amount_faults,
    condition_faults,
    field_faults,
    finding_faults,
    name_fault,
    names_faults,
    probability_faults,
    repeated,
    source_faults,
    weight_faults,
)
from bayesdiag.model.price import Price
from bayesdiag.model.variable import ASKED, Question, Variable

TARGETS = ("premise", "faq_order")
"""What may carry a line of the user's document besides variables, repairs and contacts."""
_TARGET_FORMS = "Or write variable=state, repair:name or contact:name."


def premise_faults(premise: Premise | None, known: Known, sources: Iterable[str]) -> list[Fault]:
    """Return the faults of the premise; a model with causes must have one."""
    if premise is None:
        if any(variable.kind == "cause" for variable in known.values()):
            return [Fault(("premise",), "there is none", "A model with causes must say what failing means.")]
        return []
    path: Path = ("premise",)
    faults = name_fault((*path, "variable"), premise.variable, known, "variables")
    if not faults:
        states = known[premise.variable].state_ids
        faults += names_faults((*path, "exclude"), premise.exclude, states, f"states of {premise.variable}")
        if set(states) <= set(premise.exclude):
            faults.append(
                Fault((*path, "exclude"), "every state is excluded", "One way to fail must remain.")
            )
    faults += probability_faults((*path, "p"), premise.p)
    if premise.p == 0:
        faults.append(Fault((*path, "p"), "0 says that nothing ever fails", "Give a share above 0."))
    faults += amount_faults((*path, "ess"), premise.ess)
    if premise.unknown is not None:
        faults += probability_faults((*path, "unknown"), premise.unknown)
        if premise.unknown == 1:
            faults.append(Fault((*path, "unknown"), "1 leaves nothing to the model", "It must be below 1."))
    return faults + source_faults((*path, "source"), premise.source, sources)


def question_faults(
    variables: Sequence[Variable], known: Known, names: Mapping[str, Sequence[str]]
) -> list[Fault]:
    """Return the faults of what variables say beyond their tables; `names` holds contacts and repairs."""
    faults, contacts = [], names["contacts"]
    for variable in variables:
        path: Path = ("variables", variable.id)
        if variable.contacts:
            faults += names_faults((*path, "contacts"), variable.contacts, contacts, "contacts")
        for state, called in variable.contacts_of_state.items():
            faults += names_faults((*path, "contacts_of_state", state), called, contacts, "contacts")
        if variable.question is not None:
            faults += _step_faults((*path, "question"), variable.question, known)
            faults += _asked_faults((*path, "question", "asked"), variable.question.asked)
        if variable.next_attempt is not None:
            kept = variable.next_attempt.keeps
            faults += names_faults((*path, "next_attempt", "keeps"), kept, known, "variables")
            if variable.next_attempt.does:
                does = (*path, "next_attempt", "does")
                faults += name_fault(does, variable.next_attempt.does, names["repairs"], "repairs")
    return faults


def _asked_faults(path: Path, asked: str) -> list[Fault]:
    if asked in ASKED:
        return []
    return [Fault(path, f'"{asked}" is no way of asking', known_names(asked, ASKED, "ways of asking"))]


def repair_faults(repairs: Sequence[Repair], known: Known, sources: Sequence[str]) -> list[Fault]:
    """Return the faults of all repairs."""
    faults = list(repeated(("repairs",), [repair.id for repair in repairs]))
    for repair in repairs:
        path: Path = ("repairs", repair.id)
        faults += _step_faults(path, repair, known)
        faults += weight_faults(path, repair.weight, sources)
        for (variable, state), p in repair.fixes.items():
            faults += _fix_faults((*path, "fixes", f"{variable}={state}"), variable, state, known)
            faults += probability_faults((*path, "fixes", f"{variable}={state}"), p)
        for where in ("never_when", "show_first_when"):
            for position, (variable, state) in enumerate(getattr(repair, where)):
                faults += finding_faults((*path, where, position), variable, [state], known)
    return faults


def cluster_faults(
    clusters: Sequence[Cluster], variables: Sequence[Variable], repairs: Sequence[Repair]
) -> list[Fault]:
    """Return the faults of what must be opened, and of steps that need what is not there."""
    names = [cluster.id for cluster in clusters]
    faults = list(repeated(("clusters",), names))
    for cluster in clusters:
        for amount in ("minutes", "money", "wait_minutes"):
            faults += amount_faults(("clusters", cluster.id, amount), getattr(cluster, amount))
    for variable in variables:
        if variable.question is not None:
            path: Path = ("variables", variable.id, "question", "clusters")
            faults += names_faults(path, variable.question.clusters, names, "clusters")
    for repair in repairs:
        faults += names_faults(("repairs", repair.id, "clusters"), repair.clusters, names, "clusters")
    return faults


def cost_after_faults(variables: Sequence[Variable], repairs: Sequence[Repair]) -> list[Fault]:
    """Return the faults of prices that hold after other steps: no such step, itself, or no amount."""
    asked = {variable.id: variable.question for variable in variables if variable.question is not None}
    names = [*asked, *(repair.id for repair in repairs)]
    steps: list[tuple[Path, str, Mapping[str, Price]]] = [
        (("variables", name, "question", "cost_after"), name, question.cost_after)
        for name, question in asked.items()
    ]
    steps += [(("repairs", one.id, "cost_after"), one.id, one.cost_after) for one in repairs]
    faults: list[Fault] = []
    for path, own, prices in steps:
        for name, price in prices.items():
            faults += name_fault((*path, name), name, [other for other in names if other != own], "steps")
            for amount in ("minutes", "money", "wait_minutes"):
                faults += amount_faults((*path, name, amount), getattr(price, amount))
    return faults


def code_faults(
    codes: Sequence[Code], dialects: Iterable[str], known: Known, names: Mapping[str, Iterable[str]]
) -> list[Fault]:
    """Return the faults of all codes; `names` holds the known contacts and repairs."""
    faults = list(repeated(("codes",), [f"{code.dialect}:{code.code}" for code in codes]))
    spoken = list(dialects)
    unknown: set[tuple[str, str]] = set()
    for code in codes:
        path: Path = ("codes", code.dialect, code.code)
        faults += name_fault((*path, "dialect"), code.dialect, spoken, "dialects")
        if code.variable in known:
            states = [code.state] if code.state else []
            faults += finding_faults((*path, "state"), code.variable, states, known)
        elif (code.dialect, code.variable) not in unknown:  # a dialect names its variable once
            unknown.add((code.dialect, code.variable))
            faults += name_fault((*path, "variable"), code.variable, known, "variables")
        if code.approved and code.state:
            found = "an approved code reports a failure"
            faults.append(Fault((*path, "state"), found, "Leave out `state` or `approved`."))
        faults += names_faults((*path, "contacts"), code.contacts, names["contacts"], "contacts")
        faults += names_faults((*path, "repairs"), code.repairs, names["repairs"], "repairs")
    return faults


def message_faults(messages: Sequence[Message], known: Known, repairs: Iterable[str]) -> list[Fault]:
    """Return the faults of all messages."""
    doable = list(repairs)
    faults = []
    for position, message in enumerate(messages):
        path: Path = ("messages", position)
        faults += field_faults(path, message.variable, message.state, known)
        for place, (variable, state) in enumerate(message.causes):
            faults += finding_faults((*path, "causes", place), variable, [state], known)
        faults += names_faults((*path, "repairs"), message.repairs, doable, "repairs")
    return faults


def coverage_faults(
    coverage: Sequence[Coverage], steps: Sequence[FaqStep], known: Known, names: Mapping[str, Iterable[str]]
) -> list[Fault]:
    """Return the faults of what carries the user's document."""
    faults = []
    for position, line in enumerate(coverage):
        for place, target in enumerate(line.targets):
            faults += _target_faults(("coverage", position, "targets", place), target, known, names)
    for position, step in enumerate(steps):
        faults += names_faults(("faq_order", position, "ask"), step.ask, known, "variables")
    return faults


def renamed_faults(renamed: Mapping[str, str], known: Known) -> list[Fault]:
    """Return the faults of names that older cases use."""
    faults = []
    for old, new in renamed.items():
        path = ("renamed", old)
        (variable, equals, state), (was, was_state, _) = new.partition("="), old.partition("=")
        if bool(equals) != bool(was_state):
            told = "Write variable: variable, or variable=state: variable=state."
            faults.append(Fault(path, f'"{new}" is not of the same form', told))
        elif variable not in known:
            faults += name_fault(path, variable, known, "variables")
        else:
            faults += finding_faults(path, variable, [state] if equals else [], known)
        if was in known and (not was_state or old.partition("=")[2] in known[was].state_ids):
            told = "Only names that the model no longer has are renamed."
            faults.append(Fault(path, "the model has this name", told))
    return faults


def _target_faults(path: Path, target: str, known: Known, names: Mapping[str, Iterable[str]]) -> list[Fault]:
    if target in TARGETS:
        return []
    noun, colon, name = target.partition(":")
    if colon and noun in {"repair", "contact"}:
        return name_fault(path, name, names[f"{noun}s"], f"{noun}s")
    variable, equals, state = target.partition("=")
    if variable in known:
        return finding_faults(path, variable, [state] if equals else [], known)
    allowed = f"{known_names(variable, [*known, *TARGETS], 'targets')} {_TARGET_FORMS}"
    return [Fault(path, f'"{target}" is no target', allowed)]


def _fix_faults(path: Path, variable: str, state: str, known: Known) -> list[Fault]:
    faults = finding_faults(path, variable, [state], known)
    if faults:
        return faults
    if known[variable].kind != "cause":
        return [Fault(path, f"{variable} is not a cause", "A repair can only fix a cause.")]
    if state == known[variable].states[0].id:
        return [Fault(path, f'"{state}" is the normal state', "There is nothing to repair in it.")]
    return []


def _step_faults(path: Path, step: Question | Repair, known: Known) -> list[Fault]:
    """Return the faults of what a question or repair costs and requires."""
    return [
        *amount_faults((*path, "minutes"), step.minutes),
        *amount_faults((*path, "money"), step.money),
        *amount_faults((*path, "wait_minutes"), step.wait_minutes),
        *condition_faults((*path, "requires"), step.requires, known),
    ]
