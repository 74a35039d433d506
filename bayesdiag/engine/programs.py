"""Which program a row runs on, and the programs made so far.

A program *for any findings* keeps every state and serves all rows; one made for a row keeps only
the states that the row leaves possible, and only the variables that matter to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from bayesdiag.engine.chains import Tries, better_orders
from bayesdiag.engine.dense import WholeTables, whole_tables
from bayesdiag.engine.layout import Bools, Floats, Layout
from bayesdiag.engine.program import Limits, Outline, Program, make_program, outline_of
from bayesdiag.engine.recent import Recent
from bayesdiag.engine.relevance import Graph, relevant
from bayesdiag.engine.tables import Decomposition, DenseFamily, Family, LinkFamily
from bayesdiag.errors import TooLarge

MAX_KEPT_BYTES = 500_000_000
"""Memory of the programs kept ready."""
CELLS_PER_TRY = 5_000
"""For each so many cells of the first order, one move of a link is tried."""
FIRST_TRIES = 100
"""Moves tried at most while each is judged by the cells of the first order."""
MAX_TRIES = 8000
"""Moves tried at most."""
CELLS_PER_MORE = 3_000.0
"""For each so many cells of the best order so far, one more move is tried."""
MAX_WHOLE_BYTES = 100_000_000
"""Memory of the whole tables kept ready."""
MAX_MET = 1024
"""Patterns remembered that were answered without a program, and are to have one the next time."""
MAX_AT_ONCE = 4_000_000
"""Cells above which a list of what is possible is tried first: it may be far shorter."""
FULL = 0.2
"""Share of numbers above 0 from which whole tables are quicker than a list of what is possible."""
MAX_CELLS_KNOWN = 1024
"""Sizes kept of programs for any findings, so that one found too large is not looked at again."""


def _weight(made: Program | WholeTables) -> int:
    return made.n_bytes


def _key(support: Bools, observed: Bools, targets: frozenset[int]) -> tuple[object, ...]:
    """Return what tells one pattern of findings from another."""
    return support.tobytes(), observed.tobytes(), targets


@dataclass(frozen=True)
class Programs:
    """Makes programs and keeps them.

    Attributes:
        families: Numbers of every variable.
        layout: Where each slot stands.
        graph: Arrows between variables.
        decomposition: Takes the network apart.
        limits: A program that would cost more is refused.
    """

    families: tuple[Family, ...]
    layout: Layout
    graph: Graph
    decomposition: Decomposition
    limits: Limits
    _made: Recent[tuple[object, ...], Program] = field(
        default_factory=lambda: Recent(MAX_KEPT_BYTES, _weight), repr=False
    )
    _whole: Recent[tuple[object, ...], WholeTables] = field(
        default_factory=lambda: Recent(MAX_WHOLE_BYTES, _weight), repr=False
    )
    _cells: Recent[tuple[int, ...], float] = field(
        default_factory=lambda: Recent(MAX_CELLS_KNOWN), repr=False
    )
    _met: Recent[tuple[object, ...], int] = field(default_factory=lambda: Recent(MAX_MET), repr=False)

    def for_row(self, row: Floats, targets: frozenset[int]) -> Program:
        """Return the program made for a row, shape (S,), or one with the same possible states.

        Raises:
            TooLarge: Exact inference needs too much memory.
        """
        support, observed = self.pattern(row)
        targets = self._with_spoken(row, targets)
        key = _key(support, observed, targets)
        known = self._made.recall(key)
        if known is not None:
            return known
        seen = np.flatnonzero(observed).tolist()
        keep = self.relevant(seen, targets)
        slots = np.append(support, np.ones(len(self.layout.events), dtype=np.bool_))
        outline = self._outline(support, slots, keep)
        return self._made.keep(key, make_program(outline, self._asked(seen, targets), self.limits))

    def kept_for_row(self, row: Floats, targets: frozenset[int]) -> Program | WholeTables | None:
        """Return what was made before for such a row of plain tables, if it is still there."""
        if not self.is_plain:
            return None
        key = _key(*self.pattern(row), targets)
        return self._whole.recall(key) or self._made.recall(key)

    def at_once(self, row: Floats, targets: frozenset[int]) -> tuple[Floats, Floats] | None:
        """Return a row's beliefs, shape (1, S), and log-evidence, shape (1,), without a program.

        None where that is not quicker: where many numbers are 0, or where the pattern was met
        before and a program of it takes less than its whole tables, which were not kept then.
        """
        if self._share_above < FULL:
            return None
        key = _key(*self.pattern(row), targets)
        kept = self._whole.recall(key)
        if kept is not None:
            return kept.run(row[None, :])
        if self._met.recall(key) is not None:
            return None
        found, is_quicker = None, False
        made = self._whole_tables(row, targets, np.inf if self._share_above == 1.0 else MAX_AT_ONCE)
        if made is not None:
            found, is_quicker = made.first_run(row[None, :])
        if made is not None and is_quicker:
            self._whole.keep(key, made)
        else:
            self._met.keep(key, 1)
        return found

    def dense(self, row: Floats, targets: frozenset[int]) -> tuple[Floats, Floats] | None:
        """Return a row's beliefs, shape (1, S), and log-evidence, shape (1,), by whole tables.

        None where that is too dear, or a product may vanish.
        """
        made = self._whole_tables(row, targets, np.inf)
        return None if made is None else made.run(row[None, :])

    def _whole_tables(self, row: Floats, targets: frozenset[int], max_cells: float) -> WholeTables | None:
        """Return the whole tables of a row's pattern; None where they are too large, or all is impossible."""
        support, observed = self.pattern(row)
        targets = self._with_spoken(row, targets)
        seen = np.flatnonzero(observed).tolist()
        slots = np.append(support, np.ones(len(self.layout.events), dtype=np.bool_))
        outline = self._outline(support, slots, self.relevant(seen, targets))
        if outline.cells > max_cells or not outline.active.is_possible:
            return None
        return whole_tables(outline, self._asked(seen, targets), self.limits)

    def _outline(self, support: Bools, slots: Bools, keep: tuple[int, ...]) -> Outline:
        """Return the cheaper of the network taken apart as it stands, and with its links moved."""
        graph = self.decomposition.graph(support, keep)
        if not graph.chains:
            return outline_of(graph, slots)
        found = outline_of(graph, slots, restarts=0)
        first = int(min(found.cells / CELLS_PER_TRY, FIRST_TRIES))
        tries = Tries(first, MAX_TRIES, CELLS_PER_MORE)
        orders = better_orders(graph, found.active, tries) if first else {}
        return outline_of(self.decomposition.graph(support, keep, orders), slots)

    def for_any(self, observed: Bools, targets: frozenset[int], max_cells: float) -> Program | None:
        """Return the program for any findings about the observed variables; None where it is too large.

        Args:
            observed: Whether rows may say anything about a variable, shape (variables,).
            targets: Variables whose beliefs are wanted.
            max_cells: How many cells its clusters may have.
        """
        if not self.is_plain:
            return None
        everything = len(self.layout.names)
        seen = np.flatnonzero(observed).tolist()
        keep = self._everything if len(targets) == everything else self.relevant(seen, targets)
        key = (keep, targets, None if len(targets) == everything else observed.tobytes())
        known = self._made.recall(key)
        if known is not None:
            return known
        cells = self._cells.recall(keep)
        if cells is not None and cells > max_cells:
            return None
        support = np.ones(self.layout.n_slots, dtype=np.bool_)
        outline = outline_of(self.decomposition.graph(support[: self.layout.n_states], keep), support)
        self._cells.keep(keep, outline.cells)
        if outline.cells > max_cells:
            return None
        try:
            program = make_program(outline, self._asked(seen, targets), self.limits)
        except TooLarge:
            self._cells.keep(keep, np.inf)
            return None
        return self._made.keep(key, program)

    def leaf_pattern(self, rows: Floats) -> Bools:
        """Return, for each row, what shapes a program even if all else is only weights, shape (B, any).

        That is which states of the leaves are possible, which leaves are seen at all, and whether
        the row speaks of responsibilities.
        """
        slots = self._leaf_slots
        seen = rows[:, slots] != 1
        return np.hstack([rows[:, slots] > 0, seen, rows[:, self.layout.n_states :] != 1])

    def for_leaves(self, row: Floats, targets: frozenset[int], max_cells: float) -> Program | None:
        """Return the program for all rows with the row's findings about leaves; None where it is too large.

        Args:
            row: Likelihoods, shape (S,).
            targets: Variables whose beliefs are wanted, no leaf among them.
            max_cells: How many cells its clusters may have.
        """
        leaf_row = np.ones_like(row)
        leaf_row[self._leaf_slots] = row[self._leaf_slots]
        support, observed = self.pattern(leaf_row)
        targets = self._with_spoken(row, targets)
        key = ("leaves", *_key(support, observed, targets))
        known = self._made.recall(key)
        if known is not None:
            return known
        inner = [index for index, count in enumerate(self.graph.n_children) if count]
        keep = self.relevant([*inner, *np.flatnonzero(observed).tolist()], targets)
        slots = np.append(support, np.ones(len(self.layout.events), dtype=np.bool_))
        outline = self._outline(support, slots, keep)
        if outline.cells > max_cells:
            return None
        asked = np.ones(self.layout.n_slots, dtype=np.bool_)
        try:
            return self._made.keep(key, make_program(outline, asked, self.limits))
        except TooLarge:
            return None

    @cached_property
    def _leaf_slots(self) -> np.ndarray:
        """State slots of the variables without children."""
        leaves = [index for index, count in enumerate(self.graph.n_children) if not count]
        spans = [np.arange(self.layout.offsets[i], self.layout.offsets[i + 1]) for i in leaves]
        return np.concatenate(spans) if spans else np.zeros(0, dtype=np.int64)

    def pattern(self, row: Floats) -> tuple[Bools, Bools]:
        """Return which state slots are possible, and which variables are observed at all."""
        states = row[: self.layout.n_states]
        low = np.minimum.reduceat(states, self._starts)
        high = np.maximum.reduceat(states, self._starts)
        return states > 0, (low != high) | (low != 1.0)

    def relevant(self, observed: list[int], targets: frozenset[int]) -> tuple[int, ...]:
        """Return the variables that matter: the observed, the wanted, and all above them."""
        if self.decomposition.factors:  # without arrows everything matters, whatever is asked
            return self._everything
        return relevant(self.graph, [*observed, *sorted(targets | self.blamed(targets))])

    def blamed(self, targets: frozenset[int]) -> set[int]:
        """Return the stages that the links of wanted causes lead to."""
        return {stage for target in targets for stage in self._stages_of.get(target, ())}

    def clear(self) -> None:
        """Forget the programs made so far; what they are made of is kept."""
        self._made.clear()
        self._whole.clear()
        self._met.clear()

    @cached_property
    def _share_above(self) -> float:
        """Share of the numbers that are above 0 in a network of plain tables; 0 in others."""
        if not self.is_plain:
            return 0.0
        families = [family.p for family in self.families if isinstance(family, DenseFamily)]
        tables = [table for _, table in self.decomposition.factors] or families
        return sum(int((p > 0).sum()) for p in tables) / max(1, sum(p.size for p in tables))

    @cached_property
    def is_plain(self) -> bool:
        """Whether every variable has a table of its own: findings then change no structure."""
        return all(isinstance(family, DenseFamily) for family in self.families) and not self.layout.events

    @cached_property
    def _everything(self) -> tuple[int, ...]:
        return relevant(self.graph, range(len(self.families)))

    @cached_property
    def _starts(self) -> np.ndarray:
        return np.array(self.layout.offsets[:-1])

    @cached_property
    def _stages_of(self) -> Mapping[int, tuple[int, ...]]:
        """Cause → stages its links lead to: whether it took part depends on them, seen or not."""
        causes = {cause for cause, _ in self.layout.events}
        stages: dict[int, tuple[int, ...]] = {}
        for family in self.families:
            if family.child in self.layout.stages and isinstance(family, LinkFamily):
                for parent in causes & {contribution.parent for contribution in family.contributions}:
                    stages[parent] = (*stages.get(parent, ()), family.child)
        return stages

    def _with_spoken(self, row: Floats, targets: frozenset[int]) -> frozenset[int]:
        """Return the targets and the causes of whose responsibility a row speaks: their stages tell it."""
        spoken = np.flatnonzero(row[self.layout.n_states :] != 1)
        return targets.union(self.layout.events[event][0] for event in spoken)

    def _asked(self, observed: list[int], targets: frozenset[int]) -> Bools:
        """Return the slots that rows may fill or want, responsibilities of the targets among them."""
        if len(targets) == len(self.layout.names):
            return np.ones(self.layout.n_slots, dtype=np.bool_)
        # A stage that a wanted cause's links lead to stands in the program anyway, and may be asked about.
        return self.slots_of(targets.union(observed, self.blamed(targets)))

    def slots_of(self, variables: frozenset[int]) -> Bools:
        """Return the slots of variables, responsibilities of the causes among them, shape (S,)."""
        slots = np.zeros(self.layout.n_slots, dtype=np.bool_)
        for variable in variables:
            slots[self.layout.span(variable)] = True
        for position, (cause, _) in enumerate(self.layout.events):
            if cause in variables:
                slots[self.layout.n_states + position] = True
        return slots
