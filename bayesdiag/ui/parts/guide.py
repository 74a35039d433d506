"""One question at a time: the best one, its answers large, why it is asked, and the way back."""

from __future__ import annotations

import streamlit as st

from bayesdiag.diagnosis import Diagnosis, QuestionValue
from bayesdiag.diagnosis.ask import worth_asking
from bayesdiag.diagnosis.whatif import answered
from bayesdiag.ui import session
from bayesdiag.ui.parts.causes import cause_label
from bayesdiag.ui.parts.plain import plain, state_label
from bayesdiag.ui.parts.questions import answers, asked, put_aside
from bayesdiag.ui.source import source

WAYS = ("guided", "free")
"""Ways in, in the order shown."""


def way() -> None:
    """Show the choice between one question at a time and everything at hand."""
    words = session.words()
    st.session_state["way"] = "guided" if session.is_guided() else "free"
    st.segmented_control(
        words("way"),
        WAYS,
        format_func=lambda name: words(f"way_{name}"),
        key="way",
        required=True,
        label_visibility="collapsed",
        on_change=_chosen,
    )


def guide(diagnosis: Diagnosis) -> None:
    """Show the next question alone, or that nothing more need be asked."""
    words = session.words()
    question = worth_asking(diagnosis.questions, diagnosis.causes)
    with st.container(border=True, key="guide"):
        st.caption(words("guided_number", count=len(diagnosis.evidence.findings)))
        if question is None:
            st.markdown(f"#### {words('guided_done')}")
        else:
            asked(diagnosis.model, question, is_large=True)
            answers(diagnosis.model, question, is_large=True)
            _why(diagnosis, question)
        if session.can_undo():
            st.button(
                words("guided_back"),
                key="guided_back",
                icon=":material/arrow_back:",
                type="tertiary",
                on_click=session.undo,
            )
    put_aside(diagnosis, {question.id} if question else set())


def _why(diagnosis: Diagnosis, question: QuestionValue) -> None:
    """Say what the question is worth and, once somebody looks, what each answer would make of it."""
    words, model = session.words(), diagnosis.model
    why = st.expander(words("why_question"), key=f"why_{question.id}", on_change="rerun")
    if not why.open:
        return
    lines = [words("why_value", bits=f"{question.value:.2f}"), ""]
    for p, case in answered(source().network, diagnosis.evidence, question.id):
        answer = state_label(model, words, question.id, case.state or "")
        told = {"answer": answer, "p": words.percent(p)}
        if not case.is_possible:
            continue
        if not case.causes:
            lines.append(f"- {words('why_nothing', **told)}")
            continue
        first = case.causes[0]
        label = cause_label(model, words, first.id, first.state)
        percent = words.percent(first.responsibility)
        lines.append(f"- {words('why_answer', **told, cause=label, percent=percent)}")
    with why:
        st.markdown("\n".join(line if line.startswith("- ") or not line else plain(line) for line in lines))


def _chosen() -> None:
    session.choose_way(guided=st.session_state["way"] == "guided")
