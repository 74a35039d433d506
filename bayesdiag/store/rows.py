"""Cases to rows and back; every function works inside a transaction that is open."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, exists, func, select

from bayesdiag.store.event import Event, body_text
from bayesdiag.store.record import CaseRecord, record_of
from bayesdiag.store.schema import CASES, EVENTS, MARKS
from bayesdiag.store.tombstones import folded

_BATCH = 200
"""So many cases are read at once."""
_MARK = 200
"""Characters of a mark: folding can make a name longer than any index takes."""


@dataclass(frozen=True, slots=True)
class Query:
    """Which cases are wanted; every part that is empty asks for nothing.

    Attributes:
        text: Words that all occur in it, in any case and width: notes, comments, names, ids.
        cause: A cause that was confirmed or, where none was, stands first in the last diagnosis.
        state: State of that cause.
        status: "open" or "closed".
        person: Who recorded, said or was handed something.
        model: Name of the model of the last diagnosis.
        since: Opened at or after this moment, in the form of `event.now`.
        until: Opened before this moment.
        unchanged_since: Last changed before this moment.
    """

    text: str = ""
    cause: str = ""
    state: str = ""
    status: str = ""
    person: str = ""
    model: str = ""
    since: str = ""
    until: str = ""
    unchanged_since: str = ""


def case_ids(connection: Connection, query: Query, limit: int | None = None) -> list[str]:
    """Return the ids of the cases asked for, the one changed last first."""
    wanted = _asked(select(CASES.c.id), query).order_by(CASES.c.changed_at.desc(), CASES.c.id)
    return list(connection.execute(wanted.limit(limit)).scalars())


def n_cases(connection: Connection, query: Query | None = None) -> int:
    """Return how many cases there are, or are asked for."""
    wanted = _asked(select(func.count()).select_from(CASES), query or Query())
    return int(connection.execute(wanted).scalar_one())


def changes(connection: Connection) -> tuple[int, int, str]:
    """Return how many cases and events there are, and when the last change was."""
    wanted = select(func.count(), func.sum(CASES.c.version), func.max(CASES.c.changed_at)).select_from(CASES)
    n, events, last = connection.execute(wanted).one()
    return int(n), int(events or 0), str(last or "")


def marked_causes(connection: Connection) -> tuple[str, ...]:
    """Return the causes by which cases are found."""
    wanted = select(MARKS.c.name).where(MARKS.c.kind == "cause").distinct().order_by(MARKS.c.name)
    return tuple(connection.execute(wanted).scalars())


def records(connection: Connection, ids: Sequence[str]) -> Iterator[CaseRecord]:
    """Return cases in the order of their ids as given; an id that no case has is left out."""
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        wanted = select(EVENTS).where(EVENTS.c.case_id.in_(batch)).order_by(EVENTS.c.case_id, EVENTS.c.seq)
        rows = groupby(connection.execute(wanted), key=lambda row: str(row.case_id))
        found = {case_id: record_of(case_id, [_event(row) for row in own]) for case_id, own in rows}
        yield from (found[case_id] for case_id in batch if case_id in found)


def version_of(connection: Connection, case_id: str) -> int | None:
    """Return how many events a case has, and keep others from adding any; None if there is none."""
    wanted = select(CASES.c.version).where(CASES.c.id == case_id).with_for_update()
    return connection.execute(wanted).scalar()


def owners(connection: Connection, event_ids: Iterable[str]) -> Mapping[str, str]:
    """Return the case of each of these events that is in the store."""
    ids, found = list(event_ids), {}
    for start in range(0, len(ids), _BATCH):
        wanted = select(EVENTS.c.id, EVENTS.c.case_id).where(EVENTS.c.id.in_(ids[start : start + _BATCH]))
        found.update({row.id: row.case_id for row in connection.execute(wanted)})
    return found


def write_case(connection: Connection, record: CaseRecord, *, known: int) -> None:
    """Write what is new of a case, and what it comes to.

    Args:
        connection: Inside a transaction.
        record: The whole case.
        known: So many of its first events stand in the store.
    """
    row = _case_row(record)
    if known:
        connection.execute(CASES.update().where(CASES.c.id == record.id).values(**row))
    else:
        connection.execute(CASES.insert().values(**row))
    connection.execute(
        EVENTS.insert(),
        [
            _event_row(record.id, seq, event)
            for seq, event in enumerate(record.events, start=1)
            if seq > known
        ],
    )
    _write_marks(connection, record)


def rewrite_case(connection: Connection, record: CaseRecord) -> None:
    """Write a case in the place of what stands there: only erasure does that."""
    connection.execute(CASES.update().where(CASES.c.id == record.id).values(**_case_row(record)))
    for seq, event in enumerate(record.events, start=1):
        at = (EVENTS.c.case_id == record.id) & (EVENTS.c.seq == seq)
        connection.execute(EVENTS.update().where(at).values(**_event_row(record.id, seq, event)))
    _write_marks(connection, record)


def remove_cases(connection: Connection, ids: Iterable[str]) -> None:
    """Delete the rows of cases."""
    for case_id in ids:
        for table in (MARKS, EVENTS):
            connection.execute(delete(table).where(table.c.case_id == case_id))
        connection.execute(delete(CASES).where(CASES.c.id == case_id))


def remove_all(connection: Connection) -> None:
    """Delete the rows of every case; tombstones stay."""
    for table in (MARKS, EVENTS, CASES):
        connection.execute(delete(table))


def _write_marks(connection: Connection, record: CaseRecord) -> None:
    connection.execute(delete(MARKS).where(MARKS.c.case_id == record.id))
    first = dict([record.first_cause]) if record.first_cause else {}
    marks = [("cause", *cause) for cause in (record.confirmed or first).items()]
    marks += [("person", _person(name), "") for name in record.people]
    if marks:
        connection.execute(
            MARKS.insert(),
            [
                {"case_id": record.id, "kind": kind, "name": name[:_MARK], "value": value[:_MARK]}
                for kind, name, value in dict.fromkeys(marks)
            ],
        )


def _case_row(record: CaseRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "version": record.version,
        "status": record.status,
        "opened_at": record.events[0].at,
        "changed_at": max(event.at for event in record.events),
        "handler": record.handler,
        "model_name": _plain(record.model.get("name")),
        "model_digest": _plain(record.model.get("digest")),
        "words": _words(record),
    }


def _event_row(case_id: str, seq: int, event: Event) -> dict[str, Any]:
    return {
        "case_id": case_id,
        "seq": seq,
        "id": event.id,
        "at": event.at,
        "recorded_by": event.by,
        "kind": event.kind,
        "body": body_text(event.body),
    }


def _event(row: Row[Any]) -> Event:
    return Event(row.kind, json.loads(row.body), row.recorded_by, row.at, row.id)


def _words(record: CaseRecord) -> str:
    """Return the text a case is found by: all that people wrote, and the names of what they chose."""
    told: list[str] = [record.id, *record.people]
    for event in record.events:
        if event.kind != "diagnosed":
            told += [value for value in event.body.values() if isinstance(value, str)]
    causes = (record.diagnosis or {}).get("causes")
    if isinstance(causes, list) and not record.confirmed:
        told += [str(cause.get("label", "")) for cause in causes[:1] if isinstance(cause, Mapping)]
    return folded("\n".join(dict.fromkeys(told)))


def _plain(value: Any) -> str:
    return value.replace("\0", " ") if isinstance(value, str) else ""


def _person(name: str) -> str:
    return " ".join(folded(name).split())


def _asked(wanted: Select[Any], query: Query) -> Select[Any]:
    """Return a selection narrowed to what is asked for."""
    conditions = [CASES.c.words.contains(word, autoescape=True) for word in folded(query.text).split()]
    conditions += [
        condition
        for told, condition in (
            (query.status, CASES.c.status == query.status),
            (query.model, CASES.c.model_name == query.model),
            (query.since, CASES.c.opened_at >= query.since),
            (query.until, CASES.c.opened_at < query.until),
            (query.unchanged_since, CASES.c.changed_at < query.unchanged_since),
            (query.cause, _marked("cause", query.cause, query.state)),
            (query.person, _marked("person", _person(query.person), "")),
        )
        if told
    ]
    return wanted.where(*conditions)


def _marked(kind: str, name: str, value: str) -> Any:
    """Return the condition that a case has a mark; an empty value stands for any."""
    found = (MARKS.c.case_id == CASES.c.id) & (MARKS.c.kind == kind) & (MARKS.c.name == name[:_MARK])
    return exists().where(found & (MARKS.c.value == value[:_MARK]) if value else found)
