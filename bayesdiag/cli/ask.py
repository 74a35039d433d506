"""`bayesdiag ask`: the dialogue. Asks the best question, takes an answer, goes on until it is clear."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import typer

from bayesdiag.case import Observed
from bayesdiag.cli.asking import (
    AboutOption,
    Aims,
    DecideOption,
    HandOverOption,
    Proposal,
    check_aims,
    proposal,
    sought,
    sought_sections,
    told_targets,
)
from bayesdiag.cli.attempts import EarlierOption, attempted, told_earlier
from bayesdiag.cli.diagnose import section_text, text_of
from bayesdiag.cli.findings import FindingOption, evidence_of, told_case
from bayesdiag.cli.fixing import FixOption, told_fixed, with_fixed
from bayesdiag.cli.inputs import LanguageOption, ModelArgument, compiled, language_of, load_any
from bayesdiag.cli.printing import say
from bayesdiag.cli.suggest import lines_of, remarks
from bayesdiag.cli.turns import MandatoryOption, NeverOption, TriedOption, told_asking

if TYPE_CHECKING:
    from bayesdiag.diagnosis import Asking, Diagnosis
    from bayesdiag.intake import Suggestion
    from bayesdiag.model import Model, Variable


Said = Literal["answer", "skip", "dont_know"]


@dataclass
class Dialogue:
    """What was said so far.

    Attributes:
        asking: What is wished of the questions beside what is said.
        findings: Answers, in order.
        skipped: Questions put off, in order; one that was put off twice stands there twice.
        dont_know: Questions the person cannot answer.
        done: What was answered, put off or not known, in order, so that the last can be undone.
    """

    asking: Asking
    findings: dict[str, Observed] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    dont_know: list[str] = field(default_factory=list)
    done: list[tuple[Said, str]] = field(default_factory=list)

    def answer(self, question: str, state: str) -> None:
        """Take an answer."""
        self.findings[question] = state
        self.done.append(("answer", question))

    def skip(self, question: str) -> None:
        """Put this off."""
        self.skipped.append(question)
        self.done.append(("skip", question))

    def give_up(self, question: str) -> None:
        """Do not ask this again: the person cannot tell."""
        self.dont_know.append(question)
        self.done.append(("dont_know", question))

    def undo(self) -> bool:
        """Take the last answer, skip or "don't know" back; False when there is none."""
        if not self.done:
            return False
        kind, last = self.done.pop()
        if kind == "answer":
            self.findings.pop(last, None)
        else:
            (self.skipped if kind == "skip" else self.dont_know).pop()
        return True

    @property
    def wishes(self) -> Asking:
        """How the questions are to be asked now: what was put off a second time is left."""
        twice = [name for name in dict.fromkeys(self.skipped) if self.skipped.count(name) > 1]
        never = (*self.asking.get("never", ()), *twice)
        return {
            "skipped": tuple(name for name in dict.fromkeys(self.skipped) if name not in twice),
            "dont_know": (*self.asking.get("dont_know", ()), *self.dont_know),
            "mandatory": tuple(name for name in self.asking.get("mandatory", ()) if name not in twice),
            "never": never,
            "tried": self.asking.get("tried", ()),
        }


WORDS = {
    "zh": {
        "hint": "输入编号回答；? 不知道，s 先跳过，u 撤销，q 结束并看结论",
        "prompt": "回答",
        "wrong": "请输入 1 到 {n}，或 ? s u q。",
        "none": "没有可以撤销的。",
        "so far": "目前：",
        "stop": "再问也改变不了多少，结论如下。",
        "left": "到这里为止，结论如下。",
        "story": "用自己的话说说是怎么回事，屏幕上的代码或提示也可以写（回车跳过）",
        "suggested": "从这段话里读到：",
        "take": "对吗？回车全部采用，输入编号只采用这几条，n 都不采用",
        "which": "请输入 1 到 {n} 的编号，或回车、n、q。",
        "nothing": "没有认出可用的内容，请在后面的问题里选。",
        "impossible": "刚才的回答与之前的不可能同时成立，已撤销上一条。",
    },
    "en": {
        "hint": "Answer with a number; ? don't know, s skip for now, u undo, q stop and see the answer",
        "prompt": "Answer",
        "wrong": "Please give 1 to {n}, or one of ? s u q.",
        "none": "There is nothing to undo.",
        "so far": "So far: ",
        "stop": "Further questions would hardly change the answer. Here it is.",
        "left": "Here is the answer so far.",
        "story": "Describe it in your words; codes and messages on the screen help (Enter to skip)",
        "suggested": "Read from this:",
        "take": "Right? Enter takes all, numbers take only these, n takes none",
        "which": "Please give numbers from 1 to {n}, or Enter, n or q.",
        "nothing": "Nothing was recognised; please choose in the questions that follow.",
        "impossible": "That answer cannot be true together with the earlier ones; it was taken back.",
    },
}

SKIPS = {"s", "skip", "later", "not now", "跳过", "先跳过", "以后再说"}
"""What is said to put a question off."""
UNKNOWING = {"?", "？", "don't know", "don’t know", "dont know", "i don't know", "不知道", "不清楚"}
"""What is said by one who cannot tell."""
YES = {"", "y", "yes", "ok", "all", "是", "对", "好", "全部", "都对"}
NO = {"n", "no", "none", "0", "否", "不", "不对", "都不", "都不对"}


def ask(
    model: ModelArgument = "pos_card",
    finding: FindingOption = None,
    fix: FixOption = None,
    earlier: EarlierOption = None,
    about: AboutOption = None,
    decide: DecideOption = False,
    hand_over: HandOverOption = None,
    mandatory: MandatoryOption = None,
    never: NeverOption = None,
    tried: TriedOption = None,
    lang: LanguageOption = None,
) -> None:
    """Ask one question at a time, the one most worth its price, until the answer is clear.

    With --about until these causes are ruled in or out; with --decide while asking pays.
    """
    from bayesdiag import diagnosis as room  # noqa: PLC0415 - each command imports its rooms when run
    from bayesdiag.diagnosis.steps import check_asking  # noqa: PLC0415

    known = load_any(model)
    language = language_of(lang)
    words = WORDS[language]
    asking = told_asking(mandatory, never, tried=tried)
    check_asking(known, **asking)
    told = evidence_of(known, told_case(finding, told_fixed(fix)))
    has_story = bool(told.findings)
    network, told = attempted(compiled(known), told, told_earlier(earlier))
    dialogue = Dialogue(asking, dict(told.findings))
    # Fixed once, as things stand now: answers that follow may move it, as they move everything.
    dialogue.findings = dict(with_fixed(network, told).findings) if told.fixed else dialogue.findings
    aims = Aims(told_targets(about), decide=decide, hand_over=hand_over)
    check_aims(network, aims)
    if not has_story and _reads_text(known) and not _story(known, dialogue, language):
        return
    say(words["hint"])
    while True:
        result = room.diagnose(network, dialogue.findings, doubt="none", **dialogue.wishes)
        if result.is_impossible and dialogue.undo():
            say(words["impossible"])
            continue
        question = proposal(network, result, aims, language)
        if question is None or not _turn(known, result, question, dialogue, language):
            if not result.is_impossible:
                say("\n" + words["stop" if question is None else "left"] + "\n")
            say(text_of(result, language, asking=question is not None))
            for section in sought_sections(result, sought(network, result, aims), language):
                say("\n" + section_text(section))
            raise typer.Exit(1 if result.is_impossible else 0)


def _reads_text(model: Model) -> bool:
    """Whether there is anything to recognise in a text."""
    return bool(model.codes or model.messages or model.wordings.findings)


def _story(model: Model, dialogue: Dialogue, language: str) -> bool:
    """Take what is told in plain words as first findings, those confirmed; False when that is the end."""
    from bayesdiag.intake import suggest_findings  # noqa: PLC0415

    words = WORDS[language]
    story = _typed(words["story"]) or ""
    if story == "q":
        return False
    found = suggest_findings(model, story)
    for line in remarks(model, found, language):
        say(line)
    if found.suggestions:
        say("\n".join([words["suggested"], *lines_of(model, found, language)]))
        taken = _taken(found.suggestions, words)
        if taken is None:
            return False
        for one in taken:
            dialogue.answer(one.variable, one.state)
    elif story.lower() not in {"", *SKIPS, *UNKNOWING} and not (
        found.readings.readings or found.readings.unknown_codes
    ):
        say(words["nothing"])
    return not any(one.approved for one in found.readings.readings) or bool(dialogue.findings)


def _taken(suggestions: Sequence[Suggestion], words: Mapping[str, str]) -> Sequence[Suggestion] | None:
    """Return the suggestions that a person confirms; None when the person wants to stop."""
    while True:
        said = _said(words["take"])
        if said == "q":
            return None
        if said is None or said in NO:
            return ()
        if said in YES:
            return suggestions
        numbers = re.findall(r"[0-9]+", said)
        chosen = [number for number in map(int, numbers) if 1 <= number <= len(suggestions)]
        if chosen and len(chosen) == len(numbers):
            return [suggestions[number - 1] for number in dict.fromkeys(chosen)]
        say(words["which"].format(n=len(suggestions)))


def _turn(model: Model, result: Diagnosis, asked: Proposal, dialogue: Dialogue, language: str) -> bool:
    """Ask one question and take what is said; False when the person wants to stop."""
    from bayesdiag.diagnosis.words import headline  # noqa: PLC0415

    name = asked.id
    words, variable = WORDS[language], model.variable_of[name]
    say(f"\n{words['so far']}{headline(result, language)[0]}")
    if asked.remark:
        say(asked.remark)
    _show(variable, language)
    while True:
        said = _said(words["prompt"])
        if said is None or said == "q":
            return False
        if said in SKIPS | UNKNOWING:
            (dialogue.skip if said in SKIPS else dialogue.give_up)(name)
            return True
        if said == "u":
            if dialogue.undo():
                return True
            say(words["none"])
            continue
        state = _state(variable, said)
        if state:
            dialogue.answer(name, state)
            return True
        say(words["wrong"].format(n=len(variable.states)))


def _show(variable: Variable, language: str) -> None:
    question = variable.question
    say(question.text[language] if question else variable.id)
    if question and question.help[language]:
        say(f"  ({question.help[language]})")
    for number, state in enumerate(variable.states, start=1):
        say(f"  {number}  {state.label[language] or state.id}")


def _said(prompt: str) -> str | None:
    """Return what was typed in lower case, or None at the end of the input."""
    typed = _typed(prompt)
    return None if typed is None else typed.lower()


def _typed(prompt: str) -> str | None:
    """Return what was typed, or None at the end of the input."""
    try:
        return input(f"{prompt}> ").strip()
    except (EOFError, RuntimeError):  # the end of the input, or none at all
        say("")
        return None


def _state(variable: Variable, said: str) -> str:
    """Return the state a number or a name means; empty when it means none."""
    for number, state in enumerate(variable.states, start=1):
        if said in (str(number), state.id.lower(), state.label.zh.lower(), state.label.en.lower()):
            return state.id
    return ""
