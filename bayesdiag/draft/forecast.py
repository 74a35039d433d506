"""P(cause | findings) in a forest of findings below one cause: what choosing among drafts needs at speed.

The engine answers the same (tests compare the two); it does so for any network.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bayesdiag.draft.arrows import Parents
from bayesdiag.engine.layout import Floats, Ints

_CELLS = 4_000_000
"""Numbers held at a time."""


def forecast(codes: Ints, prior: Floats, tables: Sequence[Floats], parents: Parents) -> Floats:
    """Return the probabilities of the cause's states, shape (n, states); blanks are summed out.

    Args:
        codes: Findings, shape (n, findings), −1 for a blank.
        prior: Of the cause, shape (states,), above 0.
        tables: Of each finding P(finding | cause, parent), shape (states, [parent states,] own
            states), above 0.
        parents: Of each finding.
    """
    widest = max((table.size for table in tables), default=1)
    step = max(1, _CELLS // widest)
    parts = [_part(codes[a : a + step], prior, tables, parents) for a in range(0, len(codes), step)]
    return np.concatenate(parts) if parts else np.zeros((0, len(prior)))


def _part(codes: Ints, prior: Floats, tables: Sequence[Floats], parents: Parents) -> Floats:
    n, states = len(codes), len(prior)
    logs = np.tile(np.log(prior), (n, 1))
    below: dict[int, Floats] = {}
    """Of a finding, what its children say of each of its states under each cause: (n, states, own)."""
    for place in _leaves_first(parents):
        table, parent = tables[place], parents[place]
        own, known = codes[:, place], codes[:, place] >= 0
        said = below.pop(place, None)
        seen = np.where(known, own, 0)
        if parent < 0:
            blank = np.ones((n, states)) if said is None else np.einsum("nck,ck->nc", said, table)
            at = table[:, seen].T * (1.0 if said is None else said[np.arange(n), :, seen])
            logs += np.log(np.where(known[:, None], at, blank))
            continue
        blank = np.ones((n, *table.shape[:2])) if said is None else np.einsum("nck,cpk->ncp", said, table)
        at = np.moveaxis(table[:, :, seen], 2, 0)
        if said is not None:
            at = at * said[np.arange(n), :, seen][:, :, None]
        message = np.where(known[:, None, None], at, blank)
        # Long chains of small numbers would vanish; what is taken out is the same for all of a row.
        message /= message.max(axis=(1, 2), keepdims=True)
        below[parent] = below[parent] * message if parent in below else message
    logs -= logs.max(axis=1, keepdims=True)
    p = np.exp(logs)
    found: Floats = p / p.sum(axis=1, keepdims=True)
    return found


def _leaves_first(parents: Parents) -> list[int]:
    order, waiting = [], [place for place, parent in enumerate(parents) if parent < 0]
    while waiting:
        here = waiting.pop()
        order.append(here)
        waiting += [place for place, parent in enumerate(parents) if parent == here]
    return order[::-1]
