"""Dialogues in cases that somebody had: what they hold is answered so, what is blank comes from the model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bayesdiag.case import Case, Evidence
from bayesdiag.cli import run
from bayesdiag.diagnosis.whatif import remembering
from bayesdiag.engine.network import compile_network
from bayesdiag.modelfile import load
from bayesdiag.simulate import Blanks, case_lines, drawn_cases, expected_dialogues, has_prices
from bayesdiag.simulate.attempts import attempts_of
from bayesdiag.simulate.dialogue import followed
from bayesdiag.simulate.held import _row, _spread_out, _worlds
from bayesdiag.simulate.hidden import hidden_cases
from bayesdiag.simulate.judge import Judge
from bayesdiag.simulate.menu import menu_of
from bayesdiag.simulate.thinking import DecisionTheoretic
from tests import networks
from tests.oracles import worlds as every_world
from tests.test_simulate import lasting, shop


def held(model, random, n: int, findings: float = 2.0) -> list[Case]:  # type: ignore[no-untyped-def]
    """Cases that failed, their causes all confirmed, and at least one of them at fault."""
    found = drawn_cases(model, n, random, Blanks(findings=findings, labels=1.0))
    normal = {one.id: one.state_ids[0] for one in model.of_kind("cause")}
    return [case for case in found if any(case.confirmed[name] != normal[name] for name in normal)]


@pytest.mark.parametrize("kind", ["plain", "lasting"])
def test_what_is_blank_is_drawn_given_what_is_known(kind: str) -> None:
    model = shop() if kind == "plain" else lasting(shop())
    case = Case(
        Evidence(model, {"method": "chip", "other_card": {"works": 0.3, "fails": 1.0}}), {"slot": "dirty"}
    )
    case = replace(case, excluded={"software": ("bad",)})
    twin, attempts = compile_network(remembering(model)), attempts_of(model)
    row = _row(twin, case)
    assert row is not None
    drawn = _worlds(twin, row, 20_000, np.random.default_rng(0))
    premise = model.premise
    assert premise is not None
    exact: dict[tuple[str, str], float] = {}
    total = 0.0
    for world, p, *_ in every_world(networks.diagnostic()):
        fits = world["method"] == "chip" and world["slot"] == "dirty" and world["software"] != "bad"
        weight = p * fits * (world[premise.variable] not in premise.exclude)
        weight *= {"works": 0.3, "fails": 1.0}.get(world["other_card"], 0.0)
        total += weight
        for name, state in world.items():
            exact[name, state] = exact.get((name, state), 0.0) + weight
    for (name, state), weight in exact.items():
        number = model.variable_of[name].state_ids.index(state)
        share = float((drawn[:, attempts.column(name)] == number).mean())
        assert share == pytest.approx(weight / total, abs=0.015)


def test_dialogues_in_cases_of_the_model_cost_what_its_own_cases_cost() -> None:
    model = lasting(shop())
    network = compile_network(model)
    cases = held(model, np.random.default_rng(4), 2500)
    found = expected_dialogues(network, cases, 1500, 3)
    assert len(found.cases) == 1500
    menu = menu_of(model)
    hidden = hidden_cases(menu, [(attempts_of(model), menu.fixes)], 2500, 8)
    blamed = (hidden.worlds[:, hidden.causes] != 0).any(axis=1)
    runs = followed(hidden, DecisionTheoretic(Judge(network, menu)))
    for mine, own in ((found.costs, runs.costs), (found.questions, runs.questions)):
        theirs = own[blamed]
        error = np.hypot(mine.std() / np.sqrt(len(mine)), theirs.std() / np.sqrt(len(theirs)))
        assert mine.mean() == pytest.approx(theirs.mean(), abs=4 * error)


def test_cost_is_money_and_time() -> None:
    base = shop()
    repairs = tuple(replace(one, money=7.0 if one.id == "clean" else one.money) for one in base.repairs)
    model = replace(base, repairs=repairs, money_per_minute=0.5)
    found = expected_dialogues(compile_network(model), held(model, np.random.default_rng(1), 60), 40, 0)
    assert found.costs == pytest.approx(found.money + 0.5 * found.minutes)
    assert found.money.max() > 0
    assert set(found.money / 7.0) <= {0.0, 1.0}


def test_the_same_seed_gives_the_same_dialogues() -> None:
    model = shop()
    network, cases = compile_network(model), held(model, np.random.default_rng(1), 60)
    one, other = (expected_dialogues(network, cases, 30, 5) for _ in range(2))
    assert (one.costs == other.costs).all()
    assert (one.costs != expected_dialogues(network, cases, 30, 6).costs).any()


def test_only_failed_cases_with_a_cause_at_fault_are_taken() -> None:
    model = shop()
    network = compile_network(model)
    bare = Evidence(model, {})
    cases = [
        Case(bare),
        Case(bare, {"slot": "dirty"}, premise=False),
        Case(bare, {"slot": model.variable_of["slot"].state_ids[0]}),
        Case(bare, {"slot": "dirty"}, weight=3),
        Case(bare, {"software": "old"}),
    ]
    found = expected_dialogues(network, cases, 100, 0)
    assert found.n_cases == 2
    assert found.cases.tolist() == [3, 3, 3, 4]
    assert expected_dialogues(network, cases[:3], 100, 0) is None


def test_cases_of_no_weight_are_not_played_and_no_dialogues_are_none() -> None:
    model = shop()
    network, cases = compile_network(model), held(model, np.random.default_rng(1), 60)[:6]
    weightless = [replace(case, weight=w) for case, w in zip(cases, (0.0, -1.0, float("nan")), strict=False)]
    assert expected_dialogues(network, weightless, 10, 0) is None
    found = expected_dialogues(network, [*weightless, *cases[3:]], 10, 0)
    assert found is not None
    assert found.n_cases == 3
    assert min(found.cases) >= 3
    assert np.isfinite(found.costs).all()
    for n in (0, -3):
        assert expected_dialogues(network, cases, n, 0) is None


def test_cases_are_taken_evenly_by_weight() -> None:
    random = np.random.default_rng(0)
    for weights, n in (([1.0] * 10, 10), ([1.0] * 10, 5), ([1.0, 6.0, 3.0], 10), ([0.5, 2.5], 3)):
        taken = np.bincount(_spread_out(np.array(weights), n, random), minlength=len(weights))
        assert taken.sum() == n
        assert (np.abs(taken - n * np.array(weights) / sum(weights)) < 1 + 1e-9).all()


def test_a_model_without_prices_has_no_dialogues() -> None:
    assert has_prices(shop())
    assert not has_prices(networks.diagnostic())
    assert not has_prices(load("docs/explanation/till.yaml"))


def test_the_score_says_what_dialogues_come_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = load("pos_card")
    cases = held(model, np.random.default_rng(2), 8, 4.0)
    (tmp_path / "cases.jsonl").write_text("".join(case_lines(cases)), encoding="utf-8")
    call = ["score", "pos_card", str(tmp_path / "cases.jsonl"), "--dialogues", "4", "--seed", "7"]
    assert run([*call, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["dialogues"]
    twin = expected_dialogues(compile_network(model), cases, 4, 7)
    assert told["cost"]["value"] == pytest.approx(twin.costs.mean())
    assert told["cost"]["se"] == pytest.approx(twin.costs.std(ddof=1) / 2)
    assert told["questions"]["value"] == pytest.approx(twin.questions.mean())
    assert (told["n"], told["cases"], told["seed"]) == (4, len(cases), 7)
    assert run(call) == 0
    printed = capsys.readouterr().out
    assert f"(4 dialogues in {len(cases)} cases, seed 7), on average until solved:" in printed
    assert f"questions {twin.questions.mean():.4f} ± " in printed
    assert run([*call[:-4], "--dialogues", "0", "--json"]) == 0
    assert "dialogues" not in json.loads(capsys.readouterr().out)
    other = [replace(one, premise=False) for one in cases[:2]]  # seen though nothing had failed
    (tmp_path / "other.jsonl").write_text("".join(case_lines(other)), encoding="utf-8")
    assert run(["score", "pos_card", str(tmp_path / "other.jsonl")]) == 0
    assert "no failed case has a confirmed cause at fault" in capsys.readouterr().out
