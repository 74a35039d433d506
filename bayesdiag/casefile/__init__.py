"""CSV, Parquet, JSON lines and data frames ⇄ cases; a bad row is set aside with its reason, the rest is read.

In a table a column holds one variable: a state, `STATE:p|STATE:p` (likelihoods), `!STATE` (checked, and
not it), or nothing (blank or ?). Of a cause, a state is what was confirmed; of anything else, a finding.
Columns weight, when and premise tell of the case as a whole.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bayesdiag.case import Case
from bayesdiag.casefile.case import CaseReader, Reject, Row, table_of
from bayesdiag.casefile.frames import columns_of, parquet_bytes, parquet_columns, rows_of
from bayesdiag.casefile.guess import guessed, known_shares, unread
from bayesdiag.casefile.lines import cases_of_lines, json_line, line_of, parsed
from bayesdiag.casefile.names import ABOUT, AS_THEY_ARE, REASON, Naming, check_naming
from bayesdiag.casefile.text import Tell, csv_bytes, csv_table, read_text
from bayesdiag.errors import CaseFileError, Fault
from bayesdiag.model import Model

__all__ = [
    "ABOUT",
    "AS_THEY_ARE",
    "Naming",
    "Reject",
    "cases_of_frame",
    "columns_of_cases",
    "columns_of_file",
    "guessed",
    "known_shares",
    "raw_rows",
    "read_cases",
    "rejects_path",
    "unread",
    "write_cases",
    "write_rejects",
]

FORMS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "lines",
    ".ndjson": "lines",
}


def read_cases(
    path: str | Path, model: Model, *, naming: Naming = AS_THEY_ARE, tell: Tell | None = None
) -> tuple[list[Case], list[Reject]]:
    """Return the cases of a file, and the rows that are none with everything that is wrong with them.

    Args:
        path: .csv, .tsv, .parquet or .jsonl; text may be packed (.csv.gz).
        model: The model whose variables and states are named.
        naming: Other names of columns and values.
        tell: Takes sentences about how the file was read, where that was not as usual.

    Raises:
        CaseFileError: The file cannot be read as a whole: no such file, an unknown or double column, …
    """
    file, say = Path(path), tell or (lambda _: None)
    check_naming(naming, model)
    form = _form(file)
    if form == "lines":
        return cases_of_lines(read_text(file, say), model, naming, str(file))
    columns, rows = _table(file, form, say)
    reader = CaseReader(columns, model, naming, str(file))
    unread = [column for column, role in zip(columns, reader.roles, strict=True) if not role]
    if unread:
        say(f"{file}: columns passed over: {', '.join(unread)}.")
    return reader.read(rows)


def columns_of_file(path: str | Path) -> dict[str, list[object]] | None:
    """Return the columns of a table and what stands in them; None for JSON lines, which name what they hold.

    Raises:
        CaseFileError: The file cannot be read as a whole.
    """
    file = Path(path)
    form = _form(file)
    if form == "lines":
        return None
    columns, rows = _table(file, form, _unsaid)
    return {
        column: [row.cells[place] for row in rows if row.wrong is None]
        for place, column in enumerate(columns)
    }


def raw_rows(path: str | Path) -> dict[int, Mapping[str, object]]:
    """Return what stands in the rows of a file of cases, by row number; of JSON lines the documents.

    Raises:
        CaseFileError: The file cannot be read as a whole.
    """
    file = Path(path)
    form = _form(file)
    if form == "lines":
        found = [parsed(line) for line in read_text(file, _unsaid).split("\n") if line.strip()]
        return {place: one for place, one in enumerate(found, start=1) if isinstance(one, dict)}
    columns, rows = _table(file, form, _unsaid)
    return {row.number: dict(zip(columns, row.cells, strict=False)) for row in rows}


def _unsaid(_: str) -> None:
    """Tell nobody: how the file is read was told when it was read first."""


def cases_of_frame(
    frame: Any, model: Model, *, naming: Naming = AS_THEY_ARE
) -> tuple[list[Case], list[Reject]]:
    """Return the cases of a pandas or polars frame, a pyarrow table or a mapping of columns."""
    check_naming(naming, model)
    columns, rows = rows_of(columns_of(frame))
    return CaseReader(columns, model, naming, "").read(rows)


def columns_of_cases(model: Model, cases: Sequence[Case]) -> dict[str, list[object]]:
    """Return cases as columns of texts, from which a frame is made: `pandas.DataFrame(columns)`.

    Raises:
        CaseFileError: A case says what no cell can hold.
    """
    columns, rows = table_of(model, cases)
    return {column: [row[place] for row in rows] for place, column in enumerate(columns)}


def write_cases(path: str | Path, model: Model, cases: Sequence[Case]) -> None:
    """Write cases to a file, whole or not at all; the form is told by its suffix.

    Raises:
        CaseFileError: The suffix is unknown, the file cannot be written, or a case does not fit a cell.
    """
    file = Path(path)
    if _form(file) == "lines":
        _write(file, "".join(f"{line_of(case)}\n" for case in cases).encode())
        return
    columns, rows = table_of(model, cases)
    _write(file, _table_bytes(file, columns, rows))


def rejects_path(path: str | Path) -> Path:
    """Return where rejected rows of a file are written unless told otherwise: beside it."""
    file = Path(path)
    name = file.name.removesuffix(".gz")
    stem, dot, suffix = name.rpartition(".")
    return file.with_name(f"{stem}.rejects.{suffix}" if dot else f"{name}.rejects.csv")


def write_rejects(path: str | Path, rejects: Sequence[Reject]) -> None:
    """Write rejected rows in the form of the file they came from, with a column that tells the reason.

    Corrected, the file can be read as it is.

    Raises:
        CaseFileError: It cannot be written.
    """
    file = Path(path)
    if _form(file) == "lines":
        lines = [json_line({**reject.cells, REASON: reject.reason}) for reject in rejects]
        _write(file, "".join(f"{line}\n" for line in lines).encode())
        return
    columns = list(dict.fromkeys(c for reject in rejects for c in reject.cells if c.strip() != REASON))
    rows = [[*(reject.cells.get(c) for c in columns), reject.reason] for reject in rejects]
    _write(file, _table_bytes(file, [*columns, REASON], rows))


def _table(file: Path, form: str, say: Tell) -> tuple[list[str], list[Row]]:
    return csv_table(file, say) if form == "csv" else rows_of(parquet_columns(file))


def _table_bytes(file: Path, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    is_parquet = _form(file) == "parquet"
    return parquet_bytes(columns, rows) if is_parquet else csv_bytes(file, columns, rows)


def _form(file: Path) -> str:
    name = file.name.lower().removesuffix(".gz")
    form = FORMS.get(Path(name).suffix)
    if form is None:
        told = f"Give a file whose name ends in one of {', '.join(FORMS)}."
        raise CaseFileError([Fault((), f'"{file.suffix}" is no known form of cases', told, str(file))])
    return form


def _write(file: Path, content: bytes) -> None:
    half = file.with_name(f".{file.name}.{os.getpid()}.half")
    try:
        half.write_bytes(content)
        half.replace(file)
    except OSError as error:
        half.unlink(missing_ok=True)
        fault = Fault((), f"the file cannot be written ({error.strerror})", "Give another place.", str(file))
        raise CaseFileError([fault], "nothing was written") from None
