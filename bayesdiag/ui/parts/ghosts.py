"""Cases side by side: for every cause a hollow bar for A, and one for each scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from bayesdiag.diagnosis import Diagnosis
from bayesdiag.diagnosis.whatif import beside
from bayesdiag.ui import session
from bayesdiag.ui.parts.causes import cause_label
from bayesdiag.ui.parts.plain import plain, table
from bayesdiag.ui.texts import Words

SHOWN = 8
"""Causes drawn; the table has `LISTED`."""
LISTED = 15
LEAST = 0.0005
"""A smaller difference is not shown as a movement."""
COLOURS = {"A": "", "B": "#2f74d6", "C": "#c2571a"}
"""Of the bars; told apart by every kind of eye, and each bar is lettered."""


def ghosts(sides: Mapping[str, Diagnosis]) -> None:
    """Show what moves between the cases, those that move most first.

    Args:
        sides: Letter → its diagnosis, A first.
    """
    words = session.words()
    first = next(iter(sides.values()))
    rows = beside(*(one.causes for one in sides.values()))
    none = tuple(one.none_of_these for one in sides.values())
    st.subheader(words("moves"), anchor=False)
    if rows[0].most < LEAST:
        st.info(words("same"))
    st.caption(words("moves_help"))
    told = [(cause_label(first.model, words, row.id, row.state), row.p) for row in rows]
    told_none = (words("none_of_these"), none)
    with st.container(key="ghosts"):
        items = "".join(_item(words, list(sides), *one) for one in [*told[:SHOWN], told_none])
        st.html(f'<div role="list" aria-label="{escape(words("moves"))}">{items}</div>')
    head = [words("cause"), *sides, *(words("difference_of", side=side) for side in list(sides)[1:])]
    lines = [
        (label, *map(words.percent, p), *(words.points(one - p[0]) for one in p[1:]))
        for label, p in [*told[:LISTED], told_none]
    ]
    with st.expander(words("as_table"), key="comparison_table"):
        table(head, lines, key="comparison")


def _item(words: Words, sides: Sequence[str], label: str, shares: Sequence[float]) -> str:
    bars = "".join(
        _bar(side, words.percent(p), p, COLOURS[side]) for side, p in zip(sides, shares, strict=True)
    )
    return (
        '<div role="listitem" style="padding:0.45rem 0;border-bottom:1px solid rgba(128,128,128,0.2)">'
        f'<div style="font-weight:600">{escape(label)}</div>{bars}</div>'
    )


def _bar(side: str, percent: str, share: float, colour: str) -> str:
    width = f"{100 * min(1.0, max(0.0, share)):.1f}%"
    fill = f"background:{colour}" if colour else "box-shadow:inset 0 0 0 2px currentColor;opacity:0.6"
    return (
        '<div style="display:flex;align-items:center;gap:0.5rem;font-size:0.8rem;line-height:1.35">'
        f'<span style="flex:0 0 1rem">{escape(side)}</span>'
        '<span aria-hidden="true" style="flex:1;height:0.6rem;border-radius:0.3rem;'
        'background:rgba(128,128,128,0.15);overflow:hidden">'
        f'<span style="display:block;height:100%;border-radius:0.3rem;width:{width};{fill}"></span></span>'
        f'<span style="flex:0 0 3.2rem;text-align:right">{escape(percent)}</span></div>'
    )


def next_question(side: str, text: str, worth: str) -> None:
    """Show what is best asked next in a case.

    Args:
        side: The letter of the case.
        text: The question; empty where nothing is worth asking.
        worth: What it is worth and costs.
    """
    words = session.words()
    with st.container(border=True, key=f"next_{side.lower()}"):
        st.caption(f"{side} · {words('next_question')}")
        st.markdown(f"**{plain(text)}**" if text else plain(words("no_questions")))
        if worth:
            st.caption(plain(worth))
