"""The steps carried out on numbers: forward for the evidence, back for its derivatives.

A step multiplies a table by a small matrix over its local dims, for every state of the others. All
numbers are non-negative and nothing is subtracted, so no digit cancels. Tables are divided by their
largest number before each step; where a number might have vanished all the same, the row is
`doubtful` and is computed again by `reference`, in logarithms.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bayesdiag.engine.compiled import compiled
from bayesdiag.engine.frontier.lanes import (
    add_products,
    filled,
    highest,
    loaded,
    plus,
    store,
)
from bayesdiag.engine.frontier.order import MAX_LOCAL
from bayesdiag.engine.frontier.steps import ACT, OPEN_BIT, OPEN_CAUSE, Steps
from bayesdiag.engine.layout import Bools, Floats, Ints

FORWARD = 0
BACK = 1
"""What an entry of a schedule does with its step."""
STATES = 2**MAX_LOCAL
SCRATCH = 3 * 32 * STATES + 32
"""Numbers of working space at the head of the arena: three sets of lanes, and a vector."""
SAFE = 1e-150
"""The least that tables and evidence may be beside their largest numbers; see `sweep`."""


class Numbers(NamedTuple):
    """What a row makes of the core; pairs are (for 0, for 1), each scaled as it pleases.

    Attributes:
        weight: Of each cause, shape (causes, 2).
        opened: A bit is unexplained or explained by what was folded in, shape (bits, 2).
        opened_any: Their sums, shape (bits,).
        seen: Likelihoods of the bits' findings, shape (bits, 2).
        quiet: A link raises nothing while its cause is 0 or 1, shape (links, 2).
        raises: It raises its finding, shape (links, 2).
        any: Their sums, shape (links, 2).
    """

    weight: Floats
    opened: Floats
    opened_any: Floats
    seen: Floats
    quiet: Floats
    raises: Floats
    any: Floats


class Toward(NamedTuple):
    """Derivatives of the evidence, each pair up to a factor of its own.

    Attributes:
        cause: By the weights, shape (causes, 2).
        bit: By the pairs the bits opened with, shape (bits, 2).
        seen: By the likelihoods of their findings, shape (bits, 2).
    """

    cause: Floats
    bit: Floats
    seen: Floats


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
    values = np.zeros((_most_acts(steps) + 1, STATES))
    matrix = np.zeros(STATES * STATES)
    sums = np.zeros(STATES * STATES * 8)
    doubtful, behind = False, 1.0
    for k in range(len(schedule)):
        g = schedule[k, 1]
        _lattice(steps, numbers, g, values)
        _matrix(steps, numbers, g, values[steps.first_act[g + 1] - steps.first_act[g]], matrix)
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
            evidence = _derivatives(steps, numbers, g, values, (matrix, sums, toward))
            if not (evidence > SAFE and behind > SAFE):
                return 0.0, True
    if len(schedule) == n_steps:
        # Nobody looked back: what vanished before a step could have weighed as much as all behind it.
        log_behind = 0.0
        for g in range(n_steps, 0, -1):
            log_behind += np.log(tops[g])
            doubtful = doubtful or log_behind < np.log(SAFE)
    return float(np.log(tops[1:]).sum()), doubtful


@compiled
def _most_acts(steps: Steps) -> int:
    most = 0
    for g in range(len(steps.sizes)):
        most = max(most, steps.first_act[g + 1] - steps.first_act[g])
    return most


@compiled
def _lattice(steps: Steps, numbers: Numbers, g: int, values: Floats) -> None:
    """Let everything of a step act on "nothing explained", a row of values after each act."""
    n_states = 1 << steps.sizes[g, 0]
    # Only the bits are unexplained; a cause that is a dim may be in either state.
    causes = steps.sizes[g, 4]
    for a in range(steps.first_act[g], steps.first_act[g + 1]):
        if steps.acts[a, 0] == OPEN_CAUSE:
            causes |= 1 << steps.acts[a, 2]
    for y in range(n_states):
        values[0, y] = 1.0 if y & ~causes == 0 else 0.0
    row = 0
    for a in range(steps.first_act[g], steps.first_act[g + 1]):
        old, new = values[row, :n_states], values[row + 1, :n_states]
        what, who = steps.acts[a, 0], steps.acts[a, 1]
        if what == OPEN_BIT:
            new[:] = old
            _raise(new, 1 << steps.acts[a, 2], numbers.opened[who, 0], numbers.opened[who, 1], numbers.opened_any[who])
        elif what == OPEN_CAUSE:
            for y in range(n_states):
                new[y] = old[y] * numbers.weight[who, (y >> steps.acts[a, 2]) & 1]
        elif what == ACT:
            new[:] = 0.0
            for d in range(2):
                acted = old.copy()
                for i in range(steps.first_touch[a], steps.first_touch[a + 1]):
                    link = steps.touches[i, 0]
                    if numbers.raises[link, d] > 0.0:
                        _raise(acted, 1 << steps.touches[i, 1], numbers.quiet[link, d], numbers.raises[link, d], numbers.any[link, d])
                for y in range(n_states):
                    new[y] += numbers.weight[who, d] * acted[y]
        else:
            _link(steps, numbers, a, old, new)
        row += 1


@compiled
def _raise(state: Floats, bit: int, quiet: float, raises: float, any_: float) -> None:
    """Let one link act on all states: its bit may go from unexplained to explained."""
    for y in range(len(state)):
        if y & bit == 0:
            state[y | bit] = any_ * state[y | bit] + raises * state[y]
            state[y] *= quiet


@compiled
def _lower(state: Floats, bit: int, quiet: float, raises: float, any_: float) -> None:
    """Go back over one link: the transpose of `_raise`."""
    for y in range(len(state)):
        if y & bit == 0:
            state[y] = quiet * state[y] + raises * state[y | bit]
            state[y | bit] *= any_


@compiled
def _link(steps: Steps, numbers: Numbers, a: int, old: Floats, new: Floats) -> None:
    """Let one link of a wide cause act, in the states where the cause is 0 and where it is 1."""
    link, bit, cause = steps.acts[a, 1], 1 << steps.acts[a, 2], steps.acts[a, 3]
    for y in range(len(old)):
        if y & bit == 0:
            d = (y >> cause) & 1
            new[y | bit] = numbers.any[link, d] * old[y | bit] + numbers.raises[link, d] * old[y]
            new[y] = numbers.quiet[link, d] * old[y]


@compiled
def _closing(steps: Steps, numbers: Numbers, g: int, state: int, but: int) -> float:
    """Return the likelihood of the findings that close in a local state, one of them left out."""
    product = 1.0
    for i in range(steps.first_closed[g], steps.first_closed[g + 1]):
        if i != but:
            product *= numbers.seen[steps.closed[i, 0], (state >> steps.closed[i, 1]) & 1]
    return product


@compiled
def _matrix(steps: Steps, numbers: Numbers, g: int, value: Floats, matrix: Floats) -> None:
    """Write what each state read contributes to each state written."""
    n_local, n_read, n_written, _, causes, bits, _ = steps.sizes[g]
    n_states, width = 1 << n_local, 1 << n_written
    matrix[: (1 << n_read) * width] = 0.0
    closing = np.empty(n_states)
    for y in range(n_states):
        closing[y] = _closing(steps, numbers, g, y, -1)
    read, written = steps.first_read[g], steps.first_state[g]
    for s in range(1 << n_read):
        local = steps.read_local[read + s]
        for y in range(n_states):
            t = y | (local & bits)
            if y & causes == local & causes and value[y] > 0.0:
                matrix[s * width + steps.written_of[written + t]] += value[y] * closing[t]


@compiled
def _base(steps: Steps, g: int, tile: int) -> int:
    """Return where a tile of lanes begins in the table before a step."""
    base = 0
    for i in range(steps.first_high[g], steps.first_high[g + 1]):
        if (tile >> (i - steps.first_high[g])) & 1:
            base += steps.high_at[i]
    return base


@compiled
def _gather(arena: Floats, start: int, steps: Steps, g: int, n_lanes: int) -> None:
    """Copy the lanes of all states read to the head of the arena; lanes too many repeat the first."""
    read = steps.first_read[g]
    for s in range(1 << steps.sizes[g, 1]):
        place = start + steps.read_at[read + s]
        for v in range(32):
            arena[s * 32 + v] = arena[place + steps.lane_at[g, v if v < n_lanes else 0]]


@compiled
def _forward(
    steps: Steps, g: int, matrix: Floats, scale: float, arena: Floats, source: int, target: int
) -> float:
    """Write the table behind a step and return its largest number."""
    n_read, n_written, n_rest, in_place = steps.sizes[g, 1], steps.sizes[g, 2], steps.sizes[g, 3], steps.sizes[g, 6]
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


@compiled
def _back(
    steps: Steps,
    g: int,
    matrix: Floats,
    scales: tuple[float, float],
    arena: Floats,
    tables: Ints,
    sums: Floats,
) -> float:
    """Write what lies before a step, return its largest number, and put the derivative by each number of its matrix into `sums`."""
    n_read, n_written, n_rest, in_place = steps.sizes[g, 1], steps.sizes[g, 2], steps.sizes[g, 3], steps.sizes[g, 6]
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


@compiled
def _derivatives(
    steps: Steps, numbers: Numbers, g: int, values: Floats, given: tuple[Floats, Floats, Toward]
) -> float:
    """Hand the derivatives by a step's matrix on to what made it; return the evidence they add up to."""
    matrix, sums, toward = given
    n_local, n_read, n_written, _, causes, bits, _ = steps.sizes[g]
    n_states, width = 1 << n_local, 1 << n_written
    row = steps.first_act[g + 1] - steps.first_act[g]
    value = values[row]
    back = np.zeros(n_states)
    through = np.zeros(n_states)
    closing = np.empty(n_states)
    for y in range(n_states):
        closing[y] = _closing(steps, numbers, g, y, -1)
    evidence = 0.0
    for i in range((1 << n_read) * width):
        evidence += matrix[i] * sums[i]
    read, written = steps.first_read[g], steps.first_state[g]
    for s in range(1 << n_read):
        local = steps.read_local[read + s]
        for y in range(n_states):
            if y & causes == local & causes:
                t = y | (local & bits)
                given_sum = sums[s * width + steps.written_of[written + t]]
                back[y] += given_sum * closing[t]
                through[t] += given_sum * value[y]
    for i in range(steps.first_closed[g], steps.first_closed[g + 1]):
        bit, place = steps.closed[i]
        toward.seen[bit] = 0.0
        for t in range(n_states):
            toward.seen[bit, (t >> place) & 1] += through[t] * _closing(steps, numbers, g, t, i)
    for a in range(steps.first_act[g + 1] - 1, steps.first_act[g] - 1, -1):
        row -= 1
        _undo(steps, numbers, a, values[row], back, toward)
    return evidence


@compiled
def _undo(steps: Steps, numbers: Numbers, a: int, old: Floats, back: Floats, toward: Toward) -> None:
    """Go back over one act: derivatives by its numbers, and by the states before it."""
    n_states = len(back)
    what, who = steps.acts[a, 0], steps.acts[a, 1]
    if what == OPEN_BIT:
        bit = 1 << steps.acts[a, 2]
        toward.bit[who] = 0.0
        for y in range(n_states):
            if y & bit == 0:
                toward.bit[who, 0] += back[y] * old[y] + back[y | bit] * old[y | bit]
                toward.bit[who, 1] += back[y | bit] * (old[y | bit] + old[y])
        _lower(back, bit, numbers.opened[who, 0], numbers.opened[who, 1], numbers.opened_any[who])
    elif what == OPEN_CAUSE:
        toward.cause[who] = 0.0
        for y in range(n_states):
            d = (y >> steps.acts[a, 2]) & 1
            toward.cause[who, d] += back[y] * old[y]
            back[y] *= numbers.weight[who, d]
    elif what == ACT:
        total = np.zeros(n_states)
        for d in range(2):
            lowered = back.copy()
            for i in range(steps.first_touch[a], steps.first_touch[a + 1]):
                link = steps.touches[i, 0]
                if numbers.raises[link, d] > 0.0:
                    _lower(lowered, 1 << steps.touches[i, 1], numbers.quiet[link, d], numbers.raises[link, d], numbers.any[link, d])
            by_weight = 0.0
            for y in range(n_states):
                by_weight += lowered[y] * old[y]
                total[y] += numbers.weight[who, d] * lowered[y]
            toward.cause[who, d] = by_weight
        back[:] = total
    else:
        link, bit, cause = who, 1 << steps.acts[a, 2], steps.acts[a, 3]
        for y in range(n_states):
            if y & bit == 0:
                d = (y >> cause) & 1
                back[y] = numbers.quiet[link, d] * back[y] + numbers.raises[link, d] * back[y | bit]
                back[y | bit] *= numbers.any[link, d]
