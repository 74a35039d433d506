"""The two passes over a program for `N_LANES` rows side by side.

They do the same operations in the same order as those for one row, so a row comes to the same
bits alone and in a block.
"""

from __future__ import annotations

import numpy as np

from bayesdiag.engine.compiled import inner_loop
from bayesdiag.engine.lanes import (
    N_LANES,
    add,
    divide,
    larger,
    least_positive,
    load,
    multiply,
    spread,
    store,
    total,
)
from bayesdiag.engine.layout import Bools, Floats
from bayesdiag.engine.passes import FLOOR, TINY, scaled
from bayesdiag.engine.program import Arrays


@inner_loop
def block_inward(
    arrays: Arrays,
    values: Floats,
    smallest: Floats,
    inward: Floats,
    inverse: Floats,
    least: Floats,
    scale: Floats,
    log_scale: Floats,
    doubtful: Bools,
    per_lane: bool,
) -> None:
    """Send messages towards the roots.

    Args:
        arrays: The program.
        values: Value of each entry, shape (E,), or with `per_lane` of each entry and lane.
        smallest: The smallest value of each cluster, shape (K,), over all lanes.
        inward: Messages, lanes innermost; those of part states are there.
        inverse: Written: what each cluster's message was multiplied by, shape (K · lanes,).
        least: The smallest likelihood above 0 of each part, then of each cluster's message.
        scale: What was taken out of each lane; together with `log_scale`.
        log_scale: The same as logarithms.
        doubtful: Written: lanes in which a product may have vanished.
        per_lane: Whether each lane has values of its own.
    """
    n_parts, n_part_slots, ports = len(arrays.ported), len(arrays.part_slots), arrays.ports
    tiny, taken = np.empty(N_LANES), np.empty(N_LANES)
    for k in range(len(arrays.is_root)):
        n_ports = arrays.first_source[k + 1] - arrays.first_source[k]
        bound = spread(smallest[k])
        for i in range(arrays.first_source[k], arrays.first_source[k + 1]):
            bound = multiply(bound, load(least, arrays.sources[i]))
        store(tiny, 0, bound)
        top, low = spread(0.0), spread(np.inf)
        port = arrays.first_port[k]
        for slot in range(arrays.first_sent[k], arrays.first_sent[k + 1]):
            x = spread(0.0)
            for entry in range(
                arrays.first_entry[slot - n_part_slots], arrays.first_entry[slot - n_part_slots + 1]
            ):
                product = load(values, entry) if per_lane else spread(values[entry])
                # Most entries have two ports; a function that takes lanes would be handed them in memory.
                if 2 <= n_ports <= 3:
                    one, two = np.int64(ports[port]), np.int64(ports[port + 1])
                    product = multiply(multiply(product, load(inward, one)), load(inward, two))
                    if n_ports == 3:
                        product = multiply(product, load(inward, np.int64(ports[port + 2])))
                else:
                    for i in range(port, port + n_ports):
                        product = multiply(product, load(inward, np.int64(ports[i])))
                port += n_ports
                x = add(x, product)
            store(inward, slot, x)
            top = larger(top, x)
            low = least_positive(low, x)
        inverted = divide(spread(1.0), larger(top, spread(FLOOR)))
        for slot in range(arrays.first_sent[k], arrays.first_sent[k + 1]):
            store(inward, slot, multiply(load(inward, slot), inverted))
        store(least, n_parts + k, multiply(low, inverted))
        store(inverse, k, inverted)
        store(taken, 0, top)
        for lane in range(N_LANES):
            doubtful[lane] = doubtful[lane] or tiny[lane] < TINY
            scale[lane], log_scale[lane] = scaled(scale[lane], log_scale[lane], taken[lane])


@inner_loop
def block_outward(
    arrays: Arrays,
    values: Floats,
    inward: Floats,
    outward: Floats,
    inverse: Floats,
    entry_counts: Floats,
    weights: Floats,
    per_lane: bool,
) -> None:
    """Send messages back from the roots: joint probabilities of what each message slot says.

    Args:
        arrays: The program.
        values: As in `block_inward`.
        inward: Messages towards the roots.
        outward: Written: the probability of each message slot's states but the roots' own, beliefs for
            part states.
        inverse: As `block_inward` wrote it.
        entry_counts: Each entry's probability times its lane's weight is added here; (E,) or (0,).
        weights: How much each lane counts, shape (lanes,).
        per_lane: Whether each lane has values of its own.
    """
    n_parts, n_part_slots, ports = len(arrays.ported), len(arrays.part_slots), arrays.ports
    counting = len(entry_counts) > 0
    weight = load(weights, 0)
    outward[: n_part_slots * N_LANES] = 0.0
    for k in range(len(arrays.is_root) - 1, -1, -1):
        # Emptied when it is about to be filled: all at once, it would go through the caches twice.
        for i in range(arrays.first_source[k], arrays.first_source[k + 1]):
            below = arrays.sources[i] - n_parts
            if below >= 0:
                outward[arrays.first_sent[below] * N_LANES : arrays.first_sent[below + 1] * N_LANES] = 0.0
        n_ports = arrays.first_source[k + 1] - arrays.first_source[k]
        port = arrays.first_port[k]
        for slot in range(arrays.first_sent[k], arrays.first_sent[k + 1]):
            share = load(inverse, k)
            if not arrays.is_root[k]:
                share = multiply(
                    share, divide(load(outward, slot), larger(load(inward, slot), spread(FLOOR)))
                )
            for entry in range(
                arrays.first_entry[slot - n_part_slots], arrays.first_entry[slot - n_part_slots + 1]
            ):
                product = load(values, entry) if per_lane else spread(values[entry])
                if 2 <= n_ports <= 3:
                    one, two = np.int64(ports[port]), np.int64(ports[port + 1])
                    product = multiply(multiply(product, load(inward, one)), load(inward, two))
                    if n_ports == 3:
                        product = multiply(product, load(inward, np.int64(ports[port + 2])))
                else:
                    for i in range(port, port + n_ports):
                        product = multiply(product, load(inward, np.int64(ports[i])))
                product = multiply(product, share)
                if 2 <= n_ports <= 3:
                    one, two = np.int64(ports[port]), np.int64(ports[port + 1])
                    store(outward, one, add(load(outward, one), product))
                    store(outward, two, add(load(outward, two), product))
                    if n_ports == 3:
                        one = np.int64(ports[port + 2])
                        store(outward, one, add(load(outward, one), product))
                else:
                    for i in range(port, port + n_ports):
                        one = np.int64(ports[i])
                        store(outward, one, add(load(outward, one), product))
                port += n_ports
                if counting:
                    entry_counts[entry] += total(multiply(product, weight))
