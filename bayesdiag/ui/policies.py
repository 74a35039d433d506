"""The page Policies: what better questions save, on the model the app shows."""

from __future__ import annotations

import time
from collections.abc import MutableMapping
from typing import NamedTuple

import streamlit as st

from bayesdiag.errors import BayesdiagError
from bayesdiag.simulate import SLOW, Comparison, compared, lacking
from bayesdiag.ui import session
from bayesdiag.ui.parts.header import header
from bayesdiag.ui.parts.plain import plain
from bayesdiag.ui.parts.policy_result import policy_result
from bayesdiag.ui.source import source

FIRST_N = 100
"""Cases compared on at first: some seconds."""
MOST_N = 5000
KEPT = 16
"""Comparisons kept for all visitors."""
PAUSE = 0.2
"""Seconds between two moves of the bar; a click on Stop is heard at each."""


class Wanted(NamedTuple):
    """What is to be compared; together with the model's fingerprint it names a result.

    Attributes:
        fingerprint: Of the model's file.
        n: How many cases.
        seed: What they come from.
        is_perturbed: Whether their numbers are off.
        is_whole: Whether the slow policies are among them.
    """

    fingerprint: str
    n: int
    seed: int
    is_perturbed: bool
    is_whole: bool


def page() -> None:
    """Show the page."""
    words = session.words()
    header(is_acting=False)
    st.caption(words("policies_help"))
    with st.container(key="policies"):
        lack = lacking(source().model)
        if lack:
            st.info(words(f"policies_lacking_{lack}"))
            return
        wanted = _asked()
        if st.button(words("policies_run"), key="policies_run", icon=":material/balance:"):
            st.session_state["policies_shown"] = _found(wanted)
        shown = st.session_state.get("policies_shown")
        if shown is not None and shown[0].fingerprint == wanted.fingerprint:
            policy_result(shown[1])


def _asked() -> Wanted:
    """Show what can be chosen, and return it."""
    words = session.words()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        n = st.number_input(
            words("policies_n"), 1, MOST_N, FIRST_N, key="policies_n", width=140, persist_state="session"
        )
        seed = st.number_input(
            words("policies_seed"),
            0,
            2**31 - 1,
            1,
            key="policies_seed",
            width=140,
            help=words("policies_seed_help"),
            persist_state="session",
        )
    chosen = [
        st.checkbox(words(key), key=key, help=words(f"{key}_help"), persist_state="session")
        for key in ("policies_perturb", "policies_slow")
    ]
    return Wanted(source().fingerprint, int(n), int(seed), *chosen)


def _found(wanted: Wanted) -> tuple[Wanted, Comparison] | None:
    """Return the comparison, made now if nobody has asked for it before; None where it cannot be made."""
    words, kept = session.words(), _kept()
    if wanted not in kept:
        place = st.empty()
        with place.container():
            bar = st.progress(0.0, words("policies_running"))
            # The click runs the page anew, which ends this run at the next move of the bar.
            st.button(words("policies_stop"), key="policies_stop", icon=":material/stop:")
        moved = time.monotonic()

        def told(done: float) -> None:
            nonlocal moved
            if time.monotonic() - moved > PAUSE:
                moved = time.monotonic()
                bar.progress(min(1.0, done), words("policies_running"))

        try:
            found = compared(
                source().network,
                wanted.n,
                wanted.seed,
                perturb=wanted.is_perturbed,
                without=() if wanted.is_whole else SLOW,
                progress=told,
            )
        except BayesdiagError as error:
            place.empty()
            st.error(plain(words("failed", reason=str(error))))
            return None
        place.empty()
        while len(kept) >= KEPT:
            kept.pop(next(iter(kept)), None)
        kept[wanted] = found
    return wanted, kept[wanted]


@st.cache_resource(show_spinner=False)
def _kept() -> MutableMapping[Wanted, Comparison]:
    """Return the comparisons made so far, the oldest first; shared by all visitors."""
    return {}
