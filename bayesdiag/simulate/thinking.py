"""Policies that reckon: by p/c without questions, and decision-theoretic ones that ask where it pays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from bayesdiag.diagnosis.strategy import ESCALATE, Step
from bayesdiag.diagnosis.strategy.orders import NONE, Batch, greedy
from bayesdiag.engine.layout import Floats, Ints
from bayesdiag.simulate.dialogue import Seen
from bayesdiag.simulate.judge import Judge, Judged

LIKELY = 1e-3
"""Answers less probable than this are not looked behind."""


@dataclass(frozen=True, eq=False)
class Prospect:
    """What could be done next, and what it comes to.

    Attributes:
        cost: Expected cost from here on when nothing more is asked: ECR of the greedy order.
        step: What that order begins with.
        questions: Numbers of the questions that may be asked.
        gains: What asking each would save, its price taken off, shape (questions,).
    """

    cost: float
    step: Step
    questions: tuple[int, ...]
    gains: Floats

    @property
    def best_gain(self) -> float:
        """What the best question saves; 0 where none pays."""
        return max(0.0, float(self.gains.max(initial=0.0)))

    @property
    def best(self) -> Step:
        """The question that saves most, or else the step of the greedy order."""
        if self.best_gain <= 0:
            return self.step
        return Step("question", self.questions[int(np.argmax(self.gains))])


@dataclass(frozen=True, eq=False)
class DecisionTheoretic:
    """Asks what saves most over its price, or tries what is best by p/c, valued anew after each step.

    Attributes:
        judge: What answers mean.
        asks: Whether it asks at all; without questions it is the policy by p/c.
        width: How many of the best questions, and of the best actions, it looks a step further behind.
        known: What was looked at already.
    """

    judge: Judge
    asks: bool = True
    width: int = 0
    known: dict[Seen, Prospect] = field(default_factory=dict, repr=False)
    chosen: dict[Seen, Step] = field(default_factory=dict, repr=False)

    def __call__(self, seen: Seen, case: int = 0) -> Step:
        """Return what to do next; every case with the same answers and tries gets the same."""
        del case
        if seen not in self.chosen:
            near = self.prospect(seen)
            self.chosen[seen] = self._looked_further(seen, near) if self.width else near.best
        return self.chosen[seen]

    def prospect(self, seen: Seen) -> Prospect:
        """Return what could be done next, looking one step ahead."""
        if seen not in self.known:
            self.known[seen] = self._prospect(seen)
        return self.known[seen]

    def _prospect(self, seen: Seen) -> Prospect:
        judged = self.judge.judged(seen[0])
        questions = tuple(judged.answers) if self.asks else ()
        blocks = [judged.answers[q] for q in questions]
        # A question is measured against the sum of its own answers: shares of faults are not quite linear.
        rows = np.concatenate([judged.now[None], *(row for b in blocks for row in (b.sum(axis=0)[None], b))])
        batch = self.batch(seen, judged, rows)
        self._forbid(batch.counts, questions, [len(b) for b in blocks])
        orders = greedy(batch)
        first = int(orders.first[0])
        mass = float(self._left(seen, judged.now[None, :]).sum())
        if mass <= 0:  # what was tried could not have failed: nothing the model knows is left
            return Prospect(self.judge.menu.escalation, ESCALATE, (), np.zeros(0))
        gains, at = np.zeros(len(questions)), 1
        for place, (question, block) in enumerate(zip(questions, blocks, strict=True)):
            whole = float(self._left(seen, rows[at][None, :]).sum())
            saved = orders.costs[at] - orders.costs[at + 1 : at + 1 + len(block)].sum()
            price = self.judge.menu.prices[len(self.judge.menu.actions) + question]
            gains[place] = saved / whole - price if whole > 0 else -price
            at += 1 + len(block)
        step = ESCALATE if first == NONE else Step("action", first)
        return Prospect(float(orders.costs[0]) / mass, step, questions, gains)

    def batch(self, seen: Seen, judged: Judged, rows: Floats) -> Batch:
        """Return beliefs about faults, shape (B, F), as a batch in which what may not be done is used up."""
        problem, menu = self.judge.problem, self.judge.menu
        told = np.array([seen[0]], dtype=np.int64)
        counts = np.array(seen[1], dtype=np.int64)
        for action in range(len(counts)):
            if judged.is_harmful[action] or not menu.is_open(action, told)[0]:
                counts[action] = menu.tries[action]
        left = self._left(seen, rows)
        by_kind = np.zeros_like(left)
        by_kind[:, self.judge.kind_of] = left
        return Batch(
            problem,
            by_kind,
            np.repeat(counts[None, :], len(rows), axis=0),
            np.zeros((len(rows), 0), dtype=np.bool_),
        )

    def _forbid(self, counts: Ints, questions: Sequence[int], widths: Sequence[int]) -> None:
        """Use up, in the rows of each answer, what may not be done after it."""
        menu, at = self.judge.menu, 2
        for question, width in zip(questions, widths, strict=True):
            for answer in range(width):
                for action in menu.forbidden_by.get((question, answer), ()):
                    counts[at + answer, action] = menu.tries[action]
            at += 1 + width

    def _left(self, seen: Seen, rows: Floats) -> Floats:
        """Return beliefs, each fault weighed by how probably all that was tried fails against it."""
        failing = 1 - self.judge.problem.fixes
        return np.asarray(rows * np.prod(failing ** np.array(seen[1])[:, None], axis=0))

    def _looked_further(self, seen: Seen, near: Prospect) -> Step:
        """Return the step with the least cost when the best by one step follows it."""
        best, least = near.best, near.cost - near.best_gain
        order = np.argsort(-near.gains, kind="stable")[: self.width]
        for place in order:
            cost = self._asked(seen, near, int(place))
            if cost < least:
                best, least = Step("question", near.questions[int(place)]), cost
        if near.step.kind == "action":
            cost = self._acted(seen, near.step.number)
            if cost < least:
                best = near.step
        return best

    def _asked(self, seen: Seen, near: Prospect, place: int) -> float:
        """Return the cost of asking, one more question being allowed after each answer."""
        question = near.questions[place]
        block = self.judge.judged(seen[0]).answers[question]
        weights = self._left(seen, block).sum(axis=1)
        shares = weights / weights.sum()
        later = 0.0
        for answer, share in enumerate(shares):
            if share > LIKELY:
                answers = tuple(answer if q == question else k for q, k in enumerate(seen[0]))
                after = self.prospect((answers, seen[1]))
                later += float(share) * after.best_gain
        return near.cost - float(near.gains[place]) - later

    def _acted(self, seen: Seen, action: int) -> float:
        """Return the cost of trying an action, asking being allowed where it fails."""
        counts = tuple(n + (a == action) for a, n in enumerate(seen[1]))
        now = self.judge.judged(seen[0]).now[None, :]
        p_fails = float(self._left((seen[0], counts), now).sum() / self._left(seen, now).sum())
        after = self.prospect((seen[0], counts))
        return float(self.judge.menu.prices[action]) + p_fails * (after.cost - after.best_gain)
