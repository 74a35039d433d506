"""Probability laws on random networks: what must hold whatever the numbers are."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bayesdiag.case import Evidence
from bayesdiag.diagnosis import diagnose
from bayesdiag.diagnosis.explain import log_odds
from bayesdiag.engine import kernel, kernel_jit
from bayesdiag.engine.network import CompiledNetwork, Status, compile_network
from bayesdiag.model import (
    FirstActive,
    FullTable,
    Link,
    Model,
    NoisyMax,
    Repair,
    Row,
    StateMap,
    Table,
    Variable,
)
from tests.oracles import Findings, brute_force, worlds
from tests.strategies import diagnostic_models, evidences, models

CLOSE = 1e-9
Worlds = list[tuple[dict[str, str], float, set[str]]]
some = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
many = settings(max_examples=1500, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@st.composite
def asked(draw: st.DrawFn, of: st.SearchStrategy[Model]) -> tuple[Model, Findings]:
    model = draw(of)
    return model, draw(evidences(model))


any_case = asked(models() | diagnostic_models())
diagnostic_case = asked(diagnostic_models())


def is_possible(network: CompiledNetwork, findings: Findings) -> bool:
    return network.posterior(findings, premise=True, targets=[]).status[0] is Status.OK


def equal_to_brute_force(model: Model, findings: Findings) -> None:
    exact = brute_force(model, findings, premise=True)
    for run in (kernel.run, kernel_jit.run):
        network = compile_network(model, run=run)
        found = network.posterior(findings, premise=True)
        assert np.isfinite(found.beliefs).all()
        if exact["p"] == 0:
            assert found.status[0] is Status.IMPOSSIBLE
            continue
        assert found.log_evidence[0] == pytest.approx(np.log(exact["p"]), abs=CLOSE)
        for name, row in exact["beliefs"].items():  # type: ignore[attr-defined]
            assert found.of(name)[0] == pytest.approx(list(row.values()), abs=CLOSE)
            assert found.of(name)[0].sum() == pytest.approx(1, abs=CLOSE)
        for (cause, state), slot in network.layout.event_slot_of.items():
            key = (network.layout.names[cause], network.layout.states[cause][state])
            expected = exact["responsible"].get(key, 0.0)  # type: ignore[attr-defined]
            assert found.beliefs[0, slot] == pytest.approx(expected, abs=CLOSE)


@some
@given(any_case)
def test_beliefs_and_responsibilities_equal_the_sum_over_all_worlds(case: tuple[Model, Findings]) -> None:
    equal_to_brute_force(*case)


@pytest.mark.long
@many
@given(any_case)
def test_beliefs_equal_the_sum_over_all_worlds_on_many_more_networks(case: tuple[Model, Findings]) -> None:
    equal_to_brute_force(*case)


@some
@given(any_case, st.randoms(use_true_random=False))
def test_the_order_of_findings_does_not_matter(case: tuple[Model, Findings], random: object) -> None:
    model, findings = case
    network = compile_network(model)
    names = list(findings)
    random.shuffle(names)  # type: ignore[attr-defined]
    first = network.posterior(findings)
    second = network.posterior({name: findings[name] for name in names})
    assert np.array_equal(first.beliefs, second.beliefs)


@some
@given(any_case, st.randoms(use_true_random=False))
def test_renaming_and_reordering_variables_does_not_matter(
    case: tuple[Model, Findings], random: object
) -> None:
    model, findings = case
    variables = list(model.variables)
    random.shuffle(variables)  # type: ignore[attr-defined]
    renamed = Model(
        "renamed",
        tuple(_renamed(one) for one in variables),
        contacts=model.contacts,
        premise=model.premise and replace(model.premise, variable=_new(model.premise.variable)),
        money_per_minute=model.money_per_minute,
    )
    before = compile_network(model).posterior(findings)
    after = compile_network(renamed).posterior({_new(name): seen for name, seen in findings.items()})
    assert before.log_evidence == pytest.approx(after.log_evidence, abs=CLOSE)
    for one in model.variables:
        assert before.of(one.id) == pytest.approx(after.of(_new(one.id)), abs=CLOSE)


def _new(name: str) -> str:
    return f"x_{name[::-1]}"


def _renamed(one: Variable) -> Variable:
    cpt = one.cpt
    if isinstance(cpt, FullTable):
        cpt = FullTable(tuple(map(_new, cpt.parents)), cpt.p)
    elif isinstance(cpt, Table):
        lines = tuple(Row({_new(k): v for k, v in line.when.items()}, line.p) for line in cpt.rows)
        cpt = Table(tuple(map(_new, cpt.parents)), lines)
    elif isinstance(cpt, StateMap):
        cpt = StateMap(_new(cpt.parent), cpt.rows)
    elif isinstance(cpt, NoisyMax | FirstActive):
        links = tuple(
            Link(_new(x.parent), x.state, x.to, x.p, {_new(k): v for k, v in x.when.items()})
            for x in cpt.links
        )
        cpt = (
            NoisyMax(links, cpt.leak)
            if isinstance(cpt, NoisyMax)
            else FirstActive(tuple(map(_new, cpt.order)), links)
        )
    return Variable(_new(one.id), one.kind, one.states, cpt, contacts=one.contacts, question=one.question)


@some
@given(models() | diagnostic_models(), st.data())
def test_a_batch_equals_its_rows_one_by_one(model: Model, data: st.DataObject) -> None:
    network = compile_network(model)
    batch = data.draw(st.lists(evidences(model), min_size=1, max_size=5))
    together = network.posterior(batch, premise=True)
    for row, findings in enumerate(batch):
        alone = network.posterior(findings, premise=True)
        assert together.beliefs[row] == pytest.approx(alone.beliefs[0], abs=1e-12)
        assert together.log_evidence[row] == pytest.approx(alone.log_evidence[0], abs=1e-12)


@some
@given(any_case, st.data())
def test_evidence_multiplies_by_the_chain_rule(case: tuple[Model, Findings], data: st.DataObject) -> None:
    """P(e1, e2) = P(e1) P(e2 | e1), P(e2 | e1) being read from the beliefs given e1."""
    model, findings = case
    network = compile_network(model)
    first = network.posterior(findings)
    free = [one for one in model.variables if one.id not in findings]
    if not free or first.status[0] is not Status.OK:
        return
    one = data.draw(st.sampled_from(free))
    total = 0.0
    for state in one.state_ids:
        both = network.posterior({**findings, one.id: state}, targets=[])
        p = float(np.exp(both.log_evidence[0] - first.log_evidence[0]))
        assert p == pytest.approx(first.probability(one.id, state)[0], abs=CLOSE)
        total += p
    assert total == pytest.approx(1, abs=CLOSE)


@some
@given(any_case, st.data())
def test_a_finding_that_says_nothing_changes_nothing(
    case: tuple[Model, Findings], data: st.DataObject
) -> None:
    model, findings = case
    free = [one for one in model.variables if one.id not in findings]
    if not free:
        return
    one = data.draw(st.sampled_from(free))
    scale = data.draw(st.sampled_from([1.0, 0.25, 7.0]))
    network = compile_network(model)
    before = network.posterior(findings)
    after = network.posterior({**findings, one.id: dict.fromkeys(one.state_ids, scale)})
    assert after.beliefs == pytest.approx(before.beliefs, abs=CLOSE)
    if before.status[0] is Status.OK:
        assert after.log_evidence[0] == pytest.approx(before.log_evidence[0] + np.log(scale), abs=CLOSE)


@some
@given(diagnostic_case)
def test_answers_are_what_asking_gives(case: tuple[Model, Findings]) -> None:
    model, findings = case
    network = compile_network(model)
    if not is_possible(network, findings):
        return
    causes = [one.id for one in model.of_kind("cause")]
    row = network.rows([Evidence(model, findings)], premise=True)[0]
    questions = [one.id for one in model.variables if one.id not in findings]
    found = network.answers(row, questions, causes)
    before = network.posterior(findings, premise=True, targets=[]).log_evidence[0]
    for question in questions:
        assert found.p[question].sum() == pytest.approx(1, abs=CLOSE)
        for place, state in enumerate(model.variable_of[question].state_ids):
            after = network.posterior({**findings, question: state}, premise=True, targets=causes)
            p = float(np.exp(after.log_evidence[0] - before))
            assert found.p[question][place] == pytest.approx(p, abs=CLOSE)
            for cause in causes if p > 1e-4 else ():
                span = network.layout.slots(cause)
                assert found.beliefs[question][place, span] == pytest.approx(after.of(cause)[0], abs=1e-7)


@some
@given(diagnostic_case)
def test_a_question_is_worth_its_mutual_information(case: tuple[Model, Findings]) -> None:
    model, findings = case
    network = compile_network(model)
    if not is_possible(network, findings):
        return
    for question in diagnose(network, findings).questions:
        assert question.value >= 0
        assert question.value == pytest.approx(_information(model, findings, question.id), abs=1e-7)


def _information(model: Model, findings: Findings, question: str) -> float:
    """Sum over causes of the mutual information between the answer and who is responsible, from all worlds."""
    joint: dict[str, dict[tuple[str, str], float]] = {one.id: {} for one in model.of_kind("cause")}
    total = 0.0
    for world, weight, fired in _failed_worlds(model, findings):
        total += weight
        for cause, counts in joint.items():
            key = (world[question], world[cause] if cause in fired else "none")
            counts[key] = counts.get(key, 0.0) + weight
    bits = 0.0
    for counts in joint.values():
        answers, culprits = {a for a, _ in counts}, {c for _, c in counts}
        for a, c in product(answers, culprits):
            p = counts.get((a, c), 0.0) / total
            if p > 0:
                of_a = sum(q for (x, _), q in counts.items() if x == a) / total
                of_c = sum(q for (_, y), q in counts.items() if y == c) / total
                bits += p * np.log2(p / (of_a * of_c))
    return float(bits)


def _failed_worlds(model: Model, findings: Findings) -> Worlds:
    found = []
    for world, p, fired in worlds(model):
        weight = p
        for name, seen in findings.items():
            weight *= seen.get(world[name], 0.0)
        if weight and model.premise and world[model.premise.variable] not in model.premise.exclude:
            found.append((world, weight, fired))
    return found


@some
@given(diagnostic_case)
def test_the_ledger_adds_up_to_the_posterior(case: tuple[Model, Findings]) -> None:
    model, findings = case
    network = compile_network(model)
    if not is_possible(network, findings):
        return
    result = diagnose(network, findings)
    told = result.explanation
    assert told is not None
    assert [line.finding for line in told.ledger] == list(findings)
    assert told.start + sum(line.bits for line in told.ledger) == pytest.approx(told.end, abs=1e-9)
    assert (told.id, told.state) == (result.causes[0].id, result.causes[0].state)
    exact = brute_force(model, findings, premise=True)["responsible"]
    p = exact.get((told.id, told.state), 0.0)  # type: ignore[attr-defined]
    assert told.end == pytest.approx(log_odds(p), abs=1e-6) or p < 1e-9
    before = brute_force(model, {}, premise=True)["responsible"].get((told.id, told.state), 0.0)  # type: ignore[attr-defined]
    assert told.start == pytest.approx(log_odds(before), abs=1e-6) or before < 1e-9


@some
@given(diagnostic_case)
def test_a_plan_solves_what_all_worlds_say(case: tuple[Model, Findings]) -> None:
    model, findings = case
    network = compile_network(model)
    if not is_possible(network, findings):
        return
    result = diagnose(network, findings)
    assert result.none_of_these == pytest.approx(brute_force(model, findings, premise=True)["none"], abs=1e-9)
    failed = _failed_worlds(model, findings)
    repair_of = {repair.id: repair for repair in model.repairs}
    done: list[Repair] = []
    reach, minutes = 1.0, 0.0
    for step in result.plan.steps:
        before = _p_solved(model, failed, done)
        done.append(repair_of[step.id])
        gain = _p_solved(model, failed, done) - before
        assert step.p_solves * (1 - before) == pytest.approx(gain, abs=1e-7)
        minutes += reach * step.minutes
        reach *= 1 - step.p_solves
    assert result.plan.expected_minutes == pytest.approx(minutes, abs=1e-9)
    assert result.plan.p_solved == pytest.approx(_p_solved(model, failed, done), abs=1e-7)


def _p_solved(model: Model, failed: Worlds, repairs: list[Repair]) -> float:
    """P(every cause that took part is repaired, and there was one), from all worlds."""
    solved = total = 0.0
    for world, weight, fired in failed:
        total += weight
        p = 1.0 if fired else 0.0
        for cause in fired:
            left = 1.0
            for repair in repairs:
                unlisted = model.unlisted_fix if repair.fixes else 0.0
                left *= 1 - repair.fixes.get((cause, world[cause]), unlisted)
            p *= 1 - left
        solved += weight * p
    return solved / total
