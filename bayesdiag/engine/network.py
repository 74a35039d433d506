"""Names outside, rows inside: a model made ready to answer questions."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from bayesdiag.case import Evidence, Observed
from bayesdiag.engine import kernel_jit
from bayesdiag.engine.absorb import absorbed
from bayesdiag.engine.answers import Answers, Questions
from bayesdiag.engine.distinct import distinct
from bayesdiag.engine.information import information
from bayesdiag.engine.inquiry import Inquiry
from bayesdiag.engine.kernel import Run
from bayesdiag.engine.layout import Floats, Layout, layout_of
from bayesdiag.engine.posterior import Posterior, Status
from bayesdiag.engine.program import Limits, Program
from bayesdiag.engine.programs import Programs
from bayesdiag.engine.recent import Recent
from bayesdiag.engine.relevance import graph_of
from bayesdiag.engine.tables import Decomposition, Family, families_of, undirected
from bayesdiag.engine.ways import FEW, LIGHT, Ways
from bayesdiag.errors import Fault, InvalidModel
from bayesdiag.model import Factors, Model

MEMORY_SHARE = 0.25
"""Share of the machine's memory that a program may take unless the caller says otherwise."""
MAX_SECONDS = 10.0
"""Time that making a program may take unless the caller says otherwise."""
MAX_ANSWERS = 512
"""Rows whose beliefs are kept: an interview asks about each of its steps again and again."""

_Answer = tuple[Floats, float, Floats | None]
"""Beliefs of one row, its log-evidence, and the half-widths where they are estimates."""


@dataclass(frozen=True)
class CompiledNetwork:
    """A model made ready: numbers, layout, and the programs made so far.

    Attributes:
        source: The model, or the undirected network.
        layout: Where each variable and state stands in a row.
        ways: Computes rows.
    """

    source: Model | Factors
    layout: Layout
    ways: Ways
    _answers: Recent[tuple[bytes, frozenset[str]], _Answer] = field(
        default_factory=lambda: Recent(MAX_ANSWERS), repr=False
    )

    @property
    def model(self) -> Model:
        """The model.

        Raises:
            InvalidModel: This is an undirected network.
        """
        if isinstance(self.source, Factors):
            told = "Ask for posteriors instead: `bayesdiag posterior`, or network.posterior in Python."
            raise InvalidModel([Fault((), f"{self.source.name} has tables without arrows", told)])
        return self.source

    @property
    def families(self) -> tuple[Family, ...]:
        """Numbers of every variable."""
        return self.ways.families

    @property
    def programs(self) -> Programs:
        """What makes programs and keeps them."""
        return self.ways.programs

    @property
    def run(self) -> Run:
        """The kernel."""
        return self.ways.run

    def rows(self, evidences: Iterable[Evidence], *, premise: bool) -> Floats:
        """Return evidence as rows of likelihoods, shape (B, S)."""
        rows = [self._row(evidence) for evidence in evidences]
        return self.under_premise(np.array(rows).reshape(len(rows), self.layout.n_slots), premise=premise)

    def under_premise(self, rows: Floats, *, premise: bool) -> Floats:
        """Return rows, shape (B, S), with what the model's premise excludes set to 0 in place."""
        if premise and isinstance(self.source, Model) and self.source.premise is not None:
            for state in self.source.premise.exclude:
                rows[:, self.layout.slot(self.source.premise.variable, state)] = 0.0
        return rows

    def posterior(
        self,
        evidence: Evidence | Mapping[str, Observed] | Sequence[Evidence | Mapping[str, Observed]],
        *,
        premise: bool = False,
        targets: Iterable[str] | None = None,
        cores: int = 1,
    ) -> Posterior:
        """Return beliefs given one or many evidences, a row each.

        Args:
            evidence: One, or a sequence; plain mappings are checked first.
            premise: Whether the model's premise is part of the evidence.
            targets: Variables whose beliefs are wanted; all when None.
            cores: Threads to use.

        Raises:
            EvidenceError: An unknown name or state.
            TooLarge: Exact inference needs too much memory, and no estimate is to be had.
        """
        if targets is None and not premise and isinstance(evidence, dict):
            found = self._at_once(evidence)
            if found is not None:
                return found
        many = [evidence] if isinstance(evidence, Evidence | Mapping) else list(evidence)
        checked = [one if isinstance(one, Evidence) else Evidence(self.source, one) for one in many]
        wanted = self._all_names if targets is None else frozenset(targets)
        unknown = wanted - self._all_names
        if unknown:
            raise KeyError(sorted(unknown)[0])
        return self.posterior_of_rows(self.rows(checked, premise=premise), wanted, cores=cores)

    def posterior_of_rows(
        self, rows: Floats, targets: Iterable[str], *, cores: int = 1, deduplicate: bool = True
    ) -> Posterior:
        """Return beliefs given rows of likelihoods.

        Args:
            rows: Likelihoods, shape (B, S), each finite and 0 or more.
            targets: Variables whose beliefs are wanted.
            cores: Threads to use; the numbers are the same whatever their number.
            deduplicate: Whether rows that occur more than once are computed once.

        Raises:
            TooLarge: Exact inference needs too much memory, and no estimate is to be had.
        """
        rows, wanted = self.layout.as_rows(rows), frozenset(targets)
        if len(rows) <= FEW:
            return self._recalled(rows, wanted, cores)
        if not deduplicate:
            return self._computed(rows, wanted, cores)
        first, which = distinct(rows)
        if len(first) == len(rows):
            return self._computed(rows, wanted, cores)
        found = self._computed(rows[first], wanted, cores)
        half_width = None if found.half_width is None else found.half_width[which]
        return Posterior(self.layout, found.beliefs[which], found.log_evidence[which], wanted, half_width)

    def inquire(self, row: Floats, questions: Sequence[str], targets: Iterable[str]) -> Inquiry:
        """Return one row made ready for many more questions about it.

        Args:
            row: Likelihoods, shape (S,).
            questions: Variables not observed in the row whose answers will be asked for.
            targets: Variables whose beliefs are wanted.

        Raises:
            TooLarge: Exact inference needs too much memory.
        """
        wanted = tuple(targets)
        asked = [self.layout.index_of[name] for name in questions]
        numbers = [self.layout.index_of[name] for name in wanted]
        hidden = self.ways.hidden({*asked, *numbers})
        rows, log_scale = absorbed(self.families, self.layout, row[None, :], hidden)
        by_rows, others = self.ways.askable(rows[0], asked)
        program = self.ways.answering_program(rows[0], by_rows, numbers)
        log_scale = log_scale - self._log_total
        found = Inquiry(self, rows[0], float(log_scale[0]), tuple(by_rows), tuple(others), wanted, program)
        self._remember(row, found.posterior(rows))
        return found

    def answers(self, row: Floats, questions: Sequence[str], targets: Iterable[str]) -> Answers[str]:
        """Return what every answer to every question would do to a row's beliefs; see `inquire`."""
        return self.inquire(row, questions, targets).answers()

    def information(self, row: Floats, questions: Sequence[str], targets: Sequence[str]) -> Floats:
        """Return what the answer to each question would tell about each target.

        Args:
            row: Likelihoods, shape (S,).
            questions: Variables.
            targets: Variables, none of them among the questions.

        Returns:
            Mutual information in nats given the row, shape (targets, questions); 0 where the row
            is impossible. Where `Inquiry.answers` would be estimated, so is this.

        Raises:
            TooLarge: Exact inference needs too much memory.
        """
        return information(self, row, questions, targets)

    def program(self, row: Floats, targets: Iterable[str]) -> Program:
        """Return the program made for a row with these targets."""
        return self.programs.for_row(row, self._numbers(frozenset(targets)))

    def forget(self) -> None:
        """Drop the programs, beliefs and sets of questions kept for the next time."""
        self.programs.clear()
        self.ways.questions.clear()
        self._answers.clear()

    def forget_answers(self) -> None:
        """Drop the beliefs kept for the next time; the programs stay."""
        self._answers.clear()

    # ── inside ────────────────────────────────────────────────────────────────────────────────
    @cached_property
    def _all_names(self) -> frozenset[str]:
        return frozenset(self.layout.names)

    @cached_property
    def _nothing(self) -> Floats:
        """A row that says nothing, shape (1, S)."""
        return np.ones((1, self.layout.n_slots))

    @cached_property
    def _log_total(self) -> float:
        """Logarithm of the sum over all worlds: 0 but in an undirected network.

        Raises:
            InvalidModel: The tables contradict each other: no world has a number above 0.
        """
        if not isinstance(self.source, Factors):
            return 0.0
        total = float(self.ways.found(self._nothing, frozenset([0]), 1).log_evidence[0])
        if total == -np.inf:
            told = "Every combination of states has a 0 in some table: correct the tables."
            raise InvalidModel([Fault(("tables",), "they contradict each other", told)])
        return total

    def _row(self, evidence: Evidence) -> Floats:
        row = np.ones(self.layout.n_slots)
        for name, likelihoods in evidence.findings.items():
            states = self.layout.states[self.layout.index_of[name]]
            row[self.layout.slots(name)] *= [likelihoods.get(state, 0.0) for state in states]
        return row

    def _numbers(self, names: frozenset[str]) -> frozenset[int]:
        if len(names) == len(self.layout.names):
            return self.ways.everything
        return frozenset(self.layout.index_of[name] for name in names)

    @cached_property
    def _others_of(self) -> Mapping[tuple[str, str], list[int]]:
        """(variable, state) → slots of its other states: what a finding makes impossible."""
        placed = zip(self.layout.names, self.layout.states, self.layout.offsets, strict=False)
        return {
            (name, state): [offset + other for other in range(len(states)) if other != number]
            for name, states, offset in placed
            for number, state in enumerate(states)
        }

    def _at_once(self, findings: Mapping[str, Observed]) -> Posterior | None:
        """Return all beliefs given plain findings by the shortest way; None where another one is needed."""
        if not self.programs.is_plain:
            return None
        others: list[int] = []
        for name, seen in findings.items():
            slots = self._others_of.get((name, seen)) if isinstance(seen, str) else None
            if slots is None:
                return None
            others += slots
        row = self._nothing.copy()
        likelihoods = row[0]
        for slot in others:  # a list of a few slots takes longer to look up than to write
            likelihoods[slot] = 0.0
        again = self.ways.again(row, LIGHT)
        if again is None:
            return self._recalled(row, self._all_names, 1)
        if self._log_total:
            again[1][0] -= self._log_total
        return Posterior(self.layout, *again, self._all_names)

    def _recalled(self, rows: Floats, wanted: frozenset[str], cores: int) -> Posterior:
        """Return beliefs given rows, those computed lately from what was kept."""
        known = [self._answers.recall((row.tobytes(), wanted)) for row in rows]
        missing = [number for number, answer in enumerate(known) if answer is None]
        if missing:
            posterior = self._computed(rows[missing], wanted, cores)
            for place, number in enumerate(missing):
                known[number] = self._remember(rows[number], posterior, place)
        answers = [one for one in known if one is not None]
        beliefs = np.array([one[0] for one in answers]).reshape(rows.shape)
        half_width = None
        if any(one[2] is not None for one in answers):
            half_width = np.array([np.zeros_like(one[0]) if one[2] is None else one[2] for one in answers])
        return Posterior(self.layout, beliefs, np.array([one[1] for one in answers]), wanted, half_width)

    def _remember(self, row: Floats, posterior: Posterior, place: int = 0) -> _Answer:
        """Keep what a row came to, for the next time it is asked about."""
        half_width = None if posterior.half_width is None else posterior.half_width[place].copy()
        value = (posterior.beliefs[place].copy(), float(posterior.log_evidence[place]), half_width)
        return self._answers.keep((row.tobytes(), posterior.targets), value)

    def _computed(self, rows: Floats, wanted: frozenset[str], cores: int) -> Posterior:
        """Return beliefs given rows, their probability relative to that of anything at all."""
        beliefs, log_evidence, half_width = self.ways.found(rows, self._numbers(wanted), cores)
        return Posterior(self.layout, beliefs, log_evidence - self._log_total, wanted, half_width)


def compile_network(
    model: Model | Factors,
    *,
    max_bytes: int | None = None,
    max_seconds: float = MAX_SECONDS,
    estimate: bool = True,
    run: Run = kernel_jit.run,
) -> CompiledNetwork:
    """Return a model made ready.

    Args:
        model: A valid model, or an undirected network.
        max_bytes: Memory a program may take; by default a quarter of what the machine has.
        max_seconds: Time that making a program may take, counted in steps of a slow core.
        estimate: Whether beliefs that are too large for an exact answer are estimated by
            sampling, with their bands; otherwise, and where sampling would not be honest, they
            are refused with `TooLarge`.
        run: The kernel; by default the fast one.
    """
    layout = layout_of(model)
    families = families_of(model, layout)
    limits = Limits(_memory_share() if max_bytes is None else max_bytes, max_seconds)
    if isinstance(model, Factors):
        decomposition = Decomposition(families, layout, undirected(model, layout))
        estimate = False  # worlds are drawn along arrows
    else:
        decomposition = Decomposition(families, layout)
    programs = Programs(families, layout, graph_of(families), decomposition, limits)
    ways = Ways(families, layout, programs, run, Questions(families, layout), estimate)
    return CompiledNetwork(model, layout, ways)


def _memory_share() -> int:
    """Return the memory a program may take on this machine."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):  # not told on this system
        total = 8_000_000_000
    return int(MEMORY_SHARE * total)


__all__ = ["Answers", "CompiledNetwork", "Inquiry", "Posterior", "Status", "compile_network"]
