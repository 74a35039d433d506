"""What holds for every model and every evidence, tried on small ones against the sum over all worlds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from bayesdiag.case import Evidence
from bayesdiag.diagnosis import diagnose
from bayesdiag.diagnosis.explain import ledger_of
from bayesdiag.diagnosis.plan import LEAST_SHARE
from bayesdiag.diagnosis.steps import is_shown_first, open_repairs
from bayesdiag.diagnosis.subsets import Subsets
from bayesdiag.diagnosis.words import report
from bayesdiag.engine import kernel, kernel_jit
from bayesdiag.engine.network import CompiledNetwork, Status, compile_network
from bayesdiag.model import (
    LANGUAGES,
    Cpt,
    FirstActive,
    FullTable,
    Link,
    Model,
    NoisyMax,
    Premise,
    Prior,
    Question,
    Row,
    StateMap,
    Table,
    Text,
    Variable,
)
from tests import oracles_diagnosis as oracle
from tests.networks import variable
from tests.oracles import brute_force
from tests.oracles_explain import shapley
from tests.strategies import LIKELIHOODS, diagnostic_models, evidences, findings, models

CLOSE = 1e-9
QUICK = settings(
    max_examples=45,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
LONG = settings(QUICK, max_examples=500)

Draw = Callable[..., Any]
any_model = st.one_of(models(), diagnostic_models(loose=True))


def close(value: object) -> Any:
    return pytest.approx(value, abs=CLOSE)


def bits_close(value: object) -> Any:
    """Bits of odds: a doubt of 1e-11 is known to a digit or four, and so are its bits."""
    return pytest.approx(value, abs=1e-5)


def drawn(draw: Draw, kind: st.SearchStrategy[Model] = any_model) -> tuple[CompiledNetwork, Evidence]:
    """A network and evidence for it."""
    model = draw(kind)
    return compile_network(model), draw(evidences(model))


def drawn_possible(
    draw: Draw, kind: st.SearchStrategy[Model] = any_model
) -> tuple[CompiledNetwork, Evidence]:
    """A network and evidence that can occur under its premise."""
    network, evidence = drawn(draw, kind)
    possible = network.posterior(evidence, premise=True, targets=()).status[0] is Status.OK
    assume(possible)
    return network, evidence


def with_finding(network: CompiledNetwork, evidence: Evidence, name: str, seen: Any) -> Evidence:
    return Evidence(network.model, {**evidence.findings, name: seen})


def events(network: CompiledNetwork) -> Iterator[tuple[tuple[str, str], int]]:
    """(cause, state) and the slot of its responsibility."""
    layout = network.layout
    for (cause, state), slot in layout.event_slot_of.items():
        yield (layout.names[cause], layout.states[cause][state]), slot


# ── beliefs ───────────────────────────────────────────────────────────────────────────────────────


def beliefs_and_responsibilities_equal_the_sum_over_all_worlds(draw: Draw) -> None:
    model = draw(any_model)
    evidence, premise = draw(evidences(model)), draw(st.booleans())
    exact = brute_force(model, evidence.findings, premise=premise)
    for run in (kernel.run, kernel_jit.run):
        network = compile_network(model, run=run)
        posterior = network.posterior(evidence, premise=premise)
        if exact["p"] == 0:
            assert posterior.status[0] is Status.IMPOSSIBLE
            assert posterior.log_evidence[0] == -np.inf
            assert not posterior.beliefs.any()
            continue
        assert posterior.status[0] is Status.OK
        assert posterior.log_evidence[0] == close(np.log(exact["p"]))
        for name, row in exact["beliefs"].items():  # type: ignore[attr-defined]
            assert posterior.of(name)[0] == close(list(row.values())), name
        for event, slot in events(network):
            assert posterior.beliefs[0, slot] == close(exact["responsible"].get(event, 0.0)), event  # type: ignore[attr-defined]


def none_of_these_is_the_probability_that_no_link_fired(draw: Draw) -> None:
    model = draw(diagnostic_models(loose=True))
    evidence = draw(evidences(model))
    exact = brute_force(model, evidence.findings, premise=True)
    assume(exact["p"])
    for run in (kernel.run, kernel_jit.run):
        assert diagnose(compile_network(model, run=run), evidence).none_of_these == close(exact["none"])


def a_belief_sums_to_one(draw: Draw) -> None:
    network, evidence = drawn(draw)
    posterior = network.posterior(evidence, premise=draw(st.booleans()))
    possible = posterior.status[0] is Status.OK
    for name in network.layout.names:
        assert posterior.of(name).sum() == close(1.0 if possible else 0.0)
    assert np.isfinite(posterior.beliefs).all()
    assert posterior.beliefs.min() >= 0
    assert posterior.beliefs.max() <= 1 + CLOSE


def targets_change_no_belief(draw: Draw) -> None:
    network, evidence = drawn(draw)
    every = network.posterior(evidence, premise=True)
    some = draw(st.lists(st.sampled_from(network.layout.names), unique=True))
    posterior = network.posterior(evidence, premise=True, targets=some)
    assert posterior.log_evidence[0] == close(every.log_evidence[0])
    for name in some:
        assert posterior.of(name)[0] == close(every.of(name)[0])


def order_of_findings_does_not_matter(draw: Draw) -> None:
    network, evidence = drawn(draw)
    order = draw(st.permutations(list(evidence.findings)))
    shuffled = Evidence(network.model, {name: evidence.findings[name] for name in order})
    posterior = network.posterior([evidence, shuffled], premise=True)
    assert posterior.beliefs[1] == close(posterior.beliefs[0])
    assert posterior.log_evidence[1] == close(posterior.log_evidence[0])


def renaming_and_reordering_variables_does_not_matter(draw: Draw) -> None:
    network, evidence = drawn(draw)
    names = network.layout.names
    new = {name: f"n{len(names) - place}" for place, name in enumerate(draw(st.permutations(names)))}
    order = draw(st.permutations(network.model.variables))
    other = compile_network(renamed(network.model, order, new))
    moved = Evidence(other.model, {new[name]: seen for name, seen in evidence.findings.items()})
    before, after = network.posterior(evidence, premise=True), other.posterior(moved, premise=True)
    assert after.log_evidence[0] == close(before.log_evidence[0])
    for name in names:
        assert after.of(new[name])[0] == close(before.of(name)[0])
    for (cause, state), slot in events(network):
        there = other.layout.responsible(new[cause], state)
        assert after.beliefs[0, there] == close(before.beliefs[0, slot])


def a_batch_equals_its_rows_one_by_one(draw: Draw) -> None:
    model = draw(any_model)
    network = compile_network(model)
    many = draw(st.lists(evidences(model), max_size=6))
    together = network.posterior(many, premise=True)
    assert together.beliefs.shape == (len(many), network.layout.n_slots)
    for number, one in enumerate(many):
        alone = compile_network(model).posterior(one, premise=True)
        assert together.beliefs[number] == close(alone.beliefs[0])
        assert together.log_evidence[number] == close(alone.log_evidence[0])
        assert together.status[number] is alone.status[0]


def two_findings_are_one_and_then_the_other(draw: Draw) -> None:
    network, evidence = drawn_possible(draw)
    name = draw(st.sampled_from(network.layout.names))
    assume(name not in evidence.findings)
    seen = draw(findings(network.model, name))
    both = with_finding(network, evidence, name, seen)
    first, second = (network.posterior(one, premise=True) for one in (evidence, both))
    likelihoods = [both.findings[name].get(s, 0.0) for s in network.model.variable_of[name].state_ids]
    p = float(first.of(name)[0] @ likelihoods)
    assert np.exp(second.log_evidence[0] - first.log_evidence[0]) == close(p)


def a_finding_of_equal_likelihoods_changes_no_belief(draw: Draw) -> None:
    network, evidence = drawn(draw)
    name = draw(st.sampled_from(network.layout.names))
    assume(name not in evidence.findings)
    scale = draw(LIKELIHOODS.filter(bool))
    said = with_finding(
        network, evidence, name, dict.fromkeys(network.model.variable_of[name].state_ids, scale)
    )
    before, after = (network.posterior(one, premise=True) for one in (evidence, said))
    assert after.beliefs == close(before.beliefs)
    assert after.log_evidence[0] == close(before.log_evidence[0] + np.log(scale))


def scaling_a_finding_shifts_the_evidence_by_the_logarithm(draw: Draw) -> None:
    network, evidence = drawn(draw)
    assume(evidence.findings)
    name = draw(st.sampled_from(list(evidence.findings)))
    scale = draw(st.sampled_from((0.5, 7.0, 1e-6, 1e6)))
    more = {state: scale * likelihood for state, likelihood in evidence.findings[name].items()}
    before = network.posterior(evidence, premise=True)
    after = network.posterior(with_finding(network, evidence, name, more), premise=True)
    assert after.beliefs == close(before.beliefs)
    assert after.log_evidence[0] == close(before.log_evidence[0] + np.log(scale))


# ── answers ───────────────────────────────────────────────────────────────────────────────────────


def answers_to_one_question_sum_to_the_evidence_before_it(draw: Draw) -> None:
    network, evidence = drawn(draw)
    name = draw(st.sampled_from(network.layout.names))
    assume(name not in evidence.findings)
    given_each = [
        with_finding(network, evidence, name, state) for state in network.model.variable_of[name].state_ids
    ]
    before = network.posterior(evidence, premise=True)
    after = network.posterior(given_each, premise=True)
    total = np.exp(after.log_evidence).sum()
    assert total == pytest.approx(np.exp(before.log_evidence[0]), rel=CLOSE, abs=1e-300)


def answers_equal_asking(draw: Draw) -> None:
    network, evidence = drawn_possible(draw)
    premise = network.model.premise
    # What the premise speaks about is observed; `test_a_question_about_the_premise_…` asks about it.
    observed = {*evidence.findings, *((premise.variable,) if premise else ())}
    questions = [name for name in network.layout.names if name not in observed]
    targets = draw(st.lists(st.sampled_from(network.layout.names), unique=True))
    row = network.rows([evidence], premise=True)[0]
    before = network.posterior(evidence, premise=True, targets=())
    found = network.answers(row, questions, targets)
    for name in questions:
        states = network.model.variable_of[name].state_ids
        given_each = [with_finding(network, evidence, name, state) for state in states]
        after = network.posterior(given_each, premise=True, targets=targets)
        p = np.exp(after.log_evidence - before.log_evidence[0])
        assert found.p[name] == close(p), name
        assert np.isfinite(found.beliefs[name]).all()
        for target in targets:
            span = network.layout.slots(target)
            joint = found.p[name][:, None] * found.beliefs[name][:, span]
            assert joint == close(p[:, None] * after.of(target)), (name, target)
        causes = {network.layout.index_of[name] for name in targets}
        for (cause, state), slot in network.layout.event_slot_of.items():
            joint = found.p[name] * found.beliefs[name][:, slot]
            assert cause not in causes or joint == close(p * after.beliefs[:, slot]), (name, cause, state)


def value_of_information_equals_the_sum_over_all_worlds(draw: Draw) -> None:
    network, evidence = drawn_possible(draw, diagnostic_models(loose=True))
    cases = oracle.cases(network.model, evidence.findings)
    for question in diagnose(network, evidence).questions:
        assert question.value >= 0
        assert question.value == close(oracle.information(network.model, cases, question.id)), question.id
        assert sum(question.p_answers) == close(1.0)
        for state, p in zip(
            network.model.variable_of[question.id].state_ids, question.p_answers, strict=True
        ):
            assert p == close(sum(q for world, q, _ in cases if world[question.id] == state))


# ── diagnosis ─────────────────────────────────────────────────────────────────────────────────────


def causes_and_calls_equal_the_sum_over_all_worlds(draw: Draw) -> None:
    network, evidence = drawn_possible(draw, diagnostic_models(loose=True))
    model = network.model
    before = brute_force(model, {}, premise=True)
    after = brute_force(model, evidence.findings, premise=True)
    diagnosis = diagnose(network, evidence)
    assert diagnosis.log_evidence == close(np.log(after["p"] / before["p"]))  # type: ignore[operator]
    for cause in diagnosis.causes:
        assert cause.prior == close(before["beliefs"][cause.id][cause.state])  # type: ignore[index]
        assert cause.posterior == close(after["beliefs"][cause.id][cause.state])  # type: ignore[index]
        assert cause.responsibility == close(after["responsible"].get((cause.id, cause.state), 0.0))  # type: ignore[attr-defined]
    assert [cause.responsibility for cause in diagnosis.causes] == sorted(
        (cause.responsibility for cause in diagnosis.causes), reverse=True
    )
    assert {(cause.id, cause.state) for cause in diagnosis.causes} == {event for event, _ in events(network)}
    cases = oracle.cases(model, evidence.findings)
    for call in diagnosis.contact:
        theirs = [
            event for event, _ in events(network) if model.variable_of[event[0]].contacts[:1] == (call.id,)
        ]
        assert call.p == close(oracle.p_any(cases, theirs))


def the_ledger_is_the_mean_over_all_orders(draw: Draw) -> None:
    network, evidence = drawn_possible(draw, diagnostic_models(loose=True))
    model = network.model
    after = brute_force(model, evidence.findings, premise=True)["responsible"]
    known: dict[frozenset[str], dict[str, object]] = {}
    for event, _ in events(network):
        told = ledger_of(Subsets(network, evidence, event, premise=True))
        assert (told is None) == (after.get(event, 0.0) == 0)  # type: ignore[attr-defined]
        if told is None:
            continue
        assert [line.finding for line in told.lines] == list(evidence.findings)
        assert told.start + sum(line.bits for line in told.lines) == close(told.end)
        if len(evidence.findings) <= 3:
            lines, start, end, unit = shapley(model, evidence.findings, event, premise=True, known=known)
            assert (told.start, told.end, told.unit) == (bits_close(start), bits_close(end), unit)
            assert [line.bits for line in told.lines] == [bits_close(bits) for bits in lines]


def the_plan_is_what_its_steps_come_to(draw: Draw) -> None:
    network, evidence = drawn_possible(draw, diagnostic_models(loose=True))
    model = network.model
    plan = diagnose(network, evidence).plan
    reach, minutes, money = 1.0, 0.0, 0.0
    for step in plan.steps:
        assert 0 <= step.p_solves <= 1
        repair = model.repair_of[step.id]
        assert not repair.prevention
        assert not repair.workaround
        assert (step.minutes, step.money) == (repair.minutes, repair.money)
        assert step.kind == ("escalate" if repair.last_resort else "repair")
        minutes += reach * step.minutes
        money += reach * step.money
        reach *= 1 - step.p_solves
    assert (plan.expected_minutes, plan.expected_money) == close((minutes, money))
    assert 0 <= plan.p_solved <= 1
    assert plan.p_solved == close(1 - reach)
    assert len({step.id for step in plan.steps}) == len(plan.steps)
    assert set(plan.workarounds) <= {repair.id for repair in model.repairs if repair.workaround}


def the_plan_solves_what_the_sum_over_all_worlds_says(draw: Draw) -> None:
    network, evidence = drawn_possible(draw, diagnostic_models(loose=True))
    model = network.model
    cases = oracle.cases(model, evidence.findings)
    plan = diagnose(network, evidence).plan
    taken = [model.repair_of[step.id] for step in plan.steps]
    solved = 0.0
    for length, step in enumerate(plan.steps, start=1):
        now = oracle.p_solved(model, cases, taken[:length])
        # A step that is reached with probability 1e-9 has a p_solves of rounding only.
        assert (1 - solved) * step.p_solves == close(now - solved)
        solved = now
    assert plan.p_solved == close(solved)


def the_first_step_gains_most_for_its_price(draw: Draw) -> None:
    network, evidence = drawn_possible(draw, diagnostic_models(loose=True))
    model = network.model
    cases = oracle.cases(model, evidence.findings)
    beliefs = network.posterior(evidence, premise=True).beliefs[0]
    repairs = open_repairs(model, evidence, beliefs, network.layout)
    options = [one for one in repairs if not one.workaround and not one.last_resort]
    first = [one for one in options if is_shown_first(model, one, evidence)]
    gains = {one.id: oracle.p_solved(model, cases, [one]) for one in first or options}
    prices = {one.id: max(0.1, model.cost(one.minutes, one.money, one.wait_minutes)) for one in options}
    worth = [name for name, gain in gains.items() if first or gain >= LEAST_SHARE + CLOSE]
    steps = diagnose(network, evidence).plan.steps
    assert steps or not worth
    if worth:
        chosen = steps[0].id
        best = max(gains[name] / prices[name] for name in worth)
        # One at the very edge of being worth it may win too.
        assert first or gains[chosen] >= LEAST_SHARE - CLOSE
        assert gains[chosen] / prices[chosen] >= best - CLOSE


def impossible_evidence_is_a_status(draw: Draw) -> None:
    network, evidence = drawn(draw, diagnostic_models(loose=True))
    possible = brute_force(network.model, evidence.findings, premise=True)["p"] > 0  # type: ignore[operator]
    diagnosis = diagnose(network, evidence)
    assert diagnosis.is_impossible == (not possible)
    for number in numbers_in(replace(diagnosis, model=None, log_evidence=0.0)):  # type: ignore[arg-type]
        assert np.isfinite(number)
    assert np.isfinite(diagnosis.log_evidence) if possible else diagnosis.log_evidence == -np.inf


# ── the tests ─────────────────────────────────────────────────────────────────────────────────────

PROPERTIES = [
    beliefs_and_responsibilities_equal_the_sum_over_all_worlds,
    none_of_these_is_the_probability_that_no_link_fired,
    a_belief_sums_to_one,
    targets_change_no_belief,
    order_of_findings_does_not_matter,
    renaming_and_reordering_variables_does_not_matter,
    a_batch_equals_its_rows_one_by_one,
    two_findings_are_one_and_then_the_other,
    a_finding_of_equal_likelihoods_changes_no_belief,
    scaling_a_finding_shifts_the_evidence_by_the_logarithm,
    answers_to_one_question_sum_to_the_evidence_before_it,
    answers_equal_asking,
    value_of_information_equals_the_sum_over_all_worlds,
    causes_and_calls_equal_the_sum_over_all_worlds,
    the_ledger_is_the_mean_over_all_orders,
    the_plan_is_what_its_steps_come_to,
    the_plan_solves_what_the_sum_over_all_worlds_says,
    the_first_step_gains_most_for_its_price,
    impossible_evidence_is_a_status,
]
each_property = pytest.mark.parametrize("holds", PROPERTIES, ids=lambda holds: holds.__name__)


@each_property
@QUICK
@given(data=st.data())
def test_always(holds: Callable[[Draw], None], data: st.DataObject) -> None:
    holds(data.draw)


@pytest.mark.long
@each_property
@LONG
@given(data=st.data())
def test_always_with_many_examples(holds: Callable[[Draw], None], data: st.DataObject) -> None:
    holds(data.draw)


# ── single models, each found by a property ───────────────────────────────────────────────────────


def _failing(name: str, stage: NoisyMax, outcome: NoisyMax | FirstActive, exclude: tuple[str, ...]) -> Model:
    return Model(
        name,
        (
            variable("cause", "ok bad", Prior((0.5, 0.5)), "cause"),
            variable("stage", "ok fails", stage, "stage"),
            variable("outcome", "fine error", outcome, "stage"),
        ),
        premise=Premise("outcome", exclude, 0.1),
    )


def _responsible_as_in_all_worlds(model: Model) -> None:
    network = compile_network(model)
    exact = brute_force(model, {}, premise=True)
    beliefs = network.posterior({}, premise=True).beliefs[0]
    for event, slot in events(network):
        assert beliefs[slot] == close(exact["responsible"].get(event, 0.0)), event  # type: ignore[attr-defined]
    assert diagnose(network, {}).none_of_these == close(exact["none"])


def test_a_link_of_a_normal_state_into_a_first_active_stage_takes_no_part() -> None:
    links = (Link("cause", "ok", "error", 0.5), Link("stage", "fails", "error", 0.5))
    outcome = FirstActive(("cause", "stage"), links)
    _responsible_as_in_all_worlds(
        _failing("normal_state_link", NoisyMax((), {"fails": 0.5}), outcome, ("fine",))
    )


def test_a_stage_that_nothing_seen_depends_on_still_counts() -> None:
    stage = NoisyMax((Link("cause", "bad", "fails", 0.5),))
    outcome = NoisyMax((Link("cause", "bad", "error", 0.5),), {"error": 0.1})
    _responsible_as_in_all_worlds(_failing("loose_stage", stage, outcome, ("fine",)))


def test_a_question_about_the_premise_does_not_get_an_excluded_answer() -> None:
    said = variable("said", "fine error", FullTable(("outcome",), (0.9, 0.1, 0.2, 0.8)), "symptom")
    model = Model(
        "asked_premise",
        (
            variable("cause", "ok bad", Prior((0.5, 0.5)), "cause"),
            variable("outcome", "fine error", NoisyMax((Link("cause", "bad", "error", 0.5),)), "stage"),
            replace(said, question=Question(Text(en="?"))),
        ),
        premise=Premise("said", ("fine",), 0.1),
    )
    (question,) = diagnose(compile_network(model), {}).questions
    assert question.p_answers == close((0.0, 1.0))


def test_causes_that_act_on_no_stage_leave_nothing_to_explain() -> None:
    outcome = FirstActive(("stage",), (Link("stage", "fails", "error", 1.0),))
    model = _failing("no_links", NoisyMax((), {"fails": 0.5}), outcome, ("fine",))
    diagnosis = diagnose(compile_network(model), {})
    assert diagnosis.causes == ()
    assert diagnosis.explanation is None
    assert diagnosis.none_of_these == close(1.0)
    for language in LANGUAGES:
        assert report(diagnosis, language)


# ── inside ────────────────────────────────────────────────────────────────────────────────────────


def renamed(model: Model, order: list[Variable], new: Mapping[str, str]) -> Model:
    """The same variables and premise under new names, in another order; parents keep theirs."""
    premise = model.premise and Premise(new[model.premise.variable], model.premise.exclude, model.premise.p)
    variables = tuple(
        replace(one, id=new[one.id], cpt=_renamed_cpt(one.cpt, new), question=None) for one in order
    )
    return replace(model, variables=variables, premise=premise, repairs=(), renamed={})


def _renamed_cpt(cpt: Cpt, new: Mapping[str, str]) -> Cpt:
    if isinstance(cpt, StateMap):
        return replace(cpt, parent=new[cpt.parent])
    if isinstance(cpt, FullTable):
        return replace(cpt, parents=tuple(new[name] for name in cpt.parents))
    if isinstance(cpt, Table):
        rows = tuple(Row(_renamed_keys(row.when, new), row.p) for row in cpt.rows)
        return Table(tuple(new[name] for name in cpt.parents), rows)
    if isinstance(cpt, NoisyMax):
        return replace(cpt, links=_renamed_links(cpt.links, new))
    if isinstance(cpt, FirstActive):
        return FirstActive(tuple(new[name] for name in cpt.order), _renamed_links(cpt.links, new))
    return cpt


def _renamed_links(links: tuple[Link, ...], new: Mapping[str, str]) -> tuple[Link, ...]:
    return tuple(replace(link, parent=new[link.parent], when=_renamed_keys(link.when, new)) for link in links)


def _renamed_keys(when: Mapping[str, tuple[str, ...]], new: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {new[name]: states for name, states in when.items()}


def numbers_in(value: object) -> Iterator[float]:
    """Every number anywhere inside."""
    if isinstance(value, float):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            yield from numbers_in(getattr(value, one.name))
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from numbers_in(inner)
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from numbers_in(inner)
