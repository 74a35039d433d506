"""The network taken apart for one set of findings, from pieces that are made once and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from bayesdiag.engine.layout import Bools, Floats, Ints, Layout
from bayesdiag.engine.recent import Recent
from bayesdiag.engine.tables.families import DenseFamily, Family, LinkFamily
from bayesdiag.engine.tables.graph import NO_SLOT, FactorGraph
from bayesdiag.engine.tables.pieces import (
    FREE,
    QUIET,
    Chain,
    Pieces,
    Stand,
    chain_pieces,
    dense_pieces,
    first_chain,
    max_chain,
    winner_pieces,
)

Orders = Mapping[int, tuple[int, ...]]
"""Family → in which order its contributions stand in its chain; others stand as they are."""

MAX_KEPT = 4096
"""Chains, and sets of stages, kept ready."""
MAX_BLOCK_BYTES = 64_000_000
"""Memory of the blocks kept ready: under probes a single one may have a megabyte."""
MAX_GRAPH_BYTES = 64_000_000
"""Memory of the whole graphs kept ready."""


@dataclass(frozen=True, slots=True)
class _Block:
    """One family's parts and factors, ready to be laid end to end with others.

    Attributes:
        parts: Numbers of the parts it brings; see `Decomposition.first_hidden`.
        sizes: How many states each has.
        slots: Slots of their states, shape (states, 2).
        scope_sizes: How many parts each factor has.
        scopes: Those parts.
        cell_sizes: How many cells each factor has.
        tables: The cells; empty where they are the network's own.
        first_cell: Where its only factor starts in the network's own tables, or -1.
        chain: How many links it has that may stand in any order, each a factor; 0 for none.
    """

    parts: Ints
    sizes: Ints
    slots: Ints
    scope_sizes: Ints
    scopes: Ints
    cell_sizes: Ints
    tables: Floats
    first_cell: int
    chain: int


def _block_bytes(block: _Block) -> int:
    return block.tables.nbytes + block.slots.nbytes + 1000


def _graph_bytes(graph: FactorGraph) -> int:
    return graph.tables.nbytes + graph.slots.nbytes + graph.scopes.nbytes + 1000


@dataclass(frozen=True)
class Decomposition:
    """Takes a network apart for any set of findings.

    Attributes:
        families: Numbers of every variable.
        layout: Where the slots are.
        factors: Tables beside the families, each with the variables of its axes: what an
            undirected network consists of. They stand in every graph.
    """

    families: tuple[Family, ...]
    layout: Layout
    factors: tuple[tuple[tuple[int, ...], Floats], ...] = ()
    _blocks: Recent[tuple[object, ...], _Block] = field(
        default_factory=lambda: Recent(MAX_BLOCK_BYTES, _block_bytes), repr=False
    )
    _chains: Recent[tuple[object, ...], Chain] = field(default_factory=lambda: Recent(MAX_KEPT), repr=False)
    _stands: Recent[frozenset[int], Mapping[int, Stand]] = field(
        default_factory=lambda: Recent(MAX_KEPT), repr=False
    )
    _graphs: Recent[tuple[object, ...], FactorGraph] = field(
        default_factory=lambda: Recent(MAX_GRAPH_BYTES, _graph_bytes), repr=False
    )

    def graph(self, support: Bools, keep: tuple[int, ...], orders: Orders | None = None) -> FactorGraph:
        """Return the kept part of the network as factors.

        Args:
            support: Which state slots are possible, shape (state slots,).
            keep: Variables that matter, parents before children.
            orders: In which order the links of some families stand.
        """
        key = (keep, support[self._linked_slots].tobytes(), tuple(sorted((orders or {}).items())))
        known = self._graphs.recall(key)
        if known is not None:
            return known
        kept = frozenset(keep)
        stands = self._stands_of(kept & self.layout.stages)
        needed = {parent for index in keep for parent in self.families[index].parents}
        blocks = [
            self._block(index, support, stands, index in needed, (orders or {}).get(index)) for index in keep
        ]
        return self._graphs.keep(key, self._laid(blocks))

    def clear(self) -> None:
        """Forget what was kept."""
        for kept in (self._blocks, self._chains, self._stands, self._graphs):
            kept.clear()

    @cached_property
    def tables(self) -> Floats:
        """The network's own tables end to end, in the order of its variables, zeros included."""
        own = [family.p.ravel() for family in self.families if self._is_plain(family)]  # type: ignore[union-attr]
        return np.concatenate([np.zeros(0), *own, *(table.ravel() for _, table in self.factors)])

    @cached_property
    def first_cell(self) -> Mapping[int, int]:
        """Variable → where its table starts in `tables`, for those whose table is there."""
        first, at = {}, 0
        for family in self.families:
            if self._is_plain(family):
                first[family.child] = at
                at += family.p.size  # type: ignore[union-attr]
        return first

    @cached_property
    def first_hidden(self) -> Ints:
        """The number of each family's first hidden part; parts below the first one are variables."""
        n_hidden = [
            0 if isinstance(family, DenseFamily) else len(family.contributions) + 1
            for family in self.families
        ]
        return len(self.families) + np.concatenate([[0], np.cumsum(n_hidden, dtype=np.int64)])

    # ── inside ────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _event_variables(self) -> frozenset[int]:
        return frozenset(variable for variable, _ in self.layout.events)

    @cached_property
    def _linked_slots(self) -> Ints:
        """State slots of the variables whose possible states shape their pieces."""
        spans = [
            np.arange(self.layout.offsets[family.child], self.layout.offsets[family.child + 1])
            for family in self.families
            if isinstance(family, LinkFamily)
        ]
        return np.concatenate(spans) if spans else np.zeros(0, dtype=np.int64)

    def _is_plain(self, family: Family) -> bool:
        """Whether a family's table stands in the graph just as it is."""
        return isinstance(family, DenseFamily) and not self._event_variables.intersection(
            (family.child, *family.parents)
        )

    def _stands_of(self, stages: frozenset[int]) -> Mapping[int, Stand]:
        known = self._stands.recall(stages)
        if known is not None:
            return known
        stages_of = self._stages_of(stages)
        return self._stands.keep(
            stages, {index: self._stand(index, stages_of) for index in range(len(self.families))}
        )

    def _stages_of(self, stages: frozenset[int]) -> dict[tuple[int, int], list[int]]:
        """Return, for each responsibility, the kept stages its links lead to."""
        found: dict[tuple[int, int], list[int]] = {}
        for index in sorted(stages):
            family = self.families[index]
            if isinstance(family, DenseFamily):
                continue
            for contribution in family.contributions:
                if contribution.parent not in self._event_variables:
                    continue
                fires = contribution.p[..., 1:].sum(axis=-1)
                acts = fires.reshape(-1, contribution.p.shape[-2]).max(axis=0) > 0
                if family.rule == "first":
                    acts[0] = False  # a parent in its first state is passed over
                for state in np.flatnonzero(acts):
                    found.setdefault((contribution.parent, int(state)), []).append(index)
        return found

    def _stand(self, variable: int, stages_of: Mapping[tuple[int, int], list[int]]) -> Stand:
        """Return what stands for a variable, split into phases where it is a cause with links."""
        offset = self.layout.offsets[variable]
        lines = []
        stages = []
        for state in range(self.layout.sizes[variable]):
            led = stages_of.get((variable, state), [])
            stages.append(tuple(led))
            lines.append((state, QUIET if led else FREE, offset + state, NO_SLOT))
            for phase in range(len(led)):
                event = self.layout.event_slot_of[variable, state]
                lines.append((state, phase, offset + state, event))
        table = np.array(lines, dtype=np.int64).reshape(-1, 4)
        return Stand(np.ascontiguousarray(table[:, 2:]), table[:, 0], table[:, 1], tuple(stages))

    def _block(
        self,
        index: int,
        support: Bools,
        stands: Mapping[int, Stand],
        is_needed: bool,  # noqa: FBT001 - one of several facts that shape a piece
        order: tuple[int, ...] | None,
    ) -> _Block:
        """Return one family's block, made at most once for each set of possible states."""
        family = self.families[index]
        stages = (family.child, *family.parents)
        phases = tuple(stands[variable].stages for variable in stages if variable in self._event_variables)
        possible = support[self.layout.span(index)].tobytes() if isinstance(family, LinkFamily) else b""
        key = (index, possible, phases, is_needed, order)
        known = self._blocks.recall(key)
        if known is not None:
            return known
        is_winner = isinstance(family, LinkFamily) and family.rule == "first" and not is_needed
        block = self._written(
            index, self._pieces(family, support, stands, key), None if is_winner else stands[index]
        )
        return self._blocks.keep(key, block)

    def _pieces(
        self, family: Family, support: Bools, stands: Mapping[int, Stand], key: tuple[object, ...]
    ) -> Pieces:
        if isinstance(family, DenseFamily):
            return dense_pieces(family, stands)
        index, possible_bytes, phases, is_needed, order = key
        possible = np.flatnonzero(support[self.layout.span(family.child)])
        if family.rule == "first" and not is_needed:
            return winner_pieces(family, possible, stands)
        chain = self._chains.recall((index, possible_bytes, phases))
        if chain is None:
            make = max_chain if family.rule == "max" else first_chain
            chain = self._chains.keep((index, possible_bytes, phases), make(family, possible, stands))
        links = order if isinstance(order, tuple) else tuple(range(len(family.contributions)))
        return chain_pieces(family, chain, links)

    def _written(self, index: int, pieces: Pieces, stand: Stand | None) -> _Block:
        family = self.families[index]
        first_hidden = int(self.first_hidden[index])
        slots = [*([] if stand is None else [stand.slots]), *pieces.hidden]
        numbers = [
            *([] if stand is None else [index]),
            *range(first_hidden, first_hidden + len(pieces.hidden)),
        ]
        scopes = [
            part if part >= 0 else first_hidden - 1 - part for piece in pieces.pieces for part in piece.scope
        ]
        first_cell = self.first_cell.get(index, -1)
        return _Block(
            np.array(numbers, dtype=np.int64),
            np.array([len(one) for one in slots], dtype=np.int64),
            np.concatenate(slots),
            np.array([len(piece.scope) for piece in pieces.pieces], dtype=np.int64),
            np.array(scopes, dtype=np.int64),
            np.array([piece.table.size for piece in pieces.pieces], dtype=np.int64),
            np.zeros(0)
            if first_cell >= 0
            else np.concatenate([np.zeros(0), *(p.table.ravel() for p in pieces.pieces)]),
            first_cell,
            len(pieces.pieces) if isinstance(family, LinkFamily) and family.rule == "max" else 0,
        )

    def _laid(self, blocks: Sequence[_Block]) -> FactorGraph:
        """Lay blocks end to end and number their parts anew."""
        if not blocks:
            none = np.zeros(0, dtype=np.int64)
            first = np.zeros(1, dtype=np.int64)
            return FactorGraph(first, none.reshape(0, 2), first, none, none, self.tables, (), str)
        parts = np.concatenate([block.parts for block in blocks])
        number = np.full(int(self.first_hidden[-1]), -1, dtype=np.int64)
        number[parts] = np.arange(len(parts))
        first_cells, tables, at = [], [self.tables], len(self.tables)
        chains, factor = [], 0
        for block in blocks:
            if block.chain > 2:
                chains.append((int(block.parts[0]), factor, block.chain))
            factor += len(block.scope_sizes)
            if block.first_cell >= 0:
                first_cells.append(np.array([block.first_cell]))
                continue
            first_cells.append(at + np.cumsum(block.cell_sizes) - block.cell_sizes)
            tables.append(block.tables)
            at += len(block.tables)
        extra_scopes = [np.array(scope, dtype=np.int64) for scope, _ in self.factors]
        sizes = np.array([table.size for _, table in self.factors], dtype=np.int64)
        first_cells.append(len(self.tables) - sizes.sum() + np.cumsum(sizes) - sizes)
        return FactorGraph(
            _starts([block.sizes for block in blocks]),
            np.concatenate([block.slots for block in blocks]),
            _starts(
                [
                    *(block.scope_sizes for block in blocks),
                    np.array([len(s) for s in extra_scopes], dtype=np.int64),
                ]
            ),
            number[np.concatenate([*(block.scopes for block in blocks), *extra_scopes])],
            np.concatenate(first_cells),
            self.tables if len(tables) == 1 else np.concatenate(tables),
            tuple(chains),
            lambda part: self._label(int(parts[part])),
        )

    def _label(self, part: int) -> str:
        if part < len(self.families):
            return self.layout.names[part]
        family = int(np.searchsorted(self.first_hidden, part, side="right")) - 1
        return f"{self.layout.names[family]}[{part - int(self.first_hidden[family]) + 1}]"


def _starts(sizes: Sequence[Ints]) -> Ints:
    return np.concatenate([[0], np.cumsum(np.concatenate(sizes))])
