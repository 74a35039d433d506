"""Models with published figures, and models with one number changed by hand: what tests of doubt compare with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bayesdiag.case import Evidence
from bayesdiag.engine.layout import Floats
from bayesdiag.engine.network import compile_network
from bayesdiag.model import (
    FirstActive,
    FullTable,
    Model,
    NoisyMax,
    Prior,
    StateMap,
    Table,
    Variable,
    Weight,
)
from bayesdiag.model.numbers import Number, numbers_of
from tests.networks import variable


def fire_alarm() -> Model:
    """Poole and Mackworth; SamIam's suggestions are published for it."""
    return Model(
        "fire_alarm",
        (
            variable("tamper", "y n", Prior((0.02, 0.98))),
            variable("fire", "y n", Prior((0.01, 0.99))),
            variable(
                "alarm",
                "y n",
                FullTable(("fire", "tamper"), (0.5, 0.5, 0.99, 0.01, 0.85, 0.15, 0.0001, 0.9999)),
            ),
            variable("smoke", "y n", FullTable(("fire",), (0.9, 0.1, 0.01, 0.99))),
            variable("leaving", "y n", FullTable(("alarm",), (0.88, 0.12, 0.001, 0.999))),
            variable("report", "y n", FullTable(("leaving",), (0.75, 0.25, 0.01, 0.99))),
        ),
    )


def asia() -> Model:
    """Lauritzen and Spiegelhalter (1988)."""
    return Model(
        "asia",
        (
            variable("asia", "y n", Prior((0.01, 0.99))),
            variable("smoke", "y n", Prior((0.5, 0.5))),
            variable("tub", "y n", FullTable(("asia",), (0.05, 0.95, 0.01, 0.99))),
            variable("lung", "y n", FullTable(("smoke",), (0.1, 0.9, 0.01, 0.99))),
            variable("bronc", "y n", FullTable(("smoke",), (0.6, 0.4, 0.3, 0.7))),
            variable("either", "y n", FullTable(("tub", "lung"), (1, 0, 1, 0, 1, 0, 0, 1))),
            variable("xray", "y n", FullTable(("either",), (0.98, 0.02, 0.05, 0.95))),
            variable("dysp", "y n", FullTable(("either", "bronc"), (0.9, 0.1, 0.7, 0.3, 0.8, 0.2, 0.1, 0.9))),
        ),
    )


def ranged(model: Model, within: float) -> Model:
    """The same model, every number known to a factor of its odds."""
    weight = Weight("guess", within=within)
    return replace(model, variables=tuple(replace(one, weight=weight) for one in model.variables))


def all_numbers(model: Model) -> list[Number]:
    states_of = {one.id: one.state_ids for one in model.variables}
    return [number for one in model.variables for number in numbers_of(one, states_of)]


def with_number(model: Model, index: int, value: float) -> Model | None:
    """The model with one number replaced, the rest of its row in proportion; None where gates differ in its row."""
    at = index
    states_of = {one.id: one.state_ids for one in model.variables}
    for place, one in enumerate(model.variables):
        own = list(numbers_of(one, states_of))
        if at < len(own):
            changed = _changed(one, own, at, value)
            if changed is None:
                return None
            return replace(
                model, variables=(*model.variables[:place], changed, *model.variables[place + 1 :])
            )
        at -= len(own)
    raise IndexError(index)


def p_of(model: Model, findings: dict[str, str], target: tuple[str, str], *, premise: bool) -> float:
    posterior = compile_network(model).posterior(
        Evidence(model, findings), premise=premise, targets=[target[0]]
    )
    return float(posterior.beliefs[0, posterior.layout.slot(*target)])


def _row(p: Sequence[float], at: int, value: float) -> tuple[float, ...]:
    return tuple(value if i == at else x * (1 - value) / (1 - p[at]) for i, x in enumerate(p))


def _changed(one: Variable, own: list[Number], at: int, value: float) -> Variable | None:
    cpt, n = one.cpt, len(one.states)
    if isinstance(cpt, Prior | FullTable):
        first = at - at % n
        p = list(cpt.p)
        p[first : first + n] = _row(p[first : first + n], at - first, value)
        return replace(one, cpt=replace(cpt, p=tuple(p)))
    if isinstance(cpt, Table):
        row = cpt.rows[at // n]
        rows = list(cpt.rows)
        rows[at // n] = replace(row, p=_row(row.p, at % n, value))
        return replace(one, cpt=replace(cpt, rows=tuple(rows)))
    if isinstance(cpt, StateMap):
        [state] = own[at].when[cpt.parent]
        line = cpt.rows[state]
        new = _row(list(line.values()), list(line).index(own[at].state), value)
        return replace(one, cpt=replace(cpt, rows={**cpt.rows, state: dict(zip(line, new, strict=True))}))
    return _changed_link(one, own, at, value)


def _changed_link(one: Variable, own: list[Number], at: int, value: float) -> Variable | None:
    cpt, number = one.cpt, own[at]
    assert isinstance(cpt, NoisyMax | FirstActive)
    scale = (1 - value) / (1 - number.p)
    if number.role == "leak":
        assert isinstance(cpt, NoisyMax)
        leak = {state: value if state == number.state else p * scale for state, p in cpt.leak.items()}
        return replace(one, cpt=replace(cpt, leak=leak))
    link = cpt.links[at]
    group = [
        i for i, other in enumerate(cpt.links) if (other.parent, other.state) == (link.parent, link.state)
    ]
    if any(cpt.links[i].when != link.when for i in group):
        return None
    links = [
        replace(other, p=value if i == at else other.p * scale) if i in group else other
        for i, other in enumerate(cpt.links)
    ]
    return replace(one, cpt=replace(cpt, links=tuple(links)))


def logit(p: float) -> float:
    return float(np.log(p / (1 - p)))


def sigmoid(x: float) -> float:
    return float(1 / (1 + np.exp(-x)))


Row = Floats
