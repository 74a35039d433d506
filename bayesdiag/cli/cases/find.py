"""`bayesdiag cases list`, `search` and `show`: reading what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bayesdiag.cli.cases.diagnosing import check_wanted
from bayesdiag.cli.cases.options import (
    IdArgument,
    ModelNameOption,
    PersonOption,
    SinceOption,
    StatusOption,
    StoreOption,
    UntilOption,
    WantedCauseOption,
    store_of,
    wanted,
)
from bayesdiag.cli.cases.words import list_lines, record_lines
from bayesdiag.cli.inputs import JsonOption, load_any, write_json
from bayesdiag.cli.printing import say, say_lines

if TYPE_CHECKING:
    from bayesdiag.store import Query

LimitOption = Annotated[int, typer.Option("--limit", metavar="N", min=1, help="At most so many.")]


def list_cases(
    status: StatusOption = None,
    cause: WantedCauseOption = None,
    person: PersonOption = None,
    model: ModelNameOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: LimitOption = 50,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """List cases, the one changed last first. A cause with a question mark is not confirmed."""
    _show(wanted("", status, cause, person, model, since, until), limit, store, json=json)


def search(
    words: Annotated[
        list[str], typer.Argument(metavar="WORDS", help="All of them: of notes, comments, names, ids.")
    ],
    status: StatusOption = None,
    cause: WantedCauseOption = None,
    person: PersonOption = None,
    model: ModelNameOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: LimitOption = 50,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Find cases by words; case and width of letters do not matter."""
    _show(wanted(" ".join(words), status, cause, person, model, since, until), limit, store, json=json)


def show(
    case: IdArgument,
    model: Annotated[
        str | None, typer.Option("--model", metavar="MODEL", help="Tell what this model does not know of it.")
    ] = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Show a case: what it comes to, and its whole history."""
    from bayesdiag.store import model_case, read_record, record_document  # noqa: PLC0415 - as everywhere here

    with store_of(store) as opened:
        record = read_record(opened, case)
    told = model_case(record, load_any(model)) if model else None
    if json:
        write_json({**record_document(record), **({"unknown": list(told.unknown)} if told else {})})
        return
    say_lines(record_lines(record, told))


def _show(query: Query, limit: int, address: str | None, *, json: bool) -> None:
    from bayesdiag.store import count_cases, find_records, summary_document  # noqa: PLC0415

    with store_of(address) as opened:
        check_wanted(opened, query)
        found = list(find_records(opened, query, limit=limit))
        total = count_cases(opened, query)
    if json:
        write_json([summary_document(record) for record in found])
    elif not found:
        say("no case.")
    else:
        say_lines(list_lines(found))
    if total > len(found):
        say(f"{total - len(found)} more: --limit {total}", err=True)
