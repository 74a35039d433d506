"""Opening a store: its file or server, its transactions, and bringing older tables up to date."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, inspect, text
from sqlalchemy.engine import URL

from bayesdiag.errors import StoreError
from bayesdiag.store.address import default_address, parsed, shown
from bayesdiag.store.file import BUSY_SECONDS, NoStoreError, file_engine, make_file, not_there, passing_engine
from bayesdiag.store.schema import HEAD, VERSION_TABLE
from bayesdiag.store.trouble import LOCKED, told_in_words

_UPGRADE_LOCK = 4_711_060_001
"""Number of the PostgreSQL advisory lock under which tables are brought up to date: ours by convention."""
_IN_FILE = "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name"
_ON_SERVER = """
    SELECT relname FROM pg_class c
    WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
    AND relkind IN ('r', 'p', 'f') AND NOT EXISTS (
        SELECT 1 FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    ORDER BY relname"""
"""What stands in a database: its tables; on a server those of the schema in use, without its extensions'."""


@dataclass(frozen=True)
class Store:
    """An open store. Each change is one transaction: whole and on disk when it returns, or not at all.

    It may be used by several threads at once. It is a context manager that closes itself.

    Attributes:
        engine: The database.
        name: The store as it may be shown, without any password.
    """

    engine: Engine
    name: str

    @property
    def is_file(self) -> bool:
        """Whether it is an SQLite file."""
        return self.engine.dialect.name == "sqlite"

    @property
    def path(self) -> Path:
        """The file, where it is one."""
        return Path(self.engine.url.database or "")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that sees one moment of the store and changes nothing."""
        options: dict[str, Any] = {} if self.is_file else {"isolation_level": "REPEATABLE READ"}
        with (
            told_in_words(self.name),
            self.engine.execution_options(**options).connect() as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that may change the store; in a file, one at a time."""
        with (
            told_in_words(self.name),
            self.engine.execution_options(bayesdiag_writing=True).connect() as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def maintaining(self) -> Iterator[Connection]:
        """Open a connection without a transaction, for what the database does only outside of one."""
        with told_in_words(self.name), self.engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_store(
    address: str | None = None, *, create: bool = True, busy_seconds: float = BUSY_SECONDS
) -> Store:
    """Return a store, its tables up to date. A file that may not be written is opened for reading.

    Args:
        address: A file, or a URL of SQLite or PostgreSQL; None for `default_address`.
        create: Whether a store that is not there is made.
        busy_seconds: How long one waits for another program that is writing to a file.

    Raises:
        StoreError: It is of no known form, cannot be opened, is not there, holds the tables of
            another program, or was written by a newer one.
    """
    url = parsed(address or default_address())
    name = shown(url)
    if url.get_backend_name() == "sqlite":
        make_file(url, name, create=create)
        engine = file_engine(url, busy_seconds=busy_seconds)
    else:
        engine = _server(url, name)
    store = Store(engine, name)
    try:
        _bring_up_to_date(store, create=create)
    except BaseException:
        store.close()
        raise
    return store


def open_or_make(
    address: str | None, first: Callable[[Store], object], *, busy_seconds: float = BUSY_SECONDS
) -> Store:
    """Return a store. One that is not there is made only if its first change succeeds on an empty one.

    Args:
        address: As for `open_store`.
        first: What is going to be done. It is tried on an empty store that is thrown away, so that
            nothing is left behind where it fails.
        busy_seconds: As for `open_store`.

    Raises:
        StoreError: As `open_store`, and what `first` raises.
    """
    try:
        return open_store(address, create=False, busy_seconds=busy_seconds)
    except NoStoreError:
        name = shown(parsed(address or default_address()))
    with Store(passing_engine(), name) as empty:
        _bring_up_to_date(empty, create=True)
        first(empty)
    return open_store(address, busy_seconds=busy_seconds)


def migrate(connection: Connection, revision: str = "head") -> None:
    """Bring the tables to a revision, up or down, inside the transaction that is open.

    Down from a revision everything is lost that only it could hold.
    """
    from alembic import command  # noqa: PLC0415 - takes longer than all the rest here, and is seldom needed
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    folder = Path(__file__).resolve().parent / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    down = revision == "base" or (revision != "head" and revision < (_revision(connection) or ""))
    (command.downgrade if down else command.upgrade)(config, revision)


def _server(url: URL, name: str) -> Engine:
    waiting = {} if "connect_timeout" in url.query else {"connect_timeout": 10}
    try:
        return create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args=waiting)
    except ImportError:
        told = "Install it: pip install 'bayesdiag[postgres]'."
        raise StoreError(f"{name}: the PostgreSQL driver psycopg is missing.\n    {told}") from None


def _bring_up_to_date(store: Store, *, create: bool) -> None:
    with store.reading() as connection:
        found = _revision(connection)
        if found is None:
            _check_free(store, connection)
    if found == HEAD:
        return
    if found is None and not create:
        raise NoStoreError(not_there(store.name))
    _check_known(store, found)
    if store.is_file and store.engine.url.database:
        _use_log(store)
    with store.writing() as connection:
        if not store.is_file:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})"))
        found = _revision(connection)  # another process may have been first
        _check_known(store, found)
        if found is None:
            _check_free(store, connection)
        if found != HEAD:
            migrate(connection)


def _check_free(store: Store, connection: Connection) -> None:
    """Raise if a database without our tables holds those of another program."""
    tables = connection.execute(text(_IN_FILE if store.is_file else _ON_SERVER)).scalars()
    found = [name for name in tables if name != VERSION_TABLE]
    if found:
        told = "It was left as it is. Give a new file, or a database or schema of its own: --store."
        raise StoreError(
            f"{store.name}: this holds the tables of another program ({found[0]}), not cases.\n    {told}"
        )


def _revision(connection: Connection) -> str | None:
    """Return the revision of the tables; None where there are none."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - our own name


def _check_known(store: Store, found: str | None) -> None:
    """Raise if the tables are of a revision that this program does not know."""
    if found is not None and not (found.isdigit() and found <= HEAD):
        told = "It was left as it is. Install that version of bayesdiag, or a newer one."
        raise StoreError(
            f"{store.name}: the store has revision {found}, and this program knows those up to {HEAD}: "
            f"a newer version of bayesdiag wrote it.\n    {told}"
        )


def _use_log(store: Store) -> None:
    """Switch a file to write-ahead logging, which it then keeps: readers never wait for a writer."""
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            with store.maintaining() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        except StoreError as error:
            # SQLite does not wait by itself here, where two processes make a store at once.
            if LOCKED[0] not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.02)
        else:
            return
