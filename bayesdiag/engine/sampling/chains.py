"""Several chains run side by side until their bands are narrow enough or their budget is spent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayesdiag.engine.layout import Bools, Floats, Ints, Layout
from bayesdiag.engine.sampling.bands import N_BATCHES, N_CHAINS, bands, halved
from bayesdiag.engine.sampling.blocks import Block
from bayesdiag.engine.sampling.fired import responsibilities
from bayesdiag.engine.sampling.flat import Sweeper
from bayesdiag.engine.sampling.pieces import Pieces
from bayesdiag.engine.sampling.sweeps import sweep
from bayesdiag.engine.sampling.worlds import Worlds
from bayesdiag.engine.tables import NO_SLOT, Family

FIRST_LENGTH = 64
"""Sweeps in a batch at first, if the budget allows; twice as many each time the bands are too wide."""
MAX_WORLDS = 256
"""Worlds of a batch that responsibilities are reckoned from."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What is asked about.

    Attributes:
        families: Numbers of every variable.
        layout: Where the slots are.
        row: Likelihoods, shape (S,).
        keep: Variables that matter, parents before children.
    """

    families: Sequence[Family]
    layout: Layout
    row: Floats
    keep: tuple[int, ...]

    @property
    def names_responsibilities(self) -> bool:
        """Whether the row itself says something about responsibilities."""
        return bool((self.row[self.layout.n_states :] != 1.0).any())


class Chains:
    """`N_CHAINS` chains and what they have seen so far.

    Their random numbers come from a seed of their own, so that they do not depend on what else is drawn.

    Attributes:
        n_sweeps: Sweeps of all chains together.
        log_mass: Natural logarithm of what the last block summed to.
    """

    def __init__(
        self, scene: Scene, pieces: Pieces, blocks: Sequence[Block], sweeper: Sweeper, seed: int
    ) -> None:
        self._scene = scene
        self._pieces = pieces
        self._sweeper = sweeper
        self._generator = np.random.default_rng(seed)
        self._states = np.zeros((N_CHAINS, len(pieces.sizes)), dtype=np.int64)
        self._n_blocks = _block_counts(pieces, blocks)
        self._batches = np.zeros((N_CHAINS, N_BATCHES, scene.layout.n_slots))
        self.n_sweeps = 0
        self.log_mass = 0.0

    @property
    def products(self) -> int:
        """Multiplications a sweep takes."""
        return len(self._sweeper.maps) + 1

    def begin(self, worlds: Worlds, safe: Ints) -> bool:
        """Put each chain into a world of its own and sweep once; return False where nothing is possible.

        Args:
            worlds: Possible worlds, shape (n, variables), n ≥ 0.
            safe: Safe state of each part, -1 where there is none.
        """
        for chain in range(N_CHAINS):
            if chain < len(worlds):
                self._states[chain] = self._states_of(worlds[chain])
                self._swept(chain, 1, 0)
                if self.log_mass > -np.inf:
                    continue
            if not self._begin_anywhere(chain, safe):
                return False
        return True

    def _begin_anywhere(self, chain: int, safe: Ints) -> bool:
        """Begin with free parts in their safe states and the others anywhere.

        What zeros allow a unit is then its own affair. So a block finds possible states for its
        units, unless there are none; its free parts are put back for the next block to find its own.
        """
        sweeper = self._sweeper
        self._states[chain] = self._generator.integers(np.array(self._pieces.sizes))
        for block in range(len(sweeper.blocks) - 1):
            self._states[chain] = np.where(safe >= 0, safe, self._states[chain])
            self._swept(chain, 1, 0, slice(block, block + 2))
            if self.log_mass == -np.inf:
                return False
        return True

    def exact(self) -> Floats:
        """Return the means of a single sweep: exact where one block holds all that moves; shape (S,)."""
        sums, _ = self._swept(0, 1, 0)
        return _slot_means(self._pieces, sums, self._scene.layout.n_slots)

    def run(self, half_width: float, max_sweeps: float) -> tuple[Floats, Floats, Bools]:
        """Sweep until all bands are narrow enough and all chains agree, or the budget is spent.

        Args:
            half_width: Half of the width wanted.
            max_sweeps: Sweeps of all chains together that are not exceeded, but that each batch has one.

        Returns:
            Means, half-widths and agreement for each slot, shape (S,) each.
        """
        length, first = int(max(1, min(FIRST_LENGTH, max_sweeps // (N_CHAINS * N_BATCHES)))), 0
        while True:
            for chain in range(N_CHAINS):
                for batch in range(first, N_BATCHES):
                    self._batches[chain, batch] = self._batch(chain, length)
            means, half, agree = bands(self._batches, length)
            done = agree.all() and half.max(initial=0.0) <= half_width
            if done or N_CHAINS * N_BATCHES * length * 2 > max_sweeps:
                return means, half, agree
            self._batches = halved(self._batches)
            length, first = 2 * length, N_BATCHES // 2

    def _batch(self, chain: int, length: int) -> Floats:
        """Return the mean over one batch for each slot."""
        scene = self._scene
        n_events = len(scene.layout.events)
        n_worlds = 0 if scene.names_responsibilities or not n_events else min(length, MAX_WORLDS)
        sums, states = self._swept(chain, length, n_worlds)
        means = _slot_means(self._pieces, sums / (length * self._n_blocks), scene.layout.n_slots)
        if n_worlds:
            worlds = _worlds(self._pieces, scene.layout, states)
            fired = responsibilities(scene.families, scene.layout, scene.keep, worlds)
            means[scene.layout.n_states :] = fired.mean(axis=0)
        return means

    def _swept(
        self, chain: int, length: int, n_worlds: int, blocks: slice = slice(None)
    ) -> tuple[Floats, Ints]:
        sweeper = self._sweeper._replace(blocks=self._sweeper.blocks[blocks])
        sums = np.zeros(int(sweeper.first_state[-1]))
        worlds = np.zeros((n_worlds, self._states.shape[1]), dtype=np.int64)
        uniforms = self._generator.random((length, len(sweeper.clusters)))
        self.log_mass = float(sweep(sweeper, self._states[chain], uniforms, sums, worlds))
        self.n_sweeps += length
        return sums, worlds

    def _states_of(self, world: Worlds) -> Ints:
        """Return the states of all parts in a world; what it does not tell is drawn."""
        starts = np.array(self._scene.layout.offsets)
        wanted = {int(starts[variable] + state) for variable, state in enumerate(world)}
        states = []
        for slots in self._pieces.slots:
            told = [state for state, slot in enumerate(slots[:, 0]) if int(slot) in wanted]
            states.append(told[0] if told else int(self._generator.integers(len(slots))))
        return np.array(states, dtype=np.int64)


def _block_counts(pieces: Pieces, blocks: Sequence[Block]) -> Floats:
    """Return for each part state the number of blocks its part is in, at least 1."""
    counts = np.zeros(len(pieces.sizes))
    for block in blocks:
        counts[[cluster.part for cluster in block.clusters]] += 1
    return np.repeat(np.maximum(counts, 1), pieces.sizes)


def _slot_means(pieces: Pieces, means: Floats, n_slots: int) -> Floats:
    """Add up part states' means to those of the slots they stand for; a part with one state is in it."""
    found = np.zeros(n_slots + 1)  # NO_SLOT is -1: the last place
    means = np.where(np.repeat(np.array(pieces.sizes) == 1, pieces.sizes), 1.0, means)
    slots = np.concatenate([np.zeros((0, 2), dtype=np.int64), *pieces.slots])
    for column in (0, 1):
        np.add.at(found, slots[:, column], means)
    return found[:-1]


def _worlds(pieces: Pieces, layout: Layout, states: Ints) -> Worlds:
    """Return the states of variables, shape (n, variables), from those of parts."""
    worlds = np.zeros((len(states), len(layout.names)), dtype=np.int16)
    for part, slots in enumerate(pieces.slots):
        told = slots[slots[:, 0] != NO_SLOT, 0]
        if not len(told):
            continue
        variable = int(np.searchsorted(layout.offsets, told[0], side="right")) - 1
        here = slots[states[:, part], 0]
        worlds[here != NO_SLOT, variable] = here[here != NO_SLOT] - layout.offsets[variable]
    return worlds
