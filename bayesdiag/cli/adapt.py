"""`bayesdiag adapt`: a model's numbers follow a stream of cases, what was long ago fading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
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
    set_aside,
)
from bayesdiag.cli.improved import (
    Refused,
    changed_lines,
    keep_better,
    leave_unlearned,
    refused_lines,
    replayed_lines,
    write_model,
)
from bayesdiag.cli.inputs import JsonOption, compiled, load_any, working, write_json
from bayesdiag.cli.printing import counted, say

if TYPE_CHECKING:
    from bayesdiag.case import Case
    from bayesdiag.learning import Adapted
    from bayesdiag.model import Model

IMPOSSIBLE = "the model held these findings together to be impossible when they came"


def adapt(
    model: Annotated[str, typer.Argument(help="A model file, or the name of a bundled model.")],
    cases: CasesArgument = None,
    *,
    output: Annotated[Path, typer.Option("-o", "--output", help="The model file to write.")],
    fading: Annotated[
        float,
        typer.Option(
            metavar="F",
            help="What a case is still worth after another has come, up to 1; at 0.99 half after 69.",
        ),
    ] = 1.0,
    store: FromStoreOption = None,
    names: NamesOption = None,
    ignore_unknown: IgnoreOption = False,
    rejects: RejectsOption = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a model that is better.")] = False,
    json: JsonOption = False,
) -> None:
    """Let a model's numbers follow cases one by one, the earliest first; what was long ago fades.

    Cases are taken in the order of their times where all tell one, otherwise as they come. A number's
    ess is the experience it begins with; what it has in the end is written as its ess.
    """
    from bayesdiag.learning import adapted  # noqa: PLC0415 - each command imports its rooms when run
    from bayesdiag.modelfile import golden_beside  # noqa: PLC0415
    from bayesdiag.score import replay  # noqa: PLC0415
    from bayesdiag.watch import in_time  # noqa: PLC0415

    if not 0 < fading <= 1:
        raise typer.BadParameter("a fading is above 0, up to 1.", param_hint="--fading")
    known = load_any(model)
    source = CaseSource(cases, store, names, ignore_unknown, rejects)
    read, _ = cases_from(source, known)
    if not read:
        raise typer.BadParameter("there is not a single case to learn from.", param_hint="CASES")
    order = in_time(read)
    with working("en"):
        result = adapted(known, [read[place] for place in order], fading=fading)
    reasons = _reasons(source, known, sorted(order[place] for place in result.impossible))
    if not result.n_cases:
        leave_unlearned(reasons)
    answers = (golden_beside(model, known), read)
    before, after = replay(compiled(known), *answers), replay(compiled(result.model), *answers)
    if not force:
        keep_better(output, result.model, answers, after)
    write_model(result.model, model, output)
    heights = _height(known, read), _height(result.model, read)
    if json:
        from bayesdiag.wire.fits import adapted_document  # noqa: PLC0415

        write_json(adapted_document(result, heights, reasons, before, after))
        return
    for line in [*_lines(result, heights, reasons), *replayed_lines(before, after), f"written: {output}"]:
        say(line)


def _reasons(source: CaseSource, model: Model, places: Sequence[int]) -> list[Refused]:
    """Set cases aside that taught nothing, and return how each is called, and why."""
    names = set_aside(source, model, dict.fromkeys(places, IMPOSSIBLE))
    return [(name, IMPOSSIBLE) for name in names]


def _height(model: Model, cases: Sequence[Case]) -> float:
    """Return Σ log P(case | premise) of the cases that are possible."""
    import numpy as np  # noqa: PLC0415

    from bayesdiag.learning import log_probabilities  # noqa: PLC0415

    logs = log_probabilities(model, cases)
    weights = np.array([case.weight for case in cases])
    possible = np.isfinite(logs)
    return float(logs[possible] @ weights[possible])


def _lines(found: Adapted, heights: tuple[float, float], reasons: Sequence[Refused]) -> Iterator[str]:
    moved = "log-likelihood {:.6g} -> {:.6g}".format(*heights)
    yield f"{counted(found.n_cases)}, fading {found.fading:.10g}; {moved}."
    yield from refused_lines(reasons)
    yield from changed_lines(found.numbers)
    worth = [one.cases for one in found.numbers if one.is_changed]
    if worth:
        yield f"Those that changed are now worth {min(worth):.4g} to {max(worth):.4g} cases."
