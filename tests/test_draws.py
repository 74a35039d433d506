"""Worlds drawn from a program, rows judged by them, and what only the way inwards tells."""

from __future__ import annotations

import numpy as np
import pytest

from bayesdiag.case import Evidence
from bayesdiag.diagnosis import diagnose
from bayesdiag.engine import inquiry as inquiry_room
from bayesdiag.engine import kernel, kernel_jit
from bayesdiag.engine.draws import draw, estimated_rows
from bayesdiag.engine.information import informed_by_states
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.modelfile import load
from bayesdiag.wire import diagnosis_document
from tests import networks
from tests.oracles import brute_force

N = 40_000
FOUR_SIGMA = 4.0
ZOO = [
    networks.chain,
    networks.diamond,
    networks.disconnected,
    networks.deterministic,
    networks.noisy_max,
    networks.diagnostic,
    networks.first_active_inside,
]


def _program(network: CompiledNetwork, row: np.ndarray) -> object:
    return network.program(row, network.layout.names)


@pytest.mark.parametrize("build", ZOO, ids=lambda build: build.__name__)
def test_drawn_worlds_have_the_beliefs_that_the_kernel_has(build) -> None:
    network = compile_network(build())
    row = np.ones(network.layout.n_slots)
    row[network.layout.span(len(network.layout.names) - 1).start] = 0.35  # a soft finding
    program = network.program(row, network.layout.names)
    exact, _ = kernel.run(program, program.tables, row[None, :])
    drawn = draw(program, row, N, np.random.default_rng(3))
    error = FOUR_SIGMA * np.sqrt(exact[0] * (1 - exact[0]) / N) + 1e-12
    assert (np.abs(drawn.mean(axis=0) - exact[0]) <= error).all()
    for index in range(len(network.layout.names)):
        assert (drawn[:, network.layout.span(index)].sum(axis=1) == 1).all()


def test_drawn_worlds_have_the_joint_beliefs_too() -> None:
    model = networks.diamond()
    network = compile_network(model)
    names = network.layout.names
    row = np.ones(network.layout.n_slots)
    drawn = draw(_program(network, row), row, N, np.random.default_rng(5))
    one, other = network.layout.slots(names[1]), network.layout.slots(names[2])
    joint = drawn[:, one].T.astype(float) @ drawn[:, other] / N
    for i, state in enumerate(network.layout.states[1]):
        alone = network.posterior({names[1]: state})
        p = float(network.posterior({}).probability(names[1], state)[0]) * alone.of(names[2])[0]
        assert (np.abs(joint[i] - p) <= FOUR_SIGMA * np.sqrt(p * (1 - p) / N) + 1e-12).all()


def test_rows_judged_by_worlds_come_to_what_they_are() -> None:
    network = compile_network(networks.diagnostic())
    row = network.rows([Evidence(network.model, {})], premise=True)[0]
    program = network.program(row, network.layout.names)
    random = np.random.default_rng(8)
    rows = row * random.choice([0.0, 0.2, 1.0], p=[0.1, 0.2, 0.7], size=(12, len(row)))
    exact, log_evidence = kernel.run(program, program.tables, rows)
    _, log_first = kernel.run(program, program.tables, row[None, :])
    drawn = draw(program, row, N, random)
    beliefs, log_p, half_width = estimated_rows(drawn, row, rows)
    p = np.exp(log_evidence - log_first)
    assert np.abs(np.exp(log_p) - p).max() < FOUR_SIGMA * 0.5 / np.sqrt(N)
    usual = p > 0.01
    assert usual.sum() >= 4
    inside = np.abs(beliefs - exact)[usual] <= 2 * half_width[usual] + 1e-9
    assert inside.mean() > 0.99
    assert not half_width[p == 0].any()


def test_the_same_generator_gives_the_same_worlds() -> None:
    network = compile_network(networks.noisy_max())
    row = np.ones(network.layout.n_slots)
    program = _program(network, row)
    first = draw(program, row, 3000, np.random.default_rng(1))
    assert (first == draw(program, row, 3000, np.random.default_rng(1))).all()
    assert (first != draw(program, row, 3000, np.random.default_rng(2))).any()


@pytest.fixture(scope="module")
def payment() -> CompiledNetwork:
    return compile_network(load("pos_card"))


FINDINGS = {"display_text": "read_error", "other_card_here": "works", "entry_method": "chip"}


def test_estimated_questions_say_so_and_are_near_the_exact_ones(payment, monkeypatch) -> None:
    exact = diagnose(payment, FINDINGS)
    assert not any(question.is_estimated for question in exact.questions)
    monkeypatch.setattr(inquiry_room, "COSTLY", 0)
    estimated = diagnose(payment, FINDINGS)
    assert all(question.is_estimated for question in estimated.questions)
    value_of = {question.id: question.value for question in exact.questions}
    assert max(abs(question.value - value_of[question.id]) for question in estimated.questions) < 0.05
    told = diagnosis_document(estimated, "en", "sha256:0")
    assert all(question["estimated"] for question in told["questions"])
    # Causes are never estimated; a program kept from before may round the last bit otherwise.
    assert [(cause.id, cause.state) for cause in estimated.causes] == [
        (cause.id, cause.state) for cause in exact.causes
    ]
    for one, other in zip(estimated.causes, exact.causes, strict=True):
        assert one.responsibility == pytest.approx(other.responsibility, abs=1e-12)


def test_a_caller_who_wants_no_estimate_gets_none(monkeypatch) -> None:
    monkeypatch.setattr(inquiry_room, "COSTLY", 0)
    network = compile_network(networks.diagnostic(), estimate=False)
    assert not any(question.is_estimated for question in diagnose(network, {}).questions)


def test_an_impossible_row_is_never_estimated(monkeypatch) -> None:
    monkeypatch.setattr(inquiry_room, "COSTLY", 0)
    network = compile_network(networks.diagnostic())
    row = np.zeros(network.layout.n_slots)
    inquiry = network.inquire(row, [], [network.layout.names[0]])
    assert inquiry.posterior(row[None, :]).log_evidence[0] == -np.inf


@pytest.mark.parametrize("n_rows", [1, 3, 5, 40])
@pytest.mark.parametrize("build", ZOO, ids=lambda build: build.__name__)
def test_the_way_inwards_alone_tells_the_same_evidence(build, n_rows: int) -> None:
    network = compile_network(build())
    random = np.random.default_rng(n_rows)
    rows = random.choice([0.0, 0.3, 1.0], p=[0.1, 0.2, 0.7], size=(n_rows, network.layout.n_slots))
    program = network.program(np.ones(network.layout.n_slots), network.layout.names)
    _, expected = kernel_jit.run(program, program.tables, rows)
    assert np.array_equal(kernel_jit.log_evidence_of(program, rows), expected)


def test_the_way_inwards_alone_takes_logarithms_where_it_must() -> None:
    network = compile_network(networks.hub(2000))
    row = np.full((1, network.layout.n_slots), 1e-200)
    program = network.program(np.ones(network.layout.n_slots), network.layout.names)
    found = kernel_jit.log_evidence_of(program, row)[0]
    assert found == pytest.approx(2001 * np.log(1e-200), rel=1e-12)


@pytest.mark.parametrize(
    "build", [networks.chain, networks.diamond, networks.deterministic], ids=lambda build: build.__name__
)
@pytest.mark.parametrize("seen", [False, True])
def test_information_is_that_of_the_joint(build, *, seen: bool) -> None:
    model = build()
    network = compile_network(model)
    names, layout = network.layout.names, network.layout
    findings = {names[-1]: layout.states[-1][0]} if seen else {}
    row = network.rows([Evidence(model, findings)], premise=False)[0]
    target, questions = names[0], [name for name in names[1:] if name not in findings]
    found = network.information(row, questions, [target])

    def brute(state: str | None) -> dict:
        seen_too = {} if state is None else {target: {state: 1.0}}
        return brute_force(model, {name: {s: 1.0} for name, s in findings.items()} | seen_too)["beliefs"]

    prior = brute(None)[target].values()
    for place, question in enumerate(questions):
        value = 0.0
        for state, p in zip(layout.states[0], prior, strict=True):
            if p == 0:
                continue
            given, plain = brute(state)[question].values(), brute(None)[question].values()
            value += sum(p * q * np.log(q / r) for q, r in zip(given, plain, strict=True) if q > 0)
        assert found[0, place] == pytest.approx(value, abs=1e-12)
    program = network.ways.answering_program(row, [layout.index_of[q] for q in questions], [0])
    slowly = informed_by_states(layout, kernel.run, program, row, [0])
    assert slowly[:, [layout.index_of[q] for q in questions]] == pytest.approx(found, abs=1e-12)


def test_information_of_an_impossible_row_is_nothing() -> None:
    network = compile_network(networks.chain())
    row = np.ones(network.layout.n_slots)
    row[network.layout.slots(network.layout.names[-1])] = 0.0
    assert not network.information(row, [network.layout.names[1]], [network.layout.names[0]]).any()


def test_information_elsewhere_comes_from_the_answers(payment) -> None:
    row = payment.rows([Evidence(payment.model, FINDINGS)], premise=True)[0]
    questions, target = ["chip_outcome", "terminal_age", "receipt_state"], "card_chip_condition"
    found = payment.information(row, questions, [target, "issuer_system"])
    assert found.shape == (2, 3)
    for place, question in enumerate(questions):
        value = 0.0
        before = payment.posterior(FINDINGS, premise=True).of(target)[0]
        answers = payment.posterior(FINDINGS, premise=True).of(question)[0]
        for state, p in zip(payment.layout.states[payment.layout.index_of[question]], answers, strict=True):
            if p > 1e-12:
                given = payment.posterior({**FINDINGS, question: state}, premise=True).of(target)[0]
                value += p * sum(x * np.log(x / y) for x, y in zip(given, before, strict=True) if x > 0)
        assert found[0, place] == pytest.approx(value, abs=1e-9)
