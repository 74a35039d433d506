"""What drafts are compared with on real data, each fitted to the same rows of a fold."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesdiag.draft.columns import Column, Numbers, Words
from bayesdiag.draft.forecast import forecast
from bayesdiag.draft.ways import Drawer, Way, family_counts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
FRIEDMAN = 5.0
"""Cases that overall shares are worth to each row of a TAN."""
SPREAD = 1e-3
"""Forests give 0 to what a leaf never saw; this much is spread over all states, lest one row decide."""


def generative(structure: Any, *, blank_is_state: bool) -> Callable[..., Floats]:
    """Naive Bayes with one pseudo-count a cell; TAN smoothed as Friedman et al. (1997), by 5 cases.

    Numbers are cut by Fayyad and Irani.
    """

    def told(columns: list[Column], y: Ints, train: Ints, test: Ints) -> Floats:
        drawer = Drawer(columns, y, train, 4)
        coding = drawer.drawn(Way(structure, "supervised", blank_is_state, 1.0, 1.0))
        codes, n_states = coding.found.codes, len(drawer.prior)
        sizes = (*coding.found.sizes, n_states)
        tables = []
        for place in range(len(coding.parents)):
            alone, *_, counts = family_counts(codes[train], y[train], sizes, coding.parents, place)
            overall = alone + 1.0
            counts = counts + (1.0 if structure == "naive" else FRIEDMAN * overall / overall.sum())
            tables.append(counts / counts.sum(axis=-1, keepdims=True))
        counts = np.bincount(y[train], minlength=n_states) + 1.0
        return forecast(codes[test], counts / counts.sum(), tables, coding.parents)

    return told


def logistic(columns: list[Column], y: Ints, train: Ints, test: Ints, *, tuned: bool) -> Floats:
    """Logistic regression: words as ones and zeros, a blank a word; numbers scaled, blanks their mean."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - only a run needs it
    from sklearn.model_selection import GridSearchCV, StratifiedKFold  # noqa: PLC0415

    x = _design(columns, train)
    made = LogisticRegression(max_iter=2000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # classes rarer than folds
        if tuned:
            strengths = {"C": [0.03, 0.1, 0.3, 1.0, 3.0, 10.0]}
            deal = StratifiedKFold(5, shuffle=True, random_state=0)
            made = GridSearchCV(made, strengths, scoring=_log_loss, cv=deal)
        made.fit(x[train], y[train])
    return _full(made.predict_proba(x[test]), made.classes_, int(y.max()) + 1)


def random_forest(columns: list[Column], y: Ints, train: Ints, test: Ints) -> Floats:
    from sklearn.ensemble import RandomForestClassifier  # noqa: PLC0415 - only a run needs it

    x = _design(columns, train)
    made = RandomForestClassifier(300, random_state=0).fit(x[train], y[train])
    return _full(made.predict_proba(x[test]), made.classes_, int(y.max()) + 1)


PEERS: dict[str, Callable[..., Floats]] = {
    "NB, blank a state": generative("naive", blank_is_state=True),
    "NB, blanks summed out": generative("naive", blank_is_state=False),
    "TAN": generative("tree", blank_is_state=False),
    "logistic regression": lambda *rows: logistic(*rows, tuned=False),
    "… strength by inner folds": lambda *rows: logistic(*rows, tuned=True),
    "random forest": random_forest,
}
GENERATIVE = tuple(PEERS)[:3]


def _log_loss(made: Any, x: Floats, y: Ints) -> float:
    p = made.predict_proba(x)
    place = {label: k for k, label in enumerate(made.classes_)}
    own = [row[place[label]] if label in place else 0.0 for row, label in zip(p, y, strict=True)]
    return float(np.log(np.maximum(own, SPREAD / p.shape[1])).mean())


def _full(p: Floats, labels: Ints, n_states: int) -> Floats:
    """Return probabilities of all states, some of which the rows of a fold may not have had."""
    found = np.zeros((len(p), n_states))
    found[:, labels] = p
    return (1 - SPREAD) * found + SPREAD / n_states


def _design(columns: list[Column], train: Ints) -> Floats:
    blocks = []
    for column in columns:
        if isinstance(column, Numbers):
            x = column.x
            mean, spread = np.nanmean(x[train]), np.nanstd(x[train])
            blocks.append((np.where(np.isnan(x), mean, x) - mean)[:, None] / (spread or 1.0))
        else:
            blocks.append(_ones(column, train))
    return np.concatenate(blocks, axis=1)


def _ones(column: Words, train: Ints) -> Floats:
    """Return a one for the word that stands there; a blank is a word where the fold has some."""
    n = len(column.values)
    blank = column.codes < 0
    found = np.eye(n + 1)[np.where(blank, n, column.codes)]
    return found if blank[train].any() else found[:, :n]
