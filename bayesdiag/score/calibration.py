"""Are probabilities true? Reliability in bins, ECE and MCE, and the range they show when all is well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bayesdiag.score.forecast import Events, Floats, Ints

Kind = Literal["equal-width", "equal-mass"]

N_BINS = 15
"""As Guo et al. (2017)."""
DRAWS = 1000
LEVEL = 0.95
_Z = 1.959963984540054
"""97.5 % point of the normal distribution."""
_CHUNK = 4_000_000
"""Numbers drawn at a time."""


@dataclass(frozen=True, slots=True)
class Binning:
    """How probabilities are put into bins.

    Attributes:
        kind: equal-width: [0, 1/n), [1/n, 2/n), …, the last one closed. equal-mass: bins of about
            equal weight; equal probabilities are never parted.
        n: How many; empty ones count for nothing.
    """

    kind: Kind = "equal-width"
    n: int = N_BINS


GUO = Binning()


@dataclass(frozen=True, slots=True)
class Bin:
    """One point of a reliability diagram.

    Attributes:
        low: Lower edge, or the least probability in a bin of equal mass.
        high: Upper edge, or the greatest probability.
        n: How many events.
        weight: How many cases they stand for.
        p: Mean probability.
        frequency: Share of events that were so.
        wilson: 95 % interval of that share by Wilson's score, from as many cases as there are.
        consistent: Where that share lies in 95 of 100 draws if the probabilities are true.
    """

    low: float
    high: float
    n: int
    weight: float
    p: float
    frequency: float
    wilson: tuple[float, float]
    consistent: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far probabilities are from frequencies.

    Attributes:
        binning: The bins.
        bins: Those that are not empty, in order.
        ece: Expected calibration error: Σ weight/total · |frequency − mean p|.
        mce: The greatest |frequency − mean p|.
        ece_range: Where the error lies in 95 of 100 draws if the same probabilities are true.
        mce_range: The same for the greatest.
        p_value: Share of such draws whose error is at least the one found.
    """

    binning: Binning
    bins: tuple[Bin, ...]
    ece: float
    mce: float
    ece_range: tuple[float, float]
    mce_range: tuple[float, float]
    p_value: float


@dataclass(frozen=True, slots=True)
class Murphy:
    """Where a Brier score comes from: brier = reliability − resolution + uncertainty + within.

    Attributes:
        reliability: Mean squared distance of frequencies from probabilities; 0 is best.
        resolution: Mean squared distance of frequencies from the base rate; the more the better.
        uncertainty: base rate · (1 − base rate): the score of the base rate itself.
        within: What bins hide: 0 where all probabilities of each bin are equal.

    References:
        Murphy (1973), A new vector partition of the probability score, Journal of Applied
        Meteorology 12, 595-600. Stephenson, Coelho and Jolliffe (2008), Two extra components in
        the Brier score decomposition, Weather and Forecasting 23, 752-757.
    """

    reliability: float
    resolution: float
    uncertainty: float
    within: float

    @property
    def brier(self) -> float:
        """The score that the parts make up."""
        return self.reliability - self.resolution + self.uncertainty + self.within

    def __add__(self, other: Murphy) -> Murphy:
        return Murphy(
            self.reliability + other.reliability,
            self.resolution + other.resolution,
            self.uncertainty + other.uncertainty,
            self.within + other.within,
        )


def places(events: Events, binning: Binning) -> Ints:
    """Return the number of each event's bin, shape (n,), from 0."""
    if binning.kind == "equal-width":
        # k/n is the double nearest to the edge, as is the probability somebody wrote there.
        edges = np.arange(1, binning.n) / binning.n
        return np.searchsorted(edges, events.p, side="right").astype(np.int64)
    _, which = np.unique(events.p, return_inverse=True)
    mass = np.bincount(which, events.weights)
    middle = (np.cumsum(mass) - mass / 2) / mass.sum() if len(mass) else mass
    found: Ints = np.minimum((middle * binning.n).astype(np.int64), binning.n - 1)[which]
    return found


def murphy(events: Events, binning: Binning = GUO) -> Murphy:
    """Return the parts of the mean of (p − y)²."""
    if not len(events.p):
        return Murphy(*[float("nan")] * 4)
    _, which = np.unique(places(events, binning), return_inverse=True)
    weight, p, frequency = _sums(events, which)
    base = events.base_rate
    apart = events.p - p[which]
    within = apart**2 - 2 * (events.y - frequency[which]) * apart
    return Murphy(
        reliability=float(np.average((p - frequency) ** 2, weights=weight)),
        resolution=float(np.average((frequency - base) ** 2, weights=weight)),
        uncertainty=base * (1 - base),
        within=float(np.average(within, weights=events.weights)),
    )


def calibration(
    events: Events, generator: np.random.Generator, *, binning: Binning = GUO, draws: int = DRAWS
) -> Calibration:
    """Return reliability in bins, ECE and MCE, and what true probabilities would show.

    The ranges come from drawing whether each event is so with its own probability. Events of the
    same case in several repetitions share a draw; apart from that events are drawn independently.

    Args:
        events: What was forecast; not empty.
        generator: Where the draws come from.
        binning: The bins.
        draws: How many times all events are drawn.

    References:
        Guo, Pleiss, Sun and Weinberger (2017), On calibration of modern neural networks, ICML.
        Bröcker and Smith (2007), Increasing the reliability of reliability diagrams, Weather and
        Forecasting 22, 651-661: consistency bars.
    """
    if not len(events.p):
        raise ValueError("there are no events")
    numbers, which = np.unique(places(events, binning), return_inverse=True)
    weight, p, frequency = _sums(events, which)
    drawn = _drawn(events, which, len(numbers), generator, draws) / weight
    apart = np.abs(drawn - p)
    share = weight / weight.sum()
    errors, found = apart @ share, float(np.abs(frequency - p) @ share)
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail], axis=0)
    bins = tuple(
        Bin(
            *_edges(events, binning, int(number), which == place),
            n=int((which == place).sum()),
            weight=float(weight[place]),
            p=float(p[place]),
            frequency=float(frequency[place]),
            wilson=wilson(float(frequency[place]), _effective(events, which == place)),
            consistent=(float(low[place]), float(high[place])),
        )
        for place, number in enumerate(numbers)
    )
    return Calibration(
        binning=binning,
        bins=bins,
        ece=found,
        mce=float(np.abs(frequency - p).max()),
        ece_range=_range(errors),
        mce_range=_range(apart.max(axis=1)),
        p_value=float((errors >= found - 1e-12).mean()),
    )


def wilson(frequency: float, n: float) -> tuple[float, float]:
    """Return the 95 % score interval of a share.

    References:
        Wilson (1927), Probable inference, the law of succession, and statistical inference,
        Journal of the American Statistical Association 22, 209-212.
    """
    scale = 1 + _Z**2 / n
    middle = (frequency + _Z**2 / (2 * n)) / scale
    half = _Z / scale * np.sqrt(frequency * (1 - frequency) / n + _Z**2 / (4 * n**2))
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def _sums(events: Events, which: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    """Return each bin's weight, mean probability and frequency."""
    weight: Floats = np.bincount(which, events.weights).astype(float)
    p = np.bincount(which, events.weights * events.p) / weight
    return weight, p, np.bincount(which, events.weights * events.y) / weight


def _drawn(
    events: Events, which: NDArray[np.int64], n_bins: int, generator: np.random.Generator, draws: int
) -> Floats:
    """Return the weight of what was so in each bin, in each draw, shape (draws, bins)."""
    _, lots = np.unique(events.draws, return_inverse=True)
    n_lots = int(lots.max()) + 1
    member = np.zeros((len(events.p), n_bins))
    member[np.arange(len(events.p)), which] = events.weights
    at_once = max(1, _CHUNK // len(events.p))
    parts = [
        (generator.random((min(at_once, draws - start), n_lots))[:, lots] < events.p) @ member
        for start in range(0, draws, at_once)
    ]
    return np.concatenate(parts)


def _edges(events: Events, binning: Binning, number: int, inside: NDArray[np.bool_]) -> tuple[float, float]:
    if binning.kind == "equal-width":
        return number / binning.n, (number + 1) / binning.n
    return float(events.p[inside].min()), float(events.p[inside].max())


def _effective(events: Events, inside: NDArray[np.bool_]) -> float:
    """Return how many equal cases tell as much as weighted ones; a case forecast anew is no other one."""
    _, lots = np.unique(events.draws[inside], return_inverse=True)
    weights = np.bincount(lots, events.weights[inside])
    return float(weights.sum() ** 2 / (weights**2).sum())


def _range(values: Floats) -> tuple[float, float]:
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)
