"""Cases as JSON lines, one case a line: out, and in again without doubling or losing anything."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from bayesdiag.errors import CaseFault, Fault, StoreError
from bayesdiag.mask import mask_text
from bayesdiag.store.cases import check_id, find_records
from bayesdiag.store.event import Event, masked_event
from bayesdiag.store.opening import Store
from bayesdiag.store.record import CaseRecord, history_faults, record_of
from bayesdiag.store.rows import Query, owners, records, write_case
from bayesdiag.store.target import new_file
from bayesdiag.store.tombstones import FORGOTTEN, Graveyard, graveyard, name_without_people, without_people

FORM = 'Write {"case": "ID", "events": [{"id": "…", "at": "…", "by": "…", "kind": "…", "body": {…}}, …]}.'


@dataclass
class Imported:
    """What became of the lines of a file.

    Attributes:
        new: Ids of cases that were not there.
        grown: Ids of cases that got further events.
        same: How many cases held nothing new.
        erased: Ids of cases that were erased for good, and stay so.
        faults: What kept other lines from being imported.
    """

    new: list[str] = field(default_factory=list)
    grown: list[str] = field(default_factory=list)
    same: int = 0
    erased: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def case_line(record: CaseRecord) -> str:
    """Return a case as one line, with everything that is known about it."""
    events = [
        {"id": event.id, "at": event.at, "by": event.by, "kind": event.kind, "body": event.body}
        for event in record.events
    ]
    return json.dumps(
        {"case": record.id, "events": events}, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )


def export_cases(store: Store, path: Path, query: Query) -> int:
    """Write the cases that are looked for to a file of lines, whole or not at all; return how many.

    Raises:
        CaseFault: A store or what is no plain file has this name.
        StoreError: The store cannot be read or the file not written.
    """
    n = 0
    with new_file(path) as file:
        for record in find_records(store, query):
            file.write(f"{case_line(record)}\n".encode())
            n += 1
    return n


def import_cases(store: Store, source: Path | bytes, *, partly: bool = False) -> Imported:
    """Take the cases of a file into a store; what is there already is left as it is.

    A case is the same where its id is, an event where its id is. A case of which the store has the
    beginning gets the rest. A case that was erased for good, and a person who was forgotten, stay so.

    Args:
        store: The store.
        source: A file of JSON lines, or what was read from one.
        partly: Whether the good lines are imported where others are faulty.

    Raises:
        CaseFault: Lines are faulty, with all of them; nothing was imported.
        StoreError: The file cannot be read, or the store not written.
    """
    done = Imported()
    name = mask_text(str(source)) if isinstance(source, Path) else "-"
    with store.writing() as connection, _reading(source) as file:
        gone = graveyard(connection)
        for number, line in enumerate(_parted(file), start=1):
            if line.strip():
                faults = take_line(connection, gone, line, done)
                done.faults += [fault.at(name, number) for fault in faults]
        if done.faults and not partly:
            raise CaseFault(done.faults, "nothing was imported; --partly imports the other lines")
    return done


def _reading(source: Path | bytes) -> Any:
    return opened(source) if isinstance(source, Path) else io.BytesIO(source)


def _parted(file: Iterable[bytes]) -> Iterator[bytes]:
    """Return lines, whichever of the three line ends they have: inside JSON none of these stands as it is."""
    for line in file:
        yield from line.rstrip(b"\r\n").split(b"\r")


def opened(path: Path) -> Any:
    """Open a file for reading its bytes.

    Raises:
        StoreError: It cannot be read.
    """
    try:
        return path.open("rb")
    except OSError as error:
        told = "Check its name and its rights."
        raise StoreError(
            f"{mask_text(str(path))}: the file cannot be read ({error.strerror}).\n    {told}"
        ) from None


def take_line(connection: Connection, gone: Graveyard, line: bytes, done: Imported) -> list[Fault]:
    """Take the case of one line into the store and note what became of it; return what keeps it out."""
    parsed = parsed_line(line)
    if isinstance(parsed, Fault):
        return [parsed]
    case_id, told, faults = _case(parsed)
    if faults:
        return faults
    if gone.has_case(case_id):
        done.erased.append(case_id)
        return []
    events = [_without(event, gone.has_person) for event in told] if gone.stones else told
    before = next(records(connection, [case_id]), None)
    known = before.events if before is not None else ()
    faults = _parting_faults(case_id, known, events)
    new = events[len(known) :]
    faults = faults or _owner_faults(connection, case_id, new)
    if faults:
        return faults
    if not new:
        done.same += 1
        return []
    (done.grown if known else done.new).append(case_id)
    write_case(connection, record_of(case_id, [*known, *new]), known=len(known))
    return []


def parsed_line(line: bytes) -> Any:
    """Return what a line holds, or what is wrong with it; never what stands in it."""
    try:
        return json.loads(line.decode("utf-8-sig"), object_pairs_hook=_pairs, parse_constant=_no_constant)
    except UnicodeDecodeError:
        return Fault((), "this is not UTF-8 text", "Save the file as UTF-8.")
    except json.JSONDecodeError as error:
        return Fault(
            (), f"this is not JSON: {error.msg}, column {error.colno}", "One case stands on one line."
        )
    except RecursionError:
        return Fault((), "this is nested too deeply", FORM)
    except ValueError as error:
        return Fault(
            (), str(error) if isinstance(error, _RefusedError) else "a number has thousands of digits", FORM
        )


class _RefusedError(ValueError):
    """JSON that says something that cannot be kept."""


def _pairs(items: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(items)
    if len(found) < len(items):
        raise _RefusedError("a name is given twice")
    return found


def _no_constant(name: str) -> Any:
    raise _RefusedError(f"{name} is no number that JSON has")


def _case(parsed: Any) -> tuple[str, list[Event], list[Fault]]:
    """Return the id and the masked events of a parsed line, and what is wrong with them."""
    if isinstance(parsed, dict) and "bayesdiag_backup" in parsed:
        told = "It is read whole: bayesdiag cases restore FILE --store ANOTHER; then export from there."
        return "", [], [Fault((), "this is a backup", told)]
    if (
        not isinstance(parsed, dict)
        or set(parsed) != {"case", "events"}
        or not isinstance(parsed["events"], list)
    ):
        return "", [], [Fault((), "this is no case", FORM)]
    case_id, faults = parsed["case"], []
    if not isinstance(case_id, str) or not case_id:
        return "", [], [Fault(("case",), "this is no id", FORM)]
    try:
        check_id(case_id)
    except CaseFault as error:
        return "", [], list(error.faults)
    for place, item in enumerate(parsed["events"], start=1):
        if not _is_event(item):
            faults.append(Fault((f"event {place}",), "this is no event", FORM))
    if faults:
        return "", [], faults
    events = [masked_event(Event(**item)) for item in parsed["events"]]
    return case_id, events, history_faults(events)


def _is_event(item: Any) -> bool:
    if not isinstance(item, dict) or set(item) != {"id", "at", "by", "kind", "body"}:
        return False
    texts = all(isinstance(item[name], str) for name in ("id", "at", "by", "kind"))
    return texts and bool(item["id"]) and bool(item["at"]) and isinstance(item["body"], dict)


def _without(event: Event, is_gone: Callable[[str], bool]) -> Event:
    """Return an event without those who were forgotten."""
    return replace(event, by=name_without_people(event.by, is_gone), body=without_people(event.body, is_gone))


def _parting_faults(case_id: str, known: Sequence[Event], told: Sequence[Event]) -> list[Fault]:
    """Return what is wrong where a history goes another way than the one in the store."""
    for seq, (mine, theirs) in enumerate(zip(known, told, strict=False), start=1):
        if mine.id != theirs.id:
            allowed = "Both were added to apart. Export one of them, and append by hand what is new in it."
            return [
                Fault((case_id, f"event {seq}"), "the store's history goes another way from here", allowed)
            ]
        if mine != theirs and FORGOTTEN not in f"{mine}":
            allowed = "What is in the history does not change; append a new event."
            return [Fault((case_id, f"event {seq}"), "the store has this event with other words", allowed)]
    return []


def _owner_faults(connection: Connection, case_id: str, new: Iterable[Event]) -> list[Fault]:
    """Return what is wrong where an event's id is another event's too."""
    ids = [event.id for event in new]
    taken = set(owners(connection, ids)) | {event_id for event_id in ids if ids.count(event_id) > 1}
    return [
        Fault((case_id, "id"), f'"{event_id}" is the id of another event too', "Each event has its own.")
        for event_id in sorted(taken)
    ]
