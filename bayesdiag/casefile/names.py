"""What the columns of a table are: variables, or what is said of a case as a whole; and their other names."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bayesdiag.casefile.cell import number_of
from bayesdiag.errors import CaseFileError, Fault, known_names
from bayesdiag.model import Model, Variable

ABOUT = ("weight", "when", "premise")
"""Columns that are no variables."""
REST = "*"
"""Among values: whatever else stands in a column."""
REASON = "reason"
"""The column that a file of rejected rows adds; it is passed over when such a file is read again."""
_INDEX = "__index_level_"
"""How data frames name an index that they write among the columns."""

HOW = (
    'Correct it, give its name as a renaming ("" leaves the column out; `--names FILE`), '
    "or ignore unknown columns (`--ignore-unknown`)."
)


@dataclass(frozen=True, slots=True)
class Naming:
    """How the names in a file become those of a model.

    Attributes:
        columns: Column → variable, or weight, when or premise; "" leaves the column out.
        values: Variable → {what stands in the file → state}; "" counts as blank, and "*" stands for
            every word that is neither named nor a state.
        ignore_unknown: Whether columns of other names are passed over instead of being refused.
        cuts: Variable → rising numbers: a number in the file is in the state of as many of them as
            are not above it, counted from the first.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    ignore_unknown: bool = False
    cuts: Mapping[str, Sequence[float]] = field(default_factory=dict)


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
    faults += [fault for name, cuts in naming.cuts.items() for fault in _cut_faults(name, cuts, model)]
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
    told = {**old, **naming.values.get(name, {})}
    cuts = naming.cuts.get(name)
    if cuts is None and REST not in told:
        return told
    return _Meant(told, model.variable_of[name].state_ids, cuts)


class _Meant(dict[str, str]):
    """What stands in a column → state, where that takes more than a list of words."""

    def __init__(self, told: Mapping[str, str], states: Sequence[str], cuts: Sequence[float] | None) -> None:
        super().__init__(told)
        self.states, self.cuts = states, cuts

    def get(self, word: str, default: str = "") -> str:  # type: ignore[override] # words in, words out
        """Return the state that a word means; the default where it means none."""
        if word in self:
            return self[word]
        if not word.strip() or word in self.states:
            return default
        number = None if self.cuts is None else number_of(word)
        if number is not None and self.cuts is not None:
            return self.states[bisect_right(self.cuts, number)]
        is_plain = word != "?" and "|" not in word and not word.startswith("!")
        return super().get(REST, default) if is_plain else default


def _cut_faults(name: str, cuts: Sequence[float], model: Model) -> list[Fault]:
    variable: Variable | None = model.variable_of.get(name)
    if variable is None:
        told = known_names(name, model.variable_of, "variables")
        return [Fault(("cuts", name), "no variable has this name", told)]
    if list(cuts) != sorted(set(cuts)):
        return [Fault(("cuts", name), "the numbers do not rise", "Write them from the lowest up, each once.")]
    if len(cuts) >= len(variable.states):
        found = f"{len(cuts)} cuts make {len(cuts) + 1} parts of {len(variable.states)} states"
        return [Fault(("cuts", name), found, "Write fewer cuts than there are states.")]
    return []


def _role(name: str, model: Model, naming: Naming) -> str | None:
    """Return what a column holds; "" where it is passed over, None where it is unknown."""
    if name in naming.columns:
        return naming.columns[name]
    if name in model.variable_of or name in ABOUT:
        return name
    if name == REASON or name.startswith(_INDEX):
        return ""
    return model.renamed.get(name)
