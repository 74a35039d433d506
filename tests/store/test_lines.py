"""Cases leave as JSON lines and come in again: exactly, once, and with every fault named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from bayesdiag.errors import CaseFault, StoreError
from bayesdiag.store import (
    Event,
    Query,
    Store,
    add_case,
    append_events,
    case_line,
    count_cases,
    erase_cases,
    find_records,
    import_cases,
    open_store,
    read_record,
    write_backup,
)
from tests.store.histories import histories
from tests.store.test_cases import CARD, assert_masked, found, opened


def export(store: Store, path: Path) -> Path:
    lines = [f"{case_line(record)}\n" for record in find_records(store, Query())]
    path.write_text("".join(lines), encoding="utf-8")
    return path


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
@given(history=histories())
def test_any_case_goes_out_and_comes_in_the_same(store: Store, tmp_path: Path, history: list[Event]) -> None:
    kept = add_case(store, history)
    line = tmp_path / "one.jsonl"
    line.write_text(case_line(kept) + "\n", encoding="utf-8")
    with open_store(str(tmp_path / "other.db")) as other:
        assert import_cases(other, line).new == [kept.id]
        assert read_record(other, kept.id) == kept
        assert repr(read_record(other, kept.id).events) == repr(kept.events)


def test_importing_twice_changes_nothing_and_growth_is_taken(store: Store, tmp_path: Path) -> None:
    case = add_case(store, opened(found("a", "b")))
    early = export(store, tmp_path / "early.jsonl")
    append_events(store, case.id, [Event("noted", {"text": "later"})], seen=2)
    late = export(store, tmp_path / "late.jsonl")
    with open_store(str(tmp_path / "other.db")) as other:
        assert import_cases(other, early).new == [case.id]
        assert import_cases(other, late).grown == [case.id]
        for file in (early, late, late):
            assert import_cases(other, file).same == 1
        assert read_record(other, case.id) == read_record(store, case.id)


def test_histories_that_parted_are_told(store: Store, tmp_path: Path) -> None:
    case = add_case(store, opened())
    start = export(store, tmp_path / "start.jsonl")
    with open_store(str(tmp_path / "other.db")) as other:
        import_cases(other, start)
        append_events(other, case.id, [Event("noted", {"text": "there"})], seen=1)
        theirs = export(other, tmp_path / "theirs.jsonl")
    append_events(store, case.id, [Event("noted", {"text": "here"})], seen=1)
    with pytest.raises(CaseFault, match=r"theirs.jsonl:1: .*event 2: the store's history goes another way"):
        import_cases(store, theirs)
    assert read_record(store, case.id).notes == ("here",)
    changed = theirs.read_text(encoding="utf-8").replace('"by":"Li"', '"by":"Someone"')
    theirs.write_text(changed, encoding="utf-8")
    with pytest.raises(CaseFault, match="with other words"):
        import_cases(store, theirs)


def line(**changed: Any) -> str:
    event = {"id": "a1", "at": "2026-11-25T09:30:00.000000Z", "by": "Li", "kind": "opened", "body": {}}
    return json.dumps({"case": changed.pop("case", "T-1"), "events": [{**event, **changed}]})


FAULTY = [
    ("{", "this is not JSON"),
    ('"' + CARD + '"', "this is no case"),
    ('{"case": "x", "case": "y", "events": []}', "a name is given twice"),
    ('{"case": "x", "events": [NaN]}', "NaN is no number"),
    ('{"case": "x", "events": []}', "there is none"),
    ('{"case": "x", "events": [3]}', "this is no event"),
    (line(case=CARD), "this looks like somebody's number"),
    (line(case=7), "this is no id"),
    (line(kind=CARD), "is no kind of event"),
    (line(kind="noted", body={"text": "x"}), "out of order"),
    (line(at="yesterday " + CARD), "this is no time"),
    (line(id="Ä"), "no id of an event"),
    (line(body={CARD: CARD}), "this field does not belong here"),
    (line(by="a\nb"), "no name of a person"),
    (line(body={"when": CARD}), "this cannot stand here"),
    ("[" * 100_000, "nested too deeply"),
    ('{"case": ' + "9" * 5000 + "}", "thousands of digits"),
]


def test_every_faulty_line_is_named_and_the_rest_is_taken_only_when_asked(
    store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "mixed.jsonl"
    path.write_text("\n".join([line(), *(text for text, _ in FAULTY), ""]), encoding="utf-8")
    with path.open("ab") as file:
        file.write(b"\xff\n")
    with pytest.raises(CaseFault) as caught:
        import_cases(store, path)
    told = str(caught.value)
    assert_masked(told)
    for number, (_, expected) in enumerate([*FAULTY, ("", "this is not UTF-8")], start=2):
        lines = [part for part in told.splitlines() if part.startswith(f"{path}:{number}:")]
        assert any(expected in part for part in lines), (number, expected, lines)
    assert count_cases(store) == 0
    done = import_cases(store, path, partly=True)
    assert done.new == ["T-1"]
    assert {fault.line for fault in done.faults} == set(range(2, len(FAULTY) + 3))
    assert count_cases(store) == 1


def test_an_event_is_in_one_case_only(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "twice.jsonl"
    path.write_text(f"{line()}\n{line(case='T-2')}\n", encoding="utf-8")
    with pytest.raises(CaseFault, match=r'twice.jsonl:2: T-2.id: "a1" is the id of another event too'):
        import_cases(store, path)


def test_what_is_imported_is_masked(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "card.jsonl"
    told = json.loads(line(by=CARD))
    told["events"].append(
        {**told["events"][0], "id": "a2", "by": "", "kind": "noted", "body": {"text": f"Karte {CARD}"}}
    )
    path.write_text(json.dumps(told), encoding="utf-8")
    import_cases(store, path)
    assert_masked(repr(read_record(store, "T-1")))
    assert import_cases(store, path).same == 1


def test_an_import_does_not_bring_back_what_was_erased(store: Store, tmp_path: Path) -> None:
    case, other = add_case(store, opened()), add_case(store, opened())
    file = export(store, tmp_path / "all.jsonl")
    erase_cases(store, [case.id])
    done = import_cases(store, file)
    assert (done.erased, done.same, done.new) == ([case.id], 1, [])
    assert [record.id for record in find_records(store, Query())] == [other.id]


def test_a_file_that_is_not_there_is_told(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="the file cannot be read"):
        import_cases(store, tmp_path / "none.jsonl")


def test_a_backup_is_no_export(store: Store, tmp_path: Path) -> None:
    write_backup(store, tmp_path / "b.jsonl")
    with pytest.raises(CaseFault, match=r"b.jsonl:1: this is a backup.*\n.*restore"):
        import_cases(store, tmp_path / "b.jsonl")
