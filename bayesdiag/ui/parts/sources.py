"""How sure each finding is, who says so, and whether it counts for now."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from bayesdiag.diagnosis.words import WHO
from bayesdiag.model import Model
from bayesdiag.ui import session
from bayesdiag.ui.parts.keep import masked_name
from bayesdiag.ui.parts.plain import finding_label, names_of_people, plain

LEAST_SURE = 50
"""Percent; one who is less sure than this of a state would rather name another."""


def sources(model: Model) -> None:
    """Show each finding with how sure it is, who says so and whether it counts, to be changed."""
    words, sheet = session.words(), session.sheet()
    with st.expander(words("sources"), key="sources"):
        st.caption(words("sources_help"))
        for name, state in sheet.findings.items():
            label = plain(finding_label(model, words, name, state))
            left, right = st.columns(2, gap="medium")
            with left:
                sureness(
                    words("source_sure", finding=label),
                    sheet.sure.get(name, 1.0),
                    key=f"source_sure_{name}",
                    on_change=partial(_changed, name),
                )
            with right:
                _person(name, label)
            _pause(name, label)


def sureness(
    label: str, sure: float, *, key: str, on_change: Callable[[], None], note: str | None = None
) -> None:
    """Show how sure something is, in percent, to be changed."""
    percent = round(100 * sure)
    st.session_state[key] = percent
    st.slider(
        label,
        min(LEAST_SURE, percent),
        100,
        step=1,
        format="%d%%",
        key=key,
        help=note,
        on_change=on_change,
    )


def _person(name: str, label: str) -> None:
    words, who = session.words(), session.sheet().who.get(name, "")
    key = f"source_who_{name}"
    known = [*WHO, *(person for person in session.sheet().who.values() if person not in WHO)]
    st.session_state[key] = who or None
    st.selectbox(
        words("source_who", finding=label),
        list(dict.fromkeys(known)),
        index=None,
        format_func=lambda person: names_of_people(words, [person]),
        placeholder=words("source_nobody"),
        accept_new_options=True,
        key=key,
        on_change=_changed,
        args=(name,),
    )


def _pause(name: str, label: str) -> None:
    key = f"pause_{name}"
    st.session_state[key] = name in session.sheet().paused
    st.toggle(session.words()("pause", finding=label), key=key, on_change=_paused, args=(name,))


def _paused(name: str) -> None:
    session.change(session.sheet().with_paused(name, is_paused=st.session_state[f"pause_{name}"]))


def _changed(name: str) -> None:
    state = st.session_state
    who = masked_name(f"source_who_{name}")
    state[f"source_who_{name}"] = who or None
    session.change(session.sheet().with_source(name, sure=state[f"source_sure_{name}"] / 100, who=who))
