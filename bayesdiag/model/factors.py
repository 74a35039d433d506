"""Variables joined by tables without arrows: the undirected twin of `Model`.

Plain names and numbers, as everywhere in a model. A table's numbers are kept as packed doubles: a
million of them took 8 MB and 1 ms to become an array, as a tuple of floats 32 MB and 21 ms. As
`bytes` they can be neither changed nor made invalid later, which an `array` could.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite, prod

from bayesdiag.errors import Fault, InvalidModel
from bayesdiag.model.check import Path, name_fault, repeated

SHOWN = 3
"""Faulty numbers of one table that are told each; of the others their count."""


@dataclass(frozen=True, slots=True)
class FactorVariable:
    """One variable of an undirected network.

    Attributes:
        id: Name used in evidence.
        state_ids: Names of its states, in order.
    """

    id: str
    state_ids: tuple[str, ...]


@dataclass(frozen=True, init=False, slots=True)
class FactorTable:
    """A number for every combination of the states of some variables.

    Attributes:
        scope: The variables; the states of the last one vary fastest. May be empty: a constant.
        packed: The numbers, as doubles of this machine.
    """

    scope: tuple[str, ...]
    packed: bytes = field(repr=False)

    def __init__(self, scope: Sequence[str], values: Iterable[float]) -> None:
        """Keep the numbers; `Factors` checks them."""
        object.__setattr__(self, "scope", tuple(scope))
        object.__setattr__(self, "packed", array("d", values).tobytes())

    @property
    def values(self) -> Sequence[float]:
        """The numbers, not copied and not to be changed."""
        return memoryview(self.packed).cast("d")


@dataclass(frozen=True)
class Factors:
    """Variables and non-negative tables: P(world) is the product of the tables, divided by its sum Z.

    It is valid, or building it raises `InvalidModel` with every fault.

    Attributes:
        name: Name of the network.
        variables: In the order they were written.
        tables: In the order they were written. A variable of no table has equal probabilities.

    Raises:
        InvalidModel: With all faults at once. That Z is not 0 is found only by inference.
    """

    name: str
    variables: tuple[FactorVariable, ...]
    tables: tuple[FactorTable, ...]

    def __post_init__(self) -> None:
        faults = [*_variable_faults(self.variables), *_table_faults(self)]
        if faults:
            raise InvalidModel(faults)

    @cached_property
    def variable_of(self) -> Mapping[str, FactorVariable]:
        """Variables by name."""
        return {variable.id: variable for variable in self.variables}


def _variable_faults(variables: Sequence[FactorVariable]) -> Iterator[Fault]:
    if not variables:
        yield Fault(("variables",), "there are none", "A network needs at least one variable.")
    yield from repeated(("variables",), [variable.id for variable in variables])
    for variable in variables:
        path = ("variables", variable.id, "states")
        if not variable.state_ids:
            yield Fault(path, "there are none", "A variable needs at least one state.")
        yield from repeated(path, variable.state_ids)


def _table_faults(factors: Factors) -> Iterator[Fault]:
    known = factors.variable_of
    for position, table in enumerate(factors.tables):
        path = ("tables", position)
        unknown = [name for name in dict.fromkeys(table.scope) if name not in known]
        for name in unknown:
            yield from name_fault((*path, "scope"), name, known, "variables")
        twice = list(repeated((*path, "scope"), table.scope))
        yield from twice
        if not unknown and not twice:
            size = prod(len(known[name].state_ids) for name in table.scope)
            yield from _length_faults((*path, "values"), len(table.values), size)
        yield from _value_faults((*path, "values"), table.values)


def _length_faults(path: Path, length: int, size: int) -> list[Fault]:
    # A variable without states asks for no numbers at all, which is told at the variable.
    if size in {length, 0}:
        return []
    told = "Give one for each combination of the states of its variables."
    return [Fault(path, f"{length} numbers where {size} belong", told)]


def _value_faults(path: Path, values: Sequence[float]) -> Iterator[Fault]:
    if all(map(isfinite, values)) and min(values, default=0.0) >= 0:
        if len(values) > 0 and not any(values):
            yield Fault(path, "every number is 0", "A table needs at least one number above 0.")
        return
    bad = [place for place, value in enumerate(values) if not (isfinite(value) and value >= 0)]
    allowed = "Each number must be finite, 0 or more."
    for place in bad[:SHOWN]:
        yield Fault((*path, place), f"{values[place]:g} is out of range", allowed)
    if len(bad) > SHOWN:
        yield Fault(path, f"{len(bad) - SHOWN} more numbers are out of range", allowed)
