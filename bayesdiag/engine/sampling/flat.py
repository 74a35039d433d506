"""Blocks written down as flat arrays, for the compiled loops of `sweeps`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bayesdiag.engine.layout import Floats, Ints
from bayesdiag.engine.sampling.blocks import Block, Cluster
from bayesdiag.engine.sampling.pieces import Pieces
from bayesdiag.errors import TooLarge

Places: TypeAlias = NDArray[np.int32]

PART, SIZE, ROWS, TABLE, MESSAGE, FIRST_INPUT, END_INPUT, FIRST_OTHER, END_OTHER, RECEIVER, MAP = range(11)
"""Columns of `Sweeper.clusters`."""
START, PLACES, FIRST_OUTER, END_OUTER = range(4)
"""Columns of `Sweeper.inputs`."""


class Sweeper(NamedTuple):
    """All blocks as flat arrays.

    Attributes:
        blocks: First cluster of each block, and behind the last one their number.
        clusters: One row a cluster: its part, the part's states, the rows of its table (one for all
            states of the others together), where table and message stand, its inputs, the entries
            of `strides` that tell its row, the cluster its message goes to (-1: none) and the
            message's map there.
        inputs: One row a table or message that enters a cluster: where its numbers start, its map,
            the entries of `strides` that tell its slice by the states of parts outside the block.
        maps: For each cell of a cluster, which of an input's numbers belongs to it.
        strides: (part, stride): what the state of a part adds to a row or a start.
        numbers: The pieces laid end to end, and room for the messages of a block behind them.
        first_state: Place of each part's states in the sums, shape (parts + 1,).
        n_cells: Cells of all tables of the largest block.
    """

    blocks: Ints
    clusters: Ints
    inputs: Ints
    maps: Places
    strides: Ints
    numbers: Floats
    first_state: Ints
    n_cells: int


def sweeper_of(pieces: Pieces, blocks: Sequence[Block], max_places: float) -> Sweeper:
    """Return the blocks as flat arrays.

    Raises:
        TooLarge: Their maps would have more entries than `max_places`; none has been made then.
    """
    n_places = sum(_n_places(pieces, block) for block in blocks)
    if n_places > max_places:
        raise TooLarge(
            f"Sampling {len(pieces.labels)} parts would need {n_places:.3g} places; "
            f"{max_places:.3g} are allowed. Allow smaller blocks, or ask for fewer variables."
        )
    starts = np.cumsum([0, *(piece.p.size for piece in pieces.pieces)]).tolist()
    writer = _Writer(pieces, starts)
    first, n_cells, n_rows = [0], 0, 0
    for block in blocks:
        cells, rows = writer.add(block)
        n_cells, n_rows = max(n_cells, cells), max(n_rows, rows)
        first.append(len(writer.clusters))
    return Sweeper(
        np.array(first, dtype=np.int64),
        np.array(writer.clusters, dtype=np.int64).reshape(-1, MAP + 1),
        np.array(writer.inputs, dtype=np.int64).reshape(-1, END_OUTER + 1),
        np.concatenate([np.zeros(0, dtype=np.int32), *writer.maps]),
        np.array(writer.strides, dtype=np.int64).reshape(-1, 2),
        np.concatenate([*(piece.p.ravel() for piece in pieces.pieces), np.zeros(n_rows)]),
        np.cumsum([0, *pieces.sizes]).astype(np.int64),
        n_cells,
    )


@dataclass(slots=True)
class _Writer:
    pieces: Pieces
    starts: list[int]
    clusters: list[list[int]] = field(default_factory=list)
    inputs: list[list[int]] = field(default_factory=list)
    strides: list[tuple[int, int]] = field(default_factory=list)
    maps: list[Places] = field(default_factory=list)
    n_places: int = 0

    def add(self, block: Block) -> tuple[int, int]:
        """Write a block down; return the cells of its tables and the rows of its messages."""
        first = len(self.clusters)
        place = {cluster.part: number for number, cluster in enumerate(block.clusters)}
        entering = _entering(self.pieces, block, place)
        senders: list[list[int]] = [[] for _ in block.clusters]
        cells = rows = 0
        for number, cluster in enumerate(block.clusters):
            first_input = len(self.inputs)
            for piece in entering[number]:
                self._add_piece(piece, cluster, place)
            for sender in senders[number]:
                self._add_message(sender, number + first, cluster, block.clusters[sender - first])
            others = self._add_strides(_strides(cluster.others, self._sizes(cluster.others)))
            n_rows = int(np.prod(self._sizes(cluster.others), dtype=np.int64))
            size = self.pieces.sizes[cluster.part]
            at = self.starts[-1] + rows
            ports = [first_input, len(self.inputs), *others]
            self.clusters.append([cluster.part, size, n_rows, cells, at, *ports, -1, -1])
            cells, rows = cells + n_rows * size, rows + n_rows
            if cluster.others:
                senders[min(place[part] for part in cluster.others)].append(first + number)
        return cells, rows

    def _sizes(self, parts: Sequence[int]) -> list[int]:
        return [self.pieces.sizes[part] for part in parts]

    def _add_piece(self, number: int, cluster: Cluster, place: dict[int, int]) -> None:
        piece = self.pieces.pieces[number]
        strides = _strides(piece.parts, piece.p.shape)
        outer = self._add_strides({part: step for part, step in strides.items() if part not in place})
        self.inputs.append([self.starts[number], self._add_map(cluster, strides), *outer])

    def _add_message(self, sender: int, receiver: int, cluster: Cluster, sent: Cluster) -> None:
        places = self._add_map(cluster, _strides(sent.others, self._sizes(sent.others)))
        self.clusters[sender][RECEIVER], self.clusters[sender][MAP] = receiver, places
        self.inputs.append([self.clusters[sender][MESSAGE], places, 0, 0])

    def _add_strides(self, strides: dict[int, int]) -> tuple[int, int]:
        first = len(self.strides)
        self.strides += strides.items()
        return first, len(self.strides)

    def _add_map(self, cluster: Cluster, strides: dict[int, int]) -> int:
        """Add which numbers of an input belong to the cells of a cluster; return where this starts."""
        scope = (*cluster.others, cluster.part)
        places = np.zeros(self._sizes(scope), dtype=np.int32)
        for axis, part in enumerate(scope):
            along = np.arange(places.shape[axis], dtype=np.int32) * strides.get(part, 0)
            places += along.reshape([-1 if other == axis else 1 for other in range(len(scope))])
        self.maps.append(places.ravel())
        self.n_places += places.size
        return self.n_places - places.size


def _n_places(pieces: Pieces, block: Block) -> float:
    """Return how many map entries a block takes: cells times inputs, cluster by cluster."""
    place = {cluster.part: number for number, cluster in enumerate(block.clusters)}
    n_inputs = [len(entering) for entering in _entering(pieces, block, place)]
    for cluster in block.clusters:
        if cluster.others:
            n_inputs[min(place[part] for part in cluster.others)] += 1
    return sum(
        count * prod(float(pieces.sizes[part]) for part in (cluster.part, *cluster.others))
        for count, cluster in zip(n_inputs, block.clusters, strict=True)
    )


def _entering(pieces: Pieces, block: Block, place: dict[int, int]) -> list[list[int]]:
    """Return the pieces that enter each cluster: where the first of their parts is summed out."""
    entering: list[list[int]] = [[] for _ in block.clusters]
    for number in block.pieces:
        entering[min(place[part] for part in pieces.pieces[number].parts if part in place)].append(number)
    return entering


def _strides(parts: Sequence[int], shape: Sequence[int]) -> dict[int, int]:
    """Return how far apart neighbouring states of each part stand, the last one innermost."""
    steps = np.cumprod([1, *reversed(shape)], dtype=np.int64)[:-1][::-1]
    return {part: int(step) for part, step in zip(parts, steps, strict=True)}
