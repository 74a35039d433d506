"""Two-layer noisy-OR networks with thousands of findings, exactly."""

from bayesdiag.engine.frontier.beliefs import MAX_BYTES, frontier_beliefs
from bayesdiag.engine.frontier.layer import TwoLayer, two_layer_of

__all__ = ["MAX_BYTES", "TwoLayer", "frontier_beliefs", "two_layer_of"]
