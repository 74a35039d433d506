"""The BIF reader: what it reads, and every fault told whole."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from bayesdiag.errors import ModelFileError
from bayesdiag.formats.bif import load_bif, loads_bif
from bayesdiag.model import FullTable, Prior

GOOD = """// a comment with variable in it
network "two cups" {
  property author = "somebody; else";
}
/* variable ghost { } spread
   over lines */
variable sun { type discrete [ 2 ] { yes, no }; property position = (3, 4); }
variable "wet grass" { type discrete[3]{ dry, <5mm, "5 mm, or more" }; }
variable rain {
  type discrete [ 2 ] { yes, no };
}
probability ( sun ) { table 0.75, 2.5e-1; }
probability ( "wet grass" | sun, rain ) {
  (yes, no) 0.9, 0.1, 0.0;
  (no, no) .5, .25, .25;
  default 0.1, 0.2, 0.7;
}
probability ( rain | sun ) { table 0.1, 0.6, 0.9, 0.4; }
"""


def test_it_reads_what_the_file_says() -> None:
    model = loads_bif(GOOD)
    assert model.name == "two cups"
    assert [variable.id for variable in model.variables] == ["sun", "wet grass", "rain"]
    assert {variable.kind for variable in model.variables} == {"plain"}
    assert model.variable_of["wet grass"].state_ids == ("dry", "<5mm", "5 mm, or more")
    assert model.variable_of["sun"].cpt == Prior((0.75, 0.25))
    # A table lists the variable's first state for all parents, then its second.
    assert model.variable_of["rain"].cpt == FullTable(("sun",), (0.1, 0.9, 0.6, 0.4))
    cpt = model.variable_of["wet grass"].cpt
    assert isinstance(cpt, FullTable)
    assert cpt.parents == ("sun", "rain")
    assert cpt.p == pytest.approx((0.1, 0.2, 0.7, 0.9, 0.1, 0.0, 0.1, 0.2, 0.7, 0.5, 0.25, 0.25))


def test_what_printing_rounded_is_put_back() -> None:
    model = loads_bif(
        "network n { } variable a { type discrete [ 3 ] { x, y, z }; }\n"
        "probability ( a ) { table 0.333, 0.333, 0.333; }"
    )
    assert sum(model.variables[0].cpt.p) == pytest.approx(1, abs=1e-15)  # type: ignore[union-attr]


@pytest.mark.parametrize("ending", ["\r\n", "\n"])
def test_line_ends_and_a_missing_last_one_do_not_matter(ending: str) -> None:
    assert loads_bif(GOOD.rstrip().replace("\n", ending)) == loads_bif(GOOD)


def test_a_packed_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "good.bif.gz"
    path.write_bytes(gzip.compress(GOOD.encode()))
    assert load_bif(path) == loads_bif(GOOD)


HEAD = "network n { }\nvariable a { type discrete [ 2 ] { x, y }; }\n"
TAIL = "probability ( a ) { table 0.5, 0.5; }\n"
B = "variable b { type discrete [ 2 ] { u, v }; }\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            HEAD + "probability ( a ) { table 0.5 0.5; }\n",
            'f.bif:3: "0.5" where "," or ";" belongs.\n    Check brackets, commas and semicolons.\n'
            "f.bif:2: a: this variable has no probabilities.\n    Write `probability ( a ) { … }`.\n"
            "2 faults; the model was not loaded.",
        ),
        (
            HEAD + "probability ( a ) { table 0.5, 0.5;",
            'f.bif:3: the end of the file where "table" or "default" or "property" or "(" belongs.\n'
            "    Check brackets, commas and semicolons.\n"
            "f.bif:2: a: this variable has no probabilities.\n    Write `probability ( a ) { … }`.\n"
            "2 faults; the model was not loaded.",
        ),
        (
            HEAD + TAIL + "variable a { type discrete [ 2 ] { x, y }; }\n",
            "f.bif:4: a: this variable is declared twice.\n    Its first declaration stands in line 2.\n"
            "1 fault; the model was not loaded.",
        ),
        (
            HEAD.replace("[ 2 ]", "[ 3 ]") + TAIL,
            "f.bif:2: a: 2 states where 3 are announced.\n    The two must agree.\n"
            "1 fault; the model was not loaded.",
        ),
        (
            HEAD.replace("{ x, y }", "{ x, x }") + TAIL,
            'f.bif:2: a: state "x" is named twice.\n    Name each state once.\n1 fault; the model was not loaded.',
        ),
        (
            "network n { }\nvariable a { property p = 1; }\n" + TAIL,
            "f.bif:2: a: this variable has no states.\n    Write `type discrete [ n ] { … };`.\n"
            "f.bif:3: a: no variable has this name.\n    There are no variables.\n"
            "2 faults; the model was not loaded.",
        ),
        (
            HEAD + TAIL + "probability ( aa ) { table 1; }\n",
            'f.bif:4: aa: no variable has this name.\n    Did you mean "a"? Known variables: a.\n'
            "1 fault; the model was not loaded.",
        ),
        (
            HEAD + "probability ( a | c ) { table 0.5, 0.5; }\n",
            'f.bif:3: a: no variable is called "c".\n    Known variables: a.\n1 fault; the model was not loaded.',
        ),
        (
            HEAD + "probability ( a | a ) { table 0.5, 0.5, 0.5, 0.5; }\n",
            'f.bif:3: a: "a" stands twice here.\n    Name each variable once.\n1 fault; the model was not loaded.',
        ),
        (
            HEAD + TAIL + TAIL,
            "f.bif:4: a: a second probability block.\n    Its first one stands in line 3.\n"
            "1 fault; the model was not loaded.",
        ),
        (
            HEAD,
            "f.bif:2: a: this variable has no probabilities.\n    Write `probability ( a ) { … }`.\n"
            "1 fault; the model was not loaded.",
        ),
        (
            HEAD + "probability ( a ) { table 0.5, 0.25, 0.25; }\n",
            "f.bif:3: a.table: 3 numbers where 2 belong.\n"
            "    States of the variable times those of all parents.\n1 fault; the model was not loaded.",
        ),
        (
            HEAD + "probability ( a ) { table nan, 1.5; }\n",
            'f.bif:3: a.table: "nan" is not a probability.\n    A probability is a number from 0 to 1.\n'
            'f.bif:3: a.table: "1.5" is not a probability.\n    A probability is a number from 0 to 1.\n'
            "f.bif:3: a.table: the row sums to 0.\n    It must sum to 1, within 0.01.\n"
            "3 faults; the model was not loaded.",
        ),
        (
            HEAD + "probability ( a ) { table 0.5, 0.4; }\n",
            "f.bif:3: a.table: the row sums to 0.9.\n    It must sum to 1, within 0.01.\n"
            "1 fault; the model was not loaded.",
        ),
        (
            HEAD + TAIL + B + "probability ( b | a ) {\n (x) 0.5, 0.5;\n (x) 0.5, 0.5;\n}\n",
            "f.bif:5: b: no row for (y).\n    Give every row, or a `default`.\n"
            "f.bif:7: b.x: this row is given twice.\n    Give each row once.\n2 faults; the model was not loaded.",
        ),
        (
            HEAD + TAIL + B + "probability ( b | a ) {\n (x) 0.5, 0.5;\n (z) 0.5, 0.5;\n (y) 1;\n}\n",
            'f.bif:7: b.z: "z" is not a state of a.\n    Known states of a: x, y.\n'
            "f.bif:8: b.y: 1 numbers for 2 states.\n    Give one for each state.\n2 faults; the model was not loaded.",
        ),
        (
            HEAD + TAIL + B + "probability ( b | a ) {\n (x, x) 0.5, 0.5;\n default 1;\n}\n",
            "f.bif:6: b.x, x: 2 states for 1 parents.\n    Parents: a.\n"
            "f.bif:7: b.default: 1 numbers for 2 states.\n    Give one for each state.\n"
            "2 faults; the model was not loaded.",
        ),
        (
            HEAD + B + "probability ( a | b ) { table 0.5, 0.5, 0.5, 0.5; }\n"
            "probability ( b | a ) { table 0.5, 0.5, 0.5, 0.5; }\n",
            "f.bif:3: variables.b: a cycle: b → a → b.\n    Remove one of these arrows.\n"
            "1 fault; the model was not loaded.",
        ),
        (
            "nonsense\n",
            'f.bif:1: "nonsense" where "network" or "variable" or "probability" belongs.\n'
            "    Check brackets, commas and semicolons.\n1 fault; the model was not loaded.",
        ),
    ],
)
def test_every_fault_is_told_whole(text: str, message: str) -> None:
    with pytest.raises(ModelFileError) as caught:
        loads_bif(text, "f.bif")
    assert sorted(str(caught.value).splitlines()) == sorted(message.splitlines())
    assert str(caught.value).splitlines()[-1] == message.splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "raw", "found"),
    [
        ("a.bif", b"\xff\xfe", "byte 0 is not UTF-8"),
        ("a.bif.gz", b"no gzip", "the file cannot be read (it is not whole)"),
        ("a.bif.gz", gzip.compress(GOOD.encode())[:-20], "the file cannot be read (it is not whole)"),
    ],
)
def test_a_file_that_is_no_text_is_told(name: str, raw: bytes, found: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(raw)
    with pytest.raises(ModelFileError) as caught:
        load_bif(path)
    assert str(caught.value).startswith(f"{path}: {found}.\n")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"no\.bif: the file cannot be read \(No such file"):
        load_bif(tmp_path / "no.bif")
