"""YAML text → plain values that know where they stood: the only place that knows YAML.

libyaml splits the text; what a plain word means is decided here, by the rules of YAML 1.2: `yes`,
`no`, `on` and `off` are words, `true` and `false` are not. Anchors, aliases, tags and repeated
keys are faults: a model says everything once, in plain sight.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from bayesdiag.errors import Fault

Value = Any
"""str, int, float, bool, None, list or dict, nested."""
Path = tuple[str | int, ...]

MAX_DEPTH = 20
_NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?\Z")
_MAX_DIGITS = 300
"""A whole number with more digits is read as a fraction is: it may be too large to be finite."""
_WORDS: dict[str, Value] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf"), float("inf")),
    "-.inf": float("-inf"),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}


@dataclass
class Document:
    """A document as values, lines and faults.

    Attributes:
        value: The top of it.
        line_of: Path → line counted from 1.
        written: Path → the word as written, where it was not read as a text.
        faults: What kept parts of it from being read.
        spoiled: Places that could not be read as they were meant; one fault there is enough.
        stand_ins: Places that were filled with something to go on with; what that means is
            not the user's fault.
    """

    file: str
    value: Value = None
    line_of: dict[Path, int] = field(default_factory=dict)
    written: dict[Path, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    spoiled: set[Path] = field(default_factory=set)
    stand_ins: set[Path] = field(default_factory=set)

    def placed(self, fault: Fault) -> Fault:
        """Return the fault with its line: that of the nearest place that stands in the file."""
        path = fault.path
        if path and isinstance(path[-1], int) and path not in self.line_of:
            path = path[:-1]  # a single text stands for a list of one
            fault = replace(fault, path=path)
        while path and path not in self.line_of:
            path = path[:-1]
        return fault.at(self.file, fault.line or self.line_of.get(path, 1))

    def fault(self, path: Path, line: int, found: str, allowed: str) -> None:
        """Note a fault of the text at a line."""
        self.spoiled.add(path)
        self.faults.append(Fault(path, found, allowed, self.file, line))


def read_document(text: str, file: str) -> Document:
    """Return what a YAML text says, faults included; nothing is raised."""
    document = Document(file)
    text = text.removeprefix("\ufeff")
    control = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if control is not None:
        line = text.count("\n", 0, control.start()) + 1
        found = f"the control character U+{ord(control.group()):04X} stands here"
        document.fault((), line, found, "Remove it; only printable text is allowed.")
        return document
    try:
        events = events_of(text)
        _skip_to_content(events)
        event = next(events)
        if isinstance(event, yaml.StreamEndEvent):
            document.fault((), 1, "the file is empty", "A model file begins with `format: 1`.")
            return document
        document.value = _value(document, events, event, ())
        _check_single(document, events)
    except yaml.MarkedYAMLError as error:
        _note_syntax(document, error, text.splitlines())
    return document


def events_of(text: str) -> Iterator[Any]:
    """Yield the parts that a YAML text is split into.

    Raises:
        yaml.MarkedYAMLError: There and then where the text cannot be split.
    """
    return iter(yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


def _note_syntax(document: Document, error: yaml.MarkedYAMLError, lines: list[str]) -> None:
    """Note what libyaml could not read, and what often causes it."""
    last = max(len(lines), 1)  # what is missing at the end is told of the last line
    line = min(error.problem_mark.line + 1, last) if error.problem_mark else 1
    begun = error.context_mark.line + 1 if error.context_mark else line
    since = f", {error.context} that begins in line {begun}" if begun < line else ""
    near = "\n".join(lines[max(begun, line - 2) - 1 : line])
    document.fault((), line, f"this is not YAML: {error.problem}{since}", _likely(error.problem or "", near))


def _likely(problem: str, near: str) -> str:
    """Return what to do about lines that are not YAML."""
    if re.search(r"^ *\t", near, re.MULTILINE):
        return "Indent with spaces: a tab is not allowed there."
    if re.search(r"^[\s-]*\w+：", near, re.MULTILINE):
        return "Write the colon after a name as : and a space, not as the Chinese ：."
    if re.search(r"^[\s-]*\w+:\S", near, re.MULTILINE):
        return "Write a space after the colon that follows a name."
    if "mapping values" in problem:
        return "Put a text with a colon in quotes."
    if "',' or" in problem:
        return "Close the bracket, and put a text with a bracket or comma in quotes."
    return "Check indentation, quotes and colons, here and above: perhaps a quote is not closed."


def _skip_to_content(events: Iterator[Any]) -> None:
    next(events)  # the stream's start


def _check_single(document: Document, events: Iterator[Any]) -> None:
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            mark: Any = event.start_mark
            line = mark.line + 1
            document.fault(
                (), line, "a second document begins", "One file holds one model: remove the `---`."
            )
            return


def _value(document: Document, events: Iterator[Any], event: Any, path: Path) -> Value:
    if isinstance(event, yaml.DocumentStartEvent):
        return _value(document, events, next(events), path)
    line = event.start_mark.line + 1
    document.line_of.setdefault(path, line)
    if len(path) > MAX_DEPTH:
        document.fault(path, line, "nested too deeply", f"At most {MAX_DEPTH} levels are allowed.")
        return _skipped(events, event)
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        mark = "*" if isinstance(event, yaml.AliasEvent) else "&"
        found = f"an anchor or alias ({mark}{event.anchor})"
        allowed = "They are not allowed: write the value out, or quote the text if it is one."
        document.fault(path, line, found, allowed)
    if isinstance(event, yaml.AliasEvent):
        return None
    if event.tag is not None and not (isinstance(event, yaml.ScalarEvent) and event.tag == "!"):
        document.fault(path, line, f'a tag ("{event.tag}")', "Tags are not allowed: write a plain value.")
    if isinstance(event, yaml.ScalarEvent):
        return _scalar(document, event, path)
    if isinstance(event, yaml.SequenceStartEvent):
        return _list(document, events, path)
    return _mapping(document, events, path)


def _skipped(events: Iterator[Any], event: Any) -> None:
    """Read past a value without keeping it."""
    depth = int(isinstance(event, yaml.CollectionStartEvent))
    while depth > 0:
        event = next(events)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)


def _scalar(document: Document, event: yaml.ScalarEvent, path: Path) -> Value:
    value = event.value if event.style else plain_value(event.value)
    if not isinstance(value, str):
        document.written[path] = event.value
    return value


def plain_value(word: str) -> Value:
    """Return what an unquoted word means in YAML 1.2: a number, true, false, null or itself."""
    if word in _WORDS:
        return _WORDS[word]
    if _NUMBER.match(word):
        return float(word) if set(word) & set(".eE") or len(word) > _MAX_DIGITS else int(word)
    return word


def _list(document: Document, events: Iterator[Any], path: Path) -> list[Value]:
    values: list[Value] = []
    while not isinstance(event := next(events), yaml.SequenceEndEvent):
        values.append(_value(document, events, event, (*path, len(values))))
    return values


def _mapping(document: Document, events: Iterator[Any], path: Path) -> dict[str, Value]:
    values: dict[str, Value] = {}
    first_line: dict[str, int] = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        key, line = _key(document, events, event, path)
        if key in values:
            found = f'"{key}" is written twice, first in line {first_line[key]}'
            document.fault((*path, key), line, found, "Keep one of them.")
        document.line_of[(*path, key)] = line
        first_line.setdefault(key, line)
        values[key] = _value(document, events, next(events), (*path, key))
    return values


def _key(document: Document, events: Iterator[Any], event: Any, path: Path) -> tuple[str, int]:
    line = event.start_mark.line + 1
    key = _value(document, events, event, (*path, "<key>"))
    if not isinstance(event, yaml.ScalarEvent) or (event.value == "<<" and not event.style):
        allowed = "A name is a single word; merging with << is not allowed."
        place = (*path, "<<") if isinstance(event, yaml.ScalarEvent) else path
        document.fault(place, line, "a name is not a word", allowed)
        return "<<", line
    word = event.value
    if not word.strip():
        document.fault((*path, word), line, "a name is missing before the colon", "Write one.")
    elif not isinstance(key, str):
        found = f"the name {word} is read as {_kind(key)}"
        document.fault((*path, word), line, found, f'Quote it: "{word}".')
    return word, line


def _kind(value: Value) -> str:
    if value is None:
        return "nothing"
    return "a truth value" if isinstance(value, bool) else "a number"
