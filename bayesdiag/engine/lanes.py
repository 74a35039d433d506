"""Sixteen rows side by side, as one vector.

Every operation works on each row alone and in the same order as its scalar twin, so a row comes
to the same number wherever it stands.
"""

from __future__ import annotations

from bayesdiag.engine.vectors import Vectors

N_LANES = 16
"""Rows handled together."""

_LANES = Vectors("Lanes", N_LANES)

load = _LANES.load(N_LANES)
"""load(array, slot): the lanes of one message slot of an array of shape (slots · N_LANES,)."""
store = _LANES.store(N_LANES)
"""store(array, slot, lanes): write the lanes of one message slot."""
spread = _LANES.spread()
"""spread(number): the same number in every lane."""
total = _LANES.total()
"""total(lanes): the sum over the lanes, from the first to the last."""
add = _LANES.add()
"""add(left, right)."""
multiply = _LANES.multiply()
"""multiply(left, right)."""
divide = _LANES.divide()
"""divide(left, right)."""
larger = _LANES.larger()
"""larger(left, right): of each pair."""
least_positive = _LANES.least_positive()
"""least_positive(least, number): the first, or the second where it is smaller and above 0."""
