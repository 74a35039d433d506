"""The page Cases: what is kept, and one case with all that can be done with it."""

from __future__ import annotations

import streamlit as st

from bayesdiag.ui import session
from bayesdiag.ui.parts import door
from bayesdiag.ui.parts.case_list import case_list
from bayesdiag.ui.parts.case_view import case_view
from bayesdiag.ui.parts.header import header


def page() -> None:
    """Show the page."""
    header(is_acting=False)
    with st.container(key="cases"):
        door.told()
        shown = session.view("show")
        if shown:
            case_view(shown)
        else:
            case_list()
