"""One case with its findings changed: each left out, one flipped, one by one, and what would reach a goal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bayesdiag.case import Evidence
from bayesdiag.diagnosis.rank import RankedCause, ranked_causes
from bayesdiag.diagnosis.steps import open_questions
from bayesdiag.engine.layout import Floats
from bayesdiag.engine.network import CompiledNetwork

WIDTH = 12
"""First halves of a pair that are followed up."""
LEAST = 1e-9
"""An answer less likely than this is no goal to seek."""


@dataclass(frozen=True, slots=True)
class Variation:
    """A case with one finding changed.

    Attributes:
        finding: The variable.
        state: What it is changed to; None where it is left out.
        is_possible: Whether the findings can then occur together.
        causes: The causes then, the most responsible first; empty where they cannot.
    """

    finding: str
    state: str | None
    is_possible: bool
    causes: tuple[RankedCause, ...]


@dataclass(frozen=True, slots=True)
class Goal:
    """Answers that would take a cause over a threshold.

    Attributes:
        answers: One or two variables and their states.
        p: Responsibility of the cause then.
        p_answers: P(these answers | findings, premise).
    """

    answers: tuple[tuple[str, str], ...]
    p: float
    p_answers: float


def left_out(network: CompiledNetwork, evidence: Evidence) -> tuple[Variation, ...]:
    """Return the case without each finding in turn, in the order entered."""
    return _varied(network, evidence, [(name, None) for name in evidence.findings])


def flipped(network: CompiledNetwork, evidence: Evidence, name: str) -> tuple[Variation, ...]:
    """Return the case with one finding in each of its other states.

    Raises:
        KeyError: Nothing was found of it.
    """
    seen = evidence.findings[name]
    likeliest = max(seen, key=lambda state: seen[state])
    states = network.model.variable_of[name].state_ids
    return _varied(network, evidence, [(name, state) for state in states if state != likeliest])


def answered(network: CompiledNetwork, evidence: Evidence, name: str) -> tuple[tuple[float, Variation], ...]:
    """Return P(answer | findings, premise) and the case with it, for each answer to an open question.

    Args:
        network: The network.
        evidence: The findings, possible together.
        name: A variable of which nothing was found.
    """
    model, causes = network.model, [variable.id for variable in network.model.of_kind("cause")]
    row = network.rows([evidence], premise=True)[0]
    found = network.answers(row, [name], causes)
    prior: Floats = network.posterior({}, premise=True, targets=causes).beliefs[0]
    told = zip(model.variable_of[name].state_ids, found.p[name].tolist(), found.beliefs[name], strict=True)
    return tuple(
        (p, Variation(name, state, p > 0, ranked_causes(network, prior, beliefs) if p > 0 else ()))
        for state, p, beliefs in told
    )


def path(network: CompiledNetwork, evidence: Evidence) -> tuple[tuple[RankedCause, ...], ...]:
    """Return the causes after each finding in the order entered, the premise alone first."""
    findings = list(evidence.findings.items())
    prefixes = [dict(findings[:length]) for length in range(len(findings) + 1)]
    return tuple(causes for _, causes in _told(network, prefixes))


def sought(
    network: CompiledNetwork,
    evidence: Evidence,
    cause: tuple[str, str],
    least: float,
    *,
    pairs: bool = False,
) -> tuple[tuple[Goal, ...], bool]:
    """Return the answers to open questions that would take a cause to `least`, the likeliest first.

    Args:
        network: The network.
        evidence: The findings.
        cause: A cause and its state.
        least: The responsibility to reach.
        pairs: Whether pairs are sought too, where neither answer does it alone. Only the `WIDTH`
            answers that raise the cause most are followed up.

    Returns:
        The goals, and whether they are all there are.
    """
    singles = _answers(network, evidence, cause)
    goals = [goal for goal in singles if goal.p >= least]
    if not pairs:
        return _in_order(goals), True
    short = sorted((goal for goal in singles if goal.p < least), key=lambda goal: -goal.p)
    alone = {goal.answers[0] for goal in goals}
    found: dict[frozenset[tuple[str, str]], Goal] = {}
    for first in short[:WIDTH]:
        name, state = first.answers[0]
        more = Evidence(network.model, {**evidence.findings, name: state})
        for second in _answers(network, more, cause):
            both = frozenset((first.answers[0], second.answers[0]))
            if second.p >= least and second.answers[0] not in alone and both not in found:
                p_answers = first.p_answers * second.p_answers
                found[both] = Goal((first.answers[0], second.answers[0]), second.p, p_answers)
    return _in_order([*goals, *found.values()]), len(short) <= WIDTH


def _answers(network: CompiledNetwork, evidence: Evidence, cause: tuple[str, str]) -> list[Goal]:
    """Return what every answer to every open question would come to; nothing where the case is impossible."""
    questions = [v.id for v in open_questions(network.model, evidence) if v.id != cause[0]]
    row = network.rows([evidence], premise=True)[0]
    answers = network.answers(row, questions, [cause[0]])
    slot = network.layout.responsible(*cause)
    return [
        Goal(((name, state),), float(answers.beliefs[name][place, slot]), float(answers.p[name][place]))
        for name in questions
        for place, state in enumerate(network.layout.states[network.layout.index_of[name]])
        if answers.p[name][place] > LEAST
    ]


def _in_order(goals: Sequence[Goal]) -> tuple[Goal, ...]:
    return tuple(sorted(goals, key=lambda goal: (len(goal.answers), -goal.p_answers)))


def _varied(
    network: CompiledNetwork, evidence: Evidence, changes: Sequence[tuple[str, str | None]]
) -> tuple[Variation, ...]:
    cases = []
    for name, state in changes:
        kept = {other: seen for other, seen in evidence.findings.items() if other != name or state}
        cases.append(kept if state is None else kept | {name: {state: 1.0}})
    told = _told(network, cases)
    return tuple(
        Variation(name, state, is_possible, causes)
        for (name, state), (is_possible, causes) in zip(changes, told, strict=True)
    )


def _told(
    network: CompiledNetwork, cases: Sequence[Mapping[str, Mapping[str, float]]]
) -> list[tuple[bool, tuple[RankedCause, ...]]]:
    """Return whether each case is possible, and its causes in order."""
    model = network.model
    names = [variable.id for variable in model.of_kind("cause")]
    evidences = [Evidence(model, {}), *(Evidence(model, dict(one)) for one in cases)]
    found = network.posterior(evidences, premise=True, targets=names)
    prior: Floats = found.beliefs[0]
    return [
        (True, ranked_causes(network, prior, beliefs)) if log_evidence > float("-inf") else (False, ())
        for beliefs, log_evidence in zip(found.beliefs[1:], found.log_evidence[1:], strict=True)
    ]
