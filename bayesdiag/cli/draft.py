"""`bayesdiag draft`: a starting model from a table of cases, and the names under which the table is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bayesdiag.cli.inputs import JsonOption, write_json
from bayesdiag.cli.printing import counted, say, warn
from bayesdiag.errors import CaseFileError, Fault

if TYPE_CHECKING:
    from bayesdiag.draft import Draft, Settings

SHOWN = 3
"""Ways that are shown, those that forecast best."""
Structure = Literal["auto", "naive", "sparse", "forest", "tree", "searched"]


def draft(
    table: Annotated[Path, typer.Argument(metavar="TABLE", help="Cases: .csv, .tsv or .parquet.")],
    *,
    cause: Annotated[
        str, typer.Option("--cause", "--target", metavar="COLUMN", help="What it turned out to be.")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="MODEL", help="The model file to write.")],
    structure: Annotated[
        Structure,
        typer.Option(
            help="naive: findings depend on the cause alone; tree: each on one other finding too (TAN); "
            "forest: the arrows of it that tell more than chance; sparse: those that BIC keeps; "
            "searched: any arrows (pgmpy); auto: what cross-validation says."
        ),
    ] = "auto",
    numbers: Annotated[
        Literal["counted", "tuned", "auto"],
        typer.Option(help="counted: shares of cases; tuned: moved so that they forecast the cause better."),
    ] = "counted",
    cutting: Annotated[
        Literal["auto", "supervised", "quantiles"],
        typer.Option(
            help="Numbers are cut where the cause changes (Fayyad and Irani), or into equal shares."
        ),
    ] = "auto",
    bins: Annotated[int, typer.Option(metavar="N", help="How many bins of equal shares.")] = 4,
    blanks: Annotated[
        Literal["missing", "state", "auto"],
        typer.Option(help="missing: a blank says nothing; state: it is a state like others."),
    ] = "missing",
    ess: Annotated[
        float | None, typer.Option(help="Cases that overall shares are worth to a row (default: chosen).")
    ] = None,
    pair_ess: Annotated[
        float | None,
        typer.Option(help="Cases that a row without the second parent is worth (default: chosen)."),
    ] = None,
    pull: Annotated[
        float | None, typer.Option(help="Cases that counted rows are worth to tuned ones (default: chosen).")
    ] = None,
    drop: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN", help="Leave a column out. Repeatable.")
    ] = None,
    blank: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help='Means blank, as "" and "?" do. Repeatable.')
    ] = None,
    as_numbers: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN", help="Cut it, however few its values. Repeatable.")
    ] = None,
    as_words: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN", help="Its numbers are codes. Repeatable.")
    ] = None,
    max_values: Annotated[
        int, typer.Option(metavar="N", help="Leave out columns of more different words.")
    ] = 30,
    lump: Annotated[
        int,
        typer.Option(metavar="N", help="Keep the N commonest words of each; the others become one state."),
    ] = 0,
    folds: Annotated[int, typer.Option(metavar="K", help="Of the cross-validation that chooses.")] = 5,
    recalibrated: Annotated[
        bool, typer.Option("--recalibrated", help="Choose for forecasts that will be recalibrated.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of its shuffling.")] = 0,
    name: Annotated[str, typer.Option(help="Name of the model (default: the file's).")] = "",
    force: Annotated[bool, typer.Option("--force", help="Write over what stands there.")] = False,
    json: JsonOption = False,
) -> None:
    """Draft a starting model from a table of cases: a row a case, a column a finding, one tells the cause.

    Beside MODEL goes MODEL.names.json: with --names it lets fit and score read this table, or a later
    one like it.
    """
    from bayesdiag.draft import Settings, read_table  # noqa: PLC0415 - each command imports its rooms when run
    from bayesdiag.draft import draft as drafted  # noqa: PLC0415

    settings = Settings(
        structure, cutting, bins, blanks, numbers, ess, pair_ess, pull,
        marks=tuple(blank or ()), drop=tuple(drop or ()), as_numbers=tuple(as_numbers or ()),
        as_words=tuple(as_words or ()), max_values=max_values, lump=lump, folds=folds, seed=seed,
        recalibrated=recalibrated,
    )  # fmt: skip
    names_file = output.with_name(f"{output.name.removesuffix('.yaml')}.names.json")
    _check_outputs((output, names_file), force=force)
    read = read_table(table, warn)
    found = drafted(read, cause, settings, name=name or table.name.split(".")[0])
    _write(found, output, names_file)
    if json:
        from bayesdiag.wire.drafts import draft_document  # noqa: PLC0415

        write_json(draft_document(found))
        return
    for line in _lines(found, settings, output, names_file):
        say(line)


def _check_outputs(files: tuple[Path, Path], *, force: bool) -> None:
    there = [] if force else [file for file in files if file.exists()]
    if there:
        told = "Give another name, or --force."
        faults = [Fault((), "a file of this name is there already", told, str(file)) for file in there]
        raise CaseFileError(faults, "nothing was written")


def _write(found: Draft, output: Path, names_file: Path) -> None:
    import json  # noqa: PLC0415

    from bayesdiag.modelfile import save, save_text  # noqa: PLC0415
    from bayesdiag.wire.drafts import naming_document  # noqa: PLC0415

    save(found.model, output)
    save_text(json.dumps(naming_document(found.naming), ensure_ascii=False, indent=1) + "\n", names_file)


def _lines(found: Draft, settings: Settings, output: Path, names_file: Path) -> Iterator[str]:
    silent = "row does not tell it and was" if found.n_unknown == 1 else "rows do not tell it and were"
    unknown = f"; {found.n_unknown} {silent} not used" if found.n_unknown else ""
    n_states = len(found.model.variables[0].states)
    yield f"{found.n_cases} rows tell {found.cause}, {n_states} states{unknown}."
    findings = found.model.variables[1:]
    others = sum(len(variable.parents) > 1 for variable in findings)
    cut = f", {len(found.naming.cuts)} of them numbers that were cut" if found.naming.cuts else ""
    depend = "depends" if others == 1 else "depend"
    yield f"{counted(len(findings), 'finding')}{cut}; {others} {depend} on another finding too."
    for one in found.dropped:
        yield f"left out: {one.name or '(no name)'}: {one.reason}."
    for note in found.notes:
        yield f"look: {note}"
    yield f"way: {found.way}."
    if found.chosen is not None:
        best, tried = found.chosen.best, found.chosen.tried
        yield f"log loss on rows not drafted from ({settings.folds} folds, {len(tried)} ways tried):"
        for shown in dict.fromkeys((*tried[:SHOWN], best)):
            mark = "  <- fewest arrows within one standard error of the best" if shown is best else ""
            yield f"  {shown.loss:.4f}  {shown.way}{mark}"
        if best.temperature.t > 1:
            yield (
                f"Its probabilities are too sure: with a temperature of {best.temperature.t:.2f} the best "
                f"comes to {best.recalibrated:.4f} (bayesdiag score --recalibrate temperature)."
            )
        yield "The best of many looks better than it is: score it on cases that it was not drafted from."
    yield f"written: {output}, and {names_file} for --names"
