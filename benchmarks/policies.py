"""What policies cost on the payment model: runs them and writes docs/policies.json, .svg and the tables of .md.

python -m benchmarks.policies run     # draws the cases anew: some minutes a thousand
python -m benchmarks.policies         # only writes chart and tables from docs/policies.json
"""

from __future__ import annotations

import json
import sys
from typing import Any

from benchmarks.page import DOCS, redrawn, save

N, SEED = 2000, 1
WORDS = {
    "clairvoyant": "clairvoyant",
    "decision_theoretic": "decision-theoretic",
    "look_ahead": "… one step further",
    "p_over_c": "p/c, no questions",
    "best_static": "best fixed order",
    "static_faq": "the FAQ's order",
    "random": "random",
}


def run() -> None:
    from bayesdiag import compile_network, load  # noqa: PLC0415 - only a run needs the engine
    from bayesdiag.modelfile import model_path  # noqa: PLC0415
    from bayesdiag.simulate import compared  # noqa: PLC0415
    from bayesdiag.wire.policies import policies_document  # noqa: PLC0415

    network = compile_network(load(model_path("pos_card")))
    found = {
        name: policies_document(compared(network, N, SEED, perturb=name == "perturbed"))
        for name in ("model", "perturbed")
    }
    save(DOCS / "policies.json", found)


def page(found: dict[str, Any], text: str) -> str:
    parts = [*_table(found["model"]), "", *_differences(found["model"])]
    parts += ["", "With numbers that are off (`--perturbed`):", "", *_table(found["perturbed"]), ""]
    return redrawn(text, "benchmarks.policies", [*parts, *_differences(found["perturbed"]), ""])


def chart(told: dict[str, Any]) -> str:
    rows, top = told["policies"], max(one["mean_cost"] for one in told["policies"])
    height, left, width = 26, 170, 420
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 110} {height * len(rows) + 34}" '
        'font-family="sans-serif" font-size="13">',
        f"<title>Mean cost until solved or handed over, {told['currency']}, n = {told['n']:,}</title>",
    ]
    for place, one in enumerate(rows):
        y, x = height * place + 8, left + width * one["mean_cost"] / top
        half = width * 1.96 * one["se"] / top
        colour = "#1f6fb4" if one["id"] in ("decision_theoretic", "look_ahead") else "#9aa5b1"
        lines += [
            f'<text x="{left - 8}" y="{y + 14}" text-anchor="end">{WORDS[one["id"]]}</text>',
            f'<rect x="{left}" y="{y}" width="{x - left:.1f}" height="18" fill="{colour}"/>',
            f'<line x1="{x - half:.1f}" x2="{x + half:.1f}" y1="{y + 9}" y2="{y + 9}" stroke="#222"/>',
            f'<text x="{x + half + 6:.1f}" y="{y + 14}">{one["mean_cost"]:.1f} ± {1.96 * one["se"]:.1f}</text>',
        ]
    caption = f"mean cost in {told['currency']} with 95 % interval; {told['n']:,} cases, seed {told['seed']}"
    lines += [f'<text x="{left}" y="{height * len(rows) + 26}" fill="#555">{caption}</text>', "</svg>"]
    return "\n".join(lines) + "\n"


def _table(told: dict[str, Any]) -> list[str]:
    lines = ["| policy | mean cost | ± 95 % | minutes | questions | wrong repairs | handed over |"]
    lines.append("|---|---:|---:|---:|---:|---:|---:|")
    lines += [
        f"| {WORDS[one['id']]} | {one['mean_cost']:.2f} | {1.96 * one['se']:.2f} | {one['minutes']:.1f} "
        f"| {one['questions']:.2f} | {one['wrong_repairs']:.2f} | {one['handed_over']:.1%} |"
        for one in told["policies"]
    ]
    return lines


def _differences(told: dict[str, Any]) -> list[str]:
    cost = {one["id"]: one["mean_cost"] for one in told["policies"]}
    lines = []
    for one in told["differences"]:
        clear = "" if one["mean"] > one["half_width"] else " (not clear of 0)"
        lines.append(
            f"- {WORDS[one['dearer']]} − {WORDS[one['cheaper']]}: {one['mean']:+.2f} ± {one['half_width']:.2f}{clear}"
        )
    share = cost["decision_theoretic"] / cost["static_faq"]
    return [*lines, f"- decision-theoretic / the FAQ's order: **{share:.1%}**"]


def main() -> None:
    if sys.argv[1:] == ["run"]:
        run()
    found = json.loads((DOCS / "policies.json").read_text(encoding="utf-8"))
    (DOCS / "policies.svg").write_text(chart(found["model"]), encoding="utf-8")
    file = DOCS / "policies.md"
    file.write_text(page(found, file.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
