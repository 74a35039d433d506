"""What would change my mind: the fewest findings that, otherwise or new, put another cause first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from bayesdiag.case import Evidence
from bayesdiag.diagnosis.rank import RankedCause
from bayesdiag.diagnosis.steps import attempt_of, own_name
from bayesdiag.engine.layout import Floats
from bayesdiag.engine.network import CompiledNetwork, Inquiry
from bayesdiag.model import Variable

MAX_PAIRS = 150
"""Pairs of findings looked at where none alone is enough."""
MAX_SHOWN = 12
"""Changes told at most."""

First = tuple[str, str]
"""A cause and its state."""
Step = tuple[str, str | None]
"""A finding and the state it would be in; None: it is taken back."""


@dataclass(frozen=True, slots=True)
class MindChange:
    """A change of findings that puts another cause first.

    Attributes:
        steps: Which findings change, and to what.
        is_new: Whether it is an answer that is not known yet.
        first: The cause, with its state, that then comes first.
        responsibility: Its responsibility then.
        p: Probability of the answer, for a new one; otherwise None.
    """

    steps: tuple[Step, ...]
    is_new: bool
    first: First
    responsibility: float
    p: float | None = None


def mind_changes(
    network: CompiledNetwork,
    evidence: Evidence,
    causes: Sequence[RankedCause],
    inquiry: Inquiry,
    questions: Sequence[Variable],
) -> tuple[MindChange, ...]:
    """Return what would put another cause first: single findings, or where none can, pairs.

    Args:
        network: The network.
        evidence: The findings.
        causes: Causes in order.
        inquiry: The findings' inquiry; it must have been made for these questions.
        questions: What can still be asked.
    """
    if not causes:
        return ()
    names = [(cause.id, cause.state) for cause in causes]
    slots = np.array([network.layout.responsible(*name) for name in names])
    singles = [(step,) for name in evidence.findings for step in _steps(network, evidence, name)]
    found = [
        *_flipped(network, evidence, names, slots, singles),
        *_answered(inquiry, names, slots, questions),
    ]
    if not found:
        pairs = [
            both
            for one, other in combinations(evidence.findings, 2)
            for both in product(_steps(network, evidence, one), _steps(network, evidence, other))
        ]
        found = list(_flipped(network, evidence, names, slots, pairs[:MAX_PAIRS]))
    # What may well be found first, then what is surest of another cause.
    found.sort(key=lambda change: (-(change.p or 0.0), -change.responsibility))
    return tuple(found[:MAX_SHOWN])


def _steps(network: CompiledNetwork, evidence: Evidence, name: str) -> list[Step]:
    """Return what a finding could be instead: any other state, or nothing.

    What an earlier attempt showed can only be taken back, for states that make no difference to it are merged
    in its variables; that it failed is no finding to doubt.
    """
    if attempt_of(name):
        return [(name, None)] if own_name(name) else []
    seen = evidence.hard().get(name)
    others = [state for state in network.model.variable_of[name].state_ids if state != seen]
    return [*((name, state) for state in others), (name, None)]


def _flipped(
    network: CompiledNetwork,
    evidence: Evidence,
    names: Sequence[First],
    slots: np.ndarray,
    changes: Sequence[tuple[Step, ...]],
) -> Iterator[MindChange]:
    """Yield the changes of findings after which another cause comes first."""
    if not changes:
        return
    cases = []
    for steps in changes:
        told: dict[str, object] = dict(evidence.findings)
        for name, state in steps:
            told.pop(name)
            if state is not None:
                told[name] = state
        cases.append(Evidence(network.model, told))  # type: ignore[arg-type]
    causes = [variable.id for variable in network.model.of_kind("cause")]
    posterior = network.posterior_of_rows(network.rows(cases, premise=True), causes)
    for steps, beliefs, log_p in zip(changes, posterior.beliefs, posterior.log_evidence, strict=True):
        first = _first(beliefs, slots)
        if np.isfinite(log_p) and first:
            yield MindChange(
                steps, is_new=False, first=names[first], responsibility=float(beliefs[slots[first]])
            )


def _answered(
    inquiry: Inquiry, names: Sequence[First], slots: np.ndarray, questions: Sequence[Variable]
) -> Iterator[MindChange]:
    """Yield the answers after which another cause comes first."""
    answers = inquiry.answers()
    for variable in questions:
        told = zip(variable.state_ids, answers.p[variable.id], answers.beliefs[variable.id], strict=True)
        for state, p, beliefs in told:
            first = _first(beliefs, slots)
            if p > 1e-9 and first:
                step = (variable.id, state)
                yield MindChange(
                    (step,),
                    is_new=True,
                    first=names[first],
                    responsibility=float(beliefs[slots[first]]),
                    p=float(p),
                )


def _first(beliefs: Floats, slots: np.ndarray) -> int:
    """Return which cause comes first, 0 where the first one still does."""
    shown = beliefs[slots]
    best = int(shown.argmax())
    return best if shown[best] > shown[0] + 1e-12 else 0
