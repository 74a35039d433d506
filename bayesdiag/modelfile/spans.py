"""Where every value of a YAML text stands, to the character; what it means is told by `document`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from bayesdiag.modelfile.document import Path, events_of


@dataclass(slots=True)
class Span:
    """One value of the text.

    Attributes:
        start: Position of its first character.
        end: Position behind its last one. Of a list or mapping without brackets: of its last part,
            so that comments below it are outside; of a text behind | or >: where the next line begins.
        column: Column of its first character, from 0; a mapping's names stand there.
        style: Its quote, | or > for a text, [ or { for what stands in brackets, else empty.
        enclosed: Whether it stands inside brackets.
        quote: The quote of its name, where it has one.
        names: The names in a mapping, in order.
    """

    start: int
    end: int
    column: int
    style: str
    enclosed: bool
    quote: str = ""
    names: list[str] = field(default_factory=list)


def spans_of(text: str) -> dict[Path, Span]:
    """Return where each value stands: path → span.

    Args:
        text: A text without a byte order mark that `read_document` found no fault in.
    """
    found: dict[Path, Span] = {}
    events = events_of(text)
    event = next(event for event in events if isinstance(event, yaml.NodeEvent))
    _walk(found, events, event, (), enclosed=False)
    return found


def _walk(found: dict[Path, Span], events: Iterator[Any], event: Any, path: Path, *, enclosed: bool) -> Span:
    """Note the value that begins with an event, and all below it."""
    start, end = event.start_mark.index, event.end_mark.index
    span = found[path] = Span(start, end, event.start_mark.column, _style(event), enclosed)
    if isinstance(event, yaml.ScalarEvent):
        return span
    span.end, enclosed = start, bool(event.flow_style)
    for name, quote, part in _parts(span, events, is_mapping=isinstance(event, yaml.MappingStartEvent)):
        below = _walk(found, events, part, (*path, name), enclosed=enclosed)
        below.quote = quote
        span.end = max(span.end, below.end)
    return span


def _parts(span: Span, events: Iterator[Any], *, is_mapping: bool) -> Iterator[tuple[str | int, str, Any]]:
    """Yield name or position, the quote of the name, and first event of each part; then note the end."""
    position = 0
    while not isinstance(event := next(events), yaml.CollectionEndEvent):
        if is_mapping:
            span.names.append(event.value)
            yield event.value, event.style or "", next(events)
        else:
            yield position, "", event
            position += 1
    closed: Any = event
    first, last = closed.start_mark.index, closed.end_mark.index
    if span.style and first < last:  # brackets: they close behind what may be a comment
        span.end = last


def _style(event: Any) -> str:
    if isinstance(event, yaml.ScalarEvent):
        return event.style or ""
    brackets = "{" if isinstance(event, yaml.MappingStartEvent) else "["
    return brackets if event.flow_style else ""
