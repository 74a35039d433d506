"""What people say in their own words, as the model lists it, and where they say it in a text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bayesdiag.intake.fold import fold
from bayesdiag.intake.tokens import Token, number_at, tokens
from bayesdiag.model import Finding, Model, Wordings
from bayesdiag.model.wordings import MARK

_GAP = "…"
_GAP_REACH = 10
"""Words that may stand in a gap."""
_NAME_REACH = 16
"""Words between a name and what is said of it."""
_NAME_BEHIND = 3
"""The same, where the name comes second."""

Part = str | tuple[float, float]
"""A word, the sign of a gap, or the ends of a range of numbers."""


@dataclass(frozen=True, slots=True)
class Said:
    """A finding that a text tells.

    Attributes:
        finding: Variable and state.
        start: Where in the folded text the words begin that tell it.
        end: Where they have ended.
        key: Where the words begin that say how it is: behind a name, the rest.
    """

    finding: Finding
    start: int
    end: int
    key: int


@dataclass(frozen=True, slots=True)
class _Wording:
    """The parts of a wording; where the name of its variable stands (-1 before, 1 behind, 0 nowhere); what it says."""

    parts: tuple[Part, ...]
    name: int
    says: frozenset[Finding]


@dataclass(frozen=True, slots=True)
class _Hit:
    first: int
    last: int
    wording: _Wording


class Told:
    """Finds what people say about the variables of one model."""

    def __init__(self, model: Model) -> None:
        self._wordings = _by_first(_sayings(model.wordings))
        self._names = _by_first(_names(model.wordings))
        self.vocabulary = _vocabulary(model.wordings)

    def find(self, text: str) -> list[Said]:
        """Return the findings a folded text tells, in order; the longer of two wordings that overlap counts."""
        words = tokens(text)
        names = _longest(_hits(words, self._names))
        found: list[Said] = []
        for hit in _longest(_hits(words, self._wordings)):
            found += _told(words, hit, names)
        return found


def _told(words: Sequence[Token], hit: _Hit, names: Sequence[_Hit]) -> Iterator[Said]:
    key = words[hit.first].start
    span = (key, words[hit.last - 1].end)
    if not hit.wording.name:
        yield from (Said(finding, *span, key) for finding in sorted(hit.wording.says))
        return
    says = {finding[0]: finding for finding in hit.wording.says}
    for name in _near(words, hit, names):
        about = {finding[0] for finding in name.wording.says}
        if about & says.keys():
            start, end = words[name.first].start, words[name.last - 1].end
            yield from (
                Said(says[variable], min(span[0], start), max(span[1], end), key)
                for variable in sorted(about & says.keys())
            )
            return
        if "" in about:
            return


def _near(words: Sequence[Token], hit: _Hit, names: Sequence[_Hit]) -> list[_Hit]:
    """Return the names that something may be said of, the nearest first; none across the end of a sentence."""
    if hit.wording.name < 0:
        before = [name for name in names if name.last <= hit.first and hit.first - name.last <= _NAME_REACH]
        return [
            name
            for name in reversed(before)
            if not any(word.pause == 2 for word in words[name.last : hit.first + 1])
        ]
    return [
        name
        for name in names
        if 0 <= name.first - hit.last <= _NAME_BEHIND
        and not any(word.pause for word in words[hit.last : name.first + 1])
    ]


def _hits(words: Sequence[Token], known: Mapping[Part, Sequence[_Wording]]) -> Iterator[_Hit]:
    numbered = known.get("#", ())
    for first, word in enumerate(words):
        for wording in (*known.get(word.word, ()), *numbered):
            last = _end(words, first, wording.parts, 0)
            if last:
                yield _Hit(first, last, wording)


def _end(words: Sequence[Token], place: int, parts: Sequence[Part], done: int) -> int:
    """Return where a wording ends that begins at a place; 0 where it does not stand there."""
    for number in range(done, len(parts)):
        part = parts[number]
        if number and place < len(words) and words[place].pause:
            return 0
        if part == _GAP:
            return _behind_gap(words, place, parts, number + 1)
        if place >= len(words):
            return 0
        if isinstance(part, str):
            if words[place].word != part:
                return 0
            place += 1
            continue
        found = number_at(words, place)
        if found is None or not part[0] <= found[0] <= part[1]:
            return 0
        place = found[1]
    return place


def _behind_gap(words: Sequence[Token], place: int, parts: Sequence[Part], done: int) -> int:
    for start in range(place, min(place + _GAP_REACH + 1, len(words))):
        if start > place and words[start].pause:
            return 0
        end = _end(words, start, parts, done)
        if end:
            return end
    return 0


def _longest(hits: Iterator[_Hit]) -> list[_Hit]:
    """Return hits that do not overlap, in order: of two the longer; of the same words all that they say."""
    taken: dict[int, _Hit] = {}
    kept = []
    for hit in sorted(hits, key=lambda hit: (hit.first - hit.last, hit.first)):
        over = {taken[place] for place in range(hit.first, hit.last) if place in taken}
        if all((other.first, other.last) == (hit.first, hit.last) for other in over):
            kept.append(hit)
            taken.update((place, hit) for place in range(hit.first, hit.last))
    return sorted(kept, key=lambda hit: hit.first)


def _sayings(wordings: Wordings) -> dict[tuple[tuple[Part, ...], int], set[Finding]]:
    said: dict[tuple[tuple[Part, ...], int], set[Finding]] = {}
    for finding, texts in wordings.findings.items():
        for text in texts:
            for spelled in _spelled(text, wordings.words):
                name = -1 if spelled.startswith("~") else int(spelled.endswith("~"))
                parts = _parts(spelled.strip("~"))
                if parts:
                    said.setdefault((parts, name), set()).add(finding)
    return said


def _names(wordings: Wordings) -> dict[tuple[tuple[Part, ...], int], set[Finding]]:
    """Return the names of variables as wordings; names of the attempt itself are names of nothing that is asked."""
    named: dict[tuple[tuple[Part, ...], int], set[Finding]] = {}
    for variable, texts in wordings.names.items():
        for text in texts:
            for spelled in _spelled(text, wordings.words):
                named.setdefault((_parts(spelled), 0), set()).add((variable, ""))
    for text in wordings.others:
        for spelled in _spelled(text, wordings.words):
            named.setdefault((_parts(spelled), 0), set()).add(("", ""))
    return named


def _by_first(said: Mapping[tuple[tuple[Part, ...], int], set[Finding]]) -> dict[Part, list[_Wording]]:
    first: dict[Part, list[_Wording]] = {}
    for (parts, name), findings in said.items():
        head = parts[0] if isinstance(parts[0], str) else "#"
        first.setdefault(head, []).append(_Wording(parts, name, frozenset(findings)))
    return first


def _spelled(text: str, words: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a wording with its groups of words spelled out, each in every way."""
    texts = [""]
    for part in MARK.split(text):
        choices = words[part[1:]] if part[:1] == "$" else (part,)
        texts = [f"{before}{choice}" for before in texts for choice in choices]
    return texts


def _parts(text: str) -> tuple[Part, ...]:
    parts: list[Part] = []
    for part in filter(None, MARK.split(text)):
        if part == _GAP:
            parts.append(part)
        elif part[0] == "<":
            least, most = part[1:-1].split("-")
            parts.append((float(least or 0), float(most or "inf")))
        else:
            parts += [token.word for token in tokens(fold(part).text)]
    return tuple(parts)


def _vocabulary(wordings: Wordings) -> tuple[str, ...]:
    """Return every wording without its marks."""
    texts = [*wordings.others]
    for many in (wordings.words, wordings.names, wordings.findings):
        texts += [text for some in many.values() for text in some]
    return tuple(part for text in texts for part in MARK.split(text) if part and not MARK.fullmatch(part))
