"""Where the variables of a model stand in a picture: in columns by stage, with few crossings.

References:
    Sugiyama, Tagawa and Toda (1981), Methods for visual understanding of hierarchical system structures,
    IEEE Transactions on Systems, Man and Cybernetics 11, 109-125: columns first, then the order within
    each by barycentres, sweeping to and fro.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bayesdiag.engine.layout import Floats
from bayesdiag.model import Kind, Model, topological_order
from bayesdiag.structure.surroundings import Arrow, arrows_of

BANDS: tuple[Kind, ...] = ("context", "cause", "stage", "symptom", "test")
"""Kinds from left to right; in a model that has none of them, everything is `plain`."""
ONE_COLUMN = ("context", "cause")
"""Kinds that stay in one column, although a few of them may have arrows among themselves."""
SWEEPS = 24
MOST_PAIRS = 1_000_000
"""Pairs of arrows above which crossings are not counted, and the last sweep is taken."""
WIDEST = 3.0
"""Distance of two neighbours in a column with few variables; 1 in the fullest."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a variable stands.

    Attributes:
        column: Number of its column from the left, 0 for the first.
        row: How far below the middle of the picture, in rows of the fullest column.
    """

    column: int
    row: float


@dataclass(frozen=True)
class Columns:
    """A picture's plan.

    Attributes:
        places: Variable → its place, column by column from the top.
        kinds: What stands in each column.
    """

    places: Mapping[str, Place]
    kinds: tuple[Kind, ...]

    @property
    def rows(self) -> int:
        """Rows of the fullest column."""
        counts: dict[int, int] = defaultdict(int)
        for place in self.places.values():
            counts[place.column] += 1
        return max(counts.values(), default=0)


def columns_of(model: Model, names: Collection[str] | None = None) -> Columns:
    """Return a plan of these variables, or of all; the same every time.

    Contexts stand left of causes, these left of stages, then symptoms, then tests. Stages, and what
    else depends on its like, take a column for each step of the longest way. A plain variable stands
    with the contexts, or where it depends on anything else, with the symptoms.
    """
    known = [variable.id for variable in model.variables if names is None or variable.id in names]
    arrows = arrows_of(model, set(known))
    column_of, kinds = _columns(model, known, arrows)
    members: list[list[str]] = [[] for _ in kinds]
    for name in known:
        members[column_of[name]].append(name)
    ordered = _ordered(members, arrows, column_of)
    fullest = max(map(len, ordered), default=0)
    places = {
        name: Place(number, row)
        for number, column in enumerate(ordered)
        for name, row in zip(column, _rows(len(column), fullest), strict=True)
    }
    return Columns(places, kinds)


def crossings(places: Mapping[str, Place], arrows: Sequence[Arrow]) -> int:
    """Return how many pairs of arrows cross, drawn as straight lines; sharing an end is no crossing.

    Arrows within a column are left out: they run beside it.
    """
    lines = np.array(
        [
            (places[a].column, places[a].row, places[b].column, places[b].row)
            for a, b in arrows
            if places[a].column != places[b].column
        ],
        dtype=np.float64,
    ).reshape(-1, 4)
    # Along each line the row at a column; two lines cross where their order differs at the ends of
    # what columns they share.
    x0, y0, x1, y1 = lines.T
    swapped = x0 > x1
    x0, x1 = np.where(swapped, x1, x0), np.where(swapped, x0, x1)
    y0, y1 = np.where(swapped, y1, y0), np.where(swapped, y0, y1)
    slope = (y1 - y0) / np.maximum(x1 - x0, 1)
    left, right = np.maximum.outer(x0, x0), np.minimum.outer(x1, x1)

    def apart(x: Floats) -> Floats:
        here: Floats = y0[:, None] + slope[:, None] * (x - x0[:, None])
        return np.round(here - here.T, 9)

    crossed = (left < right) & (apart(left) * apart(right) < 0)
    return int(np.triu(crossed, 1).sum())


def _columns(
    model: Model, names: Sequence[str], arrows: Sequence[Arrow]
) -> tuple[dict[str, int], tuple[Kind, ...]]:
    """Return the column of each variable, and what stands in each column."""
    band_of = _bands(model, names)
    depth = dict.fromkeys(names, 0)
    parents: dict[str, list[str]] = defaultdict(list)
    for parent, child in arrows:
        parents[child].append(parent)
    for name in topological_order(model.variables):
        band = band_of.get(name)
        if band is not None and band not in ONE_COLUMN:
            depth[name] = max((1 + depth[one] for one in parents[name] if band_of[one] == band), default=0)
    order = {band: number for number, band in enumerate(("plain", *BANDS))}
    steps = sorted({(order[band_of[name]], depth[name]) for name in names})
    number_of = {step: number for number, step in enumerate(steps)}
    kinds = tuple(("plain", *BANDS)[band] for band, _ in steps)
    return {name: number_of[order[band_of[name]], depth[name]] for name in names}, kinds


def _bands(model: Model, names: Sequence[str]) -> dict[str, Kind]:
    """Return with which kind each variable stands."""
    if all(variable.kind == "plain" for variable in model.variables):
        return dict.fromkeys(names, "plain")
    is_below: dict[str, bool] = {}  # whether anything but plain variables stands above it
    for name in topological_order(model.variables):
        variable = model.variable_of[name]
        is_below[name] = any(
            is_below[parent] or model.variable_of[parent].kind != "plain" for parent in variable.parents
        )
    return {
        name: model.variable_of[name].kind
        if model.variable_of[name].kind != "plain"
        else ("symptom" if is_below[name] else "context")
        for name in names
    }


def _ordered(
    members: Sequence[Sequence[str]], arrows: Sequence[Arrow], column_of: Mapping[str, int]
) -> list[list[str]]:
    """Return the columns in an order with few crossings."""
    near: dict[str, list[str]] = defaultdict(list)
    for parent, child in arrows:
        if column_of[parent] != column_of[child]:
            near[parent].append(child)
            near[child].append(parent)
    columns = [list(column) for column in members]
    is_counted = len(arrows) ** 2 <= MOST_PAIRS
    best, fewest = columns, _crossed(columns, arrows) if is_counted else -1
    for sweep in range(SWEEPS):
        columns = _swept(columns, near, column_of, sweep)
        if not is_counted:
            best = columns
        elif (now := _crossed(columns, arrows)) < fewest:
            best, fewest = columns, now
    return best


def _swept(
    columns: Sequence[Sequence[str]],
    near: Mapping[str, Sequence[str]],
    column_of: Mapping[str, int],
    sweep: int,
) -> list[list[str]]:
    """Return the columns each ordered by the mean row of its neighbours.

    Every third sweep looks to the left, the next to the right, and the third to both sides.
    """
    swept = [list(column) for column in columns]
    rows = {name: row for column in swept for name, row in _placed(column, columns)}
    numbers = range(len(swept)) if sweep % 3 != 1 else range(len(swept) - 1, -1, -1)
    for number in numbers:
        wanted = {
            name: _mean(
                [
                    rows[other]
                    for other in near.get(name, ())
                    if sweep % 3 == 2 or (column_of[other] < number) == (sweep % 3 == 0)
                ],
                rows[name],
            )
            for name in swept[number]
        }
        swept[number].sort(key=wanted.__getitem__)  # stable: what is equal keeps its order
        rows |= dict(_placed(swept[number], columns))
    return swept


def _placed(column: Sequence[str], columns: Sequence[Sequence[str]]) -> list[tuple[str, float]]:
    return list(zip(column, _rows(len(column), max(map(len, columns))), strict=True))


def _mean(rows: Sequence[float], otherwise: float) -> float:
    return sum(rows) / len(rows) if rows else otherwise


def _crossed(columns: Sequence[Sequence[str]], arrows: Sequence[Arrow]) -> int:
    fullest = max(map(len, columns), default=0)
    places = {
        name: Place(number, row)
        for number, column in enumerate(columns)
        for name, row in zip(column, _rows(len(column), fullest), strict=True)
    }
    return crossings(places, arrows)


def _rows(n: int, fullest: int) -> list[float]:
    """Return evenly spaced rows around the middle; few variables stand further apart."""
    gap = min(WIDEST, (fullest - 1) / (n - 1)) if n > 1 else 0.0
    return [(number - (n - 1) / 2) * gap for number in range(n)]
