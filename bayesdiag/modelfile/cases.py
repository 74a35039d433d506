"""Golden cases: findings with the answers an expert expects."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bayesdiag.case import Evidence
from bayesdiag.errors import EvidenceError, ModelFileError, known_names
from bayesdiag.model import Finding, Model, Text
from bayesdiag.modelfile.document import Path as Place
from bayesdiag.modelfile.document import read_document
from bayesdiag.modelfile.fields import Fields, read_findings
from bayesdiag.modelfile.read import in_order, readable

CASE_KINDS = ("single", "multi", "adversarial", "contradictory", "uncertain", "sparse")
FIRST = "at least one cause=state"
OUTCOME = "the cases were not loaded"


@dataclass(frozen=True, slots=True)
class GoldenCase:
    """One case and what should come of it.

    Attributes:
        id: Its name.
        kind: How it is scored, see `CASE_KINDS` and `models/README.md`.
        text: The story.
        findings: Variable → state.
        expected_first: Cause states one of which must come first.
        also: Cause states that are plausible too.
        next_question: Questions one of which should be among the first three.
        contact: Contacts one of which should come first.
        repair: Repairs one of which should come first.
        why: Why this is the right answer.
        trap: What could mislead.
        source: Where the case comes from.
        earlier: What was seen of each failed attempt before, the oldest first.
    """

    id: str
    kind: str
    text: Text
    findings: dict[str, str]
    expected_first: tuple[Finding, ...]
    also: tuple[Finding, ...]
    next_question: tuple[str, ...]
    contact: tuple[str, ...]
    repair: tuple[str, ...]
    why: str
    trap: str
    source: str
    earlier: tuple[dict[str, str], ...] = ()


def load_cases(path: str | Path, text: str, model: Model) -> tuple[GoldenCase, ...]:
    """Return the cases of a file.

    Args:
        path: The file, for faults.
        text: What stands in it.
        model: The model they are about.

    Raises:
        ModelFileError: With every fault.
    """
    document = read_document(text, str(path))
    fields = readable(document, OUTCOME)
    if "cases" not in fields.values:
        fields.missing("cases", "a mapping: name → case")
    cases = tuple(_case(name, part, model) for name, part in fields.sections("cases"))
    fields.done()
    if document.faults:
        raise ModelFileError(in_order(document.faults), OUTCOME)
    return cases


def _case(name: str, part: Fields, model: Model) -> GoldenCase:
    kind = part.choice("kind", CASE_KINDS, "kind")
    questions = [variable.id for variable in model.variables if variable.question is not None]
    case = GoldenCase(
        id=name,
        kind=kind,
        text=part.text("text"),
        findings=_findings(part, model),
        expected_first=_causes(
            part, "expected_first", model, needed=FIRST if kind in CASE_KINDS[:-1] else ""
        ),
        also=_causes(part, "also", model),
        next_question=_names(part, "next_question", questions, "questions"),
        contact=_names(part, "contact", list(model.contact_of), "contacts"),
        repair=_names(part, "repair", list(model.repair_of), "repairs"),
        why=part.word("why", ""),
        trap=part.word("trap", ""),
        source=part.word("source"),
        earlier=tuple(_told(within, model) for within in part.items("earlier")),
    )
    part.done()
    return case


def _findings(part: Fields, model: Model) -> dict[str, str]:
    if not part.has("findings"):
        part.missing("findings", "a mapping: variable → state")
        return {}
    return _told(part.below("findings"), model)


def _told(within: Fields, model: Model) -> dict[str, str]:
    findings = {name: within.word(name) for name in within.values}
    for name, state in findings.items():
        _check(within, (name,), (name, state), model)
    return findings


def _causes(part: Fields, name: str, model: Model, needed: str = "") -> tuple[Finding, ...]:
    """Return states of causes."""
    found = read_findings(part, name, needed=needed)
    causes = [cause.id for cause in model.of_kind("cause")]
    for place, (cause, state) in enumerate(found):
        if cause not in causes:
            known = cause in model.variable_of
            told = f"{cause} is not a cause" if known else f'"{cause}" is not one of the causes'
            part.wrong((name, place), told, known_names(cause, causes, "causes"))
        elif state:
            _check(part, (name, place), (cause, state), model)
    return found


def _names(part: Fields, name: str, known: list[str], noun: str) -> tuple[str, ...]:
    named = part.words(name)
    for place, told in enumerate(named):
        if told not in known:
            part.wrong((name, place), f'"{told}" is not one of the {noun}', known_names(told, known, noun))
    return named


def _check(part: Fields, path: Place, finding: Finding, model: Model) -> None:
    try:
        Evidence(model, dict([finding]))
    except EvidenceError as error:
        for fault in error.faults:
            part.wrong(path, fault.found, fault.allowed)
