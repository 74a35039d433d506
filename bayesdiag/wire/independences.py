"""What testing a model's independences found → a plain document."""

from __future__ import annotations

from bayesdiag.independence import Claim, Independences, Tested
from bayesdiag.wire.plain import Document


def independences_document(found: Independences) -> Document:
    """Return which claims hold, which do not, and which could not be tested and why."""
    settings = found.settings
    return {
        "cases": found.n_cases,
        "given_failed": found.given_failed,
        "left_out": found.left_out,
        "labels_not_used": found.labels,
        "uneven_weights": found.uneven,
        "alpha": settings.alpha,
        "correction": settings.correction,
        "most": settings.most,
        "least": settings.least,
        "unclaimed": found.n_unclaimed,
        "broken": len(found.broken),
        "tested": [
            {
                **_claim(one.claim),
                "holds": one.holds,
                "p_value": one.p,
                "adjusted": one.adjusted,
                "statistic": one.statistic,
                "freedom": one.freedom,
                "cramers_v": one.strength,
                "cases": one.used,
                "complete": one.complete,
                "states": list(one.states),
                "seen": one.seen,
                "expected": one.expected,
            }
            for one in found.tested
        ],
        "too_few": [_few(one) for one in found.too_few],
        "too_wide": [_claim(one) for one in found.too_wide],
    }


def _few(one: Tested) -> Document:
    return {**_claim(one.claim), "complete": one.complete, "expected": one.expected}


def _claim(claim: Claim) -> Document:
    return {
        "first": claim.first,
        "second": claim.second,
        "given": list(claim.given),
        "local_markov": claim.is_local,
    }
