"""Learning against slow twins, published figures and worlds whose numbers are known."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import assume, given, settings
from pgmpy.factors.discrete import TabularCPD
from pgmpy.models import DiscreteBayesianNetwork

from bayesdiag.case import Case, Evidence
from bayesdiag.engine.network import compile_network
from bayesdiag.engine.sets import numbering_of, tally_of
from bayesdiag.learning import Fit, Settings, adapted, fit, log_probabilities
from bayesdiag.learning.em import Objective, climb
from bayesdiag.learning.groups import groups_of
from bayesdiag.learning.prior import pseudo_counts
from bayesdiag.learning.training import training_of
from bayesdiag.model import (
    FullTable,
    Link,
    Model,
    NoisyMax,
    Premise,
    Prior,
    Row,
    State,
    Table,
    Variable,
    Weight,
)
from bayesdiag.model.numbers import numbers_of
from tests import worlds
from tests.oracles_learning import all_worlds, probability, slow_em
from tests.strategies import evidences, models

FIXED = Weight("a test", fixed=True)
GUESS = Weight("guess", ess=0, within=3)
ALONE = Settings(ess=0, tolerance=1e-11, intervals=False)


def states(*names: str) -> tuple[State, ...]:
    return tuple(State(name) for name in names)


def plain(name: str, cpt: object, *names: str, weight: Weight | None = None) -> Variable:
    return Variable(name, "plain", states(*(names or ("n", "y"))), cpt, weight=weight or Weight(""))  # type: ignore[arg-type]


def learned(found: Fit, variable: str, state: str, **when: str) -> float:
    wanted = {name: (value,) for name, value in when.items()}
    [p] = [
        one.p
        for one in found.numbers
        if one.number.variable == variable and one.number.state == state and dict(one.number.when) == wanted
    ]
    return p


LITERATURE = Model(
    "three",
    (
        plain("A", Prior((0.5, 0.5))),
        plain("X", FullTable(("A",), (0.7, 0.3, 0.4, 0.6))),
        plain("Y", FullTable(("A",), (0.7, 0.3, 0.4, 0.6))),
    ),
)


def three_columns() -> list[Case]:
    """2,000 rows of which 30 % of the cells are blank: a case on which pgmpy's EM keeps 679 rows."""
    network = DiscreteBayesianNetwork([("A", "X"), ("A", "Y")])
    network.add_cpds(
        TabularCPD("A", 2, [[0.7], [0.3]]),
        TabularCPD("X", 2, [[0.9, 0.2], [0.1, 0.8]], ["A"], [2]),
        TabularCPD("Y", 2, [[0.85, 0.25], [0.15, 0.75]], ["A"], [2]),
    )
    frame = network.simulate(2000, seed=1, show_progress=False)[["X", "A", "Y"]]
    blank = np.random.default_rng(0).random(frame.shape) < 0.3
    return [
        Case(
            Evidence(
                LITERATURE, {n: "ny"[v] for n, v, gone in zip("XAY", row, mask, strict=True) if not gone}
            )
        )
        for row, mask in zip(frame.to_numpy(), blank, strict=True)
    ]


def test_the_fixpoint_of_the_literature() -> None:
    found = fit(LITERATURE, three_columns(), ALONE)
    assert learned(found, "A", "n") == pytest.approx(0.69627986, abs=1e-6)
    assert learned(found, "X", "y", A="n") == pytest.approx(0.08691894, abs=1e-6)
    assert learned(found, "X", "y", A="y") == pytest.approx(0.79220745, abs=1e-6)
    assert learned(found, "Y", "y", A="n") == pytest.approx(0.15262648, abs=1e-6)
    assert learned(found, "Y", "y", A="y") == pytest.approx(0.75872350, abs=1e-6)


# ── a slow twin: EM over all worlds ─────────────────────────────────────────────────────────────


def random_network(random: np.random.Generator) -> Model:
    names = [f"v{i}" for i in range(int(random.integers(2, 5)))]
    variables = []
    for place, name in enumerate(names):
        chosen = [other for other in names[:place] if random.random() < 0.6][:2]
        n_rows = int(np.prod([2 for _ in chosen]))
        p = tuple(float(x) for row in random.dirichlet((2.0, 2.0), n_rows) for x in row)
        variables.append(plain(name, FullTable(tuple(chosen), p) if chosen else Prior(p)))
    return Model("random", tuple(variables))


def sampled(model: Model, n: int, blank: float, random: np.random.Generator) -> list[Case]:
    worlds_ = all_worlds(model)
    p = np.array([probability(model, world) for world in worlds_])
    chosen = random.choice(len(p), size=n, p=p / p.sum())
    return [
        Case(Evidence(model, {name: s for name, s in worlds_[i].items() if random.random() >= blank}))
        for i in chosen
    ]


@pytest.mark.parametrize("seed", range(50))
def test_em_goes_where_a_slow_independent_one_goes(seed: int) -> None:
    random = np.random.default_rng(seed)
    model = random_network(random)
    cases = sampled(model, 200, float(random.uniform(0.1, 0.6)), random)
    found = fit(model, cases, ALONE)
    slow = slow_em(model, cases, 300)
    # On a ridge of equal likelihood two climbs may end apart: then the heights must agree.
    reached = log_probabilities(found.model, cases).sum()
    twin = {
        (one.number.variable, tuple(s[0] for s in one.number.when.values()), one.number.state): one.p
        for one in found.numbers
    }
    far = max(abs(twin[(*key, state)] - p) for key, row in slow.items() for state, p in row.items())
    if far > 1e-6:
        cells = [slow[(n.variable, tuple(s[0] for s in n.when.values()))][n.state] for n in _numbers(model)]
        other = _with(model, cells)
        assert reached >= log_probabilities(other, cases).sum() - 1e-6
        assert reached - log_probabilities(other, cases).sum() < 0.05


def _numbers(model: Model) -> list:  # type: ignore[type-arg]
    states_of = {variable.id: variable.state_ids for variable in model.variables}
    return [number for variable in model.variables for number in numbers_of(variable, states_of)]


def _with(model: Model, p: list[float]) -> Model:
    network = compile_network(model)
    groups = groups_of(numbering_of(model, network.layout, network.families))
    shares = groups.start.copy()
    shares[: len(p)] = p
    return worlds.with_shares(model, groups, shares)


# ── laws ────────────────────────────────────────────────────────────────────────────────────────


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_counts_are_slopes_of_the_log_probability(data: st.DataObject) -> None:
    """A cell's count is d log P / d log cell, whatever form the table has, in one program or one a row."""
    model = data.draw(models())
    evidence = data.draw(evidences(model))
    network = compile_network(model)
    numbering = numbering_of(model, network.layout, network.families)
    row = network.rows([evidence], premise=True)
    assume(np.isfinite(network.posterior([evidence], premise=True).log_evidence[0]))
    groups = groups_of(numbering)
    for most in (np.inf, 0):
        tally = tally_of(network.ways, numbering, row, max_cells=most)
        counts, [log_p] = tally.count(numbering.own, np.ones(1))
        assert log_p == pytest.approx(network.posterior([evidence], premise=True).log_evidence[0], abs=1e-9)
        slopes = groups.slopes(groups.counts_of(counts, groups.start), groups.start)
        known = np.log(np.where(groups.start > 0, groups.start, 1.0))
        for place in np.flatnonzero(groups.may_shift & (groups.start > 1e-3)):
            ends = []
            for shift in (1e-5, -1e-5):
                shifted = groups.placed(known + shift * (np.arange(len(known)) == place), groups.start)
                ends.append(tally.count(groups.cells_of(shifted), np.ones(1))[1][0])
            assert (ends[0] - ends[1]) / 2e-5 == pytest.approx(slopes[place], abs=2e-5)


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_the_objective_never_falls(data: st.DataObject) -> None:
    model = data.draw(models())
    found = [data.draw(evidences(model)) for _ in range(data.draw(st.integers(1, 5)))]
    ess = data.draw(st.sampled_from((0.0, 0.5, 20.0)))
    cases = [Case(evidence, weight=data.draw(st.sampled_from((1.0, 2.5)))) for evidence in found]
    network = compile_network(model)
    numbering = numbering_of(model, network.layout, network.families)
    training = training_of(network, numbering, cases)
    groups = groups_of(numbering)
    end = climb(
        Objective(training, groups, pseudo_counts(groups, numbering.numbers, ess)),
        groups.start,
        max_steps=150,
    )
    history = np.array(end.history)
    assert np.isfinite(history).all()
    assert (np.diff(history) >= -1e-7 * (1 + np.abs(history[1:]))).all()


def test_complete_data_is_counted() -> None:
    random = np.random.default_rng(5)
    model = random_network(random)
    cases = sampled(model, 300, 0.0, random)
    found = fit(model, cases, ALONE)
    for number in _numbers(model):
        rows = [c.evidence.hard() for c in cases]
        rows = [row for row in rows if all(row[name] == s[0] for name, s in number.when.items())]
        if rows:
            share = sum(row[number.variable] == number.state for row in rows) / len(rows)
            when = {name: s[0] for name, s in number.when.items()}
            assert learned(found, number.variable, number.state, **when) == pytest.approx(share, abs=1e-9)


def test_a_row_that_no_case_reaches_keeps_its_number() -> None:
    cases = [Case(Evidence(LITERATURE, {"A": "n", "X": "y"}))] * 3
    found = fit(LITERATURE, cases, ALONE)
    assert learned(found, "X", "y", A="y") == 0.6
    assert learned(found, "X", "y", A="n") == 1.0


def test_stated_numbers_are_worth_their_ess() -> None:
    model = replace(
        LITERATURE,
        variables=(plain("A", Prior((0.45, 0.55)), weight=Weight("guess", ess=10, within=3)),),
    )
    found = fit(model, [Case(Evidence(model, {"A": "y"}))])
    assert learned(found, "A", "y") == pytest.approx((0.55 * 10 + 1) / 11, abs=1e-9)  # .59090909: adaptation
    assert fit(model, [Case(Evidence(model, {"A": "y"}))], Settings(ess=0)).model.variables[0].cpt == Prior(
        (0, 1)
    )
    heavy = fit(model, [Case(Evidence(model, {"A": "y"}))], Settings(ess=1e9))
    assert learned(heavy, "A", "y") == pytest.approx(0.55, abs=1e-6)


def test_weights_are_repeated_cases_and_order_is_nothing() -> None:
    cases = three_columns()[:150]
    some = [*cases, *cases[:40], *cases[:40]]
    weighed = [replace(case, weight=3.0) if place < 40 else case for place, case in enumerate(cases)]
    one, other = fit(LITERATURE, some, ALONE), fit(LITERATURE, weighed[::-1], ALONE)
    for mine, yours in zip(one.numbers, other.numbers, strict=True):
        assert mine.p == pytest.approx(yours.p, abs=1e-7)


def test_learning_is_repeatable_to_the_last_bit() -> None:
    chosen = Settings(ess=1, starts=3, seed=7)
    one, other = (fit(LITERATURE, three_columns()[:200], chosen) for _ in range(2))
    assert one.numbers == other.numbers
    assert one.history == other.history
    assert len(one.starts) == 3


def test_a_soft_finding_is_a_mixture_of_sure_ones() -> None:
    """With half a doubt the likelihood is half of each; learned numbers make it largest."""
    model = Model("one", (plain("A", Prior((0.5, 0.5))),))
    cases = [Case(Evidence(model, {"A": {"n": 1.0, "y": 0.25}}))] * 3 + [Case(Evidence(model, {"A": "y"}))]
    found = fit(model, cases, ALONE)
    grid = np.linspace(0.001, 0.999, 99901)
    best = grid[np.argmax(3 * np.log((1 - grid) + 0.25 * grid) + np.log(grid))]
    assert learned(found, "A", "y") == pytest.approx(best, abs=2e-5)


def test_frozen_and_fixed_numbers_stay() -> None:
    found = fit(LITERATURE, three_columns()[:300], Settings(ess=0, freeze=("X",)))
    assert found.model.variable_of["X"] == LITERATURE.variable_of["X"]
    assert found.model.variable_of["Y"] != LITERATURE.variable_of["Y"]


def test_links_that_are_gated_differently_share_out_what_is_left() -> None:
    """Two links of one parent state, one of them gated: the numbers that make the cases likeliest."""
    links = (Link("c", "bad", "low", 0.3), Link("c", "bad", "high", 0.3, {"g": ("on",)}))
    model = Model(
        "gated",
        (
            plain("g", Prior((0.5, 0.5)), "off", "on", weight=FIXED),
            plain("c", Prior((0.5, 0.5)), "ok", "bad", weight=FIXED),
            plain("e", NoisyMax(links, {}), "none", "low", "high"),
        ),
    )
    tally = {
        ("off", "none"): 30,
        ("off", "low"): 10,
        ("on", "none"): 12,
        ("on", "low"): 9,
        ("on", "high"): 19,
    }
    cases = [
        Case(Evidence(model, {"c": "bad", "g": gate, "e": seen}), weight=n)
        for (gate, seen), n in tally.items()
    ]
    found = fit(model, cases, Settings(ess=0, intervals=False))
    low, high = (one.p for one in found.numbers if one.number.role == "link")
    grid = np.linspace(0.005, 0.99, 500)
    x, y = np.meshgrid(grid, grid, indexing="ij")
    with np.errstate(invalid="ignore", divide="ignore"):
        heights = 19 * np.log(x) + 19 * np.log(y) + 30 * np.log(1 - x) + 12 * np.log(1 - x - y)
    at = np.unravel_index(np.nanargmax(heights), heights.shape)
    assert (low, high) == (pytest.approx(grid[at[0]], abs=0.005), pytest.approx(grid[at[1]], abs=0.005))


def linked(*links: Link, weight: Weight) -> Model:
    """A cause that is there half the time and what its links bring about; `e` is a gate."""
    return Model(
        "linked",
        (
            plain("e", Prior((0.5, 0.5)), "chip", "swipe", weight=FIXED),
            plain("a", Prior((0.5, 0.5)), "ok", "bad", weight=FIXED),
            plain("y", NoisyMax(links, {"s1": 0.01}), "no", "s1", "s2", weight=weight),
        ),
    )


@pytest.mark.parametrize(
    "links",
    [
        # Refitted files have an ess of their own for each link.
        (
            Link("a", "bad", "s1", 0.3, weight=Weight("x", ess=100)),
            Link("a", "bad", "s2", 0.3, weight=Weight("y", ess=1)),
        ),
        # One of two links behind a gate: what they leave over differs between contexts.
        (Link("a", "bad", "s1", 0.3), Link("a", "bad", "s2", 0.2, {"e": ("chip",)})),
    ],
    ids=["ess of their own", "gated differently"],
)
@pytest.mark.parametrize("learn", ["fit", "adapted"])
def test_links_that_no_case_touches_keep_their_numbers(links: tuple[Link, ...], learn: str) -> None:
    model = linked(*links, weight=Weight("guess", ess=10))
    untouched = [Case(Evidence(model, {"a": "ok", "y": "no"}))]
    told = adapted(model, untouched).numbers if learn == "adapted" else fit(model, untouched).numbers
    for one in told:
        if one.number.role == "link":
            assert one.p == pytest.approx(one.number.p, abs=1e-9)
    seen = [Case(Evidence(model, {"a": "bad", "y": "s1", "e": "swipe"}))]
    told = adapted(model, seen).numbers if learn == "adapted" else fit(model, seen).numbers
    first = next(one for one in told if one.number.role == "link")
    assert 0.3 < first.p < 0.36  # what was seen once is likelier than it was stated to be


def test_links_that_leave_nothing_over_do_not_come_to_more_than_one() -> None:
    """Six effects of one cause, each in a sixth of the cases: rounded, .166667 six times is too much."""
    effects = ("none", *(f"e{i}" for i in range(6)))
    links = tuple(Link("c", "bad", name, 0.1) for name in effects[1:])
    model = Model(
        "six",
        (
            plain("c", Prior((0.5, 0.5)), "ok", "bad", weight=FIXED),
            plain("e", NoisyMax(links, {}), *effects),
        ),
    )
    cases = [Case(Evidence(model, {"c": "bad", "e": name})) for name in effects[1:]]
    new = fit(model, cases, ALONE).model.variable_of["e"].cpt
    assert isinstance(new, NoisyMax)
    assert sum(link.p for link in new.links) == pytest.approx(1.0, abs=1e-5)
    assert sum(link.p for link in new.links) <= 1.0


def test_impossible_cases_are_named_and_the_rest_is_learned() -> None:
    model = replace(
        LITERATURE,
        variables=(plain("A", Prior((1.0, 0.0))), plain("X", FullTable(("A",), (0.7, 0.3, 0.4, 0.6)))),
    )
    cases = [Case(Evidence(model, {"A": "y"})), Case(Evidence(model, {"X": "y"}))]
    found = fit(model, cases, ALONE)
    assert [one.place for one in found.rejected] == [0]
    assert found.n_cases == 1
    assert learned(found, "X", "y", A="n") == 1.0


# ── failures alone ──────────────────────────────────────────────────────────────────────────────


def two_causes(a: float, b: float, premise: Premise) -> Model:
    """Two causes, each with a telling sign; the links are known."""
    links = (Link("a", "bad", "failed", 0.9), Link("b", "bad", "failed", 0.8))
    sign = [
        Variable(
            name,
            "plain",
            states("n", "y"),
            Table((cause,), (Row({cause: ("bad",)}, (1 - hit, hit)), Row({}, (1 - false, false)))),
            weight=FIXED,
        )
        for name, cause, hit, false in (("s", "a", 0.8, 0.05), ("t", "b", 0.7, 0.1))
    ]
    return Model(
        "two",
        (
            plain("a", Prior((1 - a, a)), "ok", "bad", weight=GUESS),
            plain("b", Prior((1 - b, b)), "ok", "bad", weight=GUESS),
            plain("out", NoisyMax(links, {"failed": 0.002}), "fine", "failed", weight=FIXED),
            *sign,
        ),
        premise=premise,
    )


def seen_failures(n: int) -> tuple[Counter[tuple[str, str]], float]:
    random = np.random.default_rng(0)
    attempts = 6_000_000
    a, b = random.random(attempts) < 0.012, random.random(attempts) < 0.004
    failed = random.random(attempts) < 0.002
    failed |= (a & (random.random(attempts) < 0.9)) | (b & (random.random(attempts) < 0.8))
    at = np.flatnonzero(failed)[:n]
    s = np.where(a[at], random.random(n) < 0.8, random.random(n) < 0.05)
    t = np.where(b[at], random.random(n) < 0.7, random.random(n) < 0.1)
    pairs = zip(np.where(s, "y", "n").tolist(), np.where(t, "y", "n").tolist(), strict=True)
    return Counter(pairs), float(failed.mean())


@pytest.mark.parametrize("ess", [0.0, 1000.0])
def test_causes_seen_through_failures_alone_come_out_true(ess: float) -> None:
    counted, share = seen_failures(60_000)
    model = two_causes(0.05, 0.05, Premise("out", ("fine",), share, ess, "a count", 0.0))
    cases = [Case(Evidence(model, {"s": s, "t": t}), weight=n) for (s, t), n in counted.items()]
    found = fit(model, cases, Settings(ess=0))
    assert found.has_settled
    assert learned(found, "a", "bad") == pytest.approx(0.012, rel=0.05)
    assert learned(found, "b", "bad") == pytest.approx(0.004, rel=0.05)
    # The same numbers, entered as if failing were a finding like any other, go far astray.
    naive = replace(model, premise=None)
    told = [replace(c, evidence=Evidence(naive, {**c.evidence.hard(), "out": "failed"})) for c in cases]
    assert learned(fit(naive, told, Settings(ess=0)), "a", "bad") > 0.3


def test_an_attempt_that_was_recorded_anyway_counts_as_itself() -> None:
    model = two_causes(0.05, 0.05, Premise("out", ("fine",), 0.02, 0.0, "a count", 0.0))
    cases = [
        Case(Evidence(model, {"a": "bad"}), premise=False),
        Case(Evidence(model, {"a": "ok"}), weight=3, premise=False),
    ]
    found = fit(model, cases, Settings(ess=0, freeze=("b",)))
    assert learned(found, "a", "bad") == pytest.approx(0.25, abs=1e-8)


def test_what_was_excluded_is_not_so() -> None:
    model = two_causes(0.3, 0.3, Premise("out", ("fine",), 0.5, 0.0, "a count", 0.0))
    cases = [
        Case(Evidence(model, {}), confirmed={"a": "bad"}, premise=False),
        Case(Evidence(model, {}), excluded={"a": ("bad",)}, weight=4, premise=False),
    ]
    assert learned(fit(model, cases, Settings(ess=0)), "a", "bad") == pytest.approx(0.2, abs=1e-8)


# ── worlds drawn from the ranges ────────────────────────────────────────────────────────────────


def held(seeds: range, **chosen: str) -> tuple[float, float, float]:
    """Share of true numbers inside their 90 % intervals, and mean log-ratio errors: learned, counted."""
    model = worlds.payment_cut()
    causes = {variable.id for variable in model.of_kind("cause")}
    inside: list[bool] = []
    errors: list[float] = []
    naive: list[float] = []
    for seed in seeds:
        random = np.random.default_rng(seed)
        world, true = worlds.drawn_world(model, random)
        cases = worlds.tickets(world, model, 2000, random)
        # What is known of all attempts: 200 of them, of which some failed.
        failed = max(0.5, float(random.binomial(200, worlds.p_premise(world))))
        assert model.premise is not None
        told = replace(model, premise=replace(model.premise, p=failed / 200, ess=200.0))
        found = fit(told, cases, Settings(tolerance=1e-7, **chosen))  # type: ignore[arg-type]
        for place, one in enumerate(found.numbers):
            if one.interval is None or not 0 < true[place] < 1:
                continue
            inside.append(one.interval[0] <= true[place] <= one.interval[1])
            number = one.number
            normal = number.state == model.variable_of[number.variable].state_ids[0]
            if number.variable in causes and number.role in ("prior", "row") and not normal:
                errors.append(abs(float(np.log(one.p / true[place]))))
                naive.append(abs(float(np.log(_counted(number, cases) / true[place]))))
    return float(np.mean(inside)), float(np.mean(errors)), float(np.mean(naive))


def _counted(number, cases: list[Case]) -> float:  # type: ignore[no-untyped-def]
    """The number by counting the cases in which its cause was looked up, half a case added to each side."""
    labels = [
        case.confirmed[number.variable]
        for case in cases
        if number.variable in case.confirmed
        and all(case.evidence.hard().get(name) in allowed for name, allowed in number.when.items())
    ]
    return (labels.count(number.state) + 0.5) / (len(labels) + 1)


def test_intervals_hold_the_numbers_of_a_world() -> None:
    inside, error, naive = held(range(2), prior="within")
    assert 0.84 < inside < 0.96  # two worlds; the long test has ten
    assert error < naive / 3


@pytest.mark.long
def test_intervals_hold_the_numbers_of_ten_worlds() -> None:
    inside, error, naive = held(range(10), prior="within")
    told = f"inside {inside:.4f}, log-ratio error {error:.3f}, counted {naive:.3f}"
    assert 0.87 <= inside <= 0.93, told
    assert error <= naive / 3, told
