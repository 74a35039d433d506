"""Base rates: the page says what a run says, and the run what the model's numbers come to."""

from __future__ import annotations

import re
from itertools import product
from math import prod

import pytest

from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.model import Model, Prior, Table, Variable
from bayesdiag.modelfile import load
from benchmarks.base_rates import PAGE, drawn, percent, sums
from benchmarks.rates import (
    Compared,
    Document,
    Rate,
    Run,
    figure,
    items,
    published,
    run,
    side_of,
    span,
    widened,
)


@pytest.fixture(scope="module")
def network() -> CompiledNetwork:
    return compile_network(load("pos_card"))


@pytest.fixture(scope="module")
def document() -> Document:
    return published()


@pytest.fixture(scope="module")
def found(network: CompiledNetwork, document: Document) -> Run:
    return run(network, document)


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def rows(page: str, title: str) -> list[list[str]]:
    """The rows of the table under a title of the page, cell by cell."""
    part = page.split(f"### {title}\n")[1].split("\n#", maxsplit=1)[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]


def test_the_page_shows_what_a_run_finds(found: Run, page: str) -> None:
    assert drawn(found, page) == page


def test_every_cause_state_has_a_row_with_its_source(network: CompiledNetwork, page: str) -> None:
    told = {row[0].strip("`"): row[-1] for row in rows(page, "Every cause")}
    causes = network.model.of_kind("cause")
    assert list(told) == [f"{cause.id}={state}" for cause in causes for state in cause.state_ids[1:]]
    for name, source in told.items():
        assert source == network.model.variable_of[name.split("=")[0]].weight.source
        cited = re.findall(r"\bS\d+\b", source)
        assert cited or "guess" in source, name
        assert {source.id for source in network.model.sources} >= set(cited)


def test_the_sides_share_out_all_failures(page: str) -> None:
    sides = [float(row[1].rstrip("%")) for row in rows(page, "The implied mix")]
    assert len(sides) == 5
    assert sum(sides) == pytest.approx(100.0, abs=0.3)


def summed(model: Model, cause: Variable, state: str) -> float:
    """P(state) by a sum over every combination of what the state depends on, worked out from the model's text alone."""
    ancestors: list[Variable] = []

    def climb(variable: Variable) -> None:
        for name in variable.cpt.parents if isinstance(variable.cpt, Table) else ():
            climb(model.variable_of[name])
        if variable not in ancestors:
            ancestors.append(variable)

    climb(cause)
    total = 0.0
    for states in product(*(one.state_ids for one in ancestors)):
        world = dict(zip((one.id for one in ancestors), states, strict=True))
        if world[cause.id] == state:
            total += prod(row(one, world)[one.state_ids.index(world[one.id])] for one in ancestors)
    return total


def row(variable: Variable, world: dict[str, str]) -> tuple[float, ...]:
    if isinstance(variable.cpt, Prior):
        return variable.cpt.p
    assert isinstance(variable.cpt, Table)
    return next(
        one.p for one in variable.cpt.rows if all(world[name] in states for name, states in one.when.items())
    )


def test_rates_are_sums_over_the_tables(network: CompiledNetwork, found: Run) -> None:
    for rate in found.rates:
        assert rate.p == pytest.approx(summed(network.model, rate.variable, rate.state), rel=1e-9), (
            rate.finding
        )


def test_shares_are_responsibilities_of_failed_attempts(network: CompiledNetwork, found: Run) -> None:
    """Without its links a cause state fails nothing: what it is responsible for is at most P(state | failed)."""
    failed = network.posterior({}, premise=True)
    for rate in found.rates:
        assert 0 < rate.responsibility <= failed.probability(*rate.finding)[0] + 1e-12
    assert found.p_fails == pytest.approx(
        1 - network.posterior({}).probability("raw_outcome", "approved")[0], rel=1e-9
    )
    # 1 − P(no link fired) is at most the sum of all responsibilities, and at least the greatest of them
    some = 1 - found.none_of_these
    assert max(rate.responsibility for rate in found.rates) < some
    assert some <= sum(rate.responsibility for rate in found.rates) + 1e-9


def test_the_page_says_inside_where_it_is_inside(found: Run, document: Document, page: str) -> None:
    verdicts = [
        line.endswith(" yes |") for line in page.splitlines() if re.search(r" (yes|\*\*no\*\*) \|$", line)
    ]
    order = ["total", "mix", "decline", "attempt", "part"]
    expected = sorted(found.compared, key=lambda one: order.index(one.row["group"]))
    rates = {rate.finding: rate for rate in found.rates}
    assert verdicts == [by_hand(one, document, rates) for one in expected]
    assert len(verdicts) == len(found.compared)


def by_hand(one: Compared, document: Document, rates: dict[tuple[str, str], Rate]) -> bool:
    """Whether ours is inside, shares and rates added up anew; what is asked of the network is taken as found."""
    asked = one.row["ours"]
    low, high = span(one.row, document["trust"])
    value = one.ours
    part = next(iter(asked))
    if part in {"failed", "attempt"}:
        field = "share" if part == "failed" else "p"
        mine = [getattr(rates[finding], field) for finding in items(document, asked[part], list(rates))]
        whole = (
            [getattr(rates[finding], field) for finding in items(document, asked["of"], list(rates))]
            if "of" in asked
            else [1.0]
        )
        value = sum(mine) / sum(whole)
        assert one.ours == pytest.approx(value, rel=1e-9)
    return low <= value <= high


def test_what_lies_outside_is_named_with_its_reason(found: Run, page: str) -> None:
    told = page.split("### Outside, and why\n")[1].split("\n#", maxsplit=1)[0]
    outside = [one for one in found.compared if not one.is_inside]
    assert outside
    for one in outside:
        line = f"- **{one.row['sources']}, {one.row['counts']}** ({percent(one.low)} to {percent(one.high)})."
        assert line in told, line
        assert one.row.get("why"), f"outside without a reason, write one into docs/base-rates.yaml: {one.row}"
    assert told.count("\n- **") == len(outside)


def test_every_published_figure_cites_sources_of_the_model(
    network: CompiledNetwork, document: Document
) -> None:
    known = {source.id for source in network.model.sources}
    for one in document["published"]:
        cited = set(re.findall(r"\bS\d+\b", one["sources"]))
        assert cited, one
        assert cited <= known, one


def test_sums_are_worked_out_and_nothing_else_is() -> None:
    assert figure("0.03 * 0.40") == pytest.approx(0.012)
    assert figure("(1 - 0.97) / (9 + 1)") == pytest.approx(0.003)
    with pytest.raises(ValueError, match="not a sum"):
        figure("abs(1)")
    assert sums(["0.57", "0.03 * 0.40"]) == "0.03 × 0.40 = 1.2%; 57.0%"
    assert percent(0.0999) == "10.0%"


def test_a_single_figure_is_widened_by_its_grade_and_several_are_not() -> None:
    assert span({"figures": ["0.2"], "grade": "C"}, {"C": "2"}) == pytest.approx((1 / 9, 1 / 3))
    assert span({"figures": ["0.4", "0.2", "0.3"], "grade": "C"}, {"C": "2"}) == (0.2, 0.4)
    assert widened(0.5, 1.0) == (0.5, 0.5)


def test_a_cause_state_on_two_sides_or_none_is_refused() -> None:
    every = [("lamp", "dark"), ("lamp", "dim"), ("fuse", "blown")]
    good = {"sides": {"a": ["lamp=dark", "fuse"], "b": ["lamp=dim"]}, "sets": {}}
    assert side_of(good, every)["lamp", "dim"] == "b"
    for wrong in (["lamp", "fuse"], ["fuse"]):
        with pytest.raises(ValueError, match="no side or on two"):
            side_of({"sides": {"a": wrong, "b": ["lamp=dim"]}, "sets": {}}, every)
    with pytest.raises(KeyError, match="bulb"):
        items(good, ["bulb"], every)
