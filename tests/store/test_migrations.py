"""Tables of every released revision come up to date with their cases, and go back down."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from bayesdiag import store as room
from bayesdiag.store import Event, Query, Store, add_case, find_records, open_store, read_record
from bayesdiag.store.opening import migrate
from bayesdiag.store.schema import HEAD, METADATA, VERSION_TABLE
from tests.store.test_cases import opened

DUMPS = Path(__file__).parent / "revisions"


def revisions() -> list[str]:
    config = Config()
    config.set_main_option("script_location", str(Path(room.__file__).parent / "migrations"))
    script = ScriptDirectory.from_config(config)
    return [revision.revision for revision in script.walk_revisions()][::-1]


def test_the_newest_revision_is_the_one_the_program_asks_for() -> None:
    assert revisions()[-1] == HEAD
    assert revisions() == sorted(revisions())  # which of two is older is told by their order as text


def test_migrations_lead_to_the_tables_of_the_schema(store: Store) -> None:
    with store.reading() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "compare_type": True}
        )
        assert compare_metadata(context, METADATA) == []


@pytest.mark.parametrize("revision", revisions())
def test_a_store_of_every_revision_is_read_today(address: str, revision: str) -> None:
    """Each released revision needs a dump: `python -m tests.store.test_migrations` wrote them then."""
    load_dump(address, revision)
    with open_store(address) as store:
        first, second = sorted(find_records(store, Query()), key=lambda record: record.id)
        assert (first.id, first.status, first.confirmed) == (
            "T-1",
            "closed",
            {"card_chip_condition": "damaged"},
        )
        assert first.findings["display_text"].who == "王小明"
        assert first.model == {"name": "pos_card", "version": "1.1.0", "digest": "sha256:0"}
        assert (second.id, second.status, second.version) == ("T-2", "open", 1)
        case = add_case(store, opened())
        assert read_record(store, case.id) == case


@pytest.mark.parametrize("revision", ["base", *revisions()])
def test_every_revision_is_reached_down_and_up_again(address: str, revision: str) -> None:
    with open_store(address) as store:
        add_case(store, opened())
        with store.writing() as connection:
            migrate(connection, revision)
        with store.reading() as connection:
            names = set(inspect(connection).get_table_names()) - {VERSION_TABLE}
            assert (names == set()) == (revision == "base")
    with open_store(address) as store:
        add_case(store, opened())
        with store.reading() as connection:
            context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
            assert context.get_current_revision() == HEAD
            assert compare_metadata(context, METADATA) == []


def load_dump(address: str, revision: str) -> None:
    kind = "postgresql" if address.startswith("postgresql") else "sqlite"
    text = (DUMPS / f"{revision}.{kind}.sql").read_text(encoding="utf-8")
    if kind == "sqlite":
        import sqlite3  # noqa: PLC0415

        Path(address).parent.mkdir()
        with sqlite3.connect(address) as link:
            link.executescript(text)
    else:
        import psycopg  # noqa: PLC0415

        with psycopg.connect(address, autocommit=True) as link:
            link.execute(text.encode())


def example(store: Store) -> None:
    """What every dump holds; add to it, never change it."""
    told = {"model": {"name": "pos_card", "version": "1.1.0", "digest": "sha256:0"}, "causes": []}
    events = [
        Event("opened", {"when": "2026-11-20"}, by="Li"),
        Event("found", {"variable": "display_text", "seen": "read_error", "who": "王小明"}),
        Event("diagnosed", {"diagnosis": told}),
        Event("confirmed", {"cause": "card_chip_condition", "state": "damaged"}),
        Event("closed"),
    ]
    add_case(store, events, case_id="T-1")
    add_case(store, opened(), case_id="T-2")


def write_dumps(folder: Path) -> None:
    """Write the dumps of the newest revision; once, when it is released."""
    import sqlite3  # noqa: PLC0415
    import subprocess  # noqa: PLC0415

    from tests.store.server import programs, running  # noqa: PLC0415

    DUMPS.mkdir(exist_ok=True)
    with open_store(str(folder / "cases.db")) as store:
        example(store)
        lines = "\n".join(sqlite3.connect(store.path).iterdump())
        (DUMPS / f"{HEAD}.sqlite.sql").write_text(lines + "\n", encoding="utf-8")
    where = programs()
    assert where is not None
    with running(where) as server:
        address = server.address(server.new_database())
        with open_store(address) as store:
            example(store)
        command = [str(where / "pg_dump"), "--inserts", "--no-owner", "--no-privileges", address]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    kept = [
        line for line in told.splitlines() if line and not line.startswith(("--", "\\", "SET ", "SELECT "))
    ]
    (DUMPS / f"{HEAD}.postgresql.sql").write_text("\n".join(kept) + "\n", encoding="utf-8")


if __name__ == "__main__":
    import tempfile

    write_dumps(Path(tempfile.mkdtemp()))
