"""The usual shape of a BIF file, read without looking for faults: most files are whole.

Whatever is unusual or wrong, even a quote, is left to the careful reader, which tells every fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain, product
from math import prod

from bayesdiag.errors import InvalidModel
from bayesdiag.model import SUM_TOLERANCE, FullTable, Model, Prior, State, Variable
from bayesdiag.model.check_tables import are_surely_rows

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
    rf"|probability\s*\(\s*({_NAME})\s*(?:\|({_NAMES}))?\)\s*\{{([^}}]*)\}}\s*"
    r"|(.+)",  # what is no block, and all that follows
    re.DOTALL,
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
        tables = {child: _numbers(len(own), states, *blocks[child]) for child, own in states.items()}
        if sum(map(len, tables.values())) > max_numbers:
            return None
        # One sum for a whole table: what cancels out in it is refused by the model.
        off = [abs(sum(p) - len(p) / len(states[child])) for child, p in tables.items()]
        if max(off) > SUM_TOLERANCE:
            tables = {child: _whole(p, len(states[child])) for child, p in tables.items()}
        # Many variables have the same states, and a state does not change.
        shared = {own: tuple([State(name) for name in own]) for own in {*states.values()}}
        variables = []
        for child, own in states.items():
            above, p = blocks[child][0], tables[child]
            variables.append(
                Variable(child, "plain", shared[own], FullTable(above, p) if above else Prior(p))
            )
        return Model(name, tuple(variables))
    except (_UnusualError, KeyError, IndexError, ValueError, InvalidModel):
        return None


def _without_comments(text: str) -> str:
    """Return the text with white space for comments, as many lines as it needs to part statements."""
    if '"' in text:
        raise _UnusualError
    if "/" in text:
        text = _COMMENT.sub(lambda found: "\n" if "\n" in found.group() else " ", text)
    if "/*" in text:
        raise _UnusualError
    return text


def _split(text: str) -> tuple[str, dict[str, _Names], dict[str, tuple[_Names, str]]]:
    """Return the network's name, the states of each variable, and its parents and the text of its table."""
    head = _NETWORK.match(text)
    if head is None:
        raise _UnusualError
    states: dict[str, _Names] = {}
    blocks: dict[str, tuple[_Names, str]] = {}
    names_in: dict[str, _Names] = {"": ()}  # many variables have the same states
    found = _BLOCK.findall(text, head.end())
    for name, count, listed, child, above, body, other in found:
        together = listed or above
        if together not in names_in:
            names_in[together] = _names(together)
        if name:
            states[name] = names_in[listed]
            if count != str(len(states[name])):
                raise _UnusualError
        elif other:
            raise _UnusualError
        else:
            blocks[child] = names_in[above], body
    # One that stands twice makes a place fewer.
    if len(states) + len(blocks) != len(found) or states.keys() != blocks.keys():
        raise _UnusualError
    return head[1], states, blocks


def _names(listed: str) -> _Names:
    """Return names that all differ; commas only part them."""
    names = tuple(listed.replace(",", " ").split())
    if not names or len(set(names)) != len(names):
        raise _UnusualError
    return names


def _numbers(n_states: int, states: dict[str, _Names], parents: _Names, body: str) -> _Numbers:
    """Return the numbers of a table, rows in the order of the parents' states."""
    words = body.replace(",", " ").replace("(", " ( ").replace(")", " ) ").replace(";", " ; ").split()
    above = [states[parent] for parent in parents]
    n_rows = prod(map(len, above))
    told: Iterable[str]
    if words[0] != "table":
        told = _told_by_states(words, n_states, n_rows, above)
    elif len(words) != n_states * n_rows + 2 or words[-1] != ";":
        raise _UnusualError
    elif n_rows == 1:
        told = words[1:-1]
    else:
        told = chain.from_iterable([words[1 + row : -1 : n_rows] for row in range(n_rows)])
    if "_" in body or not body.isascii():
        told = list(told)
        # Python would take more for a number than BIF does.
        if any("_" in one or not one.isascii() for one in told):
            raise _UnusualError
    return tuple(map(float, told))


def _told_by_states(words: list[str], n_states: int, n_rows: int, above: list[_Names]) -> Iterable[str]:
    """Return the numbers of rows that name the parents' states, in the order of these."""
    close = len(above) + 1
    step = close + n_states + 2
    if not above or len(words) != n_rows * step:
        raise _UnusualError
    rows = zip(*[iter(words)] * step)  # noqa: B905 - saying `strict` takes as long
    row_of = {
        row[1:close]: row[close + 1 : -1]
        for row in rows
        if row[0] == "(" and row[close] == ")" and row[-1] == ";"
    }
    # As many rows as there are choices, and one for each of them: so none stands twice.
    return chain.from_iterable(map(row_of.__getitem__, product(*above)))


def _whole(p: _Numbers, n_states: int) -> _Numbers:
    """Return rows that a model takes, divided by their sums where they must be."""
    if are_surely_rows(p, n_states):
        return p
    rows = [p[start : start + n_states] for start in range(0, len(p), n_states)]
    return tuple(chain.from_iterable(map(_divided, rows)))


def _divided(row: _Numbers) -> _Numbers:
    """Return a row that a model takes, divided by its sum where printing rounded it."""
    total = sum(row)
    if abs(total - 1) <= SUM_TOLERANCE:
        return row
    if abs(total - 1) <= ROUNDING and min(row) >= 0 and max(row) <= 1:
        return tuple([p / total for p in row])
    raise _UnusualError
