"""The picture on the page Model, with a sentence for who cannot see it, and clicks that are heard."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise

import streamlit as st

from bayesdiag.model import Model
from bayesdiag.structure import arrows_of, surroundings
from bayesdiag.ui import session
from bayesdiag.ui.parts.model_card import LOOKS, Card
from bayesdiag.ui.parts.model_choices import zoom
from bayesdiag.ui.parts.model_picture import Picture, around, whole
from bayesdiag.ui.parts.model_seen import Seen
from bayesdiag.ui.parts.plain import plain, state_label
from bayesdiag.ui.source import source


def drawing(model: Model, at: str, show: str, seen: Seen) -> None:
    """Show the picture.

    Args:
        model: The model.
        at: The variable that is looked at; empty for none.
        show: "whole", or "around" the variable.
        seen: What is shown of the case.
    """
    words = session.words()
    if show == "around":
        parents, children = surroundings(model, at)
        names = [at, *parents, *children]
        option, high = around(_picture(model, names, at, seen), at, parents, children)
        alt = _alt_around(model, at, seen)
    else:
        plan = source().columns
        names = list(plan.places)
        headings = _headings(plan.kinds)
        option, high = whole(_picture(model, names, at, seen), plan, headings, float(zoom()), at)
        alt = words(
            "model_alt",
            count=len(names),
            arrows=len(arrows_of(model)),
            columns=words.join([one for one in headings if one] or [words("kind_plain")]),
            name=words.of(model.variable_of[at].label, at) if at else words("model_nobody"),
        )
    # A chart of its own for each choice: what was clicked in one is not chosen in the next.
    key = f"model_chart_{show}_{at}"
    with st.container(key="model_picture"):
        click = partial(_clicked, key, names)
        st.echarts_chart(option, height=high, renderer="svg", key=key, on_select=click, alt=alt)
    legend = [words("model_legend"), words(f"model_legend_{show}")]
    st.caption(plain(("" if words.language == "zh" else " ").join(legend)))


def _clicked(key: str, names: Sequence[str]) -> None:
    """Look at the variable whose card was clicked."""
    for group in st.session_state[key].selection.selected:
        numbers = group["data_indices"] if group["data_type"] == "node" else []
        for number in numbers:
            if number < len(names):  # those behind are ports and names of columns
                session.look("model", at=names[number])


def _headings(kinds: Sequence[str]) -> list[str]:
    """Return the name of each column, that of several columns of one kind once."""
    words = session.words()
    if set(kinds) == {"plain"}:
        return ["" for _ in kinds]
    return [
        words(f"kind_{kind}") if number == 0 or kinds[number - 1] != kind else ""
        for number, kind in enumerate(kinds)
    ]


def _picture(model: Model, names: Sequence[str], at: str, seen: Seen) -> Picture:
    words = session.words()
    cards = {name: _card(model, name, at, seen) for name in names}
    arrows = arrows_of(model, set(names))
    steps = {step for path in seen.paths for step in pairwise(path)}
    ways = frozenset(arrow for arrow in arrows if arrow in steps or arrow[::-1] in steps)
    return Picture(
        cards,
        {name: [words.percent(p) for p in card.beliefs] for name, card in cards.items()},
        arrows,
        {arrow: one.p for arrow, one in source().strengths.items()},
        ways,
        frozenset(arrow for arrow in arrows if at in arrow) if seen.ways is None else frozenset(),
        LOOKS["dark" if st.context.theme.type == "dark" else "light"],
    )


def _card(model: Model, name: str, at: str, seen: Seen) -> Card:
    words, variable = session.words(), model.variable_of[name]
    finding = session.sheet().findings.get(name)
    is_certain = finding is not None and name in seen.known.states
    return Card(
        words.title(variable.label, name),
        tuple(state_label(model, words, name, state) for state in variable.state_ids),
        tuple(seen.beliefs(name)),
        tuple(seen.earlier(name)),
        variable.state_ids.index(finding) if is_certain and finding is not None else None,
        is_told=finding is not None,
        is_chosen=name == at,
        is_apart=seen.ways is not None and name != at and name not in seen.ways and finding is None,
    )


def _alt_around(model: Model, at: str, seen: Seen) -> str:
    words = session.words()
    parents, children = surroundings(model, at)
    beliefs = zip(model.variable_of[at].state_ids, seen.beliefs(at), strict=False)
    told = [f"{state_label(model, words, at, state)} {words.percent(p)}" for state, p in beliefs]
    return words(
        "model_alt_around",
        name=words.of(model.variable_of[at].label, at),
        parents=len(parents),
        children=len(children),
        belief=words.join(told) or words("model_nobody"),
    )
