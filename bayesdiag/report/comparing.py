"""Two stored cases side by side: their findings, and what they came to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bayesdiag.diagnosis.words import chance
from bayesdiag.report.content import case_report
from bayesdiag.report.naming import Names
from bayesdiag.store.record import CaseRecord, Seen


@dataclass(frozen=True, slots=True)
class Line:
    """What both cases say of one thing.

    Attributes:
        name: The thing.
        a: What the one says; a dash where it says nothing.
        b: What the other says.
        is_same: Whether both say the same.
    """

    name: str
    a: str
    b: str
    is_same: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two cases side by side.

    Attributes:
        facts: What is known about the cases as a whole.
        findings: What was seen, that on which they differ first.
        causes: The first causes of either, as they were shown.
    """

    facts: tuple[Line, ...]
    findings: tuple[Line, ...]
    causes: tuple[Line, ...]


def comparison(a: CaseRecord, b: CaseRecord, names: Names) -> Comparison:
    """Return two cases side by side."""
    reports = [case_report(record, names) for record in (a, b)]
    facts = [dict(report.facts) for report in reports]
    found = [{name: kept.seen for name, kept in record.findings.items()} for record in (a, b)]
    findings = [
        _line(
            names,
            names.variable(name),
            *(_state(names, name, told[name]) if name in told else "" for told in found),
        )
        for name in dict.fromkeys((*found[0], *found[1]))
    ]
    beliefs = [
        {belief.cause: "?" if belief.now is None else chance(belief.now) for belief in report.beliefs}
        for report in reports
    ]
    return Comparison(
        tuple(_lines(names, facts[0], facts[1], dict.fromkeys((*facts[0], *facts[1])))),
        tuple(sorted(findings, key=lambda line: line.is_same)),
        tuple(_lines(names, beliefs[0], beliefs[1], dict.fromkeys((*beliefs[0], *beliefs[1])))),
    )


def _lines(names: Names, a: dict[str, str], b: dict[str, str], order: Iterable[str]) -> list[Line]:
    return [_line(names, name, a.get(name, ""), b.get(name, "")) for name in order]


def _line(names: Names, name: str, a: str, b: str) -> Line:
    return Line(name, a or names("only"), b or names("only"), a == b)


def _state(names: Names, variable: str, seen: Seen) -> str:
    """Return what was seen, and how sure that was where it was not certain."""
    state = names.state(variable, seen)
    return state if isinstance(seen, str) else f"{state} ({names.sure(seen)})"
