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
        tables = {child: _table(child, states, *blocks[child]) for child in states}
        if sum([len(table.p) for table in tables.values()]) > max_numbers:
            return None
        # Few names are shared by many variables, and a state does not change.
        shared = {name: State(name) for name in {*chain.from_iterable(states.values())}}
        variables = [
            Variable(child, "plain", tuple([shared[state] for state in own]), tables[child])
            for child, own in states.items()
        ]
        return Model(name, tuple(variables))
    except (_UnusualError, KeyError, IndexError, ValueError, InvalidModel):
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
    words = body.replace(",", " ").replace("(", " ( ").replace(")", " ) ").replace(";", " ; ").split()
    n_states = len(states[child])
    above = [states[parent] for parent in parents]
    n_rows = prod(map(len, above))
    if words[0] == "table":
        if len(words) != n_states * n_rows + 2 or words[-1] != ";":
            raise _UnusualError
        rows = _rows([words[1 + state * n_rows :][:n_rows] for state in range(n_states)], body)
    else:
        rows = _rows_by_states(words, n_states, above, body)
    return FullTable(parents, tuple(chain.from_iterable(rows))) if parents else Prior(rows[0])


def _rows_by_states(words: list[str], n_states: int, above: list[_Names], body: str) -> list[_Numbers]:
    """Return rows that name the parents' states, in the order of these.

    All rows are as long as each other, so every column of the words is a slice: no loop over rows.
    """
    n_rows, n_above = prod(map(len, above)), len(above)
    step = n_above + n_states + 3
    signs = words[0::step] + words[n_above + 1 :: step] + words[step - 1 :: step]
    if len(words) != n_rows * step or signs != ["("] * n_rows + [")"] * n_rows + [";"] * n_rows:
        raise _UnusualError
    chosen = zip(*[words[at::step] for at in range(1, n_above + 1)], strict=True)
    rows = _rows([words[at::step] for at in range(n_above + 2, step - 1)], body)
    # As many rows as there are choices, and one for each of them: so none stands twice.
    row_of = dict(zip(chosen, rows, strict=True))
    return [row_of[one] for one in product(*above)]


def _rows(columns: list[list[str]], body: str) -> list[_Numbers]:
    """Return the rows of a table whose columns are given; each sums to 1, as far as a model asks."""
    # Python would take more for a number than BIF does.
    if ("_" in body or not body.isascii()) and any(
        "_" in told or not told.isascii() for told in map("".join, columns)
    ):
        raise _UnusualError
    rows = list(zip(*[map(float, column) for column in columns], strict=True))
    totals = list(map(sum, rows))
    if max(totals) - 1 <= SUM_TOLERANCE and 1 - min(totals) <= SUM_TOLERANCE:
        return rows
    return [row if abs(sum(row) - 1) <= SUM_TOLERANCE else _divided(row) for row in rows]


def _divided(row: _Numbers) -> _Numbers:
    """Return a row that printing rounded, divided by its sum."""
    total = sum(row)
    if abs(total - 1) <= ROUNDING and min(row) >= 0 and max(row) <= 1:
        return tuple([p / total for p in row])
    raise _UnusualError
