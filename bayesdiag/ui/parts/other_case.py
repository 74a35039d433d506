"""Cases of the What-if page: what A says, and how the scenarios are made to say something else."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from bayesdiag.model import Model
from bayesdiag.ui import session
from bayesdiag.ui.parts.acting import acting
from bayesdiag.ui.parts.moved import moved
from bayesdiag.ui.parts.opening import close, open_in, opened
from bayesdiag.ui.parts.plain import finding_label, plain, question_text, state_label
from bayesdiag.ui.parts.sources import sureness
from bayesdiag.ui.scenario import Change, Scenario


def case_a(model: Model) -> None:
    """Show the case as it is."""
    words, said = session.words(), session.sheet().counted()
    with st.container(border=True, key="case_a"):
        st.subheader(words("case_a"), anchor=False)
        if not said:
            st.caption(words("known_none"))
        lines = [
            f"- {plain(finding_label(model, words, name, change.state, change.sure))}"
            for name, change in said.items()
        ]
        st.markdown("\n".join(lines))


def scenario_case(model: Model, letter: str) -> None:
    """Show a scenario, to be changed."""
    words, sheet, side = session.words(), session.sheet(), letter.upper()
    scenario = sheet.scenario(letter)
    with st.container(border=True, key=f"case_{letter}"):
        st.subheader(words("scenario", side=side), anchor=False)
        names = list(dict.fromkeys((*sheet.counted(), *scenario.changes, *opened(letter, "findings"))))
        for name in names:
            _changed(model, letter, name)
        _addition(model, letter, names)
        moved(model, letter)
        if model.is_diagnostic:
            acting(model, letter)
        st.button(
            words("reset", side=side),
            key=f"{letter}_reset",
            icon=":material/restart_alt:",
            on_click=_reset,
            args=(letter,),
            disabled=scenario.is_empty and not opened(letter, "itself"),
        )


def _changed(model: Model, letter: str, name: str) -> None:
    """Show what a scenario says of one variable, and how sure it is."""
    words, side = session.words(), letter.upper()
    said = _said(letter, name)
    key = f"{letter}_{name}"
    st.session_state[key] = said.state
    st.selectbox(
        words("asked_in", side=side, question=plain(question_text(model, words, name))),
        ["", *model.variable_of[name].state_ids],
        format_func=lambda state: state_label(model, words, name, state) if state else words("not_known"),
        placeholder=words("not_known"),
        key=key,
        on_change=_state_chosen,
        args=(letter, name),
    )
    if not said.state:
        return
    sureness(
        words("sureness", side=side, question=plain(words.of(model.variable_of[name].label, name))),
        said.sure,
        key=f"{letter}_sure_{name}",
        note=words("sureness_help"),
        on_change=partial(_sureness_chosen, letter, name),
    )


def _addition(model: Model, letter: str, names: list[str]) -> None:
    words, key = session.words(), f"{letter}_add"
    others = [v.id for v in model.variables if v.question is not None and v.id not in names]
    st.session_state[key] = None
    st.selectbox(
        words("add", side=letter.upper()),
        others,
        index=None,
        format_func=lambda name: question_text(model, words, name),
        placeholder=words("choose"),
        key=key,
        on_change=_added,
        args=(letter,),
    )


def _said(letter: str, name: str) -> Change:
    """Return what a scenario says of a variable."""
    sheet = session.sheet()
    return sheet.scenario(letter).changes.get(name, sheet.counted().get(name, Change("")))


def _state_chosen(letter: str, name: str) -> None:
    change = Change(st.session_state[f"{letter}_{name}"])
    session.change(session.sheet().with_change(letter, name, change))


def _sureness_chosen(letter: str, name: str) -> None:
    change = replace(_said(letter, name), sure=st.session_state[f"{letter}_sure_{name}"] / 100)
    session.change(session.sheet().with_change(letter, name, change))


def _added(letter: str) -> None:
    """Open one more question to a scenario; it says nothing until it is answered."""
    name = st.session_state[f"{letter}_add"]
    if name:
        open_in(letter, "findings", name)


def _reset(letter: str) -> None:
    close(letter)
    session.change(session.sheet().with_scenario(letter, Scenario()))
