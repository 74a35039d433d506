"""The two passes over a program for one row: towards the roots, then back.

`one_row` works on the numbers themselves; every message is rescaled to a maximum of 1. `log_row`
is for rows in which a product might vanish: nothing underflows in it.
"""

from __future__ import annotations

import numpy as np

from bayesdiag.engine.compiled import compiled, inner_loop
from bayesdiag.engine.layout import Bools, Floats, Ints, Ints32
from bayesdiag.engine.program import Arrays

TINY = 1e-280
"""A product that may be smaller has lost digits or vanished: the row is done again in logarithms."""
FLOOR = 1e-300
"""Instead of a zero below a fraction whose numerator is zero as well."""


# ── one row ───────────────────────────────────────────────────────────────────────────────────


@inner_loop
def one_row(
    arrays: Arrays,
    values: Floats,
    smallest: Floats,
    row: Floats,
    beliefs: Floats,
    entry_counts: Floats,
    weight: float,
) -> tuple[float, bool]:
    """Compute one row; return its log-evidence but for the constant, and whether it is doubtful.

    Args:
        arrays: The program.
        values: Value of each entry, shape (E,).
        smallest: The smallest value of each cluster, shape (K,).
        row: Likelihoods, shape (S,).
        beliefs: Written to, shape (S,), zeros before; with shape (0,) there is no way back, and
            nothing is counted.
        entry_counts: Each entry's probability times the weight is added here; shape (E,) or (0,).
        weight: How much the row counts.
    """
    n_messages, n_part_slots = arrays.first_sent[-1], len(arrays.part_slots)
    n_parts, n_clusters = len(arrays.ported), len(arrays.is_root)
    inward = np.empty(n_messages)
    least = np.empty(n_parts + n_clusters)
    inverse = np.empty(n_clusters)
    scale, log_scale, doubtful = 1.0, 0.0, False
    for single in range(len(arrays.single_slots)):
        x = likelihood(row, arrays.single_slots[single, 0], arrays.single_slots[single, 1])
        scale, log_scale = scaled(scale, log_scale, x)
    for part in range(n_parts):
        if not arrays.ported[part]:
            continue
        top, low = 0.0, np.inf
        for state in range(arrays.first_state[part], arrays.first_state[part + 1]):
            x = likelihood(row, arrays.part_slots[state, 0], arrays.part_slots[state, 1])
            inward[state] = x
            top = max(top, x)
            if 0.0 < x < low:
                low = x
        # Divided, not multiplied by an inverse: that of a very small number is infinite.
        if top > 0.0:
            for state in range(arrays.first_state[part], arrays.first_state[part + 1]):
                inward[state] /= top
            least[part] = low / top
        else:
            least[part] = low
        scale, log_scale = scaled(scale, log_scale, top)
    for k in range(n_clusters):
        n_ports = arrays.first_source[k + 1] - arrays.first_source[k]
        bound = smallest[k]
        for i in range(arrays.first_source[k], arrays.first_source[k + 1]):
            bound *= least[arrays.sources[i]]
        doubtful = doubtful or bound < TINY
        top, low = 0.0, np.inf
        port = arrays.first_port[k]
        for slot in range(arrays.first_sent[k], arrays.first_sent[k + 1]):
            x = 0.0
            for entry in range(
                arrays.first_entry[slot - n_part_slots], arrays.first_entry[slot - n_part_slots + 1]
            ):
                product = values[entry]
                for i in range(port, port + n_ports):
                    product *= inward[arrays.ports[i]]
                port += n_ports
                x += product
            inward[slot] = x
            top = max(top, x)
            if 0.0 < x < low:
                low = x
        inverted = 1.0 / max(top, FLOOR)
        for slot in range(arrays.first_sent[k], arrays.first_sent[k + 1]):
            inward[slot] *= inverted
        least[n_parts + k] = low * inverted
        inverse[k] = inverted
        scale, log_scale = scaled(scale, log_scale, top)
    log_evidence = log_scale + np.log(scale)
    if doubtful or not log_evidence > -np.inf or len(beliefs) == 0:
        return log_evidence, doubtful
    outward = np.zeros(n_messages)
    for k in range(n_clusters - 1, -1, -1):
        n_ports = arrays.first_source[k + 1] - arrays.first_source[k]
        port = arrays.first_port[k]
        for slot in range(arrays.first_sent[k], arrays.first_sent[k + 1]):
            share = inverse[k]
            if not arrays.is_root[k]:
                share *= outward[slot] / max(inward[slot], FLOOR)
            if share == 0.0:  # impossible here: nothing would be added
                first = arrays.first_entry[slot - n_part_slots]
                port += n_ports * (arrays.first_entry[slot - n_part_slots + 1] - first)
                continue
            for entry in range(
                arrays.first_entry[slot - n_part_slots], arrays.first_entry[slot - n_part_slots + 1]
            ):
                product = values[entry]
                for i in range(port, port + n_ports):
                    product *= inward[arrays.ports[i]]
                product *= share
                for i in range(port, port + n_ports):
                    outward[arrays.ports[i]] += product
                port += n_ports
                if len(entry_counts) > 0:
                    entry_counts[entry] += product * weight
    _write_beliefs(arrays, outward, beliefs)
    return log_evidence, doubtful


@compiled
def alone(
    part_slots: Ints,
    first_state: Ints,
    ported: Bools,
    single_slots: Ints,
    first_sent: Ints,
    first_entry: Ints,
    first_port: Ints,
    ports: Ints32,
    first_source: Ints,
    sources: Ints,
    is_root: Bools,
    values: Floats,
    smallest: Floats,
    log_constant: float,
    row: Floats,
    beliefs: Floats,
    log_evidence: Floats,
) -> bool:
    """Compute one row as `one_row` does, for a caller in Python; return whether it is doubtful.

    The arrays come one by one, in the order of `Arrays`: handing over eleven of them in a tuple
    takes longer than both passes of a small network. The row and what is written to have one
    line each, shapes (1, S), (1, S), zeros before, and (1,); for the rest see `one_row`.
    """
    arrays = Arrays(
        part_slots, first_state, ported, single_slots, first_sent, first_entry, first_port, ports,
        first_source, sources, is_root,
    )  # fmt: skip
    found, is_doubtful = one_row(arrays, values, smallest, row[0], beliefs[0], np.empty(0), 1.0)
    log_evidence[0] = found + log_constant
    return is_doubtful


@inner_loop
def _write_beliefs(arrays: Arrays, outward: Floats, beliefs: Floats) -> None:
    """Add what part states came to where it belongs; a state that is the only possible one is certain."""
    for state in range(len(arrays.part_slots)):
        for column in range(2):
            slot = arrays.part_slots[state, column]
            if slot >= 0:
                beliefs[slot] += outward[state]
    for single in range(len(arrays.single_slots)):
        for column in range(2):
            slot = arrays.single_slots[single, column]
            if slot >= 0:
                beliefs[slot] += 1.0


@inner_loop
def scaled(scale: float, log_scale: float, taken: float) -> tuple[float, float]:
    """Return what was taken out of a row, as a number and a logarithm, once more is taken out.

    A logarithm for each message would cost more than the message; the number never under- or
    overflows between two of them.
    """
    if not 1e-100 < taken < 1e100:
        return scale, log_scale + np.log(taken)
    scale *= taken
    if not 1e-150 < scale < 1e150:
        return 1.0, log_scale + np.log(scale)
    return scale, log_scale


@inner_loop
def likelihood(row: Floats, first: int, second: int) -> float:
    """Return the likelihood of a state and of the responsibility it stands for."""
    x = 1.0
    if first >= 0:
        x *= row[first]
    if second >= 0:
        x *= row[second]
    return x


# ── in logarithms ─────────────────────────────────────────────────────────────────────────────


@compiled
def log_row(
    arrays: Arrays, log_values: Floats, row: Floats, beliefs: Floats, entry_counts: Floats, weight: float
) -> float:
    """Compute one row in logarithms; see `one_row`. Return its log-evidence but for the constant."""
    n_messages, n_part_slots = arrays.first_sent[-1], len(arrays.part_slots)
    n_clusters = len(arrays.is_root)
    inward = np.zeros(n_messages)
    log_evidence = 0.0
    for single in range(len(arrays.single_slots)):
        log_evidence += np.log(
            likelihood(row, arrays.single_slots[single, 0], arrays.single_slots[single, 1])
        )
    for state in range(n_part_slots):
        inward[state] = np.log(likelihood(row, arrays.part_slots[state, 0], arrays.part_slots[state, 1]))
    widest = 1
    for slot in range(len(arrays.first_entry) - 1):
        widest = max(widest, arrays.first_entry[slot + 1] - arrays.first_entry[slot])
    logs = np.empty(widest)
    for k in range(n_clusters):
        n_ports = arrays.first_source[k + 1] - arrays.first_source[k]
        port = arrays.first_port[k]
        for slot in range(arrays.first_sent[k], arrays.first_sent[k + 1]):
            first = arrays.first_entry[slot - n_part_slots]
            count = arrays.first_entry[slot - n_part_slots + 1] - first
            top = -np.inf
            for j in range(count):
                logs[j] = log_values[first + j]
                for i in range(port, port + n_ports):
                    logs[j] += inward[arrays.ports[i]]
                port += n_ports
                top = max(top, logs[j])
            x = 0.0
            if top > -np.inf:
                for j in range(count):
                    x += np.exp(logs[j] - top)
            inward[slot] = top + np.log(x) if top > -np.inf else -np.inf
        if arrays.is_root[k]:
            log_evidence += inward[arrays.first_sent[k]]
    if not log_evidence > -np.inf:
        return -np.inf
    outward = np.zeros(n_messages)
    for k in range(n_clusters - 1, -1, -1):
        n_ports = arrays.first_source[k + 1] - arrays.first_source[k]
        port = arrays.first_port[k]
        for slot in range(arrays.first_sent[k], arrays.first_sent[k + 1]):
            first, last = (
                arrays.first_entry[slot - n_part_slots],
                arrays.first_entry[slot - n_part_slots + 1],
            )
            joint = 1.0 if arrays.is_root[k] else outward[slot]
            if joint == 0.0:
                port += n_ports * (last - first)
                continue
            for entry in range(first, last):
                x = log_values[entry] - inward[slot]
                for i in range(port, port + n_ports):
                    x += inward[arrays.ports[i]]
                product = joint * np.exp(x)
                for i in range(port, port + n_ports):
                    outward[arrays.ports[i]] += product
                port += n_ports
                if len(entry_counts) > 0:
                    entry_counts[entry] += product * weight
    _write_beliefs(arrays, outward, beliefs)
    return log_evidence
