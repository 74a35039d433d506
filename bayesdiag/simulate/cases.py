"""Cases drawn from a model, with blanks: what somebody would have written down of each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayesdiag.case import Case, Evidence
from bayesdiag.engine.sampling import Worlds
from bayesdiag.model import Model
from bayesdiag.simulate.attempts import Attempts, attempts_of


@dataclass(frozen=True, slots=True)
class Blanks:
    """How much of a case is written down.

    Attributes:
        findings: How many findings a case has on average; as many as can be asked about at most.
        labels: Share of cases whose causes were all confirmed, normal ones too.
        all_attempts: Whether attempts that did not fail are among them; their `premise` is false.
    """

    findings: float = 6.0
    labels: float = 0.0
    all_attempts: bool = False


def drawn_cases(
    model: Model, n: int, random: np.random.Generator, blanks: Blanks | None = None
) -> Iterator[Case]:
    """Yield cases drawn from a model, given its premise unless `blanks` says otherwise.

    Which variables that can be asked about are written down is drawn apart from what they are: each
    with the same probability.

    Args:
        model: A model with a premise.
        n: How many.
        random: Source of the draws.
        blanks: How much of each is written down.

    Raises:
        InvalidModel: The model has no premise, or failing is too rare to be drawn.
    """
    blanks = blanks or Blanks()
    attempts = attempts_of(model)
    worlds = attempts.every(n, random) if blanks.all_attempts else attempts.failed(n, random)
    names = [variable.id for variable in model.variables if variable.question is not None]
    share = min(1.0, blanks.findings / len(names)) if names else 0.0
    seen = random.random((n, len(names))) < share
    labelled = random.random(n) < blanks.labels
    failed = ~attempts.succeeded(worlds)
    causes = [variable.id for variable in model.of_kind("cause")]
    for number in range(n):
        world = worlds[number]
        findings = [name for name, is_seen in zip(names, seen[number], strict=True) if is_seen]
        yield Case(
            Evidence(model, _states(attempts, world, findings)),
            confirmed=_states(attempts, world, causes) if labelled[number] else {},
            premise=bool(failed[number]),
        )


def case_document(case: Case) -> dict[str, Any]:
    """Return a case as one line of JSON lines says it; what says nothing is left out."""
    told: dict[str, Any] = {
        "findings": {
            name: next(iter(seen)) if list(seen.values()) == [1.0] else dict(seen)
            for name, seen in case.evidence.findings.items()
        },
        "confirmed": dict(case.confirmed),
        "excluded": {name: list(states) for name, states in case.excluded.items()},
        "weight": case.weight,
        "when": case.when,
        "premise": case.premise,
    }
    silent: dict[str, Any] = {"excluded": {}, "weight": 1.0, "when": ""}
    return {name: value for name, value in told.items() if name not in silent or value != silent[name]}


def case_lines(cases: Iterable[Case]) -> Iterator[str]:
    """Yield cases as JSON lines."""
    for case in cases:
        yield json.dumps(case_document(case), ensure_ascii=False) + "\n"


def _states(attempts: Attempts, world: Worlds, names: Iterable[str]) -> dict[str, str]:
    layout = attempts.layout
    return {name: layout.states[layout.index_of[name]][world[layout.index_of[name]]] for name in names}
