"""Slips of the keyboard: words of a text that are nearly words of the model; what is well spelled stays."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA, Hamming

from bayesdiag.intake.fold import Folded, fold

_WORD = re.compile(r"[a-z]{5,}")
_HAN = re.compile(r"[\u4e00-\u9fff]{5,}")
_LONG = 9
"""Letters from which on a word may have two slips."""
_DECIDING = frozenset(
    "同另不没未无非别能可已正异常好坏上下开关左右大小多少有错对成败先后一二三四五六七八九十两"
)
"""Signs of which one more, less or other makes another statement."""
_MAX_SEARCHED = 2_000
"""Chinese signs in which near misses are looked for."""


class Spelling:
    """Knows the words of a model, and puts slips in a text right."""

    def __init__(self, texts: Iterable[str], messages: Iterable[str]) -> None:
        """Make ready.

        Args:
            texts: All that is looked for; its Latin words are known.
            messages: What machines show, word by word; only in these a wrong Chinese sign is a slip.
        """
        folded = [fold(text).text for text in texts]
        shown = [fold(text).text for text in messages]
        self._words = sorted({word for text in folded for word in _WORD.findall(text)})
        self._known = frozenset(self._words)
        phrases = sorted({phrase for text in shown for phrase in _HAN.findall(text)})
        sizes = sorted({len(phrase) for phrase in phrases}, reverse=True)
        self._phrases = {size: [one for one in phrases if len(one) == size] for size in sizes}

    def corrected(self, folded: Folded) -> Folded:
        """Return a text with slips put right; each sign still knows its place in what was written."""
        changes = [*self._latin(folded.text), *self._chinese(folded.text)]
        if not changes:
            return folded
        signs: list[str] = []
        places: list[int] = []
        end = 0
        for start, stop, words in sorted(changes):
            if start < end:
                continue
            signs += (folded.text[end:start], words)
            places += folded.places[end:start]
            places += _spread(folded.places[start:stop], len(words))
            end = stop
        signs.append(folded.text[end:])
        places += folded.places[end:]
        return Folded("".join(signs), folded.original, tuple(places), folded.is_cut)

    def _latin(self, text: str) -> Iterator[tuple[int, int, str]]:
        for match in _WORD.finditer(text):
            word = match[0]
            if word in self._known or _is_inflected(word, self._known):
                continue
            slips = 2 if len(word) >= _LONG else 1
            near = process.extractOne(word, self._words, scorer=OSA.distance, score_cutoff=slips)
            if near and near[0][0] == word[0]:
                yield (*match.span(), near[0])

    def _chinese(self, text: str) -> Iterator[tuple[int, int, str]]:
        for match in _HAN.finditer(text[:_MAX_SEARCHED]):
            run = match[0]
            for size, phrases in self._phrases.items():
                for start in range(len(run) - size + 1):
                    part = run[start : start + size]
                    near = process.extractOne(part, phrases, scorer=Hamming.distance, score_cutoff=1)
                    if near and near[1] == 1 and _is_slip(near[0], part):
                        yield match.start() + start, match.start() + start + size, near[0]


def _is_slip(phrase: str, part: str) -> bool:
    """Whether one sign was mistaken for another, and the statement stays the same."""
    differing = {sign for pair in zip(phrase, part, strict=True) if pair[0] != pair[1] for sign in pair}
    return not differing & _DECIDING


def _is_inflected(word: str, known: frozenset[str]) -> bool:
    """Whether a word is one of the model's with another ending."""
    return any(
        word.endswith(ending) and word.removesuffix(ending) + tail in known
        for ending in ("s", "es", "d", "ed", "ing", "ly")
        for tail in ("", "e")
    ) or any(f"{word}{ending}" in known for ending in ("s", "d", "ed", "ing"))


def _spread(places: Sequence[int], size: int) -> list[int]:
    """Return so many places from the first to the last of some."""
    return [places[min(number * len(places) // size, len(places) - 1)] for number in range(size - 1)] + [
        places[-1]
    ]
