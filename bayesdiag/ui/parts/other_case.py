"""Cases A and B of the What-if page: what each says, and how B is made to say something else."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from bayesdiag.model import Model
from bayesdiag.ui import session
from bayesdiag.ui.parts.plain import finding_label, plain, question_text, state_label
from bayesdiag.ui.parts.sources import sureness
from bayesdiag.ui.sheet import Change


def case_a(model: Model) -> None:
    """Show the case as it is."""
    words, said = session.words(), session.sheet().of_a()
    with st.container(border=True, key="case_a"):
        st.subheader(words("case_a"), anchor=False)
        if not said:
            st.caption(words("known_none"))
        lines = [
            f"- {plain(finding_label(model, words, name, change.state, change.sure))}"
            for name, change in said.items()
        ]
        st.markdown("\n".join(lines))


def case_b(model: Model) -> None:
    """Show the case as it might be, to be changed."""
    words, sheet = session.words(), session.sheet()
    with st.container(border=True, key="case_b"):
        st.subheader(words("case_b"), anchor=False)
        names = list(dict.fromkeys((*sheet.findings, *sheet.changes, *st.session_state.get("b_opened", []))))
        for name in names:
            _changed(model, name)
        _addition(model, names)
        st.button(
            words("reset"),
            key="b_reset",
            icon=":material/restart_alt:",
            on_click=_reset,
            disabled=not sheet.changes,
        )


def _changed(model: Model, name: str) -> None:
    """Show what B says of one variable, and how sure it is."""
    words = session.words()
    said = _said(name)
    key, sure_key = f"b_{name}", f"sure_{name}"
    st.session_state[key] = said.state
    st.selectbox(
        plain(question_text(model, words, name)),
        ["", *model.variable_of[name].state_ids],
        format_func=lambda state: state_label(model, words, name, state) if state else words("not_known"),
        placeholder=words("not_known"),
        key=key,
        on_change=_state_chosen,
        args=(name,),
    )
    if not said.state:
        return
    sureness(
        words("sureness", question=plain(words.of(model.variable_of[name].label, name))),
        said.sure,
        key=sure_key,
        note=words("sureness_help"),
        on_change=partial(_sureness_chosen, name),
    )


def _addition(model: Model, names: list[str]) -> None:
    words = session.words()
    others = [v.id for v in model.variables if v.question is not None and v.id not in names]
    st.session_state["b_add"] = None
    st.selectbox(
        words("add"),
        others,
        index=None,
        format_func=lambda name: question_text(model, words, name),
        placeholder=words("choose"),
        key="b_add",
        on_change=_added,
    )


def _said(name: str) -> Change:
    """Return what B says of a variable."""
    sheet = session.sheet()
    return sheet.changes.get(name, sheet.of_a().get(name, Change("")))


def _state_chosen(name: str) -> None:
    session.change(session.sheet().with_change(name, Change(st.session_state[f"b_{name}"])))


def _sureness_chosen(name: str) -> None:
    change = replace(_said(name), sure=st.session_state[f"sure_{name}"] / 100)
    session.change(session.sheet().with_change(name, change))


def _added() -> None:
    """Open one more question to B; it says nothing until it is answered."""
    name = st.session_state["b_add"]
    if name:
        st.session_state["b_opened"] = [*st.session_state.get("b_opened", []), name]


def _reset() -> None:
    st.session_state["b_opened"] = []
    session.change(replace(session.sheet(), changes={}))
