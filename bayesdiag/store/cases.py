"""Adding cases, adding to them, reading and finding them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from bayesdiag.errors import CaseFault, Fault, StaleCase, StoreError, UnknownCase
from bayesdiag.mask import mask_text
from bayesdiag.store.event import MAX_NAME, Event, is_name, masked_event, new_id
from bayesdiag.store.opening import Store
from bayesdiag.store.record import CaseRecord, history_faults, record_of
from bayesdiag.store.rows import (
    Query,
    case_ids,
    changes,
    marked_causes,
    n_cases,
    records,
    version_of,
    write_case,
)
from bayesdiag.store.tombstones import graveyard


def add_case(store: Store, events: Sequence[Event], *, case_id: str = "") -> CaseRecord:
    """Store a new case, and return it as it was stored: masked, with its id and times.

    Args:
        store: The store.
        events: Its first events; the first of all says "opened".
        case_id: Its id; a new one is made where none is told.

    Raises:
        CaseFault: Something in it is wrong, with every fault; or the id is taken or was erased.
        StoreError: The store cannot be written.
    """
    check_id(case_id)
    own = case_id or f"{datetime.now(UTC):%y%m%d}-{new_id(6)}"
    kept = [masked_event(event) for event in events]
    faults = history_faults(kept)
    if faults:
        raise CaseFault(faults)
    record = record_of(own, kept)
    _check_agrees(record, kept)
    with store.writing() as connection:
        _check_free(connection, own)
        try:
            write_case(connection, record, known=0)
        except IntegrityError:  # another process took the id between the two
            raise _taken(own) from None
    return record


def append_events(store: Store, case_id: str, events: Sequence[Event], *, seen: int) -> CaseRecord:
    """Add events to a case, all or none, and return the case as it is now.

    Args:
        store: The store.
        case_id: Its id.
        events: What is new.
        seen: Version of the case that the writer saw; the events are added to no other.

    Raises:
        UnknownCase: No case has this id.
        StaleCase: Somebody else added to it since; says who wrote what.
        CaseFault: An event is wrong, or the case does not allow it.
        StoreError: The store cannot be written.
    """
    kept = [masked_event(event) for event in events]
    with store.writing() as connection:
        version = version_of(connection, case_id)
        if version is None:
            raise unknown_case(store, connection, case_id)
        before = next(records(connection, [case_id]))
        if version != seen:
            raise StaleCase(_meanwhile(before, seen))
        history = [*before.events, *kept]
        faults = history_faults(history, known=version)
        if faults:
            raise CaseFault(faults)
        record = record_of(case_id, history)
        _check_agrees(record, kept)
        if kept:
            write_case(connection, record, known=version)
    return record


def read_record(store: Store, case_id: str) -> CaseRecord:
    """Return one case.

    Raises:
        UnknownCase: No case has this id.
        StoreError: The store cannot be read.
    """
    with store.reading() as connection:
        found = next(records(connection, [case_id]), None)
        if found is None:
            raise unknown_case(store, connection, case_id)
    return found


def find_records(store: Store, query: Query, *, limit: int | None = None) -> Iterator[CaseRecord]:
    """Return the cases asked for one by one, as of one moment, the one changed last first.

    Raises:
        StoreError: The store cannot be read.
    """
    with store.reading() as connection:
        yield from records(connection, case_ids(connection, query, limit))


def count_cases(store: Store, query: Query | None = None) -> int:
    """Return how many cases there are, or are asked for."""
    with store.reading() as connection:
        return n_cases(connection, query)


def change_mark(store: Store) -> tuple[int, int, str]:
    """Return a mark that is another one after any change: cases, events, and when the last change was."""
    with store.reading() as connection:
        return changes(connection)


def kept_causes(store: Store) -> tuple[str, ...]:
    """Return the causes that cases can be found by: confirmed, or first in a diagnosis."""
    with store.reading() as connection:
        return marked_causes(connection)


def check_id(case_id: str) -> None:
    """Raise if an id that was chosen cannot be a case's; empty lets one be made.

    Raises:
        CaseFault: It is too long, has spaces at its ends or control characters, or looks like a number
            that is never stored; then it is not shown.
    """
    if case_id and mask_text(case_id) != case_id:
        raise CaseFault(
            [Fault(("id",), "this looks like somebody's number", "Such numbers are never stored.")]
        )
    if case_id and not is_name(case_id):
        told = f"Up to {MAX_NAME} printable characters, no spaces at the ends."
        raise CaseFault([Fault(("id",), "this can be no id of a case", told)])


def unknown_case(store: Store, connection: Connection, case_id: str) -> UnknownCase:
    """Return what is to be raised where no case has an id."""
    name = mask_text(case_id)
    if graveyard(connection).has_case(case_id):
        return UnknownCase(
            f"{store.name}: {name}: this case was erased for good.\n    Nothing of it is left."
        )
    told = "All ids: bayesdiag cases list. By words: bayesdiag cases search WORDS."
    return UnknownCase(f"{store.name}: {name}: no case has this id.\n    {told}")


def _check_free(connection: Connection, case_id: str) -> None:
    if version_of(connection, case_id) is not None:
        raise _taken(case_id)
    if graveyard(connection).has_case(case_id):
        told = "Choose another id: what was erased does not come back."
        raise CaseFault([Fault((case_id,), "a case of this id was erased for good", told)])


def _check_agrees(record: CaseRecord, new: Sequence[Event]) -> None:
    """Raise if something new says that a cause both is it and is not; imports keep what was once stored."""
    told = "Take the other back first: bayesdiag cases append ID --undo N."
    faults = [
        Fault((event.kind,), f"{cause}={state} would be both confirmed and excluded", told)
        for event in new
        if event.kind in {"confirmed", "excluded"}
        for cause, state in [(event.body["cause"], event.body["state"])]
        if record.confirmed.get(cause) == state and state in record.excluded.get(cause, ())
    ]
    if faults:
        raise CaseFault(faults[:1])


def _taken(case_id: str) -> StoreError:
    told = f"Choose another id, or add to it: bayesdiag cases append {case_id}."
    return CaseFault([Fault((case_id,), "a case of this id is there already", told)], kind="taken")


def _meanwhile(record: CaseRecord, seen: int) -> str:
    """Return who wrote what since a version was seen."""
    new = list(enumerate(record.events, start=1))[max(seen, 0) :]
    lines = [
        f"    {seq}  {event.at[:16].replace('T', ' ')}  {event.by or '?'}: {event.kind}" for seq, event in new
    ]
    head = f"{record.id}: version {seen} was seen, and the case is at {record.version}; nothing was stored."
    told = f"    Look at it (bayesdiag cases show {record.id}), then repeat with --seen {record.version}."
    return "\n".join([head, *lines, told])
