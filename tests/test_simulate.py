"""Drawn cases and compared policies: against enumeration of attempts on small models, and against exact answers."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from functools import cache
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayesdiag.case import Evidence
from bayesdiag.cli import run
from bayesdiag.diagnosis.strategy import Runs
from bayesdiag.diagnosis.whatif import next_success, p_fixed
from bayesdiag.engine.network import compile_network
from bayesdiag.engine.sets.filling import arrays_of
from bayesdiag.errors import InvalidModel
from bayesdiag.model import (
    FaqStep,
    FirstActive,
    Model,
    NextAttempt,
    NoisyMax,
    Question,
    Repair,
    Text,
    Variable,
    Weight,
)
from bayesdiag.modelfile import load
from bayesdiag.simulate import (
    POLICIES,
    SLOW,
    Blanks,
    Comparison,
    Ratio,
    case_lines,
    compared,
    drawn_cases,
    lacking,
    left_out,
)
from bayesdiag.simulate.attempts import attempts_of
from bayesdiag.simulate.dialogue import followed
from bayesdiag.simulate.hidden import hidden_cases
from bayesdiag.simulate.judge import NOBODY, Judge
from bayesdiag.simulate.menu import menu_of
from bayesdiag.simulate.perturb import perturbed
from bayesdiag.simulate.static import Item, checks, faq_order, walked
from bayesdiag.simulate.thinking import DecisionTheoretic
from bayesdiag.wire.policies import policies_document, policies_table
from tests import networks
from tests.oracles import outcomes, worlds
from tests.strategies import diagnostic_models
from tests.test_whatif import stubborn, stubborn_by_hand

WEIGHT = Weight(source="guess", within=3.0)


def repair(name: str, minutes: float, **fixes: float) -> Repair:
    told = {tuple(one.split("__")): p for one, p in fixes.items()}
    return Repair(name, Text(en=name), minutes=minutes, fixes=told, weight=WEIGHT)


def shop() -> Model:
    """The small diagnostic model with prices: what can be asked, what repaired, whom to hand it to."""
    asked = {"method": 0.1, "age": 0.2, "text": 0.2, "other_card": 1.0}
    base = networks.diagnostic()
    variables = tuple(
        replace(v, question=Question(Text(en=v.id), minutes=asked[v.id], group="screen"), weight=WEIGHT)
        if v.id in asked
        else replace(v, weight=WEIGHT)
        for v in base.variables
    )
    return replace(
        base,
        variables=variables,
        currency="CNY",
        repairs=(
            repair("clean", 8.0, slot__dirty=0.7),
            repair("update", 25.0, software__old=0.9, software__bad=0.6),
            replace(repair("pay", 15.0, funds__none=0.9), repeatable=True, never_when=(("text", "error"),)),
            replace(repair("elsewhere", 1.0, slot__dirty=1.0), workaround=True),
            replace(repair("service", 60.0), last_resort=True),
        ),
        unlisted_fix=0.02,
        faq_order=(FaqStep(Text(en="look"), ("text", "other_card")),),
    )


def lasting(model: Model) -> Model:
    """The same where what fired fires again: trying again is in vain, and knowing what it is pays."""

    def variable(one: Variable) -> Variable:
        if one.kind != "stage" or not isinstance(one.cpt, NoisyMax | FirstActive):
            return one
        return replace(
            one, cpt=replace(one.cpt, links=tuple(replace(k, persistent=True) for k in one.cpt.links))
        )

    return replace(model, variables=tuple(map(variable, model.variables)))


KEPT = ("method", "age", "slot", "software", "funds")


@cache
def p_approved(states: tuple[str, ...]) -> float:
    """P(an attempt goes through | contexts and causes in the order of `KEPT`), summed over stages."""
    model = networks.diagnostic()

    def grow(left: list, world: dict, p: float) -> float:
        if not left:
            return p * (world["outcome"] == "approved")
        return sum(
            grow(left[1:], {**world, left[0].id: s}, p * q) for s, q, _ in outcomes(left[0], world, model)
        )

    stages = [model.variable_of[name] for name in ("reading", "deciding", "outcome")]
    return grow(stages, dict(zip(KEPT, states, strict=True)), 1.0)


def p_all_fail(model: Model, repairs: list[Repair], findings: dict[str, str]) -> list[float]:
    """P(the first k next attempts all fail | findings, premise) of a fixed sequence, every outcome enumerated."""
    start: dict[tuple[str, ...], float] = {}
    for world, p, _ in worlds(model):
        if world["outcome"] != "approved" and all(world[name] == state for name, state in findings.items()):
            kept = tuple(world[name] for name in KEPT)
            start[kept] = start.get(kept, 0.0) + p
    total, told = sum(start.values()), []
    for one in repairs:
        after: dict[tuple[str, ...], float] = {}
        for kept, p in start.items():
            choices = []
            for name, state in zip(KEPT, kept, strict=True):
                normal = model.variable_of[name].state_ids[0]
                is_wrong = model.variable_of[name].kind == "cause" and state != normal
                fixed = p_fixed(model, one, name, state) if is_wrong else 0.0
                choices.append(((state, 1 - fixed), (normal, fixed)))
            for combination in product(*choices):
                q = p * float(np.prod([x for _, x in combination]))
                states = tuple(state for state, _ in combination)
                q *= 1 - p_approved(states)
                after[states] = after.get(states, 0.0) + q
        start = after
        told.append(sum(start.values()) / total)
    return told


# ── the next attempt ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("fix", [0.0, 0.35, 1.0])
def test_a_repair_and_a_retry_are_the_next_attempt(fix: float) -> None:
    mend = repair("mend", 1.0, worn__yes=fix)
    model = replace(stubborn(), repairs=(mend,))
    network = compile_network(model)
    seen = Evidence(model, {"way": "chip"})
    expected = fix * stubborn_by_hand("chip", "no") + (1 - fix) * stubborn_by_hand("chip", None)
    assert next_success(network, seen, repair=mend) == pytest.approx(expected)
    assert next_success(network, seen) == pytest.approx(stubborn_by_hand("chip", None))


def test_a_swap_brings_another_thing_along_whose_links_remember_nothing() -> None:
    network = compile_network(stubborn())
    told = next_success(network, Evidence(network.model, {"way": "chip"}), renewed=("worn",))
    assert told == pytest.approx(0.9 * (1 - 0.3 * 0.8))


@pytest.mark.parametrize("findings", [{}, {"text": "error"}, {"method": "chip", "other_card": "fails"}])
def test_repairs_are_right_against_enumeration_of_two_attempts(findings: dict[str, str]) -> None:
    model = shop()
    network = compile_network(model)
    for one in model.repairs[:3]:
        told = next_success(network, Evidence(model, findings), repair=one)
        assert told == pytest.approx(1 - p_all_fail(model, [one], findings)[0], rel=1e-9)


@settings(max_examples=5, deadline=None)
@given(diagnostic_models(), st.integers(0, 2**32))
def test_drawn_next_attempts_end_as_exactly_reckoned(model: Model, seed: int) -> None:
    n = 4000
    random = np.random.default_rng(seed)
    attempts = attempts_of(model)
    try:
        drawn = attempts.failed(n, random)
    except InvalidModel:  # nothing ever fails there
        return
    exact = next_success(compile_network(model), Evidence(model, {}))
    found = attempts.again(drawn, random.random((n, attempts.n_anew))).mean()
    assert abs(found - exact) <= 5 * np.sqrt(max(exact * (1 - exact), 1e-4) / n)


def test_attempts_are_drawn_given_the_premise() -> None:
    model = shop()
    attempts = attempts_of(model)
    n = 40_000
    drawn = attempts.failed(n, np.random.default_rng(5))
    posterior = compile_network(model).posterior({}, premise=True)
    for variable in model.variables:
        shares = np.bincount(drawn[:, attempts.column(variable.id)], minlength=len(variable.states)) / n
        assert shares == pytest.approx(posterior.of(variable.id)[0], abs=0.013), variable.id


# ── cases ─────────────────────────────────────────────────────────────────────────────────────────


def test_cases_have_blanks_labels_and_a_premise() -> None:
    model = shop()
    cases = list(drawn_cases(model, 3000, np.random.default_rng(1), Blanks(3.0, 0.25)))
    assert np.mean([len(case.evidence.findings) for case in cases]) == pytest.approx(3.0, abs=0.06)
    assert np.mean([bool(case.confirmed) for case in cases]) == pytest.approx(0.25, abs=0.03)
    assert all(case.premise for case in cases)
    assert {tuple(case.confirmed) for case in cases} == {(), ("slot", "software", "funds")}
    every = list(drawn_cases(model, 3000, np.random.default_rng(1), Blanks(all_attempts=True)))
    p = 1 - compile_network(model).posterior({}, targets=["outcome"]).of("outcome")[0][0]
    assert np.mean([case.premise for case in every]) == pytest.approx(p, abs=0.03)


def test_a_case_is_a_line_that_repeats_by_its_seed() -> None:
    first, second, other = (
        list(case_lines(drawn_cases(shop(), 20, np.random.default_rng(seed), Blanks(2.0, 1.0))))
        for seed in (1, 1, 2)
    )
    assert first == second != other
    told = json.loads(first[0])
    assert set(told) == {"findings", "confirmed", "premise"}
    Evidence(shop(), {**told["findings"], **told["confirmed"]})


# ── dialogues and policies ────────────────────────────────────────────────────────────────────────


def test_the_exact_cost_of_a_fixed_sequence_is_the_mean_of_its_runs() -> None:
    model = shop()
    menu = menu_of(model)
    names = [action.id for action in menu.actions]
    assert names == ["clean", "update", "pay"]
    hidden = hidden_cases(menu, [(attempts_of(model), menu.fixes)], 12_000, 3)
    order = [Item("action", names.index(name)) for name in ("update", "clean")]
    left = p_all_fail(model, [model.repair_of["update"], model.repair_of["clean"]], {})
    exact = 25.0 + left[0] * 8.0 + left[1] * 60.0
    runs = walked(hidden, order)
    assert runs.standard_error <= 0.01 * exact
    assert abs(runs.mean_cost - exact) <= 3 * runs.standard_error


@pytest.mark.long
def test_the_same_on_the_payment_model() -> None:
    model = load("pos_card")
    network = compile_network(model)
    menu = menu_of(model)
    hidden = hidden_cases(menu, [(attempts_of(model), menu.fixes)], 6000, 4)
    for number in (0, 6, 17):
        action = menu.actions[number]
        exact = menu.prices[number] + menu.escalation * (
            1 - next_success(network, Evidence(model, {}), repair=action)
        )
        runs = walked(hidden, [Item("action", number)])
        assert runs.standard_error <= 0.01 * exact
        assert abs(runs.mean_cost - exact) <= 3 * runs.standard_error, action.id


def test_what_a_retry_does_for_each_fault_is_exact() -> None:
    model = shop()
    judge = Judge(compile_network(model), menu_of(model))
    for fault, told in zip(judge.faults, judge.retry, strict=True):
        cause, _, state = fault.partition("=")
        total = fine = 0.0
        for world, p, fired in worlds(model):
            is_there = not fired if fault == NOBODY else cause in fired and world[cause] == state
            if world["outcome"] != "approved" and is_there:
                total += p
                fine += p * p_approved(tuple(world[name] for name in KEPT))
        assert told == pytest.approx(fine / total, rel=1e-6), fault


def test_deciding_costs_least_of_what_may_be_known_and_most_is_paid_at_random() -> None:
    found = compared(compile_network(lasting(shop())), 1500, 7)
    cost = {name: runs.mean_cost for name, runs in found.runs.items()}
    assert list(cost) == [
        "clairvoyant", "decision_theoretic", "look_ahead", "p_over_c", "best_static", "static_faq", "random",
    ]  # fmt: skip
    chain = ["clairvoyant", "decision_theoretic", "best_static", "static_faq"]
    for one, other in pairwise(chain):
        assert found.difference(one, other).mean >= -found.difference(one, other).margin, (one, other)
    assert found.difference("decision_theoretic", "p_over_c").is_clear
    assert found.difference("decision_theoretic", "random").is_clear
    lowest = found.runs["clairvoyant"].costs
    assert (lowest <= menu_of(shop()).escalation).all()


def test_the_same_seed_gives_the_same_and_no_case_is_cheaper_than_foreseen() -> None:
    network = compile_network(shop())
    first, again, other = (compared(network, 60, seed) for seed in (1, 1, 2))
    for name, runs in first.runs.items():
        assert np.array_equal(runs.costs, again.runs[name].costs), name
    assert any(not np.array_equal(runs.costs, other.runs[name].costs) for name, runs in first.runs.items())
    # Nobody tries more than two repairs that matter in so small a model.
    for name, runs in first.runs.items():
        assert (first.runs["clairvoyant"].costs <= runs.costs + 1e-9).mean() > 0.95, name


def test_perturbed_cases_are_drawn_from_other_numbers() -> None:
    network = compile_network(shop())
    found = compared(network, 80, 1, perturb=True)
    assert found.is_perturbed
    own = compared(network, 80, 1)
    assert not np.array_equal(found.runs["static_faq"].costs, own.runs["static_faq"].costs)


def test_steps_that_answers_forbid_are_not_taken() -> None:
    model = shop()
    menu = menu_of(model)
    judge = Judge(compile_network(model), menu)
    policy = DecisionTheoretic(judge)
    error = menu.answered("text", "error")
    hidden = hidden_cases(menu, [(attempts_of(model), menu.fixes)], 400, 2)
    taken = []

    def watched(seen: tuple, case: int) -> object:
        step = policy(seen, case)
        taken.append((seen, step))
        return step

    followed(hidden, watched)
    pay = [a.id for a in menu.actions].index("pay")
    assert any(step.kind == "action" and step.number == pay for _, step in taken)
    for seen, step in taken:
        if seen[0][error[0]] == error[1]:
            assert (step.kind, step.number) != ("action", pay)
        if step.kind == "action":
            assert seen[1][step.number] < menu.tries[step.number]
        if step.kind == "question":
            assert seen[0][step.number] == -1


def test_a_test_that_repairs_is_its_repair() -> None:
    base = shop()
    variables = tuple(
        replace(v, next_attempt=NextAttempt((), ("dirt",), "clean")) if v.id == "other_card" else v
        for v in base.variables
    )
    model = replace(base, variables=variables)
    menu = menu_of(model)
    assert [question.id for question in menu.questions] == ["method", "age", "text"]
    order = faq_order(Judge(compile_network(model), menu))
    assert [(item.kind, item.number) for item in order] == [("question", 2), ("action", 0)]


def test_a_check_points_to_the_repair_of_what_it_shows() -> None:
    model = shop()
    menu = menu_of(model)
    pointing = checks(Judge(compile_network(model), menu))
    declined = menu.answered("text", "declined")
    assert menu.actions[pointing[declined[0]].leads_to[declined[1]]].id == "pay"
    # Paying must never be suggested where the screen shows an error.
    error = menu.answered("text", "error")
    assert menu.actions[pointing[error[0]].leads_to[error[1]]].id != "pay"


# ── numbers that are off ──────────────────────────────────────────────────────────────────────────


@settings(max_examples=12, deadline=None)
@given(diagnostic_models(), st.integers(0, 2**32))
def test_perturbed_models_are_valid_and_sure_numbers_stay(model: Model, seed: int) -> None:
    wide = replace(model, variables=tuple(replace(v, weight=WEIGHT) for v in model.variables))
    found = perturbed(wide, np.random.default_rng(seed))  # an invalid one is not built
    before, after = attempts_of(wide), attempts_of(found)
    assert before.layout.names == after.layout.names
    sure = replace(
        model,
        variables=tuple(replace(v, weight=Weight(source="", within=1.0)) for v in model.variables),
        repairs=(),
    )
    same = perturbed(sure, np.random.default_rng(seed))
    for one, other in zip(attempts_of(sure).families, attempts_of(same).families, strict=True):
        for array, again in zip(arrays_of(one), arrays_of(other), strict=True):
            assert again == pytest.approx(array, abs=1e-12)


def test_numbers_move_by_their_range() -> None:
    model = shop()
    random = np.random.default_rng(0)
    odds = []
    for _ in range(400):
        p = perturbed(model, random).variable_of["funds"].cpt.p[1]
        odds.append(np.log(p / (1 - p)) - np.log(0.05 / 0.95))
    # 90 % of the odds lie within the factor 3.
    assert np.mean(np.abs(odds) < np.log(3)) == pytest.approx(0.9, abs=0.045)


# ── commands ──────────────────────────────────────────────────────────────────────────────────────


def test_the_commands_say_what_is_wrong(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = str(tmp_path / "cases.jsonl")
    for call, told in (
        (["policies", "nomodel"], "there is no such file"),
        (["policies", "-n", "0"], "greater than or equal to 1"),
        (["simulate", "nomodel", "-o", out], "there is no such file"),
        (["simulate", "-n", "0", "-o", out], "greater than or equal to 1"),
        (["simulate", "-o", str(tmp_path / "cases.xlsx")], "ends in .jsonl"),
    ):
        assert run(call) == 2
        assert told in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_model_without_actions_has_no_policies() -> None:
    with pytest.raises(InvalidModel, match="nobody is there to hand a case over"):
        compared(compile_network(networks.diagnostic()), 10, 1)
    only_last = replace(shop(), repairs=shop().repairs[-1:])
    with pytest.raises(InvalidModel, match="nothing can be tried"):
        compared(compile_network(only_last), 10, 1)


def test_what_a_model_lacks_for_policies_is_named() -> None:
    assert lacking(shop()) == ""
    assert lacking(replace(shop(), repairs=shop().repairs[:-1])) == "last_resort"
    assert lacking(replace(shop(), repairs=shop().repairs[-2:])) == "actions"
    assert lacking(networks.diagnostic()) == "last_resort"
    assert lacking(networks.chain()) == "causes"


def test_what_is_left_out_is_told_with_its_reason() -> None:
    odd = (
        repair("advice", 1.0, slot__dirty=1.0),
        repair("nothing", 1.0),
        repair("free", 0.0, slot__dirty=1.0),
        repair("rebuild", 60.0, slot__dirty=1.0),
    )
    odd = (replace(odd[0], prevention=True), *odd[1:])
    text = shop().variable_of["text"]
    again = replace(text, next_attempt=NextAttempt((), ("dirt",), does="clean"))
    variables = tuple(again if one.id == "text" else one for one in shop().variables)
    menu = menu_of(replace(shop(), variables=variables, repairs=(*odd, *shop().repairs), faq_order=()))
    assert left_out(menu) == {
        "prevention": ("advice",),
        "no_effect": ("nothing",),
        "no_price": ("free",),
        "dear": ("rebuild",),
        "workaround": ("elsewhere",),
        "is_repair": ("text",),
    }
    assert [action.id for action in menu.actions] == ["clean", "update", "pay"]


def test_policies_left_out_change_nothing_for_the_others() -> None:
    network = compile_network(shop())
    marks: list[float] = []
    every = compared(network, 40, 3)
    some = compared(network, 40, 3, without=SLOW, progress=marks.append)
    assert list(every.runs) == list(POLICIES)
    assert list(some.runs) == [name for name in POLICIES if name not in SLOW]
    for name, runs in some.runs.items():
        assert runs.costs.tolist() == every.runs[name].costs.tolist()
    assert some.orders == {"static_faq": every.orders["static_faq"]}
    assert marks == sorted(marks)
    assert (marks[0] >= 0, marks[-1]) == (True, 1.0)


def test_whoever_is_told_of_the_progress_may_stop_the_work() -> None:
    class Stopped(BaseException):
        pass

    def stop(done: float) -> None:
        if done > 0.3:
            raise Stopped

    with pytest.raises(Stopped):
        compared(compile_network(shop()), 40, 3, without=SLOW, progress=stop)


def made_up(*costs: list[float]) -> Comparison:
    """A comparison of policies with these costs."""
    names = ("decision_theoretic", "static_faq")
    zeros = np.zeros(len(costs[0]))
    runs = {
        name: Runs(np.array(one), zeros, zeros.astype(int), zeros.astype(int), zeros.astype(bool))
        for name, one in zip(names, costs, strict=False)
    }
    return Comparison(menu_of(shop()), len(zeros), 1, is_perturbed=False, runs=runs, orders={})


def test_a_ratio_of_costs_has_an_interval_that_covers_it() -> None:
    random = np.random.default_rng(1)
    covered = 0
    for _ in range(400):
        dear = random.exponential(10.0, 200)
        cheap = 0.4 * dear + random.exponential(2.0, 200)  # paired: the true ratio is (4 + 2) / 10
        ratio = made_up(cheap.tolist(), dear.tolist()).ratio("decision_theoretic", "static_faq")
        covered += abs(ratio.share - 0.6) <= ratio.margin
    assert covered / 400 == pytest.approx(0.95, abs=0.04)
    assert made_up([1.0], [2.0]).ratio("decision_theoretic", "static_faq") == Ratio(0.5, float("inf"))


@given(st.lists(st.floats(0.01, 1e4), min_size=1, max_size=60))
def test_costs_are_counted_between_round_limits(costs: list[float]) -> None:
    found = made_up(costs, [2 * cost for cost in costs])
    limits = found.limits
    assert list(limits) == sorted(set(limits))
    assert all(f"{limit:.0e}"[0] in "125" for limit in limits)
    for name in found.runs:
        every = found.runs[name].costs
        counts = found.counts(name, limits)
        assert counts.sum() == len(costs)
        assert np.cumsum(counts)[:-1].tolist() == [int((every <= limit).sum()) for limit in limits]
        (middle,) = found.quantiles(name, [0.5])
        assert middle == sorted(every)[(len(costs) - 1) // 2]
    assert sum(found.runs["static_faq"].costs <= limits[-1]) >= 0.95 * len(costs) - 1e-9


def test_the_document_and_the_table_tell_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    found = compared(compile_network(shop()), 40, 3, without=SLOW)
    document = policies_document(found)
    rows = list(csv.DictReader(policies_table(found).splitlines()))
    assert [row["id"] for row in rows] == [row["id"] for row in document["policies"]] == list(found.runs)
    for row, told in zip(rows, document["policies"], strict=True):
        assert {name: float(x) for name, x in row.items() if name != "id"} == {
            name: x for name, x in told.items() if name != "id"
        }
    faq = next(row for row in document["policies"] if row["id"] == "static_faq")
    own = next(row for row in document["policies"] if row["id"] == "decision_theoretic")
    assert faq["over_decision_theoretic"] == pytest.approx(faq["mean_cost"] - own["mean_cost"])
    assert (own["over_decision_theoretic"], own["share_of_decision_theoretic"]) == (0.0, 1.0)
    assert document["left_out"] == {"workaround": ["elsewhere"]}


def test_cases_are_written(tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.jsonl" for name in "ab"]
    for file in files:
        assert run(["simulate", "-n", "5", "--seed", "3", "--labels", "1", "-o", str(file)]) == 0
    lines = files[0].read_text(encoding="utf-8").splitlines()
    assert files[1].read_text(encoding="utf-8").splitlines() == lines
    model = load("pos_card")
    assert len(lines) == 5
    for line in lines:
        told = json.loads(line)
        assert set(told["confirmed"]) == {variable.id for variable in model.of_kind("cause")}
        Evidence(model, told["findings"])


@pytest.mark.long
def test_policies_on_the_payment_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policies", "-n", "60", "--seed", "3", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {"n", "seed", "currency", "policies"} <= set(told)
    assert (told["n"], told["seed"], told["currency"]) == (60, 3, "CNY")
    wanted = {"id", "mean_cost", "se", "minutes", "questions", "wrong_repairs"}
    assert all(wanted <= set(one) for one in told["policies"])
    cost = {one["id"]: one["mean_cost"] for one in told["policies"]}
    assert cost["clairvoyant"] < cost["decision_theoretic"] < cost["static_faq"] < cost["random"]
    assert cost["best_static"] < cost["static_faq"]
