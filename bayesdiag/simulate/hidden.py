"""Hidden cases: what is wrong in each, what every question would be answered, how every try would end.

Policies are compared on the same cases with the same luck: the random numbers of the k-th try of an
action in a case are the same whoever takes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from bayesdiag.engine.layout import Bools, Floats, Ints
from bayesdiag.engine.sampling import Worlds
from bayesdiag.engine.sampling.fired import responsibilities
from bayesdiag.simulate.attempts import Attempts
from bayesdiag.simulate.menu import Menu

MOST_KEPT = 2000
"""Up to so many cases their luck is kept: some 30 megabytes."""


@dataclass(frozen=True, eq=False)
class Part:
    """Cases that come from one set of numbers.

    Attributes:
        attempts: The model they are drawn from.
        fixes: P(made normal | action, cause, state) in them, shape (A, C, most states).
        rows: Which cases they are.
    """

    attempts: Attempts
    fixes: Floats
    rows: slice


@dataclass(frozen=True, eq=False)
class Hidden:
    """Hidden cases, n of them.

    Attributes:
        menu: What may be done.
        parts: Where they come from, in order.
        worlds: The attempt that failed, shape (n, variables).
        seed: What their luck comes from.
    """

    menu: Menu
    parts: tuple[Part, ...]
    worlds: Worlds
    seed: int
    _kept: dict[tuple[int, int], Floats] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        """Return n."""
        return len(self.worlds)

    @cached_property
    def answers(self) -> Ints:
        """What every question would be answered, shape (n, Q)."""
        columns = [self.parts[0].attempts.column(question.id) for question in self.menu.questions]
        return np.asarray(self.worlds[:, columns], dtype=np.int64)

    @cached_property
    def causes(self) -> Ints:
        """Columns of the causes in a world, shape (C,)."""
        return np.array([self.parts[0].attempts.column(name) for name in self.menu.causes], dtype=np.int64)

    @cached_property
    def took_part(self) -> Bools:
        """Whether a link of a cause's state fired in the attempt that failed, shape (n, C)."""
        random = np.random.default_rng([self.seed, 1])
        found = np.zeros((len(self), len(self.causes)), dtype=np.bool_)
        place = {int(column): number for number, column in enumerate(self.causes)}
        for part in self.parts:
            layout, worlds = part.attempts.layout, self.worlds[part.rows]
            p = responsibilities(part.attempts.families, layout, range(len(layout.names)), worlds)
            fired = random.random(p.shape) < p
            for number, (cause, _) in enumerate(layout.events):
                found[part.rows, place[cause]] |= fired[:, number]
        return found

    def tried(self, worlds: Worlds, rows: Ints, action: int, which: int) -> tuple[Worlds, Bools]:
        """Return what an action makes of some cases, and which next attempts succeed.

        Args:
            worlds: These cases as they are now, shape (rows, variables).
            rows: Their numbers, ascending.
            action: Number of the action.
            which: How many times it was tried before.
        """
        n_causes = len(self.causes)
        luck = self._luck(action, which)[rows]
        after = worlds.copy()
        success = np.zeros(len(rows), dtype=np.bool_)
        for part in self.parts:
            here = slice(*np.searchsorted(rows, [part.rows.start, part.rows.stop]))
            if here.start == here.stop:
                continue
            states = after[here][:, self.causes]
            fixed = luck[here, :n_causes] < part.fixes[action][np.arange(n_causes), states]
            after[here, self.causes] = np.where(fixed, 0, states)
            success[here] = part.attempts.again(after[here], luck[here, n_causes:])
        return after, success

    def _luck(self, action: int, which: int) -> Floats:
        """Return the random numbers of the k-th try of an action, kept where they are few."""
        if (action, which) in self._kept:
            return self._kept[action, which]
        random = np.random.default_rng([self.seed, 2, action, which])
        luck = random.random((len(self), len(self.causes) + self.parts[0].attempts.n_anew))
        if len(self) <= MOST_KEPT:
            self._kept[action, which] = luck
        return luck


def hidden_cases(menu: Menu, sources: Sequence[tuple[Attempts, Floats]], n: int, seed: int) -> Hidden:
    """Return cases drawn given the premise, shared out evenly over sets of numbers.

    Args:
        menu: What may be done.
        sources: Models to draw from, and how well repairs work there; same variables in all.
        n: How many cases; at least as many as there are sources.
        seed: What they and their luck come from.
    """
    random = np.random.default_rng([seed, 0])
    bounds = np.linspace(0, n, len(sources) + 1).astype(int)
    parts = tuple(
        Part(attempts, fixes, slice(int(start), int(stop)))
        for (attempts, fixes), start, stop in zip(sources, bounds[:-1], bounds[1:], strict=True)
    )
    worlds = [part.attempts.failed(part.rows.stop - part.rows.start, random) for part in parts]
    return Hidden(menu, parts, np.concatenate(worlds), seed)
