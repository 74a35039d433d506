"""Models whose numbers are off: each drawn within the range that its `within` says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import exp, log
from statistics import NormalDist

import numpy as np

from bayesdiag.diagnosis.whatif.attempts import are_apart
from bayesdiag.model import FirstActive, FullTable, Model, NoisyMax, Prior, StateMap, Table, Variable, Weight

SIGMAS = NormalDist().inv_cdf(0.95)
"""Standard deviations from the middle to the end of a 90 % range."""

STILL = Weight(source="", within=1.0)
"""Of what does not move by itself."""


def perturbed(model: Model, random: np.random.Generator) -> Model:
    """Return a model with every number drawn anew: normal in log-odds about what it is.

    Zeros and ones stay. The states of one row move together, and what they sum to stays 1; the links
    of one parent state and its "nothing happened" are one row. What repairs fix moves alike.
    """
    variables = tuple(_variable(variable, random) for variable in model.variables)
    repairs = tuple(
        replace(repair, fixes={f: _alone(p, repair.weight, random) for f, p in repair.fixes.items()})
        for repair in model.repairs
    )
    return replace(model, variables=variables, repairs=repairs)


def _variable(variable: Variable, random: np.random.Generator) -> Variable:
    cpt, weight = variable.cpt, variable.weight
    if isinstance(cpt, Prior):
        return replace(variable, cpt=Prior(_row(cpt.p, [weight] * len(cpt.p), random)))
    if isinstance(cpt, Table):
        rows = [replace(row, p=_row(row.p, [row.weight or weight] * len(row.p), random)) for row in cpt.rows]
        return replace(variable, cpt=Table(cpt.parents, tuple(rows)))
    if isinstance(cpt, FullTable):
        size = len(variable.states)
        lines = [cpt.p[start : start + size] for start in range(0, len(cpt.p), size)]
        cells = [p for line in lines for p in _row(line, [weight] * size, random)]
        return replace(variable, cpt=FullTable(cpt.parents, tuple(cells)))
    if isinstance(cpt, StateMap):
        moved = {state: _named(line, weight, random) for state, line in cpt.rows.items()}
        return replace(variable, cpt=StateMap(cpt.parent, moved))
    return replace(variable, cpt=_linked(variable, cpt, random))


def _linked(
    variable: Variable, cpt: NoisyMax | FirstActive, random: np.random.Generator
) -> NoisyMax | FirstActive:
    groups: dict[tuple[str, str], dict[str, list[int]]] = {}
    for place, link in enumerate(cpt.links):
        gate = repr(sorted((name, sorted(states)) for name, states in link.when.items()))
        groups.setdefault((link.parent, link.state), {}).setdefault(gate, []).append(place)
    links = list(cpt.links)
    for by_gate in groups.values():
        for places in by_gate.values():
            p = [links[place].p for place in places]
            weights = [links[place].weight or variable.weight for place in places]
            # What the links leave over moves only in that it gives way.
            moved = _row([*p, max(0.0, 1 - sum(p))], [*weights, STILL], random)
            for place, one in zip(places, moved, strict=False):
                links[place] = replace(links[place], p=one)
        every = [place for places in by_gate.values() for place in places]
        total = sum(links[place].p for place in every)
        if total > 1 and not are_apart([links[places[0]].when for places in by_gate.values()]):
            for place in every:  # gates that can hold together share what there is
                links[place] = replace(links[place], p=links[place].p / total)
    if isinstance(cpt, FirstActive):
        return FirstActive(cpt.order, tuple(links))
    rest = max(0.0, 1 - sum(cpt.leak.values()))
    leak = _row([*cpt.leak.values(), rest], [*[variable.weight] * len(cpt.leak), STILL], random)
    return NoisyMax(tuple(links), dict(zip(cpt.leak, leak, strict=False)))


def _named(line: Mapping[str, float], weight: Weight, random: np.random.Generator) -> dict[str, float]:
    return dict(zip(line, _row(list(line.values()), [weight] * len(line), random), strict=True))


def _row(p: Sequence[float], weights: Sequence[Weight], random: np.random.Generator) -> tuple[float, ...]:
    """Return a row with each state's share moved, and all made to sum to what they did."""
    total = sum(p)
    # Two states that both move differ by √2 times what each of them moves.
    both = sum(weight.within > 1 for weight in weights) > 1 and weights[-1].within > 1
    moved = [
        one * exp(random.normal() * log(weight.within) / SIGMAS / (2**0.5 if both else 1.0))
        for one, weight in zip(p, weights, strict=True)
    ]
    scale = total / sum(moved) if total > 0 else 1.0
    return tuple(one * scale for one in moved)


def _alone(p: float, weight: Weight, random: np.random.Generator) -> float:
    if not 0 < p < 1:
        return p
    odds = p / (1 - p) * exp(random.normal() * log(weight.within) / SIGMAS)
    return odds / (1 + odds)
