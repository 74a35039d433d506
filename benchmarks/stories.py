"""How the payment model answers the situations of docs/stories.yaml, each put into the model's names.

python -m benchmarks.stories [MODEL]                   # scores those the model was made with
python -m benchmarks.stories [MODEL] --last            # another set: --aside, --fresh, --seen or --last
python -m benchmarks.stories [MODEL] [--last] --write  # and writes docs/stories.json and the tables of docs/stories.md

Some stories were put into names by a second person too (`again`), and some were answered by a reader of the whole
text who was given the causes' names alone (`reader`): how far the coding matters, and what can be had at all.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import yaml

from bayesdiag.diagnosis import Diagnosis, diagnose
from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.model import Finding, Model, Text
from bayesdiag.modelfile import GoldenCase, load
from bayesdiag.score import golden_result
from bayesdiag.score.replay import UNCERTAIN
from benchmarks.page import DOCS, redrawn, save

SETS = ("dev", "aside", "fresh", "seen", "last")
NAMED = 3
"""A right cause counts as named when it is among this many."""
BLANK = Text("", "")


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one story.

    Attributes:
        id: The story.
        kind: How it is scored.
        sure: Whether its source states one cause for sure: yes, no or several.
        passed: Whether it is answered right by the rule of its kind, see models/README.md.
        is_first: Whether the first cause is one that the source names.
        is_named: Whether one that the source names is among the first three.
        too_sure: Whether the first cause is above 0.85 where the source itself is unsure.
        unsayable: Findings and causes of the story that the model has no words for.
        causes: The first three causes with their probabilities.
        expected: The causes that the source names.
    """

    id: str
    kind: str
    sure: str
    passed: bool
    is_first: bool
    is_named: bool
    too_sure: bool
    unsayable: list[str]
    causes: list[tuple[str, float]]
    expected: list[str]


def stories(chosen: str) -> list[dict[str, Any]]:
    """The stories of one set that are put into the model's names; every value as it is written."""
    text = (DOCS / "stories.yaml").read_text(encoding="utf-8")
    every = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - texts only: `yes` stays a word
    return [story for story in every if story["set"] == chosen and "findings" in story]


def told(network: CompiledNetwork, story: dict[str, Any]) -> Told:
    unsayable = list[str]()
    case = case_of(story, network.model, unsayable)
    return scored(story, diagnose(network, case.findings, doubt="none"), case, unsayable)


def case_of(story: dict[str, Any], model: Model, unsayable: list[str]) -> GoldenCase:
    """The story in the model's names; what the model cannot say is added to the list."""
    findings = {
        name: state
        for name, states in story["findings"].items()
        if (state := sayable(model, [(name, one) for one in listed(states)], unsayable))
    }
    return golden(story, {name: state[1] for name, state in findings.items()}, model, unsayable)


def scored(story: dict[str, Any], diagnosis: Diagnosis, case: GoldenCase, unsayable: list[str]) -> Told:
    shown = [(cause.id, cause.state) for cause in diagnosis.causes[:NAMED]]
    top = diagnosis.causes[0].responsibility if diagnosis.causes else 0.0
    return Told(
        id=story["id"],
        kind=story["kind"],
        sure=story["sure"],
        passed=golden_result(diagnosis, case).passed,
        is_first=bool(shown) and shown[0] in case.expected_first,
        is_named=any(cause in case.expected_first for cause in shown),
        too_sure=story["sure"] != "yes" and top > UNCERTAIN,
        unsayable=unsayable,
        causes=[(f"{one.id}={one.state}", round(one.responsibility, 3)) for one in diagnosis.causes[:NAMED]],
        expected=["=".join(one) for one in case.expected_first],
    )


def golden(story: dict[str, Any], findings: dict[str, str], model: Model, unsayable: list[str]) -> GoldenCase:
    """The story as a golden case, without what the model cannot say; what that is is added to the list."""
    first, also = (causes(model, story.get(field, []), unsayable) for field in ("expected_first", "also"))
    kind = {"misleading": "adversarial"}.get(story["kind"], story["kind"])
    return GoldenCase(story["id"], kind, BLANK, findings, first, also, (), (), (), "", "", story["source"])


def causes(model: Model, written: Iterable[str | list[str]], unsayable: list[str]) -> tuple[Finding, ...]:
    ways = [[cut(one) for one in listed(words)] for words in written]
    named = (sayable(model, way, unsayable) for way in ways)
    return tuple(dict.fromkeys(cause for cause in named if cause))


def sayable(model: Model, ways: list[Finding], unsayable: list[str]) -> Finding | None:
    """The first way of saying it that the model knows, the closest first; None where it knows none."""
    known = [
        way for way in ways if way[0] in model.variable_of and way[1] in model.variable_of[way[0]].state_ids
    ]
    if known[:1] != ways[:1]:
        unsayable.append("=".join(ways[0]))
    return known[0] if known else None


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def cut(cause: str) -> Finding:
    name, _, state = cause.partition("=")
    return name, state


def second_coding(chosen: str) -> list[dict[str, Any]]:
    """The stories of one set that were put into names by a second person, in that person's names."""
    return [{**story, "also": [], **story["again"]} for story in stories(chosen) if "again" in story]


def reader_figures(chosen: str, model: Model) -> dict[str, int]:
    """How often a reader's first cause, or one of three, is one that the source names."""
    answers = [
        (story["reader"], ["=".join(one) for one in causes(model, story.get("expected_first", []), [])])
        for story in stories(chosen)
        if "reader" in story
    ]
    judged = [(read, expected) for read, expected in answers if expected]
    return {
        "caused": len(judged),
        "first": sum(read[0] in expected for read, expected in judged),
        "named": sum(any(one in expected for one in read[:NAMED]) for read, expected in judged),
    }


def figures(found: list[Told]) -> dict[str, int]:
    unsure = [one for one in found if one.sure != "yes"]
    return {
        "stories": len(found),
        "caused": sum(bool(one.expected) for one in found),
        "passed": sum(one.passed for one in found),
        "first": sum(one.is_first for one in found),
        "named": sum(one.is_named for one in found),
        "unsure": len(unsure),
        "too_sure": sum(one.too_sure for one in unsure),
        "with_unsayable": sum(bool(one.unsayable) for one in found),
    }


def written(model: Model, chosen: str, found: list[Told], again: list[Told]) -> None:
    """Put one run into docs/stories.json and draw the tables of docs/stories.md anew."""
    file = DOCS / "stories.json"
    runs = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    read = reader_figures(chosen, model)
    runs.setdefault(model.version, {})[chosen] = {
        "figures": figures(found),
        **({"again": figures(again)} if again else {}),
        **({"reader": read} if read["caused"] else {}),
        "stories": [asdict(one) for one in found],
    }
    save(file, runs)
    page = DOCS / "stories.md"
    page.write_text(drawn(runs, page.read_text(encoding="utf-8")), encoding="utf-8")


def drawn(runs: dict[str, Any], text: str) -> str:
    """The page with its tables drawn anew; what was missed is listed for the newest version."""
    lines = [*table(runs), ""]
    version, sets = list(runs.items())[-1]
    for chosen, run in sets.items():
        lines += [f"Missed by {version} in {chosen}:", "", *missed(run["stories"]), ""]
    return redrawn(text, "benchmarks.stories", lines)


def table(runs: dict[str, Any]) -> list[str]:
    lines = [
        "| model | set | stories | right by the rule | naming a cause | first cause right | among three | too sure |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for version, sets in runs.items():
        for chosen, run in sets.items():
            caused = {"caused": sum(bool(one["expected"]) for one in run["stories"])}
            lines.append(row(version, chosen, {**run["figures"], **caused}))
            if "again" in run:
                lines.append(row(version, f"{chosen}, put into names again", run["again"]))
            if "reader" in run:
                lines.append(row("a reader", chosen, run["reader"]))
    return lines


def row(version: str, chosen: str, counts: dict[str, int]) -> str:
    caused = counts["caused"]
    named = [f"{counts[one]} ({counts[one] / caused:.0%})" for one in ("first", "named")]
    rule = f"{counts['passed']} ({counts['passed'] / counts['stories']:.0%})" if "passed" in counts else ""
    sure = f"{counts['too_sure']} of {counts['unsure']}" if "unsure" in counts else ""
    cells = [version, chosen, str(counts.get("stories", "")), rule, str(caused), *named, sure]
    return f"| {' | '.join(cells)} |"


def missed(found: list[dict[str, Any]]) -> list[str]:
    lines = ["| story | kind | what the source names | what comes first |", "|---|---|---|---|"]
    for one in found:
        if not one["passed"]:
            expected = ", ".join(f"`{cause}`" for cause in one["expected"]) or "no words for it"
            first = ", ".join(f"`{cause}` {p:.2f}" for cause, p in one["causes"])
            lines.append(f"| {one['id']} | {one['kind']} | {expected} | {first} |")
    return lines


def main() -> None:
    names = [word for word in sys.argv[1:] if not word.startswith("--")]
    chosen = next((name for name in SETS if f"--{name}" in sys.argv), SETS[0])
    model = load(names[0] if names else "pos_card")
    network = compile_network(model)
    found = [told(network, story) for story in stories(chosen)]
    for one in found:
        mark = "ok  " if one.passed else "MISS"
        tail = f"  cannot say {one.unsayable}" if one.unsayable else ""
        print(f"{mark} {one.id} {one.kind:13} {one.causes}  expected {one.expected}{tail}")
    print(f"{model.name} {model.version}, {chosen}: {figures(found)}")
    again = [told(network, story) for story in second_coding(chosen)]
    if again:
        print(f"put into names again: {figures(again)}")
    print(f"a reader of the whole text: {reader_figures(chosen, model)}")
    if "--write" in sys.argv:
        written(model, chosen, found, again)


if __name__ == "__main__":
    main()
