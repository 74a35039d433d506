"""What a person types or pastes → suggested findings, for a person to confirm; nothing is guessed."""

from __future__ import annotations

from dataclasses import replace

from bayesdiag.errors import EvidenceError, Fault, known_names
from bayesdiag.intake.codes import Codes
from bayesdiag.intake.fold import MAX_CHARACTERS, Folded, fold
from bayesdiag.intake.negation import seen
from bayesdiag.intake.phrases import Phrases
from bayesdiag.intake.reading import Reading, Readings, Sight
from bayesdiag.mask import mask_text
from bayesdiag.model import Model

__all__ = ["MAX_CHARACTERS", "Intake", "Reading", "Readings", "read_text"]

_LONGEST_SECRET = 200
"""Signs that a card number or the data of a stripe may take."""


class Intake:
    """Reads many texts with the codes and messages of one model, made ready once."""

    def __init__(self, model: Model, *, dialect: str | None = None) -> None:
        """Make ready what is to be recognised.

        Args:
            model: Whose codes and messages are known.
            dialect: Whose codes they are. None: the default dialect's, and those only one other has.

        Raises:
            EvidenceError: The model has no such dialect.
        """
        dialects = [known.id for known in model.dialects]
        if dialect is not None and dialect not in dialects:
            allowed = known_names(dialect, dialects, "dialects")
            raise EvidenceError([Fault(("dialect",), f'"{dialect}" is not one of the dialects', allowed)])
        self._phrases = Phrases(model)
        self._codes = Codes(model, self._phrases, dialect)

    def read(self, text: str) -> Readings:
        """Return the codes and messages in a text, those that are denied left out.

        Card numbers and other secrets are masked before anything is read, see `bayesdiag.mask`.
        """
        folded = _folded(text)
        sights = [*self._codes.find(folded.text), *self._phrases.find(folded.text)]
        kept = self._phrases.specific(list(seen(folded.text, sights)))
        unknown = [folded.words(sight.start, sight.end).upper() for sight in kept if sight.reading is None]
        return Readings(_readings(folded, kept), tuple(dict.fromkeys(unknown)), folded.is_cut)


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


def _folded(text: str) -> Folded:
    """Return the beginning of a text, masked and made comparable; a secret that crosses its end too."""
    readable = MAX_CHARACTERS + _LONGEST_SECRET
    folded = fold(mask_text(text[:readable]))
    return replace(folded, is_cut=folded.is_cut or len(text) > readable)


def _readings(folded: Folded, sights: list[Sight]) -> tuple[Reading, ...]:
    """Return each reading once, with the words it was first read from."""
    first: dict[Reading, Reading] = {}  # without its phrase → with it
    for sight in sights:
        if sight.reading is not None:
            words = folded.words(sight.start, sight.end)
            first.setdefault(sight.reading, replace(sight.reading, phrase=words))
    return tuple(first.values())
