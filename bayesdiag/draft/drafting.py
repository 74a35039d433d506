"""From a table of cases to a starting model."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bayesdiag.casefile import Naming
from bayesdiag.draft.checks import blank_marks, table_faults
from bayesdiag.draft.choose import Chosen, chosen
from bayesdiag.draft.columns import Column, Dropped, Numbers, Words, column_of, words_of
from bayesdiag.draft.counts import FLOOR, counted
from bayesdiag.draft.document import Family, Told, left_out, model_of
from bayesdiag.draft.searching import searched_families
from bayesdiag.draft.settings import AS_USUAL, Settings
from bayesdiag.draft.table import OUTCOME, Table, table_of_frame
from bayesdiag.draft.ways import MIDDLING, Drawer, Drawn, Way, ways
from bayesdiag.errors import CaseFileError, Fault
from bayesdiag.model import Model


@dataclass(frozen=True)
class Draft:
    """A model drafted from a table.

    Attributes:
        model: The model, of plain variables.
        naming: How the table's names and words become those of the model: with it the table, or
            another like it, is read as cases.
        cause: The variable that tells what it turned out to be.
        way: How it was drafted.
        chosen: What cross-validation said; None where nothing was left open.
        dropped: Columns that were left out, with their reasons.
        notes: What a person should look at.
        n_cases: Rows drafted from.
        n_unknown: Rows that do not tell the cause and were not used.
    """

    model: Model
    naming: Naming
    cause: str
    way: Way
    chosen: Chosen | None
    dropped: tuple[Dropped, ...]
    notes: tuple[str, ...]
    n_cases: int
    n_unknown: int


def draft(table: Table | Any, cause: str, settings: Settings = AS_USUAL, *, name: str = "draft") -> Draft:
    """Return a starting model from a table of cases.

    Args:
        table: What `read_table` read; or a pandas or polars frame, a pyarrow table or a mapping of
            columns to lists.
        cause: The column that tells what it turned out to be; rows where it is blank are not used.
        settings: What is asked for.
        name: Name of the model.

    Raises:
        CaseFileError: With everything that keeps the table from becoming a model.
    """
    given = _marked(table if isinstance(table, Table) else table_of_frame(table), settings)
    faults = table_faults(given, cause, settings)
    if faults:
        raise CaseFileError(faults, OUTCOME)
    place = given.columns.index(cause)
    known = [row for row, cell in enumerate(given.cells[place]) if cell]
    labelled = given.take(known)
    told = words_of(cause, labelled.cells[place], settings.max_values)
    found = [
        column_of(column, cells, settings)
        for column, cells in zip(labelled.columns, labelled.cells, strict=True)
        if column != cause
    ]
    columns = [one for one in found if not isinstance(one, Dropped)]
    dropped = [one for one in found if isinstance(one, Dropped)]
    return _drafted(
        _Rows(labelled, told, columns, dropped), settings, name, n_unknown=len(given) - len(known)
    )


@dataclass(frozen=True)
class _Rows:
    """Rows that tell the cause, and what their columns are."""

    table: Table
    cause: Words
    columns: list[Column]
    dropped: list[Dropped]


def _drafted(rows: _Rows, settings: Settings, name: str, *, n_unknown: int) -> Draft:
    y = rows.cause.codes
    if not rows.columns:
        raise CaseFileError([_nothing_left(rows)], OUTCOME)
    way, found = _way(rows, settings)
    everything = np.arange(len(y))
    drawer = Drawer(rows.columns, y, everything, settings.n_bins)
    keep = [place for place, size in enumerate(drawer.coding(way).sizes) if size > 1]
    if len(keep) < len(rows.columns):
        # A column without a cut tells nothing.
        uncut = [_uncut(one, rows.cause) for place, one in enumerate(rows.columns) if place not in keep]
        rows = replace(rows, columns=[rows.columns[place] for place in keep], dropped=[*rows.dropped, *uncut])
        if not rows.columns:
            raise CaseFileError([_nothing_left(rows)], OUTCOME)
        drawer = Drawer(rows.columns, y, everything, settings.n_bins)
    drawn = drawer.drawn(way)
    if way.structure == "searched":
        families = searched_families(drawn, y, way.ess)
    else:
        families = _families(drawn, len(y), way)
    told = Told(name, _note(rows, way, found), ", tuned" if way.pull else "")
    model, naming = model_of(rows.cause, rows.columns, drawn.found, families, told)
    naming = left_out(_with_marks(naming, model, settings), rows.dropped)
    return Draft(
        model=model,
        naming=naming,
        cause=model.variables[0].id,
        way=way,
        chosen=found,
        dropped=tuple(rows.dropped),
        notes=(*_leaks(rows), *_rare(rows.cause), *blank_marks(rows.table, settings)),
        n_cases=len(y),
        n_unknown=n_unknown,
    )


def _uncut(column: Column, cause: Words) -> Dropped:
    if isinstance(column, Words):
        return Dropped(column.name, f'every known cell says "{column.values[0]}"')
    return Dropped(column.name, f"no cut of its numbers tells anything of {cause.name} (Fayyad and Irani)")


def _way(rows: _Rows, settings: Settings) -> tuple[Way, Chosen | None]:
    """Return how to draft, chosen by cross-validation where something is left open."""
    y = rows.cause.codes
    if settings.structure == "searched":
        asked = settings.ess or MIDDLING[0][0]
        cutting = "supervised" if settings.cutting == "auto" else settings.cutting
        return Way("searched", cutting, settings.blanks == "state", asked, asked), None
    has_blanks = any("" in cells for cells in rows.table.cells)
    has_numbers = any(isinstance(column, Numbers) for column in rows.columns)
    open_ways = ways(settings, has_numbers=has_numbers, has_blanks=has_blanks)
    if len(open_ways) == 1:
        return open_ways[0], None
    fewest = min(settings.folds, len(y))
    found = chosen(rows.columns, y, open_ways, replace(settings, folds=fewest))
    return found.best.way, found


def _families(drawn: Drawn, n_cases: int, way: Way) -> list[Family]:
    cause = len(drawn.tables)
    families = []
    for table, cases, parent in zip(drawn.tables, drawn.cases, drawn.parents, strict=True):
        above = (cause,) if parent < 0 else (cause, parent)
        drawn_by = way.ess if parent < 0 else way.pair_ess
        families.append(Family(above, table, cases, drawn_by))
    return [*families, Family((), drawn.prior, np.array(float(n_cases)), FLOOR)]


def _marked(table: Table, settings: Settings) -> Table:
    """Return a table in which what was said to mean blank is blank."""
    if not settings.marks:
        return table
    marks = {mark.strip() for mark in settings.marks}
    cells = tuple(tuple("" if cell in marks else cell for cell in column) for column in table.cells)
    return replace(table, cells=cells)


def _with_marks(naming: Naming, model: Model, settings: Settings) -> Naming:
    if not settings.marks:
        return naming
    values = {
        variable.id: {
            **dict.fromkeys(settings.marks, naming.values.get(variable.id, {}).get("", "")),
            **naming.values.get(variable.id, {}),
        }
        for variable in model.variables
    }
    return replace(naming, values=values)


def _note(rows: _Rows, way: Way, found: Chosen | None) -> str:
    """Return how the numbers came about, for whoever reads the file."""
    file = f" of {rows.table.file.replace(chr(92), '/').rsplit('/', 1)[-1]}" if rows.table.file else ""
    parts = [f"Drafted from {len(rows.table)} rows{file} that tell {rows.cause.name}: {way}."]
    if way.pull:
        parts.append(
            f"Numbers are tuned to forecast {rows.cause.name}: they are no shares, and P({rows.cause.name}) "
            f"is no share either. What was counted pulls with {way.pull:g} cases a row."
        )
    else:
        parts.append(
            f"A row is (cases + {way.ess:g} x the same row without its last parent) / (number + {way.ess:g})."
            if way.structure in {"naive", "searched"}
            else f"A row under the cause is (cases + {way.ess:g} x overall shares) / (number + {way.ess:g}); "
            f"one under another finding too is drawn towards the row without it by {way.pair_ess:g} cases."
        )
    parts.append("Blanks were counted nowhere; ess is cases plus what a row was drawn by.")
    if found is not None:
        loss = f"{found.best.loss:.4f} (cross-validation, {found.n} rows)"
        parts.append(f"Log loss on rows not drafted from: {loss}.")
    parts.append("Fitting it to these same rows would count them twice.")
    return " ".join(parts)


def _nothing_left(rows: _Rows) -> Fault:
    told = (
        "; ".join(f"{one.name or '(no name)'}: {one.reason}" for one in rows.dropped) or "There is no other."
    )
    return Fault((), f"no column is left beside {rows.cause.name}", f"{told}.", rows.table.file)


def _leaks(rows: _Rows) -> list[str]:
    """Return a sentence for each column that gives the cause away."""
    y, found = rows.cause.codes, []
    for column in rows.columns:
        if not isinstance(column, Words):
            continue
        told = counted([column.codes, y], [len(column.values), len(rows.cause.values)])
        shared = told.sum(axis=1) > 1
        # Words of a single row each always tell; only those that occur again are a sign.
        if shared.sum() > 1 and ((told > 0).sum(axis=1) <= 1).all() and (told.sum(axis=0) > 0).sum() > 1:
            found.append(
                f"column {column.name} gives {rows.cause.name} away in every row; if it is only known "
                f'afterwards, leave it out: --drop "{column.name}".'
            )
    return found


def _rare(cause: Words) -> list[str]:
    times = Counter(cause.codes.tolist())
    rare = [cause.values[state] for state, n in sorted(times.items()) if n == 1]
    if not rare:
        return []
    return [f"{cause.name}: told by a single row: {', '.join(rare)}."]
