"""What stands in a column that no model speaks of yet: its values, and the weight of their cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from bayesdiag.casefile.case import read_about
from bayesdiag.casefile.cell import BLANK, number_of, spellings
from bayesdiag.casefile.names import Naming
from bayesdiag.errors import CaseFileError, Fault, known_names


@dataclass(frozen=True)
class Values:
    """The values of a column.

    Attributes:
        weights: Value → the weight of the cases that have it, the heaviest first.
        columns: What the columns of the table are called.
    """

    weights: Mapping[str, float]
    columns: tuple[str, ...]


def values_of(rows: Mapping[int, Mapping[str, object]], name: str, naming: Naming, file: Path) -> Values:
    """Return the values of a column, read as cells are; what is not sure counts in shares.

    Blank cells, and those that only say what it is not, count nothing.

    Args:
        rows: Row number → what stands in it, as `raw_rows` reads them.
        name: The variable that the column will be.
        naming: Other names of columns and values.
        file: Named in faults.

    Raises:
        CaseFileError: A weight is none, or a cell gives every value a likelihood of 0.
    """
    names = naming.values.get(name, {})
    places = {role: [*_columns(naming, role), role] for role in (name, "weight")}
    found: dict[str, float] = {}
    seen: dict[str, None] = {}
    faults: list[Fault] = []
    for number, row in rows.items():
        inner = row.get("findings")
        cells = {**row, **(inner if isinstance(inner, dict) else {})}
        seen |= dict.fromkeys(cells)
        weight, wrong = read_about("weight", _first(cells, places["weight"]))
        said = dict(_said(_first(cells, places[name]), names))
        total = sum(said.values())
        if wrong is not None:
            faults.append(Fault((f"row {number}", "weight"), *wrong))
        elif said and not (isfinite(total) and total > 0):
            told = "Likelihoods are finite numbers, 0 or more, and one of them is above 0."
            faults.append(Fault((f"row {number}", name), "its likelihoods say nothing", told))
        else:
            assert isinstance(weight, float)
            for state, likelihood in said.items():
                found[state] = found.get(state, 0.0) + weight * likelihood / total
    if faults:
        raise CaseFileError([fault.at(str(file), 0) for fault in faults], "nothing was added")
    used = {state: weight for state, weight in found.items() if weight > 0}
    return Values(dict(sorted(used.items(), key=lambda one: -one[1])), tuple(seen))


def no_such_column(name: str, values: Values, file: Path) -> CaseFileError:
    """Return the error that a table has no values to make states of, or too many."""
    told = known_names(name, list(values.columns), "columns")
    n = len(values.weights)
    what = f"{n} different values" if n else "no such column, or nothing in it"
    return CaseFileError([Fault((name,), what, told, str(file))], "nothing was added")


def _columns(naming: Naming, role: str) -> list[str]:
    return [column for column, meant in naming.columns.items() if meant == role]


def _first(cells: Mapping[str, object], columns: list[str]) -> object:
    return next((cells[one] for one in columns if cells.get(one) is not None), None)


def _said(value: object, names: Mapping[str, str]) -> Iterator[tuple[str, float]]:
    """Yield each state that a cell leaves possible, with its likelihood."""
    if isinstance(value, Mapping):
        for state, likelihood in value.items():
            yield str(state), float(likelihood) if isinstance(likelihood, int | float) else float("nan")
        return
    text = spellings(value)[0].strip()
    whole = names.get(text, text)
    if whole in BLANK or text in BLANK:
        return
    if text in names:
        yield whole, 1.0
        return
    parts = [part.strip() for part in text.split("|")]
    if any(part.startswith("!") for part in parts):
        return
    for part in parts:
        state, colon, number = part.rpartition(":")
        likelihood = number_of(number) if colon else None
        named = part if likelihood is None else state.strip()
        yield names.get(named, named), 1.0 if likelihood is None else likelihood
