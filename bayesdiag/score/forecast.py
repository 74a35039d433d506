"""What was forecast and what it was: probabilities of states or of single events, a row a case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SUM_TOLERANCE = 1e-6
"""How far the probabilities of a row may be from summing to one."""


@dataclass(frozen=True)
class Events:
    """Probabilities that something is so, and whether it was.

    Attributes:
        p: Probability of each event, shape (n,).
        y: 1 where it was so, else 0, shape (n,).
        weights: How many cases each stands for, shape (n,), above 0.
        draws: Events of one number come true together: the same case forecast anew in another
            repetition. Shape (n,).
    """

    p: Floats
    y: Floats
    weights: Floats
    draws: Ints

    def __post_init__(self) -> None:
        if not (self.p.shape == self.y.shape == self.weights.shape == self.draws.shape) or self.p.ndim != 1:
            raise ValueError("p, y, weights and draws need one number for each event")
        if not ((self.p >= 0) & (self.p <= 1)).all():
            raise ValueError("a probability of an event is below 0, above 1 or no number")
        if not np.isin(self.y, (0.0, 1.0)).all():
            raise ValueError("an event was so (1) or was not (0)")
        _check_weights(self.weights)

    @property
    def base_rate(self) -> float:
        """Share of events that were so; not a number where there are none."""
        return float(np.average(self.y, weights=self.weights)) if len(self.p) else float("nan")


def events(p: Sequence[float] | Floats, y: Sequence[float] | Floats) -> Events:
    """Return plain events: each a case of its own."""
    n = len(p)
    return Events(np.array(p, dtype=float), np.array(y, dtype=float), np.ones(n), np.arange(n))


@dataclass(frozen=True)
class Forecast:
    """Probabilities of the states of one variable, and the state it was in, a row a case.

    Attributes:
        name: The variable.
        states: Its states.
        p: Probability of each state, shape (n, states); rows sum to one.
        truth: Number of the state it was in, shape (n,).
        weights: How many cases each row stands for, shape (n,), above 0.
        cases: Which case each row is about, shape (n,); repetitions forecast a case more than once.
        folds: In which fold each row was forecast, shape (n,); 0 throughout without folds.
        impossible: Rows whose findings the model says cannot be, shape (n,): they hold what it
            believes without any finding.
    """

    name: str
    states: tuple[str, ...]
    p: Floats
    truth: Ints
    weights: Floats
    cases: Ints
    folds: Ints
    impossible: NDArray[np.bool_] = field(repr=False)

    def __post_init__(self) -> None:
        n = len(self.truth)
        if self.p.shape != (n, len(self.states)):
            raise ValueError(f"p has shape {self.p.shape}; {(n, len(self.states))} belong")
        if n and not ((self.p >= 0).all() and np.allclose(self.p.sum(axis=1), 1, atol=SUM_TOLERANCE, rtol=0)):
            raise ValueError("probabilities of a row are below 0 or do not sum to one")
        if n and not (self.truth.min() >= 0 and self.truth.max() < len(self.states)):
            raise ValueError("a true state is none of the states")
        _check_weights(self.weights)

    def __len__(self) -> int:
        return len(self.truth)

    @property
    def hit(self) -> Floats:
        """Probability that was given to the true state, shape (n,)."""
        found: Floats = self.p[np.arange(len(self)), self.truth]
        return found

    @property
    def first(self) -> Ints:
        """Number of the likeliest state, the first of equals, shape (n,)."""
        found: Ints = self.p.argmax(axis=1)
        return found

    def take(self, rows: Ints | NDArray[np.bool_]) -> Forecast:
        """Return some of the rows."""
        return Forecast(
            self.name,
            self.states,
            self.p[rows],
            self.truth[rows],
            self.weights[rows],
            self.cases[rows],
            self.folds[rows],
            self.impossible[rows],
        )

    def with_p(self, p: Floats) -> Forecast:
        """Return the same cases with other probabilities."""
        return Forecast(
            self.name, self.states, p, self.truth, self.weights, self.cases, self.folds, self.impossible
        )

    def of_state(self, state: str) -> Events:
        """Return the events "it is in this state" (the convention P(positive))."""
        place = self.states.index(state)
        y = (self.truth == place).astype(float)
        return Events(np.minimum(self.p[:, place], 1.0), y, self.weights, self.cases)

    def confidence(self) -> Events:
        """Return the events "the likeliest state is the true one" (the convention top-label)."""
        y = (self.first == self.truth).astype(float)
        return Events(np.minimum(self.p.max(axis=1, initial=0.0), 1.0), y, self.weights, self.cases)


def forecast(
    states: Sequence[str], p: Sequence[Sequence[float]] | Floats, truth: Sequence[str], name: str = ""
) -> Forecast:
    """Return a plain forecast: each row a case of its own.

    Raises:
        ValueError: Shapes do not fit, rows do not sum to one, or a true state is unknown.
    """
    n = len(truth)
    numbers = np.array([list(states).index(state) for state in truth], dtype=np.int64)
    zeros = np.zeros(n, dtype=np.int64)
    p = np.array(p, dtype=float).reshape(n, len(states))
    return Forecast(name, tuple(states), p, numbers, np.ones(n), np.arange(n), zeros, zeros.astype(bool))


def joined(parts: Sequence[Forecast]) -> Forecast:
    """Return the rows of several forecasts of one variable below each other."""
    return Forecast(
        parts[0].name,
        parts[0].states,
        np.concatenate([part.p for part in parts]),
        np.concatenate([part.truth for part in parts]),
        np.concatenate([part.weights for part in parts]),
        np.concatenate([part.cases for part in parts]),
        np.concatenate([part.folds for part in parts]),
        np.concatenate([part.impossible for part in parts]),
    )


def _check_weights(weights: Floats) -> None:
    if not (np.isfinite(weights).all() and (weights > 0).all()):
        raise ValueError("a weight is a finite number above 0")
