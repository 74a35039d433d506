"""One variable of the model: what it is, what is believed of it, what it hangs together with."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from bayesdiag.model import Model
from bayesdiag.structure import Strength, surroundings
from bayesdiag.ui import session
from bayesdiag.ui.parts.causes import BEFORE, NOW, bar
from bayesdiag.ui.parts.plain import plain, state_label
from bayesdiag.ui.source import source
from bayesdiag.ui.texts import Words

SHOWN = 6
"""States shown at once, the likeliest before or now; the rest wait behind a click."""


def about(model: Model, name: str, now: Sequence[float], before: Sequence[float]) -> None:
    """Show what a variable is, and its beliefs.

    Args:
        model: The model.
        name: The variable.
        now: Belief of each state; empty where there is none.
        before: The same before any finding.
    """
    words, variable = session.words(), model.variable_of[name]
    n = len(variable.states)
    st.subheader(plain(words.title(variable.label, name)), anchor=False)
    st.caption(plain(f"{words(f'kind_one_{variable.kind}')} · {name}"))
    shares: list[tuple[float | None, float | None]] = [
        (before[one] if before else None, now[one] if now else None) for one in range(n)
    ]
    likeliest = sorted(range(n), key=lambda one: -max(p or 0.0 for p in shares[one]))[:SHOWN]
    rows = [
        _state(words, state_label(model, words, name, state.id), words.of(state.explain), shares[one])
        for one, state in enumerate(variable.states)
    ]
    title = escape(words("model_states"))
    with st.container(key="model_states"):
        first = "".join(row for one, row in enumerate(rows) if one in likeliest)
        st.html(f'<div role="list" aria-label="{title}">{first}</div>')
    if n > SHOWN:
        with st.expander(words("model_more_states", count=n - SHOWN), key="model_more_states"):
            rest = "".join(row for one, row in enumerate(rows) if one not in likeliest)
            st.html(f'<div role="list" aria-label="{title}">{rest}</div>')


def hanging(model: Model, name: str) -> None:
    """Show parents and children of a variable, each a click away, with the strength of the arrow."""
    words = session.words()
    parents, children = surroundings(model, name)
    strengths = source().strengths  # once: each call looks at the file again
    columns = st.columns(2, gap="large")
    for column, key, arrows in (
        (columns[0], "model_parents", [(parent, name) for parent in parents]),
        (columns[1], "model_children", [(name, child) for child in children]),
    ):
        with column, st.container(key=key, gap="xsmall"):
            st.markdown(f"**{plain(words(key))}**")
            if not arrows:
                st.caption(words("model_nobody"))
            found = {arrow: strengths.get(arrow) for arrow in arrows}
            for arrow, one in sorted(found.items(), key=lambda one: -one[1].p if one[1] else 0.0):
                other = arrow[0] if arrow[1] == name else arrow[1]
                _neighbour(model, words, other, strength_words(model, words, arrow[0], one))
    st.caption(plain(words("model_strength_help")))


def go_to(name: str) -> None:
    """Look at another variable; callbacks only."""
    session.look("model", at=name)


def strength_words(model: Model, words: Words, parent: str, found: Strength | None) -> str:
    """Return how strong an arrow from a parent is."""
    if found is None:
        return words("model_strength_unknown")
    low, high = (state_label(model, words, parent, state) for state in found.states)
    return words("model_strength", percent=words.percent(found.p), low=low, high=high)


def _neighbour(model: Model, words: Words, name: str, strength: str) -> None:
    label = words.of(model.variable_of[name].label, name)
    st.button(
        f"**{plain(label)}** · {plain(strength)}",
        key=f"model_go_{name}",
        type="tertiary",
        wrap=True,
        on_click=go_to,
        args=(name,),
    )


def _state(words: Words, label: str, explain: str, shares: tuple[float | None, float | None]) -> str:
    before, now = shares
    bars = "" if before is None else bar(words("before"), words.percent(before), (0, before), BEFORE)
    bars += "" if now is None else bar(words("now"), words.percent(now), (0, now), NOW)
    told = f'<div style="font-size:0.85rem;opacity:0.75">{escape(explain)}</div>' if explain else ""
    return (
        '<div role="listitem" style="padding:0.4rem 0;border-bottom:1px solid rgba(128,128,128,0.2)">'
        f'<div style="font-weight:600;font-size:0.95rem">{escape(label)}</div>{told}{bars}</div>'
    )
