"""Which parts zeros in the tables tie together, so that they may only be sampled jointly.

Sampling one block given the rest can reach everything possible where the possible worlds are a
product: each unit in one of its own possible states, whatever the others do. Tables without zeros
forbid nothing; the parts of a table with zeros become one unit. This is enough, not necessary:
some units could be parted and still be reached.

The inner steps of a noisy-MAX chain are full of zeros, yet the family as a whole may have none,
as with a leak and no certain link. Such a chain ties nothing together, provided that its inner
steps are drawn anew with every neighbour of theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from bayesdiag.engine.layout import Bools, Ints
from bayesdiag.engine.sampling.pieces import Piece, Pieces

MAX_REACHED = 4096
"""A chain with more different sets of reachable steps than this is taken for one with zeros."""


def units_of(pieces: Pieces) -> tuple[Ints, list[list[Piece]]]:
    """Return the unit of each part, and the pieces family by family.

    Returns:
        Unit number of each part, shape (parts,): -1 for a part with one state and for an inner
        step. And groups of pieces that share inner steps; all others stand alone.
    """
    hidden = pieces.hidden
    groups = _groups(pieces, hidden)
    root = list(range(len(pieces.sizes)))
    for group in groups:
        if _is_positive(group, hidden):
            continue
        scope = sorted({part for piece in group for part in piece.parts if not hidden[part]})
        for part in scope[1:]:
            root[_top(root, part)] = _top(root, scope[0])
    tops = [
        _top(root, part) if size > 1 and not hidden[part] else -1 for part, size in enumerate(pieces.sizes)
    ]
    number = {top: place for place, top in enumerate(sorted({top for top in tops if top >= 0}))}
    return np.array([number.get(top, -1) for top in tops], dtype=np.int64), groups


def _top(root: list[int], part: int) -> int:
    while root[part] != part:
        root[part] = root[root[part]]
        part = root[part]
    return part


def _groups(pieces: Pieces, hidden: Bools) -> list[list[Piece]]:
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
    return list(groups.values())


def _is_positive(group: Sequence[Piece], hidden: Bools) -> bool:
    """Whether a family is above zero for all states of its visible parts, inner steps summed out.

    Along the chain, the sets of inner states that can be reached are carried on: one set for each
    choice of the visible states so far, as a bit mask. A part seen twice is taken as two, which may
    find zeros where there are none, never the other way round.
    """
    if len(group) == 1 and not hidden[list(group[0].parts)].any():
        return bool((group[0].p > 0).all())
    reached: set[int] | None = None
    before = -1
    for piece in group:
        inner = [part for part in piece.parts if hidden[part]]
        known = [part for part in inner if part == before]
        fresh = [part for part in inner if part != before]
        if len(fresh) > 1 or (reached is not None and not known and inner):
            return False
        table = _turned(piece, [*known, *fresh])
        reached = _carried(table, reached if known else None, is_last=not fresh)
        if 0 in reached or len(reached) > MAX_REACHED:
            return False
        before = fresh[0] if fresh else -1
    return True


def _turned(piece: Piece, last: Sequence[int]) -> Bools:
    """Return the support of a table, shape (visible states, before, after)."""
    axes = [axis for axis, part in enumerate(piece.parts) if part not in last]
    inner = [piece.parts.index(part) for part in last]
    return np.asarray(np.transpose(piece.p, [*axes, *inner]) > 0).reshape(
        -1, *(piece.p.shape[axis] for axis in inner)
    )


def _carried(support: Bools, reached: set[int] | None, *, is_last: bool) -> set[int]:
    """Return the sets of inner states that can be reached behind a table; 0 is "none at all"."""
    if is_last:
        support = support[..., None]
    if reached is None:
        support = support[:, None, :] if support.ndim == 2 else support
        reached = {1}
    weights = 1 << np.arange(support.shape[2], dtype=object)
    masks = {tuple(row) for row in (support @ weights).tolist()}  # after-states of each before-state
    return {
        _union(row[state] for state in range(len(row)) if before >> state & 1)
        for row in masks
        for before in reached
    }


def _union(masks: Iterable[int]) -> int:
    total = 0
    for mask in masks:
        total |= mask
    return total
