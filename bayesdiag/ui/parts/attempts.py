"""Trying again: what was seen becomes an attempt before, listed with a way to remove it."""

from __future__ import annotations

import streamlit as st

from bayesdiag.diagnosis.whatif import MOST_EARLIER
from bayesdiag.model import Model
from bayesdiag.ui import session
from bayesdiag.ui.attempts import Attempt
from bayesdiag.ui.parts.plain import finding_label, plain
from bayesdiag.ui.source import source


def attempts(model: Model) -> None:
    """Show the attempts before, and the button that makes the one at hand another of them."""
    words, before = session.words(), session.sheet().before
    for number, attempt in enumerate(before, start=1):
        st.button(
            plain(words("attempt_before", number=number, told=_told(model, attempt))),
            key=f"attempt_{number}",
            icon=":material/close:",
            icon_position="right",
            help=words("attempt_remove"),
            wrap=True,
            on_click=_remove,
            args=(number,),
        )
    is_full = len(before) >= MOST_EARLIER
    st.button(
        words("again"),
        key="again",
        icon=":material/replay:",
        help=words("again_most", count=MOST_EARLIER) if is_full else words("again_help"),
        disabled=is_full,
        on_click=_again,
    )


def left_out() -> None:
    """Say that attempts before are left out, where there are any."""
    if session.sheet().before:
        st.caption(session.words()("attempts_left_out"))


def _told(model: Model, attempt: Attempt) -> str:
    words = session.words()
    labels = [finding_label(model, words, name, one.state, one.sure) for name, one in attempt.items()]
    return words.join(labels) if labels else words("attempt_nothing")


def _again() -> None:
    session.change(session.sheet().tried_again(source().model))


def _remove(number: int) -> None:
    session.change(session.sheet().without_attempt(number))
