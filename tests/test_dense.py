"""One row by whole tables: the same as the reference kernel, and no answer where something vanishes."""

from __future__ import annotations

import numpy as np
import pytest

from bayesdiag.engine import kernel
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.model import FullTable, Model, Prior
from tests import networks
from tests.networks import variable

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
        assert found is not None
        assert found[1] == pytest.approx(log_evidence, abs=1e-12)
        assert found[0] == pytest.approx(beliefs, abs=1e-12)


def test_many_parts_take_several_runs() -> None:
    """A cluster of 2^14 cells: more than one list of offsets."""
    random = np.random.default_rng(0)
    names = [f"v{i}" for i in range(14)]
    parents = [variable(name, "n y", Prior(tuple(random.dirichlet([1, 1])))) for name in names[:-1]]
    rows = random.dirichlet([1, 1], size=2**13).ravel()
    model = Model("wide", (*parents, variable(names[-1], "n y", FullTable(tuple(names[:-1]), tuple(rows)))))
    network = compile_network(model)
    row = np.ones(network.layout.n_slots)
    row[-1] = 0.3
    found = network.programs.dense(row, network.ways.everything)
    beliefs, log_evidence = _reference(network, row)
    assert found is not None
    assert found[0] == pytest.approx(beliefs, abs=1e-12)
    assert found[1] == pytest.approx(log_evidence, abs=1e-12)


def test_more_cells_than_allowed_are_not_computed() -> None:
    network = compile_network(networks.diamond())
    row = np.ones(network.layout.n_slots)
    assert network.programs.dense(row, network.ways.everything, 1) is None
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
        assert found[0] == pytest.approx(beliefs, abs=1e-10)
        assert found[1] == pytest.approx(log_evidence, rel=1e-10)
    assert network.posterior_of_rows(row[None, :], network.layout.names).beliefs[0] == pytest.approx(
        beliefs, abs=1e-10
    )


def test_a_pattern_met_twice_makes_a_program() -> None:
    network = compile_network(networks.diamond())
    row = np.ones(network.layout.n_slots)
    row[0] = 0.0
    assert network.programs.at_once(row, network.ways.everything) is not None
    assert network.programs.at_once(row, network.ways.everything) is None
    network.forget()
    assert network.programs.at_once(row, network.ways.everything) is not None


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
