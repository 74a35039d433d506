"""The page Tune: cases of a file or of the store in, a better model out, with what changed and why."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from bayesdiag.case import Case
from bayesdiag.casefile import (
    ABOUT,
    Naming,
    Reject,
    columns_of_file,
    guessed,
    known_shares,
    read_cases,
    unread,
    write_rejects,
)
from bayesdiag.errors import BayesdiagError
from bayesdiag.mask import mask_text
from bayesdiag.model import Variable
from bayesdiag.report import Table
from bayesdiag.store import read_all_cases
from bayesdiag.ui import session
from bayesdiag.ui.parts import door
from bayesdiag.ui.parts.chart import chart
from bayesdiag.ui.parts.header import header
from bayesdiag.ui.parts.plain import plain
from bayesdiag.ui.parts.scored import scored
from bayesdiag.ui.parts.tuned import learned
from bayesdiag.ui.parts.watched import watched
from bayesdiag.ui.source import source

KINDS = ("csv", "tsv", "txt", "gz", "parquet", "jsonl")
EXAMPLES = 3
"""Values of a column that are shown."""
MOST_ODD = 24
"""Unknown values that are asked about; the others make their rows rejected ones, with the reason."""


@dataclass(frozen=True)
class Read:
    """Cases to learn from.

    Attributes:
        cases: The cases.
        rejects: Rows that are none.
        form: Ending of the file's name; empty for the store.
        path: Where the file was while it was read, which nobody is told.
        key: Names what they were read from, and how.
    """

    cases: Sequence[Case]
    rejects: Sequence[Reject]
    form: str
    key: str
    path: str = ""


def page() -> None:
    """Show the page."""
    words = session.words()
    header(is_acting=False)
    st.caption(words("tune_help"))
    with st.container(key="tune"):
        places = ("file", "store") if source().model.is_diagnostic else ("file",)
        chosen = st.segmented_control(
            words("tune_from"),
            places,
            format_func=lambda place: words(f"tune_from_{place}"),
            default=places[0],
            required=True,
            key="tune_from",
        )
        try:
            found = _of_file() if chosen == "file" else _of_store()
        except BayesdiagError as error:
            st.error(plain(words("tune_wrong", reason=str(error))))
            return
        if found is None:
            return
        _told(found)
        if not found.cases:
            st.info(words("tune_none"))
            return
        titles = ("tune_title", "score_title", "watch_title")
        tuning, scoring, watching = st.tabs([words(title) for title in titles])
        with tuning:
            learned(found.cases, found.key)
        with scoring:
            scored(found.cases, found.key)
        with watching:
            watched(found.cases, found.key)


def _of_store() -> Read | None:
    model = source().model
    found = door.read(lambda store: read_all_cases(store, model))
    if found is None:
        return None
    if found.foreign:
        names = plain(", ".join(mask_text(name) for name in found.unknown[:EXAMPLES]))
        st.warning(session.words()("tune_foreign", count=found.foreign, n=len(found.cases), names=names))
    cases = () if found.is_foreign else found.cases
    return Read(cases, (), "", f"store:{len(cases)}")


def _of_file() -> Read | None:
    words, model = session.words(), source().model
    upload = st.file_uploader(words("tune_upload"), KINDS, key="tune_file")
    if upload is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        # What the visitor called it may hold anything: only its ending is used.
        ending = "".join(Path(upload.name).suffixes[-2:]).lower()
        path = Path(folder) / f"cases{ending}"
        path.write_bytes(upload.getvalue())
        naming = Naming()
        try:
            columns = columns_of_file(path)
            if columns is not None:
                naming = _asked(columns, guessed(columns, model))
                if not any(naming.columns.values()):
                    st.info(words("tune_no_column"))
                    return None
            cases, rejects = read_cases(path, model, naming=naming)
        except BayesdiagError as error:
            told = mask_text(str(error).replace(str(path), upload.name))
            st.error(plain(words("tune_wrong", reason=told)))
            return None
    return Read(cases, rejects, ending, f"{upload.file_id}:{naming}", f"{path}:")


def _asked(columns: Mapping[str, Sequence[object]], naming: Naming) -> Naming:
    """Return what the visitor says the columns and the odd values mean."""
    words, model = session.words(), source().model
    names = {
        "": words("tune_left_out"),
        **{role: words(f"tune_{role}") for role in ABOUT},
        **{one.id: f"{words.title(one.label, one.id)} ({one.id})" for one in model.variables},
    }
    ids = {shown: name for name, shown in names.items()}
    with st.expander(words("tune_columns"), expanded=any(not name for name in naming.columns.values())):
        st.caption(words("tune_columns_help"))
        told = st.data_editor(
            {
                words("tune_column"): [mask_text(column) for column in columns],
                words("tune_means"): [names[naming.columns[column]] for column in columns],
                words("tune_examples"): [", ".join(_examples(values)) for values in columns.values()],
            },
            column_config={
                words("tune_means"): st.column_config.SelectboxColumn(options=list(ids), required=True)
            },
            disabled=[words("tune_column"), words("tune_examples")],
            hide_index=True,
            key=f"tune_columns_{words.language}",
        )
        meant = {column: ids[shown] for column, shown in zip(columns, told[words("tune_means")], strict=True)}
        values = {name: dict(states) for name, states in guessed(columns, model, meant).values.items()}
        odd = [
            (column, name, value)
            for column, name in meant.items()
            if name in model.variable_of
            for value in unread(columns[column], model.variable_of[name])
        ]
        if odd:
            st.markdown(f"**{words('tune_values')}**")
        for place, (column, name, value) in enumerate(odd[:MOST_ODD]):
            guess = values.get(name, {}).get(value, "")
            values.setdefault(name, {})[value] = _state(place, column, model.variable_of[name], value, guess)
    unused = [mask_text(column) for column, name in meant.items() if not name]
    if unused:
        st.info(plain(words("tune_column_out", names=words.join(unused))))
    return Naming(meant, values, ignore_unknown=True)


def _state(place: int, column: str, variable: Variable, value: str, guess: str) -> str:
    """Return which state the visitor says a value of a column means; empty for none."""
    words, shown = session.words(), mask_text(value)
    # The key stands in the page: where the value is a secret it is named by its place.
    name = value if shown == value else f"secret {place}"
    labels = {"": words("tune_left_out")}
    labels |= {state.id: words.title(state.label, state.id) for state in variable.states}
    found: str = st.selectbox(
        plain(words("tune_value", column=mask_text(column), value=shown)),
        list(labels),
        index=list(labels).index(guess),
        format_func=labels.__getitem__,
        key=f"tune_value_{variable.id}_{name}",
    )
    return found


def _examples(values: Sequence[object]) -> list[str]:
    told = (mask_text(str(value).strip()) for value in values if value is not None)
    return list(dict.fromkeys(value for value in told if value))[:EXAMPLES]


def _told(found: Read) -> None:
    """Show what was read, what was not, and how much is known."""
    words, model = session.words(), source().model
    labelled = sum(bool(case.confirmed) for case in found.cases)
    count = {"n": len(found.cases), "labelled": labelled, "rejected": len(found.rejects)}
    st.markdown(plain(words("tune_read", **count)))
    if found.rejects:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"rejects{found.form}"
            write_rejects(path, found.rejects)
            content = path.read_bytes()
        st.download_button(
            words("tune_rejects"), content, f"rejects{found.form}", key="tune_rejects", on_click="ignore"
        )
        st.caption(plain(mask_text(found.rejects[0].reason.replace(found.path, ""))))
    if not found.cases:
        return
    shares = sorted(known_shares(model, found.cases).items(), key=lambda known: -known[1])
    labels = tuple(words.title(model.variable_of[name].label, name) for name, _ in shares)
    numbers = tuple(round(share * len(found.cases)) for _, share in shares)
    alt = words("tune_known_alt", first=labels[0], share=words.percent(shares[0][1]))
    head = (words("tune_variable"), words("tune_cases"))
    with st.expander(words("tune_known")):
        chart(Table("known", words("tune_known"), alt, head, labels, (numbers,), is_ordered=False))
