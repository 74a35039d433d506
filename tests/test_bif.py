"""The BIF reader: what it reads, and every fault told whole."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from bayesdiag.engine.network import compile_network
from bayesdiag.errors import ModelFileError
from bayesdiag.formats import bif
from bayesdiag.formats.bif import load_bif, loads_bif
from bayesdiag.model import FullTable, Prior

GOOD = """// a comment with variable ghost { in it
network "two cups" {
  property author = "somebody; else"
  property version 1.0;
}
/* probability ( ghost ) { } spread
   over lines */
variable sun { type discrete [ 2 ] { yes, no }; property position = (3, 4); }
variable "wet grass" { type discrete[3]{ dry, <5mm, "5 mm, or more" }; }
variable rain/day { // in mm
  type discrete [ 5 ] {
    -, // none
    0-10, >10// rather much
    variable /* it changes */ "}"
  };
}
probability ( sun ) { table 0.75, 2.5e-1; }
probability ( "wet grass" | rain/day, sun ) {
  (-, yes) 0.9, 0.1, 0.0;
  (0-10, no) .5 +.25 .25;
  (variable, no) 1.0e-5, 0.99998999, 1e-8;
  ("}", yes) 1. 0 0;
  default 0.1, 0.2, 0.7;
}
probability(rain/day|sun){table 0.1, 0.6, 0.9, 0.4, 0 0 0 0 0 0;}
"""


def test_it_reads_what_the_file_says() -> None:
    model = loads_bif(GOOD)
    assert model.name == "two cups"
    assert {variable.id: variable.state_ids for variable in model.variables} == {
        "sun": ("yes", "no"),
        "wet grass": ("dry", "<5mm", "5 mm, or more"),
        "rain/day": ("-", "0-10", ">10", "variable", "}"),
    }
    assert [variable.id for variable in model.variables] == ["sun", "wet grass", "rain/day"]
    assert {variable.kind for variable in model.variables} == {"plain"}
    assert model.variable_of["sun"].cpt == Prior((0.75, 0.25))


def test_a_table_lists_the_first_state_for_all_parents_then_the_second() -> None:
    cpt = loads_bif(GOOD).variable_of["rain/day"].cpt
    assert cpt == FullTable(("sun",), (0.1, 0.9, 0, 0, 0, 0.6, 0.4, 0, 0, 0))


def test_rows_are_found_by_name_and_the_default_stands_for_the_others() -> None:
    cpt = loads_bif(GOOD).variable_of["wet grass"].cpt
    rest = (0.1, 0.2, 0.7)
    rows = [
        *((0.9, 0.1, 0.0), rest),  # -: yes, no
        *(rest, (0.5, 0.25, 0.25)),  # 0-10
        *(rest, rest),
        *(rest, (1e-5, 0.99998999, 1e-8)),  # variable
        *((1.0, 0.0, 0.0), rest),  # }
    ]
    assert cpt == FullTable(("rain/day", "sun"), tuple(p for row in rows for p in row))


def test_the_numbers_of_the_file_are_kept_where_they_only_lost_digits() -> None:
    model = loads_bif(
        N
        + A.replace("2", "3").replace("x,", "w, x,")
        + "probability ( a ) { table 0.3333333 0.3333333 0.3333333; }"
    )
    assert model.variables[0].cpt == Prior((0.3333333,) * 3)
    belief = compile_network(model).posterior({}).of("a")[0]
    assert belief == pytest.approx([1 / 3] * 3, abs=1e-15)


def test_a_row_of_few_digits_is_divided_by_its_sum() -> None:
    model = loads_bif(
        N + A.replace("2", "3").replace("x,", "w, x,") + "probability ( a ) { table 0.333 0.333 0.333; }"
    )
    assert model.variables[0].cpt == Prior((0.333 / (0.333 + 0.333 + 0.333),) * 3)


@pytest.mark.parametrize("ending", ["\r\n", "\n"])
def test_line_ends_and_a_missing_last_one_do_not_matter(ending: str) -> None:
    assert loads_bif(GOOD.rstrip().replace("\n", ending)) == loads_bif(GOOD)


@pytest.mark.parametrize("name", ["good.bif", "good.bif.gz", "GOOD.BIF.GZ"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["", "bom"])
def test_a_file_is_read_packed_or_not(name: str, mark: bytes, tmp_path: Path) -> None:
    path = tmp_path / name
    raw = mark + GOOD.replace("ghost", "geist ä").encode()
    path.write_bytes(gzip.compress(raw) if "gz" in name.lower() else raw)
    assert load_bif(path) == loads_bif(GOOD)
    assert load_bif(str(path)) == loads_bif(GOOD)


N = "network n { }\n"
A = "variable a { type discrete [ 2 ] { x, y }; }\n"
B = "variable b { type discrete [ 2 ] { u, v }; }\n"
PA = "probability ( a ) { table 0.5, 0.5; }\n"
PB = "probability ( b | a ) {\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "",
            "f.bif:1: there is no network.\n"
            "    Begin with `network NAME { }`.\n"
            "1 fault; the model was not loaded.",
            id="empty",
        ),
        pytest.param(
            A + PA,
            "f.bif:1: there is no network.\n"
            "    Begin with `network NAME { }`.\n"
            "1 fault; the model was not loaded.",
            id="no network",
        ),
        pytest.param(
            N + A + PA + N,
            "f.bif:4: a second network begins.\n"
            "    One file holds one network: remove it.\n"
            "1 fault; the model was not loaded.",
            id="two networks",
        ),
        pytest.param(
            N,
            "f.bif:1: there are no variables.\n"
            "    Write `variable NAME { type discrete [ n ] { … }; }` for each.\n"
            "1 fault; the model was not loaded.",
            id="no variables",
        ),
        pytest.param(
            "nonsense { }\n" + N + A + PA,
            "f.bif:1: `nonsense` where `network`, `variable` or `probability` belongs.\n"
            "    Nothing else may stand here.\n"
            "1 fault; the model was not loaded.",
            id="nonsense",
        ),
        pytest.param(
            N + A + "probability ( a ) {\n table 0.5, 0.5;",
            "f.bif:4: the block before this is not closed.\n"
            "    End it with `}`.\n"
            "1 fault; the model was not loaded.",
            id="block not closed",
        ),
        pytest.param(
            N + A.replace("}; }", "};") + PA,
            "f.bif:3: the block before this is not closed.\n"
            "    End it with `}`.\n"
            "1 fault; the model was not loaded.",
            id="variable not closed",
        ),
        pytest.param(
            N + A + "probability ( a ) {\n table 0.5, 0.5\n}\n",
            "f.bif:5: `}` where `;` belongs.\n"
            "    Look for a missing sign before it.\n"
            "1 fault; the model was not loaded.",
            id="no semicolon",
        ),
        pytest.param(
            N + A + PA + B + PB + " (x) 0.5, 0.5\n (y) 0.5, 0.5;\n}\n",
            "f.bif:7: `(` where `;` belongs.\n"
            "    Look for a missing sign before it.\n"
            "1 fault; the model was not loaded.",
            id="no semicolon after a row",
        ),
        pytest.param(
            N + A.replace("]", "") + PA,
            "f.bif:2: `{` where `]` belongs.\n"
            "    Look for a missing sign before it.\n"
            "1 fault; the model was not loaded.",
            id="no bracket",
        ),
        pytest.param(
            N + "variable { type discrete [ 2 ] { x, y }; }\n" + A + PA,
            "f.bif:2: `{` where a name belongs.\n"
            '    A name is one word, or "several in quotes".\n'
            "1 fault; the model was not loaded.",
            id="variable without name",
        ),
        pytest.param(
            N + A + "probability a { table 0.5, 0.5; }\n",
            "f.bif:3: `a` where `(` belongs.\n"
            "    Look for a missing sign before it.\n"
            "1 fault; the model was not loaded.",
            id="probability without bracket",
        ),
        pytest.param(
            N + "variable a { type continuous; }\n" + PA,
            "f.bif:2: `continuous` where `discrete` belongs.\n"
            "    Nothing else may stand here.\n"
            "1 fault; the model was not loaded.",
            id="continuous",
        ),
        pytest.param(
            N + 'variable "a { type discrete [ 2 ] { x, y }; }\n' + A + PA,
            "f.bif:2: a quote is not closed.\n"
            '    Write "…" on one line.\n'
            "f.bif:3: `variable` where `{` belongs.\n"
            "    Look for a missing sign before it.\n"
            "2 faults; the model was not loaded.",
            id="quote not closed",
        ),
        pytest.param(
            N + A + PA + A.replace(" a ", ' "" '),
            'f.bif:4: `""` where a name belongs.\n'
            '    A name is one word, or "several in quotes".\n'
            "1 fault; the model was not loaded.",
            id="empty name",
        ),
        pytest.param(
            N + A + PA + "/* never closed\n",
            "f.bif:4: a comment is not closed.\n    End it with `*/`.\n1 fault; the model was not loaded.",
            id="comment not closed",
        ),
        pytest.param(
            N + A + PA + B + PB + " property note = x\n (x) 0.1, 0.9;\n default 0.5, 0.5;\n}\n",
            "f.bif:7: `(` where `;` belongs.\n"
            "    Look for a missing sign before it.\n"
            "1 fault; the model was not loaded.",
            id="property swallows a row",
        ),
        pytest.param(
            N + A + PA + B + PB + " property function max;\n (x) 0.1, 0.9;\n}\n",
            "f.bif:6: b: `function max` is not understood.\n"
            "    Only tables are read: write every row out.\n"
            "1 fault; the model was not loaded.",
            id="function",
        ),
        pytest.param(
            N + A + PA + A,
            "f.bif:4: a: this variable is declared twice.\n"
            "    It is declared first in line 2: remove or rename one.\n"
            "1 fault; the model was not loaded.",
            id="variable twice",
        ),
        pytest.param(
            N + A.replace("2", "3") + PA,
            "f.bif:2: a: 2 states under `[ 3 ]`.\n"
            "    They must agree; quote names with spaces. Read: x, y.\n"
            "1 fault; the model was not loaded.",
            id="states miscounted",
        ),
        pytest.param(
            N + A.replace("x,", "very high,") + PA,
            "f.bif:2: a: 3 states under `[ 2 ]`.\n"
            "    They must agree; quote names with spaces. Read: very, high, y.\n"
            "1 fault; the model was not loaded.",
            id="name with a space",
        ),
        pytest.param(
            N + A.replace("x, y", "x, x") + PA,
            'f.bif:2: a: the state "x" is named twice.\n'
            "    Give each state its own name.\n"
            "1 fault; the model was not loaded.",
            id="state twice",
        ),
        pytest.param(
            N + "variable a { property p = 1; }\n" + PA,
            "f.bif:2: a: no types.\n"
            "    Write one `type discrete [ n ] { … };`.\n"
            "1 fault; the model was not loaded.",
            id="no states",
        ),
        pytest.param(
            N + A + PA + "probability ( aa ) { table 1; }\n",
            "f.bif:4: aa: no variable has this name.\n"
            '    Did you mean "a"? Known variables: a.\n'
            "1 fault; the model was not loaded.",
            id="probability of nothing",
        ),
        pytest.param(
            N + A + PA + B + "probability ( b | c ) {\n (x) 0.5, 0.6;\n}\n",
            'f.bif:5: b: no variable is called "c".\n'
            "    Known variables: a, b.\n"
            "f.bif:6: b.(x): the row sums to 1.1.\n"
            "    The probabilities of all states must sum to 1, within 0.01.\n"
            "2 faults; the model was not loaded.",
            id="unknown parent",
        ),
        pytest.param(
            N + A + "probability ( a | a ) { default 0.5, 0.5; }\n",
            "f.bif:3: a: it is its own parent.\n"
            "    Remove it after the `|`.\n"
            "1 fault; the model was not loaded.",
            id="own parent",
        ),
        pytest.param(
            N + A + PA + B + "probability ( b | a, a ) { default 0.5, 0.5; }\n",
            'f.bif:5: b: the parent "a" is named twice.\n'
            "    Name each parent once.\n"
            "1 fault; the model was not loaded.",
            id="parent twice",
        ),
        pytest.param(
            N + A + PA + PA,
            "f.bif:4: a: a second probability block.\n"
            "    The first stands in line 3: remove one.\n"
            "1 fault; the model was not loaded.",
            id="two blocks",
        ),
        pytest.param(
            N + A,
            "f.bif:2: a: this variable has no probabilities.\n"
            "    Write `probability ( a ) { … }`.\n"
            "1 fault; the model was not loaded.",
            id="no block",
        ),
        pytest.param(
            N + A + "probability ( a ) { }\n",
            "f.bif:3: a: no numbers.\n    Write `table …;`.\n1 fault; the model was not loaded.",
            id="empty block",
        ),
        pytest.param(
            N + A + "probability ( a ) { table ; }\n",
            "f.bif:3: a.table: no numbers where 2 belong.\n"
            "    One for each state of the variable and each row of its parents' states.\n"
            "1 fault; the model was not loaded.",
            id="empty table",
        ),
        pytest.param(
            N + A + PA + B + PB + " table 0.1, 0.9, 0.5;\n}\n",
            "f.bif:6: b.table: 3 numbers where 4 belong.\n"
            "    One for each state of the variable and each row of its parents' states.\n"
            "1 fault; the model was not loaded.",
            id="table miscounted",
        ),
        pytest.param(
            N + A + PA + B + PB + " table 0.1, 0.4, 0.9, 0.5;\n}\n",
            "f.bif:6: b.table.(y): the row sums to 0.9.\n"
            "    The probabilities of all states must sum to 1, within 0.01.\n"
            "1 fault; the model was not loaded.",
            id="table does not sum",
        ),
        pytest.param(
            N + A + PA + B + PB + " table 0.1, 0.4, 0.9, 0.6;\n (x) 0.1, 0.9;\n default 1, 0;\n}\n",
            "f.bif:7: b.(x): this is given twice.\n"
            "    The `table` in line 6 gives every row: remove one of them.\n"
            "f.bif:8: b.default: this is given twice.\n"
            "    The `table` in line 6 gives every row: remove one of them.\n"
            "2 faults; the model was not loaded.",
            id="table and rows",
        ),
        pytest.param(
            N + A + "probability ( a ) {\n table\n  nan,\n  -1e-3;\n}\n",
            "f.bif:5: a.table: `nan` is not a probability.\n"
            "    Write a number from 0 to 1.\n"
            "f.bif:6: a.table: `-1e-3` is not a probability.\n"
            "    Write a number from 0 to 1.\n"
            "2 faults; the model was not loaded.",
            id="no numbers, each in its line",
        ),
        pytest.param(
            N + A + "probability ( a ) { table 1.5, 0_1; }\n",
            "f.bif:3: a.table: `1.5` is not a probability.\n"
            "    Write a number from 0 to 1.\n"
            "f.bif:3: a.table: `0_1` is not a probability.\n"
            "    Write a number from 0 to 1.\n"
            "2 faults; the model was not loaded.",
            id="above one, and Python's own spelling",
        ),
        pytest.param(
            N + A + "probability ( a ) { table inf, half; }\n",
            "f.bif:3: a.table: `inf` is not a probability.\n"
            "    Write a number from 0 to 1.\n"
            "f.bif:3: a.table: `half` is not a probability.\n"
            "    Write a number from 0 to 1.\n"
            "2 faults; the model was not loaded.",
            id="words",
        ),
        pytest.param(
            N + A + "probability ( a ) { table 0.5, 0.4; }\n",
            "f.bif:3: a.table: the row sums to 0.9.\n"
            "    The probabilities of all states must sum to 1, within 0.01.\n"
            "1 fault; the model was not loaded.",
            id="sum",
        ),
        pytest.param(
            N + A + PA + B + PB + " (x) 0.5, 0.5;\n (x) 0.5, 0.5;\n}\n",
            "f.bif:5: b: no row for (y).\n"
            "    Give every row, or a `default`.\n"
            "f.bif:7: b.(x): this row is given twice.\n"
            "    The first stands in line 6: remove one.\n"
            "2 faults; the model was not loaded.",
            id="row twice, row missing",
        ),
        pytest.param(
            N + A + PA + B + PB + " default 0.5, 0.5;\n default 0.5, 0.5;\n}\n",
            "f.bif:7: b.default: this is given twice.\n"
            "    The first stands in line 6: remove one.\n"
            "1 fault; the model was not loaded.",
            id="default twice",
        ),
        pytest.param(
            N + A + PA + B + PB + " (x) 0.5, 0.5;\n (z) 0.5, 0.5;\n}\n",
            'f.bif:7: b.(z): "z" is not a state of a.\n'
            "    Known states of a: x, y.\n"
            "1 fault; the model was not loaded.",
            id="unknown state",
        ),
        pytest.param(
            N + A + PA + B + PB + " (x) 1;\n (y) 0.2, 0.3, 0.5;\n}\n",
            "f.bif:6: b.(x): 1 number for 2 states.\n"
            "    Give one probability per state.\n"
            "f.bif:7: b.(y): 3 numbers for 2 states.\n"
            "    Give one probability per state.\n"
            "2 faults; the model was not loaded.",
            id="rows miscounted",
        ),
        pytest.param(
            N + A + PA + B + PB + " (x, x) 0.5, 0.5;\n default 1;\n}\n",
            "f.bif:6: b.(x, x): 2 states for 1 parent.\n"
            "    Name a state of each: a.\n"
            "f.bif:7: b.default: 1 number for 2 states.\n"
            "    Give one probability per state.\n"
            "2 faults; the model was not loaded.",
            id="states of too many parents",
        ),
        pytest.param(
            N + A + "probability ( a ) { (x) 0.5, 0.5; }\n",
            "f.bif:3: a.(x): 1 state for no parents.\n"
            "    Write `table …;`.\n"
            "1 fault; the model was not loaded.",
            id="row without parents",
        ),
        pytest.param(
            N
            + A.replace("2", "5").replace("x, y", "p, q, r, s, t")
            + "probability ( a ) { default 0.2 0.2 0.2 0.2 0.2; }\n"
            + B
            + PB
            + " (q) 0.5, 0.5;\n}\n",
            "f.bif:5: b: no row for (p); (r); (s) and 1 more.\n"
            "    Give every row, or a `default`.\n"
            "1 fault; the model was not loaded.",
            id="many rows missing",
        ),
        pytest.param(
            N
            + A
            + B
            + "probability ( a | b ) { default 0.5, 0.5; }\nprobability ( b | a ) { default 0.5, 0.5; }\n",
            "f.bif:5: b: a cycle: b → a → b.\n"
            "    Remove one of these arrows.\n"
            "1 fault; the model was not loaded.",
            id="cycle",
        ),
    ],
)
def test_a_fault_is_told_whole(text: str, message: str) -> None:
    with pytest.raises(ModelFileError) as caught:
        loads_bif(text, "f.bif")
    assert str(caught.value) == message


MANY = """network n { }
variable a { type discrete [ 2 ] { x, y }; }
probability ( a | b ) {
 (u) 0.5, 0.6;
 (w) 2, 0;
 (v) 0.5 : 0.5;
}
variable b { type discrete [ 2 ] { u, v }; }
probability ( b | a ) {
 (x) 0.5, 0.5;
 (x) 0.5, 0.5;
 (y) 1;
}
variable c { type discrete [ 2 ] { u }; }
probability ( c | e ) { (r) 0.5; default 0.5 }
variable d { type discrete { u, v }; }
probability ( f ) { table 1; }
"""


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(ModelFileError) as caught:
        loads_bif(MANY)
    assert str(caught.value).splitlines() == [
        "<text>:4: a.(u): the row sums to 1.1.",
        "    The probabilities of all states must sum to 1, within 0.01.",
        "<text>:5: a.(w): `2` is not a probability.",
        "    Write a number from 0 to 1.",
        '<text>:5: a.(w): "w" is not a state of b.',
        "    Known states of b: u, v.",
        "<text>:6: a.(v): `:` is not a probability.",
        "    Write a number from 0 to 1.",
        "<text>:6: a.(v): 3 numbers for 2 states.",
        "    Give one probability per state.",
        "<text>:9: b: a cycle: b → a → b.",
        "    Remove one of these arrows.",
        "<text>:11: b.(x): this row is given twice.",
        "    The first stands in line 10: remove one.",
        "<text>:12: b.(y): 1 number for 2 states.",
        "    Give one probability per state.",
        "<text>:14: c: 1 state under `[ 2 ]`.",
        "    They must agree; quote names with spaces. Read: u.",
        "<text>:15: `}` where `;` belongs.",
        "    Look for a missing sign before it.",
        '<text>:15: c: no variable is called "e".',
        "    Known variables: a, b, c, d.",
        "<text>:15: c.(r): the row sums to 0.5.",
        "    The probabilities of all states must sum to 1, within 0.01.",
        "<text>:16: `{` where `[` belongs.",
        "    Look for a missing sign before it.",
        "<text>:16: d: this variable has no probabilities.",
        "    Write `probability ( d ) { … }`.",
        "<text>:17: f: no variable has this name.",
        "    Known variables: a, b, c, d.",
        "15 faults; the model was not loaded.",
    ]


def test_tables_of_any_size_are_not_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bif, "MAX_NUMBERS", 5)
    assert loads_bif(N + A + PA).name == "n"
    with pytest.raises(ModelFileError) as caught:
        loads_bif(N + A + PA + B + PB + " default 1, 0;\n}\n")
    assert str(caught.value) == (
        "<text>:5: b: with this one the tables have 6 numbers.\n"
        "    At most 5 are read: give it fewer parents.\n"
        "1 fault; the model was not loaded."
    )


@pytest.mark.parametrize(
    ("name", "raw", "told"),
    [
        ("a.bif", b"\xff\xfe", "byte 0 is not UTF-8.\n    Save the file as UTF-8."),
        (
            "a.bif.gz",
            b"no gzip",
            "the file cannot be read (it is not a whole gzip file).\n    Check its name and permissions.",
        ),
        (
            "a.bif.gz",
            gzip.compress(GOOD.encode())[:-20],
            "the file cannot be read (it is not a whole gzip file).\n    Check its name and permissions.",
        ),
        ("a.bif.gz", gzip.compress(bytes(2001)), "more than 2,000 bytes.\n    A larger file is not read."),
        (
            "no.bif",
            None,
            "the file cannot be read (No such file or directory).\n    Check its name and permissions.",
        ),
    ],
    ids=["not text", "not packed", "cut off", "too large", "not there"],
)
def test_a_file_that_is_no_text_is_told(
    name: str, raw: bytes | None, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bif, "MAX_BYTES", 2000)
    path = tmp_path / name
    if raw is not None:
        path.write_bytes(raw)
    with pytest.raises(ModelFileError) as caught:
        load_bif(path)
    assert str(caught.value) == f"{path}: {told}\n1 fault; the model was not loaded."
