"""The pages of the app, in the order people meet them."""

from __future__ import annotations

import streamlit as st

from bayesdiag.ui import cases, customer, diagnose, lead, policies, session, tune, whatif

_PAGES = {
    "diagnose": diagnose.page,
    "whatif": whatif.page,
    "cases": cases.page,
    "lead": lead.page,
    "tune": tune.page,
    "policies": policies.page,
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


def run_customer_page() -> None:
    """Show the page of a customer's link, whatever the address names: no other is there to turn to."""
    title = customer.words()("customer_title")
    pages = [
        st.Page(customer.page, title=title, url_path=path, default=path != customer.PATH)
        for path in ("start", customer.PATH)
    ]
    st.navigation(pages, position="hidden").run()
