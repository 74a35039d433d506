"""What many cases come to: causes, weeks, time and questions until solved, where dialogues end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import mean, median
from typing import Any

from bayesdiag.store.cases import find_records
from bayesdiag.store.event import Event
from bayesdiag.store.opening import Store
from bayesdiag.store.record import CaseRecord
from bayesdiag.store.rows import Query

ENDS = (
    "confirmed",
    "repaired",
    "unexplained",
    "handed_over",
    "tried",
    "dont_know",
    "asked",
    "told",
    "empty",
)
"""Where a dialogue may have ended, the good ends first: closed with a confirmed cause, closed after a
repair that solved it, closed without either; and still open, its last step being that it was handed
over, that a repair did not help, that nobody knew an answer, that a question was asked, that something
was found or answered, or that nothing was ever told."""
HOURS = (1.0, 4.0, 24.0, 72.0, 168.0)
"""Upper ends of the classes of time until a case was closed; beyond the last is one more class."""

_QUESTIONS = frozenset({"asked", "answered", "skipped", "dont_know"})
_LAST = {"found": "told", "answered": "told", "skipped": "dont_know"}
_STEPS = frozenset({"found", "asked", "answered", "skipped", "dont_know", "tried", "handed_over"})


@dataclass(frozen=True, slots=True)
class CauseCount:
    """How often it was a cause state.

    Attributes:
        id: The cause.
        state: Its state.
        confirmed: Cases in which it was confirmed.
        suspected: Cases in which nothing was confirmed, and it stands first in the diagnosis.
    """

    id: str
    state: str
    confirmed: int
    suspected: int


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time.

    Attributes:
        first: Its first day.
        opened: Cases opened in it.
        closed: Cases that were last closed in it.
    """

    first: date
    opened: int
    closed: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """What cases come to. Times are in hours from opening to the last closing.

    Attributes:
        n: How many cases.
        n_open: How many are open.
        n_closed: How many are closed.
        n_confirmed: How many have a confirmed cause.
        n_first: How many of those had it first in their last diagnosis.
        n_compared: How many of those have a diagnosis to compare with.
        causes: By cause state, the most frequent first.
        spans: Days, weeks or months, without gaps.
        days: Length of a span: 1, 7, or 0 for a calendar month.
        hours: Closed cases by time: one number a class of `HOURS`, and one beyond.
        median_hours: Of closed cases; None without any.
        questions: Number of questions → closed cases with so many, without gaps from 0.
        median_questions: Of closed cases; None without any.
        mean_minutes: Work recorded per closed case; None without any.
        mean_money: Cost recorded per closed case; None without any.
        ends: Where dialogues end, as in `ENDS` → cases; only ends that occur.
        last_questions: Question → open cases that stopped at it because nobody knew; most frequent first.
    """

    n: int
    n_open: int
    n_closed: int
    n_confirmed: int
    n_first: int
    n_compared: int
    causes: tuple[CauseCount, ...]
    spans: tuple[Span, ...]
    days: int
    hours: tuple[int, ...]
    median_hours: float | None
    questions: tuple[int, ...]
    median_questions: float | None
    mean_minutes: float | None
    mean_money: float | None
    ends: dict[str, int]
    last_questions: dict[str, int]


def read_statistics(store: Store, query: Query | None = None) -> Statistics:
    """Return what the cases asked for come to.

    Raises:
        StoreError: The store cannot be read.
    """
    return statistics_of(find_records(store, query or Query()))


def statistics_of(records: Iterable[CaseRecord]) -> Statistics:
    """Return what these cases come to."""
    cases = list(records)
    closed = [case for case in cases if case.status == "closed"]
    confirmed = [case for case in cases if case.confirmed]
    compared = [case.first_cause in case.confirmed.items() for case in confirmed if case.first_cause]
    hours = [_hours(case) for case in closed]
    asked = [len(_asked(case)) for case in closed]
    days, spans = _spans(cases)
    ends = Counter(_end(case) for case in cases)
    stopped = Counter(_last(case)[1] for case in cases if _end(case) == "dont_know")
    return Statistics(
        n=len(cases),
        n_open=len(cases) - len(closed),
        n_closed=len(closed),
        n_confirmed=len(confirmed),
        n_first=sum(compared),
        n_compared=len(compared),
        causes=_causes(cases),
        spans=spans,
        days=days,
        hours=_classes(hours),
        median_hours=median(hours) if hours else None,
        questions=tuple(asked.count(number) for number in range(max(asked, default=-1) + 1)),
        median_questions=median(asked) if asked else None,
        mean_minutes=mean(case.minutes for case in closed) if closed else None,
        mean_money=mean(case.money for case in closed) if closed else None,
        ends={end: ends[end] for end in ENDS if ends[end]},
        last_questions=dict(stopped.most_common()),
    )


def statistics_document(statistics: Statistics) -> dict[str, Any]:
    """Return statistics as plain JSON."""
    told = statistics
    bounds: list[float | None] = [*HOURS, None]
    return {
        "cases": told.n,
        "open": told.n_open,
        "closed": told.n_closed,
        "confirmed": told.n_confirmed,
        "first_was_right": told.n_first,
        "first_compared": told.n_compared,
        "causes": [
            {"id": c.id, "state": c.state, "confirmed": c.confirmed, "suspected": c.suspected}
            for c in told.causes
        ],
        "spans": [
            {"first": span.first.isoformat(), "opened": span.opened, "closed": span.closed}
            for span in told.spans
        ],
        "hours": [{"below": bound, "cases": n} for bound, n in zip(bounds, told.hours, strict=True)],
        "median_hours": told.median_hours,
        "questions": [{"questions": number, "cases": n} for number, n in enumerate(told.questions)],
        "median_questions": told.median_questions,
        "mean_minutes": told.mean_minutes,
        "mean_money": told.mean_money,
        "ends": told.ends,
        "stopped_at": told.last_questions,
    }


def _causes(cases: Sequence[CaseRecord]) -> tuple[CauseCount, ...]:
    confirmed = Counter(cause for case in cases for cause in case.confirmed.items())
    suspected = Counter(case.first_cause for case in cases if case.first_cause and not case.confirmed)
    counts = [
        CauseCount(*cause, confirmed[cause], suspected[cause])
        for cause in dict.fromkeys((*confirmed, *suspected))
        if cause is not None
    ]
    return tuple(sorted(counts, key=lambda c: (-c.confirmed, -c.suspected, c.id, c.state)))


def _spans(cases: Sequence[CaseRecord]) -> tuple[int, tuple[Span, ...]]:
    """Return how long a span is, and the spans: not too many to be seen at a glance."""
    opened = [_moment(case.events[0].at).date() for case in cases]
    closed = [_moment(case.closed_at).date() for case in cases if case.closed_at]
    if not opened:
        return 1, ()
    first, last = min(opened), max([*opened, *closed])
    days = 1 if (last - first).days <= 21 else 7 if (last - first).days <= 200 else 0
    starts = [_start(first, days)]
    while (after := _after(starts[-1], days)) <= last:
        starts.append(after)
    n_opened = Counter(_start(day, days) for day in opened)
    n_closed = Counter(_start(day, days) for day in closed)
    return days, tuple(Span(start, n_opened[start], n_closed[start]) for start in starts)


def _start(day: date, days: int) -> date:
    """Return the first day of the span a day is in; weeks begin on Mondays."""
    if days == 0:
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if days == 7 else day


def _after(start: date, days: int) -> date:
    return (start + timedelta(days=32)).replace(day=1) if days == 0 else start + timedelta(days=days)


def _classes(hours: Sequence[float]) -> tuple[int, ...]:
    bounds = [0.0, *HOURS, float("inf")]
    return tuple(sum(low <= h < high for h in hours) for low, high in pairwise(bounds))


def _hours(case: CaseRecord) -> float:
    seconds = (_moment(case.closed_at) - _moment(case.events[0].at)).total_seconds()
    return max(0.0, seconds / 3600)


def _asked(case: CaseRecord) -> set[str]:
    """Return the questions that were asked in a case, and not taken back."""
    return {event.body["variable"] for event in case.standing if event.kind in _QUESTIONS}


def _end(case: CaseRecord) -> str:
    """Return where the dialogue of a case ended, as in `ENDS`."""
    if case.status == "open":
        return _last(case)[0]
    if case.confirmed:
        return "confirmed"
    tried = [event.body["outcome"] for event in case.standing if event.kind == "tried"]
    return "repaired" if tried[-1:] == ["solved"] else "unexplained"


def _last(case: CaseRecord) -> tuple[str, str]:
    """Return the kind of the last step of a case, and the variable it is about."""
    steps = _steps(case)
    if not steps:
        return "empty", ""
    return _LAST.get(steps[-1].kind, steps[-1].kind), str(steps[-1].body.get("variable", ""))


def _steps(case: CaseRecord) -> list[Event]:
    return [event for event in case.standing if event.kind in _STEPS]


def _moment(at: str) -> datetime:
    return datetime.fromisoformat(at)
