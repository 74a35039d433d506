"""What a step costs, given what was done before: what is open stays open, some steps make others cheaper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from bayesdiag.engine.layout import Bools, Floats


class Step(Protocol):
    """What is asked of a step to price it."""

    @property
    def id(self) -> str:
        """Its name."""

    @property
    def clusters(self) -> tuple[str, ...]:
        """What must be open for it."""


@dataclass(frozen=True, eq=False)
class Prices:
    """Prices of steps, actions before questions.

    Attributes:
        base: Price of each, shape (S,).
        opens: Which clusters it needs open, 1 or 0, shape (S, clusters).
        opening: Price of opening each, shape (clusters,).
        after: Price of the step (row) once the other (column) was done, +inf where that changes
            nothing, shape (S, S); None where no step has such a price.
    """

    base: Floats
    opens: Floats
    opening: Floats
    after: Floats | None

    @cached_property
    def least(self) -> Floats:
        """The least that each can ever cost, shape (S,)."""
        return self.base if self.after is None else np.minimum(self.base, self.after.min(axis=1))

    def costs(self, done: Bools) -> Floats:
        """Return what each step would cost now, shape (B, S).

        Args:
            done: Which steps were done, shape (B, S).
        """
        base = np.broadcast_to(self.base, done.shape)
        if self.after is not None:
            base = np.minimum(base, np.where(done[:, None, :], self.after, np.inf).min(axis=2))
        if not len(self.opening):
            return base
        closed = (done @ self.opens) == 0
        return np.asarray(base + (closed * self.opening) @ self.opens.T)


def prices_of(
    steps: Sequence[Step],
    base: Sequence[float],
    opening: Mapping[str, float],
    alternatives: Sequence[Mapping[str, float]],
) -> Prices:
    """Return prices as arrays.

    Args:
        steps: Actions, then questions.
        base: Price of each.
        opening: Cluster → price of opening it.
        alternatives: For each step, other step → price once that one was done; empty: never.
    """
    opens = np.array([[name in step.clusters for name in opening] for step in steps], dtype=np.float64)
    opens = opens.reshape(len(steps), len(opening))
    after = None
    if any(alternatives):
        number_of = {step.id: number for number, step in enumerate(steps)}
        after = np.full((len(steps), len(steps)), np.inf)
        for number, prices in enumerate(alternatives):
            for name, price in prices.items():
                after[number, number_of[name]] = price
    return Prices(np.array(base, dtype=np.float64), opens, np.array(list(opening.values())), after)
