"""Which part of the network matters for these findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from bayesdiag.engine.layout import Bools, Ints
from bayesdiag.engine.tables import Family


@dataclass(frozen=True)
class Graph:
    """The arrows of a network, variables as numbers.

    Attributes:
        order: The variables, parents before children.
        above: Whether the second variable is the first or stands above it; columns follow `order`,
            shape (n, n).
        n_parents: Number of parents of each variable.
        n_children: Number of children of each variable.
    """

    order: Ints
    above: Bools
    n_parents: tuple[int, ...]
    n_children: tuple[int, ...]


def graph_of(families: Sequence[Family]) -> Graph:
    """Return the arrows of the network; a valid model has no circle."""
    n = len(families)
    order = _parents_first(families)
    place = {variable: number for number, variable in enumerate(order)}
    above = np.zeros((n, n), dtype=np.bool_)
    n_children = [0] * n
    for variable in order:
        above[variable, place[variable]] = True
        for parent in families[variable].parents:
            above[variable] |= above[parent]
            n_children[parent] += 1
    n_parents = tuple(len(family.parents) for family in families)
    return Graph(np.array(order, dtype=np.int64), above, n_parents, tuple(n_children))


def relevant(graph: Graph, wanted: Iterable[int]) -> tuple[int, ...]:
    """Return the wanted variables and all above them, parents before children.

    What is not above an observed or wanted variable is barren: its table sums to one and
    changes nothing (Shachter 1986, Evaluating influence diagrams).
    """
    kept = graph.above[list(wanted)].any(axis=0)
    return tuple(graph.order[kept].tolist())


def _parents_first(families: Sequence[Family]) -> list[int]:
    """Return the variables, each after its parents, otherwise in the model's order."""
    order: list[int] = []
    state = [0] * len(families)  # 0 not seen, 1 waiting for its parents, 2 listed
    for root in range(len(families)):
        trail = [root] if state[root] == 0 else []
        while trail:
            variable = trail[-1]
            state[variable] = max(state[variable], 1)
            open_parents = [parent for parent in families[variable].parents if state[parent] == 0]
            if open_parents:
                trail.append(open_parents[0])
                continue
            trail.pop()
            if state[variable] == 1:
                state[variable] = 2
                order.append(variable)
    return order
