"""One iteration of EM: blanks in the data, pseudo-counts beside it."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bayesdiag.engine.layout import Floats, Ints
from bayesdiag.engine.network import CompiledNetwork
from benchmarks import agrum, ours
from benchmarks.agree import check
from benchmarks.lines import Line
from benchmarks.measure import interleaved, medians, seconds
from benchmarks.networks import draw, network_of

GOALS = {"asia": (100, 1000), "alarm": (100, 1000), "insurance": (15, 100)}
BLANK = 0.2
PSEUDO = 1.0
"""Added to every cell of every table: a Dirichlet prior."""
N_ROWS = 5000
PEER_ROWS = 200
PEER_ITERATIONS = 2
COMPARED = 20
CLOSE = 1e-9
"""Sums over some rows, so a digit less than a belief."""

Progress = Iterator[Line | str]
Count = Callable[[Floats, Floats], Floats]
"""tables, rows → expected counts, shape of the tables."""


def em(budget: float) -> Progress:
    """Three networks per row and iteration; and thirty iterations over 5,000 rows of alarm."""
    yield f"20 % of all values blank, {PSEUDO:g} pseudo-count in every cell; start at the network's own tables."
    yield f"ours: count over {N_ROWS:,} rows and the new tables, no de-duplication."
    if agrum.is_present():
        yield (
            f"pyAgrum: BNLearner on {PEER_ROWS} rows, useEM without noise, EMsetMaxIter({PEER_ITERATIONS}), "
            f"useSmoothingPrior({PSEUDO:g}), learnParameters from the same tables, one thread; divided by rows and by "
            "the iterations it says it made; reading the file is not in the time."
        )
    else:
        yield agrum.ABSENT
    for name, goal in GOALS.items():
        yield _iteration(name, goal, budget / 4)
    yield _thirty(budget / 4)


def blanked(network: CompiledNetwork, n_rows: int) -> tuple[Ints, Floats]:
    """Return drawn states with -1 for a blank, shape (B, variables), and the rows, shape (B, S)."""
    random = np.random.default_rng(6)
    worlds = draw(network, n_rows, random)
    worlds[random.random(worlds.shape) < BLANK] = -1
    rows = np.ones((n_rows, network.layout.n_slots))
    for index in range(worlds.shape[1]):
        seen = np.flatnonzero(worlds[:, index] >= 0)
        rows[seen, network.layout.span(index)] = np.eye(network.layout.sizes[index])[worlds[seen, index]]
    return worlds, rows


def maximised(counts: Floats, network: CompiledNetwork) -> Floats:
    """Return tables from expected counts: the pseudo-counts added, each distribution summing to one."""
    parts, start = [], 0
    for p in ours.tables_of(network):
        cells = counts[start : start + p.size].reshape(-1, p.shape[-1]) + PSEUDO
        parts.append((cells / cells.sum(axis=1, keepdims=True)).ravel())
        start += p.size
    return np.concatenate(parts)


def expected_counts(network: CompiledNetwork, rows: Sequence[dict[str, int]]) -> Floats:
    """Return expected counts by pyAgrum's joint posteriors of every family: slow, for comparison."""
    engine = agrum.Agrum(agrum.net_of(network), "LazyPropagation").engine
    # The child last, as in our tables.
    scopes = [[*(f"v{parent}" for parent in f.parents), f"v{f.child}"] for f in network.families]
    for scope in scopes:
        engine.addJointTarget(set(scope))
    totals = [np.zeros(p.shape) for p in ours.tables_of(network)]
    for evidence in rows:
        engine.setEvidence(evidence)
        engine.makeInference()
        for total, scope in zip(totals, scopes, strict=True):
            np.add(total, _joint(engine, scope), out=total)
    return np.concatenate([total.ravel() for total in totals])


def _joint(engine: Any, scope: list[str]) -> Floats:
    tensor = engine.posterior(scope[0]) if len(scope) == 1 else engine.jointPosterior(set(scope))
    axes = list(reversed(tensor.names))
    return np.transpose(tensor.toarray(), [axes.index(name) for name in scope])


def _evidence(world: Ints) -> dict[str, int]:
    return {f"v{index}": int(state) for index, state in enumerate(world) if state >= 0}


def _counter(network: CompiledNetwork) -> Count:
    program = ours.counting_program(network)
    return lambda tables, rows: ours.counts(program, tables, rows, np.ones(len(rows)))[0]


def _iteration(name: str, goal: tuple[float, float], budget: float) -> Line:
    network = network_of(name)
    worlds, rows = blanked(network, N_ROWS)
    tables = np.concatenate([p.ravel() for p in ours.tables_of(network)])
    sides: dict[str, Callable[[int], float]] = {}
    note = f"ours {N_ROWS:,} rows, peer {PEER_ROWS}"
    try:
        count = _counter(network)
        if agrum.is_present():
            theirs = expected_counts(network, [_evidence(world) for world in worlds[:COMPARED]])
            check("pyAgrum's joint posteriors", [theirs], [count(tables, rows[:COMPARED])], CLOSE)
        count(tables, rows)
        sides["ours"] = lambda _: 1e6 * seconds(lambda: maximised(count(tables, rows), network)) / N_ROWS
    except ours.Absent as error:
        note = str(error)
    if agrum.is_present():
        sides["pyAgrum"] = _learner(network, worlds[:PEER_ROWS])
    middle = medians(interleaved(sides, rounds=5, budget=budget)) if sides else {}
    return Line(name, "µs a row and iteration", middle.pop("ours", None), middle, *goal, note=note)


def _learner(network: CompiledNetwork, worlds: Ints) -> Callable[[int], float]:
    import pyagrum  # noqa: PLC0415 - an optional peer

    net = agrum.net_of(network)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rows.csv")
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow([f"v{index}" for index in range(worlds.shape[1])])
            writer.writerows([["?" if state < 0 else f"s{state}" for state in world] for world in worlds])
        learner = pyagrum.BNLearner(str(path), net, ["?"])
    learner.useEM(1e-12, 0.0)
    learner.EMsetMaxIter(PEER_ITERATIONS)
    learner.useSmoothingPrior(PSEUDO)
    learner.setNumberOfThreads(1)

    def run(_: int) -> float:
        took = seconds(lambda: learner.learnParameters(net))
        return 1e6 * took / len(worlds) / learner.EMnbrIterations()

    return run


def _thirty(budget: float) -> Line:
    network = network_of("alarm")
    _, rows = blanked(network, N_ROWS)
    told = f"alarm, {N_ROWS:,} rows, 30 iterations"
    try:
        count = _counter(network)
    except ours.Absent as error:
        return Line(told, "s", None, {}, None, 1.0, "ours", str(error))

    def run(_: int) -> float:
        return seconds(lambda: _fitted(count, rows, network))

    found = medians(interleaved({"ours": run}, rounds=3, budget=budget, at_least=1))
    return Line(told, "s", found["ours"], {}, None, 1.0, "ours")


def _fitted(count: Count, rows: Floats, network: CompiledNetwork) -> Floats:
    tables = np.concatenate([p.ravel() for p in ours.tables_of(network)])
    for _ in range(30):
        tables = maximised(count(tables, rows), network)
    return tables
