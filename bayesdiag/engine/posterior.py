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
    ESTIMATED = (
        "estimated: too large for an exact answer; 95 of 100 beliefs are within their half-width of the truth"
    )
    IMPOSSIBLE = "impossible: under this model these findings cannot occur together"


@dataclass(frozen=True)
class Posterior:
    """Beliefs of many rows.

    Attributes:
        layout: Where each variable and state stands.
        beliefs: Probabilities, shape (B, S); 0 throughout an impossible row.
        log_evidence: Natural logarithm of the probability of each row's evidence, shape (B,).
            An estimated row whose probability is not known holds infinity.
        targets: Variables whose beliefs were computed.
        half_width: Half of the width of each belief's 95 % band, shape (B, S), 0 where it is
            exact; None where all are.
    """

    layout: Layout
    beliefs: Floats
    log_evidence: Floats
    targets: frozenset[str]
    half_width: Floats | None = None

    @property
    def status(self) -> NDArray[np.object_]:
        """`Status` of each row, shape (B,)."""
        status = np.full(len(self.log_evidence), Status.OK, dtype=object)
        if self.half_width is not None:
            status[self.half_width.any(axis=1)] = Status.ESTIMATED
        status[self.log_evidence == -np.inf] = Status.IMPOSSIBLE
        return status

    def of(self, variable: str) -> Floats:
        """Return the beliefs of a variable's states, shape (B, states); KeyError if it was no target."""
        if variable not in self.targets:
            raise KeyError(variable)
        return self.beliefs[:, self.layout.slots(variable)]

    def error_of(self, variable: str) -> Floats:
        """Return the half-widths of a variable's 95 % bands, shape (B, states), 0 where exact."""
        exact = np.zeros_like(self.of(variable))
        return exact if self.half_width is None else self.half_width[:, self.layout.slots(variable)]

    def probability(self, variable: str, state: str) -> Floats:
        """Return the probability of one state in each row, shape (B,)."""
        return self.of(variable)[:, self.layout.states[self.layout.index_of[variable]].index(state)]
