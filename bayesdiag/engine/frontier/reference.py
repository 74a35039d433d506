"""The steps once more, in numpy and in logarithms: slow, but nothing vanishes.

The twin of `sweep` for rows whose numbers lie too far apart, and what it is tested by.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bayesdiag.engine.frontier.local import Numbers, Toward
from bayesdiag.engine.frontier.steps import ACT, LANE_DIMS, LINK, OPEN_BIT, OPEN_CAUSE, Steps
from bayesdiag.engine.frontier.sweep import FORWARD
from bayesdiag.engine.layout import Floats, Ints

Move = Callable[[Floats, int, tuple[float, float, float]], Floats]
"""How a link changes the states of a step, forward or back."""


def log_sweep(steps: Steps, log_numbers: Numbers, schedule: Ints, arena: Floats, toward: Toward) -> float:
    """Carry out a schedule in logarithms; see `sweep.sweep`.

    Returns:
        The logarithm of the evidence, -inf when the row is impossible. `toward` holds logarithms.
    """
    log_evidence = -np.inf
    with np.errstate(invalid="ignore", divide="ignore"):
        for kind, g, first, second, third in schedule.tolist():
            step = _Step(steps, log_numbers, g)
            if kind == FORWARD:
                if g == 0:
                    arena[first] = 0.0
                before = arena[first + step.before]
                written = [_log_sum(step.log_matrix[:, t, None] + before) for t in range(len(step.behind))]
                arena[second + step.behind] = np.array(written)
                if g == len(steps.sizes) - 1:
                    log_evidence = float(arena[second])
                continue
            if g == len(steps.sizes) - 1:
                arena[second] = 0.0
            before, behind = arena[first + step.before], arena[second + step.behind]
            arena[third + step.before] = [_log_sum(row[:, None] + behind) for row in step.log_matrix]
            step.hand_on(before, behind, toward)
    return log_evidence


def _log_sum(log_terms: Floats) -> Floats:
    """Return the logarithm of the sum along the first axis."""
    top = log_terms.max(axis=0)
    finite = np.where(np.isfinite(top), top, 0.0)
    return np.asarray(np.log(np.exp(log_terms - finite).sum(axis=0)) + finite)


class _Step:
    """One step: its matrix, and where its states stand."""

    def __init__(self, steps: Steps, numbers: Numbers, g: int) -> None:
        n_local, n_read, n_written, n_rest, causes, bits, _ = steps.sizes[g].tolist()
        self.steps, self.numbers, self.g = steps, numbers, g
        self.states = np.arange(1 << n_local)
        high = steps.high_at[steps.first_high[g] : steps.first_high[g + 1]]
        rest_at = steps.lane_at[g, : 1 << min(n_rest, LANE_DIMS)]
        for place in high.tolist():
            rest_at = np.concatenate([rest_at, rest_at + place])
        read = slice(int(steps.first_read[g]), int(steps.first_read[g + 1]))
        written = slice(int(steps.first_written[g]), int(steps.first_written[g + 1]))
        self.before = steps.read_at[read, None] + rest_at
        self.behind = steps.written_at[written, None] + np.arange(1 << n_rest)
        self.acts = range(int(steps.first_act[g]), int(steps.first_act[g + 1]))
        self.closed = steps.closed[steps.first_closed[g] : steps.first_closed[g + 1]].tolist()
        self.values = self._lattice(causes)
        # State t of the local dims is reached from state s read when what acts explains y.
        local = steps.read_local[read, None]
        self.reached = self.states | (local & bits)
        self.meets = (self.states & causes) == (local & causes)
        self.target = steps.written_of[int(steps.first_state[g]) + self.reached]
        self.log_closing = self._closing(-1)
        self.log_matrix = np.full((1 << n_read, 1 << n_written), -np.inf)
        terms = np.where(self.meets, self.values[-1] + self.log_closing[self.reached], -np.inf)
        rows = np.broadcast_to(np.arange(1 << n_read)[:, None], terms.shape)
        np.logaddexp.at(self.log_matrix, (rows, self.target), terms)

    def _lattice(self, causes: int) -> list[Floats]:
        for a in self.acts:
            if self.steps.acts[a, 0] == OPEN_CAUSE:
                causes |= 1 << int(self.steps.acts[a, 2])
        values = [np.where(self.states & ~causes == 0, 0.0, -np.inf)]
        for a in self.acts:
            values.append(self._acted(a, values[-1], _raised))
        return values

    def _acted(self, a: int, old: Floats, move: Move) -> Floats:
        """Return the states after an act, or what lies before it, as `move` says."""
        what, who, place, cause = self.steps.acts[a].tolist()
        numbers = self.numbers
        if what == OPEN_BIT:
            return move(old, 1 << place, (*numbers.opened[who], numbers.opened_any[who]))
        if what == OPEN_CAUSE:
            return np.asarray(old + numbers.weight[who, self.states >> place & 1])
        if what == ACT:
            both = [numbers.weight[who, d] + self._touched(a, d, old, move) for d in range(2)]
            return np.asarray(np.logaddexp(*both))
        kinds = [move(old, 1 << place, self._link(who, d)) for d in range(2)]
        return np.where(self.states >> cause & 1, kinds[1], kinds[0])

    def _link(self, link: int, d: int) -> tuple[float, float, float]:
        numbers = self.numbers
        return numbers.quiet[link, d], numbers.raises[link, d], numbers.any[link, d]

    def _touched(self, a: int, d: int, old: Floats, move: Move) -> Floats:
        for link, place in self.steps.touches[
            self.steps.first_touch[a] : self.steps.first_touch[a + 1]
        ].tolist():
            old = move(old, 1 << place, self._link(link, d))
        return old

    def _closing(self, but: int) -> Floats:
        log_closing = np.zeros(len(self.states))
        for bit, place in self.closed:
            if bit != but:
                log_closing += self.numbers.seen[bit, self.states >> place & 1]
        return log_closing

    def hand_on(self, before: Floats, behind: Floats, toward: Toward) -> None:
        """Hand the derivatives by the matrix on to what made it."""
        sums = np.array([_log_sum((row + behind).T) for row in before])
        given = np.where(self.meets, sums[np.arange(len(sums))[:, None], self.target], -np.inf)
        back = _log_sum(given + self.log_closing[self.reached])
        through = np.full(len(self.states), -np.inf)
        np.logaddexp.at(through, self.reached, given + self.values[-1])
        for bit, place in self.closed:
            terms = through + self._closing(bit)
            toward.seen[bit] = [_log_sum(terms[self.states >> place & 1 == i]) for i in range(2)]
        for a, old in zip(reversed(self.acts), reversed(self.values[:-1]), strict=True):
            self._undo(a, old, back, toward)
            back = self._acted(a, back, _lowered)

    def _undo(self, a: int, old: Floats, back: Floats, toward: Toward) -> None:
        """Write the derivatives by the numbers of one act."""
        what, who, place, _ = self.steps.acts[a].tolist()
        if what == OPEN_BIT:
            off = self.states[self.states >> place & 1 == 0]
            on = off | 1 << place
            toward.bit[who, 0] = _log_sum(np.logaddexp(back[off] + old[off], back[on] + old[on]))
            toward.bit[who, 1] = _log_sum(back[on] + np.logaddexp(old[off], old[on]))
        elif what == OPEN_CAUSE:
            terms = back + old
            toward.cause[who] = [_log_sum(terms[self.states >> place & 1 == d]) for d in range(2)]
        elif what != LINK:
            toward.cause[who] = [_log_sum(self._touched(a, d, back, _lowered) + old) for d in range(2)]


def _raised(log_state: Floats, bit: int, link: tuple[float, float, float]) -> Floats:
    """Let a link act: (quiet, raises, either), as logarithms."""
    states = np.arange(len(log_state))
    quiet, raises, either = link
    explained = np.logaddexp(either + log_state, raises + log_state[states & ~bit])
    return np.where(states & bit, explained, quiet + log_state)


def _lowered(log_state: Floats, bit: int, link: tuple[float, float, float]) -> Floats:
    """Go back over a link."""
    states = np.arange(len(log_state))
    quiet, raises, either = link
    unexplained = np.logaddexp(quiet + log_state, raises + log_state[states | bit])
    return np.where(states & bit, either + log_state, unexplained)
