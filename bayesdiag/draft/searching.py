"""Any arrows among cause and findings, searched for; and their numbers."""

from __future__ import annotations

import numpy as np

from bayesdiag.draft.counts import FLOOR, nested_counts, shrunk
from bayesdiag.draft.document import Family
from bayesdiag.draft.ways import Drawn
from bayesdiag.engine.layout import Ints
from bayesdiag.interop.search import searched_arrows

MOST_PARENTS = 3


def searched_families(drawn: Drawn, y: Ints, ess: float) -> list[Family]:
    """Return the families of a network found by hill climbing with BIC, of each finding, then of the cause.

    While searching, a blank is a state of its own; numbers are counted without blanks.

    Args:
        drawn: Findings as numbers.
        y: State of the cause, shape (n,).
        ess: What a row without its last parent is worth, in cases.
    """
    codes = np.column_stack([drawn.found.codes, y])
    sizes = (*drawn.found.sizes, len(drawn.prior))
    cause = len(drawn.found.sizes)
    parents_of = searched_arrows(codes, most_parents=MOST_PARENTS)
    families = []
    for child, above in enumerate(parents_of):
        # The cause first, so that rows are drawn towards what the cause alone says.
        parents = tuple(sorted(above, key=lambda parent: (parent != cause, parent)))
        counts = nested_counts(codes, sizes, parents, child)
        table, cases = shrunk(counts, [ess] * len(parents)), counts[-1].sum(axis=-1)
        families.append(Family(parents, table, cases, ess if parents else FLOOR))
    return families
