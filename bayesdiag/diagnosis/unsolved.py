"""What repairs that did not help tell: it failed again, so a cause that took part is still there.

P(x, not solved) = P(x) − P(x, every cause that took part was repaired, and there was one). The
second is a row with the responsibility slots set to P(repaired by one of them | cause state), less
the row in which no cause takes part. So all that is asked of a row is asked of three, and added up.
The assumptions are those of `plan`: repairs succeed independently, and an attempt fails again
exactly if a cause that took part is still there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bayesdiag.engine.answers import Answers
from bayesdiag.engine.inquiry import Inquiry, Network
from bayesdiag.engine.layout import Floats, Layout
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
        slots: What stands in the responsibility slots of the three rows, shape (3, events): the findings'
            own, every cause that took part repaired, none that took part.
    """

    inquiry: Inquiry
    slots: Floats

    @property
    def network(self) -> Network:
        """The network."""
        return self.inquiry.network

    @property
    def row(self) -> Floats:
        """Likelihoods of the findings, shape (S,); what stands in its slots counts beside `slots`."""
        return self.inquiry.row

    def log_evidence(self, rows: Floats) -> Floats:
        """Return how probable variations of `row` are together with not being solved, shape (B,)."""
        n_states = self.network.layout.n_states
        every = np.repeat(rows[:, None, :], len(SIGNS), axis=1)
        every[:, :, n_states:] *= self.slots
        found = self.inquiry.log_evidence(every.reshape(-1, rows.shape[1])).reshape(-1, len(SIGNS))
        highest = np.maximum(found[:, :1], np.finfo(float).min)  # impossible rows stay so
        p = np.maximum(np.exp(found - highest) @ SIGNS, 0.0)
        with np.errstate(divide="ignore"):
            told: Floats = np.where(p > LEAST_LEFT, np.log(p), -np.inf) + highest[:, 0]
        return told

    def beliefs(self) -> Floats:
        """Return beliefs of all targets given that it is not solved, shape (S,)."""
        posterior = self.inquiry.posterior(self._rows)
        return _mixed(_weights(posterior.log_evidence), posterior.beliefs)

    def answers(self) -> Answers[str]:
        """Return what every answer to every question would do; see `Inquiry.answers`."""
        every = _weights(self.inquiry.log_evidence(self._rows))
        counts = every != 0  # an impossible row has no answers
        weights = every[counts]
        parts = [replace(self.inquiry, row=row).answers() for row in self._rows[counts]]
        found = Answers[str](
            before=_mixed(weights, np.array([part.before for part in parts])),
            is_estimated=any(part.is_estimated for part in parts),
        )
        for name in parts[0].p:
            joint = weights[:, None] * np.array([part.p[name] for part in parts])  # (rows, answers)
            beliefs = np.array([part.beliefs[name] for part in parts])  # (rows, answers, S)
            p = np.maximum(joint.sum(axis=0), 0.0)
            found.p[name] = p / p.sum()
            found.beliefs[name] = np.array(
                [_mixed(joint[:, answer], beliefs[:, answer]) for answer in range(len(p))]
            )
        return found

    @property
    def _rows(self) -> Floats:
        """The three rows, shape (3, S)."""
        rows = np.repeat(self.row[None, :], len(SIGNS), axis=0)
        rows[:, self.network.layout.n_states :] *= self.slots
        return rows


def _weights(log_evidence: Floats) -> Floats:
    """Return what each of the three rows counts, the findings' own counting 1."""
    weights: Floats = SIGNS * np.exp(np.minimum(log_evidence - log_evidence[0], 0.0))
    return weights


def _mixed(weights: Floats, beliefs: Floats) -> Floats:
    """Return beliefs of the sum of weighted rows, shape (S,); 0 where nothing is left of it."""
    left = weights.sum()
    if left <= LEAST_LEFT * weights[0]:
        return np.zeros(beliefs.shape[1])
    mixed: Floats = np.clip(weights @ beliefs / left, 0.0, 1.0)
    return mixed


def unsolved(inquiry: Inquiry, repairs: Sequence[Repair]) -> Unsolved:
    """Return the inquiry of what is left after repairs that did not help."""
    layout = inquiry.network.layout
    fixed = fixed_by(inquiry.network.model, layout, repairs)
    return Unsolved(inquiry, np.array([np.ones(len(fixed)), fixed, np.zeros(len(fixed))]))
