"""Acting beside seeing: what is done before the next attempt, and what that comes to."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from bayesdiag.diagnosis import Diagnosis
from bayesdiag.diagnosis.words import finding_words, variable_words
from bayesdiag.errors import BayesdiagError
from bayesdiag.model import Model
from bayesdiag.ui import session
from bayesdiag.ui.parts.plain import plain, state_label
from bayesdiag.ui.scenario import ACTED_ON
from bayesdiag.ui.source import Source


def acting(model: Model, letter: str) -> None:
    """Show what is done in a scenario, and a way to do one thing more."""
    words, side, key = session.words(), letter.upper(), f"{letter}_do_add"
    done = session.sheet().scenario(letter).done
    for name in done:
        _done(model, letter, name)
    st.session_state[key] = None
    st.selectbox(
        words("do_what", side=side),
        [v.id for kind in ACTED_ON for v in model.of_kind(kind) if v.id not in done],
        index=None,
        format_func=lambda name: variable_words(model, name, words.language),
        placeholder=words("choose"),
        key=key,
        on_change=_added,
        args=(letter, model),
    )


def effect(changed: Source, diagnosis: Diagnosis, letter: str) -> None:
    """Show what doing it, finding it so and doing nothing come to."""
    words, model, done = session.words(), changed.model, session.sheet().scenario(letter).done
    if not done or diagnosis.is_impossible:
        return
    try:
        with st.spinner(words("do_running")):
            found, nothing = changed.effect(diagnosis.evidence, done)
    except BayesdiagError as error:
        st.error(plain(words("failed", reason=str(error))))
        return
    if found.p_success is None:
        return
    do, see = map(words.percent, found.p_success)
    what = words.join([f"“{finding_words(model, name, s, words.language)}”" for name, s in done.items()])
    with st.container(border=True, key=f"effect_{letter}"):
        told = words(
            "do_result", side=letter.upper(), what=what, do=do, see=see, nothing=words.percent(nothing)
        )
        st.markdown(plain(told))
        hard = diagnosis.evidence.hard()
        aside = [finding_words(model, n, hard[n], words.language) for n in found.set_aside if n in hard]
        if aside:
            st.caption(plain(words("do_aside", findings=words.join(aside))))


def _done(model: Model, letter: str, name: str) -> None:
    words, key = session.words(), f"{letter}_do_{name}"
    st.session_state[key] = session.sheet().scenario(letter).done[name]
    st.selectbox(
        words("do_state", side=letter.upper(), variable=variable_words(model, name, words.language)),
        ["", *model.variable_of[name].state_ids],
        format_func=lambda state: state_label(model, words, name, state) if state else "–",
        key=key,
        on_change=_set,
        args=(letter, name),
    )


def _added(letter: str, model: Model) -> None:
    """Do one thing more: a cause is made normal, a circumstance other than it is, until another is chosen."""
    name = st.session_state[f"{letter}_do_add"]
    if name:
        now = session.sheet().said_in(letter).get(name)
        states = model.variable_of[name].state_ids
        _put(letter, name, next(state for state in states if now is None or state != now.state))


def _set(letter: str, name: str) -> None:
    _put(letter, name, st.session_state[f"{letter}_do_{name}"])


def _put(letter: str, name: str, state: str) -> None:
    sheet = session.sheet()
    scenario = sheet.scenario(letter)
    done = {other: kept for other, kept in scenario.done.items() if other != name}
    done = {**done, name: state} if state else done
    session.change(sheet.with_scenario(letter, replace(scenario, done=done)))
