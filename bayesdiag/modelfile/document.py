"""YAML text → plain values that know where they stood: the only place that knows YAML.

libyaml splits the text; what a plain word means is decided here, by the rules of YAML 1.2: `yes`,
`no`, `on` and `off` are words, `true` and `false` are not. Anchors, aliases, tags and repeated
keys are faults: a model says everything once, in plain sight.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from bayesdiag.errors import Fault

Value = Any
"""str, int, float, bool, None, list or dict, nested."""
Path = tuple[str | int, ...]

MAX_DEPTH = 20
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?\Z")
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
        faults: What kept parts of it from being read.
    """

    file: str
    value: Value = None
    line_of: dict[Path, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def placed(self, fault: Fault) -> Fault:
        """Return the fault with its line: that of the nearest place that stands in the file."""
        path = fault.path
        while path and path not in self.line_of:
            path = path[:-1]
        return fault.at(self.file, fault.line or self.line_of.get(path, 1))

    def fault(self, path: Path, line: int, found: str, allowed: str) -> None:
        """Note a fault at a line."""
        self.faults.append(Fault(path, found, allowed, self.file, line))


def read_document(text: str, file: str) -> Document:
    """Return what a YAML text says, faults included; nothing is raised."""
    document = Document(file)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        events = iter(yaml.parse(text, Loader=loader))
        _skip_to_content(events)
        event = next(events)
        if isinstance(event, yaml.StreamEndEvent):
            document.fault((), 1, "the file is empty", "Write at least `format: 1`, `name` and `variables`.")
            return document
        document.value = _value(document, events, event, ())
        _check_single(document, events)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = error.problem or "it cannot be read"
        document.fault(
            (), line, f"this is not YAML: {problem}", "Check indentation, quotes and colons near here."
        )
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        document.fault(
            (), line, "a control character stands here", "Remove it; only printable text is allowed."
        )
    return document


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
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        mark = "*" if isinstance(event, yaml.AliasEvent) else "&"
        found = f"an anchor or alias ({mark}{event.anchor})"
        document.fault(path, line, found, "Aliases are not allowed: write the value out.")
    if isinstance(event, yaml.AliasEvent):
        return None
    if event.tag is not None and not (isinstance(event, yaml.ScalarEvent) and event.tag == "!"):
        document.fault(path, line, f'a tag ("{event.tag}")', "Tags are not allowed: write a plain value.")
    if isinstance(event, yaml.ScalarEvent):
        return event.value if event.style else plain_value(event.value)
    if isinstance(event, yaml.SequenceStartEvent):
        return _list(document, events, path)
    return _mapping(document, events, path)


def plain_value(word: str) -> Value:
    """Return what an unquoted word means in YAML 1.2: a number, true, false, null or itself."""
    if word in _WORDS:
        return _WORDS[word]
    if _NUMBER.match(word):
        return float(word) if set(word) & set(".eE") else int(word)
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
    if isinstance(key, str) and key != "<<":
        return key, line
    if isinstance(event, yaml.ScalarEvent) and event.value != "<<":
        word = event.value
        document.fault(
            (*path, word), line, f"the name {word} is read as a {_kind(key)}", f'Quote it: "{word}".'
        )
        return word, line
    document.fault(
        path, line, "a name is not a word", "Names are single words; merging with << is not allowed."
    )
    return str(key), line


def _kind(value: Value) -> str:
    if value is None:
        return "nothing"
    return "truth value" if isinstance(value, bool) else "number"
