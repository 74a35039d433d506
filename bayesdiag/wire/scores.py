"""Scores of probabilities, their comparison, and what changed between two models → plain dictionaries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from bayesdiag.difference import Change
from bayesdiag.engine.layout import Floats
from bayesdiag.score import (
    Calibration,
    DiagnosisScore,
    Difference,
    EventScore,
    Isotonic,
    Mean,
    Murphy,
    Score,
    Temperature,
    mean_of,
)
from bayesdiag.simulate import Expected
from bayesdiag.wire.plain import Document, number


def score_document(score: Score) -> Document:
    """Return how good forecasts of one variable are."""
    states = list(score.states)
    return {
        "target": score.name,
        "n": score.n,
        "impossible": score.impossible,
        "ruled_out": score.ruled_out,
        "top_1": _mean(score.top_1),
        "top_3": _mean(score.top_3),
        "log_loss": _mean(score.log_loss),
        "brier": {**_mean(score.brier), **_murphy(score.murphy), "convention": "sum over states, 0 to 2"},
        "spherical": _mean(score.spherical),
        "confidence": _events(score.confidence, "top-label"),
        "states": {state: _events(one, "P(positive)") for state, one in score.states.items()},
        "confusion": {"states": states, "rows": "true", "weight": score.confusion.tolist()},
    }


def diagnosis_score_document(score: DiagnosisScore) -> Document:
    """Return how good diagnoses of cases with confirmed causes are."""
    return {
        "n": score.n,
        "impossible": score.impossible,
        "ruled_out": score.ruled_out,
        "top_1": _mean(score.top_1),
        "top_3": _mean(score.top_3),
        "log_loss": _mean(score.log_loss),
        "first": _events(score.first, "top-label"),
        "every": _events(score.every, "P(positive)"),
        "causes": [score_document(one) for one in score.causes],
    }


def dialogues_document(found: Expected, currency: str) -> Document:
    """Return what dialogues come to on average, each mean with its standard error."""
    even = np.ones(len(found.cases))

    def told(values: Floats) -> Document:
        return _mean(mean_of(values, even, found.cases))

    return {
        "n": len(found.cases),
        "cases": found.n_cases,
        "seed": found.seed,
        "policy": "decision_theoretic",
        "questions": told(found.questions),
        "minutes": told(found.minutes),
        "money": told(found.money),
        "cost": told(found.costs),
        "currency": currency,
        "handed_over": told(found.is_escalated),
    }


def differences_document(found: Mapping[str, Difference]) -> Document:
    """Return by which mean losses differ, first model less second, a loss each."""
    return {
        name: {
            "difference": number(one.value),
            "se": number(one.se),
            "interval": _pair(one.interval),
            "n": one.n,
            "fold_se": number(one.fold_se),
            "fold_interval": None if one.fold_interval is None else _pair(one.fold_interval),
        }
        for name, one in found.items()
    }


def recalibration_document(step: Temperature | Isotonic) -> Document:
    """Return what a recalibration does."""
    if isinstance(step, Temperature):
        return {"way": "temperature", "t": step.t}
    return {"way": "isotonic", "x": [list(x) for x in step.x], "y": [list(y) for y in step.y]}


def changes_document(changes: Iterable[Change]) -> list[Document]:
    """Return what changed between two models, in order."""
    return [
        {
            "kind": change.kind,
            "path": ".".join(change.path),
            "old": _told(change.old),
            "new": _told(change.new),
            "logits": None if change.logits is None else number(change.logits),
            "source": change.source or None,
        }
        for change in changes
    ]


def _told(value: object) -> object:
    if value is None or isinstance(value, str | bool | int):
        return value
    return number(value) if isinstance(value, float) else str(value)


def _mean(mean: Mean) -> Document:
    return {"value": number(mean.value), "se": number(mean.se)}


def _murphy(parts: Murphy) -> Document:
    return {
        "reliability": number(parts.reliability),
        "resolution": number(parts.resolution),
        "uncertainty": number(parts.uncertainty),
        "within": number(parts.within),
    }


def _events(score: EventScore, convention: str) -> Document:
    return {
        "convention": convention,
        "n": score.n,
        "base_rate": number(score.base_rate),
        "brier": {**_mean(score.brier), **_murphy(score.murphy)},
        "auc": number(score.roc.auc),
        "roc": {
            "false_positive": list(score.roc.false_positive),
            "true_positive": list(score.roc.true_positive),
        },
        "calibration": None if score.calibration is None else _calibration(score.calibration),
    }


def _calibration(found: Calibration) -> Document:
    return {
        "binning": found.binning.kind,
        "bins": found.binning.n,
        "ece": found.ece,
        "mce": found.mce,
        "ece_range": list(found.ece_range),
        "mce_range": list(found.mce_range),
        "p_value": found.p_value,
        "reliability": [
            {
                "low": one.low,
                "high": one.high,
                "n": one.n,
                "weight": one.weight,
                "p": one.p,
                "frequency": one.frequency,
                "wilson": list(one.wilson),
                "consistent": list(one.consistent),
            }
            for one in found.bins
        ],
    }


def _pair(interval: tuple[float, float]) -> list[float | None]:
    return [number(interval[0]), number(interval[1])]
