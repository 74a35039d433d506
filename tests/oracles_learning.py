"""A slow twin of learning: EM by adding up whole worlds, written without looking at the product's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import product
from math import prod

from bayesdiag.case import Case
from bayesdiag.model import FullTable, Model, Prior

World = dict[str, str]
Row = tuple[str, tuple[str, ...]]
"""A variable, and the states of its parents."""
Tables = dict[Row, dict[str, float]]


def all_worlds(model: Model) -> list[World]:
    """Every combination of states."""
    names = [variable.id for variable in model.variables]
    return [
        dict(zip(names, chosen, strict=True))
        for chosen in product(*(variable.state_ids for variable in model.variables))
    ]


def tables_of(model: Model) -> Tables:
    """The numbers of a model of plain tables, row by row."""
    found: Tables = {}
    for variable in model.variables:
        cpt = variable.cpt
        assert isinstance(cpt, Prior | FullTable)
        numbers = iter(cpt.p)
        for above in product(*(model.variable_of[name].state_ids for name in variable.parents)):
            found[variable.id, above] = {state: next(numbers) for state in variable.state_ids}
    return found


def used_rows(model: Model, world: World) -> list[tuple[Row, str]]:
    """The rows that a world uses, and the state it takes in each."""
    return [((v.id, tuple(world[name] for name in v.parents)), world[v.id]) for v in model.variables]


def probability(model: Model, world: World) -> float:
    tables = tables_of(model)
    return prod(tables[row][state] for row, state in used_rows(model, world))


def slow_em(model: Model, cases: Sequence[Case], steps: int) -> Tables:
    """The numbers after steps of EM from the model's own; cases of certain findings only."""
    tables = tables_of(model)
    worlds = [(world, used_rows(model, world)) for world in all_worlds(model)]
    patterns = Counter(tuple(sorted(case.evidence.hard().items())) for case in cases)
    fitting = {
        pattern: [rows for world, rows in worlds if all(world[name] == state for name, state in pattern)]
        for pattern in patterns
    }
    for _ in range(steps):
        counts: Tables = {row: dict.fromkeys(states, 0.0) for row, states in tables.items()}
        for pattern, weight in patterns.items():
            p = [prod(tables[row][state] for row, state in rows) for rows in fitting[pattern]]
            for rows, share in zip(fitting[pattern], p, strict=True):
                for row, state in rows:
                    counts[row][state] += weight * share / sum(p)
        for row, numbers in counts.items():
            total = sum(numbers.values())
            if total > 0:
                tables[row] = {state: n / total for state, n in numbers.items()}
    return tables
