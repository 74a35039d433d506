"""What a program's entries are worth under some numbers, and how their counts go back to table cells."""

from __future__ import annotations

import numpy as np

from bayesdiag.engine.compiled import compiled
from bayesdiag.engine.lanes import N_LANES
from bayesdiag.engine.layout import Floats, Ints, Ints32


@compiled
def entry_values(
    first: Ints,
    first_cell: Ints,
    cells: Ints32,
    tables: Floats,
    values: Floats,
    smallest: Floats,
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
def entry_logs(first: Ints, first_cell: Ints, cells: Ints32, log_tables: Floats, values: Floats) -> None:
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
def lane_values(
    first: Ints,
    first_cell: Ints,
    cells: Ints32,
    tables: Floats,
    values: Floats,
    smallest: Floats,
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
def add_cells(first: Ints, first_cell: Ints, cells: Ints32, entry_counts: Floats, counts: Floats) -> None:
    """Add each entry's count to all its table cells."""
    for k in range(len(first) - 1):
        n_cells = (first_cell[k + 1] - first_cell[k]) // (first[k + 1] - first[k])
        at = first_cell[k]
        for entry in range(first[k], first[k + 1]):
            for i in range(at, at + n_cells):
                counts[cells[i]] += entry_counts[entry]
            at += n_cells
