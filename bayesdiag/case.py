"""What was seen, and what it turned out to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite

from bayesdiag.errors import EvidenceError, Fault, known_names
from bayesdiag.model import SUM_TOLERANCE, Factors, FactorVariable, Model, Variable

MOST_WEIGHT = 1e12
"""More cases than anybody has; sums of larger weights would lose the smaller ones."""
Observed = str | Mapping[str, float]
"""A state's name, or the likelihood of each state that is not impossible."""


@dataclass(frozen=True, init=False)
class Evidence:
    """Findings, checked against a model or an undirected network.

    Attributes:
        findings: Variable → state → likelihood, in the order entered. A state that is left out
            has likelihood 0; a variable that was merely named a state has a single entry, 1.
        fixed: Variable → state → the probability it was fixed at, "all told, this is 0.8". What brings
            that about are likelihoods in `findings`; `diagnosis.jeffrey` finds them.
    """

    findings: Mapping[str, Mapping[str, float]]
    fixed: Mapping[str, Mapping[str, float]]

    def __init__(
        self,
        model: Model | Factors,
        findings: Mapping[str, Observed],
        *,
        fixed: Mapping[str, Mapping[str, float]] | None = None,
    ) -> None:
        """Check the findings and keep them.

        Args:
            model: Whose names they use.
            findings: What was seen.
            fixed: What was fixed; it changes no belief by itself.

        Raises:
            EvidenceError: With every unknown name and every number that is no likelihood or probability.
        """
        if not isinstance(findings, Mapping):
            told = 'Give a mapping: {"variable": "state"}.'
            raise EvidenceError([Fault((), f"{findings!r} is no evidence", told)])
        faults = [fault for name, seen in findings.items() for fault in _faults(model, name, seen)]
        for name, probabilities in (fixed or {}).items():
            faults += _fixed_faults(model, name, probabilities)
        if faults:
            raise EvidenceError(faults)
        kept = {
            name: ({seen: 1.0} if isinstance(seen, str) else dict(seen)) for name, seen in findings.items()
        }
        object.__setattr__(self, "findings", kept)
        object.__setattr__(self, "fixed", {name: dict(told) for name, told in (fixed or {}).items()})

    def hard(self) -> dict[str, str]:
        """Return the findings known for certain: variable → state."""
        return {name: state for name, likelihoods in self.findings.items() for state in _sure(likelihoods)}


@dataclass(frozen=True, slots=True)
class Case:
    """One case: its evidence, and what was confirmed about its causes.

    Attributes:
        evidence: What was seen.
        confirmed: Cause → the state it was found to be in.
        excluded: Cause → states that were checked and found not to hold.
        weight: How many cases it stands for.
        when: When it happened, as ISO 8601 text; empty when unknown.
        premise: False for an attempt that was recorded without having failed.
    """

    evidence: Evidence
    confirmed: Mapping[str, str] = field(default_factory=dict)
    excluded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    weight: float = 1.0
    when: str = ""
    premise: bool = True


def _sure(likelihoods: Mapping[str, float]) -> list[str]:
    possible = [state for state, likelihood in likelihoods.items() if likelihood > 0]
    return possible if len(possible) == 1 else []


def _faults(model: Model | Factors, name: str, seen: Observed) -> list[Fault]:
    known: Mapping[str, Variable | FactorVariable] = model.variable_of
    variable = known.get(name)
    if variable is None:
        askable = list(known)
        return [Fault((name,), "no variable has this name", known_names(name, askable, "variables"))]
    if not isinstance(seen, str | Mapping):
        told = "Give a state's name, or the likelihood of each state."
        return [Fault((name,), f"{seen!r} is no finding", told)]
    if isinstance(seen, str):
        return _state_faults(variable, seen)
    faults = [fault for state in seen for fault in _state_faults(variable, state)]
    faults += [
        Fault((name, state), f"{number!r} is not a likelihood", "A likelihood is a finite number, 0 or more.")
        for state, number in seen.items()
        if isinstance(number, bool)
        or not isinstance(number, int | float)
        or not _is_finite(number)
        or number < 0
    ]
    if not faults and not any(seen.values()):
        faults.append(
            Fault((name,), "every state is excluded", "At least one state needs a likelihood above 0.")
        )
    return faults


def _fixed_faults(model: Model | Factors, name: str, told: Mapping[str, float]) -> list[Fault]:
    """Return what is wrong with the probabilities one variable is fixed at."""
    if not isinstance(told, Mapping) or not told:
        form = "Give the probability of at least one state."
        return [Fault((name,), f"{told!r} fixes nothing", form)]
    faults = _faults(model, name, dict.fromkeys(told, 1.0))
    faults += [
        Fault((name, state), f"{p!r} is not a probability", "Give a number from 0 to 1.")
        for state, p in told.items()
        if isinstance(p, bool) or not isinstance(p, int | float) or not 0 <= p <= 1
    ]
    if faults:
        return faults
    total, is_whole = sum(told.values()), len(told) == len(model.variable_of[name].state_ids)
    if total > 1 + SUM_TOLERANCE or (is_whole and total < 1 - SUM_TOLERANCE):
        allowed = "All states of a variable sum to 1; those left out share what remains."
        return [Fault((name,), f"its probabilities sum to {total:g}", allowed)]
    return []


def _state_faults(variable: Variable | FactorVariable, state: str) -> list[Fault]:
    if state in variable.state_ids:
        return []
    allowed = known_names(state, variable.state_ids, f"states of {variable.id}")
    return [Fault((variable.id,), f'"{state}" is not one of its states', allowed)]


def _is_finite(number: float) -> bool:
    try:
        return isfinite(number)
    except OverflowError:  # a whole number too large for a floating one
        return False
