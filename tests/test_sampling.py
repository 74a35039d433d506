"""Sampling: what is drawn, what is estimated, and whether its bands keep their promise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from bayesdiag.engine.layout import Floats
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.engine.relevance import relevant
from bayesdiag.engine.sampling import Estimate, Limits, conditional, draw_worlds, estimated_beliefs
from bayesdiag.engine.sampling.bands import N_BATCHES, N_CHAINS, bands
from bayesdiag.errors import TooLarge
from bayesdiag.model import FullTable, Link, Model, NoisyMax, Prior
from bayesdiag.modelfile import load
from tests import networks as zoo
from tests import oracles
from tests.networks import variable
from tests.test_reference import network_of

ROOT = Path(__file__).resolve().parent.parent
ALONE = Limits(block_cells=1)
"""One unit at a time: the hardest case, and small networks are not answered exactly by a single block."""
COPIED = 1e-9
"""How seldom a copy differs from what it copies: one part at a time, a chain never leaves its start."""


def estimate(network: CompiledNetwork, row: Floats, seed: int = 0, **options: object) -> Estimate:
    keep = relevant(network.programs.graph, range(len(network.layout.names)))
    random = np.random.default_rng(seed)
    return estimated_beliefs(network.families, network.layout, row, keep, random, **options)  # type: ignore[arg-type]


def exact(network: CompiledNetwork, row: Floats) -> Floats:
    return network.posterior_of_rows(row[None, :], network.layout.names).beliefs[0]


def row_of(network: CompiledNetwork, findings: dict[str, str]) -> Floats:
    row = np.ones(network.layout.n_slots)
    for name, state in findings.items():
        at = network.layout.slot(name, state)
        row[network.layout.slots(name)] = 0.0
        row[at] = 1.0
    return row


def xor(name: str, one: str, other: str) -> object:
    return variable(name, "n y", FullTable((one, other), (1, 0, 0, 1, 0, 1, 1, 0)))


def bits(n: int) -> list[object]:
    return [variable(f"b{i}", "n y", Prior((0.5, 0.5))) for i in range(n)]


def model_of(*variables: object) -> CompiledNetwork:
    return compile_network(Model("made", tuple(variables)))  # type: ignore[arg-type]


# ── worlds ────────────────────────────────────────────────────────────────────────────────────


def pos_card() -> Model:
    return load(ROOT / "models" / "pos_card.yaml")


@pytest.mark.parametrize("make", [*zoo.SMALL, zoo.forty_parents, pos_card], ids=lambda make: make.__name__)
def test_draws_follow_the_network(make: Callable[[], Model]) -> None:
    """Five standard deviations, and five counts for what is rare, over some thousand states."""
    network = compile_network(make())
    n = 20_000
    worlds = draw_worlds(network.families, network.layout, n, np.random.default_rng(5))
    assert worlds.shape == (n, len(network.layout.names))
    assert worlds.dtype == np.int16
    belief = exact(network, np.ones(network.layout.n_slots))
    for index, size in enumerate(network.layout.sizes):
        p = belief[network.layout.span(index)]
        found = np.bincount(worlds[:, index], minlength=size) / n
        assert (np.abs(found - p) <= 5 * np.sqrt(p * (1 - p) / n) + 5 / n * (p > 0)).all()


def test_the_same_generator_draws_the_same() -> None:
    network = compile_network(zoo.diagnostic())
    one, other = (
        draw_worlds(network.families, network.layout, 50, np.random.default_rng(8)) for _ in range(2)
    )
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("make", zoo.SMALL, ids=lambda make: make.__name__)
def test_conditionals_are_those_of_the_definition(make: Callable[[], Model]) -> None:
    network = compile_network(make())
    layout = network.layout
    random = np.random.default_rng(1)
    worlds = np.array([[random.integers(n) for n in layout.sizes] for _ in range(60)], dtype=np.int16)
    for family in network.families:
        found = conditional(family, worlds)
        known = network.model.variables[family.child]
        for world, p in zip(worlds, found, strict=True):
            named = {name: layout.states[i][world[i]] for i, name in enumerate(layout.names)}
            expected = dict.fromkeys(known.state_ids, 0.0)
            for state, share, _ in oracles.outcomes(known, named, network.model):
                expected[state] += share
            np.testing.assert_allclose(p, list(expected.values()), atol=1e-12)


def test_a_tiny_leak_keeps_its_digits() -> None:
    network = model_of(*bits(1), variable("m", "n y", NoisyMax((Link("b0", "y", "y", 0.5),), {"y": 1e-25})))
    p = conditional(network.families[1], np.zeros((1, 2), dtype=np.int16))
    assert p[0, 1] == pytest.approx(1e-25, rel=1e-12)


# ── estimates ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("make", zoo.SMALL, ids=lambda make: make.__name__)
@pytest.mark.parametrize("limits", [ALONE, Limits()], ids=["alone", "blocks"])
def test_estimates_are_right_within_their_bands(make: Callable[[], Model], limits: Limits) -> None:
    """Responsibilities too. Twice the band: one in some ten thousand is outside, not one in twenty."""
    network = compile_network(make())
    random = np.random.default_rng(3)
    for number in range(3):
        row = random_row(network, random, soft=number == 2)
        found = estimate(network, row, number, limits=limits, max_sweeps=20_000)
        assert (np.abs(found.beliefs - exact(network, row)) <= 2 * found.half_width).all()


def test_one_block_is_exact() -> None:
    network = compile_network(zoo.diamond())
    row = row_of(network, {"d": "y"})
    found = estimate(network, row)
    np.testing.assert_allclose(found.beliefs, exact(network, row), atol=1e-12)
    posterior = network.posterior_of_rows(row[None, :], network.layout.names)
    assert found.log_evidence == pytest.approx(posterior.log_evidence[0], abs=1e-12)


def test_the_evidence_is_estimated_where_worlds_can_tell() -> None:
    network = compile_network(zoo.diagnostic())
    row = row_of(network, {"text": "error"})
    found = estimate(network, row, limits=ALONE)
    expected = network.posterior_of_rows(row[None, :], network.layout.names).log_evidence[0]
    assert found.log_evidence is not None
    assert found.log_evidence_half_width is not None
    assert 0 < found.log_evidence_half_width < 0.1
    assert abs(found.log_evidence - expected) <= 2 * found.log_evidence_half_width


def test_a_row_may_speak_of_responsibilities() -> None:
    network = compile_network(zoo.diagnostic())
    layout = network.layout
    row = row_of(network, {"text": "error"})
    row[layout.responsible("software", "bad")] = 0.0
    row[layout.responsible("slot", "dirty")] = 0.3
    found = estimate(network, row, limits=Limits(block_cells=8))
    assert (np.abs(found.beliefs - exact(network, row)) <= 2 * found.half_width).all()


def test_a_hub_of_unsure_findings_does_not_underflow() -> None:
    network = compile_network(zoo.hub(400))
    row = np.ones(network.layout.n_slots)
    for child in range(1, 401):
        row[network.layout.span(child)] = (1.0, 1e-3) if child % 2 else (1e-3, 1.0)
    found = estimate(network, row)
    np.testing.assert_allclose(found.beliefs, exact(network, row), atol=1e-9)


def test_the_same_generator_estimates_the_same() -> None:
    network = compile_network(zoo.diagnostic())
    row = row_of(network, {"text": "error"})
    one, other = (estimate(network, row, 4, limits=ALONE) for _ in range(2))
    np.testing.assert_array_equal(one.beliefs, other.beliefs)
    np.testing.assert_array_equal(one.half_width, other.half_width)


def test_the_budget_is_kept_and_shows() -> None:
    network = network_of("alarm")
    row = row_of(network, {"HRBP": "HIGH"})
    short = estimate(network, row, limits=ALONE, max_sweeps=1000, half_width=0.0)
    longer = estimate(network, row, limits=ALONE, max_sweeps=16_500, half_width=0.0)
    assert short.n_sweeps <= 1008
    assert 8000 < longer.n_sweeps <= 16_508
    assert np.median(longer.half_width) < np.median(short.half_width)


# ── zeros ─────────────────────────────────────────────────────────────────────────────────────


def test_parts_tied_together_by_zeros_are_drawn_jointly() -> None:
    """One at a time, neither bit could ever move: the other and their sum fix it."""
    network = model_of(
        *bits(2),
        xor("sum", "b0", "b1"),
        variable("hint", "n y", FullTable(("b0",), (0.7, 0.3, 0.4, 0.6))),
        variable("hint2", "n y", FullTable(("hint", "b1"), (0.7, 0.3, 0.4, 0.6, 0.2, 0.8, 0.5, 0.5))),
    )
    row = row_of(network, {"sum": "y"})
    found = estimate(network, row, limits=ALONE)
    assert found.chains_agree
    assert found.half_width.max() < 0.03
    assert (np.abs(found.beliefs - exact(network, row)) <= 2 * found.half_width).all()


def test_more_than_can_be_drawn_jointly_is_refused() -> None:
    network = model_of(*bits(3), xor("s0", "b0", "b1"), xor("s1", "s0", "b2"))
    row = row_of(network, {"s1": "y"})
    with pytest.raises(TooLarge, match=r"jointly, since zeros .* \d+ parts, 8 cells; 4 are allowed"):
        estimate(network, row, limits=Limits(block_cells=1, max_cells=4))
    assert estimate(network, row, limits=Limits(block_cells=1, max_cells=8)).beliefs == pytest.approx(
        exact(network, row), abs=1e-9
    )


def test_a_network_with_too_many_places_is_refused_before_they_are_made() -> None:
    network = network_of("alarm")
    row = np.ones(network.layout.n_slots)
    with pytest.raises(TooLarge, match="places; 100 are allowed"):
        estimate(network, row, limits=Limits(max_places=100))
    assert estimate(network, row, limits=Limits(max_places=5000), max_sweeps=1000).n_sweeps > 1


def test_a_noisy_or_with_leak_and_no_certain_link_ties_nothing_together() -> None:
    """Written as a chain it is full of zeros; forty parents together would be 2^40 cells."""
    network = compile_network(zoo.forty_parents())
    row = row_of(network, {"alarm": "on"})
    found = estimate(network, row, limits=Limits(block_cells=1, max_cells=16), max_sweeps=1500)
    assert (np.abs(found.beliefs - exact(network, row)) <= 2 * found.half_width).all()
    certain = model_of(*bits(6), variable("any", "n y", NoisyMax(certain_links(6), {})))
    with pytest.raises(TooLarge, match="zeros"):
        estimate(certain, np.ones(certain.layout.n_slots), limits=Limits(block_cells=1, max_cells=4))


def certain_links(n: int) -> tuple[Link, ...]:
    return tuple(Link(f"b{i}", "y", "y", 1.0) for i in range(n))


def test_a_state_that_is_always_possible_parts_what_zeros_would_tie() -> None:
    """A certain link ties; one that may fail does not, though a fault without a cause is impossible."""
    links = tuple(Link(f"b{i}", "y", "y", 0.9) for i in range(8))
    network = model_of(*bits(8), variable("any", "n y", NoisyMax(links, {})))
    row = np.ones(network.layout.n_slots)
    row[network.layout.slots("any")] = (0.2, 1.0)
    found = estimate(network, row, limits=Limits(block_cells=1, max_cells=8), max_sweeps=20_000)
    assert (np.abs(found.beliefs - exact(network, row)) <= 2 * found.half_width).all()


def test_safe_states_lead_to_a_possible_world_where_no_draw_does() -> None:
    """Twelve parities seen at once: a drawn world agrees with one in 4096; the free part is among them."""
    layers = [xor(f"s{i}", f"b{i}", f"b{i + 1}") for i in range(14)]
    hint = variable("hint", "n y", FullTable(("b0", "b1"), (1, 0, 1, 0, 1, 0, 0.5, 0.5)))
    network = model_of(*bits(15), *layers, hint)
    row = row_of(network, {f"s{i}": "ny"[i % 2] for i in range(14)})
    found = estimate(network, row, limits=ALONE, max_sweeps=20_000)
    assert found.log_evidence != -np.inf
    assert (np.abs(found.beliefs - exact(network, row)) <= 2 * found.half_width).all()


@pytest.mark.parametrize(
    ("network", "findings"),
    [
        (compile_network(zoo.deterministic()), {"either": "n", "a": "y"}),
        # Every two of the three agree with some world, all three with none: seen by a sweep alone.
        (
            model_of(*bits(3), xor("s0", "b0", "b1"), xor("s1", "b1", "b2"), xor("s2", "b0", "b2")),
            {"s0": "y", "s1": "y", "s2": "y"},
        ),
    ],
    ids=["forced", "parity"],
)
def test_impossible_evidence_is_told(network: CompiledNetwork, findings: dict[str, str]) -> None:
    found = estimate(network, row_of(network, findings), limits=ALONE)
    assert found.log_evidence == -np.inf
    assert not found.beliefs.any()


# ── honesty ───────────────────────────────────────────────────────────────────────────────────


def copies(p: float) -> CompiledNetwork:
    table = FullTable(("a",), (1 - COPIED, COPIED, COPIED, 1 - COPIED))
    return model_of(variable("a", "n y", Prior((1 - p, p))), variable("b", "n y", table))


def test_chains_that_cannot_move_own_up() -> None:
    network = copies(0.5)
    found = estimate(network, np.ones(4), limits=ALONE, max_sweeps=20_000)
    assert not found.chains_agree
    assert (np.abs(found.beliefs - 0.5) <= found.half_width).all()
    assert found.log_evidence is None or abs(found.log_evidence) < 1e-9


@pytest.mark.parametrize("seed", range(6))
def test_what_all_chains_missed_is_seen_by_the_weighted_worlds(seed: int) -> None:
    """Three worlds in a hundred lie where most often no chain begins and none can go."""
    network = copies(0.03)
    found = estimate(network, np.ones(4), seed, limits=ALONE, max_sweeps=20_000)
    assert not found.chains_agree
    assert (np.abs(found.beliefs - [0.97, 0.03, 0.97, 0.03]) <= found.half_width).all()


def test_bands_of_independent_batches_hold() -> None:
    """A band from the means of eight chains, or the wider one of long batches: 95 to 98 %."""
    random = np.random.default_rng(2)
    batches = 0.5 + 0.05 * random.standard_normal((N_CHAINS, N_BATCHES, 20_000))
    means, half, agree = bands(batches, 10_000)
    assert agree.all()
    assert 0.95 <= (np.abs(means - 0.5) <= half).mean() <= 0.98


def test_bands_of_chains_that_differ_reach_the_farthest() -> None:
    batches = np.zeros((N_CHAINS, N_BATCHES, 1))
    batches[0] = 1.0
    means, half, agree = bands(batches, 10_000)
    assert not agree.any()
    assert half[0] >= 1 - means[0]


# ── calibration ───────────────────────────────────────────────────────────────────────────────


def random_row(network: CompiledNetwork, random: np.random.Generator, *, soft: bool) -> Floats:
    """Up to a third of the variables, at most eight, seen in a world drawn; one of the rest unsure."""
    layout = network.layout
    world = draw_worlds(network.families, layout, 1, random)[0]
    n = len(layout.names)
    shuffled = random.permutation(n)
    count = int(random.integers(0, max(1, min(n // 3, 8)) + 1)) if n > 1 else 0
    row = np.ones(layout.n_slots)
    for index in shuffled[:count]:
        row[layout.span(index)] = np.arange(layout.sizes[index]) == world[index]
    if soft:
        row[layout.span(shuffled[-1])] = random.uniform(0.1, 1.0, layout.sizes[shuffled[-1]])
    return row


def judged(network: CompiledNetwork, limits: Limits, runs: int, queries: int) -> Iterator[tuple[bool, float]]:
    """Yield whether a band held, its half-width and the answer, for queries chosen before sampling.

    A query is a state of an unobserved variable whose exact probability is neither near 0 nor 1.
    """
    layout = network.layout
    random = np.random.default_rng(11)
    for number in range(runs):
        row = random_row(network, random, soft=number % 3 == 2)
        answer = exact(network, row)
        open_slots = [
            slot
            for index in range(len(layout.names))
            if row[layout.span(index)].min() > 0
            for slot in range(layout.offsets[index], layout.offsets[index + 1])
            if 0.01 <= answer[slot] <= 0.99
        ]
        chosen = random.permutation(open_slots)[:queries]
        found = estimate(network, row, number, limits=limits)
        for slot in chosen.astype(int):
            apart = abs(found.beliefs[slot] - answer[slot])
            yield bool(apart <= found.half_width[slot]), float(found.half_width[slot])


def calibration(cases: Sequence[tuple[str, float]], runs: int, queries: int) -> tuple[int, float, float]:
    """Return number, share of bands that hold, and median half-width, of queries that were sampled.

    What a single block answered exactly holds of course, and is not counted.
    """
    total: list[tuple[bool, float]] = []
    for name, cells in cases:
        network = compile_network(getattr(zoo, name)()) if hasattr(zoo, name) else network_of(name)
        told = list(judged(network, Limits(block_cells=cells), runs, queries))
        sampled = [(held, half) for held, half in told if half > 1e-8]
        share = np.mean([held for held, _ in sampled]) if sampled else np.nan
        wide = np.median([half for _, half in sampled]) if sampled else np.nan
        print(f"{name:20} {cells:6.0f} {len(told):5} {len(sampled):5} {share:6.3f} {wide:8.5f}")  # noqa: T201 - the figures are the point
        total += sampled
    held, half = np.array(total, dtype=np.float64).T
    print(f"{'all':27} {len(total):11} {held.mean():6.3f} {np.median(half):8.5f}")  # noqa: T201
    return len(total), float(held.mean()), float(np.median(half))


def test_bands_hold() -> None:
    cases = [(name, 1.0) for name in ("asia", "cancer", "survey", "sachs", "child", "diagnostic")]
    n, held, half_width = calibration(cases, runs=7, queries=6)
    assert n >= 150
    assert 0.92 <= held <= 0.99
    assert half_width <= 0.03


@pytest.mark.long
@pytest.mark.timeout(2400)
def test_bands_hold_everywhere() -> None:
    """Fifteen networks, six with zeros that tie: asia, win95pts, water, andes and two of the zoo."""
    alone = (
        *("asia", "cancer", "earthquake", "survey", "sachs", "child", "insurance", "alarm"),
        *("hailfinder", "hepar2", "win95pts", "water", "diagnostic", "first_active_inside"),
    )
    cases = [*((name, 1.0) for name in alone), ("child", 30.0), ("alarm", 30.0), ("andes", 500.0)]
    n, held, half_width = calibration(cases, runs=6, queries=8)
    assert n >= 500
    assert 0.92 <= held <= 0.99
    assert half_width <= 0.03
