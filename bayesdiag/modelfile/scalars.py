"""Texts, numbers and small mappings as YAML, fit for the place where they shall stand."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping

import yaml

from bayesdiag.modelfile.changes import Told
from bayesdiag.modelfile.document import plain_value

_NEVER = 2**31
"""A width that no line reaches."""
_HEADER = re.compile(r"[^\r\n#]*?([ \t]+#[^\r\n]*|)[ \t]*(?=[\r\n]|\Z)")
"""First line of a text behind | or >, with its comment."""
_TAIL = re.compile(r"\s*\Z")
_INDENT = re.compile(r"^( +)\S", re.MULTILINE)
_LITERAL = re.compile(r"(?! |\n)(?:[^\n]*\S\n+)+\Z")
"""Lines that may stand behind |: the first says how deep they stand, none is of blanks alone."""


def number_word(number: float) -> str:
    """Return the shortest word that is read as this finite number."""
    whole = number == int(number) and abs(number) < 1e15
    return str(int(number)) if whole else repr(float(number))


def one_line(value: Told, quote: str = "", *, enclosed: bool = False) -> str:
    """Return a value on one line.

    Args:
        value: What to write.
        quote: How texts are written: a quote, which is kept where it can be; empty for none where possible.
        enclosed: Whether it stands inside brackets.
    """
    if isinstance(value, Mapping):
        return f"{{{pairs_in_brackets(value, quote)}}}"
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return number_word(value)
    told = yaml.emitter.Emitter(io.StringIO(), allow_unicode=True).analyze_scalar(value)
    is_plain = told.allow_flow_plain if enclosed else told.allow_block_plain
    if quote not in {"'", '"'} and is_plain and not told.multiline and _is_itself(value):
        return value
    if quote != '"' and told.allow_single_quoted and not told.multiline:
        return "'" + value.replace("'", "''") + "'"
    return _quoted(value)


def pairs_in_brackets(values: Mapping[str, Told], quote: str = "") -> str:
    """Return names and values as they stand inside brackets."""
    return ", ".join(
        f"{one_line(name, quote, enclosed=True)}: {one_line(value, quote, enclosed=True)}"
        for name, value in values.items()
    )


def lines_of(values: Mapping[str, Told], column: int, step: int, quote: str = "") -> Iterator[str]:
    """Yield names and values as lines without their ends.

    Args:
        values: What to write.
        column: Where the names stand.
        step: How much deeper what is below them stands; 0 for mappings in brackets instead.
        quote: As in `one_line`.
    """
    for name, value in values.items():
        head = f"{' ' * column}{one_line(name, quote)}:"
        if isinstance(value, Mapping) and step:
            yield head
            yield from lines_of(value, column + step, step, quote)
        else:
            yield f"{head} {one_line(value, quote)}"


def block_text(value: str, old: str, depth: int, line_end: str) -> str:
    """Return a text that takes the place of one behind | or >, with the comment there and the lines below.

    Args:
        value: What to write.
        old: The old text as it stands in the file, from | or > to where the next line begins.
        depth: Column of the name it belongs to.
        line_end: What ends a line of the file.
    """
    header = _HEADER.match(old)
    comment = header.group(1) if header else ""
    tail = _TAIL.search(old)
    below = tail.group() if tail else ""
    body = f"{value.rstrip(chr(10))}\n"
    if value not in {body, body[:-1]} or "\n" not in value or not _may_be_literal(body):
        return f"{one_line(value)}{comment}{below}"
    indent = _INDENT.search(old)
    margin = indent.group(1) if indent else " " * (depth + 2)
    lines = [f"{margin}{line}" if line else "" for line in body[:-1].split("\n")]
    sign = "|" if value == body else "|-"
    return line_end.join([f"{sign}{comment}", *lines]) + (below or line_end)


def _is_itself(word: str) -> bool:
    return plain_value(word) == word and word != "<<"


def _may_be_literal(body: str) -> bool:
    told = yaml.emitter.Emitter(io.StringIO(), allow_unicode=True).analyze_scalar(body)
    only_line_feeds = not set(body) & set("\r\x85\u2028\u2029")
    return told.allow_block and only_line_feeds and _LITERAL.match(body) is not None


def _quoted(word: str) -> str:
    text: str = yaml.dump(word, Dumper=yaml.SafeDumper, default_style='"', allow_unicode=True, width=_NEVER)
    return text.rstrip("\n")
