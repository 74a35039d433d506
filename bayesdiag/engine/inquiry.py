"""One row and everything that is more rows on its program."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from bayesdiag.engine import kernel_jit
from bayesdiag.engine.answers import Answers
from bayesdiag.engine.draws import draw, estimated_rows
from bayesdiag.engine.kernel import Run
from bayesdiag.engine.layout import Bools, Floats, Layout
from bayesdiag.engine.posterior import Posterior
from bayesdiag.engine.program import Program
from bayesdiag.engine.ways import Ways
from bayesdiag.model import Model

COSTLY = 100_000_000
"""Entries times rows above which rows are estimated: about a second of a core."""
N_DRAWS = 8192
"""Worlds drawn for an estimate: probabilities are then right to about 0.01."""

Judge = Callable[[Floats], Posterior]
"""Beliefs given rows."""


def _as_they_are(rows: Floats, judge: Judge) -> Posterior:
    return judge(rows)


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
        """Return beliefs given variations of `self.row`: rows whose zeros include its own.

        So many rows on so large a program that a person would wait for seconds are estimated from
        worlds drawn from it, and have their half-widths.
        """
        layout, wanted = self.network.layout, frozenset(self.targets)
        if self._is_slow(rows):
            beliefs, log_p, half_width = estimated_rows(self._drawn, self.row, rows)
            return Posterior(layout, beliefs, log_p + self._log_evidence, wanted, half_width)
        is_known = len(rows) > 0 and self.network.run is kernel_jit.run and np.array_equal(rows[0], self.row)
        if is_known:  # a row comes to the same bits alone and beside others
            beliefs, log_evidence = kernel_jit.run_behind(self.program, rows, self._first)
        else:
            beliefs, log_evidence = self.network.run(self.program, self.program.tables, rows)
        return Posterior(layout, beliefs, log_evidence + self.log_scale, wanted)

    def log_evidence(self, rows: Floats) -> Floats:
        """Return only how probable variations of `self.row` are, shape (B,); see `posterior`."""
        if self._is_slow(rows) or self.network.run is not kernel_jit.run:
            return self.posterior(rows).log_evidence
        return kernel_jit.log_evidence_of(self.program, rows) + self.log_scale

    def answers(self, given: Callable[[Floats, Judge], Posterior] = _as_they_are) -> Answers[str]:
        """Return what every answer to every question would do.

        Args:
            given: What beliefs given rows are made of, from the rows and what judges them: where the
                answers are those of a sum of rows, each row is to be taken for such a sum.
        """
        ways, names = self.network.ways, self.network.layout.names
        if self._log_evidence == -np.inf:
            return self._no_answers()
        asked = ways.questions.asked(self.row, self.by_rows, ways.kept(self.program), self._first[0][0])
        posterior = given(asked.rows, self.posterior)
        combined = asked.combine(posterior.beliefs, posterior.log_evidence)
        found = Answers(
            {names[index]: p for index, p in combined.p.items()},
            {names[index]: beliefs for index, beliefs in combined.beliefs.items()},
            posterior.beliefs[0],
            is_estimated=posterior.half_width is not None,
        )
        for index in self.others:
            self._answer_by_programs(index, found, given)
        return found

    def _no_answers(self) -> Answers[str]:
        """Return what there is to say of an impossible row: nothing, of any answer."""
        layout = self.network.layout
        asked = {layout.names[index]: layout.sizes[index] for index in (*self.by_rows, *self.others)}
        return Answers(
            {name: np.zeros(size) for name, size in asked.items()},
            {name: np.zeros((size, layout.n_slots)) for name, size in asked.items()},
            np.zeros(layout.n_slots),
        )

    def _is_slow(self, rows: Floats) -> bool:
        """Whether rows are better estimated; one alone never is, and an impossible one draws nothing."""
        cost = self.program.n_entries * len(rows) if len(rows) > 1 else 0
        return cost > COSTLY and self.network.ways.estimates and self._log_evidence > -np.inf

    @cached_property
    def _first(self) -> tuple[Floats, Floats]:
        """Beliefs and log-evidence of `self.row` on the program, every variable kept in it told."""
        return self.network.run(self.program, self.program.tables, self.row[None, :])

    @property
    def _log_evidence(self) -> float:
        """Logarithm of the probability of `self.row`."""
        return float(self._first[1][0] + self.log_scale)

    @cached_property
    def _drawn(self) -> Bools:
        # Always the same random numbers: the same findings always get the same estimate.
        return draw(self.program, self.row, N_DRAWS, np.random.default_rng(0))

    def _answer_by_programs(
        self, index: int, found: Answers[str], given: Callable[[Floats, Judge], Posterior]
    ) -> None:
        span = self.network.layout.span(index)
        rows = np.repeat(self.row[None, :], span.stop - span.start, axis=0)
        rows[:, span] *= np.eye(len(rows))
        posterior = given(rows, lambda every: self.network.posterior_of_rows(every, self.targets))
        log_total = np.logaddexp.reduce(posterior.log_evidence)
        name = self.network.layout.names[index]
        found.p[name] = np.exp(posterior.log_evidence - log_total)
        found.beliefs[name] = posterior.beliefs
