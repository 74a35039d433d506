"""How far each cause's probability may be off, and how often the first stays first, when numbers are.

Draw k of all numbers weighs P(findings | premise, numbers k): numbers under which the findings are
likelier count more. The bounds are weighted quantiles, 5 % and 95 %.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bayesdiag.diagnosis.doubt.numbers import Drawn
from bayesdiag.diagnosis.rank import RankedCause
from bayesdiag.engine.layout import Floats, Layout
from bayesdiag.engine.sets import Recipe

Bounds = tuple[float, float]
"""The 5 % and the 95 % quantile."""


@dataclass(frozen=True, slots=True)
class Interval:
    """How sure one cause state's probability is.

    Attributes:
        posterior: 90 % interval of P(state | findings, premise).
        responsibility: 90 % interval of its responsibility.
        p_first: Probability that it comes first.
    """

    posterior: Bounds
    responsibility: Bounds
    p_first: float


def intervals(
    recipe: Recipe, drawn: Drawn, layout: Layout, causes: Sequence[RankedCause]
) -> Mapping[tuple[str, str], Interval]:
    """Return how sure each cause state is.

    Args:
        recipe: The findings, made for all causes.
        drawn: Sets of numbers.
        layout: Where beliefs stand.
        causes: The cause states.
    """
    beliefs, log_evidence = recipe.run(drawn.sets)
    weights = weights_of(log_evidence - drawn.log_premise)
    names = [(cause.id, cause.state) for cause in causes]
    responsibilities = beliefs[:, [layout.responsible(*name) for name in names]]
    posteriors = beliefs[:, [layout.slot(*name) for name in names]]
    first = np.bincount(responsibilities.argmax(axis=1), weights, minlength=len(names))
    return {
        name: Interval(
            quantiles(posteriors[:, at], weights),
            quantiles(responsibilities[:, at], weights),
            float(min(first[at], 1.0)),
        )
        for at, name in enumerate(names)
    }


def weights_of(log_weights: Floats) -> Floats:
    """Return weights that sum to one, shape (K,), from their logarithms."""
    weights = np.exp(log_weights - log_weights.max())
    return np.asarray(weights / weights.sum())


def quantiles(values: Floats, weights: Floats, level: float = 0.9) -> Bounds:
    """Return the middle interval with `level` of the weight; a value stands at the middle of its own."""
    order = np.argsort(values)
    order = order[weights[order] > 0]
    at = np.cumsum(weights[order]) - weights[order] / 2
    low, high = np.interp([(1 - level) / 2, (1 + level) / 2], at, values[order])
    return float(low), float(high)
