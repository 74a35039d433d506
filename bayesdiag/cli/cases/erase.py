"""`bayesdiag cases delete`, `forget` and `expire`: erasure for good."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from bayesdiag.cli.cases.options import (
    StatusOption,
    StoreOption,
    check_status,
    refuse,
    store_of,
    wrong,
)
from bayesdiag.cli.inputs import JsonOption, write_json
from bayesdiag.cli.printing import counted, say

if TYPE_CHECKING:
    from bayesdiag.store import Mentions

BACKUPS = "backups and exports made before still hold it: destroy them, and make a new backup."
YesOption = Annotated[bool, typer.Option("--yes", help="Do it; without, only say what would be erased.")]
_UNITS = {"d": 1, "w": 7, "y": 365}


def delete(
    cases: Annotated[list[str], typer.Argument(metavar="ID…", help="The cases' ids.")],
    for_good: Annotated[
        bool, typer.Option("--for-good", help="Needed: nothing is left of it, and no import brings it back.")
    ] = False,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Erase cases for good: from the store, its log, and every file of it."""
    from bayesdiag.store import erase_cases  # noqa: PLC0415 - as everywhere here

    if not for_good:
        told = "Add --for-good to erase it; or close it (bayesdiag cases close), which keeps it for learning"
        refuse("a case is deleted for good or not at all", told)
    with store_of(store) as opened:
        gone = erase_cases(opened, cases)
    if json:
        write_json({"erased": list(gone)})
        return
    for case in gone:
        say(f"case {case}: erased for good.")
    if len(gone) < len(set(cases)):
        say("the others were erased before; the files were cleared once more.")
    say(BACKUPS)


def forget(
    person: Annotated[str, typer.Option("--person", metavar="NAME", help="The name, as it was written.")],
    yes: YesOption = False,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Erase a person's name for good from every case, as who said it and in texts; what was said stays."""
    from bayesdiag.store import forget_person, mentions  # noqa: PLC0415

    with store_of(store) as opened:
        found = forget_person(opened, person) if yes else mentions(opened, person)
    if json:
        write_json(
            {"forgotten": yes, "cases": list(found.cases), "events": found.events, "ids": list(found.ids)}
        )
    else:
        _tell(found, yes=yes)
    if not yes:
        raise typer.Exit(1)


def expire(
    older_than: Annotated[
        str, typer.Option("--older-than", metavar="AGE", help="Days, weeks or years: 365d, 52w, 2y.")
    ],
    status: StatusOption = None,
    yes: YesOption = False,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Erase for good every case that nothing was added to for so long: a retention period."""
    from bayesdiag.store import Query, erase_found, find_records  # noqa: PLC0415
    from bayesdiag.store.event import stamp  # noqa: PLC0415

    check_status(status)
    before = stamp(datetime.now(UTC) - _age(older_than))
    query = Query(unchanged_since=before, status=status or "")
    with store_of(store) as opened:
        ids = erase_found(opened, query) if yes else [record.id for record in find_records(opened, query)]
    if json:
        write_json({"erased" if yes else "would_erase": list(ids)})
    else:
        for case in ids:
            say(f"case {case}: {'erased for good' if yes else 'would be erased'}.")
        say(
            f"{counted(len(ids))} last changed before {before[:10]}."
            + ("" if yes else " To erase them: --yes")
        )
        if ids and yes:
            say(BACKUPS)
    if ids and not yes:
        raise typer.Exit(1)


def _age(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,5})([dwy])", text.strip(), re.ASCII)
    if found is None:
        wrong("--older-than", text, "Write days, weeks or years, as in 365d, 52w or 2y.")
    try:
        return min(timedelta(days=int(found[1]) * _UNITS[found[2]]), timedelta(days=700_000))
    except OverflowError:
        return timedelta(days=700_000)


def _tell(found: Mentions, *, yes: bool) -> None:
    what = "forgotten in" if yes else "named in"
    say(
        f"{what} {counted(found.events, 'event')} of {counted(len(found.cases))}"
        + (f": {', '.join(found.cases)}" * bool(found.cases))
    )
    if found.ids:
        say(f"an id cannot be changed; these name the person: {', '.join(found.ids)}")
        say("to erase such a case: bayesdiag cases delete --for-good ID")
    say(BACKUPS if yes else "to forget: --yes")
