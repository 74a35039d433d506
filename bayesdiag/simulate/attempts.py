"""Attempts drawn from a model: the one that failed, and the next ones after something was repaired.

Drawn as `diagnosis.whatif.attempts` tells: contexts and causes stay, stages, symptoms and tests are
drawn anew, links marked persistent fire again or never.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayesdiag.diagnosis.whatif import remembering
from bayesdiag.diagnosis.whatif.attempts import DRAWN_ANEW
from bayesdiag.engine.layout import Bools, Floats, Layout, layout_of
from bayesdiag.engine.relevance import graph_of, relevant
from bayesdiag.engine.sampling import Worlds, conditional
from bayesdiag.engine.tables import Family, families_of
from bayesdiag.errors import Fault, InvalidModel
from bayesdiag.model import Model, Premise

CHUNK = 65_536
"""Attempts drawn at a time, most of which did not fail."""
MAX_CHUNKS = 400
"""After so many chunks without enough failures, failing is too rare to be drawn."""


@dataclass(frozen=True)
class Attempts:
    """A model made ready for drawing.

    Attributes:
        model: The model.
        layout: Where variables stand in a world; those of the model first, then hidden draws.
        families: Numbers of every variable.
    """

    model: Model
    layout: Layout
    families: tuple[Family, ...]

    @property
    def premise(self) -> Premise:
        """Why there is a case.

        Raises:
            InvalidModel: The model has none.
        """
        if self.model.premise is None:
            told = "Give the model a premise: the variable, and the states that mean success."
            raise InvalidModel([Fault(("premise",), "nothing says what failing means", told)])
        return self.model.premise

    def column(self, name: str) -> int:
        """Return where a variable stands in a world."""
        return self.layout.index_of[name]

    def every(self, n: int, random: np.random.Generator) -> Worlds:
        """Return attempts as they come, failed or not, shape (n, variables)."""
        return self._drawn(self._start(n), self._everything, random)

    def failed(self, n: int, random: np.random.Generator) -> Worlds:
        """Return attempts that failed, shape (n, variables): exact draws given the premise.

        Those that did not fail are thrown away, before anything that does not matter for it is drawn.

        Raises:
            InvalidModel: The model has no premise, or failing is too rare to be drawn.
        """
        kept: list[Worlds] = []
        found = 0
        for _ in range(MAX_CHUNKS):
            worlds = self._drawn(self._start(CHUNK), self._above_premise, random)
            worlds = worlds[~self.succeeded(worlds)]
            kept.append(worlds)
            found += len(worlds)
            if found >= n:
                break
        else:
            told = "Raise the probabilities of what makes it fail."
            share = f"only {found} of {MAX_CHUNKS * CHUNK} drawn attempts fail"
            raise InvalidModel([Fault(("premise",), share, told)])
        rest = [number for number in self._everything if number not in set(self._above_premise)]
        return self._drawn(np.concatenate(kept)[:n], rest, random)

    def succeeded(self, worlds: Worlds) -> Bools:
        """Return which attempts did not fail, shape (n,)."""
        states = self.layout.states[self.column(self.premise.variable)]
        fine = [states.index(state) for state in self.premise.exclude]
        return np.asarray(np.isin(worlds[:, self.column(self.premise.variable)], fine))

    def again(self, worlds: Worlds, uniform: Floats) -> Bools:
        """Return which next attempts succeed.

        Args:
            worlds: Contexts and causes as they are now, hidden draws as they were, shape (n, variables).
            uniform: Random numbers in [0, 1), shape (n, `n_anew`).
        """
        next_ones = worlds.copy()
        for place, index in enumerate(self._anew):
            p = conditional(self.families[index], next_ones)
            next_ones[:, index] = chosen(p, uniform[:, place])
        return self.succeeded(next_ones)

    @property
    def n_anew(self) -> int:
        """How many variables are drawn anew in a next attempt."""
        return len(self._anew)

    @cached_property
    def _everything(self) -> tuple[int, ...]:
        return tuple(relevant(graph_of(self.families), range(len(self.families))))

    @cached_property
    def _above_premise(self) -> tuple[int, ...]:
        return tuple(relevant(graph_of(self.families), [self.column(self.premise.variable)]))

    @cached_property
    def _anew(self) -> tuple[int, ...]:
        kinds = {variable.id: variable.kind for variable in self.model.variables}
        names = self.layout.names
        return tuple(i for i in self._above_premise if kinds.get(names[i], "context") in DRAWN_ANEW)

    def _start(self, n: int) -> Worlds:
        return np.zeros((n, len(self.families)), dtype=np.int16)

    def _drawn(
        self, worlds: Worlds, order: tuple[int, ...] | list[int], random: np.random.Generator
    ) -> Worlds:
        for index in order:
            worlds[:, index] = chosen(conditional(self.families[index], worlds), random.random(len(worlds)))
        return worlds


def attempts_of(model: Model) -> Attempts:
    """Return a model made ready for drawing."""
    kept = remembering(model)
    layout = layout_of(kept)
    return Attempts(model, layout, families_of(kept, layout))


def chosen(p: Floats, uniform: Floats) -> Worlds:
    """Return a state for each row, shape (n,), by inversion of its distribution.

    Args:
        p: Probabilities, shape (n, states).
        uniform: Random numbers in [0, 1), shape (n,).
    """
    upto = np.cumsum(p, axis=1)
    states = (upto <= (uniform * upto[:, -1])[:, None]).sum(axis=1)
    # Rounding of the sum must not lead into a state behind the last possible one.
    last = p.shape[1] - 1 - np.argmax(p[:, ::-1] > 0, axis=1)
    return np.asarray(np.minimum(states, last), dtype=np.int16)
