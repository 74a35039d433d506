"""Watching: bets against enumeration, false alarms and power by simulation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from scipy.stats import binom

from bayesdiag.case import Case, Evidence
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.engine.sets import numbering_of
from bayesdiag.learning.groups import Groups, groups_of
from bayesdiag.model import FullTable, Link, Model, NoisyMax, Prior, State, Variable
from bayesdiag.modelfile import load
from bayesdiag.simulate.attempts import Attempts, attempts_of
from bayesdiag.watch import Settings, Watch, in_time, watch
from bayesdiag.watch.answers import answer_bets, answers_of, standing, surprise_bets
from bayesdiag.watch.bets import Bets, bets_on, course_of, onset, opening
from bayesdiag.watch.columns import Moves, bets_of, estimate, moves_of, shares_of, used_by
from bayesdiag.watch.reading import reading_of
from tests import worlds
from tests.strategies import evidences, models

TILL = load(Path(__file__).resolve().parent.parent / "docs" / "explanation" / "till.yaml")
ALPHA = 0.05


@pytest.fixture(scope="module")
def till() -> CompiledNetwork:
    return compile_network(TILL)


def of(network: CompiledNetwork) -> Groups:
    return groups_of(numbering_of(network.model, network.layout, network.families))


def prior(model: Model, name: str, *p: float) -> Model:
    changed = (replace(v, cpt=Prior(p)) if v.id == name else v for v in model.variables)
    return replace(model, variables=tuple(changed))


def drawn(
    model: Model, n: int, random: np.random.Generator, *, labels: str = "", told_in: Model = TILL
) -> list[Case]:
    """Failed payments. The screen is nearly always told; another card is tried as the screen suggests.

    Labels: "all" notes both causes in every third case, "guilty" those alone that are not fine.
    """
    attempts = attempts_of(model)
    found = []
    for world in attempts.failed(n, random):
        states = named(attempts, world)
        findings = {}
        if random.random() < 0.9:
            findings["text"] = states["text"]
        if random.random() < (0.8 if findings.get("text") in ("offline", "failed") else 0.2):
            findings["other_card"] = states["other_card"]
        causes = {name: states[name] for name in ("cable", "card")}
        confirmed = causes if labels == "all" and random.random() < 1 / 3 else {}
        if labels == "guilty":
            confirmed = {name: state for name, state in causes.items() if state != "ok"}
        found.append(Case(Evidence(told_in, findings), confirmed))
    return found


def named(attempts: Attempts, world: np.ndarray) -> dict[str, str]:
    layout = attempts.layout
    return {name: layout.states[i][world[i]] for i, name in enumerate(layout.names)}


# ── a bet's gain is a ratio of probabilities ──────────────────────────────────────────────────


def moved_model(model: Model, moves: Moves, bet: int) -> Model:
    """The model that a bet on a number is."""
    groups, number = moves.groups, int(moves.number[bet])
    shares = groups.start.copy()
    if number in moves.rests:
        shares[number] += moves.step[bet]
    else:
        own = groups.of_share == groups.of_share[number]
        odds = moves.factor[bet] * shares[number] / (1 - shares[number])
        left = (1 - odds / (1 + odds)) / (1 - shares[number])
        shares[own] *= left
        shares[number] = odds / (1 + odds)
    return worlds.with_shares(model, groups, shares)


def log_p(network: CompiledNetwork, evidence: Evidence) -> float:
    rows = network.rows([evidence], premise=True)
    nothing = network.rows([Evidence(network.model, {})], premise=True)
    seen, given_ = network.posterior_of_rows(np.vstack([rows, nothing]), ()).log_evidence
    return float(seen - given_)


def check_gains(model: Model, evidence: Evidence, chosen: list[int] | None = None) -> None:
    network = compile_network(model)
    moves = moves_of(of(network))
    reading = reading_of(network, [Case(evidence)])
    seen = used_by(network, moves.groups, reading.rows)
    given_ = used_by(network, moves.groups, reading.ground)
    bets = bets_of(moves, seen, given_, np.ones(1))
    if not np.isfinite(seen.log_p[0]) or not bets.n_monitors:
        return
    gains = bets.gains(0, 1)[0]
    own = log_p(network, evidence)
    for bet in chosen or range(0, len(gains), max(1, len(gains) // 12)):
        moved = compile_network(moved_model(model, moves, bet))
        assert gains[bet] == pytest.approx(log_p(moved, evidence) - own, abs=1e-7)


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_a_bet_on_a_number_gains_what_the_model_with_this_number_would(data: st.DataObject) -> None:
    model = data.draw(models())
    check_gains(model, data.draw(evidences(model)))


def test_links_of_one_state_that_are_gated_differently_are_bet_on_too() -> None:
    states = (State("n"), State("y"))
    model = Model(
        "gated",
        (
            Variable("gate", "plain", states, Prior((0.4, 0.6))),
            Variable("cause", "plain", states, Prior((0.7, 0.3))),
            Variable(
                "effect",
                "plain",
                (State("none"), State("some"), State("much")),
                NoisyMax(
                    (
                        Link("cause", "y", "some", 0.3),
                        Link("cause", "y", "much", 0.5, {"gate": ("y",)}),
                    ),
                    {"some": 0.1},
                ),
            ),
        ),
    )
    moves = moves_of(of(compile_network(model)))
    assert moves.rests
    uneven = [bet for bet, number in enumerate(moves.number.tolist()) if number in moves.rests]
    assert len(uneven) == 12
    for findings in ({"effect": "some"}, {"effect": "much", "gate": "y"}, {"effect": "none"}):
        check_gains(model, Evidence(model, findings), uneven)


# ── and so it is 1 on average, however answers led to questions ─────────────────────────────────


def interviews() -> Iterator[dict[str, str]]:
    """Every way an interview can go: what is asked depends on the answers before."""
    for text in ("thanks", "refused"):
        yield {"text": text}
    for text in ("offline", "failed"):
        for other in ("works", "fails"):
            yield {"text": text, "other_card": other}


def families(network: CompiledNetwork, cases: list[Case], names: tuple[str, ...] = ()) -> list[Bets]:
    moves = moves_of(of(network))
    reading = reading_of(network, cases, given=names)
    seen = used_by(network, moves.groups, reading.rows)
    given_ = used_by(network, moves.groups, reading.ground)
    possible = np.isfinite(seen.log_p[seen.place])
    answers = answers_of(network, reading, possible)
    weights = np.where(possible, reading.weights, 0.0)
    found = answer_bets(answers, network.layout.sizes).bets
    return [surprise_bets(answers), found, bets_of(moves, seen, given_, weights)]


def test_every_bet_is_fair(till: CompiledNetwork) -> None:
    cases = [Case(Evidence(TILL, findings)) for findings in interviews()]
    p = np.exp([log_p(till, case.evidence) for case in cases])
    assert p.sum() == pytest.approx(1)
    for bets in families(till, cases):
        fair = p @ np.exp(bets.gains(0, len(cases)))
        assert len(fair) > 5
        assert fair == pytest.approx(np.ones(len(fair)), abs=1e-9)
        assert np.abs(bets.gains(0, len(cases))).max() > 0.1
        assert bets.share.sum() == pytest.approx(1)
        last = len(fair) - 1
        assert bets.history(last) == pytest.approx(bets.gains(0, len(cases))[:, last])


def test_what_is_given_is_not_judged(till: CompiledNetwork) -> None:
    """Given the screen alone the other answers are bet on: fair whatever the screens show."""
    for text in ("offline", "failed"):
        evidences_ = [Evidence(TILL, {"text": text, "other_card": x}) for x in ("works", "fails")]
        p = np.exp([log_p(till, one) - log_p(till, Evidence(TILL, {"text": text})) for one in evidences_])
        for bets in families(till, [Case(one) for one in evidences_], ("text",)):
            fair = p @ np.exp(bets.gains(0, 2))
            assert fair == pytest.approx(np.ones(len(fair)), abs=1e-9)


def test_attempts_that_did_not_fail_are_told_as_such(till: CompiledNetwork) -> None:
    """An attempt noted as not having failed was chosen by that: it is judged given that it did not."""
    evidences_ = [Evidence(TILL, {"other_card": x}) for x in ("works", "fails")]
    approved = {"outcome": "approved"}
    p = np.exp(
        [
            till.posterior([{**approved, "other_card": x}]).log_evidence[0]
            - till.posterior([approved]).log_evidence[0]
            for x in ("works", "fails")
        ]
    )
    for bets in families(till, [Case(one, premise=False) for one in evidences_]):
        fair = p @ np.exp(bets.gains(0, 2))
        assert fair == pytest.approx(np.ones(len(fair)), abs=1e-9)


def test_a_weight_counts_as_so_many_cases(till: CompiledNetwork) -> None:
    evidence = Evidence(TILL, {"text": "failed", "other_card": "fails"})
    for bets in families(till, [Case(evidence), Case(evidence, weight=3)]):
        once, thrice = bets.gains(0, 2)
        assert thrice == pytest.approx(3 * once)
        assert np.abs(once).max() > 0


# ── capital ─────────────────────────────────────────────────────────────────────────────────────


def test_all_starts_together_have_the_capital() -> None:
    shares = np.array([opening(block) for block in range(200_000)])
    assert shares[0] == 0.5
    assert all(one > other for one, other in pairwise(shares[:50]))
    # What is left after block j is about 0.237 / ln j.
    assert 1 - shares.sum() == pytest.approx(0.237 / np.log(200_000), rel=0.01)


def test_capital_is_what_each_start_came_to() -> None:
    random = np.random.default_rng(3)
    gains = random.normal(0, 0.4, (35, 3))
    bets = bets_on(np.array([0, 0, 1]), np.array([0.3, 0.2, 0.5]), gains)
    course = course_of(bets, 35, np.log([1.2, 1e9]))
    worth = np.zeros((35, 3))
    for case in range(35):
        opened = [opening(block) for block in range(case // 10 + 1)]
        run = [np.exp(gains[10 * block : case + 1].sum(axis=0)) for block in range(len(opened))]
        worth[case] = np.array(opened) @ np.array(run) + 1 - sum(opened)
    assert np.exp(course.log_value) == pytest.approx(worth @ bets.share)
    first = worth[:, :2] @ [0.6, 0.4]
    assert np.exp(course.peak[0]) == pytest.approx(max(1, first.max()))
    assert course.crossed_at[0] == np.flatnonzero(first >= 1.2)[0]
    assert course.crossed_at[1] == -1
    assert course.best[0] == worth[course.peak_at[0], :2].argmax()
    assert course.best[1] in (-1, 2)


def test_capital_is_shared_by_variable_then_by_column(till: CompiledNetwork) -> None:
    moves = moves_of(of(till))
    shares = shares_of(moves)
    numbers = moves.groups.numbering.numbers
    by_name: dict[str, float] = {}
    for number, share in zip(moves.number.tolist(), shares, strict=True):
        by_name[numbers[number].variable] = by_name.get(numbers[number].variable, 0.0) + share
    assert by_name == pytest.approx(dict.fromkeys(["cable", "card", "outcome", "text", "other_card"], 0.2))


def test_the_onset_is_where_a_bet_began_to_gain() -> None:
    assert onset(np.array([-1.0, -1.0, 0.5, 1.0, 2.0]), 4) == 2
    assert onset(np.array([1.0, 1.0]), 1) == 0


def test_a_number_is_estimated_by_what_makes_cases_likeliest() -> None:
    """30 of 100 uses of a number stated as 0.1, each seen: its likeliest value is 0.3."""
    over = np.array([1 / 0.1 - 1] * 30 + [-1.0] * 70)
    assert estimate(0.1, over, np.zeros(100), np.ones(100)) == pytest.approx(0.3, abs=0.01)


def test_scores_have_the_mean_and_spread_of_their_distribution() -> None:
    p = np.array([[0.5, 0.25, 0.25], [0.9, 0.1, 0.0]])
    told = standing(p, np.array([1, 0]), np.array([1.0, 2.0]))
    entropy = (-(p * np.log(np.where(p > 0, p, 1))).sum(axis=1)).tolist()
    spread = [float(p[i] @ np.log(np.where(p[i] > 0, p[i], 1)) ** 2) - entropy[i] ** 2 for i in range(2)]
    total = np.log(4) - 2 * np.log(0.9)
    assert told.n == 3
    assert told.mean == pytest.approx(total / 3)
    assert told.expected == pytest.approx((entropy[0] + 2 * entropy[1]) / 3)
    assert told.z == pytest.approx((total - entropy[0] - 2 * entropy[1]) / np.sqrt(spread[0] + 2 * spread[1]))


# ── false alarms ────────────────────────────────────────────────────────────────────────────────


def alarms(network: CompiledNetwork, streams: int, n: int, labels: str = "") -> int:
    settings_ = Settings(alpha=ALPHA, labels=labels == "all")
    cases = drawn(TILL, streams * n, np.random.default_rng(0), labels=labels)
    return sum(
        watch(network, cases[start : start + n], settings_).has_alarm for start in range(0, streams * n, n)
    )


def test_a_true_model_raises_an_alarm_as_rarely_as_stated(till: CompiledNetwork) -> None:
    assert alarms(till, 200, 80) <= binom.ppf(0.999, 200, ALPHA)


@pytest.mark.long
def test_however_long_the_stream(till: CompiledNetwork) -> None:
    assert alarms(till, 200, 800) <= binom.ppf(0.999, 200, ALPHA)


@pytest.mark.long
@pytest.mark.parametrize("labels", ["all", "guilty"])
def test_labels_raise_no_false_alarms(till: CompiledNetwork, labels: str) -> None:
    """Both causes noted in some cases are judged; the guilty alone are not looked at."""
    assert alarms(till, 100, 300, labels) <= binom.ppf(0.999, 100, ALPHA)


def test_labels_of_the_guilty_alone_would_raise_them(till: CompiledNetwork) -> None:
    """Why labels are not looked at unless somebody asks for it."""
    cases = drawn(TILL, 300, np.random.default_rng(0), labels="guilty")
    assert watch(till, cases, Settings(labels=True)).has_alarm
    found = watch(till, cases)
    assert not found.has_alarm
    assert found.labels == sum(len(case.confirmed) for case in cases)


# ── power ───────────────────────────────────────────────────────────────────────────────────────


def drift(seed: int, changed: Model, before: int = 200, after: int = 300) -> list[Case]:
    random = np.random.default_rng(seed)
    return [*drawn(TILL, before, random), *drawn(changed, after, random)]


def test_a_drift_is_found_named_and_dated(till: CompiledNetwork) -> None:
    looser = prior(TILL, "cable", 0.7, 0.3)
    found = [watch(till, drift(seed, looser)) for seed in range(20)]
    assert sum(one.has_alarm for one in found) >= 19
    assert all(one.overall.alarm is None or one.overall.alarm >= 200 for one in found)
    first = [one.columns[0] for one in found]
    named_ = [one for one in first if one.number.variable == "cable"]
    # Fewer expired cards say the same of failures alone, and come first in the others.
    assert len(named_) >= 12
    assert np.median([abs(one.since - 200) for one in named_ if one.since is not None]) < 40
    assert np.median([one.now for one in named_]) == pytest.approx(0.3, abs=0.06)
    assert all(one.seen > one.expected for one in named_)


def test_a_drift_of_a_table_is_found_in_its_column(till: CompiledNetwork) -> None:
    """The screen says "failed" more often when the line is down."""
    rows = {"approved": {"thanks": 1.0}, "declined": {"refused": 0.8, "failed": 0.2}}
    text = TILL.variable_of["text"]
    changed_text = replace(
        text, cpt=replace(text.cpt, rows={**rows, "no_line": {"offline": 0.1, "failed": 0.9}})
    )
    changed = replace(TILL, variables=tuple(changed_text if v.id == "text" else v for v in TILL.variables))
    hits = 0
    for seed in range(10):
        found = watch(till, drift(seed, changed, 150, 300))
        assert found.has_alarm
        first = found.columns[0].number
        hits += (first.variable, first.when) == ("text", {"outcome": ("no_line",)})
    assert hits >= 8


def test_less_surprise_than_expected_is_an_alarm_too() -> None:
    model = Model(
        "coins",
        tuple(Variable(f"c{i}", "plain", (State("h"), State("t")), Prior((0.7, 0.3))) for i in range(9)),
    )
    cases = [Case(Evidence(model, {f"c{i}": "h" for i in range(9)}))] * 12
    found = watch(compile_network(model), cases)
    assert found.surprise.verdict.alarm is not None
    assert found.surprise.z < -3


# ── what else can be said ───────────────────────────────────────────────────────────────────────


def test_cases_that_cannot_be_are_told_apart(till: CompiledNetwork) -> None:
    impossible = Case(Evidence(TILL, {"text": "thanks"}))
    contradiction = Case(Evidence(TILL, {"outcome": "declined"}), premise=False)
    fine = drawn(TILL, 30, np.random.default_rng(1))
    found = watch(till, [*fine[:10], impossible, *fine[10:], contradiction])
    assert found.impossible == (10, 31)
    assert found.has_alarm
    assert found.overall.alarm is None
    assert found.n_cases == 32
    others = watch(till, fine)
    assert found.surprise.answers == others.surprise.answers


def test_cases_are_looked_at_in_the_order_of_their_times(till: CompiledNetwork) -> None:
    cases = drift(0, prior(TILL, "cable", 0.6, 0.4), 100, 100)
    dated = [
        replace(case, when=f"2026-01-01T00:{i // 60:02}:{i % 60:02}+00:00") for i, case in enumerate(cases)
    ]
    found = watch(till, dated[::-1])
    straight = watch(till, dated)
    assert found.overall == straight.overall
    assert found.order == tuple(range(199, -1, -1))
    assert (found.first, found.last) == (dated[0].when, dated[-1].when)
    assert in_time([replace(dated[1]), replace(dated[0], when="yesterday")]) == (0, 1)
    assert in_time([Case(cases[0].evidence, when="2026-01-02"), Case(cases[0].evidence, when="2026-01-01T23:00:00-05:00")]) == (0, 1)  # fmt: skip


def test_a_drift_in_what_is_given_is_none(till: CompiledNetwork) -> None:
    states = (State("a"), State("b"))
    model = Model(
        "shops",
        (
            Variable("shop", "context", states, Prior((0.8, 0.2))),
            Variable("works", "plain", states, FullTable(("shop",), (0.9, 0.1, 0.3, 0.7))),
        ),
    )
    random = np.random.default_rng(0)
    cases = []
    for shop, p in (("a", 0.1), ("b", 0.7)):
        cases += [
            Case(Evidence(model, {"shop": shop, "works": "ab"[int(random.random() < p)]})) for _ in range(150)
        ]
    network = compile_network(model)
    assert watch(network, cases).has_alarm
    found = watch(network, cases, Settings(given=("shop",)))
    assert not found.has_alarm
    assert [one.variable for one in found.answers] == ["works"]


def test_what_was_asked_because_of_an_answer_is_judged_by_that_answer(till: CompiledNetwork) -> None:
    found = watch(till, drawn(TILL, 1500, np.random.default_rng(5)))
    [other] = [one for one in found.answers if one.variable == "other_card"]
    assert abs(other.z) < 3
    # Another card is tried where the line seems down: then it fails more often than it would on average.
    assert other.z_alone > 4
    assert not found.has_alarm


def test_unsure_findings_are_conditions(till: CompiledNetwork) -> None:
    unsure = {"text": {"offline": 0.7, "failed": 0.3}}
    found = watch(till, [Case(Evidence(TILL, {**unsure, "other_card": "fails"}))])
    assert found.unsure == 1
    assert found.surprise.answers == 1
    after = till.posterior([unsure], premise=True).probability("other_card", "fails")
    assert found.surprise.mean == pytest.approx(-np.log(after[0]))


def test_nothing_to_look_at_raises_nothing(till: CompiledNetwork) -> None:
    for cases in ([], [Case(Evidence(TILL, {}))]):
        found = watch(till, cases)
        assert not found.has_alarm
        assert found.overall.p_value == 1
        assert isinstance(found, Watch)


def test_what_cannot_be_asked_is_refused(till: CompiledNetwork) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Settings(alpha=1)
    with pytest.raises(KeyError, match="nobody"):
        watch(till, [], Settings(given=("nobody",)))
