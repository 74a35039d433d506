"""Many processes at once, and processes that die: nothing acknowledged is lost, nothing is broken."""

from __future__ import annotations

import multiprocessing
import random
import sqlite3
import time
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from bayesdiag.store import Event, Query, add_case, count_cases, find_records, open_store, read_record
from tests.store.writing import add_some, add_without_end, open_once


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.store.writing", "alembic.command", "psycopg"])
    return context


def check_whole(address: str) -> None:
    """Ask SQLite itself whether a file is sound."""
    if Path(address).exists():
        link = sqlite3.connect(address)
        assert link.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert link.execute("PRAGMA foreign_key_check").fetchall() == []
        link.close()


def test_fifty_writers_lose_nothing(address: str, processes: ForkServerContext) -> None:
    writers, each = 50, 3
    with open_store(address) as store:
        shared = add_case(store, [Event("opened")]).id
        started = [
            processes.Process(target=add_some, args=(address, writer, shared, each))
            for writer in range(writers)
        ]
        for process in started:
            process.start()
        for process in started:
            process.join()
        assert [process.exitcode for process in started] == [0] * writers
        expected = sorted(f"{writer}-{number}" for writer in range(writers) for number in range(each))
        assert sorted(record.id for record in find_records(store, Query()) if record.id != shared) == expected
        assert sorted(read_record(store, shared).notes) == sorted(map(str, range(writers)))
    check_whole(address)


def test_a_store_made_by_many_at_once_is_one_store(address: str, processes: ForkServerContext) -> None:
    started = [processes.Process(target=open_once, args=(address,)) for _ in range(8)]
    for process in started:
        process.start()
    for process in started:
        process.join()
    assert [process.exitcode for process in started] == [0] * 8
    with open_store(address) as store:
        assert count_cases(store) == 0


def killed_at(
    address: str, processes: ForkServerContext, seconds: float, *, writing: bool
) -> list[tuple[str, int]]:
    """Start a writer, kill it after a while, or so long after its first case, and return what it had acknowledged."""
    receiving, sending = processes.Pipe(duplex=False)
    process = processes.Process(target=add_without_end, args=(address, sending))
    process.start()
    sending.close()
    if writing:
        assert receiving.poll(60)
    time.sleep(seconds)
    process.kill()
    process.join()
    told = []
    while True:
        try:
            told.append(receiving.recv())
        except EOFError:
            return told


def check_killed(address: str, processes: ForkServerContext, times: int) -> None:
    chance = random.Random(times)  # noqa: S311 - moments, not secrets
    acknowledged: dict[str, int] = {}
    for number in range(times):
        # By turns: from before the store is opened, through its making; and in the midst of the writing,
        # however long a busy machine takes to come so far.
        seconds = chance.uniform(0.0, 0.25)
        acknowledged.update(killed_at(address, processes, seconds, writing=number % 2 == 1))
        check_whole(address)
    with open_store(address) as store:
        kept = {record.id: record.version for record in find_records(store, Query())}
        lost = {case: version for case, version in acknowledged.items() if kept.get(case, 0) < version}
        assert lost == {}
        assert len(kept) - len(acknowledged) <= times  # at most the one on its way, each time
        assert all(record.version in {2, 3} for record in find_records(store, Query()))  # whole or not at all
    check_whole(address)


def test_a_killed_writer_loses_nothing_it_acknowledged(address: str, processes: ForkServerContext) -> None:
    check_killed(address, processes, 8)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_writer_killed_two_hundred_times_loses_nothing(address: str, processes: ForkServerContext) -> None:
    check_killed(address, processes, 200)
