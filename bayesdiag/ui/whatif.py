"""The page What-if: the case as it is and up to two cases as they might be, side by side."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from bayesdiag.diagnosis import Diagnosis
from bayesdiag.errors import BayesdiagError
from bayesdiag.model import Model
from bayesdiag.ui import session
from bayesdiag.ui.parts.acting import effect
from bayesdiag.ui.parts.attempts import left_out
from bayesdiag.ui.parts.ghosts import ghosts, next_question
from bayesdiag.ui.parts.header import header
from bayesdiag.ui.parts.looks import Side, looks
from bayesdiag.ui.parts.opening import open_in, opened
from bayesdiag.ui.parts.other_case import case_a, scenario_case
from bayesdiag.ui.parts.plain import plain, question_text
from bayesdiag.ui.scenario import LETTERS
from bayesdiag.ui.sheet import softened
from bayesdiag.ui.source import source


def page() -> None:
    """Show the page."""
    words, model = session.words(), source().model
    header()
    st.caption(words("whatif_help"))
    left_out()
    _tried(model)
    letters = _letters()
    columns = st.columns(1 + len(letters), gap="medium")
    with columns[0]:
        case_a(model)
        if len(letters) < len(LETTERS):
            st.button(words("scenario_open"), key="open_c", icon=":material/add:", on_click=_open_c)
    for column, letter in zip(columns[1:], letters, strict=True):
        with column:
            scenario_case(model, letter)
    with st.container(key="moves"):
        _compared(letters)


def _tried(model: Model) -> None:
    """Say what counts as done in vain, and where it does not count."""
    words, names = session.words(), session.sheet().tried
    if names:
        repairs = words.join([words.of(model.repair_of[name].label, name) for name in names])
        st.caption(plain(words("whatif_tried", repairs=repairs)))


def _letters() -> list[str]:
    """Return the scenarios to show: B, and C once it is opened or says something."""
    is_c = bool(opened("c", "itself")) or not session.sheet().scenario("c").is_empty
    return ["b", "c"] if is_c else ["b"]


def _open_c() -> None:
    open_in("c", "itself", "c")


def _compared(letters: list[str]) -> None:
    words = session.words()
    try:
        sides = _sides(letters)
    except BayesdiagError as error:
        st.error(plain(words("failed", reason=str(error))))
        return
    possible = {name: side for name, side in sides.items() if not side.diagnosis.is_impossible}
    for name in sides.keys() - possible.keys():
        st.error(words("impossible_side", side=name))
    if "A" not in possible or not all(side.diagnosis.causes for side in possible.values()):
        return
    if len(possible) > 1:
        ghosts({name: side.diagnosis for name, side in possible.items()})
    for letter in letters:
        if letter.upper() in possible:
            effect(possible[letter.upper()].source, possible[letter.upper()].diagnosis, letter)
    columns = st.columns(len(possible), gap="medium")
    for column, (name, side) in zip(columns, possible.items(), strict=True):
        with column:
            _next(side.diagnosis, name)
    looks(possible)


def _sides(letters: list[str]) -> dict[str, Side]:
    """Return every case with its own model and diagnosis."""
    sheet = session.sheet()
    sides = {"A": Side(source(), source().diagnose_sheet(replace(sheet, before=())))}
    for letter in letters:
        changed = source().with_numbers(sheet.scenario(letter).numbers)
        said = softened(changed.model, sheet.said_in(letter))
        sides[letter.upper()] = Side(changed, changed.diagnose(said, **sheet.asking))
    return sides


def _next(diagnosis: Diagnosis, side: str) -> None:
    words, model = session.words(), diagnosis.model
    best = [question for question in diagnosis.questions if question.value > 0]
    if not best:
        next_question(side, "", "")
        return
    price = words.price(best[0].minutes, best[0].money, model.currency)
    worth = words("worth", bits=f"{best[0].value:.2f}", price=price)
    next_question(side, question_text(model, words, best[0].id), worth)
