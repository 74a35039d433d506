"""`bayesdiag cases export` and `import`: cases as JSON lines."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from bayesdiag.cli.cases.options import (
    ModelNameOption,
    PersonOption,
    SinceOption,
    StatusOption,
    StoreOption,
    UntilOption,
    WantedCauseOption,
    check_target,
    refuse,
    store_of,
    wanted,
)
from bayesdiag.cli.inputs import JsonOption, write_json


def export(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Where to; default: standard output.")
    ] = None,
    status: StatusOption = "",
    cause: WantedCauseOption = "",
    person: PersonOption = "",
    model: ModelNameOption = "",
    since: SinceOption = "",
    until: UntilOption = "",
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Write cases with their whole history as JSON lines, one case a line."""
    from bayesdiag.store import case_line, find_records  # noqa: PLC0415 - as everywhere here

    query = wanted("", status, cause, person, model, since, until)
    if file is not None:
        check_target(file)
    with store_of(store, writing=False) as opened:
        lines = (case_line(record) for record in find_records(opened, query))
        if file is None:
            for line in lines:
                typer.echo(line)
            return
        n = _written(file, lines)
    if json:
        write_json({"cases": n, "file": str(file)})
    else:
        typer.echo(f"{n} cases exported to {file}.")


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON lines, as export writes them.")],
    partly: Annotated[
        bool, typer.Option("--partly", help="Import the good lines even where others are faulty.")
    ] = False,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Take cases of a file into the store. What is there already is left as it is, so it may be repeated."""
    from bayesdiag.store import import_cases  # noqa: PLC0415

    with store_of(store, writing=True) as opened:
        done = import_cases(opened, file, partly=partly)
    if json:
        faults = [str(fault) for fault in done.faults]
        write_json(
            {"new": done.new, "grown": done.grown, "same": done.same, "erased": done.erased, "faults": faults}
        )
    else:
        typer.echo(f"{len(done.new)} new, {len(done.grown)} with something new, {done.same} already there.")
        if done.erased:
            typer.echo(f"{len(done.erased)} erased for good before, left out: {', '.join(done.erased)}")
    if done.faults:
        if not json:
            typer.echo("\n".join(map(str, done.faults)), err=True)
        raise typer.Exit(1)


def _written(file: Path, lines: Iterator[str]) -> int:
    """Write lines to a file for this user alone, whole or not at all, and return how many."""
    half = file.with_name(f".{file.name}.{os.getpid()}.half")
    n = 0
    try:
        with os.fdopen(
            os.open(half, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8"
        ) as out:
            for line in lines:
                out.write(f"{line}\n")
                n += 1
        half.replace(file)
    except OSError as error:
        refuse(f"{file}: the file cannot be written ({error.strerror})", "Give another place.")
    finally:
        half.unlink(missing_ok=True)
    return n
