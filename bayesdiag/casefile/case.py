"""Rows of a table ⇄ cases: each cell read, everything wrong with a row told at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import zip_longest

from bayesdiag.case import MOST_WEIGHT, Case, Evidence, Observed
from bayesdiag.casefile.cell import (
    FORM,
    NOTHING,
    Told,
    Wrong,
    cell,
    contradiction,
    finding,
    parse_cell,
    shown,
    spellings,
)
from bayesdiag.casefile.names import ABOUT, Naming, roles, state_names
from bayesdiag.errors import CaseFileError, Fault
from bayesdiag.model import Model, Variable

TRUE, FALSE = frozenset(["true", "1", "yes"]), frozenset(["false", "0", "no"])
MAX_KEPT = 10_000
"""Cells of one column whose reading is kept for the next row that says the same."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table before it is understood.

    Attributes:
        number: Which one, from 1; a heading is none.
        line: Where it begins in its file, from 1; 0 where there are no lines.
        cells: What stands in it.
        wrong: What keeps it from being a row; None where it is one.
    """

    number: int
    line: int
    cells: Sequence[object]
    wrong: Wrong | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that is no case.

    Attributes:
        number: Which row, from 1.
        cells: What stands in it, by column; of a JSON line the document.
        faults: Everything that is wrong with it.
    """

    number: int
    cells: Mapping[str, object]
    faults: tuple[Fault, ...]

    @property
    def reason(self) -> str:
        """Everything that is wrong with it, in one line."""
        return " ".join(" ".join(str(fault).split()) for fault in self.faults)


@dataclass
class CaseReader:
    """Turns rows of one table into cases.

    Attributes:
        columns: Their names.
        model: The model.
        naming: Other names of columns and values.
        file: Named in faults.
    """

    columns: Sequence[str]
    model: Model
    naming: Naming
    file: str
    _kept: dict[int, dict[object, Told | Wrong]] = field(default_factory=dict, repr=False)

    @cached_property
    def roles(self) -> tuple[str, ...]:
        """What each column holds; "" where it is passed over."""
        return roles(self.columns, self.model, self.naming, self.file)

    @cached_property
    def _variables(self) -> list[tuple[int, Variable, dict[str, str]]]:
        return [
            (place, self.model.variable_of[role], state_names(role, column.strip(), self.model, self.naming))
            for place, (column, role) in enumerate(zip(self.columns, self.roles, strict=True))
            if role in self.model.variable_of
        ]

    @cached_property
    def _about(self) -> list[tuple[int, str]]:
        known = self.model.variable_of
        return [(place, role) for place, role in enumerate(self.roles) if role in ABOUT and role not in known]

    def read(self, rows: Iterable[Row]) -> tuple[list[Case], list[Reject]]:
        """Return the cases, and the rows that are none."""
        cases: list[Case] = []
        rejects: list[Reject] = []
        for row in rows:
            found = self._case(row)
            if isinstance(found, Case):
                cases.append(found)
            else:
                faults = tuple(fault.at(self.file, row.line) for fault in found)
                rejects.append(Reject(row.number, self._named(row.cells), faults))
        return cases, rejects

    def _case(self, row: Row) -> Case | list[Fault]:
        if row.wrong is not None:
            return [Fault((f"row {row.number}",), *row.wrong)]
        faults: list[Fault] = []
        told: dict[str, Told] = {}
        for place, variable, names in self._variables:
            found = self._told(place, row.cells[place], variable, names)
            if not isinstance(found, Told):
                faults.append(self._fault(row, place, found))
            elif found is not NOTHING:
                told[variable.id] = found
        about: dict[str, object] = {}
        for place, role in self._about:
            about[role], wrong = read_about(role, row.cells[place])
            faults += [self._fault(row, place, wrong)] if wrong else []
        if not faults and not told and about.get("premise") is not False:
            faults.append(Fault((f"row {row.number}",), *says_nothing()))
        return faults or case_of(self.model, told, about)

    def _fault(self, row: Row, place: int, wrong: Wrong) -> Fault:
        """Return what is wrong with a cell, which is named with what stands in it."""
        value = shown(row.cells[place])
        found = wrong[0] if wrong[0].startswith(value) else f"{value}: {wrong[0]}"
        return Fault((f"row {row.number}", self.columns[place].strip()), found, wrong[1])

    def _told(self, place: int, value: object, variable: Variable, names: dict[str, str]) -> Told | Wrong:
        kept = self._kept.setdefault(place, {})
        is_text = isinstance(value, str)  # 1, 1.0 and True are one key, and are written differently
        if is_text and value in kept:
            return kept[value]
        found = parse_cell(value, variable, names)
        if is_text and len(kept) < MAX_KEPT:
            kept[value] = found
        return found

    def _named(self, cells: Sequence[object]) -> dict[str, object]:
        """Return what stands in a row by column; what is left over is in the fault."""
        return dict(zip_longest(self.columns, cells[: len(self.columns)]))


def says_nothing() -> Wrong:
    """Return what is wrong with a row in which nothing is known."""
    return "every cell is blank", "Fill in what was seen, or take the row out."


def case_of(model: Model, told: Mapping[str, Told], about: Mapping[str, object]) -> Case:
    """Return the case that checked cells say; of a cause a state is what was confirmed."""
    findings: dict[str, Observed] = {}
    confirmed: dict[str, str] = {}
    excluded: dict[str, tuple[str, ...]] = {}
    for name, one in told.items():
        variable = model.variable_of[name]
        if variable.kind != "cause":
            findings[name] = finding(one, variable)
            continue
        if one.state:
            confirmed[name] = one.state
        if one.likelihoods:
            findings[name] = one.likelihoods
        if one.excluded:
            excluded[name] = one.excluded
    return Case(Evidence(model, findings), confirmed, excluded, **about)  # type: ignore[arg-type]


def read_about(role: str, value: object) -> tuple[object, Wrong | None]:
    """Return what a cell says of a case as a whole: its weight, when it was, whether it failed."""
    text = spellings(value)[0].strip()
    if role == "weight":
        return _weight(text)
    if role == "premise":
        known = True if text.lower() in TRUE or text in {"", "?"} else text.lower() not in FALSE
        is_known = text.lower() in TRUE | FALSE or text in {"", "?"}
        told = "Write true where the attempt failed, false where it did not; blank is true."
        return known, None if is_known else (f"{shown(value)} is neither true nor false", told)
    return _when(text)


def _weight(text: str) -> tuple[float, Wrong | None]:
    if text in {"", "?"}:
        return 1.0, None
    try:
        number = float(text)
    except ValueError:
        return 1.0, (f"{shown(text)} is no number", "Write how many cases it stands for; blank is 1.")
    if 0 < number <= MOST_WEIGHT:
        return number, None
    told = f"A weight is a number above 0, up to {MOST_WEIGHT:g}; blank is 1."
    return 1.0, (f"{shown(text)} is no weight", told)


def _when(text: str) -> tuple[str, Wrong | None]:
    if text in {"", "?"}:
        return "", None
    try:
        datetime.fromisoformat(text)
    except ValueError:
        told = "Write 2026-11-25 or 2026-11-25T09:30, leave it blank, or leave the column out."
        return "", (f"{shown(text)} is no date", told)
    return text, None


def label_faults(case: Case, model: Model) -> Iterator[Fault]:
    """Yield what cannot be so of the causes of a case told in parts."""
    for name in dict.fromkeys([*case.confirmed, *case.excluded]):
        seen = case.evidence.findings.get(name, {})
        told = Told(case.confirmed.get(name, ""), seen, case.excluded.get(name, ()))
        wrong = contradiction(told, model.variable_of[name])
        if wrong:
            yield Fault((name,), *wrong)


def table_of(model: Model, cases: Sequence[Case]) -> tuple[list[str], list[list[object]]]:
    """Return cases as columns and rows of texts; only what some case says has a column.

    Raises:
        CaseFileError: A case says what no cell can hold; JSON lines can.
    """
    if any(case.earlier for case in cases):
        told = "Write JSON lines instead."
        raise CaseFileError([Fault(("earlier",), "a row holds one attempt, and a case has several", told)])
    used = {name for case in cases for name in (*case.evidence.findings, *case.confirmed, *case.excluded)}
    names = [name for name in model.variable_of if name in used or not used]
    plain = Case(Evidence(model, {}))
    about = [role for role in ABOUT if any(getattr(case, role) != getattr(plain, role) for case in cases)]
    clash = [role for role in about if role in model.variable_of]
    if clash:
        told = "Write JSON lines instead."
        raise CaseFileError([Fault((clash[0],), "a variable of the model has this name too", told)])
    rows = [
        [*(_cell(case, model.variable_of[name]) for name in names), *(getattr(case, role) for role in about)]
        for case in cases
    ]
    return [*names, *about], rows


def _cell(case: Case, variable: Variable) -> str | None:
    seen = case.evidence.findings.get(variable.id, {})
    if variable.kind != "cause" and list(seen.values()) == [1.0]:
        return next(iter(seen))
    told = Told(case.confirmed.get(variable.id, ""), seen, case.excluded.get(variable.id, ()))
    text = cell(told)
    found = parse_cell(text, variable, {})
    if text and found != told:
        allowed = f"Its states' names cannot be told apart in one cell. Write JSON lines instead. {FORM}"
        raise CaseFileError([Fault((variable.id,), f"{shown(text)} would be misread", allowed)])
    return text or None
