"""The steps carried out on numbers: forward for the evidence, back for its derivatives.

A step multiplies a table by a small matrix over its local dims, for every state of the others. All
numbers are non-negative and nothing is subtracted, so no digit cancels. Tables are divided by their
largest number before each step; where a number might have vanished all the same, the row is
`doubtful` and is computed again by `reference`, in logarithms.
"""

from __future__ import annotations

import numpy as np

from bayesdiag.engine.compiled import compiled, inner_loop
from bayesdiag.engine.frontier.greedy import MAX_LOCAL
from bayesdiag.engine.frontier.lanes import (
    add_products,
    filled,
    highest,
    loaded,
    plus,
    store,
)
from bayesdiag.engine.frontier.local import Numbers, Toward, derivatives, lattice, most_acts, write_matrix
from bayesdiag.engine.frontier.steps import Steps
from bayesdiag.engine.layout import Floats, Ints

FORWARD = 0
BACK = 1
"""What an entry of a schedule does with its step."""
STATES = 2**MAX_LOCAL
SCRATCH = 3 * 32 * STATES + 32
"""Numbers of working space at the head of the arena: three sets of lanes, and a vector."""
SAFE = 1e-150
"""The least that tables and evidence may be beside their largest numbers; see `sweep`."""


@compiled
def sweep(
    steps: Steps, numbers: Numbers, schedule: Ints, arena: Floats, toward: Toward
) -> tuple[float, bool]:  # pragma: no cover - compiled
    """Carry out a schedule: (FORWARD or BACK, step, address of three tables) in each line.

    Forward reads the first table and writes the second. Back reads the first and, in the second,
    what lies behind the step, and writes what lies before it into the third.

    No number of a step is above 1, and a product vanishes only below 1e-308. So what has vanished
    from a table can add no more than about 1e-308 times the largest number behind the step; where
    the evidence is above `SAFE` beside the largest numbers on both sides, it is nothing.

    Returns:
        The logarithm of the evidence; and whether it is doubtful, or none was found.
    """
    n_steps = len(steps.sizes)
    tops = np.ones(n_steps + 1)
    values = np.zeros((most_acts(steps) + 1, STATES))
    matrix = np.empty(STATES * STATES)
    sums = np.empty(STATES * STATES * 8)
    doubtful, behind = False, 1.0
    for k in range(len(schedule)):
        g = schedule[k, 1]
        lattice(steps, numbers, g, values)
        write_matrix(steps, numbers, g, values[steps.first_act[g + 1] - steps.first_act[g]], matrix)
        if schedule[k, 0] == FORWARD:
            if g == 0:
                arena[schedule[k, 2]] = 1.0
            tops[g + 1] = _forward(steps, g, matrix, 1.0 / tops[g], arena, schedule[k, 2], schedule[k, 3])
            if not tops[g + 1] > SAFE:
                return 0.0, True
        else:
            if g == n_steps - 1:
                arena[schedule[k, 3]], behind = 1.0, 1.0
            scales = (1.0 / tops[g], 1.0 / behind)
            behind = _back(steps, g, matrix, scales, arena, schedule[k, 2:], sums)
            evidence = derivatives(steps, numbers, g, values, (matrix, sums, toward))
            if not (evidence > SAFE and behind > SAFE):
                return 0.0, True
    if len(schedule) == n_steps:
        # Nobody looked back: what vanished before a step could have weighed as much as all behind it.
        log_behind = 0.0
        for g in range(n_steps, 0, -1):
            log_behind += np.log(tops[g])
            doubtful = doubtful or log_behind < np.log(SAFE)
    return float(np.log(tops[1:]).sum()), doubtful


@inner_loop
def _base(steps: Steps, g: int, tile: int) -> int:
    """Return where a tile of lanes begins in the table before a step."""
    base = 0
    for i in range(steps.first_high[g], steps.first_high[g + 1]):
        if (tile >> (i - steps.first_high[g])) & 1:
            base += steps.high_at[i]
    return base


@inner_loop
def _gather(arena: Floats, start: int, steps: Steps, g: int, n_lanes: int) -> None:
    """Copy the lanes of all states read to the head of the arena; lanes too many repeat the first."""
    read = steps.first_read[g]
    for s in range(1 << steps.sizes[g, 1]):
        place = start + steps.read_at[read + s]
        for v in range(32):
            arena[s * 32 + v] = arena[place + steps.lane_at[g, v if v < n_lanes else 0]]


@inner_loop
def _forward(
    steps: Steps, g: int, matrix: Floats, scale: float, arena: Floats, source: int, target: int
) -> float:
    """Write the table behind a step and return its largest number."""
    n_read, n_written, n_rest, in_place = (
        steps.sizes[g, 1],
        steps.sizes[g, 2],
        steps.sizes[g, 3],
        steps.sizes[g, 6],
    )
    n_lanes = 1 << min(n_rest, 5)
    width, read, written = 1 << n_written, steps.first_read[g], steps.first_written[g]
    first = np.zeros(width + 1, dtype=np.int64)
    coefs = np.empty(width << n_read)
    places = np.empty(width << n_read, dtype=np.int64)
    n = 0
    for t in range(width):
        for s in range(1 << n_read):
            if matrix[s * width + t] > 0.0:
                coefs[n] = matrix[s * width + t] * scale
                places[n] = steps.read_at[read + s] if in_place else s * 32
                n += 1
        first[t + 1] = n
    top = filled(0.0)
    out = 32 * STATES
    for tile in range(1 << max(n_rest - 5, 0)):
        start = source + _base(steps, g, tile)
        if not in_place:
            _gather(arena, start, steps, g, n_lanes)
            start = 0
        for t in range(width):
            total = filled(0.0)
            for j in range(first[t], first[t + 1]):
                total = plus(total, coefs[j], loaded(arena, start + places[j]))
            top = highest(top, total)
            if n_lanes == 32:
                store(arena, target + tile * 32 + steps.written_at[written + t], total)
            else:
                store(arena, out, total)
                for v in range(n_lanes):
                    arena[target + steps.written_at[written + t] + v] = arena[out + v]
    store(arena, 3 * 32 * STATES, top)
    return float(arena[3 * 32 * STATES : SCRATCH].max())


@inner_loop
def _back(
    steps: Steps,
    g: int,
    matrix: Floats,
    scales: tuple[float, float],
    arena: Floats,
    tables: Ints,
    sums: Floats,
) -> float:
    """Write what lies before a step and return its largest number.

    The derivative by each number of the step's matrix is put into `sums`.
    """
    n_read, n_written, n_rest, in_place = (
        steps.sizes[g, 1],
        steps.sizes[g, 2],
        steps.sizes[g, 3],
        steps.sizes[g, 6],
    )
    n_lanes = 1 << min(n_rest, 5)
    width, read, written = 1 << n_written, steps.first_read[g], steps.first_written[g]
    first = np.zeros((1 << n_read) + 1, dtype=np.int64)
    coefs = np.empty(width << n_read)
    places = np.empty(width << n_read, dtype=np.int64)
    column = np.empty(width << n_read, dtype=np.int64)
    n = 0
    for s in range(1 << n_read):
        for t in range(width):
            if matrix[s * width + t] > 0.0:
                coefs[n] = matrix[s * width + t] * scales[1]
                places[n] = steps.written_at[written + t] if n_lanes == 32 else t * 32
                column[n] = s * width + t
                n += 1
        first[s + 1] = n
    sums[: 8 * n] = 0.0
    top = filled(0.0)
    behind_copy, out = 32 * STATES, 2 * 32 * STATES
    for tile in range(1 << max(n_rest - 5, 0)):
        base = _base(steps, g, tile)
        start, behind = tables[0] + base, tables[1] + tile * 32
        if not in_place:
            _gather(arena, start, steps, g, n_lanes)
            start = 0
        if n_lanes < 32:
            for t in range(width):
                for v in range(32):
                    at = behind + steps.written_at[written + t] + (v if v < n_lanes else 0)
                    arena[behind_copy + t * 32 + v] = arena[at]
            behind = behind_copy
            for s in range(1 << n_read):
                arena[s * 32 + n_lanes : s * 32 + 32] = 0.0
        for s in range(1 << n_read):
            before = loaded(arena, start + (steps.read_at[read + s] if in_place else s * 32))
            total = filled(0.0)
            for j in range(first[s], first[s + 1]):
                after = loaded(arena, behind + places[j])
                total = plus(total, coefs[j], after)
                add_products(sums, j * 8, before, after)
            top = highest(top, total)
            place = tables[2] + base + steps.read_at[read + s]
            if in_place:
                store(arena, place, total)
            else:
                store(arena, out, total)
                for v in range(n_lanes):
                    arena[place + steps.lane_at[g, v]] = arena[out + v]
    store(arena, 3 * 32 * STATES, top)
    for j in range(n):
        total_of = 0.0
        for v in range(8):
            total_of += sums[8 * j + v]
        sums[j] = total_of * scales[0] * scales[1]
    # Spread the sums over the whole matrix, last first: a place is never behind its number.
    filled_to = (width << n_read) - 1
    for j in range(n - 1, -1, -1):
        number = sums[j]
        for i in range(column[j] + 1, filled_to + 1):
            sums[i] = 0.0
        sums[column[j]] = number
        filled_to = column[j] - 1
    for i in range(filled_to + 1):
        sums[i] = 0.0
    return float(arena[3 * 32 * STATES : SCRATCH].max())
