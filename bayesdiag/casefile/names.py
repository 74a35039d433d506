"""What the columns of a table are: variables, or what is said of a case as a whole; and their other names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bayesdiag.errors import CaseFileError, Fault, known_names
from bayesdiag.model import Model

ABOUT = ("weight", "when", "premise")
"""Columns that are no variables."""
REASON = "reason"
"""The column that a file of rejected rows adds; it is passed over when such a file is read again."""
_INDEX = "__index_level_"
"""How data frames name an index that they write among the columns."""

HOW = 'Correct it, give its name here as a renaming ("" leaves the column out), or ignore unknown columns.'


@dataclass(frozen=True, slots=True)
class Naming:
    """How the names in a file become those of a model.

    Attributes:
        columns: Column → variable, or weight, when or premise; "" leaves the column out.
        values: Variable → {what stands in the file → state}; "" counts as blank.
        ignore_unknown: Whether columns of other names are passed over instead of being refused.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    ignore_unknown: bool = False


AS_THEY_ARE = Naming()


def check_naming(naming: Naming, model: Model, file: str = "") -> None:
    """Refuse a naming that leads to variables or states which the model does not have.

    Raises:
        CaseFileError: With every name that leads nowhere.
    """
    known = [*model.variable_of, *ABOUT]
    faults = [
        Fault(("renaming", column), f'"{name}" is no variable', known_names(name, known, "variables"))
        for column, name in naming.columns.items()
        if name and name not in known
    ]
    for name, states in naming.values.items():
        variable = model.variable_of.get(name)
        if variable is None:
            told = known_names(name, model.variable_of, "variables")
            faults.append(Fault(("values", name), "no variable has this name", told))
            continue
        faults += [
            Fault(
                ("values", name, old),
                f'"{new}" is not one of its states',
                known_names(new, variable.state_ids, f"states of {name}"),
            )
            for old, new in states.items()
            if new and new not in variable.state_ids
        ]
    if faults:
        raise CaseFileError([fault.at(file, 0) for fault in faults])


def roles(columns: Sequence[str], model: Model, naming: Naming, file: str) -> tuple[str, ...]:
    """Return what each column holds: a variable, one of `ABOUT`, or "" where it is passed over.

    A variable of the model that is called weight, when or premise is meant where a column is.

    Raises:
        CaseFileError: Unknown columns, two of one name, or none that holds anything.
    """
    faults: list[Fault] = []
    found: list[str] = []
    for place, column in enumerate(columns, start=1):
        name = column.strip()
        role = _role(name, model, naming)
        if role is None and not naming.ignore_unknown:
            shown = name or f"number {place}"
            told = known_names(name, model.variable_of, "variables") if name else "Give it a name."
            faults.append(
                Fault((f"column {shown}",), f"{model.name} has no variable of this name", f"{told} {HOW}")
            )
        if role and role in found:
            first = columns[found.index(role)].strip()
            also = f' as "{first}" does' if first != name else ", and it stands there twice"
            told = "Keep one of them, or rename or leave out the other."
            faults.append(Fault((f"column {name}",), f"it holds {role}{also}", told))
        found.append(role or "")
    if not faults and not any(role in model.variable_of for role in found):
        told = known_names("", model.variable_of, "variables")
        faults.append(Fault((), "no column is a variable of the model", f"{told} {HOW}"))
    if faults:
        raise CaseFileError([fault.at(file, 1 if file else 0) for fault in faults])
    return tuple(found)


def state_names(name: str, column: str, model: Model, naming: Naming) -> dict[str, str]:
    """Return what stands in a column → state: what the naming says, and the model's own old names."""
    prefixes = {f"{column}=", f"{name}="}
    old = {
        told.partition("=")[2]: new.partition("=")[2]
        for told, new in model.renamed.items()
        if any(told.startswith(prefix) for prefix in prefixes) and new.partition("=")[0] == name
    }
    return {**old, **naming.values.get(name, {})}


def _role(name: str, model: Model, naming: Naming) -> str | None:
    """Return what a column holds; "" where it is passed over, None where it is unknown."""
    if name in naming.columns:
        return naming.columns[name]
    if name in model.variable_of or name in ABOUT:
        return name
    if name == REASON or name.startswith(_INDEX):
        return ""
    return model.renamed.get(name)
