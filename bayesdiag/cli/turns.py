"""Options for when questions are asked: first, not now, not at all; and for what did not help."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bayesdiag.diagnosis import Asking

MandatoryOption = Annotated[
    list[str] | None,
    typer.Option("--mandatory", metavar="ID", help="A question to ask before all others. Repeatable."),
]
NeverOption = Annotated[
    list[str] | None, typer.Option("--never", metavar="ID", help="A question not to suggest. Repeatable.")
]
SkippedOption = Annotated[
    list[str] | None,
    typer.Option("--skipped", metavar="ID", help="A question to put off, behind all others. Repeatable."),
]
DontKnowOption = Annotated[
    list[str] | None,
    typer.Option("--dont-know", metavar="ID", help="A question nobody can answer here. Repeatable."),
]
TriedOption = Annotated[
    list[str] | None,
    typer.Option("--tried", metavar="ID", help="A repair that was done and did not help. Repeatable."),
]


def told_asking(
    mandatory: Sequence[str] | None,
    never: Sequence[str] | None,
    skipped: Sequence[str] | None = None,
    dont_know: Sequence[str] | None = None,
    tried: Sequence[str] | None = None,
) -> Asking:
    """Return how the questions are to be asked, and what did not help, as options tell it."""
    return {
        "skipped": tuple(skipped or ()),
        "dont_know": tuple(dont_know or ()),
        "mandatory": tuple(mandatory or ()),
        "never": tuple(never or ()),
        "tried": tuple(tried or ()),
    }
