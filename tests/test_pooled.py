"""Contexts that borrow from each other: by hand, against slow twins, and in worlds whose rows are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from scipy.optimize import minimize_scalar
from scipy.special import betainc

from bayesdiag.case import Case, Evidence
from bayesdiag.errors import InvalidModel
from bayesdiag.learning import Fit, Settings, dirichlet, fit, log_probabilities, poolable
from bayesdiag.learning.dirichlet import SCALE, USUAL, best_weights, ends_of
from bayesdiag.model import (
    Cpt,
    FullTable,
    Link,
    Model,
    NoisyMax,
    Premise,
    Prior,
    Row,
    StateMap,
    Table,
    Variable,
    Weight,
)
from bayesdiag.modelfile import load, save
from tests.oracles_learning import best_pool, log_mixed, log_polya
from tests.test_learning import FIXED, learned, states

POOLED = Settings(ess=0, pooled=("region",), tolerance=1e-11, intervals=False)
SEEN = {"ok": (0.9, 0.1), "bad": (0.3, 0.7)}
"""P(sign | cause)."""


def of_kind(kind: str, name: str, cpt: Cpt, *names: str, weight: Weight | None = None) -> Variable:
    return Variable(name, kind, states(*names), cpt, weight=weight or Weight("guess"))  # type: ignore[arg-type]


def regions(n: int, p: float = 0.2, weight: Weight | None = None, cpt: Cpt | None = None) -> Model:
    """A cause that depends on the region, and a sign of it."""
    names = [f"r{i}" for i in range(n)]
    return Model(
        "regions",
        (
            of_kind("plain", "region", Prior((1 / n,) * n), *names, weight=FIXED),
            of_kind(
                "plain", "cause", cpt or FullTable(("region",), (1 - p, p) * n), "ok", "bad", weight=weight
            ),
            of_kind(
                "plain", "sign", FullTable(("cause",), (*SEEN["ok"], *SEEN["bad"])), "n", "y", weight=FIXED
            ),
        ),
    )


def seen(model: Model, region: int, n: int, *, weight: float = 1.0, **found: str) -> list[Case]:
    return [Case(Evidence(model, {"region": f"r{region}", **found}), weight=weight)] * n


def counted(model: Model, table: Sequence[tuple[int, int]]) -> list[Case]:
    return [
        case
        for region, (ok, bad) in enumerate(table)
        for case in [*seen(model, region, ok, cause="ok"), *seen(model, region, bad, cause="bad")]
    ]


def rows_of(found: Fit) -> list[float]:
    return [one.p for one in found.numbers if one.number.variable == "cause" and one.number.state == "bad"]


# ── complete cases: the formula, and the best κ · m ─────────────────────────────────────────────

TABLE = [(40, 3), (11, 9), (2, 0), (0, 0), (70, 30), (5, 1)]


@pytest.mark.parametrize("ess", [0.0, 25.0])
def test_complete_cases_shrink_by_the_formula(ess: float) -> None:
    model = regions(len(TABLE), weight=Weight("guess", ess=ess))
    found = fit(model, counted(model, TABLE), replace(POOLED, ess=None))
    assert found.has_settled
    [pool] = found.pools
    kappa, m = pool.concentration, float(pool.overall[1])
    for (ok, bad), p in zip(TABLE, rows_of(found), strict=True):
        assert p == pytest.approx((bad + kappa * m) / (ok + bad + kappa), abs=1e-10)
    assert rows_of(found)[3] == pytest.approx(m, abs=1e-12)
    stated = ess * np.array([0.8, 0.2])
    twin = best_pool(lambda weights: sum(log_polya(row, weights) for row in TABLE), stated, pool.weights * 2)
    assert pool.weights == pytest.approx(twin, rel=1e-4)
    assert pool.trials == pytest.approx([sum(row) for row in TABLE], abs=1e-8)


def test_three_states_and_what_is_stated_apart() -> None:
    """What rows state pulls the overall row by its mean, each row weighed by its ess."""
    rows = (
        Row({"region": ("r0",)}, (0.7, 0.2, 0.1), Weight("a count", ess=30)),
        Row({"region": ("r1",)}, (0.4, 0.5, 0.1), Weight("a count", ess=10)),
        Row({}, (0.1, 0.1, 0.8), Weight("guess")),
    )
    cause = of_kind("plain", "cause", Table(("region",), rows), "ok", "bad", "worse")
    base = regions(4)
    model = replace(base, variables=(base.variables[0], cause))
    table = [(5, 9, 2), (20, 1, 0), (3, 3, 3), (0, 2, 0)]
    cases = [
        case
        for region, row in enumerate(table)
        for state, n in zip(cause.state_ids, row, strict=True)
        for case in seen(model, region, n, cause=state)
    ]
    found = fit(model, cases, replace(POOLED, ess=None))
    [pool] = found.pools
    # r2 and r3 share the last row.
    together = [*table[:2], tuple(a + b for a, b in zip(*table[2:], strict=True))]
    stated = (30 * np.array([0.7, 0.2, 0.1]) + 10 * np.array([0.4, 0.5, 0.1])) / 40 * 40 / 3
    twin = best_pool(
        lambda weights: sum(log_polya(row, weights) for row in together), stated, np.array([9.0, 9.0, 9.0])
    )
    assert pool.weights == pytest.approx(twin, rel=1e-3)
    p = [one.p for one in found.numbers if one.number.variable == "cause"]
    want = [(np.array(row) + pool.weights) / (sum(row) + pool.concentration) for row in together]
    assert p == pytest.approx(np.concatenate(want), abs=1e-9)


def test_contexts_that_agree_are_one_and_contexts_that_do_not_stay_apart() -> None:
    model = regions(8)
    alike = fit(model, counted(model, [(90, 10)] * 8), POOLED)
    assert 200 < alike.pools[0].concentration < 1e5
    assert rows_of(alike) == pytest.approx([0.1] * 8, abs=1e-3)
    apart = fit(model, counted(model, [(100, 0), (0, 100)] * 4), POOLED)
    assert 0.01 < apart.pools[0].concentration < 1
    assert rows_of(apart) == pytest.approx([0.0, 1.0] * 4, abs=0.01)


def test_the_weight_of_a_case_counts() -> None:
    model = regions(3)
    table = [(6, 2), (1, 4), (9, 9)]
    weighed = [
        case
        for region, (ok, bad) in enumerate(table)
        for case in [
            *seen(model, region, 1, cause="ok", weight=ok),
            *seen(model, region, 1, cause="bad", weight=bad),
        ]
    ]
    one, other = fit(model, weighed, POOLED), fit(model, counted(model, table), POOLED)
    assert one.pools[0].weights == pytest.approx(other.pools[0].weights, rel=1e-6)


# ── blanks: against the exact integral over every row ───────────────────────────────────────────


@pytest.mark.parametrize("seed", range(4))
def test_with_blanks_rows_are_integrated_out(seed: int) -> None:
    """The cause is known in half of the cases; otherwise a sign speaks of it, or nothing."""
    random = np.random.default_rng(seed)
    model, cases, told = regions(12), [], []
    for region, p in enumerate(random.beta(2.0, 6.0, 12)):
        likelihoods = []
        for _ in range(int(random.integers(0, 60))):
            cause = ("ok", "bad")[int(random.random() < p)]
            sign = "ny"[int(random.random() < SEEN[cause][1])]
            shown = {"sign": sign} if random.random() < 0.8 else {}
            if random.random() < 0.5:
                shown["cause"] = cause
            cases += seen(model, region, 1, **shown)
            of_sign = [SEEN[c]["ny".index(sign)] if "sign" in shown else 1.0 for c in ("ok", "bad")]
            known = [shown.get("cause", c) == c for c in ("ok", "bad")]
            likelihoods.append([a * b for a, b in zip(of_sign, known, strict=True)])
        told.append(np.array(likelihoods).reshape(-1, 2))
    found = fit(model, cases, POOLED)
    [pool] = found.pools
    twin = best_pool(
        lambda weights: sum(log_mixed(rows, tuple(weights)) for rows in told), np.zeros(2), pool.weights * 1.5
    )
    assert pool.overall[1] == pytest.approx(twin[1] / twin.sum(), rel=0.03)
    assert np.log(pool.concentration) == pytest.approx(np.log(twin.sum()), abs=0.3)
    # Given κ · m, every row is the best one: a search on its own finds no better.
    for rows, p in zip(told, rows_of(found), strict=True):

        def downhill(x: float, rows: np.ndarray = rows) -> float:  # type: ignore[type-arg]
            theta = 1 / (1 + np.exp(-x))
            data = np.log((1 - theta) * rows[:, 0] + theta * rows[:, 1]).sum()
            return -float(data + pool.weights @ np.log([1 - theta, theta]))

        x = minimize_scalar(downhill, bounds=(-12, 12), method="bounded", options={"xatol": 1e-9}).x
        assert p == pytest.approx(1 / (1 + np.exp(-x)), abs=1e-6)


def test_what_is_only_filled_in_says_nothing_of_how_alike_contexts_are() -> None:
    """Cases without a word about the cause leave the pool as it was, however many they are."""
    model = regions(6)
    told = counted(model, [(4, 6), (9, 1), (5, 5), (10, 0), (2, 8), (7, 3)])
    silent = [case for region in range(6) for case in seen(model, region, 500)]
    one, other = fit(model, told, POOLED), fit(model, [*told, *silent], POOLED)
    assert other.pools[0].weights == pytest.approx(one.pools[0].weights, rel=1e-4)


# ── worlds whose rows are known ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("blank", [0.0, 0.6])
def test_pooled_rows_are_nearer_the_truth_than_separate_ones_and_than_one_for_all(blank: float) -> None:
    square, log = np.zeros(3), np.zeros(3)
    for seed in range(6):
        random = np.random.default_rng(seed)
        model, true = regions(20), random.beta(15 * 0.2, 15 * 0.8, 20)
        cases = []
        for region, p in enumerate(true):
            for _ in range(int(random.choice([1, 3, 10, 30, 100]))):
                cause = ("ok", "bad")[int(random.random() < p)]
                shown = {"sign": "ny"[int(random.random() < SEEN[cause][1])]}
                if random.random() >= blank:
                    shown["cause"] = cause
                cases += seen(model, region, 1, **shown)
        pooled = fit(model, cases, POOLED)
        apart = rows_of(fit(model, cases, Settings(ess=0.1, intervals=False)))
        ways = [np.array(rows_of(pooled)), np.array(apart), np.full(20, pooled.pools[0].overall[1])]
        square += [float(np.mean((way - true) ** 2)) for way in ways]
        log += [float(np.mean(np.abs(np.log(way / true)))) for way in ways]
    assert square[0] < 0.8 * square[1:].min()
    assert log[0] < 0.9 * log[1:].min()


def test_intervals_hold_the_true_rows() -> None:
    """In worlds as they are believed to be: the concentration drawn as stated, any overall number."""
    inside = []
    for seed in range(100):
        random = np.random.default_rng(seed)
        kappa, m = np.exp(np.log(USUAL) + SCALE * random.logistic()), random.uniform(0.02, 0.5)
        kappa = float(np.clip(kappa, 0.05, 1e5))
        true = np.clip(random.beta(kappa * m, kappa * (1 - m), 12), 1e-12, 1 - 1e-12)
        n = random.choice([1, 3, 10, 30, 100], 12)
        bad = random.binomial(n, true)
        counts = np.stack([n - bad, bad], axis=1).astype(np.float64)
        low, high = ends_of(counts, best_weights(counts, np.array([24.0, 6.0]), np.zeros(2)), np.zeros(2))
        inside.append(np.mean((low[:, 1] <= true) & (true <= high[:, 1])))
    assert 0.86 < np.mean(inside) < 0.94


# ── failures alone ──────────────────────────────────────────────────────────────────────────────


def failing(n: int, premise: Premise | None, p: float = 0.05) -> Model:
    """Two causes, one of which depends on the region; the attempt fails by either."""
    base = regions(n, p)
    region, cause, _ = base.variables
    links = (Link("cause", "bad", "failed", 0.9), Link("other", "bad", "failed", 0.8))
    return Model(
        "failing",
        (
            region,
            cause,
            of_kind("plain", "other", Prior((0.97, 0.03)), "ok", "bad"),
            of_kind("plain", "out", NoisyMax(links, {"failed": 0.002}), "fine", "failed", weight=FIXED),
        ),
        premise=premise,
    )


def test_with_a_premise_rows_come_out_true_though_only_failures_are_seen() -> None:
    random = np.random.default_rng(3)
    n, attempts = 10, 400_000
    true = random.beta(8 * 0.05, 8 * 0.95, n)
    region = random.integers(n, size=attempts)
    cause, other = random.random(attempts) < true[region], random.random(attempts) < 0.03
    failed = random.random(attempts) < 0.002
    failed |= (cause & (random.random(attempts) < 0.9)) | (other & (random.random(attempts) < 0.8))
    at = np.flatnonzero(failed)[:1500]
    model = failing(n, Premise("out", ("fine",), float(failed.mean()), 5000.0, "a count", 0.0))
    cases = [
        Case(
            Evidence(
                model,
                {
                    "region": f"r{region[i]}",
                    "cause": "bad" if cause[i] else "ok",
                    "other": "bad" if other[i] else "ok",
                },
            )
        )
        for i in at
    ]
    found = fit(model, cases, POOLED)
    assert found.has_settled
    rows = np.array(rows_of(found))
    assert np.abs(rows - true).mean() < 0.01
    assert learned(found, "other", "bad") == pytest.approx(0.03, rel=0.15)
    naive = failing(n, None)
    told = [replace(c, evidence=Evidence(naive, {**c.evidence.hard(), "out": "failed"})) for c in cases]
    assert np.abs(np.array(rows_of(fit(naive, told, POOLED))) - true).mean() > 0.1
    # A region without a case, though attempts are made there, has few failures: less than overall.
    elsewhere = [c for c in cases if c.evidence.hard()["region"] != "r1"]
    assert rows_of(fit(model, elsewhere, POOLED))[1] < found.pools[0].overall[1]


def test_with_a_premise_each_row_is_the_best_under_the_overall_one() -> None:
    """By a search of its own on Σ log P(case)/P(failed) + Σ κm log θ."""
    model = failing(3, Premise("out", ("fine",), 0.05, 0.0, "a count", 0.0))
    cases = [
        *seen(model, 0, 9, cause="bad"),
        *seen(model, 0, 30, cause="ok"),
        *seen(model, 1, 14, cause="ok"),
        *seen(model, 2, 3, cause="bad"),
        *seen(model, 2, 5),
    ]
    found = fit(model, cases, replace(POOLED, freeze=("other",)))
    weights, rows = found.pools[0].weights, rows_of(found)

    def height(p: Sequence[float]) -> float:
        table = tuple(x for one in p for x in (1 - one, one))
        cause = replace(found.model.variables[1], cpt=FullTable(("region",), table))
        new = replace(found.model, variables=(found.model.variables[0], cause, *found.model.variables[2:]))
        logs = [weights @ np.log([1 - one, one]) for one in p]
        return float(log_probabilities(new, cases).sum() + sum(logs))

    top = height(rows)
    for place in range(3):
        for factor in (0.98, 1.02):
            moved = [p * (factor if at == place else 1) for at, p in enumerate(rows)]
            assert height(moved) < top


# ── laws ────────────────────────────────────────────────────────────────────────────────────────


@settings(deadline=None, max_examples=12)
@given(st.data())
def test_the_objective_never_falls(data: st.DataObject) -> None:
    premise = Premise("out", ("fine",), 0.1, 20.0, "a count", 0.0)
    model = failing(4, data.draw(st.sampled_from((None, premise))))
    cases = []
    for _ in range(data.draw(st.integers(1, 25))):
        shown = {
            variable: data.draw(st.sampled_from(options))
            for variable, options in (
                ("region", ("r0", "r1", "r2")),
                ("cause", ("ok", "bad")),
                ("other", ("ok", "bad")),
            )
            if data.draw(st.booleans())
        }
        failed = data.draw(st.booleans())
        if model.premise is None:
            shown["out"] = "failed" if failed else "fine"
        weight = data.draw(st.sampled_from((1.0, 2.5)))
        cases.append(Case(Evidence(model, shown), premise=failed, weight=weight))
    ess = data.draw(st.sampled_from((0.0, 0.5, 20.0)))
    told: list[float] = []
    found = fit(
        model, cases, Settings(ess=ess, pooled=("region",)), progress=lambda _, value: told.append(value)
    )
    history = np.array(found.history)
    assert np.isfinite(history).all()
    assert (np.diff(history) > 0).all()
    assert told == pytest.approx(history[: len(told)])
    for one in found.numbers:
        assert 0 <= one.p <= 1
        if one.interval is not None:
            assert 0 <= one.interval[0] <= one.interval[1] <= 1


# ── which rows ──────────────────────────────────────────────────────────────────────────────────


def test_rows_that_also_differ_in_something_else_are_pools_of_their_own() -> None:
    rows = (
        Row({"cause": ("bad",), "region": ("r0",)}, (0.2, 0.8)),
        Row({"cause": ("bad",)}, (0.4, 0.6)),
        Row({"region": ("r0", "r1")}, (0.9, 0.1)),
        Row({"region": ("r2",)}, (1.0, 0.0)),
        Row({}, (0.95, 0.05)),
    )
    base = regions(4)
    sign = of_kind("plain", "sign", Table(("cause", "region"), rows), "n", "y")
    model = replace(base, variables=(*base.variables[:2], sign))
    found = fit(model, counted(model, [(3, 3)] * 4), replace(POOLED, freeze=("cause",)))
    told = {(one.pool.variable, tuple(one.pool.when.items())): len(one.pool.members) for one in found.pools}
    # The row that never says yes is not doubted, and belongs to no pool.
    assert told == {("sign", (("cause", ("bad",)),)): 2, ("sign", ()): 2}
    assert learned(found, "sign", "y", region="r2") == 0.0


def test_two_contexts_make_one_pool_of_all_their_combinations() -> None:
    base = regions(2)
    hour = of_kind("plain", "hour", Prior((0.5, 0.5)), "day", "night", weight=FIXED)
    cause = of_kind("plain", "cause", FullTable(("region", "hour"), (0.8, 0.2) * 4), "ok", "bad")
    model = replace(base, variables=(base.variables[0], hour, cause))
    cases = [Case(Evidence(model, {"region": "r0", "hour": "day", "cause": "bad"}))] * 5
    both = fit(model, cases, replace(POOLED, pooled=("region", "hour")))
    assert [len(one.pool.members) for one in both.pools] == [4]
    one = fit(model, cases, POOLED)
    assert [dict(pool.pool.when) for pool in one.pools] == [{"hour": ("day",)}, {"hour": ("night",)}]


def test_a_map_is_pooled_too() -> None:
    rows = {f"r{i}": {"ok": 0.8, "bad": 0.2} for i in range(3)}
    model = regions(3, cpt=StateMap("region", rows))
    found = fit(model, counted(model, [(5, 1), (2, 2), (0, 0)]), POOLED)
    assert rows_of(found)[2] == pytest.approx(found.pools[0].overall[1], abs=1e-12)


def test_other_numbers_are_learned_as_ever() -> None:
    """Beside pools, with either prior: a table that does not know the region."""
    base = regions(4)
    sign = replace(base.variables[2], weight=Weight("guess", ess=5, within=4))
    model = replace(base, variables=(*base.variables[:2], sign))
    cases = [
        *counted(model, [(9, 3), (2, 4), (0, 0), (6, 1)]),
        *[case for sign in "ny" for case in seen(model, 1, 4, cause="bad", sign=sign)],
    ]
    for prior in ("ess", "within"):
        chosen = Settings(prior=prior, tolerance=1e-11)  # type: ignore[arg-type]
        plain = fit(model, cases, chosen)
        pooled = fit(model, cases, replace(chosen, pooled=("region",)))
        alone = learned(plain, "sign", "y", cause="bad")
        assert learned(pooled, "sign", "y", cause="bad") == pytest.approx(alone, rel=1e-4)
        kappa, m = pooled.pools[0].concentration, float(pooled.pools[0].overall[1])
        assert rows_of(pooled)[0] == pytest.approx((3 + kappa * m) / (12 + kappa), abs=1e-6)


def test_what_the_file_says_then(tmp_path) -> None:  # type: ignore[no-untyped-def]
    model = regions(3, weight=Weight("guess", ess=4, within=3))
    found = fit(model, counted(model, [(30, 10), (8, 8), (0, 0)]), Settings(pooled=("region",)))
    save(found.model, tmp_path / "new.yaml")
    weight = load(str(tmp_path / "new.yaml")).variable_of["cause"].weight
    [pool] = found.pools
    overall = ", ".join(f"{p:.4g}" for p in pool.overall)
    assert weight.source.startswith(
        f"learned from 56 cases, 0 to 40 of them a row's own; pooled over region: overall {overall}, "
        f"worth {pool.concentration:.4g} cases (was 0.8, 0.2, 0.8, 0.2 and 2 more; ess 4 before"
    )
    assert weight.ess == pytest.approx(pool.concentration, rel=1e-3)  # that of the row without cases
    blind = [one.number.when["region"] for one in found.numbers if one.overall and not one.is_told]
    assert set(blind) == {("r2",)}


# ── mistakes ────────────────────────────────────────────────────────────────────────────────────


def test_a_context_that_is_not_there_or_not_used_is_told() -> None:
    model = regions(2)
    with pytest.raises(InvalidModel, match=r"pool\.regoin.*\n.*Did you mean \"region\".*added to its file"):
        fit(model, [], replace(POOLED, pooled=("regoin",)))
    with pytest.raises(InvalidModel, match=r"pool\.sign: no rows that are learned differ in its state"):
        fit(model, [], replace(POOLED, pooled=("region", "sign")))
    links = (Link("cause", "bad", "y", 0.9, when={"region": ("r0",)}),)
    sign = of_kind("plain", "sign", NoisyMax(links, {"y": 0.1}), "n", "y")
    gated = replace(
        model, variables=(model.variables[0], of_kind("plain", "cause", Prior((0.8, 0.2)), "ok", "bad"), sign)
    )
    with pytest.raises(InvalidModel, match=r"it only opens links \(of sign\), and links are not pooled"):
        fit(gated, [], POOLED)


def test_contexts_that_can_be_pooled() -> None:
    base = regions(2)
    region = replace(base.variables[0], kind="context")
    model = replace(base, variables=(region, *base.variables[1:]))
    assert poolable(model) == ("region",)
    assert poolable(base) == ()


@pytest.mark.parametrize("ess", [0.0, 3.0])
@pytest.mark.parametrize(
    "table",
    [
        [(60, 20), (2, 4), (0, 0)],
        [(1, 0), (0, 0)],
        [(30, 1), (2, 28), (0, 0), (3, 3)],
        [(0, 8), (0, 1)],
    ],
)
def test_intervals_of_rows_with_hardly_a_case_are_intervals(table: list[tuple[int, int]], ess: float) -> None:
    weight = Weight("guess", ess=ess, within=3)
    model = regions(len(table), weight=weight)
    found = fit(model, counted(model, table), Settings(pooled=("region",)))
    ends = {}
    for one in found.numbers:
        if one.overall is not None:
            assert one.interval is not None
            low, high = one.interval
            assert 0 <= low < high <= 1
            assert low - 1e-6 <= one.p <= high + 1e-6
            ends[tuple(one.number.when["region"]), one.number.state] = one.interval
    for (region, state), (low, high) in ends.items():
        [(other_low, other_high)] = [
            both for (where, other), both in ends.items() if where == region and other != state
        ]
        assert (low, high) == (
            pytest.approx(1 - other_high, abs=1e-6),
            pytest.approx(1 - other_low, abs=1e-6),
        )


def test_an_interval_of_an_empty_row_is_about_that_of_the_exact_integral() -> None:
    """Rows 60/20, 2/4 and 0/0: over all concentrations and overall rows, by a grid."""
    table = np.array([(60, 20), (2, 4), (0, 0)], dtype=float)
    logs, ms = np.linspace(np.log(0.05), np.log(5000), 160), np.linspace(0.005, 0.995, 199)
    heights = np.array(
        [[dirichlet.log_evidence(table, np.exp(k) * np.array([m, 1 - m])).sum() for m in ms] for k in logs]
    ) + np.array([[dirichlet.log_belief(float(np.exp(k)))] for k in logs])
    share = np.exp(heights - heights.max())
    share /= share.sum()
    grid = np.linspace(0, 1, 2001)
    below = np.zeros(len(grid))
    for k, line in zip(logs, share, strict=True):
        for m, p in zip(ms, line, strict=True):
            if p > 1e-7:
                below += p * betainc(np.exp(k) * m, np.exp(k) * (1 - m), grid)
    low, high = (float(np.interp(q, below / below[-1], grid)) for q in (0.05, 0.95))
    weights = dirichlet.best_weights(table, np.array([5.0, 3.0]), np.zeros(2))
    mine = dirichlet.ends_of(table, weights, np.zeros(2))
    # Beta shares stand for a mixture with a longer tail: the lower end is not as low.
    assert mine[1][2, 0] == pytest.approx(high, abs=0.03)
    assert mine[0][2, 0] == pytest.approx(low, abs=0.2)
