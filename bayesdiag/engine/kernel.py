"""run(program, tables, rows): the reference, in numpy and in logarithms.

How zeros and underflow are treated: here everything is a natural logarithm, so nothing
underflows; a zero is -inf. Its fast twin `bayesdiag.engine.kernel_jit` works on the numbers
themselves, rescales every message to a maximum of 1, and hands a row over to this one when a
product falls below 1e-200 without being zero.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bayesdiag.engine.layout import Floats, Ints
from bayesdiag.engine.program import Program, Step

Run = Callable[[Program, Floats, Floats], tuple[Floats, Floats]]
"""The one signature of all kernels."""


def run(program: Program, tables: Floats, rows: Floats) -> tuple[Floats, Floats]:
    """Turn rows of likelihoods into rows of beliefs.

    Two passes over the junction tree: towards the roots, then back. A message going back is
    divided by what came in through the same port, 0 where that was 0.

    Args:
        program: Structure; every row's zeros must include those it was made for.
        tables: Numbers, shape (T,), each above 0.
        rows: Likelihoods, shape (B, S), each finite and 0 or more.

    Returns:
        Beliefs, shape (B, S): the states of a variable sum to one; 0 for what the program does
        not hold. And the natural logarithm of the probability of each row, shape (B,). A row
        that is impossible has beliefs 0 and -inf.

    References:
        Shafer and Shenoy (1990), Probability propagation, Annals of Mathematics and Artificial
        Intelligence 2, 327-351.
    """
    if program.is_impossible:
        return np.zeros_like(rows), np.full(len(rows), -np.inf)
    if not program.steps:
        return np.zeros_like(rows), np.zeros(len(rows))
    with np.errstate(divide="ignore"):
        log_tables = np.log(tables)
        log_in = np.full((program.n_messages, len(rows)), -np.inf)
        log_in[: len(program.part_slots)] = np.log(part_likelihoods(program, rows))
    log_evidence = np.zeros(len(rows))
    for step in program.steps:
        log_entries = _log_entries(step, log_tables, log_in)
        sent = slice(*step.sent)
        log_in[sent] = _log_sums(log_entries, step.up - step.sent[0], step.sent[1] - step.sent[0])
        top = log_in[sent].max(axis=0)
        log_evidence += top
        log_in[sent] -= np.where(np.isfinite(top), top, 0)
    beliefs = _outward(program, log_tables, log_in)
    possible = np.isfinite(log_evidence)
    return slot_beliefs(program, np.where(possible, beliefs, 0.0)), np.where(possible, log_evidence, -np.inf)


def part_likelihoods(program: Program, rows: Floats) -> Floats:
    """Return the likelihood of each part state in each row, shape (P, B)."""
    padded = np.hstack([rows, np.ones((len(rows), 1))]).T
    return np.asarray(padded[program.part_slots[:, 0]] * padded[program.part_slots[:, 1]])


def slot_beliefs(program: Program, part_beliefs: Floats) -> Floats:
    """Add the beliefs of part states up to those of the slots they stand for, shape (B, S)."""
    beliefs = np.zeros((program.n_slots + 1, part_beliefs.shape[1]))
    for column in (0, 1):
        np.add.at(beliefs, program.part_slots[:, column], part_beliefs)
    return np.ascontiguousarray(beliefs[:-1].T)


def _outward(program: Program, log_tables: Floats, log_in: Floats) -> Floats:
    """Return the beliefs of part states, shape (P, B), by the pass from the roots back."""
    log_out = np.zeros_like(log_in)
    beliefs = np.zeros((len(program.part_slots), log_in.shape[1]))
    for step in reversed(program.steps):
        log_entries = _log_entries(step, log_tables, log_in) + log_out[step.up]
        top = log_entries.max(axis=0)
        log_entries -= np.where(np.isfinite(top), top, 0)
        total = np.exp(log_entries).sum(axis=0)
        with np.errstate(divide="ignore"):
            log_entries -= np.where(total > 0, np.log(total), 0)
        for port in step.ports:
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
    for port in step.ports:
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
