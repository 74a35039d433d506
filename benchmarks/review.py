"""A review of a model: pairs of causes no question tells apart, useless questions, numbers without a source.

python -m benchmarks.review [MODEL]          # works it out and prints it: one to two minutes for the payment model
python -m benchmarks.review [MODEL] --write  # and writes docs/review.json and the tables of docs/review.md

What stays as it is, and why, stands in docs/review.yaml, by hand.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bayesdiag.engine.network import compile_network
from bayesdiag.model import Finding, Model
from bayesdiag.modelfile import golden_beside, load
from benchmarks.page import DOCS, redrawn, save
from benchmarks.review_numbers import MATTERS, Weighty, is_backed, numbers_in, weighty
from benchmarks.review_pairs import TOLD, Pair, pairs
from benchmarks.review_questions import BEHIND, Worth, worths

WEAKEST = 20
"""Pairs that are listed anyway."""
SELDOM = 3
"""A question that was worth asking at most so often is listed."""
HEAVIEST = 30
"""Numbers that are listed."""

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Review:
    """What the pass found in a model.

    Attributes:
        model: The model.
        pairs: Pairs of cause states with different repairs, the worst told apart first.
        questions: All questions, the one least often worth asking first.
        situations: How many situations the questions were looked at in.
        numbers: Numbers on which the first cause of a golden case hangs, the heaviest first.
    """

    model: Model
    pairs: list[Pair]
    questions: list[Worth]
    situations: int
    numbers: list[Weighty]

    @property
    def untold(self) -> list[Pair]:
        """Pairs that no question tells apart."""
        return [pair for pair in self.pairs if not pair.is_told]

    @property
    def useless(self) -> list[Worth]:
        """Questions that were never worth asking."""
        return [one for one in self.questions if not one.is_worth_asking]

    @property
    def bare(self) -> list[Weighty]:
        """Numbers that matter, with neither a source nor a stated guess behind them."""
        return [one for one in self.numbers if one.matters and not one.is_backed]


def reviewed(name: str | Path) -> Review:
    """Return what the pass finds in a model, with the golden cases beside it.

    Args:
        name: A model file, or the name of a bundled model.
    """
    model = load(name)
    network, golden = compile_network(model), golden_beside(name, model)
    found = pairs(network)
    questions, situations = worths(network, golden)
    return Review(model, found, questions, situations, weighty(network, golden))


def document(review: Review) -> Document:
    """Return what is kept of a review: figures, and the rows of the page's tables."""
    every = numbers_in(review.model)
    return {
        "model": f"{review.model.name} {review.model.version}",
        "figures": {
            "pairs": len(review.pairs),
            "untold": len(review.untold),
            "questions": len(review.questions),
            "situations": review.situations,
            "useless": len(review.useless),
            "unpaid": sum(one.gain is not None and one.gain <= 0 for one in review.questions),
            "numbers": len(every),
            "unbacked": sum(not is_backed(number) for number in every),
            "matter": sum(one.matters for one in review.numbers),
            "bare": len(review.bare),
            "guessed": sum(one.matters and not one.number.is_sourced for one in review.numbers),
        },
        "pairs": [pair_row(pair) for pair in review.pairs[: max(WEAKEST, len(review.untold))]],
        "questions": [question_row(one) for one in review.questions if one.times <= SELDOM],
        "unpaid": [one.id for one in review.questions if one.gain is not None and one.gain <= 0],
        "numbers": [number_row(one) for one in review.numbers[:HEAVIEST]],
        "bare": [number_row(one) for one in review.bare],
    }


def pair_row(pair: Pair) -> Document:
    return {
        "one": named(pair.one),
        "other": named(pair.other),
        "repairs": list(pair.repairs),
        "message": pair.message,
        "question": pair.question,
        "distance": round(pair.distance, 2),
        "told": pair.is_told,
    }


def question_row(one: Worth) -> Document:
    return {
        "id": one.id,
        "times": one.times,
        "value": round(one.value, 2),
        "score": round(one.score, 2),
        "gain": None if one.gain is None else round(one.gain, 1),
    }


def number_row(one: Weighty) -> Document:
    number = one.number
    when = ", ".join(f"{name}={'/'.join(states)}" for name, states in number.when.items())
    return {
        "number": f"{number.variable}={number.state}" + (f" given {when}" if when else ""),
        "role": number.role,
        "p": number.p,
        "mean": round(one.mean, 3),
        "most": round(one.most, 2),
        "own": round(one.own, 3),
        "within": number.weight.within,
        "grade": number.weight.grade,
        "source": number.weight.source,
    }


def named(cause: Finding) -> str:
    return "=".join(cause)


def kept() -> tuple[dict[frozenset[str], str], dict[str, str]]:
    """Return why pairs that no question tells apart and questions of little use stay, from docs/review.yaml."""
    text = yaml.safe_load((DOCS / "review.yaml").read_text(encoding="utf-8"))
    pairs_kept = {frozenset(one["causes"]): one["why"] for one in text["pairs"]}
    return pairs_kept, {one["id"]: one["why"] for one in text["questions"]}


def drawn(found: Document, text: str) -> str:
    """Return the page with its tables drawn anew."""
    why_pair, why_question = kept()
    figures = found["figures"]
    lines = [
        f"{found['model']}: {figures['pairs']} pairs of cause states with different repairs, "
        f"{figures['untold']} below {TOLD}; {figures['questions']} questions, {figures['useless']} never worth asking "
        f"in {figures['situations']} situations; {figures['numbers']} numbers, {figures['unbacked']} with nothing "
        f"behind them, {figures['matter']} that move a first cause by {MATTERS} or more, {figures['guessed']} of "
        f"these guesses, {figures['bare']} without a source or a stated guess.",
        "",
        "The pairs told apart worst:",
        "",
        "| cause | cause | done first | message | best question | distance | why it stays |",
        "|---|---|---|---|---|---:|---|",
        *(drawn_pair(row, why_pair) for row in found["pairs"]),
        "",
        f"Questions worth asking in at most {SELDOM} situations:",
        "",
        "| question | worth asking | most bits | most bits a minute | saves at best | why so seldom, and why it stays |",
        "|---|---:|---:|---:|---:|---|",
        *(drawn_question(row, why_question) for row in found["questions"]),
        "",
        f"Questions that save nothing over their price in the {BEHIND} situations where they rank best: "
        f"{code(found['unpaid'])}.",
        "",
        "The numbers that move the first cause most:",
        "",
        "| number | p | moves it | at most | by its own range | within | grade | source |",
        "|---|---:|---:|---:|---:|---:|---|---|",
        *(drawn_number(row) for row in found["numbers"]),
        "",
    ]
    if found["bare"]:
        lines += [
            f"Without a source or a stated guess: {code([row['number'] for row in found['bare']])}.",
            "",
        ]
    return redrawn(text, "benchmarks.review", lines)


def drawn_pair(row: Document, why: dict[frozenset[str], str]) -> str:
    first = " / ".join(repair or "nothing helps" for repair in row["repairs"])
    reason = "" if row["told"] else why.get(frozenset([row["one"], row["other"]]), "**to be mended**")
    cells = [
        f"`{row['one']}`",
        f"`{row['other']}`",
        first,
        row["message"] or "none shared",
        row["question"] or "none",
    ]
    return line([*cells, f"{row['distance']:.2f}", reason])


def drawn_question(row: Document, why: dict[str, str]) -> str:
    reason = why.get(row["id"], "" if row["times"] else "**to be mended**")
    gain = "–" if row["gain"] is None else f"{row['gain']:.1f}"
    return line(
        [f"`{row['id']}`", str(row["times"]), f"{row['value']:.2f}", f"{row['score']:.2f}", gain, reason]
    )


def drawn_number(row: Document) -> str:
    amounts = [f"{row['p']:g}", f"{row['mean']:.3f}", f"{row['most']:.2f}", f"{row['own']:.3f}"]
    return line([f"`{row['number']}`", *amounts, f"{row['within']:g}", row["grade"], row["source"]])


def line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


def code(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"


def main() -> None:
    names = [word for word in sys.argv[1:] if not word.startswith("--")]
    found = document(reviewed(names[0] if names else "pos_card"))
    for part in ("pairs", "questions", "numbers", "bare"):
        for row in found[part]:
            print(part, *row.values())
    print(found["model"], found["figures"])
    if "--write" in sys.argv:
        save(DOCS / "review.json", found)
        page = DOCS / "review.md"
        page.write_text(drawn(found, page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
