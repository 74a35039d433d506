"""The small checks that all others are made of: names, findings, numbers, sources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isfinite

from bayesdiag.errors import Fault, known_names
from bayesdiag.model.cpt import Condition
from bayesdiag.model.text import Weight
from bayesdiag.model.variable import Variable

Path = tuple[str | int, ...]
Known = Mapping[str, Variable]

_CITATION = re.compile(r"(?<![\w-])S[0-9]+(?![\w-])")
"""How a source text cites a source."""


def repeated(path: Path, names: Sequence[str]) -> Iterator[Fault]:
    """Yield a fault for each name that stands twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield Fault((*path, name), "this name is used twice", "Give each its own name.")
        seen.add(name)


def name_fault(path: Path, name: str, known: Iterable[str], noun: str) -> list[Fault]:
    """Return the fault of a name that is not among the known ones, or nothing."""
    names = list(known)
    if name in names:
        return []
    return [Fault(path, f'"{name}" is not one of the {noun}', known_names(name, names, noun))]


def names_faults(path: Path, names: Sequence[str], known: Iterable[str], noun: str) -> list[Fault]:
    """Return the faults of a list of names, each at its place in the list."""
    return [
        fault
        for position, name in enumerate(names)
        for fault in name_fault((*path, position), name, known, noun)
    ]


def finding_faults(path: Path, variable: str, states: Iterable[str], known: Known) -> list[Fault]:
    """Return the faults of a variable and some of its states, wherever they are named."""
    if variable not in known:
        return name_fault(path, variable, known, "variables")
    allowed = known[variable].state_ids
    noun = f"states of {variable}"
    return [fault for state in states for fault in name_fault(path, state, allowed, noun)]


def field_faults(path: Path, variable: str, state: str, known: Known) -> list[Fault]:
    """Return the faults of the two fields `variable` and `state` of one place."""
    if variable not in known:
        return name_fault((*path, "variable"), variable, known, "variables")
    return finding_faults((*path, "state"), variable, [state], known)


def condition_faults(path: Path, condition: Condition, known: Known) -> list[Fault]:
    """Return the faults of a `when` or `requires`."""
    faults = []
    for variable, states in condition.items():
        here = (*path, variable)
        faults += finding_faults(here, variable, states, known)
        if not states:
            faults.append(Fault(here, "no state stands here, so it never holds", "Name at least one state."))
    return faults


def probability_faults(path: Path, p: float) -> list[Fault]:
    """Return the fault of a number that is no probability, or nothing."""
    if isfinite(p) and 0 <= p <= 1:
        return []
    return [Fault(path, f"{p:g} is not a probability", "A probability lies from 0 to 1.")]


def amount_faults(path: Path, amount: float, least: float = 0.0) -> list[Fault]:
    """Return the fault of a number below its least value or not finite, or nothing."""
    if isfinite(amount) and amount >= least:
        return []
    return [Fault(path, f"{amount:g} is out of range", f"It must be a finite number, {least:g} or more.")]


def weight_faults(path: Path, weight: Weight, sources: Iterable[str]) -> list[Fault]:
    """Return the faults of what stands behind a group of numbers; `sources` may be cited."""
    return [
        *amount_faults((*path, "ess"), weight.ess),
        *amount_faults((*path, "within"), weight.within, 1),
        *source_faults((*path, "source"), weight.source, sources),
    ]


def source_faults(path: Path, told: str, sources: Iterable[str]) -> list[Fault]:
    """Return the faults of the sources that a text cites, as in "S1 S7: share of failures"."""
    if not told:
        return []
    return [
        fault
        for source in dict.fromkeys(_CITATION.findall(told))
        for fault in name_fault(path, source, sources, "sources")
    ]
