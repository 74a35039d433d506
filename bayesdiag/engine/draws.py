"""Worlds drawn exactly from a program, given a row: independent, from the roots of its tree downwards.

They answer what would take too many exact rows: a row that only takes possibilities away from
the one drawn for is a weight for each world.
"""

from __future__ import annotations

import numpy as np

from bayesdiag.engine.compiled import compiled
from bayesdiag.engine.layout import Bools, Floats, Ints
from bayesdiag.engine.passes import likelihood
from bayesdiag.engine.program import Arrays, Program
from bayesdiag.engine.values import entry_logs

NEVER = -1e4
"""Stands for the logarithm of 0 in a sum: its exponential is 0."""


def draw(program: Program, row: Floats, n_draws: int, random: np.random.Generator) -> Bools:
    """Return worlds drawn given a row, as the slots that they have, shape (N, S).

    Variables that the program keeps no likelihood for have no slot in any world.

    Args:
        program: Structure, with the model's own numbers.
        row: Likelihoods, shape (S,); possible under the model.
        n_draws: N.
        random: Source of the draws.
    """
    log_values = np.empty(program.n_entries)
    with np.errstate(divide="ignore"):
        logs = np.log(program.tables)
        entry_logs(program.cluster_entries, program.first_cell, program.cells, logs, log_values)
    cumulative = log_values  # written over: the logarithms are not needed again
    weigh_entries(program.arrays, cumulative, row)
    drawn = np.zeros((n_draws, len(row)), dtype=np.bool_)
    singles = program.arrays.single_slots
    drawn[:, singles[singles >= 0]] = True
    n_clusters = len(program.arrays.is_root)
    # A share of the worlds at a time: the random numbers of all would take more than the worlds.
    for start in range(0, n_draws, 1024):
        some = drawn[start : start + 1024]
        choose_entries(
            program.arrays, program.cluster_entries, cumulative, random.random((len(some), n_clusters)), some
        )
    return drawn


def estimated_rows(drawn: Bools, row: Floats, rows: Floats) -> tuple[Floats, Floats, Floats]:
    """Return what rows come to, judged by worlds drawn given another row.

    Args:
        drawn: Worlds given `row`, shape (N, S).
        row: Likelihoods, shape (S,).
        rows: Likelihoods, shape (B, S), 0 wherever `row` is.

    Returns:
        Beliefs, shape (B, S); the logarithm of each row's probability relative to `row`'s, shape
        (B,); and the half-widths of the beliefs' 95 % bands, shape (B, S).
    """
    worlds = drawn.astype(np.float64)
    factors = np.divide(rows, row, out=np.ones_like(rows), where=row > 0)
    logs = np.full_like(factors, NEVER)
    np.log(factors, out=logs, where=factors > 0)
    weights = np.exp(logs @ worlds.T)  # (B, N)
    total = weights.sum(axis=1, keepdims=True)
    shares = np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)
    beliefs = shares @ worlds
    # Of a weighted mean of zeros and ones: Σ share² (x − mean)².
    squares = shares**2
    spread = squares @ worlds
    variance = spread * (1 - 2 * beliefs) + squares.sum(axis=1, keepdims=True) * beliefs**2
    with np.errstate(divide="ignore"):
        log_p = np.log(total[:, 0] / len(drawn))
    return beliefs, log_p, 1.96 * np.sqrt(np.maximum(variance, 0.0))


@compiled
def weigh_entries(arrays: Arrays, values: Floats, row: Floats) -> None:
    """Replace each entry's logarithm by the weights up to it of the entries for the same message.

    Args:
        arrays: The program.
        values: Logarithm of each entry's value, shape (E,), written over.
        row: Likelihoods, shape (S,).
    """
    n_part_slots = len(arrays.part_slots)
    inward = np.zeros(arrays.first_sent[-1])
    for state in range(n_part_slots):
        inward[state] = np.log(likelihood(row, arrays.part_slots[state, 0], arrays.part_slots[state, 1]))
    for k in range(len(arrays.is_root)):
        n_ports = arrays.first_source[k + 1] - arrays.first_source[k]
        port = arrays.first_port[k]
        for slot in range(arrays.first_sent[k], arrays.first_sent[k + 1]):
            first = arrays.first_entry[slot - n_part_slots]
            last = arrays.first_entry[slot - n_part_slots + 1]
            top = -np.inf
            for entry in range(first, last):
                for i in range(port, port + n_ports):
                    values[entry] += inward[arrays.ports[i]]
                port += n_ports
                top = max(top, values[entry])
            total = 0.0
            for entry in range(first, last):
                if top > -np.inf:
                    total += np.exp(values[entry] - top)
                values[entry] = total
            inward[slot] = top + np.log(total) if total > 0 else -np.inf


@compiled
def choose_entries(
    arrays: Arrays, cluster_entries: Ints, cumulative: Floats, uniform: Floats, drawn: Bools
) -> None:
    """Walk each world from the roots downwards: in every cluster one entry, by its weight."""
    n_parts, n_part_slots = len(arrays.ported), len(arrays.part_slots)
    n_clusters = len(arrays.is_root)
    message = np.empty(n_clusters, dtype=np.int64)
    for world in range(len(drawn)):
        for k in range(n_clusters - 1, -1, -1):
            slot = arrays.first_sent[k] if arrays.is_root[k] else message[k]
            low = arrays.first_entry[slot - n_part_slots]
            high = arrays.first_entry[slot - n_part_slots + 1] - 1
            sought = uniform[world, k] * cumulative[high]
            while low < high:
                middle = (low + high) // 2
                if cumulative[middle] > sought:
                    high = middle
                else:
                    low = middle + 1
            first_source = arrays.first_source[k]
            n_ports = arrays.first_source[k + 1] - first_source
            port = arrays.first_port[k] + (low - cluster_entries[k]) * n_ports
            for i in range(n_ports):
                source = arrays.sources[first_source + i]
                if source >= n_parts:
                    message[source - n_parts] = arrays.ports[port + i]
                    continue
                for column in range(2):
                    had = arrays.part_slots[arrays.ports[port + i], column]
                    if had >= 0:
                        drawn[world, had] = True
