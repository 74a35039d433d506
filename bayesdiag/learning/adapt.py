"""Numbers that follow a stream of cases, one by one, what was long ago fading.

Every distribution has an *experience*: how many cases its numbers are worth. A case adds to it what
it is expected to have used of the distribution, and the numbers move by that much towards the case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bayesdiag.case import Case
from bayesdiag.engine.layout import Floats
from bayesdiag.engine.network import compile_network
from bayesdiag.engine.sets import numbering_of
from bayesdiag.learning.groups import Groups, groups_of
from bayesdiag.learning.prior import contexts_of, pseudo_counts
from bayesdiag.learning.renewed import Learned, renewed
from bayesdiag.learning.training import Outcomes, outcomes_of, training_of
from bayesdiag.model import Model


@dataclass(frozen=True)
class Adapted:
    """A model after a stream of cases.

    Attributes:
        model: The model; the experience of its numbers stands as their ess.
        numbers: Every number before and after, in the model's order.
        impossible: Places of cases that the model held to be impossible when they came; they taught nothing.
        n_cases: The weight of the others.
        fading: What a case was still worth after another had come.
    """

    model: Model
    numbers: tuple[Learned, ...]
    impossible: tuple[int, ...]
    n_cases: float
    fading: float


def adapted(model: Model, cases: Sequence[Case], *, fading: float = 1.0) -> Adapted:
    """Return a model adapted to cases in the order given.

    A distribution that a case is expected to have used u times goes from experience s to
    s · fadingᵘ + u, and each of its numbers from p to (s · fadingᵘ · p + count) / (s · fadingᵘ + u).
    Without fading and without blanks that is counting. With a premise a failure also stands for the
    attempts that nobody recorded, as in `fit`.

    Args:
        model: The model; its ess is the experience to begin with.
        cases: The cases, the earliest first.
        fading: What a case is still worth after another has come, above 0 and up to 1.

    Raises:
        ValueError: The fading is not above 0 and up to 1.
        TooLarge: Exact inference needs too much memory for a case.

    References:
        Spiegelhalter and Lauritzen (1990), Sequential updating of conditional probabilities on
        directed graphical structures, Networks 20, 579-605; Olesen, Lauritzen and Jensen (1992),
        aHUGIN: a system creating adaptive causal probabilistic networks (fading).
    """
    if not 0 < fading <= 1:
        raise ValueError(f"{fading!r} is no fading; it is above 0, up to 1")
    network = compile_network(model)
    numbering = numbering_of(model, network.layout, network.families)
    groups = groups_of(numbering)
    shares, kept = groups.start, pseudo_counts(groups, numbering.numbers, None)
    outcomes = _unstated(outcomes_of(network, numbering))
    impossible: list[int] = []
    used: list[Case] = []
    for place, case in enumerate(cases):
        training = training_of(network, numbering, [case], outcomes=outcomes)
        for _, too_large in training.tally.too_large:
            raise too_large
        expected = training.expect(groups.cells_of(shares))
        if not np.isfinite(expected.log_p[0]):
            impossible.append(place)
            continue
        used.append(case)
        counts = groups.counts_of(expected.counts, shares)
        kept = kept * fading ** groups.in_group(counts) + counts
        # What no case has shown yet is rare, not impossible: the next case may.
        shares = groups.kept_above(groups.shared_out(kept, shares))
    numbers = _numbers(groups, shares, _experience(groups, kept))
    total = sum(case.weight for case in used)
    learned = "followed" if fading == 1 else f"followed, fading {fading:.10g},"
    new = renewed(model, numbers, used, learned=learned)
    return Adapted(new, numbers, tuple(impossible), float(total), fading)


def _unstated(outcomes: Outcomes | None) -> Outcomes | None:
    """Return attempts of which the file's own count of failures is no part."""
    return outcomes and replace(outcomes, premise=replace(outcomes.premise, ess=0.0))


def _experience(groups: Groups, kept: Floats) -> Floats:
    """Return what each share's group has seen, in cases, shape (N + R,).

    Where a group has several rests, a number counts in every context that opens it: what is kept is
    divided by how often the stated numbers count.
    """
    often = groups.in_group(groups.start * contexts_of(groups))
    return np.divide(groups.in_group(kept), often, out=np.zeros_like(kept), where=often > 0)


def _numbers(groups: Groups, shares: Floats, experience: Floats) -> tuple[Learned, ...]:
    found = []
    for place, number in enumerate(groups.numbering.numbers):
        ess = number.weight.ess
        if not groups.may_shift[place]:
            found.append(Learned(number, number.p, ess, ess))
            continue
        gained = float(experience[place]) - ess
        found.append(
            Learned(number, min(1.0, float(shares[place])), float(experience[place]), ess, None, gained)
        )
    return tuple(found)
