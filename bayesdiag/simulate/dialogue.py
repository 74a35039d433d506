"""Dialogues in hidden cases: steps taken, what they cost, and what became of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from bayesdiag.diagnosis.strategy import Runs, Step
from bayesdiag.engine.layout import Floats, Ints
from bayesdiag.simulate.hidden import Hidden

Seen = tuple[tuple[int, ...], tuple[int, ...]]
"""Answers, -1 where nothing was asked; and how many times each action was tried in vain."""
Policy = Callable[[Seen, int], Step]
"""What to do next, given what was seen and the number of the case."""
Progress = Callable[[float], None]
"""Told the share of the work that is done."""


class Dialogues:
    """Where all cases stand under one policy."""

    def __init__(self, hidden: Hidden) -> None:
        n = len(hidden)
        self.hidden, self.menu = hidden, hidden.menu
        self.worlds = hidden.worlds.copy()
        self.answers = np.full((n, len(self.menu.questions)), -1, dtype=np.int64)
        self.counts = np.zeros((n, len(self.menu.actions)), dtype=np.int64)
        self.costs, self.minutes = np.zeros(n), np.zeros(n)
        self.wrong = np.zeros(n, dtype=np.int64)
        self.is_escalated = np.zeros(n, dtype=np.bool_)
        self.is_open = np.ones(n, dtype=np.bool_)

    def copy(self) -> Dialogues:
        """Return the same state of affairs, to go on from in another way."""
        other = object.__new__(Dialogues)
        for name, value in vars(self).items():
            setattr(other, name, value.copy() if isinstance(value, np.ndarray) else value)
        return other

    def ask(self, rows: Ints, question: int) -> None:
        """Ask in some cases."""
        self._pay(rows, len(self.menu.actions) + question)
        self.answers[rows, question] = self.hidden.answers[rows, question]

    def act(self, rows: Ints, action: int) -> None:
        """Try an action in some cases, numbers ascending, and see whether the next attempt succeeds."""
        self._pay(rows, action)
        states = self.worlds[rows][:, self.hidden.causes]
        aimed = self.menu.aims_at[action][np.arange(states.shape[1]), states]
        self.wrong[rows] += ~(aimed & self.hidden.took_part[rows]).any(axis=1)
        for which in np.unique(self.counts[rows, action]):
            some = rows[self.counts[rows, action] == which]
            after, success = self.hidden.tried(self.worlds[some], some, action, int(which))
            self.worlds[some] = after
            self.is_open[some[success]] = False
        self.counts[rows, action] += 1

    def hand_over(self, rows: Ints) -> None:
        """Hand some cases over: they are closed at its price."""
        self.costs[rows] += self.menu.escalation
        self.minutes[rows] += self.menu.last.minutes
        self.is_escalated[rows] = True
        self.is_open[rows] = False

    def take(self, rows: Ints, step: Step) -> None:
        """Take one step in some cases."""
        if step.kind == "escalate":
            self.hand_over(rows)
        elif step.kind == "action":
            self.act(rows, step.number)
        else:
            self.ask(rows, step.number)

    @property
    def open_rows(self) -> Ints:
        """Numbers of the cases that are not closed."""
        return np.flatnonzero(self.is_open)

    def money(self) -> Floats:
        """Return the money that each case cost, in the model's currency, time not counted, shape (n,)."""
        asked = (self.answers >= 0) @ self.menu.money[len(self.menu.actions) :]
        tried = self.counts @ self.menu.money[: len(self.menu.actions)]
        return np.asarray(asked + tried + self.is_escalated * self.menu.last.money)

    def runs(self) -> Runs:
        """Return what became of each case."""
        asked = (self.answers >= 0).sum(axis=1).astype(np.int64)
        return Runs(self.costs, self.minutes, asked, self.wrong, self.is_escalated)

    def _pay(self, rows: Ints, place: int) -> None:
        self.costs[rows] += self.menu.prices[place]
        self.minutes[rows] += self.menu.minutes[place]


def followed(hidden: Hidden, policy: Policy, progress: Progress = lambda _: None) -> Runs:
    """Return what comes of a policy in every case."""
    return ended(hidden, policy, progress).runs()


def ended(hidden: Hidden, policy: Policy, progress: Progress = lambda _: None) -> Dialogues:
    """Return where a policy leaves every case; cases in which it does the same go on together."""
    dialogues = Dialogues(hidden)
    while len(rows := dialogues.open_rows):
        done = 1 - len(rows) / len(hidden)
        taken: dict[Step, list[int]] = {}
        seen = _seen(dialogues, rows)
        for place, (row, one) in enumerate(zip(rows.tolist(), seen, strict=True)):
            taken.setdefault(policy(one, row), []).append(row)
            if place % 8 == 0:
                progress(done)
        for step, some in taken.items():
            dialogues.take(np.array(some, dtype=np.int64), step)
    progress(1.0)
    return dialogues


def _seen(dialogues: Dialogues, rows: Ints) -> Sequence[Seen]:
    answers, counts = dialogues.answers[rows].tolist(), dialogues.counts[rows].tolist()
    return [(tuple(one), tuple(other)) for one, other in zip(answers, counts, strict=True)]
