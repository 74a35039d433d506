"""Where engines of this kind are known to fail: a named test for each, through the public call.

Those that stand where they belong better are listed in `ELSEWHERE`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from fractions import Fraction
from importlib import import_module
from math import fsum, log
from pathlib import Path

import numpy as np
import pytest

import bayesdiag
from bayesdiag import compile_network
from bayesdiag.engine.network import CompiledNetwork, Status
from bayesdiag.model import FullTable, Model, Prior
from tests import networks
from tests.networks import variable
from tests.oracles_exact import exactly

CLOSE = 1e-10
ROOT = Path(__file__).resolve().parent.parent

ELSEWHERE = {
    "a hub whose children cancel": "test_kernels.test_a_hub_with_two_thousand_children_does_not_underflow",
    "forty parents of a noisy-OR": "test_kernels.test_forty_parents_of_a_noisy_or",
    "every kind of finding": "test_kernels.test_beliefs_equal_the_sum_over_all_worlds",
    "every way to compute a row": "test_paths.test_every_way_equals_the_sum_over_all_worlds",
    "near-zero probabilities": "test_paths.test_rare_and_contradicting_findings_keep_their_digits",
    "threads share a network": "test_threads.test_threads_get_what_one_alone_gets",
    "a loop is kept": "test_startup.test_a_loop_is_kept_and_found",
    "no place for loops": "test_startup.test_no_place_for_loops_costs_only_time",
    "loops are first called side by side": "test_startup.test_side_by_side",
    "the same arrays as pyAgrum": "test_reference.test_posteriors_equal_pyagrum",
    "too large": "test_kernels.test_too_large_names_the_cluster_before_the_memory_is_spent",
}


@pytest.mark.parametrize("pitfall", ELSEWHERE)
def test_what_is_tested_elsewhere_is_there(pitfall: str) -> None:
    module, name = ELSEWHERE[pitfall].split(".")
    assert callable(getattr(import_module(f"tests.{module}"), name))


# ── underflow ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("n_seen", [310, 1000, 2000])
def test_a_wide_hub_does_not_underflow(n_seen: int) -> None:
    """A root of ten states and as many observed children: the typical shape of diagnosis."""
    random = np.random.default_rng(n_seen)
    prior = random.dirichlet(np.ones(10))
    # Alike enough that no state wins by far, so that digits lost anywhere show.
    p = np.clip(0.01 + 0.001 * random.standard_normal((n_seen + 1, 10)), 0.001, 0.02)
    children = [
        variable(f"x{i}", "n y", FullTable(("root",), tuple(q for s in row for q in (1 - s, s))))
        for i, row in enumerate(p)
    ]
    states = " ".join(f"s{i}" for i in range(10))
    root = variable("root", states, Prior(tuple(prior)))
    network = compile_network(Model("hub", (root, *children)))
    seen = {f"x{i}": "y" for i in range(n_seen)}
    posterior = network.posterior(
        [seen, dict(list(seen.items())[: n_seen // 2])], targets=["root", f"x{n_seen}"]
    )
    for row, count in enumerate((n_seen, n_seen // 2)):
        logs = [fsum([log(prior[s]), *(log(q) for q in p[:count, s])]) for s in range(10)]
        weights = [np.exp(one - max(logs)) for one in logs]
        expected = np.array(weights) / fsum(weights)
        assert posterior.log_evidence[row] == pytest.approx(max(logs) + log(fsum(weights)), rel=1e-13)
        assert posterior.log_evidence[row] < -700
        assert posterior.of("root")[row] == pytest.approx(expected, abs=CLOSE)
        assert posterior.of(f"x{n_seen}")[row, 1] == pytest.approx(float(expected @ p[n_seen]), abs=CLOSE)


@pytest.mark.parametrize("rare", [1e-3, 1e-12, 1e-300])
def test_log_evidence_far_below_the_smallest_double_is_exact(rare: float) -> None:
    """A chain of 300 hidden states, each seen through a rare reading, against fractions."""
    step, reading = _rows(0.9, 0.25), ((1 - rare, rare), (1 - rare / 4, rare / 4))
    model = _hidden_chain(300, step, reading)
    posterior = compile_network(model).posterior(
        {f"y{i}": "y" for i in range(300)}, targets=["x0", "x150", "x299"]
    )
    forward, backward = _forward_backward([reading[0][1], reading[1][1]], step, 300)
    total = sum(forward[-1])
    expected = log(total.numerator) - log(total.denominator)
    assert expected < -700
    assert posterior.log_evidence[0] == pytest.approx(expected, rel=1e-13)
    # Below 1e-300 numbers are kept as logarithms, whose last digit is worth 1e-16 of their size.
    close = max(CLOSE, 1e-14 * abs(expected))
    for place in (0, 150, 299):
        belief = [float(a * b / total) for a, b in zip(forward[place], backward[place], strict=True)]
        assert posterior.of(f"x{place}")[0] == pytest.approx(belief, abs=close)


Rows = tuple[tuple[float, float], tuple[float, float]]


def _rows(first: float, second: float) -> Rows:
    return (first, 1 - first), (second, 1 - second)


def _hidden_chain(length: int, step: Rows, reading: Rows) -> Model:
    flat_step, flat_reading = (*step[0], *step[1]), (*reading[0], *reading[1])
    hidden = [variable("x0", "n y", Prior((0.5, 0.5)))]
    hidden += [variable(f"x{i}", "n y", FullTable((f"x{i - 1}",), flat_step)) for i in range(1, length)]
    seen = [variable(f"y{i}", "n y", FullTable((f"x{i}",), flat_reading)) for i in range(length)]
    return Model("hidden chain", (*hidden, *seen))


def _forward_backward(
    likelihood: list[float], step: Rows, length: int
) -> tuple[list[list[Fraction]], list[list[Fraction]]]:
    """P(readings up to i, state i) and P(readings behind i | state i), in fractions."""
    sees = [Fraction(p) for p in likelihood]
    moves = [[Fraction(p) / sum(map(Fraction, row)) for p in row] for row in step]
    forward = [[Fraction(1, 2) * sees[s] for s in (0, 1)]]
    backward = [[Fraction(1), Fraction(1)]]
    for _ in range(length - 1):
        forward.append([sees[to] * sum(forward[-1][s] * moves[s][to] for s in (0, 1)) for to in (0, 1)])
        backward.append([sum(moves[s][to] * sees[to] * backward[-1][to] for to in (0, 1)) for s in (0, 1)])
    return forward, backward[::-1]


# ── zeros ────────────────────────────────────────────────────────────────────────────────────


def _parity(length: int) -> Model:
    """Coins, and whether the number of heads so far is odd: every number but the coins' is 0 or 1."""
    coins = [variable(f"c{i}", "n y", Prior((1 - p, p))) for i, p in enumerate(np.linspace(0.1, 0.6, length))]
    odd = [variable("o0", "n y", FullTable(("c0",), (1, 0, 0, 1)))]
    odd += [
        variable(f"o{i}", "n y", FullTable((f"o{i - 1}", f"c{i}"), (1, 0, 0, 1, 0, 1, 1, 0)))
        for i in range(1, length)
    ]
    return Model("parity", (*coins, *odd))


@pytest.mark.parametrize(
    "findings",
    [
        {"o6": "y"},
        {"o6": "y", "o2": "n", "c1": "y"},
        {"o0": "y", "o1": "n", "o2": "y", "o6": {"n": 0.2, "y": 0.7}},
        {"c0": "y", "c1": {"n": 0.0, "y": 0.5}, "c2": "y"},
    ],
)
def test_zeros_in_tables_and_messages_are_harmless(findings: dict[str, object]) -> None:
    """Messages hold zeros; where a quotient of two is formed, 0/0 is 0."""
    network = compile_network(_parity(7))
    _equals_all_worlds(network, [findings])


def test_impossible_rows_leave_the_others_alone() -> None:
    network = compile_network(_parity(7))
    possible = [{"o6": "y", f"c{i}": s, "c6": t} for i in range(6) for s in "ny" for t in "ny"]
    impossible = [
        {"o0": "y", "c0": "n"},
        {"c0": "y", "c1": "y", "o1": "y"},
        {"o5": "y", "c6": "y", "o6": "y"},
    ]
    rows = [one for group in zip(possible, impossible * 8, strict=True) for one in group]
    posterior = network.posterior(rows)
    assert list(posterior.status) == [Status.OK, Status.IMPOSSIBLE] * len(possible)
    assert (posterior.log_evidence[1::2] == -np.inf).all()
    assert not posterior.beliefs[1::2].any()
    alone = network.posterior(possible)
    assert np.abs(posterior.beliefs[::2] - alone.beliefs).max() <= CLOSE
    _equals_all_worlds(network, possible)


# ── unusual findings and networks ────────────────────────────────────────────────────────────


def test_soft_findings_of_any_kind_equal_the_sum_over_all_worlds() -> None:
    network = compile_network(networks.diamond())
    random = np.random.default_rng(3)
    names = {v.id: v.state_ids for v in network.model.variables}
    rows: list[dict[str, object]] = [
        {name: dict(zip(states, random.random(len(states)), strict=True)) for name, states in names.items()}
        for _ in range(40)
    ]
    rows += [
        {"a": {"x": 0.0, "y": 0.3, "z": 0.7}, "d": "y"},  # one state excluded
        {"b": {"y": 4.0, "n": 20.0}},  # likelihoods are no probabilities
        {"d": {"y": 0.5, "n": 0.5}},  # says nothing, but counts in P(e)
        {"a": {"z": 0.25}, "c": {"n": 1e-200, "y": 1e-201}},
    ]
    _equals_all_worlds(network, rows)


@pytest.mark.parametrize(
    "findings",
    [{}, {"a": "only"}, {"a": {"only": 0.3}}, {"a": "only", "c": "n"}, {"b": "y", "a": {"only": 0.5}}],
)
def test_a_variable_with_one_state_is_no_exception(findings: dict[str, object]) -> None:
    network = compile_network(networks.one_state())
    _equals_all_worlds(network, [findings])
    lone = compile_network(Model("lone", (variable("a", "only", Prior((1.0,))),)))
    assert lone.posterior({"a": "only"}).beliefs.tolist() == [[1.0]]


def test_disconnected_parts_do_not_see_each_other() -> None:
    network = compile_network(networks.disconnected())
    rows: list[dict[str, object]] = [
        {},
        {"a": "y"},
        {"c": "n"},
        {"a": "y", "c": "n"},
        {"a": {"y": 0.2, "n": 0.3}},
    ]
    _equals_all_worlds(network, rows)
    posterior = network.posterior(rows)
    assert posterior.log_evidence[3] == pytest.approx(posterior.log_evidence[1] + posterior.log_evidence[2])
    assert posterior.of("b")[1] == pytest.approx(posterior.of("b")[0], abs=1e-15)
    assert posterior.of("a")[2] == pytest.approx(posterior.of("a")[0], abs=1e-15)


def _equals_all_worlds(network: CompiledNetwork, rows: list[dict[str, object]]) -> None:
    posterior = network.posterior(rows)  # type: ignore[arg-type]
    for row, findings in enumerate(rows):
        likelihoods = {
            name: {seen: 1.0} if isinstance(seen, str) else seen for name, seen in findings.items()
        }
        exact = exactly(network.model, likelihoods)  # type: ignore[arg-type]
        assert posterior.log_evidence[row] == pytest.approx(exact.log_p, abs=CLOSE)
        for name in network.layout.names:
            assert posterior.of(name)[row] == pytest.approx(exact.belief(name), abs=CLOSE), (findings, name)


# ── leaves nobody asks about ─────────────────────────────────────────────────────────────────


def _two_causes(leaves: range) -> CompiledNetwork:
    """Two causes, and leaves that both are parents of."""
    random = np.random.default_rng(5)
    p = random.random((40, 6))
    causes = [variable("a", "n y", Prior((0.9, 0.1))), variable("b", "n s y", Prior((0.5, 0.3, 0.2)))]
    tables = [
        variable(f"x{i}", "n y", FullTable(("a", "b"), tuple(q for s in p[i] for q in (1 - s, s))))
        for i in leaves
    ]
    return compile_network(Model("two causes", (*causes, *tables)))


def _entries(network: CompiledNetwork, findings: dict[str, str], targets: list[str]) -> int:
    evidence = bayesdiag.Evidence(network.model, findings)
    return network.program(network.rows([evidence], premise=False)[0], targets).n_entries


def test_a_leaf_nobody_observed_costs_nothing() -> None:
    many, none = _two_causes(range(40)), _two_causes(range(0))
    assert _entries(many, {}, ["a", "b"]) == _entries(none, {}, ["a", "b"])
    one = _two_causes(range(3, 4))
    assert _entries(many, {"x3": "y"}, ["a", "b"]) == _entries(one, {"x3": "y"}, ["a", "b"])
    # The measure can tell: what is observed does cost something.
    assert _entries(many, {f"x{i}": "y" for i in range(40)}, ["a"]) > _entries(one, {"x3": "y"}, ["a"])


def test_asking_about_a_leaf_drags_no_other_leaf_in() -> None:
    many, one = _two_causes(range(40)), _two_causes(range(7, 8))
    assert _entries(many, {}, ["x7"]) == _entries(one, {}, ["x7"])
    assert _entries(many, {}, ["x7"]) < _entries(many, {}, [f"x{i}" for i in range(40)]) / 10
    asked = many.posterior({"a": "y"}, targets=["x7"]).of("x7")
    assert asked == pytest.approx(one.posterior({"a": "y"}).of("x7"), abs=CLOSE)


# ── compiled loops ───────────────────────────────────────────────────────────────────────────

CASE = """
import json, multiprocessing, sys, threading
from numba.core import event
import bayesdiag
from bayesdiag.formats.bif import loads_bif

TEXT = '''network n {} variable a { type discrete [2] {y, n}; } variable b { type discrete [2] {y, n}; }
probability (a) { table 0.25, 0.75; } probability (b | a) { (y) 0.5, 0.5; (n) 0.25, 0.75; }'''

def belief(_=None):
    network = bayesdiag.compile_network(loads_bif(TEXT))
    return network.posterior({"b": "y"}).probability("a", "y").tolist()

def work(way):
    if way == "alone":
        return [belief()]
    if way == "threads":
        found = [None] * 4
        def one(i): found[i] = belief()
        threads = [threading.Thread(target=one, args=(i,)) for i in range(4)]
        [t.start() for t in threads]; [t.join() for t in threads]
        return found
    if way == "fork":
        belief()  # the fork inherits an engine that has been used
    with multiprocessing.get_context(way).Pool(2) as pool:
        return pool.map(belief, range(4))

if __name__ == "__main__":
    with event.install_recorder("numba:compile") as compilations:
        found = work(sys.argv[1])
    print(json.dumps([found, len(compilations.buffer)]))
"""
EXPECTED = [0.25 * 0.5 / (0.25 * 0.5 + 0.75 * 0.25)]


def _run(folder: Path, way: str, **environment: str) -> tuple[list[list[float]], int]:
    """Run a case in a process of its own; return its beliefs and how often something was compiled."""
    (folder / "case.py").write_text(CASE, encoding="utf-8")
    kept_out = ("NUMBA_CACHE_DIR", "BAYESDIAG_CACHE", "XDG_CACHE_HOME")
    inherited = {name: value for name, value in os.environ.items() if name not in kept_out}
    done = subprocess.run(
        [sys.executable, "case.py", way],
        cwd=folder,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    beliefs, compilations = json.loads(done.stdout)
    return beliefs, compilations


@pytest.mark.parametrize("way", ["threads", "fork", "spawn"])
def test_posteriors_side_by_side(tmp_path: Path, way: str) -> None:
    beliefs, _ = _run(tmp_path, way, PYTHONPATH=str(ROOT))
    assert beliefs == [pytest.approx(EXPECTED, abs=CLOSE)] * 4


@pytest.mark.long
def test_a_second_start_compiles_nothing(tmp_path: Path) -> None:
    places = {"PYTHONPATH": str(ROOT), "NUMBA_CACHE_DIR": str(tmp_path / "loops")}
    first, compiled = _run(tmp_path, "alone", **places)
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "loops").rglob("*") if path.is_file()}
    again, compiled_again = _run(tmp_path, "alone", **places)
    assert first == again == [pytest.approx(EXPECTED, abs=CLOSE)]
    assert compiled > 0
    assert compiled_again == 0
    assert kept
    assert kept == {path: path.stat().st_mtime_ns for path in kept}


@pytest.mark.long
@pytest.mark.parametrize("place", ["the folder asked for", "the package and the user's own"])
def test_folders_that_cannot_be_written_cost_only_time(tmp_path: Path, place: str) -> None:
    """A file stands where the folder would be, which stops even a user who may write anywhere."""
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    nowhere = str(tmp_path / "file" / "below")
    if place == "the folder asked for":
        beliefs, _ = _run(tmp_path, "alone", PYTHONPATH=str(ROOT), NUMBA_CACHE_DIR=nowhere)
    else:
        copy = tmp_path / "elsewhere" / "bayesdiag"
        shutil.copytree(ROOT / "bayesdiag", copy, ignore=shutil.ignore_patterns("__pycache__"))
        for folder in [copy, *(path for path in copy.rglob("*") if path.is_dir())]:
            (folder / "__pycache__").write_text("in the way", encoding="utf-8")
        for path in copy.rglob("*"):
            path.chmod(0o555 if path.is_dir() else 0o444)
        homes = {"HOME": nowhere, "XDG_CACHE_HOME": nowhere, "BAYESDIAG_CACHE": nowhere}
        beliefs, compiled = _run(tmp_path, "alone", PYTHONPATH=str(copy.parent), **homes)
        assert compiled > 0
        for path in copy.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
    assert beliefs == [pytest.approx(EXPECTED, abs=CLOSE)]
    assert not list(tmp_path.rglob("*.nbc"))
