"""Learned numbers → a plain document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from bayesdiag.learning import Adapted, Checked, Fit, Learned, Pooled
from bayesdiag.score import Passed, Replay
from bayesdiag.wire.plain import Document, number


def fit_document(
    found: Fit, refused: Sequence[str], before: Replay, after: Replay, checked: Sequence[Checked] = ()
) -> Document:
    """Return what was learned, and how cases come out with the old numbers and the new.

    Args:
        found: What was learned.
        refused: How each case is called that could not be learned from.
        before: Cases replayed with the old numbers.
        after: The same with the new ones.
        checked: Causes that were checked in some of the cases.
    """
    return {
        "cases": found.n_cases,
        "log_likelihood": [number(value) for value in found.log_likelihood],
        "p_premise": list(found.p_premise),
        "steps": len(found.history),
        "settled": found.has_settled,
        "golden": _passed(before.golden, after.golden),
        "closed": _passed(before.closed, after.closed),
        "checked": [asdict(one) | {"counted": one.counted} for one in checked],
        "rejected": [
            {"case": name, "reason": one.reason} for name, one in zip(refused, found.rejected, strict=True)
        ],
        "pools": [_pool(one) for one in found.pools],
        "numbers": [
            _number(one)
            | {
                "interval": None if one.interval is None else list(one.interval),
                "ess": one.ess,
                "cases": one.cases,
                "effective": one.effective,
                "told": one.is_told,
                "overall": None if one.overall is None else one.overall.p,
            }
            for one in found.numbers
        ],
    }


def adapted_document(
    found: Adapted,
    log_likelihood: tuple[float, float],
    refused: Sequence[tuple[str, str]],
    before: Replay,
    after: Replay,
) -> Document:
    """Return what a stream of cases came to.

    Args:
        found: The numbers that followed it.
        log_likelihood: Σ log P(case | premise) with the numbers before it and after it.
        refused: How each case is called that taught nothing, and why.
        before: Cases replayed with the numbers before.
        after: The same with those after.
    """
    return {
        "cases": found.n_cases,
        "fading": found.fading,
        "log_likelihood": [number(value) for value in log_likelihood],
        "golden": _passed(before.golden, after.golden),
        "closed": _passed(before.closed, after.closed),
        "rejected": [{"case": name, "reason": reason} for name, reason in refused],
        "numbers": [_number(one) | {"ess": one.ess, "experience": one.cases} for one in found.numbers],
    }


def _number(one: Learned) -> Document:
    return {
        "name": one.name,
        "variable": one.number.variable,
        "role": one.number.role,
        "state": one.number.state,
        "when": {name: list(states) for name, states in one.number.when.items()},
        "before": one.number.p,
        "after": one.p,
    }


def _pool(one: Pooled) -> Document:
    """Return the overall row of a pool, and what it is worth to each row."""
    return {
        "variable": one.pool.variable,
        "when": {name: list(states) for name, states in one.pool.when.items()},
        "contexts": list(one.pool.contexts),
        "rows": len(one.pool.members),
        "concentration": one.concentration,
        "stated": dict(zip(one.pool.states, one.pool.overall.tolist(), strict=True)),
        "overall": dict(zip(one.pool.states, one.overall.tolist(), strict=True)),
    }


def _passed(before: Passed, after: Passed) -> Document | None:
    if before is None or after is None:
        return None
    return {"before": before[0], "after": after[0], "n": after[1]}
