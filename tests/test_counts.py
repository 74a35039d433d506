"""Expected counts and many sets of numbers: what learning and intervals stand on."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesdiag.case import Evidence
from bayesdiag.engine import kernel, kernel_jit
from bayesdiag.engine.layout import Floats
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.engine.program import Program
from bayesdiag.engine.tables import DenseFamily
from bayesdiag.model import FullTable, Model, Prior
from tests.networks import variable
from tests.oracles_exact import Exact, exactly
from tests.strategies import evidences, plain_models
from tests.test_kernels import evidences as every_evidence
from tests.test_paths import PLAIN, each_plain, pairs, rare, rare_findings
from tests.test_properties import QUICK

CLOSE = 1e-10


def any_findings(network: CompiledNetwork, targets: frozenset[int] | None = None) -> Program:
    n = len(network.layout.names)
    wanted = frozenset(range(n)) if targets is None else targets
    program = network.programs.for_any(np.ones(n, dtype=np.bool_), wanted, np.inf)
    assert program is not None
    return program


def by_family(network: CompiledNetwork, cells: Floats) -> dict[str, Floats]:
    """Numbers of every cell as an array for each variable, parents first."""
    found, at = {}, 0
    for name, family in zip(network.layout.names, network.families, strict=True):
        assert isinstance(family, DenseFamily)
        found[name] = cells[at : at + family.p.size].reshape(family.p.shape)
        at += family.p.size
    assert at == len(cells)
    return found


def expected_counts(exact: list[Exact], weights: Floats) -> dict[str, Floats]:
    return {
        name: sum((w * one.joint[name] for one, w in zip(exact, weights, strict=True)), np.zeros(shape.shape))
        for name, shape in exact[0].joint.items()
    }


def agree(
    network: CompiledNetwork,
    many: list[Mapping[str, object]],
    weights: Floats,
    program: Program | None = None,
) -> None:
    evidence = [Evidence(network.model, findings) for findings in many]  # type: ignore[arg-type]
    rows = network.rows(evidence, premise=False)
    exact = [exactly(network.model, one.findings) for one in evidence]
    program = program or any_findings(network)
    counts, log_evidence = kernel_jit.count(program, program.tables, rows, weights)
    assert log_evidence == pytest.approx([one.log_p for one in exact], rel=1e-12, abs=1e-12)
    possible = np.isfinite(log_evidence)
    for name, expected in expected_counts(exact, weights).items():
        found = by_family(network, counts)[name]
        assert found == pytest.approx(expected, rel=CLOSE, abs=CLOSE), name
        assert found.sum() == pytest.approx(weights[possible].sum(), rel=CLOSE)


@each_plain
@pytest.mark.parametrize("n_rows", [1, 3, 4, 16, 17, None])
def test_counts_equal_the_sum_over_all_worlds(make: Callable[[], Model], n_rows: int | None) -> None:
    """Hard, soft and impossible rows; weights 0, whole and fractional; one by one and in blocks."""
    network = compile_network(make())
    many = list(every_evidence(network.model))
    random = np.random.default_rng(6)
    many = [many[i] for i in random.permutation(len(many))][:n_rows]
    weights = random.choice([0.0, 1.0, 0.25, 7.5, 1e-3], len(many))
    agree(network, many, weights)


@pytest.mark.parametrize("p", [1e-30, 1e-100, 1e-160, 1e-250])
@pytest.mark.parametrize("n_before", [0, 1, 5, 14, 15])
def test_counts_of_rows_in_logarithms_equal_the_sum_over_all_worlds(p: float, n_before: int) -> None:
    network = compile_network(rare(p))
    many = [{}] * n_before + [*rare_findings(), {"root": "c", "middle": "a"}]
    agree(network, many, np.linspace(0.0, 2.0, len(many)))


def vanishing() -> Model:
    """Products of about 1e-312 behind a variable in the middle: not 0, but past the smallest full number."""
    p = 1e-156

    def below(i: int) -> tuple[object, ...]:
        return (
            variable(f"m{i}", "y n", FullTable(("r",), (0.3, 0.7, 0.6, 0.4))),
            variable(f"x{i}", "y n", FullTable((f"m{i}",), (p, 1, 3 * p, 1))),
            variable(f"z{i}", "y n", FullTable((f"m{i}", f"x{i}"), (p, 1, 3 * p, 1, 2 * p, 1, p, 1))),
        )

    return Model("vanishing", (variable("r", "y n", Prior((0.5, 0.5))), *below(0), *below(1)))  # type: ignore[arg-type]


@pytest.mark.parametrize(("n_before", "n_last"), [(0, 4), (16, 1), (32, 2)])
def test_a_row_that_almost_vanishes_leaves_the_counts_of_others_alone(n_before: int, n_last: int) -> None:
    """It stands first in a block that is not full."""
    network = compile_network(vanishing())
    many = [{}] * n_before + [{"x0": "y", "z0": "y"}] * n_last
    agree(network, many, np.ones(len(many)))


@pytest.mark.parametrize("side", [0, 1])
def test_a_row_that_almost_vanishes_counts_in_a_full_block(side: int) -> None:
    many = [{}] * 3 + [{f"x{side}": "y", f"z{side}": "y"}] + [{}] * 12
    agree(compile_network(vanishing()), many, np.ones(len(many)))


@QUICK
@given(data=st.data())
def test_counts_of_any_network_equal_the_sum_over_all_worlds(data: st.DataObject) -> None:
    model = data.draw(plain_models())
    network = compile_network(model)
    many = [data.draw(evidences(model)).findings for _ in range(data.draw(st.sampled_from((1, 3, 5, 6))))]
    weights = np.array([data.draw(st.sampled_from((1.0, 0.0, 0.5, 3.0))) for _ in many])
    agree(network, many, weights)


@pytest.mark.parametrize("name", ["a", "b", "c", "d"])
def test_the_slope_of_the_evidence_is_the_count_over_the_number(name: str) -> None:
    """d log P(e) / dθ by central differences; tables are taken as they are, off from 1 or not."""
    from tests import networks  # noqa: PLC0415

    network = compile_network(networks.diamond())
    program = any_findings(network)
    evidence = Evidence(network.model, {"d": "y", "b": {"y": 0.3, "n": 0.9}})
    rows = network.rows([evidence], premise=False)
    counts, _ = kernel_jit.count(program, program.tables, rows, np.ones(1))
    first = network.programs.decomposition.first_cell[network.layout.index_of[name]]
    for cell in range(first, first + by_family(network, counts)[name].size):
        step = 1e-6
        sets = np.repeat(program.tables[None], 2, axis=0)
        sets[:, cell] += [step, -step]
        (high, low) = kernel_jit.run_tables(program, sets, rows[0])[1]
        slope = (high - low) / (2 * step)
        assert counts[cell] / program.tables[cell] == pytest.approx(slope, abs=1e-8), cell


@each_plain
def test_counts_with_other_numbers_than_the_models_own(make: Callable[[], Model]) -> None:
    """Numbers twice as large and smaller, some of them 0 as learning may leave them."""
    network = compile_network(make())
    random = np.random.default_rng(7)
    program = any_findings(network)
    for share_of_zeros in (0.0, 0.15):
        tables = program.tables * random.uniform(0.1, 2.0, len(program.tables))
        tables[random.random(len(tables)) < share_of_zeros] = 0.0
        evidence = [Evidence(network.model, findings) for findings in every_evidence(network.model)]
        rows = network.rows(evidence, premise=False)
        weights = random.random(len(rows))
        counts, log_evidence = kernel_jit.count(program, tables, rows, weights)
        exact = [exactly(network.model, one.findings, by_family(network, tables)) for one in evidence]
        assert log_evidence == pytest.approx([one.log_p for one in exact], abs=CLOSE)
        for name, expected in expected_counts(exact, weights).items():
            assert by_family(network, counts)[name] == pytest.approx(expected, abs=CLOSE), name
        beliefs, log_p = kernel_jit.run(program, tables, rows)
        reference, log_r = kernel.run(program, tables, rows)
        assert log_p == pytest.approx(log_r, abs=CLOSE)
        assert beliefs == pytest.approx(reference, abs=CLOSE)


def test_counts_are_the_same_bits_on_two_cores() -> None:
    network = compile_network(rare(1e-100))
    random = np.random.default_rng(8)
    evidence = [Evidence(network.model, one) for one in [*rare_findings(), {}, {"root": "c", "middle": "a"}]]  # type: ignore[arg-type]
    rows = network.rows(evidence, premise=False)[random.integers(0, len(evidence), 13_000)]
    weights = random.random(len(rows))
    program = any_findings(network)
    one = kernel_jit.count(program, program.tables, rows, weights)
    two = kernel_jit.count(program, program.tables, rows, weights, cores=2)
    assert np.array_equal(one[0], two[0])
    assert np.array_equal(one[1], two[1])
    # The same rows together: what each distinct row counts, times the weight it has in all.
    assert by_family(network, one[0])["root"].sum() == pytest.approx(weights[np.isfinite(one[1])].sum())


# ── many sets of numbers ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("n_sets", [1, 2, 5, 16, 17, 40])
@each_plain
def test_a_row_under_many_sets_of_numbers_is_the_row_under_each(
    make: Callable[[], Model], n_sets: int
) -> None:
    network = compile_network(make())
    random = np.random.default_rng(9)
    program = any_findings(network)
    sets = program.tables * random.uniform(0.1, 2.0, (n_sets, len(program.tables)))
    # A third of the sets has zeros of its own, a third numbers whose products vanish.
    sets[::3] *= random.random(sets[::3].shape) < 0.8
    sets[1::3] *= random.choice([1.0, 1e-160, 1e-250], sets[1::3].shape)
    sets[:, program.scalars] = program.tables[program.scalars]  # see below
    for findings in list(every_evidence(network.model))[:: 1 if n_sets == 5 else 6]:
        evidence = Evidence(network.model, findings)
        row = network.rows([evidence], premise=False)[0]
        beliefs, log_evidence = kernel_jit.run_tables(program, sets, row)
        shared = kernel_jit.run_tables(program, sets, row, cores=3)
        assert np.array_equal(shared[0], beliefs)
        assert np.array_equal(shared[1], log_evidence)
        for number in range(n_sets):
            expected, log_p = kernel.run(program, sets[number], row[None])
            assert log_evidence[number] == pytest.approx(log_p[0], rel=1e-12, abs=CLOSE)
            assert beliefs[number] == pytest.approx(expected[0], rel=1e-9, abs=CLOSE)
            exact = exactly(network.model, evidence.findings, by_family(network, sets[number]))
            assert log_evidence[number] == pytest.approx(exact.log_p, rel=1e-12, abs=CLOSE)


@pytest.mark.parametrize("n_rows", [1, 5])
def test_a_row_that_a_set_of_numbers_makes_impossible_has_no_beliefs_and_no_counts(n_rows: int) -> None:
    network = compile_network(PLAIN[2]())
    evidence = Evidence(network.model, {"a": "y"})
    rows = np.repeat(network.rows([evidence], premise=False), n_rows, axis=0)
    program = network.programs.for_row(rows[0], frozenset(range(len(network.layout.names))))
    tables = program.tables.copy()
    assert len(program.scalars) == 1
    tables[program.scalars] = 0.0
    for beliefs, log_evidence in (
        kernel.run(program, tables, rows),
        kernel_jit.run(program, tables, rows),
        kernel_jit.run_tables(program, np.repeat(tables[None], n_rows, axis=0), rows[0]),
    ):
        assert np.isneginf(log_evidence).all()
        assert not beliefs.any()
    assert not kernel_jit.count(program, tables, rows, np.ones(n_rows))[0].any()


def test_the_models_own_numbers_as_a_set_give_the_same_bits_as_a_row() -> None:
    network = compile_network(PLAIN[3]())
    program = any_findings(network)
    rows = network.rows(
        [Evidence(network.model, one) for one in every_evidence(network.model)], premise=False
    )
    beliefs, log_evidence = kernel_jit.run(program, program.tables, rows)
    for number, row in enumerate(rows):
        found = kernel_jit.run_tables(program, np.repeat(program.tables[None], 3, axis=0), row)
        for place in range(3):
            assert np.array_equal(found[0][place], beliefs[number])
            assert found[1][place] == pytest.approx(log_evidence[number], abs=1e-14)


def test_an_impossible_program_counts_nothing() -> None:
    network = compile_network(pairs(0.1))
    row = np.zeros(network.layout.n_slots)
    program = network.programs.for_row(row, frozenset())
    assert program.is_impossible
    counts, log_evidence = kernel_jit.count(program, program.tables, row[None], np.ones(1))
    assert not counts.any()
    assert log_evidence[0] == -np.inf
    beliefs, log_evidence = kernel_jit.run_tables(program, program.tables[None], row)
    assert not beliefs.any()
    assert log_evidence[0] == -np.inf
