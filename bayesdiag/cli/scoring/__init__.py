"""`bayesdiag score`: how good a model's probabilities are, alone, refitted in folds, beside another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

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
from bayesdiag.cli.inputs import JsonOption, ModelArgument, load_any, working, write_json
from bayesdiag.cli.printing import say
from bayesdiag.errors import CaseFileError, Fault, known_names

if TYPE_CHECKING:
    from bayesdiag.model import Model

Way = Literal["temperature", "isotonic"]
Kind = Literal["equal-width", "equal-mass"]


def score(
    model: ModelArgument,
    cases: CasesArgument = None,
    store: FromStoreOption = None,
    target: Annotated[
        str, typer.Option("--target", metavar="V", help="The variable to forecast (default: the causes).")
    ] = "",
    n_folds: Annotated[
        int, typer.Option("--folds", metavar="K", help="Forecast each case by a model fitted without it.")
    ] = 0,
    repeats: Annotated[
        int, typer.Option("--repeats", metavar="N", help="Deal the folds anew so many times.")
    ] = 1,
    ess: Annotated[
        float | None, typer.Option("--ess", metavar="X", help="In refits: what every number is worth.")
    ] = None,
    against: Annotated[
        str, typer.Option("--against", metavar="MODEL2", help="Another model, on the same cases and folds.")
    ] = "",
    recalibrate: Annotated[
        Way | None,
        typer.Option("--recalibrate", help="Score recalibrated probabilities too; needs --target."),
    ] = None,
    binning: Annotated[Kind, typer.Option("--binning", help="How bins are cut.")] = "equal-width",
    bins: Annotated[int, typer.Option("--bins", metavar="N", help="How many bins.")] = 15,
    seed: Annotated[
        int, typer.Option("--seed", metavar="S", help="Of folds, simulated ranges and dialogues.")
    ] = 0,
    dialogues: Annotated[
        int,
        typer.Option(
            "--dialogues",
            metavar="N",
            min=0,
            help="Where there are prices: in how many cases questions and costs are simulated.",
        ),
    ] = 100,
    names: NamesOption = None,
    ignore_unknown: IgnoreOption = False,
    rejects: RejectsOption = None,
    json: JsonOption = False,
) -> None:
    """Score a model's probabilities on cases whose answer is known: a file, or the closed cases of a store.

    Leaves with 1 where the findings of a case are impossible under the model.
    """
    from bayesdiag.cli.scoring.judging import Asked, judged  # noqa: PLC0415 - see `inputs`
    from bayesdiag.cli.scoring.words import lines  # noqa: PLC0415

    known = load_any(model)
    other = load_any(against) if against else None
    faults = [*_target_faults(known, target, recalibrate), *_count_faults(n_folds, repeats, bins)]
    if other is not None and target:
        faults += _same_states(known, other, target)
    if faults:
        raise CaseFileError(faults, "nothing was scored")
    told, n_rejected = cases_from(CaseSource(cases, store, names, ignore_unknown, rejects), known)
    asked = Asked(target, n_folds, repeats, ess, recalibrate, binning, bins, seed, dialogues)
    with working("en"):
        document = judged(known, other, told, asked)
    document = {
        "model": {"name": known.name, "version": known.version},
        "cases": len(told),
        "rejected": n_rejected,
        **document,
    }
    if json:
        write_json(document)
    else:
        for line in lines(document):
            say(line)
    if document["score"]["impossible"]:
        raise typer.Exit(1)


def _target_faults(model: Model, target: str, recalibrate: str | None) -> list[Fault]:
    names = list(model.variable_of)
    if target and target not in names:
        told = known_names(target, names, "variables")
        return [Fault((f"--target {target}",), "no variable has this name", told)]
    if not target and not model.is_diagnostic:
        told = f"Say which variable is forecast: --target V. {known_names('', names, 'variables')}"
        return [Fault((model.name,), "this network has no causes", told)]
    if not target and recalibrate:
        told = "Name one variable: --target V."
        return [Fault(("--recalibrate",), "a diagnosis is no single distribution", told)]
    return []


def _count_faults(n_folds: int, repeats: int, bins: int) -> list[Fault]:
    counts = [("--folds", n_folds, n_folds == 0 or n_folds >= 2, "Give 2 or more, or leave it out.")]
    counts += [("--repeats", repeats, repeats >= 1, "Give 1 or more.")]
    counts += [("--bins", bins, bins >= 1, "Give 1 or more.")]
    return [
        Fault((f"{name} {n}",), "this is too few", told) for name, n, is_good, told in counts if not is_good
    ]


def _same_states(model: Model, other: Model, target: str) -> list[Fault]:
    mine = model.variable_of.get(target)
    theirs = other.variable_of.get(target)
    if mine is None or (theirs is not None and set(mine.state_ids) == set(theirs.state_ids)):
        return []
    found = "has no such variable" if theirs is None else f"has other states: {', '.join(theirs.state_ids)}"
    told = "Two models are compared on one variable with the same states."
    return [Fault((f"--target {target}",), f"{other.name} {found}", told)]
