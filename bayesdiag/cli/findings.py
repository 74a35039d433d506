"""Findings as commands are told them: from options, and from files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bayesdiag.case import Evidence, Observed, Report
from bayesdiag.cli.inputs import read_json
from bayesdiag.errors import EvidenceError, Fault

if TYPE_CHECKING:
    from bayesdiag.model import Factors, Model

_NUMBER = re.compile(r"[-+]?(?:nan|inf|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]+)?)", re.IGNORECASE)
_PARTS: Mapping[str, type] = {"findings": dict, "fixed": dict, "reports": list, "earlier": list}
"""What a case in a file may tell, and in which form."""
FindingOption = Annotated[
    list[str] | None,
    typer.Option(
        "-f",
        "--finding",
        metavar="ID=STATE",
        help="Something seen; unsure: ID=good:0.7,weak:0.3, every possible state; who said it: "
        "ID=good@merchant, who is how sure: ID=good:0.7@merchant. Repeatable.",
    ),
]


@dataclass(frozen=True)
class ToldCase:
    """One case as it is told, not yet checked.

    Attributes:
        findings: Variable → state, or the likelihood of each.
        fixed: Variable → state → the probability it is to have, all told.
        reports: Who said what.
        earlier: What was seen of each failed attempt before this one, the oldest first.
    """

    findings: dict[str, Observed] = field(default_factory=dict)
    fixed: dict[str, dict[str, float]] = field(default_factory=dict)
    reports: tuple[Report, ...] = ()
    earlier: tuple[dict[str, Observed], ...] = ()


def told_reports(told: Sequence[str] | None) -> tuple[list[str], tuple[Report, ...]]:
    """Return the `-f` options that name nobody, and the others as reports: ID=STATE@WHO.

    What follows the last @ is who said it; a state that has an @ itself is followed by one more.
    With somebody named, ID=STATE:0.7@WHO says how sure that person is of this one state.

    Raises:
        EvidenceError: One is not of the form ID=STATE@WHO, or names nobody after its @.
    """
    plain, reports, faults = [], [], []
    for text in told or ():
        said, at, who = text.rpartition("@")
        if not at:
            plain.append(text)
        elif not who.strip() and "@" in said:  # the @ is the state's
            plain.append(said)
        elif not who.strip():
            form = "Write who said it behind the @, or leave the @ out."
            faults.append(Fault((f"-f {text}",), "nobody is named behind the @", form))
        else:
            ((name, seen),) = told_findings([said], is_named=True).items()
            sole = [*seen.items()] if not isinstance(seen, str) else []
            if len(sole) == 1:
                reports.append(Report(name, sole[0][0], who.strip(), sole[0][1]))
            else:
                reports.append(Report(name, seen, who.strip()))
    if faults:
        raise EvidenceError(faults)
    return plain, tuple(reports)


def told_case(told: Sequence[str] | None, fixed: Mapping[str, dict[str, float]] | None = None) -> ToldCase:
    """Return the case that `-f` and `--fix` options tell."""
    plain, reports = told_reports(told)
    return ToldCase(told_findings(plain), dict(fixed or {}), reports)


def told_findings(told: Sequence[str] | None, *, is_named: bool = False) -> dict[str, Observed]:
    """Return the findings of `-f` options.

    Args:
        told: The options.
        is_named: Whether somebody is named who said it: then one state's number is how sure that is.

    Raises:
        EvidenceError: One is not of the form ID=STATE, gives a number to one state alone, which would
            make it certain, or a variable is named twice.
    """
    found: dict[str, Observed] = {}
    faults = []
    for text in told or ():
        name, equals, state = text.partition("=")
        if not equals or not name.strip() or not state.strip():
            faults.append(
                Fault((f"-f {text}",), "this is not a finding", "Write ID=STATE, or ID=STATE:0.7,STATE:0.3.")
            )
        elif name.strip() in found:
            faults.append(
                Fault((f"-f {text}",), f'"{name.strip()}" is told twice', "Tell each finding once.")
            )
        else:
            seen = found[name.strip()] = observed(state.strip())
            faults += [] if is_named else _sole_faults(text, name.strip(), seen)
    if faults:
        raise EvidenceError(faults)
    return found


def _sole_faults(text: str, name: str, seen: Observed) -> list[Fault]:
    """Return the fault of one state alone with another likelihood than 1: it would count as certain."""
    if isinstance(seen, str) or len(seen) > 1:
        return []
    ((state, number),) = seen.items()
    if number == 1 or not 0 < number < inf:  # certain, as it says; or told with other faults
        return []
    form = (
        f"Write {name}={state} where that is certain, the likelihood of every possible state "
        f"({name}={state}:0.7,OTHER:0.3), or after -f who is how sure ({name}={state}:0.7@WHO)."
    )
    return [Fault((f"-f {text}",), "one state has a number, the others have none", form)]


def observed(text: str) -> Observed:
    """Return a state, or the likelihoods where every part ends in a number."""
    parts = [part.rpartition(":") for part in text.split(",")]
    likelihoods = {state.strip(): _float(number) for state, colon, number in parts if colon}
    if len(likelihoods) == len(parts) and all(number is not None for number in likelihoods.values()):
        return {state: number for state, number in likelihoods.items() if number is not None}
    return text


def _float(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text.strip()) else None


def cases_of_file(path: Path) -> ToldCase | list[ToldCase]:
    """Return the findings in a JSON file: one case, or a list of cases.

    Raises:
        EvidenceError: The file cannot be read or is not of the documented form.
    """
    document = read_json(path)
    many = document if isinstance(document, list) else [document]
    faults: list[Fault] = []
    cases = []
    for place, item in enumerate(many):
        where = (place,) if isinstance(document, list) else ()
        if not _is_case(item):
            faults.append(
                Fault(where, "this is no case", 'Write {"findings": {"ID": "STATE"}}.', file=str(path))
            )
            continue
        fixed, found = item.get("fixed", {}), item.get("findings", {})
        faults += _value_faults(found, (*where, "findings"), path)
        faults += [
            Fault((*where, "fixed", name), "this fixes nothing", 'Write {"STATE": P}.', file=str(path))
            for name, told in fixed.items()
            if not isinstance(told, dict)
        ]
        reports, wrong = _reports(item.get("reports", []), (*where, "reports"), path)
        faults += wrong
        earlier = item.get("earlier", [])
        faults += _attempt_faults(earlier, (*where, "earlier"), path)
        cases.append(ToldCase(found, fixed, reports, tuple(earlier)))
    if faults:
        raise EvidenceError(faults)
    return cases if isinstance(document, list) else cases[0]


def _is_case(item: object) -> bool:
    """Whether this has the form of a case: findings or reports, and perhaps what is fixed."""
    return (
        isinstance(item, dict)
        and bool({"findings", "reports", "earlier"} & set(item))
        and set(item) <= set(_PARTS)
        and all(isinstance(part, _PARTS[name]) for name, part in item.items())
    )


def _attempt_faults(earlier: Sequence[object], where: tuple[str | int, ...], path: Path) -> Iterator[Fault]:
    """Yield what is wrong with the form of earlier attempts."""
    for place, attempt in enumerate(earlier):
        if isinstance(attempt, dict):
            yield from _value_faults(attempt, (*where, place), path)
        else:
            yield Fault((*where, place), "this is no attempt", 'Write {"ID": "STATE"}.', file=str(path))


def _reports(
    told: Sequence[Any], where: tuple[str | int, ...], path: Path
) -> tuple[tuple[Report, ...], list[Fault]]:
    """Return the reports of a file, and what is wrong with others."""
    reports, faults = [], []
    for place, item in enumerate(told):
        if _is_report(item):
            reports.append(Report(**item))
        else:
            form = (
                'Write {"variable": "ID", "seen": "STATE" or {"STATE": likelihood}, "who": "…", "sure": 0.7}.'
            )
            faults.append(Fault((*where, place), "this is no report", form, file=str(path)))
    return tuple(reports), faults


def _is_report(item: object) -> bool:
    return (
        isinstance(item, dict)
        and {"variable", "seen"} <= set(item) <= {"variable", "seen", "who", "sure"}
        and isinstance(item["variable"], str)
        and isinstance(item["seen"], str | dict)
        and isinstance(item.get("who", ""), str)
    )


def findings_of_evidence_file(path: Path, network: Model | Factors) -> dict[str, Observed]:
    """Return the findings of a JSON file of the form {"V": "STATE"}, or of an .evid file.

    Raises:
        EvidenceError: The file cannot be read or is not of that form.
    """
    if path.suffix.lower() == ".evid":
        return _findings_of_evid(path, network)
    document = read_json(path)
    if not isinstance(document, dict):
        raise EvidenceError([Fault((), "this is no evidence", 'Write {"V": "STATE"}.', file=str(path))])
    faults = _value_faults(document, (), path)
    if faults:
        raise EvidenceError(faults)
    return document


def _findings_of_evid(path: Path, network: Model | Factors) -> dict[str, Observed]:
    from bayesdiag.formats.uai import load_evid  # noqa: PLC0415 - each command imports its rooms when run

    sets = load_evid(path, network)
    if len(sets) != 1:
        told = "Leave one in the file: one case is answered at a time."
        raise EvidenceError([Fault((), f"{len(sets)} sets of evidence", told, file=str(path))])
    return dict(sets[0])


def _value_faults(findings: Mapping[str, Any], where: tuple[str | int, ...], path: Path) -> list[Fault]:
    return [
        Fault(
            (*where, name),
            f"{json.dumps(seen, ensure_ascii=False)} is no finding",
            'Write a state\'s name, or {"STATE": likelihood}.',
            file=str(path),
        )
        for name, seen in findings.items()
        if not isinstance(seen, str | dict)
    ]


def evidence_of(
    model: Model | Factors, told: ToldCase | Mapping[str, Observed], file: str = "", place: int = -1
) -> Evidence:
    """Return checked evidence; its faults name the file and the case they stand in."""
    case = told if isinstance(told, ToldCase) else ToldCase(dict(told))
    try:
        return Evidence(model, case.findings, fixed=case.fixed, reports=case.reports)
    except EvidenceError as error:
        where: tuple[str | int, ...] = (place,) if place >= 0 else ()
        faults = [Fault((*where, *f.path), f.found, f.allowed, file) for f in error.faults]
        raise EvidenceError(faults) from None
