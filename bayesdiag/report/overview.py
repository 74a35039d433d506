"""Statistics of many cases as tables with a sentence each: what a chart shows, and what is read instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bayesdiag.report.naming import Names
from bayesdiag.store.statistics import HOURS, Statistics


@dataclass(frozen=True, slots=True)
class Table:
    """Numbers by category, to be drawn as bars and to be read.

    Attributes:
        key: What it is about, a name for programs.
        title: The same for people.
        alt: What the chart shows, in a sentence.
        head: Name of the category, then of each column of numbers.
        labels: The categories, in order.
        columns: The numbers, a sequence for each column.
        is_ordered: Whether the order of the categories is theirs (time, number), and not that of the numbers.
    """

    key: str
    title: str
    alt: str
    head: tuple[str, ...]
    labels: tuple[str, ...]
    columns: tuple[tuple[int, ...], ...]
    is_ordered: bool

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The table's rows as text."""
        return [
            (label, *map(str, numbers)) for label, *numbers in zip(self.labels, *self.columns, strict=True)
        ]


def overview(statistics: Statistics, names: Names) -> tuple[Table, ...]:
    """Return the tables that have something to tell."""
    tables = (
        _causes(statistics, names),
        _spans(statistics, names),
        _hours(statistics, names),
        _questions(statistics, names),
        _ends(statistics, names),
        _stopped(statistics, names),
    )
    return tuple(table for table in tables if any(map(sum, table.columns)))


def duration(hours: float, names: Names) -> str:
    """Return a time in the unit that suits it."""
    if hours < 1:
        return names("in_minutes", number=f"{60 * hours:.0f}")
    if hours < 48:
        return names("in_hours", number=f"{hours:.3g}")
    return names("in_days", number=f"{hours / 24:.3g}")


def _causes(statistics: Statistics, names: Names) -> Table:
    labels = tuple(names.cause(count.id, count.state) for count in statistics.causes)
    columns = (
        tuple(count.confirmed for count in statistics.causes),
        tuple(count.suspected for count in statistics.causes),
    )
    head = tuple(names(key) for key in ("cause", "confirmed", "suspected"))
    alt = names("by_cause_alt", most=_most(labels, [sum(pair) for pair in zip(*columns, strict=True)]))
    return Table("by_cause", names("by_cause"), alt, head, labels, columns, is_ordered=False)


def _spans(statistics: Statistics, names: Names) -> Table:
    labels = tuple(span.first.isoformat() for span in statistics.spans)
    columns = (
        tuple(span.opened for span in statistics.spans),
        tuple(span.closed for span in statistics.spans),
    )
    span = names(f"span_{statistics.days}")
    head = (names("span_head", span=span), names("opened_cases"), names("closed_cases"))
    ends = (labels[0], labels[-1]) if labels else ("", "")
    alt = names("over_time_alt", first=ends[0], last=ends[1], span=span)
    return Table("over_time", names("over_time"), alt, head, labels, columns, is_ordered=True)


def _hours(statistics: Statistics, names: Names) -> Table:
    labels = tuple(names(f"hours_{place}") for place in range(len(HOURS) + 1))
    middle = statistics.median_hours
    alt = names("hours_alt", median=names("nobody") if middle is None else duration(middle, names))
    head = (names("time"), names("cases"))
    return Table("hours", names("hours"), alt, head, labels, (statistics.hours,), is_ordered=True)


def _questions(statistics: Statistics, names: Names) -> Table:
    labels = tuple(map(str, range(len(statistics.questions))))
    middle = statistics.median_questions
    alt = names("questions_alt", median=names("nobody") if middle is None else f"{middle:g}")
    head = (names("question_count"), names("cases"))
    return Table("questions", names("questions"), alt, head, labels, (statistics.questions,), is_ordered=True)


def _ends(statistics: Statistics, names: Names) -> Table:
    labels = tuple(names(f"end_{end}") for end in statistics.ends)
    numbers = tuple(statistics.ends.values())
    alt = names("ends_alt", most=_most(labels, numbers))
    return Table(
        "ends", names("ends"), alt, (names("end"), names("cases")), labels, (numbers,), is_ordered=False
    )


def _stopped(statistics: Statistics, names: Names) -> Table:
    labels = tuple(names.question(name) for name in statistics.last_questions)
    numbers = tuple(statistics.last_questions.values())
    alt = names("stopped_alt", most=_most(labels, numbers).rstrip("?？"))
    head = (names("question"), names("cases"))
    return Table("stopped", names("stopped"), alt, head, labels, (numbers,), is_ordered=False)


def _most(labels: Sequence[str], numbers: Sequence[int]) -> str:
    return max(zip(numbers, labels, strict=True), key=lambda pair: pair[0])[1] if labels else ""
