"""Cases as weighted rows, and what the numbers come to by them: the E-step and its likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayesdiag.case import Case
from bayesdiag.engine.layout import Bools, Floats
from bayesdiag.engine.network import CompiledNetwork
from bayesdiag.engine.sets import Numbering, Tally, tally_of
from bayesdiag.model import Premise


@dataclass(frozen=True)
class Outcomes:
    """Attempts of which nothing is known but whether they failed.

    Attributes:
        premise: What the model says of them.
        tally: Two rows: the premise, and its opposite.
    """

    premise: Premise
    tally: Tally


@dataclass(frozen=True)
class Expected:
    """What rows say under some numbers.

    Attributes:
        counts: How often each cell is expected to have been used, shape (cells,).
        log_likelihood: Σ weight · log P(case | premise), and what the premise's own rows add.
        log_p: Natural logarithm of each case's probability, its failing included, shape (B,).
        p_premise: P(premise); 1 without one.
    """

    counts: Floats
    log_likelihood: float
    log_p: Floats
    p_premise: float


@dataclass(frozen=True)
class Training:
    """Cases as rows.

    Attributes:
        numbering: Every number, and which cells it fills.
        tally: The rows.
        weights: How much each case counts, 0 where the model holds it to be impossible, shape (B,).
        has_failed: Which cases were recorded because the attempt failed, shape (B,).
        outcomes: Attempts without findings; None for a model without a premise.
    """

    numbering: Numbering
    tally: Tally
    weights: Floats
    has_failed: Bools
    outcomes: Outcomes | None

    @property
    def n_failed(self) -> float:
        """The weight of the cases that are there because an attempt failed."""
        return float(self.weights[self.has_failed].sum())

    def expect(self, cells: Floats) -> Expected:
        """Return what the cases say when cells, shape (cells,), are the model's numbers.

        Tickets are seen only because something failed: P(case | premise) = P(case) / π. As
        1/π = Σ_k (1 - π)^k, each stands for (1 - π)/π attempts more that nobody recorded and that
        did not fail.

        References:
            Dempster, Laird and Rubin (1977), Maximum likelihood from incomplete data via the EM
            algorithm, Journal of the Royal Statistical Society B 39, section 4.2 (truncation).
        """
        counts, log_p = self.tally.count(cells, self.weights)
        used = self.weights > 0
        log_likelihood = float(self.weights[used] @ log_p[used])
        if self.outcomes is None:
            return Expected(counts, log_likelihood, log_p, 1.0)
        premise, tally = self.outcomes.premise, self.outcomes.tally
        _, (log_failed, log_passed) = tally.count(cells, np.zeros(2))
        p_failed, p_passed = float(np.exp(log_failed)), float(np.exp(log_passed))
        # An outcome that the model holds to be impossible teaches nothing, as such a case does not.
        failed = premise.ess * premise.p if p_failed > 0 else 0.0
        passed = premise.ess * (1 - premise.p) if p_passed > 0 else 0.0
        unseen = self.n_failed * p_passed / p_failed if self.n_failed else 0.0
        counts = counts + tally.count(cells, np.array([failed, passed + unseen]))[0]
        log_likelihood -= self.n_failed * log_failed if self.n_failed else 0.0
        log_likelihood += (failed * log_failed if failed else 0.0) + (passed * log_passed if passed else 0.0)
        return Expected(counts, log_likelihood, log_p, p_failed)


def outcomes_of(network: CompiledNetwork, numbering: Numbering) -> Outcomes | None:
    """Return the attempts without findings that a model's premise speaks of; None without one."""
    premise, layout = network.model.premise, network.layout
    if premise is None:
        return None
    failed = network.under_premise(np.ones((1, layout.n_slots)), premise=True)
    passed = np.ones((1, layout.n_slots))
    span = layout.span(layout.index_of[premise.variable])
    passed[:, span] = 1.0 - failed[:, span]
    return Outcomes(premise, tally_of(network.ways, numbering, np.vstack([failed, passed])))


def training_of(
    network: CompiledNetwork,
    numbering: Numbering,
    cases: Sequence[Case],
    *,
    outcomes: Outcomes | None = None,
    cores: int = 1,
) -> Training:
    """Return cases as rows; those that the model holds to be impossible count nothing.

    Args:
        network: The model made ready.
        numbering: Its numbers.
        cases: The cases, checked against the model.
        outcomes: The attempts without findings, where they were made ready before.
        cores: Threads to use.
    """
    rows = network.rows((case.evidence for case in cases), premise=False)
    has_failed = np.array([case.premise for case in cases], dtype=np.bool_)
    for row, case in zip(rows, cases, strict=True):
        add_labels(row, case, network)
    rows[has_failed] = network.under_premise(rows[has_failed], premise=True)
    tally = tally_of(network.ways, numbering, rows, cores=cores)
    weights = np.array([case.weight for case in cases], dtype=np.float64)
    _, log_p = tally.count(numbering.own, np.ones(len(rows)))
    weights = np.where(np.isfinite(log_p), weights, 0.0)
    if network.model.premise is None:
        return Training(numbering, tally, weights, np.zeros(len(rows), dtype=np.bool_), None)
    return Training(numbering, tally, weights, has_failed, outcomes or outcomes_of(network, numbering))


def add_labels(row: Floats, case: Case, network: CompiledNetwork) -> None:
    """Set what was confirmed, and what was checked and found not to hold, in a row; it is changed."""
    layout = network.layout
    for cause, state in case.confirmed.items():
        slot = layout.slot(cause, state)
        known = row[slot]
        row[layout.span(layout.index_of[cause])] = 0.0
        row[slot] = known
    for cause, states in case.excluded.items():
        for state in states:
            row[layout.slot(cause, state)] = 0.0
