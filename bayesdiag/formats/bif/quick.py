"""The usual shape of a BIF file, read without looking for faults: most files are whole.

Whatever is unusual or wrong, even a quote, is left to the careful reader, which tells every fault.
"""

from __future__ import annotations

import re
from itertools import chain, product
from math import prod

from bayesdiag.errors import InvalidModel
from bayesdiag.model import SUM_TOLERANCE, FullTable, Model, Prior, State, Variable

ROUNDING = 0.01
"""A row may be this far from 1; files with few digits are."""

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_NAME = r"[^\s,{}()\[\]|;]+"
_NAMES = r"[^{}()\[\]|;]+"
_PROPERTIES = r"(?:property[ \t][^;{}\n]*;\s*)*"
_NETWORK = re.compile(rf"\s*network\s+({_NAME})\s*\{{\s*{_PROPERTIES}\}}\s*")
_BLOCK = re.compile(
    rf"variable\s+({_NAME})\s*\{{\s*type\s+discrete\s*\[\s*({_NAME})\s*\]\s*\{{({_NAMES})\}}\s*;\s*"
    rf"{_PROPERTIES}\}}\s*"
    rf"|probability\s*\(\s*({_NAME})\s*(?:\|({_NAMES}))?\)\s*\{{([^{{}}]*)\}}\s*"
)

_Names = tuple[str, ...]
_Numbers = tuple[float, ...]


class _UnusualError(Exception):
    """The careful reader must look at this text; never leaves this module."""


def quick_model(text: str, max_numbers: int) -> Model | None:
    """Return the network in a text of the usual shape; None for any other text, right or wrong.

    Args:
        text: A whole BIF file.
        max_numbers: So many numbers, in all tables together, are read.
    """
    try:
        name, states, blocks = _split(_without_comments(text))
        sizes = {child: [len(states[parent]) for parent in above] for child, (above, _) in blocks.items()}
        if sum(len(states[child]) * prod(size) for child, size in sizes.items()) > max_numbers:
            return None
        # Few names are shared by many variables, and a state does not change.
        shared = {name: State(name) for name in {*chain.from_iterable(states.values())}}
        return Model(
            name,
            tuple(
                Variable(child, "plain", tuple(map(shared.__getitem__, own)), _table(child, states, *blocks[child]))
                for child, own in states.items()
            ),
        )
    except (_UnusualError, KeyError, ValueError, InvalidModel):
        return None


def _without_comments(text: str) -> str:
    """Return the text with white space for comments, as many lines as it needs to part statements."""
    if '"' in text:
        raise _UnusualError
    if "//" in text or "/*" in text:
        text = _COMMENT.sub(lambda found: "\n" if "\n" in found.group() else " ", text)
    if "/*" in text:
        raise _UnusualError
    return text


def _split(text: str) -> tuple[str, dict[str, _Names], dict[str, tuple[_Names, str]]]:
    """Return the network's name, the states of each variable, and its parents and the text of its table."""
    head = _NETWORK.match(text)
    if head is None:
        raise _UnusualError
    at = head.end()
    states: dict[str, _Names] = {}
    blocks: dict[str, tuple[_Names, str]] = {}
    n_blocks = 0
    while match := _BLOCK.match(text, at):
        at = match.end()
        n_blocks += 1
        name, count, listed, child, above, body = match.groups()
        if name is not None:
            states[name] = _names(listed)
            if count != str(len(states[name])):
                raise _UnusualError
        else:
            blocks[child] = _names(above) if above else (), body
    # One that stands twice makes a place fewer.
    if at != len(text) or len(states) + len(blocks) != n_blocks or states.keys() != blocks.keys():
        raise _UnusualError
    return head[1], states, blocks


def _names(listed: str) -> _Names:
    """Return names that all differ; commas only part them."""
    names = tuple(listed.replace(",", " ").split())
    if not names or len(set(names)) != len(names):
        raise _UnusualError
    return names


def _table(child: str, states: dict[str, _Names], parents: _Names, body: str) -> Prior | FullTable:
    """Return a variable's numbers, rows in the order of the parents' states."""
    every = list(product(*map(states.__getitem__, parents)))
    *entries, after = body.split(";")
    if after.strip() or not entries:
        raise _UnusualError
    n_states = len(states[child])
    first, *rest = entries[0].split(None, 1) or ("",)
    if first == "table" and len(entries) == 1 and rest:
        numbers = _numbers(rest[0], n_states * len(every))
        rows = [_whole(numbers[place :: len(every)]) for place in range(len(every))]
    else:
        given = dict(_row(entry, n_states) for entry in entries)
        if len(given) != len(entries) or len(given) != len(every) or not parents:
            raise _UnusualError
        rows = [given[chosen] for chosen in every]
    p = tuple(chain.from_iterable(rows))
    return FullTable(parents, p) if parents else Prior(p)


def _row(entry: str, n_states: int) -> tuple[_Names, _Numbers]:
    """Return the states of the parents and the numbers under them."""
    head, _, tail = entry.partition(")")
    before, _, chosen = head.partition("(")
    if before.strip():
        raise _UnusualError
    return tuple(chosen.replace(",", " ").split()), _whole(_numbers(tail, n_states))


def _numbers(listed: str, count: int) -> _Numbers:
    """Return so many numbers; Python would take more for one than BIF does."""
    numbers = tuple(map(float, listed.replace(",", " ").split()))
    if len(numbers) != count or "_" in listed or not listed.isascii():
        raise _UnusualError
    return numbers


def _whole(row: _Numbers) -> _Numbers:
    """Return a row that a model takes, divided by its sum if it must be; the model looks at the numbers."""
    total = sum(row)
    if abs(total - 1) <= SUM_TOLERANCE:
        return row
    if abs(total - 1) <= ROUNDING and min(row) >= 0 and max(row) <= 1:
        return tuple(p / total for p in row)
    raise _UnusualError
