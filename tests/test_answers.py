"""Questions as rows: several open states of a gate, soft findings, observed and impossible gates."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

import numpy as np
import pytest

from bayesdiag.case import Evidence
from bayesdiag.diagnosis.ask import entropy_bits
from bayesdiag.engine.network import CompiledNetwork, Status, compile_network
from bayesdiag.errors import EvidenceError
from bayesdiag.model import FirstActive, FullTable, Link, Model, NoisyMax, Premise, Prior
from tests.networks import variable
from tests.oracles import brute_force

CLOSE = 1e-11
Findings = dict[str, object]


def gated() -> Model:
    """A noisy leaf whose links hang on two gates of three and two states, one of which a finding may forbid."""
    return Model(
        "gated",
        (
            variable("site", "in out far", Prior((0.5, 0.3, 0.2)), "context"),
            variable("age", "new old", FullTable(("site",), (0.9, 0.1, 0.4, 0.6, 0.0, 1.0)), "context"),
            variable("plug", "ok loose cut", Prior((0.7, 0.2, 0.1)), "cause"),
            variable("fuse", "ok blown", FullTable(("age",), (0.95, 0.05, 0.6, 0.4)), "cause"),
            variable(
                "power",
                "on dim off",
                NoisyMax(
                    (
                        Link("plug", "loose", "dim", 0.6, {"site": ("in", "far")}),
                        Link("plug", "cut", "off", 0.9),
                        Link("fuse", "blown", "off", 0.8, {"age": ("old",)}),
                    ),
                    {"dim": 0.02},
                ),
                "stage",
            ),
            variable(
                "lamp",
                "bright weak dark",
                NoisyMax(
                    (
                        Link("power", "dim", "weak", 0.7, {"site": ("in",)}),
                        Link("power", "dim", "dark", 0.2, {"site": ("out", "far"), "age": ("old",)}),
                        Link("power", "off", "dark", 1.0),
                        Link("fuse", "blown", "weak", 0.5, {"age": ("new",)}),
                        Link("plug", "loose", "weak", 0.3),
                    ),
                    {"weak": 0.01, "dark": 0.05},
                ),
                "test",
            ),
            variable("buzz", "no yes", NoisyMax((Link("fuse", "blown", "yes", 0.4, {"site": ("far",)}),), {"yes": 0.1}), "test"),
            variable("smell", "no yes", FullTable(("plug", "age"), (1, 0, 0.9, 0.1, 0.7, 0.3, 0.6, 0.4, 0.2, 0.8, 0, 1)), "symptom"),
            variable(
                "panel",
                "fine power_bad fuse_bad",
                FirstActive(
                    ("power", "fuse"),
                    (
                        Link("power", "dim", "power_bad", 0.5, {"site": ("in", "out")}),
                        Link("power", "off", "power_bad", 0.9),
                        Link("fuse", "blown", "fuse_bad", 0.8),
                    ),
                ),
                "symptom",
            ),
        ),
        premise=Premise("power", ("on",), 0.1),
    )  # fmt: skip


def givens() -> Iterator[Findings]:
    """Gates open, known, half known, with likelihoods, and forbidden by others; with and without more findings."""
    gates: list[Findings] = [
        {},
        {"site": "in"},
        {"site": {"in": 1.0, "out": 1.0}},
        {"site": {"out": 0.2, "far": 0.9}},
        {"site": {"in": 0.3, "out": 1.0, "far": 0.05}},
        {"age": "old"},
        {"age": "new"},  # forbids a far site
        {"age": {"new": 0.25, "old": 2.0}},
        {"site": "far"},  # forbids that it is new
        {"site": {"in": 0.5, "far": 3.0}, "age": {"new": 1.0, "old": 1e-3}},
    ]
    more: list[Findings] = [
        {},
        {"power": "off"},
        {"power": {"on": 0.1, "dim": 0.8}},
        {"lamp": "weak"},
        {"lamp": {"bright": 0.9, "dark": 0.4}, "smell": "yes"},
        {"panel": "fuse_bad", "fuse": "blown"},
        {"plug": {"loose": 0.6, "cut": 0.6}, "buzz": "yes"},
    ]
    for first in gates:
        for second in more:
            yield first | second


def expected(network: CompiledNetwork, findings: Findings, question: str) -> list[dict[str, object]]:
    states = network.model.variable_of[question].state_ids
    given = Evidence(network.model, findings).findings  # type: ignore[arg-type]
    known = given.get(question, dict.fromkeys(states, 1.0))
    return [
        brute_force(network.model, {**given, question: {state: known.get(state, 0.0)}}) for state in states
    ]


def agree(network: CompiledNetwork, findings: Findings, questions: list[str], targets: list[str]) -> None:
    before = brute_force(network.model, Evidence(network.model, findings).findings)  # type: ignore[arg-type]
    row = network.rows([Evidence(network.model, findings)], premise=False)[0]  # type: ignore[arg-type]
    found = network.answers(row, questions, targets)
    for question in questions:
        for place, after in enumerate(expected(network, findings, question)):
            p = after["p"] / before["p"]  # type: ignore[operator]
            assert found.p[question][place] == pytest.approx(p, abs=CLOSE), (findings, question, place)
            for target in targets:
                span = network.layout.slots(target)
                belief = list(after["beliefs"][target].values())  # type: ignore[index]
                joint = found.p[question][place] * found.beliefs[question][place]
                assert joint[span] == pytest.approx([p * x for x in belief], abs=CLOSE), (
                    findings,
                    question,
                    target,
                )
                for (cause, state), slot in network.layout.event_slot_of.items():
                    if network.layout.names[cause] == target:
                        fired = after["responsible"].get((target, network.layout.states[cause][state]), 0.0)  # type: ignore[attr-defined]
                        assert joint[slot] == pytest.approx(p * fired, abs=CLOSE), (
                            findings,
                            question,
                            target,
                        )


def test_every_open_question_equals_giving_each_answer() -> None:
    network = compile_network(gated())
    for findings in list(givens())[::2]:
        row = network.rows([Evidence(network.model, findings)], premise=False)  # type: ignore[arg-type]
        if network.posterior_of_rows(row, []).status[0] is Status.OK:
            agree(network, findings, [n for n in network.layout.names if n not in findings], ["plug", "fuse"])


def test_each_question_alone_and_without_targets_is_what_it_is_among_others() -> None:
    """A question alone leaves more variables out of the program than it does among others."""
    network = compile_network(gated())
    for findings in (
        {},
        {"site": {"in": 0.3, "far": 1.0}},
        {"lamp": "weak", "age": {"new": 0.5, "old": 1.0}},
    ):
        for question in network.layout.names:
            if question not in findings:
                agree(network, findings, [question], [])
                agree(network, findings, [question], ["fuse"])


def test_pairs_of_questions_share_rows_and_stay_apart() -> None:
    network = compile_network(gated())
    for pair in combinations(("lamp", "buzz", "smell", "panel", "site", "power"), 2):
        agree(network, {"age": {"new": 0.5, "old": 1.0}}, list(pair), ["plug"])


def rows_asked(network: CompiledNetwork, findings: Findings, questions: list[str]) -> np.ndarray:
    """Return the rows that questions take, the one asked about first."""
    row = network.rows([Evidence(network.model, findings)], premise=False)[0]  # type: ignore[arg-type]
    inquiry = network.inquire(row, questions, ["plug"])
    beliefs = inquiry.posterior(inquiry.row[None, :]).beliefs[0]
    kept = network.ways.kept(inquiry.program)
    return network.ways.questions.asked(inquiry.row, inquiry.by_rows, kept, beliefs).rows


@pytest.mark.parametrize("findings", [{}, {"age": "old"}, {"site": "in"}, {"plug": "loose", "site": "far"}])
def test_no_row_is_asked_twice_and_none_is_the_row_itself(findings: Findings) -> None:
    network = compile_network(gated())
    questions = [name for name in network.layout.names if name not in findings and name != "plug"]
    rows = rows_asked(network, findings, questions)
    assert len(np.unique(rows, axis=0)) == len(rows)
    alone = [rows_asked(network, findings, [question]) for question in questions]
    assert len(rows) - 1 <= sum(len(one) - 1 for one in alone)


def test_what_a_gate_and_a_question_about_it_share_is_run_once() -> None:
    network = compile_network(gated())
    together, gate, leaf = (
        rows_asked(network, {}, names) for names in (["site", "buzz"], ["site"], ["buzz"])
    )
    assert len(together) < len(gate) + len(leaf) - 1


def test_a_question_asked_for_twice_is_answered_once() -> None:
    network = compile_network(gated())
    row = network.rows([Evidence(network.model, {})], premise=False)[0]
    once, twice = (
        network.answers(row, names, ["plug"]) for names in (["buzz", "lamp"], ["buzz", "lamp", "buzz"])
    )
    assert list(once.p) == list(twice.p)
    for name, p in once.p.items():
        assert p.tolist() == twice.p[name].tolist()
        assert once.beliefs[name].tolist() == twice.beliefs[name].tolist()


def test_entropies_are_those_of_which_state_is_responsible_or_none() -> None:
    """Also where no cause can be responsible, and for one row as for many; what is no number shows."""
    layout = compile_network(gated()).layout
    beliefs = np.random.default_rng(5).dirichlet(np.ones(8), (3, 2))[..., : len(layout.events)]
    rows = np.concatenate([np.ones((3, 2, layout.n_states)), beliefs], axis=-1)
    wanted = np.zeros((3, 2))
    for first, last in pairwise(layout.first_events.tolist()):
        states = beliefs[..., first:last]
        every = np.concatenate([states, 1 - states.sum(axis=-1, keepdims=True)], axis=-1)
        wanted -= (every * np.log2(every)).sum(axis=-1)
    assert entropy_bits(rows, layout) == pytest.approx(wanted, abs=1e-12)
    assert entropy_bits(rows[1, 1], layout) == pytest.approx(wanted[1, 1], abs=1e-12)
    rows[0, 0, layout.n_states] = np.nan
    assert np.isnan(entropy_bits(rows, layout)[0, 0])
    without = compile_network(rarely_answered()).layout
    assert not without.events
    assert entropy_bits(np.ones((2, without.n_slots)), without).tolist() == [0.0, 0.0]
    assert float(entropy_bits(np.ones(without.n_slots), without)) == 0.0


def test_gates_that_cannot_be_leave_nothing() -> None:
    """A row that is impossible is answered with zeros, and no number is missing."""
    network = compile_network(gated())
    row = network.rows([Evidence(network.model, {"site": "far", "age": "new"})], premise=False)[0]
    found = network.answers(row, ["lamp", "buzz", "power"], ["plug"])
    for question in ("lamp", "buzz", "power"):
        assert not found.p[question].any()
        assert not found.beliefs[question].any()


def rarely_answered() -> Model:
    """Answers of probability 1e-15 and less, of a variable that stands in the program, and of leaves."""
    return Model(
        "rarely_answered",
        (
            variable("cause", "ok bad", Prior((0.3, 0.7))),
            variable("inside", "no yes", FullTable(("cause",), (1 - 1e-15, 1e-15, 1 - 5e-16, 5e-16))),
            variable("below", "no yes", FullTable(("inside",), (0.9, 0.1, 0.2, 0.8))),
            variable("leaf", "no yes", FullTable(("cause",), (1 - 1e-20, 1e-20, 1 - 3e-20, 3e-20))),
        ),
    )


@pytest.mark.parametrize("question", ["inside", "leaf"])
def test_rare_answers_are_not_rounded_to_nothing(question: str) -> None:
    network = compile_network(rarely_answered())
    row = np.ones(network.layout.n_slots)
    found = network.answers(row, [question], ["cause"])
    given = network.posterior({question: "yes"})
    assert found.p[question][1] == pytest.approx(np.exp(given.log_evidence[0]), rel=1e-9)
    assert found.beliefs[question][1, :2] == pytest.approx(given.of("cause")[0], abs=1e-9)


def test_an_answer_above_all_that_links_and_leak_reach_is_impossible() -> None:
    """The leak's three numbers sum to 1 less rounding, which once was taken for a fourth."""
    model = Model(
        "three of four",
        (
            variable("a", "s0 s1", Prior((1 - 0.12171969257644188, 0.12171969257644188))),
            variable(
                "c",
                "s0 s1 s2 s3",
                NoisyMax(
                    (Link("a", "s1", "s1", 0.5),), {"s1": 0.0840227887890478, "s2": 0.13834401294088264}
                ),
            ),
        ),
    )
    network = compile_network(model)
    answers = network.answers(np.ones(network.layout.n_slots), ["c"], ["a"])
    assert answers.p["c"][3] == 0.0
    assert not answers.beliefs["c"][3].any()
    assert answers.p["c"] == pytest.approx(network.posterior({}).of("c")[0], abs=1e-12)


def test_an_impossible_row_has_no_answers_and_tells_nothing() -> None:
    two = (Link("a", "yes", "yes", 0.5), Link("b", "yes", "yes", 0.5))
    variables = (
        variable("a", "no yes", Prior((1.0, 0.0))),
        variable("b", "no yes", Prior((0.5, 0.5))),
        variable("c", "no yes", NoisyMax(two, {})),
        variable("d", "no yes", NoisyMax(two, {"yes": 0.1})),
    )
    network = compile_network(Model("never a", variables))
    row = np.ones(network.layout.n_slots)
    row[network.layout.slot("a", "no")] = 0.0
    answers = network.answers(row, ["b", "d"], ["c"])
    for name in ("b", "d"):
        assert answers.p[name].tolist() == [0.0, 0.0]
        assert answers.beliefs[name].shape == (2, network.layout.n_slots)
        assert not answers.beliefs[name].any()
    assert network.information(row, ["b", "d"], ["c"]).tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize(
    "rows", [np.ones((1, 3)), np.ones((40, 5)), np.ones(4), np.ones((1, 1, 4)), [["a"]], None, 1.0]
)
def test_rows_of_another_shape_are_refused_in_words(rows: object) -> None:
    model = Model(
        "two", (variable("a", "no yes", Prior((0.4, 0.6))), variable("b", "no yes", Prior((0.5, 0.5))))
    )
    with pytest.raises(EvidenceError, match=r"(?s)rows: .*have the shape \(any number, 4\)"):
        compile_network(model).posterior_of_rows(rows, ["a"])  # type: ignore[arg-type]


def test_rows_of_whole_numbers_are_rows() -> None:
    model = Model(
        "two", (variable("a", "no yes", Prior((0.4, 0.6))), variable("b", "no yes", Prior((0.5, 0.5))))
    )
    found = compile_network(model).posterior_of_rows(np.ones((2, 4), dtype=np.int64), ["a"])
    assert found.of("a").tolist() == [[0.4, 0.6], [0.4, 0.6]]
