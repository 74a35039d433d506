"""Whether repairs, contacts, codes and the premise fit the variables: every fault found, none raised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bayesdiag.errors import Fault
from bayesdiag.model.action import Code, Contact, Coverage, FaqStep, Message, Premise, Repair
from bayesdiag.model.check import (
    Known,
    Path,
    amount_faults,
    condition_faults,
    finding_faults,
    name_fault,
    probability_faults,
    repeated,
    weight_faults,
)
from bayesdiag.model.variable import Variable


def premise_faults(premise: Premise | None, known: Known) -> list[Fault]:
    """Return the faults of the premise; a model with causes must have one."""
    if premise is None:
        if any(variable.kind == "cause" for variable in known.values()):
            return [Fault(("premise",), "there is none", "A model with causes must say what failing means.")]
        return []
    path: Path = ("premise",)
    faults = finding_faults((*path, "exclude"), premise.variable, premise.exclude, known)
    faults += probability_faults((*path, "p"), premise.p) + amount_faults((*path, "ess"), premise.ess)
    if not faults and set(known[premise.variable].state_ids) <= set(premise.exclude):
        faults.append(Fault((*path, "exclude"), "every state is excluded", "One way to fail must remain."))
    return faults


def question_faults(variables: Sequence[Variable], known: Known, contacts: Iterable[Contact]) -> list[Fault]:
    """Return the faults of what variables say beyond their tables: prices, contacts, next attempts."""
    callable_ids = [contact.id for contact in contacts]
    faults = []
    for variable in variables:
        path: Path = ("variables", variable.id)
        for name in (*variable.contacts, *(c for cs in variable.contacts_of_state.values() for c in cs)):
            faults += name_fault((*path, "contacts"), name, callable_ids, "contacts")
        if variable.question is not None:
            question = variable.question
            faults += _price_faults(path, question.minutes, question.money, question.wait_minutes)
            faults += condition_faults((*path, "requires"), question.requires, known)
        for name in variable.next_attempt.keeps if variable.next_attempt else ():
            faults += name_fault((*path, "next_attempt", "keeps"), name, known, "variables")
    return faults


def repair_faults(repairs: Sequence[Repair], known: Known, unlisted_fix: float) -> list[Fault]:
    """Return the faults of all repairs."""
    faults = list(repeated(("repairs",), [repair.id for repair in repairs]))
    faults += probability_faults(("unlisted_fix",), unlisted_fix)
    for repair in repairs:
        path: Path = ("repairs", repair.id)
        faults += _price_faults(path, repair.minutes, repair.money, repair.wait_minutes)
        faults += weight_faults(path, repair.weight)
        faults += condition_faults((*path, "requires"), repair.requires, known)
        for (variable, state), p in repair.fixes.items():
            faults += _fix_faults((*path, "fixes", f"{variable}={state}"), variable, state, known)
            faults += probability_faults((*path, "fixes", f"{variable}={state}"), p)
        for where in ("never_when", "show_first_when"):
            for variable, state in getattr(repair, where):
                faults += finding_faults((*path, where), variable, [state], known)
    return faults


def code_faults(
    codes: Sequence[Code], dialects: Iterable[str], known: Known, names: Mapping[str, Iterable[str]]
) -> list[Fault]:
    """Return the faults of all codes; `names` holds the known contacts and repairs."""
    faults = list(repeated(("codes",), [f"{code.dialect}:{code.code}" for code in codes]))
    spoken = list(dialects)
    for code in codes:
        path: Path = ("codes", code.dialect, code.code)
        faults += name_fault((*path, "dialect"), code.dialect, spoken, "dialects")
        faults += finding_faults((*path, "state"), code.variable, [code.state] if code.state else [], known)
        if code.approved and code.state:
            faults.append(
                Fault((*path, "state"), "an approved code reports a failure", "Leave one of the two out.")
            )
        for noun, mentioned in (("contacts", code.contacts), ("repairs", code.repairs)):
            for name in mentioned:
                faults += name_fault((*path, noun), name, names[noun], noun)
    return faults


def message_faults(messages: Sequence[Message], known: Known, repairs: Iterable[str]) -> list[Fault]:
    """Return the faults of all messages."""
    doable = list(repairs)
    faults = []
    for position, message in enumerate(messages):
        path: Path = ("messages", position)
        faults += finding_faults((*path, "state"), message.variable, [message.state], known)
        for variable, state in message.causes:
            faults += finding_faults((*path, "causes"), variable, [state], known)
        for name in message.repairs:
            faults += name_fault((*path, "repairs"), name, doable, "repairs")
    return faults


def coverage_faults(
    coverage: Sequence[Coverage], steps: Sequence[FaqStep], known: Known, names: Mapping[str, Iterable[str]]
) -> list[Fault]:
    """Return the faults of what carries the user's document."""
    faults = []
    for position, line in enumerate(coverage):
        for target in line.targets:
            faults += _target_faults(("coverage", position, "targets"), target, known, names)
    for position, step in enumerate(steps):
        for name in step.ask:
            faults += name_fault(("faq_order", position, "ask"), name, known, "variables")
    return faults


def _target_faults(path: Path, target: str, known: Known, names: Mapping[str, Iterable[str]]) -> list[Fault]:
    if target in {"premise", "faq_order"}:
        return []
    noun, _, name = target.partition(":")
    if name:
        return name_fault(path, name, names.get(f"{noun}s", ()), f"{noun}s")
    variable, _, state = target.partition("=")
    return finding_faults(path, variable, [state] if state else [], known)


def _fix_faults(path: Path, variable: str, state: str, known: Known) -> list[Fault]:
    faults = finding_faults(path, variable, [state], known)
    if faults:
        return faults
    if known[variable].kind != "cause":
        return [Fault(path, f"{variable} is not a cause", "A repair can only fix a cause.")]
    if state == known[variable].states[0].id:
        return [Fault(path, f'"{state}" is the normal state', "There is nothing to repair in it.")]
    return []


def _price_faults(path: Path, minutes: float, money: float, wait_minutes: float) -> list[Fault]:
    return [
        *amount_faults((*path, "minutes"), minutes),
        *amount_faults((*path, "money"), money),
        *amount_faults((*path, "wait_minutes"), wait_minutes),
    ]
