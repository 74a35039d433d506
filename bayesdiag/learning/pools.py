"""Rows of a table that differ in a context alone: they are a *pool*, and shrink to one overall row."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

from bayesdiag.engine.layout import Floats, Ints
from bayesdiag.errors import Fault, InvalidModel, known_names
from bayesdiag.learning.groups import Groups
from bayesdiag.model import Condition, Model, gates
from bayesdiag.model.numbers import Number, numbers_of

OUTCOME = "nothing was learned"
HOW = (
    "A context that the model does not have yet is added to its file first, with a row for each of its "
    "states in every table that may depend on it: bayesdiag extend MODEL CONTEXT CASES -o NEW."
)
"""What to do about a context that is not there."""

Key = tuple[str, tuple[tuple[str, tuple[str, ...]], ...], tuple[str, ...]]
"""What rows of one pool have in common: variable, condition, states that may change."""


@dataclass(frozen=True)
class Pool:
    """Rows of one table that differ in nothing but the state of a context.

    Attributes:
        variable: Whose table.
        when: What holds in all of them.
        contexts: In what they differ.
        states: The states whose probabilities are learned, K of them.
        members: Their numbers, as places among all shares, shape (J, K).
        overall: The overall row as it is stated, shape (K,).
        stated: What that is worth, as pseudo-counts, shape (K,).
    """

    variable: str
    when: Condition
    contexts: tuple[str, ...]
    states: tuple[str, ...]
    members: Ints
    overall: Floats
    stated: Floats


def pools_of(model: Model, groups: Groups, contexts: Collection[str], ess: float | None) -> tuple[Pool, ...]:
    """Return the pools over contexts, in the model's order.

    The overall row is stated as the mean of what the rows state, each weighed by its ess, and is
    worth the mean of their ess. A row that may not change belongs to no pool.

    Args:
        model: The model.
        groups: Its distributions.
        contexts: The contexts.
        ess: What every number is worth; None for what each says itself.

    Raises:
        InvalidModel: A context is no variable, or no rows that are learned differ in it.
    """
    faults = [_unknown(name, model) for name in contexts if name not in model.variable_of]
    if faults:
        raise InvalidModel(faults, OUTCOME)
    numbers = groups.numbering.numbers
    alike: dict[Key, list[list[int]]] = {}
    for places in _rows(groups):
        alike.setdefault(_key([numbers[place] for place in places], contexts), []).append(places)
    found = [
        _pool(key, rows, groups, contexts, ess)
        for key, rows in alike.items()
        if len(rows) > 1 and any(contexts_of(numbers[places[0]], contexts) for places in rows)
    ]
    pooled = {name for pool in found for name in pool.contexts}
    faults = [_unused(name, model) for name in contexts if name not in pooled]
    if faults:
        raise InvalidModel(faults, OUTCOME)
    return tuple(found)


def contexts_of(number: Number, contexts: Collection[str]) -> tuple[str, ...]:
    """Return which of some contexts a number depends on."""
    return tuple(name for name in contexts if name in number.when)


def poolable(model: Model) -> tuple[str, ...]:
    """Return the contexts in which rows differ that may be learned, in the model's order."""
    states_of = {variable.id: variable.state_ids for variable in model.variables}
    numbers = (number for variable in model.variables for number in numbers_of(variable, states_of))
    learned = (one for one in numbers if one.role == "row" and not (one.is_structural or one.weight.fixed))
    used = {name for one in learned for name in one.when}
    return tuple(one.id for one in model.of_kind("context") if one.id in used)


def gated_by(model: Model, contexts: Collection[str]) -> tuple[str, ...]:
    """Return variables with links that act in some states of these contexts only: those are not pooled."""
    return tuple(variable.id for variable in model.variables if set(gates(variable.cpt)) & set(contexts))


def _rows(groups: Groups) -> Iterator[list[int]]:
    """Yield the numbers of each row of a table that may change: their places among all shares."""
    rows: dict[int, list[int]] = {}
    for place, number in enumerate(groups.numbering.numbers):
        if number.role == "row" and groups.may_shift[place]:
            rows.setdefault(int(groups.of_share[place]), []).append(place)
    yield from (places for places in rows.values() if len(places) > 1)


def _key(row: list[Number], contexts: Collection[str]) -> Key:
    when = row[0].when
    left = tuple(sorted((name, tuple(states)) for name, states in when.items() if name not in contexts))
    return row[0].variable, left, tuple(number.state for number in row)


def _pool(
    key: Key, rows: list[list[int]], groups: Groups, contexts: Collection[str], ess: float | None
) -> Pool:
    variable, when, states = key
    numbers = groups.numbering.numbers
    members = np.array(rows, dtype=np.int64)
    worth = np.array([numbers[row[0]].weight.ess if ess is None else ess for row in rows], dtype=np.float64)
    p = groups.start[members]
    overall = (worth if worth.any() else np.ones(len(rows))) @ p
    overall /= overall.sum()
    differ = tuple(name for name in contexts if any(name in numbers[row[0]].when for row in rows))
    return Pool(variable, dict(when), differ, states, members, overall, overall * worth.mean())


def _unknown(name: str, model: Model) -> Fault:
    told = known_names(name, list(model.variable_of), "variables")
    return Fault(("pool", name), "the model has no variable of this name", f"{told} {HOW}")


def _unused(name: str, model: Model) -> Fault:
    gated = gated_by(model, [name])
    if gated:
        found = f"it only opens links (of {', '.join(gated)}), and links are not pooled"
        return Fault(("pool", name), found, "Pooled are rows of tables that differ in the context's state.")
    found = "no rows that are learned differ in its state"
    return Fault(("pool", name), found, "Pooled are rows of tables that have it among their parents.")
