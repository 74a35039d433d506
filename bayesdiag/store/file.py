"""SQLite files as a store opens them: made for one user alone, on disk when committed, or read only."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool, StaticPool

from bayesdiag.errors import StoreError
from bayesdiag.mask import mask_text
from bayesdiag.store.address import SWITCH

BUSY_SECONDS = 30.0
"""How long one waits for another program that is writing, unless the address says `?timeout=`."""
_PRIVATE_FOLDER, _PRIVATE_FILE = 0o700, 0o600


class NoStoreError(StoreError):
    """Nothing is kept at this address so far."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message, kind="missing")


def make_file(url: URL, name: str, *, create: bool) -> None:
    """Make the file and its folder, for this user alone, where they are not there."""
    if "uri" in url.query:
        return
    path = Path(url.database or "")
    if path.is_dir():
        raise StoreError(f"{name}: this is a folder.\n    Give a file.")
    if path.exists():
        return
    if not create:
        raise NoStoreError(not_there(mask_text(os.path.abspath(path))))  # noqa: PTH100 - links stay
    try:
        path.parent.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, _PRIVATE_FILE))
    except OSError as error:
        told = "Nothing was stored. Give another file: --store."
        raise StoreError(f"{name}: the file cannot be made ({error.strerror}).\n    {told}") from None


def file_engine(url: URL, *, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """Return the database of a file."""
    waiting = {} if "timeout" in url.query else {"timeout": busy_seconds}
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=waiting)
    event.listen(engine, "do_connect", _as_may_be)
    return _listened(engine)


def passing_engine() -> Engine:
    """Return an empty database without a name, which goes when it is closed."""
    engine = create_engine("sqlite://", creator=_nowhere, poolclass=StaticPool, hide_parameters=True)
    return _listened(engine)


def not_there(place: str) -> str:
    """Return what is said where nothing is kept so far."""
    told = f"Check the name (--store, ${SWITCH}); bayesdiag cases add makes a store."
    return f"{place}: there is no store of cases.\n    {told}"


def _nowhere() -> sqlite3.Connection:
    """Return an empty database of SQLite's own, which goes when it is closed."""
    return sqlite3.connect("", check_same_thread=False)


def _listened(engine: Engine) -> Engine:
    event.listen(engine, "connect", _settle)
    event.listen(engine, "begin", _begin)
    return engine


def _as_may_be(_: Dialect, __: Any, place: list[Any], options: dict[str, Any]) -> None:
    """Have a file, or a folder, that may not be written opened for reading.

    SQLite reads a log only with a file of shared memory beside it, which it cannot make there. With
    no log nobody is writing, and the file alone holds everything (https://www.sqlite.org/wal.html).
    """
    path = Path(place[0])
    if (
        options.get("uri")
        or not path.exists()
        or (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))
    ):
        return
    is_alone = not Path(f"{path}-wal").exists()
    place[0] = f"{path.resolve().as_uri()}?mode=ro{'&immutable=1' * is_alone}"
    options["uri"] = True


def _settle(connection: sqlite3.Connection, _: object) -> None:
    """Prepare a new SQLite connection: on disk when committed, and erased bytes overwritten."""
    connection.isolation_level = None  # transactions begin where `_begin` says, those of tables too
    for setting in ("foreign_keys=ON", "synchronous=FULL", "secure_delete=ON"):
        connection.execute(f"PRAGMA {setting}")


def _begin(connection: Connection) -> None:
    # A writer takes its turn at once: one that began by reading could not wait for another's end.
    options = connection.get_execution_options()
    if options.get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("bayesdiag_writing") else "BEGIN")
