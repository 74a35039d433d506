"""The picture of a model as a table: every variable with its arrows, its beliefs and what it depends on."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from bayesdiag.model import Model
from bayesdiag.ui import session
from bayesdiag.ui.parts.model_seen import Seen
from bayesdiag.ui.parts.plain import scrolled_table, state_label
from bayesdiag.ui.source import Source, source


def as_table(model: Model, at: str, seen: Seen) -> None:
    """Show all variables in the order of the picture, behind a click."""
    words = session.words()
    head = [words(f"model_{key}") for key in ("variable", "kind", "depends", "now", "before")]
    if seen.ways is not None:
        head.append(words("model_connected"))
    looked = source()  # once: each call looks at the file again
    with st.expander(words("as_table"), key="model_table"):
        rows = [
            [*_line(looked, name, seen), *(() if seen.ways is None else [_connection(model, name, at, seen)])]
            for name in looked.columns.places
        ]
        scrolled_table(head, rows, key="model_rows", numeric=())


def _line(looked: Source, name: str, seen: Seen) -> list[str]:
    words, model = session.words(), looked.model
    variable = model.variable_of[name]
    return [
        words.title(variable.label, name),
        words(f"kind_one_{variable.kind}"),
        words.join([_parent(looked, parent, name) for parent in variable.parents]),
        _likeliest(model, name, seen.beliefs(name)),
        _likeliest(model, name, seen.earlier(name)),
    ]


def _parent(looked: Source, parent: str, child: str) -> str:
    words, found = session.words(), looked.strengths.get((parent, child))
    label = words.of(looked.model.variable_of[parent].label, parent)
    return label if found is None else f"{label} ({words.percent(found.p)})"


def _likeliest(model: Model, name: str, beliefs: Sequence[float]) -> str:
    if not beliefs:
        return ""
    words = session.words()
    number = max(range(len(beliefs)), key=beliefs.__getitem__)
    label = state_label(model, words, name, model.variable_of[name].state_ids[number])
    return f"{label} {words.percent(beliefs[number])}"


def _connection(model: Model, name: str, at: str, seen: Seen) -> str:
    words, ways = session.words(), seen.ways or {}
    if name == at:
        return words("model_is_it")
    if name in seen.known.states:
        return words("model_is_known")
    if name not in ways:
        return words("model_separated")
    between = [words.of(model.variable_of[one].label, one) for one in ways[name][1:-1]]
    return words("model_by_way", path=" – ".join(between)) if between else words("model_directly")
