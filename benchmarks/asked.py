"""What asking is worth: the stories set aside last, told, then asked about and answered for the shop.

python -m benchmarks.asked           # the figures after each question
python -m benchmarks.asked --next    # the next question of every story that is still asked about, to be answered
python -m benchmarks.asked --write   # and writes docs/stories-asked.json and the table of docs/stories.md

docs/stories-asked.yaml holds the answers in the order they were given. Who gave them knew the story and what
its source says the cause was, and nothing of the model but the question shown: a state is given where one of
the two settles what the shop would have answered (`story` or `cause` tells which), "unknown" where neither does.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from bayesdiag.diagnosis import diagnose
from bayesdiag.diagnosis.ask import worth_asking
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.model import Finding, Model, Variable
from bayesdiag.modelfile import load
from benchmarks.page import DOCS, redrawn, save
from benchmarks.stories import Told, case_of, figures, listed, scored, stories

CHOSEN = "last"
MOST = 6
"""Questions asked of one story at most."""
UNKNOWN = "unknown"
Answers = Mapping[str, str | list[str]]
"""Question → "unknown", or a state and what settles it, in the order they were given."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One story, told and asked about.

    Attributes:
        steps: What is thought after 0, 1, … questions, as far as questions were answered.
        answers: What was answered, question by question.
        open: The question asked next, which nobody answered yet; None where nothing more is asked.
    """

    steps: list[Told]
    answers: list[Finding]
    open: str | None


def answered(network: CompiledNetwork, story: dict[str, Any], answers: Answers) -> Asked:
    """Ask what the app would ask, as long as it would, and take the answers that were written down."""
    unsayable = list[str]()
    case = case_of(story, network.model, unsayable)
    given, dont_know, steps = list[Finding](), list[str](), list[Told]()
    while True:
        known = {**case.findings, **{name: state for name, state in given if state != UNKNOWN}}
        found = diagnose(network, known, doubt="none", explanation="none", dont_know=dont_know)
        steps.append(scored(story, found, case, unsayable))
        next_one = worth_asking(found.questions, found.causes)
        if next_one is None or len(given) == MOST:
            return Asked(steps, given, None)
        if next_one.id not in answers:
            return Asked(steps, given, next_one.id)
        answer = listed(answers[next_one.id])[0]
        given.append((next_one.id, answer))
        if answer == UNKNOWN:
            dont_know.append(next_one.id)


def kept() -> dict[str, Answers]:
    """The answers written down: story → question → state."""
    text = (DOCS / "stories-asked.yaml").read_text(encoding="utf-8")
    found: dict[str, Answers] = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - `yes` stays a word
    return found


def after(found: list[Asked], n_asked: int) -> list[Told]:
    """What is thought of every story after so many questions, or after its last."""
    return [one.steps[min(n_asked, len(one.steps) - 1)] for one in found]


def open_questions_of(model: Model, found: list[tuple[dict[str, Any], Asked]]) -> list[dict[str, Any]]:
    """What is to be answered next, as the shop would be asked: no numbers, no causes."""
    return [
        {"id": story["id"], **shown(model.variable_of[asked.open], story["language"])}
        for story, asked in found
        if asked.open is not None
    ]


def shown(variable: Variable, language: str) -> dict[str, Any]:
    assert variable.question is not None
    return {
        "question": variable.id,
        "asks": variable.question.text.shown(language),
        "help": variable.question.help.shown(language),
        "answers": {state.id: state.label.shown(language) for state in variable.states},
    }


def written(model: Model, found: list[Asked], settled: Mapping[str, int]) -> None:
    """Put the run into docs/stories-asked.json and draw its table in docs/stories.md anew."""
    file, page = DOCS / "stories-asked.json", DOCS / "stories.md"
    run = {
        "model": f"{model.name} {model.version}",
        "settled": settled,
        "after": [figures(after(found, n_asked)) for n_asked in range(MOST + 1)],
        "stories": {one.steps[0].id: [step.causes[0][0] for step in one.steps] for one in found},
    }
    save(file, run)
    page.write_text(
        redrawn(page.read_text(encoding="utf-8"), "benchmarks.asked", table(run)), encoding="utf-8"
    )


def table(run: dict[str, Any]) -> list[str]:
    """The table of docs/stories.md."""
    lines = [
        "| questions asked | right by the rule | first cause right | among three | too sure |",
        "|---:|---:|---:|---:|---:|",
    ]
    for n_asked, one in enumerate(run["after"]):
        named = [f"{one[name]} ({one[name] / one['caused']:.0%})" for name in ("first", "named")]
        rule = f"{one['passed']} of {one['stories']}"
        lines.append(f"| {n_asked} | {rule} | {' | '.join(named)} | {one['too_sure']} of {one['unsure']} |")
    told = ", ".join(f"{n} {what}" for what, n in run["settled"].items())
    return [*lines, "", f"{run['model']}, set `{CHOSEN}`; what settled the answers: {told}.", ""]


def settled_by(found: Mapping[str, Asked], answers: Mapping[str, Answers]) -> dict[str, int]:
    """How often the story, the cause or nothing settled an answer that was used."""
    used = [listed(answers[id_][name])[-1] for id_, one in found.items() for name, _ in one.answers]
    return {what: used.count(what) for what in ("story", "cause", UNKNOWN)}


def asked_about(network: CompiledNetwork) -> dict[str, Asked]:
    """Every story of the set, with the answers written down."""
    answers = kept()
    return {story["id"]: answered(network, story, answers.get(story["id"], {})) for story in stories(CHOSEN)}


def main() -> None:
    model = load("pos_card")
    found = asked_about(compile_network(model))
    if "--next" in sys.argv:
        told = {story["id"]: story for story in stories(CHOSEN)}
        pairs = [(told[id_], one) for id_, one in found.items()]
        print(yaml.safe_dump(open_questions_of(model, pairs), allow_unicode=True, sort_keys=False))
        return
    settled = settled_by(found, kept())
    for n_asked in range(MOST + 1):
        print(n_asked, figures(after(list(found.values()), n_asked)))
    print(f"what settled the answers: {settled}")
    print(f"still open: {[id_ for id_, one in found.items() if one.open]}")
    if "--write" in sys.argv:
        if any(one.open for one in found.values()):
            sys.exit("nothing written: some questions have no answer yet, see --next")
        written(model, list(found.values()), settled)


if __name__ == "__main__":
    main()
