"""Taking typed fields out of a document: every wrong one becomes a fault, none is guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import isfinite
from typing import Any, TypeVar

from bayesdiag.errors import Fault, known_names
from bayesdiag.model import Condition, Text
from bayesdiag.modelfile.document import Document, Path, Value

T = TypeVar("T")


class Fields:
    """One mapping of the document, read field by field; what nobody reads is an unknown field."""

    def __init__(self, document: Document, path: Path, value: Value) -> None:
        self.document, self.path = document, path
        self.values: Mapping[str, Value] = value if isinstance(value, dict) else {}
        self.known: list[str] = []
        if not isinstance(value, dict):
            self.wrong(
                (), f"{shown(value)} stands here", "Expected a mapping of fields, as in `name: value`."
            )

    def wrong(self, path: Path, found: str, allowed: str) -> None:
        """Note a fault below this mapping."""
        self.document.faults.append(self.document.placed(Fault((*self.path, *path), found, allowed)))

    def has(self, name: str) -> bool:
        """Whether the field is there; it counts as read."""
        self.known.append(name)
        return name in self.values

    def _take(self, name: str, default: T | None, expected: str, fits: Callable[[Value], bool]) -> Any:
        if not self.has(name):
            if default is None:
                self.wrong((), f'the field "{name}" is missing', f"Expected {expected}.")
            return default
        value = self.values[name]
        if fits(value):
            return value
        self.wrong((name,), f"{shown(value)} stands here", f"Expected {expected}.")
        return default

    def word(self, name: str, default: str | None = None) -> str:
        """Return a text; a fault and an empty one where it is missing and has no default."""
        return str(self._take(name, default, "a text", lambda value: isinstance(value, str)) or "")

    def number(self, name: str, default: float | None = None) -> float:
        """Return a finite number."""
        taken = self._take(name, default, "a finite number", is_number)
        return float(taken) if taken is not None else 0.0

    def flag(self, name: str) -> bool:
        """Return true or false; false where it is missing."""
        return bool(
            self._take(
                name, default=False, expected="true or false", fits=lambda value: isinstance(value, bool)
            )
        )

    def words(self, name: str) -> tuple[str, ...]:
        """Return a list of texts; a single text counts as a list of one."""
        value = self._take(name, [], "a text or a list of texts", is_words)
        return (value,) if isinstance(value, str) else tuple(value)

    def numbers(self, name: str) -> tuple[float, ...]:
        """Return a list of finite numbers."""
        fits = lambda value: isinstance(value, list) and all(map(is_number, value))  # noqa: E731
        return tuple(float(n) for n in self._take(name, None, "a list of finite numbers", fits) or ())

    def text(self, name: str, *, optional: bool = False) -> Text:
        """Return a text in both languages."""
        if not self.has(name):
            if not optional:
                self.wrong(
                    (), f'the field "{name}" is missing', "Expected a text in both languages, zh and en."
                )
            return Text()
        return read_text(self.document, (*self.path, name), self.values[name])

    def condition(self, name: str) -> Condition:
        """Return a condition: variable → state or list of states."""
        if not self.has(name):
            return {}
        within = Fields(self.document, (*self.path, name), self.values[name])
        return {variable: within.words(variable) for variable in within.values}

    def amounts(self, name: str) -> dict[str, float]:
        """Return a mapping of names to finite numbers."""
        if not self.has(name):
            return {}
        within = Fields(self.document, (*self.path, name), self.values[name])
        return {key: within.number(key) for key in within.values}

    def sections(self, name: str) -> Iterator[tuple[str, Fields]]:
        """Yield each named part of a section."""
        if not self.has(name):
            return
        within = Fields(self.document, (*self.path, name), self.values[name])
        for key, value in within.values.items():
            yield key, Fields(self.document, (*within.path, key), value)

    def items(self, name: str) -> Iterator[Fields]:
        """Yield each part of a list."""
        value = self._take(name, [], "a list", lambda value: isinstance(value, list))
        for place, part in enumerate(value):
            yield Fields(self.document, (*self.path, name, place), part)

    def done(self) -> None:
        """Note every field that nobody asked for."""
        for name in self.values:
            if name not in self.known:
                self.wrong(
                    (name,), "no field has this name", known_names(name, dict.fromkeys(self.known), "fields")
                )


def read_text(document: Document, path: Path, value: Value) -> Text:
    """Return a text in both languages, or note what is missing."""
    within = Fields(document, path, value)
    if not isinstance(value, dict):
        return Text()
    texts = {}
    for language, tongue in (("zh", "Chinese"), ("en", "English")):
        if not within.has(language):
            within.wrong(
                (), f'the {tongue} translation "{language}" is missing', "Every text needs zh and en."
            )
        texts[language] = within.word(language, "")
        if within.has(language) and not texts[language].strip():
            within.wrong((language,), "the text is empty", "Every text needs zh and en.")
    within.done()
    return Text(texts["zh"], texts["en"])


def is_number(value: Value) -> bool:
    """Whether a value is a finite number, and no truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def is_words(value: Value) -> bool:
    """Whether a value is a text or a list of texts."""
    return isinstance(value, str) or (
        isinstance(value, list) and all(isinstance(part, str) for part in value)
    )


def shown(value: Value) -> str:
    """Return how a value is named in a fault."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f'the truth value {str(value).lower()} (quote it, "{str(value).lower()}", if it is a name)'
    if isinstance(value, str):
        return f'the text "{value if len(value) <= 40 else value[:37] + "…"}"'
    if isinstance(value, int | float):
        return f"the number {value:g}"
    kind: Sequence[Any] | Mapping[Any, Any] = value
    return f"a list of {len(kind)}" if isinstance(value, list) else f"a mapping of {len(kind)}"
