"""The payment model against its golden cases, from Python and from the command line."""

from __future__ import annotations

import json

import numpy as np
import pytest

from bayesdiag.case import Evidence
from bayesdiag.cli import run
from bayesdiag.diagnosis import Diagnosis, diagnose
from bayesdiag.diagnosis.words import headline
from bayesdiag.engine import kernel, kernel_jit
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.model import Model
from bayesdiag.modelfile import GoldenCase, load, load_cases, model_path, models_folder
from bayesdiag.score import golden_result
from bayesdiag.wire import diagnosis_document

WRITTEN_WITH_THE_MODEL = [f"D{n:02}" for n in range(1, 25)] + ["D37"]
REAL_REPORTS = [f"D{n:02}" for n in range(25, 37)]
# Each of these brought a name or a link into version 1.2.0, see docs/vocabulary-gaps.md.
TAKEN_UP = (
    1,
    2,
    4,
    5,
    8,
    10,
    11,
    17,
    22,
    23,
    25,
    26,
    28,
    31,
    32,
    38,
    46,
    50,
    58,
    62,
    64,
    68,
    70,
    73,
    79,
    82,
    85,
    86,
    88,
    92,
    94,
    97,
)
# And these into version 1.3.0.
TAKEN_UP_LATER = "S045 S043 S037 S016 S009 S041 T025 S006 S034 C015 T006 T019 E013 C014 F012"
STORIES = [f"R{n:03}" for n in TAKEN_UP] + TAKEN_UP_LATER.split()


@pytest.fixture(scope="module")
def model() -> Model:
    return load("pos_card")


@pytest.fixture(scope="module")
def network(model: Model) -> CompiledNetwork:
    return compile_network(model)


@pytest.fixture(scope="module")
def cases(model: Model) -> dict[str, GoldenCase]:
    path = models_folder() / "pos_card.cases.yaml"
    return {case.id: case for case in load_cases(path, path.read_text(encoding="utf-8"), model)}


@pytest.fixture(scope="module")
def diagnoses(network: CompiledNetwork, cases: dict[str, GoldenCase]) -> dict[str, Diagnosis]:
    return {name: diagnose(network, case.findings) for name, case in cases.items()}


def test_every_case_is_there(cases: dict[str, GoldenCase]) -> None:
    assert list(cases) == [f"D{n:02}" for n in range(1, 38)] + STORIES


@pytest.mark.parametrize("name", [*WRITTEN_WITH_THE_MODEL, *STORIES])
def test_the_first_cause_is_the_expected_one(
    name: str, diagnoses: dict[str, Diagnosis], cases: dict[str, GoldenCase]
) -> None:
    result = golden_result(diagnoses[name], cases[name])
    assert result.passed, (result.first, cases[name].expected_first)


def test_every_name_taken_up_is_told_in_a_case(model: Model, cases: dict[str, GoldenCase]) -> None:
    """A symptom, test or cause without a story has not earned its place."""
    told = {finding for case in cases.values() for finding in case.findings.items()}
    expected = {cause for case in cases.values() for cause in (*case.expected_first, *case.also)}
    asked = {name for name, _ in told}
    new = "outage_reach issuer_other_channels worked_before how_far backoffice_record sim_account pin_entry_look "
    new += "reader_look device_settings taps_without_pin recent_hold operator_familiar moved_away knocked "
    new += "terminal_kind card_kind network_changed "
    # data_typed is told by F020, where the right cause comes second; till_dropped was asked for by docs/review.md.
    new += "card_history staff_says merchant_file pin_sure card_pin card_handling"
    assert {name for name in new.split() if name not in asked} == set()
    for cause, states in {
        "till_link": "lost_answer defect terminal_fault",
        "special_terminal": "no_debit wrong_settings",
        "host_link_misconfig": "old_settings not_reconnected",
        "terminal_hold": "outside_region reader_asleep reader_lost battery_low till_unlinked",
        "merchant_registration": "dormant papers",
        "usage_error": "tap_refused device_limit phone_not_ready",
        "insufficient_funds": "held",
        "issuer_limit": "merchant_type",
        "pin_pad_fault": "pin_key_wrong",
    }.items():
        assert set(states.split()) <= set(model.variable_of[cause].state_ids)
        assert {(cause, state) for state in states.split()} <= expected


def test_nine_of_twelve_real_reports_are_told_right(
    diagnoses: dict[str, Diagnosis], cases: dict[str, GoldenCase]
) -> None:
    missed = {name for name in REAL_REPORTS if not golden_result(diagnoses[name], cases[name]).passed}
    # Explained in docs/decisions: the reports name two faults where one finding points elsewhere.
    assert missed <= {"D25", "D33", "D34"}


def test_the_command_line_gives_the_same_numbers(
    diagnoses: dict[str, Diagnosis],
    cases: dict[str, GoldenCase],
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path_factory.mktemp("golden") / "cases.json"
    path.write_text(json.dumps([{"findings": case.findings} for case in cases.values()]), encoding="utf-8")
    assert run(["diagnose", "--findings", str(path), "--json", "--lang", "en"]) == 0
    printed = json.loads(capsys.readouterr().out)
    for name, told in zip(cases, printed, strict=True):
        expected = json.loads(json.dumps(diagnosis_document(diagnoses[name], "en", "")))
        told["model"]["digest"] = ""
        assert told == expected, name


def test_a_case_stays_small_enough_to_answer_at_once(diagnoses: dict[str, Diagnosis]) -> None:
    """The findings' program with all questions: the aim is 100,000 entries, and one misses it."""
    entries = {name: int(found.program.split()[1].replace(",", "")) for name, found in diagnoses.items()}
    assert {name for name, count in entries.items() if count > 100_000} <= {"R005"}
    assert max(entries.values()) < 125_000


def test_both_kernels_agree_on_the_payment_model(
    network: CompiledNetwork, model: Model, cases: dict[str, GoldenCase]
) -> None:
    reference = compile_network(model, run=kernel.run)
    causes = [variable.id for variable in model.of_kind("cause")]
    some = [cases[name].findings for name in ("D01", "D05", "D17", "D31", "D35")]
    fast = network.posterior(some, premise=True, targets=causes)
    slow = reference.posterior(some, premise=True, targets=causes)
    assert network.run is kernel_jit.run
    assert fast.log_evidence == pytest.approx(slow.log_evidence, abs=1e-10)
    for cause in causes:
        assert fast.of(cause) == pytest.approx(slow.of(cause), abs=1e-10)
    responsible = slice(network.layout.n_states, None)
    assert fast.beliefs[:, responsible] == pytest.approx(slow.beliefs[:, responsible], abs=1e-10)


@pytest.mark.long
@pytest.mark.parametrize("name", [*WRITTEN_WITH_THE_MODEL, *REAL_REPORTS])
def test_every_answer_from_rows_is_what_giving_it_does(
    name: str, network: CompiledNetwork, model: Model, cases: dict[str, GoldenCase]
) -> None:
    """Rows on the findings' program against a program made for each answer.

    Of each case every sixth question, one case beginning with the first, the next with the second.
    """
    findings = cases[name].findings
    causes = [variable.id for variable in model.of_kind("cause")]
    questions = [v.id for v in model.variables if v.question is not None and v.id not in findings]
    chosen = questions[[*WRITTEN_WITH_THE_MODEL, *REAL_REPORTS].index(name) % 6 :: 6]
    row = network.rows([Evidence(model, findings)], premise=True)[0]
    found = network.answers(row, questions, causes)
    before = network.posterior(findings, premise=True, targets=causes).log_evidence[0]
    for question in chosen:
        for place, state in enumerate(model.variable_of[question].state_ids):
            after = network.posterior({**findings, question: state}, premise=True, targets=causes)
            p = float(np.exp(after.log_evidence[0] - before))
            assert found.p[question][place] == pytest.approx(p, abs=1e-9), (question, state)
            if p > 1e-6:
                for cause in causes:
                    span = network.layout.slots(cause)
                    assert found.beliefs[question][place, span] == pytest.approx(
                        after.of(cause)[0], abs=1e-7
                    ), (question, state, cause)


def test_a_case_outside_the_model_is_said_to_be(network: CompiledNetwork) -> None:
    """Every likely reason is excluded: the headline must not blame the likeliest of what is left."""
    findings = {
        "display_text": "contact_issuer",
        "response_code": "rc_generic",
        "available_credit": "enough",
        "unusual_use": "no",
        "entry_method": "chip",
        "issuer_hotline": "account_normal",
        "card_origin": "same_bank",
        "amount_band": "small",
    }
    diagnosis = diagnose(network, findings)
    assert diagnosis.none_of_these > 0.5
    assert headline(diagnosis, "en")[0].startswith("Probably none of the listed causes (")
    assert "lower_amount" not in [step.id for step in diagnosis.plan.steps]


def test_the_bundled_model_is_found_by_name() -> None:
    assert model_path("pos_card") == models_folder() / "pos_card.yaml"
