"""`bayesdiag fit`: a model's numbers learned from cases, written as a model file that says why."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bayesdiag.case import MOST_WEIGHT
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
    SHOWN,
    Refused,
    changed_lines,
    keep_better,
    leave_unlearned,
    most_moved,
    refused_lines,
    replayed_lines,
    write_model,
)
from bayesdiag.cli.inputs import JsonOption, compiled, load_any, write_json
from bayesdiag.cli.printing import counted, say

if TYPE_CHECKING:
    from bayesdiag.learning import Checked, Fit, Learned, Pooled
    from bayesdiag.model import Model
    from bayesdiag.score import Replay


def fit(
    model: Annotated[str, typer.Argument(help="A model file, or the name of a bundled model.")],
    cases: CasesArgument = None,
    *,
    output: Annotated[Path, typer.Option("-o", "--output", help="The model file to write.")],
    ess: Annotated[
        float | None,
        typer.Option(
            min=0.0, max=MOST_WEIGHT, help="What every stated number is worth, in cases; 0: the data alone."
        ),
    ] = None,
    prior: Annotated[
        Literal["ess", "within"],
        typer.Option(help="What stated numbers are pulled by: their ess, or their range."),
    ] = "ess",
    freeze: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="A variable whose numbers stay. Repeatable.")
    ] = None,
    pool: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CONTEXT",
            help="Rows that differ in this variable alone shrink to one overall row, the more the less "
            "they have seen. Repeatable.",
        ),
    ] = None,
    starts: Annotated[int, typer.Option(min=1, help="How many starts; all but the first are drawn.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Of those draws.")] = 0,
    tolerance: Annotated[
        float,
        typer.Option(min=1e-12, max=0.1, help="Part of itself by which a number may still move at the end."),
    ] = 1e-8,
    cores: Annotated[int, typer.Option(min=1, help="Threads to use.")] = 1,
    store: FromStoreOption = None,
    names: NamesOption = None,
    ignore_unknown: IgnoreOption = False,
    rejects: RejectsOption = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a model that is better.")] = False,
    json: JsonOption = False,
) -> None:
    """Learn a model's numbers from cases with blanks; every changed number says where it comes from.

    Σ log P(case | premise) + Σ ess · p · log θ is made as large as possible. What the file stood for
    and what the cases add is written beside each number; comments of the file are kept.
    """
    from bayesdiag.learning import Settings, checked_causes  # noqa: PLC0415 - each command imports its rooms when run
    from bayesdiag.learning import fit as learn  # noqa: PLC0415
    from bayesdiag.modelfile import golden_beside  # noqa: PLC0415
    from bayesdiag.score import replay  # noqa: PLC0415

    known = load_any(model)
    _check_names(known, freeze or (), pool or ())
    source = CaseSource(cases, store, names, ignore_unknown, rejects)
    found, _ = cases_from(source, known)
    if not found:
        raise typer.BadParameter("there is not a single case to learn from.", param_hint="CASES")
    settings = Settings(
        ess=ess,
        prior=prior,
        freeze=tuple(freeze or ()),
        pooled=tuple(pool or ()),
        starts=starts,
        seed=seed,
        tolerance=tolerance,
        cores=cores,
    )
    with _bar() as told:
        result = learn(known, found, settings, progress=told)
    refused = set_aside(source, known, {reject.place: reject.reason for reject in result.rejected})
    reasons = [(name, one.reason) for name, one in zip(refused, result.rejected, strict=True)]
    if not result.n_cases:
        leave_unlearned(reasons)
    known_answers = (golden_beside(model, known), found)
    network, new = compiled(known), compiled(result.model)
    before, after = replay(network, *known_answers), replay(new, *known_answers)
    if not force:
        keep_better(output, result.model, known_answers, after)
    write_model(result.model, model, output)
    checked = checked_causes(network, new, found, result.numbers)
    if json:
        from bayesdiag.wire.fits import fit_document  # noqa: PLC0415

        write_json(fit_document(result, refused, before, after, checked))
        return
    for line in [*_lines(result, reasons, before, after), *_checked_lines(checked), f"written: {output}"]:
        say(line)


def _check_names(model: Model, frozen: Sequence[str], pooled: Sequence[str]) -> None:
    """Check names of variables before anything is read, and say which links cannot be pooled."""
    from bayesdiag.errors import known_names  # noqa: PLC0415
    from bayesdiag.learning import gated_by  # noqa: PLC0415
    from bayesdiag.learning.pools import HOW  # noqa: PLC0415

    for option, how, names in (("--freeze", "", frozen), ("--pool", f" {HOW}", pooled)):
        for name in names:
            if name not in model.variable_of:
                allowed = known_names(name, list(model.variable_of), "variables")
                raise typer.BadParameter(f'no variable is called "{name}". {allowed}{how}', param_hint=option)
    for name in pooled:
        _check_frozen(model, name, frozen)
    gated = gated_by(model, pooled)
    if gated:
        shown = ", ".join(gated[:SHOWN]) + (", …" if len(gated) > SHOWN else "")
        say(f"links that act in some of these contexts only are learned, but not pooled: {shown}.", err=True)


def _check_frozen(model: Model, context: str, frozen: Sequence[str]) -> None:
    """Refuse a context whose every table is frozen: then it has no rows that could be pooled."""
    from bayesdiag.model.cpt import FirstActive, NoisyMax  # noqa: PLC0415 - links are not pooled

    tables = [one for one in model.variables if not isinstance(one.cpt, NoisyMax | FirstActive)]
    having = [one for one in tables if context in one.parents]
    if having and all(one.id in frozen for one in having):
        names = ", ".join(one.id for one in having[:SHOWN]) + (", …" if len(having) > SHOWN else "")
        told = f'nothing is left to pool over "{context}": what depends on it is frozen ({names}).'
        raise typer.BadParameter(f"{told} Leave --freeze out for one of them.", param_hint="--pool")


@contextmanager
def _bar() -> Iterator[Callable[[int, float], None] | None]:
    """Show how learning goes, where somebody watches."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415 - only a terminal needs it
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("making programs …", total=None)
        yield lambda step, value: bar.update(task, description=f"step {step}: log-likelihood {value:.6g}")


def _lines(result: Fit, reasons: Sequence[Refused], before: Replay, after: Replay) -> Iterator[str]:
    old, new = result.log_likelihood
    steps = counted(len(result.history), "step") + ("" if result.has_settled else ", not at rest yet")
    yield f"{counted(result.n_cases)}; log-likelihood {old:.6g} -> {new:.6g} in {steps}."
    if result.p_premise != (1.0, 1.0):
        yield "P(premise) {:.4g} -> {:.4g}.".format(*result.p_premise)
    yield from refused_lines(reasons)
    yield from changed_lines(result.numbers)
    yield from _pooled_lines(result.pools)
    yield from _sureness(result.numbers)
    yield from replayed_lines(before, after)


def _pooled_lines(pools: Sequence[Pooled]) -> Iterator[str]:
    """Yield the overall rows, those whose contexts are most alike last."""
    if not pools:
        return
    yield f"{counted(len(pools), 'pool')} of rows; the overall row, and the cases it is worth to each row:"
    for one in sorted(pools, key=lambda one: one.concentration)[:SHOWN]:
        p = ", ".join(f"{state} {p:.4g}" for state, p in zip(one.pool.states, one.overall, strict=True))
        trials = f"{one.trials.min():.3g} to {one.trials.max():.3g} cases of their own"
        rows = counted(len(one.pool.members), "row")
        yield f"  {one.name}: {p}; worth {one.concentration:.4g}; {rows}, {trials}"


def _sureness(numbers: Sequence[Learned]) -> Iterator[str]:
    """Yield what has to be known about the intervals shown, and what the cases do not tell."""
    shown = most_moved(numbers)[:SHOWN]
    if any(n.interval and not n.interval[0] <= n.p <= n.interval[1] for n in shown):
        yield "Intervals go by the stated range, numbers by the ess; --prior within: both by the range."
    blind = [n for n in numbers if n.interval is not None and not n.is_told]
    if blind:
        names = ", ".join(learned.name for learned in blind[:SHOWN]) + (", …" if len(blind) > SHOWN else "")
        many = counted(len(blind), "number")
        yield f"About {many} the cases say next to nothing beyond what was stated: {names}."


def _checked_lines(checked: Sequence[Checked]) -> Iterator[str]:
    """Yield what was stated, counted where somebody checked, and learned from all cases."""
    if not checked:
        return
    yield "checked by somebody: stated, counted among the checks, learned from all cases:"
    for one in sorted(checked, key=lambda one: -one.checked)[:SHOWN]:
        blind = "" if one.is_told else "; the cases cannot tell"
        yield (
            f"  P({one.cause}={one.state}): {one.stated:.3g}; {one.found:.10g} of {one.checked:.10g} = "
            f"{one.counted:.3g}; {one.learned:.3g}, worth {one.effective:.3g} cases{blind}"
        )
    if any(one.checked < one.cases for one in checked):
        yield "Not every case was checked: where the likely is checked first, counting overstates it."
