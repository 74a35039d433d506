"""Words and worth: texts in two languages, sources, and how far a number is to be trusted."""

from __future__ import annotations

from dataclasses import dataclass

LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Text:
    """One text in every language a reader may choose."""

    zh: str = ""
    en: str = ""

    def __getitem__(self, language: str) -> str:
        """Return the text in `language` ("zh" or "en")."""
        if language not in LANGUAGES:
            raise KeyError(language)
        return self.zh if language == "zh" else self.en

    def __bool__(self) -> bool:
        return bool(self.zh or self.en)

    def shown(self, language: str, instead: str = "") -> str:
        """Return what a reader is shown: this language, where it is lacking the other, else `instead`."""
        return self[language] or self.zh or self.en or instead


NO_TEXT = Text()
"""What a name without words says; one for all, as a large network has thousands."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where numbers come from.

    Attributes:
        id: Short name that `source` texts cite, as in "S12".
        what: What the source is.
        address: Where it can be read.
        trust: How far it is to be trusted, and why.
    """

    id: str
    what: str
    address: str
    trust: str


@dataclass(frozen=True, slots=True)
class Weight:
    """What stands behind a group of numbers.

    Attributes:
        source: Where the numbers come from, citing source ids.
        ess: Equivalent sample size: how many cases the numbers are worth when learning, ≥ 0.
        within: 90 % range of the odds as a factor, ≥ 1: the true odds lie between
            odds/within and odds·within with probability 0.9.
        grade: Trust in the source: A, B, C or guess.
        fixed: True for logical numbers that are never learned.
    """

    source: str
    ess: float = 0.0
    within: float = 1.0
    grade: str = ""
    fixed: bool = False


NO_WEIGHT = Weight(source="")
"""What stands behind numbers of which nothing is told."""
