"""Which findings depend on each other given the cause: the likeliest tree, and what of it is earned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bayesdiag.draft.counts import counted
from bayesdiag.draft.settings import Structure
from bayesdiag.engine.layout import Floats, Ints

Parents = tuple[int, ...]
"""Of each finding the number of the finding it depends on beside the cause; −1: none."""


def parents_of(codes: Ints, y: Ints, sizes: Sequence[int], n_states: int, structure: Structure) -> Parents:
    """Return the arrows of a structure: a maximum spanning forest over what pairs tell of each other.

    Each pair is counted over the rows in which both are known.

    Args:
        codes: Findings, shape (n, findings), −1 for a blank.
        y: State of the cause, shape (n,).
        sizes: States of each finding.
        n_states: States of the cause.
        structure: Which of them; a searched one begins without any.

    References:
        Chow and Liu (1968), Approximating discrete probability distributions with dependence
        trees. Friedman, Geiger and Goldszmidt (1997), Bayesian network classifiers, Machine
        Learning 29, 131-163.
    """
    if structure in {"naive", "searched"}:  # the search takes place elsewhere
        return (-1,) * len(sizes)
    told, freedom = mutual(codes, y, sizes, n_states)
    # Independent findings tell half a nat for each degree of freedom by chance (G² has mean `freedom`).
    price = {"tree": 0.0, "forest": 0.5, "sparse": 0.5 * np.log(max(len(y), 2))}[structure]
    worth = told - price * freedom
    return _rooted(_spanning(worth, allow_all=structure == "tree"), len(sizes))


def mutual(codes: Ints, y: Ints, sizes: Sequence[int], n_states: int) -> tuple[Floats, Floats]:
    """Return n · I(i; j | cause) in nats, and its degrees of freedom, both (findings, findings)."""
    m = len(sizes)
    told, freedom = np.zeros((m, m)), np.zeros((m, m))
    for i in range(m):
        for j in range(i):
            joint = counted([y, codes[:, i], codes[:, j]], [n_states, sizes[i], sizes[j]])
            told[i, j], freedom[i, j] = _nats(joint)
    return told + told.T, freedom + freedom.T


def _nats(joint: Floats) -> tuple[float, float]:
    rows, columns = joint.sum(axis=2, keepdims=True), joint.sum(axis=1, keepdims=True)
    totals = joint.sum(axis=(1, 2), keepdims=True)
    is_there = joint > 0
    ratio = np.where(is_there, joint * totals, 1.0) / np.where(is_there, rows * columns, 1.0)
    free = np.maximum((rows > 0).sum(axis=1) - 1, 0) * np.maximum((columns > 0).sum(axis=2) - 1, 0)
    return float((joint * np.log(ratio)).sum()), float(free.sum())


def _spanning(worth: Floats, *, allow_all: bool) -> list[tuple[int, int]]:
    """Return the edges of a maximum spanning forest, those of no worth only where all are allowed."""
    m = len(worth)
    order = sorted((-worth[i, j], j, i) for i in range(m) for j in range(i))
    group = list(range(m))
    edges = []
    for minus, j, i in order:
        if (minus < 0 or allow_all) and group[i] != group[j]:
            edges.append((j, i))
            old, new = group[i], group[j]
            group = [new if one == old else one for one in group]
    return edges


def _rooted(edges: Sequence[tuple[int, int]], n: int) -> Parents:
    """Return the edges as arrows away from the first finding of each tree."""
    near: dict[int, list[int]] = {place: [] for place in range(n)}
    for i, j in edges:
        near[i].append(j)
        near[j].append(i)
    parents, seen = [-1] * n, set()
    for root in range(n):
        waiting = [] if root in seen else [root]
        seen.add(root)
        while waiting:
            here = waiting.pop()
            for there in near[here]:
                if there not in seen:
                    seen.add(there)
                    parents[there] = here
                    waiting.append(there)
    return tuple(parents)
