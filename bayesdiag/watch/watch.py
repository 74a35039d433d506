"""Watch cases in order: everything that is monitored, in one bet against the model."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import log

import numpy as np

from bayesdiag.case import Case
from bayesdiag.engine.layout import Bools, Floats, Ints
from bayesdiag.engine.network import CompiledNetwork
from bayesdiag.engine.sets import numbering_of
from bayesdiag.learning.groups import groups_of
from bayesdiag.watch.answers import (
    AnswerBets,
    Answers,
    answer_bets,
    answers_of,
    standing,
    surprise_bets,
)
from bayesdiag.watch.bets import Bets, Course, course_of, onset
from bayesdiag.watch.columns import Moves, Used, bets_of, estimate, moves_of, used_by
from bayesdiag.watch.reading import reading_of
from bayesdiag.watch.result import AnswerMonitor, ColumnMonitor, SurpriseMonitor, Verdict, Watch

N_FAMILIES = 3
"""Surprise, answers and columns have a third of the capital each."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How to watch.

    Attributes:
        alpha: P(any alarm at all | the model is true), at most, over the whole stream.
        given: Variables that are taken as given wherever they are known: their own numbers are not judged.
        labels: Whether confirmed and excluded causes are looked at. That is right only where it does
            not depend on a cause's state whether the state was noted.
        cores: Threads to use.
    """

    alpha: float = 0.05
    given: Collection[str] = ()
    labels: bool = False
    cores: int = 1

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 1:
            raise ValueError(f"alpha is {self.alpha}; a rate of false alarms lies between 0 and 1")


@dataclass(frozen=True)
class _Family:
    """One kind of monitors: its bets and how they went."""

    bets: Bets
    course: Course
    log_bars: Floats

    def verdict(self, monitor: int) -> Verdict:
        at = int(self.course.crossed_at[monitor])
        return Verdict(
            float(self.course.peak[monitor]), float(self.log_bars[monitor]), at if at >= 0 else None
        )

    def since(self, monitor: int) -> int | None:
        best = int(self.course.best[monitor])
        if best < 0:
            return None
        return onset(self.bets.history(best), int(self.course.peak_at[monitor]))


def watch(network: CompiledNetwork, cases: Sequence[Case], settings: Settings | None = None) -> Watch:
    """Return whether cases are still those that a model expects.

    Cases are looked at in the order of their times where all tell one, otherwise as they come.

    Args:
        network: The model made ready.
        cases: The cases, checked against the model.
        settings: How to watch.

    Raises:
        KeyError: A given variable is none of the model's.
        TooLarge: Exact inference needs too much memory.
    """
    settings = settings or Settings()
    for name in settings.given:
        network.layout.index_of[name]
    order = in_time(cases)
    some = [cases[place] for place in order]
    reading = reading_of(network, some, given=settings.given, labels=settings.labels)
    groups = groups_of(numbering_of(network.model, network.layout, network.families))
    seen = used_by(network, groups, reading.rows, cores=settings.cores)
    given = used_by(network, groups, reading.ground, cores=settings.cores)
    possible: Bools = np.isfinite(seen.log_p[seen.place]) & (reading.weights > 0)
    weights = np.where(possible, reading.weights, 0.0)
    answers = answers_of(network, reading, possible, cores=settings.cores)
    moves = moves_of(groups)
    found = answer_bets(answers, network.layout.sizes)
    families = [
        _run(bets, len(some), settings.alpha)
        for bets in (surprise_bets(answers), found.bets, bets_of(moves, seen, given, weights))
    ]
    told = [case.when for case in some if case.when]
    return Watch(
        settings.alpha,
        _overall(families, len(some), settings.alpha),
        _surprise(families[0], answers),
        _answer_monitors(families[1], found, answers, network),
        _column_monitors(families[2], moves, _Cases(seen, given, weights)),
        float(reading.weights.sum()),
        order,
        tuple(np.flatnonzero(~possible & (reading.weights > 0)).tolist()),
        sum(step.state < 0 for steps in reading.steps for step in steps),
        0 if settings.labels else sum(len(case.confirmed) + len(case.excluded) for case in some),
        min(told, default=""),
        max(told, default=""),
    )


def in_time(cases: Sequence[Case]) -> tuple[int, ...]:
    """Return the places of cases in the order of their times; as they come where not all tell one."""
    times = [moment_of(case.when) for case in cases]
    known = [moment for moment in times if moment is not None]
    if len(known) < len(times):
        return tuple(range(len(cases)))
    return tuple(sorted(range(len(cases)), key=lambda place: known[place]))


def moment_of(text: str) -> datetime | None:
    """Return the moment that a text tells, in UTC where it names no other; None where it tells none."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


@dataclass(frozen=True)
class _Cases:
    """What numbers are judged by."""

    seen: Used
    given: Used
    weights: Floats


def _run(bets: Bets, n: int, alpha: float) -> _Family:
    log_bars = np.log(N_FAMILIES / (alpha * bets.of_monitor)) if bets.n_monitors else np.zeros(0)
    return _Family(bets, course_of(bets, n, log_bars), log_bars)


def _overall(families: Sequence[_Family], n: int, alpha: float) -> Verdict:
    """Return what all capital came to; where one monitor reaches its bar, so does the whole."""
    bar = log(1 / alpha)
    if not n:
        return Verdict(0.0, bar, None)
    values = np.logaddexp.reduce([family.course.log_value for family in families], axis=0) - log(N_FAMILIES)
    over = np.flatnonzero(values >= bar)
    return Verdict(max(0.0, float(values.max())), bar, int(over[0]) if len(over) else None)


def _surprise(family: _Family, answers: Answers) -> SurpriseMonitor:
    told = standing(answers.p, answers.state, answers.weights)
    # Answers of one case are scored one after the other: their scores are uncorrelated.
    return SurpriseMonitor(family.verdict(0), told.n, told.mean, told.expected, told.z)


def _answer_monitors(
    family: _Family, found: AnswerBets, answers: Answers, network: CompiledNetwork
) -> tuple[AnswerMonitor, ...]:
    layout = network.layout
    monitors = []
    for place, variable in enumerate(found.variables.tolist()):
        own = answers.take(answers.variable == variable)
        best = int(family.course.best[place])
        state = int(found.state[best if best >= 0 else int(family.bets.starts[place])])
        since = family.since(place)
        after = own.take(own.case >= (since or 0))
        whole = standing(own.p, own.state, own.weights)
        monitors.append(
            AnswerMonitor(
                layout.names[variable],
                layout.states[variable][state],
                family.verdict(place),
                float(after.weights.sum()),
                _share(after.state == state, after.weights),
                _share(after.p[:, state], after.weights),
                whole.z,
                standing(own.alone, own.state, own.weights).z,
                since,
            )
        )
    return tuple(sorted(monitors, key=lambda one: -one.verdict.log_e))


def _column_monitors(family: _Family, moves: Moves, cases: _Cases) -> tuple[ColumnMonitor, ...]:
    n = len(cases.weights)
    numbers = moves.groups.numbering.numbers
    starts = family.bets.starts
    over, below = moves.slopes(cases.seen.counts), moves.slopes(cases.given.counts)
    columns = []
    for place in range(family.bets.n_monitors):
        best = int(family.course.best[place])
        bet = best if best >= 0 else int(starts[place])
        number = int(moves.number[bet])
        since = family.since(place)
        weights = np.where(np.arange(n) >= (since or 0), cases.weights, 0.0)
        at = moves.place(number)
        seen, uses = _uses(moves, number, cases.seen, weights)
        awaited, of = _uses(moves, number, cases.given, weights)
        columns.append(
            ColumnMonitor(
                numbers[number],
                family.verdict(place),
                since,
                float(weights.sum()),
                uses,
                seen / uses if uses > 0 else 0.0,
                awaited / of if of > 0 else 0.0,
                numbers[number].p
                if since is None
                else estimate(
                    numbers[number].p, over[cases.seen.place, at], below[cases.given.place, at], weights
                ),
            )
        )
    return tuple(sorted(columns, key=lambda one: -one.verdict.log_e))


def _uses(moves: Moves, number: int, used: Used, weights: Floats) -> tuple[float, float]:
    """Return how often a share and its whole distribution are expected to have been used."""
    by_row = np.bincount(used.place, weights, minlength=len(used.counts))
    inside = moves.groups.of_share == moves.groups.of_share[number]
    return float(by_row @ used.counts[:, number]), float((by_row @ used.counts[:, inside]).sum())


def _share(amounts: Floats | Bools | Ints, weights: Floats) -> float:
    total = float(weights.sum())
    return float(weights @ amounts) / total if total > 0 else 0.0
