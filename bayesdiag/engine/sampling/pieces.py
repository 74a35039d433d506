"""The factor graph of one row made ready for sampling: impossible states dropped, tables dense and few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayesdiag.engine.layout import Bools, Floats, Ints
from bayesdiag.engine.tables import NO_SLOT, FactorGraph


@dataclass(frozen=True, slots=True)
class _Factor:
    """A table without its zeros: the states of its parts, shape (n, parts), and their numbers, shape (n,)."""

    parts: tuple[int, ...]
    states: Ints
    values: Floats


@dataclass(frozen=True, slots=True)
class Piece:
    """A non-negative table over some parts, its largest number 1.

    Attributes:
        parts: Parts with more than one possible state, in ascending order; never none.
        p: Numbers, one axis a part.
    """

    parts: tuple[int, ...]
    p: Floats


@dataclass(frozen=True, slots=True)
class Pieces:
    """What is left of the network for one row.

    Attributes:
        labels: Name of each part.
        slots: For each part, the slots of its possible states, shape (states, 2), or `NO_SLOT`.
        pieces: Tables and likelihoods; their product is proportional to P(world, evidence).
        log_scale: Natural logarithm of the factor of proportion.
    """

    labels: tuple[str, ...]
    slots: tuple[Ints, ...]
    pieces: tuple[Piece, ...]
    log_scale: float

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of possible states of each part; those with one are in no piece."""
        return tuple(len(slots) for slots in self.slots)

    @property
    def hidden(self) -> Bools:
        """Which parts are inner steps of a family: they stand for no slot."""
        return np.array([bool((slots == NO_SLOT).all()) for slots in self.slots], dtype=np.bool_)


def pieces_of(graph: FactorGraph, row: Floats) -> Pieces | None:
    """Return the pieces of a row, or None where its evidence is seen to be impossible.

    A state without any support in one of its tables is dropped, and so on until nothing changes:
    what the evidence forces through zeros becomes a part with a single state, and stands still.

    Args:
        graph: Parts and factors for the row's pattern.
        row: Likelihoods, shape (S,).
    """
    padded = np.append(row, 1.0)  # NO_SLOT is -1: the last place
    slots_of = np.split(graph.slots, graph.first_state[1:-1])
    likelihoods = [np.asarray(padded[slots].prod(axis=1)) for slots in slots_of]
    alive = [likelihood > 0 for likelihood in likelihoods]
    factors = _supported(_factors(graph), alive)
    if not all(mask.any() for mask in alive):
        return None
    dense = [_dense(factor, alive) for factor in factors]
    dense += [((number,), likelihoods[number][mask]) for number, mask in enumerate(alive)]
    pieces, log_scale = _merged(dense, [int(mask.sum()) for mask in alive])
    slots = tuple(slots[mask] for slots, mask in zip(slots_of, alive, strict=True))
    return Pieces(tuple(graph.label(part) for part in range(len(slots))), slots, pieces, log_scale)


def _factors(graph: FactorGraph) -> list[_Factor]:
    """Return the graph's tables without their zeros."""
    sizes = np.diff(graph.first_state)
    found = []
    for factor, first in enumerate(graph.first_cell.tolist()):
        parts = tuple(graph.scopes[graph.first_scope[factor] : graph.first_scope[factor + 1]].tolist())
        shape = tuple(int(sizes[part]) for part in parts)
        table = graph.tables[first : first + int(np.prod(shape, dtype=np.int64))].reshape(shape)
        states = np.argwhere(table > 0)
        found.append(_Factor(parts, states, table[tuple(states.T)]))
    return found


def _supported(factors: Sequence[_Factor], alive: list[Bools]) -> list[_Factor]:
    """Drop entries of dead states and states without entries, `alive` in place, until all agree."""
    found = list(factors)
    changed = True
    forward = True
    while changed:
        changed = False
        # To and fro: what is forced travels along a chain of factors in one pass.
        numbers = range(len(found)) if forward else reversed(range(len(found)))
        for number in numbers:
            found[number], moved = _supported_once(found[number], alive)
            changed |= moved
        forward = not forward
    return found


def _supported_once(factor: _Factor, alive: list[Bools]) -> tuple[_Factor, bool]:
    possible = np.ones(len(factor.values), dtype=np.bool_)
    for axis, part in enumerate(factor.parts):
        possible &= alive[part][factor.states[:, axis]]
    moved = not bool(possible.all())
    if moved:
        factor = _Factor(factor.parts, factor.states[possible], factor.values[possible])
    for axis, part in enumerate(factor.parts):
        seen = np.zeros(len(alive[part]), dtype=np.bool_)
        seen[factor.states[:, axis]] = True
        if (alive[part] & ~seen).any():
            alive[part] &= seen
            moved = True
    return factor, moved


def _dense(factor: _Factor, alive: Sequence[Bools]) -> tuple[tuple[int, ...], Floats]:
    table = np.zeros([int(alive[part].sum()) for part in factor.parts])
    places = tuple(
        (np.cumsum(alive[part]) - 1)[factor.states[:, axis]] for axis, part in enumerate(factor.parts)
    )
    table[places] = factor.values
    return factor.parts, table


def _merged(
    dense: Sequence[tuple[tuple[int, ...], Floats]], sizes: Sequence[int]
) -> tuple[tuple[Piece, ...], float]:
    """Take parts with one state out, and join tables over the same parts into one.

    Joined as logarithms: two thousand findings below one cause are one table without underflow.
    """
    logs: dict[tuple[int, ...], Floats] = {}
    for parts, table in dense:
        free = [axis for axis, part in enumerate(parts) if sizes[part] > 1]
        free.sort(key=lambda axis: parts[axis])
        scope = tuple(parts[axis] for axis in free)
        fixed = [axis for axis in range(len(parts)) if axis not in free]
        turned = np.transpose(table, [*free, *fixed]).reshape([sizes[part] for part in scope])
        with np.errstate(divide="ignore"):
            logs[scope] = logs.get(scope, 0.0) + np.log(turned)
    log_scale = float(logs.pop((), np.zeros(())))
    pieces = []
    for scope, log_table in logs.items():
        top = float(log_table.max())
        log_scale += top
        table = np.exp(log_table - top)
        if not (table == 1.0).all():
            pieces.append(Piece(scope, table))
    return tuple(pieces), log_scale
