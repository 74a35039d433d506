"""Parts and factors: the network taken apart into pieces that stay small, for one set of findings.

A *part* is a variable of the program: a whole variable, a step of a noisy-MAX chain, the winner
of a first-active outcome. A *factor* lists the states of a few parts that can occur together,
each with its number.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bayesdiag.engine.layout import Floats, Ints

NO_SLOT = -1
"""A part state that stands for no slot: its likelihood is 1 and nobody asks for its belief."""


@dataclass(slots=True)
class Part:
    """One variable of the program.

    Attributes:
        label: Its name in reports.
        slots: For each of its states, the slot of the state and that of the responsibility it
            stands for, shape (states, 2), or `NO_SLOT`.
    """

    label: str
    slots: Ints

    @property
    def size(self) -> int:
        """Number of states."""
        return len(self.slots)


@dataclass(slots=True)
class Factor:
    """A table without its zeros.

    Attributes:
        parts: Numbers of the parts it joins.
        states: States of those parts, shape (n, parts).
        values: Their numbers, shape (n,).
    """

    parts: tuple[int, ...]
    states: Ints
    values: Floats


@dataclass(slots=True)
class FactorGraph:
    """All parts and factors for one set of findings."""

    parts: list[Part] = field(default_factory=list)
    factors: list[Factor] = field(default_factory=list)

    def add_part(self, label: str, slots: Ints) -> int:
        """Add a part and return its number."""
        self.parts.append(Part(label, slots))
        return len(self.parts) - 1

    def add_hidden(self, label: str, size: int) -> int:
        """Add a part that stands for no slots and return its number."""
        return self.add_part(label, np.full((size, 2), NO_SLOT, dtype=np.int64))

    def add_table(self, parts: tuple[int, ...], table: Floats) -> None:
        """Add a dense array over the parts as a factor, zeros left out."""
        states = np.argwhere(table > 0)
        self.factors.append(Factor(parts, states, table[tuple(states.T)]))
