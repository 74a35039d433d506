"""Whether cases still come as the model says, asked for with a click."""

from __future__ import annotations

import os
from collections.abc import Sequence

import streamlit as st

from bayesdiag.case import Case
from bayesdiag.errors import BayesdiagError
from bayesdiag.ui import session
from bayesdiag.ui.parts.plain import plain
from bayesdiag.ui.source import source
from bayesdiag.watch import Settings, watch
from bayesdiag.wire.watch_lines import lines
from bayesdiag.wire.watches import watch_document


def watched(cases: Sequence[Case], key: str) -> None:
    """Offer to look whether cases are still those the model expects, and tell what came of it.

    Args:
        cases: The cases.
        key: Names them: what was found in others is not shown.
    """
    words, model = session.words(), source().model
    st.caption(words("watch_help"))
    whole = (key, source().fingerprint)
    if st.button(words("watch_look"), key="watch_look", icon=":material/monitor_heart:"):
        try:
            with st.spinner(words("watch_running")):
                found = watch(source().network, cases, Settings(cores=os.cpu_count() or 1))
        except BayesdiagError as error:
            st.error(plain(words("failed", reason=str(error))))
            return
        told = {"name": model.name, "version": model.version}
        document = {"model": told, "rejected": 0, **watch_document(found, cases)}
        st.session_state["watched"] = (whole, document, found.has_alarm)
    known, document, has_alarm = st.session_state.get("watched", (None, None, False))
    if known != whole:
        return
    head, verdict, *rest = lines(model, document, words.language)
    (st.warning if has_alarm else st.success)(plain(verdict))
    st.markdown("  \n".join(plain(line.strip()) for line in (head, *rest)))
