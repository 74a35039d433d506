"""What if: against the sum over all worlds, of one attempt or of two."""

from __future__ import annotations

import json
from itertools import combinations, product

import numpy as np
import pytest

from bayesdiag.case import Evidence
from bayesdiag.cli import run
from bayesdiag.diagnosis import diagnose
from bayesdiag.diagnosis.steps import open_questions
from bayesdiag.diagnosis.whatif import (
    acted,
    answered,
    flipped,
    joint,
    left_out,
    most_probable,
    path,
    sought,
    together,
    vary,
)
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.errors import EvidenceError
from bayesdiag.model import Link, Model, NoisyMax, Premise, Prior, Question, Text
from bayesdiag.modelfile import load
from tests import networks
from tests.networks import variable
from tests.oracles import brute_force, outcomes, worlds
from tests.test_reference import asia


def sharp(findings: dict) -> dict:
    return {name: {seen: 1.0} if isinstance(seen, str) else seen for name, seen in findings.items()}


FINDINGS = {"method": "chip", "text": "error", "other_card": {"works": 0.3, "fails": 0.8}}


@pytest.fixture(scope="module")
def small() -> CompiledNetwork:
    return compile_network(networks.diagnostic())


def test_leaving_out_and_flipping_are_diagnoses_of_their_own(small: CompiledNetwork) -> None:
    evidence = Evidence(small.model, FINDINGS)
    told = left_out(small, evidence)
    assert [(one.finding, one.state) for one in told] == [(name, None) for name in FINDINGS]
    for one in told:
        rest = {name: seen for name, seen in FINDINGS.items() if name != one.finding}
        expected = diagnose(small, rest).causes
        assert [(c.id, c.state) for c in one.causes] == [(c.id, c.state) for c in expected]
        assert [c.responsibility for c in one.causes] == pytest.approx([c.responsibility for c in expected])
    fine, declined = flipped(small, evidence, "text")
    assert (fine.state, fine.is_possible, fine.causes) == ("fine", False, ())
    expected = diagnose(small, {**FINDINGS, "text": "declined"}).causes
    assert [c.responsibility for c in declined.causes] == pytest.approx([c.responsibility for c in expected])


def test_an_answer_is_a_diagnosis_with_it(small: CompiledNetwork) -> None:
    evidence = Evidence(small.model, {"method": "chip", "text": "error"})
    told = answered(small, evidence, "other_card")
    assert [case.state for _, case in told] == ["works", "fails"]
    for p, case in told:
        with_it = diagnose(small, {"method": "chip", "text": "error", "other_card": case.state or ""})
        without = diagnose(small, evidence)
        assert p == pytest.approx(np.exp(with_it.log_evidence - without.log_evidence))
        assert [(c.id, c.state) for c in case.causes] == [(c.id, c.state) for c in with_it.causes]
        shares = [c.responsibility for c in with_it.causes]
        assert [c.responsibility for c in case.causes] == pytest.approx(shares)
    [(_, impossible)] = [one for one in answered(small, Evidence(small.model, {}), "text") if one[0] == 0]
    assert (impossible.state, impossible.is_possible, impossible.causes) == ("fine", False, ())


def test_the_path_goes_from_the_premise_to_the_answer(small: CompiledNetwork) -> None:
    steps = path(small, Evidence(small.model, FINDINGS))
    assert len(steps) == 4
    for length, causes in enumerate(steps):
        expected = diagnose(small, dict(list(FINDINGS.items())[:length])).causes
        assert [c.responsibility for c in causes] == pytest.approx([c.responsibility for c in expected])


def asked(model: Model) -> Model:
    """The model with a question to every variable that can be seen."""
    seen = tuple(
        v if v.kind in ("cause", "stage") else type(v)(v.id, v.kind, v.states, v.cpt, question=Question(Text(v.id, v.id)))
        for v in model.variables
    )  # fmt: skip
    return Model(model.name, seen, premise=model.premise)


@pytest.mark.parametrize("least", [0.2, 0.4, 0.6])
@pytest.mark.parametrize("cause", [("software", "bad"), ("slot", "dirty")])
def test_goals_are_those_of_trying_every_answer(cause: tuple[str, str], least: float) -> None:
    model = asked(networks.diagnostic())
    network = compile_network(model)
    evidence = Evidence(model, {"age": "old"})
    found, is_all = sought(network, evidence, cause, least, pairs=True)
    assert is_all
    names = [v.id for v in open_questions(model, evidence)]
    base = float(brute_force(model, sharp({"age": "old"}), premise=True)["p"])  # type: ignore[arg-type]

    def reached(answers: tuple[tuple[str, str], ...]) -> tuple[float, float]:
        told = brute_force(model, sharp({"age": "old", **dict(answers)}), premise=True)
        return told["responsible"].get(cause, 0.0), told["p"] / base  # type: ignore[attr-defined, operator]

    singles = [((n, s),) for n in names for s in model.variable_of[n].state_ids]
    wanted = {frozenset(one): reached(one) for one in singles if reached(one)[0] >= least}
    alone = {one for key in wanted for one in key}
    for first, second in combinations([one[0] for one in singles], 2):
        if first[0] != second[0] and first not in alone and second not in alone:
            p, share = reached((first, second))
            if p >= least and share > 0:
                wanted[frozenset((first, second))] = (p, share)
    assert {frozenset(goal.answers): (goal.p, goal.p_answers) for goal in found} == {
        key: pytest.approx(pair, abs=1e-9) for key, pair in wanted.items()
    }


def test_goals_of_single_answers_are_the_same_without_pairs() -> None:
    network = compile_network(asked(networks.diagnostic()))
    evidence = Evidence(network.model, {})
    both, _ = sought(network, evidence, ("software", "bad"), 0.3, pairs=True)
    single, is_all = sought(network, evidence, ("software", "bad"), 0.3)
    assert is_all
    assert single == tuple(goal for goal in both if len(goal.answers) == 1)


def test_a_search_for_pairs_that_looked_at_some_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vary, "WIDTH", 1)
    network = compile_network(asked(networks.diagnostic()))
    assert not sought(network, Evidence(network.model, {}), ("slot", "dirty"), 0.99, pairs=True)[1]


ZOO = [
    networks.chain,
    networks.diamond,
    networks.deterministic,
    networks.noisy_max,
    networks.disconnected,
    asia,
]


def joint_of(
    model: Model, findings: dict, names: list[str], *, premise: bool
) -> dict[tuple[str, ...], float]:
    found: dict[tuple[str, ...], float] = {}
    for world, p, _ in worlds(model):
        weight = p
        for name, seen in findings.items():
            weight *= seen.get(world[name], 0.0)
        if premise and model.premise and world[model.premise.variable] in model.premise.exclude:
            weight = 0.0
        key = tuple(world[name] for name in names)
        found[key] = found.get(key, 0.0) + weight
    total = sum(found.values())
    return {key: p / total for key, p in found.items()}


@pytest.mark.parametrize("build", ZOO, ids=lambda build: build.__name__)
def test_the_most_probable_worlds_are_those_of_all_worlds(build) -> None:
    model = build()
    last = model.variables[-1]
    findings = {last.id: {state: 1.0 - 0.3 * i for i, state in enumerate(last.state_ids)}}
    told = most_probable(compile_network(model), Evidence(model, findings), 4, premise=False)
    everything = joint_of(model, findings, list(told.names), premise=False)
    best = sorted((p for p in everything.values() if p > 0), reverse=True)[:4]
    assert told.basis == "exact"
    assert told.p == pytest.approx(best)
    assert [everything[states] for states in told.states] == pytest.approx(list(told.p))
    assert told.rest == pytest.approx(1 - sum(best))


@pytest.mark.parametrize("k", [1, 3, 8])
def test_the_most_probable_causes_are_those_of_all_worlds(small: CompiledNetwork, k: int) -> None:
    told = most_probable(small, Evidence(small.model, FINDINGS), k, premise=True)
    assert told.names == ("slot", "software", "funds")
    everything = joint_of(small.model, sharp(FINDINGS), list(told.names), premise=True)
    assert told.basis == "exact"
    assert told.p == pytest.approx(sorted(everything.values(), reverse=True)[:k])
    assert [everything[states] for states in told.states] == pytest.approx(list(told.p))


def test_what_is_only_drawn_is_called_estimated_unless_proven(small: CompiledNetwork, monkeypatch) -> None:
    exact = most_probable(small, Evidence(small.model, FINDINGS), 2, premise=True)
    monkeypatch.setattr(together, "MOST_OPEN", 0)
    proven = most_probable(small, Evidence(small.model, FINDINGS), 2, premise=True)
    assert (proven.basis, proven.states, proven.p) == ("exact", exact.states, pytest.approx(exact.p))
    monkeypatch.setattr(together, "N_DRAWS", 1)
    assert most_probable(small, Evidence(small.model, FINDINGS), 2, premise=True).basis == "estimated"


def test_joint_beliefs_are_those_of_all_worlds(small: CompiledNetwork) -> None:
    names = ["software", "slot", "other_card"]
    told = joint(small, Evidence(small.model, FINDINGS), names, premise=True)
    everything = joint_of(small.model, sharp(FINDINGS), names, premise=True)
    for places in np.ndindex(told.p.shape):
        key = tuple(told.states[axis][place] for axis, place in enumerate(places))
        assert told.p[places] == pytest.approx(everything.get(key, 0.0), abs=1e-12)


# ── do() ────────────────────────────────────────────────────────────────────────────────────────


def cut(model: Model, changes: dict[str, str]) -> Model:
    variables = tuple(
        variable(v.id, " ".join(v.state_ids), Prior(tuple(float(s == changes[v.id]) for s in v.state_ids)))
        if v.id in changes
        else v
        for v in model.variables
    )
    return Model(model.name, variables)


@pytest.mark.parametrize(
    ("build", "findings", "changes", "aside"),
    [
        (networks.diamond, {"a": "x", "d": "n"}, {"b": "y"}, ("d",)),
        (networks.chain, {"a": "y", "c": "n"}, {"b": "n"}, ("c",)),
        (asia, {"dysp": "yes", "smoke": "yes"}, {"tub": "yes"}, ("dysp",)),
        (asia, {"xray": "yes", "bronc": "no"}, {"lung": "no"}, ("xray",)),
    ],
    ids=["diamond", "chain", "asia", "asia_below"],
)
def test_do_in_a_plain_network_is_surgery(build, findings: dict, changes: dict, aside: tuple) -> None:
    model = build()
    told = acted(compile_network(model), Evidence(model, findings), changes)
    kept = {name: seen for name, seen in findings.items() if name not in aside}
    do = brute_force(cut(model, changes), sharp(kept))["beliefs"]
    see = brute_force(model, sharp({**findings, **changes}))["beliefs"]
    assert told.set_aside == aside
    assert told.do == {name: pytest.approx(p) for name, p in do.items()}  # type: ignore[attr-defined]
    assert told.see == {name: pytest.approx(p) for name, p in see.items()}  # type: ignore[attr-defined]


def second_attempt(model: Model, findings: dict, changes: dict[str, str], target: str) -> dict[str, float]:
    """P(target at the next attempt): contexts and causes of the first, all below them drawn anew."""
    kept = [v.id for v in model.variables if v.kind in ("context", "cause")]
    found = dict.fromkeys(model.variable_of[target].state_ids, 0.0)
    above = joint_of(model, sharp(findings), kept, premise=True)
    for states, p in above.items():
        fixed = {**dict(zip(kept, states, strict=True)), **changes}

        def grow(left: list, world: dict, q: float) -> None:
            if not left:
                found[world[target]] += q
                return
            for state, r, _ in outcomes(left[0], world, model):
                grow(left[1:], {**world, left[0].id: state}, q * r)

        grow([v for v in model.variables if v.id not in kept], fixed, p)
    return found


@pytest.mark.parametrize("changes", [{"method": "tap"}, {"software": "ok"}, {"slot": "ok", "method": "chip"}])
def test_do_is_the_next_attempt_of_the_same_causes(small: CompiledNetwork, changes: dict[str, str]) -> None:
    told = acted(small, Evidence(small.model, FINDINGS), changes, ["text", "other_card"])
    for target in ("outcome", "text", "other_card"):
        assert told.do[target] == pytest.approx(second_attempt(small.model, FINDINGS, changes, target))
        see = (
            second_attempt(small.model, {**FINDINGS, **changes}, {}, target)
            if changes != {"method": "tap"}
            else None
        )
        if see is not None:
            assert told.see[target] == pytest.approx(see)
    assert told.p_success is not None
    assert told.p_success[0] == pytest.approx(told.do["outcome"]["approved"])
    assert "text" in told.set_aside


def stubborn() -> Model:
    """One cause with a persistent link when tapped, another when inserted, and one that comes and goes."""
    return Model(
        "stubborn",
        (
            variable("way", "chip tap", Prior((0.5, 0.5)), "context"),
            variable("worn", "no yes", Prior((0.7, 0.3)), "cause"),
            variable(
                "outcome",
                "fine slow failed",
                NoisyMax(
                    (
                        Link("worn", "yes", "failed", 0.6, {"way": ("chip",)}, persistent=True),
                        Link("worn", "yes", "slow", 0.2, {"way": ("chip",)}, persistent=False),
                        Link("worn", "yes", "failed", 0.5, {"way": ("tap",)}, persistent=True),
                    ),
                    {"failed": 0.1},
                ),
                "stage",
            ),
        ),
        premise=Premise("outcome", ("fine",), 0.1),
    )


def stubborn_by_hand(way: str, worn_next: str | None) -> float:
    """P(fine at the next attempt | the first, inserted, did not go through), every draw counted by hand."""
    total = fine = 0.0
    for worn, chip_fires, tap_fires in product((False, True), repeat=3):
        p = (0.3 if worn else 0.7) * (0.6 if chip_fires else 0.4) * 0.5
        # The first attempt: the leak, or the link that stays, or else the one that comes and goes (0.2 / 0.4).
        p_through = 0.9 * (1.0 if not worn else 0.0 if chip_fires else 0.5)
        weight = p * (1 - p_through)
        bad = worn if worn_next is None else worn_next == "yes"
        if way == "chip":
            again = 1.0 if not bad else 0.0 if chip_fires else 0.5
        else:
            again = 1.0 if not bad else 0.0 if tap_fires else 1.0
        total += weight
        fine += weight * 0.9 * again
    return fine / total


@pytest.mark.parametrize(
    ("changes", "way", "worn"),
    [
        ({"way": "tap"}, "tap", None),
        ({"way": "chip"}, "chip", None),
        ({"worn": "no"}, "chip", "no"),
        ({"worn": "yes"}, "chip", "yes"),
    ],
)
def test_persistent_links_fire_again(changes: dict[str, str], way: str, worn: str | None) -> None:
    network = compile_network(stubborn())
    told = acted(network, Evidence(network.model, {"way": "chip"}), changes)
    assert told.p_success is not None
    assert told.p_success[0] == pytest.approx(stubborn_by_hand(way, worn))


def test_what_is_drawn_anew_cannot_be_made(small: CompiledNetwork) -> None:
    with pytest.raises(EvidenceError, match="drawn anew"):
        acted(small, Evidence(small.model, {}), {"text": "error"})


def test_acting_on_the_payment_model_helps_where_it_should() -> None:
    network = compile_network(load("pos_card"))
    findings = {"entry_method": "chip", "display_text": "read_error", "other_card_here": "works"}
    told = acted(network, Evidence(network.model, findings), {"entry_method": "tap"})
    same = acted(network, Evidence(network.model, findings), {"entry_method": "chip"})
    assert told.p_success is not None
    assert same.p_success is not None
    assert told.p_success[0] > same.p_success[0]
    # To find what is known anyway changes nothing: the attempt is merely made again.
    assert same.p_success[0] == pytest.approx(same.p_success[1])


# ── the command ─────────────────────────────────────────────────────────────────────────────────

CASE = ["whatif", "-f", "display_text=read_error", "-f", "other_card_here=works"]


def test_the_command_tells_a_change_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*CASE, "--change", "other_card_here=fails", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["changes"] == {"other_card_here": "fails"}
    first = told["causes"][0]
    assert first["difference"] == pytest.approx(first["after"] - first["before"])
    assert abs(first["difference"]) == max(abs(one["difference"]) for one in told["causes"])
    assert [one["finding"] for one in told["left_out"]] == ["display_text", "other_card_here"]
    assert told["do"] is None
    assert len(told["explanations"]["most_probable"]) == 5


def test_the_command_tells_an_action(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*CASE, "--do", "usage_error=no", "--lang", "en"]) in (0, 2)
    capsys.readouterr()
    assert run([*CASE, "--do", "entry_method=tap", "--lang", "en"]) == 0
    out = capsys.readouterr().out
    assert "next attempt" in out
    assert run([*CASE, "--do", "entry_method=tap", "--lang", "zh"]) == 0
    assert "下一次" in capsys.readouterr().out


def test_an_impossible_change_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*CASE, "--change", "display_text=warp"]) == 2
    assert "warp" in capsys.readouterr().err
