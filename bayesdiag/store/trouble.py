"""What a database says when it cannot, turned into what a person can do about it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bayesdiag.errors import StoreError
from bayesdiag.mask import mask_text

FULL = (
    "the disk is full, or a file may not grow further",
    "Nothing of this change was stored, and nothing stored before is lost. Make room, then repeat it.",
)
READ_ONLY = (
    "it may not be written",
    "Nothing was changed. Ask for the right to write, or use another one: --store.",
)
LOCKED = (
    "another program has been writing to it all the time",
    "Nothing of this change was stored. Try again when that program is done.",
)
NOT_OPEN = (
    "the file cannot be opened",
    "Check its name, its folder, and that you may read it and write beside it.",
)
DAMAGED = (
    "this is no store of cases, or it is damaged",
    "It was left as it is. Give another; or move it away and restore a backup: bayesdiag cases restore FILE.",
)
UNREADABLE = ("the disk failed while reading or writing", "Check the disk; then try again.")
UNREACHABLE = ("the server cannot be reached, or let nobody in", "Check host, port, user and password.")

_KINDS = {
    FULL[0]: "full",
    READ_ONLY[0]: "read_only",
    LOCKED[0]: "locked",
    NOT_OPEN[0]: "not_open",
    DAMAGED[0]: "damaged",
    UNREADABLE[0]: "unreadable",
    UNREACHABLE[0]: "unreachable",
}
"""Troubles, by what was found, that faces have words of their own for; others are told as they stand here."""

_SQLITE = {
    5: LOCKED,
    6: LOCKED,
    8: READ_ONLY,
    10: UNREADABLE,
    11: DAMAGED,
    13: FULL,
    14: NOT_OPEN,
    26: DAMAGED,
}
"""SQLite's primary result codes: https://www.sqlite.org/rescode.html"""
_IOERR_WRITE = {778, 1034, 1290, 3082}
"""Extended codes of a write that failed: a quota or a limit on the size of files."""

_POSTGRESQL = {
    "25006": READ_ONLY,
    "28000": (
        "the server does not let this user in",
        "Check user and password, and the server's pg_hba.conf.",
    ),
    "28P01": ("the server does not take this password", "Check user and password."),
    "3D000": ("the server has no database of this name", "Make it: createdb NAME. Or correct the name."),
    "40P01": LOCKED,
    "42501": ("this user may not do that in the database", "Grant it, or use another user: --store."),
    "53100": FULL,
    "53300": ("the server has no connection left", "Try again; or raise its max_connections."),
    "55P03": LOCKED,
}
"""SQLSTATE codes: https://www.postgresql.org/docs/current/errcodes-appendix.html"""

_AT_THE_DOOR = {
    "password authentication failed": "28P01",
    "pg_hba.conf": "28000",
    'role "': "28000",
    'database "': "3D000",
    "too many clients": "53300",
    "connection slots": "53300",
}
"""What a server says before it lets anybody in, where the driver hands no code on, and its code."""


@contextmanager
def told_in_words(name: str) -> Iterator[None]:
    """Raise what a database or the file system raises as a `StoreError`.

    Args:
        name: The store, as it may be shown.
    """
    try:
        yield
    except DBAPIError as error:
        found, todo = _meaning(error)
        raise StoreError(f"{name}: {found}.\n    {todo}", kind=_KINDS.get(found, "")) from None
    except PoolTimeout:
        raise StoreError(f"{name}: {LOCKED[0]}.\n    {LOCKED[1]}", kind="locked") from None
    except SQLAlchemyError as error:
        raise StoreError(f"{name}: {type(error).__name__}.\n    Check its address: --store.") from None


def _meaning(error: DBAPIError) -> tuple[str, str]:
    """Return what was found, and what to do about it."""
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", None)
        if code in _IOERR_WRITE:
            return FULL
        if code is not None and code & 0xFF in _SQLITE:
            return _SQLITE[code & 0xFF]
        return _other(cause)
    state = getattr(cause, "sqlstate", None) or _state_at_the_door(str(cause))
    if state in _POSTGRESQL:
        return _POSTGRESQL[state]
    if error.connection_invalidated or (state is None and error.statement is None):
        return UNREACHABLE[0], f"{UNREACHABLE[1]} It says: {_first_line(cause)}"
    return _other(cause)


def _state_at_the_door(said: str) -> str | None:
    """Return the code of what a server says instead of letting one in; None where it says nothing."""
    _, fatal, told = said.partition("FATAL: ")
    return next((state for part, state in _AT_THE_DOOR.items() if fatal and part in told), None)


def _other(cause: BaseException | None) -> tuple[str, str]:
    return f"the database says: {_first_line(cause)}", "Nothing of this change was stored."


def _first_line(cause: BaseException | None) -> str:
    """Return the first line of what a driver says; it quotes no values before its DETAIL lines."""
    lines = str(cause).strip().splitlines() or [type(cause).__name__]
    return mask_text(lines[0]).rstrip(".")
