"""Data sets in ARFF: columns of texts."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

_ATTRIBUTE = re.compile(r"@attribute\s+('[^']*'|\S+)\s", re.IGNORECASE)


@dataclass(frozen=True)
class DataSet:
    """A table whose last column is the class.

    Attributes:
        columns: Names.
        rows: Texts, "?" where nothing is known.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def labels(self) -> list[str]:
        """The class of each row."""
        return [row[-1] for row in self.rows]

    def frame(self, places: list[int] | None = None) -> dict[str, list[str]]:
        """Return rows as columns of texts."""
        rows = self.rows if places is None else [self.rows[place] for place in places]
        return {name: [row[k] for row in rows] for k, name in enumerate(self.columns)}


def read_arff(path: Path) -> DataSet:
    columns, rows = [], []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        text = line.strip()
        found = _ATTRIBUTE.match(text)
        if found:
            columns.append(found[1].strip("'"))
        elif text and text[0] not in "%@":
            cells = next(csv.reader([text], quotechar="'", skipinitialspace=True))
            rows.append(tuple(cell.strip() for cell in cells))
    return DataSet(tuple(columns), tuple(rows))
