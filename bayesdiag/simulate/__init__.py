"""Cases and whole troubleshooting dialogues drawn from a model; the bench on which policies are compared."""

from bayesdiag.simulate.cases import Blanks, case_lines, drawn_cases
from bayesdiag.simulate.compare import Comparison, Difference, compared

__all__ = ["Blanks", "Comparison", "Difference", "case_lines", "compared", "drawn_cases"]
