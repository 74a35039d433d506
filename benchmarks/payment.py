"""The payment model: all causes and every open question ranked, for golden cases and for long interviews."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from bayesdiag.case import Evidence
from bayesdiag.diagnosis import diagnose
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.errors import TooLarge
from bayesdiag.modelfile import load, load_cases, models_folder
from benchmarks import agrum, ours
from benchmarks.chain_peer import against_chain
from benchmarks.lines import Line
from benchmarks.measure import quantile, seconds
from benchmarks.networks import draw

ROUNDS = 3
N_INTERVIEWS = 100
N_ANSWERS = 13

Progress = Iterator[Line | str]


def golden(budget: float) -> Progress:
    """Every golden case, new plan and plan cached; and pyAgrum on the fair chain."""
    model = load("pos_card")
    network = compile_network(model)
    path = models_folder() / "pos_card.cases.yaml"
    found = load_cases(path, path.read_text(encoding="utf-8"), model)
    cases = [Evidence(model, case.findings) for case in found]
    yield f"{len(cases)} golden cases: causes with responsibilities, and every open question by its value."
    ours.causes_and_questions(network, cases[0])
    new = [statistics.median(_times(network, case, keep=False)) for case in cases]
    kept = [statistics.median(_times(network, case, keep=True)) for case in cases]
    # The goals are about the cases written with the model; stories tell less and leave more questions open.
    goal = [place for place, case in enumerate(found) if case.id.startswith("D")]
    note = f"{len(goal)} written cases, median of {ROUNDS} each"
    worst, middle = max(new[place] for place in goal), statistics.median(new[place] for place in goal)
    yield Line("new plan, worst", "ms", worst, {}, 50, 10, "ours", note)
    yield Line("new plan, median", "ms", middle, {}, None, 1, "ours", note)
    worst, middle = max(kept[place] for place in goal), statistics.median(kept[place] for place in goal)
    yield Line("plan cached, worst", "ms", worst, {}, 10, 4, "ours", note)
    yield Line("plan cached, median", "ms", middle, {}, None, 0.25, "ours", note)
    note = f"with the stories, {len(cases)} cases; median {statistics.median(new):.1f} and {statistics.median(kept):.1f}"
    yield Line("new plan, worst of all", "ms", max(new), note=note)
    yield Line("plan cached, worst of all", "ms", max(kept), note=note)
    whole = []
    for case in cases:
        network.forget()
        whole.append(1000 * seconds(lambda case=case: diagnose(network, case)))
    yield Line(
        "diagnose(), median", "ms", statistics.median(whole), note=f"programs dropped; worst {max(whole):.0f}"
    )
    if agrum.is_present():
        yield from against_chain(network, cases, new, kept, budget)
    else:
        yield agrum.ABSENT


def interviews(_budget: float) -> Progress:
    """A hundred simulated failed attempts with thirteen tests or symptoms answered, chosen at random."""
    model = load("pos_card")
    network = compile_network(model)
    yield (
        f"{N_INTERVIEWS} attempts drawn from the model given its premise, seed 4; {N_ANSWERS} of the questions of "
        "kind test or symptom answered, chosen at random; a new plan each; causes and every other question ranked."
    )
    answered: list[float] = []
    refused: list[float] = []
    ours.causes_and_questions(network, Evidence(model, {}))
    for case in simulated(network):
        network.forget()
        began = time.perf_counter()
        try:
            ours.causes_and_questions(network, case)
            answered.append(1000 * (time.perf_counter() - began))
        except TooLarge:
            refused.append(1000 * (time.perf_counter() - began))
    yield from interview_lines(answered, refused)


def interview_lines(answered: list[float], refused: list[float]) -> Iterator[Line]:
    """Return the lines, given the milliseconds of what was answered and of what was refused.

    A refusal is no answer: for p50 and p90 it is slower than any that was given. For the worst,
    nobody may wait longer than the goal, whether for an answer or for a refusal.
    """
    note = f"{len(answered)} answered, {len(refused)} refused as too large"
    ordered = [*answered, *([float("inf")] * len(refused))]
    for told, share, must, aim in (("p50", 0.5, None, None), ("p90", 0.9, 1000, 50)):
        value = quantile(ordered, share)
        known = np.isfinite(value)
        more = "" if known else "; refused at this place"
        yield Line(told, "ms", value if known else None, {}, must, aim, "ours", note + more)
    yield Line(
        "worst", "ms", max([*answered, *refused]), {}, 5000, None, "ours", f"{note}; refusals are timed too"
    )
    yield Line("refused", "interviews", float(len(refused)), note=f"of {len(ordered)}")


def simulated(network: CompiledNetwork) -> list[Evidence]:
    """Return the interviews, the same at every run."""
    model, layout = network.model, network.layout
    random = np.random.default_rng(4)
    worlds = failed(network, N_INTERVIEWS, random)
    asked = [v.id for v in model.variables if v.question is not None and v.kind in ("test", "symptom")]
    cases = []
    for world in worlds:
        chosen = random.choice(asked, size=N_ANSWERS, replace=False)
        answers = {str(name): int(world[layout.index_of[str(name)]]) for name in chosen}
        seen = {name: layout.states[layout.index_of[name]][state] for name, state in answers.items()}
        cases.append(Evidence(model, seen))
    return cases


def failed(network: CompiledNetwork, n_rows: int, random: np.random.Generator) -> Any:
    """Draw worlds that the premise allows, shape (B, variables)."""
    premise = network.model.premise
    assert premise is not None
    index = network.layout.index_of[premise.variable]
    excluded = [network.layout.states[index].index(state) for state in premise.exclude]
    found: list[Any] = []
    while sum(map(len, found)) < n_rows:
        worlds = draw(network, 20_000, random)
        found.append(worlds[~np.isin(worlds[:, index], excluded)])
    return np.concatenate(found)[:n_rows]


def _times(network: CompiledNetwork, case: Evidence, *, keep: bool) -> list[float]:
    times = []
    for _ in range(ROUNDS):
        if keep:
            ours.causes_and_questions(network, case)
            ours.forget_answers(network)
        else:
            network.forget()
        times.append(1000 * seconds(lambda: ours.causes_and_questions(network, case)))
    return times
