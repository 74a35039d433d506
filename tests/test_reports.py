"""Reports: one person counts once, several people multiply; in the library, files, the command line and the store."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import prod
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bayesdiag.case import Evidence, Report, combined
from bayesdiag.cli import run
from bayesdiag.diagnosis import diagnose
from bayesdiag.diagnosis.jeffrey import fixed_evidence
from bayesdiag.engine.network import compile_network
from bayesdiag.errors import EvidenceError
from bayesdiag.model import Model
from bayesdiag.modelfile import load
from bayesdiag.store.event import Event, masked_event
from bayesdiag.store.record import history_faults, record_of
from bayesdiag.ui.dialogue import opened_sheet
from tests import oracles_diagnosis as oracle
from tests.strategies import diagnostic_models, findings
from tests.test_asking import TILL
from tests.test_properties import QUICK, close

Bayesdiag = Callable[..., tuple[int, str, str]]
PEOPLE = st.sampled_from(("", "merchant", "cardholder", "bank"))


@pytest.fixture
def bayesdiag(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Bayesdiag:
    monkeypatch.setenv("BAYESDIAG_USER", "Li")

    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(list(arguments))
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


@st.composite
def reports(draw: st.DrawFn, model: Model) -> list[Report]:
    """Up to six reports of up to four people on up to three variables."""
    names = draw(st.lists(st.sampled_from(sorted(model.variable_of)), min_size=1, max_size=3, unique=True))
    found = []
    for _ in range(draw(st.integers(1, 6))):
        name = draw(st.sampled_from(names))
        seen = draw(findings(model, name))
        sure = draw(st.sampled_from((1.0, 0.7, 0.9))) if isinstance(seen, str) else 1.0
        found.append(Report(name, seen, draw(PEOPLE), sure))
    return found


def likelihood(model: Model, report: Report, state: str) -> float:
    """How much one report speaks for a state, by the words of the documents."""
    if not isinstance(report.seen, str):
        return report.seen.get(state, 0.0)
    n = len(model.variable_of[report.variable].states)
    return report.sure if state == report.seen else (1 - report.sure) / max(1, n - 1)


def together(model: Model, said: list[Report]) -> dict[str, dict[str, float]]:
    """The slow twin: of each person the last word on each variable, and their product."""
    told: dict[str, dict[str, float]] = {}
    for name in {report.variable for report in said}:
        last = [
            [report for report in said if (report.variable, report.who) == (name, who)][-1]
            for who in {report.who for report in said if report.variable == name}
        ]
        told[name] = {
            state: prod(likelihood(model, report, state) for report in last)
            for state in model.variable_of[name].state_ids
        }
    return told


@QUICK
@given(st.data())
def test_beliefs_equal_the_sum_over_all_worlds_with_the_product_of_the_last_words(
    data: st.DataObject,
) -> None:
    model = data.draw(diagnostic_models())
    said = data.draw(reports(model))
    expected = together(model, said)
    assume(all(any(row.values()) for row in expected.values()))
    evidence = Evidence(model, {}, reports=said)
    for name, row in expected.items():
        assert {state: evidence.findings[name].get(state, 0.0) for state in row} == close(row)
    found = diagnose(compile_network(model), evidence, doubt="none")
    if found.is_impossible:
        return
    cases = oracle.cases(model, expected)
    for cause in found.causes:
        p = sum(p for world, p, fired in cases if cause.id in fired and world[cause.id] == cause.state)
        assert cause.responsibility == close(p)


@QUICK
@given(st.data())
def test_order_of_people_does_not_matter_and_telling_it_again_changes_nothing(data: st.DataObject) -> None:
    model = data.draw(diagnostic_models())
    said = data.draw(reports(model))
    assume(all(any(row.values()) for row in together(model, said).values()))
    once = combined(model, said)
    last = list({(report.variable, report.who): report for report in said}.values())
    again = data.draw(st.lists(st.sampled_from(last), max_size=3))
    assert combined(model, [*said, *again]) == once  # to the last digit
    assert combined(model, data.draw(st.permutations(last))) == once
    assert combined(model, last) == once


def test_people_who_rule_each_other_out_are_told_by_name() -> None:
    model = load(TILL)
    said = [Report("text", "offline", "merchant"), Report("text", "refused", "bank")]
    with pytest.raises(
        EvidenceError, match=r"text: these reports cannot all be true \(merchant: offline, bank: r"
    ):
        combined(model, said)
    assert combined(model, [said[0], Report("text", "refused", "merchant")]) == {"text": {"refused": 1.0}}
    unsure = combined(model, [said[0], Report("text", "refused", "bank", 0.7)])
    assert unsure["text"] == close({"offline": 0.1})


def test_what_means_nothing_is_told_all_at_once() -> None:
    model = load(TILL)
    wrong = [
        Report("txet", "offline"),
        Report("text", "off", "x"),
        Report("text", "offline", "y", 0.0),
        Report("text", {"offline": 0.4, "refused": 0.2}, "z", 0.5),
    ]
    with pytest.raises(EvidenceError) as raised:
        Evidence(model, {"card": "lost"}, reports=wrong)
    told = str(raised.value)
    for part in (
        'Did you mean "text"?',
        '"off" is not one',
        "0.0 is no sureness",
        "beside likelihoods",
        "lost",
    ):
        assert part in told
    with pytest.raises(EvidenceError, match="as a finding and by reports"):
        Evidence(model, {"text": "refused"}, reports=[Report("text", "offline", "merchant")])
    same = Evidence(model, {"text": "offline"}, reports=[Report("text", "offline", "merchant")])
    assert Evidence(model, same.findings, reports=same.reports) == same


def test_reports_stay_beside_fixed_probabilities() -> None:
    model = load(TILL)
    evidence = Evidence(model, {}, reports=[Report("other_card", "works", "merchant", 0.8)])
    found = fixed_evidence(compile_network(model), evidence, {"text": {"failed": 0.9}})
    assert found.reports == evidence.reports
    assert set(found.findings) == {"other_card", "text"}


# ── the doors ─────────────────────────────────────────────────────────────────────────────────────


def test_the_command_line_and_a_file_tell_the_same(bayesdiag: Bayesdiag, tmp_path: Path) -> None:
    call = ["diagnose", TILL, "-f", "text=failed", "-f", "other_card=works:0.8@merchant"]
    call += ["-f", "other_card=works:0.6,fails:0.4@bank"]
    code, out, err = bayesdiag(*call, "--json", "--lang", "en")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["findings"] == {"text": "failed", "other_card": close({"works": 0.48, "fails": 0.08})}
    assert told["reports"] == [
        {"variable": "other_card", "seen": "works", "who": "merchant", "sure": 0.8},
        {"variable": "other_card", "seen": {"works": 0.6, "fails": 0.4}, "who": "bank", "sure": 1.0},
    ]
    assert (
        json.loads(bayesdiag(*call, "-f", "other_card=works:0.8@merchant", "--json", "--lang", "en")[1])
        == told
    )
    file = tmp_path / "case.json"
    file.write_text(
        json.dumps({"findings": {"text": "failed"}, "reports": told["reports"]}), encoding="utf-8"
    )
    assert (
        json.loads(bayesdiag("diagnose", TILL, "--findings", str(file), "--json", "--lang", "en")[1]) == told
    )
    assert "the merchant: Another card works 0.8\n" in bayesdiag(*call, "--lang", "en")[1]
    assert "商户：换卡 " in bayesdiag(*call, "--lang", "zh")[1]
    assert "reports" not in json.loads(bayesdiag("diagnose", TILL, "-f", "text=failed", "--json")[1])
    assert bayesdiag("whatif", TILL, "-f", "text=failed@merchant", "--change", "text=offline")[0] == 0


@pytest.mark.parametrize(
    ("document", "part"),
    [
        ({"reports": [{"variable": "text"}]}, "reports.0: this is no report"),
        ({"reports": [{"variable": "text", "seen": "failed", "how": 1}]}, "reports.0: this is no report"),
        ({"reports": [{"variable": "text", "seen": "failed", "sure": 2}]}, "text.sure: 2 is no sureness"),
        ({"reports": {}}, "this is no case"),
        ({"fixed": {}}, "this is no case"),
    ],
)
def test_a_faulty_report_of_a_file_is_told(
    document: object, part: str, bayesdiag: Bayesdiag, tmp_path: Path
) -> None:
    file = tmp_path / "case.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    code, out, err = bayesdiag("diagnose", TILL, "--findings", str(file), "--lang", "en")
    assert (code, out) == (2, "")
    assert part in err


def test_an_at_sign_of_a_state_is_followed_by_one_more(bayesdiag: Bayesdiag) -> None:
    err = bayesdiag("diagnose", TILL, "-f", "text=a@b@", "--lang", "en")[2]
    assert 'text: "a@b" is not one of its states' in err
    assert (
        'text: "a" is not one of its states'
        in bayesdiag("diagnose", TILL, "-f", "text=a@b", "--lang", "en")[2]
    )


@pytest.mark.parametrize(
    ("finding", "told"),
    [
        ("other_card=works:0.7", "works:0.7,OTHER:0.3"),
        ("other_card=works:0.7", "works:0.7@WHO"),
        ("other_card=works:70", "one state has a number"),
        ("other_card=works:0.8@", "nobody is named behind the @"),
        ("other_card=works@ ", "nobody is named behind the @"),
    ],
)
def test_what_would_silently_count_as_certain_is_refused(
    finding: str, told: str, bayesdiag: Bayesdiag
) -> None:
    """A number for one state alone makes all others impossible: nobody who writes 0.7 means that."""
    code, out, err = bayesdiag("diagnose", TILL, "-f", finding, "--lang", "en")
    assert (code, out) == (2, "")
    assert told in err
    code, out, _ = bayesdiag("diagnose", TILL, "-f", "other_card=works:1", "--json", "--lang", "en")
    assert code == 0
    assert out == bayesdiag("diagnose", TILL, "-f", "other_card=works", "--json", "--lang", "en")[1]


def test_a_change_of_one_state_alone_is_refused_too(bayesdiag: Bayesdiag) -> None:
    call = ["whatif", TILL, "-f", "text=failed", "--change", "other_card=works:0.7"]
    code, _, err = bayesdiag(*call)
    assert code == 2
    assert "one state has a number" in err


def test_products_of_any_size_say_what_their_quotients_say() -> None:
    """1e400 to 1 is no floating number, nor is 1e-400; half of half of … 1,100 times is none either."""
    model = load(TILL)
    for size in (1e200, 1e-200):
        said = [Report("other_card", {"works": size, "fails": size / 4}, who) for who in ("a", "b")]
        row = combined(model, said)["other_card"]
        assert row["fails"] / row["works"] == pytest.approx(1 / 16)
        assert 0.5 <= row["works"] <= 1
    crowd = [Report("other_card", "works", f"p{n}", 0.5) for n in range(1100)]
    row = combined(model, [*crowd, Report("other_card", "works", "merchant", 0.8)])["other_card"]
    assert row["fails"] / row["works"] == pytest.approx(0.25)
    network = compile_network(model)

    def share(said: list[Report]) -> float:
        found = diagnose(network, Evidence(model, {"text": "failed"}, reports=said), doubt="none")
        return found.causes[0].responsibility

    assert share(crowd) == pytest.approx(share([]))


@pytest.mark.parametrize(
    "report",
    [
        None,
        "text",
        Report("other_card", "works", None),  # type: ignore[arg-type]
        Report(["other_card"], "works"),  # type: ignore[arg-type]
        Report(None, "works"),  # type: ignore[arg-type]
        Report("other_card", None),  # type: ignore[arg-type]
        Report("other_card", ["works"]),  # type: ignore[arg-type]
        Report("other_card", {"works": "1"}),  # type: ignore[dict-item]
        Report("other_card", "works", ["x"]),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_report_is_told(report: Report) -> None:
    model = load(TILL)
    said = [Report("other_card", "works", "merchant", 0.8), report]
    with pytest.raises(EvidenceError):
        Evidence(model, {}, reports=said)


# ── the store ─────────────────────────────────────────────────────────────────────────────────────


def found(seen: object, **more: object) -> Event:
    return masked_event(Event("found", {"variable": "signal_indicator", "seen": seen, **more}, by="Li"))


OPENED = masked_event(Event("opened"))
WEAK = {"good": 0.3, "weak": 0.7}


def test_what_is_found_replaces_as_ever_unless_it_stands_beside() -> None:
    first, other = found("good", who="merchant"), found(WEAK, who="bank")
    assert record_of("T", [OPENED, first, other]).findings["signal_indicator"].seen == WEAK
    beside = [
        OPENED,
        found({"good": 0.5, "weak": 0.5, "none": 0.1}, who="merchant"),
        found(WEAK, who="bank", beside=True),
        found(WEAK, who="bank", beside=True),  # told again
    ]
    assert history_faults(beside) == []
    kept = record_of("T", beside).findings["signal_indicator"]
    assert kept.seen == close({"good": 0.15, "weak": 0.35})
    assert set(kept.told) == {"merchant", "bank"}
    undone = masked_event(Event("undone", {"seq": 4}))
    assert record_of("T", [*beside, undone]).findings["signal_indicator"].seen == kept.seen
    over = record_of("T", [*beside, found("none")]).findings["signal_indicator"]
    assert (over.seen, set(over.told)) == ("none", {""})


def test_reports_that_leave_no_state_are_not_kept() -> None:
    history = [OPENED, found("good", who="merchant"), found("weak", who="bank", beside=True)]
    assert [fault.path for fault in history_faults(history)] == [("event 3", "signal_indicator")]
    back = masked_event(Event("undone", {"seq": 2}))
    assert history_faults([*history, back]) == []


def test_a_case_takes_reports_and_opens_as_what_they_come_to(
    bayesdiag: Bayesdiag, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = ["--store", str(tmp_path / "cases.db"), "--lang", "en"]
    said = ["-f", "display_text=read_error", "-f", "signal_indicator=weak:0.8@merchant"]
    assert bayesdiag("cases", "add", *said, "--id", "T-1", *store)[0] == 0
    more = ["-f", "signal_indicator=weak:0.6@bank", "-f", "signal_indicator=weak:0.6@bank"]
    code, _, err = bayesdiag("cases", "append", "T-1", *more, *store)
    assert (code, err) == (0, "")
    told = json.loads(bayesdiag("cases", "show", "T-1", "--json", *store[:2])[1])
    states = load("pos_card").variable_of["signal_indicator"].state_ids
    rest = (len(states) - 1) ** 2
    expected = {state: 0.48 if state == "weak" else 0.2 * 0.4 / rest for state in states}
    assert told["findings"]["signal_indicator"] == close(expected)
    assert set(told["said"]["signal_indicator"]["reports"]) == {"merchant", "bank"}
    assert told["diagnosis"]["findings"]["signal_indicator"] == close(expected)
    events = [
        Event(**{part: one[part] for part in ("kind", "body", "by", "at", "id")}) for one in told["history"]
    ]
    opened = opened_sheet(record_of("T-1", events), load("pos_card"))
    assert opened.sheet.findings["signal_indicator"] == "weak"
    code, _, err = bayesdiag("cases", "append", "T-1", "-f", "signal_indicator=waek@bank", *store)
    assert code == 2
    assert 'Did you mean "weak"?' in err
