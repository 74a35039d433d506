"""Options of `diagnose` and `ask` for asking with an aim: about chosen causes, in pairs, if it pays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from bayesdiag.diagnosis import Diagnosis
    from bayesdiag.diagnosis.about import About, Target
    from bayesdiag.diagnosis.decide import Decision
    from bayesdiag.diagnosis.pairs import PairValue
    from bayesdiag.diagnosis.phrases import Section
    from bayesdiag.engine.network import CompiledNetwork


def _price(told: float | None) -> float | None:
    """Return what handing over costs, refusing what no price can be: `min=0` would let NaN pass."""
    if told is None or 0 <= told < inf:
        return told
    raise typer.BadParameter(f"{told:g} is no price. Give a finite number, 0 or more.")


AboutOption = Annotated[
    list[str] | None,
    typer.Option(
        "--about",
        metavar="CAUSE[=STATE]",
        help="Tell what would rule this cause in or out. Repeatable: several are one group.",
    ),
]
PairsOption = Annotated[
    bool, typer.Option("--pairs", help="Look for two questions that tell more together than each alone.")
]
DecideOption = Annotated[
    bool, typer.Option("--decide", help="Tell whether asking pays: what an answer saves, against its price.")
]
HandOverOption = Annotated[
    float | None,
    typer.Option(
        "--hand-over",
        metavar="COST",
        callback=_price,
        help="What handing the case over costs (default: the model's last resort).",
    ),
]


@dataclass(frozen=True)
class Aims:
    """What was asked for beside the diagnosis.

    Attributes:
        about: Causes to rule in or out.
        pairs: Whether to look for two questions that belong together.
        decide: Whether to tell whether asking pays.
        hand_over: What handing the case over costs; None: as the model says.
    """

    about: Sequence[Target] = ()
    pairs: bool = False
    decide: bool = False
    hand_over: float | None = None


@dataclass(frozen=True)
class Sought:
    """What the aims came to in one case; None where it was not asked for, or the findings cannot be."""

    about: About | None = None
    pairs: tuple[PairValue, ...] | None = None
    together: PairValue | None = None
    decision: Decision | None = None


def told_targets(told: Sequence[str] | None) -> list[Target]:
    """Return the causes of `--about` options."""
    targets: list[Target] = []
    for text in told or ():
        name, equals, state = text.partition("=")
        targets.append((name.strip(), state.strip()) if equals else name.strip())
    return targets


def check_aims(network: CompiledNetwork, aims: Aims) -> None:
    """Raise if a cause to ask about has no such name or state, whatever the findings are."""
    from bayesdiag.diagnosis.about import target_states  # noqa: PLC0415

    if aims.about:
        target_states(network, aims.about)


def sought(network: CompiledNetwork, result: Diagnosis, aims: Aims) -> Sought:
    """Return what was asked for beside one diagnosis."""
    from bayesdiag.diagnosis.about import valued_about  # noqa: PLC0415 - rooms as needed
    from bayesdiag.diagnosis.decide import decided  # noqa: PLC0415
    from bayesdiag.diagnosis.pairs import valued_pairs, worth_asking_together  # noqa: PLC0415

    check_aims(network, aims)
    if result.is_impossible:
        return Sought()
    about = valued_about(network, result.evidence, aims.about, **result.asking) if aims.about else None
    decision = None
    if aims.decide:
        decision = decided(network, result.evidence, hand_over=aims.hand_over, **result.asking)
    pairs = valued_pairs(network, result.evidence, **result.asking) if aims.pairs else None
    together = worth_asking_together(pairs, result.questions) if pairs else None
    return Sought(about, pairs, together, decision)


def sought_document(result: Diagnosis, found: Sought, aims: Aims, language: str) -> dict[str, Any]:
    """Return fields to add to the document of a diagnosis: those asked for."""
    from bayesdiag.wire.asking import about_document, decision_document, pairs_document  # noqa: PLC0415

    document: dict[str, Any] = {}
    if aims.about:
        document["about"] = found.about and about_document(result.model, found.about, language)
    if aims.pairs:
        document["pairs"] = None if found.pairs is None else pairs_document(found.pairs, found.together)
    if aims.decide:
        document["decision"] = found.decision and decision_document(result.model, found.decision, language)
    return document


def sought_sections(result: Diagnosis, found: Sought, language: str) -> tuple[Section, ...]:
    """Return what was asked for as sections of the text."""
    from bayesdiag.diagnosis.ask_words import (  # noqa: PLC0415
        about_section,
        decision_section,
        fixed_section,
        pairs_section,
        reports_section,
    )

    sections = []
    if result.evidence.reports:
        sections.append(reports_section(result.model, result.evidence, language))
    if result.evidence.fixed:
        sections.append(fixed_section(result.model, result.evidence, language))
    if found.about:
        sections.append(about_section(result.model, found.about, language))
    if found.pairs is not None:
        sections.append(pairs_section(result.model, found.together, language))
    if found.decision:
        sections.append(decision_section(result.model, found.decision, language))
    return tuple(sections)


@dataclass(frozen=True)
class Proposal:
    """What to ask next in the dialogue.

    Attributes:
        id: The variable to ask about.
        remark: Why, in a line; empty where it goes without saying.
    """

    id: str
    remark: str = ""


def proposal(network: CompiledNetwork, result: Diagnosis, aims: Aims, language: str) -> Proposal | None:
    """Return the next question of the dialogue, or None where the aim's stop rule says to stop."""
    if result.is_impossible:
        return None
    if aims.about:
        return _about_proposal(network, result, aims, language)
    if aims.decide:
        return _paying_proposal(network, result, aims, language)
    return _telling_proposal(network, result, language)


def _about_proposal(
    network: CompiledNetwork, result: Diagnosis, aims: Aims, language: str
) -> Proposal | None:
    from bayesdiag.diagnosis.about import valued_about, worth_asking_about  # noqa: PLC0415
    from bayesdiag.diagnosis.ask_words import group_words  # noqa: PLC0415
    from bayesdiag.diagnosis.phrases import chance, turn_words  # noqa: PLC0415

    about = valued_about(network, result.evidence, aims.about, **result.asking)
    best = worth_asking_about(about)
    if best is None:
        return None
    group, colon = group_words(result.model, about.causes, language), "：" if language == "zh" else ": "
    remark = f"{group}{colon}{chance(about.p)}"
    return Proposal(best.id, "\n".join([*_lines(turn_words(best, language)), remark]))


def _paying_proposal(
    network: CompiledNetwork, result: Diagnosis, aims: Aims, language: str
) -> Proposal | None:
    from bayesdiag.diagnosis.ask_words import cost_words  # noqa: PLC0415
    from bayesdiag.diagnosis.decide import decided  # noqa: PLC0415
    from bayesdiag.diagnosis.phrases import turn_words  # noqa: PLC0415

    decision = decided(network, result.evidence, hand_over=aims.hand_over, **result.asking)
    best = decision.ask
    if best is None:
        return None
    told = _lines(turn_words(best, language))
    if best.gain > 0:
        gain = cost_words(best.gain, decision.unit, language)
        told.append(
            f"问这个平均净省 {gain}：" if language == "zh" else f"Asking this saves {gain} net, on average:"
        )
    return Proposal(best.id, "\n".join(told))


def _telling_proposal(network: CompiledNetwork, result: Diagnosis, language: str) -> Proposal | None:
    """Return the question that tells most for its price, or the first of two that do so only together.

    What was put off comes after both.
    """
    from bayesdiag.diagnosis.ask import CLEAR, worth_asking  # noqa: PLC0415
    from bayesdiag.diagnosis.ask_words import together_words  # noqa: PLC0415
    from bayesdiag.diagnosis.pairs import valued_pairs, worth_asking_together  # noqa: PLC0415
    from bayesdiag.diagnosis.phrases import turn_words  # noqa: PLC0415

    best = worth_asking(result.questions, result.causes)
    alone = None if best is None else Proposal(best.id, turn_words(best, language))
    is_clear = not result.causes or result.causes[0].responsibility >= CLEAR
    if is_clear or len(result.questions) < 2 or (best is not None and not best.is_skipped):
        return alone
    if result.asking.get("tried"):  # pairs do not reckon with what did not help
        return alone
    pair = worth_asking_together(valued_pairs(network, result.evidence, **result.asking), result.questions)
    if pair is None or (best is not None and set(pair.ids) & set(result.asking.get("skipped", ()))):
        return alone
    return Proposal(pair.ids[0], together_words(result.model, pair, language))


def _lines(told: str) -> list[str]:
    return [told] if told else []
