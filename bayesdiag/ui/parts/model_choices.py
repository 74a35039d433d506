"""What can be chosen on the page Model: a variable, how much is shown, and what is known of it."""

from __future__ import annotations

import streamlit as st

from bayesdiag.model import Model
from bayesdiag.ui import session
from bayesdiag.ui.parts.plain import plain, question_text, state_label
from bayesdiag.ui.source import source
from bayesdiag.ui.texts import Words

ZOOMS = ("1", "1.5", "2", "3")
SHOWS = ("whole", "around")
TELEPHONE = "Mobi"
"""Stands in what the browser of a telephone calls itself."""


def chosen() -> tuple[str, str]:
    """Return the variable to look at, empty for none, and how much to show: "whole" or "around".

    What the address names and the model lacks is told, and left out.
    """
    words, model = session.words(), source().model
    at = session.view("at", "model")
    if at and at not in model.variable_of:
        st.info(plain(words("model_unknown", name=at)), icon=":material/info:")
        at = ""
    show = session.view("show", "model")
    if show not in SHOWS:
        show = "around" if TELEPHONE in (st.context.headers.get("User-Agent") or "") else "whole"
    if show == "around" and not at:
        at = model.premise.variable if model.premise is not None else model.variables[0].id
    return at, show


def zoom() -> str:
    """Return how much larger the picture is."""
    told = session.view("zoom", "model")
    return told if told in ZOOMS else ZOOMS[0]


def choices(model: Model, at: str, show: str) -> None:
    """Show what can be chosen."""
    words, state = session.words(), st.session_state
    state["model_at"], state["model_show"], state["model_zoom"] = at or None, show, zoom()
    state["model_reach"] = session.view("reach", "model") == "1"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="model_choices"):
        _search(model, "at")
        _one_of("show", SHOWS, {one: words(f"model_show_{one}") for one in SHOWS})
        if show == "whole":
            _one_of("zoom", ZOOMS, {one: f"{float(one):.0%}" for one in ZOOMS})
        st.toggle(
            words("model_reach"),
            key="model_reach",
            help=words("model_reach_help"),
            disabled=not at,
            on_change=_choose,
            args=("reach",),
        )
        if at and state["model_reach"]:
            to = session.view("to", "model")
            state["model_to"] = to if to in model.variable_of else None
            _search(model, "to")


def setting(model: Model, name: str) -> None:
    """Show what is known of a variable, to be set or taken back."""
    words, variable = session.words(), model.variable_of[name]
    if variable.question is None:
        told = words("model_unseen", name=words.of(variable.label, name))
        st.caption(plain(told))
        return
    known = session.sheet().findings.get(name, "")
    st.session_state["model_finding"] = known
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="model_setting"):
        st.selectbox(
            plain(words("model_finding", question=question_text(model, words, name))),
            ["", *variable.state_ids],
            format_func=lambda state: state_label(model, words, name, state) if state else words("not_known"),
            key="model_finding",
            help=plain(words.of(variable.question.help)) or None,
            on_change=_set,
            args=(name,),
            width=480,
        )
        if known:
            label = words("model_clear")
            st.button(label, key="model_clear", icon=":material/close:", on_click=_clear, args=(name,))


def _search(model: Model, what: str) -> None:
    words = session.words()
    st.selectbox(
        words(f"model_{what}"),
        [variable.id for variable in model.variables],
        format_func=lambda name: _searched(model, words, name),
        placeholder=words("choose"),
        index=None,
        key=f"model_{what}",
        on_change=_choose,
        args=(what,),
        width=380,
    )


def _one_of(what: str, options: tuple[str, ...], labels: dict[str, str]) -> None:
    st.segmented_control(
        session.words()(f"model_{what}"),
        options,
        format_func=labels.__getitem__,
        key=f"model_{what}",
        required=True,
        on_change=_choose,
        args=(what,),
    )


def _searched(model: Model, words: Words, name: str) -> str:
    """Return a variable as a search finds it: by its name in the language chosen, or by its id."""
    label = words.of(model.variable_of[name].label, name)
    return label if label == name else f"{label} · {name}"


def _choose(what: str) -> None:
    value = st.session_state[f"model_{what}"]
    if what == "reach":
        value = "1" if value else ""
    elif what == "zoom" and value == ZOOMS[0]:
        value = ""
    session.look("model", **{what: value or ""})


def _set(name: str) -> None:
    session.change(session.sheet().with_findings({name: st.session_state["model_finding"]}))


def _clear(name: str) -> None:
    session.change(session.sheet().with_findings({name: ""}))
