"""Every test that asks for `address` or `store` runs on an SQLite file and on a real PostgreSQL server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bayesdiag.store import Store, open_store
from tests.store.server import MISSING, Server, programs, running


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    where = programs()
    if where is None and os.environ.get("CI"):
        pytest.fail(MISSING)
    if where is None:
        pytest.skip(MISSING)
    with running(where) as found:
        yield found


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "kept" / "cases.db")
    found: Server = request.getfixturevalue("server")
    return found.address(found.emptied_database())


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    with open_store(address) as found:
        yield found


@pytest.fixture
def file_address(tmp_path: Path) -> str:
    return str(tmp_path / "kept" / "cases.db")
