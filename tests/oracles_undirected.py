"""Slow twins for undirected networks: a bucket tree in numpy, and the sum over all worlds.

Nothing of the engine is used here, so that the reader can be tested before and beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import log, prod
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bayesdiag.model import Factors, FactorTable, FactorVariable, FullTable, Model, Prior

Floats = NDArray[np.float64]
Scoped = tuple[tuple[int, ...], Floats]


@dataclass
class Marginals:
    """log Z(e), and each variable's probabilities given e."""

    log_z: float
    beliefs: dict[str, Floats]


def all_worlds(factors: Factors, findings: Mapping[str, str]) -> Marginals:
    """Sum over all worlds, for a handful of variables."""
    names = [variable.id for variable in factors.variables]
    states = [variable.state_ids for variable in factors.variables]
    beliefs = {name: np.zeros(len(one)) for name, one in zip(names, states, strict=True)}
    tables = arrays(factors)
    total = 0.0
    for world in product(*(range(len(one)) for one in states)):
        if any(
            states[names.index(name)][world[names.index(name)]] != seen for name, seen in findings.items()
        ):
            continue
        weight = prod(float(table[tuple(world[i] for i in scope)]) for scope, table in tables)
        total += weight
        for name, state in zip(names, world, strict=True):
            beliefs[name][state] += weight
    return Marginals(log(total), {name: belief / total for name, belief in beliefs.items()})


def bucket_tree(factors: Factors, findings: Mapping[str, str]) -> Marginals:
    """Eliminate the variables one by one, then go back through the buckets."""
    number_of = {variable.id: i for i, variable in enumerate(factors.variables)}
    seen = {
        number_of[name]: factors.variable_of[name].state_ids.index(state) for name, state in findings.items()
    }
    tables = [_reduced(scope, table, seen) for scope, table in arrays(factors)]
    sizes = [len(variable.state_ids) for variable in factors.variables]
    order = _order([scope for scope, _ in tables], [i for i in range(len(sizes)) if i not in seen], sizes)
    log_z, beliefs = _two_passes(tables, order, sizes)
    for number, state in seen.items():
        beliefs[number] = np.eye(sizes[number])[state]
    return Marginals(log_z, {variable.id: beliefs[i] for i, variable in enumerate(factors.variables)})


def arrays(factors: Factors) -> list[Scoped]:
    number_of = {variable.id: i for i, variable in enumerate(factors.variables)}
    found = []
    for table in factors.tables:
        shape = [len(factors.variable_of[name].state_ids) for name in table.scope]
        found.append((tuple(number_of[name] for name in table.scope), np.array(table.values).reshape(shape)))
    return found


def factors_of_model(model: Model, *, divided: bool) -> Factors:
    """The same network without arrows: rows divided by their sums, so that Z is 1, or as printed."""
    tables = []
    for variable in model.variables:
        assert isinstance(variable.cpt, FullTable | Prior)
        rows = np.array(variable.cpt.p).reshape(-1, len(variable.states))
        if divided:
            rows = rows / rows.sum(axis=1, keepdims=True)
        tables.append(FactorTable((*variable.parents, variable.id), rows.ravel()))
    variables = tuple(FactorVariable(variable.id, variable.state_ids) for variable in model.variables)
    return Factors(model.name, variables, tuple(tables))


def read_mar(path: Path) -> tuple[float | None, list[Floats]]:
    """The marginals in a .MAR file, and ln Z(e) where the program also printed it."""
    words = path.read_text(encoding="utf-8").split()
    log_z = None
    if words[0] == "PR":
        log_z = float(words[1])
        words = words[words.index("MAR") :]
    assert words[0] == "MAR"
    numbers = iter(words[1:])
    beliefs = [
        np.array([float(next(numbers)) for _ in range(int(next(numbers)))]) for _ in range(int(next(numbers)))
    ]
    assert next(numbers, None) is None
    return log_z, beliefs


def _reduced(scope: tuple[int, ...], table: Floats, seen: Mapping[int, int]) -> Scoped:
    index = tuple(seen.get(number, slice(None)) for number in scope)
    return tuple(number for number in scope if number not in seen), np.asarray(table[index])


def _order(scopes: Sequence[Sequence[int]], numbers: Sequence[int], sizes: Sequence[int]) -> list[int]:
    """Greedy: the variable whose leaving joins the fewest neighbours; among equals the smaller cluster."""
    near: dict[int, set[int]] = {number: set() for number in numbers}
    for scope in scopes:
        for number in scope:
            near[number] |= set(scope) - {number}

    def price(number: int) -> tuple[int, float]:
        around = near[number]
        fill = sum(len(around - near[other]) - 1 for other in around)
        return fill, sum(log(sizes[other]) for other in around)

    prices = {number: price(number) for number in near}
    order = []
    while near:
        number = min(prices, key=lambda one: prices[one])
        around = near.pop(number)
        del prices[number]
        for other in around:
            near[other] |= around - {other}
            near[other].discard(number)
        for other in around.union(*(near[one] for one in around)):
            prices[other] = price(other)
        order.append(number)
    return order


@dataclass
class _Bucket:
    """A variable's tables and messages, each with the place of the bucket it came from, -1 for none below."""

    cluster: tuple[int, ...]
    tables: list[tuple[int, Scoped]]


def _two_passes(
    tables: list[Scoped], order: Sequence[int], sizes: Sequence[int]
) -> tuple[float, dict[int, Floats]]:
    place_of = {number: place for place, number in enumerate(order)}
    buckets = [_Bucket((number,), []) for number in order]
    log_z = 0.0
    for scope, table in tables:
        if scope:
            buckets[min(place_of[number] for number in scope)].tables.append((-1, (scope, table)))
        else:
            log_z += float(np.log(table))
    for place, bucket in enumerate(buckets):
        inside = {order[place], *(number for _, (scope, _) in bucket.tables for number in scope)}
        bucket.cluster = tuple(sorted(inside, key=lambda number: place_of[number]))
        message = _product([one for _, one in bucket.tables], bucket.cluster, sizes).sum(axis=0)
        log_z += float(np.log(message.max()))
        if len(bucket.cluster) > 1:
            above = buckets[place_of[bucket.cluster[1]]]
            above.tables.append((place, (bucket.cluster[1:], message / message.max())))
    return log_z, _outward(buckets, sizes)


def _outward(buckets: list[_Bucket], sizes: Sequence[int]) -> dict[int, Floats]:
    """From the last bucket to the first; what comes from above is there before a bucket is reached."""
    beliefs: dict[int, Floats] = {}
    for bucket in reversed(buckets):
        joint = _product([one for _, one in bucket.tables], bucket.cluster, sizes)
        belief = joint.sum(axis=tuple(range(1, joint.ndim)))
        beliefs[bucket.cluster[0]] = belief / belief.sum()
        for child in [origin for origin, _ in bucket.tables if origin >= 0]:
            others = [one for origin, one in bucket.tables if origin != child]
            scope = buckets[child].cluster[1:]
            gone = tuple(axis for axis, number in enumerate(bucket.cluster) if number not in scope)
            down = _product(others, bucket.cluster, sizes).sum(axis=gone)
            buckets[child].tables.append((-1, (scope, down / down.max())))
    return beliefs


def _product(tables: Sequence[Scoped], cluster: tuple[int, ...], sizes: Sequence[int]) -> Floats:
    """Multiply tables over a cluster, its axes in the cluster's order."""
    whole = np.ones([sizes[number] for number in cluster])
    for scope, table in tables:
        axes = sorted(range(len(scope)), key=lambda axis: cluster.index(scope[axis]))
        shape = [sizes[number] if number in scope else 1 for number in cluster]
        whole *= np.transpose(table, axes).reshape(shape)
    return whole
