"""`bayesdiag simulate`: cases drawn from a model, written down with blanks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bayesdiag.cli.inputs import ModelArgument, load_any, working
from bayesdiag.errors import CaseFault, Fault

SUFFIX = ".jsonl"
MAX_CASES = 10_000_000

NumberOption = Annotated[int, typer.Option("-n", min=1, max=MAX_CASES, help="How many cases.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="The same again gives the same cases.")]


def simulate(
    model: ModelArgument = "pos_card",
    n: NumberOption = 100,
    seed: SeedOption = 0,
    findings: Annotated[
        float, typer.Option("--findings", min=0.0, help="Findings a case has on average; the rest is blank.")
    ] = 6.0,
    labels: Annotated[
        float, typer.Option("--labels", min=0.0, max=1.0, help="Share of cases with all causes confirmed.")
    ] = 0.0,
    all_attempts: Annotated[
        bool,
        typer.Option("--all-attempts", help="Also attempts that did not fail; their `premise` is false."),
    ] = False,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="OUT", help="JSON lines: a file that ends in .jsonl.")
    ] = ...,  # type: ignore[assignment] # typer's way to say that it must be given
) -> None:
    """Draw cases from a model given its premise, and write them down."""
    known = load_any(model)
    if output.suffix != SUFFIX:
        told = f"Name a file that ends in {SUFFIX}."
        raise CaseFault(
            [Fault((str(output),), "cases are written as JSON lines", told)], "nothing was written"
        )
    import numpy as np  # noqa: PLC0415 - each command imports its rooms when run

    from bayesdiag.simulate import Blanks, case_lines, drawn_cases  # noqa: PLC0415
    from bayesdiag.store.target import new_file  # noqa: PLC0415

    with working("en"), new_file(output) as file:
        cases = drawn_cases(known, n, np.random.default_rng(seed), Blanks(findings, labels, all_attempts))
        for line in case_lines(cases):
            file.write(line.encode())
