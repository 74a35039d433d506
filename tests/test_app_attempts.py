"""Trying again in the app: what was seen becomes an attempt before, in the sheet, the address and the store."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from bayesdiag.cli import run
from bayesdiag.diagnosis import diagnose
from bayesdiag.diagnosis.whatif import MOST_EARLIER
from bayesdiag.engine.network import compile_network
from bayesdiag.modelfile import load
from bayesdiag.report.content import case_report
from bayesdiag.report.naming import Names
from bayesdiag.store import CaseRecord, Event
from bayesdiag.store.document import record_document
from bayesdiag.store.record import history_faults, record_of
from bayesdiag.ui.dialogue import events_of, joined, merged, opened_sheet, steps_between
from bayesdiag.ui.parts.plain import plain
from bayesdiag.ui.scenario import Change
from bayesdiag.ui.sheet import Sheet, query_of, sheet_of
from bayesdiag.ui.source import MODEL_SETTING
from tests.test_app import WHAT_IF, clicked, headline, started

TILL = "docs/explanation/till.yaml"


@pytest.fixture(autouse=True)
def _till(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MODEL_SETTING, TILL)


def percent(earlier: list[dict], findings: dict) -> str:
    first = diagnose(compile_network(load(TILL)), findings, earlier=earlier).causes[0]
    return f"{first.responsibility:.0%}"


def test_trying_again_moves_what_was_seen_before() -> None:
    app = started({"lang": "en", "text": "failed"})
    assert percent([], {"text": "failed"}) in headline(app)
    clicked(app, "again")
    assert app.query_params["before.1.text"] == "failed"
    assert "text" not in app.query_params
    assert app.selectbox(key="finding_text").value == ""
    assert app.button(key="attempt_1").label == plain("Attempt 1 (failed): Text on the screen: failed")
    assert percent([{"text": "failed"}], {}) in headline(app)
    app.selectbox(key="finding_text").set_value("offline").run()
    assert percent([{"text": "failed"}], {"text": "offline"}) in headline(app)
    clicked(app, "undo")
    clicked(app, "attempt_1")
    assert "before.1.text" not in app.query_params
    assert not app.exception


def test_a_link_opens_all_attempts_in_both_languages() -> None:
    query = {"text": "failed", "before.1.text": "refused:0.8", "before.2": "failed"}
    for lang, told in (
        ("en", "Attempt 2 (failed): nothing was noted"),
        ("zh", "第2次（失败）：没有记下现象"),
    ):
        app = started({"lang": lang, **query})
        assert app.button(key="attempt_2").label == plain(told)
        assert app.button(key="again").disabled
        assert {name: app.query_params[name] for name in query} == query
    soft = {"refused": 0.8, "thanks": 0.2 / 3, "offline": 0.2 / 3, "failed": 0.2 / 3}
    assert percent([{"text": soft}, {}], {"text": "failed"}) in headline(app)
    clicked(app, "attempt_1")
    assert app.query_params["before.1"] == "failed"
    assert "before.2" not in app.query_params
    assert not app.button(key="again").disabled


def test_what_if_says_that_it_looks_at_the_latest_attempt() -> None:
    app = AppTest.from_string(WHAT_IF, default_timeout=200)
    for name, value in {"lang": "en", "text": "failed", "before.1.text": "refused"}.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    assert any("Here only the latest attempt counts" in caption.value for caption in app.caption)


def test_an_address_says_what_the_sheet_says() -> None:
    model = load(TILL)
    sheet = (
        Sheet({"text": "failed"}, sure={"text": 0.7})
        .tried_again(model)
        .with_findings({"other_card": "fails"})
    )
    sheet = sheet.tried_again(model)
    assert sheet.before == ({"text": Change("failed", 0.7)}, {"other_card": Change("fails")})
    assert sheet.findings == {}
    query = query_of(sheet)
    assert query == {"before.1.text": "failed:0.7", "before.2.other_card": "fails"}
    assert sheet_of(model, query) == (sheet, ())
    assert sheet.without_attempt(1).before == ({"other_card": Change("fails")},)


@pytest.mark.parametrize(
    "query",
    [
        {"before.1.text": "blue"},
        {"before.1.text": "-"},
        {"before.1.cable": "loose"},
        {"before.1": "worked"},
        {"before.0.text": "failed"},
        {"before.x.text": "failed"},
        {f"before.{MOST_EARLIER + 1}.text": "failed"},
        {"before.": "failed"},
    ],
)
def test_what_makes_no_attempt_is_left_out_and_told(query: dict[str, str]) -> None:
    sheet, dropped = sheet_of(load(TILL), query)
    assert sheet == Sheet()
    assert dropped == tuple(f"{name}={value}" for name, value in query.items())


AT = "2026-01-02T03:04:05.000000Z"


def kept(*sheets: Sheet) -> CaseRecord:
    """The stored case after these sheets, one after another, each saved."""
    model = load(TILL)
    events = [Event("opened", at=AT, id="e1")]
    for old, new in pairwise((Sheet(), *sheets)):
        more = events_of(steps_between(old, new, AT), model, events, "")
        events += [replace(event, at=AT, id=f"e{len(events) + n + 1}") for n, event in enumerate(more)]
        assert not history_faults(events)
    return record_of("T-1", events)


def test_a_kept_case_has_the_attempts_it_was_kept_with() -> None:
    model = load(TILL)
    first = Sheet({"text": "failed"})
    twice = first.tried_again(model)
    said = twice.with_findings({"text": "failed", "other_card": "works"})
    thrice = said.tried_again(model).with_findings({"text": "offline"})
    for sheets in (
        (first, twice),
        (first, twice, said),
        (first, twice, said, thrice),
        (thrice,),
        (first, twice, said, thrice, thrice.with_findings({"text": ""})),
        (first, twice, said, thrice, thrice.with_findings({"text": "refused"})),
        (first, thrice, thrice.without_attempt(1)),
        (first, thrice, thrice.without_attempt(2)),
        (first, twice, said, thrice, first),
    ):
        record = kept(*sheets)
        opened = opened_sheet(record, model).sheet
        assert (opened.before, opened.findings) == (sheets[-1].before, sheets[-1].findings)
        told = [said.finding for said in case_report(record, Names("en", model)).findings]
        assert len(told) == len(opened.findings) + sum(map(len, opened.before))
        assert sum(text.startswith("attempt 1 (failed): ") for text in told) == (
            len(opened.before[0]) if opened.before else 0
        )
        document = record_document(record)
        assert document.get("attempts", []) == [{n: c.state for n, c in one.items()} for one in opened.before]


def test_steps_of_different_attempts_stay_apart() -> None:
    model = load(TILL)
    first = Sheet({"text": "failed"})
    twice = first.tried_again(model)
    steps = steps_between(Sheet(), first, AT)
    steps = joined(steps, steps_between(first, twice, AT))
    steps = joined(steps, steps_between(twice, twice.with_findings({"text": "failed"}), AT))
    assert [(step.kind, step.name) for step in steps] == [
        ("found", "text"),
        ("tried_again", "text"),
        ("found", "text"),
    ]
    assert merged(first, twice, first).before == twice.before


def test_a_case_on_the_command_line_is_tried_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BAYESDIAG_STORE", str(tmp_path / "cases.db"))

    def called(*arguments: str) -> tuple[int, str, str]:
        code = run(["cases", *arguments])
        return code, *capsys.readouterr()

    assert called("add", TILL, "-f", "text=failed", "-f", "cable=ok", "--id", "T-1")[0] == 0
    code, out, _ = called("append", "T-1", "--again", "-f", "text=refused", "--model", TILL, "--json")
    assert code == 0
    document = json.loads(out)
    assert document["attempts"] == [{"text": "failed"}]
    assert document["findings"] == {"cable": "ok", "text": "refused"}
    assert document["diagnosis"]["attempts"] == [{"text": "failed"}]
    expected = diagnose(
        compile_network(load(TILL)), {"cable": "ok", "text": "refused"}, earlier=[{"text": "failed"}]
    ).causes[0]
    assert document["diagnosis"]["causes"][0]["responsibility"] == pytest.approx(expected.responsibility)
    shown = called("show", "T-1")[1]
    assert "tried again" in shown
    assert "Attempt 1, failed\n  text = failed" in shown
    assert "Attempt 2, the latest\n" in shown
    code, _, err = called("append", "T-1", "--again")
    assert code == 2
    assert "the model of this case is not known" in err
    for _ in range(MOST_EARLIER - 1):
        assert called("append", "T-1", "--again", "--model", TILL)[0] == 0
    assert "attempts before" in called("append", "T-1", "--again", "--model", TILL)[2]
