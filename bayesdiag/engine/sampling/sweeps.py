"""The loop that sums each block out, adds its beliefs up and draws it anew, compiled."""

from __future__ import annotations

import numpy as np

from bayesdiag.engine.compiled import compiled, inner_loop
from bayesdiag.engine.layout import Floats, Ints
from bayesdiag.engine.sampling.flat import (
    END_INPUT,
    END_OTHER,
    END_OUTER,
    FIRST_INPUT,
    FIRST_OTHER,
    FIRST_OUTER,
    MAP,
    MESSAGE,
    PART,
    PLACES,
    RECEIVER,
    ROWS,
    SIZE,
    START,
    TABLE,
    Sweeper,
)

FEW = 12
"""A cluster with more inputs than this is multiplied as logarithms, so that nothing underflows."""
TINY = 1e-200
"""A cluster whose rows are all below this is multiplied again as logarithms."""


@compiled
def sweep(
    sweeper: Sweeper, states: Ints, uniforms: Floats, sums: Floats, worlds: Ints
) -> float:  # pragma: no cover - compiled
    """Draw all blocks in turn, many times, and add up what each block believes before it is drawn.

    Args:
        sweeper: The blocks.
        states: State of each part, shape (parts,), changed in place.
        uniforms: Numbers in [0, 1), shape (sweeps, clusters).
        sums: Beliefs of part states, shape (states of all parts,), added to in place: one for each
            sweep and each block that a part is in.
        worlds: Room for states, shape (m, parts), m ≤ sweeps: m of them, evenly apart, leave theirs.

    Returns:
        Natural logarithm of what the last block summed to, -inf where a block found nothing
        possible: the sweep ends there.

    References:
        Gelfand and Smith (1990), Sampling-based approaches to calculating marginal densities,
        Journal of the American Statistical Association 85, 398-409: average the distribution a
        draw comes from, not the draw.
    """
    values = sweeper.numbers.copy()
    table = np.empty(sweeper.n_cells)
    down = np.empty(len(values))
    log_mass = 0.0
    n_sweeps = len(uniforms)
    every = max(1, n_sweeps // max(1, len(worlds)))
    for turn in range(n_sweeps):
        for block in range(len(sweeper.blocks) - 1):
            first, end = sweeper.blocks[block], sweeper.blocks[block + 1]
            log_mass = 0.0
            for k in range(first, end):
                log_mass += _collect(sweeper, k, states, values, table)
                if log_mass == -np.inf:
                    return log_mass
            for k in range(end - 1, first - 1, -1):
                _believe(sweeper, k, values, table, down)
                _draw(sweeper, k, states, uniforms[turn, k], table, sums)
        if len(worlds) > 0 and (turn + 1) % every == 0 and (turn + 1) // every <= len(worlds):
            worlds[(turn + 1) // every - 1] = states
    return log_mass


@inner_loop
def _collect(
    sweeper: Sweeper, k: int, states: Ints, values: Floats, table: Floats
) -> float:  # pragma: no cover - compiled
    """Fill a cluster's table, write its message; return the logarithm of the scale taken out."""
    cluster = sweeper.clusters[k]
    n_rows, size, at, message = cluster[ROWS], cluster[SIZE], cluster[TABLE], cluster[MESSAGE]
    in_logs = cluster[END_INPUT] - cluster[FIRST_INPUT] > FEW
    scale = 0.0
    for _attempt in range(2):
        scale = _multiply(sweeper, k, states, values, table, in_logs)
        top = 0.0
        for row in range(n_rows):
            total = 0.0
            for x in range(size):
                total += table[at + row * size + x]
            values[message + row] = total
            top = max(top, total)
        if top >= TINY or in_logs:
            break
        in_logs = True
    if top == 0.0:
        return -np.inf
    for row in range(n_rows):
        values[message + row] /= top
    return float(scale + np.log(top))


@inner_loop
def _multiply(
    sweeper: Sweeper, k: int, states: Ints, values: Floats, table: Floats, in_logs: bool
) -> float:  # pragma: no cover - compiled
    """Multiply a cluster's inputs into its table; return the logarithm of the scale taken out."""
    cluster = sweeper.clusters[k]
    at = cluster[TABLE]
    n_cells = cluster[ROWS] * cluster[SIZE]
    for cell in range(n_cells):
        table[at + cell] = 0.0 if in_logs else 1.0
    for i in range(cluster[FIRST_INPUT], cluster[END_INPUT]):
        start = sweeper.inputs[i, START]
        for j in range(sweeper.inputs[i, FIRST_OUTER], sweeper.inputs[i, END_OUTER]):
            start += states[sweeper.strides[j, 0]] * sweeper.strides[j, 1]
        places = sweeper.inputs[i, PLACES]
        if in_logs:
            for cell in range(n_cells):
                table[at + cell] += np.log(values[start + sweeper.maps[places + cell]])
        else:
            for cell in range(n_cells):
                table[at + cell] *= values[start + sweeper.maps[places + cell]]
    if not in_logs:
        return 0.0
    top = -np.inf
    for cell in range(n_cells):
        top = max(top, table[at + cell])
    for cell in range(n_cells):
        table[at + cell] = np.exp(table[at + cell] - top) if top > -np.inf else 0.0
    return top if top > -np.inf else 0.0


@inner_loop
def _believe(
    sweeper: Sweeper, k: int, values: Floats, table: Floats, down: Floats
) -> None:  # pragma: no cover - compiled
    """Turn a cluster's table into its belief: times what its receiver believes over what it was sent."""
    cluster = sweeper.clusters[k]
    n_rows, size, at, message = cluster[ROWS], cluster[SIZE], cluster[TABLE], cluster[MESSAGE]
    if cluster[RECEIVER] < 0:
        for row in range(n_rows):
            down[row] = 1.0
    else:
        for row in range(n_rows):
            down[row] = 0.0
        receiver = sweeper.clusters[cluster[RECEIVER]]
        for cell in range(receiver[ROWS] * receiver[SIZE]):
            down[sweeper.maps[cluster[MAP] + cell]] += table[receiver[TABLE] + cell]
        for row in range(n_rows):
            if values[message + row] > 0.0:
                down[row] /= values[message + row]
    total = 0.0
    for row in range(n_rows):
        for x in range(size):
            table[at + row * size + x] *= down[row]
            total += table[at + row * size + x]
    for cell in range(n_rows * size):
        table[at + cell] /= total


@inner_loop
def _draw(
    sweeper: Sweeper, k: int, states: Ints, uniform: float, table: Floats, sums: Floats
) -> None:  # pragma: no cover - compiled
    """Add a part's belief to the sums and draw its state given the parts drawn before it."""
    cluster = sweeper.clusters[k]
    n_rows, size, at, part = cluster[ROWS], cluster[SIZE], cluster[TABLE], cluster[PART]
    place = sweeper.first_state[part]
    for row in range(n_rows):
        for x in range(size):
            sums[place + x] += table[at + row * size + x]
    row = 0
    for j in range(cluster[FIRST_OTHER], cluster[END_OTHER]):
        row += states[sweeper.strides[j, 0]] * sweeper.strides[j, 1]
    total = 0.0
    for x in range(size):
        total += table[at + row * size + x]
    passed = 0.0
    for x in range(size):
        p = table[at + row * size + x]
        passed += p
        if p > 0.0:
            states[part] = x
            if passed > uniform * total:
                break
