"""Names outside, rows inside: a model made ready to answer questions."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from bayesdiag.case import Evidence, Observed
from bayesdiag.engine import kernel_jit
from bayesdiag.engine.absorb import absorbed, leaf_beliefs, noisy_leaves, single_leaves
from bayesdiag.engine.answers import Answers, Questions, is_askable_by_rows
from bayesdiag.engine.distinct import distinct
from bayesdiag.engine.kernel import Run
from bayesdiag.engine.layout import Bools, Floats, Layout, layout_of
from bayesdiag.engine.posterior import Posterior, Status
from bayesdiag.engine.program import Limits, Program
from bayesdiag.engine.programs import Programs
from bayesdiag.engine.recent import Recent
from bayesdiag.engine.relevance import graph_of, relevant
from bayesdiag.engine.tables import Decomposition, DenseFamily, Family, families_of
from bayesdiag.errors import TooLarge
from bayesdiag.model import Model

if TYPE_CHECKING:
    from bayesdiag.engine.frontier import TwoLayer

MEMORY_SHARE = 0.25
"""Share of the machine's memory that a program may take unless the caller says otherwise."""
MAX_SECONDS = 10.0
"""Time that making a program may take unless the caller says otherwise."""
MAX_ANSWERS = 512
"""Rows whose beliefs are kept: an interview asks about each of its steps again and again."""
SMALL = 1e-6
"""Below this the difference of two rows keeps too few digits of a probability."""
FEW = 32
"""A larger batch is computed without looking whether some of its rows are known."""
MANY = 64
"""Variables from which a two-layer noisy OR is worked off by the frontier method."""
EASY = 40_000
"""Entries below which one row runs on the program for any findings: quicker than making its own."""
TOGETHER = 4
"""Rows from which a program that serves all rows with the same findings about leaves is made."""
WORTH = 4_000_000
"""Cells below which many rows run on one program for any findings."""


_Answer = tuple[Floats, float, Floats | None]
"""Beliefs of one row, its log-evidence, and the half-widths where they are estimates."""


@dataclass(frozen=True)
class CompiledNetwork:
    """A model made ready: numbers, layout, and the programs made so far.

    Attributes:
        model: The model.
        layout: Where each variable and state stands in a row.
        families: Numbers of every variable.
        programs: Makes programs and keeps them.
        leaves: Variables that only their single parent touches; none of them enters a program.
        run: The kernel.
        questions: Makes the rows of questions.
        estimates: Whether what is too large for an exact answer is estimated.
    """

    model: Model
    layout: Layout
    families: tuple[Family, ...]
    programs: Programs
    leaves: tuple[int, ...]
    run: Run
    questions: Questions
    estimates: bool
    _answers: Recent[tuple[bytes, frozenset[str]], _Answer] = field(
        default_factory=lambda: Recent(MAX_ANSWERS), repr=False
    )

    def rows(self, evidences: Iterable[Evidence], *, premise: bool) -> Floats:
        """Return evidence as rows of likelihoods, shape (B, S)."""
        rows = [self._row(evidence, premise=premise) for evidence in evidences]
        return np.array(rows).reshape(len(rows), self.layout.n_slots)

    def posterior(
        self,
        evidence: Evidence | Mapping[str, Observed] | Sequence[Evidence | Mapping[str, Observed]],
        *,
        premise: bool = False,
        targets: Iterable[str] | None = None,
    ) -> Posterior:
        """Return beliefs given one or many evidences, a row each.

        Args:
            evidence: One, or a sequence; plain mappings are checked first.
            premise: Whether the model's premise is part of the evidence.
            targets: Variables whose beliefs are wanted; all when None.

        Raises:
            EvidenceError: An unknown name or state.
            TooLarge: Exact inference needs too much memory.
        """
        if targets is None and not premise and isinstance(evidence, Mapping):
            found = self._at_once(evidence)
            if found is not None:
                return found
        many = [evidence] if isinstance(evidence, Evidence | Mapping) else list(evidence)
        checked = [one if isinstance(one, Evidence) else Evidence(self.model, one) for one in many]
        wanted = self._all_names if targets is None else frozenset(targets)
        unknown = wanted - self._all_names
        if unknown:
            raise KeyError(sorted(unknown)[0])
        rows = self.rows(checked, premise=premise)
        return self.posterior_of_rows(rows, wanted)

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
            TooLarge: Exact inference needs too much memory.
        """
        wanted = frozenset(targets)
        if len(rows) > FEW:
            if not deduplicate:
                return self._computed(rows, wanted, cores)
            first, which = distinct(rows)
            if len(first) == len(rows):
                return self._computed(rows, wanted, cores)
            found = self._computed(rows[first], wanted, cores)
            half_width = None if found.half_width is None else found.half_width[which]
            return Posterior(self.layout, found.beliefs[which], found.log_evidence[which], wanted, half_width)
        known = [self._answers.recall((row.tobytes(), wanted)) for row in rows]
        missing = [number for number, answer in enumerate(known) if answer is None]
        if missing:
            posterior = self._computed(rows[missing], wanted, cores)
            for place, number in enumerate(missing):
                known[number] = self._remember(rows[number], posterior, place)
        answers = [one for one in known if one is not None]
        beliefs = np.array([one[0] for one in answers]).reshape(rows.shape)
        log_evidence = np.array([one[1] for one in answers])
        half_width = None
        if any(one[2] is not None for one in answers):
            half_width = np.array([np.zeros_like(one[0]) if one[2] is None else one[2] for one in answers])
        return Posterior(self.layout, beliefs, log_evidence, wanted, half_width)

    def _remember(self, row: Floats, posterior: Posterior, place: int = 0) -> _Answer:
        """Keep what a row came to, for the next time it is asked about."""
        half_width = None if posterior.half_width is None else posterior.half_width[place].copy()
        value = (posterior.beliefs[place].copy(), float(posterior.log_evidence[place]), half_width)
        return self._answers.keep((row.tobytes(), posterior.targets), value)

    def _computed(self, rows: Floats, wanted: frozenset[str], cores: int = 1) -> Posterior:
        """Return beliefs given rows, on one program for all of them or on one for each pattern."""
        targets = self._numbers(wanted)
        if self._two_layer is not None:
            from bayesdiag.engine.frontier import frontier_beliefs  # noqa: PLC0415 - see `_two_layer`

            found = frontier_beliefs(self._two_layer, rows, targets, max_bytes=self.programs.limits.max_bytes)
            return Posterior(self.layout, *found, wanted)
        observed = self._observed(rows)
        program = None
        if len(rows) <= FEW:
            program = self.programs.for_any(observed, self._everything, EASY)
        if program is None and len(rows) > FEW:
            program = self.programs.for_any(observed, targets, WORTH)
        if program is not None:
            beliefs, log_evidence = self.run(program, program.tables, rows, cores=cores)
            return Posterior(self.layout, beliefs, log_evidence, wanted)
        return self._by_pattern(rows, wanted)

    def _by_pattern(self, rows: Floats, wanted: frozenset[str]) -> Posterior:
        """Return beliefs given rows; those of one pattern are run together."""
        leaves = [self.families[index] for index in self.leaves if self.layout.names[index] in wanted]
        inside = (wanted - {self.layout.names[leaf.child] for leaf in leaves}) | {
            self.layout.names[leaf.parents[0]] for leaf in leaves
        }
        absent = [index for index in self._noisy_leaves if self.layout.names[index] not in wanted]
        inner_rows, log_scale = absorbed(self.families, self.layout, rows, (*self.leaves, *absent))
        beliefs = np.zeros_like(rows)
        log_evidence = np.full(len(rows), -np.inf)
        if len(rows) > FEW:
            alone = self._run_together(inner_rows, inside, beliefs, log_evidence)
        else:
            alone = range(len(rows))
        groups: dict[tuple[bytes, ...], list[int]] = {}
        for number in alone:
            row = inner_rows[number]
            support, observed = self.programs.pattern(row)
            spoken = row[self.layout.n_states :] != 1
            groups.setdefault((support.tobytes(), observed.tobytes(), spoken.tobytes()), []).append(number)
        half_width = None
        for numbers in groups.values():
            try:
                beliefs[numbers], log_evidence[numbers] = self._run_pattern(inner_rows[numbers], inside)
            except TooLarge:
                if not self.estimates:
                    raise
                half_width = np.zeros_like(rows) if half_width is None else half_width
                for number in numbers:
                    beliefs[number], half_width[number], log_evidence[number] = self._estimated(
                        inner_rows[number], inside
                    )
        for leaf in leaves:
            span = self.layout.span(leaf.child)
            beliefs[:, span] = leaf_beliefs(leaf, self.layout, rows, beliefs)
            if half_width is not None:
                half_width[:, span] = leaf_beliefs(leaf, self.layout, rows, half_width)
        return Posterior(self.layout, beliefs, log_evidence + log_scale, wanted, half_width)

    def _estimated(self, row: Floats, wanted: frozenset[str]) -> tuple[Floats, Floats, float]:
        """Return estimated beliefs, their half-widths, and the log-evidence, infinity where not known."""
        # Sampling is rarely needed, and its compiled loops take a while to load.
        from bayesdiag.engine.sampling import estimated_beliefs  # noqa: PLC0415

        _, observed = self.programs.pattern(row)
        targets = self._numbers(wanted)
        keep = self.programs.relevant(np.flatnonzero(observed).tolist(), targets)
        # Always the same random numbers: the same findings always get the same estimate.
        found = estimated_beliefs(self.families, self.layout, row, keep, np.random.default_rng(0))
        told = self.programs.slots_of(targets)
        log_evidence = np.inf if found.log_evidence is None else found.log_evidence
        return np.where(told, found.beliefs, 0.0), np.where(told, found.half_width, 0.0), log_evidence

    def _numbers(self, names: frozenset[str]) -> frozenset[int]:
        return frozenset(self.layout.index_of[name] for name in names)

    def _observed(self, rows: Floats) -> Bools:
        """Return which variables any row says something about, shape (variables,)."""
        slots = (rows[:, : self.layout.n_states] != 1).any(axis=0)
        return np.logical_or.reduceat(slots, np.array(self.layout.offsets[:-1]))

    def inquire(self, row: Floats, questions: Sequence[str], targets: Iterable[str]) -> Inquiry:
        """Return one row made ready for many more questions about it.

        Args:
            row: Likelihoods, shape (S,).
            questions: Variables not observed in the row whose answers will be asked for.
            targets: Variables whose beliefs are wanted.
        """
        wanted = tuple(targets)
        shown = {*wanted, *questions}
        leaves = (*self.leaves, *self._noisy_leaves)
        hidden = [index for index in leaves if self.layout.names[index] not in shown]
        rows, log_scale = absorbed(self.families, self.layout, row[None, :], hidden)
        by_rows, others = self._split(rows[0], questions)
        program = self._answering_program(rows[0], by_rows, wanted)
        found = Inquiry(self, rows[0], float(log_scale[0]), tuple(by_rows), tuple(others), wanted, program)
        self._remember(row, found.posterior(rows))
        return found

    def forget(self) -> None:
        """Drop the programs and beliefs kept for the next time."""
        self.programs.clear()
        self._answers.clear()

    def forget_answers(self) -> None:
        """Drop the beliefs kept for the next time; the programs stay."""
        self._answers.clear()

    def answers(self, row: Floats, questions: Sequence[str], targets: Iterable[str]) -> Answers:
        """Return what every answer to every question would do to a row's beliefs; see `inquire`."""
        return self.inquire(row, questions, targets).answers()

    def program(self, row: Floats, targets: Iterable[str]) -> Program:
        """Return the program that a row with these targets runs on."""
        return self.programs.for_row(row, frozenset(self.layout.index_of[name] for name in targets))

    # ── inside ────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _all_names(self) -> frozenset[str]:
        return frozenset(self.layout.names)

    @cached_property
    def _everything(self) -> frozenset[int]:
        return frozenset(range(len(self.layout.names)))

    @cached_property
    def _noisy_leaves(self) -> tuple[int, ...]:
        return noisy_leaves(self.families)

    @cached_property
    def _two_layer(self) -> TwoLayer | None:
        """The network as two layers of a noisy OR, where it is one and large."""
        is_binary = all(size == 2 for size in self.layout.sizes)
        if len(self.layout.names) < MANY or self.programs.is_plain or not is_binary:
            return None
        # Its compiled loops are loaded only where there is such a network.
        from bayesdiag.engine.frontier import two_layer_of  # noqa: PLC0415

        return two_layer_of(self.families, self.layout)

    @cached_property
    def _easy_program(self) -> Program | None:
        """The program for any findings and all beliefs, where one row on it takes no time worth saving."""
        if self.run is not kernel_jit.run:
            return None
        return self.programs.for_any(np.ones(len(self.layout.names), dtype=np.bool_), self._everything, EASY)

    @cached_property
    def _others_of(self) -> Mapping[tuple[str, str], list[int]]:
        """(variable, state) → slots of its other states: what a finding makes impossible."""
        return {
            (name, state): [offset + other for other in range(len(states)) if other != number]
            for name, states, offset in zip(self.layout.names, self.layout.states, self.layout.offsets, strict=False)
            for number, state in enumerate(states)
        }

    def _at_once(self, findings: Mapping[str, Observed]) -> Posterior | None:
        """Return all beliefs given plain findings by the shortest way; None where another one is needed."""
        program = self._easy_program
        if program is None:
            return None
        others: list[int] = []
        for finding in findings.items():
            slots = self._others_of.get(finding) if isinstance(finding[1], str) else None  # type: ignore[arg-type]
            if slots is None:
                return None
            others += slots
        row = np.ones((1, self.layout.n_slots))
        row[0, others] = 0.0
        beliefs, log_evidence = kernel_jit.run_one(program, row)
        return Posterior(self.layout, beliefs, log_evidence, self._all_names)

    def _row(self, evidence: Evidence, *, premise: bool) -> Floats:
        row = np.ones(self.layout.n_slots)
        for name, likelihoods in evidence.findings.items():
            span = self.layout.slots(name)
            states = self.layout.states[self.layout.index_of[name]]
            row[span] *= [likelihoods.get(state, 0.0) for state in states]
        return self.under_premise(row[None, :], premise=premise)[0]

    def under_premise(self, rows: Floats, *, premise: bool) -> Floats:
        """Return rows, shape (B, S), with what the model's premise excludes set to 0."""
        if premise and self.model.premise is not None:
            for state in self.model.premise.exclude:
                rows[:, self.layout.slot(self.model.premise.variable, state)] = 0.0
        return rows

    def _run_together(
        self, rows: Floats, wanted: frozenset[str], beliefs: Floats, log_evidence: Floats
    ) -> Sequence[int]:
        """Run the rows that share what is seen of leaves on one program each; return those left alone.

        What is seen of anything above a leaf only changes weights, so such a program serves many
        rows, though each takes longer on it than on its own.
        """
        targets = self._numbers(wanted)
        if any(self.programs.graph.n_children[index] == 0 for index in targets):
            return range(len(rows))
        groups: dict[bytes, list[int]] = {}
        shape = self.programs.leaf_pattern(rows)
        for number, key in enumerate(shape):
            groups.setdefault(key.tobytes(), []).append(number)
        alone: list[int] = []
        for numbers in groups.values():
            program = None
            if len(numbers) >= TOGETHER:
                program = self.programs.for_leaves(rows[numbers[0]], targets, WORTH)
            if program is None:
                alone += numbers
                continue
            beliefs[numbers], log_evidence[numbers] = self.run(program, program.tables, rows[numbers])
        return sorted(alone)

    def _run_pattern(self, rows: Floats, wanted: frozenset[str]) -> tuple[Floats, Floats]:
        """Run rows of one pattern; unasked leaves among the targets come from answer rows."""
        leaves = self._deferred(rows[0], wanted)
        rest = wanted - set(leaves)
        program = self.programs.for_row(rows[0], self._numbers(frozenset(rest)))
        beliefs, log_evidence = self.run(program, program.tables, rows)
        for number, row in enumerate(rows) if leaves else ():
            if np.isfinite(log_evidence[number]):
                found = self.answers(row, leaves, ())
                for leaf in leaves:
                    beliefs[number, self.layout.slots(leaf)] = self._leaf_belief(row, leaf, found.p[leaf])
        return beliefs, log_evidence

    def _leaf_belief(self, row: Floats, leaf: str, p: Floats) -> Floats:
        """Return an unobserved leaf's belief: by differences of rows, small ones state by state."""
        if (p >= SMALL).all():
            return p
        rows = np.repeat(row[None, :], len(p), axis=0)
        rows[:, self.layout.slots(leaf)] *= np.eye(len(p))
        log_evidence = self._computed(rows, frozenset()).log_evidence
        return np.asarray(np.exp(log_evidence - np.logaddexp.reduce(log_evidence)))

    def _deferred(self, row: Floats, wanted: frozenset[str]) -> list[str]:
        """Return the targets that are better asked than put into the tree: unobserved noisy leaves."""
        _, observed = self.programs.pattern(row)
        return [
            name
            for name in self.layout.names
            if name in wanted
            and not observed[index := self.layout.index_of[name]]
            and self.programs.graph.n_children[index] == 0
            and not isinstance(self.families[index], DenseFamily)
            and is_askable_by_rows(self.families[index])
        ]

    def _split(self, row: Floats, questions: Sequence[str]) -> tuple[list[str], list[str]]:
        """Split questions into those that are rows on the findings' program, and the rest."""
        _, observed = self.programs.pattern(row)
        kept = set(relevant(self.programs.graph, np.flatnonzero(observed).tolist()))
        by_rows: list[str] = []
        others: list[str] = []
        for name in questions:
            index = self.layout.index_of[name]
            # A context or cause is a part itself; a leaf outside the program is a likelihood on its parents.
            inside = index in kept or self.programs.graph.n_parents[index] == 0 or self.programs.graph.n_children[index] > 0
            (by_rows if inside or is_askable_by_rows(self.families[index]) else others).append(name)
        return by_rows, others

    def _answering_program(self, row: Floats, questions: Sequence[str], targets: Iterable[str]) -> Program:
        """Return the program that holds the targets and what the questions depend on."""
        wanted = {self.layout.index_of[name] for name in targets}
        for name in questions:
            index = self.layout.index_of[name]
            if self.programs.graph.n_children[index] == 0 and is_askable_by_rows(self.families[index]):
                wanted |= set(self.families[index].parents)
            else:
                wanted.add(index)
        return self.programs.for_row(row, frozenset(wanted))

    def kept(self, program: Program) -> list[int]:
        """Return the variables that stand in a program."""
        arrays = program.arrays
        open_slots = arrays.part_slots[np.repeat(arrays.ported, np.diff(arrays.first_state))]
        slots = np.unique(np.concatenate([open_slots, arrays.single_slots]))
        slots = slots[slots < self.layout.n_states]
        owners = np.searchsorted(self.layout.offsets, slots, side="right") - 1
        return [int(owner) for owner in np.unique(owners)]


@dataclass(frozen=True)
class Inquiry:
    """One row, its program made once, and everything that is more rows on it.

    Attributes:
        network: The network.
        row: Likelihoods, shape (S,), seen leaves absorbed.
        log_scale: What absorbing took out of the row, as a natural logarithm.
        by_rows: Questions that are rows on the program.
        others: Questions that need a program per answer.
        targets: Variables whose beliefs are wanted.
        program: The program.
    """

    network: CompiledNetwork
    row: Floats
    log_scale: float
    by_rows: tuple[str, ...]
    others: tuple[str, ...]
    targets: tuple[str, ...]
    program: Program

    def posterior(self, rows: Floats) -> Posterior:
        """Return beliefs given variations of `self.row`: rows whose zeros include its own."""
        beliefs, log_evidence = self.network.run(self.program, self.program.tables, rows)
        return Posterior(self.network.layout, beliefs, log_evidence + self.log_scale, frozenset(self.targets))

    def answers(self) -> Answers:
        """Return what every answer to every question would do."""
        network = self.network
        kept = set(network.kept(self.program))
        asked = network.questions.asked(self.row, self.by_rows, kept)
        posterior = self.posterior(np.vstack([self.row[None, :], asked.rows]))
        found = asked.combine(posterior.beliefs, posterior.log_evidence)
        for question in self.others:
            self._answer_by_programs(question, found)
        return found

    def _answer_by_programs(self, question: str, found: Answers) -> None:
        span = self.network.layout.slots(question)
        n_states = span.stop - span.start
        rows = np.repeat(self.row[None, :], n_states, axis=0)
        rows[:, span] *= np.eye(n_states)
        posterior = self.network.posterior_of_rows(rows, self.targets)
        log_total = np.logaddexp.reduce(posterior.log_evidence)
        found.p[question] = np.exp(posterior.log_evidence - log_total)
        found.beliefs[question] = posterior.beliefs


def compile_network(
    model: Model,
    *,
    max_bytes: int | None = None,
    max_seconds: float = MAX_SECONDS,
    estimate: bool = True,
    run: Run | None = None,
) -> CompiledNetwork:
    """Return a model made ready.

    Args:
        model: A valid model.
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
    programs = Programs(families, layout, graph_of(families), Decomposition(families, layout), limits)
    leaves = () if programs.is_plain else single_leaves(families)
    questions = Questions(families, layout)
    return CompiledNetwork(
        model, layout, families, programs, leaves, run or kernel_jit.run, questions, estimate
    )


def _memory_share() -> int:
    """Return the memory a program may take on this machine."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):  # not told on this system
        total = 8_000_000_000
    return int(MEMORY_SHARE * total)


__all__ = ["Answers", "CompiledNetwork", "Inquiry", "Posterior", "Status", "compile_network"]
