"""The top of every page: title, language, and what can be done with the case as a whole."""

from __future__ import annotations

import streamlit as st

from bayesdiag.model import LANGUAGES
from bayesdiag.ui import session
from bayesdiag.ui.parts.plain import plain
from bayesdiag.ui.source import title
from bayesdiag.ui.texts import NAMES


def header(*, is_acting: bool = True) -> None:
    """Show the top of the page, and what of the address was left out.

    Args:
        is_acting: Whether the page is about the case that is diagnosed, and can change it.
    """
    words = session.words()
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.header(plain(title(words)), anchor=False, width="content")
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            if is_acting:
                _acts()
            _link_and_language()
    if session.dropped():
        st.info(words("dropped", names=plain(words.join(list(session.dropped())))), icon=":material/info:")


def _acts() -> None:
    words = session.words()
    st.button(
        words("undo"),
        key="undo",
        icon=":material/undo:",
        on_click=session.undo,
        disabled=not session.can_undo(),
    )
    st.button(words("new_case"), key="new_case", icon=":material/note_add:", on_click=session.start_anew)


def _link_and_language() -> None:
    words = session.words()
    with st.popover(words("link"), icon=":material/link:", key="link"):
        st.caption(words("link_help"))
        st.code(session.link(), language=None, wrap_lines=True)
    st.session_state["language_switch"] = words.language
    st.segmented_control(
        words("language"),
        LANGUAGES,
        format_func=NAMES.__getitem__,
        key="language_switch",
        required=True,
        label_visibility="collapsed",
        on_change=_language_chosen,
    )


def _language_chosen() -> None:
    session.choose_language(st.session_state["language_switch"] or session.words().language)
