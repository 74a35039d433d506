"""One case at a time through the public call: names in, a mapping read on demand out."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayesdiag.engine.layout import Floats
from bayesdiag.engine.network import CompiledNetwork
from bayesdiag.errors import BayesdiagError
from benchmarks import agrum, ours
from benchmarks.agree import check
from benchmarks.lines import Line, figure, refused
from benchmarks.measure import interleaved, medians, seconds
from benchmarks.networks import draw, network_of, observed

SMALL = ("asia", "alarm", "insurance", "hailfinder", "win95pts", "hepar2")
LARGE = (
    "andes",
    "pathfinder",
    "pigs",
    "munin1",
    "munin",
    "mildew",
    "barley",
    "diabetes",
    "link",
    "water",
)
SHARE = 0.2
"""Share of the variables that is observed."""
CALLS = 10
"""Calls in a row a side makes in one round, on small networks."""
SLOW = 20.0
"""Seconds a single call may take before a side gets no further round."""

Progress = Iterator[Line | str]


@dataclass(frozen=True)
class Case:
    """One set of findings, as each side wants it."""

    findings: dict[str, str]
    evidence: dict[str, int]
    asked: list[str]


class Bench:
    """A network, drawn cases, and the sides that answer them."""

    def __init__(self, name: str, n_cases: int, *, same_variables: bool) -> None:
        self.network = network_of(name)
        random = np.random.default_rng(2)
        worlds = draw(self.network, n_cases, random)
        seen = observed(self.network, SHARE, random)
        self.cases = [
            _case(self.network, world, seen if same_variables else observed(self.network, SHARE, random))
            for world in worlds
        ]
        self.engines = agrum.engines(agrum.net_of(self.network)) if agrum.is_present() else {}

    def ours(self, case: Case) -> Floats:
        """Ask by name, and read one variable of the answer."""
        return self.network.posterior(case.findings).of(self.network.layout.names[0])

    def compare(self, cases: Sequence[Case]) -> None:
        """Find every side's beliefs the same."""
        for case in cases:
            ours.forget_answers(self.network)
            posterior = self.network.posterior(case.findings)
            mine = [posterior.of(self.network.layout.names[int(name[1:])])[0] for name in case.asked]
            for name, engine in self.engines.items():
                check(name, engine.beliefs(case.evidence, case.asked), mine)


def one(budget: float) -> Progress:
    """Small networks: the same variables observed each time, and others each time."""
    yield "20 % of the variables observed, drawn from the network; all marginals; other findings at every call."
    yield "ours: network.posterior(findings) by name, one variable of the answer read; no answer is kept."
    yield _set_up()
    for name in SMALL:
        for same in (True, False):
            bench = Bench(name, 40 * CALLS, same_variables=same)
            told = f"{name}, {'same' if same else 'other'} variables each time"
            yield _small(bench, told, budget / len(SMALL) / 2)


def large_new(budget: float) -> Progress:
    """Large networks, a new pattern of findings each time."""
    yield "20 % of the variables observed, others each time; all marginals; what has to be compiled is in the time."
    yield _set_up()
    ratios: list[float | None] = []
    for name in LARGE:
        bench = Bench(name, 16, same_variables=False)
        line = _large(bench, name, budget / len(LARGE), (0.5, 1.0), lambda n, bench=bench: bench.cases[n + 1])
        ratios.append(line.ratio)
        yield line
    yield _mean(ratios, (1.0, 5.0))


def large_seen(budget: float) -> Progress:
    """Large networks, two patterns seen before, in turn: programs are kept, answers are not."""
    yield "As large-new, two sets of findings on the same variables in turn, both seen before; no answer is kept."
    yield _set_up()
    ratios: list[float | None] = []
    for name in LARGE:
        bench = Bench(name, 2, same_variables=True)
        line = _large(
            bench, name, budget / len(LARGE), (5.0, 20.0), lambda n, bench=bench: bench.cases[n % 2]
        )
        ratios.append(line.ratio)
        yield line
    yield _mean(ratios, (5.0, 20.0))


def _set_up() -> str:
    return (
        agrum.SET_UP.replace("targets set", "all variables targets") if agrum.is_present() else agrum.ABSENT
    )


def _case(network: CompiledNetwork, world: Any, seen: Sequence[int]) -> Case:
    layout = network.layout
    findings = {layout.names[i]: layout.states[i][world[i]] for i in seen}
    asked = [f"v{i}" for i in range(len(layout.names)) if i not in set(seen)]
    return Case(findings, {f"v{i}": int(world[i]) for i in seen}, asked)


def _small(bench: Bench, told: str, budget: float) -> Line:
    bench.compare(bench.cases[-3:])  # no round gets as far as these

    # Call by call, the answers forgotten between: few variables have few findings, which repeat.
    def mine(number: int) -> float:
        return sum(_mine(bench, case) for case in _calls(bench, number)) / CALLS

    def peer(engine: agrum.Agrum) -> Callable[[int], float]:
        return lambda number: sum(_theirs(engine, case) for case in _calls(bench, number)) / CALLS

    sides = {"ours": mine} | {name: peer(engine) for name, engine in bench.engines.items()}
    found = interleaved(sides, rounds=30, budget=budget)
    note = f"{len(found['ours'])} rounds of {CALLS} calls"
    middle = medians(found)
    return Line(told, "ms", middle.pop("ours"), middle, 10, 20, note=note)


def _calls(bench: Bench, number: int) -> list[Case]:
    start = number * CALLS % len(bench.cases)
    return bench.cases[start : start + CALLS]


def _large(
    bench: Bench, name: str, budget: float, goal: tuple[float, float], case_of: Callable[[int], Case]
) -> Line:
    """Return the line of a network; a side that is refused or too slow says so."""
    began = time.perf_counter()
    note = ""
    # The last cases are compared: they must not be the ones that are new in a round.
    compared = bench.cases[-2:] if len(bench.cases) > 2 else bench.cases
    sides: dict[str, Callable[[int], float]] = {}
    try:
        bench.compare(compared)
        took = seconds(lambda: bench.ours(case_of(-1)))
        sides["ours"] = lambda number: _mine(bench, case_of(number))
        note = "" if took < SLOW else f"ours once took {took:.0f} s; "
    except BayesdiagError as error:
        note = f"{refused(error)}; "
    for peer, engine in bench.engines.items():
        sides[peer] = lambda number, engine=engine: _theirs(engine, case_of(number))
    rest = max(1.0, budget - (time.perf_counter() - began))
    found = interleaved(sides, rounds=12, budget=rest)
    middle = medians(found)
    mine = middle.pop("ours", None)
    return Line(name, "ms", mine, middle, *goal, note=f"{note}{len(next(iter(found.values())))} rounds")


def _mine(bench: Bench, case: Case) -> float:
    ours.forget_answers(bench.network)
    return 1000 * seconds(lambda: bench.ours(case))


def _theirs(engine: agrum.Agrum, case: Case) -> float:
    return 1000 * seconds(lambda: engine.infer(case.evidence, case.asked))


def _mean(ratios: Sequence[float | None], goal: tuple[float, float]) -> Line:
    """Return the geometric mean of the ratios as a line whose figure is the ratio itself."""
    known = [ratio for ratio in ratios if ratio]
    mean = math.exp(sum(map(math.log, known)) / len(known)) if known else None
    whole = len(known) == len(ratios)
    note = (
        f"over {len(known)} of {len(ratios)} networks, ratios {', '.join(figure(ratio) for ratio in ratios)}"
    )
    return Line(
        "geometric mean",
        "× the best peer",
        mean if whole else None,
        {},
        *goal,
        goal_of="ours",
        note=note if whole else f"{note}; no mean while one has no figure (of the others: {figure(mean)})",
    )
