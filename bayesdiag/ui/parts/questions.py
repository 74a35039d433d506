"""What to ask next: the three first questions of the line, an answer a click."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import streamlit as st

from bayesdiag.diagnosis import Diagnosis, QuestionValue
from bayesdiag.diagnosis.words import turn_words
from bayesdiag.model import Model
from bayesdiag.ui import session
from bayesdiag.ui.parts.plain import names_of_people, plain, question_text, state_label

SHOWN = 3
MOST_BUTTONS = 6
"""A question with more answers than this shows the likeliest as buttons, the others in a list."""


def questions(diagnosis: Diagnosis) -> None:
    """Show the first questions, those that were put off and those nobody could answer."""
    words = session.words()
    st.subheader(words("questions"), anchor=False)
    told = [question for question in diagnosis.questions if question.value > 0 or question.is_mandatory]
    best = told[:SHOWN]
    st.caption(words("questions_help") if best else words("no_questions"))
    for question in best:
        with st.container(border=True, key=f"question_{question.id}"):
            asked(diagnosis.model, question)
            answers(diagnosis.model, question)
    put_aside(diagnosis, {question.id for question in best})


def put_aside(diagnosis: Diagnosis, shown: Collection[str]) -> None:
    """Show the questions that were put off and those nobody could answer, but for those shown above."""
    sheet = session.sheet()
    _without_answer(diagnosis.model, "skipped", [name for name in sheet.skipped if name not in shown])
    _without_answer(diagnosis.model, "not_answered", sheet.dont_know)


def asked(model: Model, valued: QuestionValue, *, is_large: bool = False) -> None:
    """Show a question, how to find its answer, and what that costs."""
    words, name = session.words(), valued.id
    question, text = model.variable_of[name].question, plain(question_text(model, words, name))
    st.markdown(f"### {text}" if is_large else f"**{text}**")
    if question is not None:
        price = words.price(valued.minutes, valued.money, model.currency)
        costs = words("costs", price=price, who=names_of_people(words, question.who))
        turn = turn_words(valued, words.language)
        costs = f"{turn} · {costs}" if turn else costs
        st.caption(f"{plain(words.of(question.help))}  \n{plain(costs)}")


def answers(model: Model, valued: QuestionValue, *, is_large: bool = False) -> None:
    """Show the answers of a question as buttons, one below the other where they are large."""
    words, name = session.words(), valued.id
    shown = _shown(model, valued)
    with st.container(horizontal=not is_large, gap="xsmall"):
        for state in model.variable_of[name].state_ids:
            if state in shown:
                st.button(
                    plain(state_label(model, words, name, state)),
                    key=f"answer_{name}_{state}",
                    wrap=True,
                    width="stretch" if is_large else "content",
                    on_click=_answer,
                    args=(name, state),
                )
        if not is_large:
            _passing(name)
    _others(model, valued)
    if is_large:
        with st.container(horizontal=True, gap="xsmall"):
            _passing(name)


def _passing(name: str) -> None:
    """Show what can be said without an answer."""
    words = session.words()
    st.button(words("dont_know"), key=f"dont_know_{name}", type="tertiary", on_click=_give_up, args=(name,))
    st.button(words("skip"), key=f"skip_{name}", type="tertiary", on_click=_skip, args=(name,))


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


def _without_answer(model: Model, title: str, names: Sequence[str]) -> None:
    words = session.words()
    if not names:
        return
    st.caption(words(title))
    with st.container(horizontal=True, gap="xsmall", key=title):
        for name in names:
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


def _give_up(name: str) -> None:
    session.change(session.sheet().with_dont_know(name))


def _ask(name: str) -> None:
    session.change(session.sheet().asking_again(name))
