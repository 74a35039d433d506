"""Findings that cannot occur together, or hardly: the fewest of them that clash."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from bayesdiag.case import Evidence
from bayesdiag.diagnosis.doubt.conflict import Alone
from bayesdiag.engine.network import CompiledNetwork

MAX_SETS = 200
"""Sets of findings looked at to find smaller ones than the first that was found."""
SHARE = 0.9
"""A few findings carry the conflict if theirs is this much of the whole, or more than it."""
LEAST = 1.0
"""Nats of conflict below which there is nothing to carry."""

Names = tuple[str, ...]


def clashes(network: CompiledNetwork, evidence: Evidence, *, premise: bool = True) -> tuple[Names, ...]:
    """Return the smallest sets of findings that cannot occur together; none where all can.

    First one finding after the other is taken back as long as the rest still clash: what is left is
    a set from which none can be spared. Then all smaller sets are looked at, and all of that size,
    as far as they are few. Where the premise itself is impossible, no finding is to blame.
    """
    names = tuple(evidence.findings)
    if _is_possible(network, evidence, [names], premise=premise)[0]:
        return ()
    left = list(names)
    for name in names:
        rest = tuple(one for one in left if one != name)
        if not _is_possible(network, evidence, [rest], premise=premise)[0]:
            left.remove(name)
    looked = 0
    for size in range(len(left) + 1):
        sets = list(combinations(names, size))
        looked += len(sets)
        if looked > MAX_SETS:
            break
        possible = _is_possible(network, evidence, sets, premise=premise)
        found = tuple(one for one, can in zip(sets, possible, strict=True) if not can)
        if found:
            return found if size else ()
    return (tuple(left),)


def carriers(network: CompiledNetwork, evidence: Evidence, each: Alone, *, premise: bool = True) -> Names:
    """Return the fewest findings that carry the conflict between all; none where there is hardly any.

    Args:
        network: The network.
        evidence: The findings, possible together.
        each: How probable they are alone.
        premise: Whether the model's premise is taken for granted.
    """
    names, whole = tuple(evidence.findings), each.conflict
    if whole < LEAST:
        return ()
    looked = 0
    for size in range(2, len(names)):
        sets = list(combinations(range(len(names)), size))
        looked += len(sets)
        if looked > MAX_SETS:
            break
        log_p = _log_p(network, evidence, [tuple(names[i] for i in one) for one in sets], premise=premise)
        conflicts = [each.log_each[list(one)].sum() - p for one, p in zip(sets, log_p, strict=True)]
        best = int(np.argmax(conflicts))
        if conflicts[best] >= SHARE * whole:
            return tuple(names[i] for i in sets[best])
    return names


def _is_possible(
    network: CompiledNetwork, evidence: Evidence, sets: list[Names], *, premise: bool
) -> list[bool]:
    return [bool(p > -np.inf) for p in _log_p(network, evidence, sets, premise=premise)]


def _log_p(network: CompiledNetwork, evidence: Evidence, sets: list[Names], *, premise: bool) -> list[float]:
    """Return log P(findings | premise) of each set."""
    some = [Evidence(network.source, {name: evidence.findings[name] for name in one}) for one in sets]
    rows = network.rows([Evidence(network.source, {}), *some], premise=premise)
    found = network.posterior_of_rows(rows, ()).log_evidence
    before = found[0] if np.isfinite(found[0]) else 0.0  # under an impossible premise everything stays so
    return [float(p - before) for p in found[1:]]
