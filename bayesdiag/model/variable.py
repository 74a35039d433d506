"""What a variable of a model is: its states, its words, what asking costs, whom it concerns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bayesdiag.model.cpt import Condition, Cpt, parents
from bayesdiag.model.price import Price
from bayesdiag.model.text import NO_TEXT, NO_WEIGHT, Text, Weight

Kind = Literal["plain", "context", "cause", "stage", "symptom", "test"]

KINDS: tuple[Kind, ...] = ("plain", "context", "cause", "stage", "symptom", "test")
"""plain: a variable of a network without roles. context: circumstances, never to blame.
cause: what may be wrong; its first state is normal. stage: internal step of an attempt, never
seen. symptom: what is seen of the attempt. test: what must be done to be seen."""

Asked = Literal["mandatory", "ranked", "never"]

ASKED: tuple[Asked, ...] = ("mandatory", "ranked", "never")
"""mandatory: asked before all ranked ones, in the order of the file. ranked: asked when its answer is
most worth its price. never: never suggested; what is seen of it counts as ever."""


@dataclass(frozen=True, slots=True)
class State:
    """One state of a variable.

    Attributes:
        id: Name used in files and evidence.
        label: Name a person reads.
        explain: For a cause: the sentence that says what this state means.
        synonyms: Other words people use for it.
    """

    id: str
    label: Text = NO_TEXT
    explain: Text = NO_TEXT
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """How a variable is asked about, and what the answer costs.

    Attributes:
        text: The question, to the person who can answer it.
        help: How to find the answer, and what not to do for it.
        minutes: Working time the answer takes.
        money: Money it takes, in the model's currency.
        wait_minutes: Time that passes before the answer is there.
        who: Who can answer.
        group: Where a person meets it: screen, cards, card, terminal, network, bank, context.
        requires: What must hold before it can be asked. Empty: always.
        clusters: What must be open for it.
        cost_after: Step → what it costs once that one was done, where it is less; of several that were
            done, the least counts.
        asked: When it is asked, see `ASKED`.
    """

    text: Text
    help: Text = NO_TEXT
    minutes: float = 0.0
    money: float = 0.0
    wait_minutes: float = 0.0
    who: tuple[str, ...] = ()
    group: str = ""
    requires: Condition = field(default_factory=dict)
    clusters: tuple[str, ...] = ()
    cost_after: Mapping[str, Price] = field(default_factory=dict)
    asked: Asked = "ranked"


@dataclass(frozen=True, slots=True)
class NextAttempt:
    """What a test that tries again keeps of this attempt, and what it renews.

    Attributes:
        keeps: Variables shared with this attempt.
        changes: What is renewed, in free words.
        does: The repair that it does on the way: where it then works, the case is solved. Empty: none.
    """

    keeps: tuple[str, ...]
    changes: tuple[str, ...]
    does: str = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable: what it is called, the states it can be in, and how they come about.

    Attributes:
        id: Name used in files and evidence.
        kind: Its role, see `KINDS`.
        states: In order; the first is the normal or lowest one.
        cpt: How its states depend on its parents.
        label: Name a person reads.
        weight: What stands behind its numbers.
        question: How it is asked about; None where nobody can see it.
        contacts: For a cause: whom to call, in order.
        contacts_of_state: The same for single states where they differ.
        next_attempt: For a test that tries again.
        synonyms: Other words people use for it.
    """

    id: str
    kind: Kind
    states: tuple[State, ...]
    cpt: Cpt
    label: Text = NO_TEXT
    weight: Weight = NO_WEIGHT
    question: Question | None = None
    contacts: tuple[str, ...] = ()
    contacts_of_state: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    next_attempt: NextAttempt | None = None
    synonyms: tuple[str, ...] = ()

    @property
    def parents(self) -> tuple[str, ...]:
        """Parents, gates included, in the order the table names them."""
        return parents(self.cpt)

    @property
    def state_ids(self) -> tuple[str, ...]:
        """Names of the states, in order."""
        return tuple([state.id for state in self.states])

    def state(self, state_id: str) -> State:
        """Return the state with this name; KeyError if there is none."""
        for state in self.states:
            if state.id == state_id:
                return state
        raise KeyError(state_id)
