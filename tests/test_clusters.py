"""What must be opened is paid once: in the file, in questions, in plans and in decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesdiag.case import Evidence
from bayesdiag.diagnosis import diagnose
from bayesdiag.diagnosis.about import valued_about
from bayesdiag.diagnosis.decide import decided
from bayesdiag.diagnosis.pairs import valued_pairs
from bayesdiag.diagnosis.steps import open_clusters, step_price
from bayesdiag.difference import differences
from bayesdiag.engine.network import compile_network
from bayesdiag.errors import InvalidModel, ModelFileError, NotEditable
from bayesdiag.model import Cluster, Model, Question, Repair, Text
from bayesdiag.modelfile import load, loads
from bayesdiag.modelfile.edit import edited
from bayesdiag.modelfile.write import dumps
from tests import oracles_diagnosis as oracle
from tests.strategies import diagnostic_models, evidences
from tests.test_asking import TILL
from tests.test_properties import QUICK, close

BACK = Cluster("back", Text("后盖", "Back"), minutes=4, money=1)
SOME = st.sampled_from(((), (), ("back",), ("back", "line"), ("line",)))


def with_clusters(draw: st.DrawFn, model: Model) -> Model:
    """The same model where some questions and repairs need something open."""
    variables = [
        one if one.question is None else replace(one, question=replace(one.question, clusters=draw(SOME)))
        for one in model.variables
    ]
    repairs = tuple(replace(repair, clusters=draw(SOME)) for repair in model.repairs)
    line = Cluster("line", Text("线", "Line"), minutes=2, wait_minutes=5)
    return replace(model, variables=tuple(variables), repairs=repairs, clusters=(BACK, line))


def walked(
    model: Model, steps: Sequence[Question | Repair], opened: set[str]
) -> list[tuple[float, float, float]]:
    """Minutes, money and waiting of each step, opening what is shut when it is met."""
    every, opened = [], set(opened)
    for step in steps:
        new = [
            cluster for cluster in model.clusters if cluster.id in step.clusters and cluster.id not in opened
        ]
        opened |= {cluster.id for cluster in new}
        every.append(
            (
                step.minutes + sum(one.minutes for one in new),
                step.money + sum(one.money for one in new),
                step.wait_minutes + sum(one.wait_minutes for one in new),
            )
        )
    return every


@QUICK
@given(st.data())
def test_opening_is_paid_once_whoever_needs_it_first(data: st.DataObject) -> None:
    model = with_clusters(data.draw, data.draw(diagnostic_models()))
    network, evidence = compile_network(model), data.draw(evidences(model))
    found = diagnose(network, evidence, doubt="none")
    if found.is_impossible:
        return
    asked = [model.variable_of[name].question for name in evidence.findings]
    opened = {name for question in asked if question for name in question.clusters}
    assert open_clusters(model, evidence) == opened
    for value in found.questions:
        question = model.variable_of[value.id].question
        assert question is not None
        [(minutes, money, _)] = walked(model, [question], opened)
        assert (value.minutes, value.money) == (minutes, money)
        rate = model.money_per_minute
        assert value.score == close(value.value / (minutes + (money / rate if rate else 0) + 0.5))
    steps = [model.repair_of[step.id] for step in found.plan.steps]
    prices, reach, total = walked(model, steps, opened), 1.0, [0.0, 0.0]
    for step, (minutes, money, _) in zip(found.plan.steps, prices, strict=True):
        assert (step.minutes, step.money) == (minutes, money)
        total = [total[0] + reach * minutes, total[1] + reach * money]
        reach *= 1 - step.p_solves
    assert [found.plan.expected_minutes, found.plan.expected_money] == close(total)
    for pair in valued_pairs(network, evidence, width=None):
        both = [model.variable_of[name].question for name in pair.ids]
        together = walked(model, [one for one in both if one], opened)
        assert pair.minutes == close(sum(minutes for minutes, _, _ in together))


@QUICK
@given(st.data())
def test_a_decision_pays_opening_once_too(data: st.DataObject) -> None:
    model = with_clusters(data.draw, data.draw(diagnostic_models()))
    network = compile_network(model)
    if diagnose(network, {}, doubt="none").is_impossible:
        return
    evidence, hand_over = Evidence(model, {}), 50.0
    decision = decided(network, evidence, hand_over=hand_over, width=None)

    def cost_of(cases: oracle.Cases, names: Sequence[str], opened: set[str]) -> float:
        order = [model.repair_of[name] for name in names]
        cost, reach = 0.0, 1.0
        for length, (minutes, money, wait) in enumerate(walked(model, order, opened), start=1):
            price = model.cost(minutes, money, wait)
            cost += reach * (price / model.money_per_minute if model.money_per_minute else price)
            reach = 1 - oracle.p_solved(model, cases, order[:length])
        return cost + reach * hand_over

    cases = oracle.cases(model, {})
    assert decision.act_now == close(cost_of(cases, decision.steps, set()))
    for saving in decision.questions:
        question = model.variable_of[saving.id].question
        assert question is not None
        for answer in saving.answers:
            given_it = [one for one in cases if one[0][saving.id] == answer.state]
            total = sum(p for _, p, _ in given_it)
            scaled = [(world, p / total, fired) for world, p, fired in given_it]
            # What the question opened is open for the repairs after it.
            after = cost_of(scaled, answer.steps, set(question.clusters))
            assert answer.p * answer.cost == close(answer.p * after)


def opened_till() -> Model:
    """The till whose card question and cable both need the back open."""
    model = load(TILL)
    variables = [
        replace(one, question=replace(one.question, clusters=("back",)))
        if one.id == "other_card" and one.question
        else one
        for one in model.variables
    ]
    repairs = tuple(replace(one, clusters=("back",)) if one.id == "plug" else one for one in model.repairs)
    return replace(model, variables=tuple(variables), repairs=repairs, clusters=(BACK,))


def test_what_is_open_is_cheaper() -> None:
    model = opened_till()
    network = compile_network(model)
    shut = diagnose(network, {"text": "failed"}, doubt="none")
    assert [(one.minutes, one.money) for one in shut.questions] == [(6, 1)]
    assert {step.id: step.minutes for step in shut.plan.steps} == {"plug": 5, "renew": 5}
    opened = diagnose(network, {"text": "failed", "other_card": "fails"}, doubt="none")
    assert {step.id: step.minutes for step in opened.plan.steps}["plug"] == 1
    about = valued_about(network, Evidence(model, {"text": "failed"}), ["cable"])
    assert (about.questions[0].minutes, about.questions[0].money) == (6, 1)
    plug, asked = model.repair_of["plug"], model.variable_of["other_card"].question
    assert asked is not None
    assert step_price(model, [plug, asked]).minutes == 1 + 2 + 4
    assert step_price(model, [plug, asked], {"back"}).minutes == 1 + 2


def test_a_file_keeps_its_clusters() -> None:
    model = opened_till()
    text = dumps(model)
    assert "clusters:\n  back:\n    label: {zh: 后盖, en: Back}\n    minutes: 4\n" in text
    assert loads(text) == model
    assert "clusters" not in dumps(load(TILL))  # what has none is written as before
    assert {change.path[0] for change in differences(load(TILL), model)} == {
        "other_card",
        "repairs",
        "clusters",
    }


def test_a_cluster_that_is_not_there_is_told() -> None:
    text = dumps(opened_till())
    with pytest.raises(ModelFileError) as raised:
        loads(text.replace("clusters: [back]", "clusters: [bakc]"))
    told = str(raised.value)
    assert "tests.other_card.question.clusters" in told
    assert "repairs.plug.clusters" in told
    assert 'Did you mean "back"?' in told
    with pytest.raises(ModelFileError, match=r"clusters\.back\.minutes"):
        loads(text.replace("    minutes: 4\n", "    minutes: -4\n"))
    with pytest.raises(InvalidModel, match="back"):
        replace(load(TILL), clusters=(BACK, BACK))


def test_a_file_with_clusters_is_edited_in_place() -> None:
    model, text = opened_till(), "# kept\n" + dumps(opened_till())
    found = edited(text, "", replace(model, version="7"))
    assert loads(found) == replace(model, version="7")
    assert found.startswith("# kept\n")
    with pytest.raises(NotEditable, match=r"clusters\.back\.minutes"):  # as every price
        edited(text, "", replace(model, clusters=(replace(BACK, minutes=6.0),)))
