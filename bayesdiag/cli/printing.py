"""What every command prints goes through here: signs that would steer a terminal are shown, not obeyed."""

from __future__ import annotations

import re
from collections.abc import Iterable

import typer

_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Control signs but for tab and line end (C0, C1), and those that turn the direction of what follows."""


def visible(text: str) -> str:
    r"""Return a text as one line in which such signs are told by their code, as in \u001b.

    JSON knows this form too, so that a document says the same afterwards.
    """
    return _told(text).replace("\n", "\\n").replace("\t", "\\t")


def counted(n: float, thing: str = "case") -> str:
    """Return how many there are, in words: "1 case", "2 cases"."""
    return f"{n:.10g} {thing}{'' if n == 1 else 's'}"


def say(text: str = "", *, err: bool = False) -> None:
    """Print a text that may have several lines."""
    typer.echo(_told(text), err=err)


def warn(text: str) -> None:
    """Print a text on standard error; secrets that somebody typed or a file holds are hidden."""
    from bayesdiag.mask import mask_text  # noqa: PLC0415 - where all is well nobody waits for it

    say(mask_text(text), err=True)


def say_lines(lines: Iterable[str]) -> None:
    """Print one line each, whatever somebody wrote in it."""
    for line in lines:
        typer.echo(visible(line))


def _told(text: str) -> str:
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
