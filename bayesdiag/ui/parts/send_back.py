"""What a customer sends back: the answers as text, and the link that carries them."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from bayesdiag.model import Model
from bayesdiag.ui.customer_sheet import Reply, query_of_reply
from bayesdiag.ui.parts.copying import copy_button
from bayesdiag.ui.parts.plain import finding_label
from bayesdiag.ui.session import here
from bayesdiag.ui.texts import Words


def send_back(model: Model, words: Words, reply: Reply) -> None:
    """Show the text to be sent back, to be copied."""
    st.subheader(words("customer_send"), anchor=False)
    st.markdown(words("customer_send_help"))
    if not {*reply.sheet.findings, *reply.sheet.dont_know} <= {*reply.asked}:
        st.markdown(words("customer_send_known"))
    text = told_back(model, words, reply, here())
    with st.container(key="send_back"):
        copy_button(text, words("customer_copy"), words("customer_copied"), key="copy")
        st.code(text, language=None, wrap_lines=True)


def told_back(model: Model, words: Words, reply: Reply, address: str) -> str:
    """Return the answers, a line each, and below them the link that carries them."""
    said = reply.sheet.of_a()
    lines = [
        finding_label(model, words, name, said[name].state, said[name].sure)
        for name in reply.asked
        if name in said
    ]
    query = urlencode({**query_of_reply(reply), "lang": words.language}, safe=",:")
    return "\n".join([words("customer_send_head"), *lines, f"{address}?{query}"])
