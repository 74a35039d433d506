"""run(program, tables, rows) and count(…): the fast twins of `bayesdiag.engine.kernel`.

Rows go in blocks of `N_LANES`, on as many cores as the caller gives; a few rows go one by one. A
row in which a product may fall below 1e-280 is computed again in logarithms, so that nothing
underflows silently. A row comes to the same bits whatever stands beside it and on however many
cores; expected counts are sums over rows, so their last digits depend on the order of the rows,
but not on the number of cores.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import cast

import numpy as np

from bayesdiag.engine.blocks import run_part, run_sets
from bayesdiag.engine.lanes import N_LANES
from bayesdiag.engine.layout import Floats
from bayesdiag.engine.passes import alone, log_row
from bayesdiag.engine.program import Program
from bayesdiag.engine.shares import in_shares
from bayesdiag.engine.values import add_cells, entry_logs, entry_values, lane_values

SHARE = 1024
"""Rows a core takes at a time: few enough that none waits long for the last."""
COUNTED_SHARE = 4096
"""The same where expected counts are summed, at least."""
MAX_SHARES = 64
"""Shares at most there: each has its own counts."""

_NOTHING = np.zeros(0)


@dataclass(frozen=True, slots=True)
class Numbers:
    """A program's numbers as the passes read them.

    Attributes:
        values: Product of each entry's table cells, shape (E,).
        smallest: The smallest value of each cluster, shape (K,).
        log_constant: Logarithm of what multiplies every row.
    """

    values: Floats
    smallest: Floats
    log_constant: float


def run(program: Program, tables: Floats, rows: Floats, *, cores: int = 1) -> tuple[Floats, Floats]:
    """Turn rows of likelihoods into rows of beliefs; see `bayesdiag.engine.kernel.run`.

    Args:
        program: Structure; every row's zeros must include those it was made for.
        tables: Numbers, shape (T,), zero only where the program's own are.
        rows: Likelihoods, shape (B, S), each finite and 0 or more.
        cores: Threads to use.
    """
    beliefs = np.empty_like(rows)
    log_evidence = _run_into(program, tables, rows, beliefs, cores)
    beliefs[log_evidence == -np.inf] = 0.0
    return beliefs, log_evidence


def run_behind(program: Program, rows: Floats, known: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Turn rows into beliefs where those of the first rows are known; the numbers are the model's own.

    Args:
        program: Structure.
        rows: Likelihoods, shape (B, S).
        known: What the first rows came to: beliefs, shape (any, S), and log-evidence, shape (any,).
    """
    n_known = len(known[1])
    beliefs, log_evidence = np.empty_like(rows), np.empty(len(rows))
    beliefs[:n_known], log_evidence[:n_known] = known
    others = beliefs[n_known:]
    log_evidence[n_known:] = _run_into(program, program.tables, rows[n_known:], others, 1)
    others[log_evidence[n_known:] == -np.inf] = 0.0
    return beliefs, log_evidence


def log_evidence_of(program: Program, rows: Floats, *, cores: int = 1) -> Floats:
    """Return the log-evidence of rows, shape (B,), with the model's own numbers and without the way back."""
    return _run_into(program, program.tables, rows, _no_beliefs(rows), cores)


def _run_into(program: Program, tables: Floats, rows: Floats, beliefs: Floats, cores: int) -> Floats:
    """Write beliefs, where there is a place for them, shape (B, S) or (0, S); return the log-evidence."""
    log_evidence = np.full(len(rows), -np.inf)
    if program.is_impossible:
        return log_evidence
    numbers = numbers_of(program, tables)
    ones = np.ones(len(rows))

    def part(start: int, stop: int) -> None:
        beliefs[start:stop] = 0.0  # here, so that the memory comes to the core that writes to it
        run_part(
            program.arrays, numbers.values, numbers.smallest, rows, beliefs, log_evidence, _NOTHING, ones,
            start, stop,
        )  # fmt: skip

    in_shares(part, len(rows), SHARE, cores)
    if numbers.log_constant == -np.inf:  # a number that multiplies everything has become 0
        return np.full(len(rows), -np.inf)
    log_evidence += numbers.log_constant
    _again(program, tables, numbers, rows, beliefs if len(beliefs) else None, log_evidence)
    return log_evidence


def run_one(program: Program, row: Floats) -> tuple[Floats, Floats]:
    """Turn one row, shape (1, S), into one row of beliefs with the model's own numbers; see `run`."""
    beliefs, log_evidence = np.zeros(row.shape), np.full(1, -np.inf)
    if program.is_impossible:
        return beliefs, log_evidence
    numbers = numbers_of(program, program.tables)
    if alone(
        *program.arrays, numbers.values, numbers.smallest, numbers.log_constant, row, beliefs, log_evidence
    ):
        log_evidence[0] = np.nan
        _again(program, program.tables, numbers, row, beliefs, log_evidence)
    return beliefs, log_evidence


def count(
    program: Program, tables: Floats, rows: Floats, weights: Floats, *, cores: int = 1
) -> tuple[Floats, Floats]:
    """Return how often each table cell is expected to have been used, summed over weighted rows.

    Args:
        program: Structure; every row's zeros must include those it was made for.
        tables: Numbers, shape (T,), zero only where the program's own are.
        rows: Likelihoods, shape (B, S).
        weights: How much each row counts, shape (B,).
        cores: Threads to use.

    Returns:
        Expected counts, shape (T,); a row that is impossible adds nothing. And the natural
        logarithm of the probability of each row, shape (B,).

    References:
        Lauritzen (1995), The EM algorithm for graphical association models with missing data.
        Darwiche (2003), A differential approach to inference in Bayesian networks.
    """
    log_evidence = np.full(len(rows), -np.inf)
    counts = np.zeros(len(tables))
    if program.is_impossible:
        return counts, log_evidence
    numbers = numbers_of(program, tables)
    weights = np.ascontiguousarray(weights, dtype=np.float64)

    def part(start: int, stop: int) -> Floats:
        entry_counts = np.zeros(program.n_entries)
        run_part(
            program.arrays, numbers.values, numbers.smallest, rows, _no_beliefs(rows), log_evidence,
            entry_counts, weights, start, stop,
        )  # fmt: skip
        return entry_counts

    if numbers.log_constant == -np.inf:
        return counts, log_evidence
    step = max(COUNTED_SHARE, -(-len(rows) // MAX_SHARES))
    step += -step % N_LANES
    entry_counts = np.sum(in_shares(part, len(rows), step, cores), axis=0)
    log_evidence += numbers.log_constant
    _again(program, tables, numbers, rows, None, log_evidence, entry_counts, weights)
    add_cells(program.cluster_entries, program.first_cell, program.cells, entry_counts, counts)
    possible = np.isfinite(log_evidence)
    np.add.at(counts, program.scalars, float(weights[possible].sum()))
    return counts, log_evidence


def run_tables(program: Program, tables: Floats, row: Floats, *, cores: int = 1) -> tuple[Floats, Floats]:
    """Return one row's beliefs under many sets of numbers.

    Args:
        program: Structure.
        tables: Sets of numbers, shape (K, T), zero only where the program's own are.
        row: Likelihoods, shape (S,).
        cores: Threads to use; what comes out is the same to the last bit.

    Returns:
        Beliefs, shape (K, S), and log-evidence, shape (K,).
    """
    n_sets = len(tables)
    beliefs, log_evidence = np.zeros((n_sets, len(row))), np.full(n_sets, -np.inf)
    if program.is_impossible:
        return beliefs, log_evidence

    def lanes(start: int) -> None:
        chosen = tables[np.minimum(np.arange(start, start + N_LANES), n_sets - 1)]
        values = np.empty(program.n_entries * N_LANES)
        smallest = np.full(len(program.arrays.is_root), np.inf)
        lane_values(
            program.cluster_entries,
            program.first_cell,
            program.cells,
            np.ascontiguousarray(chosen.T),
            values,
            smallest,
        )
        doubtful = run_sets(
            program.arrays,
            values,
            smallest,
            row,
            beliefs[start : start + N_LANES],
            log_evidence[start : start + N_LANES],
        )
        for lane in range(min(N_LANES, n_sets - start)):
            if doubtful[lane]:
                beliefs[start + lane] = 0.0
                log_evidence[start + lane] = log_row(
                    program.arrays,
                    _log_values(program, tables[start + lane]),
                    row,
                    beliefs[start + lane],
                    np.zeros(0),
                    1.0,
                )

    starts = range(0, n_sets, N_LANES)
    if cores > 1 and len(starts) > 1:
        with ThreadPoolExecutor(cores) as pool:
            list(pool.map(lanes, starts))
    else:
        for start in starts:
            lanes(start)
    with np.errstate(divide="ignore"):
        log_evidence += np.log(tables[:, program.scalars]).sum(axis=1)
    beliefs[log_evidence == -np.inf] = 0.0
    return beliefs, log_evidence


def numbers_of(program: Program, tables: Floats) -> Numbers:
    """Return a program's numbers, kept with it while they are the model's own."""
    if tables is not program.tables:
        return _numbers(program, tables)
    if "numbers" not in program.made:
        program.made["numbers"] = _numbers(program, tables)
    return cast(Numbers, program.made["numbers"])


# ── inside ────────────────────────────────────────────────────────────────────────────────────


def _no_beliefs(rows: Floats) -> Floats:
    """Return a place for beliefs that nobody reads."""
    return np.zeros((0, rows.shape[1]))


def _numbers(program: Program, tables: Floats) -> Numbers:
    values = np.empty(program.n_entries)
    smallest = np.empty(len(program.arrays.is_root))
    entry_values(program.cluster_entries, program.first_cell, program.cells, tables, values, smallest)
    with np.errstate(divide="ignore"):
        return Numbers(values, smallest, float(np.log(tables[program.scalars]).sum()))


def _log_values(program: Program, tables: Floats) -> Floats:
    values = np.empty(program.n_entries)
    with np.errstate(divide="ignore"):
        entry_logs(program.cluster_entries, program.first_cell, program.cells, np.log(tables), values)
    return values


def _again(
    program: Program,
    tables: Floats,
    numbers: Numbers,
    rows: Floats,
    beliefs: Floats | None,
    log_evidence: Floats,
    entry_counts: Floats | None = None,
    weights: Floats | None = None,
) -> None:
    """Compute the rows left open, marked by NaN, in logarithms."""
    doubtful = np.flatnonzero(np.isnan(log_evidence))
    if not len(doubtful):
        return
    log_values = _log_values(program, tables)
    aside = np.zeros(rows.shape[1])
    counts = np.zeros(0) if entry_counts is None else entry_counts
    for number in doubtful:
        weight = 1.0 if weights is None else float(weights[number])
        target = aside if beliefs is None else beliefs[number]
        found = log_row(program.arrays, log_values, rows[number], target, counts, weight)
        log_evidence[number] = found + numbers.log_constant
