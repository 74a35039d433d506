"""What was seen, watched answer by answer: how probable each was by what was known before it.

P(case | given) is the product of the probabilities of its answers, each given those before. So the
logarithmic score of a case has mean Σ H and variance Σ V, of entropies and variances of single
answers: exact, without a simulation, and true whatever was asked next because of an answer.

References:
    Dawid (1984), Present position and potential developments: the prequential approach, Journal of
    the Royal Statistical Society A 147, 278-292. Cowell, Dawid, Lauritzen and Spiegelhalter (1999),
    Probabilistic Networks and Expert Systems, chapter 11 (global and node monitors).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from bayesdiag.engine.layout import Bools, Floats, Ints
from bayesdiag.engine.network import CompiledNetwork
from bayesdiag.watch.bets import FACTORS, Bets, bets_on
from bayesdiag.watch.reading import Reading

TILTS = (-1.0, -0.5, -0.2, 0.2, 0.5, 0.8)
"""Bets on surprise: each answer's probabilities to the power of 1 - tilt, made to sum to one."""
CASES = 1024
"""Cases whose answers are computed at a time."""


@dataclass(frozen=True)
class Answers:
    """Answers that are certain, a line each.

    Attributes:
        n_cases: How many cases there are.
        case: Which case, not falling, shape (A,).
        variable: Number of the variable.
        state: Number of its state.
        p: Probability of each state given what was known before, 0 behind the last, shape (A, states).
        alone: The same by what is given of the case alone.
        weights: How many cases each stands for, shape (A,).
    """

    n_cases: int
    case: Ints
    variable: Ints
    state: Ints
    p: Floats
    alone: Floats
    weights: Floats

    @property
    def hit(self) -> Floats:
        """Probability of the state that was seen, shape (A,)."""
        return np.asarray(self.p[np.arange(len(self.case)), self.state])

    def take(self, which: Bools) -> Answers:
        """Return some of the answers."""
        return Answers(
            self.n_cases,
            self.case[which],
            self.variable[which],
            self.state[which],
            self.p[which],
            self.alone[which],
            self.weights[which],
        )


def answers_of(network: CompiledNetwork, reading: Reading, used: Bools, *, cores: int = 1) -> Answers:
    """Return the certain answers of cases and how probable they were.

    Args:
        network: The model made ready.
        reading: The cases.
        used: Which of them are to be looked at; they must be possible, shape (n,).
        cores: Threads to use.

    Raises:
        TooLarge: Exact inference needs too much memory.
    """
    most = max(network.layout.sizes)
    parts = []
    for start in range(0, len(used), CASES):
        chosen = [case for case in range(start, min(len(used), start + CASES)) if used[case]]
        parts.append(_some(network, reading, chosen, cores))
    cases, variables, states = (
        np.array([number for part in parts for number in part[column]], dtype=np.int64) for column in range(3)
    )
    nothing = np.zeros((0, most))
    p, alone = (np.concatenate([nothing, *(part[column] for part in parts)]) for column in (3, 4))
    return Answers(len(used), cases, variables, states, p, alone, reading.weights[cases])


def _some(
    network: CompiledNetwork, reading: Reading, chosen: list[int], cores: int
) -> tuple[list[int], list[int], list[int], Floats, Floats]:
    layout = network.layout
    cases, variables, states = [], [], []
    before, ground = [], []
    for case in chosen:
        row = reading.ground[case].copy()
        for step in reading.steps[case]:
            if step.state >= 0:
                cases.append(case)
                variables.append(step.variable)
                states.append(step.state)
                before.append(row.copy())
                ground.append(reading.ground[case])
            row[layout.span(step.variable)] *= step.likelihood
    p = _predicted(network, variables, np.array(before), cores)
    return cases, variables, states, p, _predicted(network, variables, np.array(ground), cores)


def _predicted(network: CompiledNetwork, variables: list[int], rows: Floats, cores: int) -> Floats:
    """Return the belief in each state of a row's own variable, shape (n, most states)."""
    layout = network.layout
    found = np.zeros((len(variables), max(layout.sizes)))
    places: dict[int, list[int]] = defaultdict(list)
    for place, variable in enumerate(variables):
        places[variable].append(place)
    for variable, own in places.items():
        name = layout.names[variable]
        beliefs = network.posterior_of_rows(rows[own], [name], cores=cores).beliefs[:, layout.span(variable)]
        # A finding that rules states out stands in the row; rounding is taken out of the sum.
        found[own, : layout.sizes[variable]] = beliefs / beliefs.sum(axis=1, keepdims=True)
    return found


# ── bets ────────────────────────────────────────────────────────────────────────────────────────


def surprise_bets(answers: Answers) -> Bets:
    """Return bets that answers are more, or less, surprising than the model says."""
    p = answers.p[:, :, None]
    powers = 1 - np.array(TILTS)
    tilted = np.where(p > 0, np.maximum(p, 1e-300) ** powers, 0.0).sum(axis=1)
    gain = -np.log(answers.hit)[:, None] * np.array(TILTS) - np.log(tilted)
    per_case = np.zeros((answers.n_cases, len(TILTS)))
    np.add.at(per_case, answers.case, answers.weights[:, None] * gain)
    share = np.full(len(TILTS), 1 / len(TILTS))
    return bets_on(np.zeros(len(TILTS), dtype=np.int64), share, per_case)


@dataclass(frozen=True)
class AnswerBets:
    """Bets on states of variables that were seen.

    Attributes:
        bets: The bets.
        variables: Number of the variable of each monitor.
        state: Number of the state that each bet is on.
    """

    bets: Bets
    variables: Ints
    state: Ints


def answer_bets(answers: Answers, sizes: tuple[int, ...]) -> AnswerBets:
    """Return bets that a state is seen more, or less, often than the model says.

    Args:
        answers: The answers.
        sizes: Number of states of each variable.
    """
    variables = np.unique(answers.variable)
    monitors: list[int] = []
    states: list[int] = []
    tables = []
    for monitor, variable in enumerate(variables.tolist()):
        own = answers.take(answers.variable == variable)
        # Of two states one tells all.
        for state in range(1 if sizes[variable] == 2 else 0, sizes[variable]):
            p = own.p[:, state, None]
            factors = np.array(FACTORS)
            gain = np.where(own.state[:, None] == state, np.log(factors), 0.0) - np.log1p(p * (factors - 1))
            table = np.zeros((answers.n_cases, len(FACTORS)))
            np.add.at(table, own.case, own.weights[:, None] * gain)
            tables.append(table)
            monitors += [monitor] * len(FACTORS)
            states += [state] * len(FACTORS)
    gains = np.concatenate([np.zeros((answers.n_cases, 0)), *tables], axis=1)
    monitor_of = np.array(monitors, dtype=np.int64)
    in_monitor = np.bincount(monitor_of, minlength=len(variables))
    share = 1 / (max(1, len(variables)) * in_monitor[monitor_of])
    bets = bets_on(monitor_of, share, gains)
    return AnswerBets(bets, variables, np.array(states, dtype=np.int64))


# ── scores ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Standing:
    """A sum of logarithmic scores, and what it should be.

    Attributes:
        n: Weight of the answers.
        mean: Mean -ln P(answer).
        expected: What its mean should be by the model.
        z: How many standard deviations the sum is too high; 0 where nothing could surprise.
    """

    n: float
    mean: float
    expected: float
    z: float


def standing(p: Floats, state: Ints, weights: Floats) -> Standing:
    """Return how surprising answers are, beside how surprising they should be.

    Args:
        p: Probability of each state, shape (A, states).
        state: The state that was seen, shape (A,).
        weights: How many cases each stands for, shape (A,).
    """
    n = float(weights.sum())
    if n <= 0:
        return Standing(0.0, 0.0, 0.0, 0.0)
    surprise = -np.log(np.where(p > 0, p, 1.0))
    expected = (p * surprise).sum(axis=1)
    variance = (p * surprise**2).sum(axis=1) - expected**2
    hit = surprise[np.arange(len(state)), state]
    spread = float(np.sqrt(max(0.0, weights @ variance)))
    excess = float(weights @ (hit - expected))
    z = excess / spread if spread > 1e-9 else 0.0
    return Standing(n, float(weights @ hit) / n, float(weights @ expected) / n, z)
