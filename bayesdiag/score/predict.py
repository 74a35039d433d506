"""What a model says of cases whose answer is known: forecasts of one variable, and of the causes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bayesdiag.case import Case, Evidence
from bayesdiag.engine.network import CompiledNetwork, Posterior
from bayesdiag.score.forecast import Events, Floats, Forecast, Ints

CauseState = tuple[str, str]
"""A cause and its state."""
_ROWS = 4096
"""Cases computed at a time."""


@dataclass(frozen=True)
class Verdicts:
    """What a diagnosis said of cases some of whose causes were confirmed.

    Attributes:
        states: The cause states that can be responsible.
        p: Responsibility of each, shape (n, cause states).
        y: 1 where it was confirmed, else 0, shape (n, cause states).
        log_loss: −ln P(all that was confirmed and excluded | findings), shape (n,).
        ranks: How many cause states come before the first confirmed one, shape (n,).
        leads: Number of the cause state that comes first, shape (n,).
        weights: How many cases each row stands for, shape (n,).
        cases: Which case each row is about, shape (n,).
        folds: In which fold each row was forecast, shape (n,).
        impossible: Rows whose findings the model says cannot be, shape (n,): they hold what it
            believes without any finding.
    """

    states: tuple[CauseState, ...]
    p: Floats
    y: Floats
    log_loss: Floats
    ranks: Ints
    leads: Ints
    weights: Floats
    cases: Ints
    folds: Ints
    impossible: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def first(self) -> Events:
        """The events "the cause that comes first was confirmed"."""
        rows = np.arange(len(self))
        return Events(self.p[rows, self.leads], self.y[rows, self.leads], self.weights, self.cases)

    @property
    def every(self) -> Events:
        """The events "this cause state was confirmed", of every one; what was not confirmed was not so."""
        n = len(self.states)
        lots = (self.cases[:, None] * n + np.arange(n)).ravel()
        return Events(self.p.ravel(), self.y.ravel(), np.repeat(self.weights, n), lots)


def joined_verdicts(parts: Sequence[Verdicts]) -> Verdicts:
    """Return the rows of several verdicts below each other."""
    names = ("p", "y", "log_loss", "ranks", "leads", "weights", "cases", "folds", "impossible")
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return Verdicts(parts[0].states, **arrays)


def label_of(case: Case, target: str) -> str:
    """Return the state a variable was in, confirmed or seen for certain; empty where it is not known."""
    return case.confirmed.get(target) or case.evidence.hard().get(target, "")


def target_forecast(
    network: CompiledNetwork, cases: Sequence[Case], target: str, *, numbers: Sequence[int] | None = None
) -> Forecast:
    """Return what the other findings say of a variable, in every case where it is known.

    What was confirmed of causes is no finding; what is known of the target is taken out.

    Args:
        network: The network.
        cases: The cases.
        target: The variable.
        numbers: Numbers of the cases among others; by default 0, 1, …

    Raises:
        KeyError: The network has no such variable.
        TooLarge: Exact inference needs too much memory.
    """
    return target_forecasts(network, cases, [target], numbers=numbers)[0]


def target_forecasts(
    network: CompiledNetwork,
    cases: Sequence[Case],
    targets: Sequence[str],
    *,
    numbers: Sequence[int] | None = None,
) -> list[Forecast]:
    """Return forecasts of several variables, as `target_forecast` does of one.

    Cases in which they were confirmed but not found share their rows, which are computed once.
    """
    labels = [[label_of(case, target) for target in targets] for case in cases]
    asked = [(place, t) for place, told in enumerate(labels) for t, label in enumerate(told) if label]
    slots = [network.layout.slots(target) for target in targets]
    states_of = [network.layout.states[network.layout.index_of[target]] for target in targets]
    p = [np.zeros((sum(t == own for _, t in asked), len(states))) for own, states in enumerate(states_of)]
    is_impossible = [np.zeros(len(one), dtype=bool) for one in p]
    filled = [0] * len(targets)
    for start in range(0, len(asked), _ROWS):
        some = asked[start : start + _ROWS]
        rows = rows_of_cases(network, [without(cases[place], [targets[t]]) for place, t in some])
        beliefs, impossible = _beliefs(network, rows, [cases[place].premise for place, _ in some], targets)
        for (_, t), belief, failed in zip(some, beliefs, impossible, strict=True):
            own = belief[slots[t]]
            p[t][filled[t]], is_impossible[t][filled[t]] = own / own.sum(), failed
            filled[t] += 1
    found = []
    for t, (target, states) in enumerate(zip(targets, states_of, strict=True)):
        known = np.array([place for place, own in asked if own == t], dtype=np.int64)
        forecast = Forecast(
            name=target,
            states=states,
            p=p[t],
            truth=np.array([states.index(labels[place][t]) for place in known], dtype=np.int64),
            weights=np.array([cases[place].weight for place in known], dtype=float),
            cases=known if numbers is None else np.array(numbers, dtype=np.int64)[known],
            folds=np.zeros(len(known), dtype=np.int64),
            impossible=is_impossible[t],
        )
        found.append(forecast)
    return found


def verdicts(
    network: CompiledNetwork, cases: Sequence[Case], *, numbers: Sequence[int] | None = None
) -> Verdicts:
    """Return what a diagnosis says of every case that has a confirmed cause which can be responsible.

    Args:
        network: A diagnostic model.
        cases: The cases.
        numbers: Numbers of the cases among others; by default 0, 1, …

    Raises:
        TooLarge: Exact inference needs too much memory.
    """
    layout = network.layout
    states = tuple((layout.names[cause], layout.states[cause][state]) for cause, state in layout.events)
    known = np.array([place for place, case in enumerate(cases) if is_labelled(case, states)], dtype=np.int64)
    some = [cases[place] for place in known]
    causes = list(dict.fromkeys(cause for cause, _ in states))
    rows = rows_of_cases(network, some)
    beliefs, impossible = _beliefs(network, rows, [case.premise for case in some], causes)
    p = np.clip(beliefs[:, layout.n_states :], 0.0, 1.0)
    posterior = beliefs[:, [layout.slot(*state) for state in states]]
    y = np.array([[float(case.confirmed.get(c) == s) for c, s in states] for case in some])
    y = y.reshape(len(some), len(states))
    nobody = np.zeros(0, dtype=np.int64)
    order = np.lexsort((-posterior, -p), axis=1)
    return Verdicts(
        states=states,
        p=p,
        y=y,
        log_loss=_label_losses(network, some, impossible),
        ranks=np.take_along_axis(y, order, axis=1).argmax(axis=1) if some else nobody,
        leads=order[:, 0] if some else nobody,
        weights=np.array([case.weight for case in some], dtype=float),
        cases=known if numbers is None else np.array(numbers, dtype=np.int64)[known],
        folds=np.zeros_like(known),
        impossible=impossible,
    )


def n_first(found: Verdicts) -> tuple[float, float]:
    """Return how many cases, by weight, had a confirmed cause first, and how many there are."""
    return float(found.weights[found.ranks == 0].sum()), float(found.weights.sum())


def is_labelled(case: Case, states: Iterable[CauseState]) -> bool:
    """Whether a case has a confirmed cause that can be responsible."""
    return any(case.confirmed.get(cause) == state for cause, state in states)


def without(case: Case, names: Iterable[str]) -> Case:
    """Return a case without what was seen of some variables."""
    taken = set(names)
    kept = {name: seen for name, seen in case.evidence.findings.items() if name not in taken}
    if len(kept) == len(case.evidence.findings):
        return case
    evidence = object.__new__(Evidence)  # a part of what was checked needs no checking
    object.__setattr__(evidence, "findings", kept)
    return replace(case, evidence=evidence)


def rows_of_cases(network: CompiledNetwork, cases: Sequence[Case]) -> Floats:
    """Return what was seen in each case as likelihoods, shape (cases, S); of failures, under the premise."""
    rows = network.rows([case.evidence for case in cases], premise=False)
    failed = np.array([case.premise for case in cases], dtype=bool)
    rows[failed] = network.under_premise(rows[failed], premise=True)
    return rows


def _beliefs(
    network: CompiledNetwork, rows: Floats, premise: Sequence[bool], targets: Sequence[str]
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return beliefs, shape (n, S), and which rows are impossible: those hold beliefs without findings."""
    found = [
        network.posterior_of_rows(rows[start : start + _ROWS], targets)
        for start in range(0, len(rows), _ROWS)
    ]
    if not found:
        return np.zeros((0, network.layout.n_slots)), np.zeros(0, dtype=bool)
    beliefs = np.concatenate([part.beliefs for part in found])
    impossible = np.concatenate([part.log_evidence for part in found]) == -np.inf
    if impossible.any():
        told = np.array(premise)[impossible]
        beliefs[impossible] = _unseen(network, targets).beliefs[told.astype(int)]
    return beliefs, impossible


def _unseen(network: CompiledNetwork, targets: Sequence[str]) -> Posterior:
    """Return beliefs without any finding: without the premise, and under it."""
    rows = np.ones((2, network.layout.n_slots))
    rows[1:] = network.under_premise(rows[1:], premise=True)
    return network.posterior_of_rows(rows, targets)


def _label_losses(network: CompiledNetwork, cases: Sequence[Case], impossible: NDArray[np.bool_]) -> Floats:
    """Return −ln P(what was confirmed and excluded | findings) of each case, shape (n,)."""
    seen = [
        without(case, case.evidence.findings) if x else case
        for case, x in zip(cases, impossible, strict=True)
    ]
    before = rows_of_cases(network, seen)
    after = before.copy()
    for row, case in zip(after, cases, strict=True):
        for cause, state in case.confirmed.items():
            kept = row[network.layout.slot(cause, state)]
            row[network.layout.slots(cause)] = 0.0
            row[network.layout.slot(cause, state)] = kept
        for cause, states in case.excluded.items():
            row[[network.layout.slot(cause, state) for state in states]] = 0.0
    if not cases:
        return np.zeros(0)
    n = len(cases)
    found = network.posterior_of_rows(np.concatenate([before, after]), ()).log_evidence
    return np.maximum(found[:n] - found[n:], 0.0)
