"""What a visitor opened in a scenario of the What-if page and has not said anything of yet."""

from __future__ import annotations

from typing import Literal

import streamlit as st

What = Literal["findings", "numbers", "itself"]
"""Questions, numbers of the model, or the scenario as a whole."""
OPENED = "scenarios_opened"
"""Where it is kept in the session, which forgets it with every new case."""


def opened(letter: str, what: What) -> list[str]:
    """Return what was opened in a scenario, in order."""
    kept: dict[tuple[str, str], list[str]] = st.session_state.get(OPENED, {})
    return kept.get((letter, what), [])


def open_in(letter: str, what: What, name: str) -> None:
    """Open one thing more in a scenario; callbacks only."""
    kept = st.session_state.get(OPENED, {})
    st.session_state[OPENED] = {**kept, (letter, what): [*opened(letter, what), name]}


def close(letter: str) -> None:
    """Close all that was opened in a scenario; callbacks only."""
    kept = st.session_state.get(OPENED, {})
    st.session_state[OPENED] = {place: names for place, names in kept.items() if place[0] != letter}
