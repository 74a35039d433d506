"""Blocks of parts that are drawn jointly: each nearly spans the network, cut open where it would be too wide.

Given its surroundings a block is a network of small clusters, so it can be summed out and drawn
exactly. Cutting only a few parts off, one block after the other, mixes far better than one part
at a time (Hamze and de Freitas 2004, From fields to trees, UAI-04).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import exp, log

from bayesdiag.engine.layout import Ints
from bayesdiag.engine.order import elimination_order
from bayesdiag.engine.sampling.pieces import Pieces
from bayesdiag.engine.sampling.units import Units
from bayesdiag.errors import TooLarge


@dataclass(frozen=True, slots=True)
class Cluster:
    """One step of summing a block out: a part, and what it stands together with at that time.

    Attributes:
        part: The part summed out here.
        others: The parts it sends a message about, all summed out later, in ascending order.
    """

    part: int
    others: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """Parts drawn jointly given all others.

    Attributes:
        clusters: Its parts in the order they are summed out.
        pieces: Numbers of the tables that touch it.
    """

    clusters: tuple[Cluster, ...]
    pieces: tuple[int, ...]


@dataclass(slots=True)
class _Ground:
    """What blocks are cut out of."""

    pieces: Pieces
    unit_of: Ints
    near: list[set[int]]
    hidden_near: list[tuple[int, ...]]
    """Part → inner steps that must be drawn anew with it."""
    homeless: tuple[int, ...]
    """Inner steps that touch no part that moves."""
    log_sizes: list[float]
    members: list[list[int]] = field(default_factory=list)


def blocks_of(pieces: Pieces, units: Units, block_cells: float, max_cells: float) -> list[Block]:
    """Return blocks that cover every part and never part a unit.

    Args:
        pieces: The network for one row.
        units: Which parts may not be parted.
        block_cells: Cells a cluster may have before parts are cut off.
        max_cells: Cells a cluster of a unit may have at all.

    Raises:
        TooLarge: Parts that zeros tie together make a cluster with more cells than that.
    """
    ground = _ground(pieces, units)
    n_units = len(ground.members)
    uncovered = set(range(n_units))
    blocks: list[Block] = []
    while uncovered or not blocks:
        seed = min(uncovered, default=-1)
        inside, order = _spanning(ground, seed, uncovered, log(block_cells))
        block = _block(ground, inside, order)
        if _log_largest(ground, block) > log(max(block_cells, max_cells)):
            block = _block(ground, inside, _better_order(ground, block))
        _check_size(ground, block, max(max_cells, block_cells))
        blocks.append(block)
        uncovered -= inside
    return blocks


def _ground(pieces: Pieces, units: Units) -> _Ground:
    sizes, hidden = pieces.sizes, pieces.hidden
    near: list[set[int]] = [set() for _ in sizes]
    for piece in pieces.pieces:
        for part in piece.parts:
            near[part].update(piece.parts)
    hidden_near: list[set[int]] = [set() for _ in sizes]
    homeless: set[int] = set()
    for group in units.groups:
        scope = {part for piece in group for part in piece.parts}
        inner = {part for part in scope if hidden[part]}
        homeless |= inner if inner == scope else set()
        for part in scope - inner:
            hidden_near[part] |= inner
    for part, others in enumerate(near):
        others.discard(part)
    members: list[list[int]] = [[] for _ in range(int(units.unit_of.max(initial=-1)) + 1)]
    for part, unit in enumerate(units.unit_of):
        if unit >= 0:
            members[unit].append(part)
    log_sizes = [log(size) for size in sizes]
    known = [tuple(sorted(inner)) for inner in hidden_near]
    return _Ground(pieces, units.unit_of, near, known, tuple(sorted(homeless)), log_sizes, members)


def _spanning(
    ground: _Ground, seed: int, uncovered: Iterable[int], log_limit: float
) -> tuple[set[int], list[int]]:
    """Return as many units as can be summed out together, the seed among them, and an order of parts.

    Parts leave by least cells. Where even the best would make too large a cluster, the unit with
    the most neighbours is cut off, of those that another block has first.
    """
    inside = set(range(len(ground.members)))
    wanted = set(uncovered)
    left = {part for unit in ground.members for part in unit} | set(ground.homeless)
    left |= {inner for part in list(left) for inner in ground.hidden_near[part]}
    near = {part: ground.near[part] & left for part in left}
    cells = {part: _log_cells(ground, part, near) for part in left}
    order = []
    while left:
        best = min(left, key=lambda part: (cells[part], part))
        cut = _unit_to_cut(ground, left, near, (seed, wanted)) if cells[best] > log_limit else -1
        if cut >= 0:
            inside.discard(cut)
            gone = [part for part in ground.members[cut] if part in left]
        else:
            order.append(best)
            gone = [best]
            _join(near, best)
        stale = set().union(*(near[part] for part in gone)) - set(gone)
        for part in gone:
            left.discard(part)
            for other in near.pop(part):
                if other in near:
                    near[other].discard(part)
        for part in stale:
            cells[part] = _log_cells(ground, part, near)
    return inside, order


def _log_cells(ground: _Ground, part: int, near: dict[int, set[int]]) -> float:
    return ground.log_sizes[part] + sum(ground.log_sizes[other] for other in near[part])


def _join(near: dict[int, set[int]], part: int) -> None:
    around = near[part]
    for one in around:
        near[one] |= around
        near[one].discard(one)


def _unit_to_cut(
    ground: _Ground, left: set[int], near: dict[int, set[int]], seed_and_wanted: tuple[int, set[int]]
) -> int:
    """Return the unit to cut off, -1 where only the seed and inner steps are left."""
    seed, wanted = seed_and_wanted
    best, best_score = -1, (False, -1.0)
    for part in sorted(left):
        unit = int(ground.unit_of[part])
        score = (unit not in wanted, _log_cells(ground, part, near))
        if unit not in {-1, seed} and (best < 0 or score > best_score):
            best, best_score = unit, score
    return best


def _block(ground: _Ground, inside: set[int], order: Sequence[int]) -> Block:
    """Return the block of these units, summed out in this order, with the clusters that makes."""
    visible = {part for unit in inside for part in ground.members[unit]}
    parts = visible | {inner for part in visible for inner in ground.hidden_near[part]} | set(ground.homeless)
    near = {part: ground.near[part] & parts for part in parts}
    clusters = []
    for part in order:
        if part not in parts:
            continue
        _join(near, part)
        others = near.pop(part)
        for other in others:
            near[other].discard(part)
        clusters.append(Cluster(part, tuple(sorted(others))))
    touching = tuple(
        number for number, piece in enumerate(ground.pieces.pieces) if not parts.isdisjoint(piece.parts)
    )
    return Block(tuple(clusters), touching)


def _better_order(ground: _Ground, block: Block) -> list[int]:
    """Return the best of many orders of a block's parts: it is worth the time where the first failed."""
    parts = sorted(cluster.part for cluster in block.clusters)
    place = {part: number for number, part in enumerate(parts)}
    scopes = [
        [place[part] for part in ground.pieces.pieces[number].parts if part in place]
        for number in block.pieces
    ]
    order, _ = elimination_order(scopes, [ground.pieces.sizes[part] for part in parts])
    return [parts[number] for number in order]


def _log_largest(ground: _Ground, block: Block) -> float:
    return max((_log_size(ground, cluster) for cluster in block.clusters), default=0.0)


def _log_size(ground: _Ground, cluster: Cluster) -> float:
    return sum(ground.log_sizes[part] for part in (cluster.part, *cluster.others))


def _check_size(ground: _Ground, block: Block, max_cells: float) -> None:
    if _log_largest(ground, block) <= log(max_cells):
        return
    largest = max(block.clusters, key=lambda cluster: _log_size(ground, cluster))
    labels = [ground.pieces.labels[part] for part in (largest.part, *largest.others)]
    shown = ", ".join(labels[:6]) + (", …" if len(labels) > 6 else "")
    raise TooLarge(
        f"Sampling would draw {shown} jointly, since zeros in their tables tie them together: "
        f"{len(labels)} parts, {exp(min(_log_size(ground, largest), 700)):.3g} cells; "
        f"{max_cells:.3g} are allowed. Observe more, or ask for fewer variables."
    )
