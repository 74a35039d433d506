"""One variable at a time into parts and factors.

**Noisy-MAX.** With contributions c_i and the running maximum X_i = max(X_{i-1}, contribution of
parent i), the child is X_k: a chain of tables over (X_{i-1}, X_i, parent i), all non-negative.
Values of X that lead to the same findings are one state: what lies above the highest possible
state is left out, what lies between two possible states is one. A child seen in state s thus
keeps two (below s, at s); one seen in its first state keeps one, and its parents fall apart.

**First-active.** A chain likewise: undecided, or decided with a state. Where nothing depends on
the child but findings, a *winner* W (which parent wrote the outcome) joins the parents pairwise:
before the winner all are inactive, the winner is active and writes, later ones are free.

**Responsibility.** A cause state with links into k stages becomes 1 + k states: *quiet* (no link
fired), or *the j-th stage is the first where one fired*. These exclude each other, so their sums
are the probability of the state and of its responsibility, in the same pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bayesdiag.engine.layout import Bools, Floats, Ints
from bayesdiag.engine.tables.families import Contribution, DenseFamily, LinkFamily
from bayesdiag.engine.tables.graph import NO_SLOT

QUIET = -1
"""Phase of a part state: none of the cause's links fired."""
FREE = -2
"""Phase of a part state whose links nobody asks about."""


@dataclass(frozen=True, slots=True)
class Stand:
    """What stands for a variable: the part with the variable's number.

    Attributes:
        slots: For each part state, the slots of the state and of its responsibility, shape (n, 2).
        states: The variable state of each part state, shape (n,).
        phases: Its phase: `QUIET`, `FREE`, or which stage is the first where a link fired.
        stages: For each variable state, the stages its links lead to, in order.
    """

    slots: Ints
    states: Ints
    phases: Ints
    stages: tuple[tuple[int, ...], ...]

    @property
    def size(self) -> int:
        """Number of part states."""
        return len(self.states)


@dataclass(frozen=True, slots=True)
class Piece:
    """A factor on its way into a graph.

    Attributes:
        scope: Parts: numbers of variables, or below 0, -1 - h for the family's h-th hidden part.
        table: Numbers, an axis per part.
    """

    scope: tuple[int, ...]
    table: Floats


@dataclass(frozen=True, slots=True)
class Pieces:
    """One family taken apart.

    Attributes:
        hidden: Slots of each hidden part's states, shape (states, 2) each.
        pieces: Its factors.
    """

    hidden: tuple[Ints, ...]
    pieces: tuple[Piece, ...]


def dense_pieces(family: DenseFamily, stands: Mapping[int, Stand]) -> Pieces:
    """Return a table as a factor, its states repeated where a part has several for one of them."""
    scope = (*family.parents, family.child)
    table = family.p[np.ix_(*(stands[variable].states for variable in scope))]
    return Pieces((), (Piece(scope, table),))


# ── chains ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain before it is written down: its contributions can still be put into any order.

    Attributes:
        start: Distribution of the chain before the first parent, shape (n,).
        tables: One per contribution, shape (gates …, parent part states, n, n): from, to.
        ends: Whether a chain state is the child's part state, shape (n, child part states).
    """

    start: Floats
    tables: tuple[Floats, ...]
    ends: Floats


def max_chain(family: LinkFamily, possible: Ints, stands: Mapping[int, Stand]) -> Chain:
    """Return the chain of a noisy-MAX family.

    Args:
        family: The family.
        possible: States of the child that the findings leave possible, ascending.
        stands: What stands for each variable.
    """
    level_of, n_levels = _levels(possible, len(family.leak))
    keep = level_of >= 0
    start = np.zeros(n_levels)
    np.add.at(start, level_of[keep], family.leak[keep])
    tables = []
    for contribution in family.contributions:
        rest, fired = _drawn(family, contribution, stands)
        binned = np.zeros((*rest.shape[:-1], n_levels))
        for state in np.flatnonzero(keep):
            binned[..., level_of[state]] += (rest + fired)[..., state]
        tables.append(_max_table(binned))
    final = np.full(n_levels, -1, dtype=np.int64)
    final[level_of[possible]] = possible
    return Chain(start, tuple(tables), _ends(final, stands[family.child]))


def first_chain(family: LinkFamily, possible: Ints, stands: Mapping[int, Stand]) -> Chain:
    """Return the chain of a first-active family: 0 is "undecided", 1 + j "decided as the j-th state"."""
    n = 1 + len(possible)
    tables = []
    for contribution in family.contributions:
        rest, fired = _drawn(family, contribution, stands)
        may_rest, _ = _phase_masks(family.child, stands[contribution.parent])
        inactive = stands[contribution.parent].states == 0
        table = np.zeros((*rest.shape[:-1], n, n))
        table[..., 0, 0] = inactive
        table[..., 0, 1:] = (rest + fired)[..., possible] * ~inactive[:, None]
        for decided in range(1, n):
            table[..., decided, decided] = may_rest  # not looked at, so no link of it fires
        tables.append(table)
    start = np.zeros(n)
    start[0] = 1
    undecided = 0 if 0 in possible else -1
    final = np.array([undecided, *possible], dtype=np.int64)
    return Chain(start, tuple(tables), _ends(final, stands[family.child]))


def chain_pieces(family: LinkFamily, chain: Chain, order: Sequence[int]) -> Pieces:
    """Return a chain written down; its last link is the child itself, the start is folded into its first.

    Args:
        family: The family.
        chain: Its chain.
        order: In which order the contributions stand, each once.
    """
    if not chain.tables:
        return Pieces((), (Piece((family.child,), chain.start @ chain.ends),))
    hidden: list[Ints] = []
    pieces = []
    for place, number in enumerate(order):
        contribution, table = family.contributions[number], chain.tables[number]
        before = -len(hidden)
        if place == len(order) - 1:
            table, after = table @ chain.ends, family.child
        else:
            hidden.append(np.full((table.shape[-1], 2), NO_SLOT, dtype=np.int64))
            after = -len(hidden)
        scope: tuple[int, ...] = (*contribution.gates, contribution.parent)
        if place == 0:
            pieces.append(Piece((*scope, after), np.asarray(np.einsum("i,...ij->...j", chain.start, table))))
        else:
            pieces.append(Piece((*scope, before, after), table))
    return Pieces(tuple(hidden), tuple(pieces))


def _ends(final: Ints, stand: Stand) -> Floats:
    return np.asarray(final[:, None] == stand.states[None, :], dtype=np.float64)


def _drawn(
    family: LinkFamily, contribution: Contribution, stands: Mapping[int, Stand]
) -> tuple[Floats, Floats]:
    """Return what each part state of the parent contributes, split by whether a link fired.

    Returns:
        Probabilities of contributing each child state with no link fired (state 0 only) and
        with one fired (states above 0), each of shape (gates …, part states, child states).
        What a phase excludes is 0.
    """
    stand = stands[contribution.parent]
    gates = [stands[gate].states for gate in contribution.gates]
    p = contribution.p[np.ix_(*gates, stand.states, np.arange(contribution.p.shape[-1]))]
    may_rest, may_fire = _phase_masks(family.child, stand)
    rest, fired = np.zeros_like(p), p.copy()
    rest[..., 0] = p[..., 0]
    fired[..., 0] = 0
    return rest * may_rest[:, None], fired * may_fire[:, None]


def _phase_masks(child: int, stand: Stand) -> tuple[Bools, Bools]:
    """Return, for each part state of the parent, whether its links into the child may rest, may fire."""
    rest, fire = np.ones(stand.size, dtype=bool), np.ones(stand.size, dtype=bool)
    for i, (state, phase) in enumerate(zip(stand.states, stand.phases, strict=True)):
        stages = stand.stages[state]
        if child not in stages or phase == FREE:
            continue
        # In phase j the stages before the j-th are quiet, the j-th fired, later ones are free.
        position = stages.index(child)
        fire[i] = phase != QUIET and phase <= position
        rest[i] = phase != position
    return rest, fire


def _levels(possible: Ints, n_states: int) -> tuple[Ints, int]:
    """Return the level of each child state, -1 above the highest possible one, and their number.

    States between two possible ones are one level: none of them can be the outcome.
    """
    level_of = np.full(n_states, -1, dtype=np.int64)
    level, open_gap = -1, False
    for state in range(int(possible[-1]) + 1 if len(possible) else 0):
        is_possible = state in possible
        if is_possible or not open_gap:
            level += 1
        open_gap = not is_possible
        level_of[state] = level
    return level_of, level + 1


def _max_table(drawn: Floats) -> Floats:
    """Return P(to | from) of a running maximum, shape (…, n, n), from contributions of shape (…, n)."""
    n = drawn.shape[-1]
    below = np.cumsum(drawn, axis=-1)
    table = np.zeros((*drawn.shape[:-1], n, n))
    for before in range(n):
        table[..., before, before] = below[..., before]
        table[..., before, before + 1 :] = drawn[..., before + 1 :]
    return table


# ── the winner ────────────────────────────────────────────────────────────────────────────────


def winner_pieces(family: LinkFamily, possible: Ints, stands: Mapping[int, Stand]) -> Pieces:
    """Join the parents by the winner: 0 where all are inactive, i + 1 where the i-th writes.

    Args:
        family: A first-active family that nothing but findings depends on.
        possible: States of the child that the findings leave possible, ascending.
        stands: What stands for each variable.
    """
    slots = stands[family.child].slots[:, 0]
    n_parents = len(family.contributions)
    winner = np.full((1 + n_parents, 2), NO_SLOT, dtype=np.int64)
    winner[0, 0] = slots[0]
    hidden = [winner]
    pieces = []
    if 0 not in possible:
        pieces.append(Piece((-1,), np.arange(1 + n_parents).clip(0, 1).astype(np.float64)))
    for number, contribution in enumerate(family.contributions):
        written = np.full((1 + len(possible), 2), NO_SLOT, dtype=np.int64)
        written[1:, 0] = slots[possible]
        hidden.append(written)
        table = _winner_table(family, number, possible, stands)
        pieces.append(Piece((*contribution.gates, contribution.parent, -1, -len(hidden)), table))
    return Pieces(tuple(hidden), tuple(pieces))


def _winner_table(family: LinkFamily, number: int, possible: Ints, stands: Mapping[int, Stand]) -> Floats:
    """Return the table over (gates …, parent, winner, outcome); outcome 0 is "does not write"."""
    contribution = family.contributions[number]
    rest, fired = _drawn(family, contribution, stands)
    may_rest, _ = _phase_masks(family.child, stands[contribution.parent])
    inactive = stands[contribution.parent].states == 0
    table = np.zeros((*rest.shape[:-1], 1 + len(family.contributions), 1 + len(possible)))
    table[..., 0, 0] = inactive
    table[..., 1 : number + 1, 0] = may_rest[:, None]  # an earlier parent wrote: this one was not looked at
    table[..., number + 2 :, 0] = inactive[:, None]
    table[..., number + 1, 1:] = (rest + fired)[..., possible] * ~inactive[:, None]
    return table
