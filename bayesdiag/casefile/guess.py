"""What the columns and values of a foreign table probably are: by their ids and labels, or nearly so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher

from bayesdiag.case import Case
from bayesdiag.casefile.cell import Told, parse_cell
from bayesdiag.casefile.names import ABOUT, Naming
from bayesdiag.model import Model, Text, Variable

NEAR = 0.84
"""Likeness of two names from which one is taken for the other; below it nothing is guessed."""


def guessed(
    columns: Mapping[str, Iterable[object]], model: Model, meant: Mapping[str, str] | None = None
) -> Naming:
    """Return what columns and what stands in them probably mean; what is like nothing is left out.

    Args:
        columns: Column → what stands in it.
        model: The model whose variables and states are meant.
        meant: What the columns mean, where that is known; then only their values are guessed.
    """
    meant = _meant(columns, model) if meant is None else dict(meant)
    values = {
        name: found
        for column, name in meant.items()
        if name in model.variable_of and (found := _values(columns[column], model.variable_of[name]))
    }
    return Naming(meant, values)


def _meant(columns: Iterable[str], model: Model) -> dict[str, str]:
    names = {
        **{variable.id: _spellings(variable.id, variable.label) for variable in model.variables},
        **{role: [_plain(role)] for role in ABOUT},
    }
    likeness = [
        (likeness, column, name)
        for column in columns
        for name, spellings in names.items()
        if (likeness := _likeness(column, spellings)) >= NEAR
    ]
    meant = dict.fromkeys(columns, "")
    for _, column, name in sorted(likeness, key=lambda found: -found[0]):
        if not meant[column] and name not in meant.values():
            meant[column] = name
    return meant


def known_shares(model: Model, cases: Sequence[Case]) -> dict[str, float]:
    """Return in what share of the cases, by weight, each variable is known at all; 0 is said too."""
    total = sum(case.weight for case in cases)
    known = dict.fromkeys(model.variable_of, 0.0)
    for case in cases:
        for name in {*case.evidence.findings, *case.confirmed, *case.excluded}:
            known[name] += case.weight
    return {name: weight / total if total else 0.0 for name, weight in known.items()}


def unread(told: Iterable[object], variable: Variable) -> list[str]:
    """Return what stands in a column and cannot be read as a cell of a variable, each once."""
    wrong = (one for one in told if not isinstance(parse_cell(one, variable, {}), Told))
    return list(dict.fromkeys(str(one).strip() for one in wrong))


def _values(told: Iterable[object], variable: Variable) -> dict[str, str]:
    """Return value → state for values that are not written as the states are."""
    states = {state.id: _spellings(state.id, state.label) for state in variable.states}
    found = {}
    for value in unread(told, variable):
        best = max(states, key=lambda state: _likeness(value, states[state]))
        if _likeness(value, states[best]) >= NEAR:
            found[value] = best
    return found


def _likeness(name: str, spellings: Sequence[str]) -> float:
    plain = _plain(name)
    if not plain:
        return 0.0
    return max(SequenceMatcher(None, plain, spelling).ratio() for spelling in spellings)


def _spellings(name: str, label: Text) -> list[str]:
    return [spelling for spelling in (_plain(name), _plain(label.zh), _plain(label.en)) if spelling] or [name]


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
