"""No side is timed before its answers are found to be the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bayesdiag.engine.layout import Floats

CLOSE = 1e-10
"""Two exact programs on the same arrays."""


class Differs(Exception):  # noqa: N818 - named for what is the case
    """Two sides do not agree; a fast wrong answer is worth nothing."""


def check(who: str, theirs: Sequence[Floats], mine: Sequence[Floats], close: float = CLOSE) -> float:
    """Return the largest difference.

    Raises:
        Differs: It is larger than `close`, or not a number.
    """
    largest = max(float(np.abs(a - b).max()) for a, b in zip(theirs, mine, strict=True))
    if not largest <= close:
        raise Differs(f"{who} differs from ours by {largest:.2g}; nothing was timed")
    return largest
