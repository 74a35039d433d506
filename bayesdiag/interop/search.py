"""Arrows of a network searched for by pgmpy."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray


def searched_arrows(codes: NDArray[np.int64], *, most_parents: int) -> tuple[tuple[int, ...], ...]:
    """Return the parents of each column of a network found by hill climbing with BIC.

    Args:
        codes: States, shape (n, columns); −1, a blank, counts as a state here.
        most_parents: No column gets more.
    """
    # Four seconds and a warning about names of its own: only a search pays for that.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandas as pd  # noqa: PLC0415
        from pgmpy.estimators import BIC, HillClimbSearch  # noqa: PLC0415

        names = [f"v{place}" for place in range(codes.shape[1])]
        frame = pd.DataFrame({name: codes[:, place].astype(str) for place, name in enumerate(names)})
        frame = frame.astype("category")
        found = HillClimbSearch(frame).estimate(
            scoring_method=BIC(frame), max_indegree=most_parents, show_progress=False
        )
    arrows = set(found.edges())
    return tuple(
        tuple(place for place, parent in enumerate(names) if (parent, child) in arrows) for child in names
    )
