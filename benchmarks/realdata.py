"""Forecasts of drafted models on real diagnoses beside those of others, on the same folds: docs/real-data.md.

python -m benchmarks.realdata --data FOLDER     # some minutes a data set
python -m benchmarks.realdata                   # only writes the tables anew from docs/real-data.json
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bayesdiag.casefile import Naming, cases_of_frame
from bayesdiag.draft import Draft, Settings, draft
from bayesdiag.draft.columns import Column, Dropped, Numbers, Words, column_of
from bayesdiag.score import (
    Fold,
    Forecast,
    Rows,
    brier_scores,
    calibration,
    difference,
    fold_means,
    folds,
    hits,
    log_losses,
    target_forecast,
)
from benchmarks.arff import DataSet, read_arff
from benchmarks.machine import machine, versions
from benchmarks.page import DOCS, redrawn, save
from benchmarks.real_peers import GENERATIVE, PEERS, SPREAD, Floats, Ints

FILES = {
    "soybean": "soybean.arff",
    "primary-tumor": "primary.tumor.arff",
    "dermatology": "dermatology.arff",
    "hepatitis": "hepatitis.arff",
    "heart-c": "heart.c.arff",
}
N_FOLDS, REPEATS, SEED = 5, 3, 0
OURS, PLAIN, COUNTED = "bayesdiag draft", "… without temperature", "… counted numbers only"
ASKED = Settings(numbers="auto", blanks="auto", recalibrated=True)


def judged(data: DataSet, *, repeats: int = REPEATS, asked: Settings = ASKED) -> dict[str, Any]:
    """Return what ours and every peer forecast in the same folds, scored."""
    labels = data.labels
    states = sorted(set(labels))
    y = np.array([states.index(label) for label in labels], dtype=np.int64)
    parts = folds(labels, N_FOLDS, np.random.default_rng(SEED), repeats=repeats)
    told: dict[str, list[Floats]] = {}
    ways: list[str] = []
    for part in parts:
        p, plain, counted, way = ours(data, part, states, asked)
        columns = columns_of(data, part.train)
        found = {OURS: p, PLAIN: plain, COUNTED: counted}
        found |= {name: peer(columns, y, part.train, part.test) for name, peer in PEERS.items()}
        for name, one in found.items():
            told.setdefault(name, []).append(one)
        ways.append(way)
    return {"rows": len(y), "states": len(states), **_scores(told, y, parts, states), "ways": ways}


def ours(data: DataSet, part: Fold, states: list[str], asked: Settings) -> tuple[Floats, Floats, Floats, str]:
    """Return the forecasts of a model drafted from the rows of a fold by the product, and how it was drafted.

    They are the engine's, of the drafted model; recalibrated by what its inner folds said, and as they
    are; and those of a draft whose numbers were only counted.
    """
    cause = data.columns[-1]
    taught, asked_of = data.frame(part.train.tolist()), data.frame(part.test.tolist())
    made = draft(taught, cause, asked)
    plain = engine_forecast(made, asked_of, cause, states)
    best = made.chosen.best if made.chosen else None
    p = best.temperature.apply(plain) if best else plain
    way = f"{made.way}" + (
        f", temperature {best.temperature.t:.2f}" if best and best.temperature.t > 1 else ""
    )
    if not made.way.pull:
        return p, plain, p, way
    counted = draft(taught, cause, replace(asked, numbers="counted"))
    q = engine_forecast(counted, asked_of, cause, states)
    return p, plain, counted.chosen.best.temperature.apply(q) if counted.chosen else q, way


def engine_forecast(made: Draft, frame: dict[str, list[str]], cause: str, states: list[str]) -> Floats:
    """Return what the engine says of rows by a drafted model; a word that the draft never saw is a blank."""
    from bayesdiag import compile_network  # noqa: PLC0415 - only a run needs the engine

    known = made.model.variables[0]
    words = [state.label.en or state.id for state in known.states]
    values = {
        variable.id: {"*": "", **made.naming.values.get(variable.id, {})}
        for variable in made.model.variables
        if variable.id not in made.naming.cuts
    }
    naming = Naming(made.naming.columns, values, cuts=made.naming.cuts)
    # The same label stands in every row, whatever is true: the forecast takes it out.
    hidden = {**frame, cause: [words[0]] * len(frame[cause])}
    cases, rejects = cases_of_frame(hidden, made.model, naming=naming)
    if rejects:
        raise ValueError(rejects[0].reason)
    p = target_forecast(compile_network(made.model), cases, known.id).p
    found = np.zeros((len(p), len(states)))
    found[:, [states.index(word) for word in words]] = p
    # A disease that the fold never saw cannot be forecast by its model; so much is set aside for it.
    return (1 - SPREAD) * found + SPREAD / len(states) if len(words) < len(states) else found


def columns_of(data: DataSet, train: Ints) -> list[Column]:
    """Return the columns as peers see them; words that the fold never saw are blanks."""
    found: list[Column] = []
    for place, name in enumerate(data.columns[:-1]):
        cells = ["" if row[place] == "?" else row[place] for row in data.rows]
        column = column_of(name, [cells[row] for row in train], Settings())
        if isinstance(column, Numbers):
            found.append(Numbers(name, np.array([float(cell) if cell else np.nan for cell in cells])))
        elif not isinstance(column, Dropped):
            number_of = {value: k for k, value in enumerate(column.values)}
            codes = np.array([number_of.get(cell, -1) for cell in cells], dtype=np.int64)
            found.append(Words(name, column.values, codes))
    return found


def _scores(
    told: dict[str, list[Floats]], y: Ints, parts: tuple[Fold, ...], states: list[str]
) -> dict[str, Any]:
    tests = np.concatenate([part.test for part in parts])
    numbers = np.concatenate([np.full(len(part.test), part.number) for part in parts])
    rows, zeros = Rows(np.ones(len(tests)), tests, numbers), np.zeros(len(tests), dtype=bool)
    losses, found = {}, {}
    for name, p in told.items():
        one = Forecast(
            name, tuple(states), np.concatenate(p), y[tests], rows.weights, rows.cases, rows.folds, zeros
        )
        losses[name] = log_losses(one)
        told_of = calibration(one.confidence(), np.random.default_rng(SEED))
        found[name] = {
            "log_loss": float(fold_means(losses[name], rows).mean()),
            "top_1": float(hits(one, 1).mean()),
            "brier": float(brier_scores(one).mean()),
            "ece": told_of.ece,
            "ece_range": list(told_of.ece_range),
        }
    # Paired fold by fold: the standard error of the mean difference over the folds.
    gaps = {
        name: {
            "gap": float(fold_means(losses[OURS] - other, rows).mean()),
            "se": difference(losses[OURS], other, rows).fold_se,
        }
        for name, other in losses.items()
        if name != OURS
    }
    return {"scores": found, "gaps": gaps}


def page(found: dict[str, Any], text: str) -> str:
    lines = [*_verdicts(found), ""]
    for name, one in found["sets"].items():
        lines += [f"### {name}: {one['rows']} rows, {one['states']} states", "", *_table(one), ""]
    return redrawn(text, "benchmarks.realdata", lines)


def verdict(one: dict[str, Any]) -> dict[str, Any]:
    """Return how ours stands beside the best generative peer and the best peer of all."""
    loss = {name: scores["log_loss"] for name, scores in one["scores"].items() if name in PEERS}
    best, own = min(loss, key=loss.__getitem__), one["scores"][OURS]
    generative = min(GENERATIVE, key=loss.__getitem__)
    gap = one["gaps"][best]
    return {
        "ours": own["log_loss"],
        "generative": generative,
        "is_at_or_below": own["log_loss"] <= loss[generative],
        "best": best,
        **gap,
        "is_within": gap["gap"] <= gap["se"],
        "is_calibrated": own["ece"] <= own["ece_range"][1],
        "losses": loss,
    }


def _verdicts(found: dict[str, Any]) -> list[str]:
    lines = [
        "| data | ours | best generative peer | at or below | best of all peers | gap ± se | within one se | ECE | "
        "true probabilities show up to | within |",
        "|---|---:|---|---|---|---:|---|---:|---:|---|",
    ]
    for name, one in found["sets"].items():
        v, own = verdict(one), one["scores"][OURS]
        lines.append(
            f"| {name} | {v['ours']:.3f} | {v['generative']} {v['losses'][v['generative']]:.3f} | "
            f"{_yes(v['is_at_or_below'])} | {v['best']} {v['losses'][v['best']]:.3f} | {v['gap']:+.3f} ± {v['se']:.3f} | "
            f"{_yes(v['is_within'])} | {own['ece']:.3f} | {own['ece_range'][1]:.3f} | {_yes(v['is_calibrated'])} |"
        )
    return lines


def _yes(so: object) -> str:
    return "yes" if so else "**no**"


def _table(one: dict[str, Any]) -> list[str]:
    lines = ["| | log loss | ours − this ± se | top-1 | Brier | ECE | true would show |"]
    lines.append("|---|---:|---:|---:|---:|---:|---:|")
    for name, told in one["scores"].items():
        gap = one["gaps"].get(name)
        paired = f"{gap['gap']:+.4f} ± {gap['se']:.4f}" if gap else ""
        low, high = told["ece_range"]
        lines.append(
            f"| {name} | {told['log_loss']:.4f} | {paired} | {told['top_1']:.3f} | {told['brier']:.4f} | "
            f"{told['ece']:.4f} | {low:.3f} to {high:.3f} |"
        )
    return lines


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--data", type=Path, help="folder of the data sets, or one that has it as `datasets`")
    reader.add_argument("--only", action="append", choices=FILES, help="one data set; repeatable")
    asked = reader.parse_args()
    stored = DOCS / "real-data.json"
    found = json.loads(stored.read_text(encoding="utf-8")) if stored.exists() else {"sets": {}}
    if asked.data:
        folder = asked.data / "datasets" if (asked.data / "datasets").is_dir() else asked.data
        for name in asked.only or FILES:
            began = time.perf_counter()
            found["sets"][name] = judged(read_arff(folder / FILES[name]))
            print(f"{name}: {time.perf_counter() - began:.0f} s", verdict(found["sets"][name]), flush=True)
            found |= {
                "folds": N_FOLDS,
                "repeats": REPEATS,
                "seed": SEED,
                "machine": machine(),
                "versions": versions(),
            }
            found["sets"] = {one: found["sets"][one] for one in FILES if one in found["sets"]}
            save(stored, found)
    file = DOCS / "real-data.md"
    file.write_text(page(found, file.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
