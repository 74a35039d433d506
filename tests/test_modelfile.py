"""Whatever a person may get wrong in a model file: the whole report is read, and what is right comes back."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bayesdiag.errors import InvalidModel, ModelFileError
from bayesdiag.model import FullTable, Model, Prior, State, Variable
from bayesdiag.modelfile import digest, dumps, load, load_cases, loads, model_path, models_folder, save
from tests import networks

HERE = Path(__file__).parent
SMALL = (HERE / "small.yaml").read_text(encoding="utf-8")
FILE = "ticket.yaml"


def broken(*edits: tuple[str, str]) -> str:
    """The small model with some of its text replaced; each old text stands there once."""
    text = SMALL
    for old, new in edits:
        assert text.count(old) == 1, f"{text.count(old)} times: {old}"
        text = text.replace(old, new)
    return text


def report(text: str) -> str:
    with pytest.raises(ModelFileError) as caught:
        loads(text, FILE)
    return str(caught.value)


def told_faults() -> list[tuple[str, list[tuple[str, str]], str]]:
    """What `text/model_faults.txt` tells: name, edits of the small model, report."""
    found = []
    for part in (HERE / "text" / "model_faults.txt").read_text(encoding="utf-8").split("\n## ")[1:]:
        name, *lines = re.sub(r"\n+(# .*\n*)?\Z", "", part).split("\n")
        groups: list[tuple[str, list[str]]] = []
        for line in lines:
            sign = line[:1] if line[:2] in {"- ", "+ "} else ""
            if not groups or groups[-1][0] != sign:
                groups.append((sign, []))
            groups[-1][1].append(line[2:] if sign else line)
        blocks = ["\n".join(block) for _, block in groups]
        edits = list(zip(blocks[:-1:2], blocks[1:-1:2], strict=True))
        found.append((name, edits, blocks[-1]))
    return found


TOLD = told_faults()


@pytest.mark.parametrize(("edits", "expected"), [told[1:] for told in TOLD], ids=[told[0] for told in TOLD])
def test_every_fault_is_told_with_its_place_and_what_is_allowed(
    edits: list[tuple[str, str]], expected: str
) -> None:
    assert report(broken(*edits)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1: the file is empty.\n    A model file begins with `format: 1`."),
        ("# nothing yet\n\n", "1: the file is empty.\n    A model file begins with `format: 1`."),
        ("---\n", "2: nothing stands here.\n    Expected fields, as in `name: value`."),
        ("null\n", "1: nothing stands here.\n    Expected fields, as in `name: value`."),
        ("# a list\n- a\n- b\n", "2: a list of 2 stands here.\n    Expected fields, as in `name: value`."),
        ("hello\n", '1: the text "hello" stands here.\n    Expected fields, as in `name: value`.'),
        ("42\n", "1: the number 42 stands here.\n    Expected fields, as in `name: value`."),
        (
            "format: 1\nname: m\n",
            "1: variables: there are none.\n    A model needs at least one variable.",
        ),
        (
            "format: 1\nname: 卡\x07\n",
            "2: the control character U+0007 stands here.\n    Remove it; only printable text is allowed.",
        ),
        (
            "format: 1\nname: \ud800\n",
            "2: the control character U+D800 stands here.\n    Remove it; only printable text is allowed.",
        ),
        (
            "format: 1\nname: " + "[" * 5000 + "]" * 5000 + "\n",
            "2: this is not YAML: exceeded maximum nesting depth.\n"
            "    Check indentation, quotes and colons, here and above: perhaps a quote is not closed.",
        ),
    ],
)
def test_what_is_no_model_at_all_is_told_in_one_fault(text: str, expected: str) -> None:
    assert report(text) == f"{FILE}:{expected}\n1 fault; the model was not loaded."


def test_a_bomb_of_aliases_stays_small() -> None:
    layers = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    layers += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 40)]
    told = report("format: 1\nname: bomb\n" + "\n".join(layers))
    assert told.count("an anchor or alias") == 1 + 39 * 10
    assert told.endswith("\n391 faults; the model was not loaded.")


@pytest.mark.parametrize("digits", ["9" * 400, "9" * 5000, "-" + "9" * 5000])
def test_an_endless_number_is_no_finite_one(digits: str) -> None:
    told = report(broken(("      minutes: 0.2", f"      minutes: {digits}")))
    assert told == (
        f"{FILE}:40: contexts.site.question.minutes: the number {digits[:39]}… stands here.\n"
        "    Expected a finite number.\n1 fault; the model was not loaded."
    )


def test_a_table_over_too_many_states_is_refused_at_once() -> None:
    names = [f"v{i}" for i in range(20)]
    parents = "\n".join(f"  {name}: {{states: [a, b, c], prior: [0.2, 0.3, 0.5]}}" for name in names)
    rows = ", ".join(f"{name}: a" for name in names)
    text = f"format: 1\nname: wide\nvariables:\n{parents}\n  child:\n    states: [a, b]\n    table:\n"
    told = report(f"{text}    - {{when: {{{rows}}}, p: [0.5, 0.5]}}\n    - {{p: [0.1, 0.9]}}\n")
    assert told == (
        f"{FILE}:26: variables.child.table: 20 variables with 3,486,784,401 combinations of states are asked about.\n"
        "    At most 100,000 are allowed; links need no combinations.\n1 fault; the model was not loaded."
    )


def test_words_that_yaml_once_read_as_truth_values_are_words() -> None:
    text = broken(
        ("states: [workday, holiday]", "states: [yes, no]"), ("{weekday: holiday}", "{weekday: no}")
    )
    assert loads(text).variable_of["weekday"].state_ids == ("yes", "no")
    for word in ("on", "off", "y", "n", "Yes", "NO", "0x10", "1_000", "12:30", "2024-01-01", "１２"):
        assert loads(broken(("currency: EUR", f"currency: {word}"))).currency == word


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("format: 1\n", "%YAML 1.2\n---\nformat: 1\n"),
        ("# A small model", "\ufeff# A small model"),
        ("note: Numbers are invented.", "note: |-\n  Numbers are invented."),
        ("note: Numbers are invented.", "note: >-\n  Numbers\n  are invented."),
        ("format: 1\n", "format: 1.0\n"),
        ("contacts: maker\n", "contacts: [maker]\n"),
        ("    prior: [0.95, 0.05]\n", "    prior: [95e-2, .05]\n"),
        ("version: 1.2.0", "version: '1.2.0' # quoted"),
        ("faq_order:\n", "faq_order:\r\n"),
        ("    noisy_or:\n      leak", "    noisy_max:\n      leak"),
    ],
)
def test_other_ways_to_write_the_same_model_are_read_alike(old: str, new: str) -> None:
    assert loads(broken((old, new))) == loads(SMALL)


def test_a_source_may_be_told_freely_beside_what_it_cites() -> None:
    told = "'S1, S2: read off 300 machines; PAX-S300, SIM and S-curve are no citations'"
    assert (
        loads(broken(("source: S1 S2", f"source: {told}"))).variable_of["battery"].weight.source == told[1:-1]
    )


def test_a_fault_without_a_file_has_its_line() -> None:
    with pytest.raises(ModelFileError, match=r"^7: curency: no field has this name\."):
        loads(broken(("currency: EUR", "curency: EUR")))


@pytest.mark.parametrize("model", [load("pos_card"), loads(SMALL)], ids=["pos_card", "small"])
def test_what_is_written_reads_as_the_same_model(model: Model, tmp_path: Path) -> None:
    assert loads(dumps(model)) == model
    assert dumps(loads(dumps(model))) == dumps(model)
    save(model, tmp_path / "model.yaml")
    assert load(tmp_path / "model.yaml") == model
    assert load(str(tmp_path / "model.yaml")) == model


NASTY = [
    "", " ", "yes", "null", "~", "true", "1", "-1.5e3", ".inf", "a: b", "a #b", "- a", "? a", "&a", "*a", "!a", "%a",
    "@a", "`a`", "'a'", '"a"', "[a]", "{a}", "a, b", "<<", "=", "|", ">", "---", "...", "line\nline", " a ", "\ta",
    "卡：坏了", "😀", "a\\b", "x" * 300, "e\u0301", "\u2028", "\u0085", "\u00a0",
]  # fmt: skip


@pytest.mark.parametrize("word", NASTY)
def test_any_text_is_written_so_that_it_comes_back(word: str) -> None:
    model = Model(
        "m",
        (Variable("v", "plain", (State("a"), State(word + "1"), State("2" + word)), Prior((0.2, 0.3, 0.5))),),
        note=word,
        currency=word,
    )
    assert loads(dumps(model)) == model


@pytest.mark.parametrize("name", [word for word in NASTY if word.strip()])
def test_any_name_is_written_so_that_it_comes_back(name: str) -> None:
    parent = Variable(name, "plain", (State(name), State("other")), Prior((0.25, 0.75)))
    child = Variable("child", "plain", (State("a"), State("b")), FullTable((name,), (0.1, 0.9, 1 / 3, 2 / 3)))
    model = Model("m", (parent, child))
    assert loads(dumps(model)) == model


# Those with roles have no texts, which a file with roles must have.
WITHOUT_ROLES = [make for make in networks.SMALL if not make().is_diagnostic]


@pytest.mark.parametrize("make", WITHOUT_ROLES, ids=lambda make: make.__name__)
def test_a_network_without_roles_comes_back(make: Callable[[], Model]) -> None:
    model = make()
    assert loads(dumps(model)) == model


def test_a_missing_file_names_the_nearest_bundled_model() -> None:
    with pytest.raises(ModelFileError) as caught:
        load("pos_cart")
    assert str(caught.value) == (
        "pos_cart: there is no such file.\n"
        '    Give a file. Did you mean "pos_card"? Known bundled models: pos_card.\n'
        "1 fault; the model was not loaded."
    )


@pytest.mark.parametrize("name", ["x" * 5000, SMALL, "a\0b", "missing/model.yaml"])
def test_what_can_be_no_file_is_no_file(name: str) -> None:
    with pytest.raises(ModelFileError, match="there is no such file"):
        load(name)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError) as caught:
        load(tmp_path)
    assert (
        str(caught.value)
        == f"{tmp_path}: this is a folder.\n    Give a file.\n1 fault; the model was not loaded."
    )


def test_other_encodings_are_refused_with_the_place(tmp_path: Path) -> None:
    path = tmp_path / "gbk.yaml"
    path.write_bytes(SMALL.encode("gbk"))
    line = 1 + SMALL[: SMALL.index("售")].count("\n")
    with pytest.raises(ModelFileError) as caught:
        load(path)
    assert str(caught.value) == (
        f"{path}:{line}: this is not UTF-8.\n    Save the file as UTF-8.\n1 fault; the model was not loaded."
    )


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    path = tmp_path / "windows.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())
    assert load(path) == loads(SMALL)
    path.write_bytes(broken(("currency: EUR", "curency: EUR")).replace("\n", "\r\n").encode())
    with pytest.raises(ModelFileError, match=rf"^{re.escape(str(path))}:7: curency"):
        load(path)


def test_a_file_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(20_000_001)
    with pytest.raises(ModelFileError) as caught:
        load(path)
    assert str(caught.value) == (
        f"{path}: 20,000,001 bytes.\n    At most 20,000,000 are read.\n1 fault; the model was not loaded."
    )


def test_an_unreadable_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "locked.yaml"
    path.write_text(SMALL, encoding="utf-8")

    def refuse(*_: object, **__: object) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(ModelFileError) as caught:
        load(path)
    assert str(caught.value) == (
        f"{path}: the file cannot be read (Permission denied).\n    Check its name and permissions.\n"
        "1 fault; the model was not loaded."
    )


def test_a_bundled_model_has_a_place_and_a_fingerprint() -> None:
    assert model_path("pos_card") == models_folder() / "pos_card.yaml"
    assert re.fullmatch("sha256:[0-9a-f]{64}", digest(model_path("pos_card")))


def test_a_model_built_in_python_speaks_of_its_own_places() -> None:
    coin = Variable("coin", "plain", (State("head"), State("tail")), Prior((0.5, 0.6)))
    with pytest.raises(InvalidModel) as caught:
        Model("m", (coin,))
    assert str(caught.value) == (
        "variables.coin.prior: the row sums to 1.1.\n    The probabilities of all states must sum to 1.\n"
        "1 fault; the model was not built."
    )
    with pytest.raises(InvalidModel) as caught:
        Model("m", (coin, coin))
    assert str(caught.value) == (
        "variables.coin: this name is used twice.\n    Give each its own name.\n1 fault; the model was not built."
    )


CASES = """\
cases:
  K1:
    kind: single
    text: {zh: 黑屏, en: The screen is black}
    findings: {screen: black, site: hall}
    expected_first: [battery=flat]
    also: [battery=low]
    next_question: [lamp]
    contact: [office]
    repair: [charge]
    why: No power.
    trap: The lamp may be broken.
    source: invented
  K2:
    kind: sparse
    text: {zh: 不出票, en: No ticket}
    findings: {}
    source: invented
"""


def test_golden_cases_are_read() -> None:
    first, second = load_cases("t.cases.yaml", CASES, loads(SMALL))
    assert (first.id, first.kind, first.findings) == ("K1", "single", {"screen": "black", "site": "hall"})
    assert (first.expected_first, first.also) == ((("battery", "flat"),), (("battery", "low"),))
    assert (first.next_question, first.contact, first.repair) == (("lamp",), ("office",), ("charge",))
    assert (second.id, second.findings, second.expected_first) == ("K2", {}, ())


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("kind: single", "kind: singel", '3: cases.K1.kind: "singel" is no kind.\n    Did you mean "single"? Known kinds: single, multi, adversarial, contradictory, uncertain, sparse.'),
        ("screen: black", "scren: black", '5: cases.K1.findings.scren: no variable has this name.\n    Did you mean "screen"? Known variables: site, battery, roller, power, feed, outcome, screen, lamp, second_try, weekday, queue.'),
        ("screen: black", "screen: blak", '5: cases.K1.findings.screen: "blak" is not one of its states.\n    Did you mean "black"? Known states of screen: ready, error, black.'),
        ("screen: black", "screen: true", '5: cases.K1.findings.screen: the truth value true stands here.\n    Expected a text. Quote it if it is one: "true".'),
        ("[battery=flat]", "[battery=flt]", '6: cases.K1.expected_first.0: "flt" is not one of its states.\n    Did you mean "flat"? Known states of battery: ok, low, flat.'),
        ("[battery=flat]", "battery=flt", '6: cases.K1.expected_first: "flt" is not one of its states.\n    Did you mean "flat"? Known states of battery: ok, low, flat.'),
        ("[battery=flat]", "[battery]", '6: cases.K1.expected_first.0: "battery" is no finding.\n    Write variable=state.'),
        ("[battery=flat]", "[screen=black]", "6: cases.K1.expected_first.0: screen is not a cause.\n    Known causes: battery, roller."),
        ("[battery=flat]", "[batery=flat]", '6: cases.K1.expected_first.0: "batery" is not one of the causes.\n    Did you mean "battery"? Known causes: battery, roller.'),
        ("[battery=flat]", "[]", "6: cases.K1.expected_first: an empty list stands here.\n    Expected at least one cause=state."),
        ("    expected_first: [battery=flat]\n", "", '2: cases.K1: the field "expected_first" is missing.\n    Expected at least one cause=state.'),
        ("[battery=low]", "[battery=lo]", '7: cases.K1.also.0: "lo" is not one of its states.\n    Did you mean "low"? Known states of battery: ok, low, flat.'),
        ("[lamp]", "[lmp]", '8: cases.K1.next_question.0: "lmp" is not one of the questions.\n    Did you mean "lamp"? Known questions: site, screen, lamp, second_try.'),
        ("[office]", "[ofice]", '9: cases.K1.contact.0: "ofice" is not one of the contacts.\n    Did you mean "office"? Known contacts: office, maker.'),
        ("[charge]", "[chrge]", '10: cases.K1.repair.0: "chrge" is not one of the repairs.\n    Did you mean "charge"? Known repairs: charge, new_roller, use_other_machine, dust_weekly.'),
        ("trap:", "trick:", '12: cases.K1.trick: no field has this name.\n    Known fields: kind, text, findings, expected_first, also, next_question, contact, repair, why, trap, source, earlier.'),
        ("    findings: {screen: black, site: hall}\n", "", '2: cases.K1: the field "findings" is missing.\n    Expected a mapping: variable → state.'),
        ("  K2:", "  K1:", '14: cases.K1: "K1" is written twice, first in line 2.\n    Keep one of them.'),
        ("cases:", "case:", '1: the field "cases" is missing.\n    Expected a mapping: name → case.\nt.cases.yaml:1: case: no field has this name.\n    Did you mean "cases"? Known fields: cases.'),
        (CASES, "", "1: the file is empty."),
        (CASES, "cases: [", "1: this is not YAML"),
        (CASES, "- K1\n", "1: a list of 1 stands here.\n    Expected fields, as in `name: value`."),
    ],
)  # fmt: skip
def test_faults_of_golden_cases_are_told(old: str, new: str, expected: str) -> None:
    with pytest.raises(ModelFileError) as caught:
        load_cases("t.cases.yaml", CASES.replace(old, new, 1), loads(SMALL))
    told = str(caught.value)
    assert told.startswith(f"t.cases.yaml:{expected}")
    assert re.search(r"\n[12] faults?; the cases were not loaded\.\Z", told)


def test_faults_of_golden_cases_come_in_the_order_of_the_file() -> None:
    text = (
        CASES.replace("[lamp]", "[lmp]").replace("kind: sparse", "kind: spars").replace("[office]", "[ofice]")
    )
    with pytest.raises(ModelFileError) as caught:
        load_cases("t.cases.yaml", text, loads(SMALL))
    assert [(fault.line, fault.path[1]) for fault in caught.value.faults] == [
        (8, "K1"),
        (9, "K1"),
        (15, "K2"),
    ]
