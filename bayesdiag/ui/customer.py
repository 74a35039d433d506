"""The page a customer's link opens: one question at a time, then what to do and whom to call.

Whatever it shows comes from the address and the model. It keeps nothing in the session but which
list of answers was unfolded, and never meets the store.
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import streamlit as st

from bayesdiag.diagnosis import Asking, QuestionValue
from bayesdiag.diagnosis.customer import beyond, counsel, next_question
from bayesdiag.diagnosis.words import sentence_case
from bayesdiag.errors import BayesdiagError
from bayesdiag.model import LANGUAGES, Model
from bayesdiag.ui.customer_sheet import Reply, query_of_reply, reply_of
from bayesdiag.ui.parts.advice import advice
from bayesdiag.ui.parts.entry import approved_told
from bayesdiag.ui.parts.plain import plain, question_text, state_label
from bayesdiag.ui.parts.send_back import send_back
from bayesdiag.ui.session import language_of
from bayesdiag.ui.sheet import softened
from bayesdiag.ui.source import compiling, source
from bayesdiag.ui.texts import NAMES, Words

PATH = "customer"
"""The end of the page's path."""
ALONE = "BAYESDIAG_CUSTOMER_ONLY"
"""Environment variable: 1 where this server shows nothing but this page."""
MOST_BUTTONS = 7
"""A question with more answers than this shows the likeliest first, the others behind a button."""
_STYLE = """<style>
.st-key-customer button { min-height: 3rem; min-width: 3rem; }
.st-key-customer [class*="st-key-say_"] button { justify-content: flex-start; text-align: left; }
</style>"""
"""A finger needs 44 pixels."""


def is_open() -> bool:
    """Whether this run is for a customer."""
    path = urlsplit(st.context.url or "").path
    return os.environ.get(ALONE, "") == "1" or path.rstrip("/").endswith(f"/{PATH}")


def words() -> Words:
    """Return the words of the link's language, else of the browser's."""
    return Words(language_of(st.query_params.get("lang", "")))


def page() -> None:
    """Show the page."""
    said, model = words(), source().model
    reply, dropped = reply_of(model, st.query_params.to_dict())
    st.html(_STYLE)
    with st.container(key="customer"):
        _top(said)
        if dropped:
            st.info(said("customer_dropped"), icon=":material/info:")
        if reply.sheet.approved:
            approved_told(model, said, reply.sheet)
        else:
            _turn(model, said, reply)
        if reply.asked:
            send_back(model, said, reply)


def _top(said: Words) -> None:
    other = next(name for name in LANGUAGES if name != said.language)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.header(said("customer_title"), anchor=False, width="content")
        st.button(
            NAMES[other], key="language_switch", icon=":material/translate:", on_click=_switch, args=(other,)
        )


def _turn(model: Model, said: Words, reply: Reply) -> None:
    """Show the next question, or what it all comes to."""
    try:
        sheet = reply.sheet
        asking: Asking = {**sheet.asking, "never": {*beyond(model), *sheet.paused}}
        with compiling(said):
            diagnosis = source().diagnose(softened(model, sheet.of_a()), **asking)
        question = None if reply.is_enough else next_question(source().network, diagnosis)
    except BayesdiagError:
        st.error(said("customer_failed"))
        return
    if question is not None:
        _question(model, said, reply, question)
        return
    with st.container(key="outcome"):
        advice(diagnosis, counsel(diagnosis), said)
    if reply.asked or reply.is_enough:
        label = "customer_more" if reply.is_enough else "customer_back"
        _go(said(label), "back", reply.back(), icon=":material/arrow_back:")


def _question(model: Model, said: Words, reply: Reply, asked: QuestionValue) -> None:
    name, question = asked.id, model.variable_of[asked.id].question
    if not reply.asked:
        st.markdown(said("customer_hello"))
    with st.container(key="question"):
        st.caption(said("customer_number", number=len(reply.asked) + 1))
        st.subheader(plain(question_text(model, said, name)), anchor=False)
        if question is not None and said.of(question.help):
            st.markdown(plain(said.of(question.help)))
        shown = _shown(model, asked)
        for state in shown:
            _go(plain(_answer(model, said, name, state)), f"say_{name}_{state}", reply.answered(name, state))
        if len(shown) < len(model.variable_of[name].states):
            st.button(
                said("customer_other"),
                key="others",
                icon=":material/more_horiz:",
                width="stretch",
                wrap=True,
                on_click=_unfold,
                args=(name,),
            )
        _go(said("customer_dont_know"), f"pass_{name}", reply.passed(name), icon=":material/help:")
    if reply.asked:
        with st.container(horizontal=True, gap="small"):
            _go(said("customer_back"), "back", reply.back(), icon=":material/arrow_back:")
            _go(said("customer_enough"), "enough", reply.ended(), icon=":material/flag:")


def _shown(model: Model, asked: QuestionValue) -> list[str]:
    """Return the answers to be shown: all, or the likeliest until the others are asked for."""
    states = model.variable_of[asked.id].state_ids
    if len(states) <= MOST_BUTTONS or st.session_state.get("unfolded") == asked.id:
        return list(states)
    likeliest = sorted(zip(asked.p_answers, states, strict=True), reverse=True)[: MOST_BUTTONS - 1]
    shown = {state for _, state in likeliest}
    return [state for state in states if state in shown]


def _answer(model: Model, said: Words, name: str, state: str) -> str:
    return sentence_case(state_label(model, said, name, state))


def _go(label: str, key: str, to: Reply, *, icon: str | None = None) -> None:
    """Show a button that leads to another address."""
    st.button(label, key=key, icon=icon, width="stretch", wrap=True, on_click=_turn_to, args=(to,))


def _turn_to(reply: Reply) -> None:
    st.session_state.pop("unfolded", None)
    st.query_params.from_dict({**query_of_reply(reply), "lang": words().language})


def _unfold(name: str) -> None:
    st.session_state["unfolded"] = name


def _switch(language: str) -> None:
    st.query_params["lang"] = language
