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

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bayesdiag.engine.layout import Bools, Floats, Ints, Layout
from bayesdiag.engine.tables.factors import NO_SLOT, FactorGraph
from bayesdiag.engine.tables.families import Contribution, DenseFamily, Family, LinkFamily

QUIET = -1
"""Phase of a part state: none of the cause's links fired."""
FREE = -2
"""Phase of a part state whose links nobody asks about."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a program is made for.

    Attributes:
        support: Which state slots are possible, shape (state slots,).
        keep: Variables that matter, parents before children.
    """

    support: Bools
    keep: tuple[int, ...]


@dataclass(slots=True)
class _Stand:
    """What stands for a variable: its part, and the variable state and phase of each part state."""

    part: int
    states: Ints
    phases: Ints


@dataclass(slots=True)
class _Build:
    layout: Layout
    pattern: Pattern
    graph: FactorGraph
    stands: dict[int, _Stand]
    stages_of: Mapping[tuple[int, int], list[int]]
    """(cause, state) → stages its links lead to, in order: what phase j counts."""

    def possible(self, variable: int) -> Ints:
        """Return the states of a variable that the findings leave possible."""
        return np.flatnonzero(self.pattern.support[self.layout.span(variable)])

    def axes(self, variables: Sequence[int]) -> list[Ints]:
        """Return, for each variable, the variable state of each of its part states."""
        return [self.stands[variable].states for variable in variables]

    def parts(self, variables: Sequence[int]) -> tuple[int, ...]:
        """Return the parts that stand for the variables."""
        return tuple(self.stands[variable].part for variable in variables)


def factor_graph(families: Sequence[Family], layout: Layout, pattern: Pattern) -> FactorGraph:
    """Return the kept part of the network as small factors.

    Args:
        families: Numbers of every variable.
        layout: Where the slots are.
        pattern: What is possible and what matters.
    """
    kept = set(pattern.keep)
    needed = {parent for index in kept for parent in families[index].parents}
    build = _Build(layout, pattern, FactorGraph(), {}, _stages_of(families, layout, kept))
    for index in pattern.keep:
        family = families[index]
        if isinstance(family, DenseFamily):
            _add_dense(build, family)
        elif family.rule == "max":
            _add_chain(build, family, _max_steps(build, family))
        elif index in needed:
            _add_chain(build, family, _first_steps(build, family))
        else:
            _add_winner(build, family)
    return build.graph


def _stages_of(
    families: Sequence[Family], layout: Layout, kept: Collection[int]
) -> dict[tuple[int, int], list[int]]:
    """Return, for each responsibility, the kept children its links lead to."""
    causes = {cause for cause, _ in layout.events}
    stages: dict[tuple[int, int], list[int]] = {}
    for index in sorted(kept):
        family = families[index]
        if not isinstance(family, LinkFamily) or index not in layout.stages:
            continue
        for contribution in family.contributions:
            if contribution.parent not in causes:
                continue
            acts = contribution.p[..., 1:].sum(axis=-1).reshape(-1, contribution.p.shape[-2]).max(axis=0) > 0
            if family.rule == "first":
                acts[0] = False  # a parent in its first state is passed over
            for state in np.flatnonzero(acts):
                stages.setdefault((contribution.parent, int(state)), []).append(index)
    return stages


def _add_variable(build: _Build, variable: int) -> _Stand:
    """Add the part that stands for a variable, split into phases where it is a cause with links."""
    offset = build.layout.offsets[variable]
    lines = []
    for state in build.possible(variable):
        stages = build.stages_of.get((variable, int(state)), [])
        lines.append((int(state), QUIET if stages else FREE, offset + int(state), NO_SLOT))
        for phase in range(len(stages)):
            event = build.layout.event_slot_of[variable, int(state)]
            lines.append((int(state), phase, offset + int(state), event))
    table = np.array(lines, dtype=np.int64).reshape(-1, 4)
    part = build.graph.add_part(build.layout.names[variable], table[:, 2:])
    stand = _Stand(part, table[:, 0], table[:, 1])
    build.stands[variable] = stand
    return stand


def _add_dense(build: _Build, family: DenseFamily) -> None:
    stand = _add_variable(build, family.child)
    table = family.p[np.ix_(*build.axes(family.parents), stand.states)]
    build.graph.add_table((*build.parts(family.parents), stand.part), table)


# ── chains ────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Steps:
    """A chain before it is written down.

    Attributes:
        start: Distribution of the chain before the first parent, shape (n,).
        tables: One per contribution, shape (gates …, parent part states, n, n): from, to.
        final: Chain state → state of the child, or -1 where that is impossible, shape (n,).
    """

    start: Floats
    tables: list[Floats]
    final: Ints


def _drawn(build: _Build, family: LinkFamily, contribution: Contribution) -> tuple[Floats, Floats]:
    """Return what each part state of the parent contributes, split by whether a link fired.

    Returns:
        Probabilities of contributing each child state with no link fired (state 0 only) and
        with one fired (states above 0), each of shape (gates …, part states, child states).
        What a phase excludes is 0.
    """
    stand = build.stands[contribution.parent]
    p = contribution.p[
        np.ix_(*build.axes(contribution.gates), stand.states, np.arange(contribution.p.shape[-1]))
    ]
    may_rest, may_fire = _phase_masks(build, family.child, contribution.parent)
    rest, fired = np.zeros_like(p), p.copy()
    rest[..., 0] = p[..., 0]
    fired[..., 0] = 0
    return rest * may_rest[:, None], fired * may_fire[:, None]


def _phase_masks(build: _Build, child: int, parent: int) -> tuple[Bools, Bools]:
    """Return, for each part state of the parent, whether its links into the child may rest, may fire."""
    stand = build.stands[parent]
    here = [_position(build, child, parent, int(state)) for state in stand.states]
    rest, fire = np.ones(len(here), dtype=bool), np.ones(len(here), dtype=bool)
    for i, (phase, position) in enumerate(zip(stand.phases, here, strict=True)):
        if position is None or phase == FREE:
            continue
        # In phase j the stages before the j-th are quiet, the j-th fired, later ones are free.
        fire[i] = phase != QUIET and phase <= position
        rest[i] = phase != position
    return rest, fire


def _position(build: _Build, child: int, parent: int, state: int) -> int | None:
    stages = build.stages_of.get((parent, state), [])
    return stages.index(child) if child in stages else None


def _max_steps(build: _Build, family: LinkFamily) -> _Steps:
    possible = build.possible(family.child)
    level_of, n_levels = _levels(possible, len(family.leak))
    keep = level_of >= 0
    start = np.zeros(n_levels)
    np.add.at(start, level_of[keep], family.leak[keep])
    tables = []
    for contribution in family.contributions:
        rest, fired = _drawn(build, family, contribution)
        binned = np.zeros((*rest.shape[:-1], n_levels))
        for state in np.flatnonzero(keep):
            binned[..., level_of[state]] += (rest + fired)[..., state]
        tables.append(_max_table(binned))
    final = np.full(n_levels, -1, dtype=np.int64)
    final[level_of[possible]] = possible
    return _Steps(start, tables, final)


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


def _first_steps(build: _Build, family: LinkFamily) -> _Steps:
    """Chain state 0 is "undecided", state 1 + j "decided as the j-th possible child state"."""
    possible = build.possible(family.child)
    n = 1 + len(possible)
    tables = []
    for contribution in family.contributions:
        states = build.stands[contribution.parent].states
        rest, fired = _drawn(build, family, contribution)
        may_rest, _ = _phase_masks(build, family.child, contribution.parent)
        inactive = states == 0
        table = np.zeros((*rest.shape[:-1], n, n))
        table[..., 0, 0] = inactive
        table[..., 0, 1:] = (rest + fired)[..., possible] * ~inactive[:, None]
        for decided in range(1, n):
            table[..., decided, decided] = may_rest  # not looked at, so no link of it fires
        tables.append(table)
    start = np.zeros(n)
    start[0] = 1
    undecided = 0 if 0 in possible else -1
    return _Steps(start, tables, np.array([undecided, *possible], dtype=np.int64))


def _add_chain(build: _Build, family: LinkFamily, steps: _Steps) -> None:
    """Write a chain down; its last link is the child itself, the start is folded into its first."""
    stand = _add_variable(build, family.child)
    ends = (steps.final[:, None] == stand.states[None, :]).astype(np.float64)
    if not steps.tables:
        build.graph.add_table((stand.part,), steps.start @ ends)
        return
    label = build.layout.names[family.child]
    before = None
    for number, (contribution, whole) in enumerate(zip(family.contributions, steps.tables, strict=True)):
        last = number == len(steps.tables) - 1
        table = whole @ ends if last else whole
        after = stand.part if last else build.graph.add_hidden(f"{label}[{number + 1}]", table.shape[-1])
        parts = (*build.parts(contribution.gates), *build.parts((contribution.parent,)))
        if before is None:
            build.graph.add_table((*parts, after), np.asarray(np.einsum("i,...ij->...j", steps.start, table)))
        else:
            build.graph.add_table((*parts, before, after), table)
        before = after


# ── the winner ────────────────────────────────────────────────────────────────────────────────


def _add_winner(build: _Build, family: LinkFamily) -> None:
    """Join the parents by the winner: 0 where all are inactive, i + 1 where the i-th writes."""
    label = build.layout.names[family.child]
    offset = build.layout.offsets[family.child]
    possible = build.possible(family.child)
    n_parents = len(family.contributions)
    slots = np.full((1 + n_parents, 2), NO_SLOT, dtype=np.int64)
    slots[0, 0] = offset
    winner = build.graph.add_part(f"{label}[winner]", slots)
    if 0 not in possible:
        build.graph.add_table((winner,), np.arange(1 + n_parents).clip(0, 1).astype(np.float64))
    for number, contribution in enumerate(family.contributions):
        written = np.column_stack([[NO_SLOT, *(offset + possible)], np.full(1 + len(possible), NO_SLOT)])
        outcome = build.graph.add_part(f"{label}[{number + 1}]", written.astype(np.int64))
        table = _winner_table(build, family, number)
        parts = (*build.parts(contribution.gates), *build.parts((contribution.parent,)))
        build.graph.add_table((*parts, winner, outcome), table)


def _winner_table(build: _Build, family: LinkFamily, number: int) -> Floats:
    """Return the table over (gates …, parent, winner, outcome); outcome 0 is "does not write"."""
    contribution = family.contributions[number]
    possible = build.possible(family.child)
    rest, fired = _drawn(build, family, contribution)
    may_rest, _ = _phase_masks(build, family.child, contribution.parent)
    inactive = build.stands[contribution.parent].states == 0
    table = np.zeros((*rest.shape[:-1], 1 + len(family.contributions), 1 + len(possible)))
    table[..., 0, 0] = inactive
    table[..., 1 : number + 1, 0] = may_rest[:, None]  # an earlier parent wrote: this one was not looked at
    table[..., number + 2 :, 0] = inactive[:, None]
    table[..., number + 1, 1:] = (rest + fired)[..., possible] * ~inactive[:, None]
    return table
