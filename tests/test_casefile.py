"""Cases in files and frames: what is read, what is refused and in what words, and that nothing is lost."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from bayesdiag.case import Case, Evidence
from bayesdiag.casefile import (
    Naming,
    Reject,
    cases_of_frame,
    columns_of_cases,
    read_cases,
    rejects_path,
    write_cases,
    write_rejects,
)
from bayesdiag.errors import CaseFileError
from bayesdiag.model import Link, Model, NoisyMax, Premise, Prior
from tests.networks import variable

FORMS = ("csv", "tsv", "parquet", "jsonl")


@pytest.fixture(scope="module")
def model() -> Model:
    return Model(
        "shop",
        (
            variable("place", "in out", Prior((0.5, 0.5)), "context"),
            variable("cable", "ok loose cut", Prior((0.9, 0.06, 0.04)), "cause"),
            variable("card", "ok expired", Prior((0.8, 0.2)), "cause"),
            variable("text", "thanks refused offline", Prior((0.2, 0.4, 0.4)), "symptom"),
            variable("light", "0 1", Prior((0.2, 0.8)), "symptom"),
            variable("outcome", "good bad", NoisyMax((Link("cable", "cut", "bad", 1.0),)), "stage"),
        ),
        premise=Premise("outcome", ("good",), 0.1),
        renamed={"screen": "text", "screen=declined": "text=refused", "text=no_line": "text=offline"},
    )


def read(
    tmp_path: Path, model: Model, content: str | bytes, suffix: str = "csv", **more: object
) -> tuple[list[Case], list[Reject]]:
    path = tmp_path / f"cases.{suffix}"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_cases(path, model, **more)  # type: ignore[arg-type]


def reasons(rejects: list[Reject]) -> list[str]:
    return [reject.reason[reject.reason.index("cases.") :] for reject in rejects]


def test_each_kind_of_cell_is_read(tmp_path: Path, model: Model) -> None:
    lines = """\
place,cable,card,text,light,weight,when,premise
in,loose,!expired,refused,1,2.5,2026-11-25,
?,!loose|!cut,expired:0.3|ok:0.7,!thanks,,,2026-11-25T09:30,false
"""
    (first, second), rejects = read(tmp_path, model, lines)
    assert rejects == []
    assert first.evidence.findings == {"place": {"in": 1}, "text": {"refused": 1}, "light": {"1": 1}}
    assert (first.confirmed, first.excluded) == ({"cable": "loose"}, {"card": ("expired",)})
    assert (first.weight, first.when, first.premise) == (2.5, "2026-11-25", True)
    assert second.evidence.findings == {
        "card": {"expired": 0.3, "ok": 0.7},
        "text": {"refused": 1, "offline": 1},
    }
    assert (second.confirmed, second.excluded) == ({}, {"cable": ("loose", "cut")})
    assert (second.weight, second.when, second.premise) == (1.0, "2026-11-25T09:30", False)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("in,lose,,,", 'row 1.cable: "lose" is not one of its states. Did you mean "loose"?'),
        ("in,,,refused:x,", 'row 1.text: "refused:x": "x" is no likelihood.'),
        ("in,,,refused:nan,", 'row 1.text: "refused:nan": "nan" is no likelihood.'),
        ("in,,,refused:-1|offline:1,", '"-1" is no likelihood'),
        ("in,,,refused:0,", "every likelihood is 0"),
        ("in,,,refused:1|refused:2,", '"refused" stands there twice'),
        ("in,loose|!loose,,,", '"loose|!loose": "loose" is said to be so and not to be so.'),
        ("in,loose|cut,,,", '"loose" and "cut" at once.'),
        ("in,!ok|!loose|!cut,,,", "every state is excluded"),
        ("in,loose|ok:1,,,", '"loose" is said for certain, and likelihoods beside it'),
        (",?, ,,", "row 1: every cell is blank."),
        ("in,,,", "row 1: 4 cells for 5 columns."),
        ('in,,,refused,1,"x, y"', 'row 1: 6 cells for 5 columns (left over: "x, y").'),
        ('in,"loose,,,', "row 1: its quotes do not match."),
    ],
)
def test_a_bad_row_is_told_with_its_place_and_the_rest_is_read(
    row: str, told: str, tmp_path: Path, model: Model
) -> None:
    cases, (reject,) = read(tmp_path, model, f"place,cable,card,text,light\n{row}\nout,cut,,,\n")
    assert [case.confirmed for case in cases] == [{"cable": "cut"}]
    assert reject.number == 1
    (reason,) = reasons([reject])
    assert reason.startswith("cases.csv:2: row 1")
    assert told in reason
    assert len(reject.faults[0].allowed) > 10, "what to do"


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("weight", "many", 'row 1.weight: "many" is no number.'),
        ("weight", "-2", 'row 1.weight: "-2" is no weight.'),
        ("weight", "inf", '"inf" is no weight'),
        ("when", "3/4/26", 'row 1.when: "3/4/26" is no date.'),
        ("premise", "perhaps", 'row 1.premise: "perhaps" is neither true nor false.'),
    ],
)
def test_what_is_said_of_a_case_as_a_whole_is_checked(
    column: str, value: str, told: str, tmp_path: Path, model: Model
) -> None:
    cases, rejects = read(tmp_path, model, f"place,{column}\nin,{value}\n")
    assert cases == []
    assert told in reasons(rejects)[0]


def test_everything_wrong_with_a_row_is_told_at_once(tmp_path: Path, model: Model) -> None:
    _, (reject,) = read(tmp_path, model, "place,text,weight\nhere,there,x\n")
    assert [fault.path[1] for fault in reject.faults] == ["place", "text", "weight"]


@pytest.mark.parametrize(
    ("heading", "told"),
    [
        ("place,txt", ["column txt: shop has no variable of this name", 'Did you mean "text"?']),
        ("place,text,place", ["column place: it holds place, and it stands there twice"]),
        ("place,text,screen", ['column screen: it holds text as "text" does']),
        ("place,,text", ["column number 2", "Give it a name."]),
        ("weight,when", ["no column is a variable of the model"]),
        ("", ["the file is empty"]),
        ('pl"ace,"', ["its quotes do not match"]),
    ],
)
def test_a_heading_that_cannot_be_read_keeps_the_whole_file_out(
    heading: str, told: list[str], tmp_path: Path, model: Model
) -> None:
    with pytest.raises(CaseFileError) as found:
        read(tmp_path, model, f"{heading}\n" + "in,thanks,in\n" * bool(heading))
    assert all(part in str(found.value) for part in told), found.value


def test_other_names_are_mapped(tmp_path: Path, model: Model) -> None:
    naming = Naming(
        columns={"Anzeige": "text", "wert": "weight", "note": ""},
        values={"text": {"abgelehnt": "refused", "-": ""}},
    )
    content = "Anzeige,wert,note,place\nabgelehnt,3,hello,in\n-,,x,out\n!abgelehnt,,,\n"
    told: list[str] = []
    (one, two, three), rejects = read(tmp_path, model, content, naming=naming, tell=told.append)
    assert rejects == []
    assert (one.evidence.findings, one.weight) == ({"text": {"refused": 1}, "place": {"in": 1}}, 3)
    assert two.evidence.findings == {"place": {"out": 1}}
    assert three.evidence.findings == {"text": {"thanks": 1, "offline": 1}}
    assert [line.rpartition(": ")[2] for line in told] == ["note."]
    content = "screen,place\ndeclined,in\n"  # old names that the model itself tells
    assert read(tmp_path, model, content)[0][0].evidence.hard() == {"text": "refused", "place": "in"}
    assert read(tmp_path, model, "text\nno_line\n")[0][0].evidence.hard() == {"text": "offline"}


def test_a_naming_that_leads_nowhere_is_refused(tmp_path: Path, model: Model) -> None:
    naming = Naming(columns={"a": "tekst"}, values={"text": {"x": "refsed"}, "nothing": {}})
    with pytest.raises(CaseFileError) as found:
        read(tmp_path, model, "text\nx\n", naming=naming)
    assert len(found.value.faults) == 3


def test_unknown_columns_are_passed_over_only_when_told_to(tmp_path: Path, model: Model) -> None:
    cases, _ = read(tmp_path, model, "ticket,text\n17,refused\n", naming=Naming(ignore_unknown=True))
    assert cases[0].evidence.hard() == {"text": "refused"}


def test_a_variable_called_like_a_reserved_column_is_the_variable(tmp_path: Path) -> None:
    scales = Model("scales", (variable("weight", "light heavy", Prior((0.5, 0.5))),))
    cases, _ = read(tmp_path, scales, "weight\nheavy\n")
    assert (cases[0].evidence.hard(), cases[0].weight) == ({"weight": "heavy"}, 1)
    heavy = Case(Evidence(scales, {"weight": "heavy"}), weight=2)
    with pytest.raises(CaseFileError, match="Write JSON lines instead"):
        write_cases(tmp_path / "out.csv", scales, [heavy])


# ── encodings and line ends ───────────────────────────────────────────────────────────────────

CHINESE = Model("中文", (variable("提示", "拒绝 离线", Prior((0.5, 0.5))),))
TABLE = '提示,weight\r\n"拒绝",2\r\n\r\n离线,\r\n'


@pytest.mark.parametrize(
    ("content", "is_told"),
    [
        (TABLE.encode(), False),
        (TABLE.encode("utf-8-sig"), False),
        (TABLE.encode("utf-16"), False),
        (TABLE.encode("gb18030"), True),
        (TABLE.replace("\r\n", "\n").encode(), False),
        (TABLE.replace("\r\n", "\r").encode(), False),
        (TABLE.replace(",", ";").encode(), True),
        (TABLE.replace(",", "\t").encode(), True),
        (
            TABLE.replace("weight", "weight,,").replace("2\r", "2,,\r").replace("离线,", "离线,,,").encode(),
            False,
        ),
    ],
    ids=["utf8", "bom", "utf16", "gb18030", "lf", "cr", "semicolon", "tab", "empty_columns"],
)
def test_any_spreadsheet_s_text_is_read(content: bytes, *, is_told: bool, tmp_path: Path) -> None:
    told: list[str] = []
    cases, rejects = read(tmp_path, CHINESE, content, tell=told.append)
    assert rejects == []
    assert [(case.evidence.hard()["提示"], case.weight) for case in cases] == [("拒绝", 2), ("离线", 1)]
    assert bool(told) is is_told


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CaseFileError, match="neither UTF-8 nor GB18030"):
        read(tmp_path, CHINESE, "提示\n".encode() + b"\xff\xff\n")
    with pytest.raises(CaseFileError, match="no Parquet file"):
        read(tmp_path, CHINESE, b"PAR1 not", "parquet")
    with pytest.raises(CaseFileError, match="cannot be read"):
        read_cases(tmp_path / "none.csv", CHINESE)
    with pytest.raises(CaseFileError, match="no known form"):
        read_cases(tmp_path / "cases.xlsx", CHINESE)
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(CaseFileError, match="no regular file"):
        read_cases(tmp_path / "folder.csv", CHINESE)


def test_packed_text_is_read(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv.gz"
    path.write_bytes(gzip.compress(TABLE.encode()))
    assert len(read_cases(path, CHINESE)[0]) == 2
    assert rejects_path(path).name == "cases.rejects.csv"
    path.write_bytes(b"no archive")
    with pytest.raises(CaseFileError, match="cannot be read"):
        read_cases(path, CHINESE)


def test_a_quote_that_is_never_closed_costs_one_line(tmp_path: Path, model: Model) -> None:
    content = 'place,text\nin,"refused\n' + "out,thanks\n" * 50_000
    cases, rejects = read(tmp_path, model, content)
    assert len(cases) == 50_000
    assert [reject.number for reject in rejects] == [1]


def test_a_cell_may_hold_lines(tmp_path: Path, model: Model) -> None:
    naming = Naming(columns={"note": ""})
    cases, rejects = read(tmp_path, model, 'note,text\n"a\nb",refused\nc,x\n', naming=naming)
    assert len(cases) == 1
    assert reasons(rejects)[0].startswith("cases.csv:4: row 2.text")


# ── JSON lines ────────────────────────────────────────────────────────────────────────────────


def line(**parts: object) -> str:
    return json.dumps(parts, ensure_ascii=False)


def test_a_line_holds_a_case(tmp_path: Path, model: Model) -> None:
    told = line(
        findings={"text": "refused", "place": {"in": 0.2, "out": 0.8}, "card": "expired", "light": 1},
        confirmed={"cable": "loose"},
        excluded={"cable": ["cut"], "card": "ok"},
        weight=2,
        when="2026-01-02",
        premise=False,
    )
    (case,), rejects = read(tmp_path, model, f"{told}\n\n", "jsonl")
    assert rejects == []
    assert case == Case(
        Evidence(
            model,
            {"text": "refused", "place": {"in": 0.2, "out": 0.8}, "card": "expired", "light": "1"},
        ),
        {"cable": "loose"},
        {"cable": ("cut",), "card": ("ok",)},
        2.0,
        "2026-01-02",
        premise=False,
    )


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("{", "row 1: this is not JSON"),
        ("[1]", "row 1: this is no case"),
        ('{"findings": {"text": "a", "text": "b"}}', 'row 1: "text" is given twice'),
        ('{"weight": NaN}', "NaN is no number that JSON has"),
        ("[" * 100_000, "nested too deeply"),
        (line(findings={"text": "refsed"}), 'row 1.findings.text: "refsed" is not one of its states'),
        (line(findings={"txt": "refused"}), "row 1.findings.txt: no variable has this name"),
        (line(findings={"text": {"refused": -1}}), "row 1.findings.text: -1 is not a likelihood"),
        (line(findings={"text": {"refused": "x"}}), "'x' is not a likelihood"),
        (line(findings=["text"]), "stands here"),
        (line(findings={}, confirmd={"cable": "cut"}), "row 1.confirmd: no part of a case has this name"),
        (line(confirmed={"text": "refused"}), "row 1.confirmed.text: this is no cause but a symptom"),
        (line(confirmed={"cable": "!cut"}), "is no state"),
        (line(confirmed={"cable": "cut"}, excluded={"cable": ["cut"]}), "said to be so and not to be so"),
        (line(confirmed={"cable": "cut"}, findings={"cable": "ok"}), "said for certain"),
        (line(excluded={"card": ["ok", "expired"]}), "row 1.card: every state is excluded"),
        (line(findings={"screen": "refused", "text": "refused"}), "text is told twice"),
        (line(findings={"text": None}), "every cell is blank"),
        (line(findings={"text": "refused"}, weight="x"), "row 1.weight"),
    ],
)
def test_a_bad_line_is_told(told: str, reason: str, tmp_path: Path, model: Model) -> None:
    cases, rejects = read(tmp_path, model, f"{told}\n{line(findings={'text': 'refused'})}\n", "jsonl")
    assert len(cases) == 1
    assert reason in reasons(rejects)[0]


# ── rejects ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("form", FORMS)
def test_rejects_are_written_in_their_own_form_and_can_be_read_once_corrected(
    form: str, tmp_path: Path, model: Model
) -> None:
    good = Case(Evidence(model, {"text": "refused", "place": "in"}), {"cable": "cut"}, weight=2.0)
    path = tmp_path / f"cases.{form}"
    write_cases(path, model, [good, good])
    if form == "parquet":
        table = pq.read_table(path)
        column = table.column_names.index("text")
        pq.write_table(table.set_column(column, "text", pa.array(["refsed", "refused"])), path)
    else:
        path.write_text(path.read_text().replace("refused", "refsed", 1))
    cases, rejects = read_cases(path, model)
    assert cases == [good]
    out = rejects_path(path)
    write_rejects(out, rejects)
    assert out.name == f"cases.rejects.{form}"
    again, once_more = read_cases(out, model)
    assert again == []
    assert '"refsed" is not one of its states' in once_more[0].reason
    if form == "parquet":
        told = pq.read_table(out).column("reason")[0].as_py()
    else:
        told = out.read_text()
        out.write_text(told.replace("refsed", "refused", 1))
        assert read_cases(out, model) == ([good], [])
    assert "is not one of its states" in told
    assert "Did you mean" in told


# ── round trips ───────────────────────────────────────────────────────────────────────────────

AWKWARD = Model(
    "awkward",
    (
        variable("a", "x !x x:1 ? y,z", Prior((0.2,) * 5)),
        variable("b", 'true false "q" 1', NoisyMax(()), "symptom"),
        variable("c", "ok bad worse", Prior((0.5, 0.3, 0.2)), "cause"),
        variable("d", "好 坏", Prior((0.5, 0.5)), "cause"),
        variable("outcome", "good bad", NoisyMax((Link("d", "坏", "bad", 1.0),)), "stage"),
    ),
    premise=Premise("outcome", ("good",), 0.1),
)


@st.composite
def cases_of(draw: st.DrawFn, model: Model) -> Case:
    findings: dict[str, object] = {}
    confirmed: dict[str, str] = {}
    excluded: dict[str, tuple[str, ...]] = {}
    for one in model.variables:
        kind = draw(st.sampled_from(("nothing", "state", "soft", "excluded")))
        some = draw(st.lists(st.sampled_from(one.state_ids), min_size=1, max_size=3, unique=True))
        if kind == "state" and one.kind == "cause":
            confirmed[one.id] = some[0]
            excluded |= {one.id: tuple(some[1:])} if some[1:] else {}
        elif kind == "state":
            findings[one.id] = some[0]
        elif kind == "soft":
            findings[one.id] = {s: draw(st.floats(1e-9, 1e9)) for s in some}
        elif kind == "excluded" and one.kind == "cause" and len(some) < len(one.states):
            excluded[one.id] = tuple(some)
    return Case(
        Evidence(model, findings),  # type: ignore[arg-type]
        confirmed,
        excluded,
        draw(st.floats(1e-3, 1e6)),
        draw(st.sampled_from(("", "2026-11-25", "2026-11-25T09:30:00+08:00"))),
        draw(st.booleans()),
    )


def is_told(case: Case) -> bool:
    return bool(case.evidence.findings or case.confirmed or case.excluded) or not case.premise


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_what_is_written_is_read_again(
    form: str, data: DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    cases = [case for case in data.draw(st.lists(cases_of(AWKWARD), max_size=4)) if is_told(case)]
    path = tmp_path_factory.mktemp("round") / f"cases.{form}"
    write_cases(path, AWKWARD, cases)
    assert read_cases(path, AWKWARD) == (cases, [])


@settings(max_examples=25, deadline=None)
@given(cases=st.lists(cases_of(AWKWARD).filter(is_told), min_size=1, max_size=4))
def test_frames_of_every_kind_hold_the_same_cases(cases: list[Case]) -> None:
    columns = columns_of_cases(AWKWARD, cases)
    for frame in (columns, pd.DataFrame(columns), pl.DataFrame(columns, strict=False), pa.table(columns)):
        assert cases_of_frame(frame, AWKWARD) == (cases, [])


def test_values_of_typed_columns_are_taken_for_the_states_they_spell() -> None:
    frame = pd.DataFrame({"b": [True, False, None], "light": [1.0, float("nan"), 0.0]})
    two = Model(
        "two",
        (variable("b", "True False", Prior((0.5, 0.5))), variable("light", "0 1", Prior((0.5, 0.5)))),
    )
    cases, rejects = cases_of_frame(frame, two)
    assert rejects == []
    assert [case.evidence.hard() for case in cases] == [
        {"b": "True", "light": "1"},
        {"b": "False"},
        {"light": "0"},
    ]
    categories = pd.DataFrame({"light": pd.Series(["0", None], dtype="category")})
    cases, rejects = cases_of_frame(categories, two)
    assert (cases[0].evidence.hard(), len(rejects)) == ({"light": "0"}, 1)
    dated = pd.DataFrame({"light": [1], "when": [pd.Timestamp("2026-11-25 09:30")]})
    assert cases_of_frame(dated, two)[0][0].when == "2026-11-25T09:30:00"


def test_what_is_no_frame_is_refused() -> None:
    with pytest.raises(CaseFileError, match="int is no table"):
        cases_of_frame(3, AWKWARD)
    with pytest.raises(CaseFileError, match="different lengths"):
        cases_of_frame({"a": ["x"], "c": []}, AWKWARD)


def test_a_cell_that_would_be_misread_is_not_written(tmp_path: Path) -> None:
    pipes = Model("pipes", (variable("a", "x|y x y", Prior((0.4, 0.3, 0.3))),))
    soft = Case(Evidence(pipes, {"a": {"x|y": 0.5, "y": 0.2}}))
    with pytest.raises(CaseFileError, match="Write JSON lines instead"):
        write_cases(tmp_path / "a.csv", pipes, [soft])
    write_cases(tmp_path / "a.jsonl", pipes, [soft])
    assert read_cases(tmp_path / "a.jsonl", pipes) == ([soft], [])


def test_reading_text_imports_no_table_library(tmp_path: Path) -> None:
    code = "import sys, bayesdiag.casefile; print([n for n in ('pyarrow', 'pandas', 'polars', 'numpy') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
