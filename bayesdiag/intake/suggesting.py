"""Findings suggested to a person, each with the words that led to it; none is entered by itself."""

from __future__ import annotations

from dataclasses import dataclass

from bayesdiag.intake.reading import Readings


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A finding that a text seems to tell.

    Attributes:
        variable: The variable it is about.
        state: The state the text seems to say.
        words: The words that led to it, as they were written, secrets masked.
        start: Where these words begin in `Suggestions.text`.
        end: Where they have ended.
        code: The code they were read from; empty where they are words.
    """

    variable: str
    state: str
    words: str
    start: int
    end: int
    code: str = ""


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What a text suggests, for a person to confirm.

    Attributes:
        text: What was read: the text as it was written, secrets masked, cut where it was too long.
        suggestions: One a variable, in the order of the text.
        conflicts: Variables of which the text says two things; neither is suggested.
        readings: The codes and messages in it; one may say that the payment went through.
    """

    text: str
    suggestions: tuple[Suggestion, ...]
    conflicts: tuple[str, ...]
    readings: Readings

    @property
    def findings(self) -> dict[str, str]:
        """Variable → state, of all suggestions."""
        return {suggestion.variable: suggestion.state for suggestion in self.suggestions}
