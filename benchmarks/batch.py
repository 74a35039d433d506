"""Many rows: leaves observed, beliefs of the roots, against every peer; and two cores against one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bayesdiag.engine.layout import Floats, Ints
from bayesdiag.engine.network import CompiledNetwork
from bayesdiag.errors import BayesdiagError
from benchmarks import agrum, others, ours
from benchmarks.agree import check
from benchmarks.lines import Line, refused
from benchmarks.measure import ROUND_SECONDS, fitting, interleaved, medians, seconds
from benchmarks.networks import draw, leaves_of, likelihoods, network_of, roots_of

SMALL = ("asia", "alarm", "win95pts", "hailfinder", "hepar2")
LARGE = ("insurance", "andes", "pathfinder")
SAMPLED = 10_000
"""Rows drawn; the number of different ones among them is told."""
COMPARED = 12
LEAST = 4
"""Rows of a round in any case: the median of single rows would hide the heavy ones."""
REPEATED = "ours, de-duplicated"
PGMPY_SECONDS = 6.0

Progress = Iterator[Line | str]


@dataclass(frozen=True)
class Task:
    """One network with rows drawn from it.

    Attributes:
        name: The network.
        network: Compiled.
        worlds: States drawn, shape (B, variables).
        rows: Likelihoods with the leaves observed, shape (B, S).
        seen: Numbers of the leaves.
        roots: Numbers of the roots that are no leaf.
    """

    name: str
    network: CompiledNetwork
    worlds: Ints
    rows: Floats
    seen: list[int]
    roots: list[int]

    @property
    def targets(self) -> list[str]:
        """Names of the roots."""
        return [self.network.layout.names[index] for index in self.roots]

    def beliefs(self, rows: Floats, **how: Any) -> list[Floats]:
        """Return our beliefs of each root."""
        ours.forget_answers(self.network)
        found = ours.batch(self.network, rows, self.targets, **how)
        return [found.of(name) for name in self.targets]


def task(name: str, n_rows: int = SAMPLED) -> Task:
    """Return the rows of a network, the same at every run."""
    network = network_of(name)
    leaves = leaves_of(network)
    worlds = draw(network, n_rows, np.random.default_rng(1))
    roots = [index for index in roots_of(network) if index not in leaves]
    return Task(name, network, worlds, likelihoods(network, worlds, leaves), leaves, roots)


def small(budget: float) -> Progress:
    """Five networks, with the goals against pyAgrum and against any peer."""
    yield from _set_up()
    for name in SMALL:
        yield from compared(task(name), budget / len(SMALL), (100, 500), (10 if name == "asia" else 20, 100))


def large(budget: float) -> Progress:
    """Three larger networks, with the goal against any peer."""
    yield from _set_up()
    for name in LARGE:
        yield from compared(task(name), budget / len(LARGE), None, (20, 100))


def cores(budget: float) -> Progress:
    """Two cores against one on the same rows."""
    yield "The peer is our own batch call on one core; the process may use two. No de-duplication."
    for name in ("alarm", "win95pts", "hepar2"):
        yield _two_cores(task(name, 4 * SAMPLED), budget / 3)


def _two_cores(job: Task, budget: float) -> Line:
    def run(n_rows: int, n_cores: int) -> list[Floats]:
        return job.beliefs(job.rows[:n_rows], cores=n_cores, deduplicate=False)

    try:
        run(COMPARED, 2)
    except ours.Absent as error:
        return Line(job.name, "rows/s", None, must=1.7, aim=1.9, note=str(error))
    n_rows = fitting(lambda n: run(n, 1), len(job.rows), 0.5)
    check("two cores", run(n_rows, 2), run(n_rows, 1))
    sides = {n: lambda _, n=n: n_rows / seconds(lambda: run(n_rows, n)) for n in (1, 2)}
    found = medians(interleaved({str(n): side for n, side in sides.items()}, rounds=9, budget=budget))
    note = f"{n_rows:,} rows a round"
    return Line(job.name, "rows/s", found["2"], {"one core": found["1"]}, 1.7, 1.9, note=note)


def compared(
    job: Task, budget: float, by_agrum: tuple[float, float] | None, by_any: tuple[float, float]
) -> Progress:
    """Yield the lines of one network."""
    try:
        sides = _sides(job)
    except BayesdiagError as error:
        yield Line(job.name, "rows/s", None, must=by_any[0], aim=by_any[1], note=refused(error))
        return
    fresh = {name: Fresh(run) for name, run in sides.items()}
    for name, side in fresh.items():
        # What repeats shows only over many rows.
        side.fit(2.0 if name == REPEATED else ROUND_SECONDS)
    rates = {name: side.rate for name, side in fresh.items()}
    sizes = {name: side.n_rows for name, side in fresh.items()}
    found = medians(interleaved(rates, rounds=9, budget=budget / 2))
    mine, repeated = found.pop("ours"), found.pop(REPEATED)
    note = "rows a round: " + ", ".join(f"{name} {n:,}" for name, n in sizes.items())
    both = {name: rate for name, rate in found.items() if name in agrum.ENGINES}
    if by_agrum is not None:
        yield Line(f"{job.name}, against pyAgrum", "rows/s", mine, both, *by_agrum, note=note)
    once, told = _pgmpy(job)
    everyone = found | once
    absent = "" if others.has_nbn() else "; nbn absent"
    yield Line(f"{job.name}, against any peer", "rows/s", mine, everyone, *by_any, note=note + told + absent)
    different = len(np.unique(job.worlds[:, job.seen], axis=0))
    told = f"{SAMPLED:,} sampled rows, {different:,} different; {sizes[REPEATED]:,} a round; no peer has it"
    yield Line(f"{job.name}, de-duplicated", "rows/s", repeated, everyone, note=told)


def _set_up() -> Iterator[str]:
    yield "Every leaf observed, all roots as targets on both sides; rows are drawn from the network."
    yield agrum.SET_UP if agrum.is_present() else agrum.ABSENT
    yield others.PGMPY_SET_UP + " Run once, on a few rows."
    yield others.NBN_SET_UP if others.has_nbn() else others.NBN_ABSENT


def _sides(job: Task) -> dict[str, Callable[[slice], object]]:
    """Return each side as a function of the rows it runs, after it has been compared with ours."""
    first = job.beliefs(job.rows[:COMPARED], deduplicate=False)
    check("de-duplication", job.beliefs(job.rows[:COMPARED], deduplicate=True), first)
    # A network of its own: neither side may find programs that the other one made.
    apart = replace(job, network=network_of(job.name))
    sides: dict[str, Callable[[slice], object]] = {
        "ours": lambda part: job.beliefs(job.rows[part], deduplicate=False),
        REPEATED: lambda part: apart.beliefs(job.rows[part], deduplicate=True),
    }
    names = [f"v{index}" for index in job.roots]
    for name, engine in agrum.engines(agrum.net_of(job.network), names).items() if agrum.is_present() else ():
        by_row = [engine.beliefs(_evidence(job, number), names) for number in range(COMPARED)]
        check(name, [np.array(belief) for belief in zip(*by_row, strict=True)], first)
        # Evidence is made beforehand: what is timed is pyAgrum, not our loop.
        sides[name] = _loop(engine, [_evidence(job, number) for number in range(SAMPLED)], names)
    if others.has_nbn():
        peer = others.Nbn(job.name, job.network, job.targets)
        check("nbn", peer.beliefs(job.worlds[:COMPARED], job.seen), first, others.NBN_CLOSE)
        sides["nbn"] = lambda part: peer.beliefs(job.worlds[part], job.seen)
    return sides


def _loop(
    engine: agrum.Agrum, evidences: Sequence[dict[str, int]], names: Sequence[str]
) -> Callable[[slice], object]:
    def run(part: slice) -> None:
        for evidence in evidences[part]:
            engine.infer(evidence, names)

    return run


def _evidence(job: Task, number: int) -> dict[str, int]:
    return {f"v{index}": int(job.worlds[number, index]) for index in job.seen}


class Fresh:
    """A side that is given other rows at every call, as long as there are any.

    An engine may keep what it answered or made before; rows run while the size of a round was
    looked for must not come again in the rounds.
    """

    def __init__(self, run: Callable[[slice], object]) -> None:
        self.run = run
        self.next = COMPARED
        self.n_rows = 1

    def fit(self, wanted: float) -> None:
        """Find how many rows take about so many seconds."""
        self.n_rows = max(LEAST, fitting(self.take, SAMPLED - COMPARED, wanted))

    def take(self, n_rows: int) -> None:
        """Run the next rows, beginning again when they are at an end."""
        if self.next + n_rows > SAMPLED:
            self.next = COMPARED
        self.run(slice(self.next, self.next + n_rows))
        self.next += n_rows

    def rate(self, number: int) -> float:  # noqa: ARG002 - every round takes other rows
        """Return rows a second over the rows of one round."""
        return self.n_rows / seconds(lambda: self.take(self.n_rows))


def _pgmpy(job: Task) -> tuple[dict[str, float], str]:
    """Return pgmpy's rate over the rows it finishes in a few seconds, and how many those were."""
    peer = others.Pgmpy(job.network, job.targets)
    expected = job.beliefs(job.rows[:COMPARED], deduplicate=False)
    began, took, done = time.perf_counter(), 0.0, 0
    while done < COMPARED and (not done or time.perf_counter() - began < PGMPY_SECONDS):
        found: list[list[Floats]] = []
        took += seconds(lambda done=done, found=found: found.append(peer.beliefs(job.worlds[done], job.seen)))
        check("pgmpy", found[0], [belief[done] for belief in expected])
        done += 1
    return {"pgmpy": done / took}, f"; pgmpy {done} rows once"
