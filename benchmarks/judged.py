"""What each cause of the payment model shows, beside what two judges think it shows.

python -m benchmarks.judged           # the questions, and where both judges are furthest from the model
python -m benchmarks.judged --write   # and draws the tables of docs/judged.md anew

docs/judged.yaml says how the judges were asked. Distances are half the sum of absolute differences (total variation):
0 the same, 1 nothing in common.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

import yaml

from bayesdiag.engine.network import CompiledNetwork, compile_network
from bayesdiag.modelfile import load
from benchmarks.page import DOCS, redrawn
from benchmarks.review import named
from benchmarks.review_pairs import Shown, cause_states

FURTHEST = 30
"""Pairs of cause and question shown."""
LEAST = 0.02
"""An answer is shown from this share on."""

Shares = Mapping[str, float]
"""Answer → share."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One cause and one question.

    Attributes:
        cause: The cause state, as variable=state.
        question: The question.
        apart: Distance between the judges.
        off: Distance between the model and the judges' mean.
        judges: The judges' mean.
        model: What the model says, given that this cause alone made an attempt fail.
    """

    cause: str
    question: str
    apart: float
    off: float
    judges: Shares
    model: Shares


def kept() -> dict[str, dict[str, dict[str, list[float]]]]:
    """What the judges said: cause → question → answer → one number of each judge."""
    found: dict[str, dict[str, dict[str, list[float]]]] = yaml.safe_load(
        (DOCS / "judged.yaml").read_text(encoding="utf-8")
    )
    return found


def compared(network: CompiledNetwork) -> list[Judged]:
    """Return every pair of cause and question that both judges spoke of.

    First those where the model's distance from the judges' mean exceeds theirs from each other by most.
    """
    shown, said = Shown(network), kept()
    found = []
    for cause in cause_states(network):
        answers = shown.answers(cause)
        for question, judges in said[named(cause)].items():
            if question in answers:
                states = network.model.variable_of[question].state_ids
                model = dict(zip(states, map(float, answers[question]), strict=True))
                found.append(judged(named(cause), question, judges, model))
    return sorted(found, key=lambda one: one.apart - one.off)


def judged(cause: str, question: str, judges: Mapping[str, list[float]], model: Shares) -> Judged:
    first, second = (shares({state: both[i] for state, both in judges.items()}) for i in (0, 1))
    mean = {state: (first[state] + second[state]) / 2 for state in judges}
    return Judged(cause, question, distance(first, second), distance(mean, model), mean, model)


def shares(counts: Shares) -> Shares:
    whole = sum(counts.values())
    return {state: count / whole for state, count in counts.items()}


def distance(one: Shares, other: Shares) -> float:
    return sum(abs(one.get(state, 0.0) - other.get(state, 0.0)) for state in {*one, *other}) / 2


def drawn(found: list[Judged]) -> list[str]:
    """The tables of docs/judged.md."""
    lines = ["| question | causes | between the judges | from the model |", "|---|---:|---:|---:|"]
    by_question = {
        one.question: [other for other in found if other.question == one.question] for one in found
    }
    for name, ones in sorted(by_question.items(), key=lambda item: -fmean(one.off for one in item[1])):
        apart, off = fmean(one.apart for one in ones), fmean(one.off for one in ones)
        lines.append(f"| `{name}` | {len(ones)} | {apart:.2f} | {off:.2f} |")
    lines += ["", "| cause | question | the judges | the model |", "|---|---|---|---|"]
    for one in found[:FURTHEST]:
        lines.append(f"| `{one.cause}` | `{one.question}` | {words(one.judges)} | {words(one.model)} |")
    return [*lines, ""]


def words(found: Shares) -> str:
    told = sorted(found.items(), key=lambda item: -item[1])[:5]
    return ", ".join(f"{state} {share:.0%}" for state, share in told if share >= LEAST)


def main() -> None:
    lines = drawn(compared(compile_network(load("pos_card"))))
    print("\n".join(lines))
    if "--write" in sys.argv:
        page = DOCS / "judged.md"
        page.write_text(
            redrawn(page.read_text(encoding="utf-8"), "benchmarks.judged", lines), encoding="utf-8"
        )


if __name__ == "__main__":
    main()
