"""Text files ⇄ rows: encodings, separators, quotes and ragged rows of CSV."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bayesdiag.casefile.case import Row
from bayesdiag.casefile.cell import shown
from bayesdiag.errors import CaseFileError, Fault

Tell = Callable[[str], None]
"""Takes a sentence about how a file was read."""

SEPARATORS = (",", ";", "\t")
_WIDE = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def read_text(path: Path, tell: Tell) -> str:
    """Return the text of a file: UTF-8, or GB18030 where it is not, which is told.

    Raises:
        CaseFileError: It cannot be read, or is text of neither encoding.
    """
    content = read_bytes(path)
    try:
        return content.decode(_WIDE.get(content[:2], "utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        fault = Fault(
            (), "this is neither UTF-8 nor GB18030 text", "Save the file as UTF-8.", str(path), line
        )
        raise CaseFileError([fault]) from None
    tell(f"{path}: line {line} is not UTF-8, so the file was read as GB18030; save it as UTF-8 to be sure.")
    return text


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file, unpacked where its name ends in .gz.

    Raises:
        CaseFileError: It cannot be read.
    """
    try:
        if path.exists() and not path.is_file():
            raise CaseFileError([Fault((), "this is no regular file", "Give a file.", str(path))])
        content = path.read_bytes()
        return gzip.decompress(content) if path.suffix.lower() == ".gz" else content
    except (OSError, EOFError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        told = "Check its name and rights."
        raise CaseFileError([Fault((), f"the file cannot be read ({why})", told, str(path))]) from None


def csv_table(path: Path, tell: Tell) -> tuple[list[str], list[Row]]:
    """Return the columns and the rows of a CSV file; a row that cannot be parted is told, not guessed.

    Raises:
        CaseFileError: The file cannot be read, or is empty.
    """
    lines = list(io.StringIO(read_text(path, tell), newline=""))
    start = next((place for place, line in enumerate(lines) if line.strip()), None)
    if start is None:
        told = "Write a line of column names, then a line for each case."
        raise CaseFileError([Fault((), "the file is empty", told, str(path))])
    separator = _separator(path, lines[start], tell)
    parted = _parted(lines, start, separator)
    line, columns, wrong = next(parted)
    if wrong is not None:
        told = "The first line names the columns. Check its quotes."
        raise CaseFileError([Fault((), wrong, told, str(path), line)])
    rows = _rows(parted, len(columns))
    n = _n_named(columns, rows)
    if n < len(columns):
        rows = [replace(row, cells=row.cells[:n]) for row in rows]
    return columns[:n], rows


def _n_named(columns: Sequence[str], rows: Sequence[Row]) -> int:
    """Return how many columns there are without the empty ones that a spreadsheet leaves at the right."""
    n = len(columns)
    while n > 1 and not columns[n - 1].strip() and not any(any(row.cells[n - 1 :]) for row in rows):
        n -= 1
    return n


def csv_bytes(path: Path, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    """Return a table as CSV in UTF-8, parted as the file's name says; truth values as true and false."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter="\t" if _is_tabbed(path) else ",", lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([[_written(value) for value in row] for row in rows])
    return text.getvalue().encode()


def _written(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def _separator(path: Path, heading: str, tell: Tell) -> str:
    """Return what separates cells: the comma, unless the heading has none and another of them."""
    if _is_tabbed(path):
        return "\t"
    found = next((one for one in SEPARATORS if one in heading), ",")
    if found != ",":
        name = "tabs" if found == "\t" else f'"{found}"'
        tell(f"{path}: no comma in its first line; cells were parted at {name}.")
    return found


def _is_tabbed(path: Path) -> bool:
    return path.name.lower().removesuffix(".gz").endswith(".tsv")


def _rows(parted: Iterator[tuple[int, list[str], str | None]], n_columns: int) -> list[Row]:
    rows: list[Row] = []
    for line, cells, wrong in parted:
        number = len(rows) + 1
        if wrong is not None:
            told = "Close the quote; a quote inside a quoted cell is written twice."
            rows.append(Row(number, line, cells, (wrong, told)))
        elif len(cells) != n_columns:
            told = "Give every row a cell for each column; quote a cell that has a separator in it."
            rest = ", ".join(shown(cell) for cell in cells[n_columns:])
            over = f" (left over: {rest})" if rest else ""
            rows.append(Row(number, line, cells, (f"{len(cells)} cells for {n_columns} columns{over}", told)))
        else:
            rows.append(Row(number, line, cells))
    return rows


def _parted(lines: Sequence[str], start: int, separator: str) -> Iterator[tuple[int, list[str], str | None]]:
    """Yield the first line, the cells and the fault of each row.

    A quote that is never closed would swallow the rest of the file: only the line where it opens
    is given up, and reading goes on below it.
    """
    place = start
    while place < len(lines):
        reader = csv.reader(lines[place:], delimiter=separator, strict=True)
        begin = place
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells) or len(cells) > 1:
                    yield begin + 1, cells, None
                begin = place + reader.line_num
            return
        except csv.Error:
            yield begin + 1, [lines[begin].rstrip("\r\n")], "its quotes do not match"
            place = begin + 1
