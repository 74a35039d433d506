"""Counts of coded rows, and probabilities drawn from them: each row towards the one that knows less."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bayesdiag.engine.layout import Floats, Ints

FLOOR = 1.0
"""Cases that stand for even chances before anything is counted."""


def counted(columns: Sequence[Ints], sizes: Sequence[int]) -> Floats:
    """Return how many rows hold each combination; a row with a blank among these columns counts nowhere.

    Args:
        columns: Codes from 0, −1 for a blank, each of shape (n,).
        sizes: How many states each column has.
    """
    known = np.logical_and.reduce([column >= 0 for column in columns])
    cells = np.ravel_multi_index(tuple(column[known] for column in columns), tuple(sizes))
    total = int(np.prod(sizes))
    return np.bincount(cells, minlength=total).reshape(sizes).astype(float)


def shrunk(counts: Sequence[Floats], strengths: Sequence[float]) -> Floats:
    """Return P(child | parents), each row drawn towards the same row without its last parent.

    The first counts are of the child alone, shape (k,); each next has one parent more, before the
    child. p = (count + strength · p without the last parent) / (cases + strength).

    Args:
        counts: Of the child, of the child with its first parent, and so on.
        strengths: What the row that knows less is worth, in cases, one fewer than counts.
    """
    alone = counts[0]
    p: Floats = (alone + FLOOR / len(alone)) / (alone.sum() + FLOOR)
    for more, strength in zip(counts[1:], strengths, strict=True):
        # The new parent stands just before the child.
        less = np.expand_dims(p, -2)
        p = (more + strength * less) / (more.sum(axis=-1, keepdims=True) + strength)
    return p


def nested_counts(codes: Ints, sizes: Sequence[int], parents: Sequence[int], child: int) -> list[Floats]:
    """Return the counts that `shrunk` takes: of a child alone, with its first parent, and so on.

    Args:
        codes: Shape (n, variables), −1 for a blank.
        sizes: States of each variable.
        parents: Of the child.
        child: Number of a variable.
    """
    found = []
    for n in range(len(parents) + 1):
        scope = [*parents[:n], child]
        found.append(counted([codes[:, one] for one in scope], [sizes[one] for one in scope]))
    return found
