"""Disk full, read-only, locked, unreachable, damaged, newer: told in words, and what was there stays."""

from __future__ import annotations

import os
import pwd
import resource
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from bayesdiag.errors import StoreError
from bayesdiag.store import (
    Event,
    Store,
    add_case,
    append_events,
    count_cases,
    open_or_make,
    open_store,
    read_record,
)
from bayesdiag.store.address import SWITCH, default_address, parsed, shown
from tests.store.server import Server
from tests.store.test_cases import opened

LONG = Event("noted", {"text": "long " * 20_000})


def in_child(work: Callable[[], None]) -> str:
    """Do something in a process of its own, whose limits and rights may be spoilt; return the error it met."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        told = "no error"
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - handed to the parent
            told = f"{type(error).__name__}: {error}"
        os.write(writing, told.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as file:
        told = file.read()
    os.waitpid(child, 0)
    return told


def test_a_limit_on_file_size_is_told_and_nothing_is_lost(file_address: str) -> None:
    with open_store(file_address) as store:
        case = add_case(store, opened())

    def grow() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        with open_store(file_address) as small:
            append_events(small, case.id, [LONG], seen=1)

    told = in_child(grow)
    assert told.startswith(f"StoreError: {file_address}: the disk is full, or a file may not grow further.")
    assert "nothing stored before is lost" in told
    with open_store(file_address) as store:
        assert read_record(store, case.id) == case
        assert append_events(store, case.id, [LONG], seen=1).version == 2  # with room it goes on


@pytest.fixture
def small_disk() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="bd-small-"))
    command = ["mount", "-t", "tmpfs", "-o", "size=700k", "none", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        folder.rmdir()
        pytest.skip(f"a small disk needs the right to mount one: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)
        folder.rmdir()


def test_a_full_disk_is_told_and_nothing_is_lost(small_disk: Path) -> None:
    address = str(small_disk / "cases.db")
    stored = []
    with open_store(address) as store:
        with pytest.raises(StoreError, match=r"the disk is full(?s:.*)nothing stored before is lost"):
            stored.extend(add_case(store, opened(LONG)) for _ in range(100))
        assert stored
        assert [read_record(store, case.id) for case in stored] == stored
    with closing(sqlite3.connect(address)) as link:
        assert link.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that another user can reach, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="bd-shut-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_store_that_may_not_be_written_is_told_and_stays(open_folder: Path) -> None:
    """Root may write anything, so it becomes somebody else for that."""
    address = str(open_folder / "cases.db")
    with open_store(address) as store:
        case = add_case(store, opened())
    content = Path(address).read_bytes()
    Path(address).chmod(0o444)
    open_folder.chmod(0o555)

    def write() -> None:
        if os.geteuid() == 0:
            os.setuid(pwd.getpwnam("nobody").pw_uid)
        with open_store(address) as store:
            add_case(store, opened())

    told = in_child(write)
    assert told.startswith(f"StoreError: {address}: ")
    assert "it may not be written" in told or "the file cannot be opened" in told
    assert Path(address).read_bytes() == content
    open_folder.chmod(0o755)
    Path(address).chmod(0o600)
    with open_store(address) as store:
        assert read_record(store, case.id) == case


def test_a_store_opened_for_reading_only_is_read_and_not_written(file_address: str) -> None:
    with open_store(file_address) as store:
        case = add_case(store, opened())
    with open_store(f"sqlite:///file:{file_address}?mode=ro&uri=true") as store:
        assert read_record(store, case.id) == case
        with pytest.raises(StoreError, match="it may not be written"):
            add_case(store, opened())


def test_a_server_that_lets_nobody_write_is_told(server: Server) -> None:
    name = server.new_database()
    with open_store(server.address(name)) as store:
        case = add_case(store, opened())
    server.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with open_store(server.address(name)) as store:
        with pytest.raises(StoreError, match="it may not be written"):
            add_case(store, opened())
        assert read_record(store, case.id) == case


def test_a_store_that_is_locked_all_the_time_is_told(file_address: str) -> None:
    with open_store(f"sqlite:///{file_address}?timeout=0.2") as store:
        case = add_case(store, opened())
        with store.writing(), pytest.raises(StoreError, match="another program has been writing"):
            append_events(store, case.id, [Event("closed")], seen=1)
        assert read_record(store, case.id) == case


@pytest.mark.parametrize(
    "content",
    [b"this is no database, but text\n" * 100, b"SQLite format 3\0" + b"\xff" * 5000],
    ids=["text", "damaged"],
)
def test_what_is_no_store_is_told_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.db"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"this is no store of cases, or it is damaged(?s:.*)restore FILE"):
        open_store(str(path))
    assert path.read_bytes() == content


def test_a_store_of_a_newer_program_is_told_and_left_alone(address: str) -> None:
    with open_store(address) as store:
        add_case(store, opened())
        with store.writing() as connection:
            connection.exec_driver_sql("UPDATE bayesdiag_version SET version_num = '9999'")
    with pytest.raises(StoreError, match=r"the store has revision 9999.*newer version of bayesdiag"):
        open_store(address)


def test_a_server_that_is_not_there_is_told_without_the_password() -> None:
    with pytest.raises(StoreError) as caught:
        open_store("postgresql://me:hunter2@127.0.0.1:1/cases?password=hunter2")
    assert str(caught.value).startswith("postgresql://me:***@127.0.0.1:1/cases: the server cannot be reached")
    assert "hunter2" not in str(caught.value)


def test_a_user_without_rights_is_told(server: Server) -> None:
    name = server.new_database()
    with open_store(server.address(name)) as store:
        case = add_case(store, opened())
    server.execute("DROP ROLE IF EXISTS reader")
    server.execute("CREATE ROLE reader LOGIN IN ROLE pg_read_all_data")
    with open_store(server.address(name).replace("tester", "reader")) as store:
        assert read_record(store, case.id) == case
        with pytest.raises(StoreError, match="this user may not do that"):
            add_case(store, opened())


def test_a_database_or_user_that_is_not_there_is_told(server: Server) -> None:
    with pytest.raises(StoreError, match=r"does not let this user in"):
        open_store(server.address("postgres").replace("tester", "nobody_such"))
    with pytest.raises(StoreError, match=r"no database of this name.*\n.*createdb"):
        open_store(server.address("none_such"))


@pytest.mark.parametrize(
    "address",
    [
        "mysql://me:hunter2@host/cases",
        "postgresql://me:hunter2@host:port/cases",
        "postgresql://me:hun@ter2@host:1:2/cases",
        "sqlite://",
        "sqlite:///:memory:",
        "://hunter2",
        "no such scheme://hunter2",
    ],
)
def test_an_address_of_no_known_form_is_told_without_the_password(address: str) -> None:
    with pytest.raises(StoreError, match="Give a file, sqlite:///FILE, or postgresql") as caught:
        open_store(address)
    assert "hunter2" not in str(caught.value)
    assert "ter2" not in str(caught.value)


def test_addresses_are_shown_without_secrets() -> None:
    for secret in ("postgresql://me:hunter2@h/d", "postgres://me@h/d?password=hunter2&sslpassword=hunter2"):
        assert "hunter2" not in shown(parsed(secret))
    assert shown(parsed("some/file.db")) == "some/file.db"


def test_the_default_is_in_the_users_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(SWITCH, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_address() == str(tmp_path / "bayesdiag" / "cases.db")
    monkeypatch.setenv("XDG_DATA_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_address() == str(tmp_path / ".local" / "share" / "bayesdiag" / "cases.db")
    with open_store() as store:
        assert store.path.stat().st_mode & 0o077 == 0
        assert store.path.parent.stat().st_mode & 0o077 == 0
    monkeypatch.setenv(SWITCH, "postgresql://team/cases")
    assert default_address() == "postgresql://team/cases"


def test_a_folder_and_a_missing_file_are_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="this is a folder"):
        open_store(str(tmp_path))
    with pytest.raises(StoreError, match="there is no store"):
        open_store(str(tmp_path / "none.db"), create=False)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="the file cannot be made"):
        open_store(str(tmp_path / "file" / "cases.db"))


def test_durability_is_what_it_should_be(file_address: str) -> None:
    with open_store(file_address) as store, store.reading() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")
        ]
    assert found == ["wal", 2, 1, 1, 30_000]


def test_no_error_of_a_database_quotes_what_was_to_be_stored(store: Store) -> None:
    case = add_case(store, opened())
    with pytest.raises(StoreError) as caught, store.writing() as connection:
        connection.exec_driver_sql("INSERT INTO bayesdiag_events SELECT * FROM bayesdiag_events")
    assert case.id not in str(caught.value)
    assert count_cases(store) == 1


@pytest.mark.parametrize("is_shut", [False, True], ids=["file", "folder"])
def test_a_store_that_may_only_be_read_is_read(open_folder: Path, *, is_shut: bool) -> None:
    path = open_folder / "cases.db"
    with open_store(str(path)) as store:
        case = add_case(store, opened())
    path.chmod(0o444)
    open_folder.chmod(0o555 if is_shut else 0o777)
    before = {file.name: file.read_bytes() for file in open_folder.iterdir()}

    def read() -> None:
        if os.geteuid() == 0:
            os.setuid(pwd.getpwnam("nobody").pw_uid)
        with open_store(str(path), create=False) as store:
            assert read_record(store, case.id) == case
            assert count_cases(store) == 1
            with pytest.raises(StoreError, match="it may not be written"):
                add_case(store, opened())

    assert in_child(read) == "no error"
    assert {file.name: file.read_bytes() for file in open_folder.iterdir()} == before


def test_what_a_writer_has_in_the_log_is_read_too(open_folder: Path) -> None:
    """A reader without rights that passed over the log of a writer at work would miss the last cases."""
    path = open_folder / "cases.db"
    with open_store(str(path)) as store, store.maintaining():
        case = add_case(store, opened())
        for file in open_folder.iterdir():
            file.chmod(0o644)

        def read() -> None:
            if os.geteuid() == 0:
                os.setuid(pwd.getpwnam("nobody").pw_uid)
            with open_store(str(path), create=False) as mine:
                assert read_record(mine, case.id) == case

        assert in_child(read) == "no error"


@pytest.mark.parametrize("create", [True, False])
def test_the_database_of_another_program_is_refused_and_left_alone(tmp_path: Path, *, create: bool) -> None:
    path = tmp_path / "browser.db"
    with closing(sqlite3.connect(path)) as link:
        link.execute("CREATE TABLE history (url TEXT)")
        link.commit()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"the tables of another program \(history\)"):
        open_store(str(path), create=create)
    assert (path.read_bytes(), [*tmp_path.iterdir()]) == (before, [path])


def test_the_schema_of_another_program_is_refused_and_a_schema_of_its_own_taken(server: Server) -> None:
    name = server.new_database()
    with closing(psycopg.connect(server.address(name), autocommit=True)) as link:
        link.execute("CREATE TABLE customers (name TEXT)")
        link.execute("CREATE SCHEMA cases")
    with pytest.raises(StoreError, match=r"the tables of another program \(customers\)"):
        open_store(server.address(name))
    sign = "&" if "?" in server.address(name) else "?"
    with open_store(f"{server.address(name)}{sign}options=-csearch_path%3Dcases") as store:
        assert count_cases(store) == 0
    with closing(psycopg.connect(server.address(name))) as link:
        found = link.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert found == [("customers",)]


def test_a_store_is_not_made_by_reading_nor_by_what_fails(address: str, tmp_path: Path) -> None:
    def fail(store: Store) -> None:
        add_case(store, opened())
        raise StoreError("it failed")

    with pytest.raises(StoreError, match="there is no store of cases"):
        open_store(address, create=False)
    with pytest.raises(StoreError, match="it failed"):
        open_or_make(address, fail)
    with pytest.raises(StoreError, match="there is no store of cases"):
        open_store(address, create=False)
    assert not (tmp_path / "kept").exists()
    with open_or_make(address, lambda store: add_case(store, opened())) as store:
        assert count_cases(store) == 0  # what was tried is not done yet
