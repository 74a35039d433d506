"""A model file's text with other numbers: what does not differ stays as it stands, comments too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from bayesdiag.errors import Fault, ModelFileError, NotEditable
from bayesdiag.model import Model
from bayesdiag.modelfile.changes import Told, changes
from bayesdiag.modelfile.document import Document, Path, read_document
from bayesdiag.modelfile.read import file_path, homes_of, read_model
from bayesdiag.modelfile.scalars import block_text, lines_of, one_line, pairs_in_brackets
from bayesdiag.modelfile.spans import Span, spans_of
from bayesdiag.modelfile.variables import FORMS, WEIGHT_FIELDS

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_HEAD = ("format", "name", "version", "label", "note")
_NUMBERS = ("currency", "money_per_minute", "wait_weight", "unlisted_fix", "premise")
_BEHIND: dict[str, tuple[tuple[str, ...], ...]] = {
    "version": (("format", "name"),),
    "note": (_HEAD,),
    "sources": ((*_HEAD, *_NUMBERS),),
}
"""Field at the top that is not there yet → those it follows, the last of them."""
_BEHIND_NUMBERS = (WEIGHT_FIELDS, (*FORMS, "parents"))
"""The same for what stands behind numbers; in a row or link, where only numbers are, it comes last."""
_ORDER = ("version", "note", "sources", "ess", "within", "source", "grade", "fixed")
"""In what order fields are added at one place; sources after that, as they come."""


def edited(text: str, file: str, changed: Model) -> str:
    """Return the text of a model file with what differs in a changed model, and nothing else, replaced.

    Numbers of tables, the premise's `p`, `ess` and `source`, `source`, `ess`, `within` and `grade`
    wherever they may stand, `version`, `note` and further sources may differ. Comments, blank lines,
    order, quotes, line ends and a byte order mark stay as they are. A field that did not stand
    there is added in the manner of its mapping, in brackets or on a line of its own. Reading the
    result gives `changed` exactly.

    Args:
        text: The text of the file, as its bytes decode: line ends are not to be translated.
        file: Name of the file, for faults.
        changed: The model that the file shall hold.

    Raises:
        ModelFileError: The text is not a model.
        NotEditable: The model differs in more, or says what no file can say (an own source that is empty).
    """
    bare = text.removeprefix("\ufeff")
    document = read_document(bare, file)
    old = read_model(document)
    told, faults = changes(old, changed)
    home_of = homes_of(old.variables)
    if faults:
        raise NotEditable([_placed(fault, document, home_of) for fault in faults])
    if not told:
        return text
    sheet = _Sheet(bare, spans_of(bare))
    result = sheet.written({file_path(path, home_of, sheet.spans): value for path, value in told.items()})
    _check(result, file, changed)
    return text[: len(text) - len(bare)] + result


def _check(result: str, file: str, changed: Model) -> None:
    """Raise if the text does not hold the changed model: it says something that a file cannot say."""
    try:
        model = read_model(read_document(result, file))
    except ModelFileError as error:
        raise NotEditable(error.faults) from None
    if model != changed:
        raise NotEditable(
            changes(model, changed)[1] or [Fault((), "its texts cannot be written here", file=file)]
        )


def _placed(fault: Fault, document: Document, home_of: Mapping[str, str]) -> Fault:
    return document.placed(replace(fault, path=file_path(fault.path, home_of, document.line_of)))


Stroke = tuple[int, int, int, str]
"""From, to, the negative depth of what it belongs to, and what shall stand there. From the back, of
two at one place the one that stands less deep comes first, and so ends behind the other."""


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A text, and where each of its values stands."""

    text: str
    spans: Mapping[Path, Span]

    def written(self, places: Mapping[Path, Told]) -> str:
        """Return the text with each value at its place."""
        there = {path: value for path, value in places.items() if path in self.spans}
        strokes = [self._replaced(path, value) for path, value in there.items()]
        strokes += self._added({path: value for path, value in places.items() if path not in there})
        result = self.text
        for start, end, _, put in sorted(strokes, reverse=True):
            result = result[:start] + put + result[end:]
        return result

    def _replaced(self, path: Path, value: Told) -> Stroke:
        span = self.spans[path]
        if span.style in {"|", ">"}:
            old, depth = self.text[span.start : span.end], self.spans[path[:-1]].column
            put = block_text(str(value), old, depth, self._line_end)
        else:
            put = one_line(value, span.style, enclosed=span.enclosed)
        return span.start, span.end, -len(path), put

    def _added(self, places: Mapping[Path, Told]) -> Iterator[Stroke]:
        """Yield what is added: for each mapping, behind each of its fields, all that follows that one."""
        groups: dict[tuple[Path, str], dict[str, Told]] = {}
        for path, value in sorted(self._homed(places).items(), key=lambda place: _rank(place[0])):
            home, name = path[:-1], str(path[-1])
            groups.setdefault((home, self._field_before(home, name)), {})[name] = value
        for (home, before), values in groups.items():
            if self.spans[home].style == "{":
                yield from self._in_brackets(home, before, values)
            else:
                yield self._on_lines(home, before, values)

    def _homed(self, places: Mapping[Path, Told]) -> Mapping[Path, Told]:
        """Return the places with sources in a section of their own where the text has none."""
        if ("sources",) in self.spans:
            return places
        sources = {str(path[1]): value for path, value in places.items() if path[0] == "sources"}
        others = {path: value for path, value in places.items() if path[0] != "sources"}
        return {**others, ("sources",): sources} if sources else others

    def _field_before(self, home: Path, name: str) -> str:
        """Return the field that a new one follows; empty in an empty mapping."""
        names = self.spans[home].names
        groups = _BEHIND[name] if not home else _BEHIND_NUMBERS if home != ("sources",) else ()
        found = [one for group in groups for one in reversed(names) if one in group]
        return (found or names[-1:] or [""])[0]

    def _in_brackets(self, home: Path, before: str, values: Mapping[str, Told]) -> Iterator[Stroke]:
        mapping, neighbour = self.spans[home], self.spans.get((*home, before))
        pairs = pairs_in_brackets(values, neighbour.quote if neighbour else "")
        if neighbour is None:
            yield mapping.start + 1, mapping.start + 1, -len(home), pairs
        elif self.text[mapping.start] == "{":
            yield neighbour.end, neighbour.end, -len(home), f", {pairs}"
        else:  # a single pair that stands in a list without brackets of its own
            yield mapping.start, mapping.start, -len(home), "{"
            yield neighbour.end, neighbour.end, -len(home), f", {pairs}}}"

    def _on_lines(self, home: Path, before: str, values: Mapping[str, Told]) -> Stroke:
        mapping, neighbour = self.spans[home], self.spans[*home, before]
        step = neighbour.column - mapping.column if neighbour.names and not neighbour.style else 2
        if home == ("sources",) and neighbour.style:
            step = 0  # sources in brackets, as the last one
        lines = lines_of(values, mapping.column, step, neighbour.quote)
        at = neighbour.end
        if _BREAK.match(self.text, at - 1):  # a text behind | ends where the next line begins
            put = "".join(f"{line}{self._line_end}" for line in lines)
        else:
            found = _BREAK.search(self.text, at)
            at = found.start() if found else len(self.text)
            put = "".join(f"{self._line_end}{line}" for line in lines)
        return at, at, -len(home), put

    @property
    def _line_end(self) -> str:
        found = _BREAK.search(self.text)
        return found.group() if found else "\n"


def _rank(path: Path) -> int:
    name = str(path[-1])
    return _ORDER.index(name) if name in _ORDER and path[0] != "sources" else len(_ORDER)
