"""Two-layer noisy-OR networks: against all worlds, the junction tree, other orders, and the laws of probability."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayesdiag.engine.frontier import TwoLayer, beliefs, frontier_beliefs, order, two_layer_of
from bayesdiag.engine.frontier.peel import peeled
from bayesdiag.engine.frontier.plan import members_of, plan_of
from bayesdiag.engine.layout import Floats, layout_of
from bayesdiag.engine.network import compile_network
from bayesdiag.engine.tables import families_of
from bayesdiag.errors import TooLarge
from bayesdiag.model import FullTable, Link, Model, NoisyMax, Prior
from benchmarks.two_layer import positives, two_layer_arrays
from tests import networks
from tests.networks import variable

CLOSE = 1e-9
LIKELIHOODS = ((1, 1), (2, 2), (0, 1), (0, 0.5), (1, 0), (0.3, 0.7), (0.9, 0.2), (0, 0))


def drawn_network(
    random: np.random.Generator, n_causes: int, n_findings: int, p: tuple[float, ...]
) -> TwoLayer:
    """A network with certain and impossible causes, links and leaks among the others."""
    parents = [
        random.choice(n_causes, random.integers(0, n_causes + 1), replace=False) for _ in range(n_findings)
    ]
    first = np.cumsum([0, *(len(own) for own in parents)])
    cause = np.concatenate([np.zeros(0, dtype=np.int64), *parents])
    raises = np.column_stack([random.choice((0, 0, 0, 0.2), len(cause)), random.choice(p, len(cause))])
    prior, leak = random.choice((0, 1, *p), n_causes), random.choice((0, 0, *p[1:]), n_findings)
    with np.errstate(divide="ignore"):
        return TwoLayer(
            n_slots=2 * (n_causes + n_findings),
            cause_slots=2 * np.arange(n_causes),
            finding_slots=2 * (n_causes + np.arange(n_findings)),
            cause_of=np.r_[np.arange(n_causes), np.full(n_findings, -1)],
            finding_of=np.r_[np.full(n_causes, -1), np.arange(n_findings)],
            log_prior=np.log(np.column_stack([1 - prior, prior])),
            log_leak=np.log(np.column_stack([1 - leak, leak])),
            first_link=first,
            link_cause=cause,
            log_quiet=np.log(1 - raises),
            log_raises=np.log(raises),
        )


def all_worlds(network: TwoLayer, row: Floats) -> tuple[Floats, float]:
    """Beliefs and the probability of a row, by the sum over all worlds of the causes."""
    n_causes, first = len(network.cause_slots), network.first_link
    beliefs, total = np.zeros(len(row)), 0.0
    for world in product((0, 1), repeat=n_causes):
        slots = network.cause_slots + world
        p = np.exp(network.log_prior[range(n_causes), world]).prod() * row[slots].prod()
        quiet = np.exp(network.log_quiet[range(len(network.link_cause)), np.take(world, network.link_cause)])
        absent = np.exp(network.log_leak[:, 0]) * [quiet[a:b].prod() for a, b in pairwise(first)]
        joint = np.column_stack([absent, 1 - absent]) * row[network.finding_slots[:, None] + np.arange(2)]
        sums = joint.sum(axis=1)
        p *= sums.prod()
        if p > 0:
            total += p
            beliefs[slots] += p
            beliefs[network.finding_slots[:, None] + np.arange(2)] += p * joint / sums[:, None]
    return beliefs / (total or 1.0), total


def check(network: TwoLayer, row: Floats, **limits: int) -> bool:
    """Compare a row with the sum over all worlds; return whether it is possible."""
    exact, p = all_worlds(network, row)
    variables = range(len(network.cause_of))
    found, log_evidence = frontier_beliefs(network, row[None], variables, **limits)
    assert not np.isnan(found).any()
    if p == 0:
        assert log_evidence[0] == -np.inf
        assert not found.any()
        return False
    assert log_evidence[0] == pytest.approx(np.log(p), abs=CLOSE)
    assert found[0] == pytest.approx(exact, abs=CLOSE)
    return True


def drawn_row(random: np.random.Generator, network: TwoLayer, *, n_kinds: int = len(LIKELIHOODS)) -> Floats:
    kinds = random.integers(0, n_kinds, len(network.cause_of))
    few = random.random(len(network.cause_slots)) < 0.7
    kinds[: len(few)][few] = 0
    return np.array(LIKELIHOODS, dtype=float)[kinds].ravel()


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 8), st.integers(0, 9))
def test_a_row_is_the_sum_over_all_worlds(seed: int, n_causes: int, n_findings: int) -> None:
    random = np.random.default_rng(seed)
    network = drawn_network(random, n_causes, n_findings, (0.5, 0.01, 0.3, 0.9, 1.0))
    check(network, drawn_row(random, network))


@pytest.mark.parametrize("seed", range(4))
def test_a_row_is_the_sum_over_all_worlds_where_most_is_possible(seed: int) -> None:
    random = np.random.default_rng(seed)
    n_possible = 0
    for _ in range(25):
        network = drawn_network(random, 9, 12, (0.5, 0.01, 0.3, 0.9))
        network = replace(network, log_prior=np.log(np.tile([0.7, 0.3], (9, 1))))
        n_possible += check(network, drawn_row(random, network, n_kinds=len(LIKELIHOODS) - 1))
    assert n_possible >= 15


@pytest.mark.parametrize("seed", range(3))
def test_the_twin_in_logarithms_says_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(seed)
    monkeypatch.setattr(beliefs, "sweep", lambda *_: (0.0, True))
    for _ in range(10):
        network = drawn_network(random, 8, 10, (0.5, 0.01, 0.3, 0.9, 1.0))
        check(network, drawn_row(random, network, n_kinds=len(LIKELIHOODS) - 1))


def test_few_causes_of_many_findings() -> None:
    """Every cause is too wide for a step and stays open as a state of its own."""
    random = np.random.default_rng(5)
    network = drawn_network(random, 7, 60, (0.5, 0.1, 0.3, 0.9))
    network = replace(
        network,
        log_prior=np.log(np.tile([0.8, 0.2], (7, 1))),
        log_leak=np.log(np.tile([0.95, 0.05], (60, 1))),
    )
    row = np.ones(network.n_slots)
    for finding in range(60):
        row[network.finding_slots[finding]] = (0.0, 0.4)[finding % 2]
    assert check(network, row)


def model_of(network: TwoLayer, slots: Floats | None = None) -> Model:
    """The same network as a model of named variables."""
    n_causes = len(network.cause_slots)
    causes = [
        variable(f"c{c}", "no yes", Prior(tuple(np.exp(network.log_prior[c])))) for c in range(n_causes)
    ]
    findings = []
    for f in range(len(network.finding_slots)):
        links = tuple(
            Link(f"c{network.link_cause[i]}", "yes", "on", float(np.exp(network.log_raises[i, 1])))
            for i in range(network.first_link[f], network.first_link[f + 1])
        )
        findings.append(
            variable(f"f{f}", "off on", NoisyMax(links, {"on": float(np.exp(network.log_leak[f, 1]))}))
        )
    return Model("two_layers", (*causes, *findings))


def test_the_junction_tree_says_the_same() -> None:
    model = model_of(two_layer_arrays(25, 40, 6, seed=3))
    network = compile_network(model)
    found = two_layer_of(network.families, network.layout)
    assert found is not None
    random = np.random.default_rng(0)
    rows = np.ones((12, network.layout.n_slots))
    for row in rows:
        for finding in random.choice(40, 12, replace=False):
            likelihoods = LIKELIHOODS[random.integers(2, 7)]
            row[network.layout.slots(f"f{finding}")] = likelihoods
        row[network.layout.slots("c3")] = (0.6, 0.2)
    posterior = network.posterior_of_rows(rows, network.layout.names)
    ours, log_evidence = frontier_beliefs(found, rows, range(65))
    assert np.isfinite(log_evidence).all()
    assert log_evidence == pytest.approx(posterior.log_evidence, abs=CLOSE)
    assert ours == pytest.approx(posterior.beliefs, abs=CLOSE)


def one_cause_after_the_other(network: TwoLayer, row: Floats) -> float:
    """The log-evidence by the plainest exact way: a table over all findings present, in exact order."""
    present = np.flatnonzero(row[network.finding_slots] == 0)
    absent = np.flatnonzero(row[network.finding_slots + 1] == 0)
    weight = np.exp(network.log_prior) * row[network.cause_slots[:, None] + np.arange(2)]
    for finding in absent:
        links = slice(network.first_link[finding], network.first_link[finding + 1])
        np.multiply.at(weight, network.link_cause[links], np.exp(network.log_quiet[links]))
    scale = network.log_leak[absent, 0].sum()
    table = np.ones((1,) * len(present))
    for place, finding in enumerate(present):
        leak = np.exp(network.log_leak[finding])
        table = np.concatenate([table * leak[0], table * leak[1]], axis=place)
    for cause in range(len(weight)):
        acted = table
        for place, finding in enumerate(present):
            links = np.arange(network.first_link[finding], network.first_link[finding + 1])
            for link in links[network.link_cause[links] == cause]:
                off, on = np.split(acted, 2, axis=place)
                quiet, raises = np.exp(network.log_quiet[link, 1]), np.exp(network.log_raises[link, 1])
                acted = np.concatenate([off * quiet, on + off * raises], axis=place)
        table = weight[cause, 0] * table + (
            weight[cause, 1] * acted if acted is not table else weight[cause, 1] * table
        )
    return float(np.log(table[(-1,) * len(present)]) + scale)


@pytest.mark.parametrize("n", [12, 14, 16])
def test_a_table_over_all_findings_says_the_same(n: int) -> None:
    network = two_layer_arrays(120, 800, 60, seed=4)
    row = positives(network, n, seed=n)
    found, log_evidence = frontier_beliefs(network, row[None], range(120))
    assert log_evidence[0] == pytest.approx(one_cause_after_the_other(network, row), abs=CLOSE)
    # The belief of a cause is the share of the evidence that is left when it is known to be present.
    for cause in np.argsort(found[0, network.cause_slots])[[0, 3, 60]]:
        known = row.copy()
        known[network.cause_slots[cause]] = 0
        share = np.exp(one_cause_after_the_other(network, known) - log_evidence[0])
        assert found[0, network.cause_slots[cause] + 1] == pytest.approx(share, abs=CLOSE)


def test_both_answers_of_a_finding_add_up_to_the_evidence() -> None:
    network = two_layer_arrays(200, 1000, 80, seed=2)
    row = positives(network, 13, seed=1)
    findings = [200 + f for f in np.argsort(np.diff(network.first_link))[::-40]]
    found, log_evidence = frontier_beliefs(network, row[None], [*range(200), *findings])
    checked = 0
    for finding in findings:
        slot = 2 * finding
        if row[slot] == row[slot + 1]:
            answers = np.array([row, row])
            answers[0, slot + 1] = answers[1, slot] = 0
            given, log_answers = frontier_beliefs(network, answers, range(200))
            p = np.exp(log_answers - log_evidence[0])
            assert p.sum() == pytest.approx(1, abs=CLOSE)
            assert found[0, slot : slot + 2] == pytest.approx(p, abs=CLOSE)
            assert p @ given[:, :400] == pytest.approx(found[0, :400], abs=CLOSE)
            checked += 1
    assert checked >= 10


def test_nothing_underflows() -> None:
    """Absurdly rare causes without leaks: log P(e) below -700, and what is left of doubt is exact."""
    n_causes, n_findings = 12, 9
    random = np.random.default_rng(1)
    causes = [random.choice(n_causes, 4, replace=False) for _ in range(n_findings)]
    links = n_findings * 4
    network = TwoLayer(
        n_slots=2 * (n_causes + n_findings),
        cause_slots=2 * np.arange(n_causes),
        finding_slots=2 * (n_causes + np.arange(n_findings)),
        cause_of=np.r_[np.arange(n_causes), np.full(n_findings, -1)],
        finding_of=np.r_[np.full(n_causes, -1), np.arange(n_findings)],
        log_prior=np.column_stack([np.zeros(n_causes), np.full(n_causes, -300.0)]),
        log_leak=np.tile([0.0, -np.inf], (n_findings, 1)),
        first_link=4 * np.arange(n_findings + 1),
        link_cause=np.concatenate(causes),
        log_quiet=np.column_stack([np.zeros(links), np.full(links, np.log(0.3))]),
        log_raises=np.column_stack([np.full(links, -np.inf), np.full(links, np.log(0.7))]),
    )
    row = np.ones(network.n_slots)
    row[network.finding_slots] = 0
    found, log_evidence = frontier_beliefs(network, row[None], range(n_causes))
    # By hand: fewest causes that explain everything, each world of so many with the same weight of priors.
    shares, total = np.zeros(n_causes), 0.0
    worlds = [np.array(world) for world in product((0, 1), repeat=n_causes)]
    explains = {}
    for world in worlds:
        n_acting = np.array([world[own].sum() for own in causes])
        if (n_acting > 0).all():
            explains[world.tobytes()] = (world, np.prod(1 - 0.3**n_acting))
    fewest = min(world.sum() for world, _ in explains.values())
    for world, p in explains.values():
        if world.sum() == fewest:
            shares += p * world
            total += p
    assert fewest >= 3
    assert log_evidence[0] == pytest.approx(np.log(total) - 300 * fewest, rel=1e-12)
    assert found[0, network.cause_slots + 1] == pytest.approx(shares / total, abs=CLOSE)


def test_many_parts_of_which_each_is_unlikely() -> None:
    one = two_layer_arrays(40, 60, 8, seed=6)
    row = positives(one, 8, seed=2)
    found, log_evidence = frontier_beliefs(one, row[None], range(40))
    n = 60
    links, many = len(one.link_cause), np.arange(n)
    together = TwoLayer(
        n_slots=n * one.n_slots,
        cause_slots=(many[:, None] * one.n_slots + one.cause_slots).ravel(),
        finding_slots=(many[:, None] * one.n_slots + one.finding_slots).ravel(),
        cause_of=np.where(
            np.tile(one.cause_of, n) < 0, -1, np.tile(one.cause_of, n) + 40 * np.repeat(many, 100)
        ),
        finding_of=np.where(
            np.tile(one.finding_of, n) < 0, -1, np.tile(one.finding_of, n) + 60 * np.repeat(many, 100)
        ),
        log_prior=np.tile(one.log_prior, (n, 1)),
        log_leak=np.tile(one.log_leak, (n, 1)),
        first_link=np.r_[(many[:, None] * links + one.first_link[:-1]).ravel(), n * links],
        link_cause=(many[:, None] * 40 + one.link_cause).ravel(),
        log_quiet=np.tile(one.log_quiet, (n, 1)),
        log_raises=np.tile(one.log_raises, (n, 1)),
    )
    causes = [variable for variable in range(100 * n) if variable % 100 < 40]
    all_found, all_evidence = frontier_beliefs(together, np.tile(row, n)[None], causes)
    assert all_evidence[0] < -700
    assert all_evidence[0] == pytest.approx(n * log_evidence[0], rel=1e-12)
    assert all_found[0] == pytest.approx(np.tile(found[0], n), abs=CLOSE)


def test_an_impossible_row_leaves_the_others_alone() -> None:
    causes = (variable("a", "no yes", Prior((0.9, 0.1))), variable("b", "no yes", Prior((0.8, 0.2))))
    both = NoisyMax((Link("a", "yes", "on", 1.0), Link("b", "yes", "on", 1.0)), {})
    model = Model("sure", (*causes, variable("x", "off on", both), variable("y", "off on", both)))
    layout = layout_of(model)
    network = two_layer_of(families_of(model, layout), layout)
    assert network is not None
    rows = np.ones((4, layout.n_slots))
    rows[:3, layout.slots("x")] = (0, 1)
    rows[0, layout.slots("y")] = rows[2, layout.slots("y")] = (0, 1)
    rows[1, layout.slots("y")] = (1, 0)
    rows[2, layout.slots("a")] = (1, 0)
    rows[3, layout.slots("a")] = (0, 0)
    found, log_evidence = frontier_beliefs(network, rows, range(4))
    assert log_evidence == pytest.approx([np.log(0.28), -np.inf, np.log(0.18), -np.inf])
    assert found[0] == pytest.approx([0.18 / 0.28, 0.1 / 0.28, 0.08 / 0.28, 0.2 / 0.28, 0, 1, 0, 1])
    assert not found[[1, 3]].any()
    assert found[2] == pytest.approx([1, 0, 0, 1, 0, 1, 0, 1])


@pytest.mark.parametrize(
    ("make", "is_two_layer"),
    [
        (networks.forty_parents, True),
        (networks.one_node, True),
        (networks.chain, False),
        (networks.noisy_max, False),
        (networks.diagnostic, False),
        (networks.deterministic, False),
        (networks.hub, False),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_two_layers_are_recognised(make: object, is_two_layer: bool) -> None:  # noqa: FBT001
    model = make()  # type: ignore[operator]
    layout = layout_of(model)
    assert (two_layer_of(families_of(model, layout), layout) is not None) is is_two_layer


def test_a_table_over_one_cause_is_a_finding() -> None:
    model = Model(
        "table",
        (
            variable("a", "no yes", Prior((0.7, 0.3))),
            variable("b", "no yes", Prior((0.6, 0.4))),
            variable("x", "off on", FullTable(("a",), (0.8, 0.2, 0.1, 0.9))),
            variable(
                "y",
                "off on",
                NoisyMax((Link("a", "no", "on", 0.3), Link("b", "yes", "on", 0.5)), {"on": 0.1}),
            ),
        ),
    )
    network = compile_network(model)
    found = two_layer_of(network.families, network.layout)
    assert found is not None
    rows = np.array([[1, 1, 1, 1, *x, *y] for x in LIKELIHOODS[:-1] for y in LIKELIHOODS[:-1]], dtype=float)
    posterior = network.posterior_of_rows(rows, network.layout.names)
    ours, log_evidence = frontier_beliefs(found, rows, range(4))
    assert log_evidence == pytest.approx(posterior.log_evidence, abs=CLOSE)
    assert ours == pytest.approx(posterior.beliefs, abs=CLOSE)


def test_too_large_says_how_wide_before_the_memory_is_spent() -> None:
    network = two_layer_arrays(600, 4000, 150, seed=1)
    many = np.argsort(np.diff(network.first_link))[-60:]
    row = np.ones(network.n_slots)
    row[network.finding_slots[many]] = 0
    told = (
        r"^two-layer network: 60 present findings share \d+ causes, and \d\d of them are open at once: "
        r"tables of 2\^\d\d numbers \(about [\d,]+ MB in all\) would be needed; 2,000 MB are allowed"
    )
    with pytest.raises(TooLarge, match=told):
        frontier_beliefs(network, row[None], range(600))


def test_less_memory_costs_time_and_changes_nothing() -> None:
    network = two_layer_arrays(600, 4000, 150, seed=1)
    row = positives(network, 20, seed=8)
    members = members_of(peeled(network, row), network)
    plenty, scarce = (plan_of(members.core, n_bytes) for n_bytes in (2_000_000_000, 14_000_000))
    assert 8 * scarce.n_both <= 14_000_000 < 8 * plenty.n_both
    assert len(scarce.both) > len(plenty.both)
    found, log_evidence = frontier_beliefs(network, row[None], range(600))
    again, log_again = frontier_beliefs(network, row[None], range(600), max_bytes=14_000_000)
    assert log_again[0] == log_evidence[0]
    assert (again == found).all()
    with pytest.raises(TooLarge, match="5 MB are allowed"):
        frontier_beliefs(network, row[None], range(600), max_bytes=5_000_000)


@pytest.mark.parametrize("seed", range(6))
def test_two_orders_agree_at_full_size(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    network = two_layer_arrays(600, 4000, 150, seed=seed)
    row = positives(network, 20, seed=seed)
    found, log_evidence = frontier_beliefs(network, row[None], range(600))
    # Another shape of groups, and findings closed in an order drawn at random.
    core_orders = []
    for number in range(2):
        random = np.random.default_rng(number)
        monkeypatch.setattr(
            "bayesdiag.engine.frontier.plan.best_grouping",
            lambda core, _, random=random: (
                core_orders.append(order._attempt(order._items(core, 3), (3, 4, 0.0), random, np.inf))
                or core_orders[-1]
            ),
        )
        again, log_again = frontier_beliefs(network, row[None], range(600), max_bytes=10**10)
        assert log_again[0] == pytest.approx(log_evidence[0], abs=CLOSE)
        assert again == pytest.approx(found, abs=CLOSE)
    masks = [grouping.masks for grouping in core_orders]
    assert len(masks[0]) != len(masks[1]) or (masks[0] != masks[1]).any()
