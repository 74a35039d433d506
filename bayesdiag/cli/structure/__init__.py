"""`bayesdiag independence`: do the independences that a model claims hold in cases?"""

from __future__ import annotations

from typing import Annotated, Literal

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
from bayesdiag.cli.inputs import JsonOption, LanguageOption, ModelArgument, language_of, load_any, write_json
from bayesdiag.cli.printing import say


def independence(
    model: ModelArgument,
    cases: CasesArgument = None,
    store: FromStoreOption = None,
    alpha: Annotated[
        float, typer.Option("--alpha", metavar="P", help="The rate that --correct keeps.")
    ] = 0.05,
    correct: Annotated[
        Literal["holm", "bh"],
        typer.Option(
            "--correct", help="holm: P(any false alarm); bh: the share of false ones among the alarms."
        ),
    ] = "holm",
    most: Annotated[
        int, typer.Option("--most", metavar="N", min=0, help="Test claims given N variables at most.")
    ] = 4,
    least: Annotated[
        float, typer.Option("--least", metavar="N", min=1.0, help="Smallest count expected in any cell.")
    ] = 5.0,
    labels: Annotated[
        bool,
        typer.Option(
            "--labels", help="Look at confirmed causes too: right only where normal ones are noted as well."
        ),
    ] = False,
    names: NamesOption = None,
    ignore_unknown: IgnoreOption = False,
    rejects: RejectsOption = None,
    language: LanguageOption = None,
    json: JsonOption = False,
) -> None:
    """Tell which independences that a model's arrows claim do not hold in cases.

    Of each pair of variables one claim is tested, given as little as possible and that the attempt
    failed, on the cases that tell all its variables. Leaves with 1 where a claim does not hold.
    """
    from bayesdiag.cli.structure.words import lines  # noqa: PLC0415 - each command imports its rooms when run
    from bayesdiag.independence import Settings, independences  # noqa: PLC0415
    from bayesdiag.wire.independences import independences_document  # noqa: PLC0415

    if not 0 < alpha < 1:
        raise typer.BadParameter("a rate of false alarms lies between 0 and 1.", param_hint="--alpha")
    known = load_any(model)
    told, n_rejected = cases_from(CaseSource(cases, store, names, ignore_unknown, rejects), known)
    if not told:
        raise typer.BadParameter("there is not a single case to look at.", param_hint="CASES")
    settings = Settings(alpha=alpha, correction=correct, labels=labels, most=most, least=least)
    found = independences(known, told, settings)
    document = {
        "model": {"name": known.name, "version": known.version},
        "rejected": n_rejected,
        **independences_document(found),
    }
    if json:
        write_json(document)
    else:
        for line in lines(known, document, language_of(language)):
            say(line)
    if found.broken:
        raise typer.Exit(1)
