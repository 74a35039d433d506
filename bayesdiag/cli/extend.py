"""`bayesdiag extend`: one more context in a model, on which its causes depend."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from bayesdiag.cli.casefiles import NamesOption, naming_of
from bayesdiag.cli.inputs import load_any
from bayesdiag.cli.printing import say
from bayesdiag.model.text import Weight

WITHIN = 2.0
"""Range of the shares: a column seldom tells what the next cases will be like."""
MOST_STATES = 100
"""A column with more different values is no context: a number, or a name of its own in every row."""


def extend(
    model: Annotated[str, typer.Argument(help="A model file, or the name of a bundled model.")],
    context: Annotated[str, typer.Argument(metavar="CONTEXT", help="Name of the new context, as region.")],
    cases: Annotated[
        Path | None,
        typer.Argument(metavar="[CASES]", help="Cases with a column of this name; or give --states."),
    ] = None,
    *,
    output: Annotated[Path, typer.Option("-o", "--output", help="The model file to write.")],
    states: Annotated[
        str, typer.Option("--states", metavar="A,B,…", help="Its states, equally likely.")
    ] = "",
    by: Annotated[
        list[str] | None,
        typer.Option("--by", metavar="ID", help="What depends on it (default: all causes). Repeatable."),
    ] = None,
    names: NamesOption = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Add a context to a model and let causes depend on it, each row with the number it had.

    Nothing the model says of old findings changes; `fit --pool CONTEXT` then learns how contexts
    differ. Until then intervals come out narrower than before: each copy of a row has the stated range
    for itself, and copies are doubted independently. The file is written anew, without the
    comments of the old one.
    """
    from bayesdiag.model.extended import extended  # noqa: PLC0415 - each command imports its rooms when run
    from bayesdiag.modelfile import save  # noqa: PLC0415

    if (cases is None) == (not states):
        raise typer.BadParameter("give either a file of cases or --states.", param_hint="CASES")
    if output.exists() and not force:
        raise typer.BadParameter("this file is there; --force writes over it.", param_hint="--output")
    known = load_any(model)
    if cases is None:
        listed = [state.strip() for state in states.split(",") if state.strip()]
        shares, source = dict.fromkeys(listed, 1 / len(set(listed))) if listed else {}, "guess"
        worth = float(len(shares))
    else:
        weights = _counted(cases, context, names)
        worth = sum(weights.values())
        shares = {state: weight / worth for state, weight in weights.items()}
        source = f"counted in {worth:.10g} cases"
    new = extended(known, context, shares, by or (), weight=Weight(source, worth, WITHIN))
    save(new, output)
    depending = [one.id for one in new.variables if context in one.parents]
    shown = ", ".join(depending[:12]) + (", …" if len(depending) > 12 else "")
    say(f"{context}: {', '.join(shares)}. Depending on it: {shown}.")
    say(f"written: {output}. Look at its words; then: bayesdiag fit {output} CASES --pool {context} -o NEW")


def _counted(file: Path, context: str, names: Path | None) -> Mapping[str, float]:
    """Return the values of a column with the weight of their cases, the heaviest first.

    Raises:
        CaseFileError: There is no such column, it has too many values, or a weight is none.
    """
    from bayesdiag.casefile import raw_rows  # noqa: PLC0415
    from bayesdiag.casefile.values import no_such_column, values_of  # noqa: PLC0415

    found = values_of(raw_rows(file), context, naming_of(names, ignore_unknown=True), file)
    if not 0 < len(found.weights) <= MOST_STATES:
        raise no_such_column(context, found, file)
    return found.weights
