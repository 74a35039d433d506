"""One line of the table: ours, the peers, what was asked of it and whether it was met."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

RATES = ("rows/s", "× the best peer")
"""Units of which more is better; of all others, less."""


@dataclass(frozen=True)
class Line:
    """One comparison.

    Attributes:
        name: What was done.
        unit: Unit of all figures.
        ours: Our figure; None where there is none, and `note` says why.
        peers: Peer → its figure in the same run.
        must: What has to be reached; None where nothing was asked.
        aim: What is hoped for.
        goal_of: Whether must and aim speak of the ratio to the best peer or of our figure itself.
        note: Number of rows and rounds, and whatever else a reader must know.
    """

    name: str
    unit: str
    ours: float | None
    peers: dict[str, float] = field(default_factory=dict)
    must: float | None = None
    aim: float | None = None
    goal_of: Literal["ratio", "ours"] = "ratio"
    note: str = ""

    @property
    def best_peer(self) -> str | None:
        """The peer that did best, or None without peers."""
        if not self.peers:
            return None
        best = max if self.unit in RATES else min
        return best(self.peers, key=lambda name: self.peers[name])

    @property
    def ratio(self) -> float | None:
        """How many times faster than the best peer."""
        if self.best_peer is None or not self.ours:
            return None
        peer = self.peers[self.best_peer]
        return self.ours / peer if self.unit in RATES else peer / self.ours

    @property
    def verdict(self) -> str:
        """Whether the goal is met: aim, must, missed, no figure, or - where nothing was asked."""
        if self.must is None and self.aim is None:
            return "–" if self.ours is not None else "no figure"
        figure = self.ratio if self.goal_of == "ratio" else self.ours
        if figure is None:
            return "no figure" if self.ours is None or self.goal_of == "ours" else "no peer"
        if self.aim is not None and self._reaches(figure, self.aim):
            return "aim"
        if self.must is None:
            return "below the aim"
        return "must" if self._reaches(figure, self.must) else "missed"

    def _reaches(self, figure: float, goal: float) -> bool:
        more = self.goal_of == "ratio" or self.unit in RATES
        return figure >= goal if more else figure <= goal

    def as_json(self) -> dict[str, Any]:
        """Return everything, derived figures too, as plain values."""
        derived = {"best_peer": self.best_peer, "ratio": self.ratio, "verdict": self.verdict}
        return asdict(self) | derived

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Line:
        """Return a line; what is derived is derived anew."""
        return cls(**{name: found[name] for name in cls.__dataclass_fields__})

    def goal(self, which: Literal["must", "aim"]) -> str:
        """Return a goal as it is printed."""
        value = self.must if which == "must" else self.aim
        if value is None:
            return "–"
        if self.goal_of == "ratio":
            return f"≥ {figure(value)}×"
        return f"{'≥' if self.unit in RATES else '≤'} {figure(value)} {self.unit}"


def figure(value: float | None) -> str:
    """Return a number with three digits that count, thousands apart."""
    if value is None:
        return "–"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def refused(error: Exception) -> str:
    """Return why there is no figure of ours."""
    return f"ours: {type(error).__name__}: {str(error)[:200]}"
