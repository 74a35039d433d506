"""The numbers of a variable, line by line, each with what stands behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, islice
from math import prod

from bayesdiag.model import Condition, FullTable, Model, Weight
from bayesdiag.model.numbers import Number, Role, numbers_of


@dataclass(frozen=True, slots=True)
class Line:
    """Numbers that were stated together: a row of a table, a link, or a leak.

    Attributes:
        role: What they are, see `bayesdiag.model.numbers.Role`.
        when: What must hold; empty: always.
        p: State of the variable → its probability.
        weight: What stands behind them.
    """

    role: Role
    when: Condition
    p: Mapping[str, float]
    weight: Weight


def lines_of(model: Model, name: str, most: int | None = None) -> tuple[tuple[Line, ...], int]:
    """Return the lines of a variable's numbers as they are written, and how many there are.

    Args:
        model: The model.
        name: The variable; KeyError if there is none of this name.
        most: Lines wanted at most; a table of a network file may have a million. None: all.
    """
    variable = model.variable_of[name]
    if isinstance(variable.cpt, FullTable):
        count = prod(len(model.variable_of[parent].states) for parent in variable.cpt.parents)
        return tuple(islice(_lines(model, name), most)), count
    lines = tuple(_lines(model, name))
    return lines[:most], len(lines)


def _lines(model: Model, name: str) -> Iterator[Line]:
    states_of = {name: variable.state_ids for name, variable in model.variable_of.items()}
    numbers = numbers_of(model.variable_of[name], states_of)
    for _, group in groupby(numbers, key=_line_of):
        own = list(group)
        yield Line(own[0].role, own[0].when, {one.state: one.p for one in own}, own[0].weight)


def _line_of(number: Number) -> tuple[object, ...]:
    """Return what numbers of one line have in common."""
    when = tuple((name, states) for name, states in number.when.items())
    return number.role, number.parent, when, number.weight
