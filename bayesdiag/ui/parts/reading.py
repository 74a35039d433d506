"""The box for codes, messages and a person's own words: what was read in them, to be confirmed."""

from __future__ import annotations

import streamlit as st

from bayesdiag.intake import Suggestion, Suggestions
from bayesdiag.mask import mask_text
from bayesdiag.model import Model
from bayesdiag.ui import session
from bayesdiag.ui.parts.plain import finding_label, plain
from bayesdiag.ui.sheet import SAID_SO
from bayesdiag.ui.source import source

LONGEST = 2000
"""Signs that fit into the box."""


def reading(model: Model) -> None:
    """Show the box, and below it what was read in it."""
    words = session.words()
    with st.form("reading_form", border=False):
        st.text_input(words("enter"), key="reading_text", placeholder=words("enter_hint"), max_chars=LONGEST)
        st.form_submit_button(
            words("enter_button"), key="reading_read", on_click=_read, icon=":material/search:"
        )
    found: Suggestions | None = st.session_state.get("readings")
    if found is not None:
        _meanings(model, found)
        _suggestions(model, _open(found))
        _remarks(model, found)


def _read() -> None:
    """Read what was typed; the box keeps it masked. Nothing is entered before it is confirmed."""
    text = mask_text(st.session_state["reading_text"])
    st.session_state["reading_text"] = text
    found = source().intake.suggest(text)
    st.session_state["readings"] = found
    approved = [one for one in found.readings.readings if one.approved]
    codes = tuple(f"{one.dialect}:{one.code}" if one.code else SAID_SO for one in approved)
    if codes:
        session.change(session.sheet().with_approved(codes))


def _meanings(model: Model, found: Suggestions) -> None:
    """Show what codes and messages mean."""
    words = session.words()
    lines = []
    for one in found.readings.readings:
        if one.state and not (one.code or one.note):
            continue  # the box to tick says it all
        meaning = words.of(one.meaning)
        if one.state:
            meaning = f"{meaning} → {finding_label(model, words, one.variable, one.state)}"
        note = f" ({words.of(one.note)})" if one.note and not one.approved else ""
        lines.append(plain(words("read_as", phrase=one.phrase, meaning=meaning) + note))
    if lines:
        st.success("\n\n".join(lines), icon=":material/check:")


def _suggestions(model: Model, suggestions: list[Suggestion]) -> None:
    """Show each suggestion to be ticked, with the words that led to it."""
    if not suggestions:
        return
    words = session.words()
    with st.form("suggested_form", border=True):
        st.markdown(f"**{words('suggested')}**")
        for one in suggestions:
            label = finding_label(model, words, one.variable, one.state)
            told = words("suggested_because", finding=label, words=one.words)
            st.checkbox(plain(told), value=True, key=f"suggested_{one.variable}={one.state}")
        with st.container(horizontal=True):
            st.form_submit_button(
                words("suggested_take"),
                key="suggested_take",
                icon=":material/check:",
                on_click=_take,
            )
            st.form_submit_button(words("suggested_drop"), key="suggested_drop", on_click=_drop)


def _remarks(model: Model, found: Suggestions) -> None:
    """Show what is no finding: codes nobody knows, contradictions, nothing at all."""
    words = session.words()
    unknown = found.readings.unknown_codes
    if unknown:
        st.warning(plain(words("unknown_code", codes=words.join(list(unknown)))))
    elif not (found.suggestions or found.readings.readings or found.conflicts):
        st.info(words("read_nothing"))
    if found.conflicts:
        labels = [words.of(model.variable_of[name].label, name) for name in found.conflicts]
        st.warning(plain(words("conflict", names=words.join(labels))))


def _open(found: Suggestions) -> list[Suggestion]:
    """Return the suggestions that are not entered yet."""
    known = session.sheet().findings
    return [one for one in found.suggestions if known.get(one.variable) != one.state]


def _take() -> None:
    found: Suggestions = st.session_state["readings"]
    ticked = {
        one.variable: one.state
        for one in _open(found)
        if st.session_state.get(f"suggested_{one.variable}={one.state}")
    }
    if ticked:
        session.change(session.sheet().with_findings(ticked))
    st.session_state.pop("readings", None)


def _drop() -> None:
    st.session_state.pop("readings", None)
