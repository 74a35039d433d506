"""A backup holds everything of one moment; a restore is whole or nothing, and brings nothing erased back."""

from __future__ import annotations

from pathlib import Path

import pytest

from bayesdiag.errors import CaseFault, StoreError
from bayesdiag.store import (
    Event,
    Query,
    Store,
    add_case,
    count_cases,
    erase_cases,
    find_records,
    forget_person,
    open_store,
    read_record,
    restore_backup,
    write_backup,
)
from tests.store.test_cases import found, opened


def everything(store: Store) -> list[object]:
    return sorted(find_records(store, Query()), key=lambda record: record.id)


@pytest.fixture
def filled(store: Store) -> Store:
    for number in range(5):
        add_case(
            store, opened(found("a", "b"), Event("noted", {"text": f"号 {number}"})), case_id=f"T-{number}"
        )
    return store


def test_a_backup_is_restored_into_any_kind_of_store(
    filled: Store, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    backup = tmp_path / "b.jsonl"
    assert write_backup(filled, backup) == 5
    assert backup.stat().st_mode & 0o077 == 0
    server = request.getfixturevalue("server")
    for address in (str(tmp_path / "new.db"), server.address(server.new_database())):
        with open_store(address) as other:
            done = restore_backup(other, backup)
            assert (done.cases, done.replaced, done.erased) == (5, 0, ())
            assert everything(other) == everything(filled)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_store_with_cases_is_overwritten_only_by_force(filled: Store, tmp_path: Path) -> None:
    backup = tmp_path / "b.jsonl"
    write_backup(filled, backup)
    before = everything(filled)
    add_case(filled, opened(), case_id="new")
    with pytest.raises(StoreError, match="it holds 6 cases; nothing was restored"):
        restore_backup(filled, backup)
    assert count_cases(filled) == 6
    assert restore_backup(filled, backup, force=True).replaced == 6
    assert everything(filled) == before


def test_what_was_erased_since_stays_erased(filled: Store, tmp_path: Path) -> None:
    old, new = tmp_path / "old.jsonl", tmp_path / "new.jsonl"
    write_backup(filled, old)
    erase_cases(filled, ["T-1", "T-3"])
    forget_person(filled, "Li")
    write_backup(filled, new)
    done = restore_backup(filled, old, force=True)
    assert (done.cases, sorted(done.erased)) == (3, ["T-1", "T-3"])
    assert read_record(filled, "T-0").people == ("(forgotten)",)
    # On another machine only a newer backup can tell.
    with open_store(str(tmp_path / "elsewhere.db")) as other:
        assert restore_backup(other, old, erasures=[new]).cases == 3
    with open_store(str(tmp_path / "third.db")) as other:
        assert restore_backup(other, old).cases == 5
    with open_store(str(tmp_path / "fourth.db")) as other:
        assert restore_backup(other, new).cases == 3
        assert sorted(restore_backup(other, old, force=True).erased) == ["T-1", "T-3"]


def test_erasures_outlive_a_file_that_is_lost(file_address: str, tmp_path: Path) -> None:
    backup = tmp_path / "b.jsonl"
    with open_store(file_address) as store:
        add_case(store, opened(), case_id="T-1")
        add_case(store, opened(), case_id="T-2")
        write_backup(store, backup)
        erase_cases(store, ["T-1"])
    Path(file_address).unlink()
    with open_store(file_address) as store:
        assert restore_backup(store, backup).erased == ("T-1",)
        assert count_cases(store) == 1


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda text: text[:-5], "this backup is not whole"),
        (lambda text: text[: len(text) // 2], "this backup is not whole"),
        (lambda text: text.replace("T-2", "T-9"), "this backup is not whole"),
        (lambda text: "\n".join(text.splitlines()[1:]), "this is no backup"),
        (lambda text: text.replace('"bayesdiag_backup": 1', '"bayesdiag_backup": 2'), "a newer version"),
        (lambda _: "", "this is no backup"),
    ],
    ids=["last line", "half", "changed", "no head", "newer", "empty"],
)  # fmt: skip
def test_a_damaged_backup_changes_nothing(filled: Store, tmp_path: Path, change: object, found: str) -> None:
    backup = tmp_path / "b.jsonl"
    write_backup(filled, backup)
    backup.write_text(change(backup.read_text(encoding="utf-8")), encoding="utf-8")  # type: ignore[operator]
    before = everything(filled)
    with pytest.raises(CaseFault, match=found):
        restore_backup(filled, backup, force=True)
    assert everything(filled) == before


def test_a_restore_that_fails_half_way_changes_nothing(filled: Store, tmp_path: Path) -> None:
    """A seal that fits around a line that does not: only our own code could write it."""
    import hashlib  # noqa: PLC0415
    import json  # noqa: PLC0415

    backup = tmp_path / "b.jsonl"
    write_backup(filled, backup)
    lines = backup.read_bytes().splitlines(keepends=True)[:-1]
    lines[-1] = lines[-1].replace(b'"kind":"opened"', b'"kind":"odd"')
    seal = json.dumps({"end": hashlib.sha256(b"".join(lines)).hexdigest()}).encode()
    backup.write_bytes(b"".join([*lines, seal, b"\n"]))
    before = everything(filled)
    with pytest.raises(CaseFault, match=rf"(?s)b.jsonl:{len(lines)}: .*odd.*nothing was restored"):
        restore_backup(filled, backup, force=True)
    assert everything(filled) == before


def test_a_backup_that_cannot_be_written_leaves_the_old_one(filled: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="the file cannot be written"):
        write_backup(filled, tmp_path / "none" / "b.jsonl")
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(StoreError, match="this is no plain file"):
        write_backup(filled, folder)
    assert list(folder.iterdir()) == []


def test_others_go_on_writing_while_a_backup_is_made(filled: Store, tmp_path: Path) -> None:
    with filled.reading() as connection:
        from bayesdiag.store.rows import n_cases  # noqa: PLC0415

        assert n_cases(connection) == 5
        add_case(filled, opened(), case_id="meanwhile")
        assert n_cases(connection) == 5  # one moment
    assert write_backup(filled, tmp_path / "b.jsonl") == 6
