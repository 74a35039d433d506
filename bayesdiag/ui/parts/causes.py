"""Causes as rows: a pale bar for before, a dark one for now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from bayesdiag.diagnosis import Diagnosis, RankedCause
from bayesdiag.diagnosis.doubt import Interval
from bayesdiag.diagnosis.doubt.intervals import Bounds
from bayesdiag.model import Model
from bayesdiag.ui import session
from bayesdiag.ui.texts import Words

SHOWN = 5
"""Causes shown at once; the rest wait behind a click."""
LEAST = 0.005
"""Causes less likely than this wait there too, whatever their rank."""

BEFORE, NOW = "background:rgba(29,95,191,0.35)", "background:#2f74d6"
"""How the two bars of a cause look."""
RANGE = "background:repeating-linear-gradient(90deg,#2f74d6 0 2px,transparent 2px 5px)"
"""How the band looks within which a cause's share lies."""


def causes(diagnosis: Diagnosis) -> None:
    """Show the causes, and what the two bars mean."""
    words, model = session.words(), diagnosis.model
    st.subheader(words("causes"), anchor=False)
    told = words("causes_help")
    st.caption(f"{told} {words('range_help')}" if diagnosis.doubt.intervals else told)
    top = [cause for cause in diagnosis.causes[:SHOWN] if cause.responsibility >= LEAST]
    rest = diagnosis.causes[len(top) :]
    with st.container(key="causes"):
        rows = _rows(model, words, top, diagnosis.doubt.intervals)
        st.html(_list(words, [*rows, _none_row(words, diagnosis.none_of_these)]))
    if rest:
        with st.expander(words("more_causes", count=len(rest)), key="more_causes"):
            st.html(_list(words, _rows(model, words, rest, {})))


def cause_label(model: Model, words: Words, cause: str, state: str) -> str:
    """Return what a cause state is called: cause and state, for either alone says too little."""
    variable = model.variable_of[cause]
    label, state_label = words.of(variable.label, cause), words.of(variable.state(state).label, state)
    if _says_yes(state_label):
        return label
    return f"{label}{'：' if words.language == 'zh' else ': '}{state_label}"


def _says_yes(label: str) -> bool:
    return label.strip().lower() in {"yes", "是"}


def _rows(
    model: Model,
    words: Words,
    ranked: Sequence[RankedCause],
    intervals: Mapping[tuple[str, str], Interval],
) -> list[str]:
    return [
        _row(
            words,
            cause_label(model, words, cause.id, cause.state),
            words.of(model.variable_of[cause.id].state(cause.state).explain),
            (cause.prior_responsibility, cause.responsibility),
            intervals[cause.id, cause.state].responsibility if (cause.id, cause.state) in intervals else None,
        )
        for cause in ranked
    ]


def _none_row(words: Words, p: float) -> str:
    return _row(words, words("none_of_these"), words("none_explain"), (None, p))


def _list(words: Words, rows: Sequence[str]) -> str:
    return f'<div role="list" aria-label="{escape(words("causes"))}">{"".join(rows)}</div>'


def _row(
    words: Words, label: str, explain: str, shares: tuple[float | None, float], between: Bounds | None = None
) -> str:
    before, now = shares
    bars = "" if before is None else bar(words("before"), words.percent(before), (0, before), BEFORE)
    bars += bar(words("now"), words.percent(now), (0, now), NOW)
    if between is not None:
        low, high = between
        told = words("range", low=words.percent(low), high=words.percent(high))
        bars += bar(words("range_name"), told, between, RANGE)
    return (
        '<div role="listitem" style="padding:0.55rem 0;border-bottom:1px solid rgba(128,128,128,0.2)">'
        f'<div style="font-weight:600">{escape(label)}</div>'
        f'<div style="font-size:0.85rem;opacity:0.75;margin-bottom:0.25rem">{escape(explain)}</div>'
        f"{bars}</div>"
    )


def bar(name: str, told: str, ends: tuple[float, float], look: str, *, width: str = "3.2rem") -> str:
    """Return one bar as HTML: its name, where it lies, and the number.

    Args:
        name: What stands before it.
        told: What stands behind it.
        ends: Where it begins and ends, from 0 to 1.
        look: The style of what is filled.
        width: Of the name.
    """
    first, last = (min(1.0, max(0.0, end)) for end in ends)
    filled = f"margin-left:{100 * first:.1f}%;width:{100 * (last - first):.1f}%;{look}"
    return (
        '<div style="display:flex;align-items:center;gap:0.5rem;font-size:0.8rem;line-height:1.35">'
        f'<span style="flex:0 0 {width};opacity:0.75">{escape(name)}</span>'
        '<span aria-hidden="true" style="flex:1;height:0.6rem;border-radius:0.3rem;'
        'background:rgba(128,128,128,0.15);overflow:hidden">'
        f'<span style="display:block;height:100%;border-radius:0.3rem;{filled}"></span></span>'
        f'<span style="flex:0 0 4.6rem;text-align:right">{escape(told)}</span></div>'
    )
