"""Every claim of a model tested on cases: which do not hold, which could not be tested and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np

from bayesdiag.case import Case
from bayesdiag.independence.claims import Claim, claims_of
from bayesdiag.independence.tables import Codes, codes_of, expected_counts, strata_of
from bayesdiag.independence.testing import Correction, adjusted, chi_square
from bayesdiag.model import Model


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How to test.

    Attributes:
        alpha: The rate that the correction keeps.
        correction: Of what: of any false alarm, or of the share of false ones among the alarms.
        labels: Whether confirmed causes are looked at. That is right only where it does not depend on
            a cause's state whether the state was noted.
        most: Variables that may be known at most; what needs more is not tested.
        least: The smallest count that may be expected in any cell of a table.
    """

    alpha: float = 0.05
    correction: Correction = "holm"
    labels: bool = False
    most: int = 4
    least: float = 5.0

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 1:
            raise ValueError(f"alpha is {self.alpha}; a rate of false alarms lies between 0 and 1")


@dataclass(frozen=True, slots=True)
class Tested:
    """A claim and what cases say of it.

    Attributes:
        claim: The claim.
        complete: Cases that tell all its variables.
        used: Those of them in tables without small expected counts; 0 where it was not tested.
        statistic: Pearson's chi-square.
        freedom: Degrees of freedom.
        p: The p-value of this test alone.
        adjusted: As it stands among all tests.
        strength: Cramér's V, 0 to 1.
        states: The two states whose being together is most out of the way; empty where not tested.
        seen: How often they were seen together.
        expected: How often they would be if the claim held.
        holds: Whether nothing speaks against it; None where it was not tested.
    """

    claim: Claim
    complete: int
    used: int = 0
    statistic: float = 0.0
    freedom: int = 0
    p: float = 1.0
    adjusted: float = 1.0
    strength: float = 0.0
    states: tuple[str, ...] = ()
    seen: float = 0.0
    expected: float = 0.0
    holds: bool | None = None


@dataclass(frozen=True)
class Independences:
    """Do the independences that a model claims hold in cases?

    Attributes:
        settings: How they were tested.
        tested: Claims that were tested, the least credible first.
        too_few: Claims for which there are too few cases.
        too_wide: Claims for which more variables must be known than `most`.
        n_cases: Cases looked at.
        n_unclaimed: Pairs of seen variables about which the model claims nothing that can be tested.
        given_failed: Whether all of it is given that the attempt failed.
        left_out: Cases left out: attempts that did not fail.
        labels: Confirmed causes that were not looked at.
        uneven: Cases whose weight is no whole number: they counted once.
    """

    settings: Settings
    tested: tuple[Tested, ...]
    too_few: tuple[Tested, ...]
    too_wide: tuple[Claim, ...]
    n_cases: int
    n_unclaimed: int
    given_failed: bool
    left_out: int
    labels: int
    uneven: int

    @property
    def broken(self) -> tuple[Tested, ...]:
        """The claims that do not hold."""
        return tuple(one for one in self.tested if one.holds is False)


def independences(model: Model, cases: Sequence[Case], settings: Settings | None = None) -> Independences:
    """Return whether the independences that a model claims hold in cases.

    Of each pair of variables one claim is tested, on the cases that tell all its variables for
    certain. With a premise these are the failed attempts, and that they failed is among what is given.

    Args:
        model: The model.
        cases: The cases, checked against it.
        settings: How to test.

    Raises:
        TooLarge: Weights stand for more cases than can be laid out.
    """
    settings = settings or Settings()
    some = [case for case in cases if case.premise] if model.premise is not None else list(cases)
    codes = codes_of(model, some, labels=settings.labels)
    claims = claims_of(model, codes.seen)
    wide = tuple(claim for claim in claims if len(claim.given) > settings.most)
    found = [_tested(model, codes, claim, settings.least) for claim in claims if claim not in wide]
    done = [one for one in found if one.used]
    n_seen = len(codes.seen)
    return Independences(
        settings,
        _judged(done, settings),
        tuple(one for one in found if not one.used),
        wide,
        len(codes.states),
        n_seen * (n_seen - 1) // 2 - len(claims),
        model.premise is not None,
        len(cases) - len(some),
        0 if settings.labels else sum(len(case.confirmed) for case in some),
        codes.uneven,
    )


def _tested(model: Model, codes: Codes, claim: Claim, least: float) -> Tested:
    columns = codes.of((claim.first, claim.second, *claim.given))
    strata = strata_of(columns, least)
    if not strata.kept.any():
        return Tested(claim, len(columns), expected=strata.least)
    found = chi_square(strata)
    names = (model.variable_of[claim.first].state_ids, model.variable_of[claim.second].state_ids)
    seen, expected = expected_counts(columns[strata.kept], (len(names[0]), len(names[1])))
    far = np.abs(seen - expected) / np.sqrt(np.maximum(expected, 1e-12))
    one, other = np.unravel_index(int(far.argmax()), far.shape)
    used = len(strata.first)
    narrow = min(len(np.unique(strata.first)), len(np.unique(strata.second))) - 1
    return Tested(
        claim,
        len(columns),
        used,
        found.statistic,
        found.freedom,
        found.p,
        found.p,
        sqrt(found.statistic / (used * max(1, narrow))),
        (names[0][one], names[1][other]),
        float(seen[one, other]),
        float(expected[one, other]),
    )


def _judged(done: Sequence[Tested], settings: Settings) -> tuple[Tested, ...]:
    values = adjusted([one.p for one in done], settings.correction)
    judged = [
        replace(one, adjusted=float(value), holds=bool(value > settings.alpha))
        for one, value in zip(done, values, strict=True)
    ]
    return tuple(sorted(judged, key=lambda one: (one.p, one.claim.first, one.claim.second)))
