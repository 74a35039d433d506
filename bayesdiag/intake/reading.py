"""What was recognised in a text, and what follows from it as findings."""

from __future__ import annotations

from dataclasses import dataclass, field

from bayesdiag.model import Text


@dataclass(frozen=True, slots=True)
class Reading:
    """One code or message recognised in a text.

    Attributes:
        phrase: The words of the text it was read from.
        variable: The variable it is evidence about; empty when it is no evidence.
        state: The state it reports; empty when it is no evidence.
        meaning: What it means.
        note: What a person must know before doing anything.
        approved: True when it says that the payment went through: warn against charging again.
        code: The code as the model writes it; empty for a message.
        dialect: Whose code it is; empty for a message.
        contacts: Whom to call about it, in order.
        repairs: What to do first.
        is_told: True for what a person tells in words of their own, False for what a machine shows.
    """

    phrase: str
    variable: str
    state: str
    meaning: Text
    note: Text = field(default_factory=Text)
    approved: bool = False
    code: str = ""
    dialect: str = ""
    contacts: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()
    is_told: bool = False


@dataclass(frozen=True, slots=True)
class Readings:
    """Everything recognised in a text, in the order it stands there.

    Attributes:
        readings: Codes and messages, each once.
        unknown_codes: What looks like a code and is none the model knows: not observed, never guessed.
        is_cut: True when the text was too long and only its beginning was read.
    """

    readings: tuple[Reading, ...] = ()
    unknown_codes: tuple[str, ...] = ()
    is_cut: bool = False

    @property
    def findings(self) -> dict[str, str]:
        """Variable → state, of what is evidence; where readings disagree, none of them."""
        return {name: states[0] for name, states in self._states().items() if len(states) == 1}

    @property
    def conflicts(self) -> tuple[str, ...]:
        """Variables about which the readings disagree."""
        return tuple(name for name, states in self._states().items() if len(states) > 1)

    def _states(self) -> dict[str, list[str]]:
        states: dict[str, list[str]] = {}
        for reading in self.readings:
            if reading.state and reading.state not in states.setdefault(reading.variable, []):
                states[reading.variable].append(reading.state)
        return states


@dataclass(frozen=True, slots=True)
class Sight:
    """A place in the folded text where something was recognised.

    Attributes:
        start: Where it begins.
        end: Where it has ended.
        reading: What it says, its `phrase` still empty; None for a code the model does not know.
    """

    start: int
    end: int
    reading: Reading | None
