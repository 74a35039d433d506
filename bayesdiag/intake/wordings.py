"""What people say in their own words, as the model lists it, and where they say it in a text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

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
    """The parts of a wording, what it says, and where the name stands: -1 before, 1 behind, 0 nowhere."""

    parts: tuple[Part, ...]
    name: int
    says: frozenset[Finding]


@dataclass(frozen=True, slots=True)
class _Hit:
    """Where a wording begins and has ended among the words, what it says, and its place with its name."""

    first: int
    last: int
    wording: _Wording
    says: frozenset[Finding]
    whole: tuple[int, int]


class Told:
    """Finds what people say about the variables of one model."""

    def __init__(self, model: Model) -> None:
        self._wordings = _by_first(_sayings(model.wordings))
        self._names = _by_first(_names(model.wordings))
        self.vocabulary = _vocabulary(model.wordings)

    def find(self, text: str) -> list[Said]:
        """Return the findings a folded text tells, in order; of wordings that overlap the longest counts."""
        words = tokens(text)
        names = _outer(_hits(words, self._names))
        hits = _nearest(_bound(words, hit, names) for hit in _hits(words, self._wordings))
        return [
            Said(finding, words[hit.whole[0]].start, words[hit.whole[1] - 1].end, words[hit.first].start)
            for hit in _longest(hits)
            for finding in sorted(hit.says)
        ]


def _bound(words: Sequence[Token], hit: _Hit, names: Sequence[_Hit]) -> _Hit | None:
    """Return a hit with the nearest name that it may be said of, None where there is none."""
    if not hit.wording.name:
        return hit
    if any(name.first < hit.last and hit.first < name.last for name in names):
        return None
    for name in _near(words, hit, names):
        about = {variable for variable, _ in name.says}
        says = frozenset(finding for finding in hit.says if finding[0] in about)
        if says:
            return replace(hit, says=says, whole=(min(hit.first, name.first), max(hit.last, name.last)))
        if "" in about:
            return None
    return None


def _nearest(hits: Iterable[_Hit | None]) -> Iterator[_Hit]:
    """Yield hits, of those that say different things of one name only those nearest to it."""
    kept = [hit for hit in hits if hit is not None]
    least: dict[tuple[int, str], int] = {}
    for hit in kept:
        for key in _about(hit):
            least[key] = min(least.get(key, _distance(hit)), _distance(hit))
    for hit in kept:
        if not hit.wording.name or any(_distance(hit) <= least[key] for key in _about(hit)):
            yield hit


def _about(hit: _Hit) -> list[tuple[int, str]]:
    """Return the name a hit is bound to, by its place, with each variable it speaks of."""
    if not hit.wording.name:
        return []
    place = hit.whole[0] if hit.wording.name < 0 else hit.whole[1]
    return [(hit.wording.name * place, variable) for variable, _ in hit.says]


def _distance(hit: _Hit) -> int:
    """Return where what is said begins, seen from its name."""
    return hit.first if hit.wording.name < 0 else -hit.last


def _near(words: Sequence[Token], hit: _Hit, names: Sequence[_Hit]) -> list[_Hit]:
    """Return the names that something may be said of, the nearest first; all in the same sentence."""
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
                yield _Hit(first, last, wording, wording.says, (first, last))


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


def _longest(hits: Iterable[_Hit]) -> list[_Hit]:
    """Return hits in order, of two that overlap and are about the same variable only the longer one."""
    taken: dict[tuple[str, int], _Hit] = {}
    kept = []
    for hit in sorted(hits, key=lambda hit: (hit.first - hit.last, hit.first)):
        about = {variable for variable, _ in hit.says}
        places = [(variable, place) for variable in about for place in range(hit.first, hit.last)]
        over = {taken[place] for place in places if place in taken}
        if all((other.first, other.last) == (hit.first, hit.last) for other in over):
            kept.append(hit)
            taken.update((place, hit) for place in places)
    return sorted(kept, key=lambda hit: hit.first)


def _outer(hits: Iterator[_Hit]) -> list[_Hit]:
    """Return names in order, of two that overlap the longer one, whatever they name."""
    kept: list[_Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.first - hit.last, hit.first)):
        over = [other for other in kept if other.first < hit.last and hit.first < other.last]
        if all((other.first, other.last) == (hit.first, hit.last) for other in over):
            kept.append(hit)
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
    """Return the names of variables as wordings; what else things are said of is the name of no variable."""
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
