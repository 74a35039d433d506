"""The last stretch of the climb, where steps of EM crawl: a quasi-Newton way to the same summit.

Tickets seen through failures alone stand for many attempts that nobody recorded, and EM then goes
a few percent of the way in a step. The gradient comes from the same expected counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import diags

from bayesdiag.engine.layout import Bools, Floats, Ints
from bayesdiag.learning.groups import LEAST, Groups

Valued = Callable[[Floats], tuple[float, Floats]]
"""Shares → the objective, and the expected count of each share, pseudo-counts included."""

GRADIENT = 1e-6
"""Slope, in standard errors of complete data, at which a summit is reached."""
ROUNDING = 16 * float(np.finfo(np.float64).eps)
"""Part of the objective that its own rounding may come to: less than this cannot be gained."""
KEPT = 30
"""Steps that the shape of the hill is remembered from."""


@dataclass(frozen=True)
class Summit:
    """Where a climb ended.

    Attributes:
        shares: The shares, shape (N + R,).
        history: The objective after each step.
        has_settled: Whether the slope is gone there.
    """

    shares: Floats
    history: tuple[float, ...]
    has_settled: bool


@dataclass(frozen=True)
class Slope:
    """Shares as free numbers: logarithms that are made to sum to what their group has to share.

    Attributes:
        groups: The distributions.
        start: The shares where the climb begins.
        moves: Which shares take part, shape (N + R,): those that shift, above the least, not alone.
        scale: What makes a step in each direction count alike: free numbers → shifts, shape (M, M),
            dense or sparse.
    """

    groups: Groups
    start: Floats
    moves: Ints
    scale: Any

    def shares(self, free: Floats) -> Floats:
        """Return the shares that free numbers stand for."""
        logs = np.log(np.where(self.start > 0, self.start, 1.0))
        logs[self.moves] += self.scale @ free
        return self.groups.kept_above(self.groups.placed(logs, self.start))

    def gradient(self, counts: Floats, shares: Floats) -> Floats:
        """Return the slope in free numbers from counts of each share."""
        return np.asarray(self.scale.T @ self.groups.slopes(counts, shares)[self.moves])


def slope_of(groups: Groups, shares: Floats, counts: Floats, precision: Floats | None) -> Slope:
    """Return free numbers around some shares.

    Args:
        groups: The distributions.
        shares: Where they are 0, shape (N + R,).
        counts: Expected counts there, pseudo-counts included.
        precision: How sharply the hill bends there in the logarithms of all shares, shape
            (N + R, N + R), positive definite; None to go by the counts.
    """
    can: Bools = groups.may_shift & (shares > LEAST)
    can &= (groups.in_group(can.astype(np.float64)) > 1) | groups.is_uneven
    moves = np.flatnonzero(can)
    if precision is None:
        information = (groups.in_group(counts) * shares * (1 - shares))[can]
        return Slope(groups, shares, moves, diags(1 / np.sqrt(np.maximum(information, 1e-4))))
    return Slope(groups, shares, moves, np.linalg.inv(np.linalg.cholesky(precision[np.ix_(can, can)])).T)


def summit_of(  # noqa: PLR0913 - what is climbed, from where, and how far
    groups: Groups,
    valued: Valued,
    shares: Floats,
    max_steps: int,
    *,
    precision: Floats | None = None,
    told: Callable[[float], None] = lambda _: None,
) -> Summit:
    """Return where a quasi-Newton climb from some shares ends.

    Args:
        groups: The distributions.
        valued: What is climbed.
        shares: Where to begin.
        max_steps: Steps after which it ends in any case.
        precision: How sharply the hill bends where it begins; see `slope_of`.
        told: Called with the objective after each step.

    References:
        Liu and Nocedal (1989), On the limited memory BFGS method for large scale optimization,
        Mathematical Programming 45, 503-528; as it stands in scipy.
    """
    _, counts = valued(shares)
    slope = slope_of(groups, shares, counts, precision)
    history: list[float] = []

    def downhill(free: Floats) -> tuple[float, Floats]:
        at = slope.shares(free)
        value, found = valued(at)
        return -value, -slope.gradient(found, at)

    def note(intermediate_result: Any) -> None:
        history.append(-float(intermediate_result.fun))
        told(history[-1])

    if not len(slope.moves):
        return Summit(shares, (), has_settled=True)
    end = minimize(
        downhill,
        np.zeros(len(slope.moves)),
        jac=True,
        method="L-BFGS-B",
        callback=note,
        options={
            "maxiter": max_steps,
            "maxcor": KEPT,
            "gtol": GRADIENT,
            "ftol": 1e-15,
            "maxfun": 2 * max_steps,
        },
    )
    # In these free numbers the hill bends by about 1, so a slope g leaves about g²/2 to gain. Where that
    # is lost in rounding the search along a line fails, though the summit is reached.
    left = 0.5 * float(end.jac @ end.jac)
    has_settled = bool(end.success) or left <= ROUNDING * abs(float(end.fun))
    return Summit(slope.shares(end.x), tuple(history), has_settled)
