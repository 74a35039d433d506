"""Numbers tuned by cases: a model goes in, and a new one comes out with what it owes to which cases."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from bayesdiag.case import Case
from bayesdiag.engine.layout import Floats
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.engine.sets import numbering_of
from bayesdiag.learning.em import Climb, Objective, Progress
from bayesdiag.learning.groups import NOTHING, Groups, groups_of
from bayesdiag.learning.pooled import Pooled, Shrunk, shrunk, with_overall
from bayesdiag.learning.pools import pools_of
from bayesdiag.learning.prior import pseudo_counts
from bayesdiag.learning.renewed import Learned, renewed
from bayesdiag.learning.spread import Spread, can_be_spread, middle_of, spread_of
from bayesdiag.learning.training import Training, training_of
from bayesdiag.model import Model


@dataclass(frozen=True)
class Rejected:
    """A case that could not be learned from.

    Attributes:
        place: Which case, counted from 0.
        reason: Why.
    """

    place: int
    reason: str


@dataclass(frozen=True)
class Fit:
    """A model with learned numbers, and how they came about.

    Attributes:
        model: The new model.
        numbers: Every number before and after, in the model's order.
        history: What was to be made as large as possible, before or after each step; with the prior
            "within", of the climb that minds the ranges.
        has_settled: Whether no number moved any more at the end.
        starts: Where the climbs from each start ended; the first began at the model's own numbers.
        n_cases: The weight of the cases learned from.
        log_likelihood: Σ log P(case | premise) with the old numbers and with the new.
        p_premise: P(premise) with the old numbers and with the new; 1 without one.
        rejected: Cases that could not be learned from.
        pools: Rows that shrank to an overall row, each pool with that row and its concentration.
    """

    model: Model
    numbers: tuple[Learned, ...]
    history: tuple[float, ...]
    has_settled: bool
    starts: tuple[float, ...]
    n_cases: float
    log_likelihood: tuple[float, float]
    p_premise: tuple[float, float]
    rejected: tuple[Rejected, ...]
    pools: tuple[Pooled, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How to learn.

    Attributes:
        ess: What every number is worth as cases; None for what each says itself, 0 for nothing.
        freeze: Variables whose numbers stay as they are.
        starts: How many starts; the first is the model's own numbers, the others are drawn.
        seed: Of those draws.
        max_steps: Steps after which a climb ends in any case.
        tolerance: How far a number may still move in a step at the end, as a part of itself.
        cores: Threads to use.
        intervals: Whether to say how sure the numbers are.
        prior: What the stated numbers are worth: their ess, or the range that `within` gives them.
        pooled: Contexts: rows of a table that differ only in their states shrink to one overall row,
            each the more the less it has seen. What is stated then pulls the overall row.
    """

    ess: float | None = None
    freeze: Collection[str] = ()
    starts: int = 1
    seed: int = 0
    max_steps: int = 2000
    tolerance: float = 1e-8
    cores: int = 1
    intervals: bool = True
    prior: Literal["ess", "within"] = "ess"
    pooled: Collection[str] = ()


def fit(
    model: Model,
    cases: Sequence[Case],
    settings: Settings | None = None,
    *,
    progress: Progress | None = None,
) -> Fit:
    """Return a model whose numbers are tuned by cases, blanks and all.

    What is made as large as possible is Σ weight · log P(case | premise) + Σ ess · p · log θ, p
    being the model's own number and θ the learned one; with the prior "within", instead of the
    latter the density of log-odds that are normal around p, 90 % of them in its range.

    Args:
        model: The model; its numbers are where learning starts and what it is pulled to.
        cases: The cases.
        settings: How to learn.
        progress: Told after each step; with pools after each round, see `bayesdiag.learning.pooled`.

    Raises:
        InvalidModel: Rows are to be pooled over a context in which none differ.
    """
    chosen = settings or Settings()
    network = compile_network(model)
    numbering = numbering_of(model, network.layout, network.families)
    training = training_of(network, numbering, cases, cores=chosen.cores)
    groups = groups_of(numbering, chosen.freeze)
    objective = Objective(training, groups, pseudo_counts(groups, numbering.numbers, chosen.ess))
    random = np.random.default_rng(chosen.seed)
    begins = [
        groups.start if number == 0 else _drawn(groups, random) for number in range(max(1, chosen.starts))
    ]
    pools = pools_of(model, groups, chosen.pooled, chosen.ess)
    found = [
        shrunk(
            objective,
            begin,
            pools,
            max_steps=chosen.max_steps,
            tolerance=chosen.tolerance,
            progress=progress,
        )
        for begin in begins
    ]
    return _fit_of(network, objective, found, cases, chosen)


def log_probabilities(model: Model, cases: Sequence[Case], *, cores: int = 1) -> Floats:
    """Return log P(case | premise) of each case, shape (B,).

    It is -inf for a case that the model holds to be impossible, and NaN for one too large to answer.
    """
    network = compile_network(model)
    numbering = numbering_of(model, network.layout, network.families)
    training = training_of(network, numbering, cases, cores=cores)
    expected = training.expect(numbering.own)
    given = training.has_failed & np.isfinite(expected.log_p)
    return np.asarray(expected.log_p - (np.log(expected.p_premise) if given.any() else 0.0) * given)


def _fit_of(
    network: CompiledNetwork,
    objective: Objective,
    found: Sequence[Shrunk],
    cases: Sequence[Case],
    settings: Settings,
) -> Fit:
    training, groups = objective.training, objective.groups
    highest = max(found, key=lambda one: one.climb.history[-1])
    best, pseudo, counted = highest.climb, highest.pseudo, highest.counted
    by_range, spreads = settings.prior == "within", settings.intervals and can_be_spread(groups)
    middle = (
        middle_of(training, groups, best.shares, pseudo=pseudo, counted=counted)
        if by_range or spreads
        else None
    )
    if middle is not None and by_range:
        best = Climb(middle.shares, middle.history or best.history[-1:], middle.has_settled)
    spread = None
    if middle is not None and spreads:
        spread = spread_of(training, groups, best.shares, middle.shares, pseudo=pseudo, counted=counted)
    before, after = (training.expect(groups.cells_of(shares)) for shares in (groups.start, best.shares))
    counts = groups.counts_of(after.counts, best.shares)
    fell = groups.may_shift & (best.shares <= NOTHING) & (groups.start > NOTHING)
    numbers = _learned(groups, np.where(fell, 0.0, best.shares), counts, spread, settings.ess)
    numbers = with_overall(numbers, highest.pools, intervals=settings.intervals)
    used = [case for case, weight in zip(cases, training.weights, strict=True) if weight > 0]
    return Fit(
        renewed(network.model, numbers, used),
        numbers,
        best.history,
        best.has_settled,
        tuple(one.climb.history[-1] for one in found),
        float(training.weights.sum()),
        (before.log_likelihood, after.log_likelihood),
        (before.p_premise, after.p_premise),
        _rejected(training, network),
        highest.pools,
    )


def _learned(
    groups: Groups, shares: Floats, counts: Floats, spread: Spread | None, ess: float | None
) -> tuple[Learned, ...]:
    in_group = groups.in_group(counts)
    found = []
    for place, number in enumerate(groups.numbering.numbers):
        worth = number.weight.ess if ess is None else ess
        if not groups.may_shift[place]:
            found.append(Learned(number, number.p, 0.0, worth))
            continue
        learned = Learned(number, min(1.0, float(shares[place])), float(in_group[place]), worth)
        if spread is not None and spread.is_known[place]:
            learned = replace(
                learned,
                interval=(float(spread.low[place]), float(spread.high[place])),
                effective=float(spread.effective[place]),
                is_told=bool(spread.is_told[place]),
            )
        found.append(learned)
    return tuple(found)


def _rejected(training: Training, network: CompiledNetwork) -> tuple[Rejected, ...]:
    too_large = {number: str(error) for number, error in training.tally.too_large}
    _, log_p = training.tally.count(training.numbering.own, np.ones(len(training.weights)))
    found = []
    for place, (distinct, value) in enumerate(zip(training.tally.place.tolist(), log_p, strict=True)):
        if distinct in too_large:
            found.append(Rejected(place, too_large[distinct]))
        elif value == -np.inf:
            premise = network.model.premise
            given = "" if premise is None else " once the attempt has failed"
            found.append(Rejected(place, f"the model holds these findings together to be impossible{given}"))
    return tuple(found)


def _drawn(groups: Groups, random: np.random.Generator) -> Floats:
    """Return shares drawn around the model's own: each within a factor of about 3."""
    known = np.log(np.where(groups.start > 0, groups.start, 1.0))
    return groups.placed(known + random.normal(0.0, 0.7, len(groups.start)), groups.start)
