"""BIF, the interchange format of the Bayesian network repository: a strict reader.

Every row must be there exactly once, and everything wrong is told at once. The file's numbers are
kept; only a row that printing rounded by more than a model allows is divided by its sum.

Reference: Cozman (1998), The Interchange Format for Bayesian Networks, version 0.15.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from math import isnan, prod
from pathlib import Path

from bayesdiag.errors import InvalidModel, ModelFileError, known_names
from bayesdiag.formats.bif.blocks import Block, Entry, Reader
from bayesdiag.formats.bif.quick import ROUNDING, quick_model
from bayesdiag.formats.text import counted, text_of_file
from bayesdiag.model import SUM_TOLERANCE, FullTable, Model, Prior, State, Variable

MAX_BYTES = 100_000_000
"""A larger text, unpacked, is not read; the largest classic network has 6 MB."""
MAX_NUMBERS = 10_000_000
"""More in all tables together are not written out; a short `default` could ask for any size."""

_States = tuple[str, ...]


def load_bif(path: str | Path) -> Model:
    """Return the network in a .bif or .bif.gz file as a model of plain variables.

    Raises:
        ModelFileError: With every fault of the file.
    """
    return loads_bif(text_of_file(path, MAX_BYTES), str(path))


def loads_bif(text: str, name: str = "<text>") -> Model:
    """Return the network a BIF text holds; `name` stands for the file in faults.

    Raises:
        ModelFileError: With every fault of the text.
    """
    return quick_model(text, MAX_NUMBERS) or _careful_model(text, name)


def _careful_model(text: str, name: str) -> Model:
    """Return the network of any text there is, or tell every fault; about four times as slow."""
    reader = Reader(text, name)
    block_of = _block_of(reader)
    _check_size(reader, block_of)
    tables = {child: _table(reader, block) for child, block in block_of.items()}
    _check_cycle(reader, block_of)
    if reader.faults:
        raise ModelFileError(sorted(reader.faults, key=lambda fault: fault.line))
    variables = tuple(
        Variable(child, "plain", tuple(State(state) for state in states or ()), tables[child])
        for child, states in reader.states.items()
    )
    return Model(reader.name, variables)


def _block_of(reader: Reader) -> dict[str, Block]:
    """Return the block of each variable; blocks too many and too few are told."""
    block_of: dict[str, Block] = {}
    for block in reader.blocks:
        if block.child not in reader.states:
            allowed = known_names(block.child, reader.states, "variables")
            reader.fault(block.line, (block.child,), "no variable has this name", allowed)
        elif block.child in block_of:
            told = f"The first stands in line {block_of[block.child].line}: remove one."
            reader.fault(block.line, (block.child,), "a second probability block", told)
        else:
            block_of[block.child] = block
    for child in () if reader.lost_blocks else reader.states:
        if child not in block_of:
            told = f"Write `probability ( {child} ) {{ … }}`."
            reader.fault(reader.lines[child], (child,), "this variable has no probabilities", told)
    return block_of


def _check_size(reader: Reader, block_of: dict[str, Block]) -> None:
    """Note the block at which the tables grow too large, and the end of reading with it.

    Raises:
        ModelFileError: At once; every later step would need the memory.
    """
    total = 0
    for child, block in block_of.items():
        names = dict.fromkeys((child, *block.parents))
        total += prod(len(reader.states.get(name) or ()) or 1 for name in names)
        if total > MAX_NUMBERS:
            told = f"At most {MAX_NUMBERS:,} are read: give it fewer parents."
            reader.fault(block.line, (child,), f"with this one the tables have {total:,} numbers", told)
            raise ModelFileError(sorted(reader.faults, key=lambda fault: fault.line))


def _check_cycle(reader: Reader, block_of: dict[str, Block]) -> None:
    """Note a cycle, whatever else is wrong: one state a variable is enough to see it."""
    if not reader.states:
        told = "Write `variable NAME { type discrete [ n ] { … }; }` for each."
        if not reader.faults:
            reader.fault(1, (), "there are no variables", told)
        return
    skeleton = []
    for child in reader.states:
        above = block_of[child].parents if child in block_of else ()
        known = tuple(dict.fromkeys(name for name in above if name in reader.states and name != child))
        skeleton.append(Variable(child, "plain", (State(""),), FullTable(known, (1.0,))))
    try:
        Model(reader.name, tuple(skeleton))
    except InvalidModel as error:
        for fault in error.faults:
            child = str(fault.path[-1])
            line = block_of[child].line if child in block_of else 1
            reader.faults.append(replace(fault, path=fault.path[1:]).at(reader.file, line))


def _table(reader: Reader, block: Block) -> Prior | FullTable:
    """Return a variable's numbers, rows in the order of the parents' states; () after a fault."""
    known = _has_known_parents(reader, block)
    states = reader.states[block.child]
    rows = [_checked(reader, block, entry, states) for entry in [*block.defaults, *block.rows]]
    above = [reader.states.get(parent) for parent in block.parents]
    p: tuple[float, ...] = ()
    if known and block.whole and states is not None and None not in above:
        every = list(product(*(one or () for one in above)))
        size = len(states) * len(every)
        p = _table_entry(reader, block, every, size) if block.tables else _rows(reader, block, rows, every)
    return FullTable(block.parents, p) if block.parents else Prior(p)


def _has_known_parents(reader: Reader, block: Block) -> bool:
    before = len(reader.faults)
    for parent in dict.fromkeys(block.parents):
        if parent not in reader.states:
            allowed = known_names(parent, reader.states, "variables")
            reader.fault(block.line, (block.child,), f'no variable is called "{parent}"', allowed)
        elif parent == block.child:
            reader.fault(block.line, (block.child,), "it is its own parent", "Remove it after the `|`.")
        elif block.parents.count(parent) > 1:
            found = f'the parent "{parent}" is named twice'
            reader.fault(block.line, (block.child,), found, "Name each parent once.")
    return len(reader.faults) == before


def _checked(reader: Reader, block: Block, entry: Entry, states: _States | None) -> list[float]:
    """Return the numbers of a row or `default`; [] after a fault."""
    n_states = len(entry.numbers) if states is None else len(states)
    if len(entry.numbers) != n_states:
        told = f"{counted(len(entry.numbers), 'number')} for {counted(n_states, 'state')}"
        reader.fault(entry.line, (block.child, entry.label), told, "Give one probability per state.")
        return []
    return _whole(reader, entry.line, (block.child, entry.label), entry.numbers)


def _whole(reader: Reader, line: int, path: tuple[str, ...], row: list[float]) -> list[float]:
    """Return a row that a model takes, divided by its sum if it must be; [] after a fault."""
    total = sum(row)
    if isnan(total):
        return []
    if abs(total - 1) <= SUM_TOLERANCE:
        return row
    if abs(total - 1) <= ROUNDING:
        return [p / total for p in row]
    told = f"The probabilities of all states must sum to 1, within {ROUNDING:g}."
    reader.fault(line, path, f"the row sums to {total:.9g}", told)
    return []


def _table_entry(reader: Reader, block: Block, every: list[_States], size: int) -> tuple[float, ...]:
    """Return the numbers of a `table`, in which the variable's own state varies slowest."""
    entry = block.tables[0]
    path = (block.child, "table")
    for other in sorted([*block.tables[1:], *block.defaults, *block.rows], key=lambda one: one.line):
        told = f"The `table` in line {entry.line} gives every row: remove one of them."
        reader.fault(other.line, (block.child, other.label), "this is given twice", told)
    if len(entry.numbers) != size:
        told = "One for each state of the variable and each row of its parents' states."
        reader.fault(entry.line, path, f"{counted(len(entry.numbers), 'number')} where {size} belong", told)
        return ()
    flat: list[float] = []
    for place, chosen in enumerate(every):
        here = (*path, f"({', '.join(chosen)})") if chosen else path
        flat += _whole(reader, entry.line, here, entry.numbers[place :: len(every)])
    return tuple(flat)


def _rows(reader: Reader, block: Block, rows: list[list[float]], every: list[_States]) -> tuple[float, ...]:
    """Return the numbers of rows and `default`, in the order of the parents' states."""
    first: dict[_States, Entry] = {}
    given: dict[_States, list[float]] = {}
    n_unknown = 0
    for entry, row in zip(block.rows, rows[len(block.defaults) :], strict=True):
        if not _has_known_states(reader, block, entry):
            n_unknown += 1
        elif entry.chosen in first:
            told = f"The first stands in line {first[entry.chosen].line}: remove one."
            reader.fault(entry.line, (block.child, entry.label), "this row is given twice", told)
        else:
            first[entry.chosen], given[entry.chosen] = entry, row
    for entry in block.defaults[1:]:
        told = f"The first stands in line {block.defaults[0].line}: remove one."
        reader.fault(entry.line, (block.child, "default"), "this is given twice", told)
    missing = [] if block.defaults else [chosen for chosen in every if chosen not in given]
    # A row whose state is misspelt is one of those that are missing: told once.
    if len(missing) > n_unknown:
        shown = "; ".join(f"({', '.join(chosen)})" for chosen in missing[:3])
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        found, told = f"no row for {shown}{more}", "Give every row, or a `default`."
        if not block.parents:
            found, told = "no numbers", "Write `table …;`."
        reader.fault(block.line, (block.child,), found, told)
    rest = rows[0] if block.defaults else []
    return tuple(p for chosen in every for p in given.get(chosen, rest))


def _has_known_states(reader: Reader, block: Block, entry: Entry) -> bool:
    before = len(reader.faults)
    path = (block.child, entry.label)
    if len(entry.chosen) != len(block.parents):
        told = f"Name a state of each: {', '.join(block.parents)}." if block.parents else "Write `table …;`."
        found = f"{counted(len(entry.chosen), 'state')} for {counted(len(block.parents), 'parent')}"
        reader.fault(entry.line, path, found, told)
        return False
    for parent, state in zip(block.parents, entry.chosen, strict=True):
        states = reader.states[parent] or ()
        if state not in states:
            allowed = known_names(state, states, f"states of {parent}")
            reader.fault(entry.line, path, f'"{state}" is not a state of {parent}', allowed)
    return len(reader.faults) == before
