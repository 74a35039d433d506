"""How far a diagnosis is to be trusted: intervals, sensitivity, conflict, clashes, changes of mind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import log
from typing import Unpack

import numpy as np

from bayesdiag.case import Evidence
from bayesdiag.diagnosis.doubt.clash import carriers, clashes
from bayesdiag.diagnosis.doubt.conflict import Alone, alone, p_value, unknown
from bayesdiag.diagnosis.doubt.intervals import Interval, intervals, quantiles, weights_of
from bayesdiag.diagnosis.doubt.mind import MindChange, mind_changes
from bayesdiag.diagnosis.doubt.numbers import Drawn, drawn_numbers, kept_numbers
from bayesdiag.diagnosis.doubt.sensitivity import (
    Bar,
    Change,
    Sensitivity,
    Weak,
    sensitivity,
    sensitivity_of,
)
from bayesdiag.diagnosis.rank import RankedCause
from bayesdiag.diagnosis.steps import Asking, check_untried, open_questions
from bayesdiag.engine.network import CompiledNetwork
from bayesdiag.engine.sets import recipe_of

__all__ = [
    "Alone",
    "Bar",
    "Change",
    "Doubt",
    "Drawn",
    "Interval",
    "MindChange",
    "Sensitivity",
    "Weak",
    "alone",
    "carriers",
    "changes_of_mind",
    "clashes",
    "doubted",
    "drawn_numbers",
    "impossible",
    "intervals",
    "kept_numbers",
    "mind_changes",
    "p_value",
    "quantiles",
    "sensitivity",
    "simulated",
    "unknown",
    "weights_of",
]


@dataclass(frozen=True)
class Doubt:
    """How far one diagnosis is to be trusted.

    Attributes:
        intervals: Cause and state → how sure its probability is.
        conflict: Bits by which the findings speak against each other, below 0 for each other; None
            where they are impossible.
        p_value: Share of the model's own cases, of the same questions, whose findings fit together as
            badly; None where it was not asked for, or less than two findings are certain.
        unknown: P(something this model does not know); None where the model states no prior for it.
        contradiction: The smallest sets of findings that cannot occur together; where all can, but
            p is at most `RARE`, the findings that carry the conflict.
        change_my_mind: What would put another cause first; empty where it was not asked for.
        weakest: Numbers of the model on which the first cause hangs most while they are known least.
    """

    intervals: Mapping[tuple[str, str], Interval]
    conflict: float | None
    p_value: float | None
    unknown: float | None
    contradiction: tuple[tuple[str, ...], ...]
    change_my_mind: tuple[MindChange, ...]
    weakest: tuple[Weak, ...]


RARE = 0.05
"""A conflict that is larger in so few of the model's own cases is told."""


def unasked() -> Doubt:
    """Return what is said where nobody asked how far a diagnosis is to be trusted."""
    return Doubt({}, None, None, None, (), (), ())


def impossible(network: CompiledNetwork, evidence: Evidence) -> Doubt:
    """Return what is to be said about findings that cannot occur together: which of them clash."""
    return Doubt({}, None, None, None, clashes(network, evidence), (), ())


def doubted(
    network: CompiledNetwork, evidence: Evidence, causes: Sequence[RankedCause], log_evidence: float
) -> Doubt:
    """Return what costs little: intervals, conflict, the unknown, the weakest numbers.

    Args:
        network: The network.
        evidence: The findings, possible together.
        causes: Causes in order.
        log_evidence: log P(findings | premise).
    """
    drawn = kept_numbers(network)
    targets = [network.layout.index_of[variable.id] for variable in network.model.of_kind("cause")]
    row = network.rows([evidence], premise=True)[0]
    recipe = recipe_of(network.ways, drawn.numbering, row, targets)
    each = alone(network, evidence, log_evidence)
    weakest: tuple[Weak, ...] = ()
    if causes:
        weakest = sensitivity_of(recipe, causes[0].id, causes[0].state, responsible=True).weakest()
    return Doubt(
        intervals=intervals(recipe, drawn, network.layout, causes) if causes else {},
        conflict=each.conflict / log(2),
        p_value=None,
        unknown=unknown(network, evidence, each),
        contradiction=(),
        change_my_mind=(),
        weakest=weakest,
    )


def simulated(
    network: CompiledNetwork,
    evidence: Evidence,
    causes: Sequence[RankedCause],
    doubt: Doubt,
    **asking: Unpack[Asking],
) -> Doubt:
    """Return a doubt with what takes longer: the p-value, who carries a rare conflict, changes of mind.

    Always the same random numbers: the same findings always get the same answer.

    Args:
        network: The network.
        evidence: The findings, possible together.
        causes: Causes in order.
        doubt: What is known already; see `doubted`.
        asking: See `steps.Asking`.
    """
    p = p_value(network, evidence, np.random.default_rng(0))
    contradiction: tuple[tuple[str, ...], ...] = ()
    if p is not None and p <= RARE:
        row = network.rows([evidence], premise=True)
        log_all = network.posterior_of_rows(
            np.vstack([network.rows([Evidence(network.model, {})], premise=True), row]), ()
        ).log_evidence
        carried = carriers(network, evidence, alone(network, evidence, float(log_all[1] - log_all[0])))
        contradiction = (carried,) if carried else ()
    changes = changes_of_mind(network, evidence, causes, **asking)
    return replace(doubt, p_value=p, contradiction=contradiction, change_my_mind=changes)


def changes_of_mind(
    network: CompiledNetwork, evidence: Evidence, causes: Sequence[RankedCause], **asking: Unpack[Asking]
) -> tuple[MindChange, ...]:
    """Return what would put another cause first: see `mind_changes`.

    Args:
        network: The network.
        evidence: The findings, possible together.
        causes: Causes in order.
        asking: See `steps.Asking`.

    Raises:
        EvidenceError: Repairs were tried.
    """
    check_untried("what would change the answer", **asking)
    questions = open_questions(network.model, evidence, **asking)
    named = [variable.id for variable in network.model.of_kind("cause")]
    row = network.rows([evidence], premise=True)[0]
    inquiry = network.inquire(row, [question.id for question in questions], named)
    return mind_changes(network, evidence, causes, inquiry, questions)
