"""What is erased for good is in no file, and does not come back."""

from __future__ import annotations

from pathlib import Path

import pytest

from bayesdiag.errors import CaseFault, StoreError, UnknownCase
from bayesdiag.store import (
    Event,
    Query,
    Store,
    add_case,
    append_events,
    case_line,
    count_cases,
    erase_cases,
    erase_found,
    erasure,
    find_records,
    forget_person,
    import_cases,
    mentions,
    open_store,
    read_record,
)
from bayesdiag.store.tombstones import graveyard, text_without_people
from tests.store.server import Server
from tests.store.test_cases import found, opened

SECRET = "quillfeather"
CHINESE = "孔乙己茴香"


def holding(folder: Path, text: str) -> list[str]:
    """The files below a folder in which a text stands, in any form it may have been written."""
    forms = {text.encode(), text.encode("utf-16-le"), text.encode("unicode_escape")}
    return [
        str(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and any(form in path.read_bytes() for form in forms)
    ]


def folder_of(store: Store, server: Server | None) -> Path:
    if server is None:
        return store.path.parent
    with store.reading() as connection:
        own = connection.exec_driver_sql(
            "SELECT oid FROM pg_database WHERE datname = current_database()"
        ).scalar()
    return server.data / "base" / str(own)


@pytest.fixture
def own_server(store: Store, request: pytest.FixtureRequest) -> Server | None:
    return None if store.is_file else request.getfixturevalue("server")


def settle(server: Server | None) -> None:
    """Have a server write to its files what it holds in memory."""
    if server is not None:
        server.execute("CHECKPOINT")


def test_an_erased_case_is_in_no_file(store: Store, own_server: Server | None) -> None:
    for number in range(30):  # so that pages are shared, split and freed
        add_case(store, opened(Event("noted", {"text": f"other {number} " * 40})), case_id=f"o{number}")
    case = add_case(
        store,
        opened(Event("noted", {"text": f"{SECRET} {CHINESE} " * 300}), by=SECRET),
        case_id=f"id-{SECRET}",
    )
    append_events(store, case.id, [found(SECRET, CHINESE)], seen=2)
    if own_server is not None:
        own_server.execute("ANALYZE", "cases")  # as the server does by itself; statistics would keep samples
    settle(own_server)
    folder = folder_of(store, own_server)
    assert holding(folder, SECRET)
    assert holding(folder, CHINESE)
    assert erase_cases(store, [case.id]) == (case.id,)
    settle(own_server)
    assert holding(folder, SECRET) == []
    assert holding(folder, CHINESE) == []
    assert count_cases(store) == 30
    with pytest.raises(UnknownCase, match="erased for good"):
        read_record(store, case.id)
    with pytest.raises(CaseFault, match="erased for good"):
        add_case(store, opened(), case_id=case.id)
    assert erase_cases(store, [case.id]) == ()


def test_nothing_is_erased_where_an_id_is_wrong(store: Store) -> None:
    case = add_case(store, opened())
    with pytest.raises(UnknownCase, match="no case has this id"):
        erase_cases(store, [case.id, "T-9"])
    assert count_cases(store) == 1


def test_a_forgotten_person_is_in_no_file(store: Store, own_server: Server | None, tmp_path: Path) -> None:
    case = add_case(
        store,
        [
            Event("opened", {}, by="Ada Quillfeather"),
            found(
                "display_text", "read_error", who="ada quillfeather", comment="said ADA  Quillfeather, twice"
            ),
            Event("handed_over", {"to": "Ada Quillfeather-Smith"}),
            Event(
                "diagnosed",
                {"diagnosis": {"causes": [{"id": "c", "state": "s", "label": "for Ada Quillfeather"}]}},
            ),
        ],
    )
    chinese = add_case(store, opened(Event("noted", {"text": "孔乙己说卡坏了，孔乙说没有"})))
    lines = tmp_path / "before.jsonl"
    lines.write_text("".join(f"{case_line(r)}\n" for r in find_records(store, Query())), encoding="utf-8")
    seen = mentions(store, "Ada Quillfeather")
    assert (seen.cases, seen.events) == ((case.id,), 3)
    assert forget_person(store, "Ada Quillfeather") == seen
    forget_person(store, "孔乙己")
    record = read_record(store, case.id)
    assert record.events[0].by == "(forgotten)"
    assert record.events[1].body == {
        "variable": "display_text",
        "seen": "read_error",
        "who": "(forgotten)",
        "comment": "said (forgotten), twice",
    }
    assert record.handler == "Ada Quillfeather-Smith"  # somebody else
    assert read_record(store, chinese.id).notes == ("(forgotten)说卡坏了，孔乙说没有",)
    settle(own_server)
    for name in ("孔乙己", "ada quillfeather,", "ADA  Quillfeather", "for Ada"):
        assert holding(folder_of(store, own_server), name) == []
    assert import_cases(store, lines).same == 2  # the events are known, without the name
    with open_store(
        str(tmp_path / "elsewhere.db")
    ) as other:  # tombstones travel with backups, not by themselves
        import_cases(other, lines)
        assert "Ada" in repr(read_record(other, case.id))
    erase_cases(store, [chinese.id])
    fresh = tmp_path / "fresh.jsonl"
    text = lines.read_text(encoding="utf-8").replace(case.id, "copy")
    for event in record.events:
        text = text.replace(event.id, event.id[::-1] + "x")
    fresh.write_text(text, encoding="utf-8")
    assert import_cases(store, fresh).new == ["copy"]
    assert "ada quillfeather," not in repr(read_record(store, "copy")).casefold()
    with pytest.raises(CaseFault, match="no name"):
        forget_person(store, " . ")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Li said", "X said"),
        ("Lise, Li, lI", "Lise, X, X"),
        ("li@home", "X@home"),
        ("", ""),
        ("none", "none"),
    ],
)
def test_a_name_is_found_as_a_word(text: str, left: str) -> None:
    told = text_without_people(text, lambda part: part.casefold() == "li")
    assert told.replace("(forgotten)", "X") == left


def test_ids_that_name_the_person_are_told(store: Store) -> None:
    add_case(store, opened(), case_id="Quillfeather 7")
    assert mentions(store, "quillfeather").ids == ("Quillfeather 7",)


def test_old_cases_expire(store: Store) -> None:
    old = "2020-01-02T00:00:00.000000Z"
    add_case(store, [Event("opened", {}, at=old)], case_id="old")
    add_case(store, [Event("opened", {}, at=old), Event("noted", {"text": "x"})], case_id="revived")
    add_case(store, [Event("opened", {}, at=old)], case_id="old too")
    assert sorted(erase_found(store, Query(unchanged_since="2021"))) == ["old", "old too"]
    assert count_cases(store) == 1
    with store.reading() as connection:
        assert len({stone.salt for stone in graveyard(connection).stones}) == 1


def test_tombstones_hold_nothing_that_can_be_read(store: Store, own_server: Server | None) -> None:
    erase_cases(store, [add_case(store, opened(), case_id=SECRET).id])
    forget_person(store, CHINESE)
    settle(own_server)
    for text in (SECRET, CHINESE):
        assert holding(folder_of(store, own_server), text) == []


def test_a_reader_who_keeps_old_bytes_alive_is_told(
    file_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "BUSY_SECONDS", 0.2)
    with open_store(f"sqlite:///{file_address}?timeout=0.2") as store:
        case = add_case(store, opened())
        with store.reading() as connection:
            connection.exec_driver_sql("SELECT * FROM bayesdiag_cases")
            with pytest.raises(StoreError, match=r"(?s)reading it all the time.*erased, but old bytes"):
                erase_cases(store, [case.id])
        assert count_cases(store) == 0
        assert erase_cases(store, [case.id]) == ()


def test_a_name_with_a_number_is_forgotten_as_it_was_masked(store: Store, tmp_path: Path) -> None:
    """Its number is masked when it is stored, so the name as it was written stands nowhere."""
    note = Event("noted", {"text": "Li 13800138000 called; the li phone is old; Bo 13800138000 too"}, by="Bo")
    case = add_case(store, opened(note, Event("handed_over", {"to": "Li 13800138000"})))
    (tmp_path / "old.jsonl").write_text(case_line(case), encoding="utf-8")
    assert mentions(store, "Li 13800138000").events == 2
    assert forget_person(store, "Li 138 0013 8000").cases == (case.id,)
    after = read_record(store, case.id)
    assert after.handler == "(forgotten)"
    assert after.notes == ("(forgotten) called; the li phone is old; Bo [phone ***] too",)
    with store.reading() as connection:
        gone = graveyard(connection)
    assert gone.has_person("Li [phone ***]")
    assert not gone.has_person("Bo [phone ***]")
    for number in ("13800138000", "4111 1111 1111 1111"):
        with pytest.raises(CaseFault, match="none is there to erase"):
            forget_person(store, number)
