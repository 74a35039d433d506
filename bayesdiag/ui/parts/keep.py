"""Keeping the case that is diagnosed: a new one, or changes of one that was opened."""

from __future__ import annotations

import streamlit as st

from bayesdiag.mask import mask_text
from bayesdiag.store import CaseRecord, read_record
from bayesdiag.ui import session
from bayesdiag.ui.parts import door
from bayesdiag.ui.parts.plain import plain
from bayesdiag.ui.session import Binding

LONGEST = 2000
"""Signs of a note."""


def keeping() -> None:
    """Show whether the case is kept, and what can be done about that."""
    sheet = session.sheet()
    with st.container(key="keeping"):
        door.told()
        known = door.bound()
        if known is not None:
            _stale(known)
            _kept(known)
        elif session.binding() is None and (
            sheet.findings
            or sheet.skipped
            or sheet.dont_know
            or sheet.approved
            or sheet.before
            or sheet.tried
        ):
            _unkept()


def writer_input(key: str) -> None:
    """Show the field of a form for the visitor's name: what was told last, in whichever form."""
    st.session_state[key] = door.writer()
    st.text_input(session.words()("writer"), key=key, max_chars=80)


def masked_name(key: str) -> str:
    """Return the name that stands in a field, masked, in one line; callbacks only."""
    return " ".join(mask_text(st.session_state[key] or "").split())


def written_by(key: str) -> str:
    """Return the name that stands in the field, masked, and remember it; callbacks only."""
    name = masked_name(key)
    st.session_state["writer"] = name
    return name


def masked_field(key: str) -> str:
    """Return what stands in a field, masked, and let only that stand there; callbacks only."""
    text = mask_text(st.session_state[key] or "").strip()
    st.session_state[key] = text
    return text


def meanwhile(record: CaseRecord, seen: int) -> str:
    """Return what others wrote since a version, a line each, as Markdown."""
    words, names = session.words(), door.names()
    lines = [
        words("stale_line", by=event.by or "?", at=names.moment(event.at), what=names.event(event))
        for event in record.events[seen:]
        if event.kind != "diagnosed"
    ]
    return "\n".join(f"- {plain(line)}" for line in lines)


def _unkept() -> None:
    words = session.words()
    with st.popover(words("keep"), icon=":material/bookmark_add:", key="keep"):
        st.caption(words("keep_help"))
        with st.form("keep_form", border=False):
            st.text_input(words("case_id"), key="keep_id", max_chars=80)
            writer_input("keep_by")
            st.text_area(words("note"), key="keep_note", max_chars=LONGEST, height=100)
            st.form_submit_button(
                words("keep_button"),
                key="keep_submit",
                icon=":material/bookmark_add:",
                on_click=_keep,
            )


def _kept(known: Binding) -> None:
    words, count = session.words(), len(session.steps())
    status = words(f"status_{known.status}")
    told = words("all_saved")
    if count:
        told = words("unsaved_one") if count == 1 else words("unsaved", count=count)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            f"**{plain(words('bound', id=known.case_id, status=status))}**  \n:gray[{plain(told)}]",
            width="content",
        )
        st.button(
            words("save"),
            key="save",
            icon=":material/save:",
            disabled=not count,
            on_click=_save,
        )
        st.button(
            words("show_case"),
            key="show_case",
            icon=":material/folder_open:",
            on_click=_show,
            args=(known.case_id,),
        )


def _stale(known: Binding) -> None:
    """Say what somebody else wrote meanwhile, and offer the two ways on."""
    words = session.words()
    if door.stale() != (known.case_id, known.seen):
        return
    record = door.read(lambda store: read_record(store, known.case_id))
    if record is None:
        return
    st.warning(
        f"{words('stale')}\n\n{meanwhile(record, known.seen)}",
        title=words("stale_title"),
        icon=":material/group:",
    )
    with st.container(horizontal=True, gap="small"):
        st.button(words("stale_mine"), key="stale_mine", on_click=door.put_mine_on_top, args=(known.case_id,))
        st.button(words("stale_theirs"), key="stale_theirs", on_click=door.take_theirs, args=(known.case_id,))


def _keep() -> None:
    by, note = written_by("keep_by"), masked_field("keep_note")
    told = st.session_state["keep_id"].strip()
    case_id = masked_field("keep_id")
    if case_id != told:
        door.tell("failed", session.words()("id_is_number"))
    elif door.keep(case_id, by, note):
        st.session_state["keep_id"] = st.session_state["keep_note"] = ""


def _save() -> None:
    door.save(door.writer())


def _show(case_id: str) -> None:
    session.look(show=case_id, beside="")
    session.turn_to("cases")
