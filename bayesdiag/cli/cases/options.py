"""What the commands of the case store share: their options, the open store, and who is writing."""

from __future__ import annotations

import getpass
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

from bayesdiag.errors import CaseFault, Fault, StoreError

if TYPE_CHECKING:
    from bayesdiag.store import Query, Store

WRITER = "BAYESDIAG_USER"
"""Environment variable: who is writing, where the name on this machine is not the one to be kept."""

Done = TypeVar("Done")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="STORE",
        help="A file, or postgresql://USER@HOST/DATABASE. Default: $BAYESDIAG_STORE, or your own file.",
    ),
]
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The case's id.")]
ByOption = Annotated[
    str | None,
    typer.Option("--by", metavar="NAME", help=f"Who records this. Default: ${WRITER}, else your user name."),
]
WhoOption = Annotated[str, typer.Option("--who", metavar="NAME", help="Who said it, if not who records it.")]
WhenOption = Annotated[
    str, typer.Option("--when", metavar="TIME", help="When, if not now: 2026-11-25 or 2026-11-25T09:30.")
]
NoteOption = Annotated[
    list[str] | None, typer.Option("--note", metavar="TEXT", help="Anything worth keeping. Repeatable.")
]
SeenOption = Annotated[
    int | None,
    typer.Option("--seen", metavar="N", help="Version you looked at; refused if someone changed it since."),
]
CauseOption = Annotated[
    list[str] | None,
    typer.Option("--cause", metavar="ID=STATE", help="A cause that was confirmed. Repeatable."),
]
ExcludedOption = Annotated[
    list[str] | None,
    typer.Option(
        "--excluded", metavar="ID=STATE", help="A cause that was checked and is not it. Repeatable."
    ),
]
MinutesOption = Annotated[
    float | None, typer.Option("--minutes", metavar="N", help="Work it took, in minutes.")
]
MoneyOption = Annotated[float | None, typer.Option("--money", metavar="N", help="What it cost.")]
StatusOption = Annotated[str | None, typer.Option("--status", metavar="open|closed", help="Only these.")]
WantedCauseOption = Annotated[
    str | None,
    typer.Option("--cause", metavar="ID[=STATE]", help="Confirmed; or first in the diagnosis, if none was."),
]
PersonOption = Annotated[
    str | None, typer.Option("--person", metavar="NAME", help="Named in it: said, recorded, handles.")
]
ModelNameOption = Annotated[str | None, typer.Option("--model", metavar="NAME", help="Diagnosed with it.")]
SinceOption = Annotated[str | None, typer.Option("--since", metavar="DAY", help="Opened then or later.")]
UntilOption = Annotated[str | None, typer.Option("--until", metavar="DAY", help="Opened then or before.")]


_OPTIONS: Mapping[str | int, str] = {
    **{
        name: f"--{name}"
        for name in ("who", "when", "by", "minutes", "money", "id", "asked", "skipped", "tried")
    },
    "dont_know": "--dont-know",
    "found": "-f",
    "answered": "--answer",
    "confirmed": "--cause",
    "excluded": "--excluded",
    "undone": "--undo",
    "tried_again": "--again",
    "noted": "--note",
    "to": "NAME",
}
"""Field or kind of an event → what it is made of on the command line."""


def hidden(text: str) -> str:
    """Return what was typed without card numbers and the like."""
    from bayesdiag.mask import mask_text  # noqa: PLC0415 - other commands start without its patterns

    return mask_text(text)


@contextmanager
def store_of(address: str | None) -> Iterator[Store]:
    """Open the store that is meant; it must be there."""
    from bayesdiag.store import open_store  # noqa: PLC0415 - each command imports its rooms when run

    with open_store(address, create=False) as store:
        yield store


def done_in(address: str | None, change: Callable[[Store], Done]) -> Done:
    """Return what a change of the store comes to; a store that is not there is made, unless it fails."""
    from bayesdiag.store import open_or_make  # noqa: PLC0415

    with open_or_make(address, change) as store:
        return change(store)


def writer(told: str | None) -> str:
    """Return who is writing."""
    if told is not None:
        return told
    try:
        return os.environ.get(WRITER) or getpass.getuser()
    except (OSError, KeyError):  # a user without a name
        return ""


def wanted(
    text: str,
    status: str | None,
    cause: str | None,
    person: str | None,
    model: str | None,
    since: str | None,
    until: str | None,
) -> Query:
    """Return the query that options ask.

    Raises:
        CaseFault: A day or a status is none, or an option is empty.
    """
    from bayesdiag.store import Query  # noqa: PLC0415

    check_status(status)
    for option, told in (("--cause", cause), ("--person", person), ("--model", model)):
        check_told(option, told)
    name, _, state = hidden(cause or "").partition("=")
    return Query(
        text=hidden(text),
        cause=name,
        state=state,
        status=status or "",
        person=hidden(person or ""),
        model=hidden(model or ""),
        since="" if since is None else day("--since", since),
        until="" if until is None else day("--until", until, days=1),
    )


def check_status(status: str | None) -> None:
    """Raise if this is no status of a case."""
    if status not in {None, "open", "closed"}:
        wrong("--status", status or "", "Write open or closed.")


def check_told(option: str, *told: str | None) -> None:
    """Raise if an option was given without saying anything."""
    if any(text is not None and not text.strip() for text in told):
        wrong(option, "", "Say something, or leave the option out.")


def notes(
    told: Sequence[str] | None, said: Mapping[str, str] | None = None
) -> list[tuple[str, dict[str, Any]]]:
    """Return what is noted, as kinds and bodies of events.

    Args:
        told: The notes.
        said: Who said it, and when, where that was told.
    """
    check_told("--note", *(told or ()))
    return [("noted", {"text": text, **(said or {})}) for text in told or ()]


@contextmanager
def told_by_option() -> Iterator[None]:
    """Raise what is wrong with an event by the option that it was made of."""
    try:
        yield
    except CaseFault as error:
        if any(fault.file for fault in error.faults):
            raise
        raise CaseFault([replace(fault, path=_by_option(fault.path)) for fault in error.faults]) from None


def _by_option(path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Return where a fault stands in a command: the option of the field, else of the kind of event."""
    return next(((_OPTIONS[step],) for step in reversed(path) if step in _OPTIONS), path)


def day(option: str, text: str, *, days: int = 0) -> str:
    """Return the moment at which a day begins, so many days later, as the store writes moments."""
    from bayesdiag.store.event import stamp  # noqa: PLC0415

    try:
        if not _DAY.fullmatch(text.strip()):
            raise ValueError
        return stamp(datetime.fromisoformat(text.strip()).replace(tzinfo=UTC) + timedelta(days=days))
    except (ValueError, OverflowError):
        wrong(option, text, "Write a day as 2026-11-25.")


def pairs(option: str, told: Sequence[str] | None, form: str = "ID=STATE") -> list[tuple[str, str]]:
    """Return the parts of options like ID=STATE, masked.

    Raises:
        CaseFault: With every one that is not of this form.
    """
    parted = [tuple(part.strip() for part in hidden(text).partition("=")) for text in told or ()]
    faults = [
        Fault((f"{option} {hidden(text)}",), "this is not of the right form", f"Write {option} {form}.")
        for text, (name, _, state) in zip(told or (), parted, strict=True)
        if not name or not state
    ]
    if faults:
        raise CaseFault(faults)
    return [(name, state) for name, _, state in parted]


def wrong(option: str, found: str, allowed: str) -> NoReturn:
    """Raise that an option cannot be understood."""
    raise CaseFault([Fault((option,), f'"{hidden(found)}" stands here', allowed)], "nothing was done")


def refuse(found: str, todo: str) -> NoReturn:
    """Raise that a command was not carried out."""
    raise StoreError(f"{found}.\n    {todo}")
