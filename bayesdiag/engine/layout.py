"""Variable and state → slot: the only place where a name becomes a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bayesdiag.errors import EvidenceError, Fault
from bayesdiag.model import Factors, FirstActive, Link, LinkForm, Model, NoisyMax

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Ints32 = NDArray[np.int32]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Layout:
    """Where each variable and state stands in a row.

    The first slots are one per variable and state. Behind them stands one slot per
    *responsibility*: the event that a cause is in a state and at least one of its links into a
    stage fired. In a row of likelihoods such a slot multiplies onto its state; in a row of
    beliefs it holds the probability of that event.

    Attributes:
        names: Variables, in the model's order.
        states: States of each variable.
        offsets: First slot of each variable, and behind the last one the number of state slots.
        events: (cause index, state index) of each responsibility slot.
        stages: Numbers of the stages: links into them are what a cause is responsible by.
    """

    names: tuple[str, ...]
    states: tuple[tuple[str, ...], ...]
    offsets: tuple[int, ...]
    events: tuple[tuple[int, int], ...]
    stages: frozenset[int]

    @cached_property
    def index_of(self) -> Mapping[str, int]:
        """Variable → its number."""
        return {name: index for index, name in enumerate(self.names)}

    @cached_property
    def starts(self) -> Ints:
        """`offsets` as an array."""
        return np.array(self.offsets, dtype=np.int64)

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """Number of states of each variable."""
        return tuple(len(states) for states in self.states)

    @cached_property
    def event_slot_of(self) -> Mapping[tuple[int, int], int]:
        """(cause index, state index) → responsibility slot."""
        return {event: self.n_states + position for position, event in enumerate(self.events)}

    @cached_property
    def first_events(self) -> Ints:
        """Where the states of each cause start among the events, and how many events there are."""
        causes = [cause for cause, _ in self.events]
        return np.append(np.unique(causes, return_index=True)[1], len(causes)).astype(np.int64)

    @property
    def n_states(self) -> int:
        """Number of state slots."""
        return self.offsets[-1]

    def as_rows(self, rows: Floats) -> Floats:
        """Return what are taken for rows of likelihoods as such, shape (B, S).

        Raises:
            EvidenceError: They have another shape, or are no numbers.
        """
        told = f"Rows of likelihoods have the shape (any number, {self.n_slots}): see `network.rows`."
        try:
            found = np.ascontiguousarray(rows, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise EvidenceError([Fault(("rows",), "something that is no table of numbers", told)]) from error
        if found.shape != (len(found), self.n_slots):
            raise EvidenceError([Fault(("rows",), f"the shape {found.shape}", told)])
        return found

    @property
    def n_slots(self) -> int:
        """Width S of a row."""
        return self.n_states + len(self.events)

    def slots(self, name: str) -> slice:
        """Return the slots of a variable's states, in order."""
        return self.span(self.index_of[name])

    def span(self, index: int) -> slice:
        """Return the slots of the variable with this number."""
        return slice(self.offsets[index], self.offsets[index + 1])

    def slot(self, name: str, state: str) -> int:
        """Return the slot of one state."""
        index = self.index_of[name]
        return self.offsets[index] + self.states[index].index(state)

    def responsible(self, name: str, state: str) -> int:
        """Return the slot of "this cause is in this state and a link of it fired"."""
        index = self.index_of[name]
        return self.event_slot_of[index, self.states[index].index(state)]


def layout_of(model: Model | Factors) -> Layout:
    """Return where everything of a model stands in a row."""
    if isinstance(model, Factors):
        states = tuple(variable.state_ids for variable in model.variables)
        return Layout(tuple(v.id for v in model.variables), states, _offsets(states), (), frozenset())
    names = tuple(variable.id for variable in model.variables)
    states = tuple(variable.state_ids for variable in model.variables)
    offsets = _offsets(states)
    stages = frozenset(i for i, name in enumerate(names) if model.variable_of[name].kind == "stage")
    return Layout(names, states, offsets, _events(model, names, states), stages)


def _offsets(states: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """Return the first slot of each variable, and behind the last one the number of state slots."""
    return tuple(int(n) for n in np.concatenate([[0], np.cumsum([len(names) for names in states])]))


def _events(
    model: Model, names: Sequence[str], states: Sequence[Sequence[str]]
) -> tuple[tuple[int, int], ...]:
    """Return (cause, state) wherever that state of a cause has a link into a stage."""
    linked = {
        (link.parent, link.state)
        for variable in model.of_kind("stage")
        if isinstance(variable.cpt, NoisyMax | FirstActive)
        for link in variable.cpt.links
        if not _never_acts(link, variable.cpt, model)
    }
    causes = [index for index, name in enumerate(names) if model.variable_of[name].kind == "cause"]
    return tuple(
        (index, position)
        for index in causes
        for position, state in enumerate(states[index])
        if (names[index], state) in linked
    )


def _never_acts(link: Link, cpt: LinkForm, model: Model) -> bool:
    """Whether a link starts from the first state of a first-active parent, which is passed over."""
    return isinstance(cpt, FirstActive) and link.state == model.variable_of[link.parent].state_ids[0]
