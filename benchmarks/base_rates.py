"""The page docs/base-rates.md: the payment model's priors, their mix, and what has been published beside them.

python -m benchmarks.base_rates           # prints the tables
python -m benchmarks.base_rates --write   # writes them into the page instead
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

from bayesdiag.engine.network import compile_network
from bayesdiag.modelfile import load
from benchmarks.page import DOCS, redrawn
from benchmarks.rates import Compared, Rate, Run, figure, published, run

PAGE = DOCS / "base-rates.md"
GROUPS = {
    "total": "How many attempts fail",
    "mix": "Whose side failures are on",
    "decline": "Reasons of refusals",
    "attempt": "How often a cause is there, or fails a payment",
    "part": "Terminals, readers and outages",
}
MOST = 3
STORIES = "S69"
"""Accounts of people, without frequencies; factors taken from them are told on the page."""


def drawn(found: Run, text: str) -> str:
    """Return the page with its tables drawn anew."""
    return redrawn(text, "benchmarks.base_rates", [*tables(found), ""])


def tables(found: Run) -> list[str]:
    """Return all tables of the page, line by line."""
    lines = [
        f"Model {found.version}. By the network itself {percent(found.p_fails)} of attempts fail, {percent(found.none_of_these)} of those through",
        "no cause of the model (leaks of its stages). Responsibilities come to",
        f"{sum(rate.responsibility for rate in found.rates):.3f} before they are made to sum to 1.",
        "",
        *mix(found.rates),
        *standing(found.rates),
    ]
    for group, title in GROUPS.items():
        lines += [f"### {title}", "", *against([one for one in found.compared if one.row["group"] == group])]
    return [*lines, *outside(found.compared), *causes(found.rates)]


def mix(rates: Sequence[Rate]) -> list[str]:
    lines = ["### The implied mix", "", "| side | share of failed attempts | most of it |", "|---|---:|---|"]
    for side in published()["sides"]:
        of_side = sorted((rate for rate in rates if rate.side == side), key=lambda rate: -rate.share)
        most = ", ".join(f"`{'='.join(one.finding)}` {percent(one.share)}" for one in of_side[:MOST])
        lines.append(f"| {side} | {percent(sum(rate.share for rate in of_side))} | {most} |")
    return [*lines, ""]


def standing(rates: Sequence[Rate]) -> list[str]:
    """Return how much of all failures rests on which grade, and how much was moved by stories."""
    lines = [
        "### What it rests on",
        "",
        "| grade | cause states | share of failed attempts |",
        "|---|---:|---:|",
    ]
    moved = [
        rate
        for rate in rates
        if re.search(rf"{STORIES}[^;]*\b{rate.state}\b[^,;]* x \d", rate.variable.weight.source)
    ]
    for grade in sorted({rate.variable.weight.grade for rate in rates}):
        chosen = [rate for rate in rates if rate.variable.weight.grade == grade]
        lines.append(f"| {grade} | {len(chosen)} | {percent(sum(rate.share for rate in chosen))} |")
    told = ", ".join(f"`{'='.join(one.finding)}`" for one in moved)
    share = percent(sum(rate.share for rate in moved))
    return [
        *lines,
        "",
        f"Moved by a factor after {STORIES}: {told or 'none'}; together {share} of failed attempts.",
        "",
    ]


def against(compared: Sequence[Compared]) -> list[str]:
    return [
        "| published by | grade | counts | figures | range | the model | which is | inside |",
        "|---|---|---|---|---|---:|---|---|",
        *(
            f"| {one.row['sources']} | {one.row['grade']} | {one.row['counts']} | {sums(one.row['figures'])} "
            f"| {percent(one.low)} to {percent(one.high)} | {percent(one.ours)} | {one.row['means']} | {'yes' if one.is_inside else '**no**'} |"
            for one in compared
        ),
        "",
    ]


def sums(figures: Sequence[str]) -> str:
    """Return sums with what they come to, a lone number as it is; of more than three the least and the greatest."""
    ordered = sorted(figures, key=figure)
    shown = ordered if len(ordered) <= MOST else [ordered[0], ordered[-1]]
    told = [f"{one.replace('*', '×')} = " * (" " in one) + percent(figure(one)) for one in shown]
    return (" … " if len(ordered) > MOST else "; ").join(told)


def outside(compared: Sequence[Compared]) -> list[str]:
    """Return what lies outside, and why; a reason that is missing is said to be missing."""
    lines = ["### Outside, and why", ""]
    for one in compared:
        if not one.is_inside:
            side = "below" if one.ours < one.low else "above"
            ends = f"{percent(one.low)} to {percent(one.high)}"
            why = one.row.get("why", "no reason is known")
            lines.append(
                f"- **{one.row['sources']}, {one.row['counts']}** ({ends}). Ours, {one.row['means']}, is {side}: {percent(one.ours)}. Why: {why}."
            )
    return [*lines, ""]


def causes(rates: Sequence[Rate]) -> list[str]:
    lines = [
        "### Every cause",
        "",
        "| cause | per attempt | 90 % range | share of failed attempts | within | grade | source |",
        "|---|---:|---|---:|---:|---|---|",
    ]
    for rate in rates:
        weight, ends = rate.variable.weight, " to ".join(percent(end) for end in rate.range)
        factors = "–".join(f"{factor:g}" for factor in rate.within)
        cells = [
            f"`{'='.join(rate.finding)}`",
            percent(rate.p),
            ends,
            percent(rate.share),
            factors,
            weight.grade,
            weight.source,
        ]
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return lines


def percent(p: float) -> str:
    """Return a share in percent, to two digits that count, or three from 10 % on."""
    return f"{p:.1%}" if p >= 0.0995 else f"{100 * p:#.2g}%" if p else "0%"


def main() -> None:
    network = compile_network(load("pos_card"))
    found = run(network, published())
    if "--write" in sys.argv:
        PAGE.write_text(drawn(found, PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print("\n".join(tables(found)))
    outside = [one for one in found.compared if not one.is_inside]
    for one in outside:
        if "why" not in one.row:
            print(f"outside without a reason: {one.row}", file=sys.stderr)
    print(
        f"{network.model.name} {found.version}: {len(outside)} of {len(found.compared)} outside",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
