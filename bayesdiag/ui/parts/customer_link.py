"""The link for a customer, made from the case; and what the customer sent back, taken into it."""

from __future__ import annotations

import os
from dataclasses import replace
from urllib.parse import urlencode, urlsplit

import streamlit as st

from bayesdiag.ui import session
from bayesdiag.ui.customer_sheet import Reply, query_in, query_of_reply, reply_of, with_reply
from bayesdiag.ui.parts.plain import plain
from bayesdiag.ui.source import source

PLACE = "BAYESDIAG_CUSTOMER_URL"
"""Environment variable: where customers reach the page, if it is not this server."""
WHO = "merchant"
"""Who is noted beside what a customer said."""
ONLY_HERE = ("localhost", "127.0.0.1", "::1")
"""Hosts of an address that no other machine can open."""
LONGEST = 8000
"""Signs of what is pasted."""


def customer_link() -> None:
    """Show the link behind a button, and below it the field for what came back."""
    words = session.words()
    with st.popover(words("customer_link"), icon=":material/smartphone:", key="customer_link"):
        st.caption(words("customer_link_help"))
        chosen = st.segmented_control(
            words("customer_with"),
            ("case", "none"),
            format_func=lambda name: words(f"customer_with_{name}"),
            default="case",
            required=True,
            key="customer_with",
        )
        with st.container(key="customer_address"):
            st.code(_address(is_empty=chosen == "none"), language=None, wrap_lines=True)
        if urlsplit(_place()).hostname in ONLY_HERE:
            st.caption(words("customer_link_here", variable=PLACE))
        with st.form("customer_reply_form", border=False):
            st.text_area(words("customer_reply"), key="customer_reply", max_chars=LONGEST, height=100)
            st.form_submit_button(words("customer_reply_take"), key="customer_reply_take", on_click=_take)
    _told()


def _address(*, is_empty: bool) -> str:
    """Return the link; of case B and of the stored case it carries nothing."""
    sheet = session.sheet()
    query = {} if is_empty else query_of_reply(Reply(replace(sheet, scenarios={})))
    return f"{_place()}?{urlencode({**query, 'lang': session.words().language}, safe=',:')}"


def _place() -> str:
    base = os.environ.get(PLACE, "")
    return base or f"{session.here().rstrip('/')}/customer"


def _take() -> None:
    text = st.session_state["customer_reply"] or ""
    reply, lost = reply_of(source().model, query_in(text))
    st.session_state["customer_reply"] = ""
    sheet = reply.sheet
    if not (sheet.findings or sheet.dont_know or sheet.approved):
        st.session_state["customer_told"] = ("none", 0, lost)
        return
    session.change(with_reply(session.sheet(), reply, WHO))
    st.session_state["customer_told"] = ("done", len(set(reply.asked) & set(reply.sheet.findings)), lost)


def _told() -> None:
    """Say once what became of what was pasted."""
    words = session.words()
    kind, count, lost = st.session_state.pop("customer_told", ("", 0, ()))
    if kind:
        show = st.success if kind == "done" else st.warning
        show(words(f"customer_reply_{kind}", count=count))
    if lost:
        st.info(plain(words("customer_reply_lost", names=words.join(list(lost)))))
