"""The numbers of a graph's factors, made for many sets at once.

A set of numbers is one more gate: every table gets an axis "which set", and the network so enlarged
is taken apart like any other. So what a form of table means stays written in one place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from bayesdiag.engine.layout import Bools, Floats, Ints, Layout
from bayesdiag.engine.sets.shares import Arrays
from bayesdiag.engine.tables import (
    Contribution,
    Decomposition,
    DenseFamily,
    FactorGraph,
    Family,
    LinkFamily,
    Orders,
)

SETS = "which set of numbers"


def copied_tables(
    families: Sequence[Family],
    arrays: Sequence[Arrays | None],
    layout: Layout,
    graph: FactorGraph,
    made: tuple[Bools, tuple[int, ...], Orders],
) -> list[Floats]:
    """Return each factor's numbers under every set, shape (K, cells of the factor).

    Args:
        families: The model's own numbers.
        arrays: For each family, what it consists of under every set; None where it is not kept.
        layout: Where the slots are.
        graph: The factors.
        made: What the graph was made of: possible states, kept variables, orders of links.
    """
    support, keep, orders = made
    n_sets = next(len(one[0]) for one in arrays if one is not None)
    which = len(families)
    wide = Layout(
        (*layout.names, SETS),
        (*layout.states, tuple(map(str, range(n_sets)))),
        (*layout.offsets, layout.n_states + n_sets),
        layout.events,
        layout.stages,
    )
    copies = [
        # A variable that is not kept only has its place: nobody reads its numbers.
        DenseFamily(index, (), np.ones(0)) if own is None else _copied(family, own, which)
        for index, (family, own) in enumerate(zip(families, arrays, strict=True))
    ]
    apart = Decomposition((*copies, DenseFamily(which, (), np.ones(n_sets))), wide)
    moved = {index: (0, *(link + 1 for link in order)) for index, order in orders.items()}
    found = apart.graph(np.append(support, np.ones(n_sets, dtype=np.bool_)), (*keep, which), moved)
    last = _last_sizes(graph)
    factors = _by_set(found, n_sets)
    tables: list[Floats] = []
    for n_factors, leaks in factor_counts(families, layout, support, keep):
        for place in range(n_factors):
            table = next(factors)
            if place == 0 and leaks:  # the chain's start, which belongs into its first link
                table = _started(table, next(factors), int(last[len(tables)]))
            tables.append(table)
    return tables


def factor_counts(
    families: Sequence[Family], layout: Layout, support: Bools, keep: tuple[int, ...]
) -> list[tuple[int, bool]]:
    """Return how many factors each kept family is, and whether its copy has the leak before them."""
    needed = {parent for index in keep for parent in families[index].parents}
    found = []
    for index in keep:
        family = families[index]
        if isinstance(family, DenseFamily):
            found.append((1, False))
        elif family.rule == "first" and index not in needed:
            found.append((len(family.contributions) + (not support[layout.offsets[index]]), False))
        else:
            n_links = len(family.contributions)
            found.append((max(1, n_links), family.rule == "max" and n_links > 0))
    return found


def _started(start: Floats, link: Floats, n_after: int) -> Floats:
    """Return a chain's first link, shape (K, any · after), with its start, shape (K, before), in it."""
    n_sets, n_before = start.shape
    table = link.reshape(n_sets, -1, n_before, n_after)
    return np.asarray(np.einsum("ki,kxij->kxj", start, table).reshape(n_sets, -1))


def _by_set(copy: FactorGraph, n_sets: int) -> Iterator[Floats]:
    """Yield each factor's numbers under every set, shape (K, any)."""
    sizes = np.diff(copy.first_state)
    which = len(sizes) - 1
    for number, first in enumerate(copy.first_cell.tolist()):
        scope = copy.scopes[copy.first_scope[number] : copy.first_scope[number + 1]]
        cells = copy.tables[first : first + int(np.prod(sizes[scope]))]
        # What holds whatever the numbers has no axis for them.
        yield cells.reshape(n_sets, -1) if which in scope else np.tile(cells, (n_sets, 1))


def _last_sizes(graph: FactorGraph) -> Ints:
    """Return how many states the last part of each factor has."""
    return np.asarray(np.diff(graph.first_state)[graph.scopes[graph.first_scope[1:] - 1]])


def _copied(family: Family, own: Arrays, which: int) -> Family:
    """Return a family with the set as its first parent or gate, its leak as one more contribution."""
    if isinstance(family, DenseFamily):
        return DenseFamily(family.child, (which, *family.parents), own[0])
    contributions = [
        Contribution(one.parent, (which, *one.gates), p)
        for one, p in zip(family.contributions, own[:-1], strict=True)
    ]
    parents = (*family.parents, which)
    nothing = np.zeros_like(family.leak)
    nothing[0] = 1.0
    if family.rule == "max":
        contributions.insert(0, Contribution(which, (), own[-1]))
    return LinkFamily(family.child, parents, family.rule, tuple(contributions), nothing)
