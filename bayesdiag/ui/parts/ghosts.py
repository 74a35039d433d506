"""Cases side by side: for every cause a hollow bar for A, and one for each scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from bayesdiag.diagnosis import Diagnosis
from bayesdiag.diagnosis.whatif import beside
from bayesdiag.ui import session
from bayesdiag.ui.parts.causes import bar, cause_label
from bayesdiag.ui.parts.chart import COLOURS
from bayesdiag.ui.parts.plain import plain, table
from bayesdiag.ui.texts import Words

SHOWN = 8
"""Causes drawn; the table has `LISTED`."""
LISTED = 15
LEAST = 0.0005
"""A smaller difference is not shown as a movement."""
LOOKS = {
    "A": "box-shadow:inset 0 0 0 2px currentColor;opacity:0.6",
    "B": f"background:{COLOURS[0]}",
    "C": f"background:{COLOURS[1]}",
}
"""Of the bars: A is hollow; each bar is lettered too."""


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
        bar(side, words.percent(p), (0, p), LOOKS[side], width="1rem")
        for side, p in zip(sides, shares, strict=True)
    )
    return (
        '<div role="listitem" style="padding:0.45rem 0;border-bottom:1px solid rgba(128,128,128,0.2)">'
        f'<div style="font-weight:600">{escape(label)}</div>{bars}</div>'
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
