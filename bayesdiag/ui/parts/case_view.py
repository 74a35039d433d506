"""One stored case: what it comes to, who said what, its whole history, and what can be done with it."""

from __future__ import annotations

from html import escape

import streamlit as st

from bayesdiag.diagnosis.words import chance
from bayesdiag.report import CaseReport, case_report, comparison, html_report, ticket_summary
from bayesdiag.store import CaseRecord, Query, Store, case_line, find_records, read_record
from bayesdiag.ui import session
from bayesdiag.ui.parts import door
from bayesdiag.ui.parts.case_forms import case_forms
from bayesdiag.ui.parts.case_list import cause_words
from bayesdiag.ui.parts.keep import meanwhile
from bayesdiag.ui.parts.plain import plain, table, text_table, told_list

OTHERS = 100
"""So many cases are offered to be compared with, those changed last."""


def case_view(case_id: str) -> None:
    """Show a case."""
    words = session.words()
    st.button(words("back_to_list"), key="back_to_list", icon=":material/arrow_back:", on_click=_back)
    record = door.read(lambda store: read_record(store, case_id))
    if record is None:
        return
    report = case_report(record, door.names())
    _head(record, report)
    _stale(record)
    with st.container(horizontal=True, gap="xsmall", key="case_actions"):
        _opening(record)
        case_forms(record)
        _taking(record, report)
    left, right = st.columns([6, 5], gap="large")
    with left:
        _findings(report)
        _beliefs(report)
        _notes(report)
    with right:
        _facts(report)
        _history(report)
    _comparing(record)


def _head(record: CaseRecord, report: CaseReport) -> None:
    words = session.words()
    status = words(f"status_{record.status}")
    with st.container(key="case_head"):
        st.subheader(f"{plain(report.title)} · {status}", anchor=False)
        st.markdown(f"**{plain(report.answer)}**")
    if report.warning:
        st.error(plain(report.warning), icon=":material/block:")


def _stale(record: CaseRecord) -> None:
    words, known = session.words(), door.late()
    if known is None or known[0] != record.id or known[1] >= record.version:
        return
    st.warning(
        f"{words('stale')}\n\n{meanwhile(record, known[1])}\n\n{words('stale_again')}",
        title=words("stale_title"),
        icon=":material/group:",
    )


def _opening(record: CaseRecord) -> None:
    st.button(
        session.words()("open_in_diagnose"),
        key="open_in_diagnose",
        icon=":material/stethoscope:",
        on_click=_open,
        args=(record,),
    )


def _taking(record: CaseRecord, report: CaseReport) -> None:
    """Show what can be taken away: a summary, a report."""
    words = session.words()
    with st.popover(words("copy_summary"), icon=":material/content_copy:", key="copy_summary"):
        st.caption(words("copy_help"))
        st.code(ticket_summary(report), language=None, wrap_lines=True)
    name = "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in record.id)
    with st.popover(words("download"), icon=":material/description:", key="download"):
        for key, suffix, kind, made in (
            ("download_html", "html", "text/html", lambda: html_report(report).encode()),
            ("download_pdf", "pdf", "application/pdf", lambda: _pdf(report)),
            ("download_line", "jsonl", "application/jsonl", f"{case_line(record)}\n".encode),
        ):
            st.download_button(
                words(key),
                made,
                file_name=f"{name}.{suffix}",
                mime=kind,
                key=key,
                icon=":material/download:",
                on_click="ignore",
            )


def _pdf(report: CaseReport) -> bytes:
    from bayesdiag.report.pdf import pdf_report  # noqa: PLC0415 - slow to load, and seldom wanted

    return pdf_report(report)


def _findings(report: CaseReport) -> None:
    names = report.names
    st.markdown(f"#### {names('findings')}")
    rows = [
        (said.finding, f"{said.who} · {said.when} · {names('sure')} {said.sure}", False)
        for said in report.findings
    ]
    if rows:
        told_list(rows, key="case_findings", is_numbered=False)
    else:
        st.caption(session.words()("known_none"))


def _beliefs(report: CaseReport) -> None:
    names = report.names
    if not report.beliefs:
        return
    st.markdown(f"#### {names('causes')}")
    rows = [
        (belief.cause, *("" if p is None else chance(p) for p in (belief.before, belief.now)))
        for belief in report.beliefs
    ]
    table([names(key) for key in ("cause", "before", "now")], rows, key="case_beliefs")


def _notes(report: CaseReport) -> None:
    if not report.notes:
        return
    st.markdown(f"#### {report.names('notes')}")
    with st.container(key="case_notes"):
        for note in report.notes:
            st.markdown("- " + plain(note).replace("\n", "  \n  "))


def _facts(report: CaseReport) -> None:
    st.markdown(f"#### {session.words()('facts')}")
    pairs = "".join(
        f'<dt style="opacity:0.75">{escape(name)}</dt>'
        f'<dd style="margin:0;overflow-wrap:anywhere">{escape(value)}</dd>'
        for name, value in report.facts
    )
    with st.container(key="case_facts"):
        st.html(
            '<dl style="display:grid;grid-template-columns:max-content 1fr;gap:0.2rem 1rem;'
            f'margin:0;padding:0;font-size:0.9rem">{pairs}</dl>'
        )


def _history(report: CaseReport) -> None:
    names = report.names
    st.markdown(f"#### {names('history')}")
    rows = [
        (
            step.told + (names("taken_back") if step.is_undone else ""),
            f"{step.when} · {step.by}",
            step.is_undone,
        )
        for step in report.history
    ]
    told_list(rows, key="case_history", is_numbered=True)
    st.caption(plain(report.zone))


def _comparing(record: CaseRecord) -> None:
    words = session.words()

    def others(store: Store) -> dict[str, CaseRecord]:
        return {
            other.id: other for other in find_records(store, Query(), limit=OTHERS) if other.id != record.id
        }

    found = door.read(others)
    if not found:
        return
    chosen = session.view("beside")
    st.session_state["beside"] = chosen if chosen in found else None
    st.selectbox(
        words("beside"),
        list(found),
        index=None,
        format_func=lambda name: f"{name} · {cause_words(found[name])}" if name in found else name,
        placeholder=words("beside_none"),
        key="beside",
        on_change=_beside_chosen,
    )
    other = found.get(chosen)
    if other is not None:
        _compared(record, other)


def _compared(record: CaseRecord, other: CaseRecord) -> None:
    words, names = session.words(), door.names()
    told = comparison(record, other, names)
    for title, lines, key in (
        (words("facts"), told.facts, "beside_facts"),
        (names("findings"), told.findings, "beside_findings"),
        (names("causes"), told.causes, "beside_causes"),
    ):
        if lines:
            st.markdown(f"#### {title}")
            rows = [
                (line.name, line.a, line.b, words("same_in_both" if line.is_same else "differs"))
                for line in lines
            ]
            text_table(("", record.id, other.id, words("difference_head")), rows, key=key)


def _open(record: CaseRecord) -> None:
    door.open_case(record)
    session.turn_to("diagnose")


def _back() -> None:
    session.look(show="", beside="")
    st.session_state.pop("late", None)


def _beside_chosen() -> None:
    session.look(beside=st.session_state["beside"] or "")
