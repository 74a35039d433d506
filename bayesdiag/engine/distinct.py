"""Rows that occur more than once are computed once.

Rows are told apart by a 64-bit hash, and every hit is verified cell by cell, so two rows never
share an answer by accident.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bayesdiag.engine.compiled import compiled, inner_loop
from bayesdiag.engine.layout import Floats, Ints

Codes = NDArray[np.int16]


def distinct(rows: Floats) -> tuple[Ints, Ints]:
    """Return the first place of each distinct row, and for each row which of those it equals.

    Args:
        rows: Shape (B, S).
    """
    # Compared as bits: a row with -0.0 counts as another one, which costs time and nothing else.
    bits = np.ascontiguousarray(rows).view(np.int64)
    table = np.full(_capacity(len(rows)), -1, dtype=np.int64)
    return _distinct(bits, table)


class Known:
    """Rows of state numbers already seen, each with a number.

    Attributes:
        codes: The rows, shape (room, variables); the first `count` are in use.
        count: How many are known.
    """

    def __init__(self, room: int, n_variables: int) -> None:
        self.codes: Codes = np.empty((room, n_variables), dtype=np.int16)
        self.count = 0
        self._table = np.full(_capacity(room), -1, dtype=np.int64)

    def places(self, codes: Codes) -> Ints:
        """Return the number of each row, new ones numbered on; -1 where there is no room left.

        Args:
            codes: State numbers, shape (B, variables).
        """
        found, self.count = _placed(np.ascontiguousarray(codes), self.codes, self._table, self.count)
        return np.asarray(found)

    def clear(self) -> None:
        """Forget all rows."""
        self.count = 0
        self._table[:] = -1


def _capacity(n_rows: int) -> int:
    """Return a power of two at least twice the number of rows."""
    return 1 << max(4, (2 * n_rows).bit_length())


@inner_loop
def _mixed(total: np.uint64, cell: np.int64) -> np.uint64:
    """Return the hash of a row that is one cell longer (the finaliser of splitmix64)."""
    total = (total ^ np.uint64(cell)) * np.uint64(0x9E3779B97F4A7C15)
    total ^= total >> np.uint64(29)
    return total


@compiled
def _distinct(rows: Ints, table: Ints) -> tuple[Ints, Ints]:
    n_rows, width = rows.shape
    mask = np.uint64(len(table) - 1)
    first = np.empty(n_rows, dtype=np.int64)
    which = np.empty(n_rows, dtype=np.int64)
    count = 0
    for row in range(n_rows):
        total = np.uint64(width)
        for column in range(width):
            total = _mixed(total, rows[row, column])
        place = np.int64((total ^ (total >> np.uint64(32))) & mask)
        while True:
            known = table[place]
            if known < 0:
                table[place] = count
                first[count] = row
                which[row] = count
                count += 1
                break
            same = True
            for column in range(width):
                if rows[row, column] != rows[first[known], column]:
                    same = False
                    break
            if same:
                which[row] = known
                break
            place = np.int64(np.uint64(place + 1) & mask)
    return first[:count].copy(), which


@compiled
def _placed(codes: Codes, known_codes: Codes, table: Ints, count: int) -> tuple[Ints, int]:
    n_rows, width = codes.shape
    mask = np.uint64(len(table) - 1)
    found = np.full(n_rows, -1, dtype=np.int64)
    for row in range(n_rows):
        total = np.uint64(width)
        for column in range(width):
            total = _mixed(total, np.int64(codes[row, column]))
        place = np.int64((total ^ (total >> np.uint64(32))) & mask)
        while True:
            known = table[place]
            if known < 0:
                if count < len(known_codes):
                    table[place] = count
                    known_codes[count] = codes[row]
                    found[row] = count
                    count += 1
                break
            same = True
            for column in range(width):
                if codes[row, column] != known_codes[known, column]:
                    same = False
                    break
            if same:
                found[row] = known
                break
            place = np.int64(np.uint64(place + 1) & mask)
    return found, count
