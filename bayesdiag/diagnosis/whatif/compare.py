"""Two cases side by side: what moves when a finding is flipped, softened or taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bayesdiag.diagnosis.rank import RankedCause


@dataclass(frozen=True, slots=True)
class Shift:
    """How one cause state differs between two cases.

    Attributes:
        id: The cause.
        state: The state.
        before: Its responsibility in the first case.
        after: Its responsibility in the second.
    """

    id: str
    state: str
    before: float
    after: float

    @property
    def difference(self) -> float:
        """Responsibility in the second case less that in the first."""
        return self.after - self.before


def compared(first: tuple[RankedCause, ...], second: tuple[RankedCause, ...]) -> tuple[Shift, ...]:
    """Return how every cause state shifts, what moves most first.

    Args:
        first: Causes of one diagnosis; empty where its findings are impossible.
        second: Causes of the other, of the same model.
    """
    before = {(cause.id, cause.state): cause.responsibility for cause in first}
    after = {(cause.id, cause.state): cause.responsibility for cause in second}
    names = dict.fromkeys([*before, *after])
    shifts = [Shift(*name, before.get(name, 0.0), after.get(name, 0.0)) for name in names]
    # What does not move stays in the first case's order: the sort is stable, and rounding is no movement.
    return tuple(sorted(shifts, key=lambda shift: -round(abs(shift.difference), 4)))


@dataclass(frozen=True, slots=True)
class Beside:
    """One cause state in several cases.

    Attributes:
        id: The cause.
        state: The state.
        p: Its responsibility in each case, in their order; 0 where it is not among the causes.
    """

    id: str
    state: str
    p: tuple[float, ...]

    @property
    def most(self) -> float:
        """How far the case farthest from the first is off, at least 0."""
        return max(abs(p - self.p[0]) for p in self.p)


def beside(*cases: Sequence[RankedCause]) -> tuple[Beside, ...]:
    """Return every cause of several cases, those that differ most from the first case first.

    Args:
        cases: The causes of each case.
    """
    found = [{(cause.id, cause.state): cause.responsibility for cause in causes} for causes in cases]
    names = dict.fromkeys(name for one in found for name in one)
    rows = [Beside(*name, tuple(one.get(name, 0.0) for one in found)) for name in names]
    return tuple(sorted(rows, key=lambda row: -row.most))
