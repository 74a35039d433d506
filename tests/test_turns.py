"""When questions are asked: mandatory ones first, never, not now, and not known; in the file and in a case."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesdiag.case import Evidence
from bayesdiag.cli import run
from bayesdiag.diagnosis import Asking, diagnose
from bayesdiag.diagnosis.about import valued_about, worth_asking_about
from bayesdiag.diagnosis.ask import LEAST_VALUE, worth_asking
from bayesdiag.diagnosis.decide import decided
from bayesdiag.diagnosis.pairs import valued_pairs
from bayesdiag.diagnosis.steps import open_questions
from bayesdiag.difference import differences
from bayesdiag.engine.network import compile_network
from bayesdiag.errors import EvidenceError, InvalidModel, ModelFileError
from bayesdiag.model import ASKED, Asked, Model
from bayesdiag.modelfile import load, loads
from bayesdiag.modelfile.write import dumps
from bayesdiag.simulate.menu import menu_of
from bayesdiag.ui.sheet import Sheet, query_of, sheet_of
from tests import oracles_diagnosis as oracle
from tests.strategies import diagnostic_models, evidences
from tests.test_asking import TILL, say
from tests.test_properties import QUICK, close

Bayesdiag = Callable[..., tuple[int, str, str]]


@pytest.fixture
def bayesdiag(capsys: pytest.CaptureFixture[str]) -> Bayesdiag:
    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(list(arguments))
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


WAYS = st.sampled_from(("ranked", *ASKED))


def marked(model: Model, asked: dict[str, Asked]) -> Model:
    """The same model with some questions asked otherwise."""
    variables = [
        replace(one, question=replace(one.question, asked=asked[one.id]))
        if one.question is not None and one.id in asked
        else one
        for one in model.variables
    ]
    return replace(model, variables=tuple(variables))


def askable(model: Model) -> list[str]:
    return [one.id for one in model.variables if one.question is not None]


@st.composite
def wishes(draw: st.DrawFn, model: Model) -> Asking:
    """Anything that may be wished of the questions of one case."""
    some = st.lists(st.sampled_from(askable(model)), unique=True, max_size=3)
    mandatory = draw(some)
    never = [name for name in draw(some) if name not in mandatory]
    return {"skipped": draw(some), "dont_know": draw(some), "mandatory": mandatory, "never": never}


def way(model: Model, name: str, asking: Asking) -> str:
    """When a question is asked, by the words of the documents."""
    question = model.variable_of[name].question
    assert question is not None
    if name in asking["dont_know"] or name in asking["never"]:
        return "never"
    return "mandatory" if name in asking["mandatory"] else question.asked


@QUICK
@given(st.data())
def test_the_line_is_mandatory_ranked_put_off_and_values_are_as_ever(data: st.DataObject) -> None:
    plain = data.draw(diagnostic_models().filter(askable))
    model = marked(plain, {name: data.draw(WAYS) for name in askable(plain)})
    evidence, asking = data.draw(evidences(model)), data.draw(wishes(model))
    found = diagnose(compile_network(model), evidence, doubt="none", **asking)
    if found.is_impossible:
        return
    cases = oracle.cases(model, evidence.findings)
    could = {one.id for one in open_questions(plain, evidence)}
    left = [name for name in askable(model) if name in could and way(model, name, asking) != "never"]
    assert {one.id for one in found.questions} == set(left)
    line = [one.id for one in found.questions]
    first = [n for n in left if way(model, n, asking) == "mandatory" and n not in asking["skipped"]]
    last = [name for name in asking["skipped"] if name in left]
    assert line[: len(first)] == first  # in the order of the file
    assert line[len(line) - len(last) :] == last  # in the order they were put off
    scores = [one.score for one in found.questions[len(first) : len(line) - len(last)]]
    assert scores == sorted(scores, reverse=True)
    for one in found.questions:
        assert one.value == close(oracle.information(model, cases, one.id))
        assert one.is_mandatory == (way(model, one.id, asking) == "mandatory")
        assert one.is_skipped == (one.id in last)


@QUICK
@given(st.data())
def test_what_is_never_asked_is_suggested_nowhere_and_counts_when_seen(data: st.DataObject) -> None:
    plain = data.draw(diagnostic_models().filter(askable))
    hidden = data.draw(st.lists(st.sampled_from(askable(plain)), unique=True, min_size=1, max_size=3))
    model = marked(plain, dict.fromkeys(hidden, "never"))
    network, evidence = compile_network(model), data.draw(evidences(model))
    found = diagnose(network, evidence, doubt="none")
    as_ever = diagnose(compile_network(plain), evidence, doubt="none")
    assert found.is_impossible == as_ever.is_impossible
    if found.is_impossible:
        return
    # Marks of questions are no numbers: nothing that is believed moves.
    before = {(one.id, one.state): one.responsibility for one in as_ever.causes}
    assert {(one.id, one.state): one.responsibility for one in found.causes} == close(before)
    told = {one.id for one in found.questions}
    told |= {name for pair in valued_pairs(network, evidence) for name in pair.ids}
    told |= {one.id for one in decided(network, evidence, hand_over=50.0).questions}
    if found.causes:
        told |= {one.id for one in valued_about(network, evidence, [found.causes[0].id]).questions}
    assert not told & set(hidden)


def test_no_policy_asks_what_is_never_asked() -> None:
    model = load("pos_card")
    asked = [one.id for one in menu_of(model).questions]
    without = menu_of(marked(model, dict.fromkeys(asked[:2], "never")))
    assert [one.id for one in without.questions] == asked[2:]


def test_a_mandatory_question_is_asked_before_any_stop_rule() -> None:
    """The cable is as good as certain, and what the screen shows tells next to nothing more."""
    model = load(TILL)
    network, evidence = compile_network(model), Evidence(model, {"text": "offline"})
    clear = diagnose(network, evidence, doubt="none")
    assert worth_asking(clear.questions, clear.causes) is None
    assert worth_asking_about(valued_about(network, evidence, ["cable"])) is None
    must: Asking = {"mandatory": ("other_card",)}
    found = diagnose(network, evidence, doubt="none", **must)
    asked = worth_asking(found.questions, found.causes)
    assert asked is not None
    assert asked.id == "other_card"
    about = worth_asking_about(valued_about(network, evidence, ["cable"], **must))
    assert about is not None
    assert about.id == "other_card"
    dear = decided(network, evidence, hand_over=0.001, **must)
    assert dear.ask is not None
    assert (dear.next, dear.ask.id, dear.ask.gain < 0, dear.regret) == ("ask", "other_card", True, 0.0)
    assert decided(network, evidence, hand_over=0.001).ask is None


def test_what_was_put_off_is_asked_when_nothing_better_is_left() -> None:
    network = compile_network(load(TILL))
    found = diagnose(network, {}, doubt="none", skipped=["text"])
    assert found.questions[-1].id == "text"
    assert found.questions[-1].score > found.questions[0].score  # it would have come first
    alone = diagnose(network, {}, doubt="none", skipped=["text"], dont_know=["other_card"])
    asked = worth_asking(alone.questions, alone.causes)
    assert asked is not None
    assert (asked.id, asked.is_skipped) == ("text", True)
    assert asked.value >= LEAST_VALUE
    nothing = diagnose(network, {}, doubt="none", dont_know=["text", "other_card"])
    assert nothing.questions == ()
    assert nothing.log_evidence == 0.0  # not knowing is no evidence


def test_a_case_decides_over_the_file() -> None:
    model = marked(load(TILL), {"text": "never", "other_card": "mandatory"})
    network = compile_network(model)
    assert [one.id for one in diagnose(network, {}, doubt="none").questions] == ["other_card"]
    other = diagnose(network, {}, doubt="none", mandatory=["text"], never=["other_card"])
    assert [(one.id, one.is_mandatory) for one in other.questions] == [("text", True)]


def test_wishes_that_mean_nothing_are_told_all_at_once() -> None:
    network = compile_network(load(TILL))
    with pytest.raises(EvidenceError) as raised:
        diagnose(network, {}, skipped=["txet"], mandatory=["text", "card"], never=["text"])
    told = str(raised.value)
    assert 'skipped.txet: no question has this name.\n    Did you mean "text"?' in told
    assert "mandatory.card: no question has this name" in told
    assert "text: this is to be asked first, and never" in told


# ── the file ──────────────────────────────────────────────────────────────────────────────────────


def test_a_file_keeps_when_questions_are_asked() -> None:
    plain = load(TILL)
    model = marked(plain, {"text": "never", "other_card": "mandatory"})
    text = dumps(model)
    assert "asked: never\n" in text
    assert loads(text) == model
    assert "asked:" not in dumps(plain)  # what says nothing is written as before
    assert {change.path for change in differences(plain, model)} == {
        ("text", "question", "asked"),
        ("other_card", "question", "asked"),
    }
    assert loads(text.replace("asked: never", "asked: ranked")) == marked(plain, {"other_card": "mandatory"})
    with pytest.raises(ModelFileError, match=r'question\.asked: "nevr" is no way of asking'):
        loads(text.replace("asked: never", "asked: nevr"))
    with pytest.raises(InvalidModel, match="no way of asking"):
        marked(plain, {"text": "often"})  # type: ignore[dict-item]


# ── the doors ─────────────────────────────────────────────────────────────────────────────────────


def test_diagnose_tells_the_line_in_words_and_in_json(bayesdiag: Bayesdiag) -> None:
    call = ["diagnose", TILL, "--mandatory", "other_card", "--skipped", "text"]
    told = json.loads(bayesdiag(*call, "--json")[1])
    assert [(one["id"], one["mandatory"], one["skipped"]) for one in told["questions"]] == [
        ("other_card", True, False),
        ("text", False, True),
    ]
    assert told["asking"] == {
        "skipped": ["text"],
        "dont_know": [],
        "mandatory": ["other_card"],
        "never": [],
        "tried": [],
    }
    english, chinese = bayesdiag(*call, "--lang", "en")[1], bayesdiag(*call, "--lang", "zh")[1]
    assert "Does another card work? (mandatory, " in english
    assert "(skipped before, " in english
    assert "（必问，" in chinese
    assert "（刚才跳过，" in chinese
    call = ["diagnose", TILL, "--dont-know", "text", "--never", "other_card", "--json"]
    told = json.loads(bayesdiag(*call)[1])
    assert (told["questions"], told["asking"]["dont_know"]) == ([], ["text"])
    call = ["diagnose", TILL, "-f", "text=offline", "--mandatory", "other_card"]
    call += ["--about", "cable", "--decide", "--hand-over", "0.001"]
    told = json.loads(bayesdiag(*call, "--json")[1])
    assert told["about"]["questions"][0]["mandatory"]
    assert told["decision"]["questions"][0]["mandatory"]
    assert "This must be asked: Does another card work?" in bayesdiag(*call, "--lang", "en")[1]
    assert "这个必问：" in bayesdiag(*call, "--lang", "zh")[1]
    code, _, err = bayesdiag("diagnose", TILL, "--never", "txet")
    assert code == 2
    assert 'Did you mean "text"?' in err


def test_the_dialogue_tells_skip_from_dont_know(
    bayesdiag: Bayesdiag, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen, card = "What does the screen say?", "Does another card work?"
    found = bayesdiag("diagnose", TILL, "--lang", "en")[1]
    assert screen in found  # both questions are asked at all
    assert card in found
    say(monkeypatch, "s", "?", "s", "q")
    out = bayesdiag("ask", TILL, "--lang", "en")[1]
    assert out.count(screen) == 2  # put off, asked again, put off again and left
    assert out.count(card) == 1
    assert "skipped before\n" in out
    assert "Further questions would hardly change the answer" in out
    say(monkeypatch, "?", "?")
    out = bayesdiag("ask", TILL, "--lang", "en")[1]
    assert (out.count(screen), out.count(card)) == (1, 1)
    say(monkeypatch, "s", "u", "?", "u", "q")
    out = bayesdiag("ask", TILL, "--lang", "en")[1].partition("Here is the answer so far")[0]
    assert out.count(screen) == 3  # both were taken back


def test_the_dialogue_reckons_with_what_did_not_help(
    bayesdiag: Bayesdiag, monkeypatch: pytest.MonkeyPatch
) -> None:
    repair = load(TILL).repairs[0].id
    for answers in (("q",), ("s", "s", "s", "s"), ("?", "?")):
        say(monkeypatch, *answers)
        code, out, _ = bayesdiag("ask", TILL, "--tried", repair, "--lang", "en")
        assert code == 0
        assert "Tried, did not help" in out
    say(monkeypatch, "q")
    assert bayesdiag("ask", TILL, "--tried", "hammer")[0] == 2


def test_the_dialogue_begins_with_what_is_mandatory(
    bayesdiag: Bayesdiag, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    say(monkeypatch, "1", "q")
    call = ["ask", TILL, "-f", "text=offline", "--lang"]
    assert "Does another card work?" not in bayesdiag(*call, "en")[1]
    say(monkeypatch, "1", "q")
    out = bayesdiag(*call, "en", "--mandatory", "other_card")[1]
    assert "mandatory\nDoes another card work?" in out
    file = tmp_path / "till.yaml"
    file.write_text(dumps(marked(load(TILL), {"other_card": "mandatory", "text": "never"})), "utf-8")
    say(monkeypatch, "1")
    assert "必问\n" in bayesdiag("ask", str(file), "--lang", "zh")[1]
    say(monkeypatch, "q")
    assert bayesdiag("ask", TILL, "--never", "txet")[0] == 2


# ── the address of the app ────────────────────────────────────────────────────────────────────────


def test_an_address_carries_what_was_put_off_and_what_nobody_knew() -> None:
    model = load("pos_card")
    sheet = Sheet().with_skipped("card_age").with_dont_know("tap_outcome").with_skipped("entry_method")
    sheet = sheet.with_skipped("card_age")
    assert sheet.asking == {
        "skipped": ("entry_method", "card_age"),
        "dont_know": ("tap_outcome",),
        "never": (),
        "tried": (),
    }
    assert query_of(sheet) == {"later": "entry_method,card_age", "dont_know": "tap_outcome"}
    assert sheet_of(model, query_of(sheet)) == (sheet, ())
    assert sheet.asking_again("card_age").with_findings({"tap_outcome": "works"}).asking == {
        "skipped": ("entry_method",),
        "dont_know": (),
        "never": (),
        "tried": (),
    }


def test_a_link_of_before_asks_again_what_it_asked_again_then() -> None:
    """Its one button said "Don't know", and what it listed was never asked again."""
    old, dropped = sheet_of(load("pos_card"), {"skipped": "card_age,flux", "later": "card_age"})
    assert (old.skipped, old.dont_know, dropped) == ((), ("card_age",), ("dont_know=flux",))
