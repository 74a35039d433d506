"""Are the answers right? Cases replayed: golden ones, with what an expert expects, and closed ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bayesdiag.case import Case
from bayesdiag.diagnosis import Diagnosis, RankedCause, diagnose
from bayesdiag.engine.network import CompiledNetwork
from bayesdiag.modelfile import GoldenCase
from bayesdiag.score.predict import n_first, verdicts

UNCERTAIN = 0.85
"""In an uncertain case the first cause must not be surer than this."""
SPARSE = 0.5
"""In a case with hardly any findings no cause may be surer than this."""
SHOWN = 4
"""A second cause counts as found when it is among this many."""
OFFERED = 3
"""A question counts as suggested when it is among this many."""


Passed = tuple[float, float] | None
"""How many cases come out as expected, and how many there are; None without any."""


class Replay(NamedTuple):
    """Cases whose answer is known, diagnosed once more.

    Attributes:
        golden: The golden cases.
        closed: Those that have a confirmed cause: it came first.
    """

    golden: Passed
    closed: Passed

    def is_fewer_golden(self, before: Replay) -> bool:
        """Whether fewer golden cases come out as expected than before."""
        return self.golden is not None and before.golden is not None and self.golden[0] < before.golden[0]


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


Cause = tuple[str, str]
"""A cause and its state."""


@dataclass(frozen=True, slots=True)
class ReplayedCase:
    """What became of one closed case.

    Attributes:
        before: The first cause as it was shown at the time; None without.
        first: The first cause now; None where the findings are impossible.
        was_right: Whether the one shown was confirmed; None where nothing was confirmed.
        is_right: Whether the one now was; None where nothing was confirmed.
    """

    before: Cause | None
    first: Cause | None
    was_right: bool | None
    is_right: bool | None

    @property
    def is_changed(self) -> bool:
        """Whether another cause comes first now."""
        return self.before != self.first


def replayed_case(network: CompiledNetwork, case: Case, before: Cause | None) -> ReplayedCase:
    """Return how the diagnosis of a closed case compares with the one shown and with what it was.

    Args:
        network: The model to judge.
        case: The case.
        before: The first cause of the diagnosis as it was shown.
    """
    diagnosis = diagnose(network, case.evidence, earlier=case.earlier, doubt="none", explanation="none")
    first = (diagnosis.causes[0].id, diagnosis.causes[0].state) if diagnosis.causes else None
    confirmed = set(case.confirmed.items())
    return ReplayedCase(
        before=before,
        first=first,
        was_right=before in confirmed if confirmed else None,
        is_right=first in confirmed if confirmed else None,
    )


def replayed(network: CompiledNetwork, cases: Iterable[GoldenCase]) -> tuple[GoldenResult, ...]:
    """Return what became of each case; the rule of each kind is told in `models/README.md`."""
    return tuple(
        golden_result(
            diagnose(network, case.findings, earlier=case.earlier, doubt="none", explanation="none"), case
        )
        for case in cases
    )


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


def replay(network: CompiledNetwork, golden: Sequence[GoldenCase], cases: Sequence[Case]) -> Replay:
    """Return how golden cases and closed ones come out.

    Args:
        network: A model; one that is not diagnostic has nothing to replay.
        golden: Cases with what is expected of them.
        cases: Cases some of whose causes may have been confirmed.
    """
    if not network.model.is_diagnostic:
        return Replay(None, None)
    results = replayed(network, golden)
    told = verdicts(network, cases)
    passed = (sum(result.passed for result in results), len(results)) if golden else None
    return Replay(passed, n_first(told) if len(told) else None)
