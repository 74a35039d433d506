"""What every open question would tell about a target: mutual information, all questions of a case."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from bayesdiag.engine.layout import Floats
from bayesdiag.engine.network import CompiledNetwork
from benchmarks import agrum, ours
from benchmarks.agree import check
from benchmarks.lines import Line
from benchmarks.measure import interleaved, medians, seconds
from benchmarks.networks import draw, likelihoods, network_of, observed

TARGETS = {"win95pts": "PTROFFLINE", "hepar2": "PBC", "alarm": "HYPOVOLEMIA"}
N_CASES = 3
ROUNDS = 12
LOOPS = 10
SHARE = 0.2
CLOSE = 1e-9
"""Nats; differences of entropies lose a digit."""

Progress = Iterator[Line | str]


@dataclass(frozen=True)
class Asking:
    """One case: what is seen, what can be asked, what is to be found out."""

    network: CompiledNetwork
    row: Floats
    evidence: dict[str, int]
    questions: list[int]
    target: int

    def mine(self) -> dict[str, float]:
        """Our values, by name; nothing of this case is kept."""
        names = self.network.layout.names
        asked = [names[index] for index in self.questions]
        return ours.information(self.network, self.row, asked, names[self.target])


def questions(budget: float) -> Progress:
    """Three networks, three cases each."""
    yield "20 % of the variables observed; every other variable is a question; the value is the mutual information."
    yield "ours: network.information, other findings at each call; it keeps no answer, and its program serves any findings."
    if agrum.is_present():
        yield (
            "pyAgrum, by answer: the target's posterior for every answer of every question, weighted by P(answer). "
            "by target: the posteriors of all questions for every state of the target, which is our own trick "
            "coded by hand. One thread, objects reused. Its own jointMutualInformation is left out: with findings "
            "set it did not equal the mutual information of its own jointPosterior."
        )
    else:
        yield agrum.ABSENT
    for name, target in TARGETS.items():
        yield from _network(name, target, budget / len(TARGETS))


def _network(name: str, target: str, budget: float) -> Progress:
    network = network_of(name)
    cases = _cases(network, network.layout.index_of[target])
    peers = _peers(network) if agrum.is_present() else {}
    expected = [np.array(list(case.mine().values())) for case in cases]
    for peer, value in peers.items():
        for case, mine in zip(cases, expected, strict=True):
            check(peer, [value(case)], [mine], CLOSE)

    def timed(value: Callable[[Asking], object], loops: int = LOOPS) -> Callable[[int], float]:
        """Time all cases, several times over: a single call of ours is too short to time."""

        def every_case() -> None:
            for _ in range(loops):
                for case in cases:
                    value(case)

        return lambda _: 1000 * seconds(every_case) / (loops * N_CASES)

    ours_timed = timed(lambda case: case.mine())
    theirs = {peer: timed(value, 1 if "answer" in peer else LOOPS) for peer, value in peers.items()}
    found = interleaved({"ours": ours_timed} | theirs, rounds=ROUNDS, budget=budget, at_least=3)
    middle = medians(found)
    note = (
        f"{len(cases[0].questions)} questions about {target}, {len(found['ours'])} rounds of "
        f"{LOOPS} times {N_CASES} cases, by answer once"
    )
    peers_found = {peer: figure for peer, figure in middle.items() if peer != "ours"}
    yield Line(name, "ms", middle["ours"], peers_found, 100, note=note)
    yield Line(f"{name}, our time", "ms", middle["ours"], {}, None, 1.0, "ours")


def _cases(network: CompiledNetwork, target: int) -> list[Asking]:
    random = np.random.default_rng(3)
    cases = []
    for world in draw(network, N_CASES, random):
        seen = [index for index in observed(network, SHARE, random) if index != target]
        row = likelihoods(network, world[None, :], seen)[0]
        asked = [i for i in range(len(network.layout.names)) if i not in {*seen, target}]
        cases.append(Asking(network, row, {f"v{i}": int(world[i]) for i in seen}, asked, target))
    return cases


def _peers(network: CompiledNetwork) -> dict[str, Callable[[Asking], Floats]]:
    net = agrum.net_of(network)
    peers: dict[str, Callable[[Asking], Floats]] = {}
    for name, kind in agrum.ENGINES.items():
        by_target, by_answer = agrum.Agrum(net, kind), agrum.Agrum(net, kind)
        peers[f"{name} by target"] = lambda case, one=by_target: _by_target(one, case)
        peers[f"{name} by answer"] = lambda case, one=by_answer: _by_answer(one, case)
    return peers


def _by_target(one: agrum.Agrum, case: Asking) -> Floats:
    """P(question | e, t) of every question from one inference a target state."""
    target = f"v{case.target}"
    names = [f"v{question}" for question in case.questions]
    prior = one.beliefs(case.evidence, [target])[0]
    given = {
        state: one.beliefs(case.evidence | {target: state}, names)
        for state in np.flatnonzero(prior > 0).tolist()
    }
    weights = prior[list(given)]
    return np.array([_information(weights, np.array(found)) for found in zip(*given.values(), strict=True)])


def _by_answer(one: agrum.Agrum, case: Asking) -> Floats:
    """P(target | e, answer) from one inference an answer."""
    target = f"v{case.target}"
    names = [f"v{question}" for question in case.questions]
    one.engine.setTargets(set(names))
    answers = one.beliefs(case.evidence, names)
    one.engine.setTargets({target})
    values = []
    for name, p in zip(names, answers, strict=True):
        possible = np.flatnonzero(p > 0).tolist()
        given = [one.beliefs(case.evidence | {name: state}, [target])[0] for state in possible]
        values.append(_information(p[possible], np.array(given)))
    return np.array(values)


def _information(weights: Floats, given: Floats) -> float:
    """Return H(Σ w p) − Σ w H(p) in nats; `given` has shape (conditions, states)."""
    return ours.entropy(weights @ given) - float(weights @ ours.entropies(given))
