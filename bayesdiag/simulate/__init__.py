"""Cases and whole troubleshooting dialogues drawn from a model; the bench on which policies are compared."""

from bayesdiag.simulate.cases import Blanks, case_lines, drawn_cases
from bayesdiag.simulate.compare import POLICIES, SLOW, Comparison, Difference, Ratio, compared
from bayesdiag.simulate.held import Expected, expected_dialogues, has_prices
from bayesdiag.simulate.menu import lacking, left_out

__all__ = [
    "POLICIES",
    "SLOW",
    "Blanks",
    "Comparison",
    "Difference",
    "Expected",
    "Ratio",
    "case_lines",
    "compared",
    "drawn_cases",
    "expected_dialogues",
    "has_prices",
    "lacking",
    "left_out",
]
