"""`bayesdiag suggest`: a complaint in plain words → findings it seems to tell, for a person to confirm."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from bayesdiag.cli.inputs import JsonOption, LanguageOption, language_of, load_any, write_json
from bayesdiag.cli.printing import say

if TYPE_CHECKING:
    from bayesdiag.intake import Suggestions
    from bayesdiag.model import Model

WORDS = {
    "zh": {
        "none": "没有认出可以作为依据的内容。",
        "conflict": "说法前后不一，未列出：{names}",
        "unknown": "不认识的应答码（不作为依据）：{codes}",
        "approved": "注意：这表示已有金额获批。先查这笔交易，不要再次收款。",
        "next": "核对后用：",
        "because": "{finding}  ←  “{words}”",
    },
    "en": {
        "none": "Nothing was recognised that can be used.",
        "conflict": "The text contradicts itself, so left out: {names}",
        "unknown": "Unknown code (not used): {codes}",
        "approved": "Careful: this says that an amount was approved. Look it up, do not charge again.",
        "next": "If that is right:",
        "because": "{finding}  ←  “{words}”",
    },
}


def suggest(
    told: Annotated[
        list[str],
        typer.Argument(metavar="[MODEL] TEXT", help="What was said, in Chinese or English; - reads it."),
    ],
    json: JsonOption = False,
    lang: LanguageOption = None,
) -> None:
    """Suggest the findings that a complaint in plain words tells; nothing is entered.

    Card numbers, security codes, PINs, identity and telephone numbers are masked before anything else.
    """
    from bayesdiag.intake import suggest_findings  # noqa: PLC0415 - each command imports its rooms when run

    if len(told) > 2:
        raise typer.BadParameter("give one text, in quotes, and before it a model if it is not pos_card.")
    name, text = told if len(told) == 2 else ("pos_card", told[0])
    model = load_any(name)
    found = suggest_findings(model, sys.stdin.read() if text == "-" else text)
    language = language_of(lang)
    if json:
        from bayesdiag.wire import suggestions_document  # noqa: PLC0415

        write_json(suggestions_document(model, found, language))
        return
    words = WORDS[language]
    say("\n".join(lines_of(model, found, language)) or words["none"])
    for line in remarks(model, found, language):
        say(line)
    if found.suggestions:
        options = " ".join(f"-f {one.variable}={one.state}" for one in found.suggestions)
        say(f"\n{words['next']} bayesdiag diagnose {name} {options}")


def lines_of(model: Model, found: Suggestions, language: str) -> list[str]:
    """Return each suggestion as a line: its number, the finding, and the words that led to it."""
    from bayesdiag.diagnosis.words import finding_words  # noqa: PLC0415

    because = WORDS[language]["because"]
    told = [finding_words(model, one.variable, one.state, language) for one in found.suggestions]
    return [
        f"  {number}  {because.format(finding=finding, words=one.words)}"
        for number, (finding, one) in enumerate(zip(told, found.suggestions, strict=True), start=1)
    ]


def remarks(model: Model, found: Suggestions, language: str) -> list[str]:
    """Return what else must be said: contradictions, codes nobody knows, a payment that went through."""
    words = WORDS[language]
    lines = []
    if found.conflicts:
        names = [model.variable_of[name].label.shown(language, name) for name in found.conflicts]
        lines.append(words["conflict"].format(names=", ".join(names)))
    if found.readings.unknown_codes:
        lines.append(words["unknown"].format(codes=", ".join(found.readings.unknown_codes)))
    approved = [reading for reading in found.readings.readings if reading.approved]
    if approved:
        lines.append(words["approved"])
        lines += [f"  {note}" for note in dict.fromkeys(one.note[language] for one in approved if one.note)]
    return lines
