"""A drafted model → a plain document; and a naming of columns and values as a file tells it."""

from __future__ import annotations

from bayesdiag.casefile import Naming
from bayesdiag.draft import Draft, Way
from bayesdiag.wire.plain import Document, number

SHOWN = 10
"""Ways that are told, those that forecast best first."""


def draft_document(found: Draft) -> Document:
    """Return what was drafted, from what, and why so."""
    chosen = found.chosen
    model = found.model
    return {
        "model": {"name": model.name, "version": model.version},
        "cause": found.cause,
        "states": list(model.variable_of[found.cause].state_ids),
        "cases": found.n_cases,
        "unknown": found.n_unknown,
        "variables": [
            {
                "id": variable.id,
                "states": len(variable.states),
                "parents": list(variable.parents),
                "cuts": list(found.naming.cuts[variable.id]) if variable.id in found.naming.cuts else None,
            }
            for variable in model.variables
        ],
        "dropped": [{"column": one.name, "reason": one.reason} for one in found.dropped],
        "notes": list(found.notes),
        "way": way_document(found.way),
        "chosen": None
        if chosen is None
        else {
            "cases": chosen.n,
            "ways": len(chosen.tried),
            "best": [
                {
                    **way_document(one.way),
                    "log_loss": number(one.loss),
                    "recalibrated": number(one.recalibrated),
                    "temperature": one.temperature.t,
                }
                for one in chosen.tried[:SHOWN]
            ],
        },
    }


def way_document(way: Way) -> Document:
    """Return one way to draft."""
    return {
        "structure": way.structure,
        "numbers": "tuned" if way.pull else "counted",
        "cutting": way.cutting,
        "blank_is_state": way.blank_is_state,
        "ess": way.ess,
        "pair_ess": None if way.structure == "naive" else way.pair_ess,
        "pull": way.pull or None,
    }


def naming_document(naming: Naming) -> Document:
    """Return a naming as `--names FILE` reads it."""
    parts = {
        "columns": dict(naming.columns),
        "values": {name: dict(values) for name, values in naming.values.items()},
        "cuts": {name: list(cuts) for name, cuts in naming.cuts.items()},
    }
    return {name: part for name, part in parts.items() if part}
