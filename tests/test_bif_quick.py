"""The fast path of the BIF reader: the same models as the careful one, and nothing but right texts."""

from __future__ import annotations

import gzip
from importlib.util import find_spec
from pathlib import Path

import pytest

from bayesdiag.formats.bif import MAX_NUMBERS, _careful_model, loads_bif
from bayesdiag.formats.bif.quick import quick_model
from bayesdiag.model import FullTable
from tests.test_bif import GOOD

HEAD = """network cups { property version 1.0; }
variable a { type discrete [ 2 ] { x, y }; property position = (3, 4); }
variable b { type discrete [ 2 ] { 0, 1 }; }
variable c { type discrete [ 3 ] { low_1, mid, <5 }; }
probability ( a ) { table 0.25, 0.75; }
"""
B = "probability ( b | a ) { (x) 0.1, 0.9; (y) 0.4, 0.6; }\n"
C = """probability ( c | b, a ) {
  (0, x) 0.1, 0.2, 0.7; (1, x) 0.3, 0.3, 0.4; (0, y) 1.0, 0, 0.; (1, y) 1e-3, 0.999, 0;
}
"""
USUAL = {
    "plain": HEAD + B + C,
    "odd spacing": (HEAD + B + C).replace(" property position = (3, 4);", "").replace("version 1.0", "1.0").replace(" ", "\t\n ").replace("property\t\n", "property"),
    "one line": (HEAD + B + C).replace("\n", " "),
    "no commas": (HEAD + B + C).replace(", ", " "),
    "line ends": (HEAD + B + C).replace("\n", "\r\n"),
    "comments": "// one { more\n" + (HEAD + B + C).replace("};", "}/* three\n lines\n */; // two\n"),
    "rows in another order": HEAD + B.replace("(x) 0.1, 0.9; (y) 0.4, 0.6;", "(y) 0.4, 0.6; (x) 0.1, 0.9;") + C,
    "blocks in another order": HEAD.replace("variable b", C + "variable b") + B,
    "table under parents": HEAD + "probability ( b | a ) { table 0.1, 0.4, 0.9, 0.6; }" + C,
    "rounded": HEAD + B.replace("0.9", "0.8999") + C.replace("0.7", "0.701"),
    "no ASCII": (HEAD + B + C).replace("mid", "mittelgroß").replace("cups", "杯"),
}  # fmt: skip
UNUSUAL = {
    "quotes": GOOD,
    "quoted name": (HEAD + B + C).replace("x", '"x"'),
    "default": HEAD + B.replace("(y)", "default") + C,
    "property on two lines": (HEAD + B + C).replace("version 1.0", "version\n1.0"),
    "property in a table": HEAD + B.replace("(x)", "property p; (x)") + C,
}
WRONG = {
    "number with a line": B.replace("0.1", "0_0.1"),
    "digits of another script": B.replace("0.1", "0.١"),
    "nan": B.replace("0.1", "nan"),
    "below 0": B.replace("0.1, 0.9", "-0.1, 1.1"),
    "rounded above 1": B.replace("0.1, 0.9", "0, 1.001"),
    "sum": B.replace("0.1", "0.2"),
    "row twice": B.replace("(y)", "(x)"),
    "number in another row": B.replace("0.9; (y)", "; 0.9 (y)"),
    "state of no parent": B.replace("(y)", "(z)"),
    "parent twice": B.replace("| a", "| a, a").replace("(x)", "(x, x)").replace("(y)", "(y, y)"),
    "its own parent": B.replace("| a", "| b").replace("(x)", "(0)").replace("(y)", "(1)"),
    "block twice": B + B,
    "no block": "",
    "empty": B[: B.index("{")] + "{ }",
    "table without numbers": B[: B.index("{")] + "{ table; }",
    "row of no parent": B.replace("| a", "").replace("(x) 0.1, 0.9; (y)", "( )"),
    "words after the last row": B.replace("0.6;", "0.6; 0.1"),
    "words before a row": B.replace("(y)", "row (y)"),
    "comment not closed": B + "/* ",
    "words at the end": B + "end",
}


@pytest.mark.parametrize("text", USUAL.values(), ids=USUAL)
def test_a_usual_text_is_read_as_the_careful_reader_reads_it(text: str) -> None:
    model = quick_model(text, MAX_NUMBERS)
    assert model is not None
    assert model == _careful_model(text, "a.bif")


@pytest.mark.parametrize("text", UNUSUAL.values(), ids=UNUSUAL)
def test_an_unusual_text_is_left_to_the_careful_reader(text: str) -> None:
    assert quick_model(text, MAX_NUMBERS) is None
    assert loads_bif(text) == _careful_model(text, "a.bif")


@pytest.mark.parametrize("block", WRONG.values(), ids=WRONG)
def test_a_wrong_text_is_never_read(block: str) -> None:
    assert quick_model(HEAD + B + C, MAX_NUMBERS) is not None
    assert quick_model(HEAD + block + C, MAX_NUMBERS) is None


def test_rows_stand_in_the_order_of_the_parents_states() -> None:
    model = quick_model(HEAD + B + C, MAX_NUMBERS)
    assert model is not None
    rows = (0.1, 0.2, 0.7), (1.0, 0.0, 0.0), (0.3, 0.3, 0.4), (0.001, 0.999, 0.0)
    assert model.variable_of["c"].cpt == FullTable(("b", "a"), tuple(p for row in rows for p in row))


def test_more_numbers_than_asked_for_are_left() -> None:
    assert quick_model(HEAD + B + C, 18) is not None
    assert quick_model(HEAD + B + C, 17) is None


@pytest.mark.parametrize("name", ["asia", "alarm", "child", "hailfinder", "win95pts", "munin1"])
def test_known_networks_take_the_fast_path_to_the_same_model(name: str) -> None:
    found = find_spec("pgmpy")
    if found is None or not found.submodule_search_locations:
        pytest.skip("pgmpy, whose wheel holds the networks, is not installed")
    folder = Path(found.submodule_search_locations[0], "utils", "example_models")
    text = gzip.decompress((folder / f"{name}.bif.gz").read_bytes()).decode()
    model = quick_model(text, MAX_NUMBERS)
    assert model is not None
    assert model == _careful_model(text, name)
