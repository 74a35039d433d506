"""Compared policies → a plain dictionary, and a table of values between commas."""

from __future__ import annotations

import csv
from io import StringIO

from bayesdiag.simulate import Comparison, left_out
from bayesdiag.wire.plain import Document, number

_MEANS = ("mean_cost", "se", "minutes", "questions", "wrong_repairs", "handed_over")
_QUANTILES = {"cost_p10": 0.1, "cost_p50": 0.5, "cost_p90": 0.9}
BASE = "decision_theoretic"
"""The policy that every other is told beside."""


def policies_document(found: Comparison) -> Document:
    """Return what every policy came to, and paired differences of those expected in this order."""
    return {
        "n": found.n,
        "seed": found.seed,
        "currency": found.menu.model.currency,
        "perturbed": found.is_perturbed,
        "policies": _rows(found),
        "differences": [
            {"cheaper": d.cheaper, "dearer": d.dearer, "mean": number(d.mean), "half_width": number(d.margin)}
            for d in found.differences
        ],
        "orders": found.orders,
        "left_out": {reason: list(names) for reason, names in left_out(found.menu).items()},
    }


def policies_table(found: Comparison) -> str:
    """Return the same figures of every policy as comma-separated values, a line each after their names."""
    rows = _rows(found)
    written = StringIO()
    writer = csv.DictWriter(written, ["id", *(name for name in rows[0] if name != "id")], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue()


def _rows(found: Comparison) -> list[Document]:
    return [_row(found, name) for name in found.runs]


def _row(found: Comparison, name: str) -> Document:
    row: Document = {"id": name}
    row |= {field: number(x) for field, x in zip(_MEANS, found.means(name), strict=True)}
    row |= dict(zip(_QUANTILES, found.quantiles(name, list(_QUANTILES.values())), strict=True))
    if BASE in found.runs:
        extra, ratio = found.difference(BASE, name), found.ratio(name, BASE)
        row |= {"over_decision_theoretic": number(extra.mean), "over_half_width": number(extra.margin)}
        row |= {"share_of_decision_theoretic": number(ratio.share), "share_half_width": number(ratio.margin)}
    return row
