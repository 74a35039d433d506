"""Probabilities scored: published figures, laws that hold for any forecast, and an independent library."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold

from bayesdiag.case import Case, Evidence
from bayesdiag.engine.network import compile_network
from bayesdiag.model import FullTable, Model, Prior
from bayesdiag.score import (
    Binning,
    Forecast,
    Rows,
    Temperature,
    brier_scores,
    calibration,
    confusion,
    diagnosis_folds,
    difference,
    error_rate,
    events,
    fit_isotonic,
    fit_temperature,
    folds,
    forecast,
    hits,
    log_losses,
    mean_of,
    murphy,
    recalibrated,
    roc,
    score_events,
    score_forecast,
    score_verdicts,
    spherical_scores,
    target_folds,
    target_forecast,
    target_forecasts,
    verdict_folds,
    verdicts,
    wilson,
)
from tests.networks import diagnostic, variable
from tests.oracles import brute_force

P = [0.9, 0.1, 0.8, 0.7, 0.3, 0.2, 0.6, 0.4, 0.95, 0.55]
Y = [1, 0, 1, 1, 0, 0, 1, 0, 1, 0]


def binary(p: Sequence[float], y: Sequence[int]) -> Forecast:
    return forecast(["n", "y"], [[1 - q, q] for q in p], ["ny"[one] for one in y])


def generator() -> np.random.Generator:
    return np.random.default_rng(7)


# ── published figures ─────────────────────────────────────────────────────────────────────────


def test_the_worked_example_of_ten_forecasts() -> None:
    told = binary(P, Y)
    assert mean_of(brier_scores(told) / 2, told.weights, told.cases).value == pytest.approx(0.0905)
    assert log_losses(told).mean() == pytest.approx(0.32418103, abs=1e-8)
    five = calibration(told.of_state("y"), generator(), binning=Binning("equal-width", 5))
    assert (five.ece, five.mce) == (pytest.approx(0.26), pytest.approx(0.475))
    two = calibration(told.of_state("y"), generator(), binning=Binning("equal-width", 2))
    assert two.ece == pytest.approx(0.15)


def test_four_forecasts_in_two_bins() -> None:
    found = calibration(
        events([0.25, 0.25, 0.75, 0.75], [0, 0, 1, 1]), generator(), binning=Binning("equal-width", 2)
    )
    assert (found.ece, found.mce) == (0.25, 0.25)


def test_an_error_rate_from_a_manual() -> None:
    table = np.array([[253, 0, 0], [22, 176, 4], [13, 19, 430]], dtype=float)
    states = ["good", "bad", "very_bad"]
    rows = [(t, p) for t in range(3) for p in range(3) for _ in range(int(table[t, p]))]
    told = forecast(states, [np.eye(3)[p] for _, p in rows], [states[t] for t, _ in rows])
    assert (confusion(told) == table).all()
    assert error_rate(table) == pytest.approx(58 / 917)
    assert error_rate(table) == pytest.approx(0.06325, abs=5e-6)


def test_the_losses_of_one_forecast_by_hand() -> None:
    told = forecast("abc", [[0.5, 0.3, 0.2]], ["b"])
    assert log_losses(told)[0] == pytest.approx(-np.log(0.3))
    assert brier_scores(told)[0] == pytest.approx(0.25 + 0.49 + 0.04)
    assert spherical_scores(told)[0] == pytest.approx(0.3 / np.sqrt(0.38))


def test_a_score_interval_by_hand() -> None:
    # 4 of 10: (0.4 + z²/20 ± z √(0.024 + z²/400)) / (1 + z²/10)
    assert wilson(0.4, 10) == (pytest.approx(0.168180, abs=1e-6), pytest.approx(0.687326, abs=1e-6))
    assert wilson(0.0, 10)[0] == pytest.approx(0, abs=1e-12)
    assert wilson(1.0, 10)[1] == pytest.approx(1)


# ── laws ──────────────────────────────────────────────────────────────────────────────────────

SHARES = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.1, 0.2, 0.3, 0.5, 0.6, 0.7, 1.0]))
PAIRS = st.lists(st.tuples(SHARES, st.integers(0, 1)), min_size=1, max_size=30)
BINNINGS = st.builds(Binning, st.sampled_from(["equal-width", "equal-mass"]), st.integers(1, 20))


@st.composite
def forecasts(draw: st.DrawFn) -> Forecast:
    n_states = draw(st.integers(2, 4))
    n = draw(st.integers(2, 12))
    weights = [[draw(st.integers(0, 5)) for _ in range(n_states)] for _ in range(n)]
    p = np.array([[1 + x for x in row] if not any(row) else row for row in weights], dtype=float)
    states = [f"s{k}" for k in range(n_states)]
    truth = [draw(st.sampled_from(states)) for _ in range(n)]
    return forecast(states, p / p.sum(axis=1, keepdims=True), truth)


@given(pairs=PAIRS, binning=BINNINGS)
def test_a_brier_score_is_the_sum_of_its_parts(pairs: list[tuple[float, int]], binning: Binning) -> None:
    told = events(*zip(*pairs, strict=True))
    parts = murphy(told, binning)
    assert parts.brier == pytest.approx(((told.p - told.y) ** 2).mean(), abs=1e-12)
    assert parts.reliability >= 0
    assert -1e-12 <= parts.resolution <= parts.uncertainty + 1e-12


@given(pairs=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 1)), min_size=1, max_size=40))
def test_of_binned_forecasts_nothing_is_hidden_within(pairs: list[tuple[int, int]]) -> None:
    """Brier = reliability − resolution + uncertainty where each bin holds one probability."""
    told = events([(k + 0.5) / 10 for k, _ in pairs], [y for _, y in pairs])
    parts = murphy(told, Binning("equal-width", 10))
    assert parts.within == pytest.approx(0, abs=1e-12)
    assert parts.reliability - parts.resolution + parts.uncertainty == pytest.approx(
        ((told.p - told.y) ** 2).mean(), abs=1e-12
    )


@settings(deadline=None)
@given(told=forecasts(), data=st.data())
def test_the_order_of_cases_and_of_states_does_not_matter(told: Forecast, data: st.DataObject) -> None:
    rows = np.array(data.draw(st.permutations(range(len(told)))))
    columns = list(data.draw(st.permutations(range(len(told.states)))))
    shuffled = told.take(rows)
    other = forecast(
        [told.states[k] for k in columns],
        shuffled.p[:, columns],
        [told.states[k] for k in shuffled.truth],
    )
    for loss in (log_losses, brier_scores, spherical_scores, lambda f: hits(f, 1), lambda f: hits(f, 2)):
        assert loss(other) == pytest.approx(loss(told)[rows])
    for state in told.states:
        for kind in ("equal-width", "equal-mass"):
            one, two = told.of_state(state), other.of_state(state)
            binning = Binning(kind, 5)  # type: ignore[arg-type]
            assert murphy(one, binning).reliability == pytest.approx(murphy(two, binning).reliability)
            assert roc(one).auc == pytest.approx(roc(two).auc, nan_ok=True)


@given(told=forecasts())
def test_states_share_the_places_they_stand_on(told: Forecast) -> None:
    k = len(told.states)
    assert hits(told, k) == pytest.approx(1)
    assert (np.diff([hits(told, place)[0] for place in range(1, k + 1)]) >= 0).all()
    even = told.with_p(np.full(told.p.shape, 1 / k))
    assert hits(even, 1) == pytest.approx(1 / k)


@given(truth=st.lists(st.sampled_from("abc"), min_size=2, max_size=20))
def test_a_perfect_forecaster(truth: list[str]) -> None:
    told = forecast("abc", [[float(one == s) for s in "abc"] for one in truth], truth)
    found = score_forecast(told, generator())
    assert found.top_1.value == found.spherical.value == 1
    assert found.log_loss.value == found.brier.value == 0
    assert found.confidence.calibration is not None
    assert (found.confidence.calibration.ece, found.confidence.calibration.mce) == (0, 0)
    assert found.murphy.reliability == pytest.approx(0)
    assert found.murphy.resolution == pytest.approx(found.murphy.uncertainty)
    assert error_rate(found.confusion) == 0
    assert all(np.isnan(one.roc.auc) or one.roc.auc == 1 for one in found.states.values())


def test_what_was_called_impossible_and_happened_costs_everything() -> None:
    found = score_forecast(forecast("ab", [[1.0, 0.0], [0.5, 0.5]], ["b", "a"]), generator())
    assert found.log_loss.value == np.inf
    assert np.isnan(found.log_loss.se)
    assert found.brier.value == pytest.approx((2 + 0.5) / 2)


@given(pairs=PAIRS, binning=BINNINGS)
def test_bins_hold_every_event_and_equal_ones_together(
    pairs: list[tuple[float, int]], binning: Binning
) -> None:
    told = events(*zip(*pairs, strict=True))
    found = calibration(told, generator(), binning=binning, draws=20)
    assert sum(one.n for one in found.bins) == len(pairs)
    for one in found.bins:
        assert one.low - 1e-12 <= one.p <= one.high + 1e-12
    assert all(a.high <= b.low for a, b in zip(found.bins, found.bins[1:], strict=False))
    assert found.ece <= found.mce + 1e-12


def test_an_edge_belongs_to_the_bin_above_it() -> None:
    found = calibration(events([0.2, 0.6, 1.0], [0, 1, 1]), generator(), binning=Binning("equal-width", 5))
    assert [(one.low, one.high) for one in found.bins] == [(0.2, 0.4), (0.6, 0.8), (0.8, 1.0)]


def test_bins_of_equal_mass() -> None:
    found = calibration(events(P, Y), generator(), binning=Binning("equal-mass", 5))
    assert [one.n for one in found.bins] == [2] * 5


@pytest.mark.parametrize("kind", ["equal-width", "equal-mass"])
def test_true_probabilities_are_within_their_range_19_times_in_20(kind: str) -> None:
    random = np.random.default_rng(3)
    inside = 0
    for _ in range(200):
        p = random.beta(0.7, 0.7, 150)
        told = events(p, (random.random(150) < p).astype(float))
        found = calibration(told, random, binning=Binning(kind, 10), draws=200)  # type: ignore[arg-type]
        inside += found.ece_range[0] <= found.ece <= found.ece_range[1]
    assert 180 <= inside <= 198  # 190 expected, standard deviation 3.1 and a little for 200 draws


def test_overconfidence_is_outside_its_range() -> None:
    random = np.random.default_rng(5)
    p = random.beta(0.7, 0.7, 800)
    sure = p**3 / (p**3 + (1 - p) ** 3)
    found = calibration(events(sure, (random.random(800) < p).astype(float)), random)
    assert found.ece > found.ece_range[1]
    assert found.p_value == 0


def test_repetitions_of_a_case_are_no_more_cases() -> None:
    random = np.random.default_rng(1)
    p = random.random(60)
    y = (random.random(60) < p).astype(float)
    once = events(p, y)
    thrice = type(once)(np.tile(p, 3), np.tile(y, 3), np.ones(180), np.tile(np.arange(60), 3))
    one, three = (calibration(e, np.random.default_rng(2)) for e in (once, thrice))
    assert three.ece == pytest.approx(one.ece)
    assert three.ece_range == pytest.approx(one.ece_range)
    for a_bin, b_bin in zip(three.bins, one.bins, strict=True):
        assert a_bin.wilson == pytest.approx(b_bin.wilson)
    values = (p - y) ** 2
    a = mean_of(values, once.weights, once.draws)
    b = mean_of(np.tile(values, 3), thrice.weights, thrice.draws)
    assert (a.value, a.se) == (pytest.approx(b.value), pytest.approx(b.se))
    assert a.se == pytest.approx(values.std(ddof=1) / np.sqrt(60))


def test_a_weight_is_that_many_cases() -> None:
    weighted = Forecast("", ("n", "y"), np.array([[0.3, 0.7], [0.6, 0.4]]), np.array([1, 1]), np.array([3.0, 1.0]),
                        np.arange(2), np.zeros(2, dtype=np.int64), np.zeros(2, dtype=bool))  # fmt: skip
    written_out = binary([0.7, 0.7, 0.7, 0.4], [1, 1, 1, 1])
    one, two = (score_forecast(f, generator()) for f in (weighted, written_out))
    assert one.brier.value == pytest.approx(two.brier.value)
    assert one.murphy.reliability == pytest.approx(two.murphy.reliability)
    assert one.confidence.calibration is not None
    assert two.confidence.calibration is not None
    assert one.confidence.calibration.ece == pytest.approx(two.confidence.calibration.ece)


@pytest.mark.parametrize(
    ("p", "truth", "message"),
    [
        ([[0.5, 0.6]], ["a"], "sum to one"),
        ([[1.5, -0.5]], ["a"], "below 0"),
        ([[0.5, 0.5]], ["c"], "not in list"),
    ],
)
def test_what_is_no_forecast_is_refused(p: list[list[float]], truth: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        forecast(["a", "b"], p, truth)


# ── another library ───────────────────────────────────────────────────────────────────────────


@settings(deadline=None)
@given(pairs=st.lists(st.tuples(st.floats(0.001, 0.999), st.integers(0, 1)), min_size=4, max_size=40))
def test_losses_and_area_are_those_of_scikit_learn(pairs: list[tuple[float, int]]) -> None:
    p, y = zip(*pairs, strict=True)
    told = binary(p, y)
    assert log_losses(told).mean() == pytest.approx(log_loss(y, p, labels=[0, 1]))
    assert brier_scores(told).mean() / 2 == pytest.approx(brier_score_loss(y, p))
    if len(set(y)) == 2:
        assert roc(told.of_state("y")).auc == pytest.approx(roc_auc_score(y, p))


def test_isotonic_recalibration_is_that_of_scikit_learn() -> None:
    random = np.random.default_rng(0)
    p = random.random(300).round(2)
    y = (random.random(300) < p**2).astype(int)
    fitted = fit_isotonic(binary(p, y))
    theirs = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(p, y)
    grid = np.linspace(0, 1, 101)
    assert np.interp(grid, fitted.x[1], fitted.y[1]) == pytest.approx(theirs.predict(grid))


# ── recalibration ─────────────────────────────────────────────────────────────────────────────


def overconfident(n: int, power: float) -> Forecast:
    random = np.random.default_rng(11)
    p = random.dirichlet(np.ones(3), n)
    truth = [int(random.choice(3, p=row)) for row in p]
    sharp = p**power
    return forecast("abc", sharp / sharp.sum(axis=1, keepdims=True), ["abc"[k] for k in truth])


def test_the_temperature_of_forecasts_too_sure_by_a_power_is_that_power() -> None:
    assert fit_temperature(overconfident(20_000, 2.0)).t == pytest.approx(2.0, rel=0.03)
    assert fit_temperature(overconfident(20_000, 0.5)).t == pytest.approx(0.5, rel=0.03)


@given(told=forecasts())
@settings(deadline=None, max_examples=30)
def test_a_temperature_never_makes_its_own_log_loss_worse(told: Forecast) -> None:
    some = told.take(told.hit > 0)
    if len(some):
        after = some.with_p(fit_temperature(some).apply(some.p))
        assert log_losses(after).mean() <= log_losses(some).mean() + 1e-9


def test_recalibration_is_judged_on_cases_it_was_not_fitted_to() -> None:
    told = overconfident(1500, 3.0)
    for way in ("temperature", "isotonic"):
        better, whole = recalibrated(told, way, 5, generator())  # type: ignore[arg-type]
        assert (better.cases == told.cases).all()
        assert (better.truth == told.truth).all()
        assert brier_scores(better).mean() < brier_scores(told).mean()
        assert not np.allclose(better.p, whole.apply(told.p), atol=1e-12)
        found = score_events(better.confidence(), generator()).calibration
        before = score_events(told.confidence(), generator()).calibration
        assert found is not None
        assert before is not None
        assert found.ece < before.ece / 2
    assert Temperature(1.0).apply(told.p) == pytest.approx(told.p)


# ── folds ─────────────────────────────────────────────────────────────────────────────────────


@given(
    labels=st.lists(st.sampled_from(["a", "b", "c", ""]), min_size=8, max_size=40).filter(
        lambda found: sum(map(bool, found)) >= 4
    ),
    n_folds=st.integers(2, 4),
    repeats=st.integers(1, 3),
)
def test_every_label_has_its_share_of_every_fold(labels: list[str], n_folds: int, repeats: int) -> None:
    made = folds(labels, n_folds, generator(), repeats=repeats)
    assert len(made) == n_folds * repeats
    for first in range(0, len(made), n_folds):
        tested = np.concatenate([part.test for part in made[first : first + n_folds]])
        assert sorted(tested) == [k for k, label in enumerate(labels) if label]
    for part in made:
        assert set(part.train) | set(part.test) == set(range(len(labels)))
        assert not set(part.train) & set(part.test)
    for label in ("a", "b", "c"):
        counts = [sum(labels[k] == label for k in part.test) for part in made]
        assert max(counts) - min(counts) <= 1
    again = folds(labels, n_folds, generator(), repeats=repeats)
    assert all((a.test == b.test).all() for a, b in zip(made, again, strict=True))


def test_folds_are_as_balanced_as_those_of_scikit_learn() -> None:
    labels = np.array(["a"] * 50 + ["b"] * 23 + ["c"] * 7)
    ours = sorted(
        tuple(sum(labels[part.test] == one) for one in "abc") for part in folds(labels, 5, generator())
    )
    theirs = StratifiedKFold(5).split(np.zeros((80, 1)), labels)
    counts = sorted(tuple(sum(labels[test] == one) for one in "abc") for _, test in theirs)
    assert [sum(one) for one in ours] == [sum(one) for one in counts] == [16] * 5


def test_too_few_cases_are_no_folds() -> None:
    with pytest.raises(ValueError, match="1 labelled cases cannot be dealt into 2 folds"):
        folds(["a", ""], 2, generator())


# ── models ────────────────────────────────────────────────────────────────────────────────────


def disease() -> Model:
    return Model(
        "disease",
        (
            variable("ill", "n y", Prior((0.7, 0.3))),
            variable("fever", "n y", FullTable(("ill",), (0.9, 0.1, 0.2, 0.8))),
        ),
    )


def counted(model: Model, cases: Sequence[Case]) -> Model:
    """A refit by counting with one more of each."""
    n = {(i, f): 1.0 for i in "ny" for f in "ny"}
    for case in cases:
        told = case.evidence.hard()
        n[told["ill"], told["fever"]] += case.weight
    ill = np.array([n["n", "n"] + n["n", "y"], n["y", "n"] + n["y", "y"]])
    rows = [n[i, f] / (n[i, "n"] + n[i, "y"]) for i in "ny" for f in "ny"]
    return Model(
        "counted",
        (
            variable("ill", "n y", Prior(tuple((ill / ill.sum()).tolist()))),
            variable("fever", "n y", FullTable(("ill",), tuple(rows))),
        ),
    )


def patients(n: int, seed: int = 0) -> list[Case]:
    random = np.random.default_rng(seed)
    model = disease()
    found = []
    for _ in range(n):
        ill = random.random() < 0.3
        fever = random.random() < (0.8 if ill else 0.1)
        found.append(Case(Evidence(model, {"ill": "ny"[ill], "fever": "ny"[fever]})))
    return found


def test_a_forecast_does_not_see_its_answer() -> None:
    told = target_forecast(compile_network(disease()), patients(40), "ill")
    y = 0.3 * 0.8 / (0.3 * 0.8 + 0.7 * 0.1)
    assert set(told.p[:, 1].round(9)) == {round(y, 9), round(0.3 * 0.2 / (0.3 * 0.2 + 0.7 * 0.9), 9)}
    assert len(told) == 40


def test_forecasts_of_several_variables_are_those_of_each() -> None:
    network = compile_network(disease())
    model = disease()
    cases = [
        *patients(12),
        Case(Evidence(model, {"fever": "y"}), confirmed={"ill": "y"}),
        Case(Evidence(model, {"ill": "n"})),
    ]
    both = target_forecasts(network, cases, ["fever", "ill"])
    for told, name in zip(both, ["fever", "ill"], strict=True):
        alone = target_forecast(network, cases, name)
        assert told.name == alone.name == name
        assert told.cases.tolist() == alone.cases.tolist()
        assert told.truth.tolist() == alone.truth.tolist()
        assert told.p == pytest.approx(alone.p, abs=1e-12)
    assert both[1].p[12, 1] == pytest.approx(0.3 * 0.8 / (0.3 * 0.8 + 0.7 * 0.1))


def test_only_cases_whose_answer_is_known_are_forecast() -> None:
    model = disease()
    cases = [
        Case(Evidence(model, {"fever": "y"})),
        Case(Evidence(model, {"ill": {"y": 0.5, "n": 0.5}})),
        Case(Evidence(model, {"ill": "y"}), weight=2),
    ]
    told = target_forecast(compile_network(model), cases, "ill")
    assert (told.cases.tolist(), told.weights.tolist()) == ([2], [2.0])
    assert told.p[0] == pytest.approx([0.7, 0.3])


def test_folds_forecast_each_case_by_a_model_that_did_not_see_it() -> None:
    cases = patients(30)
    labels = [case.evidence.hard()["ill"] for case in cases]
    parts = folds(labels, 3, generator(), repeats=2)
    told = target_folds(disease(), cases, "ill", parts, counted)
    assert len(told) == 60
    for row, (number, place) in enumerate(zip(told.folds, told.cases, strict=True)):
        assert place in parts[number].test
        fitted = counted(disease(), [cases[k] for k in range(30) if k not in parts[number].test])
        rest = {"fever": cases[place].evidence.hard()["fever"]}
        assert told.p[row] == pytest.approx(compile_network(fitted).posterior(rest).of("ill")[0])
    assert score_forecast(told, generator()).n == 30


def test_impossible_findings_are_judged_by_what_is_believed_without_them() -> None:
    model = Model(
        "sure",
        (
            variable("ill", "n y", Prior((0.7, 0.3))),
            variable("a", "n y", FullTable(("ill",), (1, 0, 0, 1))),
            variable("b", "n y", FullTable(("ill",), (1, 0, 0, 1))),
        ),
    )
    case = Case(Evidence(model, {"ill": "y", "a": "y", "b": "n"}))
    told = target_forecast(compile_network(model), [case], "ill")
    assert told.impossible.tolist() == [True]
    assert told.p[0] == pytest.approx([0.7, 0.3])
    assert score_forecast(told, generator()).impossible == 1


def test_verdicts_are_those_of_the_sum_over_all_worlds() -> None:
    model = diagnostic()
    network = compile_network(model)
    cases = [
        Case(Evidence(model, {"text": "error"}), {"slot": "dirty"}, {"software": ("bad",)}),
        Case(Evidence(model, {"text": "declined", "method": "tap"}), {"software": "bad", "funds": "ok"}),
        Case(Evidence(model, {"text": "declined"}), {"funds": "ok"}),  # nothing to blame: not judged
        Case(Evidence(model, {"text": "declined"}), {"funds": "none"}, premise=False, weight=2),
    ]
    told = verdicts(network, cases)
    assert told.cases.tolist() == [0, 1, 3]
    for row, place in enumerate(told.cases):
        case = cases[place]
        found = brute_force(model, case.evidence.findings, premise=case.premise)
        responsible = [found["responsible"].get(state, 0.0) for state in told.states]  # type: ignore[attr-defined]
        assert told.p[row] == pytest.approx(responsible, abs=1e-9)
        confirmed = {name: {state: 1.0} for name, state in case.confirmed.items()}
        left = {
            name: {s: 1.0 for s in model.variable_of[name].state_ids if s not in states}
            for name, states in case.excluded.items()
        }
        both = brute_force(model, {**case.evidence.findings, **confirmed, **left}, premise=case.premise)
        assert told.log_loss[row] == pytest.approx(-np.log(both["p"] / found["p"]))  # type: ignore[operator]
        order = sorted(range(len(told.states)), key=lambda k: -responsible[k])
        assert told.states[told.leads[row]] == told.states[order[0]]
        first = min(order.index(k) for k, state in enumerate(told.states) if state in case.confirmed.items())
        assert told.ranks[row] == first
    found = score_verdicts(told, (target_forecast(network, cases, "funds"),), generator())
    assert found.n == 3
    assert found.top_1.value == pytest.approx(((told.ranks < 1) * told.weights).sum() / 4)
    per_case = ((told.p - told.y) ** 2).mean(axis=1)
    by_case = mean_of(per_case, told.weights, told.cases)
    assert found.every.brier.value == pytest.approx(by_case.value)
    assert found.every.brier.se == pytest.approx(by_case.se)  # causes of one case are no cases of their own
    assert [one.name for one in found.causes] == ["funds"]
    assert found.causes[0].n == 3


def test_verdicts_in_folds_are_about_held_out_cases() -> None:
    model = diagnostic()
    cases = [Case(Evidence(model, {"text": "error"}), {"slot": "dirty"})] * 6
    asked: list[int] = []

    def refit(model: Model, some: Sequence[Case]) -> Model:
        asked.append(len(some))
        return model

    told = verdict_folds(model, cases, folds(["x"] * 6, 3, generator()), refit)
    assert asked == [4, 4, 4]
    assert sorted(told.cases) == list(range(6))
    assert sorted(told.folds) == [0, 0, 1, 1, 2, 2]


def test_causes_in_folds_are_forecast_by_the_same_fits() -> None:
    model = diagnostic()
    cases = [
        Case(Evidence(model, {"text": "error"}), {"slot": "dirty", "funds": "ok"}),
        Case(Evidence(model, {"text": "declined"}), {"funds": "none"}),
        Case(Evidence(model, {"text": "error", "other_card": "fails"}), {"software": "bad", "funds": "ok"}),
        Case(Evidence(model, {"text": "declined", "method": "tap"}), {"funds": "none", "software": "ok"}),
    ]
    fits: list[int] = []

    def refit(model: Model, some: Sequence[Case]) -> Model:
        fits.append(len(some))
        return model

    parts = folds(["a", "b", "a", "b"], 2, generator())
    told, causes = diagnosis_folds(model, cases, parts, refit)
    assert fits == [2, 2]
    assert sorted(told.cases) == [0, 1, 2, 3]
    assert {one.name: sorted(one.cases) for one in causes} == {
        "slot": [0],
        "software": [2, 3],
        "funds": [0, 1, 2, 3],
    }
    whole = target_forecast(compile_network(model), cases, "funds")
    funds = next(one for one in causes if one.name == "funds")
    assert funds.p == pytest.approx(whole.p[funds.cases])
    assert (funds.truth == whole.truth[funds.cases]).all()
    assert all(place in parts[number].test for number, place in zip(funds.folds, funds.cases, strict=True))
    found = score_verdicts(told, causes, generator())
    assert [one.name for one in found.causes] == ["slot", "software", "funds"]


def test_answers_given_probability_0_are_counted() -> None:
    told = forecast("ab", [[1, 0], [1, 0], [0.5, 0.5]], ["b", "a", "b"])
    found = score_forecast(told, generator())
    assert found.ruled_out == 1
    assert found.log_loss.value == float("inf")


def test_no_case_with_a_cause_is_no_verdict() -> None:
    model = diagnostic()
    assert len(verdicts(compile_network(model), [Case(Evidence(model, {"text": "error"}))])) == 0


# ── comparison ────────────────────────────────────────────────────────────────────────────────


def plain_rows(n: int) -> Rows:
    return Rows(np.ones(n), np.arange(n), np.zeros(n, dtype=np.int64))


def test_a_paired_difference_is_that_of_the_paired_t_test() -> None:
    from scipy.stats import ttest_rel  # noqa: PLC0415 - slow to import

    random = np.random.default_rng(0)
    a = random.normal(size=25)
    b = a + random.normal(0.1, 0.5, size=25)
    found = difference(a, b, plain_rows(25))
    theirs = ttest_rel(a, b).confidence_interval(0.95)
    assert found.value == pytest.approx((a - b).mean())
    assert found.interval == (pytest.approx(theirs.low), pytest.approx(theirs.high))
    assert found.fold_interval is None
    same = difference(a, a, plain_rows(25))
    assert (same.value, same.interval) == (0, (0, 0))


def test_folds_are_compared_with_the_widened_variance() -> None:
    folds_of = np.repeat(np.arange(6), 4)  # two repetitions of three folds of four cases
    cases = np.concatenate([np.arange(12), np.arange(12)])
    apart = np.random.default_rng(4).normal(size=24)
    found = difference(apart, np.zeros(24), Rows(np.ones(24), cases, folds_of))
    means = apart.reshape(6, 4).mean(axis=1)
    spread = means.std(ddof=1)
    assert found.n == 12
    assert found.fold_se == pytest.approx(spread / np.sqrt(6))
    half = 2.5705818 * spread * np.sqrt(1 / 6 + 1 / 2)  # t(5), n_test/n_train = 4/8
    assert found.fold_interval == (
        pytest.approx(means.mean() - half),
        pytest.approx(means.mean() + half),
    )


def test_infinite_losses_do_not_differ_from_each_other() -> None:
    inf = float("inf")
    both = difference(np.array([inf, 1.0]), np.array([inf, 3.0]), plain_rows(2))
    assert both.value == -1
    assert difference(np.array([inf, 1.0]), np.array([1.0, 3.0]), plain_rows(2)).value == inf
