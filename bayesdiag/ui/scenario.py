"""A scenario of the What-if page: what differs from the case as it is. No Streamlit.

In an address each of its parts begins with the scenario's letter: `b.display_text=read_error:0.7` is
another finding, `b.display_text=-` one taken back, `b.do.entry_method=tap` what is done before the
next attempt, and `b.p.pin_pad_fault.keys_bad=0.02` another number of the model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bayesdiag.model import Kind, Model
from bayesdiag.model.renumbered import addresses_of

LETTERS = ("b", "c")
"""Scenarios there can be beside the case as it is, which is A."""
UNKNOWN = "-"
DO, NUMBER = "do.", "p."
ACTED_ON: tuple[Kind, ...] = ("cause", "context")
"""Kinds of variables that can be made so before the next attempt, in the order they are offered."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a case says of one variable.

    Attributes:
        state: The state; empty where it is not known.
        sure: How sure it is, above 0 and at most 1.
    """

    state: str
    sure: float = 1.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """What differs from the case as it is.

    Attributes:
        changes: Variable → what is said of it instead.
        done: Variable → the state it is put into before the next attempt.
        numbers: Address of a number of the model → its other value, above 0 and below 1.
    """

    changes: Mapping[str, Change] = field(default_factory=dict)
    done: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        return not (self.changes or self.done or self.numbers)


def scenario_of(model: Model, letter: str, query: Mapping[str, str]) -> tuple[Scenario, set[str]]:
    """Return the scenario an address carries, and which of its parameters were understood."""
    changes: dict[str, Change] = {}
    done: dict[str, str] = {}
    numbers: dict[str, float] = {}
    understood = set()
    addresses = addresses_of(model) if any(name.startswith(f"{letter}.{NUMBER}") for name in query) else {}
    for whole, value in query.items():
        if not whole.startswith(f"{letter}."):
            continue
        name = whole.removeprefix(f"{letter}.")
        change = change_of(model, name, value)
        target, number = name.removeprefix(DO), name.removeprefix(NUMBER)
        if change is not None:
            changes[name] = change
        elif name.startswith(DO) and is_state(model, target, value):
            done[target] = value
        elif name.startswith(NUMBER) and number in addresses and 0 < (p := _number(value)) < 1:
            numbers[number] = p
        else:
            continue
        understood.add(whole)
    return Scenario(changes, done, numbers), understood


def written(letter: str, scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Yield the parameters of an address that carry a scenario."""
    for name, change in scenario.changes.items():
        yield f"{letter}.{name}", change_words(change)
    for name, state in scenario.done.items():
        yield f"{letter}.{DO}{name}", state
    for address, p in scenario.numbers.items():
        yield f"{letter}.{NUMBER}{address}", f"{p:.6g}"


def change_words(change: Change) -> str:
    """Return a change as an address tells it."""
    if not change.state:
        return UNKNOWN
    return change.state if change.sure >= 1 else f"{change.state}:{change.sure:.4g}"


def change_of(model: Model, name: str, value: str) -> Change | None:
    """Return the change a parameter means, or None where it means nothing."""
    if not is_question(model, name):
        return None
    if value == UNKNOWN:
        return Change("")
    state, _, number = value.partition(":")
    sure = _number(number or "1")
    return Change(state, sure) if state in model.variable_of[name].state_ids and 0 < sure <= 1 else None


def is_question(model: Model, name: str) -> bool:
    """Whether a model asks about something of this name."""
    return name in model.variable_of and model.variable_of[name].question is not None


def is_state(model: Model, name: str, state: str) -> bool:
    """Whether something of this name can be put into this state before the next attempt."""
    variable = model.variable_of.get(name)
    return variable is not None and variable.kind in ACTED_ON and state in variable.state_ids


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
