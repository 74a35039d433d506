"""`bayesdiag watch`: are today's cases still those the model expects?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from bayesdiag.cli.casefiles import (
    CasesArgument,
    CaseSource,
    FromStoreOption,
    IgnoreOption,
    NamesOption,
    RejectsOption,
    cases_from,
)
from bayesdiag.cli.inputs import (
    JsonOption,
    LanguageOption,
    ModelArgument,
    compiled,
    language_of,
    load_any,
    working,
    write_json,
)
from bayesdiag.cli.printing import say
from bayesdiag.errors import CaseFileError, Fault, known_names

if TYPE_CHECKING:
    from bayesdiag.case import Case
    from bayesdiag.model import Model

CONTEXTS = "contexts"
"""Stands for every context, where no variable has this name."""


def watch(
    model: ModelArgument,
    cases: CasesArgument = None,
    store: FromStoreOption = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="DAY", help="Only cases of this day and later, as 2026-11-25."),
    ] = None,
    alpha: Annotated[
        float, typer.Option("--alpha", metavar="P", help="P(any alarm | the model is true), at most.")
    ] = 0.05,
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--given",
            metavar="ID",
            help="A variable taken as given, not judged; `contexts` for all of them. Repeatable.",
        ),
    ] = None,
    labels: Annotated[
        bool,
        typer.Option(
            "--labels", help="Judge confirmed causes too: right only where normal ones are noted as well."
        ),
    ] = False,
    cores: Annotated[int, typer.Option(min=1, help="Threads to use.")] = 1,
    names: NamesOption = None,
    ignore_unknown: IgnoreOption = False,
    rejects: RejectsOption = None,
    language: LanguageOption = None,
    json: JsonOption = False,
) -> None:
    """Tell whether cases are still those that a model expects: overall, by answers, and by numbers.

    Cases are taken in the order of their times. However long they go on and however often this is
    called, a true model raises an alarm with probability --alpha at most. Leaves with 1 on an alarm.
    """
    from bayesdiag.watch import Settings  # noqa: PLC0415
    from bayesdiag.watch import watch as look  # noqa: PLC0415
    from bayesdiag.wire.watch_lines import lines  # noqa: PLC0415 - each command imports its rooms when run
    from bayesdiag.wire.watches import watch_document  # noqa: PLC0415

    if not 0 < alpha < 1:
        raise typer.BadParameter("a rate of false alarms lies between 0 and 1.", param_hint="--alpha")
    tongue = language_of(language)
    known = load_any(model)
    settings = Settings(alpha=alpha, given=given_names(known, given or ()), labels=labels, cores=cores)
    told, n_rejected = cases_from(CaseSource(cases, store, names, ignore_unknown, rejects), known)
    told = told if since is None else _since(told, since)
    if not told:
        raise typer.BadParameter("there is not a single case to look at.", param_hint="CASES")
    with working(tongue):
        found = look(compiled(known), told, settings)
    document = {
        "model": {"name": known.name, "version": known.version},
        "rejected": n_rejected,
        **watch_document(found, told),
    }
    if json:
        write_json(document)
    else:
        for line in lines(known, document, tongue):
            say(line)
    if found.has_alarm:
        raise typer.Exit(1)


def given_names(model: Model, told: Sequence[str]) -> tuple[str, ...]:
    """Return the variables that options name.

    Raises:
        CaseFileError: With every name that no variable has.
    """
    found: list[str] = []
    faults = []
    for name in told:
        if name in model.variable_of:
            found.append(name)
        elif name == CONTEXTS:
            found += [variable.id for variable in model.of_kind("context")]
        else:
            allowed = known_names(name, list(model.variable_of), "variables")
            faults.append(Fault((f"--given {name}",), "no variable has this name", allowed))
    if faults:
        raise CaseFileError(faults, "nothing was looked at")
    return tuple(dict.fromkeys(found))


def _since(cases: Sequence[Case], told: str) -> list[Case]:
    """Return the cases of a day and later; those that tell no time are left out, and that is told."""
    from bayesdiag.cli.cases.options import day  # noqa: PLC0415
    from bayesdiag.watch import moment_of  # noqa: PLC0415

    first = moment_of(day("--since", told))
    assert first is not None
    times = [moment_of(case.when) for case in cases]
    silent = sum(time is None for time in times)
    if silent:
        say(f"--since: {silent} of {len(cases)} cases tell no time and are left out.", err=True)
    return [case for case, time in zip(cases, times, strict=True) if time is not None and time >= first]
