"""What a report of one case says, in words, before it takes a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bayesdiag.diagnosis.words import chance
from bayesdiag.report.naming import Names
from bayesdiag.store.record import CaseRecord, KeptFinding, first_cause

SHOWN_CAUSES = 5
"""A page shows this many causes of the diagnosis."""
SHOWN_STEPS = 4
"""And this many steps of its plan."""


@dataclass(frozen=True, slots=True)
class Said:
    """One finding: what was seen, who said so and when, and how sure it was."""

    finding: str
    who: str
    when: str
    sure: str


@dataclass(frozen=True, slots=True)
class Belief:
    """One cause of the diagnosis as it was shown, with its probability then and before any finding.

    Attributes:
        cause: The cause.
        now: P(it took part in the failure) as it was shown; None where the case was impossible.
        before: The same when only the failure was known; None where that was not kept.
    """

    cause: str
    now: float | None
    before: float | None


@dataclass(frozen=True, slots=True)
class Happened:
    """One step of the history."""

    number: int
    when: str
    by: str
    told: str
    is_undone: bool


@dataclass(frozen=True)
class CaseReport:
    """One case as a person reads it; every text is in one language.

    Attributes:
        names: The words of that language.
        id: The case.
        title: Its heading.
        answer: What it was, or most likely is.
        warning: That a payment may have gone through; empty where nothing says so.
        facts: What is known about the case as a whole: name and value.
        findings: What was seen.
        beliefs: The diagnosis as it was shown, the likeliest first.
        steps: What was advised then.
        notes: What was noted.
        history: Everything that happened, in order.
        zone: On whose clock the times are.
    """

    names: Names
    id: str
    title: str
    answer: str
    warning: str
    facts: tuple[tuple[str, str], ...]
    findings: tuple[Said, ...]
    beliefs: tuple[Belief, ...]
    steps: tuple[str, ...]
    notes: tuple[str, ...]
    history: tuple[Happened, ...]
    zone: str


def case_report(record: CaseRecord, names: Names) -> CaseReport:
    """Return what is to be told of a case."""
    approved = [code.rpartition(":")[2] for code in record.approved]
    return CaseReport(
        names=names,
        id=record.id,
        title=names("title", id=record.id),
        answer=_answer(record, names),
        warning=names("approved", codes=names.join(approved)) if approved else "",
        facts=_facts(record, names),
        findings=(
            *(
                _said(names, name, kept, names("attempt", number=number))
                for number, attempt in enumerate(record.earlier, start=1)
                for name, kept in attempt.items()
            ),
            *(_said(names, name, kept) for name, kept in record.findings.items()),
        ),
        beliefs=_beliefs(record.diagnosis or {}, names),
        steps=_steps(record.diagnosis or {}, names),
        notes=record.notes,
        history=tuple(
            Happened(
                number,
                names.moment(event.at),
                event.by or names("nobody"),
                names.event(event),
                number in record.undone,
            )
            for number, event in enumerate(record.events, start=1)
        ),
        zone=names("times", zone=names.zone.tzname(None) or str(names.zone)),
    )


def _said(names: Names, name: str, kept: KeptFinding, attempt: str = "") -> Said:
    """Return a finding as it is told, after the attempt before that it belongs to."""
    told = names.finding(name, kept.seen) + ("" if names.knows(name, kept.seen) else _unknown(names))
    return Said(attempt + told, names.person(kept.who), names.moment(kept.when), names.sure(kept.seen))


def _unknown(names: Names) -> str:
    return names("unknown") if names.model is not None else ""


def _answer(record: CaseRecord, names: Names) -> str:
    if record.confirmed:
        confirmed = [names.cause(*cause) for cause in record.confirmed.items()]
        return names("answer_confirmed", cause=names.join(confirmed))
    if record.diagnosis is None:
        return names("answer_none")
    if record.diagnosis.get("status") == "impossible":
        return names("answer_impossible")
    first = first_cause(record.diagnosis)
    if first is None:
        return names("no_cause")
    share = _number(first.get("responsibility"))
    cause = names.cause(str(first["id"]), str(first["state"]))
    return names("answer_first", cause=cause, percent="?" if share is None else chance(share))


def _facts(record: CaseRecord, names: Names) -> tuple[tuple[str, str], ...]:
    model = record.model
    marks = [str(model.get(part) or "") for part in ("name", "version")] if model else []
    digest = str(model.get("digest") or "").removeprefix("sha256:")[:12] if model else ""
    excluded = [names.cause(cause, state) for cause, states in record.excluded.items() for state in states]
    tried = [
        names.what(event)
        for number, event in enumerate(record.events, start=1)
        if event.kind == "tried" and number not in record.undone
    ]
    facts = {
        "status": names(record.status),
        "opened": names.moment(record.events[0].at),
        "closed_at": names.moment(record.closed_at) if record.closed_at else "",
        "when": names.moment(record.when) if record.when else "",
        "handler": record.handler,
        "confirmed": names.join([names.cause(*cause) for cause in record.confirmed.items()]),
        "excluded": names.join(excluded),
        "tried": ("；" if names.language == "zh" else "; ").join(tried),
        "cost": names.cost(record.minutes, record.money),
        "model": " ".join(part for part in (*marks, digest) if part),
    }
    return tuple((names(name), value) for name, value in facts.items() if value)


def _beliefs(diagnosis: Mapping[str, Any], names: Names) -> tuple[Belief, ...]:
    """Return the causes as they were shown; a stored diagnosis may be an older program's, so ask little."""
    told = [cause for cause in _list(diagnosis.get("causes")) if {"id", "state"} <= cause.keys()]
    beliefs = [
        Belief(
            names.cause(str(cause["id"]), str(cause["state"])),
            _number(cause.get("responsibility")),
            _number(cause.get("prior_responsibility")),
        )
        for cause in told[:SHOWN_CAUSES]
    ]
    none = _number(diagnosis.get("none_of_these"))
    if none is not None:
        beliefs.append(Belief(names("none_of_these"), none, None))
    return tuple(beliefs)


def _steps(diagnosis: Mapping[str, Any], names: Names) -> tuple[str, ...]:
    plan = diagnosis.get("plan")
    steps = _list(plan.get("steps")) if isinstance(plan, Mapping) else []
    return tuple(names.repair(str(step["id"])) for step in steps[:SHOWN_STEPS] if "id" in step)


def _list(value: Any) -> Sequence[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
