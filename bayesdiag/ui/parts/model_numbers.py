"""Every number of a variable in a table, with its source, its ess and its within."""

from __future__ import annotations

import re
from collections.abc import Sequence

import streamlit as st

from bayesdiag.model import FirstActive, FullTable, Model, NoisyMax, Prior, StateMap, Table, Variable, Weight
from bayesdiag.structure import Line, lines_of
from bayesdiag.ui import session
from bayesdiag.ui.parts.plain import plain, scrolled_table, state_label, text_table
from bayesdiag.ui.texts import Words

MOST_COLUMNS = 6
"""States that have a column each; of more, a line tells those that may come about."""
MOST = 200
"""Lines shown; a table of a network file may have a million."""


def numbers(model: Model, name: str) -> None:
    """Show the numbers of a variable."""
    words, variable = session.words(), model.variable_of[name]
    st.subheader(words("model_numbers"), anchor=False)
    st.caption(plain(form_words(model, variable, words)))
    lines, count = lines_of(model, name, MOST)
    is_links = isinstance(variable.cpt, NoisyMax | FirstActive)
    states = variable.state_ids[1:] if is_links else variable.state_ids
    states = tuple(state for state in states if any(state in line.p for line in lines))
    is_wide = len(states) > MOST_COLUMNS
    labels = [state_label(model, words, name, state) for state in states]
    head = [
        words("model_when"),
        *([words("model_gives")] if is_wide else labels),
        *(words(f"model_{key}") for key in ("ess", "within", "source")),
    ]
    empty = "" if is_links else exact(0)
    rows = []
    for line in lines:
        cells = [exact(line.p[state]) if state in line.p else empty for state in states]
        if is_wide:
            told = zip(labels, states, cells, strict=True)
            cells = [words.join([f"{label} {cell}" for label, state, cell in told if line.p.get(state)])]
        rows.append([when_words(model, line, words), *cells, *_weight(words, line.weight)])
    first = 2 if is_wide else 1
    scrolled_table(head, rows, key="model_numbers", numeric=range(first, len(head) - 1))
    st.caption(plain(words("model_within_help")))
    if count > len(lines):
        st.caption(plain(words("model_more_lines", count=count, shown=len(lines))))
    _sources(model, [line.weight.source for line in lines])


def form_words(model: Model, variable: Variable, words: Words) -> str:
    """Return what form a variable's numbers have."""
    cpt = variable.cpt
    if isinstance(cpt, NoisyMax):
        return words("form_max", first=state_label(model, words, variable.id, variable.state_ids[0]))
    if isinstance(cpt, FirstActive):
        order = words.join([words.of(model.variable_of[name].label, name) for name in cpt.order])
        return words("form_first", order=order)
    keys: dict[type, str] = {
        Prior: "form_prior",
        Table: "form_table",
        FullTable: "form_full",
        StateMap: "form_map",
    }
    return words(keys[type(cpt)])


def when_words(model: Model, line: Line, words: Words) -> str:
    """Return when numbers hold."""
    if not line.when:
        return words("model_leak" if line.role == "leak" else "model_always")
    told = [
        words(
            "model_is_one_of",
            variable=words.of(model.variable_of[name].label, name),
            states=words("model_or").join(state_label(model, words, name, state) for state in states),
        )
        for name, states in line.when.items()
    ]
    return ("；" if words.language == "zh" else "; ").join(told)


def exact(p: float) -> str:
    """Return a number of the model as it is written, in percent."""
    return f"{100 * p:.4g}%"


def _weight(words: Words, weight: Weight) -> list[str]:
    source = weight.source or words("model_no_source")
    grade = f" ({weight.grade})" if weight.grade and weight.grade not in source else ""
    ess = words("model_fixed") if weight.fixed else f"{weight.ess:.6g}"
    return [ess, "–" if weight.fixed else f"×{weight.within:.4g}", f"{source}{grade}"]


def _sources(model: Model, cited: Sequence[str]) -> None:
    """Show what the short names of sources stand for."""
    words = session.words()
    named = {name for text in cited for name in re.findall(r"\w+", text)}
    known = [source for source in model.sources if source.id in named]
    if not known:
        return
    with st.expander(words("model_sources"), key="model_sources"):
        text_table(
            (words("model_source"), "", ""),
            [(f"{one.id} · {one.what}", one.address, one.trust) for one in known],
            key="model_sources_rows",
        )
