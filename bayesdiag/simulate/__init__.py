"""Cases and whole troubleshooting dialogues drawn from a model; the bench on which policies are compared."""

from bayesdiag.simulate.cases import Blanks, case_lines, drawn_cases
from bayesdiag.simulate.compare import Comparison, Difference, compared
from bayesdiag.simulate.held import Expected, expected_dialogues, has_prices

__all__ = [
    "Blanks",
    "Comparison",
    "Difference",
    "Expected",
    "case_lines",
    "compared",
    "drawn_cases",
    "expected_dialogues",
    "has_prices",
]
