"""What watching found → a plain document."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp

from bayesdiag.case import Case
from bayesdiag.watch import AnswerMonitor, ColumnMonitor, Verdict, Watch
from bayesdiag.wire.plain import Document, number

LARGEST = 700.0
"""Logarithms above this have no number in JSON."""


def watch_document(found: Watch, cases: Sequence[Case]) -> Document:
    """Return whether cases are still those that a model expects.

    Cases are named by their number in the order in which they were looked at, counted from 1, and by
    their time.

    Args:
        found: What watching found.
        cases: The cases that were given.
    """
    ordered = [cases[place] for place in found.order]
    surprise = found.surprise
    return {
        "cases": found.n_cases,
        "first": found.first,
        "last": found.last,
        "alpha": found.alpha,
        "alarm": found.has_alarm,
        "overall": _verdict(found.overall, ordered),
        "impossible": [_place(place, ordered) for place in found.impossible],
        "unsure": found.unsure,
        "labels_not_used": found.labels,
        "surprise": {
            **_verdict(surprise.verdict, ordered),
            "answers": surprise.answers,
            "mean": surprise.mean,
            "expected": surprise.expected,
            "z": surprise.z,
        },
        "columns": [_column(one, ordered) for one in found.columns],
        "answers": [_answer(one, ordered) for one in found.answers],
    }


def _column(one: ColumnMonitor, ordered: Sequence[Case]) -> Document:
    return {
        "variable": one.number.variable,
        "role": one.number.role,
        "state": one.number.state,
        "when": {name: list(states) for name, states in one.number.when.items()},
        "stated": one.number.p,
        "now": one.now,
        "seen": one.seen,
        "expected": one.expected,
        "uses": one.uses,
        "cases": one.cases,
        "since": _place(one.since, ordered),
        **_verdict(one.verdict, ordered),
    }


def _answer(one: AnswerMonitor, ordered: Sequence[Case]) -> Document:
    return {
        "variable": one.variable,
        "state": one.state,
        "seen": one.seen,
        "expected": one.expected,
        "cases": one.answers,
        "z": one.z,
        "z_alone": one.z_alone,
        "since": _place(one.since, ordered),
        **_verdict(one.verdict, ordered),
    }


def _verdict(told: Verdict, ordered: Sequence[Case]) -> Document:
    return {
        "log_e": told.log_e,
        "e_value": number(exp(told.log_e)) if told.log_e < LARGEST else None,
        "p_value": told.p_value,
        "bar": number(exp(told.log_bar)),
        "alarm_at": _place(told.alarm, ordered),
    }


def _place(place: int | None, ordered: Sequence[Case]) -> Document | None:
    return None if place is None else {"case": place + 1, "when": ordered[place].when}
