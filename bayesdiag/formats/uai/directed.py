"""The parts of a BAYES file → a model of plain variables: each table is one variable's probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bayesdiag.errors import Fault, InvalidModel
from bayesdiag.formats.text import counted
from bayesdiag.formats.uai.parts import SHOWN, Part, Reader
from bayesdiag.model import SUM_TOLERANCE, FullTable, Model, Prior, State, Variable

ROUNDING = 0.01
"""A row may be this far from 1; files with few digits are."""


def directed(reader: Reader, title: str) -> Model | None:
    """Return the model; None where faults were noted, now or before.

    The last variable of a scope is the one whose probabilities the table holds. A row that printing
    rounded by more than a model allows is divided by its sum.
    """
    if _is_child_first(reader):
        told = "The variable whose probabilities a table holds comes last, and its states vary fastest."
        reader.fault(reader.count_line, (), "each scope begins with its own variable", told)
        return None
    part_of = _part_of(reader)
    for number, part in enumerate(reader.parts):
        if part.whole and part.scope:
            _divide_rows(reader, f"table {number}", part)
    if reader.faults:
        return None
    variables = tuple(_variable(reader, child, part_of[child]) for child in range(len(reader.sizes)))
    try:
        return Model(title, variables)
    except InvalidModel as error:
        reader.faults += [_placed(fault, reader, part_of) for fault in error.faults]
        return None


def _is_child_first(reader: Reader) -> bool:
    """Return whether the scopes make sense only turned round: one fault rather than one a table."""
    scopes = [part.scope for part in reader.parts if part.scope]
    firsts, lasts = {scope[0] for scope in scopes}, {scope[-1] for scope in scopes}
    return len(firsts) == len(reader.parts) == len(reader.sizes) > len(lasts)


def _part_of(reader: Reader) -> dict[int, Part]:
    """Return the table of each variable; variables with none or several are told."""
    part_of: dict[int, Part] = {}
    is_known = True
    for number, part in enumerate(reader.parts):
        path = (f"table {number}", "scope")
        if not part.scope:
            # After a fault in the scope its variable is not known, and was told.
            if part.whole:
                reader.fault(part.line, path, "no variable", "In a BAYES file the last one is its variable.")
            is_known = False
            continue
        child = part.scope[-1]
        if child in part_of:
            told = f"The first stands in line {part_of[child].line}; the last of a scope is its variable."
            reader.fault(part.line, path, f"a second table of variable {child}", told)
        part_of.setdefault(child, part)
    missing = [number for number in range(len(reader.sizes)) if number not in part_of]
    if missing and is_known:
        shown = ", ".join(map(str, missing[:SHOWN])) + (", …" if len(missing) > SHOWN else "")
        told = "In a BAYES file each variable is the last of one scope."
        reader.fault(reader.count_line, (), f"no table of {counted(len(missing), 'variable')}: {shown}", told)
    return part_of


def _divide_rows(reader: Reader, name: str, part: Part) -> None:
    """Check that each row sums to one; divide it by its sum where a model would not take it."""
    n_states = reader.sizes[part.scope[-1]]
    bad = []
    for first in range(0, len(part.values), n_states):
        row = part.values[first : first + n_states]
        total = sum(row)
        if abs(total - 1) > ROUNDING:
            bad.append((first, total))
        elif abs(total - 1) > SUM_TOLERANCE or max(row) > 1:
            for place, value in enumerate(row):
                part.values[first + place] = value / total
    told = (
        f"The states of the last variable of the scope vary fastest and must sum to 1, within {ROUNDING:g}."
    )
    for first, total in bad[:SHOWN]:
        path = (name, f"numbers {first} to {first + n_states - 1}" if n_states > 1 else f"number {first}")
        reader.fault(part.line_of(first), path, f"they sum to {total:.9g}", told)
    if len(bad) > SHOWN:
        found = f"{len(bad) - SHOWN} more rows do not sum to 1"
        reader.fault(part.line_of(bad[SHOWN][0]), (name,), found, told)


def _variable(reader: Reader, child: int, part: Part) -> Variable:
    states = tuple(State(f"s{place}") for place in range(reader.sizes[child]))
    above: Sequence[int] = part.scope[:-1]
    p = tuple(part.values)
    cpt = FullTable(tuple(f"v{parent}" for parent in above), p) if above else Prior(p)
    return Variable(f"v{child}", "plain", states, cpt)


def _placed(fault: Fault, reader: Reader, part_of: dict[int, Part]) -> Fault:
    """Return a fault of the model with its place in the file."""
    child = str(fault.path[-1])
    number = int(child.removeprefix("v")) if child.startswith("v") else -1
    line = part_of[number].line if number in part_of else 1
    return replace(fault, path=fault.path[1:]).at(reader.file, line)
