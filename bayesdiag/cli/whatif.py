"""`bayesdiag whatif`: the case as it is beside the case as it might be, or as it would go if one acted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from bayesdiag.cli.findings import FindingOption, evidence_of, told_case, told_findings
from bayesdiag.cli.inputs import (
    JsonOption,
    LanguageOption,
    ModelArgument,
    compiled,
    language_of,
    load_any,
    working,
    write_json,
)
from bayesdiag.cli.printing import say
from bayesdiag.errors import EvidenceError, Fault

if TYPE_CHECKING:
    from bayesdiag.case import Evidence
    from bayesdiag.engine.network import CompiledNetwork

SHOWN = 6
"""Causes, and explanations, a person is shown."""


def whatif(
    model: ModelArgument = "pos_card",
    finding: FindingOption = None,
    change: Annotated[
        list[str] | None,
        typer.Option("--change", metavar="ID=STATE", help="What might be seen instead. Repeatable."),
    ] = None,
    do: Annotated[
        list[str] | None,
        typer.Option("--do", metavar="ID=STATE", help="What is changed before the next attempt. Repeatable."),
    ] = None,
    json: JsonOption = False,
    lang: LanguageOption = None,
) -> None:
    """Set two cases side by side: findings changed or left out, or something done and tried again."""
    from bayesdiag.case import Evidence  # noqa: PLC0415 - each command imports its rooms when run

    known = load_any(model)
    evidence = evidence_of(known, told_case(finding))
    changes, actions = told_findings(change), told_findings(do)
    soft = [name for name, seen in actions.items() if not isinstance(seen, str)]
    if soft:
        raise EvidenceError(
            [Fault((f"--do {n}",), "an action is no likelihood", "Name a state.") for n in soft]
        )
    changed = Evidence(known, {**evidence.findings, **changes})
    language = language_of(lang)
    with working(language):
        network = compiled(known)
        told = _document(network, evidence, changed, {name: str(state) for name, state in actions.items()})
    told = {"changes": changes, **told}
    if json:
        write_json(told)
    else:
        say("\n".join(_text(network, told, language)))
    if told["status"] == "impossible":
        raise typer.Exit(1)


def _document(
    network: CompiledNetwork, evidence: Evidence, changed: Evidence, actions: dict[str, str]
) -> dict[str, Any]:
    from bayesdiag.diagnosis import diagnose  # noqa: PLC0415
    from bayesdiag.diagnosis.whatif import acted, compared, left_out, most_probable  # noqa: PLC0415
    from bayesdiag.wire import effect_document, explanations_document, shift_documents  # noqa: PLC0415

    first, second = (
        diagnose(network, seen, doubt="none", explanation="none") for seen in (evidence, changed)
    )
    if first.is_impossible or second.is_impossible:
        nothing: dict[str, Any] = {"causes": [], "left_out": [], "do": None, "explanations": None}
        return {"status": "impossible", **nothing}
    without = [
        {
            "finding": one.finding,
            "first": None if not one.causes else f"{one.causes[0].id}={one.causes[0].state}",
            "causes": shift_documents(compared(first.causes, one.causes)),
        }
        for one in left_out(network, evidence)
    ]
    return {
        "status": "ok",
        "causes": shift_documents(compared(first.causes, second.causes)),
        "left_out": without,
        "do": effect_document(acted(network, changed, actions)) if actions else None,
        "explanations": explanations_document(most_probable(network, changed, premise=True)),
    }


def _text(network: CompiledNetwork, told: dict[str, Any], language: str) -> list[str]:
    from bayesdiag.diagnosis.phrases import Say, chance, finding_words, variable_words  # noqa: PLC0415

    say, model = Say(language), network.model
    if told["status"] == "impossible":
        return [say("这些情况不可能同时出现。", "These findings cannot occur together.")]
    lines = [say("什么变了（改前 → 改后）", "What moves (before → after)")]
    for one in told["causes"][:SHOWN]:
        name = finding_words(model, one["id"], one["state"], language)
        lines.append(f"  {chance(one['before'])} → {chance(one['after'])}  {name}")
    lines += ["", say("去掉一条，首位原因是", "Leaving one out, the first cause is")]
    for one in told["left_out"]:
        name, _, state = (one["first"] or "").partition("=")
        cause = finding_words(model, name, state, language) if name else "–"
        lines.append(f"  − {variable_words(model, one['finding'], language)}: {cause}")
    if told["do"] and told["do"]["p_success"]:
        p = told["do"]["p_success"]
        do, see = chance(p["do"]), chance(p["see"])
        lines += [
            "",
            say(
                f"这样做以后，下一次成功的可能性 {do}；若只是发现本来就这样 {see}",
                f"Done so, chance of the next attempt to succeed: {do}; if merely found to be so: {see}",
            ),
        ]
    lines += ["", say("最可能的整体解释", "Likeliest explanations as a whole")]
    for one in told["explanations"]["most_probable"][:SHOWN]:
        wrong = [
            finding_words(model, name, state, language)
            for name, state in one["states"].items()
            if state != model.variable_of[name].state_ids[0]
        ]
        lines.append(f"  {chance(one['p'])}  {say('，', ', ').join(wrong) or say('都正常', 'nothing wrong')}")
    return lines
