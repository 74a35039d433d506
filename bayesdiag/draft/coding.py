"""Columns as small numbers: which state each cell is in, under cuts that only some rows taught."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayesdiag.draft.bins import Cuts, bin_names, quantiles, supervised
from bayesdiag.draft.columns import Column, Numbers
from bayesdiag.engine.layout import Ints


@dataclass(frozen=True)
class Coded:
    """Findings as numbers.

    Attributes:
        codes: State of each finding in every row, −1 where it is blank, shape (n, findings).
        sizes: How many states each finding has.
        cuts: Of each finding, where its numbers are cut; None where it holds words.
        has_blank: Of each finding, whether its last state is "blank".
    """

    codes: Ints
    sizes: tuple[int, ...]
    cuts: tuple[Cuts | None, ...]
    has_blank: tuple[bool, ...]


def coded(columns: Sequence[Column], y: Ints, train: Ints, how: tuple[str, int, bool]) -> Coded:
    """Return columns as numbers; cuts are made by the rows of `train` alone.

    Args:
        columns: The columns.
        y: State of the cause, shape (n,).
        train: Numbers of the rows that teach.
        how: supervised or quantiles; into how many bins; whether a blank is a state.
    """
    found = [_one(column, y, train, how) for column in columns]
    codes = [one for one, _, _, _ in found]
    n = len(y)
    return Coded(
        codes=np.column_stack(codes) if codes else np.zeros((n, 0), dtype=np.int64),
        sizes=tuple(size for _, size, _, _ in found),
        cuts=tuple(cuts for _, _, cuts, _ in found),
        has_blank=tuple(has_blank for _, _, _, has_blank in found),
    )


def state_words(column: Column, cuts: Cuts | None) -> tuple[str, ...]:
    """Return what stands for each state in the table, or the name of each bin."""
    return bin_names(cuts or ()) if isinstance(column, Numbers) else column.values


def _one(
    column: Column, y: Ints, train: Ints, how: tuple[str, int, bool]
) -> tuple[Ints, int, Cuts | None, bool]:
    cutting, n_bins, blank_is_state = how
    cuts: Cuts | None = None
    if isinstance(column, Numbers):
        taught = train[~np.isnan(column.x[train])]
        x = column.x[taught]
        cuts = supervised(x, y[taught], int(y.max()) + 1) if cutting == "supervised" else quantiles(x, n_bins)
        codes = np.searchsorted(np.array(cuts), column.x, side="right").astype(np.int64)
        codes[np.isnan(column.x)] = -1
        size = len(cuts) + 1
    else:
        codes, size = column.codes, len(column.values)
    if blank_is_state and (codes[train] < 0).any():
        return np.where(codes < 0, size, codes), size + 1, cuts, True
    return codes, size, cuts, False
