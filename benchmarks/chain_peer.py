"""The payment model: pyAgrum on the fair chain beside our causes and questions."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bayesdiag.case import Evidence
from bayesdiag.diagnosis.steps import open_questions
from bayesdiag.engine.layout import Floats
from bayesdiag.engine.network import CompiledNetwork
from bayesdiag.engine.tables import DenseFamily
from benchmarks import agrum, ours
from benchmarks.agree import Differs, check
from benchmarks.fair_chain import fair_chain
from benchmarks.hand_rows import Likelihoods, rows_of
from benchmarks.lines import Line
from benchmarks.measure import MEMORY_SHARE, Tried, limited, unfinished

ORDERS = 6
"""Orders of the maxima's chains among which pyAgrum gets the best."""
TRIED_EVERY = 5
"""The orders are tried on every fifth case."""
TRIED_LIMIT = 2.0
N_QUESTIONED = 3
CASE_LIMIT = 6.0
"""Seconds after which pyAgrum is stopped on the causes of one case."""
QUESTIONS_LIMIT = 20.0
IMPOSSIBLE = 1e-15
"""P(evidence) that pyAgrum gives rows that cannot be."""
ROW_CLOSE = 1e-9
"""Rows by hand weight rare answers, so a digit less."""

Progress = Iterator[Line | str]


@dataclass(frozen=True)
class Peer:
    """pyAgrum on the fair chain: one engine, one way to ask."""

    network: CompiledNetwork
    engine: agrum.Agrum

    @property
    def causes(self) -> list[int]:
        """Numbers of the causes."""
        return [self.network.layout.index_of[variable.id] for variable in self.network.model.of_kind("cause")]

    def beliefs(self, evidence: Likelihoods) -> list[Floats]:
        """Return the belief of every cause."""
        return self.engine.beliefs(evidence, [f"v{index}" for index in self.causes])

    def infer(self, evidence: Likelihoods) -> list[Any]:
        """Return the posterior tensor of every cause."""
        return self.engine.infer(evidence, [f"v{index}" for index in self.causes])

    def ours(self, beliefs: Floats) -> list[Floats]:
        """Return our beliefs of the causes, out of a row."""
        return [beliefs[self.network.layout.span(index)] for index in self.causes]

    def evidence(self, case: Evidence) -> Likelihoods:
        """Return a case as pyAgrum's evidence: a state where only one is left, else likelihoods."""
        row = self.network.rows([case], premise=True)[0]
        found: Likelihoods = {}
        for index in range(len(self.network.families)):
            part = row[self.network.layout.span(index)]
            if (part != 1).any():
                found[f"v{index}"] = int(part.argmax()) if (part > 0).sum() == 1 else part.tolist()
        return found


def against_chain(
    network: CompiledNetwork, cases: list[Evidence], new: list[float], kept: list[float], budget: float
) -> Progress:
    """Yield pyAgrum's lines; `new` and `kept` are our milliseconds of each case."""
    net, told = _best_chain(network, cases)
    yield told
    peers = {name: _peer(network, net, kind) for name, kind in agrum.ENGINES.items()}
    tries: dict[str, list[Tried]] = {name: [] for name in peers}
    spent = 0.0
    for case in cases:
        expected = ours.causes_and_questions(network, case)[0]
        for name, peer in peers.items():
            tried = _causes(name, peer, case, expected)
            tries[name].append(tried)
            spent += min(tried.seconds, CASE_LIMIT)
        if spent > budget:
            break
    n = len(next(iter(tries.values())))
    finished = {name: [1000 * one.seconds for one in found if not one.ended] for name, found in tries.items()}
    lost = "; ".join(f"{name} {unfinished(found)}" for name, found in tries.items())
    note = (
        f"pyAgrum: causes alone, {n} of {len(cases)} cases once, those not finished in {CASE_LIMIT:.0f} s left "
        f"out ({lost}); ours: causes and every question of these {n}"
    )
    for line, of, mine in (("median", statistics.median, new), ("worst", max, new)):
        theirs = {name: float(of(found)) for name, found in finished.items() if found}
        yield Line(f"causes, {line}, new plan", "ms", float(of(mine[:n])), theirs, note=note)
    yield from _questioned(peers, cases, tries, {"new plan": new, "plan cached": kept})


def _peer(network: CompiledNetwork, net: Any, kind: str) -> Peer:
    peer = Peer(network, agrum.Agrum(net, kind))
    peer.engine.engine.setTargets({f"v{index}" for index in peer.causes})
    return peer


def _causes(name: str, peer: Peer, case: Evidence, expected: Floats) -> Tried:
    """Return what the causes of one case took, once they equal ours."""
    evidence = peer.evidence(case)
    found = limited(lambda: peer.infer(evidence) and None, CASE_LIMIT)
    if found.ended:
        return found
    whole = limited(lambda: peer.beliefs(evidence), 5 * CASE_LIMIT)
    if whole.ended:
        return whole
    check(name, whole.result, peer.ours(expected))
    return found


def _questioned(
    peers: dict[str, Peer],
    cases: list[Evidence],
    tries: dict[str, list[Tried]],
    ours_of: dict[str, list[float]],
) -> Progress:
    """Causes and every question on the few cases that cost pyAgrum least."""
    best = np.min([[one.seconds for one in found] for found in tries.values()], axis=0)
    cheap = [int(i) for i in np.argsort(best)[:N_QUESTIONED]]
    least = f"whose causes cost pyAgrum least, once, stopped after {QUESTIONS_LIMIT:.0f} s"
    found: dict[str, float] = {}
    lost = []
    for name, peer in peers.items():
        asked = []
        for number in cheap:
            rows = _hand_rows(peer, cases[number])
            asked.append(
                limited(lambda peer=peer, rows=rows: [_possible(peer, row) for row in rows], QUESTIONS_LIMIT)
            )
            if not asked[-1].ended:
                _check_rows(name, peer, rows, asked[-1].result)
        if any(one.ended for one in asked):
            lost.append(f"{name}: {unfinished(asked)}")
        else:
            found[name] = 1000 * statistics.median(one.seconds for one in asked)
    note = f"by hand; the {N_QUESTIONED} of {len(best)} cases {least}; {', '.join(lost) or 'all finished'}"
    for told, mine in ours_of.items():
        figure = statistics.median([mine[i] for i in cheap])
        yield Line(f"causes and every question, {told}", "ms", figure, found, 100, note=note)
    name, peer = next(iter(peers.items()))
    own = limited(lambda: _by_answer(peer, cases[cheap[0]]) and None, QUESTIONS_LIMIT)
    note = f"by answer; the one case {least}{own.ended and f': {own.ended}'}"
    theirs = {} if own.ended else {name: 1000 * own.seconds}
    mine_now = ours_of["plan cached"][cheap[0]]
    yield Line("causes and every question, its own way", "ms", mine_now, theirs, note=note)


def _check_rows(name: str, peer: Peer, asked: list[Likelihoods], found: list[list[Floats]]) -> None:
    """Find the causes of every row by hand equal to ours."""
    layout = peer.network.layout
    rows = np.ones((len(asked), layout.n_slots))
    for row, evidence in zip(rows, asked, strict=True):
        for variable, likelihood in evidence.items():
            span = layout.span(int(variable[1:]))
            hard = isinstance(likelihood, int)
            row[span] = np.eye(span.stop - span.start)[likelihood] if hard else likelihood
    mine = ours.batch(peer.network, rows, [layout.names[index] for index in peer.causes])
    for number, theirs in enumerate(found):
        possible = bool(np.isfinite(mine.log_evidence[number]))
        # On impossible evidence pyAgrum mostly gives posteriors that mean nothing; its P(evidence) tells.
        if possible and theirs:
            check(name, theirs, peer.ours(mine.beliefs[number]), ROW_CLOSE)
        elif possible or _p_evidence(peer, asked[number]) > IMPOSSIBLE:
            raise Differs(f"{name} and ours do not agree on whether row {number} is possible")


def _p_evidence(peer: Peer, evidence: Likelihoods) -> float:
    import pyagrum  # noqa: PLC0415 - an optional peer

    try:
        peer.engine.see(evidence)
        peer.engine.engine.makeInference()
        return float(peer.engine.engine.evidenceProbability())
    except pyagrum.IncompatibleEvidence:
        peer.engine.seen = set()
        return 0.0


def _by_answer(peer: Peer, case: Evidence) -> dict[tuple[str, int], list[Floats]]:
    """Return the causes given each answer to each question: the answer is evidence."""
    before = peer.evidence(case)
    layout = peer.network.layout
    found = {}
    for variable in open_questions(peer.network.model, case):
        index = layout.index_of[variable.id]
        for state in range(layout.sizes[index]):
            found[variable.id, state] = _possible(peer, before | {f"v{index}": state})
    return found


def _hand_rows(peer: Peer, case: Evidence) -> list[Likelihoods]:
    """Return the rows that value the questions, our own trick, on the same variables: the tree is kept."""
    before = peer.evidence(case)
    layout = peer.network.layout
    rows = []
    for variable in open_questions(peer.network.model, case):
        rows += rows_of(peer.network, layout.index_of[variable.id], before)
    touched = {name for row in rows for name in row} - set(before)
    everything = {name: [1.0] * layout.sizes[int(name[1:])] for name in touched} | before
    return [everything | row for row in rows]


def _possible(peer: Peer, evidence: Likelihoods) -> list[Floats]:
    """Return the causes, or nothing where pyAgrum says that the evidence is impossible."""
    import pyagrum  # noqa: PLC0415 - an optional peer

    try:
        return peer.beliefs(evidence)
    except pyagrum.IncompatibleEvidence:
        peer.engine.seen = set()
        return []


def _best_chain(network: CompiledNetwork, cases: list[Evidence]) -> tuple[Any, str]:
    """Return the fair chain in the order of maxima that is fastest on some cases, and what was tried."""
    random = np.random.default_rng(5)
    best, fastest, means, lost = None, float("inf"), [], []
    for number in range(ORDERS):
        ordered = tuple(_ordered(f, number, random) for f in network.families)
        net = fair_chain(replace(network, ways=replace(network.ways, families=ordered)))
        peer = _peer(network, net, "LazyPropagation")
        tries = [
            limited(lambda peer=peer, case=case: peer.infer(peer.evidence(case)) and None, TRIED_LIMIT)
            for case in cases[::TRIED_EVERY]
        ]
        lost += tries
        # The geometric mean: one case that no order finishes must not decide.
        mean = 1000 * float(np.exp(np.mean([np.log(min(one.seconds, TRIED_LIMIT)) for one in tries])))
        means.append(mean)
        if mean < fastest:
            best, fastest = net, mean
    shown = f"{', '.join(f'{mean:.0f}' for mean in means)} ms, not finished: {unfinished(lost)}"
    return best, (
        "pyAgrum: one chain for all cases (benchmarks/fair_chain.py), states never reached left out, gates and "
        f"first-active included; the fastest of {ORDERS} orders of the maxima (model, reversed, drawn) on every "
        f"{TRIED_EVERY}th case by the geometric mean, chosen beforehand, {TRIED_LIMIT:.0f} s each: {shown}; hard "
        f"evidence as states, causes as targets, one thread, {MEMORY_SHARE:.0%} of the machine's memory. "
        "by hand: our rows as likelihoods, the tree kept. by answer: the answer is evidence."
    )


def _ordered(family: Any, number: int, random: np.random.Generator) -> Any:
    if isinstance(family, DenseFamily) or family.rule != "max" or number == 0:
        return family
    n = len(family.contributions)
    order = reversed(range(n)) if number == 1 else random.permutation(n)
    return replace(family, contributions=tuple(family.contributions[i] for i in order))
