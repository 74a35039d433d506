"""What a cause would show and was not seen, how well each cause fits, and the answer in cases."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from math import log2

from bayesdiag.diagnosis.rank import RankedCause
from bayesdiag.diagnosis.subsets import Subsets, factor_of
from bayesdiag.engine.network import Answers, Inquiry

HIGH = 0.6
"""A cause that shows something at least this often makes it expected."""
TELLING = 1.5
"""Expected is only what it shows at least so many times as often as all else does."""
OUT_OF = (100, 1000, 10_000)
"""Cases that an answer is counted in: the fewest of these in which it is half a case or more."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Something a cause would most likely show.

    Attributes:
        finding: The variable.
        state: The state expected.
        p: P(state | the cause took part, premise, contexts known).
        p_otherwise: P(state | it did not).
        seen: The state seen instead; None where nobody has looked.
    """

    finding: str
    state: str
    p: float
    p_otherwise: float
    seen: str | None

    @property
    def bits(self) -> float:
        """What seeing it first would add to the log2 odds; infinite where nothing else shows it."""
        return log2(self.p / self.p_otherwise) if self.p_otherwise > 0 else float("inf")


@dataclass(frozen=True, slots=True)
class Fit:
    """How well one cause state explains the findings.

    Attributes:
        id: The cause.
        state: Its state.
        share: P(findings | it took part, premise), beside that of the best fitting one; in [0, 1].
    """

    id: str
    state: str
    share: float


@dataclass(frozen=True, slots=True)
class Frequencies:
    """The answer as cases: `first + others + none == out_of`.

    Attributes:
        out_of: How many cases with the same findings are imagined.
        first: In how many of them the first cause took part.
        others: In how many it did not, but some other listed cause did.
        none: In how many no listed cause did.
        before: In how many of `out_of` failures without any finding the first cause takes part;
            at least 1 unless it never does.
    """

    out_of: int
    first: int
    others: int
    none: int
    before: int


def fits(ranked: Sequence[RankedCause]) -> tuple[Fit, ...]:
    """Return how well each cause state explains the findings, the best first.

    P(findings | took part) is P(took part | findings) / P(took part), times what is the same for all.
    """
    ratios = [
        cause.responsibility / cause.prior_responsibility if cause.prior_responsibility > 0 else 0.0
        for cause in ranked
    ]
    best = max(ratios, default=0.0)
    found = [
        Fit(cause.id, cause.state, ratio / best if best > 0 else 0.0)
        for cause, ratio in zip(ranked, ratios, strict=True)
    ]
    return tuple(sorted(found, key=lambda fit: -fit.share))


def frequencies(first: RankedCause, none_of_these: float) -> Frequencies:
    """Return the answer as cases out of a hundred, or more where that leaves less than half a case.

    The first and "none" are rounded, and the others get what is left.
    """
    p = min(max(first.responsibility, 0.0), 1.0)
    none = min(max(none_of_these, 0.0), 1 - p)
    out_of = next((size for size in OUT_OF if p * size >= 0.5), OUT_OF[-1])
    count = round(p * out_of)  # as the percentage beside it is rounded
    none_count = min(round(none * out_of), out_of - count)
    before = max(round(first.prior_responsibility * out_of), 1 if first.prior_responsibility > 0 else 0)
    return Frequencies(out_of, count, out_of - count - none_count, none_count, before)


def expected_not_seen(case: Subsets, questions: Collection[str]) -> tuple[Expected, ...]:
    """Return what the cause would most likely show: what was seen otherwise first, then what is open.

    Judged by the premise and the contexts known, as if nothing else were: what a cause shows is
    a property of the cause.

    Args:
        case: The findings, and the cause state asked about.
        questions: What could be asked now.
    """
    if case.inquiry is None:
        return ()
    model = case.network.model
    shown = [
        variable.id
        for variable in model.variables
        if variable.kind in {"symptom", "test"}
        and (variable.id in questions or variable.id in case.evidence.findings)
    ]
    inquiry = _in_context(case, case.inquiry)
    layout = case.network.layout
    asked = [index for name in shown if (index := layout.index_of[name]) not in case.inquiry.others]
    answers = replace(inquiry, by_rows=tuple(asked), others=()).answers()
    p_cause = float(answers.before[case.slot])
    if not 0 < p_cause < 1:
        return ()
    found = [one for index in asked for one in _expected(case, answers, layout.names[index], p_cause)]
    return tuple(sorted(found, key=lambda one: (one.seen is None, -one.bits, -one.p)))


def _in_context(case: Subsets, inquiry: Inquiry) -> Inquiry:
    """Return the premise's inquiry with what is known of contexts in its row."""
    kept = case.network.ways.kept(inquiry.program)
    row = inquiry.row
    for name, seen in case.evidence.findings.items():
        if case.network.model.variable_of[name].kind == "context":
            factor = factor_of(inquiry, kept, name, seen)
            row = row * factor.rows[-1]
    return replace(inquiry, row=row)


def _expected(case: Subsets, answers: Answers[str], name: str, p_cause: float) -> list[Expected]:
    """Return the states of one variable that the cause would show, and that were not seen."""
    states = case.network.layout.states[case.network.layout.index_of[name]]
    likelihoods = case.evidence.findings.get(name)
    seen = None if likelihoods is None else max(likelihoods, key=lambda state: likelihoods[state])
    found = []
    for place, state in enumerate(states):
        if state == seen:
            continue
        p_state = float(answers.p[name][place])
        joint = p_state * float(answers.beliefs[name][place, case.slot])
        p, otherwise = min(1.0, joint / p_cause), max(0.0, (p_state - joint) / (1 - p_cause))
        if p >= HIGH and p >= TELLING * otherwise:
            found.append(Expected(name, state, p, otherwise, seen))
    return found
