"""Taking typed fields out of a document: every wrong one becomes a fault, none is guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import isfinite
from typing import Any

from bayesdiag.errors import Fault, known_names
from bayesdiag.model import Condition, Finding, Text
from bayesdiag.modelfile.document import Document, Path, Value

Fits = Callable[[Value], bool]

MAX_SHOWN = 40
"""A longer text is cut off in a fault."""
LANGUAGES = (("zh", "Chinese"), ("en", "English"))


class Fields:
    """One mapping of the document, read field by field; what nobody reads is an unknown field."""

    def __init__(self, document: Document, path: Path, value: Value) -> None:
        self.document, self.path = document, path
        self.is_void = not isinstance(value, dict)
        self.values: Mapping[str, Value] = {} if self.is_void else value
        self.known: list[str] = []
        if self.is_void:
            self._note(
                (), f"{shown(document, path, value)} stands here", "Expected fields, as in `name: value`."
            )
            document.stand_ins.add(path)

    def remark(self, path: Path, found: str, allowed: str) -> None:
        """Note a fault below this mapping that leaves everything else meaningful."""
        if not self.is_void:
            self._note(path, found, allowed)

    def wrong(self, path: Path, found: str, allowed: str) -> None:
        """Note a fault below this mapping; something stands in for what should be there."""
        self.remark(path, found, allowed)
        self.document.stand_ins.add((*self.path, *path))

    def missing(self, name: str, expected: str) -> None:
        """Note a field that is not there."""
        self.wrong((), f'the field "{name}" is missing', f"Expected {expected}.")

    def has(self, name: str) -> bool:
        """Whether the field is there; it counts as read."""
        self.known.append(name)
        return name in self.values

    def shown(self, name: str) -> str:
        """Return how the value of a field is named in a fault."""
        return shown(self.document, (*self.path, name), self.values[name])

    def below(self, name: str) -> Fields:
        """Return the mapping that a field holds."""
        return Fields(self.document, (*self.path, name), self.values[name])

    def word(self, name: str, default: str | None = None) -> str:
        """Return a text; without a default, a fault where it is missing or says nothing."""
        value = self._take(name, default, "a text", lambda value: isinstance(value, str))
        if default is None and value is not None and not value.strip():
            self.remark((name,), "the text is empty", "Write something.")
        return value or ""

    def choice(self, name: str, allowed: tuple[str, ...], noun: str, default: str | None = None) -> str:
        """Return one of some words."""
        word = self.word(name, default)
        if word.strip() and word not in allowed:
            self.remark((name,), f'"{word}" is no {noun}', known_names(word, allowed, f"{noun}s"))
        return word

    def number(self, name: str, default: float | None = None) -> float:
        """Return a finite number."""
        taken = self._take(name, default, "a finite number", is_number)
        return float(taken) if taken is not None else 0.0

    def flag(self, name: str) -> bool:
        """Return true or false; false where it is missing."""
        fits = lambda value: isinstance(value, bool)  # noqa: E731
        return bool(self._take(name, default=False, expected="true or false", fits=fits))

    def words(self, name: str, *, needed: str = "") -> tuple[str, ...]:
        """Return a list of texts; a single text counts as a list of one.

        Args:
            name: The field.
            needed: What at least one of is expected; empty where there may be none.
        """
        if not self.has(name):
            if needed:
                self.missing(name, needed)
            return ()
        value = self.values[name]
        if isinstance(value, str):
            value = [value]
        words = tuple(self._each(name, value, "a text", lambda part: isinstance(part, str)))
        if needed and value == []:
            self.wrong((name,), "an empty list stands here", f"Expected {needed}.")
        for place, word in enumerate(words):
            if not word.strip():
                self.remark((name, place), "the text is empty", "Write something.")
        return words

    def numbers(self, name: str) -> tuple[float, ...]:
        """Return a list of finite numbers."""
        if not self.has(name):
            self.missing(name, "a list of finite numbers")
            return ()
        return tuple(map(float, self._each(name, self.values[name], "a finite number", is_number)))

    def text(self, name: str, *, optional: bool = False) -> Text:
        """Return a text in both languages."""
        if self.has(name):
            return read_text(self.below(name))
        if not optional:
            self.remark((), f'the field "{name}" is missing', "Expected a text in both languages, zh and en.")
        return Text()

    def condition(self, name: str, needed: str = "at least one state") -> Condition:
        """Return a condition: variable → state or list of states."""
        if not self.has(name):
            return {}
        within = self.below(name)
        return {variable: within.words(variable, needed=needed) for variable in within.values}

    def amounts(self, name: str) -> dict[str, float]:
        """Return a mapping of names to finite numbers."""
        if not self.has(name):
            return {}
        within = self.below(name)
        return {key: within.number(key) for key in within.values}

    def sections(self, name: str) -> Iterator[tuple[str, Fields]]:
        """Yield each named part of a section."""
        if self.has(name):
            within = self.below(name)
            for key in within.values:
                yield key, within.below(key)

    def items(self, name: str) -> Iterator[Fields]:
        """Yield each part of a list."""
        if self.has(name):
            value = self.values[name]
            for place, part in enumerate(self._each(name, value, "", lambda _: True)):
                yield Fields(self.document, (*self.path, name, place), part)

    def done(self) -> None:
        """Note every field that nobody asked for."""
        known = dict.fromkeys(self.known)
        for name in self.values:
            if name not in known:
                self.remark((name,), "no field has this name", known_names(name, known, "fields"))

    def _take(self, name: str, default: Value, expected: str, fits: Fits) -> Any:
        if not self.has(name):
            if default is None:
                self.missing(name, expected)
            return default
        value = self.values[name]
        if fits(value):
            return value
        self._unfit((name,), value, expected)
        return default

    def _each(self, name: str, values: Value, expected: str, fits: Fits) -> list[Value]:
        """Return the parts of a list that fit; each other one is a fault."""
        if not isinstance(values, list):
            self._unfit((name,), values, f"a list, each part {expected}" if expected else "a list")
            return []
        for place, value in enumerate(values):
            if not fits(value):
                self._unfit((name, place), value, expected)
        return [value for value in values if fits(value)]

    def _unfit(self, path: Path, value: Value, expected: str) -> None:
        place = (*self.path, *path)
        written = self.document.written.get(place, "")
        is_quotable = "a text" in expected and 0 < len(written) <= MAX_SHOWN and value is not None
        quote = f' Quote it if it is one: "{written}".' if is_quotable else ""
        self.wrong(path, f"{shown(self.document, place, value)} stands here", f"Expected {expected}.{quote}")

    def _note(self, path: Path, found: str, allowed: str) -> None:
        place = (*self.path, *path)
        if place not in self.document.spoiled:
            self.document.faults.append(self.document.placed(Fault(place, found, allowed)))


def read_text(part: Fields) -> Text:
    """Return the text in both languages that a mapping holds, or note what is missing."""
    text = read_label(part)
    part.done()
    return text


def read_label(part: Fields, *, optional: bool = False) -> Text:
    """Return the fields `zh` and `en` of a mapping that may have others too."""
    texts = {language: part.word(language, "") for language, _ in LANGUAGES}
    if optional and not part.values.keys() & texts.keys():
        return Text()
    for language, tongue in LANGUAGES:
        if language not in part.values:
            part.remark((), f'the {tongue} text "{language}" is missing', "Every text needs zh and en.")
        elif isinstance(part.values[language], str) and not texts[language].strip():
            part.remark((language,), "the text is empty", "Every text needs zh and en.")
    return Text(texts["zh"], texts["en"])


def read_findings(part: Fields, name: str, *, needed: str = "") -> tuple[Finding, ...]:
    """Return a list of findings, each told as variable=state."""
    return tuple(
        read_finding(part, (name, place), told) for place, told in enumerate(part.words(name, needed=needed))
    )


def read_finding(part: Fields, path: Path, told: str) -> Finding:
    """Return the finding that stands at a path as variable=state."""
    variable, _, state = told.partition("=")
    if not variable or not state:
        part.wrong(path, f'"{told}" is no finding', "Write variable=state.")
    return variable, state


def is_number(value: Value) -> bool:
    """Whether a value is a finite number, and no truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def shown(document: Document, path: Path, value: Value) -> str:
    """Return how the value at a place is named in a fault."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return f'the text "{_short(value)}"'
    if isinstance(value, list | dict):
        kind = "list" if isinstance(value, list) else "mapping"
        return f"a {kind} of {len(value)}" if value else f"an empty {kind}"
    kind = "truth value" if isinstance(value, bool) else "number"
    return f"the {kind} {_short(document.written.get(path, str(value)))}"


def _short(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"
