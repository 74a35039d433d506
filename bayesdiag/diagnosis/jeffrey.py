"""Probabilities fixed by Jeffrey's rule: "all told, this finding has probability q", for one or several.

A likelihood says how much a report speaks for each state; a fixed probability says what to believe in
the end. The first is multiplied onto what is known, the second replaces it; here it is turned into
the likelihoods that bring it about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bayesdiag.case import Evidence
from bayesdiag.engine.layout import Bools, Floats, Layout
from bayesdiag.engine.network import CompiledNetwork
from bayesdiag.errors import EvidenceError, Fault, TooLarge

MAX_SWEEPS = 500
"""Rounds over all fixed variables before they are held to contradict each other."""
CLOSE = 1e-10
"""How far a belief may be from the probability it was fixed at."""


@dataclass(frozen=True, slots=True)
class _Cell:
    """States of one variable that share one fixed probability: a named one, or all those not named.

    Attributes:
        name: The variable.
        state: The state named; empty for the rest.
        slots: Which slots of a row they are, shape (S,).
        q: The probability.
    """

    name: str
    state: str
    slots: Bools
    q: float


def fixed_evidence(
    network: CompiledNetwork,
    evidence: Evidence,
    fixed: Mapping[str, Mapping[str, float]],
    *,
    premise: bool = True,
) -> Evidence:
    """Return the evidence with likelihoods added that make the fixed probabilities true.

    Iterative proportional fitting: each variable's likelihoods are multiplied by wanted / believed,
    in rounds, until all hold at once. What comes out does not depend on their order: of all
    distributions with these probabilities it is the nearest to what the findings alone say
    (Csiszár 1975). Later findings may move them again.

    Args:
        network: A compiled model, or an undirected network.
        evidence: What was seen for certain or with likelihoods; what is fixed in it already is fitted anew.
        fixed: Variable → state → probability. States left out share what remains in proportion to what
            they had.
        premise: Whether the model's premise is part of the evidence.

    Returns:
        Evidence whose `fixed` holds the probabilities and whose findings hold the likelihoods,
        the largest of each variable 1.

    Raises:
        EvidenceError: A name, state or probability is wrong; a variable is a finding already; a state
            that cannot be is to have a probability above 0; or the probabilities contradict each other.
        TooLarge: Beliefs would be estimates, too coarse to fit anything to.
    """
    seen = {name: told for name, told in evidence.findings.items() if name not in evidence.fixed}
    fixed = {**evidence.fixed, **fixed}
    both = Evidence(network.source, seen, fixed=fixed, reports=evidence.reports)
    twice = [
        Fault((name,), "this is a finding already", "See it or fix it, not both.")
        for name in seen
        if name in fixed
    ]
    if twice:
        raise EvidenceError(twice)
    if not fixed:
        return both
    row = network.rows([both], premise=premise)[0]
    cells = [_cells(network.layout, name, probabilities) for name, probabilities in fixed.items()]
    beliefs = _beliefs(network, row, fixed)
    if not beliefs.any():
        raise EvidenceError([Fault((), "the findings cannot occur together", "Take one back first.")])
    impossible = [
        _impossible(cell) for part in cells for cell in part if cell.q > 0 and not beliefs[cell.slots].any()
    ]
    if impossible:
        raise EvidenceError(impossible)
    weights = _fitted(network, row, cells)
    likelihoods = {name: _likelihoods(network.layout, name, weights) for name in fixed}
    return Evidence(network.source, {**seen, **likelihoods}, fixed=fixed, reports=evidence.reports)


def _cells(layout: Layout, name: str, probabilities: Mapping[str, float]) -> list[_Cell]:
    total = sum(probabilities.values())
    is_whole = len(probabilities) == len(layout.states[layout.index_of[name]])
    whole = total if is_whole else max(1.0, total)  # sums may be off by rounding
    cells = []
    rest = np.zeros(layout.n_slots, dtype=np.bool_)
    rest[layout.slots(name)] = True
    for state, q in probabilities.items():
        slots = np.zeros_like(rest)
        slots[layout.slot(name, state)] = True
        rest &= ~slots
        cells.append(_Cell(name, state, slots, q / whole))
    left = max(0.0, 1 - total)
    return [*cells, _Cell(name, "", rest, left)] if rest.any() else cells


def _fitted(network: CompiledNetwork, row: Floats, cells: list[list[_Cell]]) -> Floats:
    """Return likelihoods for the fixed variables, 1 elsewhere, shape (S,)."""
    names = [part[0].name for part in cells]
    weights = np.ones(len(row))
    for _ in range(MAX_SWEEPS):
        furthest = 0.0
        for part in cells:
            beliefs = _beliefs(network, row * weights, names)
            for cell in part:
                believed = float(beliefs[cell.slots].sum())
                furthest = max(furthest, abs(believed - cell.q))
                weights[cell.slots] *= cell.q / believed if believed > 0 else 0.0
            span = network.layout.slots(part[0].name)
            if not weights[span].any() or not beliefs.any():
                raise EvidenceError([_clash(names)])
            weights[span] /= weights[span].max()
        if furthest <= CLOSE:
            return weights
    raise EvidenceError([_clash(names)])


def _beliefs(network: CompiledNetwork, row: Floats, names: Mapping[str, object] | list[str]) -> Floats:
    posterior = network.posterior_of_rows(row[None, :], names)
    if posterior.half_width is not None and posterior.half_width.any():
        raise TooLarge("probabilities cannot be fixed where beliefs are estimates; tell fewer findings")
    return np.asarray(posterior.beliefs[0])


def _likelihoods(layout: Layout, name: str, weights: Floats) -> dict[str, float]:
    states = layout.states[layout.index_of[name]]
    found = zip(states, weights[layout.slots(name)].tolist(), strict=True)
    return {state: weight for state, weight in found if weight > 0}


def _impossible(cell: _Cell) -> Fault:
    what = f'"{cell.state}"' if cell.state else "every state left out"
    return Fault(
        (cell.name, cell.state) if cell.state else (cell.name,),
        f"{what} is to have {cell.q:g}, but given the findings it cannot be",
        "Fix it at 0, or take back the finding that rules it out.",
    )


def _clash(names: list[str]) -> Fault:
    return Fault(
        (", ".join(names),),
        "no beliefs have all these probabilities at once",
        "They contradict each other under this model: fix fewer of them.",
    )
