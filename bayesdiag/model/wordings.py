"""What people say in their own words: names of variables, what is said of them, and groups of words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bayesdiag.errors import Fault, known_names
from bayesdiag.model.action import Finding
from bayesdiag.model.check import Known, Path, finding_faults, name_fault

MARK = re.compile(r"(~|…|\$[a-z_]+|<[^<>]*>)")
"""The marks of a wording: the variable's name, a gap, a group of words, a number between two others."""
_RANGE = re.compile(r"<([0-9.]*)-([0-9.]*)>")


@dataclass(frozen=True, slots=True)
class Wordings:
    """How people tell findings, in any language.

    In a wording "~" at its beginning or end stands for a name of the variable, "…" for a few words,
    "$group" for any word of a group, and "<2-5>" for a number from 2 to 5; either end may be left out.

    Attributes:
        words: Group → words that mean the same.
        names: Variable → what people call what it is about.
        others: What else things can be said of, such as the attempt itself; that is then no finding.
        findings: (variable, state) → wordings that tell it.
    """

    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    findings: Mapping[Finding, tuple[str, ...]] = field(default_factory=dict)


def wording_faults(wordings: Wordings, known: Known) -> list[Fault]:
    """Return the faults of wordings: unknown names and groups, marks that mean nothing."""
    path: Path = ("wordings",)
    faults: list[Fault] = []
    for group, words in wordings.words.items():
        faults += _plain_faults((*path, "words", group), words, {})
    for variable, words in wordings.names.items():
        faults += name_fault((*path, "names", variable), variable, known, "variables")
        faults += _plain_faults((*path, "names", variable), words, wordings.words)
    faults += _plain_faults((*path, "others"), wordings.others, wordings.words)
    for finding, words in wordings.findings.items():
        place = (*path, "findings", "=".join(finding))
        faults += finding_faults(place, finding[0], finding[1:], known)
        for number, text in enumerate(words):
            faults += _mark_faults((*place, number), text, wordings.words)
            if "~" in text and finding[0] in known and not wordings.names.get(finding[0]):
                told = f"Write wordings.names.{finding[0]}, or leave the ~ out."
                faults.append(Fault((*place, number), f'"{finding[0]}" has no names', told))
    return faults


def _plain_faults(path: Path, words: Sequence[str], groups: Mapping[str, Sequence[str]]) -> Iterator[Fault]:
    """Yield the faults of words in which no name may stand; without groups no mark at all."""
    for number, text in enumerate(words):
        marks = MARK.findall(text)
        if any(mark[0] not in "$…" or (mark[0] == "$" and not groups) for mark in marks):
            told = "Here stand words, groups and gaps alone." if groups else "Here stand words alone."
            yield Fault((*path, number), f'"{text}" has a mark', told)
        else:
            yield from _mark_faults((*path, number), text, groups)


def _mark_faults(path: Path, text: str, groups: Mapping[str, Sequence[str]]) -> Iterator[Fault]:
    if "~" in text.strip()[1:-1] or text.count("~") > 1:
        yield Fault(path, f'"{text}" has a ~ inside', "It stands once, at the beginning or at the end.")
    for mark in MARK.findall(text):
        if mark[0] == "$" and mark[1:] not in groups:
            yield Fault(path, f'"{mark}" is no group of words', known_names(mark[1:], groups, "groups"))
        if mark[0] == "<" and not _is_range(mark):
            yield Fault(path, f'"{mark}" is no range of numbers', "Write <2-5>, <2-> or <-5>.")
    if not any(sign.isalnum() for sign in re.sub(r"<[^<>]*>", "0", text)):
        yield Fault(path, f'"{text}" says nothing', "Write at least one word.")


def _is_range(mark: str) -> bool:
    ends = _RANGE.fullmatch(mark)
    try:
        return ends is not None and float(ends[1] or 0) <= float(ends[2] or "inf")
    except ValueError:
        return False
