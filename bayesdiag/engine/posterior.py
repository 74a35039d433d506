"""Beliefs of many rows, by name, and what became of each row."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from bayesdiag.engine.layout import Floats, Layout


class Status(Enum):
    """What became of a row; the value is the message."""

    OK = "ok"
    IMPOSSIBLE = "impossible: under this model these findings cannot occur together"


@dataclass(frozen=True)
class Posterior:
    """Beliefs of many rows.

    Attributes:
        layout: Where each variable and state stands.
        beliefs: Probabilities, shape (B, S); 0 throughout an impossible row.
        log_evidence: Natural logarithm of the probability of each row's evidence, shape (B,).
        targets: Variables whose beliefs were computed.
    """

    layout: Layout
    beliefs: Floats
    log_evidence: Floats
    targets: frozenset[str]

    @property
    def status(self) -> NDArray[np.object_]:
        """`Status` of each row, shape (B,)."""
        return np.array(
            [Status.OK if np.isfinite(x) else Status.IMPOSSIBLE for x in self.log_evidence], dtype=object
        )

    def of(self, variable: str) -> Floats:
        """Return the beliefs of a variable's states, shape (B, states); KeyError if it was no target."""
        if variable not in self.targets:
            raise KeyError(variable)
        return self.beliefs[:, self.layout.slots(variable)]

    def probability(self, variable: str, state: str) -> Floats:
        """Return the probability of one state in each row, shape (B,)."""
        return self.of(variable)[:, self.layout.states[self.layout.index_of[variable]].index(state)]
