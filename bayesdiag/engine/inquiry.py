"""One row and everything that is more rows on its program."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from bayesdiag.engine.answers import Answers
from bayesdiag.engine.kernel import Run
from bayesdiag.engine.layout import Floats, Layout
from bayesdiag.engine.posterior import Posterior
from bayesdiag.engine.program import Program
from bayesdiag.engine.ways import Ways
from bayesdiag.model import Model


class Network(Protocol):
    """What an inquiry asks of its network."""

    @property
    def model(self) -> Model:
        """The model."""

    @property
    def layout(self) -> Layout:
        """Where each variable and state stands in a row."""

    @property
    def ways(self) -> Ways:
        """What computes rows."""

    @property
    def run(self) -> Run:
        """The kernel."""

    def posterior_of_rows(self, rows: Floats, targets: Iterable[str]) -> Posterior:
        """Return beliefs given rows."""


@dataclass(frozen=True)
class Inquiry:
    """One row, its program made once, and everything that is more rows on it.

    Attributes:
        network: The network.
        row: Likelihoods, shape (S,), seen leaves absorbed.
        log_scale: What absorbing took out of the row, as a natural logarithm.
        by_rows: Questions that are rows on the program, as numbers of variables.
        others: Questions that need a program per answer.
        targets: Variables whose beliefs are wanted.
        program: The program.
    """

    network: Network
    row: Floats
    log_scale: float
    by_rows: tuple[int, ...]
    others: tuple[int, ...]
    targets: tuple[str, ...]
    program: Program

    def posterior(self, rows: Floats) -> Posterior:
        """Return beliefs given variations of `self.row`: rows whose zeros include its own."""
        beliefs, log_evidence = self.network.run(self.program, self.program.tables, rows)
        return Posterior(self.network.layout, beliefs, log_evidence + self.log_scale, frozenset(self.targets))

    def answers(self) -> Answers[str]:
        """Return what every answer to every question would do."""
        ways, names = self.network.ways, self.network.layout.names
        asked = ways.questions.asked(self.row, self.by_rows, ways.kept(self.program))
        posterior = self.posterior(np.vstack([self.row[None, :], asked.rows]))
        combined = asked.combine(posterior.beliefs, posterior.log_evidence)
        found = Answers(
            {names[index]: p for index, p in combined.p.items()},
            {names[index]: beliefs for index, beliefs in combined.beliefs.items()},
        )
        for index in self.others:
            self._answer_by_programs(index, found)
        return found

    def _answer_by_programs(self, index: int, found: Answers[str]) -> None:
        span = self.network.layout.span(index)
        rows = np.repeat(self.row[None, :], span.stop - span.start, axis=0)
        rows[:, span] *= np.eye(len(rows))
        posterior = self.network.posterior_of_rows(rows, self.targets)
        log_total = np.logaddexp.reduce(posterior.log_evidence)
        name = self.network.layout.names[index]
        found.p[name] = np.exp(posterior.log_evidence - log_total)
        found.beliefs[name] = posterior.beliefs
