"""The policy that takes any step, each as likely: what knowing nothing costs."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bayesdiag.diagnosis.strategy import ESCALATE, Step
from bayesdiag.simulate.dialogue import Seen
from bayesdiag.simulate.menu import Menu


@dataclass(frozen=True, eq=False)
class AtRandom:
    """Takes any action that may still be tried, any open question, or hands over, each as likely.

    Attributes:
        menu: What may be done.
        seed: What its choices come from, case by case.
        generators: Case → where its choices come from.
    """

    menu: Menu
    seed: int
    generators: dict[int, np.random.Generator] = field(default_factory=dict, repr=False)

    def __call__(self, seen: Seen, case: int) -> Step:
        """Return a step taken at random."""
        if case not in self.generators:
            self.generators[case] = np.random.default_rng([self.seed, 3, case])
        told = np.array([seen[0]], dtype=np.int64)
        n_actions = len(self.menu.actions)
        actions = [
            Step("action", a)
            for a in range(n_actions)
            if seen[1][a] < self.menu.tries[a] and self.menu.is_open(a, told)[0]
        ]
        questions = [
            Step("question", q)
            for q, answer in enumerate(seen[0])
            if answer < 0 and self.menu.is_open(n_actions + q, told)[0]
        ]
        steps = [*actions, *questions, ESCALATE]
        return steps[int(self.generators[case].integers(len(steps)))]
