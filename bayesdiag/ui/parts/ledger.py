"""The explanation: what each finding adds, as bars for and against; and what else should be seen."""

from __future__ import annotations

from html import escape

import streamlit as st

from bayesdiag.diagnosis import Diagnosis, LedgerLine
from bayesdiag.diagnosis.why import (
    basis_note,
    end_line,
    expected_lines,
    fit_sentence,
    frequency_sentence,
    start_line,
)
from bayesdiag.ui import session
from bayesdiag.ui.parts.causes import cause_label
from bayesdiag.ui.parts.plain import finding_label, plain
from bayesdiag.ui.source import source
from bayesdiag.ui.texts import Words

FOR, AGAINST = "#2f74d6", "#c2571a"
"""Colours of bars; the words beside them say the same."""


def ledger(diagnosis: Diagnosis) -> None:
    """Show how belief in the first cause came about; worked out once somebody looks."""
    words = session.words()
    if diagnosis.causes[0].responsibility <= 0:
        return
    shown = st.expander(words("explanation"), key="explanation", on_change="rerun")
    if not shown.open:
        return
    with shown, st.spinner(words("explaining")):
        _explained(source().explained(diagnosis))


def _explained(diagnosis: Diagnosis) -> None:
    words, model, explanation = session.words(), diagnosis.model, diagnosis.explanation
    if explanation is None:
        return
    language = words.language
    cause = cause_label(model, words, explanation.id, explanation.state)
    st.markdown(plain(frequency_sentence(model, explanation, language)))
    st.caption(plain(words("explanation_help", cause=cause)))
    if diagnosis.asking.get("tried"):
        st.caption(words("explanation_untried"))
    most = max((abs(line.bits) for line in explanation.ledger), default=0.0)
    lines = sorted(explanation.ledger, key=lambda line: -line.bits)
    labels = [finding_label(model, words, line.finding, line.state) for line in lines]
    rows = [_row(words, label, line, most) for label, line in zip(labels, lines, strict=True)]
    start = _text(start_line(model, explanation, language))
    with st.container(key="ledger"):
        st.html("".join([start, *rows, _text(end_line(explanation, language), weight=600)]))
    for note in (basis_note(explanation, language), fit_sentence(diagnosis, explanation, language)):
        if note:
            st.caption(plain(note))
    expected = expected_lines(diagnosis, language)
    if expected:
        st.markdown(f"**{plain(words('expected'))}**")
        st.markdown("\n".join(f"- {plain(line)}" for line in expected))


def _row(words: Words, label: str, line: LedgerLine, most: float) -> str:
    """Return a finding, what it says in words, and a bar from the middle: right for, left against."""
    share = 50 * abs(line.bits) / most if most > 0 else 0.0
    side = f"left:50%;background:{FOR}" if line.bits >= 0 else f"right:50%;background:{AGAINST}"
    bits = f"{line.bits:+.1f}" + (f" ± {line.error:.1f}" if line.error else "")
    return (
        '<div style="padding:0.35rem 0;border-bottom:1px solid rgba(128,128,128,0.2);font-size:0.9rem">'
        f"<div>{escape(label)} — {escape(_verdict(words, line.bits))}</div>"
        '<div style="display:flex;align-items:center;gap:0.5rem;font-size:0.8rem">'
        '<span aria-hidden="true" style="position:relative;flex:1;height:0.6rem;border-radius:0.3rem;'
        'background:rgba(128,128,128,0.15);overflow:hidden">'
        f'<span style="position:absolute;top:0;height:100%;width:{share:.1f}%;{side}"></span></span>'
        f'<span style="flex:0 0 6rem;text-align:right">{escape(words("ledger_line", bits=bits))}</span>'
        "</div></div>"
    )


def _text(line: str, *, weight: int = 400) -> str:
    return f'<div style="padding:0.35rem 0;font-size:0.9rem;font-weight:{weight}">{escape(line)}</div>'


def _verdict(words: Words, bits: float) -> str:
    if abs(bits) < 0.2:
        return words("for_none")
    if bits > 0:
        return words("for_much" if bits >= 2 else "for_some")
    return words("against_much" if bits <= -2 else "against_some")
