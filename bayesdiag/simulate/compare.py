"""Policies compared on the same hidden cases: what each costs on average, and by how much they differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from bayesdiag.diagnosis.strategy import Runs
from bayesdiag.engine.network import CompiledNetwork
from bayesdiag.simulate.attempts import attempts_of
from bayesdiag.simulate.chance import AtRandom
from bayesdiag.simulate.clairvoyant import foreseen
from bayesdiag.simulate.dialogue import Progress, followed
from bayesdiag.simulate.hidden import hidden_cases
from bayesdiag.simulate.judge import Judge
from bayesdiag.simulate.menu import Menu, menu_of
from bayesdiag.simulate.perturb import perturbed
from bayesdiag.simulate.search import best_static
from bayesdiag.simulate.static import faq_order, named, walked
from bayesdiag.simulate.thinking import DecisionTheoretic

SEARCHED = 1000
"""Cases on which the best fixed order is sought; they are not among those compared on."""
PERTURBATIONS = 20
"""Sets of perturbed numbers that cases come from."""
WIDTH = 2
"""Questions behind which the policy with look-ahead looks a step further."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How much more one policy costs than the one before it, case by case.

    Attributes:
        cheaper: The one before.
        dearer: The one after.
        mean: Mean difference.
        margin: Half the width of its paired 95 % interval.
    """

    cheaper: str
    dearer: str
    mean: float
    margin: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval lies above 0."""
        return self.mean > self.margin


@dataclass(frozen=True)
class Comparison:
    """What every policy came to.

    Attributes:
        menu: What could be done.
        n: How many cases.
        seed: What they were drawn from.
        is_perturbed: Whether their numbers were off, the policies believing the model's own.
        runs: Policy → what became of each case, in the order of `POLICIES`.
        orders: Fixed orders in names: "static_faq" where the model has one, and "best_static".
    """

    menu: Menu
    n: int
    seed: int
    is_perturbed: bool
    runs: dict[str, Runs]
    orders: dict[str, list[str]]

    def means(self, policy: str) -> tuple[float, ...]:
        """Return a policy's mean cost, its standard error, and means of what else `Runs` tells.

        Minutes of work, questions, wrong repairs, and the share handed over.
        """
        runs = self.runs[policy]
        error = runs.standard_error if self.n > 1 else float("nan")
        told = (runs.minutes, runs.questions, runs.wrong_repairs, runs.is_escalated)
        return (runs.mean_cost, error, *(float(one.mean()) for one in told))

    def difference(self, cheaper: str, dearer: str) -> Difference:
        """Return how much more one policy costs than another."""
        extra = self.runs[dearer].costs - self.runs[cheaper].costs
        margin = 1.96 * float(extra.std(ddof=1)) / np.sqrt(len(extra)) if len(extra) > 1 else np.inf
        return Difference(cheaper, dearer, float(extra.mean()), float(margin))

    @property
    def differences(self) -> list[Difference]:
        """Each policy against the next of those that are expected to differ in this order."""
        chain = [name for name in CHAIN if name in self.runs]
        return [self.difference(one, other) for one, other in pairwise(chain)]


CHAIN = ("clairvoyant", "decision_theoretic", "best_static", "static_faq", "random")
"""The order in which policies are expected to cost more."""


def compared(
    network: CompiledNetwork,
    n: int,
    seed: int,
    *,
    perturb: bool = False,
    progress: Progress = lambda _: None,
) -> Comparison:
    """Return what every policy comes to on n cases drawn given the premise.

    Args:
        network: The model that policies believe in.
        n: How many cases.
        seed: What cases and their luck come from: the same again gives the same.
        perturb: Whether cases come from models whose numbers are off, by their `within`.
        progress: Told the share that is done.

    Raises:
        InvalidModel: Nothing can be tried, or nobody is there to hand a case over to.
    """
    model = network.model
    menu = menu_of(model)
    judge = Judge(network, menu)
    own = attempts_of(model)
    sources = [(own, menu.fixes)]
    if perturb:
        random = np.random.default_rng([seed, 4])
        others = [perturbed(model, random) for _ in range(min(PERTURBATIONS, n))]
        sources = [(attempts_of(other), menu.fixes_in(other)) for other in others]
    hidden = hidden_cases(menu, sources, n, seed)
    faq = faq_order(judge)
    trained = hidden_cases(menu, [(own, menu.fixes)], SEARCHED, seed + 1_000_003)
    changes = np.random.default_rng([seed, 5])
    best = best_static(trained, judge, [faq] if faq else [], changes, lambda done: progress(0.3 * done))
    static = {"best_static": best, **({"static_faq": faq} if faq else {})}
    thinking = {
        "decision_theoretic": DecisionTheoretic(judge),
        "look_ahead": DecisionTheoretic(judge, width=WIDTH),
        "p_over_c": DecisionTheoretic(judge, asks=False),
    }
    runs = {"clairvoyant": foreseen(hidden)}
    for place, (name, policy) in enumerate(thinking.items()):
        runs[name] = followed(hidden, policy, _part(progress, place))
    runs |= {name: walked(hidden, order) for name, order in static.items()}
    runs["random"] = followed(hidden, AtRandom(menu, seed))
    progress(1.0)
    return Comparison(
        menu, n, seed, perturb, runs, {name: named(menu, order) for name, order in static.items()}
    )


def _part(progress: Progress, place: int) -> Callable[[float], None]:
    return lambda done: progress(0.3 + 0.2 * (place + done))
