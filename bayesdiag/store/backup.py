"""Backup and restore: one file of JSON lines, of one form for every store, proved whole before use."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from bayesdiag.errors import CaseFault, Fault, StoreError
from bayesdiag.mask import mask_text
from bayesdiag.store.event import now
from bayesdiag.store.lines import Imported, case_line, opened, parsed_line, take_line
from bayesdiag.store.opening import Store
from bayesdiag.store.rows import Query, case_ids, n_cases, records, remove_all
from bayesdiag.store.target import new_file
from bayesdiag.store.tombstones import bury, graveyard, line_of, stones_of_file

FORMAT = 1
"""Version of the form that this code writes."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did.

    Attributes:
        cases: How many cases the store has now.
        replaced: How many it had before.
        erased: Ids of cases in the backup that were erased after it was made, and stay so.
        made_at: When the backup was made.
    """

    cases: int
    replaced: int
    erased: tuple[str, ...]
    made_at: str


def write_backup(store: Store, path: Path) -> int:
    """Write all cases, as of one moment, to a file for this user alone; return how many.

    Others may go on writing to the store. The file appears whole or not at all.

    Raises:
        CaseFault: A store or what is no plain file has this name.
        StoreError: The store cannot be read or the file not written.
    """
    with new_file(path) as file, store.reading() as connection:
        n = n_cases(connection)
        for line in _sealed(_backup_lines(connection, n)):
            file.write(line)
    return n


def restore_backup(
    store: Store, path: Path, *, force: bool = False, erasures: Sequence[Path] = ()
) -> Restored:
    """Put a backup in the place of what the store holds: all of it, or none.

    Args:
        store: The store; empty, unless forced.
        path: The backup.
        force: Whether cases that are there may be lost.
        erasures: Newer backups, or files of tombstones, that tell of later erasures.

    Raises:
        CaseFault: The file is no backup, or not whole.
        StoreError: There are cases and it is not forced; or the store cannot be written.
    """
    made_at = _check_whole(path)
    done = Imported()
    with store.writing() as connection:
        if not store.is_file:  # nobody adds a case between; a file has one writer anyway
            connection.exec_driver_sql("LOCK TABLE bayesdiag_cases IN EXCLUSIVE MODE")
        replaced = n_cases(connection)
        if replaced and not force:
            told = "Give another store (--store), or --force to lose them; back them up first."
            many = f"{replaced} case{'' if replaced == 1 else 's'}"
            raise StoreError(f"{store.name}: it holds {many}; nothing was restored.\n    {told}")
        # What was erased since stays erased: here, beside the file, and by what newer backups tell.
        later = [
            *graveyard(connection).stones,
            *(stone for file in erasures for stone in stones_of_file(file)),
        ]
        remove_all(connection)
        bury(connection, [*later, *stones_of_file(path)])
        gone = graveyard(connection)
        faults = []
        with opened(path) as file:
            for number, line in enumerate(file, start=1):
                if line.startswith(b'{"case":'):
                    found = take_line(connection, gone, line, done)
                    faults += [fault.at(mask_text(str(path)), number) for fault in found]
        if faults:
            raise CaseFault(faults, "nothing was restored")
    return Restored(len(done.new), replaced, tuple(done.erased), made_at)


def _backup_lines(connection: Connection, n: int) -> Iterator[str]:
    stones = graveyard(connection).stones
    head = {"bayesdiag_backup": FORMAT, "made_at": now(), "cases": n, "erased": len(stones)}
    yield json.dumps(head)
    yield from (line_of(stone) for stone in stones)
    yield from (case_line(record) for record in records(connection, case_ids(connection, Query())))


def _sealed(lines: Iterator[str]) -> Iterator[bytes]:
    """Return the lines as bytes, and a last one by which a file that was cut or changed is known."""
    digest = hashlib.sha256()
    for line in lines:
        whole = f"{line}\n".encode()
        digest.update(whole)
        yield whole
    yield json.dumps({"end": digest.hexdigest()}).encode() + b"\n"


def _check_whole(path: Path) -> str:
    """Return when a backup was made.

    Raises:
        CaseFault: It is no backup, or not whole.
    """
    digest = hashlib.sha256()
    first: Any = None
    last = b""
    with opened(path) as file:
        for line in file:
            digest.update(last)
            last = line
            first = parsed_line(line) if first is None else first
    shown = mask_text(str(path))
    told = "Give a file that bayesdiag cases backup wrote. Exports are read by bayesdiag cases import."
    if not isinstance(first, dict) or first.get("bayesdiag_backup") is None:
        raise CaseFault([Fault((), "this is no backup", told, shown)], "nothing was restored")
    if first["bayesdiag_backup"] != FORMAT:
        told = "Install that version of bayesdiag, or a newer one."
        raise CaseFault(
            [Fault((), "a newer version of bayesdiag wrote this", told, shown)], "nothing was restored"
        )
    if parsed_line(last) != {"end": digest.hexdigest()}:
        told = "It was cut off or changed after it was written. Take another backup."
        raise CaseFault([Fault((), "this backup is not whole", told, shown)], "nothing was restored")
    return str(first.get("made_at", ""))
