"""What to ask next: the three best questions, an answer a click."""

from __future__ import annotations

import streamlit as st

from bayesdiag.diagnosis import Diagnosis, QuestionValue
from bayesdiag.model import Model
from bayesdiag.ui import session
from bayesdiag.ui.parts.plain import names_of_people, plain, question_text, state_label

SHOWN = 3
MOST_BUTTONS = 6
"""A question with more answers than this shows the likeliest as buttons, the others in a list."""


def questions(diagnosis: Diagnosis) -> None:
    """Show the best questions and those that were skipped."""
    words = session.words()
    st.subheader(words("questions"), anchor=False)
    best = [question for question in diagnosis.questions if question.value > 0][:SHOWN]
    st.caption(words("questions_help") if best else words("no_questions"))
    for question in best:
        _question(diagnosis.model, question)
    _skipped(diagnosis.model)


def _question(model: Model, valued: QuestionValue) -> None:
    words, name = session.words(), valued.id
    question = model.variable_of[name].question
    with st.container(border=True, key=f"question_{name}"):
        st.markdown(f"**{plain(question_text(model, words, name))}**")
        if question is not None:
            price = words.price(valued.minutes, valued.money, model.currency)
            costs = words("costs", price=price, who=names_of_people(words, question.who))
            st.caption(f"{plain(words.of(question.help))}  \n{plain(costs)}")
        with st.container(horizontal=True, gap="xsmall"):
            _answers(model, valued)
        _others(model, valued)


def _answers(model: Model, valued: QuestionValue) -> None:
    words, name = session.words(), valued.id
    states = model.variable_of[name].state_ids
    shown = _shown(model, valued)
    for state in states:
        if state in shown:
            st.button(
                plain(state_label(model, words, name, state)),
                key=f"answer_{name}_{state}",
                wrap=True,
                on_click=_answer,
                args=(name, state),
            )
    st.button(words("dont_know"), key=f"skip_{name}", type="tertiary", on_click=_skip, args=(name,))


def _others(model: Model, valued: QuestionValue) -> None:
    """Show the answers that are no buttons."""
    words, name = session.words(), valued.id
    shown = _shown(model, valued)
    others = [state for state in model.variable_of[name].state_ids if state not in shown]
    if others:
        st.selectbox(
            words("other_answer"),
            others,
            index=None,
            format_func=lambda state: state_label(model, words, name, state),
            placeholder=words("other_answer"),
            label_visibility="collapsed",
            key=f"other_{name}",
            on_change=_other,
            args=(name,),
        )


def _shown(model: Model, valued: QuestionValue) -> set[str]:
    """Return the answers that are buttons: all of them, or the likeliest."""
    states = model.variable_of[valued.id].state_ids
    if len(states) <= MOST_BUTTONS:
        return set(states)
    likeliest = sorted(zip(valued.p_answers, states, strict=True), reverse=True)
    return {state for _, state in likeliest[: MOST_BUTTONS - 1]}


def _skipped(model: Model) -> None:
    words, skipped = session.words(), session.sheet().skipped
    if not skipped:
        return
    st.caption(words("skipped"))
    with st.container(horizontal=True, gap="xsmall", key="skipped"):
        for name in skipped:
            label = words("ask_again", question=words.of(model.variable_of[name].label, name))
            st.button(
                plain(label), key=f"ask_again_{name}", type="tertiary", wrap=True, on_click=_ask, args=(name,)
            )


def _answer(name: str, state: str) -> None:
    session.change(session.sheet().with_findings({name: state}), answered=name)


def _other(name: str) -> None:
    state = st.session_state[f"other_{name}"]
    if state:
        _answer(name, state)


def _skip(name: str) -> None:
    session.change(session.sheet().with_skipped(name))


def _ask(name: str) -> None:
    session.change(session.sheet().without_skipped(name))
