"""What repairs that did not help tell: it failed again, so a cause that took part is still there.

P(x, not solved) = P(x) − P(x, every cause that took part was repaired, and there was one). The
second is a row with the responsibility slots set to P(repaired by one of them | cause state), less
the row in which no cause takes part. So all that is asked of a row is asked of three, and added up.
What fails now is the attempt after the repairs: a cause is responsible for it that took part and is
still there. That it is there means not solved, so of the three rows only the first counts for it.
The assumptions are those of `plan`: repairs succeed independently, and an attempt fails again
exactly if a cause that took part is still there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayesdiag.engine.answers import Answers
from bayesdiag.engine.inquiry import Inquiry, Judge, Network
from bayesdiag.engine.layout import Floats, Layout
from bayesdiag.engine.posterior import Posterior
from bayesdiag.model import Model, Repair

LEAST_LEFT = 1e-9
"""Where less than this is left unsolved, what is left is rounding, and counts as impossible."""
SIGNS = np.array([1.0, -1.0, 1.0])


def fixed_by(model: Model, layout: Layout, repairs: Sequence[Repair]) -> Floats:
    """Return P(repaired by one of these | that cause state took part) for each slot, shape (events,)."""
    names = [(layout.names[cause], layout.states[cause][state]) for cause, state in layout.events]
    left = np.ones(len(names))
    for repair in repairs:
        unlisted = model.unlisted_fix if repair.fixes else 0.0
        left = left * (1 - np.array([repair.fixes.get(name, unlisted) for name in names], dtype=np.float64))
    return 1 - left


@dataclass(frozen=True)
class Unsolved:
    """An inquiry of what is left after repairs that did not help.

    Attributes:
        inquiry: The findings' inquiry.
        fixed: P(repaired | that cause state took part) for each responsibility slot, shape (events,).
    """

    inquiry: Inquiry
    fixed: Floats

    @property
    def network(self) -> Network:
        """The network."""
        return self.inquiry.network

    @property
    def row(self) -> Floats:
        """Likelihoods of the findings, shape (S,), and of causes that took part and are still there."""
        return self.inquiry.row

    def log_evidence(self, rows: Floats) -> Floats:
        """Return how probable variations of `row` are together with not being solved, shape (B,)."""
        every = self._every(rows)
        if len(rows) == 1:  # a row alone is never estimated, and this stands for one
            found = np.concatenate([self.inquiry.log_evidence(row[None, :]) for row in every])
        else:
            found = self.inquiry.log_evidence(every)
        return _log_sums(_weights(found.reshape(-1, len(SIGNS))), found[:: len(SIGNS)])

    def beliefs(self) -> Floats:
        """Return beliefs of all targets given that it is not solved, shape (S,).

        In the slots: P(the cause state took part and is still there).
        """
        found = [self.inquiry.posterior(row[None, :]) for row in self._every(self.row[None, :])]
        weights = _weights(np.array([[float(one.log_evidence[0]) for one in found]]))
        mixed: Floats = self._mixed(weights, np.array([[one.beliefs[0] for one in found]]))[0]
        return mixed

    def answers(self) -> Answers[str]:
        """Return what every answer to every question would do; see `Inquiry.answers`.

        Estimates are made of the same drawn worlds in all three rows, so that what is left is never
        the difference of two that err on their own.
        """
        return self.inquiry.answers(self._posterior)

    def _posterior(self, rows: Floats, judge: Judge) -> Posterior:
        """Return beliefs given rows and that it is not solved."""
        found, width = judge(self._every(rows)), len(SIGNS)
        log_evidence = found.log_evidence.reshape(-1, width)
        weights = _weights(log_evidence)
        beliefs = self._mixed(weights, found.beliefs.reshape(len(rows), width, -1))
        half_width = None
        if found.half_width is not None:
            parts = found.half_width.reshape(len(rows), width, -1)
            half_width = self._shares(np.abs(weights), weights.sum(axis=1), parts)
        log_left = _log_sums(weights, log_evidence[:, 0])
        return Posterior(found.layout, beliefs, log_left, found.targets, half_width)

    def _every(self, rows: Floats) -> Floats:
        """Return three rows for each, shape (3 B, S): as it is, all repaired, none took part."""
        every, slots = np.repeat(rows, len(SIGNS), axis=0), slice(self.network.layout.n_states, None)
        every[0::3, slots] = self.fixed + (1 - self.fixed) * rows[:, slots]
        every[1::3, slots] = self.fixed
        every[2::3, slots] = 0
        return every

    def _mixed(self, weights: Floats, beliefs: Floats) -> Floats:
        """Return beliefs of sums of weighted rows, shape (B, S), from (B, 3, S); 0 where nothing is left."""
        return np.clip(self._shares(weights, weights.sum(axis=1), beliefs), 0.0, 1.0)

    def _shares(self, weights: Floats, left: Floats, parts: Floats) -> Floats:
        sums = np.einsum("bk,bks->bs", weights, parts)
        slots = slice(self.network.layout.n_states, None)
        sums[:, slots] = weights[:, :1] * parts[:, 0, slots] * (1 - self.fixed)
        is_left = (left > LEAST_LEFT)[:, None]
        shares: Floats = np.divide(sums, left[:, None], out=np.zeros_like(sums), where=is_left)
        return shares


def _weights(log_evidence: Floats) -> Floats:
    """Return what each of three rows counts, the findings' own counting 1, shape (B, 3)."""
    highest = np.maximum(log_evidence[:, :1], np.finfo(float).min)  # impossible rows stay so
    weights: Floats = SIGNS * np.exp(np.minimum(log_evidence - highest, 0.0))
    return weights


def _log_sums(weights: Floats, log_evidence: Floats) -> Floats:
    """Return the logarithms of what is left of rows, shape (B,), -inf where that is nothing."""
    left = np.where(weights.sum(axis=1) > LEAST_LEFT, weights.sum(axis=1), 0.0)
    with np.errstate(divide="ignore"):
        told: Floats = np.log(left) + np.maximum(log_evidence, np.finfo(float).min)
    return told


def unsolved(inquiry: Inquiry, repairs: Sequence[Repair]) -> Unsolved:
    """Return the inquiry of what is left after repairs that did not help."""
    layout = inquiry.network.layout
    return Unsolved(inquiry, fixed_by(inquiry.network.model, layout, repairs))
