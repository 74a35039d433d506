"""Joint beliefs of several variables, and the most probable explanations of the findings.

A joint belief is a row per combination. The k most probable combinations of many variables are
searched best first: what is fixed so far bounds everything that completes it, so a complete
combination that comes up first is the next best one, proven.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import product
from math import prod

import numpy as np

from bayesdiag.case import Evidence
from bayesdiag.engine.draws import draw
from bayesdiag.engine.layout import Floats
from bayesdiag.engine.network import CompiledNetwork, Inquiry
from bayesdiag.errors import EvidenceError, Fault

MOST_COMBINATIONS = 20_000
"""Combinations of a joint belief."""
MOST_OPEN = 200_000
"""Beginnings of combinations that a search may hold before it settles for what was drawn."""
TOGETHER = 32
"""Beginnings followed up in one call."""
N_DRAWS = 4096
"""Worlds drawn where the search settles."""

_Node = tuple[float, tuple[int, ...]]
"""Minus the logarithm of a probability, and the states fixed so far."""


@dataclass(frozen=True)
class Joint:
    """A joint belief: names, their states, and P(combination | findings), an axis a variable."""

    names: tuple[str, ...]
    states: tuple[tuple[str, ...], ...]
    p: Floats


@dataclass(frozen=True)
class Explanations:
    """The most probable combinations, the most probable first.

    Attributes:
        names: The variables.
        states: The states of each combination.
        p: P(combination | findings) of each, exact.
        basis: "exact" where no other combination can be more probable, proven; otherwise "estimated".
        rest: Probability of all combinations not listed.
    """

    names: tuple[str, ...]
    states: tuple[tuple[str, ...], ...]
    p: tuple[float, ...]
    basis: str
    rest: float


def joint(network: CompiledNetwork, evidence: Evidence, names: Sequence[str], *, premise: bool) -> Joint:
    """Return the joint belief of some variables; 0 throughout where the findings are impossible.

    Raises:
        EvidenceError: They have more than 20,000 combinations.
        TooLarge: Exact inference needs too much memory.
    """
    inquiry = _inquiry(network, evidence, names, premise=premise)
    states = tuple(network.layout.states[network.layout.index_of[name]] for name in names)
    sizes = [len(some) for some in states]
    if prod(sizes) > MOST_COMBINATIONS:
        found = f"{prod(sizes):,} combinations"
        raise EvidenceError(
            [Fault(tuple(names), found, f"At most {MOST_COMBINATIONS:,}: name fewer variables.")]
        )
    logs = _log_p(inquiry, names, list(product(*map(range, sizes))))
    total = np.logaddexp.reduce(logs)
    p = np.exp(logs - total) if total > -np.inf else np.zeros(len(logs))
    return Joint(tuple(names), states, p.reshape(sizes))


def most_probable(
    network: CompiledNetwork,
    evidence: Evidence,
    k: int = 5,
    *,
    names: Sequence[str] | None = None,
    premise: bool,
) -> Explanations:
    """Return the k most probable combinations of states: MAP, or MPE where all variables are named.

    Args:
        network: The network.
        evidence: The findings.
        k: How many.
        names: The variables; by default the causes, or in a network without causes everything
            not known for certain.
        premise: Whether the model's premise holds.

    Raises:
        TooLarge: Exact inference needs too much memory.
    """
    model = network.model
    if names is None:
        sure = evidence.hard()
        causes = [variable.id for variable in model.of_kind("cause")]
        names = causes or [variable.id for variable in model.variables if variable.id not in sure]
    inquiry = _inquiry(network, evidence, names, premise=premise)
    log_total = float(_log_p(inquiry, [], [()])[0])
    if log_total == -np.inf:
        return Explanations(tuple(names), (), (), "exact", 0.0)
    found, is_proven = _searched(inquiry, names, k, log_total)
    states = tuple(
        tuple(
            network.layout.states[network.layout.index_of[name]][s]
            for name, s in zip(names, one, strict=True)
        )
        for _, one in found
    )
    p = tuple(float(np.exp(-cost)) for cost, _ in found)
    basis = "exact" if is_proven else "estimated"
    return Explanations(tuple(names), states, p, basis, max(0.0, 1 - sum(p)))


def _searched(inquiry: Inquiry, names: Sequence[str], k: int, log_total: float) -> tuple[list[_Node], bool]:
    """Return the best combinations, and whether they are proven to be."""
    opened: list[_Node] = [(0.0, ())]
    done: list[_Node] = []
    while opened and len(done) < k and len(opened) < MOST_OPEN:
        some: list[_Node] = []
        while opened and len(some) < TOGETHER and len(done) < k:
            node = heappop(opened)
            if len(node[1]) < len(names):
                some.append(node)
            elif not some:
                done.append(node)  # nothing that is open, or being followed up, can be better
            else:
                heappush(opened, node)
                break
        for node in _followed(inquiry, names, some, log_total):
            heappush(opened, node)
    if len(done) == k or not opened:
        return done, True
    return _drawn(inquiry, names, k, log_total, done)


def _followed(
    inquiry: Inquiry, names: Sequence[str], nodes: Sequence[_Node], log_total: float
) -> list[_Node]:
    """Return every way in which beginnings go on by one variable."""
    layout = inquiry.network.layout
    sizes = layout.sizes
    further = [
        (*fixed, state) for _, fixed in nodes for state in range(sizes[layout.index_of[names[len(fixed)]]])
    ]
    if not further:
        return []
    logs = _log_p(inquiry, names, further) - log_total
    return [(-float(log_p), one) for log_p, one in zip(logs, further, strict=True) if log_p > -np.inf]


def _drawn(
    inquiry: Inquiry, names: Sequence[str], k: int, log_total: float, done: Sequence[_Node]
) -> tuple[list[_Node], bool]:
    """Return the best of what was found and of drawn worlds, and whether nothing unseen can be better."""
    layout = inquiry.network.layout
    # Always the same random numbers: the same findings always get the same answer.
    worlds = draw(inquiry.program, inquiry.row, N_DRAWS, np.random.default_rng(0))
    columns = [worlds[:, layout.slots(name)].argmax(axis=1) for name in names]
    seen = {tuple(map(int, world)) for world in np.unique(np.stack(columns, axis=1), axis=0)}
    seen |= {fixed for _, fixed in done}
    candidates = sorted(seen)
    costs = log_total - _log_p(inquiry, names, candidates)
    found = [(float(cost), one) for cost, one in zip(costs, candidates, strict=True)]
    heapify(found)
    best = [heappop(found) for _ in range(min(k, len(found)))]
    unseen = 1 - float(np.exp(-costs).sum())
    return best, len(best) == k and float(np.exp(-best[-1][0])) >= unseen


def _inquiry(network: CompiledNetwork, evidence: Evidence, names: Sequence[str], *, premise: bool) -> Inquiry:
    return network.inquire(network.rows([evidence], premise=premise)[0], [], names)


def _log_p(inquiry: Inquiry, names: Sequence[str], chosen: Sequence[tuple[int, ...]]) -> Floats:
    """Return log P(findings, the first variables in these states), exactly, shape (len(chosen),)."""
    layout = inquiry.network.layout
    rows = np.repeat(inquiry.row[None, :], len(chosen), axis=0)
    for row, states in zip(rows, chosen, strict=True):
        for name, state in zip(names, states, strict=False):
            span = layout.slots(name)
            keep = row[span.start + state]
            row[span] = 0.0
            row[span.start + state] = keep
    return inquiry.network.run(inquiry.program, inquiry.program.tables, rows)[1]
