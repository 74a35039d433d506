"""Numbers that follow a stream of cases: the published figures, counting, and what fades."""

from __future__ import annotations

import numpy as np
import pytest

from bayesdiag.case import Case, Evidence
from bayesdiag.learning import Settings, adapted, fit
from bayesdiag.model import FullTable, Model, Premise, Prior, Weight
from tests.test_learning import plain


def coin(ess: float = 10.0) -> Model:
    return Model("coin", (plain("A", Prior((0.45, 0.55)), weight=Weight("guess", ess=ess)),))


def yes(model: Model, times: int = 1) -> list[Case]:
    return [Case(Evidence(model, {"A": "y"}))] * times


@pytest.mark.parametrize(("fading", "p", "ess"), [(1.0, 0.59090909, 11.0), (0.9, 0.595, 10.0)])
def test_the_published_figures(fading: float, p: float, ess: float) -> None:
    found = adapted(coin(), yes(coin()), fading=fading)
    assert found.numbers[1].p == pytest.approx(p, abs=1e-8)
    assert found.model.variables[0].weight.ess == pytest.approx(ess)


def test_complete_cases_without_fading_are_counted_at_once_or_one_by_one() -> None:
    model = Model(
        "two",
        (
            plain("A", Prior((0.5, 0.5)), weight=Weight("guess", ess=4)),
            plain("B", FullTable(("A",), (0.7, 0.3, 0.4, 0.6)), weight=Weight("guess", ess=6)),
        ),
    )
    random = np.random.default_rng(1)
    cases = [
        Case(Evidence(model, {"A": "ny"[random.integers(2)], "B": "ny"[random.integers(2)]}))
        for _ in range(40)
    ]
    one_by_one = adapted(model, cases)
    at_once = fit(model, cases, Settings(intervals=False))
    for mine, other in zip(one_by_one.numbers, at_once.numbers, strict=True):
        assert mine.p == pytest.approx(other.p, abs=1e-9)


def test_a_distribution_that_a_case_does_not_use_keeps_its_experience() -> None:
    model = Model(
        "two",
        (
            plain("A", Prior((0.5, 0.5)), weight=Weight("guess", ess=4)),
            plain("B", FullTable(("A",), (0.7, 0.3, 0.4, 0.6)), weight=Weight("guess", ess=6)),
        ),
    )
    found = adapted(model, [Case(Evidence(model, {"A": "y", "B": "y"}))], fading=0.5)
    by_when = {(one.number.state, one.number.when.get("A")): one for one in found.numbers}
    assert by_when["y", ("n",)].p == 0.3
    assert by_when["y", ("n",)].cases == pytest.approx(6)
    assert by_when["y", ("y",)].p == pytest.approx((6 * 0.5 * 0.6 + 1) / (6 * 0.5 + 1))


def test_what_fades_follows_a_change() -> None:
    model = coin(1000.0)
    random = np.random.default_rng(0)
    cases = [Case(Evidence(model, {"A": "ny"[int(random.random() < 0.9)]})) for _ in range(400)]
    kept, faded = adapted(model, cases), adapted(model, cases, fading=0.98)
    assert kept.numbers[1].p == pytest.approx(
        (550 + sum(c.evidence.hard()["A"] == "y" for c in cases)) / 1400
    )
    assert faded.numbers[1].p == pytest.approx(0.9, abs=0.05)
    assert faded.numbers[1].cases == pytest.approx(1 / (1 - 0.98), rel=0.01)


def test_a_blank_moves_a_number_by_what_the_rest_says_of_it() -> None:
    model = Model(
        "two",
        (
            plain("A", Prior((0.5, 0.5)), weight=Weight("guess", ess=4)),
            plain("B", FullTable(("A",), (0.7, 0.3, 0.4, 0.6)), weight=Weight("guess", ess=6)),
        ),
    )
    found = adapted(model, [Case(Evidence(model, {"B": "y"})), Case(Evidence(model, {}))])
    first = (4 * 0.5 + 0.6 / 0.9) / 5
    assert found.numbers[1].p == pytest.approx(first)  # the second says nothing, and leaves it
    assert found.numbers[1].cases == pytest.approx(6)


def test_a_premise_counts_the_attempts_that_nobody_recorded() -> None:
    """Failures alone leave a cause about as rare as it was; taken as they are they drive it up."""
    model = Model(
        "lamp",
        (
            plain("bulb", Prior((0.99, 0.01)), weight=Weight("guess", ess=100)),
            plain("light", FullTable(("bulb",), (0.999, 0.001, 0.1, 0.9)), weight=Weight("x", fixed=True)),
        ),
        premise=Premise("light", ("n",), 0.01, 50.0, "a count", 0.0),
    )
    failures = [Case(Evidence(model, {}))] * 20
    found = adapted(model, failures)
    assert found.numbers[1].p == pytest.approx(0.01, rel=0.05)
    as_it_is = adapted(model, [Case(Evidence(model, {"light": "y"}), premise=False)] * 20)
    assert as_it_is.numbers[1].p > 0.1


def test_impossible_cases_teach_nothing_and_are_told() -> None:
    model = Model("sure", (plain("A", Prior((0.5, 0.5))), plain("B", FullTable(("A",), (1, 0, 0, 1)))))
    cases = [Case(Evidence(model, {"A": "y", "B": "n"})), Case(Evidence(model, {"A": "y"}))]
    found = adapted(model, cases)
    assert found.impossible == (0,)
    assert found.n_cases == 1


@pytest.mark.parametrize("fading", [0.0, -1.0, 1.1, float("nan")])
def test_a_fading_that_is_none(fading: float) -> None:
    with pytest.raises(ValueError, match="fading"):
        adapted(coin(), yes(coin()), fading=fading)


def test_what_was_not_seen_yet_may_still_come() -> None:
    model = coin(ess=0.0)
    no = Case(Evidence(model, {"A": "n"}))
    found = adapted(model, [*yes(model), no, no])
    assert found.impossible == ()
    assert found.numbers[1].p == pytest.approx(1 / 3, abs=1e-9)
    after = adapted(coin(), [*yes(coin(), 3000), no], fading=0.5)
    assert after.impossible == ()
    assert after.numbers[1].p == pytest.approx(
        0.5, abs=1e-6
    )  # the last one counts 1, all before it 1 together
