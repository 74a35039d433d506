"""How good the model's answers are on cases whose cause was confirmed, asked for with a click."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from bayesdiag.case import Case
from bayesdiag.errors import BayesdiagError
from bayesdiag.score import DiagnosisScore, score_verdicts, verdicts
from bayesdiag.ui import session
from bayesdiag.ui.parts.plain import plain
from bayesdiag.ui.parts.reliability import reliability
from bayesdiag.ui.source import source


def scored(cases: Sequence[Case], key: str) -> None:
    """Offer to score the model on cases, and show what came of it.

    Args:
        cases: The cases.
        key: Names them: what was found on others is not shown.
    """
    words = session.words()
    st.caption(words("score_help"))
    whole = (key, source().fingerprint)
    if st.button(words("score_look"), key="score_look", icon=":material/target:"):
        try:
            with st.spinner(words("watch_running")):
                told = verdicts(source().network, cases)
                found = score_verdicts(told, (), np.random.default_rng(0)) if len(told) else None
        except BayesdiagError as error:
            st.error(plain(words("failed", reason=str(error))))
            return
        st.session_state["scored"] = (whole, found)
    known, found = st.session_state.get("scored", (None, None))
    if known != whole:
        return
    if found is None:
        st.info(words("score_none"))
        return
    _figures(found)
    if found.first.calibration is not None:
        reliability(found.first.calibration, "score_reliability", "score_reliability_alt")


def _figures(found: DiagnosisScore) -> None:
    words = session.words()
    told = {
        "score_n": f"{found.n}",
        "score_top_1": words.percent(found.top_1.value),
        "score_top_3": words.percent(found.top_3.value),
        "score_log_loss": f"{found.log_loss.value:.3f}",
    }
    with st.container(horizontal=True, gap="small", key="score_figures"):
        for key, value in told.items():
            with st.container(border=True, width=220):
                st.metric(words(key), value, help=words(f"{key}_help") if key == "score_log_loss" else None)
