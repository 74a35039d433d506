"""The pages of the app, in the order people meet them."""

from __future__ import annotations

import streamlit as st

from bayesdiag.ui import cases, diagnose, lead, session, tune, whatif

_PAGES = {
    "diagnose": diagnose.page,
    "whatif": whatif.page,
    "cases": cases.page,
    "lead": lead.page,
    "tune": tune.page,
}


def run_page(first: str = "diagnose") -> None:
    """Show the page that the address names.

    Args:
        first: The page of the bare address.
    """
    words = session.words()
    pages = {
        name: st.Page(page, title=words(f"page_{name}"), url_path=name, default=name == first)
        for name, page in _PAGES.items()
    }
    chosen = st.navigation(list(pages.values()), position="top")
    other = session.turning()
    if other:
        st.switch_page(pages[other], query_params=session.address())
    chosen.run()
