"""Whether to stop now, and what stopping now would cost over going on."""

from __future__ import annotations

from dataclasses import dataclass

from bayesdiag.diagnosis.strategy.belief import ESCALATE, Belief
from bayesdiag.diagnosis.strategy.look_ahead import Prospect, one_step


@dataclass(frozen=True, slots=True)
class Stop:
    """What stopping and going on come to.

    Attributes:
        escalate_now: Price of handing the case over now.
        go_on: Least expected cost of doing something else first; infinite where nothing is left to do.
    """

    escalate_now: float
    go_on: float

    @property
    def regret(self) -> float:
        """What is lost by stopping now: `escalate_now` − `go_on`; below 0 stopping is right."""
        return self.escalate_now - self.go_on

    @property
    def is_right(self) -> bool:
        """Whether to stop now."""
        return self.regret <= 0


def stop_now(belief: Belief, prospect: Prospect | None = None) -> Stop | None:
    """Return what stopping now comes to; None where it is not allowed or nobody is there to take over.

    Args:
        belief: What is known.
        prospect: What next steps come to; looked at one step ahead when not given.
    """
    if belief.problem.escalation is None:
        return None
    found = prospect or one_step(belief)
    others = [cost for step, cost in zip(found.steps, found.costs, strict=True) if step != ESCALATE]
    return Stop(belief.escalation, float(min(others, default=float("inf"))))
