"""The app's door to the case store: reading and changing it, what goes wrong told in the visitor's words."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import streamlit as st

from bayesdiag.errors import BayesdiagError, CaseFault, StaleCase, StoreError, UnknownCase
from bayesdiag.report import Names
from bayesdiag.store import (
    CaseRecord,
    Event,
    Store,
    add_case,
    append_events,
    open_or_make,
    open_store,
    read_record,
)
from bayesdiag.store.record import record_of
from bayesdiag.ui import session
from bayesdiag.ui.dialogue import events_of, merged, opened_sheet
from bayesdiag.ui.parts.plain import plain
from bayesdiag.ui.session import Binding
from bayesdiag.ui.source import source
from bayesdiag.ui.texts import TEXTS

WRITER = "BAYESDIAG_USER"
"""Environment variable: who works with this app, until somebody gives a name."""
PATIENCE = 3.0
"""Seconds a page waits for another program that is writing to the store."""

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Message:
    """What is told once, on the run after something was done.

    Attributes:
        kind: "done", or "failed".
        text: What is told, plain.
    """

    kind: str
    text: str


def read(reading: Callable[[Store], Found]) -> Found | None:
    """Return what is read of the store; where that fails, say why and return None.

    A store that is not there yet is no failure: nothing is kept so far.
    """
    try:
        with open_store(create=False, busy_seconds=PATIENCE) as store:
            return reading(store)
    except StoreError as error:
        _show(error)
        return None


def keep(case_id: str, by: str, note: str) -> bool:
    """Store the case as a new one, and bind the sheet to it; callbacks only."""
    model = source().model
    steps = events_of(session.steps(), model, [Event("opened")], by)
    notes = [Event("noted", {"text": note}, by=by)] if note else []
    events = [Event("opened", by=by), *steps, *notes, *diagnosed(by)]

    def adding(store: Store) -> CaseRecord:
        return add_case(store, events, case_id=case_id)

    record = _done(lambda: _made(adding))
    if record is not None:
        _bound(record)
        tell("done", session.words()("kept", id=record.id))
    return record is not None


def save(by: str) -> None:
    """Add to the stored case what was done since; callbacks only."""
    known = session.binding()
    if known is None or known.base is None:
        return
    model = source().model
    events = [*events_of(session.steps(), model, known.history, by), *diagnosed(by)]
    record = _added(known.case_id, events, known.seen, "stale")
    if record is not None:
        _bound(record)
        tell("done", session.words()("saved", id=record.id, version=record.version))


def add(case_id: str, events: Sequence[Event], *, seen: int) -> CaseRecord | None:
    """Add what a form says to a case; where that fails, say why and return None. Callbacks only."""
    return _added(case_id, events, seen, "late")


def bound() -> Binding | None:
    """Return the case the sheet is a copy of, the store asked where it was not yet; None without.

    A case that is not there, or a store that is not, is told, and the sheet becomes one of its own. While
    the store cannot be read it remains a copy, and nothing can be saved.
    """
    known = session.binding()
    if known is None or known.base is not None:
        return known
    try:
        record = _current(known.case_id)
    except StoreError as error:
        _show(error)
        if error.kind == "missing" or isinstance(error, UnknownCase):
            session.bind(None, is_new=False)
        return None
    session.bind(_binding(record, min(max(known.seen, 1), record.version)), is_new=False)
    return session.binding()


def open_case(record: CaseRecord) -> None:
    """Make a stored case the one that is diagnosed; callbacks only."""
    opened = opened_sheet(record, source().model)
    session.take(opened.sheet, _binding(record, record.version))
    words = session.words()
    told = [words("opened_unknown", names=words.join(list(opened.unknown)))] if opened.unknown else []
    labels = [words.of(source().model.variable_of[name].label, name) for name in opened.rounded]
    told += [words("opened_rounded", names=words.join(labels))] if labels else []
    if told:
        tell("done", " ".join(told))


def follow(before: CaseRecord, after: CaseRecord) -> None:
    """Have the sheet know the newest version of its case, where it knew the one before; callbacks only.

    What was added to the case stands in the sheet as well, or the next saving would take it back.
    """
    known = session.binding()
    if known is None or (known.case_id, known.seen) != (before.id, before.version):
        return
    known = bound()
    if known is None or known.base is None:
        return
    binding = _binding(after, after.version)
    both = session.sheet() if binding.base is None else merged(known.base, session.sheet(), binding.base)
    if both != session.sheet():  # or there would be a step to undo that changes nothing
        session.change(both)
    session.bind(binding)


def take_theirs(case_id: str) -> None:
    """Drop what was changed here, and open the case as it stands in the store; callbacks only."""
    record = _done(lambda: _current(case_id))
    if record is not None:
        open_case(record)
        st.session_state.pop("stale", None)


def stale() -> tuple[str, int] | None:
    """Return the case that somebody else changed while the sheet was, and the version seen here."""
    found: tuple[str, int] | None = st.session_state.get("stale")
    return found


def late() -> tuple[str, int] | None:
    """Return the case that somebody else changed before a form was sent, and the version seen here."""
    found: tuple[str, int] | None = st.session_state.get("late")
    return found


def put_mine_on_top(case_id: str) -> None:
    """Bring what was changed here onto the case as it stands in the store; callbacks only."""
    known = session.binding()
    record = _done(lambda: _current(case_id))
    if record is None or known is None or known.base is None:
        return
    theirs = opened_sheet(record, source().model).sheet
    session.change(merged(known.base, session.sheet(), theirs))
    _bound(record)
    st.session_state.pop("stale", None)


def tell(kind: str, text: str) -> None:
    """Have something told on the next run; callbacks only."""
    st.session_state["message"] = Message(kind, text)


def told() -> None:
    """Show what is to be told, once."""
    message: Message | None = st.session_state.pop("message", None)
    if message is None:
        return
    if message.kind == "done":
        st.success(plain(message.text), icon=":material/check:")
    else:
        st.error(plain(message.text), title=session.words()("store_trouble"))


def names() -> Names:
    """Return what turns stored names into the visitor's words."""
    return Names(session.words().language, source().model, session.zone())


def writer() -> str:
    """Return who is working, as far as that was told."""
    found: str = st.session_state.get("writer", os.environ.get(WRITER, ""))
    return found


def trouble(error: StoreError) -> str:
    """Return what is wrong with the store, in the visitor's words where there are any."""
    words = session.words()
    key = f"store_{error.kind}"
    if error.kind and key in TEXTS:
        return words(key)
    if isinstance(error, UnknownCase):
        return words("unknown_case")
    if isinstance(error, CaseFault):
        return words("store_fault", reason=" ".join(str(fault) for fault in error.faults))
    return str(error)


def diagnosed(by: str) -> list[Event]:
    """Return the diagnosis as it is shown, as an event; nothing where none is shown."""
    sheet = session.sheet()
    if sheet.approved:
        return []
    try:
        found = source().explained(source().diagnose_sheet(sheet))
    except BayesdiagError:
        return []  # the page says why none is shown
    return [Event("diagnosed", {"diagnosis": source().document(found, session.words().language)}, by=by)]


def _show(error: StoreError) -> None:
    """Say what is wrong with the store; that there is none yet is no error."""
    if error.kind == "missing":
        st.info(plain(trouble(error)), icon=":material/inventory_2:")
    else:
        st.error(plain(trouble(error)), title=session.words()("store_trouble"))


def _added(case_id: str, events: Sequence[Event], seen: int, mark: str) -> CaseRecord | None:
    """Return the case with the events added; where somebody came between, note that under a mark."""

    def adding() -> CaseRecord:
        with open_store(create=False, busy_seconds=PATIENCE) as store:
            return append_events(store, case_id, events, seen=seen)

    try:
        record = _done(adding)
    except StaleCase:
        st.session_state[mark] = (case_id, seen)
        return None
    if record is not None:
        st.session_state.pop(mark, None)
    return record


def _done(change: Callable[[], CaseRecord]) -> CaseRecord | None:
    """Return the case a change leads to; where it fails, have told why and return None.

    Raises:
        StaleCase: Somebody else changed the case meanwhile.
    """
    try:
        return change()
    except StaleCase:
        raise
    except StoreError as error:
        tell("failed", trouble(error))
        return None


def _made(adding: Callable[[Store], CaseRecord]) -> CaseRecord:
    with open_or_make(None, adding, busy_seconds=PATIENCE) as store:
        return adding(store)


def _current(case_id: str) -> CaseRecord:
    with open_store(create=False, busy_seconds=PATIENCE) as store:
        return read_record(store, case_id)


def _bound(record: CaseRecord) -> None:
    session.bind(_binding(record, record.version))


def _binding(record: CaseRecord, seen: int) -> Binding:
    events = record.events[:seen]
    base = opened_sheet(record_of(record.id, events), source().model).sheet
    return Binding(record.id, seen, base, events, record.status)
