"""Policies compared on the same hidden cases: what each costs on average, and by how much they differ."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from bayesdiag.diagnosis.strategy import Runs
from bayesdiag.engine.layout import Floats, Ints
from bayesdiag.engine.network import CompiledNetwork
from bayesdiag.simulate.attempts import Attempts, attempts_of
from bayesdiag.simulate.chance import AtRandom
from bayesdiag.simulate.clairvoyant import foreseen
from bayesdiag.simulate.dialogue import Policy, Progress, followed
from bayesdiag.simulate.hidden import hidden_cases
from bayesdiag.simulate.judge import Judge
from bayesdiag.simulate.menu import Menu, menu_of
from bayesdiag.simulate.perturb import perturbed
from bayesdiag.simulate.search import best_static
from bayesdiag.simulate.static import Order, faq_order, named, walked
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


@dataclass(frozen=True, slots=True)
class Ratio:
    """What one policy costs as a share of what another costs, in the mean.

    Attributes:
        share: Ratio of the mean costs.
        margin: Half the width of its 95 % interval, the cases paired (delta method); infinite for one case.
    """

    share: float
    margin: float


@dataclass(frozen=True)
class Comparison:
    """What every policy came to.

    Attributes:
        menu: What could be done.
        n: How many cases.
        seed: What they were drawn from.
        is_perturbed: Whether their numbers were off, the policies believing the model's own.
        runs: Policy → what became of each case, in the order of `POLICIES`; those left out are not there.
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

    def ratio(self, policy: str, other: str) -> Ratio:
        """Return what a policy costs as a share of what another costs.

        Source: the delta method for a ratio of means (Cochran, Sampling Techniques, 1977, 6.4).
        """
        costs, others = self.runs[policy].costs, self.runs[other].costs
        share = float(costs.mean() / others.mean())
        if len(costs) < 2:
            return Ratio(share, float("inf"))
        error = float((costs - share * others).std(ddof=1)) / np.sqrt(len(costs)) / float(others.mean())
        return Ratio(share, 1.96 * float(error))

    def quantiles(self, policy: str, shares: Sequence[float]) -> tuple[float, ...]:
        """Return the cost that these shares of the cases do not exceed, each the cost of some case."""
        found = np.quantile(self.runs[policy].costs, shares, method="inverted_cdf")
        return tuple(map(float, found))

    def counts(self, policy: str, limits: Sequence[float]) -> Ints:
        """Return in how many cases the cost lies up to each limit and above the one before.

        The last count is of those above all limits; shape (limits + 1,).
        """
        place = np.searchsorted(np.asarray(limits), self.runs[policy].costs, side="left")
        return np.bincount(place, minlength=len(limits) + 1).astype(np.int64)

    @property
    def limits(self) -> tuple[float, ...]:
        """Round costs (1, 2, 5, 10, …) between which most cases lie.

        From the first above what 19 of 20 cases of every policy exceed, to the first that 19 of 20 of
        every policy but the random one do not.
        """
        low = min(self.quantiles(name, [0.05])[0] for name in self.runs)
        top = max(self.quantiles(name, [0.95])[0] for name in self.runs if name != "random")
        places = range(int(np.floor(np.log10(max(low, 1e-3)))), int(np.ceil(np.log10(max(top, 1e-3)))) + 1)
        series = [step * 10.0**place for place in places for step in (1, 2, 5)]
        found = [limit for limit in series if limit >= low]
        return tuple(found[: sum(limit < top for limit in found) + 1])

    @property
    def differences(self) -> list[Difference]:
        """Each policy against the next of those that are expected to differ in this order."""
        chain = [name for name in CHAIN if name in self.runs]
        return [self.difference(one, other) for one, other in pairwise(chain)]


POLICIES = (
    "clairvoyant",
    "decision_theoretic",
    "look_ahead",
    "p_over_c",
    "best_static",
    "static_faq",
    "random",
)
"""Every policy, in the order they are told."""
SLOW = ("best_static", "look_ahead")
"""Policies that take most of the time."""
CHAIN = ("clairvoyant", "decision_theoretic", "best_static", "static_faq", "random")
"""The order in which policies are expected to cost more."""


def compared(  # noqa: PLR0913 - what is compared is four arguments, whom it is told one
    network: CompiledNetwork,
    n: int,
    seed: int,
    *,
    perturb: bool = False,
    without: Collection[str] = (),
    progress: Progress = lambda _: None,
) -> Comparison:
    """Return what every policy comes to on n cases drawn given the premise.

    Args:
        network: The model that policies believe in.
        n: How many cases.
        seed: What cases and their luck come from: the same again gives the same, whoever is left out.
        perturb: Whether cases come from models whose numbers are off, by their `within`.
        without: Policies to leave out, as `SLOW`.
        progress: Told the share that is done; whatever it raises ends the work.

    Raises:
        InvalidModel: Nothing can be tried, or nobody is there to hand a case over to.
    """
    menu = menu_of(network.model)
    judge = Judge(network, menu)
    hidden = hidden_cases(menu, _sources(menu, n, seed, perturb=perturb), n, seed)
    faq = faq_order(judge)
    orders: dict[str, Order] = {"static_faq": faq} if faq else {}
    wanted = [name for name in POLICIES if name not in without and (name != "static_faq" or faq)]
    shares = _shares(wanted)
    if "best_static" in wanted:
        orders["best_static"] = _searched(judge, seed, faq, _part(progress, shares["best_static"]))
    thinking: dict[str, Callable[[], Policy]] = {
        "decision_theoretic": lambda: DecisionTheoretic(judge),
        "look_ahead": lambda: DecisionTheoretic(judge, width=WIDTH),
        "p_over_c": lambda: DecisionTheoretic(judge, asks=False),
        "random": lambda: AtRandom(menu, seed),
    }
    runs = {}
    for name in wanted:
        if name == "clairvoyant":
            runs[name] = foreseen(hidden)
        elif name in orders:
            runs[name] = walked(hidden, orders[name])
        else:
            runs[name] = followed(hidden, thinking[name](), _part(progress, shares[name]))
    progress(1.0)
    told = {name: named(menu, order) for name, order in sorted(orders.items())}
    return Comparison(menu, n, seed, perturb, runs, told)


def _sources(menu: Menu, n: int, seed: int, *, perturb: bool) -> list[tuple[Attempts, Floats]]:
    """Return the models that cases are drawn from, and how well repairs work there."""
    if not perturb:
        return [(attempts_of(menu.model), menu.fixes)]
    random = np.random.default_rng([seed, 4])
    others = [perturbed(menu.model, random) for _ in range(min(PERTURBATIONS, n))]
    return [(attempts_of(other), menu.fixes_in(other)) for other in others]


def _searched(judge: Judge, seed: int, faq: Order, progress: Progress) -> Order:
    """Return the best fixed order found, on cases of its own."""
    menu = judge.menu
    trained = hidden_cases(menu, _sources(menu, SEARCHED, seed, perturb=False), SEARCHED, seed + 1_000_003)
    return best_static(trained, judge, [faq] if faq else [], np.random.default_rng([seed, 5]), progress)


def _shares(wanted: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Return which part of the work each policy is: from which share of it to which."""
    work = {"best_static": 4.0, "decision_theoretic": 2.0, "look_ahead": 3.0, "p_over_c": 1.0, "random": 0.5}
    kept = {name: amount for name, amount in work.items() if name in wanted}
    upto = np.cumsum([0.0, *kept.values()]) / sum(kept.values(), 1e-9)
    return {name: (float(upto[i]), float(upto[i + 1])) for i, name in enumerate(kept)}


def _part(progress: Progress, share: tuple[float, float]) -> Callable[[float], None]:
    return lambda done: progress(share[0] + done * (share[1] - share[0]))
