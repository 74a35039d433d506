"""The option `--earlier`: failed attempts before the latest, each with what was seen of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from bayesdiag.case import Evidence, Observed
from bayesdiag.cli.findings import told_findings
from bayesdiag.errors import EvidenceError, Fault

if TYPE_CHECKING:
    from bayesdiag.engine.network import CompiledNetwork

EarlierOption = Annotated[
    list[str] | None,
    typer.Option(
        "--earlier",
        metavar="ID=STATE,…",
        help='What an earlier failed attempt showed, "" if nothing is known of it. Oldest first. Repeatable.',
    ),
]


def told_earlier(told: Sequence[str] | None) -> tuple[dict[str, Observed], ...]:
    """Return the findings of `--earlier` options, an attempt each; unsure ones as in -f.

    Raises:
        EvidenceError: One holds something that is no finding, or names a variable twice.
    """
    faults: list[Fault] = []
    attempts = []
    for text in told or ():
        findings: list[str] = []
        for part in text.split(",") if text.strip() else ():
            # What names no variable is one more state of an unsure finding: ID=good:0.7,weak:0.3.
            if "=" in part or not findings:
                findings.append(part)
            else:
                findings[-1] += f",{part}"
        try:
            attempts.append(told_findings(findings))
        except EvidenceError as error:
            faults += [Fault((f"--earlier {text}",), fault.found, fault.allowed) for fault in error.faults]
    if faults:
        raise EvidenceError(faults)
    return tuple(attempts)


def attempted(
    network: CompiledNetwork,
    evidence: Evidence,
    earlier: Sequence[dict[str, Observed]],
    where: tuple[str | int, ...] = (),
    file: str = "",
) -> tuple[CompiledNetwork, Evidence]:
    """Return the network of a case's attempts and its evidence; faults name the file and the case.

    Args:
        network: The model's network.
        evidence: The findings of the latest attempt.
        earlier: Those of the attempts before.
        where: The place of the case in its file.
        file: The file; empty where options told the case.
    """
    from bayesdiag.diagnosis.whatif import several_attempts  # noqa: PLC0415 - each command imports its rooms

    try:
        return several_attempts(network, evidence, earlier)
    except EvidenceError as error:
        faults = [Fault((*where, *fault.path), fault.found, fault.allowed, file) for fault in error.faults]
        raise EvidenceError(faults) from None
