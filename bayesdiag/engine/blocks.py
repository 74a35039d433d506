"""Rows in blocks: laid side by side, computed, and written back where they belong."""

from __future__ import annotations

import numpy as np

from bayesdiag.engine.block_passes import block_inward, block_outward
from bayesdiag.engine.compiled import compiled, inner_loop
from bayesdiag.engine.lanes import N_LANES
from bayesdiag.engine.layout import Bools, Floats
from bayesdiag.engine.passes import likelihood, one_row, scaled
from bayesdiag.engine.program import Arrays

FEW = 3
"""So many rows or fewer go one by one: a block would be mostly empty."""
LINE = 64
"""Bytes of a cache line."""
WIDE = 200_000
"""Message slots from which a block no longer fits any cache; rows then go one by one."""


@compiled
def run_part(
    arrays: Arrays,
    values: Floats,
    smallest: Floats,
    rows: Floats,
    beliefs: Floats,
    log_evidence: Floats,
    entry_counts: Floats,
    weights: Floats,
    start: int,
    stop: int,
) -> None:
    """Compute some rows; a doubtful one is left as NaN. Without beliefs and counts there is no way back."""
    n_messages = arrays.first_sent[-1]
    goes_back = len(beliefs) > 0 or len(entry_counts) > 0
    aside = np.zeros(rows.shape[1] if goes_back else 0)
    if stop - start <= FEW or n_messages > WIDE:
        for number in range(start, stop):
            target = beliefs[number] if len(beliefs) else aside
            found, is_doubtful = one_row(
                arrays, values, smallest, rows[number], target, entry_counts, weights[number]
            )
            log_evidence[number] = np.nan if is_doubtful else found
        return
    n_part_slots = len(arrays.part_slots)
    n_parts, n_clusters = len(arrays.ported), len(arrays.is_root)
    inward, outward = _both(n_messages * N_LANES, n_messages * N_LANES if goes_back else 0)
    inverse = np.empty(n_clusters * N_LANES)
    least = np.empty((n_parts + n_clusters) * N_LANES)
    lane_weights = np.zeros(N_LANES)
    for first in range(start, stop, N_LANES):
        count = min(N_LANES, stop - first)
        scale, log_scale = np.ones(N_LANES), np.zeros(N_LANES)
        doubtful = np.zeros(N_LANES, dtype=np.bool_)
        _gather(arrays, rows, first, count, inward, least, scale, log_scale)
        block_inward(arrays, values, smallest, inward, inverse, least, scale, log_scale, doubtful, False)
        for lane in range(N_LANES):
            log_scale[lane] += np.log(scale[lane])
            # A spare lane repeats the first row: it is as fine, counts nothing and need not be emptied.
            fine = not doubtful[lane] and log_scale[lane] > -np.inf
            lane_weights[lane] = weights[first + lane] if fine and lane < count else 0.0
            if lane < count:
                log_evidence[first + lane] = np.nan if doubtful[lane] else log_scale[lane]
            if not fine and goes_back:
                _cleared(arrays, inward, inverse, lane)
        if goes_back:
            block_outward(arrays, values, inward, outward, inverse, entry_counts, lane_weights, False)
        if len(beliefs):
            _scatter(arrays, outward, beliefs, log_evidence, first, count, n_part_slots)


@compiled
def run_sets(
    arrays: Arrays, values: Floats, smallest: Floats, row: Floats, beliefs: Floats, log_evidence: Floats
) -> Bools:
    """Compute one row under up to `N_LANES` sets of numbers; return which lanes are doubtful."""
    n_messages = arrays.first_sent[-1]
    n_parts, n_clusters = len(arrays.ported), len(arrays.is_root)
    inward, outward = _both(n_messages * N_LANES, n_messages * N_LANES)
    inverse = np.empty(n_clusters * N_LANES)
    least = np.empty((n_parts + n_clusters) * N_LANES)
    scale, log_scale = np.ones(N_LANES), np.zeros(N_LANES)
    doubtful = np.zeros(N_LANES, dtype=np.bool_)
    _gather(arrays, row.reshape(1, -1), 0, 1, inward, least, scale, log_scale)
    block_inward(arrays, values, smallest, inward, inverse, least, scale, log_scale, doubtful, True)
    count = len(log_evidence)
    for lane in range(N_LANES):
        log_scale[lane] += np.log(scale[lane])
        if lane < count:
            log_evidence[lane] = log_scale[lane]
        if doubtful[lane] or not log_scale[lane] > -np.inf:
            _cleared(arrays, inward, inverse, lane)
    block_outward(arrays, values, inward, outward, inverse, np.zeros(0), np.ones(N_LANES), True)
    _scatter(arrays, outward, beliefs, log_evidence, 0, count, len(arrays.part_slots))
    return doubtful


@inner_loop
def _both(n_inward: int, n_outward: int) -> tuple[Floats, Floats]:
    """Return room for the messages of both ways, each beginning at a cache line.

    Lanes across two lines take a third longer. It is taken in one piece, since the C library gives
    two large ones back to the system each time, and fetching them anew takes as long as the passes.
    """
    room = np.empty(n_inward + n_outward + LINE // 8)
    first = (-room.ctypes.data % LINE) // 8
    return room[first : first + n_inward], room[first + n_inward : first + n_inward + n_outward]


@inner_loop
def _cleared(arrays: Arrays, inward: Floats, inverse: Floats, lane: int) -> None:
    """Empty a lane that has no answer, so that no infinite number arises in it on the way back."""
    for slot in range(arrays.first_sent[-1]):
        inward[slot * N_LANES + lane] = 0.0
    for k in range(len(arrays.is_root)):
        inverse[k * N_LANES + lane] = 0.0


@inner_loop
def _gather(
    arrays: Arrays,
    rows: Floats,
    first: int,
    count: int,
    inward: Floats,
    least: Floats,
    scale: Floats,
    log_scale: Floats,
) -> None:
    """Lay the likelihoods of rows side by side, each part's largest 1; spare lanes repeat the first row."""
    for lane in range(N_LANES):
        row = rows[first + lane] if lane < count else rows[first]
        for single in range(len(arrays.single_slots)):
            x = likelihood(row, arrays.single_slots[single, 0], arrays.single_slots[single, 1])
            scale[lane], log_scale[lane] = scaled(scale[lane], log_scale[lane], x)
    for part in range(len(arrays.ported)):
        begin, end = arrays.first_state[part], arrays.first_state[part + 1]
        if not arrays.ported[part]:
            continue
        for lane in range(N_LANES):
            row = rows[first + lane] if lane < count else rows[first]
            top, low = 0.0, np.inf
            for state in range(begin, end):
                x = likelihood(row, arrays.part_slots[state, 0], arrays.part_slots[state, 1])
                inward[state * N_LANES + lane] = x
                top = max(top, x)
                if 0.0 < x < low:
                    low = x
            if top > 0.0:
                if top != 1.0:
                    for state in range(begin, end):
                        inward[state * N_LANES + lane] /= top
                least[part * N_LANES + lane] = low / top
            else:
                least[part * N_LANES + lane] = low
            scale[lane], log_scale[lane] = scaled(scale[lane], log_scale[lane], top)


@inner_loop
def _scatter(
    arrays: Arrays,
    outward: Floats,
    beliefs: Floats,
    log_evidence: Floats,
    first: int,
    count: int,
    n_part_slots: int,
) -> None:
    """Write the beliefs of a block's rows where they belong; rows without an answer stay 0."""
    for lane in range(count):
        if not log_evidence[first + lane] > -np.inf:
            continue
        belief = beliefs[first + lane]
        for state in range(n_part_slots):
            one, other = arrays.part_slots[state, 0], arrays.part_slots[state, 1]
            if one >= 0:
                belief[one] += outward[state * N_LANES + lane]
            if other >= 0:
                belief[other] += outward[state * N_LANES + lane]
        for single in range(len(arrays.single_slots)):
            one, other = arrays.single_slots[single, 0], arrays.single_slots[single, 1]
            if one >= 0:
                belief[one] += 1.0
            if other >= 0:
                belief[other] += 1.0
