"""Both kernels × every small network × every kind of evidence, against the sum over all worlds."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from bayesdiag.case import Evidence
from bayesdiag.engine import kernel, kernel_jit
from bayesdiag.engine.kernel import Run
from bayesdiag.engine.network import CompiledNetwork, Status, compile_network
from bayesdiag.errors import TooLarge
from bayesdiag.model import Model
from tests import networks
from tests.oracles import Findings, brute_force

CLOSE = 1e-10
KERNELS = [kernel.run, kernel_jit.run]


def evidences(model: Model) -> Iterator[Findings]:
    """Nothing, each state of each variable, each pair of first and last states, something soft."""
    yield {}
    for variable in model.variables:
        for state in variable.state_ids:
            yield {variable.id: {state: 1.0}}
        yield {variable.id: {state: 0.2 + 0.3 * i for i, state in enumerate(variable.state_ids)}}
    names = [variable.id for variable in model.variables]
    for first, second in zip(names, reversed(names), strict=True):
        if first != second:
            yield {
                first: {model.variable_of[first].state_ids[-1]: 1.0},
                second: {model.variable_of[second].state_ids[0]: 1.0},
            }
            yield {
                first: {state: 0.9 - 0.2 * i for i, state in enumerate(model.variable_of[first].state_ids)},
                second: {model.variable_of[second].state_ids[-1]: 0.5},
            }


def agree(network: CompiledNetwork, findings: Findings, *, premise: bool) -> None:
    exact = brute_force(network.model, findings, premise=premise)
    posterior = network.posterior(Evidence(network.model, findings), premise=premise)
    if exact["p"] == 0:
        assert posterior.status[0] is Status.IMPOSSIBLE
        assert posterior.log_evidence[0] == -np.inf
        assert not posterior.beliefs.any()
        return
    assert posterior.log_evidence[0] == pytest.approx(np.log(exact["p"]), abs=CLOSE)
    for name, row in exact["beliefs"].items():  # type: ignore[attr-defined]
        assert posterior.of(name)[0] == pytest.approx(list(row.values()), abs=CLOSE), name
    for event, slot in network.layout.event_slot_of.items():
        cause, state = network.layout.names[event[0]], network.layout.states[event[0]][event[1]]
        expected = exact["responsible"].get((cause, state), 0.0)  # type: ignore[attr-defined]
        assert posterior.beliefs[0, slot] == pytest.approx(expected, abs=CLOSE), (cause, state)


@pytest.mark.parametrize("run", KERNELS, ids=["reference", "jit"])
@pytest.mark.parametrize("make", networks.SMALL, ids=lambda make: make.__name__)
def test_beliefs_equal_the_sum_over_all_worlds(make: Callable[[], Model], run: Run) -> None:
    network = compile_network(make(), run=run)
    for findings in evidences(network.model):
        agree(network, findings, premise=False)
        if network.model.premise:
            agree(network, findings, premise=True)


@pytest.mark.parametrize(
    "make", [networks.diagnostic, networks.first_active_inside], ids=lambda m: m.__name__
)
def test_none_of_these_is_the_probability_that_no_link_fired(make: Callable[[], Model]) -> None:
    network = compile_network(make())
    for findings in evidences(network.model):
        exact = brute_force(network.model, findings, premise=True)
        rows = network.rows([Evidence(network.model, findings)] * 2, premise=True)
        rows[1, network.layout.n_states :] = 0
        log_evidence = network.posterior_of_rows(
            rows, [v.id for v in network.model.of_kind("cause")]
        ).log_evidence
        if exact["p"]:
            assert np.exp(log_evidence[1] - log_evidence[0]) == pytest.approx(exact["none"], abs=CLOSE)


@pytest.mark.parametrize("make", networks.SMALL, ids=lambda make: make.__name__)
def test_answers_equal_asking(make: Callable[[], Model]) -> None:
    """What an answer would do, from rows on the findings' program, is what it does once given."""
    network = compile_network(make())
    names = list(network.layout.names)
    for findings in evidences(network.model):
        row = network.rows([Evidence(network.model, findings)], premise=True)[0]
        before = network.posterior_of_rows(row[None], [])
        if before.status[0] is Status.IMPOSSIBLE:
            continue
        questions = [name for name in names if name not in findings]
        targets = [v.id for v in network.model.of_kind("cause")] or names[:1]
        found = network.answers(row, questions, targets)
        for question in questions:
            for place, state in enumerate(network.model.variable_of[question].state_ids):
                given = Evidence(network.model, {**findings, question: state})
                after = network.posterior(given, premise=True, targets=targets)
                p = np.exp(after.log_evidence[0] - before.log_evidence[0])
                assert found.p[question][place] == pytest.approx(p, abs=CLOSE), (question, state)
                for target in targets if p > 1e-6 else ():
                    span = network.layout.slots(target)
                    assert found.beliefs[question][place, span] == pytest.approx(
                        after.of(target)[0], abs=1e-8
                    )


@pytest.mark.parametrize("run", KERNELS, ids=["reference", "jit"])
def test_forty_parents_of_a_noisy_or(run: Run) -> None:
    network = compile_network(networks.forty_parents(), run=run)
    posterior = network.posterior([{}, {"alarm": "on"}, {"alarm": "off"}, {"alarm": {"on": 0.3, "off": 0.9}}])
    priors = np.array([v.cpt.p[1] for v in network.model.variables[:-1]])  # type: ignore[union-attr]
    links = np.array([link.p for link in network.model.variables[-1].cpt.links])  # type: ignore[union-attr]
    off = 0.999 * np.prod(1 - priors * links)
    assert np.exp(posterior.log_evidence) == pytest.approx(
        [1, 1 - off, off, 0.3 * (1 - off) + 0.9 * off], abs=CLOSE
    )
    # P(c, off) = P(c)(1 - link) · rest, and what is left of P(c) is with the alarm on.
    with_off = off * (1 - links) * priors / (1 - priors * links)
    expected = {0: priors, 1: (priors - with_off) / (1 - off), 2: with_off / off}
    for row, p in expected.items():
        found = [posterior.probability(f"c{i}", "yes")[row] for i in range(40)]
        assert found == pytest.approx(list(p), abs=CLOSE)


@pytest.mark.parametrize("run", KERNELS, ids=["reference", "jit"])
@pytest.mark.parametrize("n_seen", [4, 310, 1000, 2000])
def test_a_hub_with_two_thousand_children_does_not_underflow(run: Run, n_seen: int) -> None:
    network = compile_network(networks.hub(2000), run=run)
    seen = {f"x{i}": "y" for i in range(n_seen)}
    # Half the children speak ten to one for the even states, half for the odd ones: it cancels.
    one_sided = {f"x{i}": "y" for i in range(0, n_seen, 2)}
    posterior = network.posterior([seen, one_sided], targets=["root"])
    assert posterior.of("root")[0] == pytest.approx([0.1] * 10, abs=1e-9)
    assert posterior.log_evidence[0] == pytest.approx(n_seen / 2 * (np.log(0.8) + np.log(0.08)), rel=1e-12)
    log_odds = len(one_sided) * np.log(10)
    even = 1 / (1 + np.exp(-min(log_odds, 700)))
    assert posterior.of("root")[1][::2] == pytest.approx([even / 5] * 5, abs=1e-9)


def test_one_impossible_row_leaves_the_others_alone() -> None:
    network = compile_network(networks.deterministic())
    impossible = {"either": "n", "a": "y"}
    posterior = network.posterior([{"either": "y"}, impossible, {"both": "y"}])
    assert [status is Status.OK for status in posterior.status] == [True, False, True]
    assert posterior.log_evidence[1] == -np.inf
    assert np.isfinite(posterior.beliefs).all()
    assert posterior.probability("a", "y")[[0, 2]] == pytest.approx([0.1 / 0.46, 1.0], abs=CLOSE)


def test_a_batch_equals_its_rows_one_by_one() -> None:
    network = compile_network(networks.diagnostic())
    many = [Evidence(network.model, findings) for findings in evidences(network.model)]
    together = network.posterior(many, premise=True)
    for number, one in enumerate(many):
        alone = network.posterior(one, premise=True)
        assert together.beliefs[number] == pytest.approx(alone.beliefs[0], abs=1e-13)


def test_too_large_names_the_cluster_before_the_memory_is_spent() -> None:
    network = compile_network(networks.diamond(), max_bytes=200, estimate=False)
    with pytest.raises(
        TooLarge,
        match=r"^cluster of .*a.*: \d+ combinations .* does not fit into the 0\.0002 MB allowed\. Give fewer",
    ):
        network.posterior({})


def test_what_is_too_large_for_a_program_is_answered_by_whole_tables() -> None:
    """32,766 cells: 1 MB holds whole tables, though not a program; 400 kB hold neither."""
    with pytest.raises(TooLarge):
        compile_network(networks.wide(), max_bytes=400_000, estimate=False).posterior({})
    limited = compile_network(networks.wide(), max_bytes=1_000_000, estimate=False)
    by_tables = limited.posterior({})
    with pytest.raises(TooLarge):
        limited.program(np.ones(limited.layout.n_slots), limited.layout.names)
    whole = compile_network(networks.wide()).posterior({})
    assert by_tables.beliefs == pytest.approx(whole.beliefs, abs=CLOSE)
