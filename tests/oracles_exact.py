"""The sum over all worlds in fractions: nothing underflows, nothing is rounded. For plain tables only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import log

import numpy as np
from numpy.typing import NDArray

from bayesdiag.model import FullTable, Model, Prior

Likelihoods = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Exact:
    """What findings come to.

    Attributes:
        log_p: Natural logarithm of the probability of the findings; -inf where they are impossible.
        joint: Variable → probability of each row of its table and each state, given the findings,
            shape (states of each parent …, states).
    """

    log_p: float
    joint: dict[str, NDArray[np.float64]]

    def belief(self, name: str) -> NDArray[np.float64]:
        table = self.joint[name]
        return np.asarray(table.reshape(-1, table.shape[-1]).sum(axis=0))


def exactly(
    model: Model, findings: Likelihoods, tables: Mapping[str, NDArray[np.float64]] | None = None
) -> Exact:
    """Add up all worlds; `tables` replaces the model's own numbers, which are taken relative to their row."""
    names = [variable.id for variable in model.variables]
    place = {name: number for number, name in enumerate(names)}
    scopes = [(*(place[parent] for parent in _parents(model, name)), place[name]) for name in names]
    states = [variable.state_ids for variable in model.variables]
    rows = [_rows(model, name, tables) for name in names]
    seen = [
        [
            Fraction(float(findings[name].get(state, 0.0))) if name in findings else Fraction(1)
            for state in own
        ]
        for name, own in zip(names, states, strict=True)
    ]
    total = Fraction(0)
    joint: list[dict[tuple[int, ...], Fraction]] = [{} for _ in names]
    for world in product(*(range(len(own)) for own in states)):
        weight = Fraction(1)
        for number, scope in enumerate(scopes):
            weight *= rows[number][tuple(world[i] for i in scope)] * seen[number][world[number]]
            if not weight:
                break
        if not weight:
            continue
        total += weight
        for number, scope in enumerate(scopes):
            key = tuple(world[i] for i in scope)
            joint[number][key] = joint[number].get(key, Fraction(0)) + weight
    found = {}
    for number, name in enumerate(names):
        table = np.zeros([len(states[i]) for i in scopes[number]])
        for key, p in joint[number].items():
            table[key] = float(p / total)
        found[name] = table
    return Exact(log(total.numerator) - log(total.denominator) if total else -np.inf, found)


def _parents(model: Model, name: str) -> tuple[str, ...]:
    cpt = model.variable_of[name].cpt
    return cpt.parents if isinstance(cpt, FullTable) else ()


def _rows(
    model: Model, name: str, tables: Mapping[str, NDArray[np.float64]] | None
) -> dict[tuple[int, ...], Fraction]:
    cpt = model.variable_of[name].cpt
    assert isinstance(cpt, FullTable | Prior)
    sizes = [len(model.variable_of[one].states) for one in (*_parents(model, name), name)]
    if tables is not None:
        return {key: Fraction(float(tables[name][key])) for key in product(*(range(n) for n in sizes))}
    p = np.array(cpt.p).reshape(sizes)
    keys = list(product(*(range(n) for n in sizes)))
    sums = {key[:-1]: sum(Fraction(float(x)) for x in p[key[:-1]]) for key in keys}
    return {key: Fraction(float(p[key])) / sums[key[:-1]] for key in keys}
