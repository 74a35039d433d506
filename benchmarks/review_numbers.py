"""Which numbers move the first cause's probability most over the golden cases, and what stands behind them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from bayesdiag.case import Evidence
from bayesdiag.diagnosis.doubt import sensitivity
from bayesdiag.diagnosis.rank import ranked_causes
from bayesdiag.engine.network import CompiledNetwork
from bayesdiag.model import Model
from bayesdiag.model.numbers import Number, numbers_of
from bayesdiag.modelfile import GoldenCase

WITHIN = 3.0
"""By this factor the odds of every number are moved, known well or not: what nobody knows must not look firm."""
MATTERS = 0.05
"""A number matters that moves the first cause's probability by so much in a golden case."""


@dataclass(frozen=True, slots=True)
class Weighty:
    """What hangs on one number.

    Attributes:
        number: The number.
        mean: How far the first cause's probability lies apart with odds a third and three times, mean over cases.
        most: The same, at most.
        own: The same mean, for the odds divided and multiplied by the number's own `within`.
        cases: Golden cases in which it matters.
    """

    number: Number
    mean: float
    most: float
    own: float
    cases: int

    @property
    def matters(self) -> bool:
        """Whether it matters in any golden case."""
        return self.cases > 0

    @property
    def is_backed(self) -> bool:
        """Whether a source stands behind it, or it is said to be a guess, and how wide; or it is true by logic."""
        return is_backed(self.number)


def is_backed(number: Number) -> bool:
    """Whether a number has a source, or is said to be a guess with a range, or is true by logic."""
    weight = number.weight
    is_stated = weight.within > 1 and bool(weight.source.strip())
    return number.is_structural or weight.fixed or number.is_sourced or is_stated


def numbers_in(model: Model) -> list[Number]:
    """Return every number of a model."""
    states_of = {variable.id: variable.state_ids for variable in model.variables}
    return [number for variable in model.variables for number in numbers_of(variable, states_of)]


def weighty(network: CompiledNetwork, golden: tuple[GoldenCase, ...]) -> list[Weighty]:
    """Return every number on which a first cause hangs, the one that moves it most first.

    Of two numbers that make up a row together the rarer state's stands for both.
    """
    moved: dict[int, list[float]] = defaultdict(list)
    own: dict[int, float] = defaultdict(float)
    numbers: dict[int, Number] = {}
    cases = [case for case in golden if not case.earlier]
    for case in cases:
        row = network.rows([Evidence(network.model, case.findings)], premise=True)
        found = network.posterior_of_rows(row, [one.id for one in network.model.of_kind("cause")])
        if not np.isfinite(found.log_evidence[0]):
            continue
        first = ranked_causes(network, found.beliefs[0], found.beliefs[0])[0]
        hung = sensitivity(network, row[0], first.id, first.state, responsible=True)
        for bar in hung.tornado(len(hung.numbers), within=WITHIN):
            numbers[id(bar.number)] = bar.number
            moved[id(bar.number)].append(bar.width)
        for bar in hung.tornado(len(hung.numbers)):
            own[id(bar.number)] += bar.width
    return sorted(
        (
            Weighty(
                numbers[key],
                sum(widths) / len(cases),
                max(widths),
                own[key] / len(cases),
                sum(width >= MATTERS for width in widths),
            )
            for key, widths in moved.items()
        ),
        key=lambda one: -one.mean,
    )
