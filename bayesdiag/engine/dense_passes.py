"""The two passes over whole tables for one row: towards the roots, then back.

Nothing is written but messages: a product of a cluster's table and of what enters it is made
again on the way back, from the same numbers in the same order.
"""

from __future__ import annotations

import numpy as np

from bayesdiag.engine.compiled import compiled, inner_loop
from bayesdiag.engine.dense_plan import Plan
from bayesdiag.engine.layout import Bools, Floats, Ints
from bayesdiag.engine.passes import FLOOR, TINY, scaled
from bayesdiag.engine.quads import (
    WIDTH,
    add,
    divide,
    highest,
    larger,
    least_positive,
    load,
    lowest,
    multiply,
    spread,
    store,
    total,
)

LOST = 1e-200
"""A largest product this far below what its cluster could reach may be beside others that vanished."""
RAISED = 1e80
"""A state that the rest of the network raises by more may have lost what counts."""


@compiled
def whole_row(
    first_place: Ints,
    first_sent: Ints,
    first_value: Ints,
    first_source: Ints,
    sources: Ints,
    n_narrow: Ints,
    is_wide_value: Bools,
    is_wide_sent: Bools,
    length: Ints,
    first_far: Ints,
    far: Ints,
    first_near: Ints,
    near: Ints,
    is_root: Bools,
    values: Floats,
    low: Floats,
    high: Floats,
    first_state: Ints,
    part_slots: Ints,
    single_slots: Ints,
    log_constant: float,
    row: Floats,
    beliefs: Floats,
    log_evidence: Floats,
    n_possible: Ints,
) -> bool:
    """Compute one row; return whether it is doubtful, since a product may vanish.

    The arrays come one by one, those of a `Plan`, then those of `WholeTables`: handing them over in
    a tuple takes longer than both passes of a small network. Written to are the beliefs, shape
    (1, S), zeros before; the log-evidence, shape (1,); and how many combinations of states were
    possible, shape (1,), or (0,) where nobody asks.
    """
    plan = Plan(
        first_place, first_sent, first_value, first_source, sources, n_narrow, is_wide_value, is_wide_sent,
        length, first_far, far, first_near, near, is_root,
    )  # fmt: skip
    n_parts, n_clusters = len(first_place), len(is_root)
    # Made here, so that the compiler knows that they overlap with nothing.
    inward, outward, inverse = np.zeros(first_sent[-1]), np.zeros(first_sent[-1]), np.empty(n_clusters)
    inward[: first_value[0]] = 1.0
    # Bounds of what each source holds: the smallest number above 0, and the largest.
    least, most = np.ones(n_parts + n_clusters), np.ones(n_parts + n_clusters)
    scale, log_scale = 1.0, log_constant
    seen = row[0]
    for single in range(len(single_slots)):
        one, other = single_slots[single, 0], single_slots[single, 1]
        x = (seen[one] if one >= 0 else 1.0) * (seen[other] if other >= 0 else 1.0)
        scale, log_scale = scaled(scale, log_scale, x)
    for part in range(n_parts):
        low_here, high_here = np.inf, 0.0
        place = first_place[part]
        for state in range(first_state[part], first_state[part + 1]):
            one, other = part_slots[state, 0], part_slots[state, 1]
            x = (seen[one] if one >= 0 else 1.0) * (seen[other] if other >= 0 else 1.0)
            inward[place] = x
            place += 1
            high_here = max(high_here, x)
            if 0.0 < x < low_here:
                low_here = x
        if low_here < TINY * high_here:  # beside the largest it would vanish
            return True
        if high_here > 0.0:
            for state in range(first_place[part], place):
                inward[state] /= high_here
            least[part] = low_here / high_here
        scale, log_scale = scaled(scale, log_scale, high_here)
    log_evidence[0], is_doubtful, is_lossy = _inwards(
        plan, values, low, high, inward, inverse, least, most, scale, log_scale
    )
    if is_doubtful or log_evidence[0] == -np.inf:
        return is_doubtful
    if _outwards(plan, values, inward, outward, inverse, is_lossy):
        return True
    if len(n_possible):
        n_possible[0] = _possible(plan, values, inward, outward)
    found = beliefs[0]
    for part in range(n_parts):
        place = first_place[part]
        for state in range(first_state[part], first_state[part + 1]):
            for column in range(2):
                if part_slots[state, column] >= 0:
                    found[part_slots[state, column]] += outward[place]
            place += 1
    for single in range(len(single_slots)):
        for column in range(2):
            if single_slots[single, column] >= 0:
                found[single_slots[single, column]] += 1.0
    return False


@inner_loop
def _inwards(
    plan: Plan,
    values: Floats,
    low: Floats,
    high: Floats,
    inward: Floats,
    inverse: Floats,
    least: Floats,
    most: Floats,
    scale: float,
    log_scale: float,
) -> tuple[float, bool, bool]:
    """Add each cluster's products up to its message; return log-evidence, is it doubtful, is it lossy."""
    is_lossy = False
    (
        first_place, first_sent, _, first_source, sources, n_narrow, is_wide_value, is_wide_sent, length,
        first_far, far, first_near, near, is_root,
    ) = plan  # fmt: skip
    for k in range(len(is_root)):
        bound, largest = low[k], high[k]
        for i in range(first_source[k], first_source[k + 1]):
            bound *= least[sources[i]]
            largest *= most[sources[i]]
        is_lossy = is_lossy or bound < TINY
        n_columns = first_source[k + 1] - first_source[k] + 2
        first_wide, last = 1 + n_narrow[k], n_columns - 1
        wide_value, wide_sent, has_wide = is_wide_value[k], is_wide_sent[k], first_wide < last
        for f in range(first_far[k], first_far[k + 1], n_columns):
            for n in range(first_near[k], first_near[k + 1], n_columns):
                held = 1.0
                for i in range(1, first_wide):
                    held *= inward[far[f + i] + near[n + i]]
                value = far[f] + near[n]
                if not wide_value:
                    held *= values[value]
                    value = 0
                if held == 0.0:
                    continue
                entering = far[f + first_wide] + near[n + first_wide] if has_wide else 0
                sent = far[f + last] + near[n + last]
                first, summed = spread(held), spread(0.0)
                for j in range(0, length[k], WIDTH):
                    product = multiply(first, multiply(load(values, value + j), load(inward, entering + j)))
                    for i in range(first_wide + 1, last):
                        product = multiply(product, load(inward, far[f + i] + near[n + i] + j))
                    if wide_sent:
                        store(inward, sent + j, add(load(inward, sent + j), product))
                    else:
                        summed = add(summed, product)
                if not wide_sent:
                    inward[sent] += total(summed)
        begin, end = first_sent[k], first_sent[k + 1]
        tops, smalls = spread(0.0), spread(np.inf)
        for slot in range(begin, end, WIDTH):
            tops = larger(tops, load(inward, slot))
            smalls = least_positive(smalls, load(inward, slot))
        top, small = highest(tops), lowest(smalls)
        # What vanished was less than 1e-307 of `largest`, and so is nothing beside a `top` like this.
        if is_lossy and top < LOST * largest:
            return np.nan, True, True
        inverse[k] = 1.0 / max(top, FLOOR)
        by = spread(inverse[k])
        for slot in range(begin, end, WIDTH):
            store(inward, slot, multiply(load(inward, slot), by))
        least[len(first_place) + k] = min(1.0, small * inverse[k])
        scale, log_scale = scaled(scale, log_scale, top)
    return log_scale + np.log(scale), False, is_lossy


@inner_loop
def _outwards(
    plan: Plan, values: Floats, inward: Floats, outward: Floats, inverse: Floats, is_lossy: bool
) -> bool:
    """Add each cluster's beliefs up for all that entered it; return whether they are doubtful."""
    (
        _, first_sent, _, first_source, _, n_narrow, is_wide_value, is_wide_sent, length,
        first_far, far, first_near, near, is_root,
    ) = plan  # fmt: skip
    for k in range(len(is_root) - 1, -1, -1):
        # In place of what came back stands what products are to be multiplied by.
        begin, end = first_sent[k], first_sent[k + 1]
        if is_root[k]:
            outward[begin] = 1.0
        by, shares = spread(inverse[k]), spread(0.0)
        for slot in range(begin, end, WIDTH):
            share = divide(load(outward, slot), larger(load(inward, slot), spread(FLOOR)))
            shares = larger(shares, share)
            store(outward, slot, multiply(share, by))
        if is_lossy and highest(shares) > RAISED:  # what vanished might matter after all
            return True
        n_columns = first_source[k + 1] - first_source[k] + 2
        first_wide, last = 1 + n_narrow[k], n_columns - 1
        wide_value, wide_sent, has_wide = is_wide_value[k], is_wide_sent[k], first_wide < last
        for f in range(first_far[k], first_far[k + 1], n_columns):
            for n in range(first_near[k], first_near[k + 1], n_columns):
                held = 1.0
                for i in range(1, first_wide):
                    held *= inward[far[f + i] + near[n + i]]
                value = far[f] + near[n]
                if not wide_value:
                    held *= values[value]
                    value = 0
                sent = far[f + last] + near[n + last]
                if held == 0.0 or (not wide_sent and outward[sent] == 0.0):
                    continue
                entering = far[f + first_wide] + near[n + first_wide] if has_wide else 0
                first, share_now, summed = spread(held), spread(outward[sent]), spread(0.0)
                for j in range(0, length[k], WIDTH):
                    product = multiply(first, multiply(load(values, value + j), load(inward, entering + j)))
                    for i in range(first_wide + 1, last):
                        product = multiply(product, load(inward, far[f + i] + near[n + i] + j))
                    if wide_sent:
                        share_now = load(outward, sent + j)
                    product = multiply(product, share_now)
                    store(outward, entering + j, add(load(outward, entering + j), product))
                    for i in range(first_wide + 1, last):
                        place = far[f + i] + near[n + i] + j
                        store(outward, place, add(load(outward, place), product))
                    summed = add(summed, product)
                if first_wide > 1:
                    x = total(summed)
                    for i in range(1, first_wide):
                        outward[far[f + i] + near[n + i]] += x
    return False


@inner_loop
def _possible(plan: Plan, values: Floats, inward: Floats, outward: Floats) -> int:
    """Return how many combinations of states were possible: the entries a program of the row would have."""
    (
        _, _, _, first_source, _, n_narrow, is_wide_value, is_wide_sent, length, first_far, far, first_near,
        near, is_root,
    ) = plan  # fmt: skip
    count = 0
    for k in range(len(is_root)):
        n_columns = first_source[k + 1] - first_source[k] + 2
        first_wide, last = 1 + n_narrow[k], n_columns - 1
        for f in range(first_far[k], first_far[k + 1], n_columns):
            for n in range(first_near[k], first_near[k + 1], n_columns):
                value, sent = far[f] + near[n], far[f + last] + near[n + last]
                is_possible = (is_wide_value[k] or values[value] > 0) and (
                    is_wide_sent[k] or outward[sent] > 0
                )
                for i in range(1, first_wide):
                    is_possible = is_possible and inward[far[f + i] + near[n + i]] > 0
                for j in range(length[k] if is_possible else 0):
                    is_here = not is_wide_value[k] or values[value + j] > 0
                    is_here = is_here and (not is_wide_sent[k] or outward[sent + j] > 0)
                    for i in range(first_wide, last):
                        is_here = is_here and inward[far[f + i] + near[n + i] + j] > 0
                    count += is_here
    return count
