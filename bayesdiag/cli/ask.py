"""`bayesdiag ask`: the dialogue. Asks the best question, takes an answer, goes on until it is clear."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import typer

from bayesdiag.case import Observed
from bayesdiag.cli.diagnose import text_of
from bayesdiag.cli.inputs import (
    FindingOption,
    LanguageOption,
    ModelArgument,
    compiled,
    evidence_of,
    language_of,
    load_any,
    told_findings,
)

if TYPE_CHECKING:
    from bayesdiag.diagnosis import Diagnosis
    from bayesdiag.model import Model, Variable


@dataclass
class Dialogue:
    """What was said so far.

    Attributes:
        findings: Answers, in order.
        skipped: Questions that were asked and not answered.
        done: What was answered or skipped, in order, so that the last can be undone.
    """

    findings: dict[str, Observed] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    def answer(self, question: str, state: str) -> None:
        """Take an answer."""
        self.findings[question] = state
        self.done.append(question)

    def skip(self, question: str) -> None:
        """Never ask this again."""
        self.skipped.append(question)
        self.done.append(question)

    def undo(self) -> bool:
        """Take the last answer or skip back; False when there is none."""
        if not self.done:
            return False
        last = self.done.pop()
        self.findings.pop(last, None)
        if last in self.skipped:
            self.skipped.remove(last)
        return True


WORDS = {
    "zh": {
        "hint": "输入编号回答；? 不知道，s 跳过，u 撤销，q 结束并看结论",
        "prompt": "回答",
        "wrong": "请输入 1 到 {n}，或 ? s u q。",
        "none": "没有可以撤销的。",
        "so far": "目前：",
        "stop": "再问也改变不了多少，结论如下。",
        "left": "到这里为止，结论如下。",
        "screen": "屏幕或小票上显示什么？输入应答码或提示文字，没有就回车",
        "read": "读到：",
        "nothing": "没有认出应答码或提示，请在后面的问题里选。",
        "unknown": "不认识的应答码（不作为依据）：",
        "approved": "注意：这表示已有金额获批，不要直接再次收款；先查这笔交易。",
        "impossible": "刚才的回答与之前的不可能同时成立，已撤销上一条。",
    },
    "en": {
        "hint": "Answer with a number; ? don't know, s skip, u undo, q stop and see the answer",
        "prompt": "Answer",
        "wrong": "Please give 1 to {n}, or one of ? s u q.",
        "none": "There is nothing to undo.",
        "so far": "So far: ",
        "stop": "Further questions would hardly change the answer. Here it is.",
        "left": "Here is the answer so far.",
        "screen": "What does the screen or slip show? A code or message; Enter if nothing",
        "read": "Read: ",
        "nothing": "No code or message was recognised; please choose in the questions that follow.",
        "unknown": "Unknown code (not used): ",
        "approved": "Careful: this says that something was approved. Do not just charge again, look it up.",
        "impossible": "That answer cannot be true together with the earlier ones; it was taken back.",
    },
}

SKIPS = {"?", "？", "s", "skip", "don't know", "dont know", "i don't know", "不知道", "跳过", "不清楚"}
"""What is said instead of an answer."""


def ask(
    model: ModelArgument = "pos_card",
    finding: FindingOption = None,
    lang: LanguageOption = None,
) -> None:
    """Ask one question at a time, the one most worth its price, until the answer is clear."""
    from bayesdiag import diagnosis as room  # noqa: PLC0415 - each command imports its rooms when run
    from bayesdiag.diagnosis.ask import worth_asking  # noqa: PLC0415

    known = load_any(model)
    language = language_of(lang)
    words = WORDS[language]
    dialogue = Dialogue(findings=dict(told_findings(finding)))
    evidence_of(known, dialogue.findings)
    network = compiled(known)
    if not dialogue.findings and (known.codes or known.messages) and not _screen(known, dialogue, language):
        return
    typer.echo(words["hint"])
    while True:
        result = room.diagnose(network, dialogue.findings, skipped=dialogue.skipped)
        if result.is_impossible and dialogue.undo():
            typer.echo(words["impossible"])
            continue
        question = worth_asking(result.questions, result.causes)
        if question is None or not _turn(known, result, question.id, dialogue, language):
            if not result.is_impossible:
                typer.echo("\n" + words["stop" if question is None else "left"] + "\n")
            typer.echo(text_of(result, language, asking=question is not None))
            raise typer.Exit(1 if result.is_impossible else 0)


def _screen(model: Model, dialogue: Dialogue, language: str) -> bool:
    """Take codes and messages as the first findings; False when there is nothing to ask about."""
    from bayesdiag.diagnosis.words import finding_words  # noqa: PLC0415
    from bayesdiag.intake import read_text  # noqa: PLC0415

    words = WORDS[language]
    said = _said(words["screen"]) or ""
    if said == "q":
        return False
    found = read_text(model, said)
    for name, state in found.findings.items():
        dialogue.answer(name, state)
        typer.echo(f"{words['read']}{finding_words(model, name, state, language)}")
    if found.unknown_codes:
        typer.echo(f"{words['unknown']}{', '.join(found.unknown_codes)}")
    approved = [reading for reading in found.readings if reading.approved]
    if approved:
        typer.echo(words["approved"])
        for note in dict.fromkeys(reading.note[language] for reading in approved if reading.note):
            typer.echo(f"  {note}")
    elif said not in {"", *SKIPS} and not found.readings and not found.unknown_codes:
        typer.echo(words["nothing"])
    return not approved or bool(dialogue.findings)


def _turn(model: Model, result: Diagnosis, name: str, dialogue: Dialogue, language: str) -> bool:
    """Ask one question and take what is said; False when the person wants to stop."""
    from bayesdiag.diagnosis.words import headline  # noqa: PLC0415

    words, variable = WORDS[language], model.variable_of[name]
    typer.echo(f"\n{words['so far']}{headline(result, language)[0]}")
    _show(variable, language)
    while True:
        said = _said(words["prompt"])
        if said is None or said == "q":
            return False
        if said in SKIPS:
            dialogue.skip(name)
            return True
        if said == "u":
            if dialogue.undo():
                return True
            typer.echo(words["none"])
            continue
        state = _state(variable, said)
        if state:
            dialogue.answer(name, state)
            return True
        typer.echo(words["wrong"].format(n=len(variable.states)))


def _show(variable: Variable, language: str) -> None:
    question = variable.question
    typer.echo(question.text[language] if question else variable.id)
    if question and question.help[language]:
        typer.echo(f"  ({question.help[language]})")
    for number, state in enumerate(variable.states, start=1):
        typer.echo(f"  {number}  {state.label[language] or state.id}")


def _said(prompt: str) -> str | None:
    """Return what was typed, or None at the end of the input."""
    try:
        return input(f"{prompt}> ").strip().lower()
    except (EOFError, RuntimeError):  # the end of the input, or none at all
        typer.echo("")
        return None


def _state(variable: Variable, said: str) -> str:
    """Return the state a number or a name means; empty when it means none."""
    for number, state in enumerate(variable.states, start=1):
        if said in (str(number), state.id.lower(), state.label.zh.lower(), state.label.en.lower()):
            return state.id
    return ""
