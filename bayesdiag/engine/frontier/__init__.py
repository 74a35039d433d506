"""Two-layer noisy-OR networks with thousands of findings, exactly."""

from bayesdiag.engine.frontier.layer import TwoLayer, two_layer_of

__all__ = ["TwoLayer", "two_layer_of"]
