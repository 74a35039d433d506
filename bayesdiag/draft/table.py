"""A table before anything is known of it: names of columns, and texts in cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bayesdiag.casefile import FORMS as CASE_FORMS
from bayesdiag.casefile.case import Row
from bayesdiag.casefile.cell import BLANK, spellings
from bayesdiag.casefile.frames import columns_of, parquet_columns, rows_of
from bayesdiag.casefile.text import Tell, csv_table
from bayesdiag.errors import CaseFileError, Fault

OUTCOME = "no model was drafted"
FORMS = {suffix: form for suffix, form in CASE_FORMS.items() if form != "lines"}


@dataclass(frozen=True)
class Table:
    """Texts in columns.

    Attributes:
        columns: Their names, as they stand.
        cells: Of each column, the text of every row; empty where it is blank.
        lines: Where each row begins in its file, from 1; its number where there are no lines.
        file: Named in faults; empty for a frame.
    """

    columns: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    file: str = ""

    def __len__(self) -> int:
        return len(self.lines)

    def take(self, rows: Sequence[int]) -> Table:
        """Return some of the rows."""
        cells = tuple(tuple(column[row] for row in rows) for column in self.cells)
        return Table(self.columns, cells, tuple(self.lines[row] for row in rows), self.file)


def read_table(path: str | Path, tell: Tell | None = None) -> Table:
    """Return the table in a CSV or Parquet file; rows that cannot be parted are told and passed over.

    Raises:
        CaseFileError: There is no such file, or it is no table.
    """
    file, say = Path(path), tell or (lambda _: None)
    form = FORMS.get(Path(file.name.lower().removesuffix(".gz")).suffix)
    if form == "parquet":
        return _table(*rows_of(parquet_columns(file)), str(file))
    if form is None:
        told = f"Give a file whose name ends in one of {', '.join(FORMS)}."
        raise CaseFileError(
            [Fault((), f'"{file.suffix}" is no known form of table', told, str(file))], OUTCOME
        )
    columns, rows = csv_table(file, say)
    bad = [row for row in rows if row.wrong]
    for row in bad[:1]:
        say(str(Fault((f"row {row.number}",), *(row.wrong or ("", "")), file=str(file), line=row.line)))
        say(f"{file}: {len(bad)} of {len(rows)} rows are no rows of this table and were passed over.")
    return _table(columns, [row for row in rows if not row.wrong], str(file))


def table_of_frame(frame: Any) -> Table:
    """Return the table that a pandas or polars frame, a pyarrow table or a mapping of columns is.

    Raises:
        CaseFileError: It is none of these.
    """
    return _table(*rows_of(columns_of(frame)), "")


def _table(columns: Sequence[str], rows: Sequence[Row], file: str) -> Table:
    cells = tuple(tuple(text_of(row.cells[place]) for row in rows) for place in range(len(columns)))
    names = tuple(column.strip() for column in columns)
    return Table(names, cells, tuple(row.line or row.number for row in rows), file)


def text_of(value: object) -> str:
    """Return a cell as text, empty where it is blank."""
    text = spellings(value)[0].strip()
    return "" if text in BLANK else text
