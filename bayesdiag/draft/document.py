"""What was drawn → a model, each row with the cases behind it, and how the table's words become its names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import exp, sqrt

import numpy as np

from bayesdiag.casefile import Naming
from bayesdiag.draft.coding import Coded, state_words
from bayesdiag.draft.columns import ELSE, Column, Dropped, Numbers, Words
from bayesdiag.draft.names import ids_of
from bayesdiag.engine.layout import Floats
from bayesdiag.model import Model, Prior, Row, State, Table, Text, Variable, Weight

OTHER, BLANK = "other", "blank"
_Z = 1.6448536269514722
"""95 % point of the normal distribution."""
_DIGITS = 6


@dataclass(frozen=True)
class Family:
    """P(finding | parents) as numbers.

    Attributes:
        parents: Numbers of the parents, the cause being the number of findings.
        p: Shape (parents' states…, own states).
        cases: Rows counted behind each row of p, shape (parents' states…).
        drawn_by: Cases that each row is worth beyond those.
    """

    parents: tuple[int, ...]
    p: Floats
    cases: Floats
    drawn_by: float


@dataclass(frozen=True)
class Told:
    """What goes into the file.

    Attributes:
        name: Name of the model.
        note: How it was drafted.
        how: Ends each source: where numbers come from beside the counts.
    """

    name: str
    note: str
    how: str


def model_of(
    cause: Words, columns: Sequence[Column], found: Coded, families: Sequence[Family], told: Told
) -> tuple[Model, Naming]:
    """Return the model, and the naming under which the table's own words are cases of it.

    Args:
        cause: The cause.
        columns: The findings.
        found: How these were cut.
        families: Of each finding, then of the cause.
        told: Name and sources.
    """
    ids = ids_of([column.name for column in (*columns, cause)], noun="column")
    words = [_words(column, found, place) for place, column in enumerate(columns)] + [cause.values]
    states = [_state_ids(one) for one in words]
    names = [ids[column.name] for column in (*columns, cause)]
    variables = [
        Variable(
            id=names[place],
            kind="plain",
            states=tuple(_state(word, state) for word, state in states[place].items()),
            cpt=_cpt(family, names, [list(one.values()) for one in states], told),
            label=_label(column.name, names[place]),
            weight=_weight(float(family.cases.sum()), family, told, family.p),
        )
        for place, (column, family) in enumerate(zip((*columns, cause), families, strict=True))
    ]
    # The cause first: a reader looks for it there.
    model = Model(told.name, (variables[-1], *variables[:-1]), note=told.note)
    return model, _naming((*columns, cause), found, names, states)


def left_out(naming: Naming, dropped: Sequence[Dropped]) -> Naming:
    """Return a naming that also passes over columns that were dropped."""
    more = {one.name: "" for one in dropped if one.name}
    return Naming({**naming.columns, **more}, naming.values, naming.ignore_unknown, naming.cuts)


def _words(column: Column, found: Coded, place: int) -> tuple[str, ...]:
    words = state_words(column, found.cuts[place])
    return (*words, _BLANK_KEY) if found.has_blank[place] else words


_BLANK_KEY = "\0blank"
"""Stands for the state of a blank cell; no word of a table is this."""


def _state_ids(words: Sequence[str]) -> dict[str, str]:
    """Return a name for each word of a column."""
    plain = ids_of([word for word in words if word not in {ELSE, _BLANK_KEY}])
    taken = set(plain.values())
    special = {ELSE: OTHER, _BLANK_KEY: BLANK}
    found = {}
    for word in words:
        found[word] = plain[word] if word in plain else ids_of([special[word]], taken)[special[word]]
        taken.add(found[word])
    return found


def _state(word: str, name: str) -> State:
    return State(name) if word in {ELSE, _BLANK_KEY} else State(name, _label(word, name))


def _label(word: str, name: str) -> Text:
    return Text() if word == name else Text(word, word)


def _cpt(family: Family, names: Sequence[str], states: Sequence[Sequence[str]], told: Told) -> Prior | Table:
    if not family.parents:
        return Prior(_rounded(family.p))
    parents = tuple(names[parent] for parent in family.parents)
    rows = []
    for places in product(*(range(size) for size in family.p.shape[:-1])):
        when = {
            name: (states[parent][state],)
            for name, parent, state in zip(parents, family.parents, places, strict=True)
        }
        p = family.p[places]
        rows.append(Row(when, _rounded(p), _weight(float(family.cases[places]), family, told, p)))
    return Table(parents, tuple(rows))


def _rounded(p: Floats) -> tuple[float, ...]:
    """Return a row as short numbers, none 0 that was not, that sum to one."""
    short = [float(f"{one:.{_DIGITS}g}") for one in p]
    most = int(np.argmax(p))
    short[most] = round(1 - sum(short[:most] + short[most + 1 :]), 12)
    return tuple(short)


def _weight(cases: float, family: Family, told: Told, p: Floats) -> Weight:
    """Return what stands behind a row; its range is that of its rarest state, which is the widest."""
    ess = cases + family.drawn_by
    q = max(float(p.min()), 1 / (ess + 2))
    within = exp(_Z / sqrt((ess + 1) * q * (1 - q)))
    noun = "case" if cases == 1 else "cases"
    return Weight(source=f"{cases:g} {noun}{told.how}", ess=round(ess, 6), within=float(f"{within:.3g}"))


def _naming(
    columns: Sequence[Column], found: Coded, names: Sequence[str], states: Sequence[Mapping[str, str]]
) -> Naming:
    renamed = {column.name: name for column, name in zip(columns, names, strict=True) if column.name != name}
    values: dict[str, dict[str, str]] = {}
    cuts: dict[str, tuple[float, ...]] = {}
    for place, column in enumerate(columns):
        told = {word: state for word, state in states[place].items() if word not in {ELSE, _BLANK_KEY}}
        if isinstance(column, Numbers):
            cuts[names[place]] = found.cuts[place] or ()
            told = {}
        else:
            told = {word: state for word, state in told.items() if word != state}
        if _BLANK_KEY in states[place]:
            told |= dict.fromkeys(["", "?"], states[place][_BLANK_KEY])
        if ELSE in states[place]:
            told["*"] = states[place][ELSE]
        if told:
            values[names[place]] = told
    return Naming(renamed, values, cuts=cuts)
