"""Parts and factors as flat arrays: the network taken apart into pieces that stay small.

A *part* is a variable of the program: a whole variable, a step of a noisy-MAX chain, the winner
of a first-active outcome. A *factor* is a table over a few parts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bayesdiag.engine.layout import Floats, Ints

NO_SLOT = -1
"""A part state that stands for no slot: its likelihood is 1 and nobody asks for its belief."""


@dataclass(frozen=True, slots=True)
class FactorGraph:
    """All parts and factors for one set of findings.

    Attributes:
        first_state: Where the states of each part start, shape (n + 1,).
        slots: For each part state, the slot of the state and that of the responsibility it
            stands for, shape (part states, 2), or `NO_SLOT`.
        first_scope: Where the parts of each factor start, shape (F + 1,).
        scopes: Parts of the factors, in the order of their tables' axes.
        first_cell: First cell of each factor, shape (F,).
        tables: Numbers of all factors, each raveled, shape (T,).
        chains: (family, first factor, links) of each chain whose links may stand in any order.
        label: What a part is called in reports.
    """

    first_state: Ints
    slots: Ints
    first_scope: Ints
    scopes: Ints
    first_cell: Ints
    tables: Floats
    chains: tuple[tuple[int, int, int], ...]
    label: Callable[[int], str]
