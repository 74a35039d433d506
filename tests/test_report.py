"""Reports of stored cases: what they say, in both languages, and that every form of them can be read."""

from __future__ import annotations

import string
import subprocess
import sys
from datetime import UTC, timedelta, timezone
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from bayesdiag.cli import run
from bayesdiag.model import LANGUAGES
from bayesdiag.modelfile import load
from bayesdiag.report import (
    TEXTS,
    Names,
    case_report,
    comparison,
    html_report,
    overview,
    ticket_summary,
)
from bayesdiag.report.pdf import FONT_SETTING, pdf_report
from bayesdiag.store import CaseRecord, Event, add_case, open_store, statistics_document, statistics_of
from bayesdiag.store.event import FIELDS, OUTCOMES
from bayesdiag.store.record import record_of
from bayesdiag.store.statistics import ENDS

MODEL = load("pos_card")
SHOWN: dict[str, Any] = {
    "model": {"name": "pos_card", "version": "1.1.0", "digest": "sha256:" + "ab" * 32},
    "status": "ok",
    "causes": [
        {
            "id": "card_chip_condition",
            "state": "damaged",
            "responsibility": 0.62,
            "prior_responsibility": 0.014,
        },
        {"id": "insufficient_funds", "state": "yes", "responsibility": 0.2, "prior_responsibility": 0.22},
    ],
    "none_of_these": 0.03,
    "plan": {"steps": [{"id": "clean_card_or_reader"}, {"id": "no_longer_known"}]},
}


def record(case_id: str, *steps: tuple[str, dict[str, Any]], by: str = "Ann", minutes: int = 1) -> CaseRecord:
    """A case whose steps are so many minutes apart."""
    told = [("opened", {}), *steps]
    return record_of(
        case_id,
        [
            Event(kind, body, by=by, at=f"2026-11-{2 + n * minutes // 1440:02}T{n * minutes // 60 % 24:02}:{n * minutes % 60:02}:00.000000Z")
            for n, (kind, body) in enumerate(told)
        ],
    )  # fmt: skip


def found(variable: str, seen: str | dict[str, float], **more: str) -> tuple[str, dict[str, Any]]:
    return "found", {"variable": variable, "seen": seen, **more}


CLOSED = record(
    "T-1 <b>",
    found("display_text", "read_error", who="cardholder"),
    found("signal_indicator", {"good": 0.7, "weak": 0.3}, who="王小明"),
    found("flux", "high"),
    ("answered", {"variable": "entry_method", "seen": "chip"}),
    ("dont_know", {"variable": "card_age"}),
    ("diagnosed", {"diagnosis": SHOWN}),
    ("tried", {"repair": "clean_card_or_reader", "outcome": "not_solved", "minutes": 3}),
    ("noted", {"text": "四点回电 <script>alert(1)</script>\nsecond line"}),
    ("handed_over", {"to": "Bo"}),
    ("undone", {"seq": 6}),
    ("confirmed", {"cause": "card_chip_condition", "state": "damaged"}),
    ("excluded", {"cause": "insufficient_funds", "state": "yes"}),
    ("spent", {"minutes": 12, "money": 2}),
    ("closed", {}),
)


@pytest.mark.parametrize("key", TEXTS)
def test_every_text_has_both_languages_and_the_same_blanks(key: str) -> None:
    blanks = [{part[1] for part in string.Formatter().parse(TEXTS[key][lang])} for lang in LANGUAGES]
    assert all(TEXTS[key][lang] for lang in LANGUAGES)
    assert blanks[0] - {None} == blanks[1] - {None}


def test_every_kind_of_event_every_outcome_and_every_end_has_words() -> None:
    wanted = [f"event_{kind}" for kind in FIELDS]
    wanted += [f"outcome_{outcome}" for outcome in OUTCOMES] + [f"end_{end}" for end in ENDS]
    assert [key for key in wanted if key not in TEXTS] == []


def test_a_report_tells_who_said_what_when_and_how_sure() -> None:
    told = case_report(CLOSED, Names("en", MODEL))
    assert told.answer == "Confirmed: Card chip: damaged"
    said = {one.finding: (one.who, one.when, one.sure) for one in told.findings}
    assert said["Text shown on screen or slip: card read error"] == (
        "the cardholder",
        "2026-11-02 00:01",
        "100%",
    )
    assert said["Network indicator on the terminal: good"] == ("王小明", "2026-11-02 00:02", "70%")
    assert said["flux = high (unknown to the model of today)"][0] == "Ann"
    assert [belief.cause for belief in told.beliefs][1:] == [
        "Insufficient funds or available credit",
        "None of these",
    ]
    assert told.steps == ("Clean the card and the slot", "no_longer_known")
    assert dict(told.facts)["Cost"] == "15 min, 2 CNY"
    assert dict(told.facts)["Handled by"] == "Bo"
    assert [step.number for step in told.history if step.is_undone] == [6]


def test_times_are_told_on_the_readers_clock() -> None:
    there = Names("zh", MODEL, timezone(timedelta(hours=8), "CST"))
    assert case_report(CLOSED, there).findings[0].when == "2026-11-02 08:01"
    assert there.moment("2026-11-25") == "2026-11-25"
    assert case_report(CLOSED, there).zone == "时间均为 CST"
    assert case_report(CLOSED, Names("zh", MODEL, UTC)).zone == "时间均为 UTC"


def test_a_payment_that_may_have_gone_through_is_warned_of() -> None:
    case = record("A", ("noted", {"text": "00", "approved": ["unionpay:00", "message"]}))
    told = case_report(case, Names("zh", MODEL))
    assert "00" in told.warning
    assert told.warning in ticket_summary(told)
    dismissed = record("A", ("noted", {"text": "00", "approved": ["unionpay:00"]}), ("undone", {"seq": 2}))
    assert not case_report(dismissed, Names("zh", MODEL)).warning


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, _: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_holds_every_word_and_no_markup_of_others(language: str) -> None:
    told = case_report(CLOSED, Names(language, MODEL))
    page = html_report(told)
    reader = Reader()
    reader.feed(page)
    words = " ".join(reader.words)
    assert "script" not in reader.tags
    assert "b" not in reader.tags
    assert "http" not in page
    for text in (told.title, told.answer, told.notes[0], *(step.told for step in told.history)):
        assert text in words
    assert page.startswith("<!doctype html>")
    assert f'lang="{"zh-CN" if language == "zh" else "en"}"' in page


@pytest.mark.parametrize("font", [None, ""])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_pdf_is_one_page_whose_text_can_be_searched_and_copied(language: str, font: str | None) -> None:
    told = case_report(CLOSED, Names(language, MODEL))
    document = pypdfium2.PdfDocument(pdf_report(told, font=font))
    try:
        assert len(document) == 1
        text = document[0].get_textpage().get_text_range()
    finally:
        document.close()
    for part in (told.title, told.answer, "四点回电", "王小明", "<script>alert(1)</script>"):
        assert part in text
    assert told.names("foot")[:20] in text


def test_a_long_history_takes_further_pages() -> None:
    notes = [("noted", {"text": f"note {n} " + "字" * 100}) for n in range(60)]
    document = pypdfium2.PdfDocument(pdf_report(case_report(record("L", *notes), Names("zh", MODEL))))
    try:
        assert len(document) > 1
        assert "note 59" in document[len(document) - 1].get_textpage().get_text_range()
    finally:
        document.close()


def test_a_font_that_cannot_be_embedded_gives_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"OTTO nothing of a font")
    monkeypatch.setenv(FONT_SETTING, str(broken))
    assert b"STSong-Light" in pdf_report(case_report(CLOSED, Names("zh", MODEL)))


def test_only_who_wants_a_pdf_waits_for_its_library() -> None:
    code = "import sys, bayesdiag.report, bayesdiag.ui.pages; sys.exit('reportlab' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_is_no_sign_does_not_break_a_pdf() -> None:
    case = record("C", ("noted", {"text": "a\x00b\x07c\x1b[31m & 𠮷"}))
    assert pdf_report(case_report(case, Names("en")), font="").startswith(b"%PDF")


@pytest.mark.parametrize(
    "diagnosis",
    [
        {},
        {"status": "impossible", "causes": [], "none_of_these": None, "plan": None},
        {"causes": [{"id": "a"}, "x", None], "plan": {"steps": ["x", {}]}, "none_of_these": "?"},
        {"causes": [{"id": "a", "state": "b", "responsibility": None}]},
    ],
)
@pytest.mark.parametrize("model", [None, MODEL])
def test_a_diagnosis_of_another_program_is_told_as_far_as_it_can_be_read(
    diagnosis: dict[str, Any], model: Any
) -> None:
    told = case_report(record("O", ("diagnosed", {"diagnosis": diagnosis})), Names("en", model))
    assert told.title in html_report(told)
    assert told.answer in ticket_summary(told)
    assert pdf_report(told)


def test_a_ticket_says_it_in_a_few_lines() -> None:
    told = ticket_summary(case_report(CLOSED, Names("zh", MODEL))).splitlines()
    assert told[:2] == ["案例 T-1 <b> – 已结", "已确认：卡片芯片：损坏"]
    assert "  - POS机网络信号：正常 (70%)" in told
    assert "  - 62% 卡片芯片：损坏" in told
    (tried,) = [line for line in told if line.startswith("已试过：")]
    assert "没有解决" in tried
    assert "3分钟" in tried
    assert len(told) < 30


def test_what_was_tried_stands_in_every_form_unless_it_was_taken_back() -> None:
    tried = ("tried", {"repair": "clean_card_or_reader", "outcome": "not_solved"})
    told = case_report(record("T", tried), Names("en", MODEL))
    assert dict(told.facts)["Already tried"].endswith("did not solve it")
    assert "Already tried" in html_report(told)
    undone = case_report(record("T", tried, ("undone", {"seq": 2})), Names("en", MODEL))
    assert "Already tried" not in dict(undone.facts)


def test_two_cases_side_by_side_differ_where_they_do() -> None:
    other = record("T-2", found("display_text", "read_error"), found("signal_indicator", "none"))
    told = comparison(CLOSED, other, Names("en", MODEL))
    lines = {line.name: (line.a, line.b, line.is_same) for line in told.findings}
    assert lines["Text shown on screen or slip"] == ("card read error", "card read error", True)
    assert lines["flux"] == ("high", "–", False)
    assert lines["Network indicator on the terminal"] == ("good (70%)", "no signal or red light", False)
    assert [line.is_same for line in told.findings] == sorted(line.is_same for line in told.findings)
    assert ("Card chip: damaged", "62%", "–") in [(line.name, line.a, line.b) for line in told.causes]


def many() -> list[CaseRecord]:
    confirmed = ("confirmed", {"cause": "card_chip_condition", "state": "damaged"})
    asked = [("answered", {"variable": name, "seen": "x"}) for name in ("a", "b")]
    shown = ("diagnosed", {"diagnosis": SHOWN})
    tried = ("tried", {"repair": "r", "outcome": "solved"})
    return [
        CLOSED,
        record("B", *asked, ("asked", {"variable": "a"}), shown, confirmed, ("closed", {}), minutes=120),
        record("C", tried, ("closed", {}), minutes=4000),
        record("D", ("closed", {})),
        record("E", shown, ("dont_know", {"variable": "card_age"}), ("noted", {"text": "x"})),
        record("F", ("handed_over", {"to": "Bo"})),
        record("G"),
        record("H", found("a", "b"), ("undone", {"seq": 2})),
    ]


def test_statistics_are_those_counted_by_hand() -> None:
    told = statistics_of(many())
    assert (told.n, told.n_open, told.n_closed, told.n_confirmed) == (8, 4, 4, 2)
    assert (told.n_first, told.n_compared) == (2, 2)
    causes = [(cause.id, cause.state, cause.confirmed, cause.suspected) for cause in told.causes]
    assert causes == [("card_chip_condition", "damaged", 2, 1)]
    assert told.ends == {
        "confirmed": 2,
        "repaired": 1,
        "unexplained": 1,
        "handed_over": 1,
        "dont_know": 1,
        "empty": 2,
    }
    assert told.last_questions == {"card_age": 1}
    # Two minutes per step: 14 minutes, 12 hours, 133 hours, one minute.
    assert told.hours == (2, 0, 1, 0, 1, 0)
    # CLOSED: entry_method alone, for the question about the card's age was taken back.
    assert told.questions == (2, 1, 1)
    assert told.median_questions == 0.5
    assert told.mean_minutes == 15 / 4
    assert (told.days, len(told.spans), told.spans[0].opened, sum(span.closed for span in told.spans)) == (
        1,
        6,
        8,
        4,
    )


def test_nothing_comes_to_nothing() -> None:
    told = statistics_of([])
    assert told.n == 0
    assert told.median_hours is None
    assert overview(told, Names("en", MODEL)) == ()
    assert statistics_document(told)["causes"] == []


@pytest.mark.parametrize(("minutes", "days"), [(1, 1), (1440 * 22, 7)])
def test_spans_are_few_enough_to_be_seen_and_have_no_gaps(minutes: int, days: int) -> None:
    told = statistics_of([record("A", ("closed", {})), record("B", ("closed", {}), minutes=minutes)])
    assert told.days == days
    assert sum(span.closed for span in told.spans) == 2
    assert all((b.first - a.first).days == days for a, b in pairwise(told.spans))


def test_a_long_time_is_told_by_calendar_months() -> None:
    moments = ("2025-11-30", "2026-02-01", "2026-11-02")
    cases = [record_of(at, [Event("opened", at=f"{at}T23:00:00.000000Z")]) for at in moments]
    told = statistics_of(cases)
    assert told.days == 0
    months = [(2025, 11), (2025, 12), *((2026, month) for month in range(1, 12))]
    assert [(span.first.year, span.first.month, span.first.day) for span in told.spans] == [
        (*month, 1) for month in months
    ]
    assert [span.first.isoformat()[:7] for span in told.spans if span.opened] == [at[:7] for at in moments]
    assert [table.head[0] for table in overview(told, Names("en", MODEL)) if table.key == "over_time"] == [
        "month (first day)"
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_table_has_its_sentence_and_its_rows(language: str) -> None:
    tables = overview(statistics_of(many()), Names(language, MODEL))
    assert [table.key for table in tables] == [
        "by_cause",
        "over_time",
        "hours",
        "questions",
        "ends",
        "stopped",
    ]
    for table in tables:
        assert table.alt
        assert all(len(row) == len(table.head) for row in table.rows)
        assert sum(map(sum, table.columns)) == sum(int(cell) for row in table.rows for cell in row[1:])


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with one case, the one that is used."""
    path = tmp_path / "cases.db"
    monkeypatch.setenv("BAYESDIAG_STORE", str(path))
    with open_store(str(path)) as store:
        add_case(store, CLOSED.events, case_id="T-1")
    return path


@pytest.mark.parametrize("suffix", [".html", ".pdf", ".txt"])
def test_the_command_writes_each_form(kept: Path, suffix: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = kept.with_name(f"report{suffix}")
    assert run(["cases", "report", "T-1", "-o", str(out), "--lang", "zh"]) == 0
    content = out.read_bytes()
    assert content.startswith(b"%PDF") if suffix == ".pdf" else "卡片芯片：损坏" in content.decode()
    assert str(out) in capsys.readouterr().out


def test_the_command_refuses_other_forms_and_prints_text_without_one(
    kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["cases", "report", "T-1", "-o", "x.docx"]) == 2
    assert ".pdf" in capsys.readouterr().err
    assert run(["cases", "report", "T-1", "--lang", "en"]) == 0
    assert "Confirmed: Card chip: damaged" in capsys.readouterr().out


def test_the_command_tells_statistics(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cases", "stats", "--lang", "en"]) == 0
    assert "Closed: cause confirmed  1" in capsys.readouterr().out
    assert run(["cases", "stats", "--json"]) == 0
    assert '"confirmed": 1' in capsys.readouterr().out
