"""A graph's factors under unit numbers: what shows how each of their cells depends on the families.

A set of numbers is one more gate: every table gets an axis "which probe", and the network so
enlarged is taken apart like any other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from bayesdiag.engine.layout import Bools, Floats, Layout
from bayesdiag.engine.recent import Recent
from bayesdiag.engine.tables import (
    Contribution,
    Decomposition,
    DenseFamily,
    FactorGraph,
    Family,
    LinkFamily,
    Orders,
)

PROBES = "which probe"


class Made(NamedTuple):
    """What a graph was made of.

    Attributes:
        layout: Where the slots are.
        support: Which state slots are possible.
        keep: The variables kept.
        orders: In which order the links of some families stand.
        plain: Variables whose tables stand in the graph as they are.
    """

    layout: Layout
    support: Bools
    keep: tuple[int, ...]
    orders: Orders
    plain: Collection[int]


class Place(NamedTuple):
    """Where a factor comes from.

    Attributes:
        family: The variable.
        array: Which of the family's arrays it is made of; any where it is made of none.
        is_started: Whether a chain's start, made of the leak, is folded into it.
    """

    family: int
    array: int
    is_started: bool = False


def factors_of(families: Sequence[Family], made: Made) -> Iterator[Place]:
    """Yield where each factor of a graph comes from, in their order."""
    needed = {parent for index in made.keep for parent in families[index].parents}
    for index in made.keep:
        family = families[index]
        if isinstance(family, DenseFamily):
            yield Place(index, 0)
            continue
        n_links = len(family.contributions)
        if family.rule == "first" and index not in needed:
            if not made.support[made.layout.offsets[index]]:
                yield Place(index, 0)  # "somebody writes": without numbers
            yield from (Place(index, link) for link in range(n_links))
            continue
        for place, link in enumerate(made.orders.get(index, range(max(1, n_links)))):
            yield Place(index, link, is_started=place == 0 and family.rule == "max" and n_links > 0)


class Probe(NamedTuple):
    """A factor under every probe.

    Attributes:
        cells: Its cells, shape (probes, cells); a single line where they hold whatever the numbers.
        start: What is to be folded into it, shape (probes, states of the chain before it), or None.
    """

    cells: Floats
    start: Floats | None


@dataclass(frozen=True)
class Probing:
    """The network with an axis for probes, to be taken apart for any findings.

    Attributes:
        n_probes: How many probes there are.
        apart: What takes it apart; it keeps the pieces it made.
    """

    n_probes: int
    apart: Decomposition


def probing_of(
    families: Sequence[Family], layout: Layout, plain: Collection[int], keep: Collection[int]
) -> Probing:
    """Return a network made ready for probing.

    Probe k has a 1 wherever an array has a number above 0 for its k-th state; the last but one has the
    number of the row, from 1 on, wherever there is any; the last has nothing.

    Args:
        families: The model's own numbers.
        layout: Where the slots are.
        plain: Variables whose tables stand in every graph as they are: they are not probed.
        keep: Variables that graphs will keep.
    """
    n_probes = 2 + max((layout.sizes[index] for index in keep if index not in plain), default=0)
    which = len(families)
    wide = Layout(
        (*layout.names, PROBES),
        (*layout.states, tuple(map(str, range(n_probes)))),
        (*layout.offsets, layout.n_states + n_probes),
        layout.events,
        layout.stages,
    )
    kept = set(keep)
    copies = [
        # A variable that is not kept only has its place: nobody reads its numbers.
        DenseFamily(index, (), np.ones(0))
        if index not in kept
        else (family if index in plain else _probed(family, n_probes, which))
        for index, family in enumerate(families)
    ]
    whole = (*copies, DenseFamily(which, (), np.ones(n_probes)))
    # A graph under all probes is large and never wanted again; its pieces are.
    return Probing(n_probes, Decomposition(whole, wide, _graphs=Recent(1)))


def probed_tables(families: Sequence[Family], made: Made, probing: Probing) -> Iterator[Probe]:
    """Yield each factor of a graph under every probe; those of plain tables are not probed.

    Args:
        families: The model's own numbers.
        made: What the graph was made of.
        probing: The network, made ready for at least the variables kept; see `probing_of`.
    """
    n_probes, which = probing.n_probes, len(families)
    moved = {index: (0, *(link + 1 for link in order)) for index, order in made.orders.items()}
    support = np.append(made.support, np.ones(n_probes, dtype=np.bool_))
    tables = _by_probe(probing.apart.graph(support, (*made.keep, which), moved), n_probes)
    for place in factors_of(families, made):
        start = next(tables) if place.is_started else None
        yield Probe(next(tables), start)


def _by_probe(copy: FactorGraph, n_probes: int) -> Iterator[Floats]:
    sizes = np.diff(copy.first_state)
    which = len(sizes) - 1
    for number, first in enumerate(copy.first_cell.tolist()):
        scope = copy.scopes[copy.first_scope[number] : copy.first_scope[number + 1]]
        cells = copy.tables[first : first + int(np.prod(sizes[scope]))]
        # What holds whatever the numbers has no axis for them.
        yield cells.reshape(n_probes if which in scope else 1, -1)


def _probed(family: Family, n_probes: int, which: int) -> Family:
    """Return a family with the probe as its first parent or gate, its leak as one more contribution."""
    if isinstance(family, DenseFamily):
        return DenseFamily(family.child, (which, *family.parents), _units(family.p, n_probes))
    contributions = [
        Contribution(one.parent, (which, *one.gates), _units(one.p, n_probes)) for one in family.contributions
    ]
    nothing = np.zeros_like(family.leak)
    nothing[0] = 1.0
    if family.rule == "max":
        contributions.insert(0, Contribution(which, (), _units(family.leak, n_probes)))
    return LinkFamily(family.child, (*family.parents, which), family.rule, tuple(contributions), nothing)


def _units(p: Floats, n_probes: int) -> Floats:
    """Return the probes of one array, shape (probes, *p.shape)."""
    n_states = p.shape[-1]
    found = np.zeros((n_probes, *p.shape))
    present = (p > 0).astype(np.float64)
    found[np.arange(n_states), ..., np.arange(n_states)] = np.moveaxis(present, -1, 0)
    rows = 1 + np.arange(p.size // n_states, dtype=np.float64).reshape(*p.shape[:-1], 1)
    found[-2] = rows * present
    return found
