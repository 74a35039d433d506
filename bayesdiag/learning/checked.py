"""Causes of which only those are known that somebody checked: stated, counted and learned, side by side.

Whoever checks what is likely finds it more often than it is there; counting the checks takes that
for the truth. What is learned weighs the cases that nobody checked too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayesdiag.case import Case
from bayesdiag.engine.network import CompiledNetwork
from bayesdiag.learning.renewed import Learned


@dataclass(frozen=True, slots=True)
class Checked:
    """One state of a cause.

    Attributes:
        cause: The cause.
        state: The state.
        stated: P(state | premise) with the numbers that were there.
        found: Weight of the cases in which it was found to be so.
        checked: Weight of the cases in which it is known whether it was so.
        cases: Weight of all cases.
        learned: P(state | premise) with the learned numbers.
        effective: How many complete observations the cases are worth to its numbers, at the least.
        is_told: Whether the cases say anything about any of its numbers.
    """

    cause: str
    state: str
    stated: float
    found: float
    checked: float
    cases: float
    learned: float
    effective: float
    is_told: bool

    @property
    def counted(self) -> float:
        """The naive count: the share of checks that found it."""
        return self.found / self.checked


def checked_causes(
    before: CompiledNetwork, after: CompiledNetwork, cases: Sequence[Case], numbers: Sequence[Learned]
) -> tuple[Checked, ...]:
    """Return the states of causes that were checked in some case, the normal state of each left out.

    Args:
        before: The model with the numbers that were there.
        after: The same with the learned ones.
        cases: The cases learned from.
        numbers: The learned numbers.
    """
    found: dict[tuple[str, str], float] = {}
    checked: dict[tuple[str, str], float] = {}
    model = before.model
    labelled = {name for case in cases for name in (*case.confirmed, *case.excluded)}
    causes = [one for one in model.variables if one.kind == "cause" or one.id in labelled]
    for case in cases:
        sure = {**case.evidence.hard(), **case.confirmed}
        for variable in causes:
            for state in variable.state_ids[1:]:
                if variable.id in sure:
                    is_so = sure[variable.id] == state
                elif state in case.excluded.get(variable.id, ()):
                    is_so = False
                else:
                    continue
                key = (variable.id, state)
                checked[key] = checked.get(key, 0.0) + case.weight
                found[key] = found.get(key, 0.0) + case.weight * is_so
    names = list(dict.fromkeys(cause for cause, _ in checked))
    shares = [_shares(network, names) for network in (before, after)]
    total = sum(case.weight for case in cases)
    own = {name: [one for one in numbers if one.number.variable == name] for name in names}
    return tuple(
        Checked(
            cause,
            state,
            shares[0][cause, state],
            found[cause, state],
            weight,
            total,
            shares[1][cause, state],
            min((one.effective for one in own[cause] if one.interval is not None), default=0.0),
            any(one.is_told for one in own[cause] if one.interval is not None),
        )
        for (cause, state), weight in checked.items()
    )


def _shares(network: CompiledNetwork, names: Sequence[str]) -> dict[tuple[str, str], float]:
    """Return P(state | premise) of some variables."""
    rows = network.under_premise(np.ones((1, network.layout.n_slots)), premise=True)
    beliefs = network.posterior_of_rows(rows, names).beliefs[0]
    return {
        (name, state): float(beliefs[network.layout.slot(name, state)])
        for name in names
        for state in network.model.variable_of[name].state_ids
    }
