"""Cases go in and come out whole, on both databases."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from bayesdiag.errors import CaseFault, StaleCase, UnknownCase
from bayesdiag.store import (
    Event,
    Query,
    Store,
    add_case,
    append_events,
    count_cases,
    find_records,
    open_store,
    read_record,
)
from tests.store.histories import histories

CARD = "4111 1111 1111 1111"


def opened(*events: Event, by: str = "Li") -> list[Event]:
    return [Event("opened", {}, by=by), *events]


def found(variable: str, seen: object, **told: object) -> Event:
    return Event("found", {"variable": variable, "seen": seen, **told})


def assert_masked(told: str) -> None:
    assert CARD not in told
    assert CARD.replace(" ", "") not in told


def ids(store: Store, query: Query) -> list[str]:
    return [record.id for record in find_records(store, query)]


def test_a_case_from_its_first_call_to_its_end(store: Store) -> None:
    case = add_case(
        store,
        opened(
            found("display_text", "read_error", who="shop", when="2026-11-20", comment="red text"),
            found("signal_indicator", {"good": 0.7, "weak": 0.3}),
        ),
    )
    assert case.findings["display_text"].who == "shop"
    assert case.findings["signal_indicator"].who == ""
    steps = [
        Event("asked", {"variable": "tap_outcome"}),
        Event("answered", {"variable": "tap_outcome", "seen": "read_ok"}, by="Bo"),
        Event("skipped", {"variable": "card_age"}),
        Event("dont_know", {"variable": "terminal_age"}),
        Event("undone", {"seq": 2}),
        Event("tried", {"repair": "clean_card_or_reader", "outcome": "solved", "minutes": 4, "money": 1.5}),
        Event("excluded", {"cause": "usage_error", "state": "wrong_way"}),
        Event("confirmed", {"cause": "chip_reader_condition", "state": "dirty"}),
        Event("spent", {"minutes": 6}),
        Event("noted", {"text": "dust"}),
        Event("handed_over", {"to": "王小明"}),
        Event("closed", {}),
    ]
    append_events(store, case.id, steps, seen=3)
    case = read_record(store, case.id)
    assert case.version == 15
    assert case.status == "closed"
    assert case.closed_at == case.events[-1].at
    assert {name: finding.seen for name, finding in case.findings.items()} == {
        "signal_indicator": {"good": 0.7, "weak": 0.3},
        "tap_outcome": "read_ok",
    }
    assert case.findings["tap_outcome"].who == "Bo"
    assert (case.minutes, case.money, case.notes, case.handler) == (10, 1.5, ("dust",), "王小明")
    assert case.confirmed == {"chip_reader_condition": "dirty"}
    assert case.excluded == {"usage_error": ("wrong_way",)}
    case = append_events(store, case.id, [Event("reopened", {"comment": "again"})], seen=15)
    assert (case.status, case.confirmed, case.excluded) == ("open", {}, {"usage_error": ("wrong_way",)})


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories())
def test_any_case_comes_back_as_it_was_stored(store: Store, history: list[Event]) -> None:
    kept = add_case(store, history)
    again = read_record(store, kept.id)
    assert again == kept
    assert repr(again.events) == repr(kept.events)  # types too: 1 is no 1.0
    assert [replace(event, at="", id="") for event in again.events] == history


def test_what_is_no_case_is_refused_with_every_fault(store: Store) -> None:
    wrong = [
        Event("found", {"variable": "x"}),
        Event("bla", {}),
        Event("spent", {"minutes": -1, "hours": 2}),
        Event("found", {"variable": "x", "seen": {"a": 0.0}}),
        Event("tried", {"repair": "r", "outcome": "maybe"}),
        Event("noted", {"text": "\ud800"}),
        Event("diagnosed", {"diagnosis": {"p": float("nan")}}),
    ]
    with pytest.raises(CaseFault) as caught:
        add_case(store, wrong)
    told = str(caught.value)
    for part in (
        "found.seen",
        "bla",
        "minutes",
        "hours",
        "event 4",
        "event 5",
        "event 6",
        "event 7",
        "nothing was stored",
    ):
        assert part in told
    assert count_cases(store) == 0


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ([Event("closed"), Event("closed")], "the case is closed already"),
        ([Event("reopened")], "the case is open"),
        ([Event("opened")], "this is out of order"),
        ([Event("undone", {"seq": 1})], "number 1 cannot be taken back"),
        ([Event("undone", {"seq": 9})], "number 9 cannot be taken back"),
        ([Event("noted", {"text": "x"}), Event("undone", {"seq": 2}), Event("undone", {"seq": 2})], "was taken back before"),
    ],
)  # fmt: skip
def test_a_step_that_the_case_does_not_allow_is_refused(store: Store, steps: list[Event], found: str) -> None:
    case = add_case(store, opened())
    with pytest.raises(CaseFault, match=found):
        append_events(store, case.id, steps, seen=1)
    assert read_record(store, case.id).version == 1


def test_a_stale_writer_is_told_who_wrote_what(store: Store) -> None:
    case = add_case(store, opened())
    append_events(store, case.id, [Event("noted", {"text": "mine"}, by="Bo")], seen=1)
    with pytest.raises(StaleCase, match=r"version 1 was seen.*at 2(?s:.*)Bo: noted(?s:.*)--seen 2"):
        append_events(store, case.id, [Event("closed")], seen=1)
    assert read_record(store, case.id).status == "open"


def test_an_id_is_taken_once(store: Store) -> None:
    add_case(store, opened(), case_id="T-1")
    with pytest.raises(CaseFault, match="is there already"):
        add_case(store, opened(), case_id="T-1")
    for wrong in (" x", "a\nb", "x" * 201):
        with pytest.raises(CaseFault, match="no id of a case"):
            add_case(store, opened(), case_id=wrong)
    with pytest.raises(UnknownCase, match="T-2: no case has this id"):
        read_record(store, "T-2")
    with pytest.raises(UnknownCase, match="no case has this id"):
        append_events(store, "T-2", [], seen=0)


def test_no_card_number_is_stored_or_told(store: Store) -> None:
    case = add_case(
        store,
        [
            Event("opened", {}, by=CARD),
            found("display_text", "read_error", who=CARD, comment=f"card {CARD}."),
            Event("noted", {"text": CARD}),
            Event("handed_over", {"to": CARD}),
            Event("diagnosed", {"diagnosis": {CARD: [CARD, {"n": 4111111111111111}, 4111111111111111.0]}}),
        ],
    )
    assert_masked(repr(read_record(store, case.id)))
    for attempt in (
        lambda: add_case(store, opened(), case_id=CARD),
        lambda: read_record(store, CARD),
        lambda: append_events(store, case.id, [Event(CARD, {CARD: CARD})], seen=case.version),
        lambda: append_events(store, case.id, [Event("noted", {CARD: CARD})], seen=case.version),
    ):
        with pytest.raises((CaseFault, UnknownCase)) as caught:
            attempt()
        assert_masked(str(caught.value))


def test_cases_are_found_by_what_they_say(store: Store) -> None:
    add_case(store, opened(Event("noted", {"text": "Straße 50% nass_"})), case_id="a")
    add_case(
        store,
        [
            Event("opened", {}, by="Bo", at="2026-01-02T00:00:00.000000Z"),
            Event(
                "diagnosed", {"diagnosis": {"model": {"name": "m"}, "causes": [{"id": "c", "state": "s"}]}}
            ),
            found("x", "y", who="王小明", comment="芯片有划痕"),
        ],
        case_id="b",
    )
    add_case(
        store, opened(Event("confirmed", {"cause": "c", "state": "t"}), Event("closed"), by="bo"), case_id="c"
    )
    for query, expected in [
        (Query(), {"a", "b", "c"}),
        (Query(text="STRASSE nass_"), {"a"}),
        (Query(text="50%"), {"a"}),
        (Query(text="5%"), set()),
        (Query(text="划痕"), {"b"}),
        (Query(cause="c"), {"b", "c"}),
        (Query(cause="c", state="s"), {"b"}),
        (Query(cause="c", state="t"), {"c"}),
        (Query(status="closed"), {"c"}),
        (Query(person="BO"), {"b", "c"}),
        (Query(person="王小明"), {"b"}),
        (Query(model="m"), {"b"}),
        (Query(since="2026-01-01", until="2026-01-03"), {"b"}),
        (Query(since="2026-02-01", status="open"), {"a"}),
    ]:
        assert set(ids(store, query)) == expected, query
        assert count_cases(store, query) == len(expected)
    assert len(list(find_records(store, Query(), limit=2))) == 2


def test_a_thousand_cases_come_one_by_one(store: Store) -> None:
    with store.writing() as connection:
        from bayesdiag.store.event import masked_event  # noqa: PLC0415
        from bayesdiag.store.record import record_of  # noqa: PLC0415
        from bayesdiag.store.rows import write_case  # noqa: PLC0415

        for number in range(450):
            write_case(connection, record_of(f"n{number}", [masked_event(Event("opened"))]), known=0)
    assert len({record.id for record in find_records(store, Query())}) == 450


def test_threads_share_a_store(store: Store) -> None:
    case = add_case(store, opened())
    failed: list[BaseException] = []

    def add(number: int) -> None:
        try:
            while True:
                seen = read_record(store, case.id).version
                try:
                    append_events(store, case.id, [Event("noted", {"text": f"note {number}"})], seen=seen)
                except StaleCase:
                    continue
                return
        except BaseException as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert sorted(read_record(store, case.id).notes) == sorted(f"note {number}" for number in range(12))


def test_a_store_is_read_again_after_it_was_closed(address: str) -> None:
    with open_store(address) as store:
        case = add_case(store, opened(found("a", "b")))
    with open_store(address, create=False) as store:
        assert read_record(store, case.id) == case
