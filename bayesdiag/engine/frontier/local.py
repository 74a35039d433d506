"""What happens inside a step: over its local dims alone, as a matrix, and the way back through it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bayesdiag.engine.compiled import compiled, inner_loop
from bayesdiag.engine.frontier.steps import ACT, OPEN_BIT, OPEN_CAUSE, Steps
from bayesdiag.engine.layout import Floats


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


@inner_loop
def most_acts(steps: Steps) -> int:
    """Return how many acts the busiest step has."""
    most = 0
    for g in range(len(steps.sizes)):
        most = max(most, steps.first_act[g + 1] - steps.first_act[g])
    return most


@inner_loop
def lattice(steps: Steps, numbers: Numbers, g: int, values: Floats) -> None:
    """Let everything of a step act on "nothing explained", a row of values after each act."""
    n_states = 1 << steps.sizes[g, 0]
    # Only the bits are unexplained; a cause that is a dim may be in either state.
    causes = steps.sizes[g, 4]
    for a in range(steps.first_act[g], steps.first_act[g + 1]):
        if steps.acts[a, 0] == OPEN_CAUSE:
            causes |= 1 << steps.acts[a, 2]
    for y in range(n_states):
        values[0, y] = 1.0 if y & ~causes == 0 else 0.0
    for a in range(steps.first_act[g], steps.first_act[g + 1]):
        row = a - steps.first_act[g]
        old, new = values[row, :n_states], values[row + 1, :n_states]
        what, who = steps.acts[a, 0], steps.acts[a, 1]
        if what == OPEN_BIT:
            new[:] = old
            _raise(
                new,
                1 << steps.acts[a, 2],
                numbers.opened[who, 0],
                numbers.opened[who, 1],
                numbers.opened_any[who],
            )
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
                        _raise(
                            acted,
                            1 << steps.touches[i, 1],
                            numbers.quiet[link, d],
                            numbers.raises[link, d],
                            numbers.any[link, d],
                        )
                for y in range(n_states):
                    new[y] += numbers.weight[who, d] * acted[y]
        else:
            _link(steps, numbers, a, old, new)


@inner_loop
def _raise(state: Floats, bit: int, quiet: float, raises: float, any_: float) -> None:
    """Let one link act on all states: its bit may go from unexplained to explained."""
    for y in range(len(state)):
        if y & bit == 0:
            state[y | bit] = any_ * state[y | bit] + raises * state[y]
            state[y] *= quiet


@inner_loop
def _lower(state: Floats, bit: int, quiet: float, raises: float, any_: float) -> None:
    """Go back over one link: the transpose of `_raise`."""
    for y in range(len(state)):
        if y & bit == 0:
            state[y] = quiet * state[y] + raises * state[y | bit]
            state[y | bit] *= any_


@inner_loop
def _link(steps: Steps, numbers: Numbers, a: int, old: Floats, new: Floats) -> None:
    """Let one link of a wide cause act, in the states where the cause is 0 and where it is 1."""
    link, bit, cause = steps.acts[a, 1], 1 << steps.acts[a, 2], steps.acts[a, 3]
    for y in range(len(old)):
        if y & bit == 0:
            d = (y >> cause) & 1
            new[y | bit] = numbers.any[link, d] * old[y | bit] + numbers.raises[link, d] * old[y]
            new[y] = numbers.quiet[link, d] * old[y]


@inner_loop
def _closing(steps: Steps, numbers: Numbers, g: int, state: int, but: int) -> float:
    """Return the likelihood of the findings that close in a local state, one of them left out."""
    product = 1.0
    for i in range(steps.first_closed[g], steps.first_closed[g + 1]):
        if i != but:
            product *= numbers.seen[steps.closed[i, 0], (state >> steps.closed[i, 1]) & 1]
    return product


@inner_loop
def write_matrix(steps: Steps, numbers: Numbers, g: int, value: Floats, matrix: Floats) -> None:
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
def derivatives(
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


@inner_loop
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
                    _lower(
                        lowered,
                        1 << steps.touches[i, 1],
                        numbers.quiet[link, d],
                        numbers.raises[link, d],
                        numbers.any[link, d],
                    )
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
