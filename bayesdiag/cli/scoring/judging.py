"""Forecasts made, scored and compared as a call of `bayesdiag score` asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from bayesdiag.case import Case, Evidence
from bayesdiag.engine.network import compile_network
from bayesdiag.errors import CaseFileError, Fault
from bayesdiag.learning import Settings, fit
from bayesdiag.model import Model
from bayesdiag.score import (
    Binning,
    Difference,
    Fold,
    Forecast,
    Rows,
    Verdicts,
    brier_scores,
    diagnosis_folds,
    difference,
    folds,
    hits,
    label_of,
    log_losses,
    recalibrated,
    score_forecast,
    score_verdicts,
    target_folds,
    target_forecast,
    target_forecasts,
    verdicts,
)
from bayesdiag.simulate import expected_dialogues, has_prices
from bayesdiag.wire.plain import Document
from bayesdiag.wire.scores import (
    diagnosis_score_document,
    dialogues_document,
    differences_document,
    recalibration_document,
    score_document,
)

RECALIBRATION_FOLDS = 5
"""Parts of the cases, each recalibrated by what the others taught."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a call asks for; see the options of `bayesdiag score`."""

    target: str
    n_folds: int
    repeats: int
    ess: float | None
    recalibrate: Literal["temperature", "isotonic"] | None
    binning: Literal["equal-width", "equal-mass"]
    bins: int
    seed: int
    dialogues: int = 0


def judged(model: Model, other: Model | None, cases: Sequence[Case], asked: Asked) -> Document:
    """Return what is told of a model, and of another beside it.

    Raises:
        CaseFileError: Too few cases whose answer is known.
    """
    parts = _parts(model, cases, asked)
    one = _Judge(model, cases, parts, asked)
    document: Document = {
        "target": asked.target or None,
        "folds": {"k": asked.n_folds, "repeats": asked.repeats, "seed": asked.seed} if parts else None,
        "score": one.score(),
    }
    if asked.dialogues and not asked.target and has_prices(model):
        document["dialogues"] = _dialogues(model, cases, asked)
    if asked.recalibrate:
        document["recalibrated"] = one.recalibrated()
    if other is not None:
        two = _Judge(other, [_in_names(case, other) for case in cases], parts, asked)
        document["against"] = {
            "model": {"name": other.name, "version": other.version},
            "score": two.score(),
            "differences": differences_document(one.differences(two)),
        }
    return document


class _Judge:
    """One model's forecasts of the cases and what they are worth."""

    def __init__(self, model: Model, cases: Sequence[Case], parts: Sequence[Fold], asked: Asked) -> None:
        self.model, self.cases, self.parts, self.asked = model, cases, parts, asked
        self.binning = Binning(asked.binning, asked.bins)
        self.told: Forecast | Verdicts
        self.causes: tuple[Forecast, ...] = ()
        if asked.target and parts:
            self.told = target_folds(model, cases, asked.target, parts, self._refit)
        elif asked.target:
            self.told = target_forecast(compile_network(model), cases, asked.target)
        elif parts:
            self.told, self.causes = diagnosis_folds(model, cases, parts, self._refit)
        else:
            self.told, self.causes = verdicts(compile_network(model), cases), self._causes()
        if not len(self.told):
            what = asked.target or "a cause that can be responsible"
            told = "Scoring needs cases whose answer is known."
            raise CaseFileError([Fault((model.name,), f"no case tells {what}", told)], "nothing was scored")

    def score(self) -> Document:
        """Return what the forecasts are worth."""
        if isinstance(self.told, Forecast):
            return score_document(score_forecast(self.told, self._random(), binning=self.binning))
        return diagnosis_score_document(
            score_verdicts(self.told, self.causes, self._random(), binning=self.binning)
        )

    def recalibrated(self) -> Document:
        """Return what the forecasts are worth once recalibrated, and the recalibration of all of them."""
        assert isinstance(self.told, Forecast)
        assert self.asked.recalibrate
        try:
            better, step = recalibrated(
                self.told, self.asked.recalibrate, RECALIBRATION_FOLDS, self._random()
            )
        except ValueError as error:
            raise _too_few(error) from None
        return {
            "folds": RECALIBRATION_FOLDS,
            "step": recalibration_document(step),
            "score": score_document(score_forecast(better, self._random(), binning=self.binning)),
        }

    def differences(self, other: _Judge) -> dict[str, Difference]:
        """Return by which each loss differs from another model's, on the same cases and folds."""
        if isinstance(self.told, Forecast) and isinstance(other.told, Forecast):
            order = [other.told.states.index(state) for state in self.told.states]
            theirs = self.told.with_p(other.told.p[:, order])
            rows = Rows(self.told.weights, self.told.cases, self.told.folds)
            return {
                "log_loss": difference(log_losses(self.told), log_losses(theirs), rows),
                "brier": difference(brier_scores(self.told), brier_scores(theirs), rows),
                "error": difference(1 - hits(self.told, 1), 1 - hits(theirs, 1), rows),
            }
        assert isinstance(self.told, Verdicts)
        assert isinstance(other.told, Verdicts)
        mine, their = _shared(self, other)
        rows = Rows(self.told.weights[mine], self.told.cases[mine], self.told.folds[mine])
        wrong = [(told.ranks > 0).astype(float) for told in (self.told, other.told)]
        return {
            "log_loss": difference(self.told.log_loss[mine], other.told.log_loss[their], rows),
            "error": difference(wrong[0][mine], wrong[1][their], rows),
        }

    def _causes(self) -> tuple[Forecast, ...]:
        network = compile_network(self.model)
        confirmed = {name for case in self.cases for name in case.confirmed}
        causes = [cause.id for cause in self.model.of_kind("cause") if cause.id in confirmed]
        return tuple(target_forecasts(network, self.cases, causes))

    def _refit(self, model: Model, cases: Sequence[Case]) -> Model:
        return fit(model, cases, Settings(ess=self.asked.ess, intervals=False)).model

    def _random(self) -> np.random.Generator:
        return np.random.default_rng(self.asked.seed)


def _dialogues(model: Model, cases: Sequence[Case], asked: Asked) -> Document | None:
    """Return what dialogues come to in these cases; None where no failed case has a confirmed cause."""
    found = expected_dialogues(compile_network(model), cases, asked.dialogues, asked.seed)
    return None if found is None else dialogues_document(found, model.currency)


def _parts(model: Model, cases: Sequence[Case], asked: Asked) -> tuple[Fold, ...]:
    if not asked.n_folds:
        return ()
    labels = [label_of(case, asked.target) if asked.target else _blamed(case, model) for case in cases]
    try:
        return folds(labels, asked.n_folds, np.random.default_rng(asked.seed), repeats=asked.repeats)
    except ValueError as error:
        raise _too_few(error) from None


def _blamed(case: Case, model: Model) -> str:
    """Return the confirmed causes of a case that are not in their normal state, as one label."""
    found = [
        f"{cause}={state}"
        for cause, state in sorted(case.confirmed.items())
        if state != model.variable_of[cause].state_ids[0]
    ]
    return ", ".join(found)


def _in_names(case: Case, model: Model) -> Case:
    """Return what of a case another model knows."""

    def knows(name: str, states: Any) -> bool:
        known = model.variable_of.get(name)
        return known is not None and set(states) <= set(known.state_ids)

    return replace(
        case,
        evidence=Evidence(model, {n: seen for n, seen in case.evidence.findings.items() if knows(n, seen)}),
        confirmed={name: state for name, state in case.confirmed.items() if knows(name, [state])},
        excluded={name: states for name, states in case.excluded.items() if knows(name, states)},
    )


def _shared(one: _Judge, two: _Judge) -> tuple[list[int], list[int]]:
    """Return the rows of two verdicts that are about the same case in the same fold.

    A case whose causes one of the models does not all know is no ground to compare them on: it
    would be asked for less.
    """

    def rows(judge: _Judge) -> dict[tuple[int, int], int]:
        told = zip(judge.told.cases.tolist(), judge.told.folds.tolist(), strict=True)
        return {key: row for row, key in enumerate(told)}

    def is_same(place: int) -> bool:
        mine, theirs = one.cases[place], two.cases[place]
        return mine.confirmed == theirs.confirmed and mine.excluded == theirs.excluded

    there = rows(two)
    pairs = [(row, there[key]) for key, row in rows(one).items() if key in there and is_same(key[0])]
    if not pairs:
        told = "Compare models that know the same causes."
        found = f"{two.model.name} knows all confirmed and excluded causes of no case"
        raise CaseFileError([Fault(("--against",), found, told)], "nothing was compared")
    return [row for row, _ in pairs], [row for _, row in pairs]


def _too_few(error: ValueError) -> CaseFileError:
    return CaseFileError(
        [Fault((), str(error), "Ask for fewer folds, or give more cases.")], "nothing was scored"
    )
