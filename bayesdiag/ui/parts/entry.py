"""Entering a case: the box for free text, what is known, and every question by its group."""

from __future__ import annotations

import streamlit as st

from bayesdiag.model import Model, Variable
from bayesdiag.ui import session
from bayesdiag.ui.parts.attempts import attempts
from bayesdiag.ui.parts.plain import finding_label, group_title, plain, question_text, state_label
from bayesdiag.ui.parts.reading import reading
from bayesdiag.ui.parts.sources import sources
from bayesdiag.ui.sheet import SAID_SO, Sheet
from bayesdiag.ui.texts import Words

GROUPS = ("screen", "cards", "card", "terminal", "network", "bank", "context")
"""Groups of questions in the order a person meets them."""


def entry(model: Model) -> None:
    """Show the box for free text, and what is known."""
    reading(model)
    _known(model)


def details(model: Model) -> None:
    """Show every question of the model, by group."""
    st.subheader(session.words()("details"), anchor=False)
    for group in _groups(model):
        _group(model, group)


def approved_warning(model: Model) -> None:
    """Say clearly that the payment went through, where a code says so."""
    words, sheet = session.words(), session.sheet()
    if sheet.approved:
        approved_told(model, words, sheet)
        st.button(words("approved_dismiss"), key="approved_dismiss", on_click=_dismiss_approved)


def approved_told(model: Model, words: Words, sheet: Sheet) -> None:
    """Show what the codes and words seen mean that say so."""
    code_of = {f"{code.dialect}:{code.code}": code for code in model.codes}
    seen = [code_of[name] for name in sheet.approved if name in code_of]
    told = [words("approved", codes=words.join([code.code for code in seen]))] if seen else []
    told += [words("approved_words")] if SAID_SO in sheet.approved else []
    told += [f"{words.of(code.meaning)} — {words.of(code.note)}" for code in seen if code.note]
    st.error(
        "\n\n".join(plain(line) for line in told), title=words("approved_title"), icon=":material/block:"
    )


def _known(model: Model) -> None:
    """Show the findings, each with a way to remove it."""
    words, said = session.words(), session.sheet().of_a()
    st.subheader(words("known"), anchor=False)
    if not said:
        st.caption(words("known_none"))
    with st.container(horizontal=True, gap="xsmall", key="known"):
        for name, change in said.items():
            label = finding_label(model, words, name, change.state, change.sure)
            is_paused = name in session.sheet().paused
            st.button(
                plain(words("paused", finding=label) if is_paused else label),
                key=f"remove_{name}",
                icon=":material/close:",
                icon_position="right",
                help=words("remove"),
                wrap=True,
                on_click=_set,
                args=(name, ""),
            )
    if said:
        sources(model)
    if said or session.sheet().before:
        attempts(model)


def _groups(model: Model) -> list[str]:
    named = {variable.question.group for variable in model.variables if variable.question}
    return [group for group in GROUPS if group in named] + sorted(named.difference(GROUPS))


def _group(model: Model, group: str) -> None:
    words, findings = session.words(), session.sheet().findings
    members = [v for v in model.variables if v.question is not None and v.question.group == group]
    count = sum(variable.id in findings for variable in members)
    title = group_title(words, group)
    label = words("group_count", title=title, count=count) if count else title
    with st.expander(plain(label), key=f"group_{group}"):
        for variable in members:
            _selectbox(model, variable)


def _selectbox(model: Model, variable: Variable) -> None:
    words, name = session.words(), variable.id
    key = f"finding_{name}"
    st.session_state[key] = session.sheet().findings.get(name, "")
    st.selectbox(
        plain(question_text(model, words, name)),
        ["", *variable.state_ids],
        format_func=lambda state: state_label(model, words, name, state) if state else words("not_known"),
        placeholder=words("not_known"),
        key=key,
        help=plain(words.of(variable.question.help)) or None if variable.question else None,
        on_change=_chosen,
        args=(name,),
    )


def _chosen(name: str) -> None:
    _set(name, st.session_state[f"finding_{name}"])


def _set(name: str, state: str) -> None:
    session.change(session.sheet().with_findings({name: state}))


def _dismiss_approved() -> None:
    session.change(session.sheet().without_approved())
