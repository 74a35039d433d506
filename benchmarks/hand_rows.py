"""Our rows that value a question, as likelihoods for pyAgrum: the trick coded by hand."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from bayesdiag.engine.layout import Floats
from bayesdiag.engine.network import CompiledNetwork
from bayesdiag.engine.tables import DenseFamily, LinkFamily

Likelihoods = dict[str, Any]
"""pyAgrum's evidence: a state, or a likelihood for each state."""


def rows_of(network: CompiledNetwork, index: int, before: Likelihoods) -> list[Likelihoods]:
    """Return the rows of one question as likelihoods that differ from those of the case."""
    family, sizes = network.families[index], network.layout.sizes
    has_children = any(index in other.parents for other in network.families)
    if has_children or not family.parents or (isinstance(family, DenseFamily) and len(family.parents) > 1):
        return [{f"v{index}": np.eye(sizes[index])[state].tolist()} for state in range(sizes[index])]
    if isinstance(family, DenseFamily):
        parts = [{family.parents[0]: family.p[:, answer]} for answer in range(sizes[index])]
    else:
        parts = _thresholds(family, sizes, before)
    return [row for row in (_beside(part, before) for part in parts) if row is not None]


def _thresholds(family: LinkFamily, sizes: tuple[int, ...], before: Likelihoods) -> list[dict[int, Floats]]:
    gates = list(dict.fromkeys(gate for one in family.contributions for gate in one.gates))
    open_states = [
        [state] if isinstance(state := before.get(f"v{gate}"), int) else list(range(sizes[gate]))
        for gate in gates
    ]
    found = []
    for chosen in product(*open_states):
        state_of = dict(zip(gates, chosen, strict=True))
        for threshold in range(len(family.leak) - 1):
            part = {gate: np.eye(sizes[gate])[state] for gate, state in state_of.items()}
            for one in family.contributions:
                p = one.p[tuple(state_of[gate] for gate in one.gates)][:, : threshold + 1].sum(axis=1)
                part[one.parent] = part.get(one.parent, np.ones(sizes[one.parent])) * p
            found.append(part)
    return found


def _beside(part: dict[int, Floats], before: Likelihoods) -> Likelihoods | None:
    """Return likelihoods joined with those of the case; None where nothing is left."""
    row: Likelihoods = {}
    for index, likelihood in part.items():
        known = before.get(f"v{index}")
        if isinstance(known, int):
            continue  # a known state only scales the row
        joined = likelihood if known is None else likelihood * np.array(known)
        if not joined.any():
            return None
        row[f"v{index}"] = joined.tolist()
    return row
