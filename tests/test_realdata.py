"""The benchmark on real diagnoses: its page shows its numbers, it judges aright, and one set is done anew."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.arff import DataSet, read_arff
from benchmarks.real_peers import PEERS
from benchmarks.realdata import ASKED, FILES, GENERATIVE, OURS, columns_of, judged, page, verdict

DOCS = Path(__file__).resolve().parent.parent / "docs"


def test_the_page_shows_the_stored_numbers() -> None:
    found = json.loads((DOCS / "real-data.json").read_text(encoding="utf-8"))
    text = (DOCS / "real-data.md").read_text(encoding="utf-8")
    assert set(found["sets"]) == set(FILES)
    assert page(found, text) == text


def test_gaps_and_verdicts_follow_from_the_losses(tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    lines = [
        "@relation made",
        "@attribute 'a b' {x,y}",
        "@attribute n real",
        "@attribute y {no, yes}",
        "@data",
    ]
    for _ in range(80):
        y = random.random() < 0.5
        a = "x" if y ^ (random.random() < 0.2) else "y"
        n = "?" if random.random() < 0.1 else f"{random.normal(2.0 * y):.1f}"
        lines.append(f"{a},{n},{'yes' if y else 'no'}")
    (tmp_path / "made.arff").write_text("\n".join(lines), encoding="utf-8")
    data = read_arff(tmp_path / "made.arff")
    assert data.columns == ("a b", "n", "y")
    asked = replace(
        ASKED, numbers="counted", structure="naive", ess=3.0, blanks="missing", cutting="quantiles"
    )
    found = judged(data, repeats=1, asked=asked)
    told = verdict(found)
    losses = {name: one["log_loss"] for name, one in found["scores"].items()}
    assert told["best"] == min(PEERS, key=losses.__getitem__)
    assert told["gap"] == pytest.approx(losses[OURS] - losses[told["best"]])
    assert told["generative"] == min(GENERATIVE, key=losses.__getitem__)
    assert all(loss < np.log(2) for loss in losses.values())


def test_a_fold_teaches_peers_nothing_of_what_it_does_not_hold() -> None:
    rows = tuple(("u" if k < 50 else "w", str(k), "no" if k % 2 else "yes") for k in range(100))
    data = DataSet(("a", "n", "y"), rows)
    changed = DataSet(data.columns, rows[:60] + tuple(("z", "1e9", "no") for _ in range(40)))
    train, test = np.arange(60), np.arange(30, 40)
    y = np.array([row[-1] == "yes" for row in rows], dtype=np.int64)
    other = np.where(np.arange(100) < 60, y, 0)
    for name, peer in PEERS.items():
        before = peer(columns_of(data, train), y, train, test)
        after = peer(columns_of(changed, train), other, train, test)
        np.testing.assert_allclose(before, after, err_msg=name)


@pytest.mark.long
def test_hepatitis_comes_out_as_stored(data_folder: Path) -> None:
    found = judged(read_arff(data_folder / "datasets" / FILES["hepatitis"]), repeats=1)
    told = verdict(found)
    assert told["is_calibrated"]
    assert told["gap"] < 2 * told["se"]  # five folds of 31 cases tell no more
    stored = json.loads((DOCS / "real-data.json").read_text(encoding="utf-8"))["sets"]["hepatitis"]
    assert found["ways"] == stored["ways"][:5]
