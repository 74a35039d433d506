"""The list of stored cases: searched, narrowed, exported."""

from __future__ import annotations

import streamlit as st

from bayesdiag.store import CaseRecord, Query, Store, case_line, count_cases, find_records, open_store
from bayesdiag.ui import session
from bayesdiag.ui.parts import door
from bayesdiag.ui.parts.plain import plain

SHOWN = 20
"""Cases shown at first, and more by each click."""
STATUS = ("", "open", "closed")


def case_list() -> None:
    """Show what is asked for."""
    _asking()
    query = Query(text=session.view("find"), status=_status())
    limit = st.session_state.setdefault("list_limit", SHOWN)

    def found(store: Store) -> tuple[list[CaseRecord], int]:
        return list(find_records(store, query, limit=limit)), count_cases(store, query)

    result = door.read(found)
    if result is None:
        return
    records, total = result
    _counted(len(records), total, query)
    with st.container(key="case_list", gap="xsmall"):
        for record in records:
            _row(record)
    if total > len(records):
        st.button(session.words()("more"), key="more_cases", on_click=_more)


def cause_words(record: CaseRecord) -> str:
    """Return what it was, or what stands first so far."""
    words, names = session.words(), door.names()
    if record.confirmed:
        causes = words.join([names.cause(*cause) for cause in record.confirmed.items()])
        return words("confirmed_cause", cause=causes)
    if record.first_cause:
        return words("first_cause", cause=names.cause(*record.first_cause))
    return words("no_first_cause")


def changed_words(record: CaseRecord) -> str:
    """Return when a case was last changed."""
    at = door.names().moment(max(event.at for event in record.events))
    return session.words()("changed", at=at)


def _asking() -> None:
    words = session.words()
    st.session_state["find"] = session.view("find")
    st.session_state["find_status"] = _status()
    left, right = st.columns([6, 4], vertical_alignment="bottom")
    with left:
        st.text_input(words("find"), key="find", max_chars=200, icon=":material/search:", on_change=_asked)
    with right:
        st.segmented_control(
            words("find_status"),
            STATUS,
            format_func=lambda status: words(f"status_{status or 'all'}"),
            key="find_status",
            required=True,
            on_change=_asked,
        )


def _status() -> str:
    """Return the status asked for; an address may ask for any other."""
    status = session.view("status")
    return status if status in STATUS else ""


def _asked() -> None:
    session.look(
        find=" ".join(st.session_state["find"].split()), status=st.session_state["find_status"] or ""
    )
    st.session_state["list_limit"] = SHOWN


def _counted(shown: int, total: int, query: Query) -> None:
    words = session.words()
    told = words("found_one") if total == 1 else words("found_cases", count=total)
    if total > shown:
        told = words("shown_of", shown=shown, count=total)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(told if total else words("found_none"), width="content")
        if total:
            st.download_button(
                words("export"),
                lambda: exported(query),
                file_name="cases.jsonl",
                mime="application/jsonl",
                key="export",
                icon=":material/download:",
                help=words("export_help"),
                on_click="ignore",
            )


def _row(record: CaseRecord) -> None:
    words = session.words()
    parts = [words(f"status_{record.status}"), changed_words(record)]
    parts += [words("handled_by", who=record.handler)] if record.handler else []
    with st.container(border=True, key=f"row_{record.id}"):
        left, right = st.columns([2, 8], vertical_alignment="center")
        with left:
            st.button(
                plain(record.id),
                key=f"show_{record.id}",
                icon=":material/lock:" if record.status == "closed" else ":material/folder_open:",
                wrap=True,
                on_click=_show,
                args=(record.id,),
            )
        with right:
            st.markdown(f"{plain(cause_words(record))}  \n:gray[{plain(' · '.join(parts))}]")


def exported(query: Query) -> bytes:
    """Return the cases asked for as JSON lines; it runs outside of the page, when it is clicked."""
    with open_store(create=False, busy_seconds=door.PATIENCE) as store:
        return "".join(f"{case_line(record)}\n" for record in find_records(store, query)).encode()


def _show(case_id: str) -> None:
    session.look(show=case_id, beside="")


def _more() -> None:
    st.session_state["list_limit"] += SHOWN
