"""The ways to draft a model that are open, and the numbers that each makes of some rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from bayesdiag.draft.arrows import Parents, parents_of
from bayesdiag.draft.coding import Coded, coded
from bayesdiag.draft.columns import Column
from bayesdiag.draft.counts import counted, nested_counts, shrunk
from bayesdiag.draft.settings import Settings, Structure
from bayesdiag.draft.tuned import tuned
from bayesdiag.engine.layout import Floats, Ints

ESS = (1.0, 3.0, 10.0, 30.0)
PAIR_ESS = (1.0, 5.0, 20.0)
TUNED_ESS = (10.0, 30.0, 100.0)
PULL = (10.0, 30.0, 100.0)
MIDDLING = (10.0, 5.0), (30.0, 30.0)
"""ess and pair ess of counted numbers, ess and pull of tuned ones."""
STRUCTURES: tuple[Structure, ...] = ("naive", "sparse", "forest", "tree")
"""Those that are chosen among, from the fewest arrows to the most."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to draft.

    Attributes:
        structure: Which arrows.
        cutting: How numbers are cut: supervised or quantiles.
        blank_is_state: Whether a blank is a state.
        ess: What overall shares are worth, in cases.
        pair_ess: What the row without the second parent is worth, in cases.
        pull: What counted numbers are worth to tuned ones, in cases; 0: they are not tuned.
    """

    structure: Structure
    cutting: str
    blank_is_state: bool
    ess: float
    pair_ess: float
    pull: float = 0.0

    @property
    def is_middling(self) -> bool:
        """Whether its strengths stand for all of its shape."""
        if self.pull:
            return (self.ess, self.pull) == MIDDLING[1]
        return self.ess == MIDDLING[0][0] and (self.structure == "naive" or self.pair_ess == MIDDLING[0][1])

    def __str__(self) -> str:
        tables = f"tuned, pull {self.pull:g}" if self.pull else "counted"
        pairs = "" if self.structure == "naive" else f", pair ess {self.pair_ess:g}"
        blank = "a state" if self.blank_is_state else "missing"
        return f"{self.structure}, {tables}, {self.cutting}, blank {blank}, ess {self.ess:g}{pairs}"


def shape_of(way: Way) -> tuple[str, str, bool, bool]:
    """Return what a way is apart from strengths."""
    return way.structure, way.cutting, way.blank_is_state, way.pull > 0


@dataclass(frozen=True)
class Drawn:
    """A forest of findings below a cause, in numbers.

    Attributes:
        found: Findings as numbers.
        parents: Of each finding.
        prior: P(cause), shape (states,).
        tables: P(finding | cause, parent).
        cases: Rows counted behind each row of these.
    """

    found: Coded
    parents: Parents
    prior: Floats
    tables: list[Floats] = field(repr=False)
    cases: list[Floats] = field(repr=False)


def ways(settings: Settings, *, has_numbers: bool, has_blanks: bool) -> list[Way]:
    """Return the ways that what was asked leaves open."""
    cuttings = ("supervised", "quantiles") if settings.cutting == "auto" else (settings.cutting,)
    blanks = {"auto": (False, True), "missing": (False,), "state": (True,)}[settings.blanks]
    codings = list(product(cuttings[: None if has_numbers else 1], blanks[: None if has_blanks else 1]))
    found: list[Way] = []
    for cutting, blank in codings:
        if settings.numbers != "tuned":
            found += [Way(*shape, cutting, blank, *ess) for shape, ess in _counted(settings)]
        if settings.numbers != "counted" and settings.structure in {"auto", "naive"}:
            ess = TUNED_ESS if settings.ess is None else (settings.ess,)
            pulls = PULL if settings.pull is None else (settings.pull,)
            found += [Way("naive", cutting, blank, one, 1.0, pull) for one, pull in product(ess, pulls)]
    return found


def _counted(settings: Settings) -> list[tuple[tuple[Structure], tuple[float, float]]]:
    structures = STRUCTURES if settings.structure == "auto" else (settings.structure,)
    ess = ESS if settings.ess is None else (settings.ess,)
    pair = PAIR_ESS if settings.pair_ess is None else (settings.pair_ess,)
    return [
        ((structure,), (one, two))
        for structure in structures
        for one, two in product(ess, pair[:1] if structure == "naive" else pair)
    ]


class Drawer:
    """Draws what each way makes of the same rows; what ways have in common is made once."""

    def __init__(self, columns: Sequence[Column], y: Ints, train: Ints, n_bins: int) -> None:
        self.columns, self.y, self.train, self.n_bins = columns, y, train, n_bins
        n_states = int(y.max()) + 1
        self.prior = shrunk([counted([y[train]], [n_states])], [])
        self._codings: dict[tuple[str, bool], Coded] = {}
        self._arrows: dict[tuple[str, bool, Structure], Parents] = {}
        self._counts: dict[tuple[str, bool, Structure], list[list[Floats]]] = {}

    def drawn(self, way: Way) -> Drawn:
        """Return what one way makes of the rows."""
        found, shape = self.coding(way), (way.cutting, way.blank_is_state, way.structure)
        if shape not in self._arrows:
            codes, y = found.codes[self.train], self.y[self.train]
            parents = parents_of(codes, y, found.sizes, len(self.prior), way.structure)
            self._arrows[shape] = parents
            self._counts[shape] = [
                family_counts(codes, y, (*found.sizes, len(self.prior)), parents, place)
                for place in range(len(found.sizes))
            ]
        parents, ess = self._arrows[shape], (way.ess, way.pair_ess)
        prior, tables = self.prior, [shrunk(one, ess[: len(one) - 1]) for one in self._counts[shape]]
        if way.pull:
            prior, tables = tuned(found, self.train, self.y, (prior, tables), pull=way.pull)
        return Drawn(found, parents, prior, tables, [one[-1].sum(axis=-1) for one in self._counts[shape]])

    def coding(self, way: Way) -> Coded:
        """Return the findings as numbers, cut as a way says."""
        key = way.cutting, way.blank_is_state
        if key not in self._codings:
            how = way.cutting, self.n_bins, way.blank_is_state
            self._codings[key] = coded(self.columns, self.y, self.train, how)
        return self._codings[key]


def family_counts(codes: Ints, y: Ints, sizes: Sequence[int], parents: Parents, place: int) -> list[Floats]:
    """Return the counts of one finding: alone, with the cause, with its parent too.

    Args:
        codes: Findings of the rows that teach.
        y: State of the cause in these rows.
        sizes: States of each finding, then of the cause.
        parents: Of each finding.
        place: Number of the finding.
    """
    cause = len(sizes) - 1
    above = [cause, parents[place]] if parents[place] >= 0 else [cause]
    return nested_counts(np.column_stack([codes, y]), sizes, above, place)
