"""Unasked questions as rows on the findings' own program.

For a noisy-OR or noisy-MAX leaf, "the answer is at most s" given its parents is a product of one
likelihood per parent, so it is one more row; the answer s is the difference of two rows. Where a
gate of one of its links is not known, there is a row per state of the gate. A leaf with one
parent is a likelihood on that parent, one row per answer; a variable that is itself in the
program is put into each of its states. No question enters the tree.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod

import numpy as np

from bayesdiag.engine.layout import Floats, Layout
from bayesdiag.engine.tables import DenseFamily, Family, LinkFamily

MAX_ROWS = 512
"""A question that would take more rows is asked with a program per answer instead."""


@dataclass
class Answers:
    """What every answer would do.

    Attributes:
        p: Question → P(answer | row), shape (answers,).
        beliefs: Question → beliefs given each answer, shape (answers, S); 0 for impossible ones.
    """

    p: dict[str, Floats] = field(default_factory=dict)
    beliefs: dict[str, Floats] = field(default_factory=dict)


@dataclass
class Asked:
    """Rows, and how they add up to answers.

    Attributes:
        rows: Likelihoods, shape (R, S).
        terms: (question, answer, sign, row number); row -1 is the row asked about itself.
        sizes: Question → number of answers.
    """

    rows: Floats
    terms: list[tuple[str, int, float, int]]
    sizes: dict[str, int]

    def combine(self, beliefs: Floats, log_evidence: Floats) -> Answers:
        """Return the answers, given what the row itself and then the asked rows came to."""
        with np.errstate(invalid="ignore"):
            shares = np.where(np.isfinite(log_evidence), np.exp(log_evidence - log_evidence[0]), 0.0)
        found = Answers()
        for question, n_answers in self.sizes.items():
            p = np.zeros(n_answers)
            joint = np.zeros((n_answers, beliefs.shape[1]))
            for _, answer, sign, row in (term for term in self.terms if term[0] == question):
                p[answer] += sign * shares[row + 1]
                joint[answer] += sign * shares[row + 1] * beliefs[row + 1]
            # Differences of rows leave rounding of about 1e-16; what is below that is nothing.
            p = np.where(p > 1e-13, p, 0.0)
            joint = np.clip(joint, 0.0, None)
            found.p[question] = p / p.sum() if p.sum() > 0 else p
            found.beliefs[question] = np.where(p[:, None] > 0, joint / np.where(p > 0, p, 1.0)[:, None], 0.0)
        return found


def is_askable_by_rows(family: Family) -> bool:
    """Whether an unobserved leaf with this table is rows: a noisy one, or one with a single parent.

    A noisy one with so many gates that their states combine to too many rows is not.
    """
    if isinstance(family, DenseFamily):
        return len(family.parents) == 1
    gates = {gate: n for c in family.contributions for gate, n in zip(c.gates, c.p.shape, strict=False)}
    return family.rule == "max" and prod(gates.values()) * len(family.leak) <= MAX_ROWS


def asked_rows(
    families: Sequence[Family], layout: Layout, row: Floats, questions: Sequence[str], kept: Collection[int]
) -> Asked:
    """Return the rows that value the questions, given the row asked about."""
    # Many questions share rows, above all "any answer", which is the row itself: each is run once.
    place_of = {row.tobytes(): -1}
    rows: list[Floats] = []
    terms: list[tuple[str, int, float, int]] = []
    sizes = {}
    for name in questions:
        index = layout.index_of[name]
        sizes[name] = layout.sizes[index]
        for answer, sign, asked in _question_rows(families[index], layout, row, inside=index in kept):
            place = place_of.setdefault(asked.tobytes(), len(rows))
            if place == len(rows):
                rows.append(asked)
            terms.append((name, answer, sign, place))
    return Asked(np.array(rows).reshape(len(rows), layout.n_slots), terms, sizes)


def _question_rows(
    family: Family, layout: Layout, row: Floats, *, inside: bool
) -> Iterator[tuple[int, float, Floats]]:
    """Yield (answer, sign, row) so that each answer's probability is the signed sum of its rows."""
    own = layout.span(family.child)
    if inside:
        for answer in range(layout.sizes[family.child]):
            asked = row.copy()
            asked[own] *= np.arange(layout.sizes[family.child]) == answer
            yield answer, 1.0, asked
    elif isinstance(family, DenseFamily):
        for answer in range(layout.sizes[family.child]):
            asked = row.copy()
            asked[layout.span(family.parents[0])] *= family.p[:, answer]
            yield answer, row[own][answer], asked
    else:
        yield from _threshold_rows(family, layout, row)


def _threshold_rows(family: LinkFamily, layout: Layout, row: Floats) -> Iterator[tuple[int, float, Floats]]:
    """Yield rows for "at most s", added to answer s and taken from answer s + 1."""
    gates = tuple(dict.fromkeys(gate for c in family.contributions for gate in c.gates))
    open_states = [np.flatnonzero(row[layout.span(gate)] > 0).tolist() for gate in gates]
    n_states = len(family.leak)
    for chosen in product(*open_states):
        gated = row.copy()
        for gate, state in zip(gates, chosen, strict=True):
            gated[layout.span(gate)] *= np.arange(layout.sizes[gate]) == state
        gate_state = dict(zip(gates, chosen, strict=True))
        for threshold in range(n_states):
            asked = gated.copy()
            scale = family.leak[: threshold + 1].sum() if threshold < n_states - 1 else 1.0
            for contribution in family.contributions if threshold < n_states - 1 else ():
                p = contribution.p[tuple(gate_state[gate] for gate in contribution.gates)]
                asked[layout.span(contribution.parent)] *= p[:, : threshold + 1].sum(axis=1)
            yield threshold, float(scale), asked
            if threshold + 1 < n_states:
                yield threshold + 1, -float(scale), asked
