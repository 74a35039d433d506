"""Slow twins: answers by definition, written without looking at the engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

import numpy as np

from bayesdiag.model import (
    Condition,
    FirstActive,
    FullTable,
    LinkForm,
    Model,
    NoisyMax,
    Prior,
    StateMap,
    Table,
    Variable,
    topological_order,
)

World = dict[str, str]
Findings = Mapping[str, Mapping[str, float]]


def holds(condition: Condition, world: World) -> bool:
    return all(world[name] in states for name, states in condition.items())


def contribution(cpt: LinkForm, variable: Variable, parent: str, world: World) -> dict[str, float]:
    """What one parent contributes in this world: child state → probability."""
    drawn = dict.fromkeys(variable.state_ids, 0.0)
    for link in cpt.links:
        if link.parent == parent and link.state == world[parent] and holds(link.when, world):
            drawn[link.to] += link.p
    first = variable.state_ids[0]
    drawn[first] = max(0.0, 1 - sum(p for state, p in drawn.items() if state != first))
    return drawn


def draws(
    variable: Variable, cpt: LinkForm, world: World, known: Model
) -> Iterator[tuple[str, float, set[str]]]:
    """Every way the child can come about: its state, the probability, the parents whose link fired."""
    states = variable.state_ids
    if isinstance(cpt, FirstActive):
        for parent in cpt.order:
            if world[parent] != known.variable_of[parent].state_ids[0]:
                for state, p in contribution(cpt, variable, parent, world).items():
                    yield state, p, ({parent} if state != states[0] else set())
                return
        yield states[0], 1.0, set()
        return
    acting = list(dict.fromkeys(link.parent for link in cpt.links))
    leak = {**dict.fromkeys(states, 0.0), **cpt.leak}
    leak[states[0]] = 1 - sum(cpt.leak.values())
    sources = [leak, *(contribution(cpt, variable, parent, world) for parent in acting)]
    for chosen in product(states, repeat=len(sources)):
        p = float(np.prod([source[state] for source, state in zip(sources, chosen, strict=True)]))
        if p > 0:
            fired = {parent for parent, state in zip(acting, chosen[1:], strict=True) if state != states[0]}
            yield max(chosen, key=states.index), p, fired


def outcomes(variable: Variable, world: World, model: Model) -> Iterator[tuple[str, float, set[str]]]:
    cpt = variable.cpt
    if isinstance(cpt, NoisyMax | FirstActive):
        yield from draws(variable, cpt, world, model)
        return
    if isinstance(cpt, Prior):
        row = cpt.p
    elif isinstance(cpt, Table):
        row = next(line.p for line in cpt.rows if holds(line.when, world))
    elif isinstance(cpt, StateMap):
        row = tuple(cpt.rows[world[cpt.parent]].get(state, 0.0) for state in variable.state_ids)
    else:
        row = _row_of(cpt, variable, world, model)
    total = sum(row)
    for state, p in zip(variable.state_ids, row, strict=True):
        if p > 0:
            yield state, p / total, set()


def _row_of(cpt: FullTable, variable: Variable, world: World, model: Model) -> tuple[float, ...]:
    place = 0
    for parent in cpt.parents:
        states = model.variable_of[parent].state_ids
        place = place * len(states) + states.index(world[parent])
    return cpt.p[place * len(variable.states) : (place + 1) * len(variable.states)]


_kept: list[tuple[Model, list[tuple[World, float, set[str]]]]] = []


def worlds(model: Model) -> list[tuple[World, float, set[str]]]:
    """Every world, its probability, and the causes of which a link into a stage fired.

    Those of the last model are kept: tests ask about one model many times.
    """
    if not _kept or _kept[0][0] is not model:
        _kept[:] = [(model, list(_grown(model)))]
    return _kept[0][1]


def _grown(model: Model) -> Iterator[tuple[World, float, set[str]]]:
    order = [model.variable_of[name] for name in topological_order(model.variables)]

    def grow(place: int, world: World, p: float, fired: set[str]) -> Iterator[tuple[World, float, set[str]]]:
        if place == len(order):
            yield dict(world), p, fired
            return
        variable = order[place]
        for state, q, by in outcomes(variable, world, model):
            world[variable.id] = state
            more = {
                name for name in by if variable.kind == "stage" and model.variable_of[name].kind == "cause"
            }
            yield from grow(place + 1, world, p * q, fired | more)
        del world[variable.id]

    yield from grow(0, {}, 1.0, set())


def brute_force(model: Model, findings: Findings, *, premise: bool = False) -> dict[str, object]:
    """Beliefs, responsibilities and P(no cause's link fired) by adding up every world."""
    beliefs = {v.id: dict.fromkeys(v.state_ids, 0.0) for v in model.variables}
    responsible: dict[tuple[str, str], float] = {}
    total = none = 0.0
    for world, p, fired in worlds(model):
        weight = p
        for name, likelihoods in findings.items():
            weight *= likelihoods.get(world[name], 0.0)
        if premise and model.premise and world[model.premise.variable] in model.premise.exclude:
            weight = 0.0
        if weight == 0:
            continue
        total += weight
        none += weight * (not fired)
        for name, state in world.items():
            beliefs[name][state] += weight
        for name in fired:
            responsible[name, world[name]] = responsible.get((name, world[name]), 0.0) + weight
    if total > 0:
        beliefs = {name: {s: p / total for s, p in row.items()} for name, row in beliefs.items()}
        responsible = {key: p / total for key, p in responsible.items()}
    return {
        "p": total,
        "beliefs": beliefs,
        "responsible": responsible,
        "none": none / total if total else 0.0,
    }
