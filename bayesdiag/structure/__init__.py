"""What a model looks like: its variables in columns, how strong its arrows are, and what depends on what.

Nothing here draws; a face is given places, strengths, paths and lines of numbers.
"""

from bayesdiag.structure.columns import Columns, Place, columns_of, crossings
from bayesdiag.structure.connections import Known, connections, known_of
from bayesdiag.structure.lines import Line, lines_of
from bayesdiag.structure.strength import Strength, strengths
from bayesdiag.structure.surroundings import Arrow, arrows_of, surroundings

__all__ = [
    "Arrow",
    "Columns",
    "Known",
    "Line",
    "Place",
    "Strength",
    "arrows_of",
    "columns_of",
    "connections",
    "crossings",
    "known_of",
    "lines_of",
    "strengths",
    "surroundings",
]
