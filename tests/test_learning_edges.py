"""Learning at its edges: numbers that fall to nothing, rare ones, gates, and what stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest

from bayesdiag.case import Case, Evidence
from bayesdiag.engine.network import compile_network
from bayesdiag.engine.sets import numbering_of, tally_of
from bayesdiag.errors import TooLarge
from bayesdiag.learning import Settings, adapted, fit
from bayesdiag.learning.groups import groups_of
from bayesdiag.learning.information import information_of
from bayesdiag.learning.renewed import _rounded_down
from bayesdiag.learning.training import training_of
from bayesdiag.model import (
    FirstActive,
    FullTable,
    Link,
    Model,
    NoisyMax,
    Premise,
    Prior,
    State,
    Variable,
    Weight,
)
from tests.test_learning import ALONE, FIXED, LITERATURE, plain


def test_a_number_that_fell_to_nothing_may_be_up_to_three_in_n() -> None:
    model = Model("one", (plain("A", Prior((0.5, 0.5))),))
    found = fit(model, [Case(Evidence(model, {"A": "y"}), weight=600)], Settings(ess=0))
    no, yes = found.numbers
    assert (no.p, yes.p) == (0.0, pytest.approx(1.0))
    assert no.interval == (0.0, pytest.approx(np.log(20) / 600, rel=1e-6))
    assert yes.interval == (pytest.approx(1 - np.log(20) / 600, rel=1e-6), 1.0)
    assert no.effective == yes.effective == pytest.approx(600, rel=1e-6)
    assert found.model.variables[0].weight.ess == 600


def test_a_stated_range_lifts_what_fell_to_nothing() -> None:
    model = Model("one", (plain("A", Prior((0.01, 0.99)), weight=Weight("guess", within=3)),))
    cases = [Case(Evidence(model, {"A": "y"}), weight=5)]
    assert fit(model, cases, Settings(ess=0)).numbers[0].p == 0.0
    pulled = fit(model, cases, Settings(ess=0, prior="within"))
    assert pulled.has_settled
    [no, _] = pulled.numbers
    # Five times not seen lowers the log-odds of a normal range by its variance times 5 p.
    spread = np.log(3) / 1.645
    assert np.log(no.p / (1 - no.p)) - np.log(0.01 / 0.99) == pytest.approx(-(spread**2) * 5 * no.p, rel=1e-3)
    assert no.interval is not None
    assert no.interval[0] < no.p < no.interval[1]


def test_what_neither_cases_nor_ranges_tell_may_be_anything() -> None:
    """Failures alone, no count of them: how often the cause is there at all cannot be known."""
    model = Model(
        "lamp",
        (
            plain("bulb", Prior((0.9, 0.1))),
            plain("light", FullTable(("bulb",), (0.99, 0.01, 0.1, 0.9))),
        ),
        premise=Premise("light", ("n",), 0.1, 0.0, "a count", 0.0),
    )
    cases = [Case(Evidence(model, {}), weight=20), Case(Evidence(model, {"bulb": "y"}), weight=30)]
    found = fit(model, cases, Settings(ess=0))
    for one in found.numbers:
        if one.interval is not None:
            low, high = one.interval
            assert 0 <= low <= one.p <= high <= 1
            assert high - low > 1e-6
    burnt = next(one for one in found.numbers if one.number.variable == "bulb" and one.number.state == "y")
    assert burnt.interval is not None
    assert burnt.interval[1] - burnt.interval[0] > 0.5


def test_a_rare_cause_is_as_right_as_a_common_one() -> None:
    """Its 3 in 10,000,000 are found from failures with blanks, where steps of EM are small."""
    model = Model(
        "rare",
        (
            plain("A", Prior((1e-4, 1 - 1e-4))),
            plain("B", FullTable(("A",), (0.9, 0.1, 1e-5, 1 - 1e-5)), weight=FIXED),
        ),
    )
    seen = {"y": 9e5, "n": 10.0}  # B alone, A never
    cases = [Case(Evidence(model, {"B": state}), weight=weight) for state, weight in seen.items()]
    share = seen["n"] / sum(seen.values())
    truth = (share - 1e-5) / (0.9 - 1e-5)
    assert 1e-7 < truth < 1e-5
    found = fit(model, cases, Settings(ess=0, intervals=False))
    assert found.has_settled
    assert found.numbers[0].p == pytest.approx(truth, rel=1e-4)


def gated() -> Model:
    """Two links of one cause that different contexts open: a distribution with two rests."""
    return Model(
        "gated",
        (
            plain("G", Prior((0.5, 0.5)), weight=FIXED),
            plain("A", Prior((0.5, 0.5)), weight=FIXED),
            Variable(
                "C",
                "plain",
                (State("ok"), State("one"), State("two")),
                NoisyMax((Link("A", "y", "one", 0.4, {"G": ("y",)}), Link("A", "y", "two", 0.2)), {}),
            ),
        ),
    )


@pytest.mark.parametrize("prior", ["ess", "within"])
def test_links_that_are_gated_differently_are_learned(prior: str) -> None:
    model = gated()
    seen = {("y", "ok"): 30, ("y", "one"): 50, ("y", "two"): 20, ("n", "ok"): 60, ("n", "two"): 40}
    cases = [
        Case(Evidence(model, {"G": gate, "A": "y", "C": state}), weight=weight)
        for (gate, state), weight in seen.items()
    ]
    found = fit(model, cases, Settings(ess=0, prior=prior))  # type: ignore[arg-type]
    assert found.has_settled
    links = {one.number.state: one for one in found.numbers if one.number.role == "link"}
    # The height over a fine net of both numbers, and from it their spread.
    one, two = (x.ravel() for x in np.meshgrid(np.linspace(0.3, 0.6, 601), np.linspace(0.1, 0.39, 581)))
    height = 50 * np.log(one) + 60 * np.log(two) + 30 * np.log1p(-one - two) + 60 * np.log1p(-two)
    top = int(height.argmax())
    assert [links["one"].p, links["two"].p] == pytest.approx([one[top], two[top]], abs=6e-4)
    density = np.exp(height - height.max())
    for name, values in (("one", one), ("two", two)):
        order = np.argsort(values)
        share = density[order].cumsum() / density.sum()
        ends = [values[order][(share >= part).argmax()] for part in (0.05, 0.95)]
        assert links[name].interval == pytest.approx(ends, abs=0.01)


def test_a_number_that_no_case_reaches_stays_however_small() -> None:
    model = Model("tiny", (plain("A", Prior((1e-14, 1 - 1e-14))), plain("B", Prior((0.5, 0.5)))))
    found = fit(model, [Case(Evidence(model, {"B": "y"}))], ALONE)
    assert found.numbers[0].p == 1e-14
    assert not found.numbers[0].is_changed


def test_the_same_findings_tell_another_thing_without_the_premise() -> None:
    """Cases that failed and cases recorded anyway are two kinds, though their rows are the same."""
    model = replace(LITERATURE, premise=Premise("X", ("n",), 0.1, 10.0, "a count", 0.0))
    network = compile_network(model)
    numbering = numbering_of(model, network.layout, network.families)
    groups = groups_of(numbering)
    evidence = Evidence(model, {"X": "y", "Y": "y"})
    found = []
    for cases in (
        [Case(evidence, weight=5), Case(evidence, weight=7, premise=False)],
        [Case(evidence, weight=5)],
        [Case(evidence, weight=7, premise=False)],
        [],
    ):
        training = training_of(network, numbering, [*cases, Case(Evidence(model, {"A": "y"}))])
        found.append(information_of(training, groups, groups.start))
    both, failed, other, none = found
    assert both == pytest.approx(failed + other - none, abs=1e-9)


@pytest.mark.parametrize("p", [0.9999999, 0.99999949, 0.1, 0.3333333333, 1e-7, 1.0, 1.23456789e-5])
def test_a_share_is_rounded_down_by_less_than_its_digits(p: float) -> None:
    near = _rounded_down(p)
    assert near <= p
    assert p - near <= 1e-5 * min(p, max(1 - p, 1e-16))


def _leaf_of_one_state() -> tuple[Model, dict[str, str]]:
    """A parent with one possible state: no factor knows it, yet its leaf's numbers count."""
    never = plain("A", FirstActive((), ()))
    return Model("never", (never, plain("B", FullTable(("A",), (0.5, 0.5, 1 / 3, 2 / 3))))), {"B": "n"}


def _leaf_that_says_the_same() -> tuple[Model, dict[str, str]]:
    """A leaf that is as likely under every state of its parent leaves no mark on the parent's row."""
    half = plain("B", FullTable(("A",), (0.5,) * 4))
    return Model("same", (plain("A", Prior((0.3, 0.7))), half)), {"B": "n"}


@pytest.mark.parametrize("made", [_leaf_of_one_state, _leaf_that_says_the_same])
def test_a_seen_leaf_is_counted_in_a_program_of_its_own(
    made: Callable[[], tuple[Model, dict[str, str]]],
) -> None:
    """Under other numbers too one program a row says what one for all does."""
    model, seen = made()
    network = compile_network(model)
    numbering = numbering_of(model, network.layout, network.families)
    row = network.rows([Evidence(model, seen)], premise=True)
    cells = numbering.own * np.random.default_rng(0).uniform(0.5, 1, len(numbering.own))
    alone, together = (
        tally_of(network.ways, numbering, row, max_cells=most).count(cells, np.ones(1))
        for most in (0, np.inf)
    )
    assert alone[0] == pytest.approx(together[0], abs=1e-12)
    assert alone[1] == pytest.approx(together[1], abs=1e-12)
    assert alone[0][numbering.first_cell[1][0] :].sum() == pytest.approx(1)


def test_a_stream_raises_what_no_program_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_large(*_: object, **__: object) -> None:
        raise TooLarge("too large")

    monkeypatch.setattr("bayesdiag.engine.sets.tally.recipe_of", too_large)
    monkeypatch.setattr("bayesdiag.engine.sets.tally.recipe_of_any", lambda *_: None)
    with pytest.raises(TooLarge):
        adapted(LITERATURE, [Case(Evidence(LITERATURE, {"X": "y"}))])


def test_numbers_too_many_for_a_square_are_learned_without_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Model("one", (plain("A", Prior((0.4, 0.6)), weight=Weight("guess", ess=2, within=3)),))
    cases = [Case(Evidence(model, {"A": "y"}), weight=40)]
    usual = fit(model, cases, Settings(prior="within"))
    monkeypatch.setattr("bayesdiag.learning.spread.MAX_SHARES", 1)
    monkeypatch.setattr("bayesdiag.learning.em.MAX_SHARES", 1)
    room = import_module("bayesdiag.learning.fit")  # the package's own `fit` is the function
    monkeypatch.setattr(room, "spread_of", None)
    monkeypatch.setattr("bayesdiag.learning.spread.information_of", None)
    monkeypatch.setattr("bayesdiag.learning.spread._stated_information", None)
    many = fit(model, cases, Settings(prior="within"))
    assert [one.interval for one in many.numbers] == [None, None]
    assert [one.p for one in many.numbers] == pytest.approx([one.p for one in usual.numbers], abs=1e-6)
    monkeypatch.setattr(room, "middle_of", None)
    assert [one.interval for one in fit(model, cases).numbers] == [None, None]
