"""The page What-if: the case as it is and the case as it might be, side by side."""

from __future__ import annotations

import streamlit as st

from bayesdiag.diagnosis import Diagnosis
from bayesdiag.diagnosis.whatif import compared
from bayesdiag.errors import BayesdiagError
from bayesdiag.ui import session
from bayesdiag.ui.parts.causes import cause_label
from bayesdiag.ui.parts.header import header
from bayesdiag.ui.parts.other_case import case_a, case_b
from bayesdiag.ui.parts.plain import plain, question_text, table
from bayesdiag.ui.sheet import softened
from bayesdiag.ui.source import source

SHOWN = 12
"""Causes in the table; those that move least are left out."""
LEAST = 0.0005
"""A smaller difference is not shown as a movement."""


def page() -> None:
    """Show the page."""
    words = session.words()
    header()
    st.caption(words("whatif_help"))
    left, right = st.columns(2, gap="medium")
    with left:
        case_a(source().model)
    with right:
        case_b(source().model)
    with st.container(key="moves"):
        _compared()


def _compared() -> None:
    words, sheet, model = session.words(), session.sheet(), source().model
    try:
        a = source().diagnose_sheet(sheet)
        b = source().diagnose(softened(model, sheet.of_b()), **sheet.asking)
    except BayesdiagError as error:
        st.error(plain(words("failed", reason=str(error))))
        return
    for diagnosis, side in ((a, "A"), (b, "B")):
        if diagnosis.is_impossible:
            st.error(words("impossible_side", side=side))
    if not (a.causes and b.causes):
        return
    _moves(a, b)
    left, right = st.columns(2, gap="medium")
    with left:
        _next_question(a, "A")
    with right:
        _next_question(b, "B")


def _moves(a: Diagnosis, b: Diagnosis) -> None:
    """Show the causes of both sides, those that move most first."""
    words, model = session.words(), a.model
    shifts = compared(a.causes, b.causes)
    st.subheader(words("moves"), anchor=False)
    if abs(shifts[0].difference) < LEAST:
        st.info(words("same"))
    rows: list[tuple[str, ...]] = [
        (
            cause_label(model, words, shift.id, shift.state),
            words.percent(shift.before),
            words.percent(shift.after),
            words.points(shift.difference),
        )
        for shift in shifts[:SHOWN]
    ]
    none = (a.none_of_these, b.none_of_these)
    rows.append((words("none_of_these"), *map(words.percent, none), words.points(none[1] - none[0])))
    table((words("cause"), "A", "B", words("difference")), rows, key="comparison")


def _next_question(diagnosis: Diagnosis, side: str) -> None:
    words, model = session.words(), diagnosis.model
    with st.container(border=True, key=f"next_{side.lower()}"):
        st.caption(f"{side} · {words('next_question')}")
        best = [question for question in diagnosis.questions if question.value > 0]
        if not best:
            st.markdown(plain(words("no_questions")))
            return
        price = words.price(best[0].minutes, best[0].money, model.currency)
        st.markdown(f"**{plain(question_text(model, words, best[0].id))}**")
        st.caption(plain(words("worth", bits=f"{best[0].value:.2f}", price=price)))
