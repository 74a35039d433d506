"""The pages of the app, in the order people meet them."""

from __future__ import annotations

import streamlit as st

from bayesdiag.ui import cases, customer, diagnose, lead, model, policies, session, tune, whatif

_PAGES = {
    "diagnose": diagnose.page,
    "whatif": whatif.page,
    "model": model.page,
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
        name: st.Page(
            page,
            title=words(f"page_{name}"),
            url_path="start" if name == first else name,
            default=name == first,
        )
        for name, page in _PAGES.items()
    }
    # The first page has the bare address. Under its own name it is found too, but not listed twice.
    named = st.Page(_PAGES[first], title=words(f"page_{first}"), url_path=first, visibility="hidden")
    chosen = st.navigation([*pages.values(), named], position="top")
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
