"""Expectation and maximisation, accelerated: counts become numbers until nothing moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bayesdiag.engine.layout import Floats
from bayesdiag.learning.groups import Groups
from bayesdiag.learning.information import LEAST_BEND, MAX_SHARES, information_of
from bayesdiag.learning.newton import summit_of
from bayesdiag.learning.training import Training

FIRST_STEPS = 60
"""Steps of EM before a quasi-Newton climb takes over."""
MAX_STEPS = 2000
"""Steps after which learning ends although numbers still move."""
TOLERANCE = 1e-8
"""How far a number may still move in a step when learning ends, as a part of itself."""
NEGLIGIBLE = 1e-9
"""A share below this is taken for this much when it is asked whether it still moves."""
LARGEST_STRIDE = 64.0
"""How many steps an accelerated one may stand for, at first; it grows while that works out."""

Progress = Callable[[int, float], None]
"""Told after each step: how many there were, and the objective."""


@dataclass(frozen=True)
class Objective:
    """What learning makes as large as it can: Σ log P(case | premise) + Σ pseudo-count · log share.

    Attributes:
        training: The cases.
        groups: The distributions.
        pseudo: Pseudo-counts of each share, shape (N + R,).
    """

    training: Training
    groups: Groups
    pseudo: Floats

    def valued(self, shares: Floats) -> tuple[float, Floats]:
        """Return the objective, and the expected count of each share, pseudo-counts included."""
        expected = self.training.expect(self.groups.cells_of(shares))
        counts = self.groups.counts_of(expected.counts, shares) + self.pseudo
        return expected.log_likelihood + self._log_prior(shares), counts

    def step(self, shares: Floats) -> tuple[Floats, float]:
        """Return the shares after one step of EM, and the objective before it."""
        value, counts = self.valued(shares)
        return self.groups.kept_above(self.groups.shared_out(counts, shares)), value

    def bend(self, shares: Floats) -> Floats | None:
        """Return about how sharply the objective bends in the logarithms of all shares; None if too many."""
        if len(shares) > MAX_SHARES:
            return None
        information = information_of(self.training, self.groups, shares)
        worth = self.groups.in_group(self.pseudo) * shares * (1 - shares)
        return np.asarray(information + np.diag(worth + LEAST_BEND))

    def _log_prior(self, shares: Floats) -> float:
        used = self.pseudo > 0
        return float(self.pseudo[used] @ np.log(shares[used]))


@dataclass(frozen=True)
class Climb:
    """Where one start led.

    Attributes:
        shares: The shares at the end, shape (N + R,).
        history: The objective before each step, never falling.
        has_settled: Whether no number moved any more.
    """

    shares: Floats
    history: tuple[float, ...]
    has_settled: bool


def climb(
    objective: Objective,
    shares: Floats,
    *,
    max_steps: int = MAX_STEPS,
    tolerance: float = TOLERANCE,
    progress: Progress | None = None,
) -> Climb:
    """Return the numbers at which steps of EM come to rest.

    The first `FIRST_STEPS` are steps of EM, which are safe from anywhere; where they have not come
    to rest by then, a quasi-Newton climb goes on. Two steps are followed by a stride along the way
    they went, which is kept when the objective is not lower there than after the first of them. So
    the objective never falls.

    Args:
        objective: What is to grow.
        shares: Where to start, shape (N + R,); a share of 0 stays 0.
        max_steps: Steps after which it ends in any case.
        tolerance: How far a number may still move in a step at the end, as a part of itself.
        progress: Told after each step.

    References:
        Varadhan and Roland (2008), Simple and globally convergent methods for accelerating the
        convergence of any EM algorithm, Scandinavian Journal of Statistics 35, 335-353 (SQUAREM, S3).
    """
    history: list[float] = []

    def note(value: float) -> None:
        history.append(value)
        if progress is not None:
            progress(len(history), value)

    shares, has_settled = _walked(objective, shares, min(max_steps, FIRST_STEPS), tolerance, note)
    if not has_settled and len(history) < max_steps:
        left = max_steps - len(history)
        summit = summit_of(
            objective.groups, objective.valued, shares, left, precision=objective.bend(shares), told=note
        )
        shares, has_settled = summit.shares, summit.has_settled
    return Climb(shares, tuple(history), has_settled)


def _walked(
    objective: Objective, shares: Floats, max_steps: int, tolerance: float, note: Callable[[float], None]
) -> tuple[Floats, bool]:
    """Return where accelerated steps of EM lead, and whether they came to rest."""
    groups = objective.groups
    shares = groups.kept_above(shares)
    longest = LARGEST_STRIDE
    stepped = objective.step
    first, value = stepped(shares)
    note(value)
    for _ in range(max_steps // 2):
        if _is_at_rest(shares, first, tolerance):
            return shares, True
        second, value = stepped(first)
        note(value)
        if _is_at_rest(first, second, tolerance):
            return first, True
        stride = _stride(shares, first, second)
        if stride <= 1.0:
            shares = second
            first, value = stepped(shares)
            note(value)
            continue
        far = _far(groups, shares, first, second, min(stride, longest))
        after, reached = stepped(far)
        if reached >= value:
            longest = longest * 4 if stride >= longest else longest
            shares, first = far, after
            note(reached)
        else:
            longest = max(2.0, longest / 4)
            shares = second
            first, value = stepped(shares)
            note(value)
    return first, False


def _is_at_rest(before: Floats, after: Floats, tolerance: float) -> bool:
    """Return whether no share moved by more than a part of itself: rare causes count alike."""
    return bool((np.abs(after - before) <= tolerance * np.maximum(before, NEGLIGIBLE)).all())


def _stride(start: Floats, first: Floats, second: Floats) -> float:
    """Return how many steps the way from `start` is worth going on for."""
    move = _logs(first) - _logs(start)
    bend = _logs(second) - _logs(first) - move
    length = float(np.linalg.norm(bend))
    return float(np.linalg.norm(move)) / length if length > 0 else 1.0


def _far(groups: Groups, start: Floats, first: Floats, second: Floats, stride: float) -> Floats:
    """Return the shares after a stride, in logarithms, made to sum to what they did."""
    move = _logs(first) - _logs(start)
    bend = _logs(second) - _logs(first) - move
    logs = _logs(start) + 2 * stride * move + stride * stride * bend
    return groups.kept_above(groups.placed(logs, second))


def _logs(shares: Floats) -> Floats:
    return np.log(np.where(shares > 0, shares, 1.0))
