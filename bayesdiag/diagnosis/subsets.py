"""How likely something is given every subset of the findings, or some of them.

What a finding says is a likelihood on the variables of one program made for the premise alone, or a
sum of such: for a noisy-MAX leaf, "the answer is s" is "at most s" less "at most s − 1". So the
2^n subsets of n findings are sums of rows on one program; none needs a program of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod

import numpy as np

from bayesdiag.case import Evidence
from bayesdiag.engine.layout import Bools, Floats, Ints
from bayesdiag.engine.network import CompiledNetwork, Inquiry
from bayesdiag.engine.tables import DenseFamily
from bayesdiag.errors import TooLarge

ROUNDING = 1e-15
"""Relative error of one row's probability."""
LEAST_DIGITS = 1e-7
"""A sum of rows known less well than this, relatively, is computed on a program of its own."""
NOTHING = 1e-12
"""A doubt smaller than this is taken for none: the state is certain."""
MOST_ROWS = 512
"""A subset that takes more rows than this has a program of its own instead."""

ROW_COST = 4000
"""Entries that take about as long as writing down one row and adding it up."""
PROGRAM_COST = 5_000_000
"""Entries times rows that take about as long as making a program of its own."""


@dataclass(frozen=True, slots=True)
class Factor:
    """What one finding multiplies a row by: a sum of rows.

    Attributes:
        rows: Likelihoods, shape (terms, S); the first is all ones.
        shares: How much each counts, shape (terms,).
    """

    rows: Floats
    shares: Floats


@dataclass(frozen=True)
class Subsets:
    """A case's findings, and what is asked about subsets of them.

    Attributes:
        network: The network.
        evidence: The findings.
        target: The variable and the state asked about; a cause's responsibility where it can have one.
        premise: Whether the model's premise is part of every subset.
    """

    network: CompiledNetwork
    evidence: Evidence
    target: tuple[str, str]
    premise: bool

    @property
    def names(self) -> list[str]:
        """The findings' variables, in the order entered."""
        return list(self.evidence.findings)

    @cached_property
    def slot(self) -> int:
        """The slot asked about."""
        layout, (name, state) = self.network.layout, self.target
        index = layout.index_of[name]
        return layout.event_slot_of.get((index, layout.states[index].index(state)), layout.slot(name, state))

    @cached_property
    def inquiry(self) -> Inquiry | None:
        """The premise alone, made ready for all findings; None where that is too large."""
        return premise_inquiry(self.network, self.names, self.target[0], premise=self.premise)

    @cached_property
    def factors(self) -> list[Factor]:
        """What each finding multiplies a row of `inquiry` by."""
        if self.inquiry is None:
            return []
        kept = self.network.ways.kept(self.inquiry.program)
        return [factor_of(self.inquiry, kept, name, seen) for name, seen in self.evidence.findings.items()]

    def cost(self) -> float:
        """Return entries times rows that all subsets would take; infinity where there is no one program."""
        if self.inquiry is None:
            return np.inf
        return self._row_cost * prod(len(one.shares) for one in self.factors)

    def cost_of(self, subsets: Iterable[int]) -> float:
        """Return about how many entries times rows some subsets take."""
        rows = (self._n_rows(subset) for subset in subsets)
        return float(sum(n * self._row_cost if n <= MOST_ROWS else PROGRAM_COST for n in rows))

    def every(self) -> Floats:
        """Return P(target) and P(not) given every subset, shape (2^n, 2); bit i of a subset is finding i.

        Both are 0 where the subset is impossible.
        """
        rows = self._base.row[None, :]
        for factor in self.factors:  # the choice for the last finding varies slowest
            rows = (factor.rows[:, None, :] * rows[None, :, :]).reshape(-1, rows.shape[1])
        found = self._weights(rows)
        sizes = [len(factor.shares) for factor in self.factors]
        sums, sizes_of_sums = found, np.abs(found)
        for place, factor in enumerate(self.factors):
            after = prod(sizes[place + 1 :])
            shape = (after, sizes[place], -1)
            chosen = np.array([np.eye(1, sizes[place])[0], factor.shares])
            sums = np.einsum("ct,atb->acb", chosen, sums.reshape(shape)).reshape(-1)
            sizes_of_sums = np.einsum("ct,atb->acb", np.abs(chosen), sizes_of_sums.reshape(shape)).reshape(-1)
        return self._mended(np.arange(1 << len(sizes)), sums.reshape(-1, 2), sizes_of_sums.reshape(-1, 2))

    def some(self, subsets: Sequence[int]) -> Floats:
        """Return the same given some subsets, shape (len(subsets), 2)."""
        by_rows = [number for number, subset in enumerate(subsets) if self._n_rows(subset) <= MOST_ROWS]
        found = np.zeros((len(subsets), 2))
        alone = sorted(set(range(len(subsets))) - set(by_rows))
        if by_rows:
            found[by_rows] = self._by_rows([subsets[number] for number in by_rows])
        if alone:
            found[alone] = self._by_programs([subsets[number] for number in alone])
        return found

    # ── inside ────────────────────────────────────────────────────────────────────────────────

    @property
    def _base(self) -> Inquiry:
        if self.inquiry is None:
            raise ValueError("there is no program for all findings")
        return self.inquiry

    @property
    def _row_cost(self) -> float:
        return self.inquiry.program.n_entries + ROW_COST if self.inquiry is not None else np.inf

    def _n_rows(self, subset: int) -> float:
        if self.inquiry is None:
            return np.inf
        return prod(
            int(np.count_nonzero(factor.shares)) for i, factor in enumerate(self.factors) if subset >> i & 1
        )

    def _by_rows(self, subsets: Sequence[int]) -> Floats:
        """Return P(target) and P(not) by sums of rows; rows that several subsets share run once."""
        place_of: dict[tuple[int, ...], int] = {}
        parts = [[(place_of.setdefault(key, len(place_of)), share) for key, share in self._terms(subset)]
                 for subset in subsets]  # fmt: skip
        rows = np.array([self._row(key) for key in place_of])
        found = self._weights(rows).reshape(-1, 2)
        sums = np.array([sum(share * found[place] for place, share in terms) for terms in parts])
        sizes = np.array([sum(abs(share) * found[place] for place, share in terms) for terms in parts])
        return self._mended(np.array(subsets), sums, sizes)

    def _terms(self, subset: int) -> list[tuple[tuple[int, ...], float]]:
        """Return the rows that add up to a subset: which term of each finding, and how much it counts."""
        terms: list[tuple[tuple[int, ...], float]] = [((0,) * len(self.factors), 1.0)]
        for i, factor in enumerate(self.factors):
            if subset >> i & 1:
                terms = [
                    ((*key[:i], term, *key[i + 1 :]), share * float(factor.shares[term]))
                    for key, share in terms
                    for term in np.flatnonzero(factor.shares).tolist()
                ]
        return terms

    def _row(self, key: tuple[int, ...]) -> Floats:
        row = self._base.row
        for factor, term in zip(self.factors, key, strict=True):
            if term:
                row = row * factor.rows[term]
        return row

    def _weights(self, rows: Floats) -> Floats:
        """Return P(row, target) and P(row, not), relative to the premise, one behind the other."""
        program = self._base.program
        beliefs, log_evidence = self.network.run(program, program.tables, rows)
        p = np.exp(log_evidence - self._log_base)
        yes = p * np.clip(beliefs[:, self.slot], 0.0, 1.0)
        return np.stack([yes, p - yes], axis=1).reshape(-1)

    @cached_property
    def _log_base(self) -> float:
        program = self._base.program
        return float(self.network.run(program, program.tables, self._base.row[None, :])[1][0])

    def _mended(self, subsets: Ints, sums: Floats, sizes: Floats) -> Floats:
        """Return shares of one, those that lost too many digits computed anew."""
        total = sums.sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = sums / total[:, None]
            lost = ROUNDING * sizes / sums
        is_none = np.abs(shares) < [0.0, NOTHING]
        is_poor: Bools = (np.abs(lost) > LEAST_DIGITS) & ~is_none
        whole_is_poor = ROUNDING * sizes.sum(axis=1) > LEAST_DIGITS * total
        poor = np.flatnonzero(is_poor.any(axis=1) | whole_is_poor)
        shares = np.where(is_none | (total <= 0)[:, None], 0.0, shares)
        if len(poor):
            shares[poor] = self._by_programs(subsets[poor].tolist())
        return np.clip(shares, 0.0, 1.0)

    def _by_programs(self, subsets: Sequence[int]) -> Floats:
        findings = list(self.evidence.findings.items())
        evidences = [
            Evidence(self.network.model, dict(one for i, one in enumerate(findings) if subset >> i & 1))
            for subset in subsets
        ]
        rows = self.network.rows(evidences, premise=self.premise)
        posterior = self.network.posterior_of_rows(rows, [self.target[0]])
        p = posterior.beliefs[:, self.slot]
        is_none = (1 - p < NOTHING) | (posterior.log_evidence == -np.inf)
        return np.stack([p, np.where(is_none, 0.0, 1 - p)], axis=1)


def premise_inquiry(
    network: CompiledNetwork, names: Iterable[str], target: str, *, premise: bool
) -> Inquiry | None:
    """Return the premise alone, made ready for findings about anything; None where that is too large.

    For a model of causes it is the same for every case, so its program is made once.

    Args:
        network: The network.
        names: Variables that must be there.
        target: The variable asked about.
        premise: Whether the premise holds.
    """
    model = network.model
    row = network.rows([Evidence(model, {})], premise=premise)[0]
    questions, targets = list(dict.fromkeys(names)), [target]
    if model.is_diagnostic:
        seen = [variable.id for kind in ("context", "symptom", "test") for variable in model.of_kind(kind)]
        targets = list(dict.fromkeys([*(variable.id for variable in model.of_kind("cause")), target]))
        questions = [name for name in dict.fromkeys([*seen, *questions]) if name not in targets]
    try:
        inquiry = network.inquire(row, questions, targets)
        if inquiry.others:  # these have to stand in the program themselves
            others = [network.layout.names[index] for index in inquiry.others]
            rest = [name for name in questions if name not in others]
            inquiry = replace(network.inquire(row, rest, [*targets, *others]), targets=tuple(targets))
    except TooLarge:
        return None
    return inquiry


def factor_of(inquiry: Inquiry, kept: set[int], name: str, seen: Mapping[str, float]) -> Factor:
    """Return what a finding multiplies a row of the inquiry by.

    Args:
        inquiry: The premise alone.
        kept: Variables that stand in its program.
        name: The variable.
        seen: Likelihood of each state; those left out have none.
    """
    network = inquiry.network
    layout, families = network.layout, network.ways.families
    index = layout.index_of[name]
    likelihoods = np.array([float(seen.get(state, 0.0)) for state in layout.states[index]])
    likelihoods /= likelihoods.max()
    rows = np.ones((2, layout.n_slots))
    family = families[index]
    if index in kept:
        rows[1, layout.span(index)] = likelihoods
        return Factor(rows, np.array([0.0, 1.0]))
    if isinstance(family, DenseFamily):
        rows[1, layout.span(family.parents[0])] = family.p @ likelihoods
        return Factor(rows, np.array([0.0, 1.0]))
    asked = network.ways.questions.asked(inquiry.row, [index], kept, inquiry.row)
    factors = np.divide(asked.rows, inquiry.row, out=np.ones_like(asked.rows), where=inquiry.row > 0)
    shares = likelihoods @ asked.mix
    used = np.flatnonzero(shares[1:])
    return Factor(np.vstack([rows[:1], factors[1:][used]]), np.append(shares[:1], shares[1:][used]))
