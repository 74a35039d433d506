"""One row by whole tables: the same as the reference kernel, and no answer where something vanishes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayesdiag.engine import kernel, kernel_jit
from bayesdiag.engine.dense import WholeTables
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.model import FullTable, Model, Prior
from benchmarks.networks import draw, observed
from tests import networks
from tests.networks import variable
from tests.oracles import brute_force
from tests.strategies import evidences, plain_models
from tests.test_limits import grid
from tests.test_reference import network_of

ZOO = [
    networks.one_node,
    networks.one_state,
    networks.chain,
    networks.diamond,
    networks.disconnected,
    networks.deterministic,
    networks.noisy_max,
    networks.diagnostic,
    networks.first_active_inside,
]


def _reference(network: CompiledNetwork, row: np.ndarray) -> tuple[np.ndarray, float]:
    program = network.programs.for_row(row, network.ways.everything)
    beliefs, log_evidence = kernel.run(program, program.tables, row[None, :])
    return beliefs[0], float(log_evidence[0])


@pytest.mark.parametrize("build", ZOO, ids=lambda build: build.__name__)
def test_whole_tables_come_to_what_the_reference_comes_to(build) -> None:
    network = compile_network(build())
    random = np.random.default_rng(4)
    for _ in range(30):
        row = random.choice([0.0, 0.2, 1.0], p=[0.1, 0.2, 0.7], size=network.layout.n_slots)
        found = network.programs.dense(row, network.ways.everything)
        beliefs, log_evidence = _reference(network, row)
        if found is None:  # nothing is left to multiply
            assert network.programs.for_row(row, network.ways.everything).is_impossible
            continue
        assert found[1][0] == pytest.approx(log_evidence, abs=1e-12)
        assert found[0][0] == pytest.approx(beliefs, abs=1e-12)


def test_many_parts_take_several_runs() -> None:
    """A cluster of 2^14 cells: more than one list of places."""
    network = compile_network(networks.wide())
    row = np.ones(network.layout.n_slots)
    row[-1] = 0.3
    found = network.programs.dense(row, network.ways.everything)
    beliefs, log_evidence = _reference(network, row)
    assert found is not None
    assert found[0][0] == pytest.approx(beliefs, abs=1e-12)
    assert found[1][0] == pytest.approx(log_evidence, abs=1e-12)


def test_more_cells_than_allowed_are_not_computed() -> None:
    network = compile_network(networks.diamond())
    row = np.ones(network.layout.n_slots)
    assert network.programs._whole_tables(row, network.ways.everything, 1) is None
    small = compile_network(networks.diamond(), max_bytes=8)
    assert small.programs.dense(row, small.ways.everything) is None


def test_what_vanishes_is_no_answer() -> None:
    """Two hundred findings of 1e-3 each against one state: its message is lost, and the prior would need it."""
    leaves = tuple(
        variable(f"f{i}", "n y", FullTable(("c",), (0.5, 0.5, 1 - 1e-3, 1e-3))) for i in range(200)
    )
    model = Model("vanishing", (variable("c", "a b", Prior((1e-300, 1.0))), *leaves))
    network = compile_network(model)
    row = np.ones(network.layout.n_slots)
    for i in range(200):
        row[network.layout.slot(f"f{i}", "n")] = 0.0
    row[network.layout.slot("c", "a")] = 1e-250
    found = network.programs.dense(row, network.ways.everything)
    beliefs, log_evidence = _reference(network, row)
    if found is not None:
        assert found[0][0] == pytest.approx(beliefs, abs=1e-10)
        assert found[1][0] == pytest.approx(log_evidence, rel=1e-10)
    assert network.posterior_of_rows(row[None, :], network.layout.names).beliefs[0] == pytest.approx(
        beliefs, abs=1e-10
    )


def _few_zeros(random: np.random.Generator, share: float) -> Model:
    """Eight variables of two to five states, each with up to three parents; a share of the numbers is 0."""
    sizes = random.integers(2, 6, size=8)
    variables = []
    for index, size in enumerate(sizes):
        parents = sorted(random.choice(index, size=min(index, 3), replace=False).tolist())
        rows = random.dirichlet(np.ones(size), size=int(np.prod(sizes[parents])))
        rows[(random.random(rows.shape) < share) & (rows < rows.max(axis=1, keepdims=True))] = 0.0
        rows /= rows.sum(axis=1, keepdims=True)
        states = " ".join(f"s{state}" for state in range(size))
        names = tuple(f"v{parent}" for parent in parents)
        cpt = FullTable(names, tuple(rows.ravel())) if names else Prior(tuple(rows.ravel()))
        variables.append(variable(f"v{index}", states, cpt))
    return Model("few zeros", tuple(variables))


def _rows(network: CompiledNetwork, random: np.random.Generator) -> Iterator[np.ndarray]:
    """Two rows of each of several patterns: hard findings, and other likelihoods with the same zeros."""
    for _ in range(6):
        row = np.ones(network.layout.n_slots)
        for index in random.choice(len(network.layout.names), size=2, replace=False):
            span = network.layout.span(int(index))
            row[span] = random.random(row[span].shape) < 0.5
        for scale in (0.0, 1.0):
            yield row * np.exp(scale * random.normal(size=row.shape))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.8])
def test_tables_kept_for_a_pattern_serve_all_its_rows(share: float) -> None:
    random = np.random.default_rng(11)
    for _ in range(4):
        model = _few_zeros(random, share)
        network = compile_network(model)
        everything = network.ways.everything
        made: dict[bytes, WholeTables | None] = {}
        for row in _rows(network, random):
            pattern = (row > 0).tobytes()
            if pattern not in made:
                made[pattern] = network.programs._whole_tables(row, everything, np.inf)
            kept = made[pattern]
            beliefs, log_evidence = _reference(network, row)
            if kept is None:
                assert log_evidence == -np.inf
                continue
            found = kept.run(row[None, :])
            assert found is not None
            assert found[0][0] == pytest.approx(beliefs, abs=1e-12)
            assert found[1][0] == pytest.approx(log_evidence, abs=1e-12)


@settings(max_examples=60)
@given(st.data())
def test_whole_tables_come_to_the_sum_over_all_worlds(data: st.DataObject) -> None:
    model = data.draw(plain_models())
    evidence = data.draw(evidences(model))
    exact = brute_force(model, {name: dict(seen) for name, seen in evidence.findings.items()})
    network = compile_network(model)
    row = network.rows([evidence], premise=False)[0]
    found = network.programs.dense(row, network.ways.everything)
    if found is None:  # nothing is left to multiply
        assert exact["p"] == 0
        return
    assert np.exp(found[1][0]) == pytest.approx(exact["p"], rel=1e-12)
    if exact["p"] == 0:
        assert not found[0].any()
        return
    for name, beliefs in exact["beliefs"].items():  # type: ignore[attr-defined]
        assert found[0][0, network.layout.slots(name)] == pytest.approx(list(beliefs.values()), abs=1e-12)


@pytest.mark.parametrize("name", ["barley", "diabetes", "munin", "andes", "pigs"])
def test_public_networks_come_to_what_the_fast_kernel_comes_to(name: str) -> None:
    """A fifth of the variables observed; whole tables are kept where they are quicker than a program."""
    network = network_of(name)
    random = np.random.default_rng(2)
    everything = network.ways.everything
    row = np.ones(network.layout.n_slots)
    world = draw(network, 1, random)[0]
    for index in observed(network, 0.2, random):
        row[network.layout.span(index)] = np.arange(network.layout.sizes[index]) == world[index]
    program = network.programs.for_row(row, everything)
    tables = network.programs._whole_tables(row, everything, np.inf)
    assert tables is not None
    found, is_quicker = tables.first_run(row[None, :])
    assert found is not None
    if name != "munin":  # which takes as long either way
        assert is_quicker == (name in {"barley", "diabetes"})
    softened = np.where(row == 1.0, random.uniform(0.5, 1.0, row.shape), row)
    for one in (row, softened):
        found = tables.run(one[None, :])
        beliefs, log_evidence = kernel_jit.run_one(program, one[None, :])
        assert found is not None
        assert found[0] == pytest.approx(beliefs, abs=1e-12)
        assert found[1] == pytest.approx(log_evidence, rel=1e-12)


def test_what_is_possible_is_counted_as_a_program_lists_it() -> None:
    random = np.random.default_rng(5)
    for share in (0.3, 0.8, 0.9):
        network = compile_network(_few_zeros(random, share))
        for row in _rows(network, random):
            tables = network.programs._whole_tables(row, network.ways.everything, np.inf)
            program = network.programs.for_row(row, network.ways.everything)
            counted = np.zeros(1, dtype=np.int64)
            if tables is not None:
                tables._run(row[None, :], counted)
            assert counted[0] == program.n_entries


def test_a_pattern_met_again_has_its_tables_or_a_program() -> None:
    random = np.random.default_rng(3)
    for share, is_kept in ((0.0, True), (0.7, False)):
        network = compile_network(_few_zeros(random, share))
        everything = network.ways.everything
        row = np.ones(network.layout.n_slots)
        first = network.programs.at_once(row, everything)
        again = network.programs.at_once(row, everything)
        assert first is not None
        assert (again is not None) == is_kept
        assert isinstance(network.programs.kept_for_row(row, everything), WholeTables) == is_kept
        network.forget()
        assert network.programs.kept_for_row(row, everything) is None
        assert network.programs.at_once(row, everything) is not None


def test_what_is_kept_counts_its_memory() -> None:
    network = compile_network(networks.wide())
    tables = network.programs._whole_tables(np.ones(network.layout.n_slots), network.ways.everything, np.inf)
    assert tables is not None
    arrays = (getattr(tables, field.name) for field in fields(tables))
    held = [one for one in (*arrays, *tables.plan) if isinstance(one, np.ndarray)]
    assert tables.n_bytes == sum(array.nbytes for array in held)
    assert 8 * 2**14 <= tables.n_bytes <= 24 * 2**14


def test_a_doubtful_row_of_kept_tables_goes_to_a_program() -> None:
    """Tables are kept for the pattern, but a likelihood is so small that its products may vanish."""
    network = compile_network(_few_zeros(np.random.default_rng(3), 0.0))
    everything = network.ways.everything
    row = np.ones((1, network.layout.n_slots))
    network.ways.found_by_pattern(row, everything)
    tables = network.programs.kept_for_row(row[0], everything)
    assert isinstance(tables, WholeTables)
    row[0, network.layout.slots("v3").start] = 1e-290
    assert tables.run(row) is None
    found = network.ways.found_by_pattern(row, everything)
    beliefs, log_evidence = _reference(network, row[0])
    assert found.log_evidence[0] == pytest.approx(log_evidence, rel=1e-12)
    assert found.beliefs[0] == pytest.approx(beliefs, abs=1e-12)


def test_a_network_of_zeros_is_listed() -> None:
    """Nine numbers of ten are 0: a list of what is possible is shorter."""
    names = " ".join(f"s{i}" for i in range(20))
    shift = np.roll(np.eye(20), 1, axis=1).ravel()
    model = Model(
        "zeros",
        (
            variable("a", names, Prior(tuple(np.full(20, 0.05)))),
            variable("b", names, FullTable(("a",), tuple(shift))),
        ),
    )
    network = compile_network(model)
    assert network.programs.at_once(np.ones(network.layout.n_slots), network.ways.everything) is None


def full_eights() -> Model:
    """Five roots of eight states and what depends on all of them: too large for a program for any findings."""
    random = np.random.default_rng(5)
    states = " ".join("abcdefgh")
    roots = tuple(
        variable(f"v{i}", states, Prior(tuple(random.dirichlet(np.ones(8)).tolist()))) for i in range(5)
    )
    yes = random.uniform(0.1, 0.9, 8**5)
    p = tuple(np.stack([yes, 1 - yes], axis=1).ravel().tolist())
    return Model("eights", (*roots, variable("c", "y n", FullTable(tuple(f"v{i}" for i in range(5)), p))))


def test_kept_tables_know_likelihoods_only_relative_to_each_other() -> None:
    network = compile_network(full_eights())
    small = {
        name: dict(zip("abcdefgh", np.linspace(0.2, 1.0, 8).tolist(), strict=True)) for name in ("v0", "v1")
    }
    large = {name: {state: 1e200 * p for state, p in seen.items()} for name, seen in small.items()}
    first = network.posterior(small)
    assert network.ways.easy_program is None
    for _ in range(2):  # now on what was kept
        again = network.posterior(large)
        assert np.allclose(again.beliefs, first.beliefs, atol=1e-12)
        assert np.isclose(again.log_evidence[0], first.log_evidence[0] + 400 * np.log(10), rtol=1e-12)


def test_what_would_vanish_beside_the_largest_likelihood_gets_no_answer_from_tables() -> None:
    network = compile_network(full_eights())
    row = np.ones((1, network.layout.n_slots))
    made = network.programs._whole_tables(row[0], network.ways.everything, np.inf)
    assert made is not None
    row[0, network.layout.slot("v0", "a")], row[0, network.layout.slot("v0", "b")] = 1e200, 1e-200
    assert made.run(row) is None
    expected, log_expected = _reference(network, row[0])
    found = network.posterior_of_rows(row, network.layout.names)
    assert found.beliefs[0] == pytest.approx(expected, abs=1e-12)
    assert found.log_evidence[0] == pytest.approx(log_expected, rel=1e-12)


def test_tables_hear_what_a_row_says_of_responsibility() -> None:
    """A limit so small that a program is refused: what is said of a cause's part in it still counts."""
    free = compile_network(networks.diagnostic())
    row = np.ones((1, free.layout.n_slots))
    row[0, free.layout.n_states] = 0.3
    target = frozenset([free.layout.index_of["method"]])
    program = free.programs.for_row(row[0], target)
    expected, log_expected = kernel_jit.run(program, program.tables, row)
    by_tables = free.programs.dense(row[0], target)
    assert by_tables is not None
    span = free.layout.span(free.layout.index_of["method"])
    assert by_tables[0][0, span] == pytest.approx(expected[0, span], abs=1e-12)
    assert by_tables[1][0] == pytest.approx(log_expected[0], abs=1e-12)


def test_tables_count_the_combinations_of_their_own_clusters() -> None:
    """Two states a variable fill half of a quad: a program is quicker, and nothing is kept."""
    network = compile_network(grid(10))
    network.programs.at_once(np.ones(network.layout.n_slots), network.ways.everything)
    assert network.programs.kept_for_row(np.ones(network.layout.n_slots), network.ways.everything) is None
