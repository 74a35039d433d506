"""Stored cases in the names of a model: renamed, unknown, never dropped."""

from __future__ import annotations

from dataclasses import replace

import pytest

import bayesdiag as bd
from bayesdiag.errors import InvalidModel
from bayesdiag.model import Model
from bayesdiag.store import Event, Store, add_case, model_case, read_cases, read_record
from tests.store.test_cases import found, opened

MODEL = bd.load("pos_card")


def old_case(store: Store) -> str:
    events = opened(
        found("screen_text", "read_error"),
        found("display_text", {"no_text": 0.25, "read_fault": 0.75}),
        found("other_card_here", "works"),
        found("gone", "x"),
        found("tap_outcome", "gone"),
        Event("confirmed", {"cause": "card_chip_condition", "state": "cracked"}),
        Event("confirmed", {"cause": "gone_cause", "state": "s"}),
        Event("excluded", {"cause": "usage_error", "state": "none_such"}),
        Event("excluded", {"cause": "card_chip_condition", "state": "dirty"}),
        Event("closed"),
    )
    events[0] = Event("opened", {"weight": 2.0, "when": "2026-01-05", "premise": False})
    return add_case(store, events).id


def test_renamed_names_are_mapped_and_unknown_ones_told(store: Store) -> None:
    record = read_record(store, old_case(store))
    model = replace(MODEL, renamed={"card_chip_condition=cracked": "card_chip_condition=damaged"})
    told = model_case(record, model, renamed={"display_text=read_fault": "entry_method=chip"})
    assert set(told.case.evidence.findings) == {"other_card_here"}
    assert told.unknown == (
        "screen_text=read_error",
        "display_text=no_text",
        "display_text=read_fault",
        "gone=x",
        "tap_outcome=gone",
        "gone_cause=s",
        "usage_error=none_such",
    )
    assert told.case.confirmed == {"card_chip_condition": "damaged"}
    assert told.case.excluded == {"card_chip_condition": ("dirty",)}
    assert (told.case.weight, told.case.when, told.case.premise) == (2.0, "2026-01-05", False)
    assert told.record == record
    told = model_case(record, model, renamed={"screen_text": "display_text"})
    assert told.case.evidence.findings["display_text"] == {"read_error": 1.0}


def test_two_states_that_became_one_are_as_likely_as_the_likelier(store: Store) -> None:
    case = add_case(store, opened(found("tap_outcome", {"old_a": 0.2, "old_b": 0.6, "read_ok": 0.1})))
    names = {"tap_outcome=old_a": "tap_outcome=read_fail", "tap_outcome=old_b": "tap_outcome=read_fail"}
    told = model_case(case, MODEL, renamed=names)
    assert told.case.evidence.findings == {"tap_outcome": {"read_fail": 0.6, "read_ok": 0.1}}


def test_closed_cases_are_handed_to_learning_one_by_one(store: Store) -> None:
    add_case(store, opened(found("entry_method", "chip")))
    case = add_case(
        store,
        opened(
            found("entry_method", "tap"),
            Event("confirmed", {"cause": "usage_error", "state": "removed_or_misinserted"}),
            Event("closed"),
        ),
    )
    (told,) = read_cases(store, MODEL)
    assert isinstance(told, bd.Case)
    assert told.evidence.hard() == {"entry_method": "tap"}
    assert told.confirmed == {"usage_error": "removed_or_misinserted"}
    assert told.when == case.events[0].at


@pytest.mark.parametrize(
    ("renamed", "found"),
    [
        ({"old": "display_textt"}, 'Did you mean "display_text"'),
        ({"old=a": "display_text=none_such"}, '"none_such" is not one of the states'),
        ({"old": "display_text=read_error"}, "is not of the same form"),
        ({"old=a": "display_text"}, "is not of the same form"),
        ({"tap_outcome": "display_text"}, "the model has this name"),
        ({"tap_outcome=read_ok": "display_text=read_error"}, "the model has this name"),
    ],
)
def test_new_names_must_be_the_models_and_old_ones_not(renamed: dict[str, str], found: str) -> None:
    with pytest.raises(InvalidModel, match=found):
        replace(MODEL, renamed=renamed)


def test_a_model_file_tells_new_names() -> None:
    from bayesdiag.modelfile import dumps, loads  # noqa: PLC0415

    renamed = {"screen": "display_text", "tap_outcome=gone": "tap_outcome=read_ok"}
    model: Model = replace(MODEL, renamed=renamed)
    assert loads(dumps(model)).renamed == renamed
    with pytest.raises(bd.ModelFileError, match=r"renamed.screen: .*display_txt"):
        loads(dumps(model).replace("screen: display_text", "screen: display_txt"))
