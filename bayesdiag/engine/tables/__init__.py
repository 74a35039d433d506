"""Model → factor tables: the only place where noisy-OR, noisy-MAX and first-active are a formula."""

from bayesdiag.engine.tables.decompose import Pattern, factor_graph
from bayesdiag.engine.tables.factors import NO_SLOT, Factor, FactorGraph, Part
from bayesdiag.engine.tables.families import Contribution, DenseFamily, Family, LinkFamily, families_of
from bayesdiag.engine.tables.undirected import undirected

__all__ = [
    "NO_SLOT",
    "Contribution",
    "DenseFamily",
    "Factor",
    "FactorGraph",
    "Family",
    "LinkFamily",
    "Part",
    "Pattern",
    "factor_graph",
    "families_of",
    "undirected",
]
