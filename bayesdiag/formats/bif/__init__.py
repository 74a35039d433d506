"""BIF, the interchange format of the Bayesian network repository: a strict reader.

Every row must be there exactly once, and everything wrong is told at once. What a printed table
lost by rounding is put back by dividing a row by its sum; nothing else is repaired.

Reference: Cozman (1998), The Interchange Format for Bayesian Networks, version 0.15.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Sequence
from itertools import product
from math import prod
from pathlib import Path

from bayesdiag.errors import Fault, InvalidModel, ModelFileError, known_names
from bayesdiag.formats.bif.blocks import Block, Reader
from bayesdiag.model import FullTable, Model, Prior, State, Variable

ROUNDING = 0.01
"""A row may be this far from 1; classic files print few digits."""


def load_bif(path: str | Path) -> Model:
    """Return the network in a .bif or .bif.gz file as a model of plain variables.

    Raises:
        ModelFileError: With every fault of the file.
    """
    name = str(path)
    try:
        raw = Path(path).read_bytes()
        text = (gzip.decompress(raw) if name.endswith(".gz") else raw).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error) as error:
        told = getattr(error, "strerror", None) or "it is not whole"
        raise ModelFileError(
            [Fault((), f"the file cannot be read ({told})", "Check its name and permissions.", name)]
        ) from None
    except UnicodeDecodeError as error:
        found = f"byte {error.start} is not UTF-8"
        raise ModelFileError([Fault((), found, "Save the file as UTF-8.", name)]) from None
    return loads_bif(text, name)


def loads_bif(text: str, file: str = "") -> Model:
    """Return the network a BIF text holds; `file` names it in faults.

    Raises:
        ModelFileError: With every fault of the text.
    """
    reader = Reader(file, text)
    reader.read()
    variables = _variables(reader)
    if reader.faults:
        raise ModelFileError(sorted(reader.faults, key=lambda fault: fault.line))
    try:
        return Model(reader.name or "network", variables)
    except InvalidModel as error:
        # A fault of the whole names its variable; it is told where that is declared.
        raise ModelFileError([fault.at(file, _line(fault, reader)) for fault in error.faults]) from None


def _line(fault: Fault, reader: Reader) -> int:
    return next((reader.lines[str(step)] for step in fault.path if str(step) in reader.lines), 0)


def _variables(reader: Reader) -> tuple[Variable, ...]:
    """Return the variables in the order they are declared; what is wrong is noted in the reader."""
    block_of: dict[str, Block] = {}
    for block in reader.blocks:
        if block.child not in reader.states:
            allowed = known_names(block.child, reader.states, "variables")
            reader.fault(block.line, (block.child,), "no variable has this name", allowed)
        elif block.child in block_of:
            told = f"Its first one stands in line {block_of[block.child].line}."
            reader.fault(block.line, (block.child,), "a second probability block", told)
        else:
            block_of[block.child] = block
    variables = []
    for name, states in reader.states.items():
        if name not in block_of:
            told = f"Write `probability ( {name} ) {{ … }}`."
            reader.fault(reader.lines[name], (name,), "this variable has no probabilities", told)
        elif _has_known_parents(reader, block_of[name]):
            cpt = _table(reader, block_of[name])
            variables.append(Variable(name, "plain", tuple(State(state) for state in states), cpt))
    return tuple(variables)


def _has_known_parents(reader: Reader, block: Block) -> bool:
    before = len(reader.faults)
    for parent in block.parents:
        if parent not in reader.states:
            allowed = known_names(parent, reader.states, "variables")
            reader.fault(block.line, (block.child,), f'no variable is called "{parent}"', allowed)
        elif parent == block.child or block.parents.count(parent) > 1:
            reader.fault(
                block.line, (block.child,), f'"{parent}" stands twice here', "Name each variable once."
            )
    return len(reader.faults) == before


def _table(reader: Reader, block: Block) -> Prior | FullTable:
    n_states = len(reader.states[block.child])
    n_rows = prod(len(reader.states[parent]) for parent in block.parents)
    if block.table is not None and not block.rows:
        numbers = _table_rows(reader, block, n_states, n_rows)
    else:
        numbers = _rows(reader, block, n_states)
    flat = [p for row in numbers for p in row]
    return FullTable(tuple(block.parents), tuple(flat)) if block.parents else Prior(tuple(flat))


def _table_rows(reader: Reader, block: Block, n_states: int, n_rows: int) -> list[list[float]]:
    """Return the rows of a `table`, whose child varies slowest and last parent fastest."""
    line, numbers = block.table or (block.line, [])
    if len(numbers) != n_states * n_rows:
        told = f"{len(numbers)} numbers where {n_states * n_rows} belong"
        reader.fault(line, (block.child, "table"), told, "States of the variable times those of all parents.")
        return []
    rows = [numbers[row::n_rows] for row in range(n_rows)]
    return [_whole(reader, line, (block.child, "table"), row) for row in rows]


def _rows(reader: Reader, block: Block, n_states: int) -> list[list[float]]:
    given: dict[tuple[str, ...], list[float]] = {}
    for line, chosen, numbers in block.rows:
        path = (block.child, ", ".join(chosen))
        if not _is_known_row(reader, block, line, chosen):
            continue
        if tuple(chosen) in given:
            reader.fault(line, path, "this row is given twice", "Give each row once.")
        else:
            given[tuple(chosen)] = _row(reader, line, path, numbers, n_states)
    every = list(product(*(reader.states[parent] for parent in block.parents)))
    if block.default is not None:
        rest = _row(reader, block.default[0], (block.child, "default"), block.default[1], n_states)
        given = {row: given.get(row, rest) for row in every}
    missing = [row for row in every if row not in given]
    if missing:
        shown = "; ".join(", ".join(row) or "the only one" for row in missing[:3])
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        told = f"no row for ({shown}){more}"
        reader.fault(block.line, (block.child,), told, "Give every row, or a `default`.")
    return [given.get(row, []) for row in every]


def _row(reader: Reader, line: int, path: Sequence[str], numbers: list[float], n_states: int) -> list[float]:
    if len(numbers) != n_states:
        told = f"{len(numbers)} numbers for {n_states} states"
        reader.fault(line, path, told, "Give one for each state.")
        return []
    return _whole(reader, line, path, numbers)


def _is_known_row(reader: Reader, block: Block, line: int, chosen: list[str]) -> bool:
    path = (block.child, ", ".join(chosen))
    if len(chosen) != len(block.parents):
        told = f"{len(chosen)} states for {len(block.parents)} parents"
        reader.fault(line, path, told, f"Parents: {', '.join(block.parents) or 'none'}.")
        return False
    unknown = [
        (parent, state)
        for parent, state in zip(block.parents, chosen, strict=True)
        if state not in reader.states[parent]
    ]
    for parent, state in unknown:
        allowed = known_names(state, reader.states[parent], f"states of {parent}")
        reader.fault(line, path, f'"{state}" is not a state of {parent}', allowed)
    return not unknown


def _whole(reader: Reader, line: int, path: Sequence[str], row: list[float]) -> list[float]:
    """Return a row that sums to 1 exactly, or note how far it is off."""
    total = sum(row)
    if abs(total - 1) > ROUNDING:
        reader.fault(line, path, f"the row sums to {total:.6g}", f"It must sum to 1, within {ROUNDING:g}.")
        return row
    return [p / total for p in row]
