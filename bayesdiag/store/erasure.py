"""Erasure for good: of cases, and of a person. That history is only added to binds edits, not this."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from bayesdiag.errors import CaseFault, Fault, StoreError
from bayesdiag.mask import mask_text
from bayesdiag.store.cases import unknown_case
from bayesdiag.store.file import BUSY_SECONDS
from bayesdiag.store.opening import Store
from bayesdiag.store.record import CaseRecord, record_of
from bayesdiag.store.rows import Query, case_ids, records, remove_cases, rewrite_case, version_of
from bayesdiag.store.schema import METADATA
from bayesdiag.store.tombstones import (
    Graveyard,
    bury,
    folded_name,
    graveyard,
    name_without_people,
    without_people,
)


@dataclass(frozen=True, slots=True)
class Mentions:
    """Where a person is named.

    Attributes:
        cases: Ids of the cases whose events name the person.
        events: How many events do.
        ids: Cases whose very id names the person; an id cannot be changed, only its case be deleted.
    """

    cases: tuple[str, ...]
    events: int
    ids: tuple[str, ...]


def erase_cases(store: Store, ids: Sequence[str]) -> tuple[str, ...]:
    """Erase cases for good: no file of the store holds them afterwards, and no import brings them back.

    What was erased before is no fault: the files are cleared once more.

    Returns:
        The ids of the cases erased now.

    Raises:
        UnknownCase: No case has one of these ids, and none had; then nothing was erased.
        StoreError: The store cannot be written; or others read it and keep old bytes alive.
    """
    with store.writing() as connection:
        gone = graveyard(connection)
        there = [case_id for case_id in dict.fromkeys(ids) if version_of(connection, case_id) is not None]
        for case_id in ids:
            if case_id not in there and not gone.has_case(case_id):
                raise unknown_case(store, connection, case_id)
        _erase(connection, gone, there)
    clear_files(store)
    return tuple(there)


def erase_found(store: Store, query: Query) -> tuple[str, ...]:
    """Erase for good every case asked for, and return their ids."""
    with store.writing() as connection:
        ids = case_ids(connection, query)
        _erase(connection, graveyard(connection), ids)
    clear_files(store)
    return tuple(ids)


def mentions(store: Store, name: str) -> Mentions:
    """Return where a person is named, without changing anything.

    Raises:
        CaseFault: This is no name.
        StoreError: The store cannot be read.
    """
    name = _as_stored(name)
    with store.reading() as connection:
        found = [(before, after) for before, after in _rewritten(connection, name)]
        ids = [
            case_id for case_id in case_ids(connection, Query()) if folded_name(name) in folded_name(case_id)
        ]
    return _mentions(found, ids)


def forget_person(store: Store, name: str) -> Mentions:
    """Erase a person's name from every event for good; what they said stays, without saying who.

    The name is found as who recorded, said or was handed something, and as words of any text. A
    number in it is looked for as it was stored: masked, so that it stands for any number of its kind.

    Raises:
        CaseFault: This is no name.
        StoreError: The store cannot be written; or others read it and keep old bytes alive.
    """
    name = _as_stored(name)
    with store.writing() as connection:
        found = []
        for before, after in _rewritten(connection, name):
            rewrite_case(connection, after)
            found.append((before, after))
        bury(connection, [graveyard(connection).person(name)])
        ids = [
            case_id for case_id in case_ids(connection, Query()) if folded_name(name) in folded_name(case_id)
        ]
    clear_files(store)
    return _mentions(found, ids)


def clear_files(store: Store) -> None:
    """Rewrite the store's files without what was erased.

    Raises:
        StoreError: Another program reads the store and keeps old bytes alive, or there is no room.
    """
    try:
        if store.is_file:
            _truncate_log(store)
            with store.maintaining() as connection:
                connection.exec_driver_sql("VACUUM")
            _truncate_log(store)
        else:
            with store.maintaining() as connection:
                for table in METADATA.sorted_tables:
                    connection.exec_driver_sql(f"VACUUM (FULL, ANALYZE) {table.name}")
    except StoreError as error:
        told = "It is erased, but old bytes may still stand in the files. Repeat the command later."
        raise StoreError(f"{error}\n    {told}") from None


def _truncate_log(store: Store) -> None:
    """Move the write-ahead log into the file and empty it; waits for those who read."""
    end = time.monotonic() + BUSY_SECONDS
    while True:
        with store.maintaining() as connection:
            is_busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
        if not is_busy:
            return
        if time.monotonic() > end:
            raise StoreError(f"{store.name}: another program is reading it all the time.")
        time.sleep(0.05)


def _erase(connection: Connection, gone: Graveyard, ids: Sequence[str]) -> None:
    bury(connection, [gone.case(case_id) for case_id in ids])
    remove_cases(connection, ids)


def _rewritten(connection: Connection, name: str) -> Iterator[tuple[CaseRecord, CaseRecord]]:
    """Return each case that names a person, as it is and without the name."""
    wanted = folded_name(name)

    def is_gone(text: str) -> bool:
        return folded_name(text) == wanted

    for record in records(connection, case_ids(connection, Query())):
        events = [
            replace(
                event, by=name_without_people(event.by, is_gone), body=without_people(event.body, is_gone)
            )
            for event in record.events
        ]
        if tuple(events) != record.events:
            yield record, record_of(record.id, events)


def _mentions(found: Sequence[tuple[CaseRecord, CaseRecord]], ids: Sequence[str]) -> Mentions:
    changed = sum(mine != other for a, b in found for mine, other in zip(a.events, b.events, strict=True))
    return Mentions(tuple(before.id for before, _ in found), changed, tuple(ids))


def _as_stored(name: str) -> str:
    """Return a person's name as it was stored: numbers in it are masked."""
    stored = mask_text(name)
    if not folded_name(stored):
        told = "Give the name as it was written. Numbers of people are never stored: none is there to erase."
        raise CaseFault([Fault((stored,), "this is no name", told)])
    return stored
