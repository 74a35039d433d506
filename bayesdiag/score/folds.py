"""Cross-validation with refit: every case is forecast by a model that was not fitted to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bayesdiag.case import Case
from bayesdiag.engine.network import compile_network
from bayesdiag.model import Model
from bayesdiag.score.forecast import Forecast, Ints, joined
from bayesdiag.score.predict import (
    Verdicts,
    joined_verdicts,
    label_of,
    target_forecast,
    target_forecasts,
    verdicts,
)

Refit = Callable[[Model, Sequence[Case]], Model]
"""Returns a model fitted to cases, from a model to begin with."""


@dataclass(frozen=True, slots=True)
class Fold:
    """One part of the cases to be forecast, by a model fitted to the others.

    Attributes:
        number: Which fold, from 0, counted through all repetitions.
        train: Numbers of the cases to fit to, in order.
        test: Numbers of the cases to forecast, in order.
    """

    number: int
    train: Ints
    test: Ints


def folds(
    labels: Sequence[str], n_folds: int, generator: np.random.Generator, *, repeats: int = 1
) -> tuple[Fold, ...]:
    """Return folds in which every label has its share; what has no label is only fitted to.

    In each repetition every labelled case is forecast once; folds differ in size by one case at
    most, and so does the number of cases of one label.

    Args:
        labels: Of each case; empty where it has none.
        n_folds: How many, 2 or more.
        generator: Where the shuffling comes from.
        repeats: How many times all cases are dealt anew.

    Raises:
        ValueError: Fewer labelled cases than folds, or fewer than two folds.
    """
    labelled = np.array([place for place, label in enumerate(labels) if label], dtype=np.int64)
    if n_folds < 2 or len(labelled) < n_folds:
        raise ValueError(f"{len(labelled)} labelled cases cannot be dealt into {n_folds} folds")
    named = np.array(labels, dtype=object)
    everything = np.arange(len(labels))
    made: list[Fold] = []
    for _ in range(repeats):
        shuffled = labelled[generator.permutation(len(labelled))]
        # Dealt like cards, label after label: no fold gets two more than another of anything.
        order = np.argsort(named[shuffled].astype(str), kind="stable")
        for first in range(n_folds):
            test = np.sort(shuffled[order][first::n_folds])
            made.append(Fold(len(made), np.setdiff1d(everything, test), test))
    return tuple(made)


def target_folds(
    model: Model, cases: Sequence[Case], target: str, parts: Sequence[Fold], refit: Refit
) -> Forecast:
    """Return the forecasts of a variable in every fold, each by a model fitted to the other cases."""
    return joined(
        [
            replace(
                target_forecast(compile_network(fitted), held_out, target, numbers=part.test.tolist()),
                folds=np.full(sum(bool(label_of(case, target)) for case in held_out), part.number),
            )
            for part, fitted, held_out in _fitted(model, cases, parts, refit)
        ]
    )


def verdict_folds(model: Model, cases: Sequence[Case], parts: Sequence[Fold], refit: Refit) -> Verdicts:
    """Return the verdicts on cases with confirmed causes, each by a model fitted to the other cases."""
    return diagnosis_folds(model, cases, parts, refit)[0]


def diagnosis_folds(
    model: Model, cases: Sequence[Case], parts: Sequence[Fold], refit: Refit
) -> tuple[Verdicts, tuple[Forecast, ...]]:
    """Return the verdicts as `verdict_folds` does, and the forecasts of every cause confirmed in some state.

    Each fold is fitted once. A cause is forecast in the held-out cases in which its state is known.
    """
    found: list[Verdicts] = []
    causes: dict[str, list[Forecast]] = {
        cause.id: []
        for cause in model.of_kind("cause")
        if any(cause.id in cases[place].confirmed for part in parts for place in part.test)
    }
    for part, fitted, held_out in _fitted(model, cases, parts, refit):
        network = compile_network(fitted)
        numbers = part.test.tolist()
        told = verdicts(network, held_out, numbers=numbers)
        found.append(replace(told, folds=np.full(len(told), part.number)))
        for one in target_forecasts(network, held_out, list(causes), numbers=numbers):
            causes[one.name].append(replace(one, folds=np.full(len(one), part.number)))
    return joined_verdicts(found), tuple(joined(forecasts) for forecasts in causes.values())


def _fitted(
    model: Model, cases: Sequence[Case], parts: Sequence[Fold], refit: Refit
) -> Iterator[tuple[Fold, Model, list[Case]]]:
    for part in parts:
        fitted = refit(model, [cases[place] for place in part.train])
        yield part, fitted, [cases[place] for place in part.test]
