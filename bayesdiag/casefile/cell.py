"""One cell ⇄ what it says of a variable: a state, likelihoods, states it is not, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import isfinite

from bayesdiag.errors import known_names
from bayesdiag.model import Variable

BLANK = frozenset(["", "?"])
FORM = "Write a state, STATE:p|STATE:p, or !STATE; leave it blank where nothing is known."
MAX_SHOWN = 60
"""A longer cell is cut off in a fault."""

Wrong = tuple[str, str]
"""What was found, and what is allowed or to be done."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a cell says of a variable.

    Attributes:
        state: The state it is in; empty where that is not said.
        likelihoods: State → likelihood, where they are told.
        excluded: States that it was found not to be in.
    """

    state: str = ""
    likelihoods: Mapping[str, float] = field(default_factory=dict)
    excluded: tuple[str, ...] = ()


NOTHING = Told()


def spellings(value: object) -> tuple[str, ...]:
    """Return how a value of a table can be written, the usual way first; "" where there is none."""
    if value is None or value != value:  # noqa: PLR0124 - what is no number is not itself
        return ("",)
    if isinstance(value, bool):
        return (str(value).lower(), str(value), str(int(value)))
    if isinstance(value, bytes):
        return (value.decode("utf-8", errors="replace"),)
    if isinstance(value, date):
        return (value.isoformat(),)
    text = str(value)
    if isinstance(value, float) and value.is_integer():
        return (str(int(value)), text)
    return (text,)


def shown(value: object) -> str:
    """Return how a cell is named in a fault."""
    text = spellings(value)[0]
    return f'"{text}"' if len(text) <= MAX_SHOWN else f'"{text[: MAX_SHOWN - 1]}…"'


def parse_cell(value: object, variable: Variable, names: Mapping[str, str]) -> Told | Wrong:
    """Return what a cell says of a variable, or what is wrong with it.

    Args:
        value: What stands there: text, or a number, truth value or nothing from a typed table.
        variable: The variable.
        names: What stands in the file → state; "" counts as blank.
    """
    for text in spellings(value):
        for one in (text, text.strip()):
            meant = names.get(one, one)
            if meant in variable.state_ids:
                return Told(meant)
            if not meant:
                return NOTHING
    text = spellings(value)[0].strip()
    if text in BLANK:
        return NOTHING
    return _parts([part.strip() for part in text.split("|")], variable, names)


def _parts(parts: Sequence[str], variable: Variable, names: Mapping[str, str]) -> Told | Wrong:
    states: list[str] = []
    likelihoods: dict[str, float] = {}
    excluded: list[str] = []
    for part in parts:
        name, colon, number = part.rpartition(":")
        state = names.get(part, part)
        soft = names.get(name.strip(), name.strip())
        is_not = names.get(part[1:].strip(), part[1:].strip())
        if state in variable.state_ids:
            states.append(state)
        elif colon and soft in variable.state_ids:
            likelihood = _likelihood(number)
            if likelihood is None:
                return f'"{number.strip()}" is no likelihood', "A likelihood is a finite number, 0 or more."
            if soft in likelihoods:
                return f'"{soft}" stands there twice', "Give each state one likelihood."
            likelihoods[soft] = likelihood
        elif part.startswith("!") and is_not in variable.state_ids:
            excluded.append(is_not)
        else:
            return _unknown(part, soft if colon else state, variable)
    told = Told(states[0] if states else "", likelihoods, tuple(dict.fromkeys(excluded)))
    wrong = contradiction(told, variable) if len(set(states)) <= 1 else _two(states)
    return wrong or told


def contradiction(told: Told, variable: Variable) -> Wrong | None:
    """Return why what is said of a variable cannot all be so; None where it can."""
    if told.state and told.state in told.excluded:
        return f'"{told.state}" is said to be so and not to be so', "Keep what was found, take out the other."
    if told.state and told.likelihoods and (variable.kind != "cause" or not told.likelihoods.get(told.state)):
        return f'"{told.state}" is said for certain, and likelihoods beside it', "Keep one of the two."
    if told.likelihoods and not any(told.likelihoods.values()):
        return "every likelihood is 0", "At least one state needs a likelihood above 0."
    possible = [s for s in variable.state_ids if not told.likelihoods or told.likelihoods.get(s)]
    if not set(possible) - set(told.excluded):
        return "every state is excluded", "At least one state must be left."
    return None


def finding(told: Told, variable: Variable) -> Mapping[str, float]:
    """Return what a cell says of a variable that is no cause, as likelihoods; empty where nothing."""
    if told.state:
        return {told.state: 1.0}
    if not told.excluded:
        return told.likelihoods
    likelihoods = told.likelihoods or dict.fromkeys(variable.state_ids, 1.0)
    return {state: x for state, x in likelihoods.items() if state not in told.excluded}


def cell(told: Told) -> str:
    """Return what is said of a variable as it stands in a cell."""
    parts = [told.state] if told.state else []
    parts += [f"{state}:{float(likelihood)!r}" for state, likelihood in told.likelihoods.items()]
    parts += [f"!{state}" for state in told.excluded]
    return "|".join(parts)


def _two(states: Sequence[str]) -> Wrong:
    return " and ".join(f'"{state}"' for state in dict.fromkeys(states)) + " at once", FORM


def _unknown(part: str, name: str, variable: Variable) -> Wrong:
    sure = name.removeprefix("!").strip()
    told = known_names(sure, variable.state_ids, f"states of {variable.id}")
    return f"{shown(part)} is not one of its states", f"{told} Or map this value to one of them."


def number_of(text: str) -> float | None:
    """Return the finite number that a text is; None where it is none (1_000 is a word)."""
    try:
        found = float(text)
    except ValueError:
        return None
    return found if isfinite(found) and "_" not in text else None


def _likelihood(text: str) -> float | None:
    number = number_of(text)
    return number if number is not None and number >= 0 else None
