"""What was seen, and what it turned out to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import frexp, isfinite, ldexp

from bayesdiag.errors import EvidenceError, Fault, known_names
from bayesdiag.model import SUM_TOLERANCE, Factors, FactorVariable, Model, Variable

MOST_WEIGHT = 1e12
"""More cases than anybody has; sums of larger weights would lose the smaller ones."""
FARTHEST = 1000
"""Powers of two that a product may lie from 1 and still be told as it is; floating numbers end near 1023."""
Observed = str | Mapping[str, float]
"""A state's name, or the likelihood of each state that is not impossible."""


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody said of one variable.

    Attributes:
        variable: The variable.
        seen: The state, or how much the report speaks for each state.
        who: Who said it; reports that nobody is named for count as those of one person.
        sure: How sure that person is of the state, above 0 and at most 1; the other states share the rest.
    """

    variable: str
    seen: Observed
    who: str = ""
    sure: float = 1.0


@dataclass(frozen=True, init=False)
class Evidence:
    """Findings, checked against a model or an undirected network.

    Attributes:
        findings: Variable → state → likelihood, in the order entered. A state that is left out
            has likelihood 0; a variable that was merely named a state has a single entry, 1.
        fixed: Variable → state → the probability it was fixed at, "all told, this is 0.8". What brings
            that about are likelihoods in `findings`; `diagnosis.jeffrey` finds them.
        reports: Who said what, of those findings that come of reports: each person's last on a variable.
    """

    findings: Mapping[str, Mapping[str, float]]
    fixed: Mapping[str, Mapping[str, float]]
    reports: tuple[Report, ...]

    def __init__(
        self,
        model: Model | Factors,
        findings: Mapping[str, Observed],
        *,
        fixed: Mapping[str, Mapping[str, float]] | None = None,
        reports: Iterable[Report] = (),
    ) -> None:
        """Check the findings and keep them.

        Args:
            model: Whose names they use.
            findings: What was seen.
            fixed: What was fixed; it changes no belief by itself.
            reports: What was said by whom; see `combined`. A variable may be among the findings too if
                they say of it what its reports come to.

        Raises:
            EvidenceError: With every unknown name and every number that is no likelihood or probability.
        """
        if not isinstance(findings, Mapping):
            told = 'Give a mapping: {"variable": "state"}.'
            raise EvidenceError([Fault((), f"{findings!r} is no evidence", told)])
        said = tuple(reports)
        together, faults = _together(model, said)
        faults += [fault for name, seen in findings.items() for fault in _faults(model, name, seen)]
        for name, probabilities in (fixed or {}).items():
            faults += _fixed_faults(model, name, probabilities)
        if not faults:
            kept = {name: _likelihoods(seen) for name, seen in findings.items()}
            faults = [
                Fault((name,), "this is told as a finding and by reports", "Tell it in one of the two ways.")
                for name, likelihoods in together.items()
                if kept.get(name, likelihoods) != likelihoods
            ]
        if faults:
            raise EvidenceError(faults)
        object.__setattr__(self, "findings", {**kept, **together})
        object.__setattr__(self, "reports", _last(said))
        object.__setattr__(self, "fixed", {name: dict(told) for name, told in (fixed or {}).items()})

    def hard(self) -> dict[str, str]:
        """Return the findings known for certain: variable → state."""
        return {name: state for name, likelihoods in self.findings.items() for state in _sure(likelihoods)}


def combined(model: Model | Factors, reports: Iterable[Report]) -> dict[str, dict[str, float]]:
    """Return one likelihood for each variable that is reported on, in the order they come up.

    What one person says of a variable counts once: the last of it, so that a report told again changes
    nothing. Reports of different people are taken as independent given the variable, and multiply; so
    their order does not matter.

    Args:
        model: Whose names they use.
        reports: Who said what, in the order it was said.

    Raises:
        EvidenceError: An unknown name, a number that means nothing, or people whose reports leave no state.
    """
    said = tuple(reports)
    faults = [fault for report in said for fault in _report_faults(model, report)]
    if faults:
        raise EvidenceError(faults)
    by_variable: dict[str, list[Report]] = {}
    for report in _last(said):
        by_variable.setdefault(report.variable, []).append(report)
    found = {}
    for name, told in by_variable.items():
        # By name: a product in another order may differ in its last digit.
        inner = [_reported(model, report) for report in sorted(told, key=lambda report: report.who)]
        likelihoods = multiplied(inner)
        if not any(likelihoods.values()):
            people = ", ".join(f"{report.who or 'nobody named'}: {_told(report.seen)}" for report in told)
            allowed = "Ask again, or say how sure each of them is."
            faults.append(Fault((name,), f"these reports cannot all be true ({people})", allowed))
        found[name] = likelihoods
    if faults:
        raise EvidenceError(faults)
    return found


def multiplied(told: Sequence[Observed]) -> dict[str, float]:
    """Return what independent reports on one variable come to; 0 everywhere where they leave no state.

    Only how likelihoods compare counts: a product too large or too small for a number is told with its
    largest from 0.5 to 1.
    """
    first, *others = (_likelihoods(seen) for seen in told)
    if not others:
        return first
    parts = {state: frexp(number) for state, number in first.items()}
    for other in others:
        parts = {state: _times(part, other[state]) for state, part in parts.items() if state in other}
    powers = [power for mantissa, power in parts.values() if mantissa]
    is_far = any(abs(power) > FARTHEST for power in powers)
    shift = max(powers) if is_far else 0
    return {state: ldexp(mantissa, power - shift) for state, (mantissa, power) in parts.items()}


def _times(part: tuple[float, int], number: float) -> tuple[float, int]:
    """Return a product as a number from 0.5 to 1 and a power of two."""
    mantissa, power = frexp(number)
    product, more = frexp(part[0] * mantissa)
    return product, part[1] + power + more


def softened(model: Model | Factors, variable: str, state: str, sure: float) -> Observed:
    """Return a state one is so sure of as a finding: the other states share what sureness leaves.

    Sure to 1/n of n states says nothing, as it should: then every state is as likely.
    """
    if sure >= 1:
        return state
    states = model.variable_of[variable].state_ids
    rest = (1 - sure) / max(1, len(states) - 1)
    return {other: sure if other == state else rest for other in states}


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
        earlier: What was seen of each failed attempt before it, the oldest first.
    """

    evidence: Evidence
    confirmed: Mapping[str, str] = field(default_factory=dict)
    excluded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    weight: float = 1.0
    when: str = ""
    premise: bool = True
    earlier: tuple[Evidence, ...] = ()


def _likelihoods(seen: Observed) -> dict[str, float]:
    return {seen: 1.0} if isinstance(seen, str) else dict(seen)


def _together(
    model: Model | Factors, reports: Sequence[Report]
) -> tuple[dict[str, dict[str, float]], list[Fault]]:
    """Return what reports come to, or what is wrong with them."""
    try:
        return combined(model, reports), []
    except EvidenceError as error:
        return {}, list(error.faults)


def _last(reports: Sequence[Report]) -> tuple[Report, ...]:
    """Return each person's last report on each variable, in the order the first ones came."""
    return tuple({(report.variable, report.who): report for report in reports}.values())


def _reported(model: Model | Factors, report: Report) -> Observed:
    if isinstance(report.seen, str):
        return softened(model, report.variable, report.seen, report.sure)
    return report.seen


def _report_faults(model: Model | Factors, report: Report) -> list[Fault]:
    if not isinstance(report, Report):
        return [Fault(("reports",), f"{report!r} is no report", 'Give Report("variable", "state", "who").')]
    if not isinstance(report.variable, str):
        told = "Give the name of a variable."
        return [Fault(("reports",), f"{report.variable!r} names no variable", told)]
    faults = _faults(model, report.variable, report.seen)
    if not isinstance(report.who, str):
        told = 'Give a name, or "" where nobody is named.'
        faults.append(Fault((report.variable, "who"), f"{report.who!r} is no name", told))
    sure = report.sure
    if isinstance(sure, bool) or not isinstance(sure, int | float) or not 0 < sure <= 1:
        faults.append(Fault((report.variable, "sure"), f"{sure!r} is no sureness", "Above 0 and at most 1."))
    elif sure < 1 and not isinstance(report.seen, str):
        told = "Say how sure one is of a state, or give the likelihood of each state."
        faults.append(Fault((report.variable, "sure"), "it stands beside likelihoods", told))
    return faults


def _told(seen: Observed) -> str:
    return seen if isinstance(seen, str) else "|".join(f"{state}:{p:g}" for state, p in seen.items())


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
