"""`bayesdiag cases export` and `import`: cases as JSON lines."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from bayesdiag.cli.cases.diagnosing import check_wanted
from bayesdiag.cli.cases.options import (
    ModelNameOption,
    PersonOption,
    SinceOption,
    StatusOption,
    StoreOption,
    UntilOption,
    WantedCauseOption,
    done_in,
    hidden,
    store_of,
    wanted,
)
from bayesdiag.cli.inputs import JsonOption, write_json
from bayesdiag.cli.printing import counted, say


def export(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Where to; default: standard output.")
    ] = None,
    status: StatusOption = None,
    cause: WantedCauseOption = None,
    person: PersonOption = None,
    model: ModelNameOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Write cases with their whole history as JSON lines, one case a line."""
    from bayesdiag.store import case_line, export_cases, find_records  # noqa: PLC0415 - as everywhere here

    query = wanted("", status, cause, person, model, since, until)
    with store_of(store) as opened:
        check_wanted(opened, query)
        if file is None:
            for record in find_records(opened, query):
                say(case_line(record))
            return
        n = export_cases(opened, file, query)
    if json:
        write_json({"cases": n, "file": hidden(str(file))})
    else:
        say(f"{counted(n)} exported to {hidden(str(file))}.")


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON lines; - for standard input.")],
    partly: Annotated[
        bool, typer.Option("--partly", help="Import the good lines even where others are faulty.")
    ] = False,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Take cases of a file into the store. What is there already is left as it is, so it may be repeated."""
    from bayesdiag.store import import_cases  # noqa: PLC0415

    source = sys.stdin.buffer.read() if str(file) == "-" else file
    done = done_in(store, lambda opened: import_cases(opened, source, partly=partly))
    if json:
        faults = [str(fault) for fault in done.faults]
        write_json(
            {"new": done.new, "grown": done.grown, "same": done.same, "erased": done.erased, "faults": faults}
        )
    else:
        say(f"{len(done.new)} new, {len(done.grown)} with something new, {done.same} already there.")
        if done.erased:
            say(f"{len(done.erased)} erased for good before, left out: {', '.join(done.erased)}")
    if done.faults:
        if not json:
            say("\n".join(map(str, done.faults)), err=True)
        raise typer.Exit(1)
