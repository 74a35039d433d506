"""What a step costs: time and money."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Price:
    """What a step costs.

    Attributes:
        minutes: Working time.
        money: Money, in the model's currency.
        wait_minutes: Time that passes.
    """

    minutes: float = 0.0
    money: float = 0.0
    wait_minutes: float = 0.0
