"""The option `--fix`: findings that are to have a probability, all told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from bayesdiag.case import Evidence
from bayesdiag.cli.findings import observed
from bayesdiag.errors import EvidenceError, Fault

if TYPE_CHECKING:
    from bayesdiag.engine.network import CompiledNetwork

FixOption = Annotated[
    list[str] | None,
    typer.Option(
        "--fix",
        metavar="ID=STATE:P",
        help="A finding that has probability P, all told: ID=good:0.8. Repeatable.",
    ),
]


def told_fixed(told: Sequence[str] | None) -> dict[str, dict[str, float]]:
    """Return the probabilities of `--fix` options: variable → state → probability.

    Raises:
        EvidenceError: One is not of the form ID=STATE:P, or a variable is named twice.
    """
    found: dict[str, dict[str, float]] = {}
    faults = []
    for text in told or ():
        name, _, states = text.partition("=")
        seen = observed(states.strip())
        if not name.strip() or isinstance(seen, str):
            allowed = "Write ID=STATE:P, or ID=STATE:P,STATE:P, with P from 0 to 1."
            faults.append(Fault((f"--fix {text}",), "this fixes no probability", allowed))
        elif name.strip() in found:
            faults.append(Fault((f"--fix {text}",), f'"{name.strip()}" is fixed twice', "Fix it once."))
        else:
            found[name.strip()] = dict(seen)
    if faults:
        raise EvidenceError(faults)
    return found


def with_fixed(network: CompiledNetwork, evidence: Evidence, *, premise: bool = True) -> Evidence:
    """Return evidence told by a person with the likelihoods added that make its fixed probabilities true."""
    if not evidence.fixed:
        return evidence
    from bayesdiag.diagnosis.jeffrey import fixed_evidence  # noqa: PLC0415 - each command imports its rooms

    seen = Evidence(network.source, evidence.findings, reports=evidence.reports)
    return fixed_evidence(network, seen, evidence.fixed, premise=premise)
