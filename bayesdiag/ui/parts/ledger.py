"""The explanation: from the premise over each finding to the answer."""

from __future__ import annotations

from itertools import accumulate

import streamlit as st

from bayesdiag.diagnosis import Diagnosis
from bayesdiag.ui import session
from bayesdiag.ui.parts.causes import cause_label
from bayesdiag.ui.parts.plain import finding_label, plain, table
from bayesdiag.ui.texts import Words


def ledger(diagnosis: Diagnosis) -> None:
    """Show how belief in the first cause came about."""
    words, model, explanation = session.words(), diagnosis.model, diagnosis.explanation
    if explanation is None:
        return
    with st.expander(words("explanation"), key="explanation"):
        cause = cause_label(model, words, explanation.id, explanation.state)
        st.caption(plain(words("explanation_help", cause=cause)))
        odds = accumulate((line.bits for line in explanation.ledger), initial=explanation.start)
        start, *after = [words.percent(share(log_odds)) for log_odds in odds]
        rows = [(words("ledger_start"), f"{explanation.start:+.1f}", start)]
        for line, p in zip(explanation.ledger, after, strict=True):
            said = f"{finding_label(model, words, line.finding, line.state)} — {_verdict(words, line.bits)}"
            rows.append((said, f"{line.bits:+.1f}", p))
        end = words.percent(share(explanation.end))
        rows.append((words("ledger_end"), f"{explanation.end:+.1f}", end))
        table((words("ledger_step"), words("ledger_bits"), words("ledger_p")), rows, key="ledger")


def share(log_odds: float) -> float:
    """Return the probability that log-odds in bits mean."""
    return float(1 / (1 + 2.0**-log_odds))


def _verdict(words: Words, bits: float) -> str:
    if abs(bits) < 0.2:
        return words("for_none")
    if bits > 0:
        return words("for_much" if bits >= 2 else "for_some")
    return words("against_much" if bits <= -2 else "against_some")
