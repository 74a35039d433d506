"""Probabilities fixed by Jeffrey's rule, against proportional fitting of the whole joint."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bayesdiag.case import Evidence
from bayesdiag.cli import run
from bayesdiag.diagnosis import diagnose
from bayesdiag.diagnosis.jeffrey import fixed_evidence
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.errors import EvidenceError
from bayesdiag.model import FullTable, Model, Prior
from bayesdiag.modelfile import load
from tests.networks import diamond, variable
from tests.oracles import worlds
from tests.strategies import plain_models
from tests.test_properties import QUICK

TILL = str(Path(__file__).resolve().parent.parent / "docs" / "explanation" / "till.yaml")


def asia() -> CompiledNetwork:
    """Lauritzen and Spiegelhalter (1988), as far as the chest goes."""
    yes_no = "yes no"
    model = Model(
        "asia",
        (
            variable("asia", yes_no, Prior((0.01, 0.99))),
            variable("smoke", yes_no, Prior((0.5, 0.5))),
            variable("tub", yes_no, FullTable(("asia",), (0.05, 0.95, 0.01, 0.99))),
            variable("lung", yes_no, FullTable(("smoke",), (0.1, 0.9, 0.01, 0.99))),
            variable("either", yes_no, FullTable(("tub", "lung"), (1, 0, 1, 0, 1, 0, 0, 1))),
            variable("xray", yes_no, FullTable(("either",), (0.98, 0.02, 0.05, 0.95))),
        ),
    )
    return compile_network(model)


def belief(network: CompiledNetwork, evidence: Evidence, name: str, state: str) -> float:
    return float(network.posterior(evidence).probability(name, state)[0])


def test_a_fixed_probability_is_no_likelihood() -> None:
    """0.8 on the x-ray as a likelihood of 4:1 hardly moves the lung; as the probability it ends with, much."""
    network = asia()
    likely = Evidence(network.model, {"xray": {"yes": 0.8, "no": 0.2}})
    fixed = fixed_evidence(network, Evidence(network.model, {}), {"xray": {"yes": 0.8}})
    assert belief(network, likely, "lung", "yes") == pytest.approx(0.16282581, abs=1e-8)
    assert belief(network, fixed, "lung", "yes") == pytest.approx(0.39121640, abs=1e-8)
    assert belief(network, fixed, "xray", "yes") == pytest.approx(0.8, abs=1e-10)


def fitted(
    model: Model, findings: Mapping[str, str], fixed: Mapping[str, Mapping[str, float]]
) -> dict[tuple[str, str], float] | None:
    """Beliefs after proportional fitting of the joint itself; None where it does not come to an end."""
    every = [
        (world, p)
        for world, p, _ in worlds(model)
        if p > 0 and all(world[n] == s for n, s in findings.items())
    ]
    p = np.array([weight for _, weight in every])
    p = p / p.sum() if p.sum() > 0 else p
    for _ in range(400):
        furthest = 0.0
        for name, told in fixed.items():
            states = [state for state in model.variable_of[name].state_ids if state not in told]
            parts = [((state,), q) for state, q in told.items()]
            parts += [(tuple(states), 1 - sum(told.values()))] if states else []
            factor = np.zeros(len(p))
            for group, q in parts:
                inside = np.array([world[name] in group for world, _ in every], dtype=bool)
                believed = p[inside].sum()
                furthest = max(furthest, abs(believed - q))
                factor[inside] = q / believed if believed > 0 else 0.0
            p = p * factor
            if p.sum() <= 0:
                return None
            p = p / p.sum()
        if furthest < 1e-12:
            beliefs: dict[tuple[str, str], float] = {}
            for (world, _), weight in zip(every, p, strict=True):
                for name, state in world.items():
                    beliefs[name, state] = beliefs.get((name, state), 0.0) + float(weight)
            return beliefs
    return None


def some_fixed(draw: st.DrawFn, model: Model, names: list[str]) -> dict[str, dict[str, float]]:
    fixed = {}
    for name in names:
        states = model.variable_of[name].state_ids
        shares = [draw(st.sampled_from((0.5, 0.1, 0.8, 0.3, 0.0))) for _ in states]
        if len(states) > 1 and draw(st.booleans()):
            fixed[name] = {states[0]: shares[0]}
        else:
            total = sum(shares) or 1.0
            fixed[name] = {
                state: (share / total if sum(shares) else float(state == states[0]))
                for state, share in zip(states, shares, strict=True)
            }
    return fixed


@QUICK
@given(st.data())
def test_fixed_probabilities_are_those_of_fitting_the_joint(data: st.DataObject) -> None:
    model = data.draw(plain_models())
    network = compile_network(model)
    names = data.draw(st.permutations([one.id for one in model.variables]))
    seen = {
        name: data.draw(st.sampled_from(model.variable_of[name].state_ids))
        for name in names[:1][: len(names) - 1]
    }
    fixed = some_fixed(
        data.draw, model, [name for name in names if name not in seen][: data.draw(st.integers(1, 3))]
    )
    assume(network.posterior(seen).log_evidence[0] > -np.inf)
    wanted = fitted(model, seen, fixed)
    try:
        found = fixed_evidence(network, Evidence(model, seen), fixed)
    except EvidenceError:
        assert wanted is None
        return
    assert wanted is not None
    posterior = network.posterior(found)
    for (name, state), p in wanted.items():
        assert posterior.probability(name, state)[0] == pytest.approx(p, abs=1e-8)


def test_the_order_of_fixing_does_not_matter() -> None:
    network = compile_network(diamond())
    told = {"b": {"y": 0.9}, "c": {"n": 0.2}, "d": {"y": 0.6}}
    orders = [
        fixed_evidence(network, Evidence(network.model, {}), {name: told[name] for name in names})
        for names in (("b", "c", "d"), ("d", "b", "c"), ("c", "d", "b"))
    ]
    beliefs = [network.posterior(one).beliefs[0] for one in orders]
    for other in beliefs[1:]:
        assert other == pytest.approx(beliefs[0], abs=1e-9)
    # One after the other, each fitted together with those before, comes to the same.
    evidence = Evidence(network.model, {})
    for name in ("c", "d", "b"):
        evidence = fixed_evidence(network, evidence, {name: told[name]})
    assert network.posterior(evidence).beliefs[0] == pytest.approx(beliefs[0], abs=1e-9)
    assert evidence.fixed == told


def test_what_is_believed_already_changes_nothing() -> None:
    network = compile_network(diamond())
    before = network.posterior({"d": "y"})
    p = float(before.probability("a", "x")[0])
    fixed = fixed_evidence(network, Evidence(network.model, {"d": "y"}), {"a": {"x": p}})
    assert network.posterior(fixed).beliefs[0] == pytest.approx(before.beliefs[0], abs=1e-9)
    assert list(fixed.findings["a"].values()) == pytest.approx([1, 1, 1])


def test_states_left_out_share_what_remains_as_they_did() -> None:
    network = compile_network(diamond())
    fixed = fixed_evidence(network, Evidence(network.model, {}), {"a": {"x": 0.6}})
    assert network.posterior(fixed).of("a")[0] == pytest.approx([0.6, 0.25, 0.15])
    sure = fixed_evidence(network, Evidence(network.model, {}), {"a": {"x": 1}})
    assert sure.hard() == {"a": "x"}
    gone = fixed_evidence(network, Evidence(network.model, {}), {"a": {"x": 0}})
    assert network.posterior(gone).of("a")[0] == pytest.approx([0, 0.625, 0.375])


def test_a_diagnosis_of_a_fixed_finding_is_the_mixture_of_its_states() -> None:
    """Jeffrey's rule itself: P'(cause) = Σ q · P(cause | state), with the premise."""
    network = compile_network(load(TILL))
    evidence = fixed_evidence(
        network, Evidence(network.model, {"text": "failed"}), {"other_card": {"works": 0.8}}
    )
    mixed = {
        answer: {
            c.id: c.responsibility for c in diagnose(network, {"text": "failed", "other_card": answer}).causes
        }
        for answer in ("works", "fails")
    }
    for cause in diagnose(network, evidence).causes:
        p = 0.8 * mixed["works"][cause.id] + 0.2 * mixed["fails"][cause.id]
        assert cause.responsibility == pytest.approx(p, abs=1e-9)


@pytest.mark.parametrize(
    ("findings", "fixed", "told"),
    [
        ({}, {"txt": {"failed": 0.5}}, "no variable has this name"),
        ({}, {"text": {"fails": 0.5}}, "is not one of its states"),
        ({}, {"text": {"failed": 1.5}}, "1.5 is not a probability"),
        ({}, {"text": {"failed": 0.7, "refused": 0.7}}, "its probabilities sum to 1.4"),
        ({}, {"other_card": {"works": 0.3, "fails": 0.3}}, "its probabilities sum to 0.6"),
        ({}, {"text": {}}, "fixes nothing"),
        ({"text": "failed"}, {"text": {"failed": 0.5}}, "this is a finding already"),
        ({}, {"text": {"thanks": 0.5}}, '"thanks" is to have 0.5, but given the findings it cannot be'),
        ({"text": "thanks"}, {"other_card": {"works": 0.5}}, "the findings cannot occur together"),
    ],
)
def test_what_cannot_be_fixed_is_told(
    findings: dict[str, str], fixed: dict[str, dict[str, float]], told: str
) -> None:
    network = compile_network(load(TILL))
    with pytest.raises(EvidenceError) as raised:
        fixed_evidence(network, Evidence(network.model, findings), fixed)
    assert told in str(raised.value)


def test_probabilities_that_contradict_each_other_are_told() -> None:
    twins = Model(
        "twins",
        (variable("a", "y n", Prior((0.5, 0.5))), variable("b", "y n", FullTable(("a",), (1, 0, 0, 1)))),
    )
    network = compile_network(twins)
    with pytest.raises(EvidenceError, match="no beliefs have all these probabilities at once"):
        fixed_evidence(network, Evidence(twins, {}), {"a": {"y": 0.2}, "b": {"y": 0.3}})
    fixed = fixed_evidence(network, Evidence(twins, {}), {"a": {"y": 0.2}, "b": {"y": 0.2}})
    assert belief(network, fixed, "a", "y") == pytest.approx(0.2)


# ── the doors ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def bayesdiag(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(list(arguments))
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


Bayesdiag = Callable[..., tuple[int, str, str]]


def test_an_option_and_a_file_fix_the_same(bayesdiag: Bayesdiag, tmp_path: Path) -> None:
    case = {"findings": {"text": "failed"}, "fixed": {"other_card": {"works": 0.8}}}
    one, many = tmp_path / "one.json", tmp_path / "many.json"
    one.write_text(json.dumps(case), encoding="utf-8")
    many.write_text(json.dumps([case, {"findings": {"text": "failed"}}]), encoding="utf-8")
    tell = ["diagnose", TILL, "--json", "--lang", "en"]
    code, out, err = bayesdiag(*tell, "-f", "text=failed", "--fix", "other_card=works:0.8")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["fixed"] == {"other_card": {"works": 0.8}}
    assert told["findings"]["other_card"] == pytest.approx({"works": 1, "fails": 0.34}, abs=5e-4)
    assert json.loads(bayesdiag(*tell, "--findings", str(one))[1]) == told
    first, second = json.loads(bayesdiag(*tell, "--findings", str(many))[1])
    assert first == told
    assert "fixed" not in second


def test_what_is_fixed_is_told_in_words(bayesdiag: Bayesdiag) -> None:
    call = ["diagnose", TILL, "-f", "text=failed", "--fix", "other_card=works:0.8", "--lang"]
    assert "按给定的概率\n  换卡：能用  80%" in bayesdiag(*call, "zh")[1]
    assert "Taken to have this probability\n  Another card: works  80%" in bayesdiag(*call, "en")[1]


def test_the_dialogue_starts_from_what_is_fixed(
    bayesdiag: Bayesdiag, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("q\n"))
    code, out, _ = bayesdiag("ask", TILL, "-f", "text=failed", "--fix", "other_card=works:1", "--lang", "en")
    assert code == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("q\n"))
    assert out == bayesdiag("ask", TILL, "-f", "text=failed", "-f", "other_card=works", "--lang", "en")[1]


def test_posteriors_of_any_network_can_be_fixed(bayesdiag: Bayesdiag) -> None:
    tell = ["posterior", TILL, "--json", "--target", "other_card", "--fix", "other_card=works:0.25"]
    for premise in ([], ["--premise"]):
        told = json.loads(bayesdiag(*tell, *premise)[1])
        assert told["posterior"]["other_card"] == pytest.approx({"works": 0.25, "fails": 0.75})


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--fix", "other_card"], "--fix other_card: this fixes no probability."),
        (["--fix", "other_card=works"], "Write ID=STATE:P"),
        (["--fix", "other_card=works:0.5", "--fix", "other_card=works:0.6"], '"other_card" is fixed twice'),
        (["--fix", "other_card=works:2"], "2.0 is not a probability"),
        (["--fix", "text=failed:0.5"], "this is a finding already"),
    ],
)
def test_a_wrong_fix_is_told(options: list[str], told: str, bayesdiag: Bayesdiag) -> None:
    code, out, err = bayesdiag("diagnose", TILL, "-f", "text=failed", *options, "--lang", "en")
    assert (code, out) == (2, "")
    assert told in err


def test_a_wrong_file_is_told(bayesdiag: Bayesdiag, tmp_path: Path) -> None:
    file = tmp_path / "case.json"
    file.write_text('{"findings": {}, "fixed": {"other_card": "works"}}', encoding="utf-8")
    code, _, err = bayesdiag("diagnose", TILL, "--findings", str(file), "--lang", "en")
    assert code == 2
    assert "this fixes nothing" in err
    file.write_text(
        '{"findings": {"text": "failed"}, "fixed": {"other_card": {"works": 0.5}}}', encoding="utf-8"
    )
    again = bayesdiag(
        "diagnose", TILL, "--findings", str(file), "--fix", "other_card=works:0.5", "--lang", "en"
    )
    assert again[0] == 2
    assert "--fix other_card" in again[2]
    stored = bayesdiag(
        "cases", "add", TILL, "--findings", str(file), "--store", f"sqlite:///{tmp_path}/s.db", "--lang", "en"
    )
    assert stored[0] == 2
    assert "it fixes probabilities" in stored[2]
