"""Options that ask with an aim, for `diagnose` and `ask`: about chosen causes, and whether asking pays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from bayesdiag.diagnosis import Diagnosis
    from bayesdiag.diagnosis.about import About, Target
    from bayesdiag.diagnosis.decide import Decision
    from bayesdiag.diagnosis.phrases import Section
    from bayesdiag.engine.network import CompiledNetwork

AboutOption = Annotated[
    list[str] | None,
    typer.Option(
        "--about",
        metavar="CAUSE[=STATE]",
        help="Tell what would rule this cause in or out. Repeatable: several are one group.",
    ),
]
DecideOption = Annotated[
    bool, typer.Option("--decide", help="Tell whether asking pays: what an answer saves, against its price.")
]
HandOverOption = Annotated[
    float | None,
    typer.Option(
        "--hand-over",
        metavar="COST",
        min=0,
        help="What handing the case over costs (default: the model's last resort).",
    ),
]


@dataclass(frozen=True)
class Aims:
    """What was asked for beside the diagnosis.

    Attributes:
        about: Causes to rule in or out.
        decide: Whether to tell whether asking pays.
        hand_over: What handing the case over costs; None: as the model says.
    """

    about: Sequence[Target] = ()
    decide: bool = False
    hand_over: float | None = None


@dataclass(frozen=True)
class Sought:
    """What the aims came to in one case; None where it was not asked for, or the findings cannot be."""

    about: About | None = None
    decision: Decision | None = None


def told_targets(told: Sequence[str] | None) -> list[Target]:
    """Return the causes of `--about` options."""
    targets: list[Target] = []
    for text in told or ():
        name, equals, state = text.partition("=")
        targets.append((name.strip(), state.strip()) if equals else name.strip())
    return targets


def sought(network: CompiledNetwork, result: Diagnosis, aims: Aims) -> Sought:
    """Return what was asked for beside one diagnosis."""
    from bayesdiag.diagnosis.about import target_states, valued_about  # noqa: PLC0415 - rooms as needed
    from bayesdiag.diagnosis.decide import decided  # noqa: PLC0415

    if aims.about:
        target_states(network, aims.about)  # a wrong name is told whatever the findings are
    if result.is_impossible:
        return Sought()
    about = valued_about(network, result.evidence, aims.about) if aims.about else None
    decision = decided(network, result.evidence, hand_over=aims.hand_over) if aims.decide else None
    return Sought(about, decision)


def sought_document(result: Diagnosis, found: Sought, aims: Aims, language: str) -> dict[str, Any]:
    """Return fields to add to the document of a diagnosis: those asked for."""
    from bayesdiag.wire.asking import about_document, decision_document  # noqa: PLC0415

    document: dict[str, Any] = {}
    if aims.about:
        document["about"] = found.about and about_document(result.model, found.about, language)
    if aims.decide:
        document["decision"] = found.decision and decision_document(result.model, found.decision, language)
    return document


def sought_sections(result: Diagnosis, found: Sought, language: str) -> tuple[Section, ...]:
    """Return what was asked for as sections of the text."""
    from bayesdiag.diagnosis.ask_words import about_section, decision_section  # noqa: PLC0415

    sections = []
    if found.about:
        sections.append(about_section(result.model, found.about, language))
    if found.decision:
        sections.append(decision_section(result.model, found.decision, language))
    return tuple(sections)
