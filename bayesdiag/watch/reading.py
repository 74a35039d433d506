"""Cases as rows: what is taken as given, and what was seen after that, in the order it was entered."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from bayesdiag.case import Case
from bayesdiag.engine.layout import Floats
from bayesdiag.engine.network import CompiledNetwork


class Step(NamedTuple):
    """One thing that was learned of a case.

    Attributes:
        variable: Number of the variable.
        likelihood: Of each of its states.
        state: The state it is in for certain; -1 where it is not certain or not to be scored.
    """

    variable: int
    likelihood: Floats
    state: int


@dataclass(frozen=True)
class Reading:
    """Cases as rows of likelihoods.

    Attributes:
        ground: What is taken as given: that the attempt failed, or did not, and variables that are
            not to be watched; shape (n, S).
        rows: All that is known, shape (n, S).
        steps: What was learned of each case beyond what is given, in order.
        weights: How many cases each stands for, shape (n,).
    """

    ground: Floats
    rows: Floats
    steps: tuple[tuple[Step, ...], ...]
    weights: Floats


def reading_of(
    network: CompiledNetwork, cases: Sequence[Case], *, given: Collection[str] = (), labels: bool = False
) -> Reading:
    """Return cases as rows.

    Args:
        network: The model made ready.
        cases: The cases, checked against the model.
        given: Variables that are taken as given wherever they are known.
        labels: Whether confirmed and excluded causes are looked at, too.
    """
    layout = network.layout
    ground = np.ones((len(cases), layout.n_slots))
    failed = np.array([case.premise for case in cases], dtype=np.bool_)
    ground[failed] = network.under_premise(ground[failed], premise=True)
    if network.model.premise is not None:
        # An attempt that is noted as not having failed was chosen by that, too.
        span = layout.slots(network.model.premise.variable)
        fails = network.under_premise(np.ones((1, layout.n_slots)), premise=True)
        ground[~failed, span] = 1.0 - fails[:, span]
    rows = ground.copy()
    steps = []
    for place, case in enumerate(cases):
        known = _steps(network, case, labels=labels)
        for step in known:
            rows[place, layout.span(step.variable)] *= step.likelihood
            if layout.names[step.variable] in given:
                ground[place, layout.span(step.variable)] *= step.likelihood
        steps.append(tuple(step for step in known if layout.names[step.variable] not in given))
    return Reading(ground, rows, tuple(steps), np.array([case.weight for case in cases], dtype=np.float64))


def _steps(network: CompiledNetwork, case: Case, *, labels: bool) -> list[Step]:
    layout = network.layout
    found = []
    for name, seen in case.evidence.findings.items():
        variable = layout.index_of[name]
        likelihood = np.array([seen.get(state, 0.0) for state in layout.states[variable]])
        found.append(_step(variable, likelihood))
    if not labels:
        return found
    known = {step.variable for step in found if step.state >= 0}
    for name, excluded in case.excluded.items():
        variable = layout.index_of[name]
        likelihood = np.array([float(state not in excluded) for state in layout.states[variable]])
        # What was looked for is not told, only that it was not this: nothing to be scored.
        found.append(Step(variable, likelihood, -1))
    for name, state in case.confirmed.items():
        variable = layout.index_of[name]
        likelihood = np.array([float(state == own) for own in layout.states[variable]])
        step = _step(variable, likelihood)
        found.append(Step(variable, likelihood, -1) if variable in known else step)
    return found


def _step(variable: int, likelihood: Floats) -> Step:
    possible = np.flatnonzero(likelihood > 0)
    return Step(variable, likelihood, int(possible[0]) if len(possible) == 1 else -1)
