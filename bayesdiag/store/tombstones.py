"""What was erased for good: digests that recognise it when it comes back, and from which nothing is read."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from bayesdiag.errors import StoreError
from bayesdiag.mask import mask_text
from bayesdiag.store.event import FIELDS
from bayesdiag.store.schema import TOMBSTONES

FORGOTTEN = "(forgotten)"
"""What stands where the name of a forgotten person stood."""

_PEOPLE = {"who", "to"}
_IDS = {name for fields in FIELDS.values() for name in fields} - {*_PEOPLE, "comment", "text", "diagnosis"}
_NO_NAMES = _IDS | {"id", "finding", "status", "unit", "kind", "basis", "digest"}
"""Fields whose values are names of the model, never of people."""
_LONGEST = 4
"""A person's name has at most so many words, or Chinese characters, to be found inside a text."""
_FORMS = {
    "digest": re.compile(r"[0-9a-f]{64}"),
    "salt": re.compile(r"[0-9a-f]{32}"),
    "erased_on": re.compile(r"\d{4}-\d\d-\d\d", re.ASCII),
}
_WORD = re.compile(r"\[[a-z]+ \*{3}\]|\[[0-9]{6}\*{6}[0-9]{4}\]|\w+")
"""A word, or what stands in the place of a number that was masked."""
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+")


@dataclass(frozen=True, slots=True)
class Tombstone:
    """One thing that was erased: a digest, the salt it was made with, and the day."""

    digest: str
    salt: str
    erased_on: str


class Graveyard:
    """All tombstones of a store, asked whether something was erased."""

    def __init__(self, stones: Iterable[Tombstone]) -> None:
        self.stones = tuple(stones)
        self._digests = frozenset(stone.digest for stone in self.stones)
        self._salts = tuple(dict.fromkeys(stone.salt for stone in self.stones))
        self._salt = self._salts[0] if self._salts else secrets.token_hex(16)

    def has_case(self, case_id: str) -> bool:
        """Whether a case of this id was erased."""
        return any(_digest(salt, "case", case_id) in self._digests for salt in self._salts)

    def has_person(self, name: str) -> bool:
        """Whether a person of this name was forgotten."""
        folded = folded_name(name)
        return any(_digest(salt, "person", folded) in self._digests for salt in self._salts)

    def case(self, case_id: str) -> Tombstone:
        """Return a tombstone for a case."""
        return self._stone("case", case_id)

    def person(self, name: str) -> Tombstone:
        """Return a tombstone for a person."""
        return self._stone("person", folded_name(name))

    def _stone(self, kind: str, name: str) -> Tombstone:
        return Tombstone(_digest(self._salt, kind, name), self._salt, datetime.now(UTC).date().isoformat())


def graveyard(connection: Connection) -> Graveyard:
    """Return what was erased from a store, its file beside it included."""
    inside = [Tombstone(*row) for row in connection.execute(select(*TOMBSTONES.c))]
    beside = _file_beside(connection)
    outside = stones_of_file(beside) if beside is not None and beside.exists() else []
    return Graveyard([*inside, *outside])


def bury(connection: Connection, stones: Iterable[Tombstone]) -> None:
    """Add tombstones that are not there yet, to the store and to a file beside it.

    The file outlives a store that is lost, so that a backup older than an erasure brings nothing back.
    """
    known = {row.digest for row in connection.execute(select(TOMBSTONES.c.digest))}
    new = {stone.digest: stone for stone in stones if stone.digest not in known}
    if not new:
        return
    connection.execute(TOMBSTONES.insert(), [asdict(stone) for stone in new.values()])
    beside = _file_beside(connection)
    if beside is None:
        return
    try:
        flags = os.O_APPEND | os.O_CREAT | os.O_WRONLY
        with os.fdopen(os.open(beside, flags, 0o600), "a", encoding="utf-8") as file:
            file.writelines(f"{line_of(stone)}\n" for stone in new.values())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        told = "Nothing was erased. Make room, or get the right to write there."
        raise StoreError(
            f"{mask_text(str(beside))}: it cannot be written ({error.strerror}).\n    {told}"
        ) from None


def line_of(stone: Tombstone) -> str:
    """Return a tombstone as a line of a file."""
    return json.dumps({"erased": asdict(stone)}, separators=(",", ":"))


def stone_of(line: Any) -> Tombstone | None:
    """Return the tombstone that a parsed line holds; None if it holds none."""
    told = line.get("erased") if isinstance(line, dict) else None
    if not isinstance(told, dict) or set(told) != {"digest", "salt", "erased_on"}:
        return None
    is_ours = all(isinstance(told[name], str) and _FORMS[name].fullmatch(told[name]) for name in _FORMS)
    return Tombstone(**told) if is_ours else None


def stones_of_file(path: Path) -> list[Tombstone]:
    """Return the tombstones in a file: the one beside a store, or a backup; other lines are passed over.

    Raises:
        StoreError: It cannot be read.
    """
    try:
        with path.open("rb") as file:
            told = [line for line in file if line.startswith(b'{"erased":')]
        return [stone for stone in map(_parsed_stone, told) if stone is not None]
    except OSError as error:
        raise StoreError(
            f"{mask_text(str(path))}: the file cannot be read ({error.strerror}).\n    Check its name."
        ) from None


def _parsed_stone(line: bytes) -> Tombstone | None:
    try:
        return stone_of(json.loads(line))
    except ValueError:  # a last line cut off
        return None


def _file_beside(connection: Connection) -> Path | None:
    url = connection.engine.url
    is_file = url.get_backend_name() == "sqlite" and url.database
    return Path(f"{url.database}-erased") if is_file else None


def folded_name(text: str) -> str:
    """Return a masked name without what varies in writing it: case, width, spaces, punctuation.

    What is nothing but masked numbers is nobody's name, and comes to nothing.
    """
    words = _WORD.findall(folded(text))
    return " ".join(words) if any(not word.startswith("[") for word in words) else ""


def folded(text: str) -> str:
    """Return text as it is searched: case and width do not matter."""
    return unicodedata.normalize("NFKC", text).casefold().replace("\0", " ")


def without_people(value: Any, is_gone: Callable[[str], bool]) -> Any:
    """Return plain JSON in which every name of certain people is replaced by a mark.

    Args:
        value: The body of an event, or part of it. Names of the model are left alone.
        is_gone: Whether a name is to go.
    """
    if isinstance(value, str):
        return text_without_people(value, is_gone)
    if isinstance(value, Mapping):
        return {name: _field_without_people(name, item, is_gone) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_people(item, is_gone) for item in value]
    return value


def name_without_people(name: str, is_gone: Callable[[str], bool]) -> str:
    """Return a person's name, or the mark in its place."""
    return FORGOTTEN if name and is_gone(name) else name


def _field_without_people(name: str, value: Any, is_gone: Callable[[str], bool]) -> Any:
    if isinstance(value, str) and name in _NO_NAMES:
        return value
    if isinstance(value, str) and name in _PEOPLE:  # the whole name counts: Li Wei is not Li
        return name_without_people(value, is_gone)
    return without_people(value, is_gone)


def text_without_people(text: str, is_gone: Callable[[str], bool]) -> str:
    """Return a text in which every name of certain people, written as words of their own, is replaced."""
    spans = sorted(
        (span for span in (*_word_spans(text), *_han_spans(text)) if is_gone(text[slice(*span)])),
        key=lambda span: (span[0], -span[1]),
    )
    parts, end = [], 0
    for start, stop in spans:
        if start >= end:
            parts += [text[end:start], FORGOTTEN]
            end = stop
    return "".join([*parts, text[end:]])


def _word_spans(text: str) -> Iterable[tuple[int, int]]:
    """Return where each run of up to four words begins and ends."""
    words = [match.span() for match in _WORD.finditer(text)]
    for first, (start, _) in enumerate(words):
        for _, stop in words[first : first + _LONGEST]:
            yield start, stop


def _han_spans(text: str) -> Iterable[tuple[int, int]]:
    """Return where each run of two to four Chinese characters begins and ends; no spaces part them."""
    for run in _HAN.finditer(text):
        for start in range(run.start(), run.end() - 1):
            for stop in range(start + 2, min(start + _LONGEST, run.end()) + 1):
                yield start, stop


def _digest(salt: str, kind: str, name: str) -> str:
    return hashlib.sha256(f"{salt} {kind} {name}".encode()).hexdigest()
