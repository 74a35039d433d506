"""`bayesdiag cases backup` and `restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bayesdiag.cli.cases.options import StoreOption, done_in, hidden, store_of
from bayesdiag.cli.cases.words import minute
from bayesdiag.cli.inputs import JsonOption, write_json
from bayesdiag.cli.printing import counted, say


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to. One that is there is replaced.")],
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Write every case to one file, as of this moment; others may go on working."""
    from bayesdiag.store import write_backup  # noqa: PLC0415 - as everywhere here

    with store_of(store) as opened:
        n = write_backup(opened, file)
    if json:
        write_json({"cases": n, "file": hidden(str(file))})
    else:
        say(f"{counted(n)} backed up to {hidden(str(file))}. Keep it where only you can read it.")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What backup wrote, from any kind of store.")],
    force: Annotated[
        bool, typer.Option("--force", help="Even if the store holds cases: they are lost.")
    ] = False,
    erasures: Annotated[
        list[Path] | None,
        typer.Option(
            "--erasures",
            metavar="FILE",
            help="A newer backup, or the file …-erased beside a lost store: what was erased since "
            "stays erased. Repeatable.",
        ),
    ] = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Put a backup in the place of the store, all of it or none. What was erased for good since stays so."""
    from bayesdiag.store import restore_backup  # noqa: PLC0415

    done = done_in(store, lambda opened: restore_backup(opened, file, force=force, erasures=erasures or ()))
    if json:
        write_json(
            {
                "cases": done.cases,
                "replaced": done.replaced,
                "erased": list(done.erased),
                "made_at": done.made_at,
            }
        )
        return
    say(f"{counted(done.cases)} restored from the backup of {minute(done.made_at)}.")
    if done.replaced:
        lost = "is" if done.replaced == 1 else "are"
        told = f"{counted(done.replaced)} that stood there before {lost} gone"
        say(f"{told}, but for what the backup holds.")
    if done.erased:
        told = ", ".join(done.erased)
        say(f"{len(done.erased)} were erased for good after it was made, and were left out: {told}")
        say("the backup still holds them: make a new one and destroy this one.")
