"""`bayesdiag posterior`: the probabilities of every variable of any network file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayesdiag.cli.findings import ToldCase, evidence_of, findings_of_evidence_file
from bayesdiag.cli.fixing import FixOption, told_fixed, with_fixed
from bayesdiag.cli.inputs import JsonOption, compiled, load_network, working, write_json
from bayesdiag.cli.printing import say
from bayesdiag.errors import EvidenceError, Fault, known_names

if TYPE_CHECKING:
    from bayesdiag.model import Factors, Model


def posterior(
    network: Annotated[
        str, typer.Argument(help="A network file (.yaml, .bif, .uai; packed: .gz) or a bundled model.")
    ],
    evidence: Annotated[
        Path | None,
        typer.Option("--evidence", metavar="FILE", help='Evidence: an .evid file, or JSON {"V": "STATE"}.'),
    ] = None,
    target: Annotated[
        list[str] | None, typer.Option("--target", metavar="V", help="Only this variable. Repeatable.")
    ] = None,
    fix: FixOption = None,
    premise: Annotated[bool, typer.Option("--premise", help="Apply the model's premise.")] = False,
    json: JsonOption = False,
) -> None:
    """Print the probability of every state of every variable, given evidence."""
    from bayesdiag.engine.network import Status  # noqa: PLC0415 - each command imports its rooms when run
    from bayesdiag.wire import posterior_documents  # noqa: PLC0415

    model = load_network(network)
    targets = _targets(model, target)
    findings = findings_of_evidence_file(evidence, model) if evidence is not None else {}
    checked = evidence_of(model, ToldCase(findings, told_fixed(fix)), str(evidence or ""))
    with working("en"):
        ready = compiled(model)
        checked = with_fixed(ready, checked, premise=premise)
        found = ready.posterior(checked, premise=premise, targets=targets)
    document = posterior_documents(found, targets)[0]
    is_impossible = found.status[0] is Status.IMPOSSIBLE
    if json:
        write_json(document)
    elif is_impossible:
        say(Status.IMPOSSIBLE.value)
    else:
        if found.status[0] is Status.ESTIMATED:
            say(Status.ESTIMATED.value)
        known = document["log_evidence"]
        say("ln P(evidence) is not known" if known is None else f"ln P(evidence) = {known:.10g}")
        for name, states in document["posterior"].items():
            bands = document.get("error", {}).get(name, {})
            told = (
                f"{state} {p:.6g}" + (f" ± {bands[state]:.2g}" if bands else "")
                for state, p in states.items()
            )
            say(f"{name}: " + ", ".join(told))
    if is_impossible:
        raise typer.Exit(1)


def _targets(model: Model | Factors, told: list[str] | None) -> list[str]:
    names = [variable.id for variable in model.variables]
    unknown = [name for name in told or () if name not in names]
    if unknown:
        raise EvidenceError(
            [
                Fault(
                    (f"--target {name}",), "no variable has this name", known_names(name, names, "variables")
                )
                for name in unknown
            ]
        )
    return list(dict.fromkeys(told)) if told else names
