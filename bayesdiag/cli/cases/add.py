"""`bayesdiag cases add`: new cases, with their diagnosis as it is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from bayesdiag.cli.cases.diagnosing import Shown, Step, bodies_of, diagnosed
from bayesdiag.cli.cases.options import (
    ByOption,
    NoteOption,
    StoreOption,
    WhenOption,
    WhoOption,
    check_told,
    done_in,
    notes,
    refuse,
    told_by_option,
    writer,
)
from bayesdiag.cli.diagnose import evidences_of, text_of
from bayesdiag.cli.findings import FindingOption, told_case
from bayesdiag.cli.inputs import JsonOption, LanguageOption, ModelArgument, language_of, load_any, write_json
from bayesdiag.cli.printing import say


def add(
    model: ModelArgument = "pos_card",
    finding: FindingOption = None,
    findings: Annotated[
        Path | None, typer.Option("--findings", metavar="FILE", help="Findings as JSON: one case or a list.")
    ] = None,
    id_: Annotated[
        str | None,
        typer.Option("--id", metavar="ID", help="Id of the case, as a ticket's. Default: new."),
    ] = None,
    who: WhoOption = "",
    when: WhenOption = "",
    note: NoteOption = None,
    handler: Annotated[str, typer.Option("--handler", metavar="NAME", help="Who handles it.")] = "",
    by: ByOption = None,
    store: StoreOption = None,
    json: JsonOption = False,
    lang: LanguageOption = None,
) -> None:
    """Add a case: its findings, and the diagnosis as it is shown to you."""
    from bayesdiag.store import Event, add_case, record_document  # noqa: PLC0415 - as everywhere here

    known = load_any(model)
    evidences, is_list = evidences_of(known, told_case(finding), findings)
    if any(evidence.fixed for evidence in evidences):
        refuse(
            "--findings: it fixes probabilities", "A case keeps what was seen: write likelihoods as findings"
        )
    check_told("--id", id_)
    if id_ and is_list:
        refuse("--id: a list of cases was given", "Leave --id out; each gets an id of its own")
    language = language_of(lang)
    name = writer(by)
    shown = diagnosed(known, model, evidences, language) if known.is_diagnostic else [None] * len(evidences)
    said: dict[str, Any] = {part: text for part, text in (("who", who), ("when", when)) if text}
    histories = []
    for evidence, result in zip(evidences, shown, strict=True):
        told: list[Step] = [("opened", {"when": when} if when else {})]
        told += [("found", {**said, **body}) for body in bodies_of(known, evidence)]
        told += notes(note)
        told += [("handed_over", {"to": handler})] if handler else []
        told += [("diagnosed", {"diagnosis": result.document})] if result else []
        histories.append([Event(kind, body, by=name) for kind, body in told])
    with told_by_option():
        records = done_in(
            store, lambda opened: [add_case(opened, events, case_id=id_ or "") for events in histories]
        )
    documents = [record_document(record) for record in records]
    for record, result in zip(records, shown, strict=True):
        if not json:
            _tell(record.id, record.version, result, language)
    if json:
        write_json(documents if is_list else documents[0])
    if any(result.diagnosis.is_impossible for result in shown if result):
        raise typer.Exit(1)


def _tell(case_id: str, version: int, shown: Shown | None, language: str) -> None:
    say(f"case {case_id}: added; open, version {version}.")
    if shown is not None:
        say("\n" + text_of(shown.diagnosis, language) + "\n")
