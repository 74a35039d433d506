"""Four numbers that stand one behind the other in an array, as one vector.

Four is what the last part of a small table fills; wider vectors would mostly hold padding.
"""

from __future__ import annotations

from bayesdiag.engine.vectors import Vectors

WIDTH = 4
"""Numbers handled together."""

_QUAD = Vectors("Quad", WIDTH)

load = _QUAD.load(1)
"""load(array, place): the four numbers from a place on."""
store = _QUAD.store(1)
"""store(array, place, quad): write four numbers from a place on."""
spread = _QUAD.spread()
"""spread(number): the same number four times."""
total = _QUAD.total()
"""total(quad): the sum, from the first to the last."""
add = _QUAD.add()
"""add(left, right)."""
multiply = _QUAD.multiply()
"""multiply(left, right)."""
divide = _QUAD.divide()
"""divide(left, right)."""
larger = _QUAD.larger()
"""larger(left, right): of each pair."""
least_positive = _QUAD.least_positive()
"""least_positive(least, quad): the first, or the second where it is smaller and above 0."""
highest = _QUAD.highest()
"""highest(quad): the largest of the four."""
lowest = _QUAD.lowest()
"""lowest(quad): the smallest of the four."""
