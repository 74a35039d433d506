"""Everything there is to say about forecasts, computed once: of a variable, and of a diagnosis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayesdiag.score.calibration import GUO, Binning, Calibration, Murphy, calibration, murphy
from bayesdiag.score.curves import Roc, confusion, roc
from bayesdiag.score.forecast import Events, Floats, Forecast, Ints
from bayesdiag.score.losses import (
    Mean,
    brier_scores,
    event_scores,
    hits,
    log_losses,
    mean_of,
    spherical_scores,
)
from bayesdiag.score.predict import Verdicts


@dataclass(frozen=True)
class EventScore:
    """How true the probabilities of single events are.

    Attributes:
        n: How many events.
        base_rate: Share that was so.
        brier: Mean (p − y)².
        murphy: Its parts.
        calibration: Reliability, ECE and MCE; None where there are no events.
        roc: The curve, and the area under it.
    """

    n: int
    base_rate: float
    brier: Mean
    murphy: Murphy
    calibration: Calibration | None
    roc: Roc


@dataclass(frozen=True)
class Score:
    """How good forecasts of one variable are.

    Attributes:
        name: The variable.
        n: How many cases.
        impossible: How many rows had findings that the model says cannot be.
        ruled_out: How many rows gave the true state probability 0: with one, log loss is infinite.
        top_1: Share of cases whose state was the likeliest; equals share the place.
        top_3: Share of cases whose state was among the three likeliest.
        log_loss: Mean −ln P(true state).
        brier: Mean Σ (p − y)² over all states, from 0 to 2.
        murphy: Its parts, summed over states.
        spherical: Mean P(true state)/√Σp², from 0 to 1 (best).
        confidence: The events "the likeliest state is the true one" (top-label).
        states: For each state the events "it is in this state" (P(positive)).
        confusion: Weight of cases by true state (row) and likeliest state (column).
    """

    name: str
    n: int
    impossible: int
    ruled_out: int
    top_1: Mean
    top_3: Mean
    log_loss: Mean
    brier: Mean
    murphy: Murphy
    spherical: Mean
    confidence: EventScore
    states: dict[str, EventScore]
    confusion: Floats


@dataclass(frozen=True)
class DiagnosisScore:
    """How good diagnoses of cases with confirmed causes are.

    Attributes:
        n: How many cases have a confirmed cause that can be responsible.
        impossible: How many rows had findings that the model says cannot be.
        ruled_out: How many rows gave probability 0 to what was confirmed and excluded.
        top_1: Share of cases in which a confirmed cause comes first.
        top_3: Share of cases in which one is among the first three.
        log_loss: Mean −ln P(all that was confirmed and excluded | findings).
        first: The events "the cause that comes first was confirmed"; p is its responsibility.
        every: The events "this cause state was confirmed", of every one that can be responsible;
            what a labelled case does not confirm counts as not so.
        causes: Of each cause that was confirmed in some state, the forecasts of its state, over
            the cases in which it was.
    """

    n: int
    impossible: int
    ruled_out: int
    top_1: Mean
    top_3: Mean
    log_loss: Mean
    first: EventScore
    every: EventScore
    causes: tuple[Score, ...]


def score_events(
    events: Events, generator: np.random.Generator, *, binning: Binning = GUO, cases: Ints | None = None
) -> EventScore:
    """Return how true the probabilities of events are.

    Args:
        events: What was forecast.
        generator: Where the draws come from.
        binning: The bins.
        cases: Which case each event is about, shape (n,); by default those that share a draw.
    """
    return EventScore(
        n=len(events.p),
        base_rate=events.base_rate,
        brier=mean_of(event_scores(events), events.weights, events.draws if cases is None else cases),
        murphy=murphy(events, binning),
        calibration=calibration(events, generator, binning=binning) if len(events.p) else None,
        roc=roc(events),
    )


def score_forecast(forecast: Forecast, generator: np.random.Generator, *, binning: Binning = GUO) -> Score:
    """Return how good forecasts of a variable are."""

    def mean(values: Floats) -> Mean:
        return mean_of(values, forecast.weights, forecast.cases)

    parts = [murphy(forecast.of_state(state), binning) for state in forecast.states]
    return Score(
        name=forecast.name,
        n=len(np.unique(forecast.cases)),
        impossible=int(forecast.impossible.sum()),
        ruled_out=int((forecast.hit == 0).sum()),
        top_1=mean(hits(forecast, 1)),
        top_3=mean(hits(forecast, 3)),
        log_loss=mean(log_losses(forecast)),
        brier=mean(brier_scores(forecast)),
        murphy=sum(parts[1:], parts[0]),
        spherical=mean(spherical_scores(forecast)),
        confidence=score_events(forecast.confidence(), generator, binning=binning),
        states={
            state: score_events(forecast.of_state(state), generator, binning=binning)
            for state in forecast.states
        },
        confusion=confusion(forecast),
    )


def score_verdicts(
    verdicts: Verdicts,
    causes: tuple[Forecast, ...],
    generator: np.random.Generator,
    *,
    binning: Binning = GUO,
) -> DiagnosisScore:
    """Return how good diagnoses are.

    Args:
        verdicts: What was said of cases with confirmed causes.
        causes: Forecasts of the state of each cause; those without rows are left out.
        generator: Where the draws come from.
        binning: The bins.
    """

    def mean(values: Floats) -> Mean:
        return mean_of(values, verdicts.weights, verdicts.cases)

    return DiagnosisScore(
        n=len(np.unique(verdicts.cases)),
        impossible=int(verdicts.impossible.sum()),
        ruled_out=int(np.isinf(verdicts.log_loss).sum()),
        top_1=mean((verdicts.ranks < 1).astype(float)),
        top_3=mean((verdicts.ranks < 3).astype(float)),
        log_loss=mean(verdicts.log_loss),
        first=score_events(verdicts.first, generator, binning=binning),
        every=score_events(
            verdicts.every,
            generator,
            binning=binning,
            cases=np.repeat(verdicts.cases, len(verdicts.states)),
        ),
        causes=tuple(score_forecast(one, generator, binning=binning) for one in causes if len(one)),
    )
