"""A case sheet, kept as events and opened again, is the sheet it was; and what others did is brought together."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from bayesdiag.modelfile import load
from bayesdiag.store import Event
from bayesdiag.store.event import masked_event, now
from bayesdiag.store.record import CaseRecord, history_faults, record_of
from bayesdiag.ui.dialogue import Step, events_of, joined, merged, opened_sheet, steps_between
from bayesdiag.ui.scenario import Change, Scenario
from bayesdiag.ui.sheet import Sheet

MODEL = load("pos_card")
NAMES = ("display_text", "other_card_here", "card_age", "signal_indicator")
REPAIRS = ("restart", "clean_card_or_reader")
OPENED = Event("opened")
NAME = st.sampled_from(NAMES)


@st.composite
def sheets(draw: st.DrawFn, start: Sheet) -> list[Sheet]:
    """What becomes of a sheet under anything a person may do, one thing after the other."""
    found = [start]
    for _ in range(draw(st.integers(1, 8))):
        old, name = found[-1], draw(NAME)
        state = draw(st.sampled_from(MODEL.variable_of[name].state_ids))
        known = [other for other in NAMES if other in old.findings]
        found.append(
            draw(
                st.sampled_from(
                    [
                        old.with_findings({name: state}),
                        old.with_findings({name: ""}),
                        old.with_skipped(name) if name not in old.findings else old,
                        old.with_dont_know(name) if name not in old.findings else old,
                        old.asking_again(name),
                        old.with_approved(("unionpay:00",)),
                        old.without_approved(),
                        old.with_tried(draw(st.sampled_from(REPAIRS)), is_tried=True),
                        old.with_tried(draw(st.sampled_from(REPAIRS)), is_tried=False),
                        *(old.with_source(other, sure=0.7, who="王小明") for other in known),
                        *(old.with_source(other) for other in known),
                        draw(st.sampled_from(found)),  # undone, or gone back to
                    ]
                )
            )
        )
    return found


def unordered(sheet: Sheet) -> Sheet:
    """The sheet, without an order of what was tried: gone back to, it is told in another."""
    return replace(sheet, tried=tuple(sorted(sheet.tried)))


def kept(path: list[Sheet], history: list[Event]) -> CaseRecord:
    """The case after all this was done and stored."""
    steps: list[Step] = []
    for old, new in pairwise(path):
        steps = joined(steps, steps_between(old, new, now(), answered=NAMES[0]))
    events = [masked_event(event) for event in events_of(steps, MODEL, history, "Ann")]
    told = [masked_event(event) for event in history] + events
    assert history_faults(told) == []
    return record_of("T-1", told)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_what_is_kept_and_opened_again_is_the_same_sheet_however_it_came_about(data: st.DataObject) -> None:
    first = data.draw(sheets(Sheet()))
    record = kept(first, [OPENED])
    assert unordered(opened_sheet(record, MODEL).sheet) == unordered(first[-1])
    second = data.draw(sheets(first[-1]))
    assert unordered(opened_sheet(kept(second, list(record.events)), MODEL).sheet) == unordered(second[-1])


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_merging_loses_nothing_of_either(data: st.DataObject) -> None:
    base = data.draw(sheets(Sheet()))[-1]
    mine, theirs = data.draw(sheets(base))[-1], data.draw(sheets(base))[-1]
    assert merged(base, base, theirs) == theirs
    both = merged(base, mine, theirs)
    for name in NAMES:
        touched = steps_between(base, mine, "")
        source = (
            mine if any(step.name == name and step.kind in {"found", "removed"} for step in touched) else None
        )
        if source is not None:
            assert both.of_a().get(name) == source.of_a().get(name)
        elif name not in {step.name for step in touched}:
            assert both.of_a().get(name) == theirs.of_a().get(name)
    assert set(mine.approved) - set(base.approved) <= set(both.approved)
    assert not set(both.skipped) & set(both.dont_know)
    assert not {*both.skipped, *both.dont_know} & set(both.findings)
    assert {*mine.dont_know} - {*base.dont_know} <= {*both.dont_know, *both.findings}


def test_the_history_tells_what_was_answered_taken_back_and_by_whom() -> None:
    told = (
        Sheet()
        .with_findings({"display_text": "read_error"})
        .with_source("display_text", sure=0.8, who="cardholder")
    )
    answered = told.with_findings({"card_age": "gt3y"})
    steps = joined([], steps_between(Sheet(), told, "2026-11-25T09:30:00.000000Z"))
    steps = joined(steps, steps_between(told, answered, now(), answered="card_age"))
    steps = joined(steps, steps_between(answered, told, now()))
    events = events_of(steps, MODEL, [OPENED], "Ann")
    assert [event.kind for event in events] == ["found", "answered", "undone"]
    assert events[0].body["who"] == "cardholder"
    assert events[0].body["when"] == "2026-11-25T09:30:00.000000Z"
    assert events[0].body["seen"]["read_error"] == 0.8
    assert events[2].body == {"seq": 3}


def test_what_is_told_more_exactly_is_one_step() -> None:
    plain = Sheet().with_findings({"card_age": "gt3y"})
    steps = joined([], steps_between(Sheet(), plain, "a", answered="card_age"))
    for sure in (0.9, 0.8, 0.7):
        new = plain.with_source("card_age", sure=sure)
        steps = joined(steps, steps_between(plain, new, "b"))
        plain = new
    assert [(step.kind, step.at, step.change) for step in steps] == [("answered", "a", Change("gt3y", 0.7))]


def test_another_state_forgets_how_sure_the_first_was_and_who_said_it() -> None:
    sheet = Sheet().with_findings({"card_age": "gt3y"}).with_source("card_age", sure=0.6, who="Li")
    assert sheet.with_findings({"card_age": "gt3y"}) == sheet
    assert sheet.with_findings({"card_age": "lt1y"}) == Sheet({"card_age": "lt1y"})


def record(*events: tuple[str, dict[str, object]]) -> CaseRecord:
    return record_of("T-1", [masked_event(Event(kind, body)) for kind, body in (("opened", {}), *events)])


def test_what_the_sheet_cannot_hold_is_told() -> None:
    opened = opened_sheet(
        record(
            ("found", {"variable": "flux", "seen": "high"}),
            ("found", {"variable": "card_age", "seen": {"lt1y": 0.5, "y1to3": 0.3, "gt3y": 0.2}}),
            ("found", {"variable": "card_expired", "seen": "yes"}),
            ("skipped", {"variable": "entry_method"}),
            ("dont_know", {"variable": "tap_outcome"}),
            ("tried", {"repair": "hammer", "outcome": "not_solved"}),
        ),
        MODEL,
    )
    assert opened.sheet.findings == {"card_age": "lt1y"}
    assert opened.rounded == ("card_age",)
    assert set(opened.unknown) == {"flux=high", "card_expired", "hammer"}
    assert opened.sheet.skipped == ("entry_method",)
    assert opened.sheet.dont_know == ("tap_outcome",)


def test_saving_an_untouched_case_changes_nothing_of_it() -> None:
    """What the sheet shows more coarsely than the store keeps it stays as it is kept."""
    case = record(("found", {"variable": "card_age", "seen": {"lt1y": 0.5, "y1to3": 0.3, "gt3y": 0.2}}))
    base = opened_sheet(case, MODEL).sheet
    new = base.with_findings({"entry_method": "chip"})
    events = events_of(steps_between(base, new, now()), MODEL, case.events, "Bo")
    assert [event.body["variable"] for event in events] == ["entry_method"]


def test_what_was_said_last_of_a_question_counts() -> None:
    """Older histories may say of one question both that it was left out and that nobody knew."""
    said = [("skipped", "card_age"), ("skipped", "entry_method"), ("dont_know", "card_age")]
    case = record(*((kind, {"variable": name}) for kind, name in said))
    sheet = opened_sheet(case, MODEL).sheet
    assert (sheet.skipped, sheet.dont_know) == (("entry_method",), ("card_age",))
    again = record(*((kind, {"variable": "card_age"}) for kind in ("dont_know", "skipped")))
    assert opened_sheet(again, MODEL).sheet.skipped == ("card_age",)


def test_the_other_case_of_what_if_is_no_part_of_the_case() -> None:
    sheet = Sheet().with_findings({"card_age": "gt3y"})
    assert (
        steps_between(sheet, replace(sheet, scenarios={"b": Scenario({"card_age": Change("")})}), now()) == []
    )
