"""Mutual information between questions and targets: from rows for the target's states, or for the answers.

One row for each state of a target gives P(every variable | row, state), so all questions are
valued at once; `informed_at_once` does it in one compiled call, `informed_by_states` with any
kernel.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np

from bayesdiag.engine import kernel_jit
from bayesdiag.engine.answers import Answers
from bayesdiag.engine.compiled import compiled
from bayesdiag.engine.kernel import Run
from bayesdiag.engine.kernel_jit import Numbers
from bayesdiag.engine.layout import Floats, Ints, Layout
from bayesdiag.engine.passes import one_row
from bayesdiag.engine.program import Arrays, Program
from bayesdiag.engine.ways import Ways


class Network(Protocol):
    """What is asked of a network here."""

    @property
    def layout(self) -> Layout:
        """Where the slots are."""

    @property
    def ways(self) -> Ways:
        """What computes rows."""

    @property
    def run(self) -> Run:
        """The kernel."""

    def answers(self, row: Floats, questions: Sequence[str], targets: Iterable[str]) -> Answers[str]:
        """Return what every answer would do."""


def information(network: Network, row: Floats, questions: Sequence[str], targets: Sequence[str]) -> Floats:
    """Return what each question would tell about each target; see `CompiledNetwork.information`."""
    layout, ways = network.layout, network.ways
    asked = [layout.index_of[name] for name in questions]
    numbers = [layout.index_of[name] for name in targets]
    if not ways.programs.is_plain:
        return informed_by_answers(layout, network.answers(row, questions, targets), questions, numbers)
    program = ways.answering_program(row, asked, numbers)
    if len(numbers) == 1 and network.run is kernel_jit.run and not program.is_impossible:
        made = kernel_jit.numbers_of(program, program.tables)
        found = informed_at_once(program, made, row, layout, numbers[0])
        if found[0] == found[0]:  # a number: nothing is doubtful
            return found[None, asked]
    return informed_by_states(layout, network.run, program, row, numbers)[:, asked]


def informed_at_once(program: Program, numbers: Numbers, row: Floats, layout: Layout, target: int) -> Floats:
    """Return the mutual information in nats of every variable with a target, shape (variables,).

    Args:
        program: Keeps the target and every variable asked about.
        numbers: The program's numbers.
        row: Likelihoods, shape (S,).
        layout: Where the slots are.
        target: Number of a variable.

    Returns:
        The values; NaN in the first place where a product may have vanished.
    """
    found = np.zeros(len(layout.names))
    inform(program.arrays, numbers.values, numbers.smallest, row, layout.starts, target, found)
    return found


def informed_by_states(
    layout: Layout, run: Run, program: Program, row: Floats, targets: Sequence[int]
) -> Floats:
    """Return the mutual information in nats of every variable with each target, shape (targets, variables).

    Args:
        layout: Where the slots are.
        run: The kernel.
        program: Keeps the targets and every variable asked about.
        row: Likelihoods, shape (S,).
        targets: Numbers of variables.
    """
    starts = layout.starts[:-1]
    spans = [layout.span(target) for target in targets]
    slots = [span.start + np.flatnonzero(row[span] > 0) for span in spans]
    rows = np.repeat(row[None, :], sum(map(len, slots)), axis=0)
    first = 0
    for span, possible in zip(spans, slots, strict=True):
        last = first + len(possible)
        rows[first:last, span] = 0.0
        rows[np.arange(first, last), possible] = row[possible]
        first = last
    beliefs, log_evidence = run(program, program.tables, rows)
    negative = _minus_entropies(beliefs[:, : layout.n_states])
    found = np.zeros((len(targets), len(starts)))
    last = 0
    for number, possible in enumerate(slots):
        first, last = last, last + len(possible)
        top = log_evidence[first:last].max(initial=-np.inf)
        if top == -np.inf:
            continue
        p = np.exp(log_evidence[first:last] - top)
        p /= p.sum()
        mixed = _minus_entropies(p @ beliefs[first:last, : layout.n_states])
        found[number] = np.add.reduceat(p @ negative[first:last] - mixed, starts)
    # Mutual information is never negative; what rounding leaves below zero is nothing.
    return np.maximum(found, 0.0, out=found)


def informed_by_answers(
    layout: Layout, answers: Answers[str], questions: Sequence[str], targets: Sequence[int]
) -> Floats:
    """Return the same from what every answer would do, shape (targets, questions)."""
    found = np.zeros((len(targets), len(questions)))
    for place, question in enumerate(questions):
        p = answers.p[question]
        for number, target in enumerate(targets):
            given = answers.beliefs[question][:, layout.span(target)]
            gained = p @ _minus_entropies(given).sum(axis=1) - _minus_entropies(p @ given).sum()
            found[number, place] = max(0.0, float(gained))
    return found


def _minus_entropies(p: Floats) -> Floats:
    """Return p log p of each number, 0 where p is."""
    return np.asarray(p * np.log(np.maximum(p, np.finfo(np.float64).tiny)))


@compiled
def cause_entropies(events: Floats, first: Ints) -> Floats:
    """Return the sum over causes of the entropy in bits of "which state of it is responsible, or none".

    Args:
        events: P(a state is responsible), the states of one cause together, shape (B, E).
        first: Where each cause's states start, shape (causes + 1,).
    """
    found = np.zeros(len(events))
    for row in range(len(events)):
        for cause in range(len(first) - 1):
            some = 0.0
            for event in range(first[cause], first[cause + 1]):
                p = events[row, event]
                p = 0.0 if p < 0.0 else 1.0 if p > 1.0 else p
                some += p
                if p != 0.0:  # what is no number shows
                    found[row] -= p * np.log2(p)
            if some < 1.0:
                found[row] -= (1.0 - some) * np.log2(1.0 - some)
    return found


@compiled
def inform(
    arrays: Arrays,
    values: Floats,
    smallest: Floats,
    row: Floats,
    starts: Ints,
    target: int,
    found: Floats,
) -> None:
    """Write each variable's mutual information with the target; see `informed_at_once`."""
    first, last = starts[target], starts[target + 1]
    n_states = last - first
    given = np.zeros((n_states, len(row)))
    p = np.zeros(n_states)
    alone = row.copy()
    top = -np.inf
    for state in range(n_states):
        for other in range(n_states):
            alone[first + other] = row[first + other] if other == state else 0.0
        p[state] = -np.inf
        if alone[first + state] > 0.0:
            log_evidence, is_doubtful = one_row(
                arrays, values, smallest, alone, given[state], np.zeros(0), 1.0
            )
            if is_doubtful:
                found[0] = np.nan
                return
            p[state] = log_evidence
        top = max(top, p[state])
    if top == -np.inf:
        return
    total = 0.0
    for state in range(n_states):
        p[state] = np.exp(p[state] - top)
        total += p[state]
    for variable in range(len(found)):
        gained = 0.0
        for slot in range(starts[variable], starts[variable + 1]):
            mixed = 0.0
            for state in range(n_states):
                x = given[state, slot]
                if x > 0.0 and p[state] > 0.0:
                    share = p[state] / total * x
                    mixed += share
                    gained += share * np.log(x)
            if mixed > 0.0:
                gained -= mixed * np.log(mixed)
        # Mutual information is never negative; what rounding leaves below zero is nothing.
        found[variable] = max(gained, 0.0)
