"""Golden cases: findings with the answers an expert expects."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bayesdiag.case import Evidence
from bayesdiag.errors import EvidenceError, ModelFileError
from bayesdiag.model import Finding, Model, Text
from bayesdiag.modelfile.document import read_document
from bayesdiag.modelfile.fields import Fields

CASE_KINDS = ("single", "multi", "adversarial", "contradictory", "uncertain", "sparse")


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
    fields = Fields(document, (), document.value)
    cases = tuple(_case(name, part, model) for name, part in fields.sections("cases"))
    fields.done()
    if document.faults:
        raise ModelFileError(document.faults)
    return cases


def _case(name: str, part: Fields, model: Model) -> GoldenCase:
    kind = part.word("kind")
    if kind not in CASE_KINDS:
        part.wrong(("kind",), f'"{kind}" is no kind of case', f"Known kinds: {', '.join(CASE_KINDS)}.")
    case = GoldenCase(
        id=name,
        kind=kind,
        text=part.text("text"),
        findings=_findings(part, model),
        expected_first=_states(part, "expected_first", model),
        also=_states(part, "also", model),
        next_question=part.words("next_question"),
        contact=part.words("contact"),
        repair=part.words("repair"),
        why=part.word("why", ""),
        trap=part.word("trap", ""),
        source=part.word("source"),
    )
    part.done()
    return case


def _findings(part: Fields, model: Model) -> dict[str, str]:
    within = Fields(part.document, (*part.path, "findings"), part.values.get("findings"))
    part.has("findings")
    findings = {name: within.word(name) for name in within.values}
    _check(part, "findings", findings, model)
    return findings


def _states(part: Fields, name: str, model: Model) -> tuple[Finding, ...]:
    found = []
    for told in part.words(name):
        variable, _, state = told.partition("=")
        _check(part, name, {variable: state}, model)
        found.append((variable, state))
    return tuple(found)


def _check(part: Fields, name: str, findings: dict[str, str], model: Model) -> None:
    try:
        Evidence(model, findings)
    except EvidenceError as error:
        for fault in error.faults:
            part.wrong((name, *fault.path), fault.found, fault.allowed)
