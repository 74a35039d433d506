"""Which way a row is computed: on a program for any findings, on one of its own, by frontier, by sampling."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bayesdiag.engine import kernel_jit
from bayesdiag.engine.absorb import absorbed, leaf_beliefs, noisy_leaves, single_leaves
from bayesdiag.engine.answers import Questions, is_askable_by_rows
from bayesdiag.engine.kernel import Run
from bayesdiag.engine.layout import Bools, Floats, Layout
from bayesdiag.engine.program import Program
from bayesdiag.engine.programs import Programs
from bayesdiag.engine.relevance import relevant
from bayesdiag.engine.shares import in_shares
from bayesdiag.engine.tables import DenseFamily, Family
from bayesdiag.errors import TooLarge

if TYPE_CHECKING:
    from bayesdiag.engine.frontier import TwoLayer

SMALL = 1e-6
"""Below this the difference of two rows keeps too few digits of a probability."""
FEW = 32
"""Rows up to which each is computed on its own terms."""
MANY = 64
"""Variables from which a two-layer noisy OR is worked off by the frontier method."""
EASY = 40_000
"""Cells below which one row runs on the program for any findings: quicker than making its own."""
LIGHT = 100_000
"""Entries of what is kept up to which a row is gone through again rather than looked up among the answers."""
TOGETHER = 4
"""Rows from which a program that serves all rows with the same findings about leaves is made."""
CELLS_A_ROW = 125_000
"""Cells that a program for any findings may have for each row that is to run on it."""
WORTH = 4_000_000
"""Cells below which many rows run on one program."""


class Found(NamedTuple):
    """Beliefs (B, S), log-evidence (B,), and half-widths (B, S) where some beliefs are estimates."""

    beliefs: Floats
    log_evidence: Floats
    half_width: Floats | None = None


@dataclass(frozen=True)
class Ways:
    """Computes rows; variables are numbers here.

    Attributes:
        families: Numbers of every variable.
        layout: Where each slot stands.
        programs: Makes programs and keeps them.
        run: The kernel.
        questions: Makes the rows of questions.
        estimates: Whether what is too large for an exact answer is estimated.
    """

    families: tuple[Family, ...]
    layout: Layout
    programs: Programs
    run: Run
    questions: Questions
    estimates: bool

    def found(self, rows: Floats, targets: frozenset[int], cores: int) -> Found:
        """Return what rows of likelihoods, shape (B, S), come to.

        Raises:
            TooLarge: Exact inference needs too much memory, and an estimate is not wanted or not honest.
        """
        if self._two_layer is not None:
            from bayesdiag.engine.frontier import frontier_beliefs  # noqa: PLC0415 - see `_two_layer`

            return Found(
                *frontier_beliefs(self._two_layer, rows, targets, max_bytes=self.programs.limits.max_bytes)
            )
        if len(rows) == 1 and len(targets) == len(self.layout.names):
            again = self.again(rows)
            if again is not None:
                return Found(*again)
        observed = self._observed(rows, cores)
        program = None
        if len(rows) <= FEW:
            program = self.programs.for_any(observed, self.everything, EASY)
        if program is None and len(rows) >= TOGETHER:
            program = self.programs.for_any(observed, targets, min(WORTH, CELLS_A_ROW * len(rows)))
        if program is None:
            return self.found_by_pattern(rows, targets)
        return Found(*self.run(program, program.tables, rows, cores=cores))

    def again(self, row: Floats, n_entries: float = np.inf) -> tuple[Floats, Floats] | None:
        """Return what a row comes to, all beliefs wanted, on the easy program or what is kept of its pattern.

        Args:
            row: Likelihoods, shape (1, S).
            n_entries: How many entries what is kept may take to go through.

        Returns:
            Beliefs, shape (1, S), and log-evidence, shape (1,); None where nothing is kept, it is
            larger, or a product may vanish.
        """
        if self.easy_program is not None:
            return kernel_jit.run_one(self.easy_program, row)
        if self.run is not kernel_jit.run:
            return None
        kept = self.programs.kept_for_row(row[0], self.everything)
        if kept is None or kept.n_entries > n_entries:
            return None
        return kernel_jit.run_one(kept, row) if isinstance(kept, Program) else kept.run(row)

    def found_by_pattern(self, rows: Floats, targets: frozenset[int]) -> Found:
        """Return what rows come to, those of one pattern on a program made for it."""
        leaves = [self.families[index] for index in self._leaves if index in targets]
        inside = (targets - {leaf.child for leaf in leaves}).union(leaf.parents[0] for leaf in leaves)
        inner_rows, log_scale = absorbed(self.families, self.layout, rows, self.hidden(targets, self._leaves))
        beliefs, log_evidence = np.zeros_like(rows), np.full(len(rows), -np.inf)
        half_width = None
        alone: Iterable[int] = range(len(rows))
        if len(rows) > FEW:
            alone = self._run_together(inner_rows, inside, beliefs, log_evidence)
        for numbers in self._patterns(inner_rows, alone):
            try:
                beliefs[numbers], log_evidence[numbers] = self._run_pattern(inner_rows[numbers], inside)
            except TooLarge:
                if not self.estimates:
                    raise
                half_width = np.zeros_like(rows) if half_width is None else half_width
                for number in numbers:
                    estimate = self._estimated(inner_rows[number], inside)
                    beliefs[number], log_evidence[number], half_width[number] = estimate
        for leaf in leaves:
            span = self.layout.span(leaf.child)
            beliefs[:, span] = leaf_beliefs(leaf, self.layout, rows, beliefs)
            if half_width is not None:
                half_width[:, span] = leaf_beliefs(leaf, self.layout, rows, half_width)
        return Found(beliefs, log_evidence + log_scale, half_width)

    def hidden(self, shown: Collection[int], always: Collection[int] = ()) -> list[int]:
        """Return the leaves that may be absorbed: those given anyway, and those nobody asks about."""
        leaves = (*self._leaves, *self._noisy_leaves)
        return [index for index in leaves if index in always or index not in shown]

    def askable(self, row: Floats, asked: Sequence[int]) -> tuple[list[int], list[int]]:
        """Split questions into those that are rows on the findings' program, and the rest."""
        if self.programs.is_plain:
            return list(asked), []
        graph = self.programs.graph
        _, observed = self.programs.pattern(row)
        kept = set(relevant(graph, np.flatnonzero(observed).tolist()))
        by_rows: list[int] = []
        others: list[int] = []
        for index in asked:
            # A context or cause is a part itself; a leaf is a likelihood on its parents.
            inside = index in kept or graph.n_parents[index] == 0 or graph.n_children[index] > 0
            (by_rows if inside or self._is_askable[index] else others).append(index)
        return by_rows, others

    def answering_program(self, row: Floats, asked: Sequence[int], targets: Collection[int]) -> Program:
        """Return the program that holds the targets and what the questions depend on."""
        if self.easy_program is not None:
            return self.easy_program
        wanted = set(targets)
        for index in asked:
            is_leaf = self.programs.graph.n_children[index] == 0
            if is_leaf and not self.programs.is_plain and self._is_askable[index]:
                wanted |= set(self.families[index].parents)
            else:
                wanted.add(index)
        return self.programs.for_row(row, frozenset(wanted))

    def kept(self, program: Program) -> set[int]:
        """Return the variables that rows on a program may speak of."""
        arrays = program.arrays
        open_slots = arrays.part_slots[np.repeat(arrays.ported, np.diff(arrays.first_state))]
        slots = np.unique(np.concatenate([open_slots, arrays.single_slots]))
        slots = slots[(slots >= 0) & (slots < self.layout.n_states)]
        return set((np.searchsorted(self.layout.offsets, slots, side="right") - 1).tolist())

    @cached_property
    def everything(self) -> frozenset[int]:
        """All variables."""
        return frozenset(range(len(self.layout.names)))

    @cached_property
    def easy_program(self) -> Program | None:
        """The program for any findings and all beliefs, where one row on it takes no time worth saving."""
        if self.run is not kernel_jit.run:
            return None
        return self.programs.for_any(np.ones(len(self.layout.names), dtype=np.bool_), self.everything, EASY)

    # ── inside ────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _is_askable(self) -> tuple[bool, ...]:
        """Whether each variable, as an unobserved leaf, is asked about by rows."""
        return tuple(is_askable_by_rows(family) for family in self.families)

    @cached_property
    def _leaves(self) -> tuple[int, ...]:
        """Leaves that only their single parent touches; where all tables are plain they stay inside."""
        return () if self.programs.is_plain else self._blameless(single_leaves(self.families))

    @cached_property
    def _noisy_leaves(self) -> tuple[int, ...]:
        return self._blameless(noisy_leaves(self.families))

    def _blameless(self, leaves: Iterable[int]) -> tuple[int, ...]:
        """Return the leaves that tell of no cause's responsibility: that is lost once a leaf is absorbed."""
        stages = self.programs.blamed(frozenset(cause for cause, _ in self.layout.events))
        return tuple(leaf for leaf in leaves if leaf not in stages)

    @cached_property
    def _two_layer(self) -> TwoLayer | None:
        """The network as two layers of a noisy OR, where it is one and large."""
        is_binary = all(size == 2 for size in self.layout.sizes)
        if len(self.layout.names) < MANY or self.programs.is_plain or not is_binary:
            return None
        # Its compiled loops are loaded only where there is such a network.
        from bayesdiag.engine.frontier import two_layer_of  # noqa: PLC0415

        return two_layer_of(self.families, self.layout)

    def _observed(self, rows: Floats, cores: int = 1) -> Bools:
        """Return which variables any row says something about, shape (variables,)."""

        def part(start: int, stop: int) -> Bools:
            found: Bools = (rows[start:stop, : self.layout.n_states] != 1).any(axis=0)
            return found

        slots = np.any(in_shares(part, len(rows), kernel_jit.SHARE, cores), axis=0)
        return np.logical_or.reduceat(slots, np.array(self.layout.offsets[:-1]))

    def _patterns(self, rows: Floats, numbers: Iterable[int]) -> list[list[int]]:
        """Group rows that have the same possible states and speak of the same things."""
        groups: dict[tuple[bytes, ...], list[int]] = {}
        for number in numbers:
            support, observed = self.programs.pattern(rows[number])
            spoken = rows[number, self.layout.n_states :] != 1
            groups.setdefault((support.tobytes(), observed.tobytes(), spoken.tobytes()), []).append(number)
        return list(groups.values())

    def _run_together(
        self, rows: Floats, targets: frozenset[int], beliefs: Floats, log_evidence: Floats
    ) -> Iterable[int]:
        """Run the rows that share what is seen of leaves on one program each; return those left alone.

        What is seen of anything above a leaf only changes weights, so such a program serves many
        rows, though each takes longer on it than on its own.
        """
        if any(self.programs.graph.n_children[index] == 0 for index in targets):
            return range(len(rows))
        groups: dict[bytes, list[int]] = {}
        for number, key in enumerate(self.programs.leaf_pattern(rows)):
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

    def _run_pattern(self, rows: Floats, targets: frozenset[int]) -> tuple[Floats, Floats]:
        """Run rows of one pattern; unasked leaves among the targets come from answer rows."""
        if len(rows) == 1 and self.run is kernel_jit.run:
            found = self.programs.at_once(rows[0], targets)
            if found is not None:
                return found
        leaves = self._deferred(rows[0], targets)
        try:
            program = self.programs.for_row(rows[0], targets.difference(leaves))
        except TooLarge:
            each = () if leaves else (self.programs.dense(row, targets) for row in rows)
            dense = [one for one in each if one is not None]
            if len(dense) < len(rows):
                raise
            return np.vstack([one[0] for one in dense]), np.concatenate([one[1] for one in dense])
        beliefs, log_evidence = self.run(program, program.tables, rows)
        for number, row in enumerate(rows) if leaves else ():
            if np.isfinite(log_evidence[number]):
                self._ask_leaves(row, leaves, beliefs[number])
        return beliefs, log_evidence

    def _ask_leaves(self, row: Floats, leaves: Sequence[int], belief: Floats) -> None:
        """Write the beliefs of unobserved leaves: by differences of rows, small ones state by state."""
        program = self.answering_program(row, leaves, ())
        first, _ = self.run(program, program.tables, row[None, :])
        asked = self.questions.asked(row, leaves, self.kept(program), first[0])
        p_of = asked.combine(*self.run(program, program.tables, asked.rows)).p
        for leaf in leaves:
            p = p_of[leaf]
            if not (p >= SMALL).all():
                each = np.repeat(row[None, :], len(p), axis=0)
                each[:, self.layout.span(leaf)] *= np.eye(len(p))
                log_evidence = self.found(each, frozenset(), 1).log_evidence
                p = np.exp(log_evidence - np.logaddexp.reduce(log_evidence))
            belief[self.layout.span(leaf)] = p

    def _deferred(self, row: Floats, targets: frozenset[int]) -> list[int]:
        """Return the targets that are better asked than put into the tree: unobserved noisy leaves."""
        _, observed = self.programs.pattern(row)
        return [
            index
            for index in sorted(targets)
            if not observed[index]
            and self.programs.graph.n_children[index] == 0
            and not isinstance(self.families[index], DenseFamily)
            and self._is_askable[index]
        ]

    def _estimated(self, row: Floats, targets: frozenset[int]) -> tuple[Floats, float, Floats]:
        """Return estimated beliefs, the log-evidence, infinity where it is not known, and the half-widths."""
        # Sampling is rarely needed, and its compiled loops take a while to load.
        from bayesdiag.engine.sampling import estimated_beliefs  # noqa: PLC0415

        _, observed = self.programs.pattern(row)
        keep = self.programs.relevant(np.flatnonzero(observed).tolist(), targets)
        # Always the same random numbers: the same findings always get the same estimate.
        found = estimated_beliefs(self.families, self.layout, row, keep, np.random.default_rng(0))
        told = self.programs.slots_of(targets)
        log_evidence = np.inf if found.log_evidence is None else found.log_evidence
        return np.where(told, found.beliefs, 0.0), log_evidence, np.where(told, found.half_width, 0.0)
