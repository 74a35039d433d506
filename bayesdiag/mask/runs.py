"""Digits that belong together: groups, what parts them, and runs of groups that may be one number."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from operator import sub
from typing import NamedTuple

from bayesdiag.mask.plain import UNSEEN
from bayesdiag.mask.said import is_called, is_labelled
from bayesdiag.mask.schemes import is_card_number

_GROUP = re.compile(r"[0-9]+")
_DASHES = r"\-\u058a\u1806\u2010-\u2015\u2043\u2212\ufe58\ufe63\u30fc\uff70"
_DOTS = r".\u00b7\u2022\u2024\u2027\u2219\u22c5\u30fb\uff65\uff61"
_SOFT = re.compile(rf"[\s{UNSEEN}]*+(?:[{_DASHES}{_DOTS}_~\\'`´’＇]{{1,3}}+[\s{UNSEEN}]*+)?")
_HARD = re.compile(r"[^\w\s\[\]\0][ \u00a0]?|[ \u00a0]?[()]|\)[ \u00a0]?\(")
_HARD_SIZES = {(4, 4), (4, 6), (6, 5)}
"""Any one punctuation mark may part the items of a list, and now and then the groups of a card number."""
_CHINESE = re.compile(rf"[{UNSEEN}]*[，、。;][ \u00a0\u3000{UNSEEN}]?")
"""So do these, and groups of other sizes too."""
_EIGHT_BEFORE = re.compile(r"(?<![0-9])([0-9]{8})([^0-9]{1,12})$")
_MAX_GAP = 12
_HEX_BEFORE = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]+$")
_HEX_BEHIND = re.compile(r"[0-9A-Fa-f]+(?![0-9A-Za-z])")
_HEX_SIZES = {16, 32, 40, 48, 64}

_ISLAND = re.compile(
    r"""(?<![0-9])(?:
        (?:19|20)[0-9]{2}([-/.])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12][0-9]|3[01])     # 2026-11-05
        |(?:0?[1-9]|[12][0-9]|3[01])([-/.])(?:0?[1-9]|1[0-2])\2(?:19|20)[0-9]{2}    # 5.11.2026
        |(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])               # 20261105
        |(?:0?[1-9]|1[0-2])/(?:20)?[0-9]{2}                                         # 12/27
    )(?![0-9])""",
    re.VERBOSE,
)
"""What is a date by its own form, and no part of a longer number."""


class Group(NamedTuple):
    """Digits side by side: where they begin and end, and what parts them from the group before."""

    start: int
    end: int
    gap: str = ""

    @property
    def is_listed(self) -> bool:
        """Whether a sign parts it from the group before that mostly parts the items of a list."""
        return bool(self.gap) and self.gap != " " and _SOFT.fullmatch(self.gap) is None


def is_hexadecimal(text: str, start: int, end: int) -> bool:
    """Whether digits stand inside a key or cryptogram, as in 4801453211838EAF; 371449635398431F is padded."""
    before, behind = _HEX_BEFORE.search(text[max(0, start - 64) : start]), _HEX_BEHIND.match(text, end)
    token = (before[0] if before else "") + text[start:end] + (behind[0] if behind else "")
    return len(token) in _HEX_SIZES and token.isalnum() and not token.rstrip("Ff").isdigit()


@dataclass(frozen=True, slots=True)
class Run:
    """Groups that may be one number.

    Attributes:
        groups: The groups.
        digits: The digits of all.
        places: Where each group begins among these, and where the last has ended.
        listed: How many of the groups before each are parted as the items of a list, and of all.
    """

    groups: list[Group]
    digits: str
    places: list[int]
    listed: list[int]


@dataclass(frozen=True, slots=True)
class Window:
    """Some neighbouring groups of a run: the first, and the first that is no part of it any more."""

    run: Run
    first: int
    last: int

    @property
    def groups(self) -> list[Group]:
        """The groups."""
        return self.run.groups[self.first : self.last]

    @property
    def start(self) -> int:
        """Where the first group begins in the text."""
        return self.run.groups[self.first].start

    @property
    def end(self) -> int:
        """Where the last group has ended in the text."""
        return self.run.groups[self.last - 1].end

    @property
    def digits(self) -> str:
        """The digits of all."""
        return self.run.digits[self.run.places[self.first] : self.run.places[self.last]]

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many digits each group has."""
        places = self.run.places[self.first : self.last + 1]
        return tuple(map(sub, places[1:], places))

    @property
    def is_listed(self) -> bool:
        """Whether a sign that mostly parts the items of a list stands between two of these groups."""
        return self.run.listed[self.last] > self.run.listed[self.first + 1]

    @property
    def is_whole(self) -> bool:
        """Whether these are all groups of the run."""
        return self.first == 0 and self.last == len(self.run.groups)


def runs(text: str) -> Iterator[Run]:
    """Yield the groups of digits of a plain text, those together that may be one number."""
    islands = _islands(text)
    island_ends = set(islands.values())
    run: list[Group] = []
    end = 0
    for found in _GROUP.finditer(text):
        start, gap = found.start(), ""
        if run:
            gap = text[end:start] if start - end <= _MAX_GAP else "\0"
            if start in islands or end in island_ends or not _joins(text, run[-1], gap, found):
                yield _run(text, run)
                run, gap = [], ""
        end = found.end()
        run.append(Group(start, end, gap))
    if run:
        yield _run(text, run)


def _run(text: str, groups: list[Group]) -> Run:
    places = [0, *accumulate(group.end - group.start for group in groups)]
    listed = [0, *accumulate(group.is_listed for group in groups)]
    return Run(groups, "".join([text[group.start : group.end] for group in groups]), places, listed)


def _joins(text: str, before: Group, gap: str, group: re.Match[str]) -> bool:
    """Whether two groups may belong to one number."""
    is_behind_stars = text[max(0, before.start - 2) : before.start] == "**"
    if gap == " " and not is_behind_stars:
        return True
    if is_behind_stars and before.end - before.start <= 4:
        # The last digits of a number that is masked already, as in 622202******1234 5678.
        masked = text[max(0, before.start - 40) : before.start].rstrip("*")
        if masked and masked[-1].isdigit():
            return False
    if _SOFT.fullmatch(gap):
        return True
    sizes = (before.end - before.start, group.end() - group.start())
    if _CHINESE.fullmatch(gap):
        return 4 <= sizes[0] <= 8 and sizes[1] <= 13
    if _HARD.fullmatch(gap) is None:
        return False
    return sizes in _HARD_SIZES or (len(gap) == 1 and sizes[0] == 4 and sizes[1] < 4)


def _islands(text: str) -> dict[int, int]:
    """Return where dates begin → where they end; not where the same sign goes on around them."""
    islands = {}
    for found in _ISLAND.finditer(text):
        start, end = found.span()
        inner = next((sign for sign in found[0] if not sign.isdigit()), "")
        around = {text[start - 1 : start] if _is_digit(text, start - 2) else ""}
        around.add(text[end : end + 1] if _is_digit(text, end + 1) else "")
        if inner in around if inner else _ends_card(text, start, end):
            continue
        islands[start] = end
    return islands


def _ends_card(text: str, start: int, end: int) -> bool:
    """Whether eight digits that could be a date are the second half of what is called a card's number."""
    before = _EIGHT_BEFORE.search(text[max(0, start - 20) : start]) if end - start == 8 else None
    if before is None or not is_card_number(before[1] + text[start:end]):
        return False
    if before[2].isspace() and before[2][0] in " \n\r\t":
        return is_labelled("card", text, start - len(before[0])) or is_called("card", text, end)
    return bool(_SOFT.fullmatch(before[2]) or _CHINESE.fullmatch(before[2]))


def _is_digit(text: str, place: int) -> bool:
    return 0 <= place < len(text) and text[place].isdigit()


def windows(run: Run, least: int, most: int, begins: Callable[[str], bool]) -> Iterator[Window]:
    """Yield neighbouring groups that have so many digits together.

    Args:
        run: The groups.
        least: Digits they have at least.
        most: Digits they have at most.
        begins: Whether such a number may begin with these ten digits; what may not is not looked at.
    """
    places = run.places
    for first, start in enumerate(places[:-1]):
        if not begins(run.digits[start : start + 10]):
            continue
        for end in range(first + 1, len(places)):
            size = places[end] - start
            if size > most:
                break
            if size >= least:
                yield Window(run, first, end)
