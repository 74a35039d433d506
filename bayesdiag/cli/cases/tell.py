"""`bayesdiag cases report` and `stats`: one case as a page for people, many cases as tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayesdiag.cli.cases.diagnosing import check_wanted, model_for
from bayesdiag.cli.cases.options import (
    IdArgument,
    ModelNameOption,
    PersonOption,
    SinceOption,
    StatusOption,
    StoreOption,
    UntilOption,
    WantedCauseOption,
    hidden,
    refuse,
    store_of,
    wanted,
)
from bayesdiag.cli.cases.words import aligned
from bayesdiag.cli.inputs import JsonOption, LanguageOption, language_of, load_any, write_json
from bayesdiag.cli.printing import counted, say, say_lines, visible

if TYPE_CHECKING:
    from bayesdiag.report import CaseReport, Table

_NamesOption = Annotated[
    str | None,
    typer.Option(
        "--model", metavar="MODEL", help="Model that names are looked up in. Default: the case's own."
    ),
]


def report(
    case: IdArgument,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help=".html, .pdf or .txt. Default: text, printed."),
    ] = None,
    model: _NamesOption = None,
    store: StoreOption = None,
    lang: LanguageOption = None,
) -> None:
    """Write a case for people: answer, findings, the diagnosis as it was shown, its whole history.

    Text is a summary for a ticket; HTML and PDF fit on one page where the history is not too long.
    """
    from bayesdiag.report import Names, case_report, ticket_summary  # noqa: PLC0415 - as everywhere here
    from bayesdiag.store import read_record  # noqa: PLC0415
    from bayesdiag.store.target import new_file  # noqa: PLC0415

    form = _form(out)
    with store_of(store) as opened:
        record = read_record(opened, case)
    known = model_for(record, model)
    told = case_report(record, Names(language_of(lang), known[0] if known else None))
    if out is None:
        say_lines([visible(line) for line in ticket_summary(told).splitlines()])
        return
    written = form(told)
    with new_file(out) as file:
        file.write(written)
    say(f"case {record.id} written to {hidden(str(out))}.")


def stats(
    status: StatusOption = None,
    cause: WantedCauseOption = None,
    person: PersonOption = None,
    model: ModelNameOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    names: Annotated[
        str, typer.Option("--names", metavar="MODEL", help="Model that names are looked up in.")
    ] = "pos_card",
    store: StoreOption = None,
    json: JsonOption = False,
    lang: LanguageOption = None,
) -> None:
    """Tell what cases come to: causes, days, time and questions until closed, where dialogues end."""
    from bayesdiag.report import Names, overview  # noqa: PLC0415
    from bayesdiag.store import read_statistics, statistics_document  # noqa: PLC0415

    query = wanted("", status, cause, person, model, since, until)
    with store_of(store) as opened:
        check_wanted(opened, query)
        found = read_statistics(opened, query)
    if json:
        write_json(statistics_document(found))
        return
    say(f"{counted(found.n)}: {found.n_open} open, {found.n_closed} closed, {found.n_confirmed} confirmed.")
    if found.n_compared:
        say(f"the confirmed cause stood first in {found.n_first} of {found.n_compared}.")
    for table in overview(found, Names(language_of(lang), load_any(names))):
        say_lines(["", table.title, *_lines(table)])


def _form(out: Path | None) -> Callable[[CaseReport], bytes]:
    """Return what writes the file that is asked for."""
    from bayesdiag.report import html_report, ticket_summary  # noqa: PLC0415

    forms: dict[str, Callable[[CaseReport], bytes]] = {
        ".html": lambda told: html_report(told).encode(),
        ".pdf": _pdf,
        ".txt": lambda told: f"{ticket_summary(told)}\n".encode(),
    }
    suffix = out.suffix.lower() if out else ".txt"
    if suffix not in forms:
        refuse(f"{hidden(str(out))}: a report is not written in this form", "Name it .html, .pdf or .txt")
    return forms[suffix]


def _pdf(told: CaseReport) -> bytes:
    from bayesdiag.report.pdf import pdf_report  # noqa: PLC0415 - slow to load, and seldom wanted

    return pdf_report(told)


def _lines(table: Table) -> list[str]:
    rows = [tuple(map(visible, row)) for row in (table.head, *table.rows)]
    return [f"  {line}" for line in aligned(rows)]
