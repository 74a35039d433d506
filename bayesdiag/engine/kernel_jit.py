"""run(program, tables, rows): the fast twin of `bayesdiag.engine.kernel`, compiled by numba.

It works on the numbers themselves, case index innermost. Every message is rescaled to a maximum
of 1. A row in which a product falls below 1e-200 without being zero is computed again by the
reference, so that nothing underflows silently.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from bayesdiag.engine import kernel
from bayesdiag.engine.compiled import compiled
from bayesdiag.engine.layout import Bools, Floats, Ints
from bayesdiag.engine.program import Program

BLOCK = 32
"""Rows handled together: enough for the vector units, few enough for the cache."""
TINY = 1e-200
"""A product below this might have lost digits or vanished."""


def run(program: Program, tables: Floats, rows: Floats) -> tuple[Floats, Floats]:
    """Turn rows of likelihoods into rows of beliefs; see `bayesdiag.engine.kernel.run`."""
    if program.is_impossible:
        return np.zeros_like(rows), np.full(len(rows), -np.inf)
    if not program.steps:
        return np.zeros_like(rows), np.zeros(len(rows))
    flat = _flat_of(program, tables)
    beliefs, log_evidence = np.zeros_like(rows), np.zeros(len(rows))
    doubtful = np.zeros(len(rows), dtype=np.bool_)
    for start in range(0, len(rows), BLOCK):
        block = slice(start, start + BLOCK)
        likelihoods = np.ascontiguousarray(kernel.part_likelihoods(program, rows[block]))
        parts, log_evidence[block], doubtful[block] = _passes(likelihoods, program.n_messages, *flat)
        beliefs[block] = kernel.slot_beliefs(program, parts)
    if doubtful.any():
        beliefs[doubtful], log_evidence[doubtful] = kernel.run(program, tables, rows[doubtful])
    return beliefs, log_evidence


def _flat_of(program: Program, tables: Floats) -> tuple[Any, ...]:
    """Return `_flat`, kept with the program while its numbers are the model's own."""
    if tables is not program.tables:
        return _flat(program, tables)
    if "flat" not in program.made:
        program.made["flat"] = _flat(program, tables)
    return cast(tuple[Any, ...], program.made["flat"])


def _flat(program: Program, tables: Floats) -> tuple[Any, ...]:
    """Return the program's arrays laid end to end, for the compiled loops."""
    steps = program.steps
    first_entry = np.cumsum([0, *(len(step.up) for step in steps)])
    first_port = np.cumsum([0, *(step.ports.size for step in steps)])
    n_ports = np.array([len(step.ports) for step in steps], dtype=np.int64)
    values = np.concatenate([tables[step.cells].prod(axis=1) for step in steps])
    up = np.concatenate([step.up for step in steps])
    ports = np.concatenate([step.ports.ravel() for step in steps])
    sent = np.array([step.sent for step in steps], dtype=np.int64)
    received = np.zeros(program.n_messages, dtype=np.bool_)
    received[ports] = True
    roots = ~received[sent[:, 0]]
    return first_entry, first_port, n_ports, values, up, ports, sent, roots


@compiled
def _passes(
    likelihoods: Floats,
    n_messages: int,
    first_entry: Ints,
    first_port: Ints,
    n_ports: Ints,
    values: Floats,
    up: Ints,
    ports: Ints,
    sent: Ints,
    roots: Bools,
) -> tuple[Floats, Floats, Bools]:  # pragma: no cover - compiled
    """Return beliefs of part states (P, B), log-evidence (B,), and which rows are doubtful (B,)."""
    n_parts, n_rows = likelihoods.shape
    inward = np.zeros((n_messages, n_rows))
    inward[:n_parts] = likelihoods
    outward = np.zeros((n_messages, n_rows))
    beliefs = np.zeros((n_parts, n_rows))
    log_evidence = np.zeros(n_rows)
    doubtful = np.zeros(n_rows, dtype=np.bool_)
    product = np.empty(n_rows)
    for k in range(len(n_ports)):
        n_entries = first_entry[k + 1] - first_entry[k]
        for e in range(n_entries):
            entry = first_entry[k] + e
            product[:] = values[entry]
            for p in range(n_ports[k]):
                slot = ports[first_port[k] + p * n_entries + e]
                for b in range(n_rows):
                    product[b] *= inward[slot, b]
            target = up[entry]
            for b in range(n_rows):
                inward[target, b] += product[b]
                if product[b] < TINY and not doubtful[b]:
                    zero = False
                    for p in range(n_ports[k]):
                        if inward[ports[first_port[k] + p * n_entries + e], b] == 0.0:
                            zero = True
                    doubtful[b] = not zero
        for b in range(n_rows):
            top = 0.0
            for slot in range(sent[k, 0], sent[k, 1]):
                top = max(top, inward[slot, b])
            log_evidence[b] += np.log(top) if top > 0.0 else -np.inf
            if top > 0.0:
                for slot in range(sent[k, 0], sent[k, 1]):
                    inward[slot, b] /= top
    for k in range(len(n_ports) - 1, -1, -1):
        n_entries = first_entry[k + 1] - first_entry[k]
        total = np.zeros(n_rows)
        is_root = roots[k]
        for e in range(n_entries):
            entry = first_entry[k] + e
            for b in range(n_rows):
                product[b] = values[entry] * (1.0 if is_root else outward[up[entry], b])
            for p in range(n_ports[k]):
                slot = ports[first_port[k] + p * n_entries + e]
                for b in range(n_rows):
                    product[b] *= inward[slot, b]
            for b in range(n_rows):
                total[b] += product[b]
                if product[b] < TINY and not doubtful[b]:
                    zero = not is_root and outward[up[entry], b] == 0.0
                    for p in range(n_ports[k]):
                        if inward[ports[first_port[k] + p * n_entries + e], b] == 0.0:
                            zero = True
                    doubtful[b] = not zero
            for p in range(n_ports[k]):
                slot = ports[first_port[k] + p * n_entries + e]
                for b in range(n_rows):
                    outward[slot, b] += product[b]
        for p in range(n_ports[k]):
            low, high = first_port[k] + p * n_entries, first_port[k] + (p + 1) * n_entries
            smallest, largest = ports[low], ports[low]
            for i in range(low, high):
                smallest = min(smallest, ports[i])
                largest = max(largest, ports[i])
            for slot in range(smallest, largest + 1):
                for b in range(n_rows):
                    if total[b] > 0.0:
                        joint = outward[slot, b] / total[b]
                        if slot < n_parts:
                            beliefs[slot, b] = joint
                        own = inward[slot, b]
                        outward[slot, b] = joint / own if own > 0.0 else 0.0
                    else:
                        outward[slot, b] = 0.0
    for b in range(n_rows):
        if not log_evidence[b] > -np.inf:
            beliefs[:, b] = 0.0
            log_evidence[b] = -np.inf
    return beliefs, log_evidence, doubtful
