"""`make bench`: all posteriors of one case, ours beside pyAgrum's, and a whole diagnosis.

Medians of interleaved rounds on one core; the same findings for both sides. Ours is measured with
the program made anew (cold) and kept (warm); pyAgrum keeps its engine and changes the evidence.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable
from importlib.metadata import version

from bayesdiag.diagnosis import diagnose
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.modelfile import load, load_cases, models_folder
from tests.test_reference import agrum_of, drawn_findings, network_of

ROUNDS = 15
NETWORKS = ("asia", "alarm", "win95pts", "hepar2")


def main() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print(
        f"{platform.platform()}, Python {platform.python_version()}, bayesdiag {version('bayesdiag')}, "
        f"numba {version('numba')}, pyAgrum {version('pyagrum')}; one core, {ROUNDS} rounds"
    )
    print("\nall posteriors of one case, milliseconds (median)")
    print(f"{'network':<10}{'ours cold':>11}{'ours warm':>11}{'pyAgrum':>11}{'pyAgrum / warm':>16}")
    for name in NETWORKS:
        cold, warm, peer = _posteriors(name)
        print(f"{name:<10}{cold:>11.2f}{warm:>11.2f}{peer:>11.2f}{peer / warm:>16.1f}")
    print("\na whole diagnosis of each golden case of pos_card, a new program each time, milliseconds")
    times, entries = _diagnoses()
    print(
        f"median {statistics.median(times):.0f}, worst {max(times):.0f}; entries: median "
        f"{statistics.median(entries):,.0f}, most {max(entries):,}"
    )


def _posteriors(name: str) -> tuple[float, float, float]:
    import pyagrum  # noqa: PLC0415 - the peer, of the development extra

    network = network_of(name)
    engine = pyagrum.LazyPropagation(agrum_of(network))
    cold, warm, peer = [], [], []
    for findings in list(drawn_findings(network, ROUNDS, soft=False))[1:]:
        network.forget()
        cold.append(_milliseconds(lambda findings=findings: network.posterior(findings)))
        network._answers.clear()  # the program is kept, its answer is not
        warm.append(_milliseconds(lambda findings=findings: network.posterior(findings)))
        evidence = {
            f"v{network.layout.index_of[key]}": network.model.variable_of[key].state_ids.index(state)
            for key, state in findings.items()
        }
        peer.append(_milliseconds(lambda evidence=evidence: _ask(engine, evidence, network)))
    return statistics.median(cold), statistics.median(warm), statistics.median(peer)


def _ask(engine: object, evidence: dict[str, int], network: CompiledNetwork) -> None:
    engine.setEvidence(evidence)  # type: ignore[attr-defined]
    engine.makeInference()  # type: ignore[attr-defined]
    for index in range(len(network.layout.names)):
        engine.posterior(f"v{index}")  # type: ignore[attr-defined]


def _diagnoses() -> tuple[list[float], list[int]]:
    model = load("pos_card")
    network = compile_network(model)
    path = models_folder() / "pos_card.cases.yaml"
    cases = load_cases(path, path.read_text(encoding="utf-8"), model)
    diagnose(network, cases[0].findings)
    times, entries = [], []
    for case in cases:
        network.forget()
        times.append(_milliseconds(lambda case=case: diagnose(network, case.findings)))
        entries.append(int(diagnose(network, case.findings).program.split()[1].replace(",", "")))
    return times, entries


def _milliseconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - began)


main()
