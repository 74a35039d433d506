"""Model → factor tables: the only place where noisy-OR, noisy-MAX and first-active are a formula."""

from bayesdiag.engine.tables.decomposition import Decomposition, Orders
from bayesdiag.engine.tables.families import (
    Contribution,
    DenseFamily,
    Family,
    LinkFamily,
    families_of,
)
from bayesdiag.engine.tables.graph import NO_SLOT, FactorGraph
from bayesdiag.engine.tables.undirected import undirected

__all__ = [
    "NO_SLOT",
    "Contribution",
    "Decomposition",
    "DenseFamily",
    "FactorGraph",
    "Family",
    "LinkFamily",
    "Orders",
    "families_of",
    "undirected",
]
