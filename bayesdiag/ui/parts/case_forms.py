"""What can happen to a stored case: a note, a repair, handing over, closing, opening again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from bayesdiag.store import CaseRecord, Event
from bayesdiag.store.event import OUTCOMES
from bayesdiag.ui import session
from bayesdiag.ui.parts import door
from bayesdiag.ui.parts.keep import LONGEST, masked_field, writer_input, written_by
from bayesdiag.ui.source import source

SEPARATOR = "="
"""Between a cause and its state, in the values of a list to choose from; names of a model have none."""
LABELS: Mapping[str, tuple[str, str]] = {
    "note": ("add_note", ":material/edit_note:"),
    "tried": ("add_tried", ":material/build:"),
    "over": ("hand_over", ":material/forward:"),
    "close": ("close", ":material/task_alt:"),
    "reopen": ("reopen", ":material/lock_open:"),
}
"""What each form is called, and its sign."""


def case_forms(record: CaseRecord) -> None:
    """Show the forms, each behind a click."""
    _form(record, "note", _note_fields, _noted)
    _form(record, "tried", _tried_fields, _tried)
    _form(record, "over", _hand_over_fields, _handed_over)
    if record.status == "open":
        _form(record, "close", _close_fields, _closed)
    else:
        _form(record, "reopen", _reopen_fields, _reopened)


def _form(
    record: CaseRecord, name: str, fields: Callable[[], None], submit: Callable[[CaseRecord], None]
) -> None:
    words = session.words()
    label, icon = LABELS[name]
    with st.popover(words(label), icon=icon, key=f"{name}_open"), st.form(f"{name}_form", border=False):
        fields()
        writer_input(f"{name}_by")
        st.form_submit_button(words("submit"), key=f"{name}_submit", on_click=submit, args=(record,))


def _note_area(key: str) -> None:
    st.text_area(session.words()("note"), key=key, max_chars=LONGEST, height=100)


def _note_fields() -> None:
    _note_area("note_text")


def _tried_fields() -> None:
    words, names = session.words(), door.names()
    repairs = [repair.id for repair in source().model.repairs]
    st.selectbox(
        words("tried_what"),
        repairs,
        index=None,
        format_func=names.repair,
        placeholder=words("choose"),
        key="tried_what",
    )
    st.radio(
        words("tried_outcome"),
        OUTCOMES,
        format_func=lambda outcome: names(f"outcome_{outcome}"),
        key="tried_outcome",
        horizontal=True,
    )
    _cost_fields("tried")


def _hand_over_fields() -> None:
    st.text_input(session.words()("hand_over_to"), key="over_to", max_chars=80)
    _note_area("over_note")


def _close_fields() -> None:
    words, names = session.words(), door.names()
    causes = [
        f"{cause.id}{SEPARATOR}{state}"
        for cause in source().model.of_kind("cause")
        for state in cause.state_ids[1:]
    ]
    st.caption(words("close_help"))
    for key in ("close_causes", "close_excluded"):
        st.multiselect(
            words(key),
            causes,
            format_func=lambda value: names.cause(*value.split(SEPARATOR)),
            placeholder=words("choose"),
            select_all=False,  # Enter takes the one that fits best, never all that fit
            key=key,
        )
    _cost_fields("close")
    _note_area("close_note")


def _reopen_fields() -> None:
    st.caption(session.words()("reopen_help"))
    _note_area("reopen_note")


def _cost_fields(name: str) -> None:
    words = session.words()
    left, right = st.columns(2)
    with left:
        st.number_input(words("close_minutes"), min_value=0.0, step=1.0, format="%g", key=f"{name}_minutes")
    with right:
        label = words("close_money", currency=source().model.currency or "–")
        st.number_input(label, min_value=0.0, step=1.0, format="%g", key=f"{name}_money")


def _noted(record: CaseRecord) -> None:
    text = masked_field("note_text")
    if _is_told(text):
        _add(record, "note", [("noted", {"text": text})], session.words()("done_noted"), ["note_text"])


def _tried(record: CaseRecord) -> None:
    repair = st.session_state["tried_what"]
    if _is_told(repair):
        body = {"repair": repair, "outcome": st.session_state["tried_outcome"], **_cost("tried")}
        _add(record, "tried", [("tried", body)], session.words()("done_tried"), [])


def _handed_over(record: CaseRecord) -> None:
    to = " ".join(masked_field("over_to").split())
    if _is_told(to):
        steps = [*_note("over_note"), ("handed_over", {"to": to})]
        _add(record, "over", steps, session.words()("done_handed_over", who=to), ["over_to", "over_note"])


def _closed(record: CaseRecord) -> None:
    words, state = session.words(), st.session_state
    both = [cause for cause in state["close_causes"] if cause in state["close_excluded"]]
    if both:
        names = [door.names().cause(*cause.split(SEPARATOR)) for cause in both]
        door.tell("failed", words("both_ways", causes=words.join(names)))
        return
    steps: list[tuple[str, dict[str, Any]]] = [
        (kind, dict(zip(("cause", "state"), value.split(SEPARATOR), strict=True)))
        for kind, key in (("confirmed", "close_causes"), ("excluded", "close_excluded"))
        for value in state[key]
    ]
    cost = _cost("close")
    steps += [("spent", cost)] if cost else []
    steps += [*_note("close_note"), ("closed", {})]
    _add(record, "close", steps, words("done_closed"), ["close_note"])


def _reopened(record: CaseRecord) -> None:
    steps = [("reopened", {}), *_note("reopen_note")]
    _add(record, "reopen", steps, session.words()("done_reopened"), ["reopen_note"])


def _is_told(text: str | None) -> bool:
    """Whether something was filled in; where not, say so."""
    if not text:
        door.tell("failed", session.words()("say_something"))
    return bool(text)


def _note(key: str) -> list[tuple[str, dict[str, Any]]]:
    text = masked_field(key)
    return [("noted", {"text": text})] if text else []


def _cost(name: str) -> dict[str, float]:
    told = {part: st.session_state[f"{name}_{part}"] for part in ("minutes", "money")}
    return {part: amount for part, amount in told.items() if amount}


def _add(
    record: CaseRecord,
    name: str,
    steps: Sequence[tuple[str, dict[str, Any]]],
    done: str,
    emptied: Sequence[str],
) -> None:
    """Add to the case as it was seen; where that worked, empty the fields and follow it with the sheet."""
    by = written_by(f"{name}_by")
    added = door.add(record.id, [Event(kind, body, by=by) for kind, body in steps], seen=record.version)
    if added is None:
        return
    door.tell("done", done)
    for key in emptied:
        st.session_state[key] = ""
    door.follow(record, added)
