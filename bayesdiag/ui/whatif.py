"""The page What-if: the case as it is and the case as it might be, side by side."""

from __future__ import annotations

import streamlit as st


def page() -> None:
    """Show the page."""
    st.write("…")
