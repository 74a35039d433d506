"""Data frames and Parquet ⇄ columns; pandas, polars and pyarrow are met by what they offer, not imported."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bayesdiag.casefile.case import Row
from bayesdiag.casefile.cell import spellings
from bayesdiag.casefile.text import read_bytes
from bayesdiag.errors import CaseFileError, Fault

KINDS = "a pandas or polars frame, a pyarrow table, or a mapping of columns to lists"


def columns_of(frame: Any) -> list[tuple[str, list[object]]]:
    """Return each column of a frame: its name and its values.

    Raises:
        CaseFileError: It is no frame.
    """
    if isinstance(frame, Mapping):
        return [(str(name), list(values)) for name, values in frame.items()]
    if hasattr(frame, "iloc") and hasattr(frame, "columns"):  # pandas
        plain = frame.astype(object).where(frame.notna(), None)
        return [(str(name), plain.iloc[:, place].tolist()) for place, name in enumerate(frame.columns)]
    if hasattr(frame, "get_columns"):  # polars
        return [(series.name, series.to_list()) for series in frame.get_columns()]
    if hasattr(frame, "column_names") and hasattr(frame, "column"):  # pyarrow
        names = frame.column_names
        return [(name, frame.column(place).to_pylist()) for place, name in enumerate(names)]
    raise CaseFileError([Fault((), f"{type(frame).__name__} is no table", f"Give {KINDS}.")])


def rows_of(columns: Sequence[tuple[str, Sequence[object]]]) -> tuple[list[str], list[Row]]:
    """Return columns as the names and the rows of a table.

    Raises:
        CaseFileError: Columns of different lengths.
    """
    if len({len(values) for _, values in columns}) > 1:
        lengths = ", ".join(f"{name} {len(values)}" for name, values in columns)
        raise CaseFileError(
            [Fault((), f"columns of different lengths: {lengths}", "Give each row every cell.")]
        )
    lines = zip(*(values for _, values in columns), strict=True)
    return [name for name, _ in columns], [
        Row(number, 0, cells) for number, cells in enumerate(lines, start=1)
    ]


def parquet_columns(path: Path) -> list[tuple[str, list[object]]]:
    """Return the columns of a Parquet file.

    Raises:
        CaseFileError: It cannot be read, or is no such file.
    """
    import pyarrow as pa  # noqa: PLC0415 - text files are read without it
    import pyarrow.parquet as pq  # noqa: PLC0415

    content = read_bytes(path)
    try:
        return columns_of(pq.ParquetFile(io.BytesIO(content)).read())
    except (pa.ArrowException, OSError) as error:
        why = " ".join(str(error).split())
        told = "Write it anew, or give CSV or JSON lines."
        raise CaseFileError([Fault((), f"this is no Parquet file: {why}", told, str(path))]) from None


def parquet_bytes(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    """Return a table as a Parquet file; truth values and weights keep their type, all else is text."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    arrays = []
    for place in range(len(columns)):
        values = [row[place] for row in rows]
        typed = {type(value) for value in values}
        is_typed = typed in ({bool}, {float})
        arrays.append(pa.array(values) if is_typed else pa.array(_texts(values), pa.string()))
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, names=list(columns)), sink)
    return sink.getvalue()


def _texts(values: Sequence[object]) -> list[str | None]:
    return [spellings(value)[0] or None for value in values]
