"""run(program, tables, rows): the reference, in numpy and in logarithms.

How zeros and underflow are treated: here everything is a natural logarithm, so nothing
underflows; a zero is -inf. Its fast twin `bayesdiag.engine.kernel_jit` works on the numbers
themselves, rescales every message to a maximum of 1, and computes a row again in logarithms when
a product may fall below 1e-280.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from bayesdiag.engine.layout import Floats, Ints
from bayesdiag.engine.program import Program


class Run(Protocol):
    """The one signature of all kernels."""

    def __call__(
        self, program: Program, tables: Floats, rows: Floats, *, cores: int = 1
    ) -> tuple[Floats, Floats]:
        """Turn rows of likelihoods into rows of beliefs."""


def run(program: Program, tables: Floats, rows: Floats, *, cores: int = 1) -> tuple[Floats, Floats]:
    """Turn rows of likelihoods into rows of beliefs.

    Two passes over the junction tree: towards the roots, then back. A message going back is
    divided by what came in through the same port, 0 where that was 0.

    Args:
        program: Structure; every row's zeros must include those it was made for.
        tables: Numbers, shape (T,), zero only where the program's own are.
        rows: Likelihoods, shape (B, S), each finite and 0 or more.
        cores: Not used here.

    Returns:
        Beliefs, shape (B, S): the states of a variable sum to one; 0 for what the program does
        not hold. And the natural logarithm of the probability of each row, shape (B,). A row
        that is impossible has beliefs 0 and -inf.

    References:
        Shafer and Shenoy (1990), Probability propagation, Annals of Mathematics and Artificial
        Intelligence 2, 327-351.
    """
    del cores
    if program.is_impossible:
        return np.zeros_like(rows), np.full(len(rows), -np.inf)
    padded = np.hstack([rows, np.ones((len(rows), 1))]).T
    n_parts = len(program.arrays.part_slots)
    with np.errstate(divide="ignore"):
        log_tables, log_padded = np.log(tables), np.log(padded)
    log_in = np.full((program.n_messages, len(rows)), -np.inf)
    log_in[:n_parts] = log_padded[program.arrays.part_slots].sum(axis=1)
    log_evidence = log_tables[program.scalars].sum() + log_padded[program.arrays.single_slots].sum(
        axis=(0, 1)
    )
    for step in steps(program):
        log_entries = _log_entries(step, log_tables, log_in)
        log_in[step.low : step.high] = _log_sums(log_entries, step.up - step.low, step.high - step.low)
        if step.is_root:
            log_evidence = log_evidence + log_in[step.low]
    beliefs = _outward(program, log_tables, log_in)
    possible = np.isfinite(log_evidence)
    slots = _slot_beliefs(program, beliefs, rows.shape[1])
    return np.where(possible[:, None], slots, 0.0), np.where(possible, log_evidence, -np.inf)


class Step:
    """One cluster of a program, as arrays of its own.

    Attributes:
        low: First message slot it sends.
        high: Last one + 1.
        is_root: Whether it sends to none.
        up: Message slot each entry adds to, shape (entries,).
        ports: Message slots each entry is multiplied by, shape (entries, ports).
        cells: Table cells each entry is the product of, shape (entries, cells).
    """

    def __init__(self, program: Program, k: int) -> None:
        arrays = program.arrays
        self.low, self.high = int(arrays.first_sent[k]), int(arrays.first_sent[k + 1])
        self.is_root = bool(arrays.is_root[k])
        first = arrays.first_entry[self.low - len(arrays.part_slots) : self.high - len(arrays.part_slots) + 1]
        n_entries = int(first[-1] - first[0])
        self.up = np.repeat(np.arange(self.low, self.high), np.diff(first))
        self.ports = arrays.ports[arrays.first_port[k] : arrays.first_port[k + 1]].reshape(n_entries, -1)
        self.cells = program.cells[program.first_cell[k] : program.first_cell[k + 1]].reshape(n_entries, -1)


def steps(program: Program) -> list[Step]:
    """Return the clusters, those below first."""
    return [Step(program, k) for k in range(len(program.arrays.is_root))]


def _slot_beliefs(program: Program, part_beliefs: Floats, n_slots: int) -> Floats:
    """Add the beliefs of part states up to those of the slots they stand for, shape (B, S)."""
    beliefs = np.zeros((n_slots + 1, part_beliefs.shape[1]))
    for column in (0, 1):
        np.add.at(beliefs, program.arrays.part_slots[:, column], part_beliefs)
        np.add.at(beliefs, program.arrays.single_slots[:, column], 1.0)
    return np.ascontiguousarray(beliefs[:-1].T)


def _outward(program: Program, log_tables: Floats, log_in: Floats) -> Floats:
    """Return the beliefs of part states, shape (P, B), by the pass from the roots back."""
    log_out = np.full_like(log_in, -np.inf)
    beliefs = np.zeros((len(program.arrays.part_slots), log_in.shape[1]))
    for step in reversed(steps(program)):
        log_entries = _log_entries(step, log_tables, log_in)
        if not step.is_root:
            log_entries = log_entries + log_out[step.up]
        top = log_entries.max(axis=0)
        log_entries -= np.where(np.isfinite(top), top, 0)
        total = np.exp(log_entries).sum(axis=0)
        with np.errstate(divide="ignore"):
            log_entries -= np.where(total > 0, np.log(total), 0)
        for port in step.ports.T:
            slots, places = np.unique(port, return_inverse=True)
            log_joint = _log_sums(log_entries, places, len(slots))
            if slots[0] < len(beliefs):
                beliefs[slots] = np.exp(log_joint)
            own = log_in[slots]
            log_out[slots] = np.where(
                np.isfinite(own), log_joint - np.where(np.isfinite(own), own, 0), -np.inf
            )
    return beliefs


def _log_entries(step: Step, log_tables: Floats, log_in: Floats) -> Floats:
    """Return the logarithm of every entry's product, shape (entries, B)."""
    log_entries = np.repeat(log_tables[step.cells].sum(axis=1)[:, None], log_in.shape[1], axis=1)
    for port in step.ports.T:
        log_entries += log_in[port]
    return log_entries


def _log_sums(log_values: Floats, places: Ints, n_places: int) -> Floats:
    """Return, for each place, the logarithm of the sum of what falls there, shape (places, B)."""
    by_place = np.argsort(places, kind="stable")
    starts = np.searchsorted(places[by_place], np.arange(n_places))
    ordered = log_values[by_place]
    top = np.maximum.reduceat(ordered, starts, axis=0)
    finite_top = np.where(np.isfinite(top), top, 0)
    sums = np.add.reduceat(np.exp(ordered - finite_top[places[by_place]]), starts, axis=0)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(sums) + finite_top)
