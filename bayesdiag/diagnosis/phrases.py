"""The smallest words: probabilities, names of variables and states, numbers; for all other words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bayesdiag.diagnosis.rank import RankedCause
from bayesdiag.model import Model, Text


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it; lines of a list are numbered by the face."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Say:
    """Chooses between two wordings."""

    language: str

    def __call__(self, zh: str, en: str) -> str:
        """Return the wording in this language."""
        return Text(zh, en)[self.language]


class InLine(Protocol):
    """A question that has its place in the line."""

    @property
    def is_mandatory(self) -> bool:
        """Whether it must be asked."""

    @property
    def is_skipped(self) -> bool:
        """Whether it was put off."""


def turn_words(question: InLine, language: str) -> str:
    """Return what is to be said of a question's place in the line; empty where it is there by its worth."""
    say = Say(language)
    must = [say("必问", "mandatory")] if question.is_mandatory else []
    later = [say("刚才跳过", "skipped before")] if question.is_skipped else []
    return say("，", ", ").join([*must, *later])


def chance(p: float) -> str:
    """Return a probability as a person reads it; never 0 % or 100 % for what is only near it."""
    if 0 < p < 0.001:
        return "<0.1%"
    if 0.999 < p < 1:
        return ">99.9%"
    return f"{p:.1%}" if 0 < p < 0.0995 or 0.9905 < p < 1 else f"{p:.0%}"


def state_words(model: Model, variable: str, state: str, language: str) -> str:
    """Return the name of a state, its id where the model has no words for it."""
    return model.variable_of[variable].state(state).label.shown(language, state)


def variable_words(model: Model, variable: str, language: str) -> str:
    """Return the name of a variable, its id where the model has no words for it."""
    return model.variable_of[variable].label.shown(language, variable)


def finding_words(model: Model, variable: str, state: str, language: str) -> str:
    """Return a variable and the state it is in."""
    colon = "：" if language == "zh" else ": "
    return (
        f"{variable_words(model, variable, language)}{colon}{state_words(model, variable, state, language)}"
    )


def cause_sentence(model: Model, cause: RankedCause, language: str) -> str:
    """Return the sentence that says what a cause's state means."""
    told = model.variable_of[cause.id].state(cause.state).explain[language]
    return told.rstrip("。.") or finding_words(model, cause.id, cause.state, language)


def sentence_case(text: str) -> str:
    """Return a text that begins a line: its first letter in upper case."""
    return text[:1].upper() + text[1:]


def number(value: float) -> str:
    """Return a number with as many digits as a person wants."""
    return f"{value:.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"


def p_of_bits(bits: float) -> float:
    """Return the probability that log-odds in bits mean."""
    return float(1 / (1 + 2.0**-bits))
