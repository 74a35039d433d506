"""The messages of machines, in all wordings the model knows, and where they stand in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bayesdiag.intake.fold import fold, pattern
from bayesdiag.intake.reading import Reading, Sight
from bayesdiag.model import Code, Message, Model, State, Text

_BRACKETED = re.compile(r"[(（][^)）]*[)）]")
_SLASH = re.compile(r"\s*/\s*")
_SHORTEST = {"zh": 3, "en": 2}
"""Signs, or English words, that a part of a label must have to be taken for a message."""


class Phrases:
    """Finds messages. Of two that overlap the longer counts, and a general one gives way.

    A wording may be a message's own, a state's synonym, a part of its label, or what stands beside
    a code; the first of these that claims it says what it means.
    """

    def __init__(self, model: Model) -> None:
        self._said: dict[str, Reading] = {}
        self._folded: dict[str, str] = {}
        for words, reading in (*_messages(model), *_states(model)):
            self._add(words, reading)
        self._general = self._states_inside_others()
        for words, codes in texts_of_codes(model.codes).items():
            self._add(words, self._beside_code(words, codes))
        self._starts = self._compiled()

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """Every wording, folded."""
        return tuple(self._folded.values())

    def find(self, text: str) -> list[Sight]:
        """Return the messages in a folded text, in order, none overlapping another."""
        found = [sight for start in range(len(text)) for sight in self._at(text, start)]
        taken = bytearray(len(text))
        kept = []
        for sight in sorted(found, key=lambda sight: (sight.start - sight.end, sight.start)):
            if not any(taken[sight.start : sight.end]):
                taken[sight.start : sight.end] = b"\1" * (sight.end - sight.start)
                kept.append(sight)
        return sorted(kept, key=lambda sight: sight.start)

    def specific(self, sights: Sequence[Sight]) -> list[Sight]:
        """Return the sights without those that only say less: 交易失败 beside 余额不足."""
        finer = {_finding(sight) for sight in sights if _finding(sight) not in self._general}
        variables = {finding[0] for finding in finer}
        return [s for s in sights if _finding(s) not in self._general or _finding(s)[0] not in variables]

    def is_specific_at(self, text: str, start: int) -> bool:
        """Whether a message that is evidence, and no general one, begins here in a folded text."""
        found = next(self._at(text, start), None) if start < len(text) else None
        return found is not None and _finding(found) not in {("", ""), *self._general}

    def wordings(self, text: str) -> Iterator[str]:
        """Yield every wording of the states that a code's text reports: the code's own words elsewhere."""
        reading = self._said.get(pattern(text))
        if reading and reading.variable:
            for key, other in self._said.items():
                if (other.variable, other.state) == (reading.variable, reading.state):
                    yield self._folded[key]

    def _add(self, words: str, reading: Reading) -> None:
        key = pattern(words)
        if key and key not in self._said:
            self._said[key] = reading
            self._folded[key] = fold(words).text

    def _states_inside_others(self) -> frozenset[tuple[str, str]]:
        """Return the states with a wording that stands inside a wording of another state."""
        general = set()
        for key, reading in self._said.items():
            for other, holder in self._said.items():
                inside = holder.variable == reading.variable and holder.state != reading.state
                if inside and re.search(key, self._folded[other]):
                    general.add((reading.variable, reading.state))
        return frozenset(general)

    def _beside_code(self, words: str, codes: Sequence[Code]) -> Reading:
        """Return what the text beside a code says by itself: the message in it, else no evidence."""
        folded = fold(words).text
        inside = [(len(self._folded[key]), key) for key in self._said if re.search(key, folded)]
        readings = [self._said[key] for _, key in sorted(inside, reverse=True)]
        first = codes[0]
        note = first.note if all(code.note for code in codes) else Text()
        for reading in readings:
            if reading.variable and (reading.variable, reading.state) not in self._general:
                return replace(reading, note=note)
        return Reading(
            phrase="",
            variable="",
            state="",
            meaning=first.meaning,
            note=note,
            approved=all(code.approved for code in codes),
            contacts=first.contacts,
            repairs=first.repairs,
        )

    def _compiled(self) -> dict[str, tuple[re.Pattern[str], list[Reading]]]:
        starts: dict[str, list[str]] = {}
        for key, folded in sorted(self._folded.items(), key=lambda item: -len(item[1])):
            starts.setdefault(_first_letter(folded), []).append(key)
        return {
            first: (re.compile("|".join(f"({key})" for key in keys)), [self._said[key] for key in keys])
            for first, keys in starts.items()
        }

    def _at(self, text: str, start: int) -> Iterator[Sight]:
        known = self._starts.get(text[start])
        match = known[0].match(text, start) if known else None
        if known and match and match.lastindex:
            yield Sight(start, match.end(), known[1][match.lastindex - 1])


def texts_of_codes(codes: Sequence[Code]) -> dict[str, list[Code]]:
    """Return what machines show beside codes, and the codes it stands beside; English only for approvals."""
    texts: dict[str, list[Code]] = {}
    for code in codes:
        shown = code.text.split(" / ")
        if code.approved:
            shown += [code.meaning.zh, _BRACKETED.sub("", code.meaning.en)]
        for words in shown:
            if words.strip():
                texts.setdefault(words.strip(), []).append(code)
    return texts


def parts_of(text: str, language: str) -> list[str]:
    """Return the parts of a label that can stand for it, as in "余额不足/可用余额不足"."""
    parts = [part.strip() for part in _SLASH.split(_BRACKETED.sub("", text))]
    if language == "zh":
        return [part for part in parts if len(part) >= _SHORTEST["zh"]]
    return [part for part in parts if len(part.split()) >= _SHORTEST["en"]]


def _messages(model: Model) -> Iterator[tuple[str, Reading]]:
    for message in model.messages:
        for words in message.texts:
            yield words, _of_message(message)
            yield _BRACKETED.sub("", words), _of_message(message)


def _states(model: Model) -> Iterator[tuple[str, Reading]]:
    """Yield other words for what messages report: synonyms first, then labels, then English meanings."""
    variables = dict.fromkeys(message.variable for message in model.messages)
    states = [(name, state) for name in variables for state in model.variable_of[name].states]
    for name, state in states:
        for words in state.synonyms:
            yield words, _of_state(name, state)
    for name, state in states:
        for words in (*parts_of(state.label.zh, "zh"), *parts_of(state.label.en, "en")):
            yield words, _of_state(name, state)
    for message in model.messages:
        # The first part alone: later ones lean on it, as in "Terminal unknown / not active".
        for words in parts_of(message.meaning.en, "en")[:1]:
            yield words, _of_message(message)


def _of_message(message: Message) -> Reading:
    return Reading("", message.variable, message.state, message.meaning, repairs=message.repairs)


def _of_state(variable: str, state: State) -> Reading:
    return Reading("", variable, state.id, state.label)


def _first_letter(folded: str) -> str:
    return next(sign for sign in folded if sign.isalnum())


def _finding(sight: Sight) -> tuple[str, str]:
    return (sight.reading.variable, sight.reading.state) if sight.reading else ("", "")
