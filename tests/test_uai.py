"""The UAI reader: networks and evidence, every fault told whole, and the command line on them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from math import log
from pathlib import Path

import numpy as np
import pytest

from bayesdiag import EvidenceError, Factors, Model, ModelFileError, compile_network, load_uai
from bayesdiag.cli import run
from bayesdiag.errors import Fault
from bayesdiag.formats import uai
from bayesdiag.formats.uai import load_evid, loads_uai, parts
from bayesdiag.formats.uai.evidence import loads_evid
from bayesdiag.model import FullTable, Prior
from tests.oracles_undirected import all_worlds, bucket_tree

MARKOV = """MARKOV
3
2 2 3
2
2 0 1
3 0 1 2

4
 4.000 2.400
 1.000 0.000

12
 2.2500 3.2500 3.7500
 0.0000 0.0000 1e1
 1.8750 4.0000 3.3330
 2.0000 2.0000 .34
"""
BAYES = """BAYES
3
2 2 3
3
1 0
2 0 1
2 1 2

2
 0.436 0.564

4
 0.128 0.872
 0.920 0.080

6
 0.210 0.333 0.457
 0.811 0.000 0.189
"""


def markov() -> Factors:
    found = loads_uai(MARKOV, "three.uai")
    assert isinstance(found, Factors)
    return found


def test_a_markov_file_becomes_factors() -> None:
    factors = markov()
    assert factors.name == "three"
    assert {v.id: v.state_ids for v in factors.variables} == {
        "v0": ("s0", "s1"),
        "v1": ("s0", "s1"),
        "v2": ("s0", "s1", "s2"),
    }
    assert [table.scope for table in factors.tables] == [("v0", "v1"), ("v0", "v1", "v2")]
    assert list(factors.tables[0].values) == [4, 2.4, 1, 0]
    assert list(factors.tables[1].values)[3:7] == [0, 0, 10, 1.875]


def test_a_bayes_file_becomes_a_model_of_plain_variables() -> None:
    model = loads_uai(BAYES)
    assert isinstance(model, Model)
    assert [variable.kind for variable in model.variables] == ["plain"] * 3
    assert model.variable_of["v0"].cpt == Prior((0.436, 0.564))
    assert model.variable_of["v2"].cpt == FullTable(("v1",), (0.21, 0.333, 0.457, 0.811, 0, 0.189))
    assert model.variable_of["v2"].state_ids == ("s0", "s1", "s2")


def test_line_breaks_and_comments_mean_nothing() -> None:
    for text in (MARKOV, BAYES):
        assert loads_uai(" ".join(text.split())) == loads_uai(text)
        assert loads_uai("\n\n".join(text.split())) == loads_uai(text)
        commented = text.replace("\n", "\n # a comment, 7 8 9\n")
        assert loads_uai(commented.replace("\n", "\r\n")) == loads_uai(text)


def test_tables_may_stand_in_any_order_and_be_constants() -> None:
    turned = loads_uai("BAYES 2  2 2  2  2 0 1  1 0   4 .1 .9 .2 .8  2 .3 .7")
    assert isinstance(turned, Model)
    assert turned.variable_of["v0"].cpt == Prior((0.3, 0.7))
    constant = loads_uai("MARKOV 1  2  2  0  1 0   1 2.5  2 1 3")
    assert isinstance(constant, Factors)
    assert [list(table.values) for table in constant.tables] == [[2.5], [1, 3]]


def test_rows_that_printing_rounded_sum_to_one() -> None:
    model = loads_uai("BAYES 2  3 2  2  1 0  1 1   3 0.333 0.333 0.333   2 1.0000005 0")
    assert isinstance(model, Model)
    assert model.variable_of["v0"].cpt == Prior((1 / 3, 1 / 3, 1 / 3))
    assert model.variable_of["v1"].cpt == Prior((1, 0))


@pytest.mark.parametrize("name", ["good.uai", "good.uai.gz", "GOOD.UAI.GZ"])
def test_files_may_be_packed(name: str, tmp_path: Path) -> None:
    raw = b"\xef\xbb\xbf" + MARKOV.encode()
    (tmp_path / name).write_bytes(gzip.compress(raw) if name.lower().endswith(".gz") else raw)
    assert (
        load_uai(tmp_path / name).variables == load_uai(str(tmp_path / name)).variables == markov().variables
    )


LONG = "x" * 50
FAULTY = {
    "nothing": (
        "",
        "t.uai:1: the end of the file where `MARKOV` or `BAYES` belongs.\n"
        "    A UAI file begins with one of these words, alone in its line.\n"
        "1 fault; the model was not loaded.",
    ),
    "another format": (
        f"\n{LONG}",
        f"t.uai:2: `{LONG[:40]}…` where `MARKOV` or `BAYES` belongs.\n"
        "    A UAI file begins with one of these words, alone in its line.\n"
        "1 fault; the model was not loaded.",
    ),
    "the first word alone": (
        "BAYES\n",
        "t.uai:1: the file ends where the number of variables belongs.\n"
        "    It is not whole, or a number before is wrong.\n"
        "1 fault; the model was not loaded.",
    ),
    "a count that is none": (
        "MARKOV\n2.5\n2 2\n",
        "t.uai:2: `2.5` where the number of variables belongs.\n"
        "    Write a whole number, 0 or more.\n"
        "1 fault; the model was not loaded.",
    ),
    "no variables": (
        "MARKOV\n0\n0\n",
        "t.uai:2: there are none.\n    A network needs at least one variable.\n1 fault; the model was not loaded.",
    ),
    "more variables than can be": (
        "MARKOV\n99999999999999999\n2 2\n",
        "t.uai:2: 99,999,999,999,999,999 is too large for the number of variables.\n"
        "    At most 1,000,000 can be read here.\n"
        "1 fault; the model was not loaded.",
    ),
    "a number of thousands of digits": (
        f"MARKOV\n{'9' * 5000}\n",
        f"t.uai:2: `{'9' * 40}…` where the number of variables belongs.\n"
        "    Write a whole number, 0 or more.\n"
        "1 fault; the model was not loaded.",
    ),
    "too few sizes": (
        "MARKOV\n700\n2 2\n3",
        "t.uai:4: the file ends, 697 sizes too early.\n"
        "    It is not whole, or a number before is wrong.\n"
        "1 fault; the model was not loaded.",
    ),
    "states without end": (
        "MARKOV\n2\n2 99999999\n1\n1 0\n2\n1 1\n",
        "t.uai:3: the variables have 100,000,001 states together.\n"
        "    At most 1,000,000 are read.\n"
        "1 fault; the model was not loaded.",
    ),
    "more tables than can be": (
        "MARKOV\n1\n2\n1000001\n",
        "t.uai:4: 1,000,001 is too large for the number of tables.\n"
        "    At most 1,000,000 can be read here.\n"
        "1 fault; the model was not loaded.",
    ),
    "a scope longer than the network": (
        "MARKOV\n2\n2 2\n1\n3 0 1 0\n8 1 1 1 1 1 1 1 1\n",
        "t.uai:5: table 0.scope: 3 is too large for the number of its variables.\n"
        "    At most 2 can be read here.\n"
        "1 fault; the model was not loaded.",
    ),
    "a scope that ends": (
        "MARKOV\n2\n2 2\n1\n2 0",
        "t.uai:5: table 0.scope: the file ends, 1 variable too early.\n"
        "    It is not whole, or a number before is wrong.\n"
        "1 fault; the model was not loaded.",
    ),
    "too large a table": (
        "MARKOV\n1\n2\n1\n1 0\n10000001 1 1\n",
        "t.uai:6: table 0: 10,000,001 is too large for the number of its numbers.\n"
        "    At most 10,000,000 can be read here.\n"
        "1 fault; the model was not loaded.",
    ),
    "a table that ends": (
        "MARKOV\n1\n2\n2\n1 0\n1 0\n2\n1 1\n2 0.5\n",
        "t.uai:9: table 1: the file ends, 1 number too early.\n"
        "    It is not whole, or a number before is wrong.\n"
        "1 fault; the model was not loaded.",
    ),
    "more behind the end": (
        "MARKOV\n1\n2\n1\n1 0\n2\n1 1\n2 0.5 0.5\n",
        "t.uai:8: `2` after the last table.\n"
        "    Remove what follows the last table, or correct the number of tables.\n"
        "1 fault; the model was not loaded.",
    ),
    "many at once": (
        "MARKOV\n4\n2 0 -3\n2\n6\n"
        "2 0 7\n2 0 0\n2 1 0\n1 0\n1 3\n2 0 3\n"
        "2 1 1\n2 1 1\n6 1 2 3\n 4 5 6\n3 1 1 1\n2 0 0\n"
        "4 -1 nan\n 1e999 0x1\n",
        "t.uai:3: variable 1: `0` is not a size.\n    Write how many states it has, 1 or more.\n"
        "t.uai:3: variable 2: `-3` is not a size.\n    Write how many states it has, 1 or more.\n"
        "t.uai:6: table 0.scope: `7` is not a variable.\n    Variables are counted from 0 to 3.\n"
        "t.uai:7: table 1.scope: variable 0 is named twice.\n    Name each variable once.\n"
        "t.uai:16: table 3: 3 numbers announced where 2 belong.\n"
        "    There is one for each combination of the states of its variables.\n"
        "t.uai:17: table 4: every number is 0.\n    A table needs at least one number above 0.\n"
        "t.uai:18: table 5.number 0: `-1` may not stand here.\n    Write a finite number, 0 or more.\n"
        "t.uai:18: table 5.number 1: `nan` may not stand here.\n    Write a finite number, 0 or more.\n"
        "t.uai:19: table 5.number 2: `1e999` may not stand here.\n    Write a finite number, 0 or more.\n"
        "t.uai:19: table 5: 1 more numbers may not stand here.\n    Write a finite number, 0 or more.\n"
        "10 faults; the model was not loaded.",
    ),
    "numbers only Python takes": (
        "MARKOV\n1\n4\n1\n1 0\n4 1_0 ١ 1.2.3\n #\n infinity",
        "t.uai:6: table 0.number 0: `1_0` may not stand here.\n    Write a finite number, 0 or more.\n"
        "t.uai:6: table 0.number 1: `١` may not stand here.\n    Write a finite number, 0 or more.\n"
        "t.uai:6: table 0.number 2: `1.2.3` may not stand here.\n    Write a finite number, 0 or more.\n"
        "t.uai:8: table 0: 1 more numbers may not stand here.\n    Write a finite number, 0 or more.\n"
        "4 faults; the model was not loaded.",
    ),
    "tables that are no probabilities": (
        "BAYES\n3\n2 2 2\n4\n1 0\n2 0 1\n0\n1 0\n2\n0.5 0.6\n4\n0.5 0.5\n1.2 0\n1\n1\n2\n0.5 0.5\n",
        "t.uai:7: table 2.scope: no variable.\n    In a BAYES file the last one is its variable.\n"
        "t.uai:8: table 3.scope: a second table of variable 0.\n"
        "    The first stands in line 5; the last of a scope is its variable.\n"
        "t.uai:10: table 0.numbers 0 to 1: they sum to 1.1.\n"
        "    The states of the last variable of the scope vary fastest and must sum to 1, within 0.01.\n"
        "t.uai:13: table 1.numbers 2 to 3: they sum to 1.2.\n"
        "    The states of the last variable of the scope vary fastest and must sum to 1, within 0.01.\n"
        "4 faults; the model was not loaded.",
    ),
    "variables without a table, rows without end": (
        "BAYES\n6\n2 2 2 2 2 1\n2\n4 0 1 2 3\n1 5\n16" + "\n 0.5 0.6" * 8 + "\n1\n0.5\n",
        "t.uai:4: no table of 4 variables: 0, 1, 2, ….\n"
        "    In a BAYES file each variable is the last of one scope.\n"
        + "".join(
            f"t.uai:{8 + row}: table 0.numbers {2 * row} to {2 * row + 1}: they sum to 1.1.\n"
            "    The states of the last variable of the scope vary fastest and must sum to 1, within 0.01.\n"
            for row in range(3)
        )
        + "t.uai:11: table 0: 5 more rows do not sum to 1.\n"
        "    The states of the last variable of the scope vary fastest and must sum to 1, within 0.01.\n"
        "t.uai:17: table 1.number 0: they sum to 0.5.\n"
        "    The states of the last variable of the scope vary fastest and must sum to 1, within 0.01.\n"
        "6 faults; the model was not loaded.",
    ),
    "scopes turned round": (
        "BAYES\n3\n2 2 2\n3\n1 0\n2 1 0\n2 2 0\n2\n.5 .5\n4\n.5 .4 .5 .6\n4\n.5 .4 .5 .6\n",
        "t.uai:4: each scope begins with its own variable.\n"
        "    The variable whose probabilities a table holds comes last, and its states vary fastest.\n"
        "1 fault; the model was not loaded.",
    ),
    "a cycle": (
        "BAYES\n3\n2 2 2\n3\n1 0\n2 2 1\n2 1 2\n2\n.5 .5\n4\n.5 .5 .5 .5\n4\n.5 .5 .5 .5\n",
        "t.uai:7: v2: a cycle: v2 → v1 → v2.\n"
        "    Remove one of these arrows.\n"
        "1 fault; the model was not loaded.",
    ),
}


@pytest.mark.parametrize("case", FAULTY)
def test_faults_are_told_whole(case: str) -> None:
    text, told = FAULTY[case]
    with pytest.raises(ModelFileError) as caught:
        loads_uai(text, "t.uai")
    assert str(caught.value) == told


def test_reading_ends_after_a_thousand_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MAX_FAULTS", 3)
    with pytest.raises(ModelFileError) as caught:
        loads_uai("MARKOV\n1\n2\n9\n" + "1 5\n" * 9 + "2 x x\n" * 9)
    assert [fault.line for fault in caught.value.faults] == [5, 6, 7, 8, 8]
    assert str(caught.value.faults[-1]) == (
        "<text>:8: more than 3 faults.\n    The rest of the file was not read."
    )


@pytest.mark.parametrize("text", [MARKOV, BAYES], ids=["markov", "bayes"])
def test_no_damage_makes_it_stumble(text: str) -> None:
    """Every prefix, every word left out, doubled or exchanged: a network, or faults in words."""
    words = text.split()
    damaged = [" ".join(words[:place]) for place in range(len(words))]
    for place, word in enumerate(words):
        others = ["", f"{word} {word}", "-1", "0", "7", "1e400", "nan", "#", "999999999"]
        damaged += [" ".join([*words[:place], other, *words[place + 1 :]]) for other in others]
    faults_of = [_faults_of(one) for one in damaged]
    assert sum(bool(faults) for faults in faults_of) > len(damaged) / 2
    assert all(fault.line >= 1 and fault.found for faults in faults_of for fault in faults)


def _faults_of(text: str) -> tuple[Fault, ...]:
    try:
        assert isinstance(loads_uai(text), Model | Factors)
    except ModelFileError as error:
        return error.faults
    return ()


def test_a_large_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uai, "MAX_BYTES", 2000)
    path = tmp_path / "large.uai.gz"
    path.write_bytes(gzip.compress(bytes(2001)))
    with pytest.raises(ModelFileError, match=r"more than 2,000 bytes.\n    A larger file is not read."):
        load_uai(path)


# ── evidence ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "sets"),
    [
        ("0\n", [{}]),
        ("2 1 0 2 1", [{"v1": "s0", "v2": "s1"}]),
        ("1\n1 0\n\n", [{"v1": "s0"}]),
        ("2\n1 0\n2 1\n", [{"v1": "s0", "v2": "s1"}]),
        ("1\n2 1 0 2 1\n", [{"v1": "s0", "v2": "s1"}]),
        ("1 2 1 0 2 1\n", [{"v1": "s0", "v2": "s1"}]),
        ("1\n0\n", [{}]),
        ("3\n1 0 1\n0\n2 1 1 2 2\n", [{"v0": "s1"}, {}, {"v1": "s1", "v2": "s2"}]),
        # Read as one set this would have the right number of numbers, too.
        ("2\n1 0 1\n0\n", [{"v0": "s1"}, {}]),
    ],
)
def test_both_layouts_of_evidence_are_read(text: str, sets: list[dict[str, str]]) -> None:
    assert list(loads_evid(text, markov())) == sets


LAYOUTS = "Write N, then N times a variable and its state; or the number of sets, then such a line for each."


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", f"e.evid:1: no numbers.\n    {LAYOUTS}\n1 fault"),
        ("0\n2 0\n", f"e.evid:1: 0 announced, 2 numbers follow.\n    {LAYOUTS}\n1 fault"),
        ("\n2 1 0\n", f"e.evid:2: 2 announced, 2 numbers follow.\n    {LAYOUTS}\n1 fault"),
        ("999999999 1 0\n", f"e.evid:1: 999999999 announced, 2 numbers follow.\n    {LAYOUTS}\n1 fault"),
        (
            "1\nv1 0.5\n",
            f"e.evid:2: `v1` is not a whole number.\n    {LAYOUTS}\n"
            f"e.evid:2: `0.5` is not a whole number.\n    {LAYOUTS}\n2 faults",
        ),
        (
            "2\n3 0 0 3 0 1 2\n2 2 1\n 2\n",
            f"e.evid:1: 2 announced, 11 numbers follow.\n    {LAYOUTS}\n1 fault",
        ),
        (
            "2\n3 0 0 3 0 1 2\n2 2 1 2 0\n",
            "e.evid:2: there is no variable 3.\n    Variables are counted from 0 to 2.\n"
            "e.evid:2: variable 1: it has no state 2.\n    Its states are counted from 0 to 1.\n"
            "e.evid:3: variable 2: it is observed twice.\n    Name it once.\n3 faults",
        ),
    ],
)
def test_faults_of_evidence_are_told_whole(text: str, told: str) -> None:
    with pytest.raises(EvidenceError) as caught:
        loads_evid(text, markov(), "e.evid")
    assert str(caught.value) == f"{told}; nothing was computed."


def test_evidence_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="the file cannot be read"):
        load_evid(tmp_path / "no.evid", markov())


# ── from a file to beliefs ───────────────────────────────────────────────────────────────────

Bayesdiag = Callable[..., tuple[int, str, str]]


@pytest.fixture
def bayesdiag(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Bayesdiag:
    """The command line in a folder with two networks and some evidence."""
    monkeypatch.chdir(tmp_path)
    files = {"m.uai": MARKOV, "b.uai": BAYES, "bad.uai": "MARKOV\n1\n2\n1\n1 0\n2 1 -1\n"}
    files |= {"one.evid": "1 2 1\n", "two.evid": "2\n1 0 1\n0\n", "bad.evid": "1 9 9\n"}
    for name, text in files.items():
        Path(name).write_text(text, encoding="utf-8")

    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(list(arguments))
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


def test_the_oracle_sums_over_all_worlds() -> None:
    for findings in ({}, {"v2": "s1"}, {"v0": "s1", "v2": "s2"}):
        exact, found = all_worlds(markov(), findings), bucket_tree(markov(), findings)
        assert found.log_z == pytest.approx(exact.log_z, abs=1e-12)
        for name, belief in exact.beliefs.items():
            assert found.beliefs[name] == pytest.approx(belief, abs=1e-12)


def test_the_command_line_reads_a_bayes_file_and_its_evidence(bayesdiag: Bayesdiag) -> None:
    code, out, _ = bayesdiag("posterior", "b.uai", "--evidence", "one.evid", "--json")
    assert code == 0
    document = json.loads(out)
    p_v1 = np.array([0.436 * 0.128 + 0.564 * 0.92, 0.436 * 0.872 + 0.564 * 0.08])
    seen = p_v1 * [0.333, 0.0]
    assert document["log_evidence"] == pytest.approx(log(seen.sum()))
    assert document["posterior"]["v1"] == {"s0": 1.0, "s1": 0.0}
    p_v0 = 0.436 * 0.128 / (0.436 * 0.128 + 0.564 * 0.92)
    assert document["posterior"]["v0"]["s0"] == pytest.approx(p_v0)


def test_the_command_line_refuses_in_words(bayesdiag: Bayesdiag) -> None:
    assert bayesdiag("posterior", "bad.uai") == (
        2,
        "",
        "bad.uai:6: table 0.number 1: `-1` may not stand here.\n"
        "    Write a finite number, 0 or more.\n1 fault; the model was not loaded.\n",
    )
    assert bayesdiag("posterior", "m.uai", "--evidence", "bad.evid") == (
        2,
        "",
        "bad.evid:1: there is no variable 9.\n"
        "    Variables are counted from 0 to 2.\n1 fault; nothing was computed.\n",
    )
    assert bayesdiag("posterior", "m.uai", "--evidence", "two.evid") == (
        2,
        "",
        "two.evid: 2 sets of evidence.\n"
        "    Leave one in the file: one case is answered at a time.\n1 fault; nothing was computed.\n",
    )
    for command in ("diagnose", "check", "ask"):
        assert bayesdiag(command, "m.uai") == (
            2,
            "",
            "m.uai: this network has no arrows, so no causes and effects.\n"
            "    It is read by: bayesdiag posterior.\n1 fault; the model was not built.\n",
        )


@pytest.mark.parametrize(
    "findings", [{}, {"v2": "s1"}, {"v0": "s1", "v2": "s2"}], ids=["nothing", "one", "two"]
)
def test_engine_beliefs_of_factors_equal_the_sum_over_all_worlds(findings: dict[str, str]) -> None:
    factors = markov()
    exact, nothing = all_worlds(factors, findings), all_worlds(factors, {})
    posterior = compile_network(factors).posterior(findings)
    assert posterior.log_evidence[0] == pytest.approx(exact.log_z - nothing.log_z, abs=1e-12)
    for name, belief in exact.beliefs.items():
        assert posterior.of(name)[0] == pytest.approx(belief, abs=1e-12)


def test_engine_says_that_evidence_of_factors_is_impossible() -> None:
    network = compile_network(markov())
    posterior = network.posterior([{"v0": "s1", "v1": "s1"}, {"v0": "s1"}])
    assert posterior.log_evidence[0] == -np.inf
    assert np.isfinite(posterior.log_evidence[1])


def test_engine_answers_the_command_line_on_a_markov_file(bayesdiag: Bayesdiag) -> None:
    code, out, _ = bayesdiag("posterior", "m.uai", "--evidence", "one.evid", "--json")
    assert code == 0
    document = json.loads(out)
    exact, nothing = all_worlds(markov(), {"v2": "s1"}), all_worlds(markov(), {})
    assert document["log_evidence"] == pytest.approx(exact.log_z - nothing.log_z)
    for name, belief in exact.beliefs.items():
        assert list(document["posterior"][name].values()) == pytest.approx(list(belief))
