"""Are the answers right? Golden cases replayed; a case is what an expert expects of a diagnosis."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bayesdiag.diagnosis import Diagnosis, RankedCause, diagnose
from bayesdiag.engine.network import CompiledNetwork
from bayesdiag.modelfile import GoldenCase

UNCERTAIN = 0.85
"""In an uncertain case the first cause must not be surer than this."""
SPARSE = 0.5
"""In a case with hardly any findings no cause may be surer than this."""
SHOWN = 4
"""A second cause counts as found when it is among this many."""
OFFERED = 3
"""A question counts as suggested when it is among this many."""


@dataclass(frozen=True, slots=True)
class GoldenResult:
    """What became of one golden case.

    Attributes:
        case: The case.
        passed: Whether the causes are as expected, by the rule of the case's kind.
        first: The first cause; None where the findings are impossible.
        question: Whether an expected question is among the first three; None where none is expected.
        contact: Whether the first contact is an expected one; None where none is expected.
        repair: Whether the first repair is an expected one; None where none is expected.
    """

    case: GoldenCase
    passed: bool
    first: RankedCause | None
    question: bool | None
    contact: bool | None
    repair: bool | None


def replayed(network: CompiledNetwork, cases: Iterable[GoldenCase]) -> tuple[GoldenResult, ...]:
    """Return what became of each case; the rule of each kind is told in `models/README.md`."""
    return tuple(golden_result(diagnose(network, case.findings), case) for case in cases)


def golden_result(diagnosis: Diagnosis, case: GoldenCase) -> GoldenResult:
    """Return how a diagnosis compares with what an expert expects."""
    first = diagnosis.causes[0] if diagnosis.causes else None
    offered = [question.id for question in diagnosis.questions[:OFFERED]]
    called = [call.id for call in diagnosis.contact[:1]]
    repaired = [step.id for step in diagnosis.plan.steps[:1]]
    return GoldenResult(
        case=case,
        passed=bool(diagnosis.causes) and _RULES.get(case.kind, _is_first)(diagnosis.causes, case),
        first=first,
        question=_hit(case.next_question, offered),
        contact=_hit(case.contact, called),
        repair=_hit(case.repair, repaired),
    )


Ranked = tuple[RankedCause, ...]


def _is_first(causes: Ranked, case: GoldenCase) -> bool:
    return (causes[0].id, causes[0].state) in case.expected_first


def _is_uncertain(causes: Ranked, case: GoldenCase) -> bool:
    first = (causes[0].id, causes[0].state)
    return first in (*case.expected_first, *case.also) and causes[0].responsibility <= UNCERTAIN


def _is_multi(causes: Ranked, case: GoldenCase) -> bool:
    shown = [(cause.id, cause.state) for cause in causes[:SHOWN]]
    others = {*case.expected_first, *case.also} - {shown[0]}
    return shown[0] in case.expected_first and any(cause in others for cause in shown[1:])


def _is_sparse(causes: Ranked, _: GoldenCase) -> bool:
    return causes[0].responsibility <= SPARSE


_RULES: dict[str, Callable[[Ranked, GoldenCase], bool]] = {
    "uncertain": _is_uncertain,
    "multi": _is_multi,
    "sparse": _is_sparse,
}


def _hit(expected: tuple[str, ...], found: list[str]) -> bool | None:
    return any(name in expected for name in found) if expected else None
