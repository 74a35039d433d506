"""Whether the findings fit together: their conflict, how rare that is, and what the model may not know."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from bayesdiag.case import Evidence
from bayesdiag.diagnosis.doubt.numbers import causes_of, premise_row
from bayesdiag.engine import kernel_jit
from bayesdiag.engine.draws import draw
from bayesdiag.engine.layout import Bools, Floats, Ints, Layout
from bayesdiag.engine.network import CompiledNetwork
from bayesdiag.engine.program import Program
from bayesdiag.engine.relevance import relevant
from bayesdiag.engine.sampling import Worlds, conditional
from bayesdiag.errors import TooLarge

N_CASES = 4096
"""Cases simulated for a p-value: it is then right to half a percent, ties aside."""
FEW_CASES = 200
"""Cases simulated at least: the p-value is then right to three percent."""
COSTLY = 50_000_000
"""Entries times rows up to which simulated cases run on one program: about half a second of a core."""


@dataclass(frozen=True, slots=True)
class Alone:
    """How probable each finding is on its own.

    Attributes:
        log_each: log P(finding | premise) of each, shape (findings,).
        log_all: log P(all findings | premise).
    """

    log_each: Floats
    log_all: float

    @property
    def conflict(self) -> float:
        """Log of Π P(finding) / P(all findings), in nats: above 0 they speak against each other.

        Reference: Jensen, Chamberlain, Nordahl and Jensen (1991), Analysis in HUGIN of data
        conflict, Uncertainty in Artificial Intelligence 6, 519-528.
        """
        return float(self.log_each.sum() - self.log_all)


def alone(network: CompiledNetwork, evidence: Evidence, log_all: float, *, premise: bool = True) -> Alone:
    """Return how probable each finding is on its own.

    Args:
        network: The network.
        evidence: The findings.
        log_all: log P(all findings | premise).
        premise: Whether the model's premise is taken for granted.
    """
    row = premise_row(network) if premise else np.ones(network.layout.n_slots)
    # Findings come back case after case: what each is worth alone is kept with the program of the premise.
    made = network.program(
        row, evidence.findings if not network.model.is_diagnostic else causes_of(network)
    ).made
    shares = _shares_alone(network, made) if premise and network.model.is_diagnostic else {}
    log_each = []
    for name, seen in evidence.findings.items():
        if name in shares:
            likelihoods = np.array([seen.get(s, 0.0) for s in network.model.variable_of[name].state_ids])
            with np.errstate(divide="ignore"):
                log_each.append(float(np.log(likelihoods @ shares[name])))
            continue
        key = f"alone: {premise} {name} {sorted(seen.items())}"
        if key not in made:
            rows = network.rows(
                [Evidence(network.model, {}), Evidence(network.model, {name: seen})], premise=premise
            )
            found = network.posterior_of_rows(rows, ()).log_evidence
            made[key] = float(found[1] - found[0])
        log_each.append(cast(float, made[key]))
    return Alone(np.array(log_each, dtype=np.float64), log_all)


def _shares_alone(network: CompiledNetwork, made: MutableMapping[str, object]) -> Mapping[str, Floats]:
    """Return P(state | premise) of everything that can be asked at once; nothing where it is estimated."""
    if "alone: shares" not in made:
        names = [variable.id for variable in network.model.variables if variable.question is not None]
        found = network.posterior(Evidence(network.model, {}), premise=True, targets=names)
        is_exact = found.half_width is None
        made["alone: shares"] = {name: found.of(name)[0] for name in names} if is_exact else {}
    return cast(Mapping[str, Floats], made["alone: shares"])


def unknown(network: CompiledNetwork, evidence: Evidence, each: Alone) -> float | None:
    """Return P(something this model does not know | findings, premise); None where no prior is stated.

    What is not known shows any answer: half as the model's cases do, half anyhow.
    """
    prior = network.model.premise.unknown if network.model.premise else None
    if prior is None:
        return None
    anyhow = [
        sum(seen.values()) / len(network.model.variable_of[name].states)
        for name, seen in evidence.findings.items()
    ]
    log_unknown = float(np.log(0.5 * np.exp(each.log_each) + 0.5 * np.array(anyhow)).sum())
    with np.errstate(divide="ignore"):
        log_odds = np.log(prior) - np.log1p(-prior) + log_unknown - each.log_all
    return float(1 / (1 + np.exp(-log_odds)))


def p_value(
    network: CompiledNetwork, evidence: Evidence, random: np.random.Generator, *, premise: bool = True
) -> float | None:
    """Return the share of cases whose conflict is at least as large, among cases of the same questions.

    The cases are drawn from the model given the premise; ties count by chance, so that in cases of the model
    itself the answer is uniform. Soft findings are left out on both sides.

    Args:
        network: The network.
        evidence: The findings, possible together.
        random: Source of the draws.
        premise: Whether the model's premise is taken for granted.

    Returns:
        The share; None where fewer than two findings are certain, or the answer would take too long.
    """
    known = evidence.hard()
    if len(known) < 2:
        return None
    layout = network.layout
    indices = [layout.index_of[name] for name in known]
    row = premise_row(network) if premise else np.ones(layout.n_slots)
    try:
        simulated = _simulated(network, row, indices, random)
    except TooLarge:
        return None
    if simulated is None:
        return None
    states, log_evidence = simulated
    own = [
        layout.slot(name, state) - layout.offsets[index]
        for (name, state), index in zip(known.items(), indices, strict=True)
    ]
    cases, which = np.unique(np.vstack([own, states]), axis=0, return_inverse=True)
    premised = network.posterior_of_rows(row[None, :], known)
    if premised.half_width is not None:
        return None
    log_all = log_evidence(_rows(network, row, indices, cases)) - premised.log_evidence[0]
    log_each = sum(
        np.log(premised.beliefs[0, layout.offsets[index] + cases[:, at]]) for at, index in enumerate(indices)
    )
    conflict = (log_each - log_all)[which.ravel()]
    return _share_above(conflict[1:], float(conflict[0]), random)


def _simulated(
    network: CompiledNetwork, row: Floats, indices: Sequence[int], random: np.random.Generator
) -> tuple[Ints, Callable[[Floats], Floats]] | None:
    """Return cases drawn given a row, as states, shape (n, variables), and what weighs such cases.

    One program serves all of them where it is small; a large one would take longer than a program
    for each of fewer cases.

    Raises:
        TooLarge: Exact inference needs too much memory.
    """
    layout = network.layout
    program = _small(network, row, frozenset(indices))
    if program is not None:
        if program.is_impossible:
            return None
        n_cases = int(min(N_CASES, COSTLY / max(program.n_entries, 1)))
        worlds = _state_numbers(layout, indices, draw(program, row, n_cases, random))
        return worlds, lambda rows: kernel_jit.log_evidence_of(program, rows)
    drawn = _drawn_on(network, row, indices, random)
    return None if drawn is None else (drawn, lambda rows: network.posterior_of_rows(rows, ()).log_evidence)


def _small(network: CompiledNetwork, row: Floats, wanted: frozenset[int]) -> Program | None:
    """Return the program made for a row that tells these variables, where many rows are soon run on it."""
    try:
        program = network.programs.for_row(row, wanted)
    except TooLarge:
        return None
    return program if program.n_entries * FEW_CASES <= COSTLY else None


def _drawn_on(
    network: CompiledNetwork, row: Floats, indices: Sequence[int], random: np.random.Generator
) -> Ints | None:
    """Return cases drawn from the row's own program, then on parents first, shape (n, variables)."""
    layout, graph = network.layout, network.programs.graph
    _, observed = network.programs.pattern(row)
    above = relevant(graph, np.flatnonzero(observed).tolist())
    program = network.programs.for_row(row, frozenset(above))
    if program.is_impossible or program.n_entries * FEW_CASES > COSTLY:
        return None
    slots = draw(program, row, FEW_CASES, random)
    worlds: Worlds = np.zeros((FEW_CASES, len(layout.names)), dtype=np.int16)
    worlds[:, list(above)] = _state_numbers(layout, above, slots)
    for index in relevant(graph, indices):
        if index not in set(above):
            p = np.cumsum(conditional(network.families[index], worlds), axis=1)
            worlds[:, index] = (p <= random.random(FEW_CASES)[:, None] * p[:, -1:]).sum(axis=1)
    return np.asarray(worlds[:, list(indices)], dtype=np.int64)


def _state_numbers(layout: Layout, indices: Sequence[int], slots: Bools) -> Ints:
    """Return the states of some variables in drawn rows of slots, shape (n, variables)."""
    return np.stack([slots[:, layout.span(index)].argmax(axis=1) for index in indices], axis=1)


def _rows(network: CompiledNetwork, row: Floats, indices: Sequence[int], cases: Ints) -> Floats:
    """Return cases as rows of likelihoods."""
    rows = np.repeat(row[None, :], len(cases), axis=0)
    for at, index in enumerate(indices):
        span = network.layout.span(index)
        rows[:, span] *= np.eye(span.stop - span.start)[cases[:, at]]
    return rows


def _share_above(drawn: Floats, own: float, random: np.random.Generator) -> float:
    """Return which share is above, the own one and ties by chance: uniform if it is one of them."""
    close = 1e-9 * max(1.0, abs(own))
    above = int((drawn > own + close).sum())
    ties = int((np.abs(drawn - own) <= close).sum())
    return (above + float(random.random()) * (ties + 1)) / (len(drawn) + 1)
