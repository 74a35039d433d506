"""Which parts zeros in the tables tie together, so that they may only be sampled jointly.

Drawing one block given the rest reaches everything possible if every possible world can be turned
into every other by changing one unit at a time. Three kinds of table allow that:

* one without zeros forbids nothing;
* one whose last part has a *safe* state, possible whatever the others are ("no fault seen"): with
  those parts in their safe states, the last first, these tables forbid nothing to the others;
* any other ties its parts into one unit. Units are then each in one of their own possible states,
  whatever the others do; and a part of a larger unit is not safe any more.

From any world: free parts into their safe states, units into those of the other world, free parts
into those of the other world. This is enough, not necessary: some units could be parted.

The inner steps of a noisy-MAX chain are full of zeros, yet the family as a whole may have none, as
with a leak and no certain link. It is judged as a whole, and its inner steps are drawn anew with
every neighbour of theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from bayesdiag.engine.layout import Bools, Ints
from bayesdiag.engine.sampling.pieces import Piece, Pieces

MAX_REACHED = 4096
"""A chain with more different sets of reachable steps than this is taken for one with zeros."""


@dataclass(frozen=True, slots=True)
class Units:
    """How parts hang together.

    Attributes:
        unit_of: Unit of each part, shape (parts,): -1 for a part with one state and for an inner step.
        safe: State of each part that its own tables always allow, shape (parts,); -1 where there is
            none or it does not matter.
        groups: Pieces that share inner steps; all others stand alone.
    """

    unit_of: Ints
    safe: Ints
    groups: tuple[tuple[Piece, ...], ...]


def units_of(pieces: Pieces) -> Units:
    """Return which parts may only be drawn jointly."""
    hidden = pieces.hidden
    groups = _groups(pieces, hidden)
    zeros = [
        (scope, always) for scope, always in (_judged(group, hidden) for group in groups) if not always.all()
    ]
    allowed = [np.ones(size, dtype=np.bool_) for size in pieces.sizes]
    for scope, always in zeros:
        allowed[scope[-1]] &= always
    free = [bool(mask.any()) for mask in allowed]
    root = list(range(len(pieces.sizes)))
    changed = True
    while changed:
        changed = False
        for scope, _ in zeros:
            if not free[scope[-1]]:
                changed |= _tie(root, scope, free)
    tops = [
        _top(root, part) if size > 1 and not hidden[part] else -1 for part, size in enumerate(pieces.sizes)
    ]
    number = {top: place for place, top in enumerate(sorted({top for top in tops if top >= 0}))}
    unit_of = np.array([number.get(top, -1) for top in tops], dtype=np.int64)
    matters = {scope[-1] for scope, _ in zeros}
    safe = [
        int(np.argmax(mask)) if free[part] and part in matters else -1 for part, mask in enumerate(allowed)
    ]
    return Units(unit_of, np.array(safe, dtype=np.int64), groups)


def _tie(root: list[int], scope: Sequence[int], free: list[bool]) -> bool:
    """Make parts one unit; return whether any of them was free before, or alone."""
    moved = False
    for part in scope:
        moved |= _top(root, part) != _top(root, scope[0]) or (len(scope) > 1 and free[part])
        root[_top(root, part)] = _top(root, scope[0])
        free[part] &= len(scope) == 1
    return moved


def _top(root: list[int], part: int) -> int:
    while root[part] != part:
        root[part] = root[root[part]]
        part = root[part]
    return part


def _groups(pieces: Pieces, hidden: Bools) -> tuple[tuple[Piece, ...], ...]:
    """Return the pieces, those that share inner steps together, each group in the order given."""
    root = list(range(len(pieces.pieces)))
    owner: dict[int, int] = {}
    for number, piece in enumerate(pieces.pieces):
        for part in piece.parts:
            if hidden[part]:
                root[_top(root, number)] = _top(root, owner.setdefault(part, number))
    groups: dict[int, list[Piece]] = {}
    for number, piece in enumerate(pieces.pieces):
        groups.setdefault(_top(root, number), []).append(piece)
    return tuple(tuple(group) for group in groups.values())


def _judged(group: Sequence[Piece], hidden: Bools) -> tuple[tuple[int, ...], Bools]:
    """Return the visible parts of a family, and which states of the last one are always possible.

    A family of which no part is visible constrains nothing: it is possible, or the evidence is not.
    """
    scope = tuple(sorted({part for piece in group for part in piece.parts if not hidden[part]}))
    if not scope:
        return scope, np.ones(1, dtype=np.bool_)
    if len(group) == 1 and len(scope) == len(group[0].parts):
        return scope, np.asarray((group[0].p > 0).all(axis=tuple(range(len(scope) - 1))))
    size = next(piece.p.shape[piece.parts.index(scope[-1])] for piece in group if scope[-1] in piece.parts)
    return scope, _always(group, hidden, (scope[-1], size))


def _always(group: Sequence[Piece], hidden: Bools, last: tuple[int, int]) -> Bools:
    """Return which states of the last part are possible for all states of the other visible ones.

    Along the chain, the sets of inner states that can be reached are carried on: one set for each
    choice of the visible states so far, as a bit mask. A part seen twice is taken as two, which may
    find zeros where there are none, never the other way round.
    """
    part, size = last
    never = np.zeros(size, dtype=np.bool_)
    reached: set[int] | None = None
    before = -1
    for number, piece in enumerate(group):
        known = [inner for inner in piece.parts if inner == before]
        fresh = [inner for inner in piece.parts if hidden[inner] and inner != before]
        is_last = number == len(group) - 1
        if len(fresh) != (0 if is_last else 1) or (reached is not None and not known):
            return never
        if is_last and part in piece.parts:
            axis = piece.parts.index(part)
            sliced = [np.take(piece.p, [state], axis=axis) for state in range(size)]
            return np.array(
                [0 not in _carried(_turned(Piece(piece.parts, p), known), reached) for p in sliced]
            )
        reached = _carried(_turned(piece, [*known, *fresh]), reached)
        if 0 in reached or len(reached) > MAX_REACHED:
            return never
        before = fresh[0] if fresh else -1
    return ~never


def _turned(piece: Piece, inner: Sequence[int]) -> Bools:
    """Return the support of a table, shape (visible states, before, after), 1 where there is none."""
    axes = [axis for axis, part in enumerate(piece.parts) if part not in inner]
    last = [piece.parts.index(part) for part in inner]
    shape = [piece.p.shape[axis] for axis in last]
    if len(inner) == 1:
        # The first table of a chain has no step before it, the last none behind it.
        shape = [*shape, 1]
    return np.asarray(np.transpose(piece.p, [*axes, *last]) > 0).reshape(-1, *shape)


def _carried(support: Bools, reached: set[int] | None) -> set[int]:
    """Return the sets of inner states that can be reached behind a table; 0 is "none at all"."""
    if reached is None:
        support, reached = np.swapaxes(support, 1, 2), {1}
    weights = 1 << np.arange(support.shape[2], dtype=object)
    masks = {tuple(row) for row in (support @ weights).tolist()}  # after-states of each before-state
    return {
        _union(mask for state, mask in enumerate(row) if before >> state & 1)
        for row in masks
        for before in reached
    }


def _union(masks: Iterable[int]) -> int:
    total = 0
    for mask in masks:
        total |= mask
    return total
