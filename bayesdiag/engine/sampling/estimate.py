"""Beliefs with an honest error where exact inference is out of reach: blocks drawn by several chains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bayesdiag.engine.layout import Floats, Layout
from bayesdiag.engine.sampling.bands import ROUNDING
from bayesdiag.engine.sampling.blocks import Block, blocks_of
from bayesdiag.engine.sampling.chains import Chains, Scene
from bayesdiag.engine.sampling.flat import Sweeper, sweeper_of
from bayesdiag.engine.sampling.pieces import Pieces, pieces_of
from bayesdiag.engine.sampling.units import Units, units_of
from bayesdiag.engine.sampling.worlds import Worlds, weighted_worlds
from bayesdiag.engine.tables import Decomposition, Family
from bayesdiag.errors import TooLarge

N_WEIGHTED = 4096
"""Weighted worlds drawn for the chains to begin with, and for a second opinion."""
FEW_WEIGHTED = 200.0
"""With fewer effective weighted worlds their opinion is not heard."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a sampler may spend; all of it counted, none of it by the clock.

    Attributes:
        block_cells: Cells a cluster may have before parts are cut off its block.
        max_cells: Cells a cluster may have that zeros tie together; beyond, `TooLarge`.
        max_places: Entries all maps together may have, four bytes each, and about as much again.
        max_products: Multiplications that all sweeps together do not exceed.
    """

    block_cells: float = 10_000
    max_cells: float = 1_000_000
    max_places: float = 5e7
    max_products: float = 2e9


@dataclass(frozen=True, slots=True)
class Estimate:
    """Beliefs that are estimates.

    Attributes:
        beliefs: Probabilities, shape (S,); 0 throughout where the evidence is impossible.
        half_width: Half of the width of each one's 95 % band, shape (S,).
        log_evidence: Natural logarithm of the probability of the evidence: -inf where impossible,
            None where there is no estimate whose error is known.
        log_evidence_half_width: Half of the width of its 95 % band, None where it has none.
        n_sweeps: Sweeps of all chains together.
        chains_agree: Whether all chains, and the weighted worlds where they can tell, agree. Where
            not, the bands reach as far as their differences.
    """

    beliefs: Floats
    half_width: Floats
    log_evidence: float | None
    log_evidence_half_width: float | None
    n_sweeps: int
    chains_agree: bool


def estimated_beliefs(  # noqa: PLR0913 - a network is two arguments, and what is good enough three more
    families: Sequence[Family],
    layout: Layout,
    row: Floats,
    keep: Sequence[int],
    generator: np.random.Generator,
    *,
    half_width: float = 0.02,
    max_sweeps: int = 1 << 17,
    limits: Limits = Limits(),
) -> Estimate:
    """Estimate the beliefs of a row.

    Args:
        families: Numbers of every variable.
        layout: Where the slots are.
        row: Likelihoods, shape (S,), any of them unsure.
        keep: Variables that matter, parents before children; beliefs of others stay 0.
        generator: Source of the random numbers.
        half_width: Bands of at most twice this width are good enough.
        max_sweeps: Sweeps of all chains together that are not exceeded; a hundred are needed at least.
        limits: What else is not exceeded.

    Returns:
        Beliefs with their bands, those of responsibilities among them.

    Raises:
        TooLarge: Zeros tie together more than can be drawn jointly.
    """
    scene = Scene(families, layout, row, tuple(keep))
    # Responsibilities are reckoned from drawn worlds. Only where the row itself speaks of them are
    # they part of what is drawn: their zeros tie a cause and its stages together.
    seen = layout if scene.names_responsibilities else replace(layout, events=())
    graph = Decomposition(tuple(families), seen).graph(row[: layout.n_states] > 0, scene.keep)
    pieces = pieces_of(graph, row[: seen.n_slots])
    if pieces is None:
        return _impossible(layout)
    units = units_of(pieces)
    blocks, sweeper = _blocks(pieces, units, limits)
    worlds, log_weights = weighted_worlds(families, layout, row, keep, (N_WEIGHTED, generator))
    chains = Chains(scene, pieces, blocks, sweeper, int(generator.integers(1 << 63)))
    possible = worlds[np.isfinite(log_weights)]
    if not chains.begin(possible[:0] if scene.names_responsibilities else possible, units.safe):
        return _impossible(layout)
    if len(blocks) == 1 and len(seen.events) == len(layout.events):
        log_evidence = chains.log_mass + pieces.log_scale
        half = np.full(layout.n_slots, ROUNDING)
        return Estimate(chains.exact(), half, log_evidence, ROUNDING, chains.n_sweeps, chains_agree=True)
    means, half, agree = chains.run(half_width, min(max_sweeps, limits.max_products / chains.products))
    found = Estimate(means, half, None, None, chains.n_sweeps, bool(agree.all()))
    if not scene.names_responsibilities:
        found = _with_second_voice(found, scene, worlds, log_weights)
    if len(blocks) == 1:
        found = replace(
            found, log_evidence=chains.log_mass + pieces.log_scale, log_evidence_half_width=ROUNDING
        )
    return found


def _blocks(pieces: Pieces, units: Units, limits: Limits) -> tuple[list[Block], Sweeper]:
    """Return blocks as large as allowed, smaller ones where all together would take too much memory."""
    cells = limits.block_cells
    while True:
        blocks = blocks_of(pieces, units, cells, limits.max_cells)
        try:
            return blocks, sweeper_of(pieces, blocks, limits.max_places)
        except TooLarge:
            if cells <= 1:
                raise
            cells = max(1.0, cells / 10)


def _impossible(layout: Layout) -> Estimate:
    nothing = np.zeros(layout.n_slots)
    return Estimate(nothing, nothing.copy(), -np.inf, 0.0, 0, chains_agree=True)


def _with_second_voice(found: Estimate, scene: Scene, worlds: Worlds, log_weights: Floats) -> Estimate:
    """Return the estimate with its bands widened to what the weighted worlds say, if they say otherwise.

    They are a second opinion, not the first: the error they name themselves may be far too small
    where a few worlds carry the weight. They are heard when many carry it, and differ by five of
    their own errors; and trusted with the probability of the evidence only if they do not.
    """
    top = log_weights.max()
    if top == -np.inf:
        return found
    weights = np.exp(log_weights - top)
    total = weights.sum()
    n_effective = total**2 / (weights**2).sum()
    if n_effective < FEW_WEIGHTED:
        return found
    far = np.zeros(scene.layout.n_slots)
    unlike = False
    for index in scene.keep:
        span = scene.layout.span(index)
        states = worlds[:, index, None] == np.arange(scene.layout.sizes[index])
        p = weights @ states / total
        error = np.sqrt((weights[:, None] ** 2 * (states - p) ** 2).sum(axis=0)) / total
        # If the chains are right, it is their probability that tells how far draws may stray.
        expected = np.clip(found.beliefs[span], 0.0, 1.0)
        error = np.maximum(error, np.sqrt(expected * (1 - expected) / n_effective))
        apart = np.abs(p - found.beliefs[span])
        unlike |= bool((apart > found.half_width[span] + 5 * error + 5 / n_effective).any())
        far[span] = apart + 1.96 * error
    if unlike:
        return replace(found, half_width=np.maximum(found.half_width, far), chains_agree=False)
    error = float(weights.std(ddof=1) / weights.mean() / np.sqrt(len(weights)))
    log_evidence = float(top + np.log(weights.mean()))
    return replace(found, log_evidence=log_evidence, log_evidence_half_width=1.96 * error)
