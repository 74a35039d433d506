"""What must be opened is paid once, and a step may make others cheaper: in files, plans and decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesdiag.case import Evidence
from bayesdiag.diagnosis import diagnose
from bayesdiag.diagnosis.about import valued_about
from bayesdiag.diagnosis.decide import decided
from bayesdiag.diagnosis.pairs import valued_pairs
from bayesdiag.diagnosis.steps import step_price, steps_done
from bayesdiag.difference import differences
from bayesdiag.engine.network import compile_network
from bayesdiag.errors import InvalidModel, ModelFileError, NotEditable
from bayesdiag.model import Cluster, Model, Price, Text
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
    """The same model where some questions and repairs need something open, and some make others cheaper."""
    names = [one.id for one in model.variables if one.question] + [repair.id for repair in model.repairs]
    amount = st.integers(0, 6).map(float)

    def after(own: str) -> dict[str, Price]:
        others = [name for name in names if name != own]
        if not others:
            return {}
        some = draw(st.lists(st.sampled_from(others), max_size=2, unique=True))
        return {name: Price(draw(amount), draw(amount), draw(amount)) for name in some}

    variables = [
        one
        if one.question is None
        else replace(one, question=replace(one.question, clusters=draw(SOME), cost_after=after(one.id)))
        for one in model.variables
    ]
    repairs = tuple(
        replace(repair, clusters=draw(SOME), cost_after=after(repair.id)) for repair in model.repairs
    )
    line = Cluster("line", Text("线", "Line"), minutes=2, wait_minutes=5)
    return replace(model, variables=tuple(variables), repairs=repairs, clusters=(BACK, line))


def walked(model: Model, names: Sequence[str], before: Sequence[str]) -> list[tuple[float, float, float]]:
    """Minutes, money and waiting of each step, opening what is shut when it is met."""
    told = {one.id: one.question for one in model.variables if one.question}
    told |= {repair.id: repair for repair in model.repairs}  # type: ignore[dict-item]
    every, done = [], [name for name in before if name in told]
    opened = {cluster for name in done for cluster in told[name].clusters}
    for name in names:
        step = told[name]
        new = [one for one in model.clusters if one.id in step.clusters and one.id not in opened]
        opened |= {cluster.id for cluster in new}
        own = (step.minutes, step.money, step.wait_minutes)
        for other in done:
            if other in step.cost_after:
                price = step.cost_after[other]
                cheaper = (price.minutes, price.money, price.wait_minutes)
                if (model.cost(*cheaper), cheaper[0]) < (model.cost(*own), own[0]):
                    own = cheaper
        done.append(name)
        every.append(
            (
                own[0] + sum(one.minutes for one in new),
                own[1] + sum(one.money for one in new),
                own[2] + sum(one.wait_minutes for one in new),
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
    done = list(evidence.findings)
    assert steps_done(model, evidence) == {name for name in done if model.variable_of[name].question}
    for value in found.questions:
        [(minutes, money, _)] = walked(model, [value.id], done)
        assert (value.minutes, value.money) == (minutes, money)
        rate = model.money_per_minute
        assert value.score == close(value.value / (minutes + (money / rate if rate else 0) + 0.5))
    steps = [step.id for step in found.plan.steps]
    prices, reach, total = walked(model, steps, done), 1.0, [0.0, 0.0]
    for step, (minutes, money, _) in zip(found.plan.steps, prices, strict=True):
        assert (step.minutes, step.money) == (minutes, money)
        total = [total[0] + reach * minutes, total[1] + reach * money]
        reach *= 1 - step.p_solves
    assert [found.plan.expected_minutes, found.plan.expected_money] == close(total)
    for pair in valued_pairs(network, evidence, width=None):
        ways = [np.sum(walked(model, order, done), axis=0) for order in (pair.ids, pair.ids[::-1])]
        least = min(model.cost(*way) for way in ways)
        told = [way for way in ways if model.cost(*way) == close(least)]
        assert any(pair.minutes == close(way[0]) and pair.money == close(way[1]) for way in told)


@QUICK
@given(st.data())
def test_a_decision_pays_opening_once_too(data: st.DataObject) -> None:
    model = with_clusters(data.draw, data.draw(diagnostic_models()))
    network = compile_network(model)
    if diagnose(network, {}, doubt="none").is_impossible:
        return
    evidence, hand_over = Evidence(model, {}), 50.0
    decision = decided(network, evidence, hand_over=hand_over, width=None)

    def cost_of(cases: oracle.Cases, names: Sequence[str], before: Sequence[str]) -> float:
        order = [model.repair_of[name] for name in names]
        cost, reach = 0.0, 1.0
        for length, (minutes, money, wait) in enumerate(walked(model, names, before), start=1):
            price = model.cost(minutes, money, wait)
            cost += reach * (price / model.money_per_minute if model.money_per_minute else price)
            reach = 1 - oracle.p_solved(model, cases, order[:length])
        return cost + reach * hand_over

    cases = oracle.cases(model, {})
    assert decision.act_now == close(cost_of(cases, decision.steps, []))
    for saving in decision.questions:
        for answer in saving.answers:
            given_it = [one for one in cases if one[0][saving.id] == answer.state]
            total = sum(p for _, p, _ in given_it)
            scaled = [(world, p / total, fired) for world, p, fired in given_it]
            # What the question opened is open for the repairs after it, which it may make cheaper, too.
            after = cost_of(scaled, answer.steps, [saving.id])
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
    plug, asked = model.repair_of["plug"], model.variable_of["other_card"]
    assert step_price(model, [plug, asked]).minutes == 1 + 2 + 4
    assert step_price(model, [asked], {"plug"}).minutes == 2


def test_a_step_may_make_another_cheaper() -> None:
    model = load(TILL)
    plug = replace(model.repair_of["plug"], cost_after={"other_card": Price(0.25), "renew": Price(9)})
    model = replace(model, repairs=tuple(plug if one.id == "plug" else one for one in model.repairs))
    assert loads(dumps(model)) == model
    assert step_price(model, [plug]).minutes == 1
    assert step_price(model, [plug], ["renew"]).minutes == 1  # dearer is no alternative
    assert step_price(model, [plug], ["renew", "other_card"]).minutes == 0.25
    found = diagnose(compile_network(model), {"text": "failed", "other_card": "fails"}, doubt="none")
    assert {step.id: step.minutes for step in found.plan.steps}["plug"] == 0.25
    text = dumps(model).replace("cost_after:\n      other_card:", "cost_after:\n      other_crad:")
    with pytest.raises(ModelFileError) as raised:
        loads(text.replace("{minutes: 9", "{minutes: -9"))
    told = str(raised.value)
    assert "repairs.plug.cost_after.other_crad" in told
    assert 'Did you mean "other_card"?' in told
    assert "repairs.plug.cost_after.renew.minutes" in told
    itself = replace(plug, cost_after={"plug": Price(1)})
    with pytest.raises(InvalidModel, match="plug"):
        replace(model, repairs=tuple(itself if one.id == "plug" else one for one in model.repairs))


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
