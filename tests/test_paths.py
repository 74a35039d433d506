"""Every way to compute a row: both kernels, alone, in blocks, on two cores, in logarithms, on every kind of program."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest

from bayesdiag.case import Evidence
from bayesdiag.engine import kernel, kernel_jit, passes
from bayesdiag.engine.layout import Floats
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.engine.program import Program
from bayesdiag.model import FullTable, Link, Model, NoisyMax, Premise, Prior
from tests import networks
from tests.networks import variable
from tests.oracles import Findings, brute_force
from tests.oracles_exact import exactly
from tests.test_kernels import evidences

CLOSE = 1e-11
PLAIN = (
    networks.one_node,
    networks.one_state,
    networks.chain,
    networks.diamond,
    networks.disconnected,
    networks.deterministic,
)
LANES = kernel_jit.N_LANES
BLOCKS = (5, LANES, LANES + 1, 2 * LANES + 1)

Computed = tuple[Floats, Floats]
each_small = pytest.mark.parametrize("make", networks.SMALL, ids=lambda make: make.__name__)
each_plain = pytest.mark.parametrize("make", PLAIN, ids=lambda make: make.__name__)


def in_logarithms(program: Program, tables: Floats, rows: Floats) -> Computed:
    """Every row by the pass that is otherwise taken only by rows that might underflow."""
    beliefs, log_evidence = np.zeros_like(rows), np.full(len(rows), -np.inf)
    if program.is_impossible:
        return beliefs, log_evidence
    log_values = kernel_jit._log_values(program, tables)
    for number, row in enumerate(rows):
        found = passes.log_row(program.arrays, log_values, row, beliefs[number], np.zeros(0), 1.0)
        log_evidence[number] = found + kernel_jit._numbers(program, tables).log_constant
    return beliefs, log_evidence


def repeated(n_rows: int) -> Callable[[Program, Floats, Floats], Computed]:
    """The row many times over; what the last one comes to."""

    def last(program: Program, tables: Floats, rows: Floats) -> Computed:
        beliefs, log_evidence = kernel_jit.run(program, tables, np.repeat(rows, n_rows, axis=0))
        return beliefs[-1:], log_evidence[-1:]

    return last


def alone(program: Program, tables: Floats, rows: Floats) -> Computed:
    return kernel_jit.run(program, tables, rows)


def at_once(program: Program, tables: Floats, rows: Floats) -> Computed:
    if program.is_impossible:  # the shortest way is only taken on programs for any findings
        return kernel_jit.run(program, tables, rows)
    return kernel_jit.run_one(program, rows)


def behind(program: Program, tables: Floats, rows: Floats) -> Computed:
    """The row again behind itself, as questions come behind what they are asked about."""
    assert np.array_equal(tables, program.tables)  # that way knows the model's numbers alone
    known = kernel_jit.run(program, tables, rows)
    beliefs, log_evidence = kernel_jit.run_behind(program, np.repeat(rows, 2, axis=0), known)
    return beliefs[-1:], log_evidence[-1:]


WAYS = (kernel.run, alone, behind, at_once, in_logarithms, *(repeated(n) for n in BLOCKS))


def exact_row(network: CompiledNetwork, findings: Findings, *, premise: bool) -> tuple[Floats, float]:
    """Beliefs and responsibilities as a row, and the logarithm of the probability, from the sum over all worlds."""
    exact = brute_force(network.model, findings, premise=premise)
    row = np.zeros(network.layout.n_slots)
    if exact["p"] == 0:
        return row, -np.inf
    for name, belief in exact["beliefs"].items():  # type: ignore[attr-defined]
        row[network.layout.slots(name)] = list(belief.values())
    for (cause, state), slot in network.layout.event_slot_of.items():
        key = (network.layout.names[cause], network.layout.states[cause][state])
        row[slot] = exact["responsible"].get(key, 0.0)  # type: ignore[attr-defined]
    return row, float(np.log(exact["p"]))


def slots_of(network: CompiledNetwork, targets: Sequence[int]) -> list[int]:
    """Slots of the targets' states and responsibilities."""
    slots = [slot for index in targets for slot in range(*network.layout.span(index).indices(10**9))]
    return slots + [slot for (cause, _), slot in network.layout.event_slot_of.items() if cause in targets]


def programs_for(network: CompiledNetwork, row: Floats) -> Iterator[tuple[Program, list[int]]]:
    """All programs that a row may run on, and the slots whose beliefs each holds."""
    n = len(network.layout.names)
    everything = list(range(n))
    observed = network.ways._observed(row[None])
    for targets in (everything, [0], [n - 1], []):
        yield network.programs.for_row(row, frozenset(targets)), slots_of(network, targets)
        for seen in (observed, np.ones(n, dtype=np.bool_)):
            any_findings = network.programs.for_any(seen, frozenset(targets), np.inf)
            assert (any_findings is not None) == network.programs.is_plain
            if any_findings is not None:
                yield any_findings, slots_of(network, targets)


@each_small
def test_every_way_equals_the_sum_over_all_worlds(make: Callable[[], Model]) -> None:
    network = compile_network(make())
    step = 1 if len(network.layout.names) < 6 else 5
    for findings in list(evidences(network.model))[::step]:
        for premise in (False, True) if network.model.premise else (False,):
            row = network.rows([Evidence(network.model, findings)], premise=premise)[0]
            expected, log_p = exact_row(network, findings, premise=premise)
            for program, slots in programs_for(network, row):
                for way in WAYS:
                    beliefs, log_evidence = way(program, program.tables, row[None])
                    assert log_evidence[0] == pytest.approx(log_p, abs=CLOSE), (findings, way)
                    assert np.abs(beliefs[0] - expected)[slots].max(initial=0) < CLOSE, (findings, way)


@each_plain
def test_mixed_rows_in_one_batch_equal_the_sum_over_all_worlds(make: Callable[[], Model]) -> None:
    """Possible and impossible ones side by side, in every place of a block."""
    network = compile_network(make())
    n = len(network.layout.names)
    many = list(evidences(network.model))
    rows = network.rows([Evidence(network.model, findings) for findings in many], premise=False)
    expected = [exact_row(network, findings, premise=False) for findings in many]
    program = network.programs.for_any(np.ones(n, dtype=np.bool_), frozenset(range(n)), np.inf)
    assert program is not None
    for shift in range(len(many)):
        order = np.roll(np.arange(len(many)), shift)
        beliefs, log_evidence = kernel_jit.run(program, program.tables, rows[order])
        for place, number in enumerate(order):
            assert beliefs[place] == pytest.approx(expected[number][0], abs=CLOSE)
            assert log_evidence[place] == pytest.approx(expected[number][1], abs=CLOSE)


def varied(row: Floats, count: int, random: np.random.Generator) -> Floats:
    """Rows with the same zeros and more, and with likelihoods everywhere, responsibilities included."""
    rows = row * random.uniform(0.05, 1.0, (count, len(row)))
    rows[random.random((count, len(row))) < 0.02] = 0.0
    return np.where(random.random((count, 1)) < 0.2, row, rows)


@each_small
def test_blocks_equal_the_reference_on_any_rows(make: Callable[[], Model]) -> None:
    network = compile_network(make())
    random = np.random.default_rng(1)
    for findings in list(evidences(network.model))[::4]:
        row = network.rows([Evidence(network.model, findings)], premise=True)[0]
        program = network.program(row, network.layout.names)
        rows = varied(row, 70, random)
        expected, log_p = kernel.run(program, program.tables, rows)
        for way in (kernel_jit.run, in_logarithms):
            beliefs, log_evidence = way(program, program.tables, rows)
            assert np.abs(beliefs - expected).max() < CLOSE
            assert log_evidence == pytest.approx(log_p, abs=CLOSE)


# ── the same bits ─────────────────────────────────────────────────────────────────────────────


def test_a_row_comes_to_the_same_bits_wherever_it_stands_and_on_two_cores() -> None:
    """Alone, in a block, in another order, on two cores; more rows than a core takes at a time."""
    network = compile_network(networks.noisy_max())
    random = np.random.default_rng(2)
    row = np.ones(network.layout.n_slots)
    program = network.program(row, network.layout.names)
    rows = varied(row, 2 * kernel_jit.SHARE + 53, random)
    beliefs, log_evidence = kernel_jit.run(program, program.tables, rows)
    assert np.isneginf(log_evidence).any()
    on_two = kernel_jit.run(program, program.tables, rows, cores=2)
    assert np.array_equal(on_two[0], beliefs)
    assert np.array_equal(on_two[1], log_evidence)
    order = random.permutation(len(rows))
    shuffled = kernel_jit.run(program, program.tables, rows[order], cores=2)
    assert np.array_equal(shuffled[0], beliefs[order])
    assert np.array_equal(shuffled[1], log_evidence[order])
    for start in range(200):
        for count in (1, 2, 3, 4, LANES + 1):
            some = slice(start, start + count)
            found = kernel_jit.run(program, program.tables, rows[some])
            assert np.array_equal(found[0], beliefs[some]), (start, count)
            assert np.array_equal(found[1], log_evidence[some]), (start, count)


@each_small
def test_every_network_comes_to_the_same_bits_alone_and_in_a_block(make: Callable[[], Model]) -> None:
    network = compile_network(make())
    random = np.random.default_rng(3)
    states = slice(network.layout.n_states)
    for findings in list(evidences(network.model))[::3]:
        row = network.rows([Evidence(network.model, findings)], premise=True)[0]
        rows = np.repeat(row[None], 2 * LANES + 5, axis=0)
        rows[:, states] *= varied(row, len(rows), random)[:, states]
        program = network.program(row, network.layout.names)
        beliefs, log_evidence = kernel_jit.run(program, program.tables, rows)
        for number in range(len(rows)):
            found = kernel_jit.run(program, program.tables, rows[number : number + 1])
            assert np.array_equal(found[0][0], beliefs[number])
            assert np.array_equal(found[1], log_evidence[number : number + 1])


def test_likelihoods_of_responsibilities_come_to_the_same_bits_alone_and_in_a_block() -> None:
    network = compile_network(networks.first_active_inside())
    random = np.random.default_rng(4)
    row = network.rows([Evidence(network.model, {"user": "ok"})], premise=True)[0]
    program = network.program(row, network.layout.names)
    assert (program.arrays.single_slots >= 0).all(axis=1).any()
    rows = row * random.uniform(0.01, 1.0, (200, len(row)))
    _, log_evidence = kernel_jit.run(program, program.tables, rows)
    one_by_one = [kernel_jit.run(program, program.tables, rows[i : i + 1])[1][0] for i in range(len(rows))]
    assert np.array_equal(one_by_one, log_evidence)


# ── numbers so small that a product vanishes ──────────────────────────────────────────────────


def rare(p: float, n_seen: int = 3) -> Model:
    """A root seen through rare findings that contradict each other, two of them behind one middle variable."""
    seen = tuple(
        variable(f"x{i}", "y n", FullTable(("root",), (*_rarely(p), *_rarely(3 * p), *_rarely(p / (1 + i)))))
        for i in range(n_seen)
    )
    return Model(
        "rare",
        (
            variable("root", "a b c", Prior((0.2, 0.5, 0.3))),
            variable("middle", "a b", FullTable(("root",), (0.3, 0.7, 0.6, 0.4, 0.0, 1.0))),
            variable("low", "y n", FullTable(("middle",), (*_rarely(p), *_rarely(2 * p)))),
            variable(
                "both",
                "y n",
                FullTable(("middle", "low"), (*_rarely(p), *_rarely(3 * p), *_rarely(5 * p), *_rarely(p))),
            ),
            *seen,
        ),
    )


def _rarely(p: float) -> tuple[float, float]:
    return (p, 1 - p)


SIZES = (1e-3, 1e-30, 1e-80, 1e-100, 1e-139, 1e-151, 1e-160, 1e-250, 1e-300)


def rare_findings() -> Iterator[dict[str, object]]:
    yield {"x0": "y", "x1": "y", "x2": "y"}
    yield {"x0": "y", "x1": "n", "low": "y", "both": "y"}
    yield {"low": "y", "both": "y"}
    yield {"x0": "y", "root": "c", "low": "y", "both": "y"}
    yield {"x0": "y", "x1": {"y": 1.0, "n": 1e-200}, "both": {"y": 0.5, "n": 1e-140}}
    yield {"root": {"a": 1e-120, "b": 1.0}, "x1": "y", "x2": "y", "both": "y"}


def agree_exactly(network: CompiledNetwork, findings: dict[str, object]) -> None:
    evidence = Evidence(network.model, findings)  # type: ignore[arg-type]
    exact = exactly(network.model, evidence.findings)
    row = network.rows([evidence], premise=False)
    assert np.isfinite(exact.log_p)
    for program, slots in programs_for(network, row[0]):
        for way in WAYS:
            beliefs, log_evidence = way(program, program.tables, row)
            assert log_evidence[0] == pytest.approx(exact.log_p, rel=1e-12), way
            for name in network.layout.names:
                span = network.layout.slots(name)
                if span.start in slots:
                    assert beliefs[0, span] == pytest.approx(exact.belief(name), rel=1e-9, abs=1e-12), (
                        name,
                        way,
                    )


@pytest.mark.parametrize("p", SIZES)
def test_rare_and_contradicting_findings_keep_their_digits(p: float) -> None:
    network = compile_network(rare(p))
    lowest = 0.0
    for findings in rare_findings():
        agree_exactly(network, findings)
        lowest = min(lowest, float(network.posterior(findings).log_evidence[0]))
    assert lowest < -700 or p >= 1e-100


def test_rows_in_logarithms_stand_in_a_block_with_others() -> None:
    """Doubtful, impossible and easy rows side by side: each as if it were alone, to the bit."""
    network = compile_network(rare(1e-160))
    many = [*rare_findings(), {}, {"root": "a"}, {"root": "c", "middle": "a"}]
    rows = network.rows([Evidence(network.model, one) for one in many], premise=False)  # type: ignore[arg-type]
    n = len(network.layout.names)
    program = network.programs.for_any(np.ones(n, dtype=np.bool_), frozenset(range(n)), np.inf)
    assert program is not None
    order = np.random.default_rng(5).integers(0, len(many), 3 * LANES + 2)
    beliefs, log_evidence = kernel_jit.run(program, program.tables, rows[order])
    assert np.isneginf(log_evidence).any()
    for place, number in enumerate(order):
        found = kernel_jit.run(program, program.tables, rows[number : number + 1])
        assert np.array_equal(found[0][0], beliefs[place])
        assert found[1][0] == log_evidence[place]


def pairs(*ps: float) -> Model:
    """A cause with its own rare finding for each number; nothing joins them, or a root does."""
    pieces = [variable("root", "y n", Prior((0.5, 0.5)))]
    for i, p in enumerate(ps):
        pieces.append(variable(f"m{i}", "y n", FullTable(("root",), (0.3, 0.7, 0.6, 0.4))))
        pieces.append(variable(f"x{i}", "y n", FullTable((f"m{i}",), (*_rarely(p), *_rarely(3 * p)))))
    return Model("pairs", tuple(pieces))


@pytest.mark.parametrize("ps", [(1e-149, 1e-200), (1e-145, 1e-176), (1e-120, 1e-200, 0.3)])
def test_what_is_taken_out_of_a_row_does_not_underflow(ps: tuple[float, ...]) -> None:
    network = compile_network(pairs(*ps))
    agree_exactly(network, {f"x{i}": "y" for i in range(len(ps))})


@pytest.mark.parametrize(
    "findings",
    [
        {"a": {"y": 1e-305, "n": 3e-306}},
        {"a": {"y": 1e-149, "n": 3e-149}, "b": {"y": 1e-200, "n": 2e-200}},
        {"a": {"y": 1e149, "n": 3e149}, "b": {"y": 1e200, "n": 2e200}},
        {"a": {"y": 1e-149}, "b": {"y": 1e-200}},
        {"c": {"y": 5e-324}},
    ],
)
def test_likelihoods_far_from_one_count_as_they_are(findings: dict[str, object]) -> None:
    agree_exactly(compile_network(networks.chain()), findings)


def test_a_stage_that_nothing_hangs_on_still_tells_who_took_part() -> None:
    """Seen in its lowest state it is no mere likelihood on its causes: none of their links into it fired."""
    two, three = "s0 s1", "s0 s1 s2"
    third = Prior((1 / 3, 1 / 3, 1 / 3))
    links = tuple(Link("cause", state, "s1", 0.5) for state in ("s1", "s2"))
    model = Model(
        "leaf stage",
        (
            variable("cause", three, third, "cause"),
            variable("stage", two, NoisyMax(links, {"s1": 0.1}), "stage"),
            variable("test", two, NoisyMax(links, {}), "test"),
        ),
        premise=Premise("stage", ("s0",), 0.1),
    )
    network = compile_network(model)
    for findings in ({"stage": "s0"}, {"stage": "s1"}, {"stage": "s0", "test": "s0"}, {"test": "s1"}):
        found = network.posterior(findings, targets=["cause"])
        expected = brute_force(model, {name: {state: 1.0} for name, state in findings.items()})
        for (_, position), slot in network.layout.event_slot_of.items():
            p = expected["responsible"].get(("cause", f"s{position}"), 0.0)
            assert found.beliefs[0, slot] == pytest.approx(p, abs=1e-12)
