"""The page Model: the network as a picture, and every variable to be read, set and followed."""

from __future__ import annotations

import streamlit as st

from bayesdiag.ui import session
from bayesdiag.ui.parts.entry import approved_warning
from bayesdiag.ui.parts.header import header
from bayesdiag.ui.parts.model_choices import choices, chosen, setting
from bayesdiag.ui.parts.model_detail import about, hanging
from bayesdiag.ui.parts.model_drawing import drawing
from bayesdiag.ui.parts.model_numbers import numbers
from bayesdiag.ui.parts.model_seen import seen
from bayesdiag.ui.parts.model_table import as_table
from bayesdiag.ui.parts.plain import plain
from bayesdiag.ui.source import source


def page() -> None:
    """Show the page."""
    words, model = session.words(), source().model
    header()
    approved_warning(model)
    st.caption(plain(words("model_help")))
    at, show = chosen()
    choices(model, at, show)
    if at:
        setting(model, at)
    told = seen(model, at)
    if show == "around":
        left, right = st.columns(2, gap="large")
        with left:
            drawing(model, at, show, told)
        with right:
            about(model, at, told.beliefs(at), told.earlier(at))
    else:
        drawing(model, at, show, told)
        if at:
            about(model, at, told.beliefs(at), told.earlier(at))
        else:
            st.info(words("model_choose"))
    if at:
        hanging(model, at)
        numbers(model, at)
    as_table(model, at, told)
