"""What a person types or pastes → suggested findings, for a person to confirm; nothing is guessed.

Card numbers and other secrets are masked before anything is read, see `bayesdiag.mask`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from bayesdiag.errors import EvidenceError, Fault, known_names
from bayesdiag.intake.codes import Codes
from bayesdiag.intake.fold import MAX_CHARACTERS, Folded, fold
from bayesdiag.intake.negation import is_denied, is_supposed, seen
from bayesdiag.intake.phrases import Phrases
from bayesdiag.intake.reading import Reading, Readings, Sight
from bayesdiag.intake.suggesting import Suggestion, Suggestions
from bayesdiag.intake.wordings import Told
from bayesdiag.mask import mask_text
from bayesdiag.model import Model

if TYPE_CHECKING:
    from bayesdiag.intake.spelling import Spelling

__all__ = [
    "MAX_CHARACTERS",
    "Intake",
    "Reading",
    "Readings",
    "Suggestion",
    "Suggestions",
    "read_text",
    "suggest_findings",
]

_LONGEST_SECRET = 200
"""Signs that a card number or the data of a stripe may take."""


class Intake:
    """Reads many texts with the codes, messages and wordings of one model, made ready once."""

    def __init__(self, model: Model, *, dialect: str | None = None) -> None:
        """Make ready what is to be recognised.

        Args:
            model: Whose codes, messages and wordings are known.
            dialect: Whose codes they are. None: the default dialect's, and those only one other has.

        Raises:
            EvidenceError: The model has no such dialect.
        """
        dialects = [known.id for known in model.dialects]
        if dialect is not None and dialect not in dialects:
            allowed = known_names(dialect, dialects, "dialects")
            raise EvidenceError([Fault(("dialect",), f'"{dialect}" is not one of the dialects', allowed)])
        self._model = model
        self._phrases = Phrases(model)
        self._codes = Codes(model, self._phrases, dialect)

    def read(self, text: str) -> Readings:
        """Return the codes and messages in a text, those that are denied left out."""
        folded = _folded(text)
        return _readings(folded, self._sights(folded, []))

    def suggest(self, text: str) -> Suggestions:
        """Return the findings a text seems to tell: codes, messages, and the wordings of the model.

        Slips of the keyboard are forgiven; what is denied, asked or only supposed is left out.
        """
        folded = self._spelling.corrected(_folded(text))
        kept = self._sights(folded, list(self._told_sights(folded.text)))
        asked = {variable.id for variable in self._model.variables if variable.question is not None}
        first: dict[tuple[str, str], Suggestion] = {}
        for sight in kept:
            if sight.reading is not None and sight.reading.variable in asked:
                found = _suggestion(folded, sight, sight.reading)
                first.setdefault((found.variable, found.state), found)
        variables = [variable for variable, _ in first]
        conflicts = [variable for variable in dict.fromkeys(variables) if variables.count(variable) > 1]
        agreed = tuple(found for found in first.values() if found.variable not in conflicts)
        told = [sight for sight in kept if sight.reading is None or not sight.reading.is_told]
        return Suggestions(folded.original, agreed, tuple(conflicts), _readings(folded, told))

    @cached_property
    def _told(self) -> Told:
        return Told(self._model)

    @cached_property
    def _spelling(self) -> Spelling:
        from bayesdiag.intake.spelling import Spelling  # noqa: PLC0415 - codes alone need no such library

        messages = self._phrases.vocabulary
        return Spelling([*self._told.vocabulary, *messages], messages)

    def _sights(self, folded: Folded, told: list[Sight]) -> list[Sight]:
        found = [*self._codes.find(folded.text), *self._phrases.find(folded.text), *told]
        return self._phrases.specific(list(seen(folded.text, found)))

    def _told_sights(self, text: str) -> Iterator[Sight]:
        for said in self._told.find(text):
            if not (is_denied(text, said.key, said.end) or is_supposed(text, said.key, said.end)):
                variable, state = said.finding
                label = self._model.variable_of[variable].state(state).label
                yield Sight(said.start, said.end, Reading("", variable, state, label, is_told=True))


def read_text(model: Model, text: str, *, dialect: str | None = None) -> Readings:
    """Return the codes and messages in one text; for many texts keep an `Intake`.

    Args:
        model: Whose codes and messages are known.
        text: Anything, in Chinese or English; of a long one the first `MAX_CHARACTERS` signs are read.
        dialect: Whose codes they are, see `Intake`.

    Raises:
        EvidenceError: The model has no such dialect.
    """
    return Intake(model, dialect=dialect).read(text)


def suggest_findings(model: Model, text: str, *, dialect: str | None = None) -> Suggestions:
    """Return the findings that one text seems to tell; arguments and errors as of `read_text`."""
    return Intake(model, dialect=dialect).suggest(text)


def _folded(text: str) -> Folded:
    """Return the beginning of a text, masked and made comparable; a secret that crosses its end too."""
    readable = MAX_CHARACTERS + _LONGEST_SECRET
    folded = fold(mask_text(text[:readable]))
    return replace(folded, is_cut=folded.is_cut or len(text) > readable)


def _suggestion(folded: Folded, sight: Sight, reading: Reading) -> Suggestion:
    start, end = folded.places[sight.start], folded.places[sight.end - 1] + 1
    words = folded.words(sight.start, sight.end)
    return Suggestion(reading.variable, reading.state, words, start, end, reading.code)


def _readings(folded: Folded, sights: Sequence[Sight]) -> Readings:
    """Return each reading once, with the words it was first read from, and the codes nobody knows."""
    unknown = [folded.words(sight.start, sight.end).upper() for sight in sights if sight.reading is None]
    first: dict[Reading, Reading] = {}  # without its phrase → with it
    for sight in sights:
        if sight.reading is not None:
            words = folded.words(sight.start, sight.end)
            first.setdefault(sight.reading, replace(sight.reading, phrase=words))
    return Readings(tuple(first.values()), tuple(dict.fromkeys(unknown)), folded.is_cut)
