"""`bayesdiag cases replay`: every closed case on a model; which first causes changed, and which are right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bayesdiag.cli.cases.options import StoreOption, store_of
from bayesdiag.cli.inputs import JsonOption, compiled, load_any, read_json, working, write_json
from bayesdiag.cli.printing import counted, say_lines
from bayesdiag.errors import CaseFault, Fault

if TYPE_CHECKING:
    from bayesdiag.model import Model
    from bayesdiag.score import ReplayedCase
    from bayesdiag.store import ModelCase


def replay(
    model: Annotated[str, typer.Argument(help="A model file, or the name of a bundled model.")],
    renamed: Annotated[
        Path | None,
        typer.Option(
            "--renamed",
            metavar="FILE",
            help="Old names → new ones, beside the model's own `renamed`: JSON "
            '{"old": "new", "old=state": "new=state"}.',
        ),
    ] = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Diagnose every closed case anew with a model, and say which first causes changed.

    Leaves with 1 if fewer confirmed causes come first than in the diagnoses as they were shown, or
    if the model does not know a cause that was confirmed.
    """
    from bayesdiag.score import replayed_case  # noqa: PLC0415 - as everywhere here
    from bayesdiag.store import CLOSED, find_records, model_case, renamed_cause  # noqa: PLC0415

    known = load_any(model)
    names = _names(renamed)
    with working("en"), store_of(store) as opened:
        network = compiled(known)
        told: list[tuple[ModelCase, ReplayedCase]] = []
        for record in find_records(opened, CLOSED):
            case = model_case(record, known, renamed=names)
            first = record.first_cause
            before = renamed_cause(first, known, names) if first else None
            told.append((case, replayed_case(network, case.case, before)))
    if json:
        write_json({"cases": [_document(case, result) for case, result in told], **_counts(told)})
    else:
        say_lines(_lines(known, told))
    counts = _counts(told)
    if counts["right"] < counts["right_before"] or counts["lost"]:
        raise typer.Exit(1)


def _names(file: Path | None) -> dict[str, str]:
    """Return old names → new ones."""
    if file is None:
        return {}
    told = read_json(file)
    if isinstance(told, dict) and all(isinstance(new, str) for new in told.values()):
        return told
    form = 'Write {"old": "new", "old=state": "new=state"}.'
    raise CaseFault([Fault((), "this does not tell new names", form, str(file))], "nothing was replayed")


def _counts(told: list[tuple[ModelCase, ReplayedCase]]) -> dict[str, int]:
    results = [result for _, result in told]
    confirmed = [result for result in results if result.is_right is not None]
    return {
        "n": len(results),
        "changed": sum(result.is_changed for result in results),
        "confirmed": len(confirmed),
        "right_before": sum(bool(result.was_right) for result in confirmed),
        "right": sum(bool(result.is_right) for result in confirmed),
        "lost": sum(bool(case.record.confirmed) and not case.case.confirmed for case, _ in told),
    }


def _document(case: ModelCase, result: ReplayedCase) -> dict[str, Any]:
    def cause(told: tuple[str, str] | None) -> dict[str, str] | None:
        return None if told is None else {"id": told[0], "state": told[1]}

    return {
        "id": case.record.id,
        "before": cause(result.before),
        "first": cause(result.first),
        "confirmed": dict(case.case.confirmed),
        "changed": result.is_changed,
        "was_right": result.was_right,
        "right": result.is_right,
        "unknown": list(case.unknown),
    }


def _lines(model: Model, told: list[tuple[ModelCase, ReplayedCase]]) -> list[str]:
    counts = _counts(told)
    done = f"{counted(counts['n'], 'closed case')} replayed on {model.name} {model.version}"
    lines = [f"{done}; {counts['changed']} changed."]
    for case, result in told:
        if result.is_changed:
            verdict = {None: "", True: ", as confirmed", False: ", not as confirmed"}[result.is_right]
            lines.append(f"  {case.record.id}: {_cause(result.before)} → {_cause(result.first)}{verdict}")
        if case.unknown:
            lines.append(f"  {case.record.id}: unknown to this model: {', '.join(case.unknown)}")
    if counts["confirmed"]:
        lines.append(
            f"the confirmed cause comes first in {counts['right']} of {counts['confirmed']} cases; "
            f"as they were shown: {counts['right_before']}."
        )
    if counts["lost"]:
        lines.append(
            f"{counted(counts['lost'])} with a confirmed cause that this model does not know: "
            "give its new name with --renamed, or as `renamed` in the model file."
        )
    return lines


def _cause(told: tuple[str, str] | None) -> str:
    return "=".join(told) if told else "none"
