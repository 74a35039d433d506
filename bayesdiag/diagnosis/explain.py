"""The ledger: where belief in a cause stood, what each finding added, and where it stands.

In bits of odds: log2 of p/(1-p), p being the responsibility. One line per finding in the order
entered; start and lines add up to the end exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log2

from bayesdiag.case import Evidence
from bayesdiag.engine.layout import Floats
from bayesdiag.engine.network import CompiledNetwork

LEAST = 1e-15
"""Probabilities are kept this far from 0 and 1, so that odds stay finite: 50 bits."""


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """What one finding added.

    Attributes:
        finding: The variable.
        state: Its state, or its likeliest one where the finding is soft.
        bits: What it added to the log-odds.
    """

    finding: str
    state: str
    bits: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """How belief in one cause came about.

    Attributes:
        id: The cause.
        state: Its state.
        start: Log-odds of its responsibility given the premise alone, in bits.
        end: The same given all findings.
        ledger: What lies between.
    """

    id: str
    state: str
    start: float
    end: float
    ledger: tuple[LedgerLine, ...]


def explained(
    network: CompiledNetwork, evidence: Evidence, cause: tuple[str, str], prior: Floats, beliefs: Floats
) -> Explanation:
    """Return the ledger of a cause state, findings in the order they were entered.

    Args:
        network: The network.
        evidence: The findings.
        cause: The cause and its state.
        prior: Beliefs given the premise alone, shape (S,).
        beliefs: Beliefs given all findings, shape (S,).
    """
    names = list(evidence.findings)
    between = [
        Evidence(network.model, {name: evidence.findings[name] for name in names[:length]})
        for length in range(1, len(names))
    ]
    rows = network.rows(between, premise=True)
    # All causes, as every step of an interview asks for them: what was diagnosed before is known.
    causes = [variable.id for variable in network.model.of_kind("cause")]
    found = network.posterior_of_rows(rows, causes).beliefs
    slot = network.layout.responsible(*cause)
    ends = [prior[slot], *found[:, slot], *([beliefs[slot]] if names else [])]
    odds = [log_odds(float(p)) for p in ends]
    ledger = tuple(
        LedgerLine(name, _shown(evidence, name), after - before)
        for name, before, after in zip(names, odds, odds[1:], strict=False)
    )
    return Explanation(*cause, odds[0], odds[-1], ledger)


def log_odds(p: float) -> float:
    """Return log2 of p/(1-p), at most 50 bits either way."""
    kept = min(max(p, LEAST), 1 - LEAST)
    return log2(kept / (1 - kept))


def _shown(evidence: Evidence, name: str) -> str:
    likelihoods = evidence.findings[name]
    return max(likelihoods, key=lambda state: likelihoods[state])
