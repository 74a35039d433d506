"""Slow twins of learning, written without looking at the product's: EM over whole worlds, pools by quadrature."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import product
from math import prod

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import betaln

from bayesdiag.case import Case
from bayesdiag.model import FullTable, Model, Prior

Floats = npt.NDArray[np.float64]
World = dict[str, str]
Row = tuple[str, tuple[str, ...]]
"""A variable, and the states of its parents."""
Tables = dict[Row, dict[str, float]]


def all_worlds(model: Model) -> list[World]:
    """Every combination of states."""
    names = [variable.id for variable in model.variables]
    return [
        dict(zip(names, chosen, strict=True))
        for chosen in product(*(variable.state_ids for variable in model.variables))
    ]


def tables_of(model: Model) -> Tables:
    """The numbers of a model of plain tables, row by row."""
    found: Tables = {}
    for variable in model.variables:
        cpt = variable.cpt
        assert isinstance(cpt, Prior | FullTable)
        numbers = iter(cpt.p)
        for above in product(*(model.variable_of[name].state_ids for name in variable.parents)):
            found[variable.id, above] = {state: next(numbers) for state in variable.state_ids}
    return found


def used_rows(model: Model, world: World) -> list[tuple[Row, str]]:
    """The rows that a world uses, and the state it takes in each."""
    return [((v.id, tuple(world[name] for name in v.parents)), world[v.id]) for v in model.variables]


def probability(model: Model, world: World) -> float:
    tables = tables_of(model)
    return prod(tables[row][state] for row, state in used_rows(model, world))


def slow_em(model: Model, cases: Sequence[Case], steps: int) -> Tables:
    """The numbers after steps of EM from the model's own; cases of certain findings only."""
    tables = tables_of(model)
    worlds = [(world, used_rows(model, world)) for world in all_worlds(model)]
    patterns = Counter(tuple(sorted(case.evidence.hard().items())) for case in cases)
    fitting = {
        pattern: [rows for world, rows in worlds if all(world[name] == state for name, state in pattern)]
        for pattern in patterns
    }
    for _ in range(steps):
        counts: Tables = {row: dict.fromkeys(states, 0.0) for row, states in tables.items()}
        for pattern, weight in patterns.items():
            p = [prod(tables[row][state] for row, state in rows) for rows in fitting[pattern]]
            for rows, share in zip(fitting[pattern], p, strict=True):
                for row, state in rows:
                    counts[row][state] += weight * share / sum(p)
        for row, numbers in counts.items():
            total = sum(numbers.values())
            if total > 0:
                tables[row] = {state: n / total for state, n in numbers.items()}
    return tables


# ── rows that are draws of one Dirichlet distribution ───────────────────────────────────────────


def log_belief(concentration: float) -> float:
    """Logistic in the logarithm: middle 30, scale 2."""
    z = np.log(concentration / 30.0) / 2.0
    return float(np.log(np.exp(-z) / (1 + np.exp(-z)) ** 2))


def log_polya(counts: Sequence[int], weights: Sequence[float]) -> float:
    """Probability of a row's counts in one order, drawn one after the other from Pólya's urn."""
    urn, found = list(weights), 0.0
    for state, n in enumerate(counts):
        for _ in range(n):
            found += float(np.log(urn[state] / sum(urn)))
            urn[state] += 1
    return found


def log_mixed(likelihoods: Floats, weights: Sequence[float]) -> float:
    """log ∫ Beta(θ) Π_cases ((1-θ) a + θ b) dθ by adding up a fine grid of log-odds of θ.

    Args:
        likelihoods: (a, b) of each case: its probability under either state, shape (n, 2).
        weights: Those of the Beta distribution, first state first.
    """
    x = np.linspace(-14, 14, 4001)
    p = 1 / (1 + np.exp(-x))
    logs = weights[0] * np.log1p(-p) + weights[1] * np.log(p) - betaln(*weights)
    for a, b in likelihoods:
        logs = logs + np.log((1 - p) * a + p * b)
    return float(np.log(np.exp(logs - logs.max()).sum() * (x[1] - x[0])) + logs.max())


def best_pool(log_rows: Callable[[Floats], float], stated: Floats, begin: Floats) -> Floats:
    """The κ · m that makes rows and what is stated most probable, by a search without slopes."""

    def downhill(logs: Floats) -> float:
        weights = np.exp(logs)
        whole = float(weights.sum())
        pull = float(stated @ np.log(weights / whole))
        return -(log_rows(weights) + pull + log_belief(whole))

    options = {"xatol": 1e-9, "fatol": 1e-12, "maxiter": 5000, "maxfev": 5000}
    return np.exp(minimize(downhill, np.log(begin), method="Nelder-Mead", options=options).x)
