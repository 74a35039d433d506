"""The benchmarks: verdicts, the page, what is measured, and one tiny row from end to end."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bayesdiag.case import Evidence
from bayesdiag.engine.network import compile_network
from bayesdiag.engine.tables import DenseFamily
from benchmarks import em, ours, page
from benchmarks.agree import Differs, check
from benchmarks.batch import Fresh
from benchmarks.lines import Line
from benchmarks.measure import Tried, limited, unfinished
from benchmarks.networks import draw, likelihoods, network_of
from benchmarks.payment import interview_lines
from benchmarks.rows import ROWS
from benchmarks.single import _mean
from tests.networks import diagnostic, noisy_max

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    ("line", "best", "ratio", "verdict"),
    [
        (Line("x", "rows/s", 1000, {"a": 10, "b": 5}, 50, 500), "a", 100, "must"),
        (Line("x", "ms", 1, {"a": 10, "b": 5}, 5, 50), "b", 5, "must"),
        (Line("x", "ms", 1, {"a": 10, "b": 5}, 6, 50), "b", 5, "missed"),
        (Line("x", "ms", 1, {"a": 100}, 6, 50), "a", 100, "aim"),
        (Line("x", "ms", 8, {}, 10, 4, "ours"), None, None, "must"),
        (Line("x", "ms", 11, {}, 10, 4, "ours"), None, None, "missed"),
        (Line("x", "ms", 8, {}, None, 4, "ours"), None, None, "below the aim"),
        (Line("x", "ms", None, {"a": 1}, 10), "a", None, "no figure"),
        (Line("x", "ms", 1, {}, 10), None, None, "no peer"),
        (Line("x", "ms", 1, {"a": 1}), "a", 1, "–"),
    ],
)
def test_verdicts(line: Line, best: str | None, ratio: float | None, verdict: str) -> None:
    assert (line.best_peer, line.ratio, line.verdict) == (best, ratio, verdict)


@pytest.mark.parametrize(
    ("ratios", "verdict"),
    [([0.25, 1.0], "missed"), ([1.0, 4.0], "must"), ([5.0, 6.0], "aim"), ([9.0, None], "no figure")],
)
def test_a_mean_of_ratios_is_better_when_it_is_larger(ratios: list[float | None], verdict: str) -> None:
    assert _mean(ratios, (1.0, 5.0)).verdict == verdict


def test_a_refused_interview_does_not_hide_a_slow_one() -> None:
    lines = {line.name: line for line in interview_lines([10.0] * 97 + [9000.0], [3.0, 4.0])}
    assert (lines["worst"].ours, lines["worst"].verdict) == (9000.0, "missed")
    assert (lines["p90"].ours, lines["refused"].ours) == (10.0, 2.0)
    many = {line.name: line for line in interview_lines([10.0] * 5, [3.0] * 5)}
    assert (many["p90"].ours, many["p90"].verdict) == (None, "no figure")


def test_no_round_runs_rows_that_were_run_before() -> None:
    """An engine that keeps answers would otherwise be timed at remembering them."""
    parts: list[slice] = []
    side = Fresh(parts.append)
    side.n_rows = 7
    for number in range(20):
        side.rate(number)
    rows = list(itertools.chain.from_iterable(range(part.start, part.stop) for part in parts))
    assert len(rows) == len(set(rows)) == 140


def test_a_side_that_differs_is_not_timed() -> None:
    with pytest.raises(Differs, match=r"peer differs from ours by 0\.1"):
        check("peer", [np.array([0.5, 0.5])], [np.array([0.6, 0.4])])
    with pytest.raises(Differs):
        check("peer", [np.array([np.nan])], [np.array([0.6])])


def test_drawn_worlds_follow_the_network() -> None:
    network = compile_network(noisy_max())
    worlds = draw(network, 40_000, np.random.default_rng(1))
    beliefs = network.posterior({}).beliefs[0]
    for index, size in enumerate(network.layout.sizes):
        shares = np.bincount(worlds[:, index], minlength=size) / len(worlds)
        assert shares == pytest.approx(beliefs[network.layout.span(index)], abs=0.015)


def test_rows_of_worlds_are_those_of_their_findings() -> None:
    network = network_of("asia")
    worlds = draw(network, 5, np.random.default_rng(2))
    layout = network.layout
    for row, world in zip(likelihoods(network, worlds, [1, 4]), worlds, strict=True):
        findings = {layout.names[i]: layout.states[i][world[i]] for i in (1, 4)}
        assert (row == network.rows([Evidence(network.model, findings)], premise=False)[0]).all()


def test_counts_by_joint_posteriors_are_those_of_complete_rows() -> None:
    pytest.importorskip("pyagrum")
    network = network_of("asia")
    worlds = draw(network, 6, np.random.default_rng(3))
    rows = [{f"v{i}": int(state) for i, state in enumerate(world)} for world in worlds]
    expected = []
    for family in network.families:
        assert isinstance(family, DenseFamily)
        table = np.zeros(family.p.shape)
        for world in worlds:
            table[tuple(world[[*family.parents, family.child]])] += 1
        expected.append(table.ravel())
    assert em.expected_counts(network, rows) == pytest.approx(np.concatenate(expected), abs=1e-12)


def test_the_fair_chain_is_the_same_joint() -> None:
    gum = pytest.importorskip("pyagrum")
    from benchmarks.fair_chain import fair_chain  # noqa: PLC0415

    network = compile_network(noisy_max())
    engine = gum.LazyPropagation(fair_chain(network))
    for findings in ({}, {"seen": "bright"}, {"m": "low"}, {"m": "high", "gate": "h"}):
        row = network.rows([Evidence(network.model, findings)], premise=False)[0]
        spans = [network.layout.span(i) for i in range(len(network.layout.names))]
        engine.setEvidence({f"v{i}": row[s].tolist() for i, s in enumerate(spans) if (row[s] != 1).any()})
        engine.makeInference()
        beliefs = network.posterior(findings).beliefs[0]
        for i, span in enumerate(spans):
            assert engine.posterior(f"v{i}").toarray() == pytest.approx(beliefs[span], abs=1e-10)


def test_the_best_chain_is_looked_for_among_orders_of_the_maxima() -> None:
    pytest.importorskip("pyagrum")
    from benchmarks.chain_peer import ORDERS, Peer, _best_chain, _peer  # noqa: PLC0415

    network = compile_network(diagnostic())
    case = Evidence(network.model, {"text": "error", "method": "chip"})
    net, told = _best_chain(network, [case])
    assert f"fastest of {ORDERS} orders" in told
    assert "not finished: none" in told
    peer: Peer = _peer(network, net, "LazyPropagation")
    beliefs = network.posterior(case, premise=True, targets=network.layout.names).beliefs[0]
    assert peer.causes
    for index, found in zip(peer.causes, peer.beliefs(peer.evidence(case)), strict=True):
        assert found == pytest.approx(beliefs[network.layout.span(index)], abs=1e-10)


def test_a_peer_that_runs_out_of_memory_does_not_break_the_row(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyagrum")
    from benchmarks import chain_peer  # noqa: PLC0415

    def heavy(peer: chain_peer.Peer, evidence: object) -> list[object]:
        return [np.ones(10**13)] if evidence else [peer]

    monkeypatch.setattr(chain_peer.Peer, "infer", heavy)
    network = compile_network(diagnostic())
    cases = [Evidence(network.model, {"text": "error"})]
    _, told = chain_peer._best_chain(network, cases)
    assert f"not finished: {chain_peer.ORDERS} out of memory" in told
    lines = list(chain_peer.against_chain(network, cases, [1.0], [1.0], 1.0))
    causes = next(line for line in lines if isinstance(line, Line))
    assert "pyAgrum Lazy 1 out of memory; pyAgrum Shafer 1 out of memory" in causes.note
    assert (causes.ours, causes.peers) == (1.0, {})


def _fail(error: Exception) -> None:
    raise error


@pytest.mark.parametrize(
    ("action", "ended"),
    [
        (lambda: "done", ""),
        (lambda: time.sleep(60), "stopped"),
        (lambda: np.ones(10**8), "out of memory"),
        (lambda: _fail(Exception("std::bad_alloc")), "out of memory"),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "out of memory"),
        (lambda: os.kill(os.getpid(), signal.SIGTERM), "ended by SIGTERM"),
    ],
)
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is limited on Linux alone")
def test_what_ends_under_limits_is_told(action: Callable[[], object], ended: str) -> None:
    some = 1e8 / (os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    tried = limited(action, 1.0, some)
    assert tried.ended == ended
    assert (tried.result, tried.seconds < 1) == (("done", True) if not ended else (None, False))
    assert unfinished([tried, Tried(1.0)]) == (f"1 {ended}" if ended else "none")


def test_a_fault_under_limits_is_no_result() -> None:
    with pytest.raises(RuntimeError, match="ended with code 1"):
        limited(lambda: _fail(ValueError("a defect")), 5.0)


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler called cc")
@pytest.mark.parametrize("name", ["asia", "alarm"])
def test_plain_c_over_our_program_comes_to_the_same(name: str, tmp_path: Path) -> None:
    from benchmarks.anchor import compiled, in_c  # noqa: PLC0415

    network = network_of(name)
    run = in_c(compiled("cc", tmp_path), ours.flat_program(network), network.layout.n_slots)
    worlds = draw(network, 40, np.random.default_rng(6))
    rows = likelihoods(
        network, worlds, [index for index in range(len(network.layout.names)) if index % 3 == 0]
    )
    expected = network.posterior_of_rows(rows, network.layout.names).beliefs
    assert run(rows) == pytest.approx(expected, abs=1e-12)


@pytest.mark.long
def test_the_fair_chain_of_the_payment_model() -> None:
    gum = pytest.importorskip("pyagrum")
    from bayesdiag.modelfile import load  # noqa: PLC0415
    from benchmarks.chain_peer import Peer  # noqa: PLC0415
    from benchmarks.fair_chain import fair_chain  # noqa: PLC0415

    network = compile_network(load("pos_card"))
    engine = gum.LazyPropagation(fair_chain(network))
    peer = Peer(network, None)  # type: ignore[arg-type]
    case = Evidence(network.model, {"entry_method": "chip", "chip_outcome": "read_fail", "card_age": "gt3y"})
    causes = [network.layout.names[index] for index in peer.causes]
    engine.setTargets({f"v{index}" for index in peer.causes})
    engine.setEvidence(peer.evidence(case))
    engine.makeInference()
    beliefs = network.posterior(case, premise=True, targets=causes).beliefs[0]
    for index, mine in zip(peer.causes, peer.ours(beliefs), strict=True):
        assert engine.posterior(f"v{index}").toarray() == pytest.approx(mine, abs=1e-10)


def test_information_is_the_mutual_information() -> None:
    network = network_of("asia")
    row = np.ones(network.layout.n_slots)
    found = ours.information(network, row, ["xray", "smoke"], "lung")
    assert found == pytest.approx({"xray": 0.1280986, "smoke": 0.0224399}, abs=5e-8)


def test_a_row_measured_anew_replaces_the_old_one() -> None:
    def row(name: str, title: str) -> dict[str, object]:
        return {"row": name, "title": title, "notes": [], "lines": [], "ended": ""}

    first = page.merged({"runs": []}, page.run_of([row("a", "old"), row("b", "kept")]))
    both = page.merged(first, page.run_of([row("a", "new")]))
    assert [[r["title"] for r in run["rows"]] for run in both["runs"]] == [["kept"], ["new"]]


@pytest.mark.long
def test_one_row_from_end_to_end(tmp_path: Path) -> None:
    """What is stored, printed and written is the same."""
    store = tmp_path / "speed.json"
    command = [sys.executable, "-m", "benchmarks", "bif", "--seconds", "0", "--json", str(store)]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    document = json.loads(store.read_text(encoding="utf-8"))
    (row,) = document["runs"][0]["rows"]
    assert row["row"] == "bif"
    assert not row["ended"], found.stderr
    lines = [Line.from_json(line) for line in row["lines"]]
    assert {"asia", "munin"} <= {line.name for line in lines}
    assert all(line.ours and line.ours > 0 for line in lines)
    assert all(f"  {line.name}: ours" in found.stdout for line in lines)
    assert store.with_suffix(".md").read_text(encoding="utf-8") == page.page(document)
    assert found.returncode == int("missed" in {line.verdict for line in lines})


def test_an_unknown_row_is_refused() -> None:
    command = [sys.executable, "-m", "benchmarks", "no-such-row"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert found.returncode == 2
    assert "no row is called no-such-row" in found.stderr


def test_every_row_can_be_found_and_the_whole_ends_in_twenty_minutes() -> None:
    for row in ROWS.values():
        assert callable(row.run)
    assert sum(row.budget for row in ROWS.values() if not row.by_name_only) <= 20 * 60


def test_the_page_is_made_from_the_store() -> None:
    if not page.STORE.exists():
        pytest.skip("nothing was measured yet")
    assert page.PAGE.read_text(encoding="utf-8") == page.page(page.load(page.STORE))
