"""Worlds drawn from a network, and beliefs estimated from drawn worlds with an honest error."""

from bayesdiag.engine.sampling.estimate import Estimate, Limits, estimated_beliefs
from bayesdiag.engine.sampling.worlds import Worlds, conditional, draw_worlds

__all__ = ["Estimate", "Limits", "Worlds", "conditional", "draw_worlds", "estimated_beliefs"]
