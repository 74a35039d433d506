"""The page Diagnose: what is seen and what it comes to; beside it, everything one can say."""

from __future__ import annotations

import streamlit as st

from bayesdiag.diagnosis import Diagnosis
from bayesdiag.diagnosis.words import sureness
from bayesdiag.errors import BayesdiagError
from bayesdiag.ui import session
from bayesdiag.ui.parts.causes import cause_label, causes
from bayesdiag.ui.parts.customer_link import customer_link
from bayesdiag.ui.parts.entry import approved_warning, details, entry
from bayesdiag.ui.parts.guide import guide, way
from bayesdiag.ui.parts.header import header
from bayesdiag.ui.parts.impossible import impossible
from bayesdiag.ui.parts.keep import keeping
from bayesdiag.ui.parts.ledger import ledger
from bayesdiag.ui.parts.plain import plain
from bayesdiag.ui.parts.questions import questions
from bayesdiag.ui.parts.steps import contacts, steps
from bayesdiag.ui.parts.timeline import timeline
from bayesdiag.ui.source import compiling, source


def page() -> None:
    """Show the page."""
    header()
    approved_warning(source().model)
    # The answer comes first, so that on a telephone it stands above the long list.
    answer, aside = st.columns([6, 4], gap="large")
    is_guided = session.is_guided()
    with answer:
        way()
        if not is_guided:
            _entering()
        # Where the payment went through, advice on a failure would invite a second charge.
        if not session.sheet().approved:
            _answer()
    with aside:
        # One question at a time: what can be entered besides stands aside, and no long list.
        _entering() if is_guided else details(source().model)


def _entering() -> None:
    entry(source().model)
    keeping()
    customer_link()


def _answer() -> None:
    words, sheet = session.words(), session.sheet()
    try:
        with compiling(words):
            diagnosis = source().diagnose_sheet(sheet, doubt="quick")
    except BayesdiagError as error:
        st.error(plain(words("failed", reason=str(error))))
        return
    if diagnosis.is_impossible:
        impossible()
        return
    if not diagnosis.causes:
        st.info(plain(words("no_causes")))
        return
    if session.is_guided():
        guide(diagnosis)
        _headline(diagnosis)
    else:
        _headline(diagnosis)
        questions(diagnosis)
    causes(diagnosis)
    timeline(diagnosis)
    steps(diagnosis)
    contacts(diagnosis)
    ledger(diagnosis)


def _headline(diagnosis: Diagnosis) -> None:
    """Say in one breath what is most likely, what to do first, and whom to turn to."""
    words, model, first = session.words(), diagnosis.model, diagnosis.causes[0]
    told = words(
        _sureness(diagnosis),
        cause=cause_label(model, words, first.id, first.state),
        percent=words.percent(first.responsibility),
        none=words.percent(diagnosis.none_of_these),
    )
    lines = []
    if diagnosis.plan.steps:
        repair = model.repair_of[diagnosis.plan.steps[0].id]
        lines.append(words("first", repair=words.of(repair.label, repair.id)))
    if diagnosis.contact:
        contact = model.contact_of[diagnosis.contact[0].id]
        lines.append(words("call", contact=words.of(contact.label, contact.id)))
    interval = diagnosis.doubt.intervals.get((first.id, first.state))
    if interval is not None and diagnosis.evidence.findings:
        lines.append(words("stays_first", percent=words.percent(interval.p_first)))
    with st.container(border=True, key="headline"):
        st.markdown(f"#### {plain(told)}")
        st.markdown("  \n".join(plain(line) for line in lines))


def _sureness(diagnosis: Diagnosis) -> str:
    if not diagnosis.evidence.findings:
        return "headline_start"
    return f"headline_{sureness(diagnosis)}"
