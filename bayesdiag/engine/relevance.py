"""Which part of the network matters for these findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import networkx as nx

from bayesdiag.engine.tables import Family

Graph: TypeAlias = "nx.DiGraph[int]"


def graph_of(families: Sequence[Family]) -> Graph:
    """Return the arrows of the network, variables as numbers."""
    graph: Graph = nx.DiGraph()
    graph.add_nodes_from(range(len(families)))
    graph.add_edges_from((parent, family.child) for family in families for parent in family.parents)
    return graph


def relevant(graph: Graph, wanted: Iterable[int]) -> tuple[int, ...]:
    """Return the wanted variables and all above them, parents before children.

    What is not above an observed or wanted variable is barren: its table sums to one and
    changes nothing (Shachter 1986, Evaluating influence diagrams).
    """
    kept: set[int] = set()
    for index in wanted:
        if index not in kept:
            kept |= nx.ancestors(graph, index) | {index}
    return tuple(nx.lexicographical_topological_sort(graph.subgraph(kept)))
