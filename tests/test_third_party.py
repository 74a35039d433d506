"""Against answers that others published or computed, on networks of others: `make test DATA=folder`.

The folder's `INDEX.md` and `manifest.csv` tell where every file comes from. Nothing of it is shipped.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pytest

from bayesdiag import (
    Factors,
    InvalidModel,
    Model,
    ModelFileError,
    TooLarge,
    compile_network,
    load_bif,
    load_uai,
)
from bayesdiag.engine.layout import Floats
from bayesdiag.engine.network import CompiledNetwork, Posterior, Status
from bayesdiag.errors import EvidenceError
from bayesdiag.formats import bif
from bayesdiag.formats.bif import quick
from bayesdiag.formats.uai import load_evid
from bayesdiag.model import FullTable, Prior, check_tables
from tests.networks import variable
from tests.oracles_undirected import all_worlds, bucket_tree, factors_of_model, read_mar

CLOSE = 1e-7
"""Two engines behind the stored posteriors agree to 8e-8, the second on numbers in single precision."""
AS_PRINTED = {"munin1": (3e-7, 4e-7), "water": (CLOSE, 5e-7)}
"""Some rows of these files sum to 1 only within 1e-6. The stored posteriors take them as printed, a
model divides them by their sum, which moves beliefs and log10 P(e) by up to this much; taken as
printed, a slow elimination gives the stored ones (shown below)."""
PRINTED = 1e-6
"""The competition's marginals are printed with six digits."""
SECONDS = 10.0
"""A network that is too wide is refused within this, where it takes half a second on an idle machine."""


# ── stored posteriors ────────────────────────────────────────────────────────────────────────

REFERENCES = ["alarm", "bopfailure2", "child", "inverters", "munin1", "pneumonia", "water", "win95pts"]


def test_every_stored_reference_is_compared(data_folder: Path) -> None:
    files = {path.name.removesuffix(".json.gz") for path in (data_folder / "references").glob("*.json.gz")}
    assert files == set(REFERENCES)


@pytest.mark.parametrize("name", REFERENCES)
def test_posteriors_equal_the_stored_ones(data_folder: Path, name: str) -> None:
    stored = stored_reference(data_folder, name)
    model = load_bif(data_folder / "networks" / stored["network"])
    network = compile_network(model)
    close, close_log = AS_PRINTED.get(name, (CLOSE, CLOSE))
    assert stored["cases"]
    for case in stored["cases"]:
        posterior = network.posterior(case["evidence"])
        log10_p = posterior.log_evidence[0] / np.log(10)
        assert log10_p == pytest.approx(case["log10_p_evidence"], abs=close_log)
        expected = beliefs_of(case, stored["variables"], model)
        for variable_id, beliefs in expected.items():
            assert posterior.of(variable_id)[0] == pytest.approx(beliefs, abs=close), variable_id


@pytest.mark.parametrize("name", AS_PRINTED)
def test_rows_as_printed_give_the_stored_posteriors(
    data_folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the division of rows is all that is between us and what is stored."""
    monkeypatch.setattr(bif, "SUM_TOLERANCE", 1e-5)
    monkeypatch.setattr(quick, "SUM_TOLERANCE", 1e-5)
    monkeypatch.setattr(check_tables, "SUM_TOLERANCE", 1e-5)
    stored = stored_reference(data_folder, name)
    model = load_bif(data_folder / "networks" / stored["network"])
    for case in stored["cases"]:
        found = bucket_tree(factors_of_model(model, divided=False), case["evidence"])
        assert found.log_z / np.log(10) == pytest.approx(case["log10_p_evidence"], abs=1e-10)
        for variable_id, beliefs in beliefs_of(case, stored["variables"], model).items():
            assert found.beliefs[variable_id] == pytest.approx(beliefs, abs=1e-10), variable_id


def stored_reference(data_folder: Path, name: str) -> Any:
    with gzip.open(data_folder / "references" / f"{name}.json.gz", "rt", encoding="utf-8") as file:
        return json.load(file)


def beliefs_of(case: Any, states_of: dict[str, list[str]], model: Model) -> dict[str, list[float]]:
    """The beliefs of a stored case for every variable it did not see, in the order of our states."""
    assert set(case["posteriors"]) | set(case["evidence"]) == set(model.variable_of)
    return {
        name: [beliefs[states_of[name].index(state)] for state in model.variable_of[name].state_ids]
        for name, beliefs in case["posteriors"].items()
    }


# ── published numbers ────────────────────────────────────────────────────────────────────────

PUBLISHED = [
    "grain-asia-prior",
    "grain-asia-joint",
    "grain-asia-dysp",
    "grain-asia-smoker",
    "grain-asia-soft",
    "grain-asia-impossible",
    "openmarkov-asia-xray",
    "openmarkov-asia-prior",
    "aima-alarm",
]


def published(data_folder: Path) -> dict[str, dict[str, Any]]:
    text = (data_folder / "references" / "published.json").read_text(encoding="utf-8")
    return {item["id"]: item for item in json.loads(text)}


def burglary() -> Model:
    """Russell and Norvig, Artificial Intelligence: A Modern Approach, the network of section 14.4."""
    states = "true false"
    return Model(
        "burglary",
        (
            variable("Burglary", states, Prior((0.001, 0.999))),
            variable("Earthquake", states, Prior((0.002, 0.998))),
            variable(
                "Alarm",
                states,
                FullTable(("Burglary", "Earthquake"), (0.95, 0.05, 0.94, 0.06, 0.29, 0.71, 0.001, 0.999)),
            ),
            variable("JohnCalls", states, FullTable(("Alarm",), (0.9, 0.1, 0.05, 0.95))),
            variable("MaryCalls", states, FullTable(("Alarm",), (0.7, 0.3, 0.01, 0.99))),
        ),
    )


def test_every_published_number_is_compared(data_folder: Path) -> None:
    assert set(published(data_folder)) == set(PUBLISHED)


@pytest.mark.parametrize("name", PUBLISHED)
def test_posteriors_equal_the_published_ones(data_folder: Path, name: str) -> None:
    item = published(data_folder)[name]
    model = load_bif(data_folder / item["network"]) if "network" in item else burglary()
    network = compile_network(model)
    findings = {**item.get("evidence", {}), **item.get("likelihood", {})}
    posterior = network.posterior(findings)
    if item.get("p_evidence") == 0:
        assert posterior.status[0] is Status.IMPOSSIBLE
        assert posterior.log_evidence[0] == -np.inf
        return
    compared = 0
    for variable_id, states in item.get("posteriors", {}).items():
        for state, p in states.items():
            found = posterior.probability(variable_id, state)[0]
            assert found == pytest.approx(p, abs=item["tolerance"]), (variable_id, state)
            compared += 1
    if "p_evidence" in item:
        # Printed with as many digits as its tolerance leaves.
        assert np.exp(posterior.log_evidence[0]) == pytest.approx(item["p_evidence"], abs=5e-7)
        compared += 1
    for *states, p in item.get("joint", {}).get("table", ()):
        assert joint(network, findings, item["joint"]["variables"], states) == pytest.approx(
            p, abs=item["tolerance"]
        )
        compared += 1
    assert compared


def joint(network: CompiledNetwork, findings: Any, names: list[str], states: list[str]) -> float:
    """A joint probability is the probability of one more row's evidence."""
    both = network.posterior([findings, {**findings, **dict(zip(names, states, strict=True))}])
    return float(np.exp(both.log_evidence[1] - both.log_evidence[0]))


# ── the UAI 2014 competition ─────────────────────────────────────────────────────────────────

QUICK = ["Promedus_15", "Promedus_24", "Promedus_26", "Promedus_28", "Promedus_30", "Segmentation_11"]
SLOW = ["CSP_11", "DBN_11", "Grids_11", "Pedigree_11", "Promedus_11"]
"""These take the oracle up to a minute; the engine should not mind."""
TOO_WIDE = ["Promedus_18", "linkage_16"]
REFUSED = r"^cluster of v\d+, .*: [\d,]+ combinations of states, .* does not fit into the .* allowed"


def instance(data_folder: Path, name: str) -> tuple[Factors, dict[str, str]]:
    path = data_folder / "uai2014" / f"{name}.uai"
    factors = load_uai(path)
    assert isinstance(factors, Factors)
    (findings,) = load_evid(path.with_name(f"{name}.uai.evid"), factors)
    return factors, findings


def test_every_instance_is_compared(data_folder: Path) -> None:
    files = {path.stem for path in (data_folder / "uai2014").glob("*.uai")}
    assert files == {*QUICK, *SLOW, *TOO_WIDE}


@pytest.mark.parametrize("name", [*QUICK, *(pytest.param(name, marks=pytest.mark.long) for name in SLOW)])
def test_a_slow_elimination_of_what_was_read_gives_the_published_marginals(
    data_folder: Path, name: str
) -> None:
    factors, findings = instance(data_folder, name)
    found = bucket_tree(factors, findings)
    _, marginals = read_mar(data_folder / "uai2014" / f"{name}.uai.MAR")
    for one, expected in zip(factors.variables, marginals, strict=True):
        assert found.beliefs[one.id] == pytest.approx(expected, abs=PRINTED), one.id


def marginals_agree(data_folder: Path, name: str, factors: Factors, beliefs: Floats) -> None:
    _, marginals = read_mar(data_folder / "uai2014" / f"{name}.uai.MAR")
    assert [len(one) for one in marginals] == [len(one.state_ids) for one in factors.variables]
    assert np.abs(beliefs - np.concatenate(marginals)).max() <= PRINTED


@pytest.mark.parametrize(
    "name",
    [
        *QUICK,
        "Pedigree_11",
        "Promedus_11",
        *(pytest.param(name, marks=pytest.mark.long) for name in ("DBN_11", "Grids_11")),
    ],
)
def test_engine_marginals_equal_the_published_ones(data_folder: Path, name: str) -> None:
    factors, findings = instance(data_folder, name)
    posterior = compile_network(factors).posterior(findings)
    marginals_agree(data_folder, name, factors, posterior.beliefs[0])


@pytest.mark.long
def test_engine_marginals_of_clusters_without_zeros_equal_the_published_ones(data_folder: Path) -> None:
    factors, findings = instance(data_folder, "CSP_11")
    posterior = compile_network(factors, max_seconds=30).posterior(findings)
    marginals_agree(data_folder, "CSP_11", factors, posterior.beliefs[0])


def test_engine_log_evidence_of_nothing_is_zero_whatever_is_asked(data_folder: Path) -> None:
    network = compile_network(instance(data_folder, "Segmentation_11")[0])
    assert network.posterior({}).log_evidence[0] == pytest.approx(0, abs=1e-9)
    assert network.posterior({}, targets=[]).log_evidence[0] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("name", QUICK)
def test_engine_evidence_of_factors_equals_the_slow_elimination(data_folder: Path, name: str) -> None:
    factors, findings = instance(data_folder, name)
    expected = bucket_tree(factors, findings).log_z - bucket_tree(factors, {}).log_z
    found = compile_network(factors).posterior(findings)
    assert found.log_evidence[0] == pytest.approx(expected, abs=1e-9)


@pytest.mark.long
@pytest.mark.parametrize("name", TOO_WIDE)
def test_engine_marginals_of_a_wide_instance_equal_the_published_ones(data_folder: Path, name: str) -> None:
    """Its clusters have 2^24 combinations and more, of which the zeros of its tables leave few."""
    factors, findings = instance(data_folder, name)
    posterior = compile_network(factors, max_bytes=2_000_000_000).posterior(findings)
    marginals_agree(data_folder, name, factors, posterior.beliefs[0])


@pytest.mark.parametrize("name", TOO_WIDE)
def test_engine_refuses_a_wide_instance_within_seconds(data_folder: Path, name: str) -> None:
    factors, findings = instance(data_folder, name)
    network = compile_network(factors, max_bytes=20_000_000)
    started = perf_counter()
    with pytest.raises(TooLarge, match=REFUSED):
        network.posterior(findings)
    assert perf_counter() - started < SECONDS


# ── small UAI files ──────────────────────────────────────────────────────────────────────────


def agree(posterior: Posterior, expected: dict[str, Any]) -> None:
    for name, belief in expected.items():
        assert posterior.of(name)[0] == pytest.approx(belief, abs=1e-10), name


def test_a_small_directed_file_and_its_evidence(data_folder: Path) -> None:
    path = data_folder / "uai_small" / "cancer.uai"
    model = load_uai(path)
    assert isinstance(model, Model)
    (findings,) = load_evid(path.with_suffix(".evid"), model)
    assert findings == {"v1": "s0"}
    exact = all_worlds(factors_of_model(model, divided=True), findings)
    posterior = compile_network(model).posterior(findings)
    assert posterior.log_evidence[0] == pytest.approx(exact.log_z, abs=1e-12)
    # v1 is 0.8 and 0.2 given v0, which is 0.2 and 0.8.
    assert np.exp(posterior.log_evidence[0]) == pytest.approx(0.2 * 0.8 + 0.8 * 0.2, abs=1e-12)
    agree(posterior, exact.beliefs)


def test_a_small_undirected_file_by_the_oracles(data_folder: Path) -> None:
    factors = load_uai(data_folder / "uai_small" / "simple5.uai")
    assert isinstance(factors, Factors)
    exact, found = all_worlds(factors, {"v2": "s0"}), bucket_tree(factors, {"v2": "s0"})
    assert found.log_z == pytest.approx(exact.log_z, abs=1e-12)
    for name, belief in exact.beliefs.items():
        assert found.beliefs[name] == pytest.approx(belief, abs=1e-12)


def test_engine_beliefs_of_a_small_undirected_file(data_folder: Path) -> None:
    factors = load_uai(data_folder / "uai_small" / "simple5.uai")
    assert isinstance(factors, Factors)
    network = compile_network(factors)
    for findings in ({}, {"v2": "s0"}):
        agree(network.posterior(findings), all_worlds(factors, findings).beliefs)


def test_evidence_of_which_a_part_would_be_ignored_is_refused(data_folder: Path) -> None:
    """It announces nothing observed, and then observes something."""
    folder = data_folder / "uai_small"
    with pytest.raises(EvidenceError, match=r"simple5\.evid:1: 0 announced, 2 numbers follow"):
        load_evid(folder / "simple5.evid", load_uai(folder / "simple5.uai"))


@pytest.mark.parametrize("name", ["asia", "spect", "emdec6g", "BNUAIReader_file2"])
def test_directed_files_of_other_programs(data_folder: Path, name: str) -> None:
    model = load_uai(data_folder / "networks" / "uai" / f"{name}.uai")
    assert isinstance(model, Model)
    posterior = compile_network(model).posterior({})
    assert posterior.log_evidence[0] == pytest.approx(0, abs=1e-4)
    agree(posterior, bucket_tree(factors_of_model(model, divided=True), {}).beliefs)


def test_the_asia_of_a_uai_file_says_what_the_published_one_says(data_folder: Path) -> None:
    """Its states have no names: of each variable the rarer one is compared."""
    model = load_uai(data_folder / "networks" / "uai" / "asia.uai")
    assert isinstance(model, Model)
    posterior = compile_network(model).posterior({})
    rarer = sorted(min(posterior.of(name)[0]) for name in model.variable_of)
    assert rarer == pytest.approx([0.01, 0.0104, 0.055, 0.064828, 0.11029004, 0.4359706, 0.45, 0.5], abs=1e-9)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("win95pts", "win95pts.uai:80: each scope begins with its own variable."),
        (
            "BNUAIReader_file1",
            "BNUAIReader_file1.uai:1: the file ends where the number of variables belongs.",
        ),
    ],
)
def test_what_is_not_uai_is_refused_clearly(data_folder: Path, name: str, told: str) -> None:
    with pytest.raises((ModelFileError, InvalidModel)) as caught:
        load_uai(data_folder / "networks" / "uai" / f"{name}.uai")
    first, *_ = str(caught.value).splitlines()
    assert first.endswith(told)
    assert len(caught.value.faults) == 1
