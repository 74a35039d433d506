"""One test of one claim by pgmpy's chi-square test, and p-values of many tests made honest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from bayesdiag.engine.layout import Floats
from bayesdiag.independence.tables import Strata

Correction = Literal["holm", "bh"]
"""holm: any false alarm at all is as rare as stated (Holm 1979). bh: the share of false ones among the
alarms is, on average (Benjamini and Hochberg 1995)."""


class ChiSquare(NamedTuple):
    """What a test came to.

    Attributes:
        statistic: Pearson's, summed over tables; tables of two by two with Yates' correction.
        freedom: Degrees of freedom.
        p: The p-value.
    """

    statistic: float
    freedom: int
    p: float


def chi_square(strata: Strata) -> ChiSquare:
    """Return pgmpy's test of conditional independence on cases in strata.

    Args:
        strata: The cases; at least one table is there, and both variables vary in each.
    """
    from pandas import DataFrame  # noqa: PLC0415 - pgmpy takes a second to import
    from pgmpy.ci_tests import ChiSquare as Test  # noqa: PLC0415

    frame = DataFrame({"x": strata.first, "y": strata.second, "z": strata.stratum})
    test = Test(frame)
    test("x", "y", ["z"], significance_level=0.05)
    return ChiSquare(float(test.statistic_), int(test.dof_), float(test.p_value_))


def adjusted(p: Sequence[float], correction: Correction) -> Floats:
    """Return p-values as they stand among many: to be compared with the rate itself.

    Args:
        p: The p-values.
        correction: What is to be as rare as stated.
    """
    values = np.array(p, dtype=np.float64)
    n = len(values)
    order = np.argsort(values, kind="stable")
    found = np.empty(n)
    if correction == "holm":
        raised = np.maximum.accumulate(values[order] * np.arange(n, 0, -1))
    else:
        raised = np.minimum.accumulate((values[order] * n / np.arange(1, n + 1))[::-1])[::-1]
    found[order] = np.minimum(raised, 1.0)
    return found
