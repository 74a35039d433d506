"""Slow twins of the diagnosis: value of information, plan and calls by adding up every world."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from math import log2, prod

from bayesdiag.model import Finding, Model, Repair
from tests.oracles import Findings, World, worlds

Cases = list[tuple[World, float, set[str]]]


def cases(model: Model, findings: Findings) -> Cases:
    """Every world with findings and premise, P(world | both), and the causes of which a link fired."""
    kept: Cases = []
    for world, p, fired in worlds(model):
        weight = p * prod(likelihoods.get(world[name], 0.0) for name, likelihoods in findings.items())
        failed = model.premise is None or world[model.premise.variable] not in model.premise.exclude
        if weight > 0 and failed:
            kept.append((world, weight, fired))
    total = sum(weight for _, weight, _ in kept)
    return [(world, weight / total, fired) for world, weight, fired in kept]


def information(model: Model, cases: Cases, question: str) -> float:
    """Bits: the sum over causes of I(answer; which state of the cause is responsible, or none)."""
    bits = 0.0
    for cause in model.of_kind("cause"):
        joint: Counter[tuple[str, str | None]] = Counter()
        for world, p, fired in cases:
            joint[world[question], world[cause.id] if cause.id in fired else None] += p  # type: ignore[assignment]
        answers: Counter[str] = Counter()
        blamed: Counter[str | None] = Counter()
        for (answer, blame), p in joint.items():
            answers[answer] += p
            blamed[blame] += p
        bits += sum(p * log2(p / (answers[a] * blamed[b])) for (a, b), p in joint.items() if p > 0)
    return bits


def p_solved(model: Model, cases: Cases, repairs: Sequence[Repair]) -> float:
    """P(every cause that took part is repaired by one of these, and there was one)."""
    return sum(
        p
        * prod(1 - prod(1 - fix(model, repair, (name, world[name])) for repair in repairs) for name in fired)
        for world, p, fired in cases
        if fired
    )


def fix(model: Model, repair: Repair, finding: Finding) -> float:
    """P(repaired | that state); a repair that lists nothing repairs nothing."""
    return repair.fixes.get(finding, model.unlisted_fix if repair.fixes else 0.0)


def p_any(cases: Cases, findings: Collection[Finding]) -> float:
    """P(one of these causes took part in one of these states)."""
    return sum(p for world, p, fired in cases if any((name, world[name]) in findings for name in fired))
