"""Undirected tables → arrays over numbered variables; nothing is a formula here."""

from __future__ import annotations

from math import frexp

import numpy as np

from bayesdiag.engine.layout import Floats, Layout
from bayesdiag.model import Factors, FactorTable


def undirected(factors: Factors, layout: Layout) -> tuple[tuple[tuple[int, ...], Floats], ...]:
    """Return each table's variables, by number, and its numbers, one axis a variable in that order.

    A table may be multiplied by any constant: beliefs do not change, and neither does
    log Z(e) − log Z. So each comes with its largest number brought into [0.5, 1), by a power of
    two, which rounds nothing: products of tables as large as 1e100 would overflow. A table whose
    smallest number above 0 would lose digits by it stays as it is.
    """
    return tuple(_array(table, layout) for table in factors.tables)


def _array(table: FactorTable, layout: Layout) -> tuple[tuple[int, ...], Floats]:
    scope = tuple(layout.index_of[name] for name in table.scope)
    values = np.frombuffer(table.packed, dtype=np.float64)
    scaled = np.ldexp(values, -frexp(float(values.max()))[1])
    if scaled[values > 0].min() < np.finfo(np.float64).tiny:
        scaled = values.copy()
    return scope, scaled.reshape([layout.sizes[index] for index in scope])
