"""run(program, tables, rows) and count(…): the fast twins of `bayesdiag.engine.kernel`.

Rows go in blocks of `N_LANES`, on as many cores as the caller gives; a few rows go one by one. A
row in which a product may fall below 1e-280 is computed again in logarithms, so that nothing
underflows silently. A row comes to the same bits whatever stands beside it and on however many
cores; expected counts are sums over rows, so their last digits depend on the order of the rows,
but not on the number of cores.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar, cast

import numpy as np

from bayesdiag.engine.compiled import compiled
from bayesdiag.engine.lanes import N_LANES
from bayesdiag.engine.layout import Bools, Floats
from bayesdiag.engine.passes import FLOOR, block_inward, block_outward, log_row, one_row
from bayesdiag.engine.program import Arrays, Program

FEW = 3
"""So many rows or fewer go one by one: a block would be mostly empty."""
SHARE = 4096
"""Rows a core takes at a time, at least."""
MAX_SHARES = 64
"""Shares at most: each has its own expected counts."""
WIDE = 200_000
"""Message slots from which a block no longer fits any cache; rows then go one by one."""


_NOTHING, _ONE = np.zeros(0), np.ones(1)

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class _Numbers:
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
    beliefs, log_evidence = np.zeros_like(rows), np.full(len(rows), -np.inf)
    if program.is_impossible:
        return beliefs, log_evidence
    numbers = _numbers_of(program, tables)
    nothing = np.zeros(0)
    ones = np.ones(len(rows))

    def part(start: int, stop: int) -> None:
        _run_part(
            program.arrays, numbers.values, numbers.smallest, rows, beliefs, log_evidence, nothing, ones, start, stop
        )

    _shared(part, len(rows), cores)
    log_evidence += numbers.log_constant
    _again(program, tables, numbers, rows, beliefs, log_evidence)
    return beliefs, log_evidence


def run_one(program: Program, row: Floats) -> tuple[Floats, Floats]:
    """Turn one row, shape (1, S), into one row of beliefs with the model's own numbers; see `run`."""
    beliefs, log_evidence = np.zeros_like(row), np.empty(1)
    numbers = _numbers_of(program, program.tables)
    _run_part(
        program.arrays, numbers.values, numbers.smallest, row, beliefs, log_evidence, _NOTHING, _ONE, 0, 1
    )
    log_evidence += numbers.log_constant
    if log_evidence[0] != log_evidence[0]:  # not a number: doubtful
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
    numbers = _numbers_of(program, tables)
    weights = np.ascontiguousarray(weights, dtype=np.float64)

    def part(start: int, stop: int) -> Floats:
        entry_counts = np.zeros(program.n_entries)
        _run_part(
            program.arrays, numbers.values, numbers.smallest, rows, _no_beliefs(rows), log_evidence,
            entry_counts, weights, start, stop,
        )  # fmt: skip
        return entry_counts

    entry_counts = np.sum(_shared(part, len(rows), cores), axis=0)
    log_evidence += numbers.log_constant
    _again(program, tables, numbers, rows, None, log_evidence, entry_counts, weights)
    _add_cells(program.cluster_entries, program.first_cell, program.cells, entry_counts, counts)
    possible = np.isfinite(log_evidence)
    np.add.at(counts, program.scalars, float(weights[possible].sum()))
    return counts, log_evidence


def run_tables(program: Program, tables: Floats, row: Floats) -> tuple[Floats, Floats]:
    """Return one row's beliefs under many sets of numbers.

    Args:
        program: Structure.
        tables: Sets of numbers, shape (K, T), zero only where the program's own are.
        row: Likelihoods, shape (S,).

    Returns:
        Beliefs, shape (K, S), and log-evidence, shape (K,).
    """
    n_sets = len(tables)
    beliefs, log_evidence = np.zeros((n_sets, len(row))), np.full(n_sets, -np.inf)
    if program.is_impossible:
        return beliefs, log_evidence
    for start in range(0, n_sets, N_LANES):
        chosen = tables[np.minimum(np.arange(start, start + N_LANES), n_sets - 1)]
        values = np.empty(program.n_entries * N_LANES)
        smallest = np.full(len(program.arrays.is_root), np.inf)
        _lane_values(
            program.cluster_entries, program.first_cell, program.cells, np.ascontiguousarray(chosen.T), values, smallest
        )
        doubtful = _run_sets(
            program.arrays, values, smallest, row, beliefs[start : start + N_LANES], log_evidence[start : start + N_LANES]
        )
        for lane in range(min(N_LANES, n_sets - start)):
            if doubtful[lane]:
                beliefs[start + lane] = 0.0
                log_evidence[start + lane] = log_row(
                    program.arrays, _log_values(program, tables[start + lane]), row, beliefs[start + lane], np.zeros(0), 1.0
                )
    with np.errstate(divide="ignore"):
        return beliefs, log_evidence + np.log(tables[:, program.scalars]).sum(axis=1)


# ── inside ────────────────────────────────────────────────────────────────────────────────────


def _no_beliefs(rows: Floats) -> Floats:
    """Return a place for beliefs that nobody reads."""
    return np.zeros((0, rows.shape[1]))


def _shared(part: Callable[[int, int], Result], n_rows: int, cores: int) -> list[Result]:
    """Do all rows, a share at a time, on the cores given, and return what each share came to.

    Shares are whole blocks, and the same ones whatever the number of cores.
    """
    step = max(SHARE, -(-n_rows // MAX_SHARES))
    step += -step % N_LANES
    shares = [(start, min(start + step, n_rows)) for start in range(0, max(n_rows, 1), step)]
    if cores <= 1 or len(shares) < 2:
        return [part(*share) for share in shares]
    with ThreadPoolExecutor(cores) as pool:
        return list(pool.map(lambda share: part(*share), shares))


def _numbers_of(program: Program, tables: Floats) -> _Numbers:
    """Return a program's numbers, kept with it while they are the model's own."""
    if tables is not program.tables:
        return _numbers(program, tables)
    if "numbers" not in program.made:
        program.made["numbers"] = _numbers(program, tables)
    return cast(_Numbers, program.made["numbers"])


def _numbers(program: Program, tables: Floats) -> _Numbers:
    values = np.empty(program.n_entries)
    smallest = np.empty(len(program.arrays.is_root))
    _entry_values(program.cluster_entries, program.first_cell, program.cells, tables, values, smallest)
    with np.errstate(divide="ignore"):
        return _Numbers(values, smallest, float(np.log(tables[program.scalars]).sum()))


def _log_values(program: Program, tables: Floats) -> Floats:
    values = np.empty(program.n_entries)
    with np.errstate(divide="ignore"):
        _entry_logs(program.cluster_entries, program.first_cell, program.cells, np.log(tables), values)
    return values


def _again(
    program: Program,
    tables: Floats,
    numbers: _Numbers,
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


@compiled
def _entry_values(
    first: np.ndarray, first_cell: np.ndarray, cells: np.ndarray, tables: Floats, values: Floats, smallest: Floats
) -> None:
    """Write each entry's product of table cells, and the smallest one of each cluster."""
    for k in range(len(first) - 1):
        smallest[k] = np.inf
        n_entries = first[k + 1] - first[k]
        n_cells = (first_cell[k + 1] - first_cell[k]) // n_entries
        at = first_cell[k]
        for entry in range(first[k], first[k + 1]):
            product = 1.0
            for i in range(at, at + n_cells):
                product *= tables[cells[i]]
            at += n_cells
            values[entry] = product
            smallest[k] = min(smallest[k], product)


@compiled
def _entry_logs(
    first: np.ndarray, first_cell: np.ndarray, cells: np.ndarray, log_tables: Floats, values: Floats
) -> None:
    """Write each entry's sum of the logarithms of its table cells."""
    for k in range(len(first) - 1):
        n_cells = (first_cell[k + 1] - first_cell[k]) // (first[k + 1] - first[k])
        at = first_cell[k]
        for entry in range(first[k], first[k + 1]):
            values[entry] = 0.0
            for i in range(at, at + n_cells):
                values[entry] += log_tables[cells[i]]
            at += n_cells


@compiled
def _lane_values(
    first: np.ndarray, first_cell: np.ndarray, cells: np.ndarray, tables: Floats, values: Floats, smallest: Floats
) -> None:
    """Write each entry's product under each set of numbers; tables have shape (T, lanes)."""
    for k in range(len(first) - 1):
        n_cells = (first_cell[k + 1] - first_cell[k]) // (first[k + 1] - first[k])
        at = first_cell[k]
        for entry in range(first[k], first[k + 1]):
            for lane in range(N_LANES):
                product = 1.0
                for i in range(at, at + n_cells):
                    product *= tables[cells[i], lane]
                values[entry * N_LANES + lane] = product
                smallest[k] = min(smallest[k], product)
            at += n_cells


@compiled
def _add_cells(
    first: np.ndarray, first_cell: np.ndarray, cells: np.ndarray, entry_counts: Floats, counts: Floats
) -> None:
    """Add each entry's count to all its table cells."""
    for k in range(len(first) - 1):
        n_cells = (first_cell[k + 1] - first_cell[k]) // (first[k + 1] - first[k])
        at = first_cell[k]
        for entry in range(first[k], first[k + 1]):
            for i in range(at, at + n_cells):
                counts[cells[i]] += entry_counts[entry]
            at += n_cells


@compiled
def _run_part(
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
    """Compute some rows; a doubtful one is left as NaN."""
    n_messages = arrays.first_sent[-1]
    n_slots = rows.shape[1]
    aside = np.zeros(n_slots)
    if stop - start <= FEW or n_messages > WIDE:
        for number in range(start, stop):
            target = beliefs[number] if len(beliefs) else aside
            found, doubtful = one_row(
                arrays, values, smallest, rows[number], target, entry_counts, weights[number]
            )
            log_evidence[number] = np.nan if doubtful else found
        return
    n_part_slots = len(arrays.part_slots)
    n_parts, n_clusters = len(arrays.ported), len(arrays.is_root)
    inward = np.empty(n_messages * N_LANES)
    outward = np.empty(n_messages * N_LANES)
    inverse = np.empty(n_clusters * N_LANES)
    least = np.empty((n_parts + n_clusters) * N_LANES)
    lane_weights = np.zeros(N_LANES)
    for first in range(start, stop, N_LANES):
        count = min(N_LANES, stop - first)
        scale, log_scale = np.ones(N_LANES), np.zeros(N_LANES)
        doubtful = np.zeros(N_LANES, dtype=np.bool_)
        _gather(arrays, rows, first, count, inward, least, scale, log_scale)
        block_inward(
            arrays, values, smallest, inward, inverse, least, scale, log_scale, doubtful, False
        )
        outward[:] = 0.0
        for lane in range(N_LANES):
            log_scale[lane] += np.log(scale[lane])
            fine = lane < count and not doubtful[lane] and log_scale[lane] > -np.inf
            lane_weights[lane] = weights[first + lane] if fine else 0.0
            if lane < count:
                log_evidence[first + lane] = np.nan if doubtful[lane] else log_scale[lane]
                if doubtful[lane] or not log_scale[lane] > -np.inf:
                    _cleared(arrays, inward, inverse, lane)
        block_outward(arrays, values, inward, outward, inverse, entry_counts, lane_weights, False)
        if len(beliefs):
            _scatter(arrays, outward, beliefs, log_evidence, first, count, n_part_slots)


@compiled
def _run_sets(
    arrays: Arrays, values: Floats, smallest: Floats, row: Floats, beliefs: Floats, log_evidence: Floats
) -> Bools:
    """Compute one row under up to `N_LANES` sets of numbers; return which lanes are doubtful."""
    n_messages = arrays.first_sent[-1]
    n_parts, n_clusters = len(arrays.ported), len(arrays.is_root)
    inward = np.empty(n_messages * N_LANES)
    outward = np.zeros(n_messages * N_LANES)
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


@compiled
def _cleared(arrays: Arrays, inward: Floats, inverse: Floats, lane: int) -> None:
    """Empty a lane that has no answer, so that no infinite number arises in it on the way back."""
    for slot in range(arrays.first_sent[-1]):
        inward[slot * N_LANES + lane] = 0.0
    for k in range(len(arrays.is_root)):
        inverse[k * N_LANES + lane] = 0.0


@compiled
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
    """Lay the likelihoods of a block's rows side by side, each part's largest at 1; spare lanes repeat the first row."""
    n_slots = rows.shape[1]
    for lane in range(N_LANES):
        row = rows[first + lane] if lane < count else rows[first]
        for single in range(len(arrays.single_slots)):
            one, other = arrays.single_slots[single, 0], arrays.single_slots[single, 1]
            if one >= 0:
                scale[lane] *= row[one]
            if other >= 0:
                scale[lane] *= row[other]
            if not 1e-150 < scale[lane] < 1e150:
                log_scale[lane] += np.log(scale[lane])
                scale[lane] = 1.0
    for part in range(len(arrays.ported)):
        begin, end = arrays.first_state[part], arrays.first_state[part + 1]
        if not arrays.ported[part]:
            continue
        for lane in range(N_LANES):
            row = rows[first + lane] if lane < count else rows[first]
            top, low = 0.0, np.inf
            for state in range(begin, end):
                x = 1.0
                one, other = arrays.part_slots[state, 0], arrays.part_slots[state, 1]
                if one >= 0:
                    x *= row[one]
                if other >= 0:
                    x *= row[other]
                inward[state * N_LANES + lane] = x
                top = max(top, x)
                if 0.0 < x < low:
                    low = x
            inverted = 1.0 / max(top, FLOOR)
            if top != 1.0:
                for state in range(begin, end):
                    inward[state * N_LANES + lane] *= inverted
            least[part * N_LANES + lane] = low * inverted
            scale[lane] *= top
            if not 1e-150 < scale[lane] < 1e150:
                log_scale[lane] += np.log(scale[lane])
                scale[lane] = 1.0


@compiled
def _scatter(
    arrays: Arrays, outward: Floats, beliefs: Floats, log_evidence: Floats, first: int, count: int, n_part_slots: int
) -> None:
    """Write the beliefs of a block's rows where they belong; rows without an answer stay 0."""
    n_slots = beliefs.shape[1]
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
