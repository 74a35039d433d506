"""`bayesdiag diff`: what changed between two models, the largest effect first."""

from __future__ import annotations

from math import isinf
from typing import TYPE_CHECKING, Annotated

import typer

from bayesdiag.cli.inputs import JsonOption, load_any, write_json
from bayesdiag.cli.printing import say

if TYPE_CHECKING:
    from bayesdiag.difference import Change

TITLES = {"structure": "structure", "number": "numbers", "source": "sources", "text": "texts"}


def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="A model file, or the name of a bundled model.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Another one.")],
    json: JsonOption = False,
) -> None:
    """Say what changed between two models: structure, numbers by their change in log-odds, sources, texts."""
    from bayesdiag.difference import differences  # noqa: PLC0415 - each command imports its rooms when run
    from bayesdiag.wire.scores import changes_document  # noqa: PLC0415

    changes = differences(load_any(old), load_any(new))
    if json:
        write_json({"old": old, "new": new, "changes": changes_document(changes)})
        return
    if not changes:
        say("no difference.")
    for kind, title in TITLES.items():
        some = [change for change in changes if change.kind == kind]
        if some:
            say(f"{title}: {len(some)} changed")
        for change in some:
            say(f"  {_words(change)}")


def _words(change: Change) -> str:
    place = ".".join(change.path)
    if change.old is None:
        told = "new" if change.new == "there" else f"new: {_value(change.new)}"
    elif change.new is None:
        told = "gone" if change.old == "there" else f"gone: {_value(change.old)}"
    else:
        told = f"{_value(change.old)} → {_value(change.new)}"
    notes = []
    if change.logits is not None:
        size = "without bound" if isinf(change.logits) else f"{change.logits:+.3g}"
        notes.append(f"log-odds {size}")
    if change.source:
        notes.append(change.source)
    return f"{place}: {told}" + (f"  ({'; '.join(notes)})" if notes else "")


def _value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return f'"{value}"' if isinstance(value, str) else str(value)
