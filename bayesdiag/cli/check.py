"""`bayesdiag check`: every fault of a model file at once, and its golden cases replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bayesdiag.cli.inputs import JsonOption, compiled, load_any, working, write_json
from bayesdiag.cli.printing import say
from bayesdiag.errors import ModelError

if TYPE_CHECKING:
    from bayesdiag.model import Model
    from bayesdiag.score import GoldenResult


def check(
    model: Annotated[str, typer.Argument(help="A model file, or the name of a bundled model.")],
    json: JsonOption = False,
) -> None:
    """Say every fault of a model file; replay the golden cases beside it (NAME.cases.yaml)."""
    from bayesdiag.modelfile import digest, model_path  # noqa: PLC0415 - each command imports its rooms when run
    from bayesdiag.wire import check_document  # noqa: PLC0415

    try:
        known = load_any(model)
        with working("en"):
            results = _results(known, model)
    except ModelError as error:
        if json:
            write_json(check_document(None, error.faults, (), ""))
            raise typer.Exit(2) from None
        raise
    if json:
        write_json(check_document(known, (), results, digest(model_path(model))))
    else:
        say(_facts(known))
        for line in _told(results):
            say(line)
    if not all(result.passed for result in results):
        raise typer.Exit(1)


def _results(model: Model, name: str) -> tuple[GoldenResult, ...]:
    if not model.is_diagnostic:
        return ()
    from bayesdiag.modelfile import golden_beside  # noqa: PLC0415
    from bayesdiag.score import replayed  # noqa: PLC0415

    cases = golden_beside(name, model)
    return replayed(compiled(model), cases) if cases else ()


def _facts(model: Model) -> str:
    kinds: dict[str, int] = {}
    for variable in model.variables:
        kinds[variable.kind] = kinds.get(variable.kind, 0) + 1
    counted = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    version = f" {model.version}" if model.version else ""
    return f"{model.name}{version}: no faults; variables: {counted}; {len(model.repairs)} repairs."


def _told(results: tuple[GoldenResult, ...]) -> list[str]:
    if not results:
        return ["no golden cases beside it."]
    lines = [f"golden cases: {sum(result.passed for result in results)} of {len(results)} as expected."]
    for result in results:
        if not result.passed and result.first is not None:
            wanted = ", ".join(f"{name}={state}" for name, state in result.case.expected_first)
            first = result.first
            lines.append(
                f"  {result.case.id} ({result.case.kind}): first is {first.id}={first.state} "
                f"({first.responsibility:.2f}); expected {wanted or 'no cause above one half'}."
            )
        elif not result.passed:
            lines.append(f"  {result.case.id}: its findings cannot occur together under the model.")
    for noun in ("question", "contact", "repair"):
        hits = [hit for result in results if (hit := getattr(result, noun)) is not None]
        lines.append(f"  first {noun} as expected: {sum(hits)} of {len(hits)}.")
    return lines
