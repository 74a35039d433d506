"""Numbers of the model that a scenario has otherwise: sliders with the model's own number marked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from bayesdiag.diagnosis.doubt_words import number_words
from bayesdiag.diagnosis.words import variable_words
from bayesdiag.model import Model
from bayesdiag.model.numbers import Number
from bayesdiag.model.renumbered import addresses_of
from bayesdiag.ui import session
from bayesdiag.ui.parts.opening import open_in, opened
from bayesdiag.ui.parts.plain import plain
from bayesdiag.ui.source import source

GRID = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.25, 0.3)
"""Where a slider stops below a half, and as far from 1 above it: about even in log-odds."""


def moved(model: Model, letter: str) -> None:
    """Show the numbers a scenario has otherwise, and a way to move one more."""
    words, side = session.words(), letter.upper()
    numbers = movable(source().fingerprint, model)
    with st.expander(words("number_variable", side=side), key=f"{letter}_numbers"):
        names = list(dict.fromkeys(number.variable for number in numbers.values()))
        variable = st.selectbox(
            words("number_variable", side=side),
            names,
            index=None,
            format_func=lambda name: variable_words(model, name, words.language),
            placeholder=words("choose"),
            key=f"{letter}_number_variable",
            label_visibility="collapsed",
        )
        if variable is not None:
            own = {address: one for address, one in numbers.items() if one.variable == variable}
            st.selectbox(
                words("number_which", side=side),
                list(own),
                index=None,
                format_func=lambda address: (
                    f"{number_words(model, own[address], words.language)} · {words.percent(own[address].p)}"
                ),
                placeholder=words("choose"),
                key=f"{letter}_number",
                on_change=_opened,
                args=(letter,),
            )
    for address in _shown(letter, numbers):
        _slider(model, letter, address, numbers[address])


@st.cache_resource(max_entries=4, show_spinner=False)
def movable(fingerprint: str, _model: Model) -> Mapping[str, Number]:  # noqa: ARG001 - the key of the cache
    """Return the numbers that can be moved: those that say neither never nor always.

    Args:
        fingerprint: Of the model's file.
    """
    return {address: one for address, one in addresses_of(_model).items() if not one.is_structural}


def stops(own: float, now: float) -> list[float]:
    """Return where a slider stops: the grid, the model's own number, and the one it stands at."""
    return sorted({*GRID, 0.4, 0.5, 0.6, *(round(1 - p, 6) for p in GRID), own, now})


def _shown(letter: str, numbers: Mapping[str, Number]) -> list[str]:
    told = session.sheet().scenario(letter).numbers
    wanted = dict.fromkeys((*told, *opened(letter, "numbers")))
    return [address for address in wanted if address in numbers]


def _slider(model: Model, letter: str, address: str, number: Number) -> None:
    words, key = session.words(), f"{letter}_p_{address}"
    now = session.sheet().scenario(letter).numbers.get(address, number.p)
    st.session_state[key] = now
    st.select_slider(
        plain(
            words("number_slider", side=letter.upper(), number=number_words(model, number, words.language))
        ),
        stops(number.p, now),
        format_func=lambda p: f"{_exact(p)}{' ▲' if p == number.p else ''}",
        key=key,
        on_change=_slid,
        args=(letter, address),
    )
    source_words = number.weight.source or words("number_no_source")
    st.caption(plain(words("number_own", p=_exact(number.p), source=source_words)))
    if now != number.p:
        st.button(
            words("number_back", p=_exact(number.p)),
            key=f"{letter}_back_{address}",
            type="tertiary",
            on_click=_set,
            args=(letter, address, None),
        )


def _exact(p: float) -> str:
    return f"{100 * p:.4g}%"


def _opened(letter: str) -> None:
    address = st.session_state[f"{letter}_number"]
    if address:
        open_in(letter, "numbers", address)


def _slid(letter: str, address: str) -> None:
    _set(letter, address, float(st.session_state[f"{letter}_p_{address}"]))


def _set(letter: str, address: str, p: float | None) -> None:
    """Move a number, or take it back to the model's own; callbacks only."""
    sheet = session.sheet()
    scenario = sheet.scenario(letter)
    own = movable(source().fingerprint, source().model)[address].p
    numbers = {name: kept for name, kept in scenario.numbers.items() if name != address}
    if p is not None and p != own:
        numbers[address] = p
    session.change(sheet.with_scenario(letter, replace(scenario, numbers=numbers)))
