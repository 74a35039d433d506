"""What a diagnosis is: the parts of the other modules, put together for one case."""

from __future__ import annotations

from dataclasses import dataclass, field

from bayesdiag.case import Evidence
from bayesdiag.diagnosis.ask import QuestionValue
from bayesdiag.diagnosis.doubt import Doubt
from bayesdiag.diagnosis.explain import Explanation
from bayesdiag.diagnosis.plan import Plan
from bayesdiag.diagnosis.rank import Call, RankedCause
from bayesdiag.diagnosis.steps import Asking
from bayesdiag.model import Model


@dataclass(frozen=True)
class Diagnosis:
    """Everything a person is told about one case.

    Attributes:
        model: The model it was made with.
        evidence: The findings.
        is_impossible: True when the findings cannot occur together; then the rest is empty.
        log_evidence: Natural logarithm of P(findings | premise); -inf when impossible.
        causes: Every cause state that can be responsible, the most responsible first.
        none_of_these: P(no cause's link fired).
        questions: What to ask next, the most worth its price first.
        plan: What to do.
        contact: Whom to call, the likeliest side first.
        explanation: How belief in the first cause came about; None when impossible, not asked for, or when no
            cause has a link into a stage.
        doubt: How far all this is to be trusted.
        program: What the computation cost, for `--verbose`.
        asking: What was wished of its questions, and which repairs did not help.
    """

    model: Model
    evidence: Evidence
    is_impossible: bool
    log_evidence: float
    causes: tuple[RankedCause, ...]
    none_of_these: float
    questions: tuple[QuestionValue, ...]
    plan: Plan
    contact: tuple[Call, ...]
    explanation: Explanation | None
    doubt: Doubt
    program: str
    asking: Asking = field(default_factory=Asking)
